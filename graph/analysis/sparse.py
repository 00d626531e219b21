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
    "Sparse",
    "bools",
    "components",
    "floats",
    "ints",
    "log_factorials",
    "normal_below",
    "top_eigenpairs",
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


class Sparse:
    """A matrix of floats by compressed rows; each row's columns ascend and stand once. Never changed in place."""

    def __init__(self, matrix: Any) -> None:
        """For the functions of this module: `matrix` is a `csr_array`."""
        self._matrix = matrix

    @classmethod
    def of(cls, rows: IntArray, columns: IntArray, values: FloatArray, shape: tuple[int, int]) -> "Sparse":
        """The matrix with these entries; those that stand in one place are added up."""
        from scipy.sparse import csr_array

        matrix = csr_array((values, (rows, columns)), shape=shape)
        matrix.sum_duplicates()
        return cls(matrix)

    @property
    def shape(self) -> tuple[int, int]:
        return cast("tuple[int, int]", self._matrix.shape)

    @property
    def stored(self) -> int:
        """How many entries are stored."""
        return int(self._matrix.nnz)

    @property
    def starts(self) -> IntArray:
        """Where each row's entries begin, and where the last one's end."""
        return np.asarray(self._matrix.indptr, dtype=np.int64)

    @property
    def columns(self) -> IntArray:
        """The column of each entry."""
        return np.asarray(self._matrix.indices, dtype=np.int64)

    @property
    def rows(self) -> IntArray:
        """The row of each entry."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(self.starts))

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
        return np.diff(self.starts)

    def columns_at(self, rows: int, place: int) -> IntArray:
        """Of each of the first `rows` rows, the column of its entry number `place`; each must have that many."""
        return cast("IntArray", self._matrix.indices[self._matrix.indptr[:rows] + place])

    @property
    def transposed(self) -> "Sparse":
        matrix = self._matrix.T.tocsr()
        matrix.sort_indices()
        return Sparse(matrix)

    def dense(self) -> FloatArray:
        return cast("FloatArray", self._matrix.toarray())

    def dense_rows(self, first: int, last: int) -> FloatArray:
        """The rows from `first` up to, without, `last`."""
        return cast("FloatArray", self._matrix[first:last].toarray())

    def times(self, right: FloatArray) -> FloatArray:
        """The product with a vector or a dense matrix."""
        return cast("FloatArray", self._matrix @ right)

    def product(self, right: "Sparse") -> "Sparse":
        matrix = (self._matrix @ right._matrix).tocsr()
        matrix.sort_indices()
        return Sparse(matrix)

    def scaled(self, by_row: FloatArray) -> "Sparse":
        """The matrix with each row multiplied by its number."""
        return self.with_values(self.values * np.repeat(by_row, self.row_counts))

    def with_values(self, values: FloatArray) -> "Sparse":
        """The same places with other values, in the order of `values`."""
        return Sparse(type(self._matrix)((values, self._matrix.indices, self._matrix.indptr), shape=self.shape))

    def rearranged(self, order: IntArray) -> "Sparse":
        """A square matrix with its rows and columns in another order."""
        matrix = self._matrix[order][:, order].tocsr()
        matrix.sort_indices()
        return Sparse(matrix)

    def operator(self) -> Any:
        return self._matrix


def components(matrix: Sparse) -> IntArray:
    """The number of the connected component of each node of a symmetric matrix, from 0."""
    from scipy.sparse import csgraph

    if matrix.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    _, labels = csgraph.connected_components(matrix.operator(), directed=False)
    return np.asarray(labels, dtype=np.int64)


def top_eigenpairs(size: int, times: Callable[[FloatArray], FloatArray], count: int) -> tuple[FloatArray, FloatArray]:
    """The largest eigenvalues of a symmetric operator, falling, and their vectors as columns; to machine precision.

    `count` must be less than `size`.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = cast("Any", LinearOperator)((size, size), matvec=times, dtype=np.float64)
    start = np.full(size, 1.0 / np.sqrt(size))
    values, vectors = eigsh(operator, k=count, which="LA", v0=start, tol=0)
    falling = np.argsort(-values)
    return np.asarray(values[falling]), np.asarray(vectors[:, falling])


def log_factorials(largest: int) -> FloatArray:
    """The natural logarithms of 0! to `largest`!."""
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange(largest + 1, dtype=np.float64) + 1.0), dtype=np.float64)


def normal_below(x: FloatArray) -> FloatArray:
    """The standard normal distribution function."""
    from scipy.special import ndtr

    return np.asarray(ndtr(x), dtype=np.float64)
