"""Summary statistics of a graph: density, components, distances, degrees, cut points and bridges."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from graph.analysis.paths import shortest_path_distances
from graph.analysis.projection import Projection
from graph.analysis.sparse import FloatArray, IntArray, SparseMatrix, connected_components, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.vocabulary import NetworkSide

__all__ = ["Degrees", "GraphSummary", "summarize"]


@dataclass(frozen=True, slots=True)
class Degrees:
    """Degree distribution of one node set: the cities or the collaborations.

    `counts` contains pairs of a degree and the number of nodes with that degree.
    """

    mean: float
    median: float
    counts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """Summary statistics of a two-mode network or a projection.

    - `nodes`, `ties`: the number of nodes and the number of ties.
    - `density`: the number of ties divided by the largest possible number. That number is cities × collaborations in a
      two-mode network, and N (N − 1) / 2 in a projection with N nodes.
    - `components`: the number of nodes of each connected component, largest first. A node without ties is a component.
    - `diameter`, `mean_distance`: the largest and the mean distance, in hops, of two connected nodes.
    - `degrees`: a dict from node set (cities or collaborations) to its degree distribution. A node set without nodes is
      omitted.
    - `assortativity`: the correlation, over all ties, of the degrees of the two tied nodes (Newman 2002,
      doi:10.1103/PhysRevLett.89.208701).
    - `two_mode_assortativity`: the correlation of city degree and collaboration degree over all ties. None for a
      projection.
    - `articulation_points`: the nodes whose removal increases the number of components.
    - `bridges`: the ties whose removal increases the number of components.
    - `omitted`: a dict from node set to the number of nodes left out because they have no ties. Empty for a projection.
    - `lower_bound`: whether the graph may lack ties, because the list of members (roster) of a collaboration is
      incomplete.
    - `reason`: the reason why the graph has no ties, or None if it has ties.

    A statistic is None if it is not defined, for example a correlation of constant degrees.
    """

    nodes: int
    ties: int
    density: float | None
    components: tuple[int, ...]
    diameter: int | None
    mean_distance: float | None
    degrees: Mapping[NetworkSide, Degrees]
    assortativity: float | None
    two_mode_assortativity: float | None
    articulation_points: tuple[Node, ...]
    bridges: tuple[tuple[Node, Node], ...]
    omitted: Mapping[NetworkSide, int]
    lower_bound: bool
    reason: str | None


def summarize(graph: TwoMode | Projection) -> GraphSummary:
    """Compute the summary statistics of a graph."""
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
        mean_distance=int(distances.distance_sum.sum()) / connected_pairs if connected_pairs else None,
        degrees=_degrees(graph, degrees),
        assortativity=_correlation(degrees[matrix.rows], degrees[matrix.columns]),
        two_mode_assortativity=_two_mode_assortativity(two_mode) if two_mode else None,
        articulation_points=tuple(graph.nodes[point] for point in points),
        bridges=tuple((graph.nodes[source], graph.nodes[target]) for source, target in bridges),
        omitted=two_mode.isolates if two_mode else {},
        lower_bound=graph.lower_bound,
        reason=two_mode.reason if two_mode else (None if graph.tie_count else "no two nodes share a neighbour"),
    )


def _cut_points(matrix: SparseMatrix) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the articulation points as node indices, and the bridges as pairs of node indices."""
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


def _degrees(graph: TwoMode | Projection, degrees: IntArray) -> dict[NetworkSide, Degrees]:
    if isinstance(graph, Projection):
        sides = {graph.side: degrees}
    else:
        sides = {
            NetworkSide.CITIES: degrees[: len(graph.cities)],
            NetworkSide.COLLABORATIONS: degrees[len(graph.cities) :],
        }
    return {side: _distribution(side_degrees) for side, side_degrees in sides.items() if len(side_degrees)}


def _distribution(degrees: IntArray) -> Degrees:
    values, counts = np.unique(degrees, return_counts=True)
    pairs = tuple(zip(ints(values), ints(counts), strict=True))
    return Degrees(float(degrees.mean()), float(np.median(degrees)), pairs)


def _two_mode_assortativity(two_mode: TwoMode) -> float | None:
    """Return the correlation of city degree and collaboration degree over all ties, or None if it is undefined."""
    city_degrees = two_mode.biadjacency.row_counts
    collaboration_degrees = two_mode.biadjacency.transpose.row_counts
    return _correlation(city_degrees[two_mode.city_index], collaboration_degrees[two_mode.collaboration_index])


def _correlation(x: IntArray, y: IntArray) -> float | None:
    """Return Pearson's correlation coefficient, or None if either variable is constant."""
    if not len(x) or x.min() == x.max() or y.min() == y.max():
        return None
    x_deviations: FloatArray = x - x.mean()
    y_deviations: FloatArray = y - y.mean()
    return float((x_deviations @ y_deviations) / np.sqrt((x_deviations @ x_deviations) * (y_deviations @ y_deviations)))
