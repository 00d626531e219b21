"""Cost per network: what the sources state, year by year, and what they leave unknown.

A city's years in a network are the calendar years that its memberships and their terms touch: from the first day a
source shows to the year of the end; to the last year asked about where it still runs; and where nobody says when it
ends, to the last year that a source attests. A membership only applied for has none.

Each term gives its full yearly fee to every calendar year it touches, without proration. Where two terms touch one
year, both stand there and both are summed: each is a fee that was stated for that year. A fee that is stated only for
the whole of a term counts where the term touches a single year. A year is unknown where a term that touches it has no
fee, and where no term touches it; 0 is a fee known not to have been charged. A term that still runs ends with its
membership.
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
    """Money: whole minor units (cents) of an ISO 4217 currency."""

    currency: str
    minor: int


class YearCost(TypedRow, frozen=True):
    """The fee that a term gives to a calendar year, null where no source states it.

    `euro` is a euro value that a source states beside another currency, `euro_rate` what it rests on. `citations`
    begin with those that support the fee.
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
    """The cost of the last year for each of `divisor` things, rounded half up to a minor unit.

    Null where there are none, or where that year's cost is unknown or in several currencies.
    """

    divisor: int
    cost: Amount | None


class NetworkCost(TypedRow, frozen=True):
    """A network's cost over the range, by year and term; totals by currency, which leave `unknown_years` out.

    What comes after is of the last year of the range: `last_year` its whole cost; peers and working groups are those
    of its last day. A unique peer is a city that the city meets only through this network, its working groups and its
    projects; an active working group is one that the city takes part in. Unless `roster_complete`, there may be more
    peers than are recorded. What is said of peers is None where it was not asked for.
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
    """All networks, by name and id, and the totals by currency. `incomplete` says that some year's fee is unknown."""

    networks: tuple[NetworkCost, ...]
    totals: tuple[Amount, ...]

    @property
    def incomplete(self) -> bool:
        return any(each.unknown_years for each in self.networks)


# --- What the statement answers -------------------------------------------------------------------


class CostTerm(TypedRow, frozen=True):
    """A membership term, as statements answer it: `until` is the first day on which it is not shown to be in force."""

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
    """A membership with its terms, as statements answer it; `until` as of terms, `ended` the known end."""

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
    """The reach of a network in which the city meets nobody."""
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
    """The cost of each network that the city was a member of from `from_year` to `until_year`, both years included.

    Citations are empty where they are not asked for. The reach is what is said of peers, which takes the database
    longer than all else; the unique ones may be left out of it. Raises UnknownId, and BadArgument also where
    `until_year` comes before `from_year`.
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
    """What these memberships in one network cost in a year, with no themes and groups counted, nor peers asked for.

    None where neither they nor their terms touch the year.
    """
    return _network_cost(_Network("", memberships, 0, 0), None, range(year, year + 1))


def _network_cost(network: _Network, reach: _PeerCounts | None, asked: range) -> NetworkCost | None:
    """None where the city was no member in any of the years."""
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
    """The years asked about that the period `[shown_from, until)` touches; without `until` it still runs."""
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
    """The known fees summed by currency, in the order of the currencies' codes."""
    sums: dict[str, int] = defaultdict(int)
    for fee in fees:
        if fee is not None:
            sums[fee.currency] += fee.minor
    return tuple(Amount(currency, minor) for currency, minor in sorted(sums.items()))


def _per(cost: Amount | None, divisor: int) -> CostPer:
    if cost is None or divisor == 0:
        return CostPer(divisor, None)
    return CostPer(divisor, Amount(cost.currency, (2 * cost.minor + divisor) // (2 * divisor)))
