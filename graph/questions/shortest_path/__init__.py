"""Shortest chain of collaborations between two nodes, usually two cities.

Networks, working groups, projects and twinnings are included by the rules of `graph.questions.peer_cities`. Their
participants are cities. A group of cities or an organisation is also a participant of a network if it holds a
membership in the network. A chain contains at most six collaborations.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.questions.declaration import INCLUDE_APPLIED, ON, STANDINGS, Id, MemberOf, Ref, Selected, Single, computed
from graph.questions.enums import StandingName
from graph.questions.missing_data import MissingData
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "PathStep", "ShortestPath"]

_END: Final = Id("City", "CityGroup", "Organisation", "Network", "WorkingGroup", "Project", "Twinning")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    from_: Annotated[str, _END, "Id of a participant (such as a city) or of a collaboration."]
    to: Annotated[str, _END, "Id of the other end."]
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class PathStep(TypedRow, frozen=True):
    """Participation of a city, a group of cities or an organisation in a collaboration of the shortest path."""

    collaboration: Annotated[str, Ref("Entity"), "The network, working group, project or twinning."]
    participant: Annotated[str, Ref("Entity"), "The city, group of cities or organisation."]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the participant's part in the collaboration."]
    proofs: Annotated[tuple[str, ...], Ref("Named"), "Memberships, twinnings or citations that show the participation."]


class ShortestPath(TypedRow, frozen=True):
    """A shortest chain of collaborations between two nodes."""

    chain: Annotated[
        tuple[str, ...],
        Ref("Entity"),
        "Participants and collaborations in turn, from one end to the other; empty if no chain is recorded.",
    ]
    steps: Annotated[
        tuple[PathStep, ...],
        "Participations that join neighbours in the chain, in the order of the chain.",
    ]
    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "Missing data about recorded collaborations of both ends, through which a shorter chain may exist. An empty "
        "list does not exclude a shorter chain.",
    ]

    @computed("Number of collaborations in a chain between two cities; null if no chain is recorded.")
    def length(self) -> int | None:
        return len(self.chain) // 2 if self.chain else None


QUESTION: Final = Single(
    module=__name__,
    description="A shortest chain of at most six collaborations between two cities or other nodes on a day. Of "
    "several chains, the one with the smallest sequence of ids is returned.",
    leaves_out="Memberships only applied for, participants of local networks, and collaborations that no source "
    "shows in force on any day.",
    arguments=Arguments,
    row=ShortestPath,
    examples=(
        Arguments(from_="City:vantaa", to="City:rome", on=date(2023, 11, 27)),
        Arguments(from_="City:helsinki", to="Network:eccar", on=date(2023, 11, 27)),
    ),
)
