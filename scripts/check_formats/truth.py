"""The sample maps that were written, as plain arrays: an id + 1 a pixel, 0 for what is no object."""

import json
from pathlib import Path

import numpy as np


def labels_of(folder: Path, stem: str) -> np.ndarray:
    """Of the sample whose file has this stem. `folder` is a check's own."""
    return np.load(Path(folder).parent / "labels" / f"{stem}.npy")


def stems(folder: Path) -> list[str]:
    return sorted(path.stem for path in (Path(folder).parent / "labels").glob("*.npy"))


def name_of(folder: Path, label: int) -> str:
    """What a segment is called, by its id + 1."""
    names = json.loads((Path(folder).parent / "labels" / "names.json").read_text())
    return names[(label - 1) % len(names)]


def ids(labels: np.ndarray) -> list[int]:
    """Of the objects, ascending."""
    return [int(label) for label in np.unique(labels) if label > 0]
