#!/usr/bin/env python3
"""Lets other tools read what this package writes: the sample maps of test/export-samples.ts in every format.

Install (Python 3.11): pip install pycocotools==2.0.11 datumaro==1.13.12 scikit-image==0.26.0 opencv-python-headless==4.14.0.94 \
    labelme==6.3.1 label-studio-converter==0.0.59 roifile==2026.2.10 geopandas shapely==2.2.0 numpy==2.4.6 pyyaml
                       pip install --no-deps ultralytics==8.4.190
                       pip install git+https://github.com/cocodataset/panopticapi.git
Build:                 npm run build
Run:                   python scripts/check-formats.py [--write-goldens] [--keep FOLDER] [NAME ...]

Each scripts/check_formats/NAME.py has `check(folder) -> dict`: what its tool saw of the files in the folder, which is compared with
test/golden/formats/NAME.json. Ends with 1 where something differs, or a check fails.
"""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
GOLDENS = SCRIPTS.parent / "test" / "golden" / "formats"


def names() -> list[str]:
    """The checks: modules that have one."""
    paths = (SCRIPTS / "check_formats").glob("*.py")
    return sorted(path.stem for path in paths if "def check(" in path.read_text())


def plain(value):
    """As JSON has it: numpy's numbers are none of its own."""
    return json.loads(json.dumps(value, default=lambda one: one.item()))


def text_of(seen: dict) -> str:
    """A line a member, two levels deep."""
    lines = []
    for name, value in seen.items():
        inner = isinstance(value, dict) and any(isinstance(one, (dict, list)) for one in value.values())
        body = "{\n" + ",\n".join(f"    {json.dumps(key)}: {json.dumps(one)}" for key, one in value.items()) + "\n  }" if inner else json.dumps(value)
        lines.append(f"  {json.dumps(name)}: {body}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def differences(seen, golden, where: str = "") -> list[str]:
    if isinstance(seen, dict) and isinstance(golden, dict):
        return [line for key in {**golden, **seen} for line in differences(seen.get(key), golden.get(key), f"{where}.{key}")]
    return [] if seen == golden else [f"{where[1:]}: {json.dumps(seen)[:100]} instead of {json.dumps(golden)[:100]}"]


def verdict(name: str, folder: Path, write: bool) -> list[str]:
    """What is not as it should be."""
    if not folder.is_dir():
        return ["nothing is written for it: see write-samples.mjs, and whether the build is this one's"]
    try:
        seen = plain(importlib.import_module(f"check_formats.{name}").check(folder))
    except Exception as error:  # a tool that refuses a file says so in its own way
        return [f"{type(error).__name__}: {error}"]
    golden = GOLDENS / f"{name}.json"
    if write:
        GOLDENS.mkdir(parents=True, exist_ok=True)
        golden.write_text(text_of(seen))
        return []
    return differences(seen, json.loads(golden.read_text())) if golden.exists() else ["it has no golden: --write-goldens writes one"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="which checks; all where none is named")
    parser.add_argument("--write-goldens", action="store_true", help="keep what the tools see: look at what changed")
    parser.add_argument("--keep", metavar="FOLDER", help="where the samples are written and left")
    given = parser.parse_args()
    sys.path.insert(0, str(SCRIPTS))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(given.keep or scratch)
        subprocess.run(["node", SCRIPTS / "check_formats" / "write-samples.mjs", folder], check=True)
        wrong = {}
        for name in given.names or names():
            start = time.perf_counter()
            wrong[name] = verdict(name, folder / name, given.write_goldens)
            print(f"{name:14} {time.perf_counter() - start:6.1f} s  {'DIFFERS' if wrong[name] else 'written' if given.write_goldens else 'as it was'}", flush=True)
            for line in wrong[name][:20]:
                print(f"    {line}")
    return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main())
