"""COCO's panoptic format by its published rule, and its quality against itself by panopticapi where that is installed.

panopticapi is no package of an index: pip install git+https://github.com/cocodataset/panopticapi.git
"""

import contextlib
import copy
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image

from .truth import ids, labels_of, name_of


def rgb2id(colours: np.ndarray) -> np.ndarray:
    """As the format's page has it: https://cocodataset.org/#format-data."""
    red, green, blue = np.moveaxis(colours.astype(np.int64), -1, 0)
    return red + 256 * green + 256**2 * blue


def own_quality(annotations: list, folder: Path) -> float:
    """PQ of what is compared to itself, in percent: each segment of the JSON is matched by its pixels where there are some."""
    matched = total = 0
    for annotation in annotations:
        present = set(np.unique(rgb2id(np.array(Image.open(folder / annotation["file_name"]))))) - {0}
        told = {segment["id"] for segment in annotation["segments_info"]}
        matched += len(present & told)
        total += len(present | told)
    return 100 * matched / total


def quality(panoptic: dict, folder: Path) -> float:
    """By panopticapi's own count; its `pq_compute` would also ask for the mean of classes that are no things, of which there are none."""
    annotations = panoptic["annotations"]
    try:
        from panopticapi.evaluation import pq_compute_single_core
    except ImportError:
        return own_quality(annotations, folder)
    categories = {category["id"]: category for category in panoptic["categories"]}
    pairs = [(copy.deepcopy(one), copy.deepcopy(one)) for one in annotations]
    with contextlib.redirect_stdout(io.StringIO()):
        counted = pq_compute_single_core(0, pairs, str(folder), str(folder), categories)
    return 100 * counted.pq_average(categories, isthing=None)[0]["pq"]


def check(folder: Path) -> dict:
    """`differ`, `misnamed` and `misplaced` count pictures and segments, and are 0."""
    path, pngs = Path(folder) / "panoptic.json", Path(folder) / "panoptic"
    panoptic = json.loads(path.read_text())
    categories = {category["id"]: category["name"] for category in panoptic["categories"]}
    images = {image["id"]: image for image in panoptic["images"]}
    seen = {"images": len(images), "segments": 0, "categories": categories, "differ": 0, "misnamed": 0, "misplaced": 0}
    for annotation in panoptic["annotations"]:
        labels = labels_of(folder, Path(images[annotation["image_id"]]["file_name"]).stem)
        read = rgb2id(np.array(Image.open(pngs / annotation["file_name"])))
        seen["differ"] += int((read != labels).any())
        seen["segments"] += len(annotation["segments_info"])
        seen["misplaced"] += [segment["id"] for segment in annotation["segments_info"]] != ids(labels)
        areas = np.bincount(labels.ravel())
        for segment in annotation["segments_info"]:
            seen["misnamed"] += categories[segment["category_id"]] != name_of(folder, segment["id"])
            seen["misplaced"] += segment["area"] != areas[segment["id"]]
    return {**seen, "PQ": quality(panoptic, pngs)}
