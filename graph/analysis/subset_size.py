"""Count the nodes and ties of a subset from a snapshot, to estimate the work of an analysis before it runs."""

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

import numpy as np

from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import BoolArray, IntArray
from graph.vocabulary import CollaborationMode, NetworkSide

__all__ = ["Size", "SubsetCounts"]

_DEFAULT_RADIUS: Final = 2


class Size(NamedTuple):
    """The size of a two-mode network of cities and collaborations.

    - `pairs_of_cities`: the number of ordered pairs of ties to the same collaboration. The projection on the cities has
      at most this many ties, if each tie is counted in both directions.
    - `pairs_of_collaborations`: the number of ordered pairs of ties to the same city. The projection on the
      collaborations has at most this many ties, if each tie is counted in both directions.
    - `built`: the number of nodes and ties before the filters `min_degree` and `ego` are applied. This larger network
      is built first.
    """

    cities: float
    collaborations: float
    ties: float
    pairs_of_cities: float
    pairs_of_collaborations: float
    built: float

    def projection(self, side: NetworkSide) -> tuple[float, float]:
        """Return the number of nodes of a projection, and an upper bound of its number of ties.

        Each tie is counted twice, once in each direction. `side` states whether the nodes are cities or collaborations.
        """
        is_of_cities = side is NetworkSide.CITIES
        nodes = self.cities if is_of_cities else self.collaborations
        return nodes, min(self.pairs_of_cities if is_of_cities else self.pairs_of_collaborations, nodes**2)


class SubsetCounts:
    """A counter of the nodes and ties of any subset. It contains all ties, and the properties that filters use.

    A count takes about a millisecond for 10,000 nodes.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.revision = snapshot.revision
        self._snapshot = snapshot
        self._country = np.array([city.country or "" for city in snapshot.cities], dtype=np.str_)
        self._latitude, self._longitude = (
            np.array([np.nan if value is None else value for value in values], dtype=np.float64)
            for values in (
                [city.latitude for city in snapshot.cities],
                [city.longitude for city in snapshot.cities],
            )
        )
        self._mode, self._kind = (
            np.array(values, dtype=np.str_)
            for values in (
                [node.mode for node in snapshot.collaborations],
                [node.kind or "" for node in snapshot.collaborations],
            )
        )

    def size(self, subset: Mapping[str, object]) -> Size:
        """Return an estimate of the size of the two-mode network of a subset. The ties of all dates are included.

        `subset` contains the arguments of a subset by name. A member of an enumeration is given by its name. Arguments
        that are omitted or null have their defaults. The ties of all standings are included. The filters `cities_where`
        and `networks_where` are ignored, because only the database can evaluate them. `largest_component` is also
        ignored. Ids that do not exist select nothing.
        """
        snapshot, ties = self._snapshot, self._snapshot.ties
        given = {name: value for name, value in subset.items() if value is not None}
        cities, collaborations = self._cities(given), self._collaborations(given)
        is_selected = cities[ties.city] & collaborations[ties.collaboration]
        city, collaboration = ties.city[is_selected], ties.collaboration[is_selected]
        degrees = np.bincount(city, minlength=len(snapshot.cities))
        has_isolates = bool(given.get("isolates"))
        built = len(city) + (
            cities.sum() + collaborations.sum()
            if has_isolates
            else np.count_nonzero(degrees) + np.count_nonzero(np.bincount(collaboration))
        )
        if (least := cast("int", given.get("min_degree", 0))) > 0:
            cities &= degrees >= least
            is_selected = cities[city]
            city, collaboration = city[is_selected], collaboration[is_selected]
        if "ego" in given:
            radius = cast("int", given.get("radius", _DEFAULT_RADIUS))
            is_near = self._near(str(given["ego"]), radius, city, collaboration)
            city, collaboration = city[is_near], collaboration[is_near]
        by_city, by_collaboration = (
            np.bincount(ends, minlength=len(nodes)).astype(np.float64)
            for ends, nodes in ((city, snapshot.cities), (collaboration, snapshot.collaborations))
        )
        is_whole = has_isolates and "ego" not in given
        return Size(
            float(cities.sum() if is_whole else (by_city > 0).sum()),
            float(collaborations.sum() if is_whole else (by_collaboration > 0).sum()),
            float(len(city)),
            float((by_collaboration**2).sum()),
            float((by_city**2).sum()),
            float(built),
        )

    def _cities(self, given: Mapping[str, object]) -> BoolArray:
        places = self._snapshot.city_places
        cities = _mask(len(places), places, given.get("include_cities"), given.get("exclude_cities"))
        if "countries" in given:
            cities &= np.isin(self._country, _texts(given["countries"]))
        if "bounding_box" in given:
            box = cast("Mapping[str, float]", given["bounding_box"])
            is_east, is_west = self._longitude >= box["west"], self._longitude <= box["east"]
            cities &= (is_east & is_west) if box["west"] <= box["east"] else (is_east | is_west)
            cities &= (self._latitude >= box["south"]) & (self._latitude <= box["north"])
        return cities

    def _collaborations(self, given: Mapping[str, object]) -> BoolArray:
        snapshot, places = self._snapshot, self._snapshot.collaboration_places
        collaborations = _mask(len(places), places, given.get("include_networks"), given.get("exclude_networks"))
        layers = _texts(given.get("layers", CollaborationMode.NETWORK.name))
        collaborations &= np.isin(self._mode, [CollaborationMode[layer].label for layer in layers])
        if "network_kind" in given:
            collaborations &= (self._mode != "Network") | (self._kind == given["network_kind"])
        if "theme" in given:
            matching = snapshot.matching_themes(str(given["theme"]))
            none = frozenset[str]()
            collaborations &= np.array(
                [not matching.isdisjoint(snapshot.addresses.get(node.id, none)) for node in snapshot.collaborations],
                dtype=np.bool_,
            )
        return collaborations

    def _near(self, ego: str, radius: int, city: IntArray, collaboration: IntArray) -> BoolArray:
        """Return a mask of the ties whose city and collaboration are both within `radius` hops of the node `ego`."""
        cities, collaborations = (
            _mask(len(places), places, (ego,), None)
            for places in (self._snapshot.city_places, self._snapshot.collaboration_places)
        )
        reached = -1
        for _ in range(radius):
            is_reached: BoolArray = cities[city] | collaborations[collaboration]
            if (count := int(is_reached.sum())) == reached:
                break
            reached = count
            cities[city[is_reached]] = True
            collaborations[collaboration[is_reached]] = True
        return cities[city] & collaborations[collaboration]


def _mask(size: int, places: Mapping[str, int], included: object, excluded: object) -> BoolArray:
    """Return a mask of nodes: the nodes whose ids are in `included`, without those in `excluded`.

    If `included` is empty, the mask contains all nodes except those in `excluded`. `places` is a dict from node id to
    index, and `size` is the length of the mask.
    """
    mask = np.full(size, not included, dtype=np.bool_)
    for ids, is_selected in ((included, True), (excluded, False)):
        known = [places[node_id] for node_id in _texts(ids or ()) if node_id in places]
        mask[known] = is_selected
    return mask


def _texts(value: object) -> tuple[str, ...]:
    """Return a value from GraphQL as a tuple of texts.

    The value can be a single text instead of a list, because GraphQL accepts a list of one item without brackets.
    """
    return (value,) if isinstance(value, str) else cast("tuple[str, ...]", value)
