"""Shortest paths of whole networks: distances from all nodes at once, and betweenness.

Written on NumPy and SciPy because that was measured to be the fastest way (`bench/analysis.py`): distances are found
with one bit for each pair of nodes, and betweenness by Brandes's algorithm (2001, doi:10.1080/0022250X.2001.9990249)
for a few hundred sources at once, each level of the search one product of a sparse and a dense matrix. In a two-mode
network the levels alternate between the modes, so that only one half of the matrix takes part in each.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.sparse import FloatArray, IntArray, Sparse

__all__ = ["Distances", "betweenness", "distances", "two_mode_betweenness"]

_WORD: Final = 64
_CELLS: Final = 1_500_000
"""How many floats a dense block of the search may hold: what was fastest, and 12 MB."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Of each node: how many others it reaches, the sum of their distances, of the inverse distances, the greatest.

    `pairs[d]` counts the ordered pairs of nodes at distance `d`.
    """

    reached: IntArray
    total: IntArray
    inverse_total: FloatArray
    eccentricity: IntArray
    pairs: tuple[int, ...]


def distances(matrix: Sparse) -> Distances:
    """The distances in hops between all nodes of a symmetric matrix, values ignored. O(ties × nodes / 64 × levels)."""
    size = matrix.shape[0]
    order = np.argsort(-matrix.row_counts, kind="stable")
    by_degree = matrix.rearranged(order)
    counts = by_degree.row_counts
    # How many nodes have a k-th neighbour: since degrees fall, they are the first ones.
    having = np.searchsorted(-counts, -np.arange(1, (counts[0] if size else 0) + 1), side="right")
    places = np.arange(size)
    seen = np.zeros((size, (size + _WORD - 1) // _WORD), dtype=np.uint64)
    seen[places, places // _WORD] = np.left_shift(np.uint64(1), (places % _WORD).astype(np.uint64))
    front = seen.copy()
    reached, total, furthest = (np.zeros(size, dtype=np.int64) for _ in range(3))
    inverse = np.zeros(size)
    pairs = [size]
    while True:
        new = np.zeros_like(front)
        for k, having_k in enumerate(having):
            new[:having_k] |= front[by_degree.columns_at(having_k, k)]
        new &= ~seen
        found = np.bitwise_count(new).sum(axis=1, dtype=np.int64)
        if not found.any():
            break
        level = len(pairs)
        seen |= new
        front = new
        pairs.append(int(found.sum()))
        reached += found
        total += level * found
        inverse += found / level
        furthest[found > 0] = level
    back = np.argsort(order)
    return Distances(reached[back], total[back], inverse[back], furthest[back], tuple(pairs))


def two_mode_betweenness(
    incidence: Sparse, tell: ProgressCallback = no_progress_callback
) -> tuple[FloatArray, FloatArray]:
    """Betweenness of the rows and of the columns: over unordered pairs of all nodes, without normalisation."""
    transposed = incidence.transposed
    first, steps = incidence.shape[0], sum(incidence.shape)
    rows, columns = _dependencies(incidence, transposed, lambda done, _: tell(done, steps))
    more_columns, more_rows = _dependencies(transposed, incidence, lambda done, _: tell(first + done, steps))
    return (rows + more_rows) / 2, (columns + more_columns) / 2


def betweenness(matrix: Sparse, tell: ProgressCallback = no_progress_callback) -> FloatArray:
    """Betweenness of the nodes of a symmetric matrix, values ignored: over unordered pairs, without normalisation."""
    links = matrix.with_values(np.ones(matrix.stored))
    return _dependencies(links, links, tell)[0] / 2


def _dependencies(own: Sparse, other: Sparse, tell: ProgressCallback) -> tuple[FloatArray, FloatArray]:
    """What every row of `own`, as a source, depends on each node.

    `own` leads from the columns to the rows and `other` (its transpose) from the rows to the columns; where they are
    one and the same matrix, rows and columns are one set.
    """
    size, others = own.shape
    one_mode = own is other
    of_own = np.zeros(size)
    of_other = of_own if one_mode else np.zeros(others)
    width = max(16, min(512, _CELLS // max(size, others, 1)))
    for first in range(0, size, width):
        sources = np.arange(first, min(first + width, size))
        levels = _search(own, other, sources, one_mode=one_mode)
        _accumulate(own, other, levels, of_own, of_other)
        tell(int(sources[-1]) + 1, size)
    return of_own, of_other


def _search(own: Sparse, other: Sparse, sources: IntArray, *, one_mode: bool) -> list[FloatArray]:
    """For each level, a dense block: how many shortest paths lead from each source (a column) to each node."""
    front = np.zeros((own.shape[0], len(sources)))
    front[sources, np.arange(len(sources))] = 1.0
    seen = front > 0
    seen_other = seen if one_mode else np.zeros((own.shape[1], len(sources)), dtype=np.bool_)
    levels = [front]
    while True:
        even = len(levels) % 2 == 0
        front = (own if even else other).times(front)
        known = seen if even else seen_other
        front[known] = 0.0
        new = front > 0
        if not new.any():
            return levels
        known |= new
        levels.append(front)


def _accumulate(own: Sparse, other: Sparse, levels: list[FloatArray], of_own: FloatArray, of_other: FloatArray) -> None:
    """Adds each node's dependencies to its sum, from the last level back to the first but that of the sources."""
    dependency = np.zeros_like(levels[-1])
    for level in range(len(levels) - 1, 1, -1):
        paths = levels[level]
        share = np.zeros_like(paths)
        np.divide(1.0 + dependency, paths, out=share, where=paths > 0)
        dependency = (other if level % 2 == 0 else own).times(share)
        dependency *= levels[level - 1]
        sums = of_other if level % 2 == 0 else of_own
        sums += dependency.sum(axis=1)
