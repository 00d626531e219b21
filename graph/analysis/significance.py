"""Which overlaps are more than chance: p values, corrected for how many pairs were looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

import numpy as np

from graph.analysis.null_models import fdsm, hypergeometric, sdsm, sdsm_exact
from graph.analysis.overlap import complete_rosters
from graph.analysis.progress import ProgressCallback, ignore_progress
from graph.analysis.projection import SharedPairs, shared_pairs
from graph.analysis.sparse import FloatArray, floats, ints
from graph.analysis.two_mode import Node, Side, TwoMode
from graph.errors import AnalysisError
from graph.vocabulary import Vocabulary

__all__ = ["NullModel", "Significance", "SignificanceRow", "significance"]


class NullModel(Vocabulary):
    """The null model against which an overlap is held."""

    HYPERGEOMETRIC = "Both nodes keep their number of ties (fixed row model); exact."
    SDSM = "All nodes of both sides keep their number of ties on average; approximated as the R package Backbone does."
    SDSM_EXACT = "As SDSM, without approximation."
    FDSM = "All nodes of both sides keep exactly their number of ties; sampled, with seed and trials."


@dataclass(frozen=True, slots=True)
class SignificanceRow:
    """Two nodes that share something. `p` is P(X ≥ shared); `adjusted` is Benjamini and Hochberg's; null if unknown."""

    first: Node
    second: Node
    shared: int
    p: float | None
    adjusted: float | None


@dataclass(frozen=True, slots=True)
class Significance:
    """P values of all pairs that share something; NaN in the columns where a roster is partial.

    `tests` counts all pairs with a known p, those that share nothing (p = 1) too: the correction (Benjamini and
    Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x) is for them all. `universe` is the number of nodes on the
    other side. `seed` and `trials` are null where nothing was sampled.
    """

    side: Side
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
        """The pairs in the order of their places."""
        nodes = zip(ints(self.pairs.first), ints(self.pairs.second), ints(self.pairs.count), strict=True)
        p_values = zip(floats(self.p), floats(self.adjusted), strict=True)
        for (first, second, count), (p, adjusted) in zip(nodes, p_values, strict=True):
            known = not isnan(p)
            ends = self.nodes[first], self.nodes[second]
            yield SignificanceRow(*ends, count, p if known else None, adjusted if known else None)


def significance(
    two_mode: TwoMode,
    side: Side,
    null_model: NullModel = NullModel.HYPERGEOMETRIC,
    *,
    seed: int = 0,
    trials: int = 1000,
    on_progress: ProgressCallback = ignore_progress,
) -> Significance:
    """The p values of the pairs of a side.

    A p is null where a roster behind it is partial. HYPERGEOMETRIC looks at the two nodes alone: of two collaborations
    both rosters must be complete. SDSM and FDSM rest on the ties of every node, and pairs of cities on those of every
    collaboration: there all rosters must be complete. Raises AnalysisError without trials.
    """
    if trials < 1:
        raise AnalysisError(f"{trials} trials can show nothing", hint="give at least 1; 1000 is usual")
    pairs = shared_pairs(two_mode, side)
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
    """Benjamini and Hochberg's adjusted p values, where `tests` − (numbers in `p`) more tests gave 1; NaN stays."""
    result = np.full(len(p), np.nan)
    indices = np.flatnonzero(~np.isnan(p))
    descending = indices[np.argsort(-p[indices], kind="stable")]
    ranks = np.arange(len(descending), 0, -1)
    result[descending] = np.minimum(np.minimum.accumulate(p[descending] * tests / ranks), 1.0)
    return result
