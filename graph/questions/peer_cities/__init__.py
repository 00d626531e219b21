"""Cities that take part with a given city in collaborations that address a given theme.

The collaborations of a city are the networks, working groups, projects and twinnings that it takes part in. The city's
part in a collaboration counts on a date if its `Standing` on the date is in the argument `standings`. By default these
are IN_FORCE (a source or a decided term covers the date) and ATTESTED_EARLIER (a source attests the part at most
fifteen years before the date, and no end is known). If no source attests the part on any day, it does not count. The
parts of all partners in a project have the period of the project. If a working group ends, all parts in it end.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    ON,
    STANDINGS,
    Id,
    MemberOf,
    Ranking,
    Ref,
    Selected,
    computed,
)
from graph.questions.enums import CollaborationKind, CollaborationName, StandingName, ThemeHit
from graph.questions.missing_data import MissingData
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "PeerCities", "PeerCity", "PeerEvidence"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    theme: Annotated[str, Id("Theme"), "Id of a theme of any scheme."]
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class PeerEvidence(TypedRow, frozen=True):
    """A collaboration that both cities take part in on the day."""

    collaboration: Annotated[str, Ref("Entity"), "The network, working group, project or twinning shared."]
    kind: Annotated[CollaborationName, MemberOf(CollaborationKind), "What kind it is."]
    themes: Annotated[tuple[ThemeHit, ...], "Its themes that match the requested theme."]
    members: Annotated[int, "How many cities are recorded in it on the day."]
    roster_complete: Annotated[bool, "Whether a source shows that these are all, on that day."]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the city's part in it."]
    proofs: Annotated[
        tuple[str, ...],
        Ref("Named"),
        Selected("with_proofs"),
        "What shows that the city takes part: memberships, twinnings, or citations.",
    ]
    peer_standing: Annotated[StandingName, MemberOf(Standing), "Standing of the peer's part in it."]
    peer_proofs: Annotated[
        tuple[str, ...], Ref("Named"), Selected("with_proofs"), "What shows that the peer takes part."
    ]

    @computed("Whether it rests on editors' links only: each of its themes is EDITORIAL.")
    def editorial_only(self) -> bool:
        return all(hit.basis == "EDITORIAL" for hit in self.themes)


class PeerCity(TypedRow, frozen=True):
    """A city that takes part in the same collaborations on a theme."""

    sort_key: SortKey
    city: Annotated[str, Ref("City"), "The peer."]
    shared: Annotated[int, "How many collaborations are shared."]
    rarity: Annotated[
        float,
        "Sum over the shared collaborations of 1 / (members − 1): the fewer take part, the more it says "
        "(Newman 2001, doi:10.1103/PhysRevE.64.016132).",
    ]
    lower_bound: Annotated[
        bool, "Whether a partial roster lies behind it: there may be more members than are recorded."
    ]
    editorial_only: Annotated[bool, "Whether editors' links alone relate all shared collaborations to the theme."]
    evidence: Annotated[
        tuple[PeerEvidence, ...], Selected("with_evidence"), "The shared collaborations, each with its proof."
    ]


class PeerCities(TypedRow, frozen=True):
    """What the search for peer cities could not see."""

    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "What could not be seen of the city's collaborations that address the theme, or may.",
    ]


QUESTION: Final = Ranking(
    module=__name__,
    description="Cities that share with a city, on a day, a collaboration that addresses a theme; narrower themes and "
    "close matches count. Most shared first, then the rarest, then by name.",
    leaves_out="What no source shows in force on any day, and memberships held by a body the city is part of.",
    arguments=Arguments,
    row=PeerCity,
    about=PeerCities,
    sort_key=(int, float, str, str),
    examples=(Arguments(city="City:vantaa", theme="Theme:vantaa-overall-safety", on=date(2023, 11, 27)),),
)
