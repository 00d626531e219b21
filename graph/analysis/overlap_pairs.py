"""Find the pairs of networks that share a city, for the named query `graph.questions.overlapping_memberships`.

The pairs are computed from the analysis snapshot, a copy of the graph in memory. The Cypher statement of the query
could find the same pairs, but needs too much memory if networks have thousands of members. A test checks that the
snapshot and the statement give the same pairs.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from graph.analysis.overlap import complete_rosters
from graph.analysis.projection import shared_pairs
from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import bools, floats, ints
from graph.analysis.subset import Subset
from graph.questions.enums import OverlapLevel
from graph.questions.overlapping_memberships import Arguments
from graph.standing import indexes_of
from graph.vocabulary import NetworkSide, Standing

__all__ = ["compute_pairs"]

_NEWMAN_DECIMALS: Final = 12


@dataclass(frozen=True, slots=True)
class _Network:
    id: str
    members: int
    complete: bool

    def parameter(self) -> dict[str, object]:
        return {"id": self.id, "level": "CITIES", "members": self.members, "complete": self.complete}


@dataclass(frozen=True, slots=True)
class _Pair:
    first: _Network
    second: _Network
    shared: int
    newman: float


async def compute_pairs(runner: AnalysisRunner, arguments: Arguments) -> Mapping[str, object]:
    """Return the parameter `pairs` of the Cypher statement: all pairs of networks that share a city on the date.

    An item of `pairs` contains the number of shared cities and Newman's weight. For each of the two networks, it
    contains the id, the number of members and whether all members are recorded. The arguments restrict the pairs:

    - `city`: only pairs of networks that both include this city.
    - `network`, `with_`: only pairs that contain this network.
    - `level`: no pairs if the level is UNITS, which compares units instead of cities.

    The list of all pairs is cached and then filtered. Raises StoreError and AnalysisError.
    """
    if arguments.level is OverlapLevel.UNITS:
        return {"pairs": []}
    snapshot = await runner.snapshot()
    standings = tuple(standing for standing in Standing if standing in arguments.standings)
    pairs = await runner.run_cached(
        _all_pairs, snapshot, arguments.on, include_applied=arguments.include_applied, standings=standings
    )
    if arguments.city is not None:
        own = _networks_of(snapshot, arguments.city, arguments)
        pairs = tuple(pair for pair in pairs if pair.first.id in own and pair.second.id in own)
    for network in filter(None, (arguments.network, arguments.with_)):
        pairs = tuple(pair for pair in pairs if network in (pair.first.id, pair.second.id))
    return {
        "pairs": [
            {
                "one": pair.first.parameter(),
                "two": pair.second.parameter(),
                "shared": pair.shared,
                "newman": pair.newman,
            }
            for pair in pairs
        ]
    }


def _all_pairs(
    snapshot: Snapshot, on: date, *, include_applied: bool, standings: tuple[Standing, ...]
) -> tuple[_Pair, ...]:
    """Return all pairs of networks that share a city on the date, with the number of shared cities."""
    two_mode = snapshot.two_mode(on, Subset(include_applied=include_applied, standings=standings))
    side = NetworkSide.COLLABORATIONS
    found = shared_pairs(two_mode, side)
    networks = [
        _Network(node.id, members, complete)
        for node, members, complete in zip(
            two_mode.collaborations, ints(found.degrees), bools(complete_rosters(two_mode, side)), strict=True
        )
    ]
    columns = ints(found.first), ints(found.second), ints(found.count), floats(found.newman)
    return tuple(
        _Pair(networks[first], networks[second], shared, round(newman, _NEWMAN_DECIMALS))
        for first, second, shared, newman in zip(*columns, strict=True)
    )


def _networks_of(snapshot: Snapshot, city: str, arguments: Arguments) -> frozenset[str]:
    """Return the ids of the collaborations in which the city takes part on the requested date.

    The result is empty if the graph has no such city.
    """
    place = bisect_left(snapshot.cities, city, key=lambda node: node.id)
    if place == len(snapshot.cities) or snapshot.cities[place].id != city:
        return frozenset()
    ties = snapshot.ties
    is_own = ties.city == place
    if not arguments.include_applied:
        is_own &= ~ties.applied
    is_own &= np.isin(ties.standing(arguments.on.toordinal()), indexes_of(arguments.standings))
    return frozenset(snapshot.collaborations[index].id for index in ints(ties.collaboration[is_own]))
