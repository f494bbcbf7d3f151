#!/usr/bin/env python3
"""Times the Python reference of DiffCut on the CPU, on inputs that any language can rebuild bit by bit.

Install (Python 3.11):
    pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
    pip install numpy==2.4.6 scipy==1.17.1
    git clone https://github.com/PaulCouairon/DiffCut

Run:
    python scripts/bench-reference.py --reference DiffCut                  # all four rows, two threads
    python scripts/bench-reference.py --reference DiffCut --rows cut-32 --threads 1 --repeat 3
    python scripts/bench-reference.py --reference DiffCut --rows cut-32 --features map.npy --alpha 3 --tau 0.5
    python scripts/bench-reference.py --fingerprints                       # CRC-32 of the inputs, no torch needed

Each row runs in a process of its own; a JSON line a row: seconds (median), all runs, peak resident MB of the
process, resident MB before the work, segments, and CRC-32 of the inputs.

Rows: cut-32 (32x32 tokens, 320 channels), cut-64 (64x64), cut-64-768 (768 channels, as of ViT-B/16 at 1024), all with affinity, recursive cut and assembly;
pamr-512 (8 segments, 15 iterations, dilations 1 2 4 8 12 24 32 64, 512x512), pamr-1024 (30 iterations, 1024x1024).

The inputs (all numbers are IEEE doubles unless named otherwise, so Python and JavaScript agree bit by bit):
  random(seed)       mulberry32: state += 0x6D2B79F5; t = imul(s ^ s>>>15, 1|s); t = (t + imul(t ^ t>>>7, 61|t)) ^ t;
                     value = ((t ^ t>>>14) >>> 0) / 2^32. The state before the first step is the seed.
  sites(r, n)        n times (y, x): two draws r() each, in 0..1.
  weights at (v, u)  w_k = 1 / (0.0004 + dy*dy + dx*dx), squared; divided by their sum (added in order k = 0..n-1).
  benchFeatures      r = random(seed); n sites; then n*channels prototype values 2*r() - 1, site by site;
                     then for each token row by row (v = (y + 0.5)/height, u = (x + 0.5)/width), each channel c:
                     sum over k (in order, from 0) of w_k * prototype[k][c], + noise * (2*r() - 1); rounded to float32.
  benchImage         r = random(seed); n sites; n*3 colours 40 + 175*r(); then for each pixel and channel:
                     sum over k of w_k * colour[k][c], + 24*(r() - 0.5); floor(value + 0.5) clamped to 0..255.
  benchLabels        r = random(seed); n sites (the same seed as the image: the same sites), then for each pixel the
                     nearest site (first on a tie) after moving the pixel by 0.03*(2*r() - 1) in y, then in x.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path

ROWS = {
    "cut-32": dict(kind="cut", width=32, height=32, channels=320, seed=1, sites=3, noise=0.7, alpha=3.0, tau=0.5),
    "cut-64": dict(kind="cut", width=64, height=64, channels=320, seed=2, sites=10, noise=0.5, alpha=3.0, tau=0.5),
    "cut-64-768": dict(kind="cut", width=64, height=64, channels=768, seed=2, sites=10, noise=0.5, alpha=3.0, tau=0.5),
    "pamr-512": dict(kind="pamr", width=512, height=512, seed=3, sites=8, iterations=15,
                     dilations=[1, 2, 4, 8, 12, 24, 32, 64]),
    "pamr-1024": dict(kind="pamr", width=1024, height=1024, seed=4, sites=8, iterations=30,
                      dilations=[1, 2, 4, 8, 12, 24, 32, 64]),
}


def mulberry32(seed, count):
    """The first `count` draws of mulberry32, vectorised: its state is a counter."""
    import numpy as np
    m32 = np.uint64(0xFFFFFFFF)
    state = (np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x6D2B79F5)) & m32

    def shift(value, bits):
        return value ^ (value >> np.uint64(bits))

    t = (shift(state, 15) * (state | np.uint64(1))) & m32
    t = (((t + ((shift(t, 7) * (t | np.uint64(61))) & m32)) & m32) ^ t) & m32
    return (shift(t, 14) & m32).astype(np.float64) / 4294967296.0


def site_weights(sites, width, height):
    """(height*width, n) weights of the sites, and the cells' centres."""
    import numpy as np
    v = ((np.arange(height) + 0.5) / height)[:, None, None]
    u = ((np.arange(width) + 0.5) / width)[None, :, None]
    dy, dx = v - sites[:, 0], u - sites[:, 1]
    w = 1.0 / (0.0004 + dy * dy + dx * dx)
    w = (w * w).reshape(height * width, len(sites))
    total = np.zeros(height * width)
    for k in range(len(sites)):
        total = total + w[:, k]
    return w / total[:, None]


def bench_features(width, height, channels, seed, sites, noise, **_):
    """float32 (height, width, channels)"""
    import numpy as np
    draws = mulberry32(seed, sites * 2 + sites * channels + width * height * channels)
    points = draws[:sites * 2].reshape(sites, 2)
    prototypes = 2.0 * draws[sites * 2:sites * (2 + channels)].reshape(sites, channels) - 1.0
    grain = 2.0 * draws[sites * (2 + channels):].reshape(width * height, channels) - 1.0
    w = site_weights(points, width, height)
    value = np.zeros((width * height, channels))
    for k in range(sites):
        value = value + w[:, k:k + 1] * prototypes[k]
    return (value + noise * grain).astype(np.float32).reshape(height, width, channels)


def bench_image(width, height, seed, sites, **_):
    """uint8 (height, width, 3)"""
    import numpy as np
    draws = mulberry32(seed, sites * 5 + width * height * 3)
    points = draws[:sites * 2].reshape(sites, 2)
    colours = 40.0 + 175.0 * draws[sites * 2:sites * 5].reshape(sites, 3)
    grain = 24.0 * (draws[sites * 5:].reshape(width * height, 3) - 0.5)
    w = site_weights(points, width, height)
    value = np.zeros((width * height, 3))
    for k in range(sites):
        value = value + w[:, k:k + 1] * colours[k]
    value = np.clip(np.floor(value + grain + 0.5), 0, 255)
    return value.astype(np.uint8).reshape(height, width, 3)


def bench_labels(width, height, seed, sites, **_):
    """int32 (height, width)"""
    import numpy as np
    draws = mulberry32(seed, sites * 2 + width * height * 2)
    points = draws[:sites * 2].reshape(sites, 2)
    move = 0.03 * (2.0 * draws[sites * 2:].reshape(height, width, 2) - 1.0)
    v = ((np.arange(height) + 0.5) / height)[:, None] + move[..., 0]
    u = ((np.arange(width) + 0.5) / width)[None, :] + move[..., 1]
    dy, dx = v[..., None] - points[:, 0], u[..., None] - points[:, 1]
    return np.argmin(dy * dy + dx * dx, axis=-1).astype(np.int32)


def crc(array):
    return zlib.crc32(array.tobytes())


def fingerprints():
    """What an implementation in another language must get for its own copies of the inputs."""
    rows = []
    for name, row in ROWS.items():
        entry = {"row": name, **row}
        if row["kind"] == "cut":
            features = bench_features(**row)
            entry["featuresCrc32"] = crc(features)
            entry["firstValues"] = [float(x) for x in features.reshape(-1)[:6]]
        else:
            entry["imageCrc32"] = crc(bench_image(**row))
            entry["labelsCrc32"] = crc(bench_labels(**row))
        rows.append(entry)
    return rows


def make_goldens():
    """The sibling script holds the one way to load the reference."""
    import importlib.util
    spec = importlib.util.spec_from_file_location("make_goldens", Path(__file__).with_name("make-goldens.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peak_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def run_row(name, args):
    """One row, inside its own process."""
    import numpy as np
    import torch
    torch.set_num_threads(args.threads)
    row = {**ROWS[name]}
    row.update({k: getattr(args, k) for k in ("alpha", "tau") if getattr(args, k) is not None})
    reference = make_goldens().load_reference(args.reference)
    inputs = {}
    if row["kind"] == "cut":
        features = np.load(args.features).astype(np.float32) if args.features else bench_features(**row)
        row["height"], row["width"], row["channels"] = features.shape
        inputs["featuresCrc32"] = crc(features)

        def work():
            return len(np.unique(reference_cut(reference, features, row["alpha"], row["tau"])))
    else:
        image, labels = bench_image(**row), bench_labels(**row)
        inputs["imageCrc32"], inputs["labelsCrc32"] = crc(image), crc(labels)

        def work():
            picture = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
            ids = torch.from_numpy(labels)[None, None]
            masks = torch.cat([(ids == k).float() for k in torch.unique(ids)], dim=1)
            with torch.no_grad():
                out = reference.PAMR(num_iter=row["iterations"], dilations=row["dilations"])(picture, masks)
            return len(torch.unique(out.argmax(1)))
    base, seconds, segments = peak_mb(), [], 0
    for _ in range(args.repeat):
        start = time.perf_counter()
        segments = work()
        seconds.append(round(time.perf_counter() - start, 4))
    print(json.dumps({"row": name, "seconds": statistics.median(seconds), "runs": seconds, "peakMB": peak_mb(),
                      "baseMB": base, "segments": segments, "threads": args.threads, "torch": torch.__version__,
                      **{k: row[k] for k in ("width", "height", "channels", "alpha", "tau", "iterations", "dilations")
                         if k in row}, **inputs}), flush=True)


def reference_cut(reference, features, alpha, tau):
    """The reference's own calls: normalise, cut, assemble."""
    import numpy as np
    import torch
    h, w, c = features.shape
    feats = torch.from_numpy(np.ascontiguousarray(features)).reshape(1, h, w, c).permute(0, 3, 1, 2)
    feats = torch.nn.functional.normalize(feats, dim=1).reshape(c, h * w)
    cutter = reference.DiffCut()
    clusters = cutter.recursive_ncut(feats, tau=tau, dims=(h, w), alpha=alpha)
    return cutter.assemble_clusters(clusters or [torch.zeros((h, w))], h, w).numpy()


def main():
    parser = argparse.ArgumentParser(description="Time the Python reference on the CPU.")
    parser.add_argument("--reference", type=Path, help="checkout of PaulCouairon/DiffCut")
    parser.add_argument("--rows", default=",".join(ROWS), help="comma-separated: " + ", ".join(ROWS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--features", type=Path, help="a map of your own (.npy, height x width x channels) for cut rows")
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--tau", type=float)
    parser.add_argument("--fingerprints", action="store_true", help="print the inputs' checksums and stop")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.fingerprints:
        for row in fingerprints():
            print(json.dumps(row))
        return
    if not args.reference:
        parser.error("--reference is needed")
    names = args.rows.split(",")
    unknown = [n for n in names if n not in ROWS]
    if unknown:
        parser.error(f"unknown row {unknown[0]!r}; rows: {', '.join(ROWS)}")
    if args.inside:
        run_row(names[0], args)
        return
    environment = {**os.environ, **{k: str(args.threads) for k in
                                    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}}
    for name in names:
        command = [sys.executable, __file__, "--inside", "--reference", str(args.reference), "--rows", name,
                   "--threads", str(args.threads), "--repeat", str(args.repeat)]
        for key in ("features", "alpha", "tau"):
            if getattr(args, key) is not None:
                command += [f"--{key}", str(getattr(args, key))]
        subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
