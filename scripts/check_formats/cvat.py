"""CVAT's XML as Datumaro reads it: every mask and name."""

import logging
import shutil
import tempfile
from pathlib import Path

import numpy as np
from datumaro import AnnotationType, Dataset
from PIL import Image

from .truth import ids, labels_of, name_of, stems


def load(folder: Path) -> Dataset:
    """Beside the pictures, which Datumaro wants to find."""
    scratch = Path(tempfile.mkdtemp())
    shutil.copy(Path(folder) / "annotations.xml", scratch)
    (scratch / "images").mkdir()
    for stem in stems(folder):
        Image.new("L", labels_of(folder, stem).shape[::-1]).save(scratch / "images" / f"{stem}.png")
    dataset = Dataset.import_from(str(scratch), "cvat")
    dataset.init_cache()
    shutil.rmtree(scratch)
    return dataset


def check(folder: Path) -> dict:
    """`missing`, `differ` and `misnamed` count segments, and are 0."""
    logging.disable(logging.WARNING)
    dataset = load(folder)
    names = [label.name for label in dataset.categories()[AnnotationType.label].items]
    seen = {"names": names, "pictures": len(dataset), "masks": 0, "missing": 0, "differ": 0, "misnamed": 0}
    for item in dataset:
        labels = labels_of(folder, item.id)
        known = ids(labels)
        seen["masks"] += len(item.annotations)
        seen["missing"] += abs(len(known) - len(item.annotations))
        for label, mask in zip(known, item.annotations):
            seen["differ"] += not np.array_equal(mask.image.astype(bool), labels == label)
            seen["misnamed"] += names[mask.label] != name_of(folder, label)
    return seen
