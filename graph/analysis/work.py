"""Estimate the work of analyses before they run, from the degrees (counts of nodes and relationships).

A unit of work is a node or tie that is read, or about 20 µs of other work in the process that runs the analysis. A
limit of 500,000 units is then about ten seconds. `arguments` contains the arguments of the question by name. Members of
enumerations are given as their names.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, cast

from graph import model
from graph.model import Association
from graph.store import Degree, Degrees
from graph.vocabulary import CentralityMeasure, CollaborationMode, NetworkSide

__all__ = ["centrality_work", "portfolio_work", "two_mode_work"]

_CITY: Final = "City"
_NETWORKS: Final = (CollaborationMode.NETWORK.name,)
_SEARCHED: Final = {
    CentralityMeasure.BETWEENNESS.name: 15_000,
    CentralityMeasure.CONSTRAINT.name: 15_000,
    CentralityMeasure.EFFECTIVE_SIZE.name: 15_000,
    CentralityMeasure.CLOSENESS.name: 500_000,
    CentralityMeasure.HARMONIC.name: 500_000,
}
"""The measures that follow every tie from every node, and the number of ties followed in one unit of work."""
_PROJECTED: Final = 100
"""Number of ties of a projection that are computed in one unit of work."""
_RESTRICTIONS: Final = ("countries", "theme", "network_kind", "include_cities", "include_networks", "ego")
"""The arguments that restrict a two-mode network to a part."""
_RESTRICTED_SHARE: Final = 0.1
"""The assumed size of a restricted two-mode network, as a share of the whole network."""
_RADIUS_OF_PEERS: Final = 2
"""Number of ties from a city to its peers."""
_OBJECTIVES: Final = 10
"""Assumed number of mixed-integer linear programmes that are solved for the best portfolio."""
_OBJECTIVES_OF_POINT: Final = 4
"""Assumed number of mixed-integer linear programmes that are solved for each point of the Pareto front."""


def two_mode_work(degrees: Degrees, _arguments: Mapping[str, object]) -> int:
    """Return the work of building the two-mode network of cities and networks on a date."""
    return round(_size(degrees, _NETWORKS).total)


def centrality_work(degrees: Degrees, arguments: Mapping[str, object]) -> int:
    """Return the work of the question `centrality`."""
    given = arguments.get("collaborations") or _NETWORKS  # a list of one item may be given without brackets
    layers = (given,) if isinstance(given, str) else tuple(dict.fromkeys(cast("tuple[str, ...]", given)))
    size = _size(degrees, layers)
    radius = arguments.get("radius")
    is_wide = isinstance(radius, int) and radius > _RADIUS_OF_PEERS  # then an ego network can be the whole network
    if any(arguments.get(name) for name in _RESTRICTIONS if name != "ego" or not is_wide):
        size = size.scaled(_RESTRICTED_SHARE)
    nodes, ties, work = size.cities + size.collaborations, 2 * size.ties, size.total
    if (side := arguments.get("projection")) is not None:
        nodes, ties = size.projection(is_of_cities=side == NetworkSide.CITIES.name)
        work += ties / _PROJECTED
    if (searched := _SEARCHED.get(str(arguments.get("measure")))) is not None:
        work += nodes * ties / searched
    return round(work)


def portfolio_work(degrees: Degrees, arguments: Mapping[str, object]) -> int:
    """Return the work of the question `network_portfolio`, for the city with the most memberships.

    The size of the linear programme is the number of distinct sets of networks through which peers (other cities) are
    met. This number is estimated as the number of pairs of the city's networks, but is at most the number of nodes that
    hold memberships.
    """
    memberships = degrees.of("HOLDS", outgoing=True)
    sets = min(memberships.nodes, memberships.most**2 // 2)
    points = arguments.get("points")
    solved = max(0, points) if isinstance(points, int) else 20
    return sets * (_OBJECTIVES + _OBJECTIVES_OF_POINT * solved)


class _Size(NamedTuple):
    """The estimated size of a two-mode network.

    `most_of_city` and `most_of_collaboration` are the largest numbers of ties of a single city and of a single
    collaboration.
    """

    cities: float
    collaborations: float
    ties: float
    most_of_city: float
    most_of_collaboration: float

    @property
    def total(self) -> float:
        return self.cities + self.collaborations + self.ties

    def scaled(self, share: float) -> "_Size":
        return _Size(*(number * share for number in self))

    def projection(self, *, is_of_cities: bool) -> tuple[float, float]:
        """Return the estimated number of nodes and of ties of a projection. Both directions of a tie are counted.

        The projection ties all neighbours of a node on the other side to each other. One node on the other side is
        assumed to have the largest number of ties. All other nodes on that side are assumed to share the remaining ties
        equally.
        """
        nodes, others, most = self.cities, self.collaborations, self.most_of_collaboration
        if not is_of_cities:
            nodes, others, most = self.collaborations, self.cities, self.most_of_city
        ties = most**2 + (self.ties - most) ** 2 / max(1.0, others - 1)
        return nodes, min(ties, nodes**2)


def _size(degrees: Degrees, layers: tuple[str, ...]) -> _Size:
    """Return the estimated size of the two-mode network of these kinds of collaborations, on any date."""
    ends = [_ends(degrees, CollaborationMode[name].label) for name in layers]
    return _Size(
        max(city.nodes for city, _ in ends),
        sum(collaboration.nodes for _, collaboration in ends),
        sum(min(city.total, collaboration.total) for city, collaboration in ends),
        sum(city.most for city, _ in ends),
        max(collaboration.most for _, collaboration in ends),
    )


def _ends(degrees: Degrees, label: str) -> tuple[Degree, Degree]:
    """Return the degrees of the cities, and the degrees of the collaborations with this label.

    The degrees are statistics of the relationships that tie cities to these collaborations, counted at either end.
    """
    for path in model.paths(_CITY):
        if path.target == label:
            return _degree(degrees, path.first), _degree(degrees, path.second, reverse=True)
    [tie] = (one for one in model.associations(_CITY) if one.targets == (label,))
    return _degree(degrees, tie), _degree(degrees, tie, reverse=True)


def _degree(degrees: Degrees, step: Association, *, reverse: bool = False) -> Degree:
    return degrees.of(step.relationship.type, outgoing=step.outgoing is not reverse)
