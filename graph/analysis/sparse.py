"""Sparse matrices: the little of `scipy.sparse` that the analyses need, with types.

The only module that touches SciPy, which comes without type annotations. It is imported where it is used, as NetworkX
is: the server needs neither, since analyses run in a process of their own, and both take a second to import.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false

from collections.abc import Callable
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BoolArray",
    "FloatArray",
    "IntArray",
    "SparseMatrix",
    "bools",
    "connected_components",
    "floats",
    "ints",
    "largest_eigenpairs",
    "log_factorials",
    "normal_cdf",
]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]


def ints(array: IntArray) -> list[int]:
    """The numbers as Python's own."""
    return cast("list[int]", array.tolist())


def floats(array: FloatArray) -> list[float]:
    """The numbers as Python's own."""
    return cast("list[float]", array.tolist())


def bools(array: BoolArray) -> list[bool]:
    """The values as Python's own."""
    return cast("list[bool]", array.tolist())


class SparseMatrix:
    """A matrix of floats by compressed rows; each row's columns ascend and stand once. Never changed in place."""

    def __init__(self, matrix: Any) -> None:
        """For the functions of this module: `matrix` is a `csr_array`."""
        self._matrix = matrix

    @classmethod
    def from_entries(
        cls, rows: IntArray, columns: IntArray, values: FloatArray, shape: tuple[int, int]
    ) -> "SparseMatrix":
        """The matrix with these entries; those that stand in one place are added up."""
        from scipy.sparse import csr_array

        matrix = csr_array((values, (rows, columns)), shape=shape)
        matrix.sum_duplicates()
        return cls(matrix)

    @property
    def shape(self) -> tuple[int, int]:
        return cast("tuple[int, int]", self._matrix.shape)

    @property
    def nnz(self) -> int:
        """How many entries are stored."""
        return int(self._matrix.nnz)

    @property
    def row_starts(self) -> IntArray:
        """Where each row's entries begin, and where the last one's end."""
        return np.asarray(self._matrix.indptr, dtype=np.int64)

    @property
    def columns(self) -> IntArray:
        """The column of each entry."""
        return np.asarray(self._matrix.indices, dtype=np.int64)

    @property
    def rows(self) -> IntArray:
        """The row of each entry."""
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
        """How many entries each row has."""
        return np.diff(self.row_starts)

    def kth_columns(self, rows: int, position: int) -> IntArray:
        """Of each of the first `rows` rows, the column of its entry number `place`; each must have that many."""
        return cast("IntArray", self._matrix.indices[self._matrix.indptr[:rows] + position])

    @property
    def transpose(self) -> "SparseMatrix":
        matrix = self._matrix.T.tocsr()
        matrix.sort_indices()
        return SparseMatrix(matrix)

    def to_dense(self) -> FloatArray:
        return cast("FloatArray", self._matrix.toarray())

    def rows_to_dense(self, first: int, last: int) -> FloatArray:
        """The rows from `first` up to, without, `last`."""
        return cast("FloatArray", self._matrix[first:last].toarray())

    def dot(self, right: FloatArray) -> FloatArray:
        """The product with a vector or a dense matrix."""
        return cast("FloatArray", self._matrix @ right)

    def matmul(self, other: "SparseMatrix") -> "SparseMatrix":
        matrix = (self._matrix @ other._matrix).tocsr()
        matrix.sort_indices()
        return SparseMatrix(matrix)

    def scale_rows(self, factors: FloatArray) -> "SparseMatrix":
        """The matrix with each row multiplied by its number."""
        return self.with_values(self.values * np.repeat(factors, self.row_counts))

    def with_values(self, values: FloatArray) -> "SparseMatrix":
        """The same places with other values, in the order of `values`."""
        return SparseMatrix(type(self._matrix)((values, self._matrix.indices, self._matrix.indptr), shape=self.shape))

    def permute(self, order: IntArray) -> "SparseMatrix":
        """A square matrix with its rows and columns in another order."""
        matrix = self._matrix[order][:, order].tocsr()
        matrix.sort_indices()
        return SparseMatrix(matrix)

    def to_scipy(self) -> Any:
        return self._matrix


def connected_components(matrix: SparseMatrix) -> IntArray:
    """The number of the connected component of each node of a symmetric matrix, from 0."""
    from scipy.sparse import csgraph

    if matrix.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    _, labels = csgraph.connected_components(matrix.to_scipy(), directed=False)
    return np.asarray(labels, dtype=np.int64)


def largest_eigenpairs(
    size: int, matvec: Callable[[FloatArray], FloatArray], count: int
) -> tuple[FloatArray, FloatArray]:
    """The largest eigenvalues of a symmetric operator, falling, and their vectors as columns; to machine precision.

    `count` must be less than `size`.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = cast("Any", LinearOperator)((size, size), matvec=matvec, dtype=np.float64)
    start = np.full(size, 1.0 / np.sqrt(size))
    values, vectors = eigsh(operator, k=count, which="LA", v0=start, tol=0)
    descending = np.argsort(-values)
    return np.asarray(values[descending]), np.asarray(vectors[:, descending])


def log_factorials(maximum: int) -> FloatArray:
    """The natural logarithms of 0! to `largest`!."""
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange(maximum + 1, dtype=np.float64) + 1.0), dtype=np.float64)


def normal_cdf(x: FloatArray) -> FloatArray:
    """The standard normal distribution function."""
    from scipy.special import ndtr

    return np.asarray(ndtr(x), dtype=np.float64)
