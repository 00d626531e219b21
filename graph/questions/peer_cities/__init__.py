"""Cities that take part with a given city in collaborations that address a given theme.

The collaborations of a city are the networks, working groups, projects and twinnings that it takes part in. A city's
participation in a collaboration has a standing on a date: whether sources show the participation in force on the date,
or only earlier or later. A participation is included if its standing is in the argument `standings`. By default, two
standings are included:

- IN_FORCE: the date is within a period that a source covers, or within a period of membership that a decision fixes.
- ATTESTED_EARLIER: a source shows the participation at most fifteen years before the date, and no end is known.

A participation that no source shows on any day is not included. The participation of every partner of a project has the
period of the project. If a working group ends, all participation in the group ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from graph.pagination import Paged, SortKey
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
from graph.questions.enums import (
    EDITORIAL_NOTE,
    SHOWN_ON,
    BasisName,
    CollaborationKind,
    CollaborationName,
    StandingName,
    ThemeHit,
    ThemeMatch,
    ThemeMatchName,
)
from graph.questions.missing_data import MISSING_TABLE, MissingData
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Code, NodeNames, join, message
from graph.vocabulary import Basis, Standing

__all__ = ["QUESTION", "Arguments", "PeerCities", "PeerCity", "PeerEvidence"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    theme: Annotated[str, Id("Theme"), "Id of a theme of any scheme."]
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class PeerEvidence(TypedRow, frozen=True):
    """A collaboration that both cities take part in on the requested day."""

    collaboration: Annotated[str, Ref("Entity"), "The shared network, working group, project or twinning."]
    kind: Annotated[CollaborationName, MemberOf(CollaborationKind), "Kind of the collaboration."]
    themes: Annotated[tuple[ThemeHit, ...], "Themes of the collaboration that match the requested theme."]
    members: Annotated[int, "Number of cities recorded in the collaboration on the day."]
    members_complete: Annotated[
        bool,
        "Whether a source shows that these are all cities on the requested day. Of a network, true only if that is its "
        "`rosterAttestedOn`.",
    ]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the city's part in the collaboration."]
    shown_on: SHOWN_ON
    proofs: Annotated[
        tuple[str, ...],
        Ref("Named"),
        Selected("with_proofs"),
        "Memberships, twinnings or citations that show the city's part.",
    ]
    peer_standing: Annotated[StandingName, MemberOf(Standing), "Standing of the peer's part in the collaboration."]
    peer_shown_on: Annotated[
        date, "Nearest day on which a source shows the peer's part; the requested day if it is IN_FORCE."
    ]
    peer_proofs: Annotated[
        tuple[str, ...],
        Ref("Named"),
        Selected("with_proofs"),
        "Memberships, twinnings or citations that show the peer's part.",
    ]

    @computed("Whether every matching theme has the basis EDITORIAL.")
    def editorial_only(self) -> bool:
        return all(hit.basis == "EDITORIAL" for hit in self.themes)


class PeerCity(TypedRow, frozen=True):
    """A city that takes part with the requested city in collaborations on the requested theme."""

    sort_key: SortKey
    city: Annotated[str, Ref("City"), ReportColumn("City"), "The peer city."]
    shared: Annotated[int, ReportColumn("Shared collaborations"), "Number of shared collaborations."]
    rarity: Annotated[
        float,
        ReportColumn("Rarity", "sum of 1 / (members − 1) over the shared collaborations"),
        "Sum of 1 / (members − 1) over the shared collaborations, so that those with few members count "
        "more (Newman 2001, doi:10.1103/PhysRevE.64.016132).",
    ]
    lower_bound: Annotated[
        bool,
        ReportColumn("Partial roster", "there may be more members than are recorded"),
        "Whether a roster is incomplete, so that there may be more members than are recorded.",
    ]
    editorial_only: Annotated[
        bool,
        ReportColumn("Editorial only", "editors' links alone relate them to the theme"),
        "Whether editors' links alone relate all shared collaborations to the theme.",
    ]
    evidence: Annotated[
        tuple[PeerEvidence, ...], Selected("with_evidence"), "The shared collaborations, with evidence."
    ]


class PeerCities(TypedRow, frozen=True):
    """Cities that share collaborations with a city, and missing data that may change the answer."""

    missing: Annotated[
        tuple[MissingData, ...],
        Selected("with_missing"),
        "Missing data about the city's collaborations that address the theme or may address it.",
    ]


# --- Report ---------------------------------------------------------------------------------------


class _EvidenceRow(TypedRow, frozen=True):
    city: Annotated[str, Ref("City"), ReportColumn("City")]
    collaboration: Annotated[str, Ref("Entity"), ReportColumn("Shared collaboration")]
    kind: Annotated[CollaborationName, MemberOf(CollaborationKind), ReportColumn("Kind")]
    theme: Annotated[str, Ref("Theme"), ReportColumn("Through", "its theme that matches")]
    match: Annotated[ThemeMatchName, MemberOf(ThemeMatch), ReportColumn("Match", "how that theme matches")]
    basis: Annotated[BasisName, MemberOf(Basis), ReportColumn("Basis", "of the links to the theme")]
    members: Annotated[int, ReportColumn("Members", "recorded cities in it", bounded=True)]
    standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Standing", "of the city's part")]
    shown_on: SHOWN_ON
    peer_standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Peer's standing")]
    proofs: Annotated[tuple[str, ...], Ref("Named"), ReportColumn("What shows the city's part", absent="none")]
    peer_proofs: Annotated[tuple[str, ...], Ref("Named"), ReportColumn("What shows the peer's part", absent="none")]
    lower_bound: Annotated[bool, ReportColumn("Partial roster")]


def _evidence_rows(found: Paged[PeerCity]) -> Iterator[_EvidenceRow]:
    for peer in found.rows:
        for item in peer.evidence:
            for hit in item.themes:
                yield _EvidenceRow(
                    city=peer.city,
                    collaboration=item.collaboration,
                    kind=item.kind,
                    theme=hit.theme,
                    match=hit.match,
                    basis=hit.basis,
                    members=item.members,
                    standing=item.standing,
                    shown_on=item.shown_on,
                    peer_standing=item.peer_standing,
                    proofs=item.proofs,
                    peer_proofs=item.peer_proofs,
                    lower_bound=not item.members_complete,
                )


def _summary(found: Paged[PeerCity], _names: NodeNames) -> str:
    editorial = sum(row.editorial_only for row in found.rows)
    missing = (
        message("{fact} of {count}", fact=Code("DataGapKind", missing.unknown), count=missing.count)
        for missing in found.about.missing
    )
    return message(
        "Peer cities: {peers}. Related to the theme by editors' links only: {editorial}. Facts that could not be seen: "
        "{missing}.",
        peers=found.total,
        editorial=editorial,
        missing=join(", ", missing) or message("none"),
    )


QUESTION: Final = Ranking(
    module=__name__,
    description="Cities that take part with a city, on a day, in collaborations that address a theme, a narrower "
    "theme or a close match. Most shared collaborations come first, then largest rarity, then by name.",
    leaves_out="Collaborations that no source shows in force on any day, and memberships held by a body the city "
    "is part of.",
    arguments=Arguments,
    row=PeerCity,
    about=PeerCities,
    sort_key=(int, float, str, str),
    examples=(Arguments(city="City:vantaa", theme="Theme:vantaa-overall-safety", on=date(2023, 11, 27)),),
    report=QuestionReport(
        title="Peer cities of {city} on {theme}, {on}",
        summary=_summary,
        asked="{on}",
        notes=("Narrower themes and close matches count.", EDITORIAL_NOTE),
        tables=(
            ReportTable(
                key="peers",
                title="Peer cities",
                note="Most shared collaborations first, then the rarest.",
                identity=("city",),
                columns=("city", "shared", "rarity", "lower_bound", "editorial_only"),
            ),
            ReportTable(
                key="evidence",
                title="Shared collaborations",
                note="One row for each theme through which a collaboration matches.",
                identity=("city", "collaboration", "theme"),
                row=_EvidenceRow,
                rows=_evidence_rows,
            ),
            MISSING_TABLE,
        ),
    ),
)
