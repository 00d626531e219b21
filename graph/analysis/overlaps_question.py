"""Compute the answer to the named query `overlaps` (`graph.questions.overlaps`).

The answer is computed from the analysis snapshot, a copy of the graph in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, overload

import numpy as np

from graph.analysis.overlap import Overlaps, overlaps
from graph.analysis.projection import check_least_shared, pair_bound
from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import BoolArray, IntArray
from graph.analysis.subset import Subset
from graph.analysis.subset_filters import read_subset
from graph.analysis.two_mode import TwoMode
from graph.errors import AnalysisError, unknown_id
from graph.questions.overlaps import Arguments, NodeOverlap, NodeOverlaps
from graph.questions.validation import check_label
from graph.store import Reader
from graph.tables import message
from graph.vocabulary import CollaborationMode, NetworkSide

__all__ = ["compute_overlaps"]

_MAX_PAIRS: Final = 1_000_000
"""Maximum number of pairs in an answer. A limit is needed because the server caches answers."""


@dataclass(frozen=True, slots=True)
class RankedOverlaps(Sequence[NodeOverlap]):
    """Overlaps of pairs of nodes, the largest first. `about` contains facts about all pairs together.

    A large result is sent between processes and cached. Therefore a `NodeOverlap` is created only when it is accessed.
    Pair i of the answer is the pair `order[i]` of `found`. Its nodes are `found.nodes[first[i]]` and
    `found.nodes[second[i]]`.
    """

    about: NodeOverlaps
    found: Overlaps
    order: IntArray
    first: IntArray
    second: IntArray

    def __len__(self) -> int:
        return len(self.order)

    @overload
    def __getitem__(self, place: int) -> NodeOverlap: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[NodeOverlap]: ...
    def __getitem__(self, place: int | slice) -> NodeOverlap | Sequence[NodeOverlap]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        found, pair = self.found, int(self.order[place])
        node, other = (found.nodes[int(ends[place])].id for ends in (self.first, self.second))
        shared, jaccard = int(found.pairs.count[pair]), float(found.jaccard[pair])
        return NodeOverlap(
            (-shared, -jaccard, node, other),
            node,
            other,
            shared,
            jaccard,
            float(found.overlap[pair]),
            float(found.cosine[pair]),
            float(found.pairs.newman[pair]),
            bool(found.lower_bound[pair]),
        )


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
    is_row = own is not None
    if not is_row and (bound := pair_bound(two_mode, projection)) > _MAX_PAIRS:
        raise AnalysisError(
            f"up to {bound} pairs of {projection.name.lower()} share a node; the limit is {_MAX_PAIRS}",
            hint="give the node of which you want the pairs, or a smaller subset",
        )
    found = overlaps(two_mode, projection, own)
    first, second = found.pairs.first, found.pairs.second
    is_selected = found.pairs.count >= least_shared
    if own is not None:
        first, second = np.full(len(first), own), np.where(first == own, second, first)
    elif node is not None:
        shares = _neighbours(two_mode, projection, node)
        is_selected &= shares[first] & shares[second]
    order = np.lexsort((second, first, -found.jaccard, -found.pairs.count))  # nodes are sorted by id
    order = order[is_selected[order]]
    reason = two_mode.reason or (None if len(order) else message("no pair shares so many nodes in the subset"))
    return RankedOverlaps(
        NodeOverlaps(two_mode.lower_bound, reason), found, order, first[order].astype(np.int64), second[order]
    )


def _place(two_mode: TwoMode, projection: NetworkSide, node: str | None) -> int | None:
    """Return the index of a node among the cities or among the collaborations, as `projection` states.

    If the node is not among them, return None.
    """
    return next((place for place, one in enumerate(two_mode.nodes_of(projection)) if one.id == node), None)


def _neighbours(two_mode: TwoMode, projection: NetworkSide, node: str) -> BoolArray:
    """Return a mask of the cities, or of the collaborations, that is true for the neighbours of `node`.

    `projection` states whether the mask is of the cities or of the collaborations. `node` is of the opposite kind.
    """
    is_neighbour = np.zeros(len(two_mode.nodes_of(projection)), dtype=np.bool_)
    if (place := _place(two_mode, projection.other, node)) is not None:
        ends = two_mode.city_index, two_mode.collaboration_index
        own, others = ends if projection is NetworkSide.CITIES else ends[::-1]
        is_neighbour[own[others == place]] = True
    return is_neighbour
