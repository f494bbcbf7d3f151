"""The table as Python's own csv reads it, its measures as scikit-image has them."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from skimage.measure import regionprops

from .truth import labels_of, name_of

# Samples with more segments are compared too, but not kept.
MOST = 400


def harmless(name: str) -> str:
    return f"'{name}" if name[0] in "=+-@" else name


def differs(row: dict, region) -> list[str]:
    """What of a line is not what scikit-image says."""
    top, left, bottom, right = region.bbox
    y, x = region.centroid
    wanted = {
        **{"area": region.area, "left": left, "top": top, "width": right - left, "height": bottom - top},
        **{"centroid_x": x, "centroid_y": y, "perimeter": region.perimeter, "solidity": region.solidity},
    }
    return [name for name, value in wanted.items() if abs(float(row[name]) - value) > 6e-4]


def check(folder: Path) -> dict:
    """`differ` counts the lines by column, and `shapes` keeps scikit-image's numbers of small samples: id, perimeter, convex area."""
    with open(Path(folder) / "segments.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    by_picture = defaultdict(list)
    for row in rows:
        by_picture[Path(row["picture"]).stem].append(row)
    differ, shapes, misnamed, missing = defaultdict(int), {}, 0, 0
    for stem, lines in by_picture.items():
        labels = labels_of(folder, stem)
        regions = {region.label: region for region in regionprops(labels)}
        missing += abs(len(regions) - len(lines))
        for row in lines[:: max(1, len(lines) // 2000)]:
            region = regions[int(row["id"]) + 1]
            misnamed += row["name"] != harmless(name_of(folder, region.label))
            for name in differs(row, region):
                differ[name] += 1
        if len(regions) <= MOST:
            measured = [(label - 1, region.perimeter, region.area_convex) for label, region in sorted(regions.items())]
            shapes[stem] = [[label, round(float(perimeter), 6), int(convex)] for label, perimeter, convex in measured]
    return {"lines": len(rows), "missing": missing, "misnamed": misnamed, "differ": dict(differ), "shapes": shapes}
