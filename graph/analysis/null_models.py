"""Is an overlap more than chance? The upper tail P(X ≥ shared) under three null models, as Neal's Backbone has them.

- HYPERGEOMETRIC, the fixed row model: both nodes keep their number of ties, each tie as likely as the next.
- SDSM, the stochastic degree sequence model (Neal 2014, doi:10.1016/j.socnet.2014.06.001): all nodes of both sides
  keep their number of ties on average, by the bipartite configuration model (Saracco et al. 2015,
  doi:10.1038/srep10595). The number shared then has a Poisson-binomial distribution; Backbone takes the refined
  normal approximation of it (Hong 2013, doi:10.1016/j.csda.2012.10.006), which is loose where few nodes are shared.
- FDSM, the fixed degree sequence model: all nodes of both sides keep exactly theirs; sampled by trades between random
  pairs of nodes (Strona et al. 2014, doi:10.1038/ncomms5114; Carstens et al. 2018, doi:10.4230/LIPIcs.ESA.2018.11),
  p = (1 + trials with as many or more) / (1 + trials) (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
"""

import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from graph.analysis.bicm import tie_probabilities
from graph.analysis.progress import ProgressCallback
from graph.analysis.projection import Shared
from graph.analysis.sparse import FloatArray, IntArray, Sparse, floats, ints, log_factorials, normal_below
from graph.errors import AnalysisError

__all__ = ["fdsm", "hypergeometric", "sdsm", "sdsm_exact"]

_NEGLIGIBLE: Final = 1e-40
_CERTAIN: Final = 1e-12
_MIXING: Final = 10
"""Rounds of trades between two samples: each node trades once in a round."""
_ROWS: Final = 8000


def hypergeometric(pairs: Shared, universe: int) -> FloatArray:
    """P(X ≥ shared) of each pair: sets of the two sizes, drawn from `universe`."""
    logs = log_factorials(universe)
    p = np.ones(len(pairs.count))
    for small, large, at in _grouped(pairs):
        counts = np.arange(max(0, small + large - universe), small + 1)
        inside = logs[large] - logs[counts] - logs[large - counts]
        outside = logs[universe - large] - logs[small - counts] - logs[universe - large - small + counts]
        every = logs[universe] - logs[small] - logs[universe - small]
        tail = np.cumsum(np.exp(inside + outside - every)[::-1])[::-1]
        p[at] = tail[pairs.count[at] - counts[0]]
    return np.minimum(p, 1.0)


def _grouped(pairs: Shared) -> list[tuple[int, int, IntArray]]:
    """The pairs by the sizes of their sets, the smaller one first."""
    one, other = pairs.degrees[pairs.one], pairs.degrees[pairs.other]
    width = int(pairs.degrees.max()) + 1 if len(pairs.degrees) else 1
    return [
        (key // width, key % width, at) for key, at in _places(np.minimum(one, other) * width + np.maximum(one, other))
    ]


def _places(keys: IntArray) -> list[tuple[int, IntArray]]:
    """Every key that occurs, with the places where it does."""
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    return list(zip(ints(values), np.split(order, starts[1:]), strict=True)) if len(keys) else []


@dataclass(frozen=True, slots=True)
class _Classes:
    """Rows and columns by their degrees: `ties[c, d]` is the chance of a tie between such a row and such a column.

    `row_class` gives each row's class, `held` how many columns each class has.
    """

    ties: FloatArray
    row_class: IntArray
    held: IntArray

    @classmethod
    def of(cls, incidence: Sparse) -> "_Classes":
        row_degrees, row_class, rows = np.unique(incidence.row_counts, return_inverse=True, return_counts=True)
        column_degrees, held = np.unique(incidence.transposed.row_counts, return_counts=True)
        return cls(tie_probabilities(row_degrees, rows, column_degrees, held), row_class, held)


def sdsm(pairs: Shared, incidence: Sparse) -> FloatArray:
    """P(X ≥ shared) of each pair of rows, all degrees holding on average, by the refined normal approximation."""
    model = _Classes.of(incidence)
    one, other = model.row_class[pairs.one], model.row_class[pairs.other]
    ties, held = model.ties, model.held
    square, cube = ties**2, ties**3
    first, second, third = ((power * held) @ power.T for power in (ties, square, cube))
    mean, variance = first[one, other], (first - second)[one, other]
    skew = (first - 3 * second + 2 * third)[one, other]
    certain = variance <= _CERTAIN
    deviation = np.sqrt(np.where(certain, 1.0, variance))
    x = (pairs.count - 0.5 - mean) / deviation
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    below = normal_below(x) + skew / (6 * deviation**3) * (1 - x**2) * density
    return np.where(certain, (pairs.count <= mean + 0.5).astype(np.float64), np.clip(1.0 - below, 0.0, 1.0))


def sdsm_exact(pairs: Shared, incidence: Sparse, tell: ProgressCallback) -> FloatArray:
    """P(X ≥ shared) of each pair of rows, all degrees holding on average, by the Poisson-binomial distribution."""
    model = _Classes.of(incidence)
    one, other = model.row_class[pairs.one], model.row_class[pairs.other]
    classes = len(model.ties)
    groups = _places(np.minimum(one, other) * classes + np.maximum(one, other))
    logs = log_factorials(int(model.held.max()) if len(model.held) else 0)
    p = np.ones(len(pairs.count))
    for done, (key, at) in enumerate(groups, start=1):
        small, large = divmod(key, classes)
        chances = _poisson_binomial(model.ties[small] * model.ties[large], model.held, logs)
        tail = np.cumsum(chances[::-1])[::-1]
        counts = pairs.count[at]
        p[at] = np.where(counts < len(tail), tail[np.minimum(counts, len(tail) - 1)], 0.0)
        tell(done, len(groups))
    return np.minimum(p, 1.0)


def _poisson_binomial(chances: FloatArray, times: IntArray, logs: FloatArray) -> FloatArray:
    """P(X = 0), P(X = 1), … where X adds up `times[i]` draws of each chance; an end that is next to nothing is cut."""
    distribution: FloatArray = np.ones(1)
    for chance, count in zip(floats(chances), ints(times), strict=True):
        if chance >= 1.0:
            distribution = np.concatenate((np.zeros(count), distribution))
        elif chance > 0.0:
            k: IntArray = np.arange(count + 1)
            choices = logs[count] - logs[k] - logs[count - k]
            part = np.exp(choices + k * np.log(chance) + (count - k) * np.log1p(-chance))
            distribution = np.asarray(np.convolve(distribution, part), dtype=np.float64)
            distribution = distribution[: int(np.flatnonzero(distribution > _NEGLIGIBLE)[-1]) + 1]
    return distribution


def fdsm(pairs: Shared, incidence: Sparse, *, seed: int, trials: int, tell: ProgressCallback) -> FloatArray:
    """P(X ≥ shared) of each pair of rows, where all degrees hold exactly, by sampling.

    Raises AnalysisError where there are too many rows to count all pairs of a sample.
    """
    rows, columns = incidence.shape
    if rows > _ROWS:
        raise AnalysisError(
            f"the fixed degree sequence model takes up to {_ROWS} nodes; these are {rows}",
            hint="filter by country, theme or kind, look at the other side, or take SDSM",
        )
    chance = random.Random(seed)
    every = ints(incidence.columns)
    held = [every[first:last] for first, last in pairwise(ints(incidence.starts))]
    as_many = np.zeros(len(pairs.count), dtype=np.int64)
    of_row = np.repeat(np.arange(rows), incidence.row_counts)
    for trial in range(1, trials + 1):
        for _ in range(_MIXING):
            _trade(held, chance)
        sample = np.zeros((rows, columns), dtype=np.float32)
        sample[of_row, np.concatenate([np.asarray(row_columns, dtype=np.int64) for row_columns in held])] = 1.0
        counts = sample @ sample.T
        as_many += counts[pairs.one, pairs.other] >= pairs.count
        tell(trial, trials)
    return (1 + as_many) / (1 + trials)


def _trade(held: list[list[int]], chance: random.Random) -> None:
    """One round: the rows are paired at random, and each pair shares out anew what only one of them has."""
    order = list(range(len(held)))
    chance.shuffle(order)
    for one, other in zip(order[::2], order[1::2], strict=False):
        left, right = set(held[one]), set(held[other])
        both = left & right
        tradable = [column for column in held[one] if column not in both]
        kept = len(tradable)
        tradable += [column for column in held[other] if column not in both]
        if kept and kept < len(tradable):
            chance.shuffle(tradable)
            held[one] = [*both, *tradable[:kept]]
            held[other] = [*both, *tradable[kept:]]
