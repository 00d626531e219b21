"""Yearly cost of a city's networks, with the years whose fees are unknown.

A city's years in a network are the calendar years that overlap its memberships and their terms. The first is the year
of the first day that a source confirms. The last is the year of the end date. For a membership that still runs, it is
the last year in the range. If no source states an end, it is the last year that a source confirms. A membership with
the status APPLIED has no years.

Each term counts its full yearly fee in every calendar year it overlaps, without proration. If two terms overlap the
same year, both fees are included and summed, because a source states each of them for that year. A fee stated only for
a whole term counts if the term lies within a single year. The cost of a year is unknown if a term in that year has no
fee, or if no term overlaps the year. A fee of 0 means that it is known that nothing was charged. A term without an end
date ends with its membership.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from itertools import repeat
from typing import Final

from graph.errors import BadArgument
from graph.questions.validation import check_exists, check_label
from graph.store import Reader, Statement, TypedRow

__all__ = [
    "Amount",
    "CostMembership",
    "CostPer",
    "CostPerNetwork",
    "CostTerm",
    "NetworkCost",
    "YearCost",
    "cost_of_year",
    "cost_per_network",
]

_YEARS: Final = range(1900, 2201)


class Amount(TypedRow, frozen=True, order=True):
    """An amount of money in whole minor units (cents) of an ISO 4217 currency."""

    currency: str
    minor: int


class YearCost(TypedRow, frozen=True):
    """The fee of a term in a calendar year, null if no source states it.

    `euro` is the value in euros that a source states next to another currency. `euro_rate` is the date of that
    value's exchange rate, or 'as stated'. `citations` start with those that support the fee.
    """

    year: int
    membership: str
    term: str
    fee: Amount | None
    euro: Amount | None
    euro_rate: str | None
    decision: str | None
    budget_line: str | None
    citations: tuple[str, ...]


class CostPer(TypedRow, frozen=True):
    """The last year's cost divided by `divisor`, rounded half up to a minor unit.

    The amount is null if `divisor` is 0, or if that year's cost is unknown or in several currencies.
    """

    divisor: int
    cost: Amount | None


class NetworkCost(TypedRow, frozen=True):
    """The cost of a network over the range, by year and term.

    The totals are by currency and exclude `unknown_years`. The remaining fields describe the last year of the range:
    `last_year` is its whole cost, and peers and working groups are those of its last day. A unique peer is a city that
    the city meets only through this network, its working groups and its projects. An active working group is one that
    the city takes part in. If `roster_complete` is false, there may be more peers than are recorded. The peer fields
    are None if the caller did not request them.
    """

    network: str
    memberships: tuple[str, ...]
    years: tuple[YearCost, ...]
    totals: tuple[Amount, ...]
    unknown_years: tuple[int, ...]
    last_year: Amount | None
    peers: int | None
    roster_complete: bool | None
    per_unique_peer: CostPer | None
    per_theme: CostPer
    per_working_group: CostPer


class CostPerNetwork(TypedRow, frozen=True):
    """The costs of all networks, sorted by name and id, and the totals by currency.

    `incomplete` is true if the fee of any year is unknown.
    """

    networks: tuple[NetworkCost, ...]
    totals: tuple[Amount, ...]

    @property
    def incomplete(self) -> bool:
        return any(each.unknown_years for each in self.networks)


# --- Rows of the statement ------------------------------------------------------------------------


class CostTerm(TypedRow, frozen=True):
    """A membership term as read by the statement.

    `until` is the first day on which no source confirms that the term is in force.
    """

    id: str
    shown_from: date | None
    until: date | None
    annual_fee: int | None
    currency: str | None
    total_fee: int | None
    total_currency: str | None
    euro_fee: int | None
    euro_currency: str | None
    euro_rate: str | None
    budget_line: str | None
    decision: str | None
    citations: tuple[str, ...]


class CostMembership(TypedRow, frozen=True):
    """A membership and its terms as read by the statement.

    `until` has the same meaning as for terms. `ended` is the known end date.
    """

    id: str
    shown_from: date | None
    until: date | None
    ended: date | None
    terms: tuple[CostTerm, ...]


class _Network(TypedRow, frozen=True):
    network: str
    memberships: tuple[CostMembership, ...]
    themes: int
    working_groups: int


class _PeerCounts(TypedRow, frozen=True):
    network: str
    peers: int
    unique_peers: int | None
    roster_complete: bool


def _no_peers(network: str, *, with_unique: bool) -> _PeerCounts:
    """Return the peer counts of a network in which the city has no peers."""
    return _PeerCounts(network, 0, 0 if with_unique else None, False)


class _Answer(TypedRow, frozen=True):
    city_known: bool
    networks: tuple[_Network, ...]
    reach: tuple[_PeerCounts, ...]


_COSTS: Final = Statement.from_file(__file__, _Answer)


async def cost_per_network(
    reading: Reader,
    *,
    city: str,
    from_year: int,
    until_year: int,
    with_citations: bool = True,
    with_reach: bool = True,
    with_unique: bool = True,
) -> CostPerNetwork:
    """Return the cost of each network that the city was a member of between two years, both included.

    Citations are empty if they are not requested. The peer counts are the slowest part of the statement, and the unique
    peers can be left out separately. Raises UnknownId. Raises BadArgument also if `until_year` is before `from_year`.
    """
    check_label("city", city, "City")
    for argument, year in (("from", from_year), ("until", until_year)):
        if year not in _YEARS:
            raise BadArgument(
                f"{argument}: {year} is no year that can be asked about",
                hint=f"give a year from {_YEARS.start} to {_YEARS.stop - 1}",
            )
    if until_year < from_year:
        raise BadArgument(
            f"until: {until_year} comes before from: {from_year}", hint="give the earlier year as `from`; both count"
        )
    wanted = {"citations": with_citations, "reach": with_reach, "unique": with_unique}
    parameters = {"city": city, "last_day": date(until_year, 12, 31), **wanted}
    (answer,) = await reading.run(_COSTS, parameters)
    check_exists((city, answer.city_known))
    asked = range(from_year, until_year + 1)
    met = {each.network: each for each in answer.reach}
    nobody = partial(_no_peers, with_unique=with_unique)
    reach = [met.get(each.network) or nobody(each.network) if with_reach else None for each in answer.networks]
    costs = map(_network_cost, answer.networks, reach, repeat(asked))
    networks = tuple(each for each in costs if each is not None)
    return CostPerNetwork(networks, _totals(year.fee for network in networks for year in network.years))


def cost_of_year(memberships: tuple[CostMembership, ...], year: int) -> NetworkCost | None:
    """Return the cost of these memberships in one network in a year, or None if none overlaps the year.

    Themes and working groups are not counted, and peers are not requested.
    """
    return _network_cost(_Network("", memberships, 0, 0), None, range(year, year + 1))


def _network_cost(network: _Network, reach: _PeerCounts | None, asked: range) -> NetworkCost | None:
    """Return the cost of a network, or None if the city was not a member in any of the years."""
    of_membership: set[int] = set()
    rows: list[YearCost] = []
    memberships: list[str] = []
    for membership in network.memberships:
        touched = _years_in(membership.shown_from, membership.until, asked)
        of_terms = [row for term in membership.terms for row in _term_years(term, membership, asked)]
        if touched or of_terms:
            memberships.append(membership.id)
        of_membership.update(touched)
        rows += of_terms
    years = of_membership | {row.year for row in rows}
    if not years:
        return None
    rows.sort(key=lambda row: (row.year, row.term))
    known = {row.year for row in rows}
    unknown = {row.year for row in rows if row.fee is None} | (years - known)
    unique = reach.unique_peers if reach else None
    last = asked[-1]
    in_last = _totals(row.fee for row in rows if row.year == last)
    last_year = in_last[0] if last not in unknown and len(in_last) == 1 else None
    return NetworkCost(
        network=network.network,
        memberships=tuple(memberships),
        years=tuple(rows),
        totals=_totals(row.fee for row in rows),
        unknown_years=tuple(sorted(unknown)),
        last_year=last_year,
        peers=reach.peers if reach else None,
        roster_complete=reach.roster_complete if reach else None,
        per_unique_peer=None if unique is None else _per(last_year, unique),
        per_theme=_per(last_year, network.themes),
        per_working_group=_per(last_year, network.working_groups),
    )


def _years_in(shown_from: date | None, until: date | None, asked: range) -> range:
    """Return the years of `asked` that overlap `[shown_from, until)`. The period is open-ended if `until` is None."""
    if shown_from is None or (until is not None and until <= shown_from):
        return range(0)
    last = asked[-1] if until is None else (until - timedelta(days=1)).year
    return range(max(shown_from.year, asked[0]), min(last, asked[-1]) + 1)


def _term_years(term: CostTerm, membership: CostMembership, asked: range) -> list[YearCost]:
    touched = _years_in(term.shown_from, term.until or membership.ended, asked)
    if not touched:
        return []
    fee, euro = _yearly_fee(term), _amount(term.euro_fee, term.euro_currency)
    return [
        YearCost(
            year=year,
            membership=membership.id,
            term=term.id,
            fee=fee,
            euro=euro,
            euro_rate=term.euro_rate,
            decision=term.decision,
            budget_line=term.budget_line,
            citations=term.citations,
        )
        for year in touched
    ]


def _yearly_fee(term: CostTerm) -> Amount | None:
    if term.annual_fee is not None:
        return _amount(term.annual_fee, term.currency)
    one_year = (
        term.shown_from is not None
        and term.until is not None
        and term.shown_from.year == (term.until - timedelta(days=1)).year
    )
    return _amount(term.total_fee, term.total_currency) if one_year else None


def _amount(minor: int | None, currency: str | None) -> Amount | None:
    return None if minor is None or currency is None else Amount(currency, minor)


def _totals(fees: Iterable[Amount | None]) -> tuple[Amount, ...]:
    """Return the sums of the known fees, one for each currency, sorted by currency code."""
    sums: dict[str, int] = defaultdict(int)
    for fee in fees:
        if fee is not None:
            sums[fee.currency] += fee.minor
    return tuple(Amount(currency, minor) for currency, minor in sorted(sums.items()))


def _per(cost: Amount | None, divisor: int) -> CostPer:
    if cost is None or divisor == 0:
        return CostPer(divisor, None)
    return CostPer(divisor, Amount(cost.currency, (2 * cost.minor + divisor) // (2 * divisor)))
