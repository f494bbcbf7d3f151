#!/usr/bin/env python3
"""Makes test/golden/label-files: files of COCO's instances and of labelme, and the label maps that their own tools make of them.

Install (Python 3.11): pip install pycocotools==2.0.11 labelme==6.3.1 numpy==2.4.6 pillow==13.0.0
Run:                   python scripts/make-label-files.py

Segments are numbered from 1 in the file's order, the later over the earlier; 0 is the rest. Fixed seeds: the same versions
give the same bytes.
"""
import contextlib
import io
import json
from pathlib import Path

import numpy as np
from labelme.utils import img_arr_to_b64
from labelme.utils.shape import shapes_to_label
from pycocotools import mask as rle
from pycocotools.coco import COCO

OUT = Path(__file__).resolve().parent.parent / "test" / "golden" / "label-files"
WIDTH, HEIGHT = 64, 48
random = np.random.default_rng(5)


def blob(x, y, radius, count):
    """A closed line around a point."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    reach = radius * random.uniform(0.6, 1.2, count)
    return np.round(np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], 1), 2)


def disc(x, y, radius):
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return ((columns - x) ** 2 + (rows - y) ** 2 < radius**2).astype(np.uint8)


def compressed(mask):
    one = rle.encode(np.asfortranarray(mask))
    return {"size": one["size"], "counts": one["counts"].decode()}


def uncompressed(mask):
    flat = mask.flatten(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *ends, flat.size]).tolist()
    return {"size": [HEIGHT, WIDTH], "counts": ([0] if flat[0] else []) + runs}


def coco():
    pieces = [blob(50, 10, 8, 9), blob(56, 30, 6, 7)]
    star = [[32 + 15 * np.cos(a), 24 + 15 * np.sin(a)] for a in np.arange(5) * 4 * np.pi / 5]  # crosses itself
    segmentations = [
        ("person", [[4, 6, 20, 6, 20, 30, 4, 30]]),
        ("dog", [blob(20, 30, 12, 14).flatten().tolist()]),
        ("dog", [piece.flatten().tolist() for piece in pieces]),
        ("person", [[-10, 40.5, 15.25, 33, 30, 60]]),
        ("kite", compressed(disc(44, 36, 7))),
        ("kite", uncompressed(disc(2, 2, 9))),
        ("dog", [np.round(star, 2).flatten().tolist()]),
    ]
    categories = [{"id": 1, "name": "person"}, {"id": 18, "name": "dog", "supercategory": "animal"}, {"id": 38, "name": "kite"}]
    numbers = {one["name"]: one["id"] for one in categories}
    annotations = [
        {"id": 10 + i, "image_id": 7, "category_id": numbers[name], "segmentation": of, "iscrowd": int(isinstance(of, dict)), "area": 1, "bbox": [0, 0, 1, 1]}
        for i, (name, of) in enumerate(segmentations)
    ]
    other = {"id": 90, "image_id": 9, "category_id": 1, "segmentation": [[0, 0, 3, 0, 3, 3, 0, 3]], "iscrowd": 0, "area": 9, "bbox": [0, 0, 3, 3]}
    images = [{"id": 9, "file_name": "train/b.jpg", "width": 5, "height": 4}, {"id": 7, "file_name": "train/a.jpg", "width": WIDTH, "height": HEIGHT}]
    file = {"info": {}, "images": images, "annotations": [other, *annotations], "categories": categories}
    (OUT / "coco.json").write_text(json.dumps(file) + "\n")
    with contextlib.redirect_stdout(io.StringIO()):
        read = COCO(OUT / "coco.json")
    labels = np.zeros((HEIGHT, WIDTH), np.int32)
    for i, one in enumerate(read.loadAnns(read.getAnnIds(imgIds=7))):
        labels[read.annToMask(one) > 0] = i + 1
    np.save(OUT / "coco.npy", labels)


def shape(label, shape_type, points, group_id=None, mask=None):
    own = {"label": label, "points": np.asarray(points, float).tolist(), "group_id": group_id, "description": "", "shape_type": shape_type, "flags": {}}
    return {**own, "mask": None if mask is None else img_arr_to_b64(mask)}


def labelme():
    shapes = [
        shape("grass", "rectangle", [[40, 44], [3, 25]]),
        shape("horse", "polygon", blob(20, 22, 11, 12), group_id=1),
        shape("horse", "polygon", blob(52, 12, 7, 8), group_id=1),
        shape("horse", "polygon", blob(50, 36, 7, 8), group_id=2),
        shape("fence", "linestrip", [[0, 20], [30, 21], [63, 20]]),
        shape("sun", "circle", [[54, 9], [58, 12]]),
        shape("eye", "point", [[18, 18]]),
        shape("foal", "mask", [[24, 30], [33, 41]], mask=disc(5, 6, 5)[:12, :10]),
        shape("cart", "oriented_rectangle", [[30, 4], [42, 10], [39, 16], [27, 10]]),
    ]
    file = {"version": "6.3.1", "flags": {}, "shapes": shapes, "imagePath": "a.jpg", "imageData": None, "imageHeight": HEIGHT, "imageWidth": WIDTH}
    (OUT / "labelme.json").write_text(json.dumps(file) + "\n")
    filled = [one for one in shapes if one["shape_type"] not in ("linestrip", "point")]
    read = [{**one, "mask": disc(5, 6, 5)[:12, :10].astype(bool) if one["mask"] else None} for one in filled]
    names = {one["label"]: i + 1 for i, one in enumerate(filled)}
    _, instances = shapes_to_label((HEIGHT, WIDTH), read, names)
    np.save(OUT / "labelme.npy", instances)


OUT.mkdir(parents=True, exist_ok=True)
coco()
labelme()
