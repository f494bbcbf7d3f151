"""ImageJ's regions as roifile reads them, filled by the even-odd rule, and label images as tifffile reads them."""

from pathlib import Path

import numpy as np
import roifile
import tifffile

from .truth import ids, labels_of, name_of


def filled(shape: tuple[int, int], rings: list[np.ndarray]) -> np.ndarray:
    """Of corners that lie between pixels: right of each upright line what was outside is inside, and the other way round."""
    mask = np.zeros(shape, bool)
    for ring in rings:
        for (x, y), (to_x, to_y) in zip(ring, np.roll(ring, -1, axis=0)):
            if y != to_y and x != to_x:
                raise ValueError("a line that is neither level nor upright")
            mask[int(min(y, to_y)) : int(max(y, to_y)), int(x) :] ^= True
    return mask


def check_rois(folder: Path, path: Path) -> dict:
    labels = labels_of(folder, path.stem)
    rois = roifile.roiread(path)
    known = ids(labels)
    seen = {"rois": len(rois), "composites": 0, "missing": abs(len(known) - len(rois)), "differ": 0, "misnamed": 0, "colours": 0}
    for label, roi in zip(known, rois):
        seen["composites"] += roi.composite
        seen["differ"] += not np.array_equal(filled(labels.shape, roi.coordinates(multi=True)), labels == label)
        rows, columns = np.nonzero(labels == label)
        box = (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
        seen["differ"] += (roi.top, roi.left, roi.bottom, roi.right) != box
        name = name_of(folder, label).replace('"', "_")
        seen["misnamed"] += roi.name != f"{name}-{label - 1}"
    seen["colours"] = len({roi.stroke_color for roi in rois})
    return seen


def check_labels(folder: Path, path: Path) -> dict:
    image = tifffile.imread(path)
    return {"dtype": str(image.dtype), "differ": int((image != labels_of(folder, path.stem)).sum())}


def check(folder: Path) -> dict:
    """`missing`, `differ` and `misnamed` are 0."""
    rois = {path.name: check_rois(folder, path) for path in sorted(Path(folder).glob("*.zip"))}
    return {**rois, **{path.name: check_labels(folder, path) for path in sorted(Path(folder).glob("*.tif"))}}
