#!/usr/bin/env python3
"""Makes test/golden/regions/cases.json: region measures, cleanliness and objects of small label maps.

Install (Python 3.11): pip install scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1
Run:                   python scripts/make-regions.py

Variation of information is scikit-image's; pieces are SciPy's components; the rest is written down here as it is defined,
without a table of overlaps: pairs of pixels one by one, regions as masks. Fixed seeds: the same versions give the same bytes.
"""
import json
from pathlib import Path

import numpy as np
from scipy import ndimage
from skimage.metrics import variation_of_information

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "regions"
IGNORED = -1


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


def covering(people, own):
    regions = [people == r for r in np.unique(people)]
    return sum(r.sum() * max(iou(r, own == s) for s in np.unique(own)) for r in regions) / people.size


def pri(people, own):
    a, b = people.ravel(), own.ravel()
    upper = np.triu_indices(a.size, 1)
    return float(((a[:, None] == a)[upper] == (b[:, None] == b)[upper]).mean())


def pieces(own):
    segments = np.unique(own)
    return sum(ndimage.label(own == s)[1] for s in segments) / len(segments)


def mode_filter(own):
    """5x5, clipped at the edge; a tie keeps the pixel's label if it is among the tied, else goes to the lowest."""
    out = own.copy()
    for y, x in np.ndindex(*own.shape):
        window = own[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
        ids, votes = np.unique(window, return_counts=True)
        tied = ids[votes == votes.max()]
        out[y, x] = own[y, x] if own[y, x] in tied else tied[0]
    return out


def border_marks(own):
    marks = np.zeros(own.shape, bool)
    marks[:, 1:] |= own[:, 1:] != own[:, :-1]
    marks[1:] |= own[1:] != own[:-1]
    return marks


def slivers(own):
    marks = border_marks(own)
    left = ndimage.binary_dilation(border_marks(mode_filter(own)), np.ones((3, 3)))
    return float((~left)[marks].mean()) if marks.any() else 0.0


def roughness(own):
    marks = border_marks(own)
    return float((mode_filter(own) != own).sum() / marks.sum()) if marks.any() else 0.0


def border_pixels(own):
    return border_marks(own).sum()


def objects(truth, own):
    counted = truth != IGNORED
    out = []
    for c in np.unique(truth[counted]):
        thing = (truth == c) & counted
        segments = [(own == s) & counted for s in np.unique(own[counted])]
        inside = [s for s in segments if 2 * (s & thing).sum() > s.sum()]
        out.append({"class": int(c), "best": float(max(iou(thing, s) for s in segments)), "union": float(iou(thing, np.any(inside, 0))) if inside else 0.0})
    return out


def blobs(rng, height, width, count, blur):
    fields = [ndimage.gaussian_filter(rng.normal(size=(height, width)), blur) for _ in range(count)]
    return np.argmax(fields, 0)


def case(name, own, people, truth):
    mean = lambda measure: float(np.mean([measure(one, own) for one in people]))
    return {
        "name": name,
        "width": own.shape[1],
        "height": own.shape[0],
        "prediction": own.ravel().tolist(),
        "annotators": [one.ravel().tolist() for one in people],
        "covering": mean(covering),
        "pri": mean(pri),
        "vi": mean(lambda one, own: variation_of_information(one, own).sum()),
        "pieces": float(pieces(own)),
        "slivers": slivers(own),
        "roughness": roughness(own),
        "borderLength": float(border_pixels(own) / np.mean([border_pixels(one) for one in people])),
        "truth": truth.ravel().tolist(),
        "objects": objects(truth, own),
    }


def cases():
    rng = np.random.default_rng(9)

    def truth_of(shape, classes, blur=2.0):
        truth = blobs(rng, *shape, classes, blur)
        truth[rng.random(shape) < 0.1] = IGNORED
        return truth

    shape = (18, 23)
    base = blobs(rng, *shape, 5, 2.5)
    noisy = np.where(rng.random(shape) < 0.15, rng.integers(0, 6, shape), base)
    yield case("blobs", blobs(rng, *shape, 4, 2.0), [base, blobs(rng, *shape, 3, 3.0)], truth_of(shape, 4))
    yield case("like one annotator, with specks", noisy, [base, blobs(rng, *shape, 7, 2.0), blobs(rng, *shape, 2, 3.0)], truth_of(shape, 3))
    yield case("ids with gaps", base * 40 + 7, [base * 3 + 100, noisy * 5], np.where(base == 2, IGNORED, base))
    yield case("noise", rng.integers(0, 5, shape), [rng.integers(0, 9, shape)], truth_of(shape, 2))
    yield case("one segment", np.zeros(shape, int), [base, noisy], truth_of(shape, 3))
    yield case("a segment a pixel", np.arange(60).reshape(6, 10), [blobs(rng, 6, 10, 3, 1.0)], truth_of((6, 10), 2, 1.0))
    yield case("one row", rng.integers(0, 3, (1, 30)), [np.arange(30).reshape(1, 30) // 7], (np.arange(30) // 10).reshape(1, 30) - 1)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join("  " + json.dumps(one) for one in cases())
    (OUT / "cases.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
