"""Cities that share a collaboration on a theme with a city.

A collaboration is a membership in a network, participation in a working group, partnership in a project, or a twinning.
It counts on a date if a source confirms it on or before that date and no source shows that it had ended. Evidence has a
`Standing`: IN_FORCE, or ATTESTED_EARLIER if no source confirms it up to the date. A collaboration that no source
confirms on any date does not count. The period of a project applies to all its partners. The end of a working group
ends all participation in it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import SortKey
from graph.questions.declaration import CITY, INCLUDE_APPLIED, ON, STANDINGS, Id, MemberOf, Ranking, Ref, Selected
from graph.questions.enums import CollaborationKind, CollaborationName, StandingName, ThemeHit
from graph.questions.missing import MissingData
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
    themes: Annotated[tuple[ThemeHit, ...], "Those of its themes that answer to the one asked for."]
    members: Annotated[int, "How many cities are recorded in it on the day."]
    roster_complete: Annotated[bool, "Whether a source shows that these are all, on that day."]
    standing: Annotated[StandingName, MemberOf(Standing), "How the city's part in it stands."]
    proofs: Annotated[
        tuple[str, ...],
        Ref("Named"),
        Selected("with_proofs"),
        "What shows that the city takes part: memberships, twinnings, or citations.",
    ]
    peer_standing: Annotated[StandingName, MemberOf(Standing), "How the peer's part in it stands."]
    peer_proofs: Annotated[
        tuple[str, ...], Ref("Named"), Selected("with_proofs"), "What shows that the peer takes part."
    ]


class PeerCity(TypedRow, frozen=True):
    """A city that shares collaborations on a theme."""

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
    evidence: Annotated[
        tuple[PeerEvidence, ...], Selected("with_evidence"), "The shared collaborations, each with its proof."
    ]


class PeerCities(TypedRow, frozen=True):
    """Peer cities, with what could not be seen."""

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
