"""Project two-mode networks on one node set: the cities or the collaborations.

Two nodes of the node set are tied in the projection if they share neighbours. For example, two cities are tied if they
are members of the same network. A network and its successor are never tied: they share cities because one continues the
other. The weights of a tie between nodes with neighbour sets A and B are:

- COUNT: |A ∩ B|
- JACCARD: |A ∩ B| / |A ∪ B|
- OVERLAP: |A ∩ B| / min(|A|, |B|)
- COSINE: |A ∩ B| / √(|A| |B|)
- NEWMAN: the sum over A ∩ B of 1 / (k − 1), where k is the degree of the shared node (Newman 2001,
  doi:10.1103/PhysRevE.64.016132)
- GRADE: the sum over A ∩ B of min(v, w), where v and w are the weights of the shared node's ties to the two nodes. The
  weight of such a tie depends on the grade of the membership.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from resource import RLIM_INFINITY, RLIMIT_DATA, getrlimit
from typing import Final

import numpy as np

from graph.analysis.sparse import BoolArray, FloatArray, IntArray, SparseMatrix, floats, ints
from graph.analysis.two_mode import Graph, Node, TwoMode
from graph.errors import AnalysisError, BadArgument
from graph.tables import hint_naming
from graph.vocabulary import CollaborationMode, NetworkSide, ProjectionWeight

__all__ = [
    "Projection",
    "SharedPairs",
    "check_least_shared",
    "check_weight",
    "max_pairs",
    "pair_blocks",
    "pair_bound",
    "pairs_among",
    "pairs_with",
    "project",
    "shared_name",
    "shared_pairs",
    "successions",
    "without_successions",
]

_PAIR_BYTES: Final = 170
"""Memory that each pair of nodes needs while a projection is computed, in bytes."""
_GRADED_PAIR_BYTES: Final = 280
"""Memory that each pair of nodes needs while a projection with the weight GRADE is computed, in bytes.

This is more than `_PAIR_BYTES`, because the computation of GRADE needs a matrix for each different tie weight.
"""
_MAX_BYTES: Final = 3_400_000_000
"""Maximum memory, in bytes, for the pairs of nodes. It is used if the process has no memory limit."""
_SHARE_OF_LIMIT: Final = 0.75
"""Share of the process's memory limit that the pairs of nodes may use.

The remaining memory is for the program and the snapshot.
"""
_BLOCK_PAIRS: Final = 1_000_000
"""Maximum number of pairs in a block of `pair_blocks`. A block of a single matrix row can contain more."""


@dataclass(frozen=True)
class SharedPairs:
    """All pairs of cities that share a collaboration, or of collaborations that share a city, as arrays.

    All arrays except `degrees` have one entry per pair.

    - `first`, `second`: the indices of the two nodes, with `first` < `second`.
    - `count`: the number of shared nodes.
    - `newman`: the weight NEWMAN.
    - `grade`: the weight GRADE, if `project` was called with this weight. Otherwise None.
    - `degrees`: the degree of each city, or of each collaboration, with one entry per node.
    - `by_layer`: a dict from layer to the number of shared collaborations of this layer. Its keys are those of
      `TwoMode.shared_layers`.
    """

    first: IntArray
    second: IntArray
    count: IntArray
    newman: FloatArray
    degrees: IntArray
    grade: FloatArray | None = None
    by_layer: Mapping[CollaborationMode, IntArray] = field(default_factory=dict[CollaborationMode, IntArray])

    @property
    def nbytes(self) -> int:
        """The memory of the arrays in bytes."""
        columns = self.first, self.second, self.count, self.newman, self.degrees, self.grade, *self.by_layer.values()
        return sum(column.nbytes for column in columns if column is not None)

    def select(self, is_selected: BoolArray | IntArray) -> "SharedPairs":
        """Return the selected pairs. `is_selected` is a mask with one entry per pair, or an array of indices."""
        return SharedPairs(
            self.first[is_selected],
            self.second[is_selected],
            self.count[is_selected],
            self.newman[is_selected],
            self.degrees,
            None if self.grade is None else self.grade[is_selected],
            {layer: counts[is_selected] for layer, counts in self.by_layer.items()},
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


def shared_name(layer: CollaborationMode) -> str:
    """Return the name of the column or attribute that contains the number of shared collaborations of a layer.

    For example, the name for the layer of working groups is "shared_working_group". Tables and files contain a column
    with this name, and the ties of projections an attribute.
    """
    return f"shared_{layer.word}"


def check_least_shared(name: str, least_shared: int, projection: NetworkSide | None) -> None:
    """Raise BadArgument if `least_shared` is invalid.

    `least_shared` is the number of neighbours that two nodes of a projection must share to be tied. It is invalid if it
    is less than 1. Without a projection (`projection` is None), it is also invalid if it is more than 1. `name` is the
    name of the argument in the error message.
    """
    if least_shared < 1 or (least_shared > 1 and projection is None):
        raise BadArgument(
            f"{name}: {least_shared} does not fit", hint="give 1 or more, and more than 1 only with a projection"
        )


def check_weight(weight: ProjectionWeight, projection: NetworkSide | None) -> None:
    """Raise BadArgument if the weight, such as JACCARD, needs a projection and `projection` is None."""
    if projection is None and weight not in (ProjectionWeight.COUNT, ProjectionWeight.GRADE):
        raise BadArgument(
            "weight: without a projection, ties are weighted only by count or grade",
            hint="give a projection, or one of these weights",
        )


def pair_bound(two_mode: TwoMode, side: NetworkSide) -> int:
    """Return an upper bound of the number of pairs that share a neighbour.

    `side` states whether the pairs are of cities or of collaborations.
    """
    biadjacency = two_mode.biadjacency_from(side)
    neighbour_degrees, size = biadjacency.transpose.row_counts, biadjacency.shape[0]
    return min(int((neighbour_degrees * (neighbour_degrees - 1) // 2).sum()), size * (size - 1) // 2)


def max_pairs(weight: ProjectionWeight = ProjectionWeight.COUNT) -> int:
    """Return the maximum number of pairs of nodes whose weights fit into the memory limit of the process."""
    limit, _ = getrlimit(RLIMIT_DATA)
    memory = _MAX_BYTES if limit == RLIM_INFINITY else _SHARE_OF_LIMIT * limit
    return int(memory / (_GRADED_PAIR_BYTES if weight is ProjectionWeight.GRADE else _PAIR_BYTES))


def shared_pairs(
    two_mode: TwoMode, side: NetworkSide, weight: ProjectionWeight = ProjectionWeight.COUNT
) -> SharedPairs:
    """Find all pairs of cities that share a collaboration, or of collaborations that share a city.

    `side` states whether the pairs are of cities or of collaborations. Raises AnalysisError if there could be more than
    `max_pairs(weight)` pairs.
    """
    if (bound := pair_bound(two_mode, side)) > (limit := max_pairs(weight)):
        raise AnalysisError(
            f"up to {bound} pairs of {side.name.lower()} share a node; the limit is {limit}",
            hint="filter by country, theme or kind, use the other projection or one node, or write the projection to a "
            "file",
        )
    return _Products(two_mode, side).pairs(0, len(two_mode.nodes_of(side)))


def pair_blocks(two_mode: TwoMode, side: NetworkSide) -> Iterator[SharedPairs]:
    """Yield, in blocks, all pairs of cities, or all pairs of collaborations, that share a node.

    `side` states whether the pairs are of cities or of collaborations. Pairs of a network and its successor are
    omitted. The pairs have the same order as in the result of `shared_pairs`. The memory use does not grow with the
    number of pairs.
    """
    products = _Products(two_mode, side)
    bounds = np.cumsum(two_mode.biadjacency_from(side).dot(products.transpose.row_counts.astype(np.float64)))
    first, size = 0, len(bounds)
    while first < size:
        before = bounds[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(bounds, before + _BLOCK_PAIRS, side="right")))
        yield without_successions(two_mode, side, products.pairs(first, last))
        first = last


def pairs_with(two_mode: TwoMode, side: NetworkSide, node: int) -> SharedPairs:
    """Return all pairs that contain one particular node. The two nodes of a pair share a neighbour.

    `side` states whether this node is a city or a collaboration. `node` is its index among the cities or
    collaborations.
    """
    return _Products(two_mode, side).row(node)


def pairs_among(two_mode: TwoMode, side: NetworkSide, is_selected: BoolArray) -> SharedPairs:
    """Find all pairs of selected nodes of one node set that share a neighbour.

    `side` states whether the nodes are cities or collaborations. `is_selected` is a mask of all cities, or of all
    collaborations. The weights are the same as in the result of `shared_pairs`.
    """
    return _Products(two_mode, side, is_selected).pairs(0, len(is_selected))


def without_successions(two_mode: TwoMode, side: NetworkSide, pairs: SharedPairs) -> SharedPairs:
    """Return the pairs without those of a network and its successor. `side` states which nodes the pairs contain."""
    is_comparable = np.ones(len(pairs.first), dtype=np.bool_)
    for first, second in successions(two_mode, side):
        is_comparable &= (pairs.first != first) | (pairs.second != second)
    return pairs if is_comparable.all() else pairs.select(is_comparable)


def successions(two_mode: TwoMode, side: NetworkSide) -> list[tuple[int, int]]:
    """Return all pairs of a network and its successor, as pairs of indices into the collaborations.

    The indices of a pair are in the alphabetical order of the network ids, so the first network can be the predecessor
    or the successor. If `side` is CITIES, the list is empty, because cities have no successors.
    """
    if side is NetworkSide.CITIES:
        return []
    places = {node.id: place for place, node in enumerate(two_mode.collaborations)}
    return [(places[one], places[two]) for one, two in two_mode.successions if one in places and two in places]


class _Products:
    """The matrices whose products contain the COUNT and NEWMAN weights of all pairs of nodes.

    COUNT is the number of shared neighbours. `side` states whether the nodes are the cities or the collaborations. If
    the mask `is_selected` is not None, only pairs of selected nodes are computed. Even then, the degree of a node is
    the number of all its ties in the two-mode network.
    """

    def __init__(self, two_mode: TwoMode, side: NetworkSide, is_selected: BoolArray | None = None) -> None:
        self.biadjacency = two_mode.biadjacency_from(side)
        self.transpose = self.biadjacency.transpose
        self.degrees = self.biadjacency.row_counts
        neighbour_degrees = self.transpose.row_counts
        newman_weights = np.zeros(len(neighbour_degrees))
        np.divide(1.0, neighbour_degrees - 1, out=newman_weights, where=neighbour_degrees > 1)
        if is_selected is not None:
            self.biadjacency = self.biadjacency.keep_rows(is_selected)
            self.transpose = self.biadjacency.transpose
        self.weighted = self.transpose.scale_rows(newman_weights)
        modes = np.array([node.mode for node in two_mode.collaborations], dtype=np.object_)
        self.layers = {layer: self.transpose.keep_rows(modes == layer.label) for layer in two_mode.shared_layers(side)}

    def pairs(self, first: int, last: int) -> SharedPairs:
        """Return the pairs of nodes that share a neighbour and whose first node is in a range.

        The index of the first node is from `first` to `last` − 1.
        """
        return self._pairs(first, last, np.less)

    def row(self, node: int) -> SharedPairs:
        """Return all pairs of the node `node` (an index) and another node that shares a neighbour with this node."""
        return self._pairs(node, node + 1, np.not_equal)

    def _pairs(self, first: int, last: int, is_pair: Callable[[IntArray, IntArray], BoolArray]) -> SharedPairs:
        """Compute the rows from `first` to `last` − 1 of the products, and return their entries as pairs of nodes.

        An entry is returned only if `is_pair` is true for its row index and its column index.
        """
        selected, size = self.biadjacency.select_rows(first, last), self.biadjacency.shape[0]

        def multiply(right: SparseMatrix) -> tuple[IntArray, IntArray, FloatArray]:
            product = selected.matmul(right)
            rows, columns = product.rows + first, product.columns
            kept = is_pair(rows, columns)
            return rows[kept], columns[kept], product.values[kept]

        rows, columns, counts = multiply(self.transpose)
        # Both products have the same off-diagonal entries, because a shared node has degree two or more.
        newman = multiply(self.weighted)[2]
        by_layer: dict[CollaborationMode, IntArray] = {}
        for layer, transpose in self.layers.items():
            own_rows, own_columns, own_counts = multiply(transpose)
            by_layer[layer] = np.zeros(len(rows), dtype=np.int64)
            places = np.searchsorted(rows * size + columns, own_rows * size + own_columns)
            by_layer[layer][places] = np.rint(own_counts)
        ends = np.minimum(rows, columns), np.maximum(rows, columns)
        return SharedPairs(*ends, np.rint(counts).astype(np.int64), newman, self.degrees, by_layer=by_layer)


@dataclass(frozen=True)
class Projection:
    """Projection of a two-mode network on the cities or the collaborations. Nodes that share neighbours are tied.

    `lower_bound` is copied from the two-mode network. It is true if ties may be missing.
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
        """The symmetric matrix of weights, with an empty diagonal."""
        first, second, weights = self.pairs.first, self.pairs.second, self.pairs.weights(self.weight)
        ends = np.concatenate((first, second)), np.concatenate((second, first))
        size = len(self.nodes)
        return SparseMatrix.from_entries(*ends, np.concatenate((weights, weights)), (size, size))

    def iter_ties(self) -> Iterator[tuple[int, int, float, int]]:
        """Yield each tie as (index of the first node, index of the second node, weight, number of shared nodes)."""
        pairs, weights = self.pairs, self.pairs.weights(self.weight)
        return zip(ints(pairs.first), ints(pairs.second), floats(weights), ints(pairs.count), strict=True)

    def to_networkx(self) -> Graph:
        """Return a networkx.Graph keyed by node id.

        Edges have `weight` and `shared` (the number of shared nodes). If the two-mode network has several layers, the
        edges of a projection on the cities also have the number of each layer, such as `shared_network`.
        """
        import networkx as nx

        graph: Graph = nx.Graph()
        graph.graph |= {"mode": f"projection on {self.side.word}", "weight": self.weight.name}
        graph.add_nodes_from((node.id, node.attributes()) for node in self.nodes)
        ids = [node.id for node in self.nodes]
        by_layer = [(shared_name(layer), ints(counts)) for layer, counts in self.pairs.by_layer.items()]
        for place, (first, second, weight, count) in enumerate(self.iter_ties()):
            own = {name: counts[place] for name, counts in by_layer}
            graph.add_edge(ids[first], ids[second], weight=weight, shared=count, **own)
        return graph


def project(
    two_mode: TwoMode,
    side: NetworkSide,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    *,
    least_shared: int = 1,
    node: int | None = None,
) -> Projection:
    """Project a two-mode network on one node set: the cities or the collaborations.

    Two nodes are tied if they share at least `least_shared` neighbours. A network and its successor are never tied.

    A two-mode network is also a hypergraph, whose edges are the collaborations. The projection on the collaborations is
    the s-line graph of this hypergraph, with s = `least_shared` (Aksoy et al. 2020,
    doi:10.1140/epjds/s13688-020-00231-0). The centralities in this projection are the s-centralities.

    If `node` (the index of a city or collaboration) is not None, only the ties of this node are computed. Raises
    AnalysisError if `node` is None and there are too many pairs, if `node` is not None and `weight` is GRADE, or if
    `least_shared` is less than 1.
    """
    if least_shared < 1:
        raise AnalysisError(f"shared: {least_shared} is less than 1", hint="use at least 1, the usual projection")
    pairs = shared_pairs(two_mode, side, weight) if node is None else pairs_with(two_mode, side, node)
    if weight is ProjectionWeight.GRADE:
        if node is not None:
            raise AnalysisError(
                "the weight grade needs the whole projection",
                hint=hint_naming("use another weight, such as {weight}", weight=ProjectionWeight.JACCARD),
            )
        pairs = replace(pairs, grade=_grade_sums(two_mode, side))
    pairs = without_successions(two_mode, side, pairs)
    if least_shared > 1:
        pairs = pairs.select(pairs.count >= least_shared)
    return Projection(side, weight, two_mode.nodes_of(side), pairs, two_mode.lower_bound)


def _grade_sums(two_mode: TwoMode, side: NetworkSide) -> FloatArray:
    """Return the weight GRADE of each pair of nodes, in the order of `shared_pairs`.

    `side` states whether the nodes are the cities or the collaborations. GRADE is a sum over the shared neighbours.
    Each shared neighbour adds the smaller of the weights of its two ties.

    Tie weights are whole numbers. Therefore the smaller of two weights is equal to the number of thresholds 1, 2, …
    that both weights reach. For each threshold, this function counts the shared neighbours whose ties to both nodes
    reach the threshold. GRADE is the sum of these counts.
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
