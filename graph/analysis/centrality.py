"""Centrality of the nodes of a two-mode network or a projection."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from graph.analysis.measures import Definition, Measure, Normalisation, definition
from graph.analysis.paths import Distances, betweenness, distances, two_mode_betweenness
from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.projection import Projection
from graph.analysis.sparse import FloatArray, components
from graph.analysis.spectral import DegenerateEigenvalue, hits, leading_pair, leading_vector, pagerank
from graph.analysis.structural_holes import constraint, core_numbers, effective_size
from graph.analysis.two_mode import Node, TwoMode

__all__ = ["Centrality", "Score", "centrality"]

_DIGITS: Final = 10
"""Values that agree in so many significant digits share a rank: what is left is the order of additions."""


@dataclass(frozen=True, slots=True)
class Score:
    """A node's value, null where it is not defined, and its rank within its mode: 1 is the largest, ties share it."""

    node: Node
    value: float | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Centrality:
    """A measure of every node, in the order of the network's nodes.

    `reason` says why values are null where they are. `lower_bound` says that a roster is partial, so that the network
    may have more ties than are recorded.
    """

    definition: Definition
    scores: tuple[Score, ...]
    lower_bound: bool
    reason: str | None

    def ranking(self, mode: str | None = None) -> tuple[Score, ...]:
        """The scores (of one mode), the largest value first, then by name and id; null values last."""
        kept = (score for score in self.scores if mode is None or score.node.mode == mode)
        return tuple(
            sorted(kept, key=lambda score: (score.rank is None, score.rank or 0, score.node.name, score.node.id))
        )


Values = tuple[FloatArray, str | None]
"""The values, NaN where not defined, and why that is so where it is."""

_ALONE: Final = "it is not defined for a node without ties"


def centrality(
    of: TwoMode | Projection,
    measure: Measure,
    normalisation: Normalisation = Normalisation.NETWORKX,
    *,
    tell: ProgressCallback = no_progress_callback,
) -> Centrality:
    """The measure of every node. STRENGTH, EIGENVECTOR, PAGERANK, HITS, CONSTRAINT and EFFECTIVE_SIZE count weights.

    Raises AnalysisError where the measure has no such normalisation. Where it is not defined for a node, or for the
    network, values are null and the result's `reason` says why.
    """
    defined = definition(measure, normalisation, two_mode=isinstance(of, TwoMode))
    if not of.nodes:
        return Centrality(defined, (), of.lower_bound, "the network has no nodes")
    values, reason = _COMPUTED[measure](of, normalisation, tell)
    reason = reason if bool(np.isnan(values).any()) else None
    return Centrality(defined, _scores(of.nodes, values), of.lower_bound, reason)


def _scores(nodes: Sequence[Node], values: FloatArray) -> tuple[Score, ...]:
    rounded = [None if np.isnan(value) else float(f"{value:.{_DIGITS}g}") for value in values]
    modes = [node.mode == "City" for node in nodes]
    rank_of: dict[tuple[bool, float], int] = {}
    falling = sorted(
        ((mode, value) for mode, value in zip(modes, rounded, strict=True) if value is not None), reverse=True
    )
    cities = sum(1 for mode, _ in falling if mode)
    for place, (mode, value) in enumerate(falling, start=1):
        rank_of.setdefault((mode, value), place if mode else place - cities)
    return tuple(
        Score(node, None, None) if near is None else Score(node, float(exact), rank_of[mode, near])
        for node, mode, near, exact in zip(nodes, modes, rounded, values, strict=True)
    )


# --- Each measure ---------------------------------------------------------------------------------


def _degree(of: TwoMode | Projection, normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    degrees = of.matrix.row_counts.astype(np.float64)
    if normalisation is Normalisation.NONE:
        return degrees, None
    if isinstance(of, TwoMode):
        return _divided(degrees, _by_mode(of, lambda _own, other: other))
    return _divided(degrees, np.full(len(degrees), len(degrees) - 1.0))


def _strength(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    return of.matrix.row_sums, None


def _betweenness(of: TwoMode | Projection, normalisation: Normalisation, tell: ProgressCallback) -> Values:
    if isinstance(of, Projection):
        raw, size = betweenness(of.matrix, tell), len(of.nodes)
        most = np.full(size, (size - 1) * (size - 2) / 2)
    else:
        raw = np.concatenate(two_mode_betweenness(of.incidence, tell))
        scale = _freest if normalisation is Normalisation.NETWORKX else _largest_betweenness
        most = _by_mode(of, scale)
    return (raw, None) if normalisation is Normalisation.NONE else _divided(raw, most)


def _freest(own: int, other: int) -> float:
    """The largest betweenness of a node in a mode of size `own`, as NetworkX has it after Borgatti and Halgin 2011."""
    if not other:
        return 0.0
    s, t = divmod(own - 1, other)
    return (other**2 * (s + 1) ** 2 + other * (s + 1) * (2 * t - s - 1) - t * (2 * s - t + 3)) / 2


def _largest_betweenness(own: int, other: int) -> float:
    """The largest betweenness of a node in a mode of size `own`, after Borgatti and Everett 1997."""
    n, m = max(own, other), min(own, other)
    if own > other:
        return 2.0 * (n - 1) * (m - 1)
    return m * (m - 1) / 2 + (n - 1) * (n - 2) / 2 + (n - 1) * (m - 1)


def _closeness(of: TwoMode | Projection, normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    found = distances(of.matrix)
    others = len(of.nodes) - 1
    raw, _ = _divided(np.ones(others + 1), found.total.astype(np.float64))
    if normalisation is Normalisation.NONE:
        return raw, _ALONE
    if isinstance(of, Projection):
        return np.nan_to_num(raw) * found.reached**2 / max(others, 1), None
    least = _by_mode(of, lambda own, other: other + 2.0 * (own - 1))
    if normalisation is Normalisation.NETWORKX:
        return np.nan_to_num(raw) * least * found.reached / max(others, 1), None
    if _connected(found, others):
        return raw * least, _ALONE
    return np.full(others + 1, np.nan), "the network is not connected, as this normalisation wants it"


def _connected(found: Distances, others: int) -> bool:
    return bool((found.reached == others).all())


def _harmonic(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    return distances(of.matrix).inverse_total, None


def _eigenvector(of: TwoMode | Projection, normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    try:
        if isinstance(of, TwoMode):
            rows, columns = leading_pair(of.incidence)
            if normalisation is Normalisation.BORGATTI_EVERETT:
                return _in_one_part(of, np.concatenate((rows / rows.max(), columns / columns.max()))), None
            return _in_one_part(of, np.concatenate((rows, columns)) / np.sqrt(2)), None
        return _in_one_part(of, leading_vector(of.matrix)), None
    except DegenerateEigenvalue as error:
        return np.full(len(of.nodes), np.nan), str(error)


def _pagerank(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    return pagerank(of.matrix), None


def _hits(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    try:
        scores = hits(of.incidence if isinstance(of, TwoMode) else of.matrix, one_mode=isinstance(of, Projection))
        return _in_one_part(of, scores), None
    except DegenerateEigenvalue as error:
        return np.full(len(of.nodes), np.nan), str(error)


def _in_one_part(of: TwoMode | Projection, vector: FloatArray) -> FloatArray:
    """The vector, zero outside the connected part that holds its eigenvalue: what stands there is rounding."""
    part = components(of.matrix)
    return np.where(part == part[int(vector.argmax())], vector, 0.0)


def _k_core(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    return core_numbers(of.matrix), None


def _constraint(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    return constraint(of.matrix), _ALONE


def _effective_size(of: TwoMode | Projection, _normalisation: Normalisation, _tell: ProgressCallback) -> Values:
    return effective_size(of.matrix), _ALONE


def _by_mode(of: TwoMode, scale: Callable[[int, int], float]) -> FloatArray:
    """For every node what `scale` gives for the size of its mode and that of the other one."""
    n, m = len(of.cities), len(of.collaborations)
    return np.concatenate((np.full(n, float(scale(n, m))), np.full(m, float(scale(m, n)))))


def _divided(values: FloatArray, by: FloatArray) -> Values:
    """NaN where it would be divided by zero."""
    return np.divide(values, by, out=np.full(len(values), np.nan), where=by > 0), "the network is too small for it"


_COMPUTED: Final[dict[Measure, Callable[[TwoMode | Projection, Normalisation, ProgressCallback], Values]]] = {
    Measure.DEGREE: _degree,
    Measure.STRENGTH: _strength,
    Measure.BETWEENNESS: _betweenness,
    Measure.CLOSENESS: _closeness,
    Measure.HARMONIC: _harmonic,
    Measure.EIGENVECTOR: _eigenvector,
    Measure.PAGERANK: _pagerank,
    Measure.HITS: _hits,
    Measure.K_CORE: _k_core,
    Measure.CONSTRAINT: _constraint,
    Measure.EFFECTIVE_SIZE: _effective_size,
}
