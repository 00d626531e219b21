"""Estimate the work of the analyses of named queries (`graph.questions`) before they run.

A unit of work is a node or tie that is read, or about 20 µs of other work in the process that runs the analysis. A
limit of 500,000 units is then about ten seconds.

The functions have the following parameters:

- `arguments`: the arguments of the named query by name. The arguments of its subset are a nested mapping. A member of
  an enumeration is given by its name.
- `counts`: an object that counts the nodes and ties of a subset. It is None until the process has read a snapshot. As
  long as it is None, the work is estimated for the whole graph, from `degrees`.
- `degrees`: the numbers of nodes and relationships in the whole graph.
"""

from collections.abc import Mapping
from typing import Final, cast

from graph import model
from graph.analysis.subset_size import Size, SubsetCounts
from graph.model import Association
from graph.store import Degree, Degrees
from graph.vocabulary import CentralityMeasure, CollaborationMode, CommunityMethod, NetworkSide, NullModel

__all__ = [
    "centrality_work",
    "communities_work",
    "overlaps_work",
    "portfolio_work",
    "significance_work",
    "two_mode_work",
]

_CITY: Final = "City"
_SEARCHED: Final = {
    CentralityMeasure.BETWEENNESS.name: 15_000,
    CentralityMeasure.CONSTRAINT.name: 15_000,
    CentralityMeasure.EFFECTIVE_SIZE.name: 15_000,
    CentralityMeasure.CLOSENESS.name: 500_000,
    CentralityMeasure.HARMONIC.name: 500_000,
}
"""A dict from measure to the number of ties that the computation follows in one unit of work.

The dict contains the measures whose computation follows every tie from every node.
"""
_PROJECTED: Final = 100
"""Number of ties of a projection that are computed in one unit of work."""
_TRIALS: Final = 10
"""Default number of random seeds with which communities are found."""
_MOVED: Final = {
    CommunityMethod.LOUVAIN.name: 1.0,
    CommunityMethod.LEIDEN.name: 0.2,
    CommunityMethod.BRIM.name: 1.0,
    CommunityMethod.BRIM_LEIDEN.name: 0.3,
}
"""The work of each community method for one random seed, in units per node and per direction of a tie."""
_SDSM_TIE: Final = 7
"""The work of the null model SDSM per tie of the two-mode network, in units. See `significance_work`."""
_FDSM_TRIALS: Final = 1000
"""Default number of random networks of the null model FDSM."""
_TRADED: Final = 4
"""Number of ties that are traded in one unit of work, to make a random network of the null model FDSM."""
_COMPARED: Final = 300
"""Number of ties of the projection of a random network that are computed and compared in one unit of work."""
_OBJECTIVES: Final = 10
"""Assumed number of mixed-integer linear programmes that the search for the best portfolio solves."""
_OBJECTIVES_OF_POINT: Final = 4
"""Assumed number of mixed-integer linear programmes that the search for each point of the Pareto front solves."""


def two_mode_work(degrees: Degrees, arguments: Mapping[str, object], counts: SubsetCounts | None = None) -> int:
    """Return the estimated units of work for building the two-mode network of a subset on a date."""
    return round(_size(degrees, arguments, counts).built)


def centrality_work(degrees: Degrees, arguments: Mapping[str, object], counts: SubsetCounts | None = None) -> int:
    """Return the estimated units of work for computing the named query `centrality`."""
    size = _size(degrees, arguments, counts)
    nodes, ties, work = _graph(size, arguments)
    if (searched := _SEARCHED.get(str(arguments.get("measure")))) is not None:
        work += nodes * ties / searched
    return round(work)


def communities_work(degrees: Degrees, arguments: Mapping[str, object], counts: SubsetCounts | None = None) -> int:
    """Return the estimated units of work for computing the named query `communities`."""
    nodes, ties, work = _graph(_size(degrees, arguments, counts), arguments)
    trials = arguments.get("trials")
    per_tie = _MOVED[str(arguments.get("method") or CommunityMethod.LOUVAIN.name)]
    return round(work + max(0, trials if isinstance(trials, int) else _TRIALS) * (nodes + ties) * per_tie)


def overlaps_work(degrees: Degrees, arguments: Mapping[str, object], counts: SubsetCounts | None = None) -> int:
    """Return the estimated units of work for computing the named query `overlaps`.

    If only the pairs of one node are requested, the result is the work for the two-mode network alone. The work for the
    pairs is ignored, because there are fewer of these pairs than nodes.
    """
    side, node = arguments.get("projection") or NetworkSide.COLLABORATIONS.name, str(arguments.get("node") or "")
    if node and node.startswith("City:") is (side == NetworkSide.CITIES.name):
        return two_mode_work(degrees, arguments, counts)
    return round(_graph(_size(degrees, arguments, counts), {"projection": side})[2])


def significance_work(
    degrees: Degrees,
    arguments: Mapping[str, object],
    own_arguments: Mapping[str, object],
    counts: SubsetCounts | None = None,
) -> int:
    """Return the estimated units of work for computing the field `significance` of a named query on overlaps.

    All pairs are tested, even if the query returns only those of one node. `own_arguments` are the arguments of the
    field. The null model SDSM computes a distribution for each pair of degrees. The number of these pairs of degrees is
    at most the number of ties, because the degrees add up to the number of ties.
    """
    size = _size(degrees, arguments, counts)
    _, pairs, work = _graph(size, {"projection": arguments.get("projection") or NetworkSide.COLLABORATIONS.name})
    match str(own_arguments.get("null_model") or NullModel.SDSM.name):
        case NullModel.SDSM.name:
            work += size.ties * _SDSM_TIE
        case NullModel.FDSM.name:
            trials = own_arguments.get("trials")
            number = max(0, trials) if isinstance(trials, int) else _FDSM_TRIALS
            work += number * (size.ties / _TRADED + pairs / _COMPARED)
        case _:
            pass
    return round(work + pairs / _PROJECTED)


def portfolio_work(degrees: Degrees, arguments: Mapping[str, object], _counts: SubsetCounts | None = None) -> int:
    """Return the estimated units of work of `network_portfolio` for the city with the most memberships.

    The size of the linear programme is the number of distinct sets of networks through which peers (other cities) are
    met. This number is estimated as half the square of the city's number of networks. It cannot be larger than the
    number of nodes that hold memberships.
    """
    memberships = degrees.of("HOLDS", outgoing=True)
    sets = min(memberships.nodes, memberships.most**2 // 2)
    points = arguments.get("points")
    solved = max(0, points) if isinstance(points, int) else 20
    return sets * (_OBJECTIVES + _OBJECTIVES_OF_POINT * solved)


def _graph(size: Size, arguments: Mapping[str, object]) -> tuple[float, float, float]:
    """Return the number of nodes and ties of the network to be analysed, and the work of building it.

    The network is the two-mode network or its projection. Each tie is counted twice, once in each direction.
    """
    if (side := arguments.get("projection")) is None:
        return size.cities + size.collaborations, 2 * size.ties, size.built
    nodes, ties = size.projection(NetworkSide[str(side)])
    return nodes, ties, size.built + ties / _PROJECTED


def _size(degrees: Degrees, arguments: Mapping[str, object], counts: SubsetCounts | None) -> Size:
    """Return the estimated size of the two-mode network of the subset in `arguments`. Ties of all dates are included.

    If `counts` is None, the estimate uses only one filter of the subset: its layers (kinds of collaborations).
    """
    subset = cast("Mapping[str, object]", arguments.get("subset") or {})
    if counts is not None:
        return counts.size(subset)
    given = subset.get("layers") or CollaborationMode.NETWORK.name
    layers = (given,) if isinstance(given, str) else tuple(dict.fromkeys(cast("tuple[str, ...]", given)))
    ends = [_ends(degrees, CollaborationMode[name].label) for name in layers]
    ties = sum(min(city.total, collaboration.total) for city, collaboration in ends)
    cities, collaborations = max(city.nodes for city, _ in ends), sum(other.nodes for _, other in ends)
    return Size(
        cities,
        collaborations,
        ties,
        _pairs(ties, collaborations, max(collaboration.most for _, collaboration in ends)),
        _pairs(ties, cities, sum(city.most for city, _ in ends)),
        cities + collaborations + ties,
    )


def _pairs(ties: float, nodes: float, most: float) -> float:
    """Return the estimated number of ordered pairs of ties that share a node.

    The estimate assumes that one node has `most` ties, and that the other nodes share the remaining ties equally.
    """
    return most**2 + (ties - most) ** 2 / max(1.0, nodes - 1)


def _ends(degrees: Degrees, label: str) -> tuple[Degree, Degree]:
    """Return the degree statistics of the cities, and those of the collaborations with the label `label`.

    Only the relationships that tie cities to these collaborations are counted. Nodes without any of these relationships
    are left out.
    """
    for path in model.paths(_CITY):
        if path.target == label:
            return _degree(degrees, path.first), _degree(degrees, path.second, reverse=True)
    [tie] = (one for one in model.associations(_CITY) if one.targets == (label,))
    return _degree(degrees, tie), _degree(degrees, tie, reverse=True)


def _degree(degrees: Degrees, step: Association, *, reverse: bool = False) -> Degree:
    return degrees.of(step.relationship.type, outgoing=step.outgoing is not reverse)
