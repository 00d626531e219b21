"""Yearly cost of a city's networks, with the years whose fees are unknown.

Three words have a special meaning here:

- *term*: a period of a membership that a decision fixes, usually with a yearly fee.
- *status* of a membership: what a decision or source says about the membership, such as APPLIED or MEMBER.
- *standing* of a membership on a day: whether sources show the membership in force on the day (IN_FORCE), or only
  earlier or later.

The answer contains every calendar year in which a membership can have been in force. If the beginning is unknown, the
years before the first day that a source covers are included. If the end is unknown, the years after the last day that a
source covers are included. The standing of a membership in a year is the strongest standing of the membership on any
day of the year.

The fee of a year is the full yearly fee of every term that is charged in the year. The fee is not reduced if the term
covers only a part of the year. If two terms state a fee for the same year, both fees are listed and summed. A fee that
is stated for a whole term is used only if the term is charged in a single year. A term whose decision was tabled or
rejected has no fee. A fee of 0 means that a source shows that nothing was charged. It is listed like other fees.

A term is charged in every calendar year that contains at least one day of the term. If the end of the term is unknown,
the term is charged in the years that a source covers. If the end is OPEN, the term is also charged in each later year
in which the membership is IN_FORCE or ATTESTED_EARLIER. The properties `firstYearCharged` and `lastYearCharged`
override the first and last year. `graph.seeding.periods.charged_years` computes the years when seed files are loaded.

The totals include the fees of a membership in a year only if its standing in the year is in the argument `standings`.
Memberships with the status APPLIED are always listed, but the totals include them only with `includeApplied`. Totals
omit a currency in which all fees are 0.

The cost of a year is unknown if no term is charged in the year, or if a charged term states no fee. Only memberships
that the totals include in the year are considered. If the totals include none of the city's memberships in the year,
all of them are considered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, Protocol

from graph.errors import BadArgument
from graph.questions.declaration import (
    CITY,
    INCLUDE_APPLIED,
    YEAR_STANDINGS,
    Amount,
    MemberOf,
    Ref,
    Selected,
    Single,
    computed,
)
from graph.questions.enums import StandingName
from graph.questions.report_declaration import QuestionReport, ReportColumn, ReportTable
from graph.standing import COUNTED
from graph.store import TypedRow
from graph.tables import Bars, Message, NodeNames, Plot, join, message
from graph.vocabulary import MembershipStatus, Standing

__all__ = [
    "QUESTION",
    "YEARS",
    "Arguments",
    "CostMembership",
    "CostPer",
    "CostPerNetwork",
    "CostTerm",
    "NetworkCost",
    "Switches",
    "YearCost",
    "check_years",
    "cost_of_year",
]

YEARS: Final = range(1900, 2201)
"""The calendar years that can be requested."""
_NONE: Final = message("none or unknown")

StatusName = Literal["APPLIED", "MEMBER", "LEAVING_DECIDED", "LEFT"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Arguments:
    city: CITY
    from_: Annotated[int, "The first calendar year."]
    until: Annotated[int, "The last calendar year, included."]
    include_applied: INCLUDE_APPLIED = False
    standings: YEAR_STANDINGS = COUNTED


class YearCost(TypedRow, frozen=True):
    """The full fee of a membership in a calendar year, without proration."""

    year: Annotated[int, "The calendar year."]
    fee: Annotated[Amount | None, "Fee; null if no source states one."]
    status: Annotated[StatusName, MemberOf(MembershipStatus), "The membership's status."]
    standing: Annotated[StandingName, MemberOf(Standing), "Best standing of the membership on any day of the year."]
    counted: Annotated[bool, "Whether the totals include this row if its fee is known."]
    euro: Annotated[Amount | None, "Value in euro, if a source states one beside another currency."]
    euro_rate: Annotated[str | None, "Basis of the euro value: the date of the exchange rate, or 'as stated'."]
    budget_line: Annotated[str | None, "Line of the city's budget that pays the fee."]
    membership: Annotated[str, Ref("Membership"), "The membership."]
    term: Annotated[
        str | None, Ref("MembershipTerm"), "Term charged in the year, even if it states no fee; null if there is none."
    ]
    decision: Annotated[str | None, Ref("Decision"), "Decision on the term; null if unknown."]
    sources: Annotated[
        tuple[str, ...],
        Ref("Citation"),
        Selected("with_sources"),
        "Citations for the row; those that state the fee come first.",
    ]


class CostPer(TypedRow, frozen=True):
    """The cost divided by a count, such as the number of themes, in the latest requested year whose cost is known."""

    divisor: Annotated[int, "The count."]
    cost: Annotated[
        Amount | None,
        "Cost divided by the count, rounded half up; null if the count is 0, or if no year has a known cost in "
        "one currency.",
    ]


class NetworkCost(TypedRow, frozen=True):
    """Cost of a network for a city in the requested years.

    Peers (the other member cities) and working groups are counted on the last day of the last year. The numbers of
    peers are computed only if a client selects them, and are otherwise 0.
    """

    network: Annotated[str, Ref("Network"), ReportColumn("Network"), "The network."]
    memberships: Annotated[
        tuple[str, ...], Ref("Membership"), "The city's memberships in the network in the requested years."
    ]
    years: Annotated[tuple[YearCost, ...], "The fee of each year and term, earliest first."]
    totals: Annotated[
        tuple[Amount, ...],
        ReportColumn("Known fees", "summed over the years, by currency", "none", bounded=True, bound_by="incomplete"),
        "Sum of the known fees in each currency, without `unknownYears`. A currency whose fees are all 0 has no sum.",
    ]
    unknown_years: Annotated[
        tuple[int, ...],
        ReportColumn("Unknown years", "years of membership whose fee no source states", "none"),
        "Years in which the city was or may have been a member, and whose fee no source states. They are not zero. "
        "Years after an application without a known outcome are among them.",
    ]
    unattested_years: Annotated[
        tuple[int, ...],
        ReportColumn("Unattested years", "those of which no source covers any day", "none"),
        "Years in `unknownYears` of which no source covers any day.",
    ]
    counted_years: Annotated[
        tuple[int, ...],
        "Years in which a membership counts in the totals. `unknownYears` can contain other years too.",
    ]
    last_year: Annotated[
        Amount | None,
        ReportColumn("Last year", "its whole cost in the last year asked about"),
        "Cost of the last requested year; null if unknown, not counted, or in several currencies.",
    ]
    cost_year: Annotated[
        int | None,
        "The latest requested year whose cost is known and in one currency, which `perUniquePeer`, `perTheme` and "
        "`perWorkingGroup` divide; null if there is none.",
    ]
    peers: Annotated[
        int,
        Selected("with_reach"),
        ReportColumn("Peer cities", "on the last day", bounded=True),
        "Number of other cities that the city meets in the network, its working groups and its projects on "
        "the last day.",
    ]
    members_complete: Annotated[
        bool,
        Selected("with_reach"),
        "Whether `peers` counts all such cities. True only if the last day is the `rosterAttestedOn` of the network.",
    ]
    per_unique_peer: Annotated[
        CostPer,
        Selected("with_reach", "with_unique"),
        ReportColumn("Per unique peer", "the latest known yearly cost for each", _NONE, of="cost"),
        "Cost per city that the city meets through no other collaboration.",
    ]
    per_theme: Annotated[
        CostPer,
        ReportColumn("Per theme", "the latest known yearly cost for each", _NONE, of="cost"),
        "Cost per theme that the network addresses.",
    ]
    per_working_group: Annotated[
        CostPer,
        ReportColumn("Per working group", "that the city takes part in", _NONE, of="cost"),
        "Cost per working group that the city takes part in.",
    ]

    @computed(ReportColumn("Currency", absent="–", is_technical=True))
    def currency(self) -> str | None:
        return self.last_year.currency if self.last_year else None

    @computed(ReportColumn("Incomplete", "some year's fee is unknown"))
    def incomplete(self) -> bool:
        return bool(self.unknown_years)

    @computed("Those of `countedYears` whose fee is known.")
    def known_years(self) -> tuple[int, ...]:
        return tuple(year for year in self.counted_years if year not in self.unknown_years)

    @computed(ReportColumn("Partial roster", "there may be more peers than are recorded"))
    def lower_bound(self) -> bool:
        return not self.members_complete


class CostPerNetwork(TypedRow, frozen=True):
    """Costs of a city's networks."""

    asked_years: tuple[int, ...]
    networks: Annotated[tuple[NetworkCost, ...], "The networks, by name."]
    totals: Annotated[
        tuple[Amount, ...],
        "The sum of the known fees of all networks in each currency. A currency whose fees are all 0 has no sum.",
    ]

    @computed("Whether the fee of a year is unknown, so that the totals are lower bounds.")
    def incomplete(self) -> bool:
        return any(cost.incomplete for cost in self.networks)

    @computed(
        "Number of yearly fees that the totals should contain: `countedYears` of all networks. Show it with the totals."
    )
    def fee_count(self) -> int:
        return sum(len(cost.counted_years) for cost in self.networks)

    @computed("Number of yearly fees that the totals contain: `knownYears` of all networks.")
    def known_fee_count(self) -> int:
        return sum(len(cost.known_years) for cost in self.networks)


# --- Rows of the statement ------------------------------------------------------------------------


class CostTerm(TypedRow, frozen=True):
    """A membership term as the statement returns it.

    A term is a period of a membership that a decision fixes, usually with a fee. The fee is charged in the years from
    `charged_from` to `charged_until`, both included.
    """

    id: str
    charged_from: int
    charged_until: int
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
    """A membership and its terms, as the statement returns them.

    A term is a period of the membership that a decision fixes, usually with a fee. `graph.model.HIDDEN` describes the
    date columns.
    """

    id: str
    status: StatusName
    possible_from: date
    shown_from: date
    shown_until: date
    lapses_on: date
    stands_until: date
    terms: tuple[CostTerm, ...]

    def standing_in(self, year: int) -> StandingName | None:
        """Return the strongest standing that the membership has on any day of the year.

        A standing states how well sources show the membership in force. IN_FORCE is the strongest standing. Returns
        None if the membership cannot have been in force on any day of the year.
        """
        first, next_year = max(date(year, 1, 1), self.possible_from), min(date(year + 1, 1, 1), self.stands_until)
        if first >= next_year:
            return None
        if next_year <= self.shown_from:
            return "ATTESTED_LATER"
        if first < self.shown_until:
            return "IN_FORCE"
        return "ATTESTED_EARLIER" if first < self.lapses_on else "LONG_UNATTESTED"


class _Network(TypedRow, frozen=True):
    network: str
    memberships: tuple[CostMembership, ...]
    themes: int
    working_groups: int


class _PeerCounts(TypedRow, frozen=True):
    network: str
    peers: int
    unique_peers: int
    members_complete: bool


class _Columns(TypedRow, frozen=True):
    city_known: bool
    networks: tuple[_Network, ...]
    reach: tuple[_PeerCounts, ...]


_NO_PEERS: Final = _PeerCounts("", 0, 0, False)


# --- Costs ----------------------------------------------------------------------------------------


def check_years(first: int, last: int) -> None:
    """Raise BadArgument if the arguments `from` and `until` are not a range of calendar years."""
    for name, year in (("from", first), ("until", last)):
        if year not in YEARS:
            raise BadArgument(
                f"{name}: {year} is no year that can be asked about",
                hint=f"give a year from {YEARS.start} to {YEARS.stop - 1}",
            )
    if last < first:
        raise BadArgument(
            f"until: {last} comes before from: {first}",
            hint="give the earlier year as `from`; both count",
        )


def _parameters(arguments: Arguments) -> dict[str, object]:
    check_years(arguments.from_, arguments.until)
    return {"last_day": date(arguments.until, 12, 31)}


class Switches(Protocol):
    """Protocol of arguments that determine which fees the totals include."""

    @property
    def include_applied(self) -> bool: ...
    @property
    def standings(self) -> tuple[Standing, ...]: ...


def _compute(arguments: Arguments, columns: _Columns) -> CostPerNetwork:
    asked = range(arguments.from_, arguments.until + 1)
    reach = {counts.network: counts for counts in columns.reach}
    costs = (
        _network_cost(network, reach.get(network.network, _NO_PEERS), asked, arguments) for network in columns.networks
    )
    networks = tuple(cost for cost in costs if cost is not None)
    return CostPerNetwork(tuple(asked), networks, _totals(year for cost in networks for year in cost.years))


def cost_of_year(memberships: tuple[CostMembership, ...], year: int, switches: Switches) -> NetworkCost | None:
    """Return the cost of a city's memberships in one network in a year.

    Returns None if none of the memberships can have been in force in the year. The numbers of other member cities,
    themes and working groups are not computed and are 0 in the result.
    """
    return _network_cost(_Network("", memberships, 0, 0), _NO_PEERS, range(year, year + 1), switches)


def _network_cost(network: _Network, reach: _PeerCounts, asked: range, switches: Switches) -> NetworkCost | None:
    """Return the cost of a network in the requested years.

    Returns None if none of the city's memberships can have been in force in any of these years.
    """
    rows: list[YearCost] = []
    without_fee: dict[int, YearCost] = {}
    memberships: list[str] = []
    for membership in network.memberships:
        standings = _standings(membership, asked)
        if standings:
            memberships.append(membership.id)
            rows += [row for term in membership.terms for row in _term_years(term, membership, standings, switches)]
        for year, standing in standings.items():
            row = _year_cost(year, membership, standing, switches)
            without_fee[year] = min(without_fee.get(year, row), row, key=_rank)
    if not memberships:
        return None
    # If a membership counts in the year, the fees of memberships that do not count do not make its fee known.
    known = {row.year for row in rows if row.counted or not without_fee[row.year].counted}
    rows += [row for year, row in without_fee.items() if year not in known]
    rows.sort(key=lambda row: (row.year, row.term or ""))
    unknown = {row.year for row in rows if row.fee is None and (row.counted or not without_fee[row.year].counted)}
    known_costs = {
        year: cost
        for year in asked
        if year not in unknown and (cost := _sum([row for row in rows if row.year == year])) is not None
    }
    cost_year = max(known_costs, default=None)
    latest = None if cost_year is None else known_costs[cost_year]
    return NetworkCost(
        network=network.network,
        memberships=tuple(memberships),
        years=tuple(rows),
        totals=_totals(rows),
        unknown_years=tuple(sorted(unknown)),
        unattested_years=tuple(sorted(year for year in unknown if without_fee[year].standing != "IN_FORCE")),
        counted_years=tuple(sorted(year for year, row in without_fee.items() if row.counted)),
        last_year=known_costs.get(asked[-1]),
        cost_year=cost_year,
        peers=reach.peers,
        members_complete=reach.members_complete,
        per_unique_peer=_per(latest, reach.unique_peers),
        per_theme=_per(latest, network.themes),
        per_working_group=_per(latest, network.working_groups),
    )


def _standings(membership: CostMembership, asked: range) -> Mapping[int, StandingName]:
    """Return a dict from year to the strongest standing of the membership in that year, such as IN_FORCE.

    A standing states how well sources show the membership in force. Years in which the membership cannot have been in
    force are omitted.
    """
    standings: dict[int, StandingName] = {}
    for year in asked:
        standing = membership.standing_in(year)
        if standing is not None:
            standings[year] = standing
    return standings


def _rank(row: YearCost) -> tuple[bool, int]:
    """Return a sort key for yearly costs: costs that the totals include come first, followed by all other costs.

    Within each of these two groups, costs with a stronger standing come first. A standing states how well sources show
    the membership in force. IN_FORCE is the strongest.
    """
    return not row.counted, list(Standing).index(Standing[row.standing])


def _term_years(
    term: CostTerm, membership: CostMembership, standings: Mapping[int, StandingName], switches: Switches
) -> Iterator[YearCost]:
    for year, standing in standings.items():
        if term.charged_from <= year <= term.charged_until:
            yield _year_cost(year, membership, standing, switches, term)


def _year_cost(
    year: int, membership: CostMembership, standing: StandingName, switches: Switches, term: CostTerm | None = None
) -> YearCost:
    is_counted = Standing[standing] in switches.standings
    return YearCost(
        year=year,
        fee=term and _yearly_fee(term),
        status=membership.status,
        standing=standing,
        counted=is_counted and (switches.include_applied or membership.status != "APPLIED"),
        euro=term and _amount(term.euro_fee, term.euro_currency),
        euro_rate=term and term.euro_rate,
        budget_line=term and term.budget_line,
        membership=membership.id,
        term=term and term.id,
        decision=term and term.decision,
        sources=term.sources if term else (),
    )


def _yearly_fee(term: CostTerm) -> Amount | None:
    if term.annual_fee is not None:
        return _amount(term.annual_fee, term.currency)
    return _amount(term.total_fee, term.total_currency) if term.charged_from == term.charged_until else None


def _amount(minor: int | None, currency: str | None) -> Amount | None:
    return None if minor is None or currency is None else Amount(currency, minor)


def _totals(rows: Iterable[YearCost]) -> tuple[Amount, ...]:
    """Return the sum of the fees for each currency, sorted by currency code.

    Only the known fees of rows whose `counted` is true are summed. A currency is omitted if all its fees are 0.
    """
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.counted and row.fee is not None and row.fee.minor:
            sums[row.fee.currency] += row.fee.minor
    return tuple(Amount(currency, minor) for currency, minor in sorted(sums.items()))


def _sum(rows: Sequence[YearCost]) -> Amount | None:
    """Add up the known fees of the rows whose `counted` is true.

    Returns None if there are no such fees, or if the fees above 0 are in several currencies.
    """
    totals = _totals(rows)
    free = [row.fee for row in rows if row.counted and row.fee is not None]
    return next(iter(totals or free), None) if len(totals) <= 1 else None


def _per(cost: Amount | None, divisor: int) -> CostPer:
    if cost is None or divisor == 0:
        return CostPer(divisor, None)
    return CostPer(divisor, Amount(cost.currency, (2 * cost.minor + divisor) // (2 * divisor)))


# --- The report -----------------------------------------------------------------------------------


class _YearRow(TypedRow, frozen=True):
    network: Annotated[str, Ref("Network"), ReportColumn("Network")]
    year: Annotated[int, ReportColumn("Year")]
    fee: Annotated[Amount | None, ReportColumn("Fee")]
    status: Annotated[str, MemberOf(MembershipStatus), ReportColumn("Status", "of the membership")]
    standing: Annotated[
        str, MemberOf(Standing), ReportColumn("Standing", "the best one of the membership on a day of the year")
    ]
    counted: Annotated[bool, ReportColumn("Counted", "in the totals")]
    euro: Annotated[Amount | None, ReportColumn("Stated in euro", absent="–")]
    euro_rate: Annotated[str | None, ReportColumn("Rate", absent="–")]
    term: Annotated[str | None, Ref("MembershipTerm"), ReportColumn("Term", absent="none recorded")]
    decision: Annotated[str | None, Ref("Decision"), ReportColumn("Decision")]
    budget_line: Annotated[str | None, ReportColumn("Budget line")]
    sources: Annotated[tuple[str, ...], Ref("Citation"), ReportColumn("Sources", absent="none")]

    @computed(ReportColumn("Currency", absent="–", is_technical=True))
    def currency(self) -> str | None:
        return self.fee.currency if self.fee else None


class _TotalRow(TypedRow, frozen=True):
    currency: Annotated[str, ReportColumn("Currency", is_technical=True)]
    total: Annotated[Amount, ReportColumn("Known total", bounded=True)]
    lower_bound: Annotated[bool, ReportColumn("Incomplete", "some year's fee is unknown")]


def _year_rows(costs: CostPerNetwork) -> Iterator[_YearRow]:
    for cost in costs.networks:
        for row in cost.years:
            yield _YearRow(
                network=cost.network,
                **{name: getattr(row, name) for name in _YearRow.__struct_fields__ if name != "network"},
            )


def _total_rows(costs: CostPerNetwork) -> Iterator[_TotalRow]:
    return (_TotalRow(total.currency, total, costs.incomplete) for total in costs.totals)


def _summary(costs: CostPerNetwork, _names: NodeNames) -> str:
    known_sums: Message = join(", ", (total.money for total in costs.totals))
    if not known_sums:
        is_free = any(row.counted and row.fee is not None for cost in costs.networks for row in cost.years)
        known_sums = message("nothing charged") if is_free else message("none")
    elif costs.incomplete:
        known_sums = message("at least {amount}", amount=known_sums)
    unknown = sum(len(cost.unknown_years) for cost in costs.networks)
    unattested = sum(len(cost.unattested_years) for cost in costs.networks)
    sentences = [message("Networks: {count}. Known fees: {fees}.", count=len(costs.networks), fees=known_sums)]
    if unknown:
        sentences.append(
            message(
                "Unknown: the fees of {unknown} network years, {unattested} of them years that no source covers.",
                unknown=unknown,
                unattested=unattested,
            )
        )
    return join(" ", sentences)


def _notes(costs: CostPerNetwork) -> Sequence[str]:
    notes = [message("Fees are whole yearly fees as stated, without proration; no currency is converted into another.")]
    if costs.incomplete:
        notes.append(
            message(
                "Years of membership whose fee no source states are unknown. They are not zero, and no total counts "
                "them. They include the years in which the city may have been a member, though no source covers them."
            )
        )
    if any(row.fee is not None and not row.counted for cost in costs.networks for row in cost.years):
        notes.append(
            message("Fees of memberships that do not count, such as those applied for, are listed but not summed.")
        )
    return notes


def _plots(costs: CostPerNetwork, names: NodeNames) -> Sequence[Plot]:
    """Return the plots of the report: the fees in each currency, and the number of networks with unknown fees.

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
                if row.counted and row.fee is not None and row.fee.currency == currency:
                    fees[row.year] = fees.get(row.year, 0.0) + float(row.fee.money)
            if fees:
                series.append((message("{node}", node=names.named(cost.network)), tuple(map(fees.get, years))))
        title = message("Known fees in {currency}, by year", currency=currency)
        note = message("Years marked ≥ have networks whose fee is unknown; those are not in the bars.")
        plots.append(Bars(title, currency, labels, tuple(series), note, "no fee known", least))
    if least:
        counts = tuple(float(count) if count else None for count in unknown)
        plots.append(
            Bars("Networks whose fee is unknown", "networks", labels, ((message("unknown"), counts),), absent="none")
        )
    return plots


QUESTION: Final = Single(
    module=__name__,
    description="Cost of each network for a city, by calendar year: the full fee with its decision, budget line "
    "and sources, and the years whose fee is unknown.",
    leaves_out="From the totals: memberships only applied for. Altogether: those held by a body the city is part of.",
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
                columns=("network", "totals", "unknown_years", "unattested_years", "last_year", "currency"),
                row=NetworkCost,
                rows=lambda costs: costs.networks,
            ),
            ReportTable(
                key="years",
                title="Year by year",
                identity=("network", "year", "term"),
                note="A row for each calendar year and term. A year for which no recorded term states a fee has no "
                "decision to show.",
                columns=("network", "year", "fee", "currency"),
                row=_YearRow,
                rows=_year_rows,
            ),
            ReportTable(key="totals", title="Totals", identity=("currency",), row=_TotalRow, rows=_total_rows),
        ),
        plots=_plots,
    ),
)
