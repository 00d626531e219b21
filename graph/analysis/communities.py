"""Communities: parts of a network with more ties inside than chance would give, and how sure they are.

Louvain's method (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008) raises modularity (Newman and Girvan 2004,
doi:10.1103/PhysRevE.69.026113) step by step in a random order, so that another seed may find other parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.projection import Projection
from graph.analysis.sparse import IntArray, Sparse, floats, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import AnalysisError

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Communities", "Stability", "communities"]

METHOD: Final = "Louvain (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008)"


@dataclass(frozen=True, slots=True)
class Stability:
    """How alike the communities of several seeds are.

    `agreement` is the mean adjusted Rand index (Hubert and Arabie 1985, doi:10.1007/BF01908075) of all pairs of
    seeds: 1 where all agree, about 0 where they agree no more than chance. `modularity` is from the least to the most.
    """

    seeds: tuple[int, ...]
    agreement: float
    modularity: tuple[float, float]
    counts: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Communities:
    """The communities of one seed, the largest first, each by the order of the network's nodes.

    `modularity` is that of Newman and Girvan, weights counted; `two_mode_modularity` that of Barber (2007,
    doi:10.1103/PhysRevE.76.066102), which knows that ties within a mode cannot be. Null where there are no ties.
    """

    method: str
    seed: int
    resolution: float
    communities: tuple[tuple[Node, ...], ...]
    modularity: float | None
    two_mode_modularity: float | None
    stability: Stability | None
    lower_bound: bool

    def community_of(self) -> dict[str, int]:
        """The number of each node's community, from 1, by the node's id."""
        return {node.id: place for place, nodes in enumerate(self.communities, start=1) for node in nodes}


def communities(
    of: TwoMode | Projection,
    *,
    seed: int = 0,
    trials: int = 10,
    resolution: float = 1.0,
    tell: ProgressCallback = no_progress_callback,
) -> Communities:
    """The communities that the seed finds, and their stability over `trials` seeds: `seed`, `seed` + 1, and so on.

    A higher `resolution` gives more and smaller communities. Without ties every node is one of its own. Raises
    AnalysisError for a resolution that is not positive and for less than one trial.
    """
    if resolution <= 0 or trials < 1:
        raise AnalysisError(
            f"communities need a positive resolution and at least one trial; given were {resolution} and {trials}",
            hint="1 is the usual resolution",
        )
    if not of.ties:
        alone = tuple((node,) for node in of.nodes)
        return Communities(METHOD, seed, resolution, alone, None, None, None, of.lower_bound)
    from networkx.algorithms.community import louvain_communities

    shape = _graph(of.matrix)
    found: list[IntArray] = []
    for trial in range(trials):
        parts = louvain_communities(shape, weight="weight", resolution=resolution, seed=seed + trial)
        found.append(_labels([sorted(part) for part in parts], len(of.nodes)))
        tell(trial + 1, trials)
    values = [_modularity(of.matrix, labels) for labels in found]
    sizes = [int(labels.max()) + 1 for labels in found]
    stability = None
    if trials > 1:
        pairs = [_adjusted_rand(one, other) for one, other in combinations(found, 2)]
        stability = Stability(
            tuple(range(seed, seed + trials)),
            float(np.mean(pairs)),
            (min(values), max(values)),
            (min(sizes), max(sizes)),
        )
    return Communities(
        method=METHOD,
        seed=seed,
        resolution=resolution,
        communities=tuple(
            tuple(of.nodes[place] for place in np.flatnonzero(found[0] == label)) for label in range(sizes[0])
        ),
        modularity=values[0],
        two_mode_modularity=_barber(of, found[0]) if isinstance(of, TwoMode) else None,
        stability=stability,
        lower_bound=of.lower_bound,
    )


def _graph(matrix: Sparse) -> "nx.Graph[int]":
    import networkx as nx

    shape: nx.Graph[int] = nx.Graph()
    shape.add_nodes_from(range(matrix.shape[0]))
    upper = matrix.rows < matrix.columns
    ties = zip(ints(matrix.rows[upper]), ints(matrix.columns[upper]), floats(matrix.values[upper]), strict=True)
    shape.add_weighted_edges_from(ties)
    return shape


def _labels(parts: Sequence[Sequence[int]], size: int) -> IntArray:
    """The number of each node's part; parts are numbered from the largest down, then by their first node."""
    labels = np.zeros(size, dtype=np.int64)
    for label, part in enumerate(sorted(parts, key=lambda part: (-len(part), part[0]))):
        labels[np.asarray(part)] = label
    return labels


def _modularity(matrix: Sparse, labels: IntArray) -> float:
    """Newman and Girvan's modularity at resolution 1."""
    strengths = matrix.row_sums
    total = strengths.sum()
    inside = matrix.values[labels[matrix.rows] == labels[matrix.columns]].sum()
    of_parts = np.bincount(labels, weights=strengths)
    return float(inside / total - ((of_parts / total) ** 2).sum())


def _barber(two_mode: TwoMode, labels: IntArray) -> float:
    of_cities, of_others = labels[: len(two_mode.cities)], labels[len(two_mode.cities) :]
    inside = int((of_cities[two_mode.city_of] == of_others[two_mode.collaboration_of]).sum())
    parts = int(labels.max()) + 1
    city_ties = np.bincount(of_cities[two_mode.city_of], minlength=parts)
    other_ties = np.bincount(of_others[two_mode.collaboration_of], minlength=parts)
    return float(inside / two_mode.ties - (city_ties / two_mode.ties) @ (other_ties / two_mode.ties))


def _adjusted_rand(one: IntArray, other: IntArray) -> float:
    def pairs(counts: IntArray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    width = int(other.max()) + 1
    both = pairs(np.bincount(one * width + other))
    of_one, of_other, of_all = pairs(np.bincount(one)), pairs(np.bincount(other)), len(one) * (len(one) - 1) / 2
    expected = of_one * of_other / of_all
    most = (of_one + of_other) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)
