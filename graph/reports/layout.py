"""Pictures of networks: where the nodes stand, computed with a seed so that a report can be made again."""

from collections import defaultdict
from collections.abc import Mapping
from math import cos, pi, sin, sqrt
from typing import Final, cast

from graph.analysis.two_mode import Graph
from graph.reports.report import Drawing, Link, Place

__all__ = ["MAX_DRAWN_NODES", "draw", "positions"]

MAX_DRAWN_NODES: Final = 220
"""How many nodes a picture may have: beyond, nobody can tell them apart."""
_MAX_DRAWN_TIES: Final = 900
_STRONGEST_TIES: Final = 3
_MAX_FORCE_LAYOUT_NODES: Final = 600
"""Up to so many nodes are placed by forces, which takes time in the square of their number."""
_LAYOUT_ITERATIONS: Final = 160
_ASPECT_RATIO: Final = 1.25
"""How much wider than high a picture of several parts is, about."""
_GAP: Final = 0.8
"""Between parts, in the units of a part of one node."""
_GOLDEN_ANGLE: Final = pi * (3 - sqrt(5))

Positions = dict[str, tuple[float, float]]


def positions(graph: Graph, communities: Mapping[str, int], *, seed: int) -> Positions:
    """A place for every node, both coordinates from 0 to 1.

    By ForceAtlas2 (Jacomy et al. 2014, doi:10.1371/journal.pone.0098679), connected parts beside each other; large
    networks by community, each a disc with its nodes of most ties in the middle.
    """
    if not graph:
        return {}
    if len(graph) == 1:
        return {str(next(iter(graph))): (0.5, 0.5)}
    if len(graph) <= _MAX_FORCE_LAYOUT_NODES:
        import networkx as nx  # here, since it takes half a second that not every report needs

        components = sorted(nx.connected_components(graph), key=lambda part: (-len(part), min(part)))
        return _fit_unit_square(_pack_rows([_force_layout(graph, part, seed) for part in components]))
    return _fit_unit_square(_circle_layout(graph, communities))


def _force_layout(graph: Graph, component: set[str], seed: int) -> Positions:
    """A connected part by forces, scaled to the square from 0 to 1."""
    import networkx as nx

    if len(component) == 1:
        return dict.fromkeys(component, (0.5, 0.5))
    layout = cast(
        "dict[str, tuple[float, float]]",
        nx.forceatlas2_layout(
            graph if len(component) == len(graph) else _sort_graph(graph.subgraph(component)),
            max_iter=_LAYOUT_ITERATIONS,
            seed=seed,
            scaling_ratio=2.0,
            strong_gravity=False,
            gravity=2.0,
        ),
    )
    return _fit_unit_square({node: (float(place[0]), float(place[1])) for node, place in layout.items()})


def _pack_rows(layouts: list[Positions]) -> Positions:
    """The parts, largest first, in rows, each with an area in proportion to its nodes."""
    sides = [sqrt(len(layout)) for layout in layouts]
    width = max(sides[0], _ASPECT_RATIO * sqrt(sum(side**2 for side in sides)))
    places: Positions = {}
    left = top = height = 0.0
    for part, side in zip(layouts, sides, strict=True):
        if left and left + side > width:
            left, top, height = 0.0, top + height + _GAP, 0.0
        places.update({node: (left + x * side, top + y * side) for node, (x, y) in part.items()})
        left, height = left + side + _GAP, max(height, side)
    return places


def _circle_layout(graph: Graph, communities: Mapping[str, int]) -> Positions:
    parts: dict[int, list[str]] = defaultdict(list)
    degrees = dict(cast("Mapping[str, int]", graph.degree))
    for node in sorted(graph, key=lambda node: (-degrees[node], node)):
        parts[communities.get(node, 0)].append(node)
    places: Positions = {}
    placed = 0
    for number, part in enumerate(sorted(parts, key=lambda part: (-len(parts[part]), part))):
        nodes = parts[part]
        distance = 0.0 if number == 0 else 1.6 * sqrt(placed + len(nodes))
        centre = distance * cos(number * _GOLDEN_ANGLE), distance * sin(number * _GOLDEN_ANGLE)
        for place, node in enumerate(nodes):
            radius = sqrt(place + 0.5)
            angle = place * _GOLDEN_ANGLE
            places[node] = centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)
        placed += len(nodes)
    return places


def _fit_unit_square(places: Positions) -> Positions:
    left, top = (min(place[axis] for place in places.values()) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places.values()) for axis in (0, 1))
    width, height = (right - left) or 1.0, (bottom - top) or 1.0
    # Whole numbers of thousandths: what is beyond depends on the processor.
    return {
        node: (round((x - left) / width, 3), round((y - top) / height, 3)) for node, (x, y) in sorted(places.items())
    }


def draw(
    graph: Graph, title: str, *, communities: Mapping[str, int], scores: Mapping[str, float], seed: int, weight: str
) -> Drawing:
    """The network as a picture: all of it, or, where it is large, the nodes of the highest scores and the ties that
    matter most to each of them. The note says which."""
    shown = graph
    notes: list[str] = []
    if len(graph) > MAX_DRAWN_NODES:
        selected = sorted(graph, key=lambda node: (-scores.get(node, 0.0), node))[:MAX_DRAWN_NODES]
        shown = graph.subgraph(selected)
        notes.append(
            f"Drawn are the {MAX_DRAWN_NODES} nodes of {len(graph)} with the highest scores, and the ties among them."
        )
    shown = _sort_graph(shown)
    ties = shown.number_of_edges()
    if ties > _MAX_DRAWN_TIES:
        shown = _backbone(shown, weight)
        notes.append(
            f"Of the {ties} ties among them, {shown.number_of_edges()} are drawn: the {_STRONGEST_TIES} strongest of each "
            "node."
        )
    layout = positions(shown, communities, seed=seed)
    index = {node: number for number, node in enumerate(shown)}
    largest_score = max((abs(scores.get(node, 0.0)) for node in shown), default=0.0) or 1.0
    heaviest = max((_weight(data, weight) for _, _, data in _ties(shown)), default=1.0) or 1.0
    return Drawing(
        title,
        tuple(
            Place(
                node,
                str(graph.nodes[node].get("name", node)),
                *layout[node],
                round(abs(scores.get(node, 0.0)) / largest_score, 3),
                communities.get(node, 0),
                graph.nodes[node].get("mode") == "City",
                _describe(graph, node),
            )
            for node in shown
        ),
        tuple(
            Link(index[one], index[other], round(_weight(data, weight) / heaviest, 3))
            for one, other, data in _ties(shown)
        ),
        " ".join(notes) or f"Everything is drawn: nodes: {len(shown)}, ties: {ties}.",
    )


def _sort_graph(graph: Graph) -> Graph:
    """The same network with nodes and ties in the order of their ids, whatever order they were found in."""
    import networkx as nx

    ordered: Graph = nx.Graph()
    ordered.add_nodes_from((node, graph.nodes[node]) for node in sorted(graph))
    ordered.add_edges_from(
        sorted(((min(one, other), max(one, other), data) for one, other, data in _ties(graph)), key=lambda e: e[:2])
    )
    return ordered


def _backbone(graph: Graph, weight: str) -> Graph:
    import networkx as nx

    degrees = dict(cast("Mapping[str, int]", graph.degree))
    backbone: Graph = nx.Graph()
    backbone.add_nodes_from(graph.nodes(data=True))
    for node in graph:
        ties = [(other, graph.edges[node, other]) for other in graph[node]]
        ties.sort(key=lambda tie: (-_weight(tie[1], weight), -degrees[tie[0]], tie[0]))
        backbone.add_edges_from((min(node, other), max(node, other), data) for other, data in ties[:_STRONGEST_TIES])
    return _sort_graph(backbone)


def _ties(graph: Graph) -> list[tuple[str, str, dict[str, object]]]:
    return list(cast("list[tuple[str, str, dict[str, object]]]", graph.edges(data=True)))


def _weight(attributes: Mapping[str, object], weight: str) -> float:
    value = attributes.get(weight, 1.0)
    return float(value) if isinstance(value, int | float) else 1.0


def _describe(graph: Graph, node: str) -> str:
    attributes: Mapping[str, object] = graph.nodes[node]
    parts = [str(attributes[key]) for key in ("mode", "country") if key in attributes]
    ties = len(graph[node])
    return ", ".join([*parts, f"{ties} tie{'s' * (ties != 1)}"])
