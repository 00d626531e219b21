"""Compute eigenvector centrality, HITS and PageRank to machine precision."""

from collections.abc import Callable
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, SparseMatrix, largest_eigenpairs
from graph.errors import AnalysisError

__all__ = [
    "MAX_DENSE_SIZE",
    "DegenerateEigenvalue",
    "hits",
    "leading_eigenvector",
    "leading_singular_vectors",
    "pagerank",
    "two_mode_pagerank",
]

MAX_DENSE_SIZE: Final = 400
"""Maximum size of a matrix for which a dense solver is used. For such matrices, it is faster than a sparse solver."""
_MIN_RELATIVE_GAP: Final = 1e-9
_DAMPING: Final = 0.85
_TOLERANCE: Final = 1e-15
_MAX_ITERATIONS: Final = 2000


class DegenerateEigenvalue(Exception):
    """Raised if the largest eigenvalue is zero or has several eigenvectors. The message is shown to users."""


def leading_eigenvector(matrix: SparseMatrix) -> FloatArray:
    """Return the eigenvector that belongs to the largest eigenvalue of a symmetric matrix.

    The eigenvector is non-negative and has the Euclidean norm 1. Raises DegenerateEigenvalue.
    """
    values, vectors = _two_largest_eigenpairs(matrix.shape[0], matrix.dot, matrix.to_dense)
    _check_gap(values)
    return _orient_positive(vectors[:, 0])


def leading_singular_vectors(biadjacency: SparseMatrix) -> tuple[FloatArray, FloatArray]:
    """Return the left and right singular vectors of the largest singular value, non-negative and with norm 1.

    Raises DegenerateEigenvalue.
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
    """Return the hub scores of the rows, followed by the authority scores of the columns.

    The hub scores have sum 1, and the authority scores have sum 1. For a one-mode matrix, both vectors are equal, and
    only one is returned. Raises DegenerateEigenvalue.
    """
    vectors = (leading_eigenvector(matrix),) if one_mode else leading_singular_vectors(matrix)
    return np.concatenate([part / part.sum() for part in vectors])


def pagerank(matrix: SparseMatrix) -> FloatArray:
    """Return the weighted PageRank of a symmetric matrix, with damping 0.85."""
    size, dangling = matrix.shape[0], matrix.row_sums == 0
    transition = _transition(matrix)
    rank = np.full(size, 1.0 / size)
    for _ in range(_MAX_ITERATIONS):
        spread = transition.dot(rank) + rank[dangling].sum() / size
        new = _DAMPING * spread + (1.0 - _DAMPING) / size
        change = float(np.abs(new - rank).sum())
        rank = new
        if change < _TOLERANCE * size:
            return rank
    raise AnalysisError(
        f"PageRank did not converge in {_MAX_ITERATIONS} iterations", hint="report this network to the maintainers"
    )


def _transition(matrix: SparseMatrix) -> SparseMatrix:
    """Return the transition matrix, in which entry (j, i) is the probability of a step from node i to node j.

    The probability is the weight of the tie between i and j, divided by the sum of the weights of the ties of i.
    """
    strengths = matrix.row_sums
    return matrix.scale_rows(np.divide(1.0, strengths, out=np.zeros(len(strengths)), where=strengths > 0)).transpose


def two_mode_pagerank(biadjacency: SparseMatrix) -> FloatArray:
    """Return the weighted PageRank of the rows and then of the columns, with damping 0.85.

    PageRank is the solution of linear equations. The nodes of the larger node set are tied only to nodes of the smaller
    node set, so the larger set can be eliminated from the equations. The few remaining equations are solved directly.
    The smaller node set should have at most `MAX_DENSE_SIZE` nodes.
    """
    rows, columns = biadjacency.shape
    if columns > rows:
        found = two_mode_pagerank(biadjacency.transpose)
        return np.concatenate((found[columns:], found[:columns]))
    to_columns, to_rows = _transition(biadjacency), _transition(biadjacency.transpose)
    # A node without ties leads to all nodes, as a restart does. It only scales the solution.
    reduced = np.eye(columns) - _DAMPING**2 * to_columns.matmul(to_rows).to_dense()
    inflow = 1.0 + _DAMPING * to_columns.dot(np.ones(rows))
    of_columns = np.asarray(np.linalg.solve(reduced, inflow), dtype=np.float64)
    solution = np.concatenate((1.0 + _DAMPING * to_rows.dot(of_columns), of_columns))
    return solution / solution.sum()


def _two_largest_eigenpairs(
    size: int, matvec: Callable[[FloatArray], FloatArray], dense: Callable[[], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return the two largest eigenvalues, descending, and their eigenvectors.

    For a matrix of size 1, only one eigenvalue is returned.
    """
    if size > MAX_DENSE_SIZE:
        return largest_eigenpairs(size, matvec, 2)
    values, vectors = np.linalg.eigh(dense())
    return values[::-1][:2], vectors[:, ::-1][:, :2]


def _check_gap(values: FloatArray) -> None:
    if not len(values) or values[0] <= 0:
        raise DegenerateEigenvalue("the network has no ties")
    if len(values) > 1 and values[1] > values[0] * (1 - _MIN_RELATIVE_GAP):
        raise DegenerateEigenvalue("two components of the network have the same largest eigenvalue")


def _orient_positive(vector: FloatArray) -> FloatArray:
    """Return the vector with its sign chosen so that no entry is negative. Negative rounding errors become 0.

    By the Perron–Frobenius theorem, the leading eigenvector has such a sign.
    """
    oriented = vector if vector.sum() >= 0 else -vector
    return np.where(oriented > 0, oriented, 0.0)
