#!/usr/bin/env python3
"""Compares `diffcut refine --method crf` with pydensecrf on pictures of a folder: the share of labels that are the same.

Needs numpy, Pillow, pydensecrf2 1.1 (built from its source distribution by pip) and a built dist/.
Run: python scripts/check-crf.py FOLDER [--pictures 10] [--confidence 0.7]

The labels are blocky Voronoi cells of 2, 3, 5, 10 or 20 seeds, so they cross the picture's edges everywhere. Beside the share
of all labels it prints that of the labels that pydensecrf changed: most of the others are easy.
"""
import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pydensecrf.densecrf as dcrf
from PIL import Image
from pydensecrf.utils import unary_from_labels

ROOT = Path(__file__).resolve().parent.parent
LEAST = 0.995


def voronoi(width, height, count, rng, block=16):
    """Cells of random seeds, in blocks, with ids 0..K-1."""
    seeds = rng.integers(0, [width, height], (count, 2))
    y, x = (np.mgrid[:height, :width] // block) * block + block // 2
    labels = np.argmin((x[..., None] - seeds[:, 0]) ** 2 + (y[..., None] - seeds[:, 1]) ** 2, -1)
    return np.unique(labels, return_inverse=True)[1].reshape(height, width).astype(np.uint8)


def reference(image, labels, confidence):
    height, width = labels.shape
    count = int(labels.max()) + 1
    crf = dcrf.DenseCRF2D(width, height, count)
    crf.setUnaryEnergy(unary_from_labels(labels, count, gt_prob=confidence, zero_unsure=False))
    crf.addPairwiseGaussian(sxy=3, compat=7)
    crf.addPairwiseBilateral(sxy=50, srgb=5, rgbim=image, compat=10)
    return np.argmax(crf.inference(10), 0).reshape(height, width)


def ours(folder, image, labels, confidence):
    Image.fromarray(image).save(folder / "image.png")
    np.save(folder / "labels.npy", labels.astype(np.int32))
    command = ["node", str(ROOT / "dist/cli/main.js"), "refine", str(folder / "image.png"), str(folder / "labels.npy"), "-o",
               str(folder / "out.npy"), "--method", "crf", "--confidence", str(confidence), "--overwrite", "--quiet"]
    subprocess.run(command, check=True)
    return np.load(folder / "out.npy")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=10)
    parser.add_argument("--confidence", type=float, default=0.7)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    files = sorted(p for p in args.folder.iterdir() if p.suffix in (".jpg", ".png"))
    worst = 1.0
    with tempfile.TemporaryDirectory() as folder:
        for i, file in enumerate(files[:: max(1, len(files) // args.pictures)][: args.pictures]):
            image = np.array(Image.open(file).convert("RGB"))
            labels = voronoi(image.shape[1], image.shape[0], (2, 3, 5, 10, 20)[i % 5], rng)
            start = time.perf_counter()
            theirs = reference(image, labels, args.confidence)
            took = time.perf_counter() - start
            same = ours(Path(folder), image, labels, args.confidence) == theirs
            moved = theirs != labels
            worst = min(worst, same.mean())
            print(f"{file.stem} {image.shape[1]}x{image.shape[0]}, {labels.max() + 1} labels: {100 * same.mean():.3f} % the same, "
                  f"{100 * same[moved].mean() if moved.any() else 100:.2f} % of the {100 * moved.mean():.1f} % that moved "
                  f"(pydensecrf {took:.2f} s)", flush=True)
    print(f"worst {100 * worst:.3f} %")
    return 0 if worst >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
