"""Overlap in a two-mode network: how many networks two cities share, or how many cities two networks share.

An overlap is computed only for pairs that share at least one node.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from graph.analysis.projection import (
    SharedPairs,
    pairs_among,
    pairs_with,
    shared_name,
    shared_pairs,
    without_successions,
)
from graph.analysis.sparse import BoolArray, FloatArray, bools, floats, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.vocabulary import CollaborationMode, NetworkSide, ProjectionWeight

__all__ = [
    "OverlapRow",
    "Overlaps",
    "comparable_pairs",
    "complete_rosters",
    "neighbour_indices",
    "overlap_names",
    "overlaps",
    "shared_nodes",
]


def overlap_names(layers: Iterable[CollaborationMode]) -> tuple[str, ...]:
    """Return the names of the values of an overlap: the numbers of shared nodes, then the weights.

    `layers` contains the layers whose shared collaborations are counted separately, as in `TwoMode.shared_layers`.
    """
    return "shared", *map(shared_name, layers), "jaccard", "overlap", "cosine", "newman"


@dataclass(frozen=True, slots=True)
class OverlapRow:
    """The overlap of two cities or of two collaborations: the number of shared nodes, and weights computed from it.

    `graph.analysis.projection` gives the formulas of the weights `jaccard`, `overlap`, `cosine` and `newman`.
    `by_layer` contains the number of shared collaborations of each layer, as in `SharedPairs`. If `lower_bound` is
    true, `shared` and the numbers in `by_layer` are lower bounds, provided that the ties attested earlier are still in
    force. The weights are not lower bounds, because members that are not recorded can raise or lower a weight.
    """

    first: Node
    second: Node
    shared: int
    jaccard: float
    overlap: float
    cosine: float
    newman: float
    lower_bound: bool
    by_layer: Mapping[CollaborationMode, int]

    def values(self) -> dict[str, int | float]:
        """Return the numbers of shared nodes and the weights, by their names in tables."""
        weights = self.jaccard, self.overlap, self.cosine, self.newman
        return dict(zip(overlap_names(self.by_layer), (self.shared, *self.by_layer.values(), *weights), strict=True))


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The overlaps of pairs of cities, or of pairs of collaborations. `side` states which.

    A pair of cities is included if the two cities share a collaboration. A pair of collaborations is included if the
    two collaborations share a city. The arrays have one entry per pair.

    `lower_bound` is true for a pair whose recorded number of shared nodes may be too small, because a list of members
    (roster) is incomplete. For a pair of collaborations, only the rosters of these two collaborations matter. For a
    pair of cities, the rosters of all collaborations matter.
    """

    side: NetworkSide
    nodes: tuple[Node, ...]
    pairs: SharedPairs
    jaccard: FloatArray
    overlap: FloatArray
    cosine: FloatArray
    lower_bound: BoolArray

    def __len__(self) -> int:
        return len(self.jaccard)

    def rows(self) -> Iterator[OverlapRow]:
        """Yield the overlap of each pair as an `OverlapRow`, in the order of the arrays."""
        nodes = zip(ints(self.pairs.first), ints(self.pairs.second), strict=True)
        ratios = zip(floats(self.jaccard), floats(self.overlap), floats(self.cosine), strict=True)
        counts = zip(ints(self.pairs.count), floats(self.pairs.newman), bools(self.lower_bound), strict=True)
        layers = [(layer, ints(shared)) for layer, shared in self.pairs.by_layer.items()]
        for place, ((first, second), (jaccard, overlap, cosine), (count, newman, lower_bound)) in enumerate(
            zip(nodes, ratios, counts, strict=True)
        ):
            ends, by_layer = (self.nodes[first], self.nodes[second]), {layer: shared[place] for layer, shared in layers}
            yield OverlapRow(*ends, count, jaccard, overlap, cosine, newman, lower_bound, by_layer)


def overlaps(two_mode: TwoMode, side: NetworkSide, node: int | None = None) -> Overlaps:
    """Compute the overlap of all pairs of nodes of one side that share a neighbour.

    The nodes of a side are either the cities, which share collaborations, or the collaborations, which share cities.
    Pairs of a network and its successor are omitted. If `node` is not None, only the pairs that contain the node with
    this index are computed. Raises AnalysisError if `node` is None and there are too many pairs.
    """
    pairs = comparable_pairs(two_mode, side, node)
    complete = complete_rosters(two_mode, side)
    return Overlaps(
        side,
        two_mode.nodes_of(side),
        pairs,
        pairs.weights(ProjectionWeight.JACCARD),
        pairs.weights(ProjectionWeight.OVERLAP),
        pairs.weights(ProjectionWeight.COSINE),
        ~(complete[pairs.first] & complete[pairs.second]),
    )


def comparable_pairs(
    two_mode: TwoMode, side: NetworkSide, node: int | None = None, is_selected: BoolArray | None = None
) -> SharedPairs:
    """Find all pairs of nodes of one side that share a neighbour.

    A network and its successor are not returned as a pair.

    The nodes of a side are either the cities, which share collaborations, or the collaborations, which share cities. If
    `node` is not None, only the pairs that contain the node with this index are returned. If the mask `is_selected` is
    not None, only the pairs of which both nodes are selected are returned. Raises AnalysisError if both are None and
    there are too many pairs.
    """
    if node is not None:
        pairs = pairs_with(two_mode, side, node)
    elif is_selected is not None:
        pairs = pairs_among(two_mode, side, is_selected)
    else:
        pairs = shared_pairs(two_mode, side)
    return without_successions(two_mode, side, pairs)


def complete_rosters(two_mode: TwoMode, side: NetworkSide) -> BoolArray:
    """Return, for each city or each collaboration, whether all its ties are recorded.

    `side` selects the cities or the collaborations. All ties of a collaboration are recorded if its list of members
    (roster) is complete. All ties of a city are recorded if the rosters of all collaborations are complete.
    """
    if side is NetworkSide.COLLABORATIONS:
        return np.array(
            [bool(collaboration.members_complete) for collaboration in two_mode.collaborations], dtype=np.bool_
        )
    return np.full(len(two_mode.cities), not two_mode.lower_bound, dtype=np.bool_)


def neighbour_indices(two_mode: TwoMode, side: NetworkSide) -> dict[str, set[int]]:
    """Return a dict from node id to the indices of the neighbours of the node.

    `side` states whether the keys are cities or collaborations. The neighbours of a city are indices into the
    collaborations of the two-mode network. The neighbours of a collaboration are indices into the cities.
    """
    neighbours: dict[str, set[int]] = {node.id: set() for node in two_mode.nodes_of(side)}
    for city, collaboration, _ in two_mode.iter_ties():
        if side is NetworkSide.CITIES:
            neighbours[two_mode.cities[city].id].add(collaboration)
        else:
            neighbours[two_mode.collaborations[collaboration].id].add(city)
    return neighbours


def shared_nodes(pair: OverlapRow, nodes: Sequence[Node], neighbours: Mapping[str, Set[int]]) -> list[Node]:
    """Return the nodes that both nodes of a pair are tied to, sorted by name.

    `nodes` are the nodes of the other side than that of the pair. `neighbours` is the result of `neighbour_indices`.
    """
    shared = (nodes[index] for index in neighbours[pair.first.id] & neighbours[pair.second.id])
    return sorted(shared, key=lambda node: (node.name, node.id))
