"""Measures that are eigenvectors, to machine precision."""

from collections.abc import Callable
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, SparseMatrix, largest_eigenpairs
from graph.errors import AnalysisError

__all__ = ["DegenerateEigenvalue", "hits", "leading_eigenvector", "leading_singular_vectors", "pagerank"]

_MAX_DENSE_SIZE: Final = 400
"""Up to this size a dense solver is the faster one."""
_MIN_RELATIVE_GAP: Final = 1e-9
_DAMPING: Final = 0.85
_TOLERANCE: Final = 1e-15
_MAX_ITERATIONS: Final = 2000


class DegenerateEigenvalue(Exception):
    """The largest eigenvalue belongs to several vectors, or is zero; the message says so to a reader."""


def leading_eigenvector(matrix: SparseMatrix) -> FloatArray:
    """The eigenvector of the largest eigenvalue of a symmetric matrix: not negative, Euclidean norm 1.

    Raises NotUnique.
    """
    values, vectors = _two_largest_eigenpairs(matrix.shape[0], matrix.dot, matrix.to_dense)
    _check_gap(values)
    return _orient_positive(vectors[:, 0])


def leading_singular_vectors(biadjacency: SparseMatrix) -> tuple[FloatArray, FloatArray]:
    """The singular vectors of the largest singular value, for rows and columns; each as `leading_vector` gives it.

    Raises NotUnique.
    """
    if biadjacency.shape[0] > biadjacency.shape[1]:
        columns, rows = leading_singular_vectors(biadjacency.transpose)
        return rows, columns
    transpose = biadjacency.transpose

    def matvec(vector: FloatArray) -> FloatArray:
        return biadjacency.dot(transpose.dot(vector))

    values, vectors = _two_largest_eigenpairs(
        biadjacency.shape[0], matvec, lambda: biadjacency.matmul(transpose).to_dense()
    )
    _check_gap(values)
    rows = _orient_positive(vectors[:, 0])
    columns = transpose.dot(rows)
    return rows, columns / np.linalg.norm(columns)


def hits(matrix: SparseMatrix, *, one_mode: bool) -> FloatArray:
    """Hub scores of the rows and authority scores of the columns, each adding up to 1; of one mode, a score each.

    Raises NotUnique.
    """
    vectors = (leading_eigenvector(matrix),) if one_mode else leading_singular_vectors(matrix)
    return np.concatenate([part / part.sum() for part in vectors])


def pagerank(matrix: SparseMatrix) -> FloatArray:
    """PageRank with damping 0.85 of a symmetric matrix, weights counted."""
    size, strengths = matrix.shape[0], matrix.row_sums
    dangling = strengths == 0
    transition = matrix.scale_rows(np.divide(1.0, strengths, out=np.zeros(size), where=~dangling)).transpose
    rank = np.full(size, 1.0 / size)
    for _ in range(_MAX_ITERATIONS):
        spread = transition.dot(rank) + rank[dangling].sum() / size
        new = _DAMPING * spread + (1.0 - _DAMPING) / size
        change = float(np.abs(new - rank).sum())
        rank = new
        if change < _TOLERANCE * size:
            return rank
    raise AnalysisError(
        f"PageRank did not settle within {_MAX_ITERATIONS} steps", hint="tell the maintainers of this network"
    )


def _two_largest_eigenpairs(
    size: int, matvec: Callable[[FloatArray], FloatArray], dense: Callable[[], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The two largest eigenvalues, falling, with their vectors; one where there is only one."""
    if size > _MAX_DENSE_SIZE:
        return largest_eigenpairs(size, matvec, 2)
    values, vectors = np.linalg.eigh(dense())
    return values[::-1][:2], vectors[:, ::-1][:, :2]


def _check_gap(values: FloatArray) -> None:
    if not len(values) or values[0] <= 0:
        raise DegenerateEigenvalue("there are no ties")
    if len(values) > 1 and values[1] > values[0] * (1 - _MIN_RELATIVE_GAP):
        raise DegenerateEigenvalue("parts of the network that are not connected tie for the largest eigenvalue")


def _orient_positive(vector: FloatArray) -> FloatArray:
    """The vector with the sign that makes it positive; by Perron and Frobenius the rest is rounding."""
    oriented = vector if vector.sum() >= 0 else -vector
    return np.where(oriented > 0, oriented, 0.0)
