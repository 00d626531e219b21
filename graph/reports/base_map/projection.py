"""Map projections from longitude and latitude to x and y in kilometres.

Both projections preserve areas. The coordinate y increases southwards.
"""

from collections.abc import Callable, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Final

__all__ = ["PROJECTIONS", "Project", "equal_earth", "lambert_europe"]

Project = Callable[[float, float], tuple[float, float]]
"""A function from longitude and latitude, in degrees, to x and y, in kilometres."""

_RADIUS_KM: Final = 6371.0072
"""Radius in kilometres of the sphere that has the same surface area as the Earth."""
_CENTRE: Final = radians(10), radians(52)
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796


def lambert_europe(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the position of a location in Lambert's azimuthal equal-area projection.

    The projection is centred at 10° E 52° N, as in EPSG:3035. The Earth is treated as a sphere. In a drawing, the
    difference from the ellipsoid of EPSG:3035 is not visible.
    """
    turn, north, middle = radians(longitude) - _CENTRE[0], radians(latitude), _CENTRE[1]
    across = cos(north) * sin(turn)
    up = cos(middle) * sin(north) - sin(middle) * cos(north) * cos(turn)
    towards = sin(middle) * sin(north) + cos(middle) * cos(north) * cos(turn)
    scale = _RADIUS_KM * sqrt(2 / (1 + max(towards, -0.999)))
    return scale * across, -scale * up


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the position of a location in the Equal Earth projection of the world.

    Source: Šavrič, Patterson and Jenny 2018, doi:10.1080/13658816.2018.1504949.
    """
    angle = asin(sqrt(3) / 2 * sin(radians(latitude)))
    square = angle**2
    sixth = square**3
    width = 3 * (9 * _A4 * sixth * square + 7 * _A3 * sixth + 3 * _A2 * square + _A1)
    x = 2 * sqrt(3) * radians(longitude) * cos(angle) / width
    y = angle * (_A4 * sixth * square + _A3 * sixth + _A2 * square + _A1)
    return _RADIUS_KM * x, -_RADIUS_KM * y


PROJECTIONS: Final[Mapping[str, Project]] = {"EUROPE": lambert_europe, "WORLD": equal_earth}
"""A dict from the extent of a map (Europe or the world) to its projection."""
