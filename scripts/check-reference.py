#!/usr/bin/env python3
"""Compares our recursive cut with the Python reference's on many maps (a wide check; nothing of it is committed).

Install: as for scripts/make-goldens.py (without the wheels).

Run:
    npm run build
    python scripts/check-reference.py --reference DiffCut --features DIR --out check --cli
    python scripts/check-reference.py --reference DiffCut --out check --careful       # no build needed

--features DIR   every .npy below it is a map (height, width, channels), float16 or float32
--synthetic N    so many random maps of our own besides (default 60), 8x8 to 32x32, one of 64x64 with --large;
                 --clean draws them with less noise: clear regions, on which the reference fails most
--settings       alpha:tau pairs, comma-separated; each map takes --per-map of them in turn
--cli [COMMAND]  runs `node dist/cli/main.js partition map.npy -o labels.npy --tau T --alpha A` and compares
--careful        compares with the double-precision cut of make-goldens.py

In --out: <map>.f32.npy (the input), <case>.reference.npy and <case>.ours.npy (int32 labels), results.jsonl (a line a
case; a line there is not made again). Agreement: the share of tokens with equal labels under the best one-to-one
renaming. Cases in which the reference returns NaN, cuts off an empty side or makes more than --max-splits splits are
counted, not compared.
"""
import argparse
import importlib.util
import json
import shlex
import subprocess
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("make_goldens", Path(__file__).with_name("make-goldens.py"))
goldens = importlib.util.module_from_spec(spec)
spec.loader.exec_module(goldens)

import numpy as np

SETTINGS = "3:0.5,10:0.3,1:0.8,3:0.65,10:0.5,1:0.9,3:0.3,10:0.2"


def maps(args):
    """name, float32 (h, w, c)"""
    if args.features:
        for path in sorted(args.features.rglob("*.npy")):
            array = np.load(path, mmap_mode="r")
            if array.ndim == 3 and array.dtype.kind == "f":
                yield str(path.relative_to(args.features).with_suffix("")).replace("/", "_"), array.astype(np.float32)
    random = np.random.RandomState(args.seed)
    kinds = ["two", "stripes", "blobs", "gradient", "rings", "noise", "fields", "islands"]
    sizes = [(8, 8), (8, 24), (16, 16), (24, 10), (13, 31), (24, 24), (32, 32)]
    shapes = [sizes[i % len(sizes)] for i in range(args.synthetic)] + [(64, 64)] * args.large
    for i, (h, w) in enumerate(shapes):
        kind, noise, c = kinds[i % len(kinds)], random.uniform(0.02, 0.2 if args.clean else 1.0), int(random.choice([6, 16, 48]))
        yield f"{kind}-{h}x{w}-{i}{'-clean' if args.clean else ''}", goldens.synthetic(kind, h, w, c, 1000 + i, noise)


def ours(args, features, map_file, case, alpha, tau):
    """Labels of the side under test, or None."""
    if args.careful:
        return goldens.careful_cut(features, alpha, tau)
    if not args.cli:
        return None
    target = args.out / f"{case}.ours.npy"
    command = shlex.split(args.cli) + ["partition", str(map_file), "-o", str(target), "--tau", str(tau), "--alpha", str(alpha), "--overwrite"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{shlex.join(command)} failed:\n{done.stderr}")
    return np.load(target)


def main():
    parser = argparse.ArgumentParser(description="Compare our recursive cut with the Python reference's.")
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--synthetic", type=int, default=60)
    parser.add_argument("--clean", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settings", default=SETTINGS)
    parser.add_argument("--per-map", type=int, default=2)
    parser.add_argument("--max-splits", type=int, default=goldens.MAX_SPLITS)
    parser.add_argument("--limit", type=int, help="maps at most")
    parser.add_argument("--cli", nargs="?", const="node dist/cli/main.js")
    parser.add_argument("--careful", action="store_true")
    args = parser.parse_args()
    import torch
    torch.set_num_threads(1)
    reference = goldens.load_reference(args.reference)
    args.out.mkdir(parents=True, exist_ok=True)
    settings = [tuple(float(v) for v in pair.split(":")) for pair in args.settings.split(",")]
    results = args.out / "results.jsonl"
    known = {row["case"]: row for row in map(json.loads, results.read_text().splitlines())} if results.exists() else {}
    rows, turn = [], 0
    for number, (name, features) in enumerate(maps(args)):
        if args.limit is not None and number >= args.limit:
            break
        map_file = args.out / f"{name}.f32.npy"
        if not map_file.exists():
            np.save(map_file, features)
        for _ in range(min(args.per_map, len(settings))):
            alpha, tau = settings[turn % len(settings)]
            turn += 1
            case = f"{name}-a{alpha:g}-t{tau:g}"
            label_file = args.out / f"{case}.reference.npy"
            row = known.get(case)
            if row is None:
                labels, status, nodes = goldens.cut(reference, features, alpha, tau, args.max_splits)
                np.save(label_file, labels)
                finite = [abs(n["ncut"] - tau) for n in nodes if np.isfinite(n["ncut"])]
                rivals = [n["rival"] for n in nodes if n["live"] and n["rival"] is not None]
                row = dict(case=case, status=status, segments=int(labels.max()) + 1, nodes=len(nodes),
                           margin=min(finite, default=None), rival=min(rivals, default=None))
                with results.open("a") as stream:
                    stream.write(json.dumps(row) + "\n")
            if row["status"] == "ok":
                mine = ours(args, features, map_file, case, alpha, tau)
                if mine is not None:
                    row["agreement"] = goldens.agreement(np.load(label_file), mine)
            rows.append(row)
            print(json.dumps(row), flush=True)
    counts = {}
    for row in rows:
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    compared = [row["agreement"] for row in rows if "agreement" in row]
    print(f"{len(rows)} cases: {counts}")
    if compared:
        print(f"compared {len(compared)}: mean {np.mean(compared):.6f}, least {min(compared):.6f}, "
              f"equal {np.mean([a == 1 for a in compared]):.4f}, below 0.99: {sum(a < 0.99 for a in compared)}")
        for row in sorted((r for r in rows if "agreement" in r), key=lambda r: r["agreement"])[:5]:
            if row["agreement"] < 1:
                print("  worst:", json.dumps(row))


if __name__ == "__main__":
    main()
