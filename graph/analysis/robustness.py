"""Robustness of a two-mode network to the removal of a collaboration."""

from dataclasses import dataclass

import numpy as np

from graph.analysis.sparse import BoolArray, SparseMatrix, connected_components, ints
from graph.analysis.two_mode import Node, TwoMode

__all__ = ["Removal", "removals"]


@dataclass(frozen=True, slots=True)
class Removal:
    """The two-mode network without one collaboration.

    `cities` is the number of cities of the collaboration, and `isolated` the number of those that have no other tie.
    `components` is the number of connected components with a city, isolated cities included, and `largest` the number
    of cities in the largest component. `disconnected` is the share of the connected pairs of cities that are not
    connected any more, or None if no cities were connected.
    """

    collaboration: Node
    cities: int
    isolated: int
    components: int
    largest: int
    disconnected: float | None


def removals(two_mode: TwoMode) -> tuple[Removal, ...]:
    """Remove each collaboration alone, and return the results.

    The removals that disconnect the largest share of pairs come first, then those of the collaborations with the most
    cities. Equal removals are sorted by id.
    """
    degrees = two_mode.biadjacency.row_counts
    is_tied = np.ones(two_mode.tie_count, dtype=np.bool_)
    before = _connected_pairs(_component_sizes(two_mode, is_tied))
    rows: list[Removal] = []
    for index, collaboration in enumerate(two_mode.collaborations):
        is_own = two_mode.collaboration_index == index
        sizes = _component_sizes(two_mode, ~is_own)
        after = _connected_pairs(sizes)
        rows.append(
            Removal(
                collaboration,
                cities=int(is_own.sum()),
                isolated=int((degrees[two_mode.city_index[is_own]] == 1).sum()),
                components=len(sizes),
                largest=max(sizes, default=0),
                disconnected=(before - after) / before if before else None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-(row.disconnected or 0.0), -row.cities, row.collaboration.id)))


def _component_sizes(two_mode: TwoMode, is_tied: BoolArray) -> list[int]:
    """Return the number of cities of each component with a city, if only the ties in the mask remain."""
    cities, size = len(two_mode.cities), len(two_mode.nodes)
    rows, columns = two_mode.city_index[is_tied], two_mode.collaboration_index[is_tied] + cities
    ends = np.concatenate((rows, columns)), np.concatenate((columns, rows))
    matrix = SparseMatrix.from_entries(*ends, np.ones(2 * len(rows)), (size, size))
    sizes = np.bincount(connected_components(matrix)[:cities])
    return [count for count in ints(sizes.astype(np.int64)) if count]


def _connected_pairs(sizes: list[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
