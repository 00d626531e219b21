"""Robustness of a two-mode network to the removal of a collaboration."""

from dataclasses import dataclass

import numpy as np

from graph.analysis.sparse import BoolArray, SparseMatrix, connected_components, ints
from graph.analysis.two_mode import Node, TwoMode

__all__ = ["Removal", "removals"]


@dataclass(frozen=True, slots=True)
class Removal:
    """The effect of removing a single collaboration from the two-mode network.

    - `cities`: number of cities that take part in the collaboration.
    - `isolated`: number of these cities that have no tie after the removal.
    - `components`: number of connected components that contain a city after the removal. A city without ties is a
      component.
    - `largest`: number of cities in the component with the most cities after the removal.
    - `disconnected`: number of pairs of cities that the removal disconnects, divided by the number of pairs that are
      connected before the removal. Two cities are connected if any chain of ties joins them. None if no pair is
      connected before the removal.
    """

    collaboration: Node
    cities: int
    isolated: int
    components: int
    largest: int
    disconnected: float | None


def removals(two_mode: TwoMode) -> tuple[Removal, ...]:
    """Return the effect of removing each collaboration from the complete two-mode network, one at a time.

    The collaborations whose removal disconnects the largest share of pairs of cities come first. Of collaborations with
    an equal share, those with the most cities come first. Collaborations that are equal in both are sorted by id.
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
    """Return the number of cities in each connected component that contains a city.

    `is_tied` is a mask of the ties: only ties for which it is true are used.
    """
    cities, size = len(two_mode.cities), len(two_mode.nodes)
    rows, columns = two_mode.city_index[is_tied], two_mode.collaboration_index[is_tied] + cities
    ends = np.concatenate((rows, columns)), np.concatenate((columns, rows))
    matrix = SparseMatrix.from_entries(*ends, np.ones(2 * len(rows)), (size, size))
    sizes = np.bincount(connected_components(matrix)[:cities])
    return [count for count in ints(sizes.astype(np.int64)) if count]


def _connected_pairs(sizes: list[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
