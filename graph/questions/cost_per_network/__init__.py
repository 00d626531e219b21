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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from graph.errors import BadArgument
from graph.money import to_main_units
from graph.questions.declaration import CITY, INCLUDE_APPLIED, STANDINGS, Amount, Ref, Selected, Single, computed
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Bars, NodeNames, Plot

__all__ = [
    "QUESTION",
    "Arguments",
    "CostMembership",
    "CostPer",
    "CostPerNetwork",
    "CostTerm",
    "NetworkCost",
    "YearCost",
    "cost_of_year",
]

_YEARS: Final = range(1900, 2201)
_NONE: Final = "none or unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    from_: Annotated[int, "The first calendar year."]
    until: Annotated[int, "The last calendar year; it counts too."]
    include_applied: INCLUDE_APPLIED = False
    standings: STANDINGS = COUNTED


class YearCost(TypedRow, frozen=True):
    """The full yearly fee of a membership term for one calendar year, without proration."""

    year: Annotated[int, "The calendar year."]
    fee: Annotated[Amount | None, "The fee; null where no source states it."]
    euro: Annotated[Amount | None, "The value in euro, where a source states one beside another currency."]
    euro_rate: Annotated[str | None, "What the euro value rests on: the rate's date, or 'as stated'."]
    budget_line: Annotated[str | None, "The line of the city's budget that pays it."]
    membership: Annotated[str, Ref("Membership"), "The membership."]
    term: Annotated[str, Ref("MembershipTerm"), "The term."]
    decision: Annotated[str | None, Ref("Decision"), "The decision that made the term, where known."]
    sources: Annotated[
        tuple[str, ...],
        Ref("Citation"),
        Selected("with_sources"),
        "The places that support it, those that state the fee first.",
    ]


class CostPer(TypedRow, frozen=True):
    """The cost of the last year asked about, divided."""

    divisor: Annotated[int, "How many there are."]
    cost: Annotated[
        Amount | None,
        "The cost for each, rounded half up; null where there are none, or where that year's cost is unknown or in "
        "several currencies.",
    ]


class NetworkCost(TypedRow, frozen=True):
    """What a network costs a city over the years asked about.

    The peers and working groups are those of the last day of the last year. What is not selected of the peers is 0.
    """

    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    memberships: Annotated[tuple[str, ...], Ref("Membership"), "The city's memberships in those years."]
    years: Annotated[tuple[YearCost, ...], "The fee of each year and term, earliest first."]
    totals: Annotated[
        tuple[Amount, ...],
        ReportColumn("Known fees", "summed over the years, by currency"),
        "The sum of the known fees in each currency; it leaves `unknownYears` out.",
    ]
    unknown_years: Annotated[
        tuple[int, ...],
        ReportColumn("Unknown years", "years of membership whose fee no source states", "none"),
        "Years of membership whose fee no source states. They are not zero.",
    ]
    last_year: Annotated[
        Amount | None,
        ReportColumn("Last year", "its whole cost in the last year asked about"),
        "The cost of the last year asked about; null where unknown or in several currencies.",
    ]
    peers: Annotated[
        int,
        Selected("with_reach"),
        ReportColumn("Peer cities", "on the last day", bounded=True),
        "How many other cities are recorded in it on the last day.",
    ]
    roster_complete: Annotated[bool, Selected("with_reach"), "Whether these are all, on that day."]
    per_unique_peer: Annotated[
        CostPer,
        Selected("with_reach", "with_unique"),
        ReportColumn("Per unique peer", "last year's cost for each", _NONE, of="cost"),
        "For each city that the city meets through no other collaboration.",
    ]
    per_theme: Annotated[
        CostPer,
        ReportColumn("Per theme", "last year's cost for each", _NONE, of="cost"),
        "For each theme that the network addresses.",
    ]
    per_working_group: Annotated[
        CostPer,
        ReportColumn("Per working group", "that the city takes part in", _NONE, of="cost"),
        "For each working group the city takes part in.",
    ]

    @computed(ReportColumn("Currency", absent="–"))
    def currency(self) -> str | None:
        return self.last_year.currency if self.last_year else None

    @computed(ReportColumn("Partial roster", "there may be more peers than are recorded"))
    def lower_bound(self) -> bool:
        return not self.roster_complete


class CostPerNetwork(TypedRow, frozen=True):
    """What the networks of a city cost, by network."""

    asked_years: tuple[int, ...]
    networks: Annotated[tuple[NetworkCost, ...], "The networks, by name."]
    totals: Annotated[tuple[Amount, ...], "The sum of the known fees of all networks in each currency."]

    @computed("Whether some year's fee is unknown, so that the totals are less than the whole.")
    def incomplete(self) -> bool:
        return any(cost.unknown_years for cost in self.networks)


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
    sources: tuple[str, ...]


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
    unique_peers: int
    roster_complete: bool


class _Columns(TypedRow, frozen=True):
    city_known: bool
    networks: tuple[_Network, ...]
    reach: tuple[_PeerCounts, ...]


_NO_PEERS: Final = _PeerCounts("", 0, 0, False)


# --- Costs ----------------------------------------------------------------------------------------


def _parameters(arguments: Arguments) -> dict[str, object]:
    for name, year in (("from", arguments.from_), ("until", arguments.until)):
        if year not in _YEARS:
            raise BadArgument(
                f"{name}: {year} is no year that can be asked about",
                hint=f"give a year from {_YEARS.start} to {_YEARS.stop - 1}",
            )
    if arguments.until < arguments.from_:
        raise BadArgument(
            f"until: {arguments.until} comes before from: {arguments.from_}",
            hint="give the earlier year as `from`; both count",
        )
    return {"last_day": date(arguments.until, 12, 31)}


def _compute(arguments: Arguments, columns: _Columns) -> CostPerNetwork:
    asked = range(arguments.from_, arguments.until + 1)
    reach = {counts.network: counts for counts in columns.reach}
    costs = (_network_cost(network, reach.get(network.network, _NO_PEERS), asked) for network in columns.networks)
    networks = tuple(cost for cost in costs if cost is not None)
    return CostPerNetwork(tuple(asked), networks, _totals(year.fee for cost in networks for year in cost.years))


def cost_of_year(memberships: tuple[CostMembership, ...], year: int) -> NetworkCost | None:
    """Return the cost of these memberships in one network in a year, or None if none overlaps the year.

    Peers, themes and working groups are not counted.
    """
    return _network_cost(_Network("", memberships, 0, 0), _NO_PEERS, range(year, year + 1))


def _network_cost(network: _Network, reach: _PeerCounts, asked: range) -> NetworkCost | None:
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
        peers=reach.peers,
        roster_complete=reach.roster_complete,
        per_unique_peer=_per(last_year, reach.unique_peers),
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
            fee=fee,
            euro=euro,
            euro_rate=term.euro_rate,
            budget_line=term.budget_line,
            membership=membership.id,
            term=term.id,
            decision=term.decision,
            sources=term.sources,
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


# --- The report -----------------------------------------------------------------------------------


class _YearRow(TypedRow, frozen=True):
    network: Annotated[str, Ref("Network"), ReportColumn("Network")]
    year: Annotated[int, ReportColumn("Year")]
    fee: Annotated[Amount | None, ReportColumn("Fee")] = None
    euro: Annotated[Amount | None, ReportColumn("Stated in euro", absent="–")] = None
    euro_rate: Annotated[str | None, ReportColumn("Rate", absent="–")] = None
    term: Annotated[str | None, Ref("MembershipTerm"), ReportColumn("Term", absent="none recorded")] = None
    decision: Annotated[str | None, Ref("Decision"), ReportColumn("Decision")] = None
    budget_line: Annotated[str | None, ReportColumn("Budget line")] = None
    sources: Annotated[tuple[str, ...], Ref("Citation"), ReportColumn("Sources", absent="none")] = ()

    @computed(ReportColumn("Currency", absent="–"))
    def currency(self) -> str | None:
        return self.fee.currency if self.fee else None


class _TotalRow(TypedRow, frozen=True):
    currency: Annotated[str, ReportColumn("Currency")]
    total: Annotated[Amount, ReportColumn("Known total", bounded=True)]
    lower_bound: Annotated[bool, ReportColumn("Incomplete", "some year's fee is unknown")]


def _year_rows(costs: CostPerNetwork) -> Iterator[_YearRow]:
    for cost in costs.networks:
        rows = [_YearRow(cost.network, year) for year in set(cost.unknown_years) - {row.year for row in cost.years}]
        for row in cost.years:
            money = (row.fee, row.euro, row.euro_rate)
            rows.append(_YearRow(cost.network, row.year, *money, row.term, row.decision, row.budget_line, row.sources))
        yield from sorted(rows, key=lambda row: row.year)


def _total_rows(costs: CostPerNetwork) -> Iterator[_TotalRow]:
    return (_TotalRow(total.currency, total, costs.incomplete) for total in costs.totals)


def _summary(costs: CostPerNetwork, _names: NodeNames) -> str:
    known_sums = ", ".join(f"{to_main_units(total.minor, total.currency)} {total.currency}" for total in costs.totals)
    unknown = sum(len(cost.unknown_years) for cost in costs.networks)
    summary = f"{len(costs.networks)} networks. Known fees: {known_sums or 'none'}."
    return summary + (f" Unknown: the fees of {unknown} network years." if unknown else "")


def _notes(costs: CostPerNetwork) -> Sequence[str]:
    stated = "Fees are whole yearly fees as stated, without proration; no currency is converted into another."
    unknown = "Years of membership whose fee no source states are unknown. They are not zero, and no total counts them."
    return [stated, unknown] if costs.incomplete else [stated]


def _plots(costs: CostPerNetwork, names: NodeNames) -> Sequence[Plot]:
    """Return plots of the known fees of each currency and of the networks with unknown fees.

    A year without a fee has no bar.
    """
    years = costs.asked_years
    labels = tuple(map(str, years))
    unknown = [sum(year in cost.unknown_years for cost in costs.networks) for year in years]
    least = frozenset(label for label, count in zip(labels, unknown, strict=True) if count)
    plots: list[Plot] = []
    for currency in (total.currency for total in costs.totals):
        series: list[tuple[str, tuple[float | None, ...]]] = []
        for cost in costs.networks:
            fees: dict[int, float] = {}
            for row in cost.years:
                if row.fee is not None and row.fee.currency == currency:
                    fees[row.year] = fees.get(row.year, 0.0) + float(to_main_units(row.fee.minor, currency))
            if fees:
                series.append((names.named(cost.network).name, tuple(map(fees.get, years))))
        title = f"Known fees in {currency}, by year"
        note = "Years marked ≥ have networks whose fee is unknown; those are not in the bars."
        plots.append(Bars(title, currency, labels, tuple(series), note, "no fee known", least))
    if least:
        counts = tuple(float(count) if count else None for count in unknown)
        plots.append(Bars("Networks whose fee is unknown", "networks", labels, (("unknown", counts),), absent="none"))
    return plots


QUESTION: Final = Single(
    module=__name__,
    description="What each network costs a city, for every calendar year touched: the full fee, with its decision, "
    "budget line and sources, and the years whose fee no source states.",
    leaves_out="Memberships only applied for, and those held by a body the city is part of.",
    arguments=Arguments,
    row=CostPerNetwork,
    examples=tuple(
        Arguments(city="City:vantaa", from_=first, until=last)
        for first, last in ((2020, 2025), (1990, 2030), (2016, 2016), (2023, 2024))
    ),
    parameters=_parameters,
    columns=_Columns,
    compute=_compute,
    report=QuestionReport(
        title="What networks cost {city}, {from}–{until}",
        summary=_summary,
        asked="{from}-01-01 to {until}-12-31",
        notes=_notes,
        tables=(
            ReportTable(
                key="networks",
                title="Networks",
                identity=("network",),
                columns=("network", "totals", "unknown_years", "last_year", "currency"),
                row=NetworkCost,
                rows=lambda costs: costs.networks,
            ),
            ReportTable(
                key="years",
                title="Year by year",
                identity=("network", "year", "term"),
                note="A row for each calendar year and term. A year that no recorded term touches has no decision to "
                "show.",
                columns=("network", "year", "fee", "currency"),
                row=_YearRow,
                rows=_year_rows,
            ),
            ReportTable(key="totals", title="Totals", identity=("currency",), row=_TotalRow, rows=_total_rows),
        ),
        plots=_plots,
    ),
)
