"""Cores and structural holes: what the ties among a node's contacts say of it."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, Sparse, ints

__all__ = ["constraint", "core_numbers", "effective_size"]

_CELLS: Final = 4_000_000
"""How many floats a dense block may hold."""
_FILLED: Final = 0.02
_WIDEST: Final = 8000
"""From which share of all pairs, and up to how many nodes, a matrix of 8 bytes for each pair is worth its memory."""


def core_numbers(matrix: Sparse) -> FloatArray:
    """Of each node of a symmetric matrix, the largest k whose k-core it is in; weights are ignored."""
    degrees, starts, columns = matrix.row_counts, matrix.starts, matrix.columns
    core = np.zeros(len(degrees))
    left = np.ones(len(degrees), dtype=np.bool_)
    k = 0
    while left.any():
        k = max(k, int(degrees[left].min()))
        while (shell := np.flatnonzero(left & (degrees <= k))).size:
            core[shell] = k
            left[shell] = False
            np.subtract.at(degrees, np.concatenate([columns[starts[i] : starts[i + 1]] for i in ints(shell)]), 1)
    return core


def constraint(matrix: Sparse) -> FloatArray:
    """Burt's constraint of each node of a symmetric matrix of weights; NaN without ties."""
    shares = matrix.scaled(_inverse(matrix.row_sums))
    values = np.full(matrix.shape[0], np.nan)
    for rows, direct, indirect in _two_steps(shares, shares):
        values[rows] = np.where(direct > 0, (direct + indirect) ** 2, 0.0).sum(axis=1)
    return _defined(values, matrix)


def effective_size(matrix: Sparse) -> FloatArray:
    """Burt's effective size of each node of a symmetric matrix of weights; NaN without ties."""
    strongest = np.zeros(matrix.shape[0])
    np.maximum.at(strongest, matrix.rows, matrix.values)
    shares = matrix.scaled(_inverse(matrix.row_sums))
    marginal = matrix.scaled(_inverse(strongest)).transposed
    values = np.full(matrix.shape[0], np.nan)
    for rows, direct, redundant in _two_steps(shares, marginal):
        values[rows] = np.where(direct > 0, 1.0 - redundant, 0.0).sum(axis=1)
    return _defined(values, matrix)


def _two_steps(left: Sparse, right: Sparse) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Block by block of rows: the rows of `left`, and those of the product `left` · `right`, both dense."""
    size = left.shape[0]
    height = max(1, _CELLS // max(size, 1))
    # Where many are tied, the product of dense matrices is several times faster.
    filled = right.dense() if right.stored > _FILLED * size * size and size <= _WIDEST else None
    turned = right.transposed
    for first in range(0, size, height):
        block = left.dense_rows(first, first + height)
        product = turned.times(np.ascontiguousarray(block.T)).T if filled is None else block @ filled
        yield slice(first, first + height), block, product


def _inverse(values: FloatArray) -> FloatArray:
    return np.divide(1.0, values, out=np.zeros(len(values)), where=values > 0)


def _defined(values: FloatArray, matrix: Sparse) -> FloatArray:
    return np.where(matrix.row_counts > 0, values, np.nan)
