"""Declare the question (named query) on the impact of leaving each of a city's networks.

The impact of leaving a single network is defined in `graph.questions.leave_impact`.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from graph.questions.city_collaborations import Collaboration, CollaborationSet, MatchingThemes
from graph.questions.cost_per_network import CostMembership
from graph.questions.declaration import CITY, INCLUDE_APPLIED, ON, STANDINGS, Listing
from graph.questions.leave_impact import LeaveImpact, impact_of
from graph.questions.missing_data import MissingData
from graph.standing import COUNTED
from graph.store import TypedRow

__all__ = ["QUESTION", "Arguments"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class _Network(TypedRow, frozen=True):
    network: str
    memberships: tuple[CostMembership, ...]


class _Columns(TypedRow, frozen=True):
    city_known: bool
    collaborations: tuple[Collaboration, ...]
    networks: tuple[_Network, ...]
    missing: tuple[MissingData, ...]
    answers: tuple[MatchingThemes, ...]


def _compute(arguments: Arguments, columns: _Columns) -> tuple[LeaveImpact, ...]:
    reach = CollaborationSet(columns.collaborations, columns.answers)
    return tuple(
        impact_of(row.network, arguments, reach, row.memberships, columns.missing)
        for row in columns.networks
        if reach.get(row.network) is not None
    )


QUESTION: Final = Listing(
    module=__name__,
    description="What a city loses and saves by leaving each network that it is a member of; the networks by name.",
    leaves_out="Memberships only applied for or held by a body the city is part of, and what no source shows in force "
    "on any day.",
    arguments=Arguments,
    row=LeaveImpact,
    examples=(Arguments(city="City:vantaa", on=date(2023, 11, 27)),),
    columns=_Columns,
    compute=_compute,
)
