"""Report on the yearly cost of a city's networks, with quotes from the sources."""

from datetime import date
from decimal import Decimal

from graph.questions import Amount, CostPer, CostPerNetwork, NetworkCost, cost_per_network
from graph.reports.names import load_names, read_consistently
from graph.reports.report import Provenance, Report, digest_of, versions
from graph.store import Reader, Store
from graph.tables import Bars, Cell, Column, Kind, NodeNames, Plot, Table, amount

__all__ = ["cost_report"]

_NONE = "none or unknown"


async def cost_report(store: Store, *, city: str, from_year: int, until_year: int, command: str = "") -> Report:
    """Return the report of `graph.questions.cost_per_network`. Raises QueryError and StoreError."""

    async def read(reading: Reader) -> tuple[CostPerNetwork, NodeNames]:
        costs = await cost_per_network(reading, city=city, from_year=from_year, until_year=until_year)
        years = [year for each in costs.networks for year in each.years]
        ids = {city, *(each.network for each in costs.networks), *(each.term for each in years)}
        ids |= {each.decision for each in years if each.decision}
        return costs, await load_names(reading, ids, (each for year in years for each in year.citations))

    revision, (costs, names) = await read_consistently(store, read)
    parameters = (("city", city), ("from", str(from_year)), ("until", str(until_year)))
    tables = (_networks(costs, names), _years(costs, names), _totals(costs))
    asked = f"{date(from_year, 1, 1)} to {date(until_year, 12, 31)}"
    notes = ["Fees are whole yearly fees as stated, without proration; no currency is converted into another."]
    if costs.incomplete:
        notes.append(
            "Years of membership whose fee no source states are unknown. They are not zero, and no total counts them."
        )
    return Report(
        "cost",
        f"What networks cost {names.named(city).name}, {from_year}–{until_year}",
        _summary(costs),
        parameters,
        tables,
        Provenance(revision, digest_of(parameters, tables), asked, None, versions(), command),
        tuple(notes),
        _plots(costs, names, range(from_year, until_year + 1)),
    )


def _summary(costs: CostPerNetwork) -> str:
    known_sums = ", ".join(f"{amount(each.minor, each.currency)} {each.currency}" for each in costs.totals)
    unknown = sum(len(each.unknown_years) for each in costs.networks)
    said = f"{len(costs.networks)} networks. Known fees: {known_sums or 'none'}."
    return said + (f" Unknown: the fees of {unknown} network years." if unknown else "")


def _totals(costs: CostPerNetwork) -> Table:
    columns = (
        Column("currency", "Currency", Kind.TEXT),
        Column("total", "Known total", Kind.AMOUNT, bounded=True),
        Column("lower_bound", "Incomplete", Kind.FLAG, "some year's fee is unknown"),
    )
    rows = tuple((each.currency, amount(each.minor, each.currency), costs.incomplete) for each in costs.totals)
    return Table("totals", "Totals", columns, rows, ("currency",))


def _networks(costs: CostPerNetwork, names: NodeNames) -> Table:
    columns = (
        Column("network", "Network", Kind.NODE),
        Column("known_fees", "Known fees", Kind.TEXTS, "summed over the years, by currency", "unknown"),
        Column("unknown_years", "Unknown years", Kind.TEXTS, "years of membership whose fee no source states", "none"),
        Column("last_year", "Last year", Kind.AMOUNT, "its whole cost in the last year asked about"),
        Column("last_year_currency", "Currency", Kind.TEXT, absent="–"),
        Column("peers", "Peer cities", Kind.INTEGER, "on the last day", bounded=True),
        Column("per_unique_peer", "Per unique peer", Kind.AMOUNT, "last year's cost for each", _NONE),
        Column("per_theme", "Per theme", Kind.AMOUNT, "last year's cost for each", _NONE),
        Column("per_working_group", "Per working group", Kind.AMOUNT, "that the city takes part in", _NONE),
        Column("lower_bound", "Partial roster", Kind.FLAG, "there may be more peers than are recorded"),
    )
    rows = tuple(_network(each, names) for each in costs.networks)
    return Table("networks", "Networks", columns, rows, ("network",))


def _network(cost: NetworkCost, names: NodeNames) -> tuple[Cell, ...]:
    return (
        names.named(cost.network),
        tuple(f"{amount(each.minor, each.currency)} {each.currency}" for each in cost.totals) or None,
        tuple(str(each) for each in cost.unknown_years) or None,
        _decimal(cost.last_year),
        cost.last_year.currency if cost.last_year else None,
        cost.peers,
        _per(cost.per_unique_peer),
        _per(cost.per_theme),
        _per(cost.per_working_group),
        not cost.roster_complete,
    )


def _decimal(of: Amount | None) -> Decimal | None:
    return None if of is None else amount(of.minor, of.currency)


def _per(of: CostPer | None) -> Decimal | None:
    return _decimal(of.cost) if of else None


def _years(costs: CostPerNetwork, names: NodeNames) -> Table:
    columns = (
        Column("network", "Network", Kind.NODE),
        Column("year", "Year", Kind.INTEGER),
        Column("fee", "Fee", Kind.AMOUNT),
        Column("currency", "Currency", Kind.TEXT, absent="–"),
        Column("euro", "Stated in euro", Kind.AMOUNT, absent="–"),
        Column("euro_rate", "Rate", Kind.TEXT, absent="–"),
        Column("term", "Term", Kind.NODE, absent="none recorded"),
        Column("decision", "Decision", Kind.NODE),
        Column("budget_line", "Budget line", Kind.TEXT),
        Column("sources", "Sources", Kind.SOURCES, absent="none"),
    )
    rows: list[tuple[Cell, ...]] = []
    for cost in costs.networks:
        network = names.named(cost.network)
        of_network: list[tuple[Cell, ...]] = []
        for year in cost.years:
            fee, euro = _decimal(year.fee), _decimal(year.euro)
            decision = names.named(year.decision) if year.decision else None
            currency = year.fee.currency if year.fee else None
            money = (fee, currency, euro, year.euro_rate)
            sources = names.quoted(year.citations) or None
            of_network.append((network, year.year, *money, names.named(year.term), decision, year.budget_line, sources))
        with_term = {year.year for year in cost.years}
        without = (each for each in cost.unknown_years if each not in with_term)
        of_network += [(network, each, *[None] * 8) for each in without]
        rows += sorted(of_network, key=lambda row: str(row[1]))
    note = "A row for each calendar year and term. A year that no recorded term touches has no decision to show."
    return Table("years", "Year by year", columns, tuple(rows), ("network", "year", "term"), note)


def _plots(costs: CostPerNetwork, names: NodeNames, years: range) -> tuple[Plot, ...]:
    """Return plots of the known fees of each currency and of the networks with unknown fees.

    A year without a fee has no bar.
    """
    labels = tuple(str(each) for each in years)
    unknown = [sum(each in cost.unknown_years for cost in costs.networks) for each in years]
    least = frozenset(label for label, count in zip(labels, unknown, strict=True) if count)
    plots: list[Plot] = []
    for total in costs.totals:
        series: list[tuple[str, tuple[float | None, ...]]] = []
        for cost in costs.networks:
            by_year: dict[int, float] = {}
            for year in cost.years:
                if year.fee is not None and year.fee.currency == total.currency:
                    fee = float(amount(year.fee.minor, year.fee.currency))
                    by_year[year.year] = by_year.get(year.year, 0.0) + fee
            if by_year:
                series.append((names.named(cost.network).name, tuple(by_year.get(each) for each in years)))
        title = f"Known fees in {total.currency}, by year"
        note = "Years marked ≥ have networks whose fee is unknown; those are not in the bars."
        plots.append(Bars(title, total.currency, labels, tuple(series), note, "no fee known", least))
    if least:
        counts = tuple(float(each) if each else None for each in unknown)
        plots.append(Bars("Networks whose fee is unknown", "networks", labels, (("unknown", counts),), absent="none"))
    return tuple(plots)
