"""Centrality of the nodes of a two-mode network or a projection."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from graph.analysis.measures import SCALED, Definition, definition
from graph.analysis.paths import betweenness, shortest_path_distances, two_mode_betweenness
from graph.analysis.projection import Projection
from graph.analysis.sparse import FloatArray, SparseMatrix, bools, connected_components, floats, ints
from graph.analysis.spectral import (
    MAX_DENSE_SIZE,
    DegenerateEigenvalue,
    hits,
    leading_eigenvector,
    leading_singular_vectors,
    pagerank,
    two_mode_pagerank,
)
from graph.analysis.structural_holes import constraint, core_numbers, effective_size, two_mode_constraint
from graph.analysis.two_mode import Node, TwoMode
from graph.progress import ProgressCallback, no_progress
from graph.vocabulary import CentralityMeasure, CentralityNormalisation

__all__ = ["Centrality", "Score", "centrality"]

_SIGNIFICANT_DIGITS: Final = 10
"""Number of significant digits in which values are compared for ranking.

A smaller difference is treated as a rounding error.
"""


class Score(NamedTuple):
    """Value and rank of a node under a centrality measure.

    `rank` is the rank among the nodes of the same kind: among all cities, or among all collaborations. The largest
    value has rank 1. Equal values have the same rank. `value` and `rank` are None if the measure is not defined for the
    node. `raw` is the value before normalisation. It is None if the measure has no separate raw value (see
    `Centrality.has_raw`), or if the raw value is not defined for the node.
    """

    node: Node
    value: float | None
    rank: int | None
    raw: float | None = None


@dataclass(frozen=True, slots=True)
class Centrality:
    """The values of a centrality measure for all nodes of a graph, in the order of the graph's nodes.

    `reason` explains why values are undefined, and is None if all values are defined. `lower_bound` is true if the
    graph may lack ties, because the list of members (roster) of a collaboration is incomplete.
    """

    definition: Definition
    scores: tuple[Score, ...]
    lower_bound: bool
    reason: str | None

    @property
    def has_raw(self) -> bool:
        """Whether each score contains a raw value in addition to the normalised value.

        This depends on the measure (`graph.analysis.measures.SCALED`), and is false without normalisation.
        """
        is_normalised = self.definition.normalisation is not CentralityNormalisation.NONE
        return is_normalised and self.definition.measure in SCALED

    def cells(self, score: Score) -> tuple[float | int | None, ...]:
        """Return the value, the raw value (only if `has_raw` is true) and the rank, in the order of `column_names`."""
        return (score.value, *((score.raw,) if self.has_raw else ()), score.rank)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns of a table with the scores, such as degree, degree_raw and degree_rank."""
        name = self.definition.measure.name.lower()
        return (name, *((f"{name}_raw",) if self.has_raw else ()), f"{name}_rank")

    def ranking(self, mode: str | None = None) -> tuple[Score, ...]:
        """Return the scores of all nodes, or only of the nodes with the label `mode`, such as "City".

        The scores are sorted by rank, name and id. Scores with an undefined value come last.
        """
        scores = (score for score in self.scores if mode is None or score.node.mode == mode)
        return tuple(
            sorted(scores, key=lambda score: (score.rank is None, score.rank or 0, score.node.name, score.node.id))
        )


_OneOrTwoMode: TypeAlias = TwoMode | Projection

Values = tuple[FloatArray, str | None]
"""Values of all nodes (NaN if undefined), and the reason for undefined values (None if all values are defined)."""

_NO_TIES: Final = "the measure is not defined for a node without ties"
_SMALLER_COMPONENT: Final = (
    "closeness is compared only within the largest component; HARMONIC is defined for every node"
)


def centrality(
    graph: _OneOrTwoMode,
    measure: CentralityMeasure,
    normalisation: CentralityNormalisation = CentralityNormalisation.NETWORKX,
    *,
    on_progress: ProgressCallback = no_progress,
) -> Centrality:
    """Compute a centrality measure for every node.

    Only STRENGTH, EIGENVECTOR, PAGERANK, HITS, CONSTRAINT and EFFECTIVE_SIZE use tie weights. Raises AnalysisError if
    the measure does not support the normalisation.
    """
    measure_definition = definition(measure, normalisation, two_mode=isinstance(graph, TwoMode))
    if not graph.nodes:
        return Centrality(measure_definition, (), graph.lower_bound, "the network has no nodes")
    values, reason = _COMPUTE[measure](graph, normalisation, on_progress)
    raw: FloatArray | None = None
    if measure in SCALED and normalisation is not CentralityNormalisation.NONE:
        raw = values
        values, scale_reason = _SCALE[measure](graph, normalisation, raw)
        reason = reason or scale_reason
    reason = reason if bool(np.isnan(values).any()) else None
    return Centrality(measure_definition, _scores(graph.nodes, values, raw), graph.lower_bound, reason)


def _scores(nodes: Sequence[Node], values: FloatArray, raw: FloatArray | None) -> tuple[Score, ...]:
    """Return the score of each node. Cities and collaborations are ranked separately."""
    rounded, is_defined = _round(values), ~np.isnan(values)
    is_city = np.array([node.mode == "City" for node in nodes], dtype=np.bool_)
    ranks = np.zeros(len(values), dtype=np.int64)
    for mode in (is_city & is_defined, ~is_city & is_defined):
        _, place, counts = np.unique(-rounded[mode], return_inverse=True, return_counts=True)
        ranks[mode] = (np.cumsum(counts) - counts)[place] + 1
    raws: Iterable[float | None] = repeat(None)
    if raw is not None:
        raws = (value if is_known else None for value, is_known in zip(floats(raw), bools(~np.isnan(raw)), strict=True))
    return tuple(
        Score(node, value, rank, raw_value) if rank else Score(node, None, None, raw_value)
        for node, value, rank, raw_value in zip(nodes, floats(values), ints(ranks), raws, strict=False)
    )


def _round(values: FloatArray) -> FloatArray:
    size = np.abs(np.where(values == 0, 1.0, values))
    scale = 10.0 ** (_SIGNIFICANT_DIGITS - 1 - np.floor(np.log10(size)))
    return np.rint(values * scale) / scale


# --- Measures ---------------------------------------------------------------------------------


def _degree(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    return graph.adjacency.row_counts.astype(np.float64), None


def _scale_degree(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, raw: FloatArray) -> Values:
    if isinstance(graph, TwoMode):
        return _divide(raw, _per_mode(graph, lambda _own, other: other))
    return _divide(raw, np.full(len(raw), len(raw) - 1.0))


def _strength(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    return _weighted_adjacency(graph).row_sums, None


def _betweenness(
    graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, on_progress: ProgressCallback
) -> Values:
    if isinstance(graph, Projection):
        return betweenness(graph.adjacency, on_progress), None
    return np.concatenate(two_mode_betweenness(graph.biadjacency, on_progress)), None


def _scale_betweenness(graph: _OneOrTwoMode, normalisation: CentralityNormalisation, raw: FloatArray) -> Values:
    if isinstance(graph, Projection):
        size = len(raw)
        return _divide(raw, np.full(size, (size - 1) * (size - 2) / 2))
    is_networkx = normalisation is CentralityNormalisation.NETWORKX
    return _divide(
        raw, _per_mode(graph, _max_betweenness_networkx if is_networkx else _max_betweenness_borgatti_everett)
    )


def _max_betweenness_networkx(own: int, other: int) -> float:
    """Return the largest betweenness that a node of a two-mode network can have, as NetworkX computes it.

    A two-mode network has two node sets: cities and networks. `own` is the size of the node set that contains the node,
    and `other` is the size of the opposite node set. The formula is from Borgatti and Halgin 2011.
    """
    if not other:
        return 0.0
    s, t = divmod(own - 1, other)
    return (other**2 * (s + 1) ** 2 + other * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)) / 2


def _max_betweenness_borgatti_everett(own: int, other: int) -> float:
    """Return the largest betweenness that a node of a two-mode network can have (Borgatti and Everett 1997).

    A two-mode network has two node sets: cities and networks. `own` is the size of the node set that contains the node,
    and `other` is the size of the opposite node set.
    """
    n, m = max(own, other), min(own, other)
    if own > other:
        return 2.0 * (n - 1) * (m - 1)
    return m * (m - 1) / 2 + (n - 1) * (n - 2) / 2 + (n - 1) * (m - 1)


def _closeness(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    distances = shortest_path_distances(graph.adjacency)
    reachable = distances.reachable
    if not reachable.any():
        return np.full(len(reachable), np.nan), _NO_TIES
    # In a small component all distances are short, so its values cannot be compared with those of a large one.
    sums = np.where(reachable == reachable.max(), distances.distance_sum, 0).astype(np.float64)
    return _divide(np.ones(len(sums)), sums)[0], _SMALLER_COMPONENT


def _scale_closeness(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, raw: FloatArray) -> Values:
    if isinstance(graph, TwoMode):
        return raw * _min_distance_sums(graph), None
    component = connected_components(graph.adjacency)
    return raw * (np.bincount(component)[component] - 1), None


def _min_distance_sums(two_mode: TwoMode) -> FloatArray:
    """Return, for every node, the smallest possible sum of the distances to all other nodes of its component.

    The minimum is over all possible components with as many cities and as many collaborations as the component of the
    node.
    """
    component = connected_components(two_mode.adjacency)
    is_city = np.arange(len(component)) < len(two_mode.cities)
    cities, all_nodes = np.bincount(component, weights=is_city)[component], np.bincount(component)[component]
    own = np.where(is_city, cities, all_nodes - cities)
    return all_nodes - own + 2.0 * (own - 1)


def _harmonic(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    return shortest_path_distances(graph.adjacency).inverse_distance_sum, None


def _eigenvector(
    graph: _OneOrTwoMode, normalisation: CentralityNormalisation, _on_progress: ProgressCallback
) -> Values:
    try:
        if isinstance(graph, TwoMode):
            rows, columns = leading_singular_vectors(graph.weighted_biadjacency)
            if normalisation is CentralityNormalisation.BORGATTI_EVERETT:
                vector = np.concatenate((rows / rows.max(), columns / columns.max()))
            else:
                vector = np.concatenate((rows, columns)) / np.sqrt(2)
        else:
            vector = leading_eigenvector(graph.adjacency)
        return _zero_outside_leading_component(graph, vector), None
    except DegenerateEigenvalue as error:
        return np.full(len(graph.nodes), np.nan), str(error)


def _pagerank(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    if isinstance(graph, TwoMode) and min(graph.biadjacency.shape) <= MAX_DENSE_SIZE:
        return two_mode_pagerank(graph.weighted_biadjacency), None
    return pagerank(_weighted_adjacency(graph)), None


def _hits(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    try:
        scores = hits(
            graph.weighted_biadjacency if isinstance(graph, TwoMode) else graph.adjacency,
            one_mode=isinstance(graph, Projection),
        )
        return _zero_outside_leading_component(graph, scores), None
    except DegenerateEigenvalue as error:
        return np.full(len(graph.nodes), np.nan), str(error)


def _zero_outside_leading_component(graph: _OneOrTwoMode, vector: FloatArray) -> FloatArray:
    """Return the vector with zeros outside the component that contains its largest value.

    The values in other components are rounding errors.
    """
    component = connected_components(graph.adjacency)
    return np.where(component == component[int(vector.argmax())], vector, 0.0)


def _k_core(graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback) -> Values:
    return core_numbers(graph.adjacency), None


def _constraint(
    graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback
) -> Values:
    if isinstance(graph, TwoMode):
        return two_mode_constraint(graph.weighted_adjacency), _NO_TIES
    return constraint(graph.adjacency), _NO_TIES


def _effective_size(
    graph: _OneOrTwoMode, _normalisation: CentralityNormalisation, _on_progress: ProgressCallback
) -> Values:
    if isinstance(graph, TwoMode):  # no two neighbours of a node are tied, so none is redundant
        degrees = graph.adjacency.row_counts
        return np.where(degrees > 0, degrees.astype(np.float64), np.nan), _NO_TIES
    return effective_size(graph.adjacency), _NO_TIES


def _weighted_adjacency(graph: _OneOrTwoMode) -> SparseMatrix:
    return graph.weighted_adjacency if isinstance(graph, TwoMode) else graph.adjacency


def _per_mode(two_mode: TwoMode, scale: Callable[[int, int], float]) -> FloatArray:
    """Return `scale(own, other)` for every node.

    `own` is the number of nodes in the node set that contains the node (the cities or the collaborations). `other` is
    the number of nodes in the opposite node set.
    """
    n, m = len(two_mode.cities), len(two_mode.collaborations)
    return np.concatenate((np.full(n, float(scale(n, m))), np.full(m, float(scale(m, n)))))


def _divide(values: FloatArray, divisors: FloatArray) -> Values:
    """Divide each value by its divisor. Return the quotients, and the reason for undefined quotients.

    A quotient is undefined (NaN) if the divisor is zero.
    """
    quotients = np.divide(values, divisors, out=np.full(len(values), np.nan), where=divisors > 0)
    return quotients, "the network is too small for this measure"


_COMPUTE: Final[
    dict[CentralityMeasure, Callable[[_OneOrTwoMode, CentralityNormalisation, ProgressCallback], Values]]
] = {
    CentralityMeasure.DEGREE: _degree,
    CentralityMeasure.STRENGTH: _strength,
    CentralityMeasure.BETWEENNESS: _betweenness,
    CentralityMeasure.CLOSENESS: _closeness,
    CentralityMeasure.HARMONIC: _harmonic,
    CentralityMeasure.EIGENVECTOR: _eigenvector,
    CentralityMeasure.PAGERANK: _pagerank,
    CentralityMeasure.HITS: _hits,
    CentralityMeasure.K_CORE: _k_core,
    CentralityMeasure.CONSTRAINT: _constraint,
    CentralityMeasure.EFFECTIVE_SIZE: _effective_size,
}

_SCALE: Final[dict[CentralityMeasure, Callable[[_OneOrTwoMode, CentralityNormalisation, FloatArray], Values]]] = {
    CentralityMeasure.DEGREE: _scale_degree,
    CentralityMeasure.BETWEENNESS: _scale_betweenness,
    CentralityMeasure.CLOSENESS: _scale_closeness,
}
"""The measures whose normalised values are computed from their raw values."""
