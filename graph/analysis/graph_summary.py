"""The shape of a whole network: density, parts, distances, degrees, and what holds it together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from graph.analysis.paths import shortest_path_distances
from graph.analysis.projection import Projection
from graph.analysis.sparse import FloatArray, IntArray, SparseMatrix, connected_components, ints
from graph.analysis.two_mode import Node, Side, TwoMode

__all__ = ["Degrees", "GraphSummary", "summarize"]


@dataclass(frozen=True, slots=True)
class Degrees:
    """How many ties the nodes of a mode have. `counts` has a pair for each degree that occurs: (degree, nodes)."""

    mean: float
    median: float
    counts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """Figures of a two-mode network or a projection.

    `density` is ties / (cities × collaborations), of a projection ties / (N (N − 1) / 2); null where that is none.
    `components` are the sizes of the connected parts, falling, isolates among them. `diameter` is the greatest
    distance in hops between two nodes that a path joins, `mean_distance` the mean of those distances; both null
    without ties. `assortativity` (Newman 2002, doi:10.1103/PhysRevLett.89.208701) correlates the degrees at the two
    ends of the ties, each tie read both ways; `assortativity_across` the cities' with the collaborations', of a
    two-mode network. Both are null where the degrees do not vary.
    Articulation points and bridges are what, taken away, leaves more parts than before. `left_out` counts the nodes
    without a tie that are not in the network; `reason` says why there is none.
    """

    nodes: int
    ties: int
    density: float | None
    components: tuple[int, ...]
    diameter: int | None
    mean_distance: float | None
    degrees: Mapping[Side, Degrees]
    assortativity: float | None
    two_mode_assortativity: float | None
    articulation_points: tuple[Node, ...]
    bridges: tuple[tuple[Node, Node], ...]
    omitted: Mapping[Side, int]
    lower_bound: bool
    reason: str | None

    @property
    def is_connected(self) -> bool:
        """Whether it is in one part; an empty network is not."""
        return len(self.components) == 1


def summarize(graph: TwoMode | Projection) -> GraphSummary:
    """The figures of a network; of an empty one those that it has, and the reason."""
    matrix = graph.adjacency
    distances = shortest_path_distances(matrix)
    connected_pairs = sum(distances.pair_counts[1:])
    degrees = matrix.row_counts
    two_mode = graph if isinstance(graph, TwoMode) else None
    points, bridges = _cut_points(matrix)
    return GraphSummary(
        nodes=len(graph.nodes),
        ties=graph.tie_count,
        density=_density(graph),
        components=tuple(sorted(np.bincount(connected_components(matrix)).tolist(), reverse=True)),
        diameter=len(distances.pair_counts) - 1 if connected_pairs else None,
        mean_distance=sum(d * count for d, count in enumerate(distances.pair_counts)) / connected_pairs
        if connected_pairs
        else None,
        degrees=_degrees(graph, degrees),
        assortativity=_correlation(degrees[matrix.rows], degrees[matrix.columns]),
        two_mode_assortativity=_two_mode_assortativity(two_mode) if two_mode else None,
        articulation_points=tuple(graph.nodes[point] for point in points),
        bridges=tuple((graph.nodes[one], graph.nodes[other]) for one, other in bridges),
        omitted=two_mode.isolates if two_mode else {},
        lower_bound=graph.lower_bound,
        reason=two_mode.reason if two_mode else (None if graph.tie_count else "no two nodes share anything"),
    )


def _cut_points(matrix: SparseMatrix) -> tuple[list[int], list[tuple[int, int]]]:
    """The articulation points and the bridges."""
    import networkx as nx

    nx_graph: nx.Graph[int] = nx.Graph()
    nx_graph.add_edges_from(zip(ints(matrix.rows), ints(matrix.columns), strict=True))
    bridges = cast("Iterable[tuple[int, int]]", nx.bridges(nx_graph))
    points = cast("Iterable[int]", nx.articulation_points(nx_graph))
    return sorted(points), sorted((min(bridge), max(bridge)) for bridge in bridges)


def _density(graph: TwoMode | Projection) -> float | None:
    if isinstance(graph, TwoMode):
        possible = len(graph.cities) * len(graph.collaborations)
    else:
        possible = len(graph.nodes) * (len(graph.nodes) - 1) // 2
    return graph.tie_count / possible if possible else None


def _degrees(graph: TwoMode | Projection, degrees: IntArray) -> dict[Side, Degrees]:
    if isinstance(graph, Projection):
        sides = {graph.side: degrees}
    else:
        sides = {Side.CITIES: degrees[: len(graph.cities)], Side.COLLABORATIONS: degrees[len(graph.cities) :]}
    return {side: _distribution(side_degrees) for side, side_degrees in sides.items() if len(side_degrees)}


def _distribution(degrees: IntArray) -> Degrees:
    values, counts = np.unique(degrees, return_counts=True)
    pairs = tuple(zip(ints(values), ints(counts), strict=True))
    return Degrees(float(degrees.mean()), float(np.median(degrees)), pairs)


def _two_mode_assortativity(two_mode: TwoMode) -> float | None:
    city_degrees, collaboration_degrees = (
        two_mode.biadjacency.row_counts,
        two_mode.biadjacency_from(Side.COLLABORATIONS).row_counts,
    )
    return _correlation(city_degrees[two_mode.city_index], collaboration_degrees[two_mode.collaboration_index])


def _correlation(x: IntArray, y: IntArray) -> float | None:
    """Pearson's correlation; None where either does not vary."""
    if not len(x) or x.min() == x.max() or y.min() == y.max():
        return None
    x_deviations: FloatArray = x - x.mean()
    y_deviations: FloatArray = y - y.mean()
    return float((x_deviations @ y_deviations) / np.sqrt((x_deviations @ x_deviations) * (y_deviations @ y_deviations)))
