"""Projections: one side of a two-mode network, its nodes tied where they share something on the other side.

Weights of a tie between nodes with the sets A and B on the other side: COUNT |A ∩ B|; JACCARD |A ∩ B| / |A ∪ B|;
OVERLAP |A ∩ B| / min(|A|, |B|); COSINE |A ∩ B| / √(|A| |B|); NEWMAN the sum over A ∩ B of 1 / (k − 1), k being the
degree of what is shared (Newman 2001, doi:10.1103/PhysRevE.64.016132).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from graph.analysis.sparse import FloatArray, IntArray, Sparse, floats, ints
from graph.analysis.two_mode import Graph, Node, Side, TwoMode
from graph.errors import AnalysisError
from graph.vocabulary import Vocabulary

__all__ = ["Projection", "Shared", "Weight", "project", "shared"]

LARGEST: Final = 20_000_000
"""How many pairs may share something: beyond it, they would not fit into the memory that an analysis may take."""


class Weight(Vocabulary):
    """How strong a tie of a projection is."""

    COUNT = "How many they share: |A ∩ B|."
    JACCARD = "Jaccard index: |A ∩ B| / |A ∪ B|."
    OVERLAP = "Overlap coefficient (Szymkiewicz–Simpson): |A ∩ B| / min(|A|, |B|)."
    COSINE = "Cosine similarity (Salton): |A ∩ B| / √(|A| |B|)."
    NEWMAN = "Newman's weight: the sum over what is shared of 1 / (k − 1), k being how many share it."


@dataclass(frozen=True)
class Shared:
    """All pairs of nodes of one side that share at least one node of the other, by places, `one` < `other`."""

    one: IntArray
    other: IntArray
    count: IntArray
    newman: FloatArray
    degrees: IntArray

    def weights(self, weight: Weight) -> FloatArray:
        """The weight of each pair."""
        of_one, of_other = self.degrees[self.one], self.degrees[self.other]
        match weight:
            case Weight.COUNT:
                return self.count.astype(np.float64)
            case Weight.JACCARD:
                return self.count / (of_one + of_other - self.count)
            case Weight.OVERLAP:
                return self.count / np.minimum(of_one, of_other)
            case Weight.COSINE:
                return self.count / np.sqrt(of_one * of_other)
            case _:
                return self.newman


def shared(two_mode: TwoMode, side: Side) -> Shared:
    """What the pairs of a side share. Raises AnalysisError where they could be more than `LARGEST`."""
    incidence = two_mode.seen_from(side)
    sharing = incidence.transposed
    degrees, held = incidence.row_counts, sharing.row_counts
    size = len(degrees)
    if (most := min(int((held * (held - 1) // 2).sum()), size * (size - 1) // 2)) > LARGEST:
        raise AnalysisError(
            f"up to {most} pairs of {side.name.lower()} share something; {LARGEST} is the limit",
            hint="filter by country, theme or kind, or look at the other side",
        )
    rarity = np.zeros(len(held))
    np.divide(1.0, held - 1, out=rarity, where=held > 1)
    counts, newman = incidence.product(sharing), incidence.product(sharing.scaled(rarity))
    # Both products have the same places, since a shared node has a degree of two or more.
    upper = counts.rows < counts.columns
    below = newman.rows < newman.columns
    return Shared(
        counts.rows[upper],
        counts.columns[upper],
        np.rint(counts.values[upper]).astype(np.int64),
        newman.values[below],
        degrees,
    )


@dataclass(frozen=True)
class Projection:
    """The nodes of one side, tied where they share something. `lower_bound` as of the two-mode network it is of."""

    side: Side
    weight: Weight
    nodes: tuple[Node, ...]
    pairs: Shared
    lower_bound: bool

    @property
    def ties(self) -> int:
        return len(self.pairs.one)

    @cached_property
    def matrix(self) -> Sparse:
        """The symmetric matrix of weights; nothing on its diagonal."""
        one, other, weights = self.pairs.one, self.pairs.other, self.pairs.weights(self.weight)
        ends = np.concatenate((one, other)), np.concatenate((other, one))
        size = len(self.nodes)
        return Sparse.of(*ends, np.concatenate((weights, weights)), (size, size))

    def rows(self) -> Iterator[tuple[int, int, float, int]]:
        """The ties: the places of both nodes, the weight, and how many they share."""
        pairs, weights = self.pairs, self.pairs.weights(self.weight)
        return zip(ints(pairs.one), ints(pairs.other), floats(weights), ints(pairs.count), strict=True)

    def graph(self) -> Graph:
        """As a networkx.Graph: nodes by id with their attributes, ties with `weight` and `shared` (their count)."""
        import networkx as nx

        projection: Graph = nx.Graph()
        projection.graph |= {"mode": f"projection on {self.side.name.lower()}", "weight": self.weight.name}
        projection.add_nodes_from((node.id, node.attributes()) for node in self.nodes)
        ids = [node.id for node in self.nodes]
        for one, other, weight, count in self.rows():
            projection.add_edge(ids[one], ids[other], weight=weight, shared=count)
        return projection


def project(two_mode: TwoMode, side: Side, weight: Weight = Weight.COUNT) -> Projection:
    """The projection on a side. Raises AnalysisError where it would be too large."""
    return Projection(side, weight, two_mode.side(side), shared(two_mode, side), two_mode.lower_bound)
