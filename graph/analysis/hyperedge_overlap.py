"""Overlap in the hypergraph whose nodes are cities. Each hyperedge is the set of the cities of one collaboration.

The measures are those of Lee, Choe and Shin (2021, doi:10.1145/3442381.3450010). They have no unit.

- density of a set of hyperedges: the number of hyperedges / the number of distinct cities in them.
- overlapness of a set of hyperedges: the sum of the sizes of the hyperedges / the number of distinct cities in them. It
  is 1 if the hyperedges are disjoint, and the number of hyperedges if all are equal.
- homogeneity of a hyperedge: a mean over all pairs of its cities. The value for a pair is the number of hyperedges that
  contain both cities, which is at least 1. The homogeneity of a hyperedge with a single city is 0.

The egonet of a city is the set of the hyperedges that contain the city. The sizes, Jaccard indexes and overlap
coefficients of pairs of hyperedges are in `graph.analysis.overlap`.
"""

from dataclasses import dataclass

import numpy as np

from graph.analysis.projection import shared_pairs
from graph.analysis.sparse import FloatArray, IntArray
from graph.analysis.two_mode import TwoMode
from graph.vocabulary import NetworkSide

__all__ = ["HyperedgeOverlap", "hyperedge_overlap"]


@dataclass(frozen=True, slots=True)
class HyperedgeOverlap:
    """Measures of the hypergraph, of each collaboration, and of the egonet of each city.

    - `density`, `overlapness`: measures of the whole hypergraph, or None if there are no ties.
    - `sizes`: the number of cities of each collaboration.
    - `homogeneity`: the homogeneity of each collaboration.
    - `egonet_cities`: the number of distinct cities in the egonet of each city, including the city itself.
    - `egonet_density`, `egonet_overlapness`: measures of the egonet of each city.

    The arrays are in the order of the nodes. The entries of a city without ties are 0.
    """

    density: float | None
    overlapness: float | None
    sizes: IntArray
    homogeneity: FloatArray
    egonet_cities: IntArray
    egonet_density: FloatArray
    egonet_overlapness: FloatArray


def hyperedge_overlap(two_mode: TwoMode) -> HyperedgeOverlap:
    """Compute the overlap of the hyperedges. Raises AnalysisError if there are too many pairs of collaborations."""
    biadjacency = two_mode.biadjacency
    degrees, sizes = biadjacency.row_counts, biadjacency.transpose.row_counts
    cities = _egonet_cities(two_mode)
    size_sums = np.bincount(two_mode.city_index, sizes[two_mode.collaboration_index], len(degrees))
    tied = int((degrees > 0).sum())
    return HyperedgeOverlap(
        int((sizes > 0).sum()) / tied if tied else None,
        two_mode.tie_count / tied if tied else None,
        sizes,
        _homogeneity(two_mode, sizes),
        cities,
        degrees / np.maximum(cities, 1),
        size_sums / np.maximum(cities, 1),
    )


def _homogeneity(two_mode: TwoMode, sizes: IntArray) -> FloatArray:
    """Return the homogeneity of each collaboration. `sizes` contains the number of cities of each collaboration.

    For each pair of cities in a hyperedge h, the hyperedges that contain both cities are counted. The homogeneity of h
    is the mean of these counts. The function computes the sum of the counts in another way: every hyperedge, including
    h itself, adds the number of pairs of cities that it shares with h.
    """
    pairs = shared_pairs(two_mode, NetworkSide.COLLABORATIONS)
    shared = (pairs.count * (pairs.count - 1) // 2).astype(np.float64)
    own = sizes * (sizes - 1) / 2
    sums = own + np.bincount(pairs.first, shared, len(sizes)) + np.bincount(pairs.second, shared, len(sizes))
    return np.divide(sums, own, out=np.zeros(len(sizes)), where=own > 0)


def _egonet_cities(two_mode: TwoMode) -> IntArray:
    """Return the number of distinct cities in the egonet of each city.

    The egonet of a city is the set of its collaborations. Cities with exactly the same collaborations have the same
    egonet, so the number is computed only once for all these cities.
    """
    networks, members = two_mode.biadjacency, two_mode.biadjacency.transpose
    own_starts, own_columns = networks.row_starts, networks.columns
    starts, columns = members.row_starts, members.columns
    found: dict[bytes, int] = {}
    counts = np.zeros(len(two_mode.cities), dtype=np.int64)
    is_reached = np.empty(len(two_mode.cities), dtype=np.bool_)
    for city in range(len(two_mode.cities)):
        own = own_columns[own_starts[city] : own_starts[city + 1]]
        key = own.tobytes()
        if key not in found:
            is_reached[:] = False
            for network in own:
                is_reached[columns[starts[network] : starts[network + 1]]] = True
            found[key] = int(is_reached.sum())
        counts[city] = found[key]
    return counts
