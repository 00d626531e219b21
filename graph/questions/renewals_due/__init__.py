"""A city's membership terms on which the city must decide by a requested day.

A term is a period of a membership that a decision fixes, usually with a fee. Only the newest term of each membership is
listed. Terms whose decision was tabled or rejected are ignored. If a source asks for a review of a term, the city must
decide on the term by the last day of the review period. Otherwise the city must decide by the last day of the term. If
only the month or year of this last day is known, the city must decide by the last day of the month or year.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from graph.errors import BadArgument
from graph.pagination import Paged, SortKey
from graph.questions.declaration import CITY, INCLUDE_APPLIED, ON, STANDINGS, MemberOf, Ranking, Ref
from graph.questions.enums import SHOWN_ON, RenewalReason, StandingName
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import CalendarEntry, NodeNames, message
from graph.vocabulary import MembershipStatus, SaidIn, Standing

__all__ = ["QUESTION", "Arguments", "Renewal", "RenewalSource", "Renewals", "RunningMembership"]

Reason = Literal["PERIOD_ENDS", "REVIEW_DUE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    from_: Annotated[
        date | None,
        "The first day to decide by; default none. It hides no term that is overdue on the requested day.",
    ] = None
    by: Annotated[date, "The last day to decide by."]
    on: Annotated[
        ON,
        "The requested day; default today. Later decisions are left out, but terms recorded since then are not.",
    ]
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class RenewalSource(TypedRow, frozen=True):
    """A citation that supports a membership term, with the quoted sentence."""

    citation: Annotated[str, Ref("Citation"), "The citation."]
    quote: Annotated[str, "Sentence in the document's language."]
    supports: Annotated[
        tuple[str, ...],
        "Properties of the term that the citation supports; empty if it supports the term as a whole.",
    ]


class RunningMembership(TypedRow, frozen=True):
    """A membership whose next decision date is unknown, as of the requested day."""

    membership: Annotated[str, Ref("Membership"), ReportColumn("Membership"), "The membership."]
    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    status: Annotated[str, MemberOf(MembershipStatus), ReportColumn("Status"), "Status of the membership."]
    standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Standing"), "Standing of the membership."]
    shown_on: SHOWN_ON
    term: Annotated[
        str | None,
        Ref("MembershipTerm"),
        ReportColumn("Newest term", absent="none recorded"),
        "Newest term of the membership.",
    ]


class Renewals(TypedRow, frozen=True):
    """The membership terms to decide on, and the memberships whose next decision date is unknown."""

    overdue_count: Annotated[int, "Number of overdue terms, on all pages."]
    without_term: Annotated[
        tuple[RunningMembership, ...], "Memberships that count on the day and have no recorded term, by network."
    ]
    without_end: Annotated[
        tuple[RunningMembership, ...],
        "Memberships whose newest term ends OPEN or UNKNOWN, and for which no source asks for a review, by network.",
    ]


class Renewal(TypedRow, frozen=True):
    """The newest term of a membership, with the day by which the city must decide on this term.

    A term is a period of a membership that a decision fixes.
    """

    sort_key: SortKey
    decide_by: Annotated[
        date,
        ReportColumn("Decide by"),
        "Last day of the review that a source asks for, otherwise last day of the term.",
    ]
    last_day: Annotated[
        date | None,
        ReportColumn("Last day"),
        "Last day of the term; the latest possible day if not exact, and null if no end is known.",
    ]
    overdue: Annotated[bool, ReportColumn("Overdue"), "Whether the day to decide by is before the requested day."]
    reason: Annotated[Reason, MemberOf(RenewalReason), ReportColumn("Why"), "Reason for the day to decide by."]
    review_from: Annotated[
        date | None, ReportColumn("Review from", absent="–"), "First day of the review, if a source asks for one."
    ]
    review_said_in: Annotated[
        Literal["REASONING", "DECIDED_POINTS"] | None,
        MemberOf(SaidIn),
        ReportColumn("Review said in", "the reasoning, or the decided points", "–"),
        "Part of the decision's text that asks for the review.",
    ]
    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    term: Annotated[str, Ref("MembershipTerm"), ReportColumn("Term"), "The term."]
    membership: Annotated[str, Ref("Membership"), "The membership."]
    status: Annotated[str, MemberOf(MembershipStatus), ReportColumn("Status"), "Status of the membership."]
    standing: Annotated[StandingName, MemberOf(Standing), ReportColumn("Standing"), "Standing of the membership."]
    shown_on: SHOWN_ON
    later_decisions: Annotated[
        tuple[str, ...],
        Ref("Decision"),
        ReportColumn("Later decisions", absent="none recorded"),
        "Later decisions on the membership up to the requested day, earliest first.",
    ]
    attested_after: Annotated[
        date | None,
        ReportColumn("Member after it", "last day shown by a source", "not shown", is_attested=True),
        "Last day on which a source shows the membership after the term; null if none does.",
    ]
    sources: Annotated[
        tuple[RenewalSource, ...],
        ReportColumn("Sources", "first for the review, then for the end", "none", of="citation"),
        "Citations for the review, then for the end, then for the rest of the term.",
    ]


def _parameters(arguments: Arguments) -> dict[str, object]:
    if arguments.from_ is not None and arguments.by < arguments.from_:
        raise BadArgument(
            f"by: {arguments.by} comes before from: {arguments.from_}",
            hint="give the earlier day as `from`; both count",
        )
    return {}


_WHY: Final[dict[Reason, str]] = {"PERIOD_ENDS": "period ends", "REVIEW_DUE": "review due"}


def _calendar_entry(renewal: Renewal, arguments: Arguments, names: NodeNames) -> CalendarEntry:
    lines = [names.named(renewal.term).name]
    if renewal.last_day is not None:
        lines.append(f"Last day of the term: {renewal.last_day}.")
    if renewal.review_said_in is not None:
        lines.append(f"Review said in the {renewal.review_said_in.lower().replace('_', ' ')}.")
    for quote in names.quoted(source.citation for source in renewal.sources):
        page = f", p. {quote.page}" if quote.page else ""
        lines.append(f"{quote.document}{page}: {quote.text}")
    uid = f"{renewal.term.replace(':', '-').lower()}@citygraph"
    title = f"{names.named(arguments.city).name} in {names.named(renewal.network).name}: {_WHY[renewal.reason]}"
    return CalendarEntry(uid, renewal.decide_by, title, "\n".join(lines))


def _without_term(found: Paged[Renewal]) -> tuple[RunningMembership, ...]:
    return found.about.without_term


def _without_end(found: Paged[Renewal]) -> tuple[RunningMembership, ...]:
    return found.about.without_end


def _summary(found: Paged[Renewal], _names: NodeNames) -> str:
    overdue = found.about.overdue_count
    return message(
        "Terms to decide on: {terms}, of them overdue: {overdue}. Memberships without a recorded term: {without_term}; "
        "whose term has no known end: {without_end}.",
        terms=found.total,
        overdue=overdue,
        without_term=len(_without_term(found)),
        without_end=len(_without_end(found)),
    )


QUESTION: Final = Ranking(
    module=__name__,
    description="Newest terms of a city's memberships that end or must be reviewed by a day, including overdue terms. "
    "The earliest day to decide by comes first, so that overdue terms are first. "
    "Memberships without a known day to decide by are listed separately.",
    leaves_out="Earlier terms, and memberships that ended by the requested day or were only applied for.",
    arguments=Arguments,
    row=Renewal,
    about=Renewals,
    parameters=_parameters,
    sort_key=(str, str),
    examples=(Arguments(city="City:vantaa", by=date(2026, 1, 1), on=date(2025, 12, 1)),),
    report=QuestionReport(
        title="Renewals of {city} to decide by {by}",
        summary=_summary,
        asked="{on}",
        notes=(
            "The day to decide by is the last day of the review or, if no source asks for one, of the term.",
            "A membership without a known day to decide by may need a decision all the same.",
        ),
        tables=(
            ReportTable(
                key="terms",
                title="Terms to decide on",
                note="The earliest first.",
                identity=("term",),
                columns=("decide_by", "overdue", "network", "term", "last_day", "reason", "sources"),
            ),
            ReportTable(
                key="without_term",
                title="Memberships without a recorded term",
                identity=("membership",),
                row=RunningMembership,
                rows=_without_term,
            ),
            ReportTable(
                key="without_end",
                title="Memberships whose newest term has no known end",
                identity=("membership",),
                row=RunningMembership,
                rows=_without_end,
            ),
        ),
        calendar=_calendar_entry,
    ),
)
