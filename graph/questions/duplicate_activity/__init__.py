"""Pairs of a city's collaborations that address the same themes, ranked by a score.

`graph.questions.peer_cities` defines collaborations and the dates on which they are in force. The score of a pair is

    shared themes × (1 + shared peers) × unit factor

- Shared themes: a theme of one collaboration is shared if the other collaboration addresses the same theme, a narrower
  or broader theme, or a close match. One theme can match several themes of the other collaboration, so the two
  collaborations can have different numbers of shared themes. The score uses the smaller number.
- Shared peers: the other cities that take part in both collaborations.
- Unit factor: 1.5 if the two collaborations have at least one unit in common, otherwise 1. The units of a collaboration
  are the city's contact units for it and the city's units that take part in it. If the units of a collaboration are
  unknown, `same_unit` is null and the factor is 1.

A network is never paired with its own working groups or projects, or with its successors. Two working groups of the
same network are never paired with each other.

A pair that is part of another pair is left out, because otherwise the same work would be listed twice. For example, a
pair of projects may be part of the pair of networks that run the projects. A pair is part of another pair if three
conditions hold:

- Each collaboration of the pair is in the other pair, or belongs to a network in the other pair.
- The other pair shares the same themes.
- The other pair has the same or a higher strength (`DuplicateStrength`).

A pair is left out only if the other pair is itself listed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from graph.pagination import Paged, SortKey
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    ON,
    STANDINGS,
    Amount,
    MemberOf,
    Ranking,
    Ref,
    Selected,
    computed,
)
from graph.questions.enums import (
    EDITORIAL_NOTE,
    SHOWN_ON,
    CollaborationKind,
    CollaborationName,
    DuplicateStrength,
    SharedTheme,
    StandingName,
)
from graph.questions.missing_data import MISSING_TABLE, MissingData
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportNetwork, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Bars, NetworkNode, NetworkTie, NodeNames, join, message
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "Duplicate", "DuplicateActivity", "DuplicateSide", "StatedFee"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class StatedFee(TypedRow, frozen=True):
    """The yearly fee of a membership term."""

    term: Annotated[str, Ref("MembershipTerm"), "The term."]
    fee: Annotated[Amount | None, "Fee for the year; null if no source states one."]
    sources: Annotated[tuple[str, ...], Ref("Citation"), "Citations for the term."]


class DuplicateSide(TypedRow, frozen=True):
    """One of the two collaborations of a pair."""

    collaboration: Annotated[str, Ref("Entity"), "The network, working group, project or twinning."]
    kind: Annotated[CollaborationName, MemberOf(CollaborationKind), "Kind of the collaboration."]
    standing: Annotated[StandingName, MemberOf(Standing), "Standing of the city's part in the collaboration."]
    shown_on: SHOWN_ON
    proofs: Annotated[tuple[str, ...], Ref("Named"), "Memberships, twinnings or citations that show the city's part."]
    units: Annotated[tuple[str, ...], Ref("Unit"), "Units of the city that take part; empty if unknown."]
    fees: Annotated[
        tuple[StatedFee, ...],
        Selected("with_fees"),
        "Fees that terms state for the year of the day; empty if the cost is unknown.",
    ]
    sources: Annotated[tuple[str, ...], Ref("Citation"), Selected("with_sources"), "Citations for the city's part."]


class Duplicate(TypedRow, frozen=True):
    """Two collaborations of a city that share at least one theme."""

    sort_key: SortKey
    score: Annotated[
        float,
        "Shared themes × (1 + shared peers) × (1 + ½ if the same unit); an unknown unit counts as a different unit.",
    ]
    one: Annotated[DuplicateSide, "The collaboration with the smaller id."]
    two: Annotated[DuplicateSide, "The other collaboration."]
    shared_themes: Annotated[int, "Number of shared themes."]
    themes: Annotated[tuple[SharedTheme, ...], "The matching themes of the two collaborations."]
    parts: Annotated[
        tuple[str, ...],
        Ref("Entity"),
        "Working groups and projects of the two that share a theme too. Their own pairs are left out.",
    ]
    peers: Annotated[tuple[str, ...], Ref("City"), "The other cities that take part in both."]
    same_unit: Annotated[bool | None, "Whether the same unit takes part in both; null if a unit is unknown."]
    units: Annotated[tuple[str, ...], Ref("Unit"), "The units that take part in both."]

    @computed(MemberOf(DuplicateStrength), "STRONG if peers or a unit are shared, else WEAK.")
    def strength(self) -> Literal["WEAK", "STRONG"]:
        return "STRONG" if self.peers or self.same_unit else "WEAK"

    @computed("Whether every shared theme has the basis EDITORIAL.")
    def editorial_only(self) -> bool:
        return all(shared.basis == "EDITORIAL" for shared in self.themes)

    @computed("How many other cities take part in both.")
    def peer_count(self) -> int:
        return len(self.peers)


class DuplicateActivity(TypedRow, frozen=True):
    """Pairs of collaborations that share themes, and missing data that may change the pairs."""

    missing: Annotated[tuple[MissingData, ...], Selected("with_missing"), "Missing data that may change the answer."]


# --- Report ---------------------------------------------------------------------------------------


class _PairRow(TypedRow, frozen=True):
    one: Annotated[str, Ref("Entity"), ReportColumn("One")]
    two: Annotated[str, Ref("Entity"), ReportColumn("Two")]
    score: Annotated[float, ReportColumn("Score")]
    strength: Annotated[str, MemberOf(DuplicateStrength), ReportColumn("Strength")]
    themes: Annotated[int, ReportColumn("Shared themes")]
    theme_names: Annotated[tuple[str, ...], Ref("Theme"), ReportColumn("Themes")]
    editorial_only: Annotated[bool, ReportColumn("Editorial only", "editors' links alone make the themes shared")]
    parts: Annotated[
        tuple[str, ...],
        Ref("Entity"),
        ReportColumn("Parts", "working groups and projects that share a theme too", "none"),
    ]
    peers: Annotated[int, ReportColumn("Shared peers")]
    peer_names: Annotated[tuple[str, ...], Ref("City"), ReportColumn("Peers", absent="none recorded")]
    same_unit: Annotated[bool | None, ReportColumn("Same unit")]
    cost_one: Annotated[tuple[str, ...], ReportColumn("Cost of one", "yearly fees of the terms in that year")]
    cost_two: Annotated[tuple[str, ...], ReportColumn("Cost of two", "yearly fees of the terms in that year")]
    sources: Annotated[
        tuple[str, ...], Ref("Citation"), ReportColumn("Sources", "for the fees, then for taking part", "none")
    ]


class _CollaborationRow(TypedRow, frozen=True):
    collaboration: Annotated[str, Ref("Entity"), ReportColumn("Collaboration")]
    kind: Annotated[str, MemberOf(CollaborationKind), ReportColumn("Kind")]
    standing: Annotated[str, MemberOf(Standing), ReportColumn("Standing", "on the day")]
    shown_on: SHOWN_ON
    proofs: Annotated[tuple[str, ...], Ref("Named")]
    units: Annotated[tuple[str, ...], Ref("Unit"), ReportColumn("Units of the city")]
    fee: Annotated[Amount | None, ReportColumn("Yearly fee", "where one term touches the year")]
    currency: Annotated[str | None, ReportColumn("Currency", absent="–", is_technical=True)]
    pairs: Annotated[int, ReportColumn("Pairs")]
    sources: Annotated[tuple[str, ...], Ref("Citation"), ReportColumn("Sources", absent="none")]


def _pair_rows(found: Paged[Duplicate]) -> Iterator[_PairRow]:
    for pair in found.rows:
        yield _PairRow(
            one=pair.one.collaboration,
            two=pair.two.collaboration,
            score=pair.score,
            strength=pair.strength,
            themes=pair.shared_themes,
            theme_names=tuple({theme for shared in pair.themes for theme in (shared.theme, shared.other)}),
            editorial_only=pair.editorial_only,
            parts=pair.parts,
            peers=len(pair.peers),
            peer_names=pair.peers,
            same_unit=pair.same_unit,
            cost_one=_costs(pair.one),
            cost_two=_costs(pair.two),
            sources=_sources(pair.one, pair.two),
        )


def _costs(side: DuplicateSide) -> tuple[str, ...]:
    fees = [stated.fee for stated in side.fees]
    return tuple(message("unknown") if fee is None else message("{fee}", fee=fee.money) for fee in fees)


def _sources(*sides: DuplicateSide) -> tuple[str, ...]:
    """Return the citations of these collaborations without duplicates.

    The citations for the fees of the collaborations come first. Then come the citations for the city's participation.
    """
    of_fees = [citation for side in sides for stated in side.fees for citation in stated.sources]
    return tuple(dict.fromkeys([*of_fees, *(citation for side in sides for citation in side.sources)]))


def _collaboration_rows(found: Paged[Duplicate]) -> Iterator[_CollaborationRow]:
    counts = Counter(side for pair in found.rows for side in (pair.one, pair.two))
    for side, count in sorted(counts.items(), key=lambda item: (-item[1], item[0].collaboration)):
        fee = side.fees[0].fee if len(side.fees) == 1 else None
        yield _CollaborationRow(
            collaboration=side.collaboration,
            kind=side.kind,
            standing=side.standing,
            shown_on=side.shown_on,
            proofs=side.proofs,
            units=side.units,
            fee=fee,
            currency=fee and fee.currency,
            pairs=count,
            sources=_sources(side),
        )


def _summary(found: Paged[Duplicate], _names: NodeNames) -> str:
    strong = sum(pair.strength == "STRONG" for pair in found.rows)
    themeless = sum(missing.count for missing in found.about.missing if missing.unknown == "THEMES")
    unseen = sum(missing.count for missing in found.about.missing if missing.unknown in ("ATTESTATION", "END"))
    return message(
        "Pairs of collaborations that share a theme: {pairs}; that share peer cities or a unit too: {strong}. "
        "Collaborations that could not be compared, because their themes are unknown: {themeless}; "
        "because no source shows them in a standing that counts: {unseen}.",
        pairs=found.total,
        strong=strong,
        themeless=themeless,
        unseen=unseen,
    )


def _plots(found: Paged[Duplicate], names: NodeNames) -> list[Bars]:
    def label(pair: Duplicate) -> str:
        return join(" – ", (names.named(side.collaboration) for side in (pair.one, pair.two)))

    top = found.rows[:15]
    scores = tuple(pair.score for pair in top)
    return [Bars("The leading pairs", "score", tuple(map(label, top)), ((message("score"), scores),))] if top else []


def _network(found: Paged[Duplicate]) -> tuple[list[NetworkNode], list[NetworkTie]]:
    sides = {side.collaboration: side for pair in found.rows for side in (pair.one, pair.two)}
    nodes = [NetworkNode(node_id, attributes={"standing": side.standing}) for node_id, side in sides.items()]
    ties = [
        NetworkTie(
            pair.one.collaboration,
            pair.two.collaboration,
            {
                "weight": pair.score,
                "strength": pair.strength,
                "shared_themes": pair.shared_themes,
                "shared_peers": len(pair.peers),
            },
        )
        for pair in found.rows
    ]
    return nodes, ties


QUESTION: Final = Ranking(
    module=__name__,
    description="Pairs of a city's collaborations on a day that share at least one theme, by score, then by id.",
    leaves_out="Collaborations that no source shows in force on any day, and pairs that are part of another pair.",
    arguments=Arguments,
    row=Duplicate,
    about=DuplicateActivity,
    sort_key=(float, str, str),
    examples=(Arguments(city="City:vantaa", on=date(2025, 3, 1)),),
    report=QuestionReport(
        title="Duplicate activity of {city} on {on}",
        summary=_summary,
        asked="{on}",
        notes=(
            "Score = shared themes × (1 + shared peers) × (1 + ½ if the same unit).",
            "Where the unit of one is unknown, the score counts it as another one.",
            "A duplicate is strong if other cities or a unit of the city take part in both, else weak.",
            EDITORIAL_NOTE,
        ),
        tables=(
            ReportTable(
                key="pairs",
                title="Pairs",
                note="The highest score first.",
                identity=("one", "two"),
                row=_PairRow,
                rows=_pair_rows,
            ),
            ReportTable(
                key="collaborations",
                title="The collaborations",
                note="Those in most pairs first.",
                identity=("collaboration",),
                row=_CollaborationRow,
                rows=_collaboration_rows,
            ),
            MISSING_TABLE,
        ),
        plots=_plots,
        network=ReportNetwork(title="The collaborations, tied where they do the same work", build=_network),
    ),
)
