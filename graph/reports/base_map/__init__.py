"""The outlines of land and the borders of countries, for maps of cities.

The outlines are from Natural Earth. The module `convert` converts them to the file `natural_earth.json`. `LICENSE.md`
states the terms of use.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final, Literal

from graph.reports.base_map.projection import PROJECTIONS

__all__ = ["FILE", "BaseMap", "Extent", "Location", "map_of"]

Extent = Literal["EUROPE", "WORLD"]
Location = tuple[float, float]
"""Longitude and latitude in degrees."""

FILE: Final = Path(__file__).parent / "natural_earth.json"
_EUROPE: Final = (-28.0, 27.0, 48.0, 72.0)
"""West, south, east and north limits of the map of Europe, in degrees.

The map extends from the Azores and the Canary Islands to the Caspian Sea.
"""
_WIDTH: Final = 600.0
"""Width of a map in pixels."""
_RATIO: Final[dict[Extent, float]] = {"EUROPE": 4 / 3, "WORLD": 2.0}
"""Ratio of width to height of a map, by its extent (Europe or the world)."""
_LEAST_KM: Final[dict[Extent, float]] = {"EUROPE": 1_600.0, "WORLD": 12_000.0}
"""For each extent of a map (Europe or the world), the minimum width of the area that the map shows, in kilometres."""
_MARGIN: Final = 0.08
"""Margin around the points on each side, relative to the width or the height of the map."""


@dataclass(frozen=True, slots=True)
class BaseMap:
    """A map of the area around some locations.

    - `width`, `height`: the size of the map in pixels.
    - `land`, `borders`: SVG paths in kilometres.
    - `transform`: an SVG transform from kilometres to pixels.
    - `points`: the positions of the locations in pixels, in the order of the locations.
    """

    extent: Extent
    width: float
    height: float
    transform: str
    land: str
    borders: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as an SVG path in kilometres. `box` is the rectangle around the line: left, top, right and bottom."""

    box: tuple[float, float, float, float]
    path: str


def map_of(locations: Sequence[Location]) -> BaseMap:
    """Return a map that shows all locations.

    If all locations are in Europe, the map shows a part of Europe in Lambert's azimuthal equal-area projection.
    Otherwise, it shows a part of the world in the Equal Earth projection. Raises ValueError if there are no locations.
    """
    west, south, east, north = _EUROPE
    is_europe = all(west <= x <= east and south <= y <= north for x, y in locations)
    extent: Extent = "EUROPE" if is_europe else "WORLD"
    places = [PROJECTIONS[extent](*location) for location in locations]
    (left, right), (top, bottom) = ((min(values), max(values)) for values in zip(*places, strict=True))
    ratio, share = _RATIO[extent], 1 - 2 * _MARGIN
    width = max((right - left) / share, (bottom - top) / share * ratio, _LEAST_KM[extent])
    height = width / ratio
    left, top = (left + right - width) / 2, (top + bottom - height) / 2
    scale = _WIDTH / width
    window = left, top, left + width, top + height
    return BaseMap(
        extent,
        _WIDTH,
        round(_WIDTH / ratio),
        f"scale({scale:.5f}) translate({-left:.0f} {-top:.0f})",
        _paths(extent, "land", window),
        _paths(extent, "borders", window),
        tuple((round((x - left) * scale, 1), round((y - top) * scale, 1)) for x, y in places),
    )


def _paths(extent: Extent, kind: str, window: tuple[float, float, float, float]) -> str:
    """Return a single SVG path with all lines whose surrounding rectangle overlaps the window."""
    left, top, right, bottom = window
    return "".join(
        line.path
        for line in _outline(extent)[kind]
        if line.box[0] < right and line.box[2] > left and line.box[1] < bottom and line.box[3] > top
    )


@cache
def _outline(extent: Extent) -> dict[str, tuple[_Line, ...]]:
    outlines: dict[str, dict[str, list[list[int]]]] = json.loads(FILE.read_bytes())
    return {
        kind: tuple(_line(steps, "Z" if kind == "land" else "") for steps in lines)
        for kind, lines in outlines[extent].items()
    }


def _line(steps: list[int], end: str) -> _Line:
    """Convert a line of the map's file to an SVG path that ends with the text `end`.

    `steps` is a flat list of kilometres: x and y of the first point, then the differences in x and y from each point to
    the next.
    """
    xs, ys = list(accumulate(steps[::2])), list(accumulate(steps[1::2]))
    path = f"M{steps[0]} {steps[1]}l{' '.join(map(str, steps[2:]))}{end}".replace(" -", "-")
    return _Line((min(xs), min(ys), max(xs), max(ys)), path)
