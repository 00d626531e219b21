"""The laws of periods: an order in time, a day from which they are shown, no two at once where there can be one.

What is known to the year or the month only is judged kindly: a fault is what cannot be true on any reading.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Final, cast

from graph.model import Property
from graph.seeding.records import Columns, Dataset, NodeRecord, SourceLocation

__all__ = ["check_periods", "shown"]

_DAY: Final = timedelta(days=1)
_DATED: Final = frozenset({"Membership", "MembershipTerm", "Twinning"})
"""Labels that count on days; others may be undated without a word: a programme that a source only names."""

_SAID: Final = frozenset({"validFrom", "validFromBound", "attestedFrom", "attestedOn"})
"""What shows that a date was not forgotten: one that is given, even as UNKNOWN, and one that is faulty."""


def shown(columns: Columns) -> Columns:
    """The hidden columns `shownFrom`, `shownUntil` and `standsUntil` of a period; see `graph.model.HIDDEN`."""
    attested = [day for name in ("attestedOn", "attestedFrom") if (day := _day(columns, name)) is not None]
    first = _day(columns, "validFrom") or _day(columns, "attestedFrom") or _day(columns, "attestedOn")
    sure = [] if first is None else [max((first, *attested)) + _DAY]
    last: date | None = None
    over: date | None = None
    match columns.get("validUntilBound"):
        case "DATE":
            end, over = _day(columns, "validUntil"), _end(columns)
            last = end if end == over else max([cast("date", end), *sure])
        case "UNKNOWN" if sure:
            last = sure[0]
            over = last if columns.get("status") == "LEFT" else None
        case _:
            pass
    days = {"shownFrom": first, "shownUntil": last, "standsUntil": over}
    return {name: day for name, day in days.items() if day is not None}


def check_periods(facts: Dataset) -> None:
    """Record the faults of all periods, of nodes and of relationships."""
    for item in facts.items.values():
        if item.label.has_period:
            stated = _Stated(f"`{item.id}`", item.columns, item.place, item.lines)
            _check_period(item.label.properties, stated, facts, must_be_dated=item.label.name in _DATED)
        _check_pairs(item, facts)
    for link in facts.links.values():
        names = [each.name for each in link.relationship.properties]
        if "validUntil" in names:
            who = f"`{link.source}` {link.relationship.type} `{link.target}`"
            stated = _Stated(who, link.columns, link.place, {})
            _check_period(link.relationship.properties, stated, facts, must_be_dated=False)
    _check_memberships(facts)


@dataclass(frozen=True, slots=True)
class _Stated:
    """A period with the place where it, and each of its dates, is stated."""

    who: str
    columns: Columns
    place: SourceLocation
    lines: dict[str, int]

    def day(self, name: str) -> date | None:
        return _day(self.columns, name)

    def at(self, name: str) -> SourceLocation:
        return SourceLocation(self.place.file, self.lines.get(name, self.place.line))


def _check_period(properties: Iterable[Property], stated: _Stated, facts: Dataset, *, must_be_dated: bool) -> None:
    start, end = stated.day("validFrom"), stated.day("validUntil")
    first, last = stated.day("attestedFrom"), stated.day("attestedOn")
    if start is not None and end is not None and end <= start and not _ends_within(stated.columns, start):
        year = stated.columns.get("validUntilPrecision") == "YEAR"
        hint = "`validUntil` is the first day after it"
        hint += f"; where it ran through {end.year}, write {end.year + 1}-01-01" if year else ""
        message = f"{stated.who} ends ({end}) no later than it begins ({start})"
        facts.add_error(stated.at("validUntil"), message, hint)
    if not any(each.name == "attestedOn" for each in properties):
        return
    if first is not None and last is not None and first > last:
        message = f"{stated.who} has `attestedFrom` ({first}) after `attestedOn` ({last})"
        facts.add_error(stated.at("attestedFrom"), message, "exchange the two dates")
    if must_be_dated and not any((start, first, last)) and not _SAID & stated.lines.keys():
        message = f"{stated.who} has no day from which it can be shown"
        hint = "add `validFrom`, `attestedFrom` or `attestedOn`; where no source gives a day, `validFrom: UNKNOWN`"
        facts.add_error(stated.place, message, hint)
    _check_attested(stated, facts)


def _check_attested(stated: _Stated, facts: Dataset) -> None:
    """A day on which a source shows it in force lies within the period, wherever its ends are known."""
    start, end = stated.day("validFrom"), stated.day("validUntil")
    latest_end = _latest(stated.columns, "validUntil")
    for name in ("attestedFrom", "attestedOn"):
        day = stated.day(name)
        if day is not None and start is not None and day < start:
            message = f"{stated.who} has `{name}` ({day}) before it begins ({start})"
            facts.add_error(stated.at(name), message, f"`{name}` is a day on which it is in force; else leave it out")
        if day is not None and end is not None and latest_end is not None and day >= latest_end - _DAY:
            message = f"{stated.who} has `{name}` ({day}) when it has ended ({end})"
            facts.add_error(stated.at(name), message, f"`{name}` is a day on which it is in force; else leave it out")


def _check_pairs(item: NodeRecord, facts: Dataset) -> None:
    """Days of review, and bounds of inhabitants and of fees, in their order."""
    pairs = (("reviewFrom", "reviewUntil", False), ("populationFrom", "populationUpTo", True))
    for low, high, may_equal in pairs:
        one, other = item.columns.get(low), item.columns.get(high)
        if one is None or other is None:
            continue
        wrong = cast("int", one) > cast("int", other) or (one == other and not may_equal)
        if wrong:
            facts.add_error(
                item.at(high), f"`{item.id}` has `{high}` ({other}) before `{low}` ({one})", "exchange the two"
            )


# --- Memberships and their terms --------------------------------------------------------------------


def _check_memberships(facts: Dataset) -> None:
    holder: dict[str, str] = {}
    network: dict[str, str] = {}
    terms: dict[str, list[NodeRecord]] = defaultdict(list)
    for link in facts.links.values():
        match link.relationship.type:
            case "HOLDS":
                holder[link.target] = link.source
            case "IN" if link.source.startswith("Membership:"):
                network[link.source] = link.target
            case "UNDER" if link.source in facts.items and link.source.startswith("MembershipTerm:"):
                terms[link.target].append(facts.items[link.source])
            case _:
                pass
    lives: dict[tuple[str, str], list[NodeRecord]] = defaultdict(list)
    for membership, held_by in holder.items():
        if membership in network and membership in facts.items:
            lives[held_by, network[membership]].append(facts.items[membership])
    for (held_by, where), items in lives.items():
        _check_apart(items, f"memberships of `{held_by}` in `{where}`", facts)
    for membership, items in terms.items():
        _check_apart(items, f"terms of `{membership}`", facts)
        if membership in facts.items:
            for each in items:
                _check_within(each, facts.items[membership], facts)


def _check_apart(items: list[NodeRecord], what: str, facts: Dataset) -> None:
    for one, other in combinations(sorted(items, key=lambda each: each.id), 2):
        overlap = _sure_overlap(one.columns, other.columns)
        if overlap is not None:
            place = max((each.at("validFrom") for each in (one, other)), key=lambda each: (bool(each.file), each))
            message = f"two {what} overlap on {overlap}: `{one.id}` ({one.place}) and `{other.id}` ({other.place})"
            facts.add_error(place, message, "end the first before the second begins")


def _sure_overlap(one: Columns, other: Columns) -> date | None:
    """A day on which both surely are in force; None where there need not be one."""
    ranges = [_sure(one), _sure(other)]
    starts = [start for start, _ in ranges if start is not None]
    if len(starts) < 2:
        return None
    day = max(starts)
    return day if all(end is None or day < end for _, end in ranges) else None


def _sure(columns: Columns) -> tuple[date | None, date | None]:
    """The days on which it surely is in force: from the latest beginning there can be to the earliest end."""
    latest = _latest(columns, "validFrom")
    start = latest - _DAY if latest is not None else shown(columns).get("shownFrom")
    return cast("date | None", start), cast("date | None", shown(columns).get("shownUntil"))


def _check_within(term: NodeRecord, membership: NodeRecord, facts: Dataset) -> None:
    start, end = _day(membership.columns, "validFrom"), _latest(membership.columns, "validUntil")
    begins, ends = _latest(term.columns, "validFrom"), _day(term.columns, "validUntil")
    where = f"`{membership.id}` ({membership.place})"
    if start is not None and begins is not None and begins <= start:
        message = f"`{term.id}` begins ({_day(term.columns, 'validFrom')}) before its membership {where}, {start}"
        facts.add_error(term.at("validFrom"), message, "mend one of the two dates")
    if end is not None and ends is not None and ends >= end:
        message = f"`{term.id}` ends ({ends}) after its membership {where}, {membership.columns['validUntil']}"
        facts.add_error(term.at("validUntil"), message, "mend one of the two dates")


# --- Dates ------------------------------------------------------------------------------------------


def _ends_within(columns: Columns, start: date) -> bool:
    """Whether it may have begun on `start` and ended later in the same month or year, the end being known no better.

    Two equal years, or two equal months, are rather an end that was meant to be included.
    """
    same = columns.get("validFromPrecision") == columns.get("validUntilPrecision")
    over = _end(columns)
    return not same and over is not None and start + _DAY < over


def _day(columns: Columns, name: str) -> date | None:
    return cast("date | None", columns.get(name))


def _end(columns: Columns) -> date | None:
    """The first day that is surely after the period: `validUntil`, or the day after the month or year it lies in."""
    whole = columns.get("validUntilPrecision") in ("YEAR", "MONTH")
    return _latest(columns, "validUntil") if whole else _day(columns, "validUntil")


def _latest(columns: Columns, name: str) -> date | None:
    """The first day that is later than any the bound can mean: the next day, month or year."""
    day = _day(columns, name)
    match columns.get(f"{name}Precision"):
        case _ if day is None:
            return None
        case "YEAR":
            return date(day.year + 1, 1, 1)
        case "MONTH":
            return date(day.year + day.month // 12, day.month % 12 + 1, 1)
        case _:
            return day + _DAY
