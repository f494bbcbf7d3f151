"""Files of labelme as its own loader reads them, and the instances that its `shapes_to_label` draws."""

import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from .truth import ids, labels_of, name_of

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def load(path: Path, shape: tuple[int, int]):
    """Beside a picture, which labelme wants to see."""
    from labelme import LabelFile
    from loguru import logger

    logger.disable("labelme")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / path.name
        copy.write_bytes(path.read_bytes())
        Image.new("RGB", shape[::-1]).save(Path(scratch) / f"{path.name.split('.')[0]}.png")
        return LabelFile(str(copy))


def near(mask: np.ndarray) -> np.ndarray:
    """With the pixels around it: labelme draws the outlines of polygons, too, along their corners."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    return np.any([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)


def drawn(shape: tuple[int, int], shapes: list[dict]) -> np.ndarray:
    from labelme.utils import shapes_to_label

    _, instances = shapes_to_label(shape, shapes, {one["label"]: 1 for one in shapes})
    return instances > 0


def check_file(folder: Path, path: Path) -> dict:
    labels = labels_of(folder, path.name.split(".")[0])
    file = load(path, labels.shape)
    groups: dict = {}
    for i, shape in enumerate(file.shapes):
        key = (shape["label"], shape["group_id"]) if shape["group_id"] is not None else i
        groups.setdefault(key, []).append(shape)
    known = ids(labels)
    seen = {"segments": len(groups), "polygons": 0, "masks": 0, "missing": abs(len(known) - len(groups)), "differ": 0, "misnamed": 0}
    for label, shapes in zip(known, groups.values()):
        wanted = labels == label
        mask = drawn(labels.shape, shapes)
        kinds = {shape["shape_type"] for shape in shapes}
        seen["polygons"] += kinds == {"polygon"}
        seen["masks"] += kinds == {"mask"}
        same = np.array_equal(mask, wanted) if kinds == {"mask"} else not (wanted & ~mask).any() and not (mask & ~near(wanted)).any()
        seen["differ"] += bool(not same)
        seen["misnamed"] += shapes[0]["label"] != name_of(folder, label)
    return seen


def check(folder: Path) -> dict:
    """`missing`, `differ` (masks by any pixel, polygons by one that is not beside the segment) and `misnamed` are 0."""
    return {path.name: check_file(folder, path) for path in sorted(Path(folder).glob("*.json"))}
