"""Check the dates of periods, and compute the hidden columns that show whether a fact is in force on a day.

A fact is a node or relationship with a period. If a date is precise only to the year or month, it can be any day of
that year or month. A period is then invalid only if it is invalid for every possible day.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Final, cast

from graph.model import Property, Relationship
from graph.seeding.records import Columns, Dataset, NodeRecord, RelationshipRecord, SourceLocation
from graph.standing import ENDLESS, LAPSE_YEARS

__all__ = [
    "Coverage",
    "Period",
    "add_years",
    "charged_years",
    "check_periods",
    "coverage",
    "exclusive_end",
    "has_period",
    "node_period",
    "relationship_period",
]

_DAY: Final = timedelta(days=1)
_NEVER: Final = date.fromisoformat(ENDLESS)
_DATE_REQUIRED: Final = frozenset({"Membership", "MembershipTerm", "Twinning"})
"""Labels whose nodes must have a date.

Nodes with other labels may have no date. An example is a programme of which only the name is known.
"""

_DATE_PROPERTIES: Final = frozenset({"validFrom", "validFromBound", "attestedFrom", "attestedOn"})
"""Date properties. A node that must have a date (see `_DATE_REQUIRED`) must have at least one of these properties.

The value can also be UNKNOWN or invalid.
"""


def has_period(definition: Relationship) -> bool:
    """Return whether the model declares a start and an end for relationships of this type."""
    return any(property_.name == "validUntil" for property_ in definition.properties)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The days on which a fact can be in force, and the days on which its sources show it in force (the covered days).

    - `possible_from`: the first day on which the fact can be in force, or 0001-01-01 if unknown.
    - `shown_from`: the first covered day.
    - `shown_until`: the day after the last covered day.
    - `lapses_on`: the first day on which the fact is LONG_UNATTESTED, because its sources are too old.
    - `stands_until`: the first day on which the fact has certainly ended, or 9999-12-31 if unknown.
    """

    possible_from: date
    shown_from: date
    shown_until: date
    lapses_on: date
    stands_until: date

    @property
    def columns(self) -> Columns:
        """Return the five dates as columns that are stored.

        The columns are hidden, which means that they are not fields of the API (`graph.model.HIDDEN`).
        """
        return {
            "possibleFrom": self.possible_from,
            "shownFrom": self.shown_from,
            "shownUntil": self.shown_until,
            "lapsesOn": self.lapses_on,
            "standsUntil": self.stands_until,
        }

    def after(self, start: date | None) -> "Coverage":
        """Return the coverage with `possible_from` not earlier than `start`.

        `possible_from` is the first day on which the fact can be in force. If it is earlier than `start`, it becomes
        `start`. It never becomes later than `shown_from`, the first day on which a source shows the fact in force.
        """
        if start is None:
            return self
        return replace(self, possible_from=max(self.possible_from, min(start, self.shown_from)))

    def until(self, end: date | None) -> "Coverage":
        """Return the coverage with `stands_until` and `shown_until` no later than `end`.

        A later day is replaced by `end`. `stands_until` is the first day on which the fact has certainly ended.
        `shown_until` is the day after the last day that a source covers.
        """
        if end is None or self.stands_until <= end:
            return self
        return replace(self, stands_until=end, shown_until=min(self.shown_until, end))


def coverage(columns: Columns, terms: Sequence[Coverage] = (), *, lapses: bool = True) -> Coverage | None:
    """Return the coverage of a fact, or None if no source covers any day.

    `columns` are the columns of a node or relationship with a period. The covered days extend from the first to the
    last day that a source attests. For a membership, `terms` contains the coverages of its terms (periods of membership
    fixed by decisions). The days of the terms are also treated as days that a source attests.

    The fact begins on `validFrom`. Without `validFrom`, it begins on `since`, the start date of a participation in a
    working group. If `validUntil` is the only date and `terms` is empty, only the day before `validUntil` is covered. A
    fact becomes LONG_UNATTESTED `LAPSE_YEARS` years after the last covered day. If `lapses` is false, the fact never
    becomes LONG_UNATTESTED.
    """
    begins = _get_date(columns, "validFrom") or _get_date(columns, "since")
    attested = [day for name in ("attestedOn", "attestedFrom") if (day := _get_date(columns, name)) is not None]
    end = _get_date(columns, "validUntil")
    if begins is None and not attested and not terms and end is not None:
        attested.append(end - _DAY)
    starts = [*([] if begins is None else [begins]), *attested, *(term.shown_from for term in terms)]
    if not starts:
        return None
    ends = [*(day + _DAY for day in ([] if begins is None else [begins])), *(day + _DAY for day in attested)]
    shown_until = max([*ends, *(term.shown_until for term in terms)])
    stands_until = _NEVER
    if columns.get("validUntilBound") == "DATE":
        assert end is not None
        stands_until = cast("date", exclusive_end(columns))
        shown_until = end if end == stands_until else min(max(end, shown_until), stands_until)
    elif columns.get("status") == "LEFT":
        stands_until = shown_until
    return Coverage(
        possible_from=date.min if begins is None else begins,
        shown_from=min(starts) if begins is None else begins,
        shown_until=shown_until,
        lapses_on=add_years(shown_until, LAPSE_YEARS) if lapses else _NEVER,
        stands_until=stands_until,
    )


def charged_years(term: Columns, membership: Coverage) -> Columns:
    """Return the hidden columns with the first and last calendar year in which the fee of a term is charged.

    A term is a period of membership fixed by a decision. The fee is charged in every calendar year that contains a day
    of the term, but only in the years of the membership. The last year depends on the end of the term:

    - If the end is known, the last year is the year of the last day of the term.
    - If the end is unknown, the last year is the year of the last day that a source covers.
    - If the end is open, the last year is the year of the last day of the membership. A membership that has no known
      end lasts until it is LONG_UNATTESTED (no recent source).

    The properties `firstYearCharged` and `lastYearCharged` replace the first and last year of the term. The result is
    an empty dict if no year is charged.
    """
    covered = coverage(term)
    if covered is None:
        return {}
    match term.get("validUntilBound"):
        case "DATE":
            until = covered.stands_until
        case "OPEN":
            until = min(membership.lapses_on, membership.stands_until)
        case _:
            until = covered.shown_until
    stated = [cast("int | None", term.get(name)) for name in ("firstYearCharged", "lastYearCharged")]
    first, last = stated[0] or covered.shown_from.year, stated[1] or (until - _DAY).year
    if None in stated:
        first, last = min(first, stated[1] or first), max(last, stated[0] or last)
    first = max(first, membership.possible_from.year)
    last = min(last, (membership.stands_until - _DAY).year)
    return {"chargedFrom": first, "chargedUntil": last} if first <= last else {}


def add_years(day: date, years: int) -> date:
    """Return the date `years` years after `day`, but no later than `_NEVER`.

    29 February becomes 1 March if the result is not in a leap year.
    """
    if day.year + years > _NEVER.year:
        return _NEVER
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def check_periods(dataset: Dataset) -> None:
    """Check the periods of all nodes and relationships, and add the problems found to the dataset."""
    for node in dataset.nodes.values():
        if node.label.has_period:
            period = node_period(node)
            _check_period(node.label.properties, period, dataset)
            if node.label.name in _DATE_REQUIRED:
                _check_has_date(period, dataset)
        _check_ranges(node, dataset)
    for relationship in dataset.relationships.values():
        if has_period(relationship.definition):
            period = relationship_period(relationship)
            _check_period(relationship.definition.properties, period, dataset)
    _check_memberships(dataset)
    _check_twinnings(dataset)


@dataclass(frozen=True, slots=True)
class Period:
    """The period of a node or relationship. `subject` describes the node or relationship in messages."""

    subject: str
    columns: Columns
    location: SourceLocation
    lines: dict[str, int]

    def get_date(self, name: str) -> date | None:
        return _get_date(self.columns, name)

    def location_of(self, name: str) -> SourceLocation:
        return SourceLocation(self.location.file, self.lines.get(name, self.location.line))


def node_period(node: NodeRecord) -> Period:
    return Period(f"`{node.id}`", node.columns, node.location, node.lines)


def relationship_period(relationship: RelationshipRecord) -> Period:
    subject = f"`{relationship.source}` {relationship.definition.type} `{relationship.target}`"
    return Period(subject, relationship.columns, relationship.location, {})


def _check_period(properties: Sequence[Property], period: Period, dataset: Dataset) -> None:
    start, end = period.get_date("validFrom"), period.get_date("validUntil")
    if start is not None and end is not None and end <= start and not _may_end_after_start(period.columns, start):
        hint = "`validUntil` is the first day after the period"
        if period.columns.get("validUntilPrecision") == "YEAR":
            hint += f"; for a period to the end of {end.year}, write {end.year + 1}-01-01"
        message = f"{period.subject} ends ({end}) no later than it begins ({start})"
        dataset.add_problem(period.location_of("validUntil"), message, hint)
    if any(property_.name == "attestedOn" for property_ in properties):
        _check_attested(period, dataset)


def _check_attested(period: Period, dataset: Dataset) -> None:
    """Check `attestedFrom` and `attestedOn`, the first and last day on which a source attests a period.

    The two days must be in order and within the period.
    """
    first, last = period.get_date("attestedFrom"), period.get_date("attestedOn")
    if first is not None and last is not None and first > last:
        message = f"{period.subject} has `attestedFrom` ({first}) after `attestedOn` ({last})"
        dataset.add_problem(period.location_of("attestedFrom"), message, "exchange the two dates")
    start, end = period.get_date("validFrom"), period.get_date("validUntil")
    after_end = _after_latest(period.columns, "validUntil")
    for name, day in (("attestedFrom", first), ("attestedOn", last)):
        hint = f"`{name}` must be a day within the period; correct it, or delete it"
        if day is not None and start is not None and day < start:
            message = f"{period.subject} has `{name}` ({day}) before it begins ({start})"
            dataset.add_problem(period.location_of(name), message, hint)
        if day is not None and after_end is not None and day >= after_end - _DAY:
            message = f"{period.subject} has `{name}` ({day}) after it has ended ({end})"
            dataset.add_problem(period.location_of(name), message, hint)


def _check_has_date(period: Period, dataset: Dataset) -> None:
    dates = (period.get_date(name) for name in ("validFrom", "attestedFrom", "attestedOn"))
    if not any(dates) and not _DATE_PROPERTIES & period.lines.keys():
        hint = "add `validFrom`, `attestedFrom` or `attestedOn`; if no source gives a date, `validFrom: UNKNOWN`"
        dataset.add_problem(period.location, f"{period.subject} has no date from which to show it", hint)


def _check_ranges(node: NodeRecord, dataset: Dataset) -> None:
    """Check three ranges of a node: review periods, charged years and numbers of inhabitants.

    No range may end before it starts.
    """
    for low, high, may_be_equal in (
        ("reviewFrom", "reviewUntil", False),
        ("firstYearCharged", "lastYearCharged", True),
        ("populationFrom", "populationUpTo", True),
    ):
        start, end = node.columns.get(low), node.columns.get(high)
        if start is None or end is None:
            continue
        if cast("int", start) > cast("int", end) or (start == end and not may_be_equal):
            message = f"`{node.id}` has `{high}` ({end}) before `{low}` ({start})"
            dataset.add_problem(node.location_of(high), message, "exchange the two")


# --- Memberships and their terms --------------------------------------------------------------------


def _check_memberships(dataset: Dataset) -> None:
    """Check memberships and their terms. A term is a period of membership fixed by a decision.

    - The memberships of a holder in the same network must not overlap. A holder is a city, a group of cities or an
      organisation.
    - The terms of a membership must not overlap, and must be within the membership.
    - The years in which the fee of a term is charged must be within the term.
    """
    holders: dict[str, str] = {}
    networks: dict[str, str] = {}
    terms: dict[str, list[NodeRecord]] = defaultdict(list)
    for relationship in dataset.relationships.values():
        source, target = relationship.source, relationship.target
        match relationship.definition.type:
            case "HOLDS":
                holders[target] = source
            case "IN" if source.startswith("Membership:"):
                networks[source] = target
            case "UNDER" if source in dataset.nodes and source.startswith("MembershipTerm:"):
                terms[target].append(dataset.nodes[source])
            case _:
                pass
    memberships: dict[tuple[str, str], list[NodeRecord]] = defaultdict(list)
    for membership, holder in holders.items():
        if membership in networks and membership in dataset.nodes:
            memberships[holder, networks[membership]].append(dataset.nodes[membership])
    for (holder, network), nodes in memberships.items():
        _check_disjoint(nodes, f"memberships of `{holder}` in `{network}`", dataset)
    for membership, nodes in terms.items():
        _check_disjoint(nodes, f"terms of `{membership}`", dataset)
        if membership in dataset.nodes:
            for term in nodes:
                _check_within(term, dataset.nodes[membership], dataset)
        for term in nodes:
            _check_charged(term, dataset)


def _check_disjoint(nodes: list[NodeRecord], description: str, dataset: Dataset) -> None:
    for first, second in combinations(sorted(nodes, key=lambda node: node.id), 2):
        overlap = _find_certain_overlap(first.columns, second.columns)
        if overlap is not None:
            message = (
                f"two {description} overlap on {overlap}: "
                f"`{first.id}` ({first.location}) and `{second.id}` ({second.location})"
            )
            location = max(first.location_of("validFrom"), second.location_of("validFrom"))
            dataset.add_problem(location, message, "end the first before the second begins")


def _find_certain_overlap(first: Columns, second: Columns) -> date | None:
    """Return a day on which both periods are certainly in force, or None if there is no such day."""
    ranges = [_certain_range(first), _certain_range(second)]
    starts = [start for start, _ in ranges if start is not None]
    if len(starts) < 2:
        return None
    day = max(starts)
    return day if all(end is None or day < end for _, end in ranges) else None


def _certain_range(columns: Columns) -> tuple[date | None, date | None]:
    """Return the days on which a period is certainly in force, as a first day and an exclusive end.

    If the start is precise only to the month or year, the period is certainly in force only from the last day of that
    month or year. The exclusive end is the earliest day on which the period can have ended. It is None if the period
    still continues. Both results are None if no date shows that the period is in force.
    """
    covered = coverage(columns)
    is_shown = any(_get_date(columns, name) for name in ("validFrom", "attestedFrom", "attestedOn"))
    if covered is None or not is_shown:
        return None, None
    after_start = _after_latest(columns, "validFrom")
    bound = columns.get("validUntilBound")
    # A membership without a stated end continues, so a second membership of the same holder would be counted twice.
    is_running = bound == "OPEN" or (bound == "UNKNOWN" and columns.get("status") == "MEMBER")
    return after_start - _DAY if after_start else covered.shown_from, None if is_running else covered.shown_until


def _check_twinnings(dataset: Dataset) -> None:
    """Check that twinnings of the same two cities do not overlap.

    A twinning without an end date is treated as continuing.
    """
    cities: dict[str, set[str]] = defaultdict(set)
    for relationship in dataset.relationships.values():
        if relationship.definition.type == "JOINS" and relationship.source in dataset.nodes:
            cities[relationship.source].add(relationship.target)
    twinnings: dict[tuple[str, ...], list[NodeRecord]] = defaultdict(list)
    for twinning, pair in cities.items():
        if len(pair) == 2:
            twinnings[tuple(sorted(pair))].append(dataset.nodes[twinning])
    for pair, nodes in twinnings.items():
        for first, second in combinations(sorted(nodes, key=lambda node: (node.location, node.id)), 2):
            if not (_ends_before(first.columns, second.columns) or _ends_before(second.columns, first.columns)):
                message = (
                    f"`{second.id}` twins `{pair[0]}` and `{pair[1]}`, "
                    f"which `{first.id}` ({first.location}) twins at the same time"
                )
                hint = "delete one of the two; if the earlier one has ended, write its `validUntil`"
                dataset.add_problem(second.location_of("cities"), message, hint)


def _ends_before(first: Columns, second: Columns) -> bool:
    """Return whether the first period may have ended before the second period begins.

    The second period begins on the first day on which it is certainly in force. Returns False if this day is unknown,
    or if the first period has no end date.
    """
    end, start = _get_date(first, "validUntil"), _certain_range(second)[0]
    return end is not None and start is not None and end <= start


def _check_within(term: NodeRecord, membership: NodeRecord, dataset: Dataset) -> None:
    start, end = _get_date(membership.columns, "validFrom"), _after_latest(membership.columns, "validUntil")
    term_start, term_end = _after_latest(term.columns, "validFrom"), _get_date(term.columns, "validUntil")
    described = f"`{membership.id}` ({membership.location})"
    if start is not None and term_start is not None and term_start <= start:
        begins = _get_date(term.columns, "validFrom")
        message = f"`{term.id}` begins ({begins}) before its membership {described}, {start}"
        dataset.add_problem(term.location_of("validFrom"), message, "correct one of the two dates")
    if end is not None and term_end is not None and term_end >= end:
        ends = membership.columns["validUntil"]
        message = f"`{term.id}` ends ({term_end}) after its membership {described}, {ends}"
        dataset.add_problem(term.location_of("validUntil"), message, "correct one of the two dates")


def _check_charged(term: NodeRecord, dataset: Dataset) -> None:
    """Check that `firstYearCharged` and `lastYearCharged` of a membership term are years of the term.

    A term is a period of membership fixed by a decision.
    """
    start, end = _get_date(term.columns, "validFrom"), exclusive_end(term.columns)
    for name in ("firstYearCharged", "lastYearCharged"):
        year = cast("int | None", term.columns.get(name))
        if year is None:
            continue
        if (start is not None and year < start.year) or (end is not None and year > (end - _DAY).year):
            message = f"`{term.id}` has `{name}` ({year}) outside its period"
            dataset.add_problem(term.location_of(name), message, "give a calendar year in which the term has a day")


# --- Dates ------------------------------------------------------------------------------------------


def _may_end_after_start(columns: Columns, start: date) -> bool:
    """Return whether an imprecise end date can be later than the start date, although the stored end is earlier.

    For example, the end "2023" can be later than the start "2023-05", because the end can be any day of 2023. Returns
    False if both dates have the same precision. In that case, the author probably meant an inclusive end, which is
    invalid.
    """
    if columns.get("validFromPrecision") == columns.get("validUntilPrecision"):
        return False
    end = exclusive_end(columns)
    return end is not None and start + _DAY < end


def _get_date(columns: Columns, name: str) -> date | None:
    return cast("date | None", columns.get(name))


def exclusive_end(columns: Columns, name: str = "validUntil") -> date | None:
    """Return the first day that is certainly after the period, or None if the period has no end date.

    `name` is the name of the property with the end date. If this date is precise to the day, it is the result. If it is
    precise only to the month or year, the result is the first day after that month or year.
    """
    is_imprecise = columns.get(f"{name}Precision") in ("YEAR", "MONTH")
    return _after_latest(columns, name) if is_imprecise else _get_date(columns, name)


def _after_latest(columns: Columns, name: str) -> date | None:
    """Return the day after the latest possible day of a date, or None if there is no date.

    If the date is precise only to the month or year, the latest possible day is the last day of that month or year.
    """
    day = _get_date(columns, name)
    if day is None:
        return None
    match columns.get(f"{name}Precision"):
        case "YEAR":
            return date(day.year + 1, 1, 1)
        case "MONTH":
            return date(day.year + day.month // 12, day.month % 12 + 1, 1)
        case _:
            return day + _DAY
