"""Significance of overlaps: p values under a null model, corrected for multiple testing."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from graph.analysis.null_models import SMALLEST_P, fdsm, hypergeometric, sdsm, sdsm_approximate
from graph.analysis.overlap import comparable_pairs, complete_rosters
from graph.analysis.projection import SharedPairs, successions
from graph.analysis.sparse import BoolArray, FloatArray, bools, floats, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback, no_progress
from graph.vocabulary import NetworkSide, NullModel

__all__ = ["SIGNIFICANCE_LEVEL", "Significance", "SignificanceRow", "significance"]

SIGNIFICANCE_LEVEL: Final = 0.05
"""An overlap is significant if its corrected p value is at most this level. See `Significance.trials_needed`."""


@dataclass(frozen=True, slots=True)
class SignificanceRow:
    """Significance of the overlap of two cities or of two collaborations.

    - `p`: the probability that a random network has at least the observed overlap.
    - `adjusted`: `p`, corrected for multiple testing.
    - `is_upper_bound`: whether the true p value is too small to compute. `p` and `adjusted` are then upper bounds.
    - `conditional`: whether the p value depends on an incomplete list of members (roster). `p` and `adjusted` then hold
      only for the recorded ties.
    """

    first: Node
    second: Node
    shared: int
    p: float
    adjusted: float
    is_upper_bound: bool
    conditional: bool


@dataclass(frozen=True, slots=True)
class Significance:
    """The p values of the overlaps of pairs of cities, or of pairs of collaborations.

    A pair of cities is included if the two cities share a collaboration, and a pair of collaborations if the two share
    a city. The arrays have one entry per pair. `SignificanceRow` describes their entries.

    - `tests`: the number of pairs that could share a node, including pairs that share none (p = 1). The p values are
      corrected for this number of tests (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x).
    - `universe`: the number of nodes that a pair could share. For pairs of cities, these are all collaborations. For
      pairs of collaborations, they are all cities.
    - `seed`, `trials`: the random seed and the number of random networks, or None if the null model is not sampled.
    """

    side: NetworkSide
    null_model: NullModel
    nodes: tuple[Node, ...]
    pairs: SharedPairs
    p: FloatArray
    adjusted: FloatArray
    is_upper_bound: BoolArray
    conditional: BoolArray
    tests: int
    universe: int
    seed: int | None
    trials: int | None

    @property
    def trials_needed(self) -> int | None:
        """The smallest number of trials with which a single pair could be significant after the correction.

        A pair is significant if its corrected p value is at most `SIGNIFICANCE_LEVEL`. The result is None if the
        current number of trials suffices or the null model is not sampled.
        """
        if self.trials is None or self.tests <= SIGNIFICANCE_LEVEL * (1 + self.trials):
            return None
        return ceil(self.tests / SIGNIFICANCE_LEVEL) - 1

    def rows(self) -> Iterator[SignificanceRow]:
        """Yield the significance of each pair as a `SignificanceRow`, in the order of the arrays."""
        nodes = zip(ints(self.pairs.first), ints(self.pairs.second), ints(self.pairs.count), strict=True)
        p_values = zip(
            floats(self.p), floats(self.adjusted), bools(self.is_upper_bound), bools(self.conditional), strict=True
        )
        for (first, second, count), values in zip(nodes, p_values, strict=True):
            yield SignificanceRow(self.nodes[first], self.nodes[second], count, *values)


def significance(
    two_mode: TwoMode,
    side: NetworkSide,
    null_model: NullModel = NullModel.SDSM,
    *,
    seed: int = 0,
    trials: int = 1000,
    on_progress: ProgressCallback = no_progress,
) -> Significance:
    """Compute the p values of all pairs of cities, or of all pairs of collaborations, that share a node.

    Pairs of a network and its successor are omitted. A p value is conditional if it depends on an incomplete list of
    members (roster). Under HYPERGEOMETRIC, the p value of two collaborations depends only on the rosters of these two
    collaborations. Every other p value depends on all rosters. Raises AnalysisError if `trials` is less than 1.
    """
    if trials < 1:
        raise AnalysisError(f"trials: {trials} is less than 1", hint="use at least 1; the usual number is 1000")
    pairs = comparable_pairs(two_mode, side)
    biadjacency = two_mode.biadjacency_from(side)
    complete = complete_rosters(two_mode, side)
    if null_model is not NullModel.HYPERGEOMETRIC and two_mode.lower_bound:
        complete[:] = False
    match null_model:
        case NullModel.HYPERGEOMETRIC:
            p = hypergeometric(pairs, biadjacency.shape[1])
        case NullModel.SDSM:
            p = sdsm(pairs, biadjacency, on_progress)
        case NullModel.SDSM_APPROXIMATE:
            p = sdsm_approximate(pairs, biadjacency)
        case _:
            p = fdsm(pairs, biadjacency, seed=seed, trials=trials, on_progress=on_progress)
    smallest = SMALLEST_P.get(null_model, 0.0)
    is_upper_bound = p <= smallest
    p = np.maximum(p, smallest)
    size = len(two_mode.nodes_of(side))
    tests = size * (size - 1) // 2 - len(successions(two_mode, side))
    is_sampled = null_model is NullModel.FDSM
    return Significance(
        side,
        null_model,
        two_mode.nodes_of(side),
        pairs,
        p,
        adjust_p_values(p, tests),
        is_upper_bound,
        ~(complete[pairs.first] & complete[pairs.second]),
        tests,
        biadjacency.shape[1],
        seed if is_sampled else None,
        trials if is_sampled else None,
    )


def adjust_p_values(p: FloatArray, tests: int) -> FloatArray:
    """Correct p values for `tests` tests by the method of Benjamini and Hochberg.

    `p` may contain fewer p values than `tests`. The missing tests are assumed to have the p value 1.
    """
    result = np.empty(len(p))
    descending = np.argsort(-p, kind="stable")
    ranks = np.arange(len(descending), 0, -1)
    result[descending] = np.minimum(np.minimum.accumulate(p[descending] * tests / ranks), 1.0)
    return result
