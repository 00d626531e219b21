"""Significance of overlaps: p values under a null model, corrected for multiple testing."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

import numpy as np

from graph.analysis.null_models import fdsm, hypergeometric, sdsm, sdsm_exact
from graph.analysis.overlap import comparable_pairs, complete_rosters, successions
from graph.analysis.projection import SharedPairs
from graph.analysis.sparse import FloatArray, floats, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback, no_progress
from graph.vocabulary import NetworkSide, NullModel

__all__ = ["Significance", "SignificanceRow", "significance"]


@dataclass(frozen=True, slots=True)
class SignificanceRow:
    """Significance of the overlap of two nodes.

    `p` is P(X ≥ shared). `adjusted` is p corrected for multiple testing. Both are None if a roster is incomplete.
    """

    first: Node
    second: Node
    shared: int
    p: float | None
    adjusted: float | None


@dataclass(frozen=True, slots=True)
class Significance:
    """P values of all pairs of nodes that share a node, as columns. NaN if they depend on an incomplete roster.

    `tests` is the number of pairs with a known p value, including pairs that share no node (p = 1). The p values are
    corrected for this number of tests (Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x). `universe`
    is the number of nodes on the other side. `seed` and `trials` are None if the null model is not sampled.
    """

    side: NetworkSide
    null_model: NullModel
    nodes: tuple[Node, ...]
    pairs: SharedPairs
    p: FloatArray
    adjusted: FloatArray
    tests: int
    universe: int
    seed: int | None
    trials: int | None

    def rows(self) -> Iterator[SignificanceRow]:
        """Yield the pairs in column order."""
        nodes = zip(ints(self.pairs.first), ints(self.pairs.second), ints(self.pairs.count), strict=True)
        p_values = zip(floats(self.p), floats(self.adjusted), strict=True)
        for (first, second, count), (p, adjusted) in zip(nodes, p_values, strict=True):
            known = not isnan(p)
            ends = self.nodes[first], self.nodes[second]
            yield SignificanceRow(*ends, count, p if known else None, adjusted if known else None)


def significance(
    two_mode: TwoMode,
    side: NetworkSide,
    null_model: NullModel = NullModel.HYPERGEOMETRIC,
    *,
    seed: int = 0,
    trials: int = 1000,
    on_progress: ProgressCallback = no_progress,
) -> Significance:
    """Compute the p values of all pairs of nodes on a side that share a node.

    A network is not paired with its successors. The p value of two collaborations under HYPERGEOMETRIC depends only on
    their two rosters. All other p values depend on all rosters. A p value is NaN if it depends on an incomplete roster.
    Raises AnalysisError if `trials` is less than 1.
    """
    if trials < 1:
        raise AnalysisError(f"trials: {trials} is less than 1", hint="use at least 1; the usual number is 1000")
    pairs = comparable_pairs(two_mode, side)
    biadjacency = two_mode.biadjacency_from(side)
    complete = complete_rosters(two_mode, side)
    if null_model is not NullModel.HYPERGEOMETRIC and two_mode.lower_bound:
        complete[:] = False
    p = np.full(len(pairs.count), np.nan)
    if complete.any():
        match null_model:
            case NullModel.HYPERGEOMETRIC:
                p = hypergeometric(pairs, biadjacency.shape[1])
            case NullModel.SDSM:
                p = sdsm(pairs, biadjacency)
            case NullModel.SDSM_EXACT:
                p = sdsm_exact(pairs, biadjacency, on_progress)
            case _:
                p = fdsm(pairs, biadjacency, seed=seed, trials=trials, on_progress=on_progress)
        p[~(complete[pairs.first] & complete[pairs.second])] = np.nan
    complete_count = int(complete.sum())
    tests = complete_count * (complete_count - 1) // 2
    tests -= sum(bool(complete[first] and complete[second]) for first, second in successions(two_mode, side))
    is_sampled = null_model is NullModel.FDSM
    return Significance(
        side,
        null_model,
        two_mode.nodes_of(side),
        pairs,
        p,
        adjust_p_values(p, tests),
        tests,
        biadjacency.shape[1],
        seed if is_sampled else None,
        trials if is_sampled else None,
    )


def adjust_p_values(p: FloatArray, tests: int) -> FloatArray:
    """Adjust p values by the method of Benjamini and Hochberg for `tests` tests.

    Tests that are not in `p` have p = 1. NaN values remain NaN.
    """
    result = np.full(len(p), np.nan)
    indices = np.flatnonzero(~np.isnan(p))
    descending = indices[np.argsort(-p[indices], kind="stable")]
    ranks = np.arange(len(descending), 0, -1)
    result[descending] = np.minimum(np.minimum.accumulate(p[descending] * tests / ranks), 1.0)
    return result
