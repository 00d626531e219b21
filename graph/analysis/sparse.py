"""Typed wrapper of the parts of SciPy that the analyses use.

Only this module imports SciPy, because SciPy has no type annotations. SciPy and NetworkX are imported inside functions,
because their import takes a second and the server process does not need them.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false

from collections.abc import Callable
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from graph.errors import AnalysisError

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "SparseMatrix",
    "TextArray",
    "bools",
    "close_pairs",
    "connected_components",
    "floats",
    "ints",
    "largest_eigenpairs",
    "log_factorials",
    "minimize_binary",
    "normal_cdf",
]

_INFEASIBLE: Final = 2
"""The status that `scipy.optimize.milp` returns if no values fulfil the constraints."""

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
TextArray: TypeAlias = NDArray[np.object_]
"""An array of texts or tuples. An unknown value is None."""


def ints(array: IntArray) -> list[int]:
    """Convert an array to a list of Python integers."""
    return cast("list[int]", array.tolist())


def floats(array: FloatArray) -> list[float]:
    """Convert an array to a list of Python floats."""
    return cast("list[float]", array.tolist())


def bools(array: BoolArray) -> list[bool]:
    """Convert an array to a list of Python booleans."""
    return cast("list[bool]", array.tolist())


class SparseMatrix:
    """An immutable sparse matrix of floats in compressed sparse row (CSR) format.

    The column indices of each row are sorted and unique. An entry is a stored value of the matrix.
    """

    def __init__(self, matrix: Any) -> None:
        """Wrap a `csr_array`. Only this module calls the constructor."""
        self._matrix = matrix

    @classmethod
    def from_entries(
        cls, rows: IntArray, columns: IntArray, values: FloatArray, shape: tuple[int, int]
    ) -> "SparseMatrix":
        """Build a matrix from entries. Entries with the same row and column are summed."""
        from scipy.sparse import csr_array

        matrix = csr_array((values, (rows, columns)), shape=shape)
        matrix.sum_duplicates()
        return cls(matrix)

    @property
    def shape(self) -> tuple[int, int]:
        return cast("tuple[int, int]", self._matrix.shape)

    @property
    def nnz(self) -> int:
        """The number of stored entries."""
        return int(self._matrix.nnz)

    @property
    def row_starts(self) -> IntArray:
        """The index of the first entry of each row, followed by the total number of entries."""
        return np.asarray(self._matrix.indptr, dtype=np.int64)

    @property
    def columns(self) -> IntArray:
        """The column index of each entry."""
        return np.asarray(self._matrix.indices, dtype=np.int64)

    @property
    def rows(self) -> IntArray:
        """The row index of each entry."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(self.row_starts))

    @property
    def values(self) -> FloatArray:
        """The value of each entry."""
        return np.asarray(self._matrix.data, dtype=np.float64)

    @property
    def row_sums(self) -> FloatArray:
        return np.asarray(self._matrix.sum(axis=1), dtype=np.float64).ravel()

    @property
    def row_counts(self) -> IntArray:
        """The number of entries in each row."""
        return np.diff(self.row_starts)

    def kth_columns(self, rows: int, position: int) -> IntArray:
        """Return an array with the column index of one entry of each row: the entry number `position`, counted from 0.

        Only the first `rows` rows are used. Each of them must have more than `position` entries.
        """
        return cast("IntArray", self._matrix.indices[self._matrix.indptr[:rows] + position])

    @property
    def transpose(self) -> "SparseMatrix":
        matrix = self._matrix.T.tocsr()
        matrix.sort_indices()
        return SparseMatrix(matrix)

    def to_dense(self) -> FloatArray:
        return cast("FloatArray", self._matrix.toarray())

    def select_rows(self, first: int, last: int) -> "SparseMatrix":
        """Return the rows from `first` to `last` − 1."""
        return SparseMatrix(self._matrix[first:last])

    def keep_rows(self, is_kept: BoolArray) -> "SparseMatrix":
        """Return a matrix of the same shape that has only the entries of the rows for which the mask is true."""
        kept = is_kept[self.rows]
        return SparseMatrix.from_entries(self.rows[kept], self.columns[kept], self.values[kept], self.shape)

    def rows_to_dense(self, first: int, last: int) -> FloatArray:
        """Return the rows from `first` to `last` − 1 as a dense matrix."""
        return cast("FloatArray", self._matrix[first:last].toarray())

    def dot(self, right: FloatArray) -> FloatArray:
        """Return the product with a dense vector or matrix."""
        return cast("FloatArray", self._matrix @ right)

    def matmul(self, other: "SparseMatrix") -> "SparseMatrix":
        """Return the product with a sparse matrix."""
        matrix = (self._matrix @ other._matrix).tocsr()
        matrix.sort_indices()
        return SparseMatrix(matrix)

    def scale_rows(self, factors: FloatArray) -> "SparseMatrix":
        """Return a matrix with each row multiplied by its factor."""
        return self.with_values(self.values * np.repeat(factors, self.row_counts))

    def with_values(self, values: FloatArray) -> "SparseMatrix":
        """Return a copy of this matrix whose entries have the new values `values`, in the stored order."""
        return SparseMatrix(type(self._matrix)((values, self._matrix.indices, self._matrix.indptr), shape=self.shape))

    def permute(self, order: IntArray) -> "SparseMatrix":
        """Return this square matrix with both its rows and its columns in the order `order`."""
        matrix = self._matrix[order][:, order].tocsr()
        matrix.sort_indices()
        return SparseMatrix(matrix)

    def to_scipy(self) -> Any:
        """Return the underlying `csr_array`."""
        return self._matrix


def connected_components(matrix: SparseMatrix) -> IntArray:
    """For each node of a symmetric matrix, return the number that identifies the node's connected component.

    The components are numbered from 0.
    """
    from scipy.sparse import csgraph

    if matrix.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    _, labels = csgraph.connected_components(matrix.to_scipy(), directed=False)
    return np.asarray(labels, dtype=np.int64)


def close_pairs(positions: FloatArray, distance: float) -> tuple[IntArray, IntArray]:
    """Return the pairs of points that are at most `distance` apart. The pairs are sorted.

    The result consists of two arrays: the indices of the first points and the indices of the second points.
    """
    from scipy.spatial import cKDTree

    pairs = np.asarray(cast("Any", cKDTree)(positions).query_pairs(distance, output_type="ndarray"), dtype=np.int64)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    return pairs[:, 0], pairs[:, 1]


def largest_eigenpairs(
    size: int, matvec: Callable[[FloatArray], FloatArray], count: int
) -> tuple[FloatArray, FloatArray]:
    """Return the `count` largest eigenvalues of a symmetric operator, descending, and their eigenvectors as columns.

    `matvec` returns the product of the operator and a vector. The result is accurate to machine precision. `count` must
    be less than `size`.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = cast("Any", LinearOperator)((size, size), matvec=matvec, dtype=np.float64)
    start = np.full(size, 1.0 / np.sqrt(size))
    values, vectors = eigsh(operator, k=count, which="LA", v0=start, tol=0)
    descending = np.argsort(-values)
    return np.asarray(values[descending]), np.asarray(vectors[:, descending])


def log_factorials(maximum: int) -> FloatArray:
    """Return the natural logarithms of 0!, 1!, …, `maximum`!."""
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange(maximum + 1, dtype=np.float64) + 1.0), dtype=np.float64)


def normal_cdf(x: FloatArray) -> FloatArray:
    """Return the cumulative distribution function of the standard normal distribution."""
    from scipy.special import ndtr

    return np.asarray(ndtr(x), dtype=np.float64)


def minimize_binary(
    objective: FloatArray, constraints: SparseMatrix, lower: FloatArray, largest: FloatArray, *, binary: int
) -> FloatArray | None:
    """Return the variables that minimise a linear objective, or None if no values fulfil the constraints.

    - `objective`: the coefficients of the objective.
    - `largest`: the maximum of each variable. The minimum is 0.
    - `binary`: the number of variables that must be integers. They come before all other variables.
    - `constraints`, `lower`: the product of `constraints` and the variables must be at least `lower` in every row.

    The problem is solved to optimality with HiGHS (Huangfu and Hall 2018, doi:10.1007/s12532-017-0130-5). Raises
    AnalysisError if the solver fails.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    result: Any = milp(
        objective,
        integrality=np.arange(len(objective)) < binary,
        bounds=cast("Any", Bounds)(0.0, largest),
        constraints=cast("Any", LinearConstraint)(constraints.to_scipy(), lower),
        options={"mip_rel_gap": 0.0},
    )
    if result.status == _INFEASIBLE:
        return None
    if result.status != 0:
        raise AnalysisError(f"the problem could not be solved: {result.message}", hint="ask for less")
    return np.asarray(result.x, dtype=np.float64)
