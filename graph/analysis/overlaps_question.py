"""Compute the answer to the named query `overlaps` (`graph.questions.overlaps`).

The answer is computed from the analysis snapshot, a copy of the graph in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from sys import getsizeof
from typing import Final, overload

import numpy as np

from graph.analysis.overlap import comparable_pairs, complete_rosters
from graph.analysis.projection import SharedPairs, check_least_shared, pair_bound
from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import BoolArray, ints
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import read_subset
from graph.analysis.two_mode import TwoMode
from graph.errors import AnalysisError, unknown_id
from graph.questions.overlaps import Arguments, NodeOverlap, NodeOverlaps
from graph.questions.validation import check_label
from graph.store import Reader
from graph.tables import message
from graph.vocabulary import CollaborationMode, NetworkSide, ProjectionWeight

__all__ = ["compute_overlaps", "is_requested"]

_WEIGHTS: Final = (
    ProjectionWeight.JACCARD,
    ProjectionWeight.OVERLAP,
    ProjectionWeight.COSINE,
    ProjectionWeight.NEWMAN,
)
"""The weights of a pair, in the order of the fields of `NodeOverlap`."""
_MAX_PAIRS: Final = 1_000_000
"""Maximum number of pairs in an answer.

An answer of this size takes half of the memory in which the server caches results (`graph.analysis.runner`). A larger
answer would be computed again for each page.
"""


@dataclass(frozen=True, slots=True)
class RankedOverlaps(Sequence[NodeOverlap]):
    """Overlaps of pairs of nodes, the largest first. `about` contains facts about all pairs together.

    A large result is sent between processes and cached. Therefore it contains only columns from which the other values
    of a pair are computed, and a `NodeOverlap` is created only when it is accessed. `pairs` contains the sorted pairs.
    `ids` and `complete` have one entry per node: its id, and whether all its ties are recorded. If only the pairs that
    contain one particular node were requested, `own` is the index of this node. Otherwise `own` is None.
    """

    about: NodeOverlaps
    pairs: SharedPairs
    ids: tuple[str, ...]
    complete: BoolArray
    own: int | None

    def __len__(self) -> int:
        return len(self.pairs.first)

    @property
    def nbytes(self) -> int:
        """The memory of this result in bytes, which the cache of results needs to limit its size."""
        return self.pairs.nbytes + self.complete.nbytes + sum(map(getsizeof, self.ids))

    @overload
    def __getitem__(self, place: int) -> NodeOverlap: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[NodeOverlap]: ...
    def __getitem__(self, place: int | slice) -> NodeOverlap | Sequence[NodeOverlap]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        pair = self.pairs.select(np.array([place]))
        (first,), (second,), (shared,) = ints(pair.first), ints(pair.second), ints(pair.count)
        is_lower_bound = not (self.complete[first] and self.complete[second])
        if second == self.own:
            first, second = second, first
        jaccard, overlap, cosine, newman = (float(pair.weights(weight)[0]) for weight in _WEIGHTS)
        node, other = self.ids[first], self.ids[second]
        key = -shared, -jaccard, node, other
        return NodeOverlap(key, node, other, shared, jaccard, overlap, cosine, newman, is_lower_bound)


async def compute_overlaps(
    runner: AnalysisRunner, reader: Reader, arguments: Arguments
) -> tuple[NodeOverlaps, Sequence[NodeOverlap]]:
    """Return two values: facts about all pairs together, and the sorted list of the pairs.

    Raises QueryError, StoreError and AnalysisError.
    """
    check_least_shared("leastShared", arguments.least_shared, arguments.projection)
    if arguments.node is not None:
        check_label("node", arguments.node, "City", *(mode.label for mode in CollaborationMode))
    snapshot, subset = await read_subset(runner.snapshot, reader, arguments.on, arguments.subset)
    ranked = await runner.run_cached(
        _rank, snapshot, arguments.on, subset, arguments.projection, arguments.node, arguments.least_shared
    )
    return ranked.about, ranked


def is_requested(two_mode: TwoMode, projection: NetworkSide, node: str | None, pairs: SharedPairs) -> BoolArray:
    """Return a mask that is true for the pairs that the named query returns for `node`.

    `projection` states whether the pairs are of cities or of collaborations. The minimum number of shared nodes is not
    applied. If `node` is None, the mask is true for all pairs.
    """
    if node is None:
        return np.ones(len(pairs.first), dtype=np.bool_)
    if (own := _place(two_mode, projection, node)) is not None:
        return (pairs.first == own) | (pairs.second == own)
    shares = _neighbours(two_mode, projection, node)
    return shares[pairs.first] & shares[pairs.second]


def _rank(
    snapshot: Snapshot, on: date, subset: Subset, projection: NetworkSide, node: str | None, least_shared: int
) -> RankedOverlaps:
    """Compute the overlaps of the pairs of cities, or of collaborations, and sort them. `projection` states which.

    If `node` is not None, only some pairs are returned. For example, if the pairs are pairs of cities and `node` is a
    city, the pairs that contain this city are returned. If `node` is a collaboration instead, the pairs of its cities
    are returned. Raises AnalysisError if there are too many pairs.
    """
    if node is not None and node not in snapshot.city_places and node not in snapshot.collaboration_places:
        raise unknown_id(node, snapshot.similar_ids(node))
    two_mode = snapshot.two_mode(on, subset)
    own = _place(two_mode, projection, node)
    neighbours = _neighbours(two_mode, projection, node) if node is not None and own is None else None
    if own is None and (bound := _pair_bound(two_mode, projection, neighbours)) > _MAX_PAIRS:
        raise AnalysisError(
            f"up to {bound} pairs of {projection.name.lower()} share a node; the limit is {_MAX_PAIRS}",
            hint="give the node of which you want the pairs, or a smaller subset",
        )
    pairs = comparable_pairs(two_mode, projection, own, neighbours)
    pairs = pairs.select(pairs.count >= least_shared)
    # The nodes are sorted by id. If all pairs contain one node, the sum of the indices sorts them by the other node.
    first = pairs.first + pairs.second if own is not None else pairs.first
    order = np.lexsort((pairs.second, first, -pairs.weights(ProjectionWeight.JACCARD), -pairs.count))
    reason = two_mode.reason
    if reason is None and neighbours is not None and not neighbours.any():
        reason = message("the node has no tie in the subset on the day")
    elif reason is None and not len(order):
        reason = message("no pair shares so many nodes in the subset")
    return RankedOverlaps(
        NodeOverlaps(two_mode.lower_bound, reason),
        pairs.select(order),
        tuple(one.id for one in two_mode.nodes_of(projection)),
        complete_rosters(two_mode, projection),
        own,
    )


def _pair_bound(two_mode: TwoMode, projection: NetworkSide, is_selected: BoolArray | None) -> int:
    """Return an upper bound of the number of pairs. If `is_selected` is not None, only selected nodes are paired."""
    if is_selected is None:
        return pair_bound(two_mode, projection)
    size = int(is_selected.sum())
    return size * (size - 1) // 2


def _place(two_mode: TwoMode, projection: NetworkSide, node: str | None) -> int | None:
    """Return the index of a node among the cities or among the collaborations, as `projection` states.

    If the node is not among them, return None.
    """
    return next((place for place, one in enumerate(two_mode.nodes_of(projection)) if one.id == node), None)


def _neighbours(two_mode: TwoMode, projection: NetworkSide, node: str) -> BoolArray:
    """Return a mask of the cities, or of the collaborations, that is true for the neighbours of `node`.

    `projection` states whether the mask is of the cities or of the collaborations. `node` is the id of a node of the
    opposite kind. If the network contains no such node, the mask is false everywhere.
    """
    is_neighbour = np.zeros(len(two_mode.nodes_of(projection)), dtype=np.bool_)
    if (place := _place(two_mode, projection.other, node)) is not None:
        ends = two_mode.city_index, two_mode.collaboration_index
        own, others = ends if projection is NetworkSide.CITIES else ends[::-1]
        is_neighbour[own[others == place]] = True
    return is_neighbour
