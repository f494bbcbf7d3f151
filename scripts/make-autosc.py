#!/usr/bin/env python3
"""Makes test/golden/autosc/cases.json: what diffcut/autosc.py of PaulCouairon/DiffCut (commit aa16df4) computes, in double precision.

Install (Python 3.11): pip install numpy==2.4.6 scipy==1.17.1
Run:                   python scripts/make-autosc.py

Features are those of test/golden/partition. `last` keeps the eigenvectors of the last alpha, as the published code does; `own`
those of the alpha that was chosen. Labels are a letter a token, compare up to renaming. Left out: more than 576 tokens, K over 36, and maps on which
rounding decides (the largest gap is less than 1e-4 above the next, or a token's two best clusters are within 1e-5).
"""
import json
from pathlib import Path

import numpy as np
from scipy.linalg import qr, svd

GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


def spectrum(likeness, alpha):
    a = likeness**alpha
    root = 1 / np.sqrt(a.sum(axis=1))
    values, vectors = np.linalg.eigh(np.eye(len(a)) - root[:, None] * a * root[None, :])
    mean = np.cumsum(values) / np.arange(1, len(values) + 1)
    return (values - mean) / (mean + 1e-6), root[:, None] * vectors


def cluster_qr(vectors):
    k = vectors.shape[1]
    _, _, pivots = qr(vectors.T, pivoting=True)
    u, _, vt = svd(vectors[pivots[:k]].T)
    scores = np.abs(vectors @ (u @ vt))
    ordered = np.sort(scores, axis=1)
    closest = 1.0 if k == 1 else float(((ordered[:, -1] - ordered[:, -2]) / ordered[:, -1]).min())
    return scores.argmax(axis=1), closest


def case(path):
    features = np.load(path).astype(np.float64)
    tokens = features.reshape(-1, features.shape[2])
    tokens /= np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-12)
    if len(tokens) > 576:
        return None
    cosines = tokens @ tokens.T
    if cosines.max() - cosines.min() < 1e-9:
        return None
    likeness = np.clip((cosines - cosines.min()) / (cosines.max() - cosines.min()), 0, 1)
    found = [(alpha, *spectrum(likeness, alpha)) for alpha in (1, 5, 10, 15)]
    gaps = sorted(((gaps[k], alpha, k) for alpha, gaps, _ in found for k in np.argsort(gaps)[-2:]), reverse=True)
    gap, alpha, k = gaps[0]
    own = next(vectors for one, _, vectors in found if one == alpha)
    labels = {name: cluster_qr(vectors[:, :k]) for name, vectors in (("own", own), ("last", found[-1][2]))}
    if k > 36 or gap - gaps[1][0] < 1e-4 or min(closest for _, closest in labels.values()) < 1e-5:
        return None
    return {
        "features": path.name,
        "alpha": alpha,
        "k": int(k),
        "gap": float(gap),
        **{name: "".join(LETTERS[label] for label in ids) for name, (ids, _) in labels.items()},
    }


def main():
    cases = [case(path) for path in sorted((GOLDEN / "partition").glob("*.npy")) if "labels" not in path.name]
    kept = [one for one in cases if one]
    (GOLDEN / "autosc").mkdir(parents=True, exist_ok=True)
    (GOLDEN / "autosc" / "cases.json").write_text("[\n" + ",\n".join(f"  {json.dumps(one)}" for one in kept) + "\n]\n", encoding="utf-8")
    print(f"{len(kept)} of {len(cases)} maps")


if __name__ == "__main__":
    main()
