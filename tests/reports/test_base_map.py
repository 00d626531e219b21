"""Check the projections and the extents of the base map."""

import json
import re

import pytest

from graph.reports.base_map import FILE, map_of
from graph.reports.base_map.projection import equal_earth, lambert_europe

HELSINKI, LISBON, TBILISI = (24.94, 60.17), (-9.14, 38.72), (44.79, 41.72)
NEW_YORK, AUCKLAND = (-74.0, 40.7), (174.8, -36.8)


def test_projections_equal_published_values() -> None:
    assert lambert_europe(10, 52) == (0, 0)
    # EPSG guidance note 7-2: 5° E 50° N is at 3962799.45, 2999718.85 in EPSG:3035, whose centre is at 4321000, 3210000.
    assert lambert_europe(5, 50) == pytest.approx((3962.8 - 4321, 3210 - 2999.7), rel=0.01)
    # The equator is 5.4133 radii long, and the pole 1.3173 radii from it.
    assert equal_earth(180, 0)[0] == pytest.approx(6371.0072 * 5.4133 / 2, rel=1e-3)
    assert equal_earth(0, 90)[1] == pytest.approx(-6371.0072 * 1.3173, rel=1e-3)


@pytest.mark.parametrize(
    ("locations", "extent"),
    [
        ([HELSINKI], "EUROPE"),
        ([HELSINKI, LISBON, TBILISI], "EUROPE"),
        ([HELSINKI, NEW_YORK], "WORLD"),
        ([HELSINKI, NEW_YORK, AUCKLAND], "WORLD"),
    ],
)
def test_the_map_contains_all_locations(locations: list[tuple[float, float]], extent: str) -> None:
    found = map_of(locations)
    assert found.extent == extent
    assert len(found.points) == len(locations)
    assert all(0 < x < found.width and 0 < y < found.height for x, y in found.points)
    assert found.land and found.borders


def test_east_is_right_and_south_is_down() -> None:
    (helsinki, lisbon) = map_of([HELSINKI, LISBON]).points
    assert lisbon[0] < helsinki[0]
    assert lisbon[1] > helsinki[1]


def test_every_line_of_the_outline_is_a_path() -> None:
    """Check that each line has two points or more: a browser draws nothing after a step without coordinates."""
    for extent in json.loads(FILE.read_bytes()).values():
        assert all(len(line) % 2 == 0 and len(line) >= 4 for lines in extent.values() for line in lines)
    drawn = map_of([HELSINKI, LISBON])
    assert re.fullmatch(r"(M-?\d+[ -]\d+l(-?\d+ ?)+Z)+", drawn.land)
