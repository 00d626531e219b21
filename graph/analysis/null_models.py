"""P values of overlaps under null models, as in the R package Backbone (Neal).

The overlap of two row nodes is the number of column nodes to which both are tied. A null model generates random
networks. The p value of two row nodes is P(X ≥ shared): `shared` is their observed overlap, and X is their overlap in a
random network. The null models are:

- HYPERGEOMETRIC (fixed row model): every row node has its observed degree. All networks with these degrees are equally
  likely.
- SDSM (stochastic degree sequence model): the expected degree of every row and column node is its observed degree (Neal
  2014, doi:10.1016/j.socnet.2014.06.001). The bipartite configuration model gives the probability of each tie (Saracco
  et al. 2015, doi:10.1038/srep10595). X then has a Poisson-binomial distribution, which is computed exactly.
- SDSM_APPROXIMATE: SDSM, but the distribution of X is approximated, as in Backbone. The refined normal approximation is
  used (Hong 2013, doi:10.1016/j.csda.2012.10.006). It is inaccurate if the overlap is small.
- FDSM (fixed degree sequence model): every row and column node has exactly its observed degree. Random networks are
  sampled by trades between random pairs of nodes (Strona et al. 2014, doi:10.1038/ncomms5114; Carstens et al. 2018,
  doi:10.4230/LIPIcs.ESA.2018.11). The p value is (1 + number of samples with X ≥ shared) / (1 + number of samples)
  (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).
"""

import random
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

import numpy as np

from graph.analysis.bicm import tie_probabilities
from graph.analysis.projection import SharedPairs
from graph.analysis.sparse import FloatArray, IntArray, SparseMatrix, floats, ints, log_factorials, normal_cdf
from graph.errors import AnalysisError
from graph.progress import ProgressCallback
from graph.tables import hint_naming
from graph.vocabulary import NullModel

__all__ = ["SMALLEST_P", "fdsm", "hypergeometric", "sdsm", "sdsm_approximate"]

SMALLEST_P: Final = {NullModel.HYPERGEOMETRIC: 1e-300, NullModel.SDSM: 1e-300, NullModel.SDSM_APPROXIMATE: 1e-15}
"""For each null model, the smallest p value that its computation can distinguish from 0.

HYPERGEOMETRIC and SDSM are limited by the range of floats. SDSM_APPROXIMATE subtracts a probability from 1, and
is limited by the rounding error of this subtraction.
"""
_NEGLIGIBLE_PROBABILITY: Final = 1e-307
_NEGLIGIBLE_VARIANCE: Final = 1e-12
_TRADE_ROUNDS: Final = 10
"""Number of rounds of trades between two consecutive samples.

In a round, the rows are paired at random, and each pair trades columns: see `_trade`.
"""
_MAX_ROWS: Final = 8000


def hypergeometric(pairs: SharedPairs, universe: int) -> FloatArray:
    """Return the p value of each pair under the hypergeometric model.

    The p value is the probability that two random subsets of a set have at least as many common elements as observed.
    The set has `universe` elements. The sizes of the subsets are the degrees of the two nodes.
    """
    log_factorial = log_factorials(universe)
    p = np.ones(len(pairs.count))
    for small, large, indices in _group_by_degrees(pairs):
        counts = np.arange(max(0, small + large - universe), small + 1)
        log_inside = log_factorial[large] - log_factorial[counts] - log_factorial[large - counts]
        log_outside = (
            log_factorial[universe - large]
            - log_factorial[small - counts]
            - log_factorial[universe - large - small + counts]
        )
        log_total = log_factorial[universe] - log_factorial[small] - log_factorial[universe - small]
        tail = np.cumsum(np.exp(log_inside + log_outside - log_total)[::-1])[::-1]
        p[indices] = tail[pairs.count[indices] - counts[0]]
    return np.minimum(p, 1.0)


def _group_by_degrees(pairs: SharedPairs) -> list[tuple[int, int, IntArray]]:
    """Group the pairs of nodes by the degrees of the two nodes.

    Return a tuple for each group: the smaller degree, the larger degree and the indices of the pairs.
    """
    first_degrees, second_degrees = pairs.degrees[pairs.first], pairs.degrees[pairs.second]
    width = int(pairs.degrees.max()) + 1 if len(pairs.degrees) else 1
    keys = np.minimum(first_degrees, second_degrees) * width + np.maximum(first_degrees, second_degrees)
    return [(*divmod(key, width), indices) for key, indices in _group_indices(keys)]


def _group_indices(keys: IntArray) -> list[tuple[int, IntArray]]:
    """Return, for each distinct key, a tuple of the key and the indices at which it occurs."""
    order = np.argsort(keys, kind="stable")
    values, starts = np.unique(keys[order], return_index=True)
    return list(zip(ints(values), np.split(order, starts[1:]), strict=True)) if len(keys) else []


@dataclass(frozen=True, slots=True)
class _DegreeClasses:
    """Tie probabilities between classes of rows and classes of columns.

    A class contains all rows, or all columns, of the same degree. `row_class` contains the index of the class of each
    row, and `column_counts` the number of columns in each class.
    """

    probabilities: FloatArray
    row_class: IntArray
    column_counts: IntArray

    @classmethod
    def from_biadjacency(cls, biadjacency: SparseMatrix) -> "_DegreeClasses":
        row_degrees, row_class, row_counts = np.unique(biadjacency.row_counts, return_inverse=True, return_counts=True)
        column_degrees, column_counts = np.unique(biadjacency.transpose.row_counts, return_counts=True)
        return cls(tie_probabilities(row_degrees, row_counts, column_degrees, column_counts), row_class, column_counts)


def sdsm(pairs: SharedPairs, biadjacency: SparseMatrix, on_progress: ProgressCallback) -> FloatArray:
    """Return the p value of each pair of rows under the stochastic degree sequence model (SDSM).

    X is the number of columns that a pair shares. The function computes the exact (Poisson-binomial) distribution of X
    by convolution. The convolution adds only positive terms. Therefore the relative error of even a small p value is
    only a rounding error.
    """
    model = _DegreeClasses.from_biadjacency(biadjacency)
    first_class, second_class = model.row_class[pairs.first], model.row_class[pairs.second]
    classes = len(model.probabilities)
    groups = _group_indices(np.minimum(first_class, second_class) * classes + np.maximum(first_class, second_class))
    log_factorial = log_factorials(int(model.column_counts.max()) if len(model.column_counts) else 0)
    p = np.ones(len(pairs.count))
    for done, (key, indices) in enumerate(groups, start=1):
        small, large = divmod(key, classes)
        distribution = _poisson_binomial(
            model.probabilities[small] * model.probabilities[large], model.column_counts, log_factorial
        )
        tail = np.cumsum(distribution[::-1])[::-1]
        counts = pairs.count[indices]
        p[indices] = np.where(counts < len(tail), tail[np.minimum(counts, len(tail) - 1)], 0.0)
        on_progress(done, len(groups))
    return np.minimum(p, 1.0)


def _poisson_binomial(probabilities: FloatArray, counts: IntArray, log_factorial: FloatArray) -> FloatArray:
    """Return the probabilities of a Poisson-binomial distribution: P(X = 0), P(X = 1), and so on.

    X is the number of successes in independent trials. For every i, there are `counts[i]` trials, each of which
    succeeds with the probability `probabilities[i]`. `log_factorial` contains the logarithms of the factorials up to
    the largest count. Negligible probabilities of the largest values of X are omitted from the end of the result.
    """
    distribution: FloatArray = np.ones(1)
    for probability, count in zip(floats(probabilities), ints(counts), strict=True):
        if probability >= 1.0:
            distribution = np.concatenate((np.zeros(count), distribution))
        elif probability > 0.0:
            k: IntArray = np.arange(count + 1)
            log_choose = log_factorial[count] - log_factorial[k] - log_factorial[count - k]
            binomial = np.exp(log_choose + k * np.log(probability) + (count - k) * np.log1p(-probability))
            distribution = np.asarray(np.convolve(distribution, binomial), dtype=np.float64)
            distribution = distribution[: int(np.flatnonzero(distribution > _NEGLIGIBLE_PROBABILITY)[-1]) + 1]
    return distribution


def sdsm_approximate(pairs: SharedPairs, biadjacency: SparseMatrix) -> FloatArray:
    """Return an approximate p value of each pair of rows under the stochastic degree sequence model (SDSM).

    The function uses the refined normal approximation of the distribution of X, the number of columns that a pair
    shares.
    """
    model = _DegreeClasses.from_biadjacency(biadjacency)
    first_class, second_class = model.row_class[pairs.first], model.row_class[pairs.second]
    probabilities, column_counts = model.probabilities, model.column_counts
    square, cube = probabilities**2, probabilities**3
    first, second, third = ((power * column_counts) @ power.T for power in (probabilities, square, cube))
    mean, variance = first[first_class, second_class], (first - second)[first_class, second_class]
    skew = (first - 3 * second + 2 * third)[first_class, second_class]
    is_constant = variance <= _NEGLIGIBLE_VARIANCE
    deviation = np.sqrt(np.where(is_constant, 1.0, variance))
    x = (pairs.count - 0.5 - mean) / deviation
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    cumulative = normal_cdf(x) + skew / (6 * deviation**3) * (1 - x**2) * density
    return np.where(is_constant, (pairs.count <= mean + 0.5).astype(np.float64), np.clip(1.0 - cumulative, 0.0, 1.0))


def fdsm(
    pairs: SharedPairs, biadjacency: SparseMatrix, *, seed: int, trials: int, on_progress: ProgressCallback
) -> FloatArray:
    """Return the p value of each pair of rows under the fixed degree sequence model (FDSM).

    The p values are estimated from `trials` random networks. Raises AnalysisError if there are more than `_MAX_ROWS`
    rows, because the number of shared columns is computed for every pair of rows in every random network.
    """
    rows, columns = biadjacency.shape
    if rows > _MAX_ROWS:
        raise AnalysisError(
            f"the fixed degree sequence model is limited to {_MAX_ROWS} nodes; this side has {rows}",
            hint=hint_naming(
                "filter by country, theme or kind, use the other projection, or {model}", model=NullModel.SDSM
            ),
        )
    rng = random.Random(seed)
    flat_columns = ints(biadjacency.columns)
    adjacency_lists = [flat_columns[first:last] for first, last in pairwise(ints(biadjacency.row_starts))]
    exceedances = np.zeros(len(pairs.count), dtype=np.int64)
    row_index = np.repeat(np.arange(rows), biadjacency.row_counts)
    for trial in range(1, trials + 1):
        for _ in range(_TRADE_ROUNDS):
            _trade(adjacency_lists, rng)
        sample = np.zeros((rows, columns), dtype=np.float32)
        sample[row_index, np.fromiter(chain.from_iterable(adjacency_lists), np.int64)] = 1.0
        counts = sample @ sample.T
        exceedances += counts[pairs.first, pairs.second] >= pairs.count
        on_progress(trial, trials)
    return (1 + exceedances) / (1 + trials)


def _trade(adjacency_lists: list[list[int]], rng: random.Random) -> None:
    """Pair the rows at random, and let the two rows of each pair trade columns at random.

    A column that both rows contain is not traded. The function changes `adjacency_lists` in place. The degrees of rows
    and columns do not change.
    """
    order = list(range(len(adjacency_lists)))
    rng.shuffle(order)
    for first, second in zip(order[::2], order[1::2], strict=False):
        first_columns, second_columns = set(adjacency_lists[first]), set(adjacency_lists[second])
        common = first_columns & second_columns
        tradable = [column for column in adjacency_lists[first] if column not in common]
        first_size = len(tradable)
        tradable += [column for column in adjacency_lists[second] if column not in common]
        if first_size and first_size < len(tradable):
            rng.shuffle(tradable)
            adjacency_lists[first] = [*common, *tradable[:first_size]]
            adjacency_lists[second] = [*common, *tradable[first_size:]]
