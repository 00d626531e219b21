"""Measures that are eigenvectors, to machine precision."""

from collections.abc import Callable
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, Sparse, top_eigenpairs
from graph.errors import AnalysisError

__all__ = ["DegenerateEigenvalue", "hits", "leading_pair", "leading_vector", "pagerank"]

_DENSE: Final = 400
"""Up to this size a dense solver is the faster one."""
_GAP: Final = 1e-9
_DAMPING: Final = 0.85
_TOLERANCE: Final = 1e-15
_STEPS: Final = 2000


class DegenerateEigenvalue(Exception):
    """The largest eigenvalue belongs to several vectors, or is zero; the message says so to a reader."""


def leading_vector(matrix: Sparse) -> FloatArray:
    """The eigenvector of the largest eigenvalue of a symmetric matrix: not negative, Euclidean norm 1.

    Raises NotUnique.
    """
    values, vectors = _top(matrix.shape[0], matrix.times, matrix.dense)
    _expect_gap(values)
    return _positive(vectors[:, 0])


def leading_pair(incidence: Sparse) -> tuple[FloatArray, FloatArray]:
    """The singular vectors of the largest singular value, for rows and columns; each as `leading_vector` gives it.

    Raises NotUnique.
    """
    if incidence.shape[0] > incidence.shape[1]:
        columns, rows = leading_pair(incidence.transposed)
        return rows, columns
    transposed = incidence.transposed

    def times(vector: FloatArray) -> FloatArray:
        return incidence.times(transposed.times(vector))

    values, vectors = _top(incidence.shape[0], times, lambda: incidence.product(transposed).dense())
    _expect_gap(values)
    rows = _positive(vectors[:, 0])
    columns = transposed.times(rows)
    return rows, columns / np.linalg.norm(columns)


def hits(matrix: Sparse, *, one_mode: bool) -> FloatArray:
    """Hub scores of the rows and authority scores of the columns, each adding up to 1; of one mode, a score each.

    Raises NotUnique.
    """
    parts = (leading_vector(matrix),) if one_mode else leading_pair(matrix)
    return np.concatenate([part / part.sum() for part in parts])


def pagerank(matrix: Sparse) -> FloatArray:
    """PageRank with damping 0.85 of a symmetric matrix, weights counted."""
    size, strengths = matrix.shape[0], matrix.row_sums
    dangling = strengths == 0
    shares = matrix.scaled(np.divide(1.0, strengths, out=np.zeros(size), where=~dangling)).transposed
    rank = np.full(size, 1.0 / size)
    for _ in range(_STEPS):
        led = shares.times(rank) + rank[dangling].sum() / size
        new = _DAMPING * led + (1.0 - _DAMPING) / size
        moved = float(np.abs(new - rank).sum())
        rank = new
        if moved < _TOLERANCE * size:
            return rank
    raise AnalysisError(f"PageRank did not settle within {_STEPS} steps", hint="tell the maintainers of this network")


def _top(
    size: int, times: Callable[[FloatArray], FloatArray], dense: Callable[[], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The two largest eigenvalues, falling, with their vectors; one where there is only one."""
    if size > _DENSE:
        return top_eigenpairs(size, times, 2)
    values, vectors = np.linalg.eigh(dense())
    return values[::-1][:2], vectors[:, ::-1][:, :2]


def _expect_gap(values: FloatArray) -> None:
    if not len(values) or values[0] <= 0:
        raise DegenerateEigenvalue("there are no ties")
    if len(values) > 1 and values[1] > values[0] * (1 - _GAP):
        raise DegenerateEigenvalue("parts of the network that are not connected tie for the largest eigenvalue")


def _positive(vector: FloatArray) -> FloatArray:
    """The vector with the sign that makes it positive; by Perron and Frobenius the rest is rounding."""
    turned = vector if vector.sum() >= 0 else -vector
    return np.where(turned > 0, turned, 0.0)
