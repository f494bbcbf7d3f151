"""PASCAL VOC as Datumaro reads it: classes and objects."""

import logging
from pathlib import Path

import numpy as np
from datumaro import AnnotationType, Dataset

from .truth import ids, labels_of, name_of


def check(folder: Path) -> dict:
    """`differ` counts objects whose mask or name is another, and is 0."""
    logging.disable(logging.WARNING)
    dataset = Dataset.import_from(str(folder), "voc_segmentation")
    names = [label.name for label in dataset.categories()[AnnotationType.label].items]
    seen = {"names": names, "pictures": len(dataset), "objects": 0, "missing": 0, "differ": 0, "images": 0}
    for item in dataset:
        labels = labels_of(folder, item.id)
        known = ids(labels)
        masks = {mask.group: mask for mask in item.annotations}
        seen["images"] += item.media.data.shape[:2] == labels.shape
        seen["objects"] += len(masks)
        seen["missing"] += abs(len(known) - len(masks))
        for index, label in enumerate(known):
            mask = masks[index + 1]
            same = np.array_equal(mask.image.astype(bool), labels == label)
            seen["differ"] += not same or names[mask.label] != name_of(folder, label)
    return seen
