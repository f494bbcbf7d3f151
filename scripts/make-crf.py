#!/usr/bin/env python3
"""Makes test/golden/crf: what pydensecrf makes of the labels of test/golden/refine, and MaskCut's drawing of objects with it.

Install (Python 3.11): pip install numpy==2.4.6 scipy==1.17.1 pillow==13.0.0 pydensecrf2==1.1
Run:                   python scripts/make-crf.py

Labels: unary_from_labels. Objects, after the published description (CutLER at cca0a27, maskcut.py and crf.py), written anew: each
mask of the grid is enlarged by nearest; unary from the softmax of [1 - m, m]; CRF; holes filled; dropped under an IoU of 0.5 with
what it was. Objects are painted from the last to the first, so the first holds what several claim. The published code brings every
picture to 480 x 480 before; here it keeps its size.
"""
import json
from pathlib import Path

import numpy as np
import pydensecrf.densecrf as dcrf
from PIL import Image
from pydensecrf.utils import unary_from_labels, unary_from_softmax
from scipy.ndimage import binary_fill_holes

GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"
PUBLISHED = {"iterations": 10, "smoothnessSigma": 3, "smoothnessWeight": 7, "appearanceSigma": 50, "colourSigma": 5, "appearanceWeight": 10}
LABELS = [("astronaut-128", 0.7, {}), ("chelsea-128", 0.5, {}), ("rocket-96x64", 0.7, {"iterations": 3, "colourSigma": 20, "appearanceWeight": 3}),
          ("gaps-37x53", 0.9, {"smoothnessSigma": 1.5, "smoothnessWeight": 2, "appearanceSigma": 20})]
# objects on a grid of 8 x 8 tokens: boxes [left, top, right, bottom]
OBJECTS = {"astronaut-128": [[2, 1, 5, 4], [1, 4, 6, 8], [6, 0, 7, 1]], "chelsea-128": [[0, 1, 6, 8], [6, 2, 8, 8]], "coffee-128": [[2, 2, 7, 6]]}


def most_probable(image, energies, settings):
    height, width = image.shape[:2]
    crf = dcrf.DenseCRF2D(width, height, energies.shape[0])
    crf.setUnaryEnergy(energies)
    crf.addPairwiseGaussian(sxy=settings["smoothnessSigma"], compat=settings["smoothnessWeight"])
    crf.addPairwiseBilateral(sxy=settings["appearanceSigma"], srgb=settings["colourSigma"], rgbim=image, compat=settings["appearanceWeight"])
    return np.argmax(crf.inference(settings["iterations"]), 0).reshape(height, width)


def image_of(name):
    return np.array(Image.open(GOLDEN / "refine" / f"{name}.image.png").convert("RGB"))


def refined(name, confidence, settings):
    labels = np.array(Image.open(GOLDEN / "refine" / f"{name}.input.png"))
    ids, places = np.unique(labels, return_inverse=True)
    energies = unary_from_labels(places.reshape(labels.shape), len(ids), gt_prob=confidence, zero_unsure=False)
    return ids[most_probable(image_of(name), energies, {**PUBLISHED, **settings})], labels


def drawn(name, boxes):
    image = image_of(name)
    height, width = image.shape[:2]
    y, x = (np.mgrid[:height, :width] * 8) // np.array([height, width])[:, None, None]
    out = np.zeros((height, width), int)
    kept, filled = [], 0
    for k, (left, top, right, bottom) in reversed(list(enumerate(boxes))):
        mask = (x >= left) & (x < right) & (y >= top) & (y < bottom)
        for other in boxes[:k]:
            mask &= ~((x >= other[0]) & (x < other[2]) & (y >= other[1]) & (y < other[3]))
        two = np.exp(np.stack([1.0 - mask, mask]))
        before = most_probable(image, np.ascontiguousarray(unary_from_softmax(two / two.sum(0))), PUBLISHED) > 0
        after = binary_fill_holes(before)
        filled += int((after & ~before).sum())
        if (mask & after).sum() / (mask | after).sum() < 0.5:
            continue
        kept.append(k + 1)
        out[after] = k + 1
    return out, sorted(kept), filled


def main():
    (GOLDEN / "crf").mkdir(parents=True, exist_ok=True)
    cases = {"labels": [], "objects": []}
    for name, confidence, settings in LABELS:
        out, labels = refined(name, confidence, settings)
        Image.fromarray(out.astype(np.uint8)).save(GOLDEN / "crf" / f"{name}.labels.png", optimize=True)
        cases["labels"].append({"name": name, "confidence": confidence, "settings": settings, "changed": int((out != labels).sum())})
    for name, boxes in OBJECTS.items():
        out, kept, filled = drawn(name, boxes)
        Image.fromarray(out.astype(np.uint8)).save(GOLDEN / "crf" / f"{name}.objects.png", optimize=True)
        cases["objects"].append({"name": name, "boxes": boxes, "kept": kept, "filled": filled})
    lines = [f'  "{kind}": [\n' + ",\n".join(f"    {json.dumps(one)}" for one in some) + "\n  ]" for kind, some in cases.items()]
    (GOLDEN / "crf" / "cases.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
