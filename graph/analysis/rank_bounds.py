"""Compute bounds of the ranks of nodes by degree, if some lists of members (rosters) are incomplete.

A collaboration with an incomplete roster may have any cities of the two-mode network as further members, even all of
them. Unrecorded members outside the two-mode network are not considered.
"""

from dataclasses import dataclass

import numpy as np

from graph.analysis.sparse import IntArray, ints
from graph.analysis.two_mode import TwoMode

__all__ = ["RankBounds", "degree_rank_bounds"]


@dataclass(frozen=True, slots=True)
class RankBounds:
    """The best (smallest) and the worst rank that a node can have among all cities, or among all collaborations."""

    best: int
    worst: int


def degree_rank_bounds(two_mode: TwoMode) -> dict[str, RankBounds]:
    """Return a dict from node id to the best and the worst rank that the node can have. Nodes are ranked by degree.

    The bounds are exact, because each bound is the rank of the node for some possible lists of members (rosters). If
    pairs of twin towns are included, a city can have any number of unknown twin towns.
    """
    biadjacency = two_mode.biadjacency
    is_partial = np.array([not node.members_complete for node in two_mode.collaborations], dtype=np.bool_)
    partial_ties = np.bincount(
        two_mode.city_index[is_partial[two_mode.collaboration_index]], minlength=len(two_mode.cities)
    )
    city_degrees, degrees = biadjacency.row_counts, biadjacency.transpose.row_counts
    highest = city_degrees + int(is_partial.sum()) - partial_ties
    if two_mode.includes_twinnings and not two_mode.rosters_complete:
        highest = np.full_like(city_degrees, int(city_degrees.max(initial=0)) + 1)
    bounds = [*_bounds(city_degrees, highest), *_bounds(degrees, np.where(is_partial, len(two_mode.cities), degrees))]
    return {node.id: bound for node, bound in zip(two_mode.nodes, bounds, strict=True)}


def _bounds(lowest: IntArray, highest: IntArray) -> list[RankBounds]:
    """Return the best and the worst rank of each value, if every value can be any number in its range.

    The range of a value extends from its entry in `lowest` to its entry in `highest`. The largest value has rank 1.
    """
    size = len(lowest)
    above = size - np.searchsorted(np.sort(lowest), highest, side="right")
    possibly_above = size - np.searchsorted(np.sort(highest), lowest, side="right") - (highest > lowest)
    return [RankBounds(best + 1, worst + 1) for best, worst in zip(ints(above), ints(possibly_above), strict=True)]
