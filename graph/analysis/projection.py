"""Project two-mode networks on one side: two nodes are tied if they share nodes of the other side.

For example, two cities are tied if they are members of the same network. The weights of a tie between nodes with
neighbour sets A and B are:

- COUNT: |A ∩ B|
- JACCARD: |A ∩ B| / |A ∪ B|
- OVERLAP: |A ∩ B| / min(|A|, |B|)
- COSINE: |A ∩ B| / √(|A| |B|)
- NEWMAN: the sum over A ∩ B of 1 / (k − 1), where k is the degree of the shared node (Newman 2001,
  doi:10.1103/PhysRevE.64.016132)
- GRADE: the sum over A ∩ B of the lower of the two weights of the membership grades
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from graph.analysis.sparse import BoolArray, FloatArray, IntArray, SparseMatrix, floats, ints
from graph.analysis.two_mode import Graph, Node, TwoMode
from graph.errors import AnalysisError
from graph.vocabulary import NetworkSide, ProjectionWeight

__all__ = ["Projection", "SharedPairs", "project", "shared_pairs"]

MAX_PAIRS: Final = 20_000_000
"""Maximum number of pairs of nodes that share a node. More pairs would exceed the memory limit of an analysis."""


@dataclass(frozen=True)
class SharedPairs:
    """All pairs of nodes of one side that share a node of the other side, as arrays with one entry per pair.

    `first` and `second` are the indices of the nodes, with `first` < `second`. `grade` is None unless `project` was
    called with the weight GRADE.
    """

    first: IntArray
    second: IntArray
    count: IntArray
    newman: FloatArray
    degrees: IntArray
    grade: FloatArray | None = None

    def select(self, is_selected: BoolArray) -> "SharedPairs":
        """Return the pairs for which the mask is true."""
        return SharedPairs(
            self.first[is_selected],
            self.second[is_selected],
            self.count[is_selected],
            self.newman[is_selected],
            self.degrees,
            None if self.grade is None else self.grade[is_selected],
        )

    def weights(self, weight: ProjectionWeight) -> FloatArray:
        """Return the weight of each pair. Raises ValueError for GRADE if `grade` is None."""
        first_degrees, second_degrees = self.degrees[self.first], self.degrees[self.second]
        match weight:
            case ProjectionWeight.COUNT:
                return self.count.astype(np.float64)
            case ProjectionWeight.JACCARD:
                return self.count / (first_degrees + second_degrees - self.count)
            case ProjectionWeight.OVERLAP:
                return self.count / np.minimum(first_degrees, second_degrees)
            case ProjectionWeight.COSINE:
                return self.count / np.sqrt(first_degrees * second_degrees)
            case ProjectionWeight.NEWMAN:
                return self.newman
            case _:
                if self.grade is None:
                    raise ValueError("the weights of the grades were not computed")
                return self.grade


def shared_pairs(two_mode: TwoMode, side: NetworkSide) -> SharedPairs:
    """Find all pairs of nodes on a side that share a node of the other side.

    Raises AnalysisError if there could be more than `MAX_PAIRS` pairs.
    """
    biadjacency = two_mode.biadjacency_from(side)
    transpose = biadjacency.transpose
    degrees, neighbour_degrees = biadjacency.row_counts, transpose.row_counts
    size = len(degrees)
    pair_bound = min(int((neighbour_degrees * (neighbour_degrees - 1) // 2).sum()), size * (size - 1) // 2)
    if pair_bound > MAX_PAIRS:
        raise AnalysisError(
            f"up to {pair_bound} pairs of {side.name.lower()} share a node; the limit is {MAX_PAIRS}",
            hint="filter by country, theme or kind, or analyse the other side",
        )
    newman_weights = np.zeros(len(neighbour_degrees))
    np.divide(1.0, neighbour_degrees - 1, out=newman_weights, where=neighbour_degrees > 1)
    counts, newman = biadjacency.matmul(transpose), biadjacency.matmul(transpose.scale_rows(newman_weights))
    # Both products have the same off-diagonal entries, because a shared node has degree two or more.
    upper = counts.rows < counts.columns
    upper_newman = newman.rows < newman.columns
    return SharedPairs(
        counts.rows[upper],
        counts.columns[upper],
        np.rint(counts.values[upper]).astype(np.int64),
        newman.values[upper_newman],
        degrees,
    )


@dataclass(frozen=True)
class Projection:
    """Projection of a two-mode network on one side.

    `lower_bound` is copied from the two-mode network: it is true if ties may be missing.
    """

    side: NetworkSide
    weight: ProjectionWeight
    nodes: tuple[Node, ...]
    pairs: SharedPairs
    lower_bound: bool

    @property
    def tie_count(self) -> int:
        return len(self.pairs.first)

    @cached_property
    def adjacency(self) -> SparseMatrix:
        """Return the symmetric matrix of weights, with an empty diagonal."""
        first, second, weights = self.pairs.first, self.pairs.second, self.pairs.weights(self.weight)
        ends = np.concatenate((first, second)), np.concatenate((second, first))
        size = len(self.nodes)
        return SparseMatrix.from_entries(*ends, np.concatenate((weights, weights)), (size, size))

    def iter_ties(self) -> Iterator[tuple[int, int, float, int]]:
        """Yield each tie as (index of the first node, index of the second node, weight, number of shared nodes)."""
        pairs, weights = self.pairs, self.pairs.weights(self.weight)
        return zip(ints(pairs.first), ints(pairs.second), floats(weights), ints(pairs.count), strict=True)

    def to_networkx(self) -> Graph:
        """Return a networkx.Graph keyed by node id. Edges have `weight` and `shared` (the number of shared nodes)."""
        import networkx as nx

        graph: Graph = nx.Graph()
        graph.graph |= {"mode": f"projection on {self.side.name.lower()}", "weight": self.weight.name}
        graph.add_nodes_from((node.id, node.attributes()) for node in self.nodes)
        ids = [node.id for node in self.nodes]
        for first, second, weight, count in self.iter_ties():
            graph.add_edge(ids[first], ids[second], weight=weight, shared=count)
        return graph


def project(
    two_mode: TwoMode, side: NetworkSide, weight: ProjectionWeight = ProjectionWeight.COUNT, *, least_shared: int = 1
) -> Projection:
    """Project a two-mode network on one side. Raises AnalysisError if there are too many pairs.

    Only nodes that share at least `least_shared` nodes are tied. The projection on the collaborations is then the
    s-line graph of the hypergraph whose edges are the collaborations, with s = `least_shared` (Aksoy et al. 2020,
    doi:10.1140/epjds/s13688-020-00231-0). Its centralities are the s-centralities.
    """
    if least_shared < 1:
        raise AnalysisError(f"shared: {least_shared} is less than 1", hint="use at least 1, the usual projection")
    pairs = shared_pairs(two_mode, side)
    if weight is ProjectionWeight.GRADE:
        pairs = replace(pairs, grade=_grade_sums(two_mode, side))
    if least_shared > 1:
        pairs = pairs.select(pairs.count >= least_shared)
    return Projection(side, weight, two_mode.nodes_of(side), pairs, two_mode.lower_bound)


def _grade_sums(two_mode: TwoMode, side: NetworkSide) -> FloatArray:
    """Return the weight GRADE of each pair, in the order of `shared_pairs`.

    The lower of two weights is the number of thresholds that both reach, so the sum adds up numbers of shared nodes.
    """
    graded = replace(two_mode, is_graded=True).weighted_biadjacency
    matrix = graded if side is NetworkSide.CITIES else graded.transpose
    products = [
        reached.matmul(reached.transpose)
        for threshold in range(1, int(matrix.values.max(initial=1)) + 1)
        for reached in (matrix.with_values((matrix.values >= threshold).astype(np.float64)),)
    ]
    rows, columns = (np.concatenate([getattr(product, name) for product in products]) for name in ("rows", "columns"))
    total = SparseMatrix.from_entries(
        rows, columns, np.concatenate([product.values for product in products]), (matrix.shape[0], matrix.shape[0])
    )
    return total.values[total.rows < total.columns]
