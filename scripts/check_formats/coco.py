"""COCO's instances as pycocotools reads them: every mask, box, area and name."""

import contextlib
import io
from pathlib import Path

import numpy as np
from pycocotools import mask as rle
from pycocotools.coco import COCO

from .truth import ids, labels_of, name_of

# Of a sample with more segments than this every nth mask is decoded.
MOST = 300


def read(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(path)


def check_file(folder: Path, path: Path) -> dict:
    coco = read(path)
    seen = {"images": len(coco.imgs), "annotations": len(coco.anns), "categories": {}, "polygons": 0, "masks": 0, "differ": 0, "misnamed": 0, "misplaced": 0}
    seen["categories"] = {category["id"]: category["name"] for category in coco.cats.values()}
    for image in coco.imgs.values():
        labels = labels_of(folder, Path(image["file_name"]).stem)
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))
        known = ids(labels)
        areas = np.bincount(labels.ravel())
        seen["misplaced"] += int((image["height"], image["width"]) != labels.shape or len(annotations) != len(known))
        for label, annotation in list(zip(known, annotations))[:: max(1, len(known) // MOST)]:
            mask = coco.annToMask(annotation)
            box = rle.toBbox(rle.encode(np.asfortranarray(mask))).tolist()
            seen["masks"] += 1
            seen["polygons"] += isinstance(annotation["segmentation"], list)
            seen["differ"] += int((mask.astype(bool) != (labels == label)).any())
            seen["misnamed"] += coco.cats[annotation["category_id"]]["name"] != name_of(folder, label)
            seen["misplaced"] += annotation["area"] != areas[label] or annotation["bbox"] != box or annotation["iscrowd"] != 0
    return seen


def check(folder: Path) -> dict:
    """`differ`, `misnamed` and `misplaced` count segments, and are 0."""
    return {path.parent.name: check_file(folder, path) for path in sorted(Path(folder).glob("*/instances.json"))}
