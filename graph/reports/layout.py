"""Pictures of networks: where the nodes stand, computed with a seed so that a report can be made again."""

from collections import defaultdict
from collections.abc import Mapping
from math import cos, pi, sin, sqrt
from typing import Final, cast

from graph.analysis.two_mode import Graph
from graph.reports.report import Drawing, Link, Place

__all__ = ["DRAWN", "draw", "positions"]

DRAWN: Final = 220
"""How many nodes a picture may have: beyond, nobody can tell them apart."""
_LINKS: Final = 900
_STRONGEST: Final = 3
_LAID_OUT: Final = 600
"""Up to so many nodes are placed by forces, which takes time in the square of their number."""
_ROUNDS: Final = 160
_SHAPE: Final = 1.25
"""How much wider than high a picture of several parts is, about."""
_GAP: Final = 0.8
"""Between parts, in the units of a part of one node."""
_GOLDEN: Final = pi * (3 - sqrt(5))

Positions = dict[str, tuple[float, float]]


def positions(network: Graph, communities: Mapping[str, int], *, seed: int) -> Positions:
    """A place for every node, both coordinates from 0 to 1.

    By ForceAtlas2 (Jacomy et al. 2014, doi:10.1371/journal.pone.0098679), connected parts beside each other; large
    networks by community, each a disc with its nodes of most ties in the middle.
    """
    if not network:
        return {}
    if len(network) == 1:
        return {str(next(iter(network))): (0.5, 0.5)}
    if len(network) <= _LAID_OUT:
        import networkx as nx  # here, since it takes half a second that not every report needs

        parts = sorted(nx.connected_components(network), key=lambda part: (-len(part), min(part)))
        return _scaled(_beside([_forced(network, part, seed) for part in parts]))
    return _scaled(_circle_layout(network, communities))


def _forced(network: Graph, part: set[str], seed: int) -> Positions:
    """A connected part by forces, scaled to the square from 0 to 1."""
    import networkx as nx

    if len(part) == 1:
        return dict.fromkeys(part, (0.5, 0.5))
    found = cast(
        "dict[str, tuple[float, float]]",
        nx.forceatlas2_layout(
            network if len(part) == len(network) else _ordered(network.subgraph(part)),
            max_iter=_ROUNDS,
            seed=seed,
            scaling_ratio=2.0,
            strong_gravity=False,
            gravity=2.0,
        ),
    )
    return _scaled({node: (float(place[0]), float(place[1])) for node, place in found.items()})


def _beside(parts: list[Positions]) -> Positions:
    """The parts, largest first, in rows, each with an area in proportion to its nodes."""
    sides = [sqrt(len(part)) for part in parts]
    across = max(sides[0], _SHAPE * sqrt(sum(side**2 for side in sides)))
    places: Positions = {}
    left = top = height = 0.0
    for part, side in zip(parts, sides, strict=True):
        if left and left + side > across:
            left, top, height = 0.0, top + height + _GAP, 0.0
        places.update({node: (left + x * side, top + y * side) for node, (x, y) in part.items()})
        left, height = left + side + _GAP, max(height, side)
    return places


def _circle_layout(network: Graph, communities: Mapping[str, int]) -> Positions:
    parts: dict[int, list[str]] = defaultdict(list)
    degrees = dict(cast("Mapping[str, int]", network.degree))
    for node in sorted(network, key=lambda node: (-degrees[node], node)):
        parts[communities.get(node, 0)].append(node)
    places: Positions = {}
    covered = 0
    for turn, part in enumerate(sorted(parts, key=lambda part: (-len(parts[part]), part))):
        nodes = parts[part]
        distance = 0.0 if turn == 0 else 1.6 * sqrt(covered + len(nodes))
        middle = distance * cos(turn * _GOLDEN), distance * sin(turn * _GOLDEN)
        for place, node in enumerate(nodes):
            radius = sqrt(place + 0.5)
            angle = place * _GOLDEN
            places[node] = middle[0] + radius * cos(angle), middle[1] + radius * sin(angle)
        covered += len(nodes)
    return places


def _scaled(places: Positions) -> Positions:
    left, top = (min(place[axis] for place in places.values()) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places.values()) for axis in (0, 1))
    width, height = (right - left) or 1.0, (bottom - top) or 1.0
    # Whole numbers of thousandths: what is beyond depends on the processor.
    return {
        node: (round((x - left) / width, 3), round((y - top) / height, 3)) for node, (x, y) in sorted(places.items())
    }


def draw(
    network: Graph, title: str, *, communities: Mapping[str, int], scores: Mapping[str, float], seed: int, weight: str
) -> Drawing:
    """The network as a picture: all of it, or, where it is large, the nodes of the highest scores and the ties that
    matter most to each of them. The note says which."""
    shown = network
    notes: list[str] = []
    if len(network) > DRAWN:
        kept = sorted(network, key=lambda node: (-scores.get(node, 0.0), node))[:DRAWN]
        shown = network.subgraph(kept)
        notes.append(f"Drawn are the {DRAWN} nodes of {len(network)} with the highest scores, and the ties among them.")
    shown = _ordered(shown)
    ties = shown.number_of_edges()
    if ties > _LINKS:
        shown = _backbone(shown, weight)
        notes.append(
            f"Of the {ties} ties among them, {shown.number_of_edges()} are drawn: the {_STRONGEST} strongest of each "
            "node."
        )
    places = positions(shown, communities, seed=seed)
    numbers = {node: number for number, node in enumerate(shown)}
    top = max((abs(scores.get(node, 0.0)) for node in shown), default=0.0) or 1.0
    heaviest = max((_weight(data, weight) for _, _, data in _ties(shown)), default=1.0) or 1.0
    return Drawing(
        title,
        tuple(
            Place(
                node,
                str(network.nodes[node].get("name", node)),
                *places[node],
                round(abs(scores.get(node, 0.0)) / top, 3),
                communities.get(node, 0),
                network.nodes[node].get("mode") == "City",
                _told(network, node),
            )
            for node in shown
        ),
        tuple(
            Link(numbers[one], numbers[other], round(_weight(data, weight) / heaviest, 3))
            for one, other, data in _ties(shown)
        ),
        " ".join(notes) or f"Everything is drawn: nodes: {len(shown)}, ties: {ties}.",
    )


def _ordered(network: Graph) -> Graph:
    """The same network with nodes and ties in the order of their ids, whatever order they were found in."""
    import networkx as nx

    ordered: Graph = nx.Graph()
    ordered.add_nodes_from((node, network.nodes[node]) for node in sorted(network))
    ordered.add_edges_from(
        sorted(((min(one, other), max(one, other), data) for one, other, data in _ties(network)), key=lambda e: e[:2])
    )
    return ordered


def _backbone(network: Graph, weight: str) -> Graph:
    import networkx as nx

    degrees = dict(cast("Mapping[str, int]", network.degree))
    kept: Graph = nx.Graph()
    kept.add_nodes_from(network.nodes(data=True))
    for node in network:
        ties = [(other, network.edges[node, other]) for other in network[node]]
        ties.sort(key=lambda tie: (-_weight(tie[1], weight), -degrees[tie[0]], tie[0]))
        kept.add_edges_from((min(node, other), max(node, other), data) for other, data in ties[:_STRONGEST])
    return _ordered(kept)


def _ties(network: Graph) -> list[tuple[str, str, dict[str, object]]]:
    return list(cast("list[tuple[str, str, dict[str, object]]]", network.edges(data=True)))


def _weight(data: Mapping[str, object], weight: str) -> float:
    value = data.get(weight, 1.0)
    return float(value) if isinstance(value, int | float) else 1.0


def _told(network: Graph, node: str) -> str:
    data: Mapping[str, object] = network.nodes[node]
    parts = [str(data[key]) for key in ("mode", "country") if key in data]
    ties = len(network[node])
    return ", ".join([*parts, f"{ties} tie{'s' * (ties != 1)}"])
