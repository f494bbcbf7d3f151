#!/usr/bin/env python3
"""Makes test/golden/coherence: similarity maps and their colours as the DiffCut notebook semantic_coherence.ipynb draws
them (tools/visualization.py, `Demo`), by torch, scipy and matplotlib.

Install (Python 3.11):
    pip install torch==2.14.1 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2 pillow==13.0.0

Run:
    python scripts/make-coherence.py
    python scripts/make-coherence.py --viridis    # prints the colours that src/coherence/colormap.ts holds

Steps, in the notebook's order: features bilinearly upsampled to the picture (align_corners=False), normalised; cosine of
the marked pixel with every pixel, its argmax; min-max; gaussian_filter(sigma=3), which mirrors at the edges and ends at
4 sigma; imshow(255 * map, cmap, alpha=0.5). imshow stretches what it is given to its least and greatest value, so the
smoothed map is stretched once more: that is in the colours here too.
"""
import argparse
import json
from pathlib import Path

import matplotlib
import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.cm import ScalarMappable
from PIL import Image
from scipy.ndimage import gaussian_filter

FOLDER = Path(__file__).resolve().parent.parent / "test" / "golden" / "coherence"
CHANNELS = 12


def features(rng, height, width):
    """Smooth, with a few directions in common, so that there is something to find."""
    coarse = torch.from_numpy(rng.standard_normal((1, CHANNELS, 3, 3)).astype(np.float32))
    smooth = F.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False)[0]
    noise = torch.from_numpy(rng.standard_normal((CHANNELS, height, width)).astype(np.float32))
    return (smooth + 0.4 * noise + 0.5).contiguous()


def upsampled(tokens, height, width):
    large = torch.nn.Upsample(size=(height, width), mode="bilinear")(tokens[None])
    return F.normalize(large[0].reshape(CHANNELS, -1), dim=0)


def picture(rng, height, width):
    coarse = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def colours(heatmap, cmap, rgb):
    shown = ScalarMappable(cmap=cmap).to_rgba(255 * heatmap, bytes=True)[..., :3]
    return np.floor((shown.astype(np.float64) + rgb) / 2 + 0.5).astype(np.uint8)


def make(name, seed, reference_grid, target_grid, reference_size, target_size, point):
    rng = np.random.default_rng(seed)
    reference, target = features(rng, *reference_grid), features(rng, *target_grid)
    rgb = picture(rng, *target_size)
    x, y = point
    query = upsampled(reference, *reference_size)[:, y * reference_size[1] + x]
    cosine = (query[None] @ upsampled(target, *target_size)).reshape(target_size).numpy()
    heatmap = gaussian_filter((cosine - cosine.min()) / (cosine.max() - cosine.min()), sigma=3)
    best_y, best_x = np.unravel_index(cosine.argmax(), cosine.shape)
    for key, tokens in {"reference": reference, "target": target}.items():
        np.save(FOLDER / f"{name}.{key}.npy", tokens.permute(1, 2, 0).contiguous().numpy())
    np.save(FOLDER / f"{name}.cosine.npy", cosine)
    Image.fromarray(rgb).save(FOLDER / f"{name}.picture.png", optimize=True)
    for cmap in ("jet", "viridis"):
        Image.fromarray(colours(heatmap, cmap, rgb)).save(FOLDER / f"{name}.{cmap}.png", optimize=True)
    return {
        "name": name, "point": point, "picture": {"width": reference_size[1], "height": reference_size[0]},
        "best": {"x": int(best_x), "y": int(best_y), "cosine": float(cosine.max())}, "sigma": 3,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--viridis", action="store_true")
    if parser.parse_args().viridis:
        print(matplotlib.colormaps["viridis"](np.arange(256), bytes=True)[:, :3].tobytes().hex())
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    cases = [
        make("wide", 1, (5, 8), (6, 9), (60, 96), (64, 90), [71, 22]),
        make("tall", 2, (9, 5), (7, 4), (70, 41), (75, 43), [0, 69]),
    ]
    (FOLDER / "cases.json").write_text(json.dumps({"cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
