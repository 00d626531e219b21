"""Compute core numbers, and the structural hole measures of Burt: constraint and effective size."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray, SparseMatrix

__all__ = ["constraint", "core_numbers", "effective_size", "two_mode_constraint"]

_MAX_BLOCK_CELLS: Final = 4_000_000
"""Maximum number of floats in a dense block."""
_MIN_DENSE_SHARE: Final = 0.02
_MAX_DENSE_SIZE: Final = 8000
"""Maximum number of nodes for which a matrix is converted to a dense matrix.

A smaller matrix is converted only if more than `_MIN_DENSE_SHARE` of its entries are not zero.
"""


def core_numbers(matrix: SparseMatrix) -> FloatArray:
    """Return the core number of each node of a symmetric matrix: the largest k such that the node is in the k-core.

    Weights are ignored.
    """
    degrees, starts, columns = matrix.row_counts, matrix.row_starts, matrix.columns
    sizes, core = degrees.copy(), np.zeros(len(degrees))
    remaining = np.arange(len(degrees))
    k = 0
    while remaining.size:
        of_remaining = degrees[remaining]
        k = max(k, int(of_remaining.min()))
        shell, remaining = remaining[of_remaining <= k], remaining[of_remaining > k]
        core[shell] = k
        counts = sizes[shell]
        before = np.cumsum(counts) - counts
        entries: IntArray = np.arange(int(counts.sum())) + np.repeat(starts[shell] - before, counts)
        degrees -= np.bincount(columns[entries], minlength=len(degrees))
    return core


def constraint(matrix: SparseMatrix) -> FloatArray:
    """Return Burt's constraint of each node of a symmetric weight matrix. NaN for nodes without ties."""
    proportions = matrix.scale_rows(_reciprocal(matrix.row_sums))
    values = np.full(matrix.shape[0], np.nan)
    for rows, direct, indirect in _two_step_blocks(proportions, proportions):
        values[rows] = np.where(direct > 0, (direct + indirect) ** 2, 0.0).sum(axis=1)
    return _mask_isolates(values, matrix)


def two_mode_constraint(matrix: SparseMatrix) -> FloatArray:
    """Return Burt's constraint of each node of a two-mode network, given its weight matrix. NaN for nodes without ties.

    In a two-mode network, the neighbours of a node are not tied to each other. Therefore only the direct ties of a node
    constrain it.
    """
    proportions = matrix.scale_rows(_reciprocal(matrix.row_sums))
    return _mask_isolates(proportions.with_values(proportions.values**2).row_sums, matrix)


def effective_size(matrix: SparseMatrix) -> FloatArray:
    """Return Burt's effective size of each node of a symmetric weight matrix. NaN for nodes without ties."""
    maxima = np.zeros(matrix.shape[0])
    np.maximum.at(maxima, matrix.rows, matrix.values)
    proportions = matrix.scale_rows(_reciprocal(matrix.row_sums))
    marginal = matrix.scale_rows(_reciprocal(maxima)).transpose
    values = np.full(matrix.shape[0], np.nan)
    for rows, direct, redundant in _two_step_blocks(proportions, marginal):
        values[rows] = np.where(direct > 0, 1.0 - redundant, 0.0).sum(axis=1)
    return _mask_isolates(values, matrix)


def _two_step_blocks(left: SparseMatrix, right: SparseMatrix) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
    """Yield the product `left` · `right` in blocks of consecutive rows.

    A block is a tuple: the slice of row indices, these rows of `left`, and these rows of the product. The matrices are
    dense.
    """
    size = left.shape[0]
    height = max(1, _MAX_BLOCK_CELLS // max(size, 1))
    # A dense product is several times faster if the matrix has many entries.
    dense_right = right.to_dense() if right.nnz > _MIN_DENSE_SHARE * size * size and size <= _MAX_DENSE_SIZE else None
    transpose = right.transpose
    for first in range(0, size, height):
        block = left.rows_to_dense(first, first + height)
        product = transpose.dot(np.ascontiguousarray(block.T)).T if dense_right is None else block @ dense_right
        yield slice(first, first + height), block, product


def _reciprocal(values: FloatArray) -> FloatArray:
    return np.divide(1.0, values, out=np.zeros(len(values)), where=values > 0)


def _mask_isolates(values: FloatArray, matrix: SparseMatrix) -> FloatArray:
    return np.where(matrix.row_counts > 0, values, np.nan)
