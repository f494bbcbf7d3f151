"""Ultralytics' files as it reads them: by its own `verify_image_label` where it is installed (`--no-deps` will do), which takes no
pictures of less than 10 pixels a side; `refused` are samples of these, read by its rule alone. What a line has inside by the even-odd
rule, at pixels' centres, is compared with the segment, and so is the mask that Ultralytics fills.
"""

from __future__ import annotations

import ast
import importlib.util
import os
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import yaml
from PIL import Image
from skimage.measure import points_in_poly

from .truth import ids, labels_of, name_of

# What of its sources is wanted.
SOURCES = {
    "utils/ops.py": {"empty_like", "xyxy2xywh", "segments2boxes"},
    "data/utils.py": {"FORMATS_HELP_MSG", "IMG_FORMATS", "VID_FORMATS", "exif_size", "check_image", "verify_image_label"},
}
# Pixels of a side, below which Ultralytics takes no picture.
LEAST = 10
# Of a sample with more segments than this every nth is painted.
MOST = 300
# Single precision, which Ultralytics reads shares with, in pixels of these samples.
NEAR = 1e-3


def parser():
    """Ultralytics' own reader of a label file, taken out of its sources, since importing them loads torch; none where it is absent."""
    spec = importlib.util.find_spec("ultralytics")
    if spec is None:
        return None
    space = {"Image": Image, "np": np, "os": os, "torch": SimpleNamespace(Tensor=())}
    for path, names in SOURCES.items():
        tree = ast.parse((Path(spec.origin).parent / path).read_text())
        wanted = [node for node in tree.body if getattr(node, "name", getattr(getattr(node, "targets", [None])[0], "id", None)) in names]
        future = ast.parse("from __future__ import annotations").body
        exec(compile(ast.Module(future + wanted, []), path, "exec"), space)
    return space["verify_image_label"]


def segments_of(verify, image: Path, path: Path, classes: int):
    """Class and polygon of each line; lines that are the same twice are one."""
    if verify is None:
        lines = [line.split() for line in path.read_text().splitlines()]
        return [int(line[0]) for line in lines], [np.array(line[1:], np.float32).reshape(-1, 2) for line in lines]
    _, labels, _, segments, _, missing, _, _, corrupt, message = verify((str(image), str(path), "", False, classes, 0, 0, False))
    assert not missing and not corrupt, message
    return labels[:, 0].astype(int).tolist(), segments


def inside(points: np.ndarray, shape: tuple) -> np.ndarray:
    """Pixels whose centres are, by the even-odd rule."""
    height, width = shape
    left, top = np.floor(points.min(0)).astype(int)
    right, bottom = np.ceil(points.max(0)).astype(int)
    rows, columns = np.mgrid[top:bottom, left:right]
    mask = np.zeros((height, width), bool)
    centres = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], 1)
    mask[top:bottom, left:right] = points_in_poly(centres, points).reshape(bottom - top, right - left)
    return mask


def filled(points: np.ndarray, shape: tuple) -> tuple:
    """The mask as `ultralytics.data.utils.polygon2mask` makes it, and the line around it, which is part of it."""
    corners = [points.astype(np.int32)]
    mask, line = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, corners, 1)
    cv2.polylines(line, corners, True, 1)
    return mask.astype(bool), line.astype(bool)


def near(segment: np.ndarray) -> np.ndarray:
    """Pixels within two of its border."""
    square = np.ones((5, 5))
    return cv2.dilate(segment.astype(np.uint8), square) != cv2.erode(segment.astype(np.uint8), square)


def check_set(folder: Path, root: Path, verify) -> dict:
    data = yaml.safe_load((root / "data.yaml").read_text())
    seen = {"names": data["names"], "train": data["train"], "val": data["val"], "pictures": {"train": 0, "val": 0}}
    seen |= {"refused": [], "lines": 0, "missing": 0, "misnamed": 0, "differ": 0, "far": 0, "unfilled": 0, "polygons": 0}
    for path in sorted(root.glob("labels/*/*.txt")):
        labels = labels_of(folder, path.stem)
        image = root / "images" / path.parent.name / f"{path.stem}.png"
        seen["pictures"][path.parent.name] += 1
        usual = verify if min(labels.shape) >= LEAST else None
        if usual is None and verify is not None:
            seen["refused"].append(path.stem)
        classes, polygons = segments_of(usual, image, path, len(data["names"]))
        known = ids(labels)
        seen["lines"] += len(classes)
        seen["missing"] += abs(len(known) - len(classes))
        for label, of, polygon in list(zip(known, classes, polygons))[:: max(1, len(known) // MOST)]:
            points = polygon.astype(np.float64) * labels.shape[::-1]
            whole = np.where(np.abs(points - points.round()) < NEAR, points.round(), points)
            segment = labels == label
            seen["polygons"] += 1
            seen["misnamed"] += data["names"][of] != name_of(folder, label)
            mask, line = filled(whole, labels.shape)
            differing = inside(whole, labels.shape) != segment
            seen["differ"] += int(differing.any())
            seen["far"] += int((differing & ~near(segment)).sum())
            seen["unfilled"] += int((segment & ~mask).sum() + (mask & ~segment & ~line).sum())
    return seen


def check(folder: Path) -> dict:
    """
    `differ` counts segments that are not the same pixel by pixel, `far` pixels of them that are more than two from a border, `unfilled`
    those that are others in Ultralytics' masks, the line around them left out. All are 0 but for outlines that were simplified.
    """
    verify = parser()
    return {root.name: check_set(folder, root, verify) for root in sorted(Path(folder).iterdir())}
