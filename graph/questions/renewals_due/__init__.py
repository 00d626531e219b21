"""Membership terms of a city that end or must be reviewed by a date and have no successor."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from graph.pagination import SortKey
from graph.questions.declaration import CITY, MemberOf, Ranking, Ref, computed
from graph.questions.enums import RenewalReason
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.store import TypedRow
from graph.tables import CalendarEntry, NodeNames
from graph.vocabulary import SaidIn

__all__ = ["QUESTION", "Arguments", "Renewal", "RenewalSource"]

Reason = Literal["PERIOD_ENDS", "REVIEW_DUE"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    by: Annotated[date, "The day by which it is due; that day counts."]


class RenewalSource(TypedRow, frozen=True):
    """A place in a document that supports the term."""

    citation: Annotated[str, Ref("Citation"), "The place."]
    quote: Annotated[str, "The sentence, in the document's language."]
    supports: Annotated[
        tuple[str, ...],
        "The properties of the term that it supports; empty where it supports the term as a whole.",
    ]


class Renewal(TypedRow, frozen=True):
    """A membership term that is due and that no later term follows."""

    sort_key: SortKey
    due: Annotated[date, ReportColumn("Due"), "The first day after the term, or after the time for its review."]
    period_ends: Annotated[
        date | None,
        ReportColumn("Period ends", "first day after it", "not due"),
        "The first day after the term; null where it does not end by the day asked about.",
    ]
    review_from: Annotated[
        date | None, ReportColumn("Review from", absent="–"), "The first day of the time in which to review it."
    ]
    review_until: Annotated[
        date | None,
        ReportColumn("Review until", "first day after it", "not due"),
        "The first day after that time; null where no review is due by the day asked about.",
    ]
    review_said_in: Annotated[
        Literal["REASONING", "DECIDED_POINTS"] | None,
        MemberOf(SaidIn),
        ReportColumn("Review said in", "the reasoning, or the decided points", "–"),
        "Where in the decision's text the review is asked for.",
    ]
    term: Annotated[str, Ref("MembershipTerm"), ReportColumn("Term"), "The term."]
    membership: Annotated[str, Ref("Membership"), "The membership."]
    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    sources: Annotated[
        tuple[RenewalSource, ...],
        ReportColumn("Sources", "first for the review, then for the end", "none", of="citation"),
        "The sentences that say so: of the review first, then of the end.",
    ]

    @computed(MemberOf(RenewalReason), ReportColumn("Why"), "Why it is due.")
    def reasons(self) -> tuple[Reason, ...]:
        ends: tuple[Reason, ...] = ("PERIOD_ENDS",) if self.period_ends else ()
        return (*ends, "REVIEW_DUE") if self.review_until else ends


_WHY: Final[dict[Reason, str]] = {"PERIOD_ENDS": "period ends", "REVIEW_DUE": "review due"}


def _calendar_entry(renewal: Renewal, arguments: Arguments, names: NodeNames) -> CalendarEntry:
    why = " and ".join(_WHY[reason] for reason in renewal.reasons)
    lines = [names.named(renewal.term).name]
    if renewal.review_said_in is not None:
        lines.append(f"Review said in the {renewal.review_said_in.lower().replace('_', ' ')}.")
    for quote in names.quoted(source.citation for source in renewal.sources):
        page = f", p. {quote.page}" if quote.page else ""
        lines.append(f"{quote.document}{page}: “{quote.quote}”")
    uid = f"{renewal.term.replace(':', '-').lower()}@citygraph"
    title = f"{names.named(arguments.city).name} in {names.named(renewal.network).name}: {why}"
    return CalendarEntry(uid, renewal.due, title, "\n".join(lines))


QUESTION: Final = Ranking(
    module=__name__,
    description="Terms of a city's memberships that end, or are to be reviewed, by a day and have no successor; "
    "earliest first.",
    leaves_out="Memberships that were left or only applied for, and terms whose end no source states and that no "
    "source wants reviewed.",
    arguments=Arguments,
    row=Renewal,
    sort_key=(str, str),
    examples=(Arguments(city="City:vantaa", by=date(2026, 1, 1)),),
    report=QuestionReport(
        title="Renewals of {city} due by {by}",
        summary="Membership terms without a successor that end or are to be reviewed by then: {count}.",
        asked="{by}",
        notes=("A day due is the first day after the period or the time of review.",),
        tables=(
            ReportTable(
                key="terms",
                title="Terms due",
                note="The earliest first.",
                identity=("term",),
                columns=("due", "network", "term", "reasons", "sources", "period_ends"),
            ),
        ),
        calendar=_calendar_entry,
    ),
)
