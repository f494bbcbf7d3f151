"""Label Studio's tasks: brushes as `decode_rle` of label-studio-converter reads them, polygons by their area."""

import json
from pathlib import Path

import numpy as np
from label_studio_converter.brush import decode_rle, encode_rle

from .truth import ids, labels_of, name_of


def area(points: np.ndarray) -> float:
    x, y = points.T
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def check_picture(folder: Path, task: dict, seen: dict) -> None:
    labels = labels_of(folder, Path(task["data"]["image"].split("=")[-1]).stem)
    height, width = labels.shape
    regions: dict[str, list[dict]] = {}
    for region in task["predictions"][0]["result"]:
        seen["misplaced"] += (region["original_height"], region["original_width"]) != labels.shape
        regions.setdefault("-".join(region["id"].split("-")[:2]), []).append(region)
    known = ids(labels)
    seen["missing"] += abs(len(known) - len(regions))
    for label, parts in zip(known, regions.values()):
        value = parts[0]["value"]
        seen["misnamed"] += value[parts[0]["type"]] != [name_of(folder, label)]
        wanted = labels == label
        if parts[0]["type"] == "brushlabels":
            seen["brushes"] += 1
            rgba = decode_rle(value["rle"])
            seen["differ"] += not np.array_equal(rgba.reshape(height, width, 4)[:, :, 3] > 0, wanted)
            seen["recoded"] += encode_rle(rgba) != value["rle"]
        else:
            seen["polygons"] += 1
            points = [np.array(part["value"]["points"]) * [width / 100, height / 100] for part in parts]
            seen["differ"] += bool(abs(sum(map(area, points)) - wanted.sum()) > 1e-6)


def check(folder: Path) -> dict:
    """`missing`, `differ`, `misnamed`, `misplaced`, and `recoded` (brushes that `encode_rle` writes otherwise) are 0."""
    seen = {}
    for path in sorted(Path(folder).glob("*/label-studio.json")):
        tasks = json.loads(path.read_text(encoding="utf-8"))
        one = {"tasks": len(tasks), "brushes": 0, "polygons": 0, "missing": 0, "differ": 0, "recoded": 0, "misnamed": 0, "misplaced": 0}
        for task in tasks:
            check_picture(folder, task, one)
        seen[path.parent.name] = one
    return seen
