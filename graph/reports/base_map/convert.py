"""Convert outlines of Natural Earth to the file of the base map.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python -m graph.reports.base_map.convert package

The outlines are projected, simplified (Douglas and Peucker 1973, doi:10.3138/FM57-6770-U75U-7727) and rounded to
kilometres. A line that two countries share is simplified only once, so that no gap appears between the countries.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from typing import Any, Final

from graph.reports.base_map import FILE
from graph.reports.base_map.projection import PROJECTIONS

__all__ = ["convert"]

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Detail:
    """The source file of one extent of the map (Europe or the world), and the precision of the lines.

    Points outside `window` (west, south, east and north in degrees) are cut off. Lines are simplified with a tolerance
    of `tolerance_km`, and areas of land smaller than `least_area_km2` are left out.
    """

    file: str
    window: tuple[float, float, float, float]
    tolerance_km: float
    least_area_km2: float


_DETAILS: Final = {
    "EUROPE": _Detail("countries-50m.json", (-70.0, 12.0, 85.0, 84.0), 3.0, 80.0),
    "WORLD": _Detail("countries-110m.json", (-180.0, -60.0, 180.0, 84.0), 15.0, 2_000.0),
}


def convert(folder: Path) -> dict[str, dict[str, list[list[int]]]]:
    """Return the lines of the map, as a dict from extent ("EUROPE" or "WORLD") to a dict of lines.

    The dict of lines has the keys "land" (rings around land) and "borders" (lines between countries). A line is a flat
    list of kilometres: x and y of the first point, then the differences in x and y from each point to the next.
    `folder` contains the TopoJSON files of the npm package world-atlas.
    """
    return {
        extent: _convert(json.loads((folder / detail.file).read_text()), extent) for extent, detail in _DETAILS.items()
    }


def _convert(topology: dict[str, Any], extent: str) -> dict[str, list[list[int]]]:
    detail, project = _DETAILS[extent], PROJECTIONS[extent]
    arcs = [_degrees(arc, topology["transform"]) for arc in topology["arcs"]]
    # Lines meet only at the ends of arcs, which simplification keeps, so each arc can be simplified alone.
    arcs = [_simplify(arc, detail.tolerance_km / 111) for arc in arcs]
    land = [ring for ring in _rings(topology["objects"]["land"]) if ring]
    uses = Counter(arc if arc >= 0 else ~arc for ring in _rings(topology["objects"]["countries"]) for arc in ring)
    coasts = {arc if arc >= 0 else ~arc for ring in land for arc in ring}
    whole = (_unwrap(_join(ring, arcs)) for ring in land)
    rings = (_clip([(x + turn, y) for x, y in ring], detail.window) for ring in whole for turn in (-360, 0, 360))
    projected = ([project(*point) for point in ring] for ring in rings if len(ring) > 3)
    borders = (arcs[arc] for arc, count in sorted(uses.items()) if count > 1 and arc not in coasts)
    west, south, east, north = detail.window
    return {
        "land": [_steps(ring) for ring in projected if _area(ring) >= detail.least_area_km2],
        "borders": [
            steps
            for border in borders
            if any(west < x < east and south < y < north for x, y in border)
            and len(steps := _steps([project(*point) for point in border])) > 2
        ],
    }


def _degrees(arc: list[list[int]], transform: dict[str, list[float]]) -> list[Point]:
    """Return the points of an arc (line) of a TopoJSON file, in degrees.

    `arc` contains the first point, followed by the difference from each point to the next.
    """
    (scale_x, scale_y), (left, bottom) = transform["scale"], transform["translate"]
    x = y = 0
    points: list[Point] = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((left + x * scale_x, bottom + y * scale_y))
    return points


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """Yield each ring of a geometry as a list of arc numbers. A number `~i` is the arc `i` in reverse direction."""
    match geometry["type"]:
        case "GeometryCollection":
            for part in geometry["geometries"]:
                yield from _rings(part)
        case "MultiPolygon":
            for polygon in geometry["arcs"]:
                yield from polygon
        case "Polygon":
            yield from geometry["arcs"]
        case _:
            raise ValueError(f"unexpected geometry {geometry['type']}")


def _join(ring: Sequence[int], arcs: Sequence[list[Point]]) -> list[Point]:
    points: list[Point] = []
    for arc in ring:
        line = arcs[arc] if arc >= 0 else arcs[~arc][::-1]
        points.extend(line[1:] if points else line)
    return points


def _unwrap(ring: list[Point]) -> list[Point]:
    """Return the ring with continuous longitudes. Beyond the antimeridian, they continue beyond ±180 degrees."""
    points: list[Point] = []
    turn = 0
    for (before, _), (x, y) in zip(ring[:1] + ring[:-1], ring, strict=True):
        turn += 360 * ((before - x > 180) - (x - before > 180))
        points.append((x + turn, y))
    return points


def _simplify(line: list[Point], tolerance: float) -> list[Point]:
    """Return the line with fewer points. The first and the last point stay the same.

    An omitted point is at most `tolerance` from the new line. The tolerance is in degrees of latitude.
    """
    if len(line) < 3:
        return line
    first, last = line[0], line[-1]
    distances = [_distance(point, first, last) for point in line[1:-1]]
    furthest = max(range(len(distances)), key=distances.__getitem__)
    if distances[furthest] <= tolerance:
        return [first, last]
    middle = furthest + 1
    return _simplify(line[: middle + 1], tolerance)[:-1] + _simplify(line[middle:], tolerance)


def _distance(point: Point, first: Point, last: Point) -> float:
    """Return the distance of a point from the segment between `first` and `last`, in degrees of latitude.

    A degree of longitude is treated as half a degree of latitude, as at 60° N.
    """
    (x, y), (ax, ay), (bx, by) = ((p[0] / 2, p[1]) for p in (point, first, last))
    length = hypot(bx - ax, by - ay)
    if length == 0:
        return hypot(x - ax, y - ay)
    along = max(0.0, min(1.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length**2))
    return hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))


def _clip(ring: list[Point], window: tuple[float, float, float, float]) -> list[Point]:
    """Return the part of a ring inside a window (Sutherland and Hodgman 1974, doi:10.1145/360767.360802)."""
    west, south, east, north = window
    for axis, limit, sign in ((0, west, 1), (0, east, -1), (1, south, 1), (1, north, -1)):
        clipped: list[Point] = []
        for start, end in zip(ring[-1:] + ring[:-1], ring, strict=True):
            inside = sign * (start[axis] - limit) >= 0, sign * (end[axis] - limit) >= 0
            if inside[0] != inside[1]:
                share = (limit - start[axis]) / (end[axis] - start[axis])
                clipped.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
            if inside[1]:
                clipped.append(end)
        ring = clipped
    return ring


def _area(ring: list[Point]) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def _steps(line: list[Point]) -> list[int]:
    steps: list[int] = []
    x = y = 0
    for number, point in enumerate(line):
        step = round(point[0]) - x, round(point[1]) - y
        if step != (0, 0) or not number:
            steps.extend(step)
            x, y = x + step[0], y + step[1]
    return steps


def main() -> None:
    FILE.write_text(json.dumps(convert(Path(sys.argv[1])), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
