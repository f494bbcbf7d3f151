#!/usr/bin/env python3
"""Makes test/golden/maskcut/cases.json: the masks of MaskCut (CutLER at cca0a27, maskcut.py) and TokenCut, in double precision.

Install (Python 3.11): pip install numpy==2.4.6 scipy==1.17.1
Run:                   python scripts/make-maskcut.py

Features are those of test/golden/partition, without their mean, so that some tokens are unlike. The arithmetic is written anew after
the published description: masks on the grid, before they are enlarged. Masks are a digit a token: the first mask that holds it, from
1, or 0. Left out: more than 1,024 tokens, pairs whose cosine is within 1e-6 of the threshold, eigenvalues within 1e-4 of each other,
tokens within 1e-6 of the mean, and seeds that another token equals.
"""
import json
from pathlib import Path

import numpy as np
from scipy.linalg import eigh
from scipy.ndimage import label

GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"


class Close(Exception):
    pass


def second_vector(affinity):
    degrees = np.diag(affinity.sum(axis=1))
    values, vectors = eigh(degrees - affinity, degrees, subset_by_index=[1, 2])
    if values[1] - values[0] < 1e-4:
        raise Close
    vector = vectors[:, 0]
    return vector if vector[np.argmax(np.abs(vector))] > 0 else -vector


def one_mask(features, threshold, shape, corners):
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(lengths, 1e-12)
    cosines = unit @ unit.T
    if np.abs(cosines - threshold).min() < 1e-6:
        raise Close
    vector = second_vector(np.where(cosines > threshold, 1.0, 1e-5))
    if np.abs(vector - vector.mean()).min() < 1e-6 * np.abs(vector).max():
        raise Close
    side = vector > vector.mean()
    grid = side.reshape(shape)
    held = int(grid[0, 0]) + int(grid[0, -1]) + int(grid[-1, 0]) + int(grid[-1, -1])
    if (corners and held >= 3) or not side[np.argmax(np.abs(vector))]:
        vector, side = -vector, ~side
    ordered = np.sort(vector)
    if ordered[-1] - ordered[-2] < 1e-6 * np.abs(ordered).max():
        raise Close
    seed = np.argmax(vector)
    pieces, _ = label(side.reshape(shape))
    return pieces == pieces.flat[seed] if side[seed] else np.zeros(shape, bool)


def masks(features, threshold, rounds, corners):
    height, width, channels = features.shape
    tokens = features.reshape(-1, channels).copy()
    out, last = [], None
    for k in range(rounds):
        mask = one_mask(tokens, threshold, (height, width), corners)
        if k > 0:
            union = (last | mask).sum()
            if (union and (last & mask).sum() / union > 0.5) or mask.mean() <= 0.01:
                mask = np.zeros_like(mask)
        last = mask
        out.append(mask)
        tokens[mask.ravel()] = 0
    return out


def digits(found):
    labels = np.zeros(found[0].shape, int)
    for k, mask in enumerate(found):
        labels[mask & (labels == 0)] = k + 1
    return "".join(str(one) for one in labels.ravel())


def main():
    cases = []
    for path in sorted((GOLDEN / "partition").glob("*.npy")):
        features = np.load(path).astype(np.float64) if "labels" not in path.name else None
        if features is None or features.shape[0] * features.shape[1] > 1024:
            continue
        features -= features.mean(axis=(0, 1))
        for name, threshold, rounds, corners in (("maskcut", 0.15, 3, True), ("tokencut", 0.2, 1, False)):
            try:
                found = masks(features.astype(np.float32).astype(np.float64), threshold, rounds, corners)
            except Close:
                continue
            cases.append({"solver": name, "features": path.name, "masks": digits(found)})
    (GOLDEN / "maskcut").mkdir(parents=True, exist_ok=True)
    (GOLDEN / "maskcut" / "cases.json").write_text("[\n" + ",\n".join(f"  {json.dumps(one)}" for one in cases) + "\n]\n", encoding="utf-8")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
