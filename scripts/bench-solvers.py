#!/usr/bin/env python3
"""Times the solvers of tokens as published (dense, double precision, SciPy) on the features of `npm run bench -- --rows tokencut-4096,...`.

Install (Python 3.11): pip install numpy==2.4.6 scipy==1.17.1
Run:                   OMP_NUM_THREADS=2 python scripts/bench-solvers.py tokencut maskcut autosc

A line a solver: seconds and the process's peak MB. The arithmetic is that of scripts/make-maskcut.py and scripts/make-autosc.py; features
are row cut-64 of scripts/bench-reference.py (64 x 64 tokens, 320 channels), less their mean for the masks.
"""
import argparse
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def sibling(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def masks(features, threshold, rounds, corners):
    """As make-maskcut.py has them, whatever is near a threshold."""
    make = sibling("make-maskcut")
    tokens = (features - features.mean(axis=(0, 1))).reshape(-1, features.shape[2])
    for _ in range(rounds):
        unit = tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-12)
        affinity = np.where(unit @ unit.T > threshold, 1.0, 1e-5)
        degrees = np.diag(affinity.sum(axis=1))
        _, vectors = make.eigh(degrees - affinity, degrees, subset_by_index=[1, 2])
        side = vectors[:, 0] > vectors[:, 0].mean()
        pieces, _ = make.label(side.reshape(features.shape[:2]))
        tokens[(pieces == pieces.flat[np.argmax(np.abs(vectors[:, 0]))]).ravel()] = 0


def autosc(features):
    make = sibling("make-autosc")
    tokens = features.reshape(-1, features.shape[2])
    tokens = tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-12)
    cosines = tokens @ tokens.T
    likeness = np.clip((cosines - cosines.min()) / (cosines.max() - cosines.min()), 0, 1)
    found = [make.spectrum(likeness, alpha) for alpha in (1, 5, 10, 15)]
    _, k, own = max(((gaps[k], int(k), n) for n, (gaps, _) in enumerate(found) for k in np.argsort(gaps)[-2:]))
    make.cluster_qr(found[own][1][:, :max(1, k)])


SOLVERS = {
    "tokencut": lambda features: masks(features, 0.2, 1, False),
    "maskcut": lambda features: masks(features, 0.15, 3, True),
    "autosc": autosc,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("solvers", nargs="+", choices=SOLVERS)
    solvers = parser.parse_args().solvers
    if len(solvers) > 1:  # a process each, for its memory
        for name in solvers:
            subprocess.run([sys.executable, __file__, name], check=True)
        return
    bench = sibling("bench-reference")
    features = bench.bench_features(**bench.ROWS["cut-64"]).astype(np.float64)
    begin = time.perf_counter()
    SOLVERS[solvers[0]](features)
    print(f"{solvers[0]}: {time.perf_counter() - begin:.2f} s, {bench.peak_mb():.0f} MB", flush=True)


if __name__ == "__main__":
    main()
