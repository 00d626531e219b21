"""Which membership terms of a city end or are to be reviewed by a day, with the sentences that say so."""

from datetime import date

from graph.questions import Page, Renewal, renewals_due
from graph.reports.names import load_names, read_consistently
from graph.reports.report import Provenance, Report, digest_of, versions
from graph.store import Reader, Store
from graph.tables import CalendarEntry, Cell, Column, Kind, NodeNames, Quote, Table

__all__ = ["renewals_report"]

_ALL = Page(first=1_000_000)
_REASONS = {"PERIOD_ENDS": "period ends", "REVIEW_DUE": "review due"}


async def renewals_report(store: Store, *, city: str, by: date, command: str = "") -> Report:
    """The report of `graph.questions.renewals_due`, with its entries for a calendar. Raises QueryError, StoreError."""

    async def read(reading: Reader) -> tuple[tuple[Renewal, ...], NodeNames]:
        found = await renewals_due(reading, city=city, by=by, page=_ALL)
        ids = {city, *(each.term for each in found.rows), *(each.network for each in found.rows)}
        return found.rows, await load_names(reading, ids, (one.citation for row in found.rows for one in row.sources))

    revision, (due, names) = await read_consistently(store, read)
    parameters = (("city", city), ("by", by.isoformat()))
    tables = (_table(due, names),)
    return Report(
        "renewals",
        f"Renewals of {names.named(city).name} due by {by.isoformat()}",
        f"Membership terms without a successor that end or are to be reviewed by then: {len(due)}.",
        parameters,
        tables,
        Provenance(revision, digest_of(parameters, tables), by.isoformat(), None, versions(), command),
        ("A day due is the first day after the period or the time of review.",),
        calendar=tuple(_entry(each, names, city) for each in due),
    )


def _table(due: tuple[Renewal, ...], names: NodeNames) -> Table:
    columns = (
        Column("due", "Due", Kind.DATE),
        Column("network", "Network", Kind.NODE),
        Column("term", "Term", Kind.NODE),
        Column("reasons", "Why", Kind.TEXTS),
        Column("sources", "Sources", Kind.SOURCES, "first for the review, then for the end", "none"),
        Column("period_ends", "Period ends", Kind.DATE, "first day after it", "not due"),
        Column("review_from", "Review from", Kind.DATE, absent="–"),
        Column("review_until", "Review until", Kind.DATE, "first day after it", "not due"),
        Column("review_said_in", "Review said in", Kind.TEXT, "the reasoning, or the decided points", "–"),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            each.due,
            names.named(each.network),
            names.named(each.term),
            each.reasons,
            _sources(each, names) or None,
            each.period_ends,
            each.review_from,
            each.review_until,
            each.review_said_in,
        )
        for each in due
    )
    return Table("terms", "Terms due", columns, rows, ("term",), "The earliest first.")


def _sources(renewal: Renewal, names: NodeNames) -> tuple[Quote, ...]:
    return names.quoted(each.citation for each in renewal.sources)


def _entry(renewal: Renewal, names: NodeNames, city: str) -> CalendarEntry:
    network = names.named(renewal.network).name
    why = " and ".join(_REASONS[each] for each in renewal.reasons)
    lines = [names.named(renewal.term).name]
    if renewal.review_said_in is not None:
        lines.append(f"Review said in the {renewal.review_said_in.lower().replace('_', ' ')}.")
    for each in _sources(renewal, names):
        place = f", p. {each.page}" if each.page else ""
        lines.append(f"{each.document}{place}: “{each.quote}”")
    uid = f"{renewal.term.replace(':', '-').lower()}@citygraph"
    return CalendarEntry(uid, renewal.due, f"{names.named(city).name} in {network}: {why}", "\n".join(lines))
