"""Data gaps: unknown facts about a city's collaborations that may change the answers to questions (named queries).

All collaborations that can be in force on the date are checked, even if sources show them in force only earlier or
later. The rules are:

- Applied: a membership with the status APPLIED has only one gap, the unknown outcome of the application.
- Doubtful: a membership that no source states (`graph.model.DOUBTFUL`) is a gap itself. Its other gaps are listed too.
- List of members (roster): a network's roster is complete only on the date for which a source states this. On every
  other date, the roster is a gap. For a working group, project or twinning, no source states such a date. The roster is
  then a gap if no other city is recorded.
- Stated number: a source may state how many collaborations of a kind a city has. The latest such number on or before
  the date is compared with the number of recorded collaborations. If the two numbers differ, there is a gap.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from graph.questions.cost_per_network import CostMembership, cost_of_year
from graph.questions.declaration import CITY, ON, Listing, MemberOf, Ref, computed
from graph.questions.enums import CollaborationName, StandingName
from graph.questions.missing_data import DataGapKind, DataGapName
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Bars, Code, NodeNames, message
from graph.vocabulary import Standing

__all__ = ["QUESTION", "Arguments", "DataGap"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    on: ON


class DataGap(TypedRow, frozen=True):
    """An unknown fact that may change the answer to a question."""

    unknown: Annotated[DataGapName, MemberOf(DataGapKind), ReportColumn("Unknown"), "Kind of the unknown fact."]
    node: Annotated[str, Ref("Entity"), ReportColumn("Of"), "The node that lacks the fact."]
    field: Annotated[
        str,
        ReportColumn("Field", is_technical=True),
        "Field of the node that would contain the fact; `terms` for a fee. `unit` and the dates of a working group are "
        "fields of the edge in `City.workingGroups` or `City.projects`.",
    ]
    collaboration: Annotated[
        str | None,
        Ref("Entity"),
        ReportColumn("Collaboration", absent="–"),
        "The collaboration that the fact concerns; null if none.",
    ]
    standing: Annotated[
        StandingName | None,
        MemberOf(Standing),
        ReportColumn("Standing", "of the city's part", "–"),
        "Standing of the city's part in the collaboration; null if it has none.",
    ]
    shown_on: Annotated[
        date | None,
        ReportColumn("Shown on", "the nearest date that a source shows", "never", is_attested=True),
        "Nearest date that a source shows, for an unknown attestation, end, beginning, roster or number.",
    ]
    questions: Annotated[
        tuple[str, ...],
        ReportColumn("Questions", "whose answers it may change", code_of="question"),
        "Questions whose answers the fact may change.",
    ]

    @computed(ReportColumn("Number of questions"))
    def question_count(self) -> int:
        return len(self.questions)


# --- Questions affected ---------------------------------------------------------------------------

_FIRST: Final[tuple[DataGapName, ...]] = ("MEMBERSHIP", "FEE", "TERM", "END")
"""The kinds of gaps (unknown facts) that are listed first.

They are important to the board of a city, which decides on money and deadlines: FEE concerns money, and TERM and END
concern deadlines. MEMBERSHIP is the very first, because it concerns whether the city is a member at all.
"""

_ANALYSES: Final = ("centrality", "communities", "overlaps", "twoModeNetwork")
_PARTS: Final = (
    *_ANALYSES,
    "costPerNetwork",
    "duplicateActivity",
    "joinCheck",
    "joinSuggestions",
    "leaveImpact",
    "leaveImpacts",
    "networkPortfolio",
)
_PEERS: Final = (*_PARTS, "peerCities", "shortestPath")
_GROUPS: Final = (*_PEERS, "themeCoverage")
_MEMBERSHIPS: Final = (*_GROUPS, "overlappingMemberships", "renewalsDue", "reportsDue")
_PROJECTS: Final = (*_GROUPS, "followUpsDue")
_TWIN_THEMES: Final = (
    "duplicateActivity",
    "joinCheck",
    "joinSuggestions",
    "leaveImpact",
    "leaveImpacts",
    "networkPortfolio",
    "peerCities",
)
_GROUP_THEMES: Final = (*_TWIN_THEMES, *_ANALYSES, "themeCoverage")
_FEES: Final = ("costPerNetwork", "duplicateActivity", "joinCheck", "leaveImpact", "leaveImpacts", "networkPortfolio")

_IN_FORCE: Final[Mapping[CollaborationName, tuple[str, ...]]] = {
    "NETWORK": _MEMBERSHIPS,
    "WORKING_GROUP": _GROUPS,
    "PROJECT": _PROJECTS,
    "TWINNING": _PEERS,
}
"""A dict from a kind of collaboration to the names of questions (named queries).

The answers to these questions depend on whether a collaboration of this kind is in force.
"""

_THEMES: Final[Mapping[CollaborationName, tuple[str, ...]]] = {
    "NETWORK": (*_GROUP_THEMES, "costPerNetwork", "overlappingMemberships"),
    "WORKING_GROUP": _GROUP_THEMES,
    "PROJECT": _GROUP_THEMES,
    "TWINNING": _TWIN_THEMES,
}
_ROSTERS: Final[Mapping[CollaborationName, tuple[str, tuple[str, ...]]]] = {
    "NETWORK": ("rosterComplete", (*_PEERS, "overlappingMemberships")),
    "WORKING_GROUP": ("rosterComplete", _PEERS),
    "PROJECT": ("partnersComplete", _PEERS),
}

_TOTALS: Final[Mapping[str, tuple[CollaborationName, tuple[str, ...]]]] = {
    "MEMBERSHIPS": ("NETWORK", _MEMBERSHIPS),
    "TWIN_TOWNS": ("TWINNING", _PEERS),
}
"""A dict of the totals that a source can state. For example, TWIN_TOWNS is the total number of twin towns of a city.

Each value of the dict is a pair. The first item is the kind of collaboration that the total includes. The second item
contains the names of the questions (named queries) that need a record of every collaboration of this kind.
"""

# --- Rows of the statement ------------------------------------------------------------------------


class _Part(TypedRow, frozen=True):
    collaboration: str
    collaboration_name: str
    fact: str
    fact_name: str
    kind: CollaborationName
    standing: StandingName | None
    shown_from: date | None
    shown_until: date | None
    status: str | None
    doubtful: bool
    end_known: bool
    themed: bool
    roster_on: date | None
    unit_known: bool
    complete: bool
    renewable: bool
    membership: CostMembership | None


@dataclass(frozen=True, slots=True)
class _Counted:
    """The arguments of `costPerNetwork` that determine which fees its totals include, with their default values.

    These arguments do not affect the data gaps, because they do not change whether a fee is known.
    """

    include_applied: bool = False
    standings: tuple[Standing, ...] = COUNTED


class _Named(TypedRow, frozen=True):
    id: str
    name: str


class _Total(TypedRow, frozen=True):
    id: str
    name: str
    kind: Literal["MEMBERSHIPS", "TWIN_TOWNS"]
    count: int
    stated_for: date


class _Columns(TypedRow, frozen=True):
    city_known: bool
    population_known: bool
    city_name: str
    parts: tuple[_Part, ...]
    unthemed: tuple[_Named, ...]
    totals: tuple[_Total, ...]


# --- Gaps -----------------------------------------------------------------------------------------


def _compute(arguments: Arguments, columns: _Columns) -> tuple[DataGap, ...]:
    names = {named.id: named.name for named in (*columns.unthemed, *columns.totals)}
    names[arguments.city] = columns.city_name
    for part in columns.parts:
        names |= {part.fact: part.fact_name, part.collaboration: part.collaboration_name}
    gaps = {(gap.unknown, gap.node): gap for gap in _all_gaps(arguments, columns)}
    kinds = [kind.name for kind in DataGapKind]
    return tuple(
        sorted(
            gaps.values(),
            key=lambda gap: (
                _FIRST.index(gap.unknown) if gap.unknown in _FIRST else len(_FIRST),
                -len(gap.questions),
                kinds.index(gap.unknown),
                names[gap.node],
                gap.node,
            ),
        )
    )


def _all_gaps(arguments: Arguments, columns: _Columns) -> Iterator[DataGap]:
    if not columns.population_known:
        yield _gap("POPULATION", arguments.city, "population", ("joinCheck",))
    for node in columns.unthemed:
        yield _gap("THEMES", node.id, "themes", ("themeCoverage",))
    latest = {total.kind: total for total in columns.totals}
    for total in latest.values():
        counted, questions = _TOTALS[total.kind]
        if total.count != _count_recorded(columns.parts, counted):
            yield _gap("COUNT", total.id, "count", questions, shown_on=total.stated_for)
    # The part with the best standing comes last, because a later gap replaces an earlier gap of the same node.
    standings = [*(standing.name for standing in Standing), None]
    for part in sorted(columns.parts, key=lambda part: -standings.index(part.standing)):
        if part.status == "APPLIED":
            yield _gap("OUTCOME", part.fact, "status", _IN_FORCE[part.kind], part)
        else:
            yield from _gaps_of_part(part, arguments.on)
            yield from _gaps_of_collaboration(part)


def _count_recorded(parts: Sequence[_Part], kind: CollaborationName) -> int:
    """Return the number of recorded collaborations of a kind that questions (named queries) include by default.

    The standing of a collaboration states how well sources show it in force on the date. A collaboration is included if
    its standing is in `COUNTED` and its status is not APPLIED.
    """
    standings = {standing.name for standing in COUNTED}
    counting = (part for part in parts if part.kind == kind and part.status != "APPLIED")
    return len({part.fact for part in counting if part.standing in standings})


def _gaps_of_part(part: _Part, on: date) -> Iterator[DataGap]:
    counts = _IN_FORCE[part.kind]
    last = None if part.shown_until is None else part.shown_until - timedelta(days=1)
    ends = part.kind == "PROJECT" or part.status == "LEAVING_DECIDED"
    if part.standing == "ATTESTED_LATER":
        yield _gap("BEGINNING", part.fact, "validFrom", counts, part, part.shown_from)
    elif ends and not part.end_known:
        yield _gap("END", part.fact, "validUntil", counts, part, last)
    elif part.standing != "IN_FORCE":
        yield _gap("ATTESTATION", part.fact, "attestedOn", counts, part, last)
    if part.kind == "NETWORK":
        if part.doubtful:
            yield _gap("MEMBERSHIP", part.fact, "status", counts, part)
        if not _is_fee_known(part.membership, on.year):
            yield _gap("FEE", part.fact, "terms", _FEES, part)
        if not part.renewable:
            yield _gap("TERM", part.fact, "terms", ("renewalsDue",), part)


def _is_fee_known(membership: CostMembership | None, year: int) -> bool:
    """Return whether `costPerNetwork` returns a fee for the year, even a fee that its totals do not include."""
    if membership is None:
        return False
    cost = cost_of_year((membership,), year, _Counted())
    return cost is not None and not cost.unknown_years


def _gaps_of_collaboration(part: _Part) -> Iterator[DataGap]:
    is_network = part.kind == "NETWORK"
    if not part.themed:
        yield _gap("THEMES", part.collaboration, "themes", _THEMES[part.kind], part)
    if not part.complete:
        field, questions = _ROSTERS[part.kind]
        yield _gap("ROSTER", part.collaboration, field, questions, part, part.roster_on)
    if not part.unit_known:
        questions = ("duplicateActivity", "reportsDue") if is_network else ("duplicateActivity",)
        yield _gap("UNIT", part.collaboration, "contacts" if is_network else "unit", questions, part)


def _gap(
    unknown: DataGapName,
    node: str,
    field: str,
    questions: Sequence[str],
    part: _Part | None = None,
    shown_on: date | None = None,
) -> DataGap:
    return DataGap(
        unknown=unknown,
        node=node,
        field=field,
        collaboration=part and part.collaboration,
        standing=part and part.standing,
        shown_on=shown_on,
        questions=tuple(sorted(questions)),
    )


# --- Report ---------------------------------------------------------------------------------------


class _CountRow(TypedRow, frozen=True):
    unknown: Annotated[str, MemberOf(DataGapKind), ReportColumn("Unknown")]
    gaps: Annotated[int, ReportColumn("Gaps")]
    meaning: Annotated[str, ReportColumn("Meaning", is_technical=True)]


def _count_rows(gaps: Sequence[DataGap]) -> Iterator[_CountRow]:
    counts = Counter(gap.unknown for gap in gaps)
    return (_CountRow(kind.name, counts[kind.name], kind.description) for kind in DataGapKind if counts[kind.name])


def _plots(gaps: Sequence[DataGap], _names: NodeNames) -> list[Bars]:
    rows = list(_count_rows(gaps))
    counts = tuple(float(row.gaps) for row in rows)
    labels = tuple(message("{kind}", kind=Code("DataGapKind", row.unknown)) for row in rows)
    return [Bars("What is unknown", "gaps", labels, ((message("gaps"), counts),))] if rows else []


QUESTION: Final = Listing(
    module=__name__,
    description="Unknown facts about a city's collaborations on a day that may change answers. Doubtful memberships, "
    "fees, terms and ends come first, then the facts that may change most answers, then by kind and name.",
    leaves_out="Collaborations that are certainly not in force on the day, project ideas, the city's local "
    "networks, and memberships held by a body the city is part of.",
    arguments=Arguments,
    row=DataGap,
    parameters=lambda _: {"with_sources": False},
    columns=_Columns,
    compute=_compute,
    examples=(Arguments(city="City:vantaa", on=date(2025, 3, 1)),),
    report=QuestionReport(
        title="Data gaps of {city} on {on}",
        summary="Unknown facts that may change an answer: {count}.",
        asked="{on}",
        notes=("A gap in the data says nothing about the city: what is not recorded may well be so.",),
        tables=(
            ReportTable(
                key="gaps",
                title="Gaps",
                note="Doubtful memberships, fees, terms and ends first, then those that touch most questions.",
                identity=("unknown", "node"),
                columns=("unknown", "node", "field", "question_count", "questions", "collaboration", "standing"),
            ),
            ReportTable(
                key="kinds",
                title="Kinds of gaps",
                identity=("unknown",),
                row=_CountRow,
                rows=_count_rows,
            ),
        ),
        plots=_plots,
    ),
)
