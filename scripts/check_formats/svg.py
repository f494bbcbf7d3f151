"""SVG as an XML reader and shapely see it: a path a segment, its rings valid, neighbours without gap or overlap."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import shapely

from .geojson import faults_of

NAMESPACE = "{http://www.w3.org/2000/svg}"
COMMAND = re.compile(r"([Mhvlz])([^Mhvlz]*)")
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def rings_of(path: str) -> list:
    rings = []
    for command, rest in COMMAND.findall(path):
        numbers = [float(value) for value in NUMBER.findall(rest)]
        if command == "M":
            rings.append([tuple(numbers)])
        elif command != "z":
            x, y = rings[-1][-1]
            across, down = {"h": lambda n: (n[0], 0), "v": lambda n: (0, n[0]), "l": tuple}[command](numbers)
            rings[-1].append((x + across, y + down))
    return rings


def shape_of(path: str):
    """By the even-odd rule, as it is filled."""
    shape = shapely.MultiPolygon()
    for ring in rings_of(path):
        shape = shape.symmetric_difference(shapely.Polygon(ring))
    return shape


def check(folder: Path) -> dict:
    """Of each `*.svg` of a folder: samples whole, none of their segments left out."""
    seen = {}
    for path in sorted(Path(folder).glob("*.svg")):
        root = ElementTree.parse(path).getroot()
        paths = list(root.iter(f"{NAMESPACE}path"))
        seen[path.name] = {
            "viewBox": root.get("viewBox"),
            "segments": len({element.get("data-id") for element in paths}),
            "paths": len(paths),
            "titles": sum(bool(element.findtext(f"{NAMESPACE}title")) for element in paths),
            "faults": faults_of(np.array([shape_of(element.get("d")) for element in paths])),
        }
    return seen
