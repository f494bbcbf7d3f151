"""GeoJSON as geopandas and shapely read it: every polygon valid, neighbours without gap or overlap."""

import json
from pathlib import Path

import geopandas
import numpy as np
import shapely

# Pairs of neighbours are laid over each other up to here; above, shapely's own test of coverages has to do.
MOST_PAIRED = 2000


def overlaps(shapes: np.ndarray) -> float:
    """Area that two of them share."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    below = one < other
    return float(shapely.area(shapely.intersection(shapes[one[below]], shapes[other[below]])).sum())


def is_wound(shapes: np.ndarray) -> bool:
    """Whether all outer rings are counterclockwise, and no hole is."""
    parts = shapely.get_parts(shapes)
    holes = [hole for part in parts for hole in part.interiors]
    return bool(shapely.is_ccw(shapely.get_exterior_ring(parts)).all()) and not shapely.is_ccw(holes).any()


def faults_of(shapes: np.ndarray) -> list:
    """What is wrong with shapes that are to cover a rectangle once."""
    union = shapely.coverage_union_all(shapes)
    is_right = {
        "valid": bool(shapely.is_valid(shapes).all()),
        "coverage": bool(shapely.coverage_is_valid(shapes)),
        "no overlap": len(shapes) > MOST_PAIRED or overlaps(shapes) == 0,
        "no gap": shapely.area(shapely.difference(shapely.envelope(union), union)) == 0,
    }
    return [what for what, right in is_right.items() if not right]


def check(folder: Path) -> dict:
    """Of each `*.geojson` of a folder: samples whole, none of their segments left out."""
    seen = {}
    for path in sorted(Path(folder).glob("*.geojson")):
        frame = geopandas.read_file(path)
        shapes = frame.geometry.to_numpy()
        seen[path.name] = {
            "segments": len(frame),
            "area": int(frame["area"].sum()),
            "bounds": [float(v) for v in frame.total_bounds],
            "crs": json.loads(path.read_text(encoding="utf-8")).get("crs") and frame.crs.to_epsg(),
            "faults": faults_of(shapes) + ([] if is_wound(shapes) else ["winding"]),
        }
    return seen
