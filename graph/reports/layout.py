"""Reproducible layouts and drawings of networks (graphs)."""

from collections import defaultdict
from collections.abc import Mapping
from itertools import islice
from math import cos, pi, sin, sqrt
from typing import Final, cast

from graph.analysis.two_mode import Graph
from graph.reports.report import Drawing, Place
from graph.tables import Message, join, message

__all__ = ["MAX_DRAWN_NODES", "draw", "positions"]

MAX_DRAWN_NODES: Final = 220
"""Maximum number of nodes in a drawing. People cannot distinguish more nodes."""
_MAX_DRAWN_TIES: Final = 900
_STRONGEST_TIES: Final = 3
_MAX_FORCE_LAYOUT_NODES: Final = 600
"""Maximum number of nodes for the force-directed layout. Its running time is quadratic in the number of nodes."""
_LAYOUT_ITERATIONS: Final = 160
_ASPECT_RATIO: Final = 1.25
"""Approximate ratio of width to height of a drawing of several components."""
_GAP: Final = 0.8
"""Gap between the drawings of two components, relative to the width of a component with a single node."""
_GOLDEN_ANGLE: Final = pi * (3 - sqrt(5))

Positions = dict[str, tuple[float, float]]


def positions(graph: Graph, communities: Mapping[str, int], *, seed: int) -> Positions:
    """Return the position of each node. Both coordinates are from 0 to 1.

    The layout of a small graph is ForceAtlas2 (Jacomy et al. 2014, doi:10.1371/journal.pone.0098679), with its
    connected components side by side. In the layout of a large graph, each community is a disc, with the nodes of the
    highest degrees in the middle.
    """
    if not graph:
        return {}
    if len(graph) == 1:
        return {str(next(iter(graph))): (0.5, 0.5)}
    if len(graph) <= _MAX_FORCE_LAYOUT_NODES:
        import networkx as nx  # imported here because the import takes half a second

        components = sorted(nx.connected_components(graph), key=lambda component: (-len(component), min(component)))
        return _fit_unit_square(_pack_rows([_force_layout(graph, component, seed) for component in components]))
    return _fit_unit_square(_circle_layout(graph, communities))


def _force_layout(graph: Graph, component: set[str], seed: int) -> Positions:
    """Return the ForceAtlas2 layout of a connected component, scaled to the unit square."""
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
    return _fit_unit_square({node: (float(x), float(y)) for node, (x, y) in layout.items()})


def _pack_rows(layouts: list[Positions]) -> Positions:
    """Place the layouts of connected components side by side in rows. The layouts keep the order of the list.

    The area of each layout is proportional to its number of nodes.
    """
    sides = [sqrt(len(layout)) for layout in layouts]
    width = max(sides[0], _ASPECT_RATIO * sqrt(sum(side**2 for side in sides)))
    places: Positions = {}
    left = top = height = 0.0
    for layout, side in zip(layouts, sides, strict=True):
        if left and left + side > width:
            left, top, height = 0.0, top + height + _GAP, 0.0
        places.update({node: (left + x * side, top + y * side) for node, (x, y) in layout.items()})
        left, height = left + side + _GAP, max(height, side)
    return places


def _circle_layout(graph: Graph, communities: Mapping[str, int]) -> Positions:
    """Return a layout for a large graph: each community is a disc, and the discs are placed on a spiral."""
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
        for rank, node in enumerate(nodes):
            radius = sqrt(rank + 0.5)
            angle = rank * _GOLDEN_ANGLE
            places[node] = centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)
        placed += len(nodes)
    return places


def _fit_unit_square(places: Positions) -> Positions:
    """Return the positions scaled to the unit square."""
    left, top = (min(place[axis] for place in places.values()) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places.values()) for axis in (0, 1))
    width, height = (right - left) or 1.0, (bottom - top) or 1.0
    # Round to thousandths, because further digits depend on the processor.
    return {
        node: (round((x - left) / width, 3), round((y - top) / height, 3)) for node, (x, y) in sorted(places.items())
    }


def draw(
    graph: Graph, title: str, *, communities: Mapping[str, int], scores: Mapping[str, float], seed: int
) -> Drawing:
    """Return a drawing of the graph.

    For a large graph, the drawing contains only the nodes with the highest scores, and only the strongest ties of each
    node. In a two-mode network, half of the drawn nodes are collaborations, even if all cities have higher scores.
    Fewer collaborations are drawn only if the graph does not contain enough of them. The attribute `note` of the
    drawing states what is not drawn.

    - `communities`: a dict from node id to the number of the node's community.
    - `scores`: a dict from node id to the score of the node.

    The edge attribute `weight` contains the weight of a tie.
    """
    shown = _sort_graph(graph.subgraph(_select(graph, scores)))
    notes: list[Message] = []
    if len(shown) < len(graph):
        counts = {"shown": len(shown), "total": len(graph)}
        networks = _count_networks(graph)
        if networks in (0, len(graph)):
            notes.append(message("Only the {shown} of {total} nodes with the highest scores are drawn.", **counts))
        else:
            shown_networks = _count_networks(shown)
            notes.append(
                message(
                    "Drawn are {networks} of {all_networks} networks and {cities} of {all_cities} cities, those with "
                    "the highest scores.",
                    networks=shown_networks,
                    all_networks=networks,
                    cities=len(shown) - shown_networks,
                    all_cities=len(graph) - networks,
                )
            )
    ties = shown.number_of_edges()
    if ties > _MAX_DRAWN_TIES:
        shown = _backbone(shown)
        notes.append(
            message(
                "{shown} of {total} ties are drawn: the {strongest} strongest ties of each node.",
                shown=shown.number_of_edges(),
                total=ties,
                strongest=_STRONGEST_TIES,
            )
        )
    layout = positions(shown, communities, seed=seed)
    index = {node: number for number, node in enumerate(shown)}
    largest_score = max((abs(scores.get(node, 0.0)) for node in shown), default=0.0) or 1.0
    return Drawing(
        title,
        tuple(
            Place(
                node,
                str(graph.nodes[node].get("name", node)),
                str(graph.nodes[node].get("mode", "")),
                graph.nodes[node].get("country"),
                *layout[node],
                round(abs(scores.get(node, 0.0)) / largest_score, 3),
                len(graph[node]),
                tuple(sorted(index[neighbour] for neighbour in shown[node] if neighbour != node)),
            )
            for node in shown
        ),
        join(" ", notes) or message("All {nodes} nodes and {ties} ties are drawn.", nodes=len(shown), ties=ties),
    )


def _select(graph: Graph, scores: Mapping[str, float]) -> list[str]:
    """Return the ids of the nodes to draw. For a large graph, these are the nodes with the highest scores.

    In a large two-mode network, half of the nodes to draw are collaborations, or fewer if there are not enough
    collaborations. The nodes of each half are selected separately, because the scores of cities and of collaborations
    cannot be compared.
    """
    ranked = sorted(graph, key=lambda node: (-scores.get(node, 0.0), node))
    if len(ranked) <= MAX_DRAWN_NODES:
        return ranked
    networks = [node for node in ranked if _is_network(graph, node)]
    if len(networks) in (0, len(ranked)):
        return ranked[:MAX_DRAWN_NODES]
    chosen = networks[: MAX_DRAWN_NODES // 2]
    cities = (node for node in ranked if not _is_network(graph, node))
    return [*chosen, *islice(cities, MAX_DRAWN_NODES - len(chosen))]


def _count_networks(graph: Graph) -> int:
    return sum(_is_network(graph, node) for node in graph)


def _is_network(graph: Graph, node: str) -> bool:
    """Return whether the node is a collaboration of a two-mode network. It is false for all nodes of a projection."""
    return graph.nodes[node].get("bipartite") == 1


def _sort_graph(graph: Graph) -> Graph:
    """Return a copy of the graph with nodes and ties sorted by id. Layouts then do not depend on insertion order."""
    import networkx as nx

    ordered: Graph = nx.Graph()
    ordered.add_nodes_from((node, graph.nodes[node]) for node in sorted(graph))
    ordered.add_edges_from(
        sorted(
            ((min(source, target), max(source, target), data) for source, target, data in _ties(graph)),
            key=lambda tie: tie[:2],
        )
    )
    return ordered


def _backbone(graph: Graph) -> Graph:
    """Return a copy of the graph with only the strongest ties of each node."""
    import networkx as nx

    degrees = dict(cast("Mapping[str, int]", graph.degree))
    backbone: Graph = nx.Graph()
    backbone.add_nodes_from(graph.nodes(data=True))
    for node in graph:
        ties = [(neighbour, graph.edges[node, neighbour]) for neighbour in graph[node]]
        ties.sort(key=lambda tie: (-_weight(tie[1]), -degrees[tie[0]], tie[0]))
        backbone.add_edges_from((node, neighbour, data) for neighbour, data in ties[:_STRONGEST_TIES])
    return _sort_graph(backbone)


def _ties(graph: Graph) -> list[tuple[str, str, dict[str, object]]]:
    return list(cast("list[tuple[str, str, dict[str, object]]]", graph.edges(data=True)))


def _weight(attributes: Mapping[str, object]) -> float:
    value = attributes.get("weight", 1.0)
    return float(value) if isinstance(value, int | float) else 1.0
