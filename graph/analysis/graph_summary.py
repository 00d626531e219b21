"""The shape of a whole network: density, parts, distances, degrees, and what holds it together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from graph.analysis.paths import distances
from graph.analysis.projection import Projection
from graph.analysis.sparse import FloatArray, IntArray, Sparse, components, ints
from graph.analysis.two_mode import Node, Side, TwoMode

__all__ = ["Degrees", "GraphSummary", "structure"]


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
    assortativity_across: float | None
    articulation_points: tuple[Node, ...]
    bridges: tuple[tuple[Node, Node], ...]
    left_out: Mapping[Side, int]
    lower_bound: bool
    reason: str | None

    @property
    def connected(self) -> bool:
        """Whether it is in one part; an empty network is not."""
        return len(self.components) == 1


def structure(of: TwoMode | Projection) -> GraphSummary:
    """The figures of a network; of an empty one those that it has, and the reason."""
    matrix = of.matrix
    found = distances(matrix)
    joined = sum(found.pairs[1:])
    degrees = matrix.row_counts
    two_mode = of if isinstance(of, TwoMode) else None
    points, bridges = _cut_points(matrix)
    return GraphSummary(
        nodes=len(of.nodes),
        ties=of.ties,
        density=_density(of),
        components=tuple(sorted(np.bincount(components(matrix)).tolist(), reverse=True)),
        diameter=len(found.pairs) - 1 if joined else None,
        mean_distance=sum(d * count for d, count in enumerate(found.pairs)) / joined if joined else None,
        degrees=_degrees(of, degrees),
        assortativity=_correlation(degrees[matrix.rows], degrees[matrix.columns]),
        assortativity_across=_across(two_mode) if two_mode else None,
        articulation_points=tuple(of.nodes[point] for point in points),
        bridges=tuple((of.nodes[one], of.nodes[other]) for one, other in bridges),
        left_out=two_mode.isolates if two_mode else {},
        lower_bound=of.lower_bound,
        reason=two_mode.reason if two_mode else (None if of.ties else "no two nodes share anything"),
    )


def _cut_points(matrix: Sparse) -> tuple[list[int], list[tuple[int, int]]]:
    """The articulation points and the bridges."""
    import networkx as nx

    shape: nx.Graph[int] = nx.Graph()
    shape.add_edges_from(zip(ints(matrix.rows), ints(matrix.columns), strict=True))
    bridges = cast("Iterable[tuple[int, int]]", nx.bridges(shape))
    points = cast("Iterable[int]", nx.articulation_points(shape))
    return sorted(points), sorted((min(bridge), max(bridge)) for bridge in bridges)


def _density(of: TwoMode | Projection) -> float | None:
    if isinstance(of, TwoMode):
        possible = len(of.cities) * len(of.collaborations)
    else:
        possible = len(of.nodes) * (len(of.nodes) - 1) // 2
    return of.ties / possible if possible else None


def _degrees(of: TwoMode | Projection, degrees: IntArray) -> dict[Side, Degrees]:
    if isinstance(of, Projection):
        sides = {of.side: degrees}
    else:
        sides = {Side.CITIES: degrees[: len(of.cities)], Side.COLLABORATIONS: degrees[len(of.cities) :]}
    return {side: _distribution(side_degrees) for side, side_degrees in sides.items() if len(side_degrees)}


def _distribution(degrees: IntArray) -> Degrees:
    values, counts = np.unique(degrees, return_counts=True)
    pairs = tuple(zip(ints(values), ints(counts), strict=True))
    return Degrees(float(degrees.mean()), float(np.median(degrees)), pairs)


def _across(two_mode: TwoMode) -> float | None:
    of_cities, of_collaborations = two_mode.incidence.row_counts, two_mode.seen_from(Side.COLLABORATIONS).row_counts
    return _correlation(of_cities[two_mode.city_of], of_collaborations[two_mode.collaboration_of])


def _correlation(one: IntArray, other: IntArray) -> float | None:
    """Pearson's correlation; None where either does not vary."""
    if not len(one) or one.min() == one.max() or other.min() == other.max():
        return None
    left: FloatArray = one - one.mean()
    right: FloatArray = other - other.mean()
    return float((left @ right) / np.sqrt((left @ left) * (right @ right)))
