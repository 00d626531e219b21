"""Compute the answer to the named query `two_mode_network` (`graph.questions.two_mode_network`).

The answer is computed from the analysis snapshot, a copy of the graph in memory.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import BoolArray, IntArray, bools, floats, ints
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import read_subset
from graph.analysis.two_mode import Node, TwoMode
from graph.analysis.two_mode_layout import two_mode_positions
from graph.errors import BadArgument
from graph.questions.two_mode_network import Arguments, TwoModeNetwork, TwoModeNode
from graph.store import Reader

__all__ = ["compute_network"]

_NODES_MOST: Final = 2000


async def compute_network(runner: AnalysisRunner, reader: Reader, arguments: Arguments) -> TwoModeNetwork:
    """Return the two-mode network of a subset or, if the subset has an ego (a central node), the ego's neighbourhood.

    The neighbourhood contains the nodes within `radius` hops of the ego. Raises QueryError, StoreError and
    AnalysisError.
    """
    if not 1 <= arguments.most <= _NODES_MOST:
        raise BadArgument(f"most: {arguments.most} is out of range", hint=f"give a number from 1 to {_NODES_MOST}")
    snapshot, subset = await read_subset(runner.snapshot, reader, arguments.on, arguments.subset)
    return await runner.run_cached(_network, snapshot, arguments.on, subset, arguments.most)


def _find(nodes: Sequence[Node], node_id: str) -> int | None:
    """Return the index of a node in a list that is sorted by id, or None if the list does not contain the node."""
    place = bisect_left(nodes, node_id, key=lambda node: node.id)
    return place if place < len(nodes) and nodes[place].id == node_id else None


def _network(snapshot: Snapshot, on: date, subset: Subset, most: int) -> TwoModeNetwork:
    snapshot.check(subset)
    ego = subset.ego
    if ego is None:
        two_mode, distance = snapshot.two_mode(on, subset), None
        is_inside = np.ones(len(two_mode.nodes), dtype=np.bool_)
        order = _order_of_all(two_mode, most)
    else:
        # A neighbourhood is one component. Its degrees include the ties that lead out of it.
        two_mode = snapshot.two_mode(on, replace(subset, ego=None, largest_component=False))
        distance = _distances(two_mode, ego, subset.radius)
        if distance is None:
            return TwoModeNetwork((TwoModeNode(ego, 0, 0, (), 0.0, 0.0),), *_alone(ego), 0, two_mode.lower_bound)
        is_inside = distance >= 0
        order = _order_of_neighbourhood(two_mode, distance)
    return _answer(two_mode, is_inside, order[:most], distance)


def _alone(node: str) -> tuple[int, int]:
    """Return the numbers of cities and networks if there is only one node: (1, 0) for a city, (0, 1) for a network."""
    is_city = node.startswith("City:")
    return int(is_city), int(not is_city)


def _ends(two_mode: TwoMode) -> tuple[IntArray, IntArray]:
    """Return the nodes of each tie: an array of cities and an array of networks, as indices into `two_mode.nodes`."""
    return two_mode.city_index, two_mode.collaboration_index + len(two_mode.cities)


def _distances(two_mode: TwoMode, node: str, radius: int) -> IntArray | None:
    """Return the distance of each node from `node` in hops, or -1 if the distance exceeds `radius`.

    Returns None if the two-mode network does not contain `node`. Nodes without ties are not part of the network.
    """
    start, first = _find(two_mode.cities, node), 0
    if start is None:
        start, first = _find(two_mode.collaborations, node), len(two_mode.cities)
    if start is None:
        return None
    distance = np.full(len(two_mode.nodes), -1, dtype=np.int64)
    distance[first + start] = 0
    cities, networks = _ends(two_mode)
    for step in range(1, radius + 1):
        for one, other in ((cities, networks), (networks, cities)):
            reached = other[distance[one] == step - 1]
            distance[reached[distance[reached] < 0]] = step
        if distance.max() < step:
            break
    return distance


def _order_of_all(two_mode: TwoMode, most: int) -> IntArray:
    """Return the indices of all nodes. The first `most` of them are the nodes to show.

    The nodes to show are the networks with the most ties, and the cities with the most ties to these networks. About
    half of the nodes to show are networks. If there are too few cities for the other half, more networks are shown.
    """
    degrees = np.bincount(np.concatenate(_ends(two_mode)), minlength=len(two_mode.nodes))
    by_degree = np.argsort(-degrees, kind="stable")
    is_city = by_degree < len(two_mode.cities)
    cities, networks = by_degree[is_city], by_degree[~is_city]
    shown = min(len(networks), max(most // 2, most - len(cities), 1))
    if shown < len(networks):  # choose the cities by their ties to the networks that are shown
        within = np.isin(_ends(two_mode)[1], networks[:shown])
        degrees = np.bincount(two_mode.city_index[within], minlength=len(two_mode.cities))
        cities = np.argsort(-degrees, kind="stable")
    return np.concatenate((networks[:shown], cities, networks[shown:]))


def _order_of_neighbourhood(two_mode: TwoMode, distance: IntArray) -> IntArray:
    """Return the indices of the nodes in a neighbourhood, sorted by distance from the centre of the neighbourhood.

    `distance` contains the distance of each node from the centre, or -1 outside the neighbourhood. Among nodes at the
    same distance, the nodes with the most ties to nodes that are one hop nearer to the centre come first.
    """
    cities, networks = _ends(two_mode)
    pairs = (cities, networks), (networks, cities)
    inwards = [far[(distance[near] >= 0) & (distance[far] == distance[near] + 1)] for near, far in pairs]
    towards = np.bincount(np.concatenate(inwards), minlength=len(distance))
    inside = np.flatnonzero(distance >= 0)
    return inside[np.lexsort((inside, -towards[inside], distance[inside]))]


def _answer(two_mode: TwoMode, is_inside: BoolArray, shown: IntArray, distance: IntArray | None) -> TwoModeNetwork:
    """Return the nodes to show with their ties and positions, and the total numbers of nodes and ties.

    The answer covers the whole network or the neighbourhood of a centre. `is_inside` states for each node whether the
    answer covers it. `shown` contains the indices of the nodes to show, in order. `distance` contains the distance of
    each node from the centre, or is None for the whole network.
    """
    cities, networks = _ends(two_mode)
    position = np.full(len(two_mode.nodes), -1, dtype=np.int64)
    position[shown] = np.arange(len(shown))
    is_shown = (position[cities] >= 0) & (position[networks] >= 0)
    ends = position[cities[is_shown]], position[networks[is_shown]]
    neighbours: list[list[int]] = [[] for _ in shown]
    for city, network in zip(ints(ends[0]), ints(ends[1]), strict=True):
        neighbours[city].append(network)
        neighbours[network].append(city)
    degrees = np.bincount(np.concatenate((cities, networks)), minlength=len(two_mode.nodes))
    is_city = shown < len(two_mode.cities)
    places = _places(is_city, *ends)
    nodes = two_mode.nodes
    return TwoModeNetwork(
        tuple(
            TwoModeNode(
                nodes[index].id,
                int(degrees[index]),
                None if distance is None else int(distance[index]),
                tuple(sorted(tied)),
                x,
                y,
            )
            for index, tied, (x, y) in zip(ints(shown), neighbours, places, strict=True)
        ),
        int(is_inside[: len(two_mode.cities)].sum()),
        int(is_inside[len(two_mode.cities) :].sum()),
        int((is_inside[cities] & is_inside[networks]).sum()),
        two_mode.lower_bound,
    )


def _places(is_city: BoolArray, city_positions: IntArray, network_positions: IntArray) -> list[list[float]]:
    """Return the coordinates x and y of each shown node.

    `is_city` states for each shown node whether it is a city. `city_positions` and `network_positions` contain the city
    and the network of each tie, as indices into the list of shown nodes.
    """
    rank = np.where(is_city, np.cumsum(is_city), np.cumsum(~is_city)) - 1
    cities = int(is_city.sum())
    placed = two_mode_positions(rank[city_positions], rank[network_positions], cities, len(is_city) - cities)
    return [
        floats(placed[index if in_cities else cities + index])
        for index, in_cities in zip(ints(rank), bools(is_city), strict=True)
    ]
