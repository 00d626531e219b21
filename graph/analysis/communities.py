"""Find communities by the Louvain method, and compute their modularity and their stability over random seeds.

The Louvain method (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008) maximises modularity (Newman and Girvan
2004, doi:10.1103/PhysRevE.69.026113; with a resolution, Reichardt and Bornholdt 2006, doi:10.1103/PhysRevE.74.016110)
greedily in random order. Different seeds can therefore give different partitions, and the best one is returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.analysis.projection import Projection
from graph.analysis.sparse import IntArray, SparseMatrix, floats, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback, no_progress

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Communities", "Stability", "communities"]

METHOD: Final = "Louvain (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008)"

_MODULARITY_DECIMALS: Final = 12
"""Number of decimals compared to find the best partition. Smaller differences are rounding errors."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Similarity of the partitions found with all seeds.

    `agreement` is the mean adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075) over all pairs of
    seeds. It is 1 if all partitions are equal, and about 0 if they are independent. `modularity` is the minimum and
    maximum modularity. `counts` is the minimum and maximum number of communities.
    """

    agreement: float
    modularity: tuple[float, float]
    counts: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Communities:
    """The best communities found with any seed, by descending size. The nodes are in the order of the graph.

    `seed` is the seed that gave the highest modularity, or the smallest such seed. `seeds` are all seeds that were
    tried. `modularity` is the weighted modularity of Newman and Girvan at `resolution`. `two_mode_modularity` is the
    modularity of Barber (2007, doi:10.1103/PhysRevE.76.066102), whose null model has no ties within a node set. It is
    None for a projection. Both modularities are None if the graph has no ties.

    `node_stability` contains, by node id, how often the node and another member of its community are in one community:
    the mean over the other members of the share of the other seeds. It is empty with one seed, and without nodes that
    are alone in their community.
    """

    method: str
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
    seed: int = 0,
    trials: int = 10,
    resolution: float = 1.0,
    on_progress: ProgressCallback = no_progress,
) -> Communities:
    """Find communities with the seeds from `seed` to `seed` + `trials` − 1, and return the best.

    A higher `resolution` gives more and smaller communities. If the graph has no ties, every node is a community.
    Raises AnalysisError if `resolution` is not positive or `trials` is less than 1.
    """
    if resolution <= 0 or trials < 1:
        raise AnalysisError(
            f"communities need a positive resolution and at least one trial, not {resolution} and {trials}",
            hint="the usual resolution is 1",
        )
    seeds = tuple(range(seed, seed + trials))
    if not graph.tie_count:
        singletons = tuple((node,) for node in graph.nodes)
        return Communities(METHOD, seed, seeds, resolution, singletons, None, None, None, {}, graph.lower_bound)
    from networkx.algorithms.community import louvain_communities

    nx_graph = _to_networkx(graph.adjacency)
    partitions: list[IntArray] = []
    for done, trial_seed in enumerate(seeds, start=1):
        parts = louvain_communities(nx_graph, weight="weight", resolution=resolution, seed=trial_seed)
        partitions.append(_labels([sorted(part) for part in parts], len(graph.nodes)))
        on_progress(done, trials)
    modularities = [_modularity(graph.adjacency, labels, resolution) for labels in partitions]
    best = max(range(trials), key=lambda trial: (round(modularities[trial], _MODULARITY_DECIMALS), -trial))
    labels = partitions[best]
    return Communities(
        method=METHOD,
        seed=seeds[best],
        seeds=seeds,
        resolution=resolution,
        communities=tuple(
            tuple(graph.nodes[index] for index in np.flatnonzero(labels == label)) for label in range(labels.max() + 1)
        ),
        modularity=modularities[best],
        two_mode_modularity=_barber_modularity(graph, labels, resolution) if isinstance(graph, TwoMode) else None,
        stability=_stability(partitions, modularities) if trials > 1 else None,
        node_stability=_node_stability(graph.nodes, labels, partitions[:best] + partitions[best + 1 :]),
        lower_bound=graph.lower_bound,
    )


def _stability(partitions: Sequence[IntArray], modularities: Sequence[float]) -> Stability:
    agreements = [_adjusted_rand_index(first, second) for first, second in combinations(partitions, 2)]
    counts = [int(labels.max()) + 1 for labels in partitions]
    return Stability(float(np.mean(agreements)), (min(modularities), max(modularities)), (min(counts), max(counts)))


def _node_stability(nodes: Sequence[Node], labels: IntArray, others: Sequence[IntArray]) -> dict[str, float]:
    """Return how often each node is in one community with the other members of its community."""
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


def _labels(parts: Sequence[Sequence[int]], size: int) -> IntArray:
    """Return the community number of every node. Communities are numbered by descending size, then by first node."""
    labels = np.zeros(size, dtype=np.int64)
    for label, part in enumerate(sorted(parts, key=lambda part: (-len(part), part[0]))):
        labels[np.asarray(part)] = label
    return labels


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
