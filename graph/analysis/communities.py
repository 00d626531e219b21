"""Find communities, and compute their modularity and their stability over random seeds.

Modularity compares the ties within communities with the ties of a random network (Newman and Girvan 2004,
doi:10.1103/PhysRevE.69.026113). A resolution parameter can be added (Reichardt and Bornholdt 2006,
doi:10.1103/PhysRevE.74.016110). For the two-mode modularity (Barber 2007, doi:10.1103/PhysRevE.76.066102), the random
network is a two-mode network, which has no ties within a node set.

- LOUVAIN (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008) maximises modularity greedily.
- LEIDEN (Traag et al. 2019, doi:10.1038/s41598-019-41695-z) also moves parts of communities.
- BRIM (Barber 2007) maximises the two-mode modularity. It starts from the communities that LOUVAIN finds. It moves
  every city to the community with the largest gain, and then every collaboration. It repeats these moves until the
  modularity does not increase.
- BRIM_LEIDEN is BRIM, but starts from the communities that LEIDEN finds.

All methods work in random order. Different seeds can therefore give different partitions, and the best one is returned.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from itertools import combinations
from math import inf
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from graph.analysis.projection import Projection
from graph.analysis.sparse import IntArray, SparseMatrix, floats, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback, no_progress
from graph.tables import hint_naming
from graph.vocabulary import CommunityMethod

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Communities", "Stability", "communities"]

_LOUVAIN: Final = "Louvain (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008)"
_LEIDEN: Final = "Leiden (Traag et al. 2019, doi:10.1038/s41598-019-41695-z)"
_BRIM: Final = "BRIM (Barber 2007, doi:10.1103/PhysRevE.76.066102)"
_LEIDEN_ITERATIONS: Final = 10
"""Number of times that the Leiden method is run. Each run starts from the partition that the previous run found."""
_MIN_GAIN: Final = 1e-12
"""BRIM stops when the two-mode modularity increases by less than this number.

Such a small increase can be a rounding error.
"""
_MODULARITY_DECIMALS: Final = 12
"""Number of decimals in which modularities are compared. A smaller difference is treated as a rounding error."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Similarity of the partitions that were found with the different random seeds.

    - `agreement`: the mean adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075) over all pairs of
      partitions. It is 1 if all partitions are equal, and about 0 if they are independent.
    - `modularity`: the minimum and the maximum, over the partitions, of the modularity that the method maximises.
    - `counts`: the minimum and the maximum, over the partitions, of the number of communities.
    """

    agreement: float
    modularity: tuple[float, float]
    counts: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Communities:
    """The best partition of a graph into communities, among the partitions that were found with several random seeds.

    The communities are in order of descending size. The nodes are in the order of the graph.

    - `seed`: the seed with which this partition was found. If several seeds gave an equally good partition, it is the
      smallest of these seeds.
    - `seeds`: all seeds that were tried.
    - `modularity`: the weighted modularity of Newman and Girvan at `resolution`, or None if the graph has no ties.
    - `two_mode_modularity`: the modularity of Barber, or None for a projection or if the graph has no ties.
    - `citation`: the name of the method, its source and the version of its package.
    - `stability`: the similarity of the partitions found with all seeds. None if only one seed was tried or the graph
      has no ties.
    - `node_stability`: a dict from node id to the stability of the node, from 0 to 1. Empty if only one seed was tried.
      Nodes that are alone in their community are omitted.
    - `lower_bound`: whether the graph may lack ties.

    The stability of a node is a mean over the other members of its community. The value for a member is the share of
    the remaining seeds (all except `seed`) that put the node and this member into the same community.
    """

    method: CommunityMethod
    citation: str
    seed: int
    seeds: tuple[int, ...]
    resolution: float
    communities: tuple[tuple[Node, ...], ...]
    modularity: float | None
    two_mode_modularity: float | None
    stability: Stability | None
    node_stability: Mapping[str, float]
    lower_bound: bool

    def community_of(self) -> dict[str, int]:
        """Return a dict from node id to community number. The numbers start at 1."""
        return {node.id: number for number, nodes in enumerate(self.communities, start=1) for node in nodes}


def communities(
    graph: TwoMode | Projection,
    *,
    method: CommunityMethod = CommunityMethod.LOUVAIN,
    seed: int = 0,
    trials: int = 10,
    resolution: float = 1.0,
    on_progress: ProgressCallback = no_progress,
) -> Communities:
    """Find communities with the seeds from `seed` to `seed` + `trials` − 1, and return the best partition.

    The best partition has the highest modularity. For BRIM and BRIM_LEIDEN, it has the highest two-mode modularity. A
    higher `resolution` gives more and smaller communities. If the graph has no ties, every node is a community. Raises
    AnalysisError in these cases:

    - `resolution` is not positive, `trials` is less than 1, or `seed` is negative.
    - The package that `method` needs is not installed.
    - `method` needs a two-mode network, but the graph is a projection.
    """
    if not 0 < resolution < inf or trials < 1 or seed < 0:
        raise AnalysisError(
            f"communities need a positive resolution, a trial and a seed that is not negative, not {resolution}, "
            f"{trials} and {seed}",
            hint="the usual resolution is 1, and the usual seed is 0",
        )
    seeds, citation = tuple(range(seed, seed + trials)), _citation(graph, method)
    if not graph.tie_count:
        singletons = tuple((node,) for node in graph.nodes)
        undefined = None, None, None
        return Communities(method, citation, seed, seeds, resolution, singletons, *undefined, {}, graph.lower_bound)
    find = _leiden(graph, resolution) if method.needs_leiden else _louvain(graph, resolution)
    partitions: list[IntArray] = []
    modularities: list[float] = []
    for done, trial_seed in enumerate(seeds, start=1):
        labels = find(trial_seed)
        if method.is_two_mode and isinstance(graph, TwoMode):
            labels = _brim(graph, labels, resolution)
            modularities.append(_barber_modularity(graph, labels, resolution))
        else:
            modularities.append(_modularity(graph.adjacency, labels, resolution))
        partitions.append(_renumber(labels))
        on_progress(done, trials)
    best = max(range(trials), key=lambda trial: (round(modularities[trial], _MODULARITY_DECIMALS), -trial))
    labels = partitions[best]
    return Communities(
        method=method,
        citation=citation,
        seed=seeds[best],
        seeds=seeds,
        resolution=resolution,
        communities=tuple(
            tuple(graph.nodes[index] for index in np.flatnonzero(labels == label)) for label in range(labels.max() + 1)
        ),
        modularity=_modularity(graph.adjacency, labels, resolution),
        two_mode_modularity=_barber_modularity(graph, labels, resolution) if isinstance(graph, TwoMode) else None,
        stability=_stability(partitions, modularities) if trials > 1 else None,
        node_stability=_node_stability(graph.nodes, labels, partitions[:best] + partitions[best + 1 :]),
        lower_bound=graph.lower_bound,
    )


def _citation(graph: TwoMode | Projection, method: CommunityMethod) -> str:
    """Return how to cite a method: its name, its source and, if it uses Leiden, the version of graspologic-native.

    Raises AnalysisError if graspologic-native is needed and not installed. Also raises AnalysisError if the method
    needs a two-mode network and the graph is a projection.
    """
    if method.is_two_mode and isinstance(graph, Projection):
        raise AnalysisError(
            "BRIM finds communities of a two-mode network, and this is a projection",
            hint=hint_naming("use {one} or {other}", one=CommunityMethod.LOUVAIN, other=CommunityMethod.LEIDEN),
        )
    start = _LOUVAIN
    if method.needs_leiden:
        if find_spec("graspologic_native") is None:
            raise AnalysisError(
                "Leiden communities need graspologic-native, which is not installed",
                hint=hint_naming(
                    "pip install 'citygraph[leiden]', or use {other}",
                    other=CommunityMethod.BRIM if method.is_two_mode else CommunityMethod.LOUVAIN,
                ),
            )
        start = f"{_LEIDEN}, graspologic-native {version('graspologic-native')}"
    return f"{_BRIM} from {start}" if method.is_two_mode else start


def _louvain(graph: TwoMode | Projection, resolution: float) -> Callable[[int], IntArray]:
    """Return a function that finds communities by LOUVAIN.

    The function accepts a random seed, and returns the community number of each node.
    """
    from networkx.algorithms.community import louvain_communities

    nx_graph = _to_networkx(graph.adjacency)

    def find(seed: int) -> IntArray:
        labels = np.zeros(len(graph.nodes), dtype=np.int64)
        parts = louvain_communities(nx_graph, weight="weight", resolution=resolution, seed=seed)
        for label, part in enumerate(parts):
            labels[list(part)] = label
        return labels

    return find


def _leiden(graph: TwoMode | Projection, resolution: float) -> Callable[[int], IntArray]:
    """Return a function that finds communities by LEIDEN.

    The function accepts a random seed, and returns the community number of each node.
    """
    leiden_csr = cast("Any", import_module("graspologic_native")).leiden_csr
    matrix, size = graph.adjacency, len(graph.nodes)
    ties = matrix.row_starts, matrix.columns.astype(np.int32), matrix.values

    def find(seed: int) -> IntArray:
        _, label_of = leiden_csr(*ties, size, resolution=resolution, seed=seed, iterations=_LEIDEN_ITERATIONS)
        return np.array([label_of[index] for index in range(size)], dtype=np.int64)

    return find


def _brim(two_mode: TwoMode, labels: IntArray, resolution: float) -> IntArray:
    """Move nodes between communities by BRIM until the two-mode modularity does not increase.

    `labels` contains the community numbers of all nodes: first those of the cities, then those of the collaborations.
    The result has the same form.
    """
    cities = len(two_mode.cities)
    by_city, by_collaboration = two_mode.biadjacency, two_mode.biadjacency.transpose
    modularity = _barber_modularity(two_mode, labels, resolution)
    while True:
        city_labels = _best_labels(by_city, labels[:cities], labels[cities:], resolution)
        collaboration_labels = _best_labels(by_collaboration, labels[cities:], city_labels, resolution)
        moved = np.concatenate((city_labels, collaboration_labels))
        increased = _barber_modularity(two_mode, moved, resolution)
        if increased < modularity + _MIN_GAIN:
            return labels
        labels, modularity = moved, increased


def _best_labels(matrix: SparseMatrix, row_labels: IntArray, column_labels: IntArray, resolution: float) -> IntArray:
    """Return, for each row, the community in which the row adds most to the two-mode modularity.

    The columns stay in their communities. `row_labels` and `column_labels` contain the present community number of each
    row and column. A row stays in its community, or moves to one that contains a column to which the row is tied.
    """
    size, count = len(row_labels), int(max(row_labels.max(), column_labels.max())) + 1
    community_ties = np.bincount(column_labels[matrix.columns], minlength=count)
    # An entry of 0 keeps the row's own community among those that are compared.
    rows = np.concatenate((matrix.rows, np.arange(size)))
    candidates = np.concatenate((column_labels[matrix.columns], row_labels))
    ties = SparseMatrix.from_entries(rows, candidates, np.concatenate((matrix.values, np.zeros(size))), (size, count))
    expected = matrix.row_counts[ties.rows] * community_ties[ties.columns] / matrix.nnz
    order = np.lexsort((resolution * expected - ties.values, ties.rows))
    return ties.columns[order[ties.row_starts[:-1]]]


def _stability(partitions: Sequence[IntArray], modularities: Sequence[float]) -> Stability:
    agreements = [_adjusted_rand_index(first, second) for first, second in combinations(partitions, 2)]
    counts = [int(labels.max()) + 1 for labels in partitions]
    return Stability(float(np.mean(agreements)), (min(modularities), max(modularities)), (min(counts), max(counts)))


def _node_stability(nodes: Sequence[Node], labels: IntArray, others: Sequence[IntArray]) -> dict[str, float]:
    """Return a dict from node id to the stability of the node in its community, as `Communities` defines it.

    Each seed gives one partition. `labels` is an array with the community number of each node in the best partition.
    `others` contains the arrays of the partitions of all other seeds.
    """
    if not others:
        return {}
    together = np.zeros(len(nodes))
    for partition in others:
        _, group, sizes = np.unique(
            labels * (int(partition.max()) + 1) + partition, return_inverse=True, return_counts=True
        )
        together += sizes[group] - 1
    members = np.bincount(labels)[labels] - 1
    shares = together / (len(others) * np.maximum(members, 1))
    return {
        node.id: share for node, share, others_in in zip(nodes, floats(shares), ints(members), strict=True) if others_in
    }


def _to_networkx(matrix: SparseMatrix) -> "nx.Graph[int]":
    import networkx as nx

    nx_graph: nx.Graph[int] = nx.Graph()
    nx_graph.add_nodes_from(range(matrix.shape[0]))
    upper = matrix.rows < matrix.columns
    ties = zip(ints(matrix.rows[upper]), ints(matrix.columns[upper]), floats(matrix.values[upper]), strict=True)
    nx_graph.add_weighted_edges_from(ties)
    return nx_graph


def _renumber(labels: IntArray) -> IntArray:
    """Return the partition with its communities numbered from 0, by descending size.

    Communities of equal size are in the order of their first nodes.
    """
    _, first, groups, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    numbers = np.empty(len(sizes), dtype=np.int64)
    numbers[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return numbers[groups]


def _modularity(matrix: SparseMatrix, labels: IntArray, resolution: float) -> float:
    """Return the modularity of a partition, as defined by Newman and Girvan, at the given resolution."""
    strengths = matrix.row_sums
    total = strengths.sum()
    inside = matrix.values[labels[matrix.rows] == labels[matrix.columns]].sum()
    part_strengths = np.bincount(labels, weights=strengths)
    return float(inside / total - resolution * ((part_strengths / total) ** 2).sum())


def _barber_modularity(two_mode: TwoMode, labels: IntArray, resolution: float) -> float:
    """Return the modularity of a partition of a two-mode network, as defined by Barber."""
    ties, parts = two_mode.tie_count, int(labels.max()) + 1
    city_labels = labels[two_mode.city_index]
    collaboration_labels = labels[len(two_mode.cities) + two_mode.collaboration_index]
    inside = int((city_labels == collaboration_labels).sum())
    city_ties = np.bincount(city_labels, minlength=parts)
    collaboration_ties = np.bincount(collaboration_labels, minlength=parts)
    return float(inside / ties - resolution * (city_ties / ties) @ (collaboration_ties / ties))


def _adjusted_rand_index(first: IntArray, second: IntArray) -> float:
    """Return the adjusted Rand index of two labellings of the same nodes."""

    def count_pairs(counts: IntArray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    width = int(second.max()) + 1
    common_pairs = count_pairs(np.bincount(first * width + second))
    first_pairs, second_pairs = count_pairs(np.bincount(first)), count_pairs(np.bincount(second))
    expected = first_pairs * second_pairs / (len(first) * (len(first) - 1) / 2)
    maximum = (first_pairs + second_pairs) / 2
    return 1.0 if maximum == expected else (common_pairs - expected) / (maximum - expected)
