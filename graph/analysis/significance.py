"""Which overlaps are more than chance: p values, corrected for how many pairs were looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan

import numpy as np

from graph.analysis.null_models import fdsm, hypergeometric, sdsm, sdsm_exact
from graph.analysis.overlap import known_rosters
from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.projection import Shared, shared
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

    one: Node
    other: Node
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
    pairs: Shared
    p: FloatArray
    adjusted: FloatArray
    tests: int
    universe: int
    seed: int | None
    trials: int | None

    def rows(self) -> Iterator[SignificanceRow]:
        """The pairs in the order of their places."""
        nodes = zip(ints(self.pairs.one), ints(self.pairs.other), ints(self.pairs.count), strict=True)
        chances = zip(floats(self.p), floats(self.adjusted), strict=True)
        for (one, other, count), (p, adjusted) in zip(nodes, chances, strict=True):
            known = not isnan(p)
            ends = self.nodes[one], self.nodes[other]
            yield SignificanceRow(*ends, count, p if known else None, adjusted if known else None)


def significance(
    two_mode: TwoMode,
    side: Side,
    chance: NullModel = NullModel.HYPERGEOMETRIC,
    *,
    seed: int = 0,
    trials: int = 1000,
    tell: ProgressCallback = no_progress_callback,
) -> Significance:
    """The p values of the pairs of a side.

    A p is null where a roster behind it is partial. HYPERGEOMETRIC looks at the two nodes alone: of two collaborations
    both rosters must be complete. SDSM and FDSM rest on the ties of every node, and pairs of cities on those of every
    collaboration: there all rosters must be complete. Raises AnalysisError without trials.
    """
    if trials < 1:
        raise AnalysisError(f"{trials} trials can show nothing", hint="give at least 1; 1000 is usual")
    pairs = shared(two_mode, side)
    incidence = two_mode.seen_from(side)
    known = known_rosters(two_mode, side)
    if chance is not NullModel.HYPERGEOMETRIC and two_mode.lower_bound:
        known[:] = False
    p = np.full(len(pairs.count), np.nan)
    if known.any():
        match chance:
            case NullModel.HYPERGEOMETRIC:
                p = hypergeometric(pairs, incidence.shape[1])
            case NullModel.SDSM:
                p = sdsm(pairs, incidence)
            case NullModel.SDSM_EXACT:
                p = sdsm_exact(pairs, incidence, tell)
            case _:
                p = fdsm(pairs, incidence, seed=seed, trials=trials, tell=tell)
        p[~(known[pairs.one] & known[pairs.other])] = np.nan
    tested = int(known.sum())
    tests = tested * (tested - 1) // 2
    sampled = chance is NullModel.FDSM
    return Significance(
        side,
        chance,
        two_mode.side(side),
        pairs,
        p,
        adjusted(p, tests),
        tests,
        incidence.shape[1],
        seed if sampled else None,
        trials if sampled else None,
    )


def adjusted(p: FloatArray, tests: int) -> FloatArray:
    """Benjamini and Hochberg's adjusted p values, where `tests` − (numbers in `p`) more tests gave 1; NaN stays."""
    result = np.full(len(p), np.nan)
    places = np.flatnonzero(~np.isnan(p))
    falling = places[np.argsort(-p[places], kind="stable")]
    ranks = np.arange(len(falling), 0, -1)
    result[falling] = np.minimum(np.minimum.accumulate(p[falling] * tests / ranks), 1.0)
    return result
