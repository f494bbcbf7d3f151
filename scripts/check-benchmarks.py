#!/usr/bin/env python3
"""Checks the tables of src/eval/sets/ against what the sets' own tools publish.

Install: pip install --no-deps cityscapesscripts==2.3.0 mmsegmentation==1.2.2
         git clone https://github.com/nightrome/cocostuff           # 876a7db
         git clone https://github.com/CSAILVision/sceneparsing      # e202229
         git clone https://github.com/PaulCouairon/DiffCut          # aa16df4
Build:   npm run build
Run:     python scripts/check-benchmarks.py --sources FOLDER      # the folder that these three were cloned into

Ends with 1 where something differs. Nothing of the packages is imported or run: their tables are read as text, or as plain data.
"""

import argparse
import ast
import importlib.metadata
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

TABLES = """
const { DATASETS } = await import(process.argv[1]);
const plain = ({ names, classes, background, ignore, values }) =>
  ({ names, classes, background, ignore, values: values && [...values.to], others: values?.others });
const out = {};
for (const [name, { classes, rules, layouts = [] }] of Object.entries(DATASETS)) {
  const tables = classes ? [[name, classes]] : Object.entries(rules ?? {}).map(([rule, table]) => [name + ' ' + rule, table]);
  const numberings = layouts.flatMap(({ values }) => (values ? [[...values.to]] : []));
  for (const [key, table] of tables) out[key] = { ...plain(table), numberings };
}
console.log(JSON.stringify(out));
"""


def our_tables() -> dict:
    built = (REPOSITORY / "dist" / "eval" / "datasets.js").as_uri()
    return json.loads(subprocess.run(["node", "--input-type=module", "-e", TABLES, built], check=True, capture_output=True, text=True).stdout)


class PlainUnpickler(pickle.Unpickler):
    """Dictionaries, numbers and texts alone."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is no plain data")


def unpickled(path: Path):
    with path.open("rb") as file:
        return PlainUnpickler(file).load()


def file_of(package: str, ending: str) -> Path:
    return next(Path(file.locate()) for file in importlib.metadata.files(package) if str(file).endswith(ending))


def mmseg_classes(file: str, name: str) -> list[str]:
    """The names that a data set's class of mmsegmentation lists."""
    for node in ast.parse(file_of("mmsegmentation", f"mmseg/datasets/{file}.py").read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            meta = next(line.value for line in node.body if isinstance(line, ast.Assign) and line.targets[0].id == "METAINFO")
            return [one.strip() for one in ast.literal_eval(next(word.value for word in meta.keywords if word.arg == "classes"))]
    raise LookupError(name)


def trained_ids(sources: Path) -> dict[int, int]:
    """mmsegmentation's numbers of COCO-Stuff's values, which the paper's code has as its table of COCO-Object."""
    return unpickled(sources / "DiffCut" / "dataloader" / "coco" / "coco_object_mapping.pickle")


def voc(ours: dict, _: Path):
    table = ours["voc2012"]
    yield "names", table["names"], mmseg_classes("voc", "PascalVOCDataset")


def context(ours: dict, _: Path):
    table = ours["context"]
    names = mmseg_classes("pascal_context", "PascalContextDataset")  # 0 is the background there, as in its converter
    yield "names", table["names"], names[1:] + names[:1]
    values = dict(table["values"])
    yield "mmsegmentation's numbers", [table["names"][values[to]] for _, to in sorted(table["numberings"][0])], names


def coco(ours: dict, sources: Path):
    object_, stuff = ours["coco-object"], ours["coco-stuff27"]
    labels = dict(line.split(": ", 1) for line in (sources / "cocostuff" / "labels.txt").read_text().strip().splitlines())
    name_of = {int(label) - 1: name for label, name in labels.items()}
    trained = trained_ids(sources)
    things = {value: to for value, to in trained.items() if value < 91}
    yield "object: classes", dict(object_["values"]), things
    yield "object: all others are background", object_["others"], object_["background"]
    yield "object: names", {to: object_["names"][to] for to in things.values()}, {to: name_of[value] for value, to in things.items()}
    yield "object: names as mmsegmentation has them", object_["names"][:80], mmseg_classes("coco_stuff", "COCOStuffDataset")[:80]

    published = unpickled(sources / "DiffCut" / "dataloader" / "coco" / "fine_to_coarse_dict.pickle")
    yield "stuff27: classes", dict(stuff["values"]), {**published["fine_index_to_coarse_index"], 255: stuff["ignore"]}
    coarse = {published["fine_index_to_coarse_index"][value]: published["fine_name_to_coarse_name"][name] for value, name in name_of.items() if value >= 0}
    words = {to: name.removesuffix("-things").removesuffix("-stuff").replace("rawmaterial", "raw-material") for to, name in coarse.items()}
    told = {to: name.removesuffix("-things").removesuffix("-stuff") for to, name in enumerate(stuff["names"])}
    yield "stuff27: names", told, dict(sorted(words.items()))
    for name in ("coco-object", "coco-stuff27"):
        yield f"{name}: mmsegmentation's numbers", dict(ours[name]["numberings"][0]), {to: value for value, to in trained.items()}


def cityscapes(ours: dict, sources: Path):
    table = ours["cityscapes"]
    rows = re.findall(r"^\s+Label\(\s*'([^']+)'\s*,\s*(-?\d+)\s*,", file_of("cityscapesscripts", "helpers/labels.py").read_text(), re.M)
    name_of = {int(label): name for name, label in rows}
    values = dict(table["values"])
    yield "names", {label: table["names"][to] for label, to in values.items()}, {label: name for label, name in name_of.items() if label >= 7}
    mapping = unpickled(sources / "DiffCut" / "dataloader" / "cityscapes" / "cityscapes_27_mapping.pickle")
    yield "classes", values, {value: to for value, to in mapping.items() if to >= 0}
    yield "all others are ignored", table["others"], table["ignore"]


def ade20k(ours: dict, sources: Path):
    lines = (sources / "sceneparsing" / "objectInfo150.txt").read_text().strip().splitlines()[1:]
    name_of = {int(fields[0]): fields[-1].split(",")[0].strip() for fields in (line.split("\t") for line in lines)}
    for rule in ("published", "clean"):
        table = ours[f"ade20k {rule}"]
        counted = {value: to for value, to in table["values"] if to != table["ignore"]}
        wanted = {value: value for value in range(150)} if rule == "published" else {value: value - 1 for value in range(1, 151)}
        yield f"{rule}: classes", counted, wanted
        yield f"{rule}: names", {value: table["names"][to] for value, to in counted.items() if value}, {value: name_of[value] for value in wanted if value}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True)
    sources = parser.parse_args().sources
    ours = our_tables()
    differ = 0
    for check in (voc, context, coco, cityscapes, ade20k):
        for what, seen, published in check(ours, sources):
            same = seen == published
            differ += not same
            print(f"{'same   ' if same else 'DIFFERS'} {check.__name__}: {what} ({len(seen) if isinstance(seen, (dict, list)) else seen})")
            if not same:
                print(f"        ours      {seen}\n        published {published}")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
