#!/usr/bin/env python3
"""Checks the one-to-one border measure, and makes its goldens and those of BSDS500's MATLAB files.

Install (Python 3.11): pip install scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1 pillow
Goldens:               python scripts/check-borders.py
Check:                 diffcut segment IMAGES -o maps --format npy
                       diffcut eval --dataset bsds500 --images IMAGES --masks MASKS --predictions maps --resume lines.jsonl
                       python scripts/check-borders.py lines.jsonl maps --count 20

Borders are thinned by scikit-image's `thin`, the number of pairs is SciPy's `maximum_bipartite_matching`. Beside it the check
finds the cheapest matching by distance, where a pixel that stays alone costs 100 distances, as the benchmark's own does (without
its random arcs to few outliers): by `min_weight_full_bipartite_matching`.
"""
import argparse
import json
from pathlib import Path

import numpy as np
from scipy.io import savemat
from scipy.ndimage import gaussian_filter
from scipy.sparse import bmat, csr_matrix, diags
from scipy.sparse.csgraph import maximum_bipartite_matching, min_weight_full_bipartite_matching
from scipy.spatial import cKDTree
from skimage.morphology import thin

GOLDEN = Path(__file__).resolve().parent.parent / "test" / "golden"
SHARE = 0.0075


def corners(labels):
    """The benchmark's seg2bdry at the picture's size: the four pixels around the lower right corner are not of one label."""
    padded = np.pad(labels, ((0, 1), (0, 1)), mode="edge")
    own, right, below, across = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    return (own != right) | (own != below) | (below != across)


def borders(labels):
    return thin(corners(labels))


def near(predicted, drawn, distance):
    """Distances of the pairs that may be, as a sparse matrix."""
    a, b = np.argwhere(predicted), np.argwhere(drawn)
    if len(a) == 0 or len(b) == 0:
        return csr_matrix((len(a), len(b)))
    found = cKDTree(a).sparse_distance_matrix(cKDTree(b), distance + 1e-9, output_type="coo_matrix").tocsr()
    # a distance of 0 would be no entry
    exact = {tuple(p): j for j, p in enumerate(b.tolist())}
    pairs = [(i, exact[tuple(p)]) for i, p in enumerate(a.tolist()) if tuple(p) in exact]
    zeros = csr_matrix((np.full(len(pairs), 1e-6), tuple(np.array(pairs).reshape(-1, 2).T)), found.shape)
    return found.maximum(zeros)


def pair_count(matrix):
    return int((maximum_bipartite_matching(matrix, perm_type="column") >= 0).sum()) if min(matrix.shape) > 0 else 0


def cheapest(matrix, distance):
    """Which predicted pixels the cheapest matching pairs off."""
    if min(matrix.shape) == 0:
        return np.zeros(matrix.shape[0], bool)
    n, m = matrix.shape
    alone = 100 * distance
    whole = bmat([[matrix, diags([alone] * n)], [diags([alone] * m), matrix.T.sign() * 1e-6]]).tocsr()
    rows, columns = min_weight_full_bipartite_matching(whole)
    out = np.zeros(n, bool)
    out[rows[(rows < n) & (columns < m)]] = True
    return out


def blobs(rng, height, width, count, blur):
    return np.argmax([gaussian_filter(rng.normal(size=(height, width)), blur) for _ in range(count)], 0)


def rows_of(array):
    return ["".join(map(str, row)) for row in array.astype(int).tolist()]


def golden_cases():
    rng = np.random.default_rng(5)
    shape = (30, 44)
    base = blobs(rng, *shape, 5, 3)
    noisy = np.where(rng.random(shape) < 0.2, rng.integers(0, 5, shape), base)
    yield "alike", base, [np.roll(base, (1, 2), (0, 1)), blobs(rng, *shape, 6, 3)]
    yield "noise", noisy, [base, noisy.T[:30, :30].repeat(2, 1)[:, :44]]
    yield "fine", blobs(rng, *shape, 9, 1.2), [blobs(rng, *shape, 9, 1.2)]
    yield "one segment", np.zeros(shape, int), [base]
    yield "a row", rng.integers(0, 3, (1, 44)), [rng.integers(0, 3, (1, 44))]


def make_goldens():
    out = []
    for name, own, people in golden_cases():
        predicted = borders(own)
        pairs = [[pair_count(near(predicted, borders(one), distance)) for one in people] for distance in (0, 1, 2.5, 4.4)]
        out.append({"name": name, "prediction": rows_of(own), "annotators": [rows_of(one) for one in people], "thin": rows_of(predicted), "pairs": pairs})
    (GOLDEN / "regions" / "borders.json").write_text("[\n" + ",\n".join("  " + json.dumps(one) for one in out) + "\n]\n", encoding="utf-8")

    rng = np.random.default_rng(6)
    people = [blobs(rng, 9, 13, 4, 2).astype(np.uint16) + 1, (blobs(rng, 9, 13, 3, 2) * 300).astype(np.uint16)]
    cell = np.empty((1, len(people)), dtype=object)
    for i, one in enumerate(people):
        cell[0, i] = {"Segmentation": one, "Boundaries": borders(one).astype(np.uint8)}
    folder = GOLDEN / "mat"
    folder.mkdir(exist_ok=True)
    savemat(folder / "packed.mat", {"groundTruth": cell}, do_compression=True)
    savemat(folder / "plain.mat", {"groundTruth": cell}, do_compression=False)
    savemat(folder / "double.mat", {"other": "text", "groundTruth": np.array([[{"Segmentation": people[0].astype(float)}]], dtype=object)})
    savemat(folder / "none.mat", {"groundTruth": np.eye(3) * 1j})
    for path in folder.glob("*.mat"):  # without the time of day
        content = path.read_bytes()
        path.write_bytes(b"MATLAB 5.0 MAT-file, written by SciPy".ljust(116) + content[116:])
    (folder / "maps.json").write_text(json.dumps([one.tolist() for one in people]) + "\n", encoding="utf-8")


def check(lines, maps, count, few):
    from PIL import Image

    head, *pictures = [json.loads(line) for line in Path(lines).read_text(encoding="utf-8").splitlines()]
    masks = Path(head["settings"]["masks"])
    sums = {"ours": 0, "cheapest": 0, "predicted": 0}
    for number, picture in enumerate(pictures[:count]):
        own = np.load(Path(maps) / f"{picture['id']}.npy")
        ours = picture["drawings"][0]["oneToOne"]
        predicted = borders(own)
        reach = SHARE * float(np.hypot(*own.shape))
        drawn = matched = 0
        anyone = np.zeros(predicted.sum(), bool)
        for path in sorted(masks.glob(f"{picture['id']}_*.png")):
            lines_of = borders(np.array(Image.open(path)).astype(int))
            matrix = near(predicted, lines_of, reach)
            drawn += int(lines_of.sum())
            matched += pair_count(matrix)
            if number < few:
                anyone |= cheapest(matrix, reach)
        exact = (int(predicted.sum()), drawn, matched)
        assert exact == (ours["predicted"], ours["drawn"], ours["drawnMatched"]), (picture["id"], exact, ours)
        if number >= few:
            continue
        print(picture["id"], "predicted that have a pair:", ours["predictedMatched"], "by the cheapest matching:", int(anyone.sum()), flush=True)
        for name, value in (("ours", ours["predictedMatched"]), ("cheapest", int(anyone.sum())), ("predicted", exact[0])):
            sums[name] += value
    print(f"borders and pairs of {len(pictures[:count])} pictures: all equal")
    if few > 0:
        print(f"precision of the first {few}:", sums["ours"] / sums["predicted"], "by the cheapest matching:", sums["cheapest"] / sums["predicted"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", nargs="?")
    parser.add_argument("maps", nargs="?")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--cheapest", type=int, default=3, help="pictures that are also matched by distance, which takes minutes each")
    given = parser.parse_args()
    if given.lines is None:
        make_goldens()
    else:
        check(given.lines, given.maps, given.count, given.cheapest)


if __name__ == "__main__":
    main()
