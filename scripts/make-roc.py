#!/usr/bin/env python3
"""Makes test/golden/roc/cases.json: areas under the ROC curve and average precisions by scikit-learn.

Install (Python 3.11): pip install scikit-learn==1.9.1 numpy==2.4.6
Run:                   python scripts/make-roc.py

Scores are written with the digits that give the same double back. Fixed seeds: the same versions give the same bytes.
"""
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "roc"


def case(name, scores, positive, weights=None):
    given = {} if weights is None else {"sample_weight": weights}
    return {
        "name": name,
        "scores": scores.tolist(),
        "positive": positive.astype(int).tolist(),
        "weights": None if weights is None else weights.tolist(),
        "auc": float(roc_auc_score(positive, scores, **given)),
        "ap": float(average_precision_score(positive, scores, **given)),
    }


def cases():
    rng = np.random.default_rng(5)
    for count in (2, 7, 40):
        positive = np.arange(count) % 2 == 0
        scores = rng.normal(size=count) + positive
        yield case(f"{count} scores", scores, positive)
        yield case(f"{count} scores, weights of a bootstrap", scores, positive, np.maximum(rng.poisson(1, count), np.arange(count) < 2).astype(float))
    positive = rng.random(60) < 0.2
    scores = rng.normal(size=60) + positive
    yield case("few positives", scores, positive)
    yield case("few positives, ties", np.round(scores, 0), positive)
    yield case("few positives, ties and weights", np.round(scores, 0), positive, rng.random(60) * 3)
    yield case("ties, weights with zeros", np.round(scores, 1), positive, rng.integers(0, 4, 60).astype(float))
    half = np.arange(20) < 10
    yield case("all equal", np.zeros(20), half)
    yield case("all equal, weights", np.zeros(20), half, rng.random(20))
    yield case("apart", half.astype(float), half)
    yield case("the wrong way round", -half.astype(float), half)
    yield case("one above, one level, one below", np.array([3.0, 2, 1, 2]), np.array([True, True, True, False]))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join("  " + json.dumps(one) for one in cases())
    (OUT / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
