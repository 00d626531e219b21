"""Impact of leaving a network: peers and themes lost, fees saved and dependent activities.

A peer is another city that takes part in the same collaboration. If the city leaves the network, the city's
participation in the network's working groups and projects also ends. The city loses a peer if no other collaboration of
the city has this peer on the date. The city loses a theme if none of its other collaborations matches the theme: see
`graph.questions.city_collaborations`.

The saving is the fee that sources state for the calendar year of the date, as in `graph.questions.cost_per_network`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final, Protocol

from graph.questions.city_collaborations import Collaboration, CollaborationSet, MatchingThemes
from graph.questions.cost_per_network import CostMembership, YearCost, cost_of_year
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    NETWORK,
    ON,
    STANDINGS,
    Amount,
    MemberOf,
    Ref,
    Selected,
    Single,
    computed,
)
from graph.questions.enums import (
    EDITORIAL_NOTE,
    SHOWN_ON,
    SHOWN_ON_OR_NULL,
    AddressedTheme,
    BasisName,
    CollaborationKind,
    CollaborationName,
    StandingName,
)
from graph.questions.missing_data import MISSING_TABLE, MissingData
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import NodeNames, join, message
from graph.vocabulary import Basis, MembershipStatus, Standing

__all__ = ["QUESTION", "Arguments", "Dependent", "LeaveImpact", "Switches", "impact_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    network: NETWORK
    on: ON
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class Dependent(TypedRow, frozen=True):
    """A working group or a project of the network that the city takes part in."""

    collaboration: Annotated[
        str, Ref("Entity"), ReportColumn("Working group or project"), "The working group or project."
    ]
    kind: Annotated[CollaborationName, MemberOf(CollaborationKind), ReportColumn("Kind"), "Kind of the collaboration."]
    standing: Annotated[
        StandingName,
        MemberOf(Standing),
        ReportColumn("Standing", "of the city's part"),
        "Standing of the city's part in the collaboration.",
    ]
    shown_on: SHOWN_ON
    proofs: Annotated[tuple[str, ...], Ref("Named"), "Citations for the city's part."]


class LeaveImpact(TypedRow, frozen=True):
    """Losses and savings of a city if it leaves a network on the requested day."""

    network: Annotated[str, Ref("Network"), "The network."]
    standing: Annotated[
        StandingName | None,
        MemberOf(Standing),
        "Standing of the city's membership. Test it first: if it is null, the city is not a member on the day, and "
        "the empty lists and counts below do not mean that nothing is lost.",
    ]
    shown_on: SHOWN_ON_OR_NULL
    memberships: Annotated[tuple[str, ...], Ref("Membership"), "The city's memberships on the day."]
    peers: Annotated[
        tuple[str, ...],
        Ref("City"),
        "Cities that the city meets only through the network, its working groups and its projects.",
    ]
    peers_kept: Annotated[
        tuple[str, ...], Ref("City"), "Cities of the network that the city meets through other collaborations too."
    ]
    non_members: Annotated[
        tuple[str, ...],
        Ref("City"),
        "Those of `peers` and `peersKept` that are no members of the network: the city meets them in its working "
        "groups and projects only.",
    ]
    themes: Annotated[
        tuple[AddressedTheme, ...],
        "Themes of the network that no other collaboration of the city matches, including narrower themes "
        "and close matches.",
    ]
    themes_kept: Annotated[tuple[AddressedTheme, ...], "Themes of the network that another collaboration matches too."]
    years: Annotated[
        tuple[YearCost, ...], "Fees of the calendar year of the day. A year of unknown fee has a row, too."
    ]
    totals: Annotated[
        tuple[Amount, ...],
        "Yearly saving: the sum of the known fees in each currency. A currency whose fees are all 0 has no sum.",
    ]
    cost_unknown: Annotated[bool, "Whether a fee of the year is unknown; false without a membership in the year."]
    dependents: Annotated[
        tuple[Dependent, ...],
        "The network's working groups and projects that the city takes part in.",
    ]
    lower_bound: Annotated[
        bool, "Whether a roster is incomplete, so that more cities may be lost or kept than are recorded."
    ]
    missing: Annotated[
        tuple[MissingData, ...], Selected("with_missing"), "Missing data about the city's collaborations."
    ]

    @computed("Number of `peers`.")
    def peer_count(self) -> int:
        return len(self.peers)

    @computed("Number of `peersKept`.")
    def peers_kept_count(self) -> int:
        return len(self.peers_kept)


class _Columns(TypedRow, frozen=True):
    city_known: bool
    network_known: bool
    collaborations: tuple[Collaboration, ...]
    memberships: tuple[CostMembership, ...]
    missing: tuple[MissingData, ...]
    answers: tuple[MatchingThemes, ...]


class Switches(Protocol):
    """Protocol of arguments that determine which collaborations and fees the result of `impact_of` includes."""

    @property
    def on(self) -> date: ...
    @property
    def include_applied(self) -> bool: ...
    @property
    def standings(self) -> tuple[Standing, ...]: ...


def impact_of(
    network: str,
    arguments: Switches,
    reach: CollaborationSet,
    memberships: tuple[CostMembership, ...],
    missing: tuple[MissingData, ...],
) -> LeaveImpact:
    """Return the impact of leaving a network.

    `reach` contains all collaborations of the city. `memberships` contains the city's memberships in the network, with
    their fees. `missing` lists the data that is missing on the city's collaborations. The list is copied to the result.
    """
    membership = reach.get(network)
    own = reach.of(network) if membership else reach.of("")
    rest = reach.without(network)
    cost = cost_of_year(memberships, arguments.on.year, arguments)
    counts = [year for year in cost.years if arguments.include_applied or year.status != "APPLIED"] if cost else []
    peers = rest.new_peers(own.peers)
    return LeaveImpact(
        network=network,
        standing=membership.standing if membership else None,
        shown_on=membership.shown_on if membership else None,
        memberships=membership.citations if membership else (),
        peers=peers,
        peers_kept=tuple(sorted(own.peers.difference(peers))),
        non_members=tuple(sorted(own.peers.difference(membership.peers))) if membership else (),
        themes=rest.new_themes(own.themes),
        themes_kept=rest.matched_themes(own.themes),
        years=cost.years if cost else (),
        totals=cost.totals if cost else (),
        cost_unknown=any(year.fee is None for year in counts),
        dependents=tuple(
            Dependent(part.id, part.kind, part.standing, part.shown_on, part.citations)
            for part in own.collaborations
            if part.id != network
        ),
        lower_bound=not all(part.members_complete for part in own.collaborations),
        missing=missing,
    )


def _compute(arguments: Arguments, columns: _Columns) -> LeaveImpact:
    reach = CollaborationSet(columns.collaborations, columns.answers)
    return impact_of(arguments.network, arguments, reach, columns.memberships, columns.missing)


# --- Report ---------------------------------------------------------------------------------------


class _PeerRow(TypedRow, frozen=True):
    city: Annotated[str, Ref("City"), ReportColumn("City")]
    lost: Annotated[bool, ReportColumn("Lost", "met through nothing else")]
    member: Annotated[bool, ReportColumn("Member", "of the network itself")]


class _ThemeRow(TypedRow, frozen=True):
    theme: Annotated[str, Ref("Theme"), ReportColumn("Theme")]
    lost: Annotated[bool, ReportColumn("Lost", "matched by nothing else")]
    basis: Annotated[BasisName, MemberOf(Basis), ReportColumn("Basis", "of the links to the theme")]


class _FeeRow(TypedRow, frozen=True):
    membership: Annotated[str, Ref("Membership"), ReportColumn("Membership")]
    term: Annotated[str | None, Ref("MembershipTerm"), ReportColumn("Term", absent="none recorded")]
    fee: Annotated[Amount | None, ReportColumn("Fee for the year")]
    currency: Annotated[str | None, ReportColumn("Currency", absent="–", is_technical=True)]
    status: Annotated[str, MemberOf(MembershipStatus), ReportColumn("Status")]
    standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Standing")]
    counted: Annotated[bool, ReportColumn("Counted", "in the saving")]


def _peer_rows(impact: LeaveImpact) -> Iterator[_PeerRow]:
    for lost, cities in ((True, impact.peers), (False, impact.peers_kept)):
        yield from (_PeerRow(city, lost, member=city not in impact.non_members) for city in cities)


def _theme_rows(impact: LeaveImpact) -> Iterator[_ThemeRow]:
    yield from (_ThemeRow(row.theme, lost=True, basis=row.basis) for row in impact.themes)
    yield from (_ThemeRow(row.theme, lost=False, basis=row.basis) for row in impact.themes_kept)


def _fee_rows(impact: LeaveImpact) -> Iterator[_FeeRow]:
    for row in impact.years:
        currency = row.fee.currency if row.fee else None
        yield _FeeRow(row.membership, row.term, row.fee, currency, row.status, row.standing, row.counted)


def _missing(impact: LeaveImpact) -> tuple[MissingData, ...]:
    return impact.missing


def _summary(impact: LeaveImpact, _names: NodeNames) -> str:
    if impact.standing is None:
        return message("The city is not recorded as a member on the day, in a standing that counts: nothing is lost.")
    saved = join(", ", (total.money for total in impact.totals))
    if impact.cost_unknown:
        saved = message("at least {amount}", amount=saved) if saved else message("unknown")
    peers = message("at least {amount}", amount=impact.peer_count) if impact.lower_bound else impact.peer_count
    return message(
        "Cities lost: {cities}. Themes lost: {themes}. Fees saved in the year: {fees}. "
        "Working groups and projects that hang on the network: {dependents}.",
        cities=peers,
        themes=len(impact.themes),
        fees=saved or message("none"),
        dependents=len(impact.dependents),
    )


QUESTION: Final = Single(
    module=__name__,
    description="Before a city leaves a network: the peers and themes that only this network provides, the cost "
    "saved, and the network's working groups and projects that the city takes part in.",
    leaves_out="Memberships only applied for or held by a body the city is part of, and what no source shows in force "
    "on any day.",
    arguments=Arguments,
    row=LeaveImpact,
    examples=(Arguments(city="City:vantaa", network="Network:nordic-safe-cities", on=date(2023, 11, 27)),),
    columns=_Columns,
    compute=_compute,
    report=QuestionReport(
        title="What {city} loses and saves by leaving {network}, {on}",
        summary=_summary,
        asked="{on}",
        notes=(
            "The network counts with its working groups and projects.",
            "More may be lost or kept than is recorded where a roster is partial or themes are unknown.",
            EDITORIAL_NOTE,
        ),
        tables=(
            ReportTable(key="peers", title="Cities of the network", identity=("city",), row=_PeerRow, rows=_peer_rows),
            ReportTable(
                key="themes", title="Themes of the network", identity=("theme",), row=_ThemeRow, rows=_theme_rows
            ),
            ReportTable(
                key="fees",
                title="Fees for the year",
                identity=("membership", "term"),
                row=_FeeRow,
                rows=_fee_rows,
            ),
            ReportTable(
                key="dependents",
                title="What hangs on the network",
                identity=("collaboration",),
                row=Dependent,
                rows=lambda impact: impact.dependents,
            ),
            replace(MISSING_TABLE, rows=_missing),
        ),
    ),
)
