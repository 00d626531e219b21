"""Compute the positions of cities on a map of Europe or of the world."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graph.reports.base_map import BaseMap, Location, map_of

__all__ = ["CityMap", "Spot", "city_map"]

City = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """A city on a map, with its coordinates in pixels."""

    city: City
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class CityMap:
    """A map with cities.

    `base` is the map without cities. It is None if the location of every city is unknown. `own` is the emphasised city,
    or None if no city is emphasised. `spots` contains all other cities. `missing` is the number of cities whose
    location is unknown.
    """

    base: BaseMap | None
    spots: tuple[Spot, ...]
    own: Spot | None
    missing: int

    @property
    def count(self) -> int:
        return len(self.spots) + (self.own is not None)


def city_map(cities: Iterable[City], own: str | None = None) -> CityMap:
    """Return a map of the cities. `own` is the id of the city to emphasise, or None.

    Each city is a dict with the keys `id` and `location`. The location can be None. The cities are drawn from north to
    south, so that the order of `cities` does not decide which of two overlapping cities is on top.
    """
    by_id = {city["id"]: city for city in cities}
    located = [city for city in by_id.values() if city["location"] is not None]
    if not located:
        return CityMap(None, (), None, len(by_id))
    base = map_of([_location(city) for city in located])
    spots = [Spot(city, x, y) for city, (x, y) in zip(located, base.points, strict=True)]
    spots.sort(key=lambda spot: (spot.y, spot.x, spot.city["id"]))
    others = tuple(spot for spot in spots if spot.city["id"] != own)
    emphasised = next((spot for spot in spots if spot.city["id"] == own), None)
    return CityMap(base, others, emphasised, len(by_id) - len(located))


def _location(city: City) -> Location:
    longitude, latitude = cast("list[float]", city["location"]["coordinates"])
    return longitude, latitude
