"""Compute distances and betweenness from the shortest paths between all nodes.

This NumPy and SciPy code was the fastest of the implementations that were measured (`bench/analysis.py`). The distance
search uses one bit for each pair of nodes. Betweenness uses Brandes's algorithm (2001,
doi:10.1080/0022250X.2001.9990249) for a few hundred sources at the same time: each level of the breadth-first search is
a product of a sparse and a dense matrix. In a two-mode network, the levels alternate between the two modes, so the
dense matrix has the nodes of only one mode.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray, SparseMatrix
from graph.progress import ProgressCallback, no_progress

__all__ = ["Distances", "betweenness", "shortest_path_distances", "two_mode_betweenness"]

_WORD_BITS: Final = 64
_MAX_BLOCK_CELLS: Final = 1_500_000
"""Maximum number of floats in a dense block of the search (12 MB). This size was the fastest in measurements."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Statistics of the distances, in hops, from each node to all nodes that can be reached from it.

    - `reachable`: for each node, the number of nodes that can be reached from it.
    - `distance_sum`: for each node, the sum of the distances to these nodes.
    - `inverse_distance_sum`: for each node, the sum of the reciprocals of these distances.
    - `eccentricity`: for each node, the greatest of these distances.
    - `pair_counts`: `pair_counts[d]` is the number of ordered pairs of nodes at distance `d`.
    """

    reachable: IntArray
    distance_sum: IntArray
    inverse_distance_sum: FloatArray
    eccentricity: IntArray
    pair_counts: tuple[int, ...]


def shortest_path_distances(matrix: SparseMatrix) -> Distances:
    """Compute the distances in hops between all nodes of a symmetric matrix. Weights are ignored.

    The running time is O(ties × nodes / 64 × diameter).
    """
    size = matrix.shape[0]
    order = np.argsort(-matrix.row_counts, kind="stable")
    by_degree = matrix.permute(order)
    degrees = by_degree.row_counts
    # Number of nodes that have a k-th neighbour. These nodes are the first rows, because degrees are descending.
    rows_with_kth = np.searchsorted(-degrees, -np.arange(1, (degrees[0] if size else 0) + 1), side="right")
    nodes = np.arange(size)
    visited = np.zeros((size, (size + _WORD_BITS - 1) // _WORD_BITS), dtype=np.uint64)
    visited[nodes, nodes // _WORD_BITS] = np.left_shift(np.uint64(1), (nodes % _WORD_BITS).astype(np.uint64))
    frontier = visited.copy()
    reachable, distance_sum, eccentricity = (np.zeros(size, dtype=np.int64) for _ in range(3))
    inverse_distance_sum = np.zeros(size)
    pair_counts = [size]
    while True:
        new = np.zeros_like(frontier)
        for k, row_count in enumerate(rows_with_kth):
            new[:row_count] |= frontier[by_degree.kth_columns(row_count, k)]
        new &= ~visited
        new_counts = np.bitwise_count(new).sum(axis=1, dtype=np.int64)
        if not new_counts.any():
            break
        level = len(pair_counts)
        visited |= new
        frontier = new
        pair_counts.append(int(new_counts.sum()))
        reachable += new_counts
        distance_sum += level * new_counts
        inverse_distance_sum += new_counts / level
        eccentricity[new_counts > 0] = level
    original_order = np.argsort(order)
    return Distances(
        reachable[original_order],
        distance_sum[original_order],
        inverse_distance_sum[original_order],
        eccentricity[original_order],
        tuple(pair_counts),
    )


def two_mode_betweenness(
    biadjacency: SparseMatrix, on_progress: ProgressCallback = no_progress
) -> tuple[FloatArray, FloatArray]:
    """Return the betweenness of the row nodes and of the column nodes, without normalisation.

    The betweenness is a sum over all unordered pairs of nodes. Each node of a pair can be a row node or a column node.
    """
    transpose = biadjacency.transpose
    row_count, node_count = biadjacency.shape[0], sum(biadjacency.shape)
    rows, columns = _dependencies(biadjacency, transpose, lambda done, _: on_progress(done, node_count))
    more_columns, more_rows = _dependencies(
        transpose, biadjacency, lambda done, _: on_progress(row_count + done, node_count)
    )
    return (rows + more_rows) / 2, (columns + more_columns) / 2


def betweenness(matrix: SparseMatrix, on_progress: ProgressCallback = no_progress) -> FloatArray:
    """Return the betweenness of the nodes of a symmetric matrix, without normalisation.

    The betweenness is a sum over all unordered pairs of nodes. Tie weights are ignored.
    """
    unweighted = matrix.with_values(np.ones(matrix.nnz))
    return _dependencies(unweighted, unweighted, on_progress)[0] / 2


def _dependencies(
    matrix: SparseMatrix, transpose: SparseMatrix, on_progress: ProgressCallback
) -> tuple[FloatArray, FloatArray]:
    """Return, for each node, the sum of Brandes's dependencies of all row nodes on this node.

    The dependency of a source on a node is the part of the node's betweenness that comes from the shortest paths from
    this source. The result consists of two arrays: the sums for the row nodes, and the sums for the column nodes. If
    `matrix` and `transpose` are the same object, the graph has one node set, and its rows and columns are the same
    nodes.
    """
    row_count, column_count = matrix.shape
    one_mode = matrix is transpose
    row_sums = np.zeros(row_count)
    column_sums = row_sums if one_mode else np.zeros(column_count)
    width = max(16, min(512, _MAX_BLOCK_CELLS // max(row_count, column_count, 1)))
    for first in range(0, row_count, width):
        sources = np.arange(first, min(first + width, row_count))
        levels = _search(matrix, transpose, sources, one_mode=one_mode)
        _accumulate(matrix, transpose, levels, row_sums, column_sums)
        on_progress(int(sources[-1]) + 1, row_count)
    return row_sums, column_sums


def _search(matrix: SparseMatrix, transpose: SparseMatrix, sources: IntArray, *, one_mode: bool) -> list[FloatArray]:
    """Return a list of matrices, one for each distance from the sources: 0, 1, 2, and so on.

    An entry is the number of shortest paths to a node (row) from a source (column), or 0 if the node is not at this
    distance from the source. For an even distance, the rows of the matrix are the row nodes. For an odd distance, they
    are the column nodes.
    """
    frontier = np.zeros((matrix.shape[0], len(sources)))
    frontier[sources, np.arange(len(sources))] = 1.0
    visited_rows = frontier > 0
    visited_columns = visited_rows if one_mode else np.zeros((matrix.shape[1], len(sources)), dtype=np.bool_)
    levels = [frontier]
    while True:
        even = len(levels) % 2 == 0
        frontier = (matrix if even else transpose).dot(frontier)
        visited = visited_rows if even else visited_columns
        frontier[visited] = 0.0
        new = frontier > 0
        if not new.any():
            return levels
        visited |= new
        levels.append(frontier)


def _accumulate(
    matrix: SparseMatrix,
    transpose: SparseMatrix,
    levels: list[FloatArray],
    row_sums: FloatArray,
    column_sums: FloatArray,
) -> None:
    """Add Brandes's dependencies to `row_sums` and `column_sums`, from the greatest distance back to the sources.

    A dependency is the part of a node's betweenness that comes from the shortest paths from one source. `levels` are
    the matrices that `_search` returns, one for each distance.
    """
    dependency = np.zeros_like(levels[-1])
    for level in range(len(levels) - 1, 1, -1):
        paths = levels[level]
        share = np.zeros_like(paths)
        np.divide(1.0 + dependency, paths, out=share, where=paths > 0)
        dependency = (transpose if level % 2 == 0 else matrix).dot(share)
        dependency *= levels[level - 1]
        sums = column_sums if level % 2 == 0 else row_sums
        sums += dependency.sum(axis=1)
