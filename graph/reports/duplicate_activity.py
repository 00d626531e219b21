"""Report on collaborations of a city that do the same work, with their fees and quotes from the sources."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from graph.analysis.two_mode import Graph
from graph.questions import Duplicate, DuplicateSide, Page, duplicate_activity
from graph.reports.layout import draw
from graph.reports.names import load_names, read_consistently
from graph.reports.report import Provenance, Report, digest_of, versions
from graph.store import Reader, Store
from graph.tables import Bars, Cell, Column, Kind, NodeNames, Table, amount

__all__ = ["duplicates_report"]

_ALL = Page(first=1_000_000)
_BARS = 15


async def duplicates_report(
    store: Store,
    *,
    city: str,
    on: date,
    include_applied: bool = False,
    seed: int = 0,
    networks: bool = True,
    command: str = "",
) -> Report:
    """Return the report of `graph.questions.duplicate_activity`.

    Its network consists of the pairs, weighted by score. Raises QueryError and StoreError.
    """

    async def read(reading: Reader) -> tuple[tuple[Duplicate, ...], NodeNames]:
        found = await duplicate_activity(reading, city=city, on=on, page=_ALL, include_applied=include_applied)
        ids, citations = {city}, set[str]()
        for row in found.rows:
            ids.update((row.one.collaboration, row.two.collaboration), row.peers, row.units)
            ids.update(*((each.theme, each.other) for each in row.themes))
            for side in (row.one, row.two):
                ids.update(side.units)
                citations.update(side.citations, *(each.citations for each in side.fees))
        return found.rows, await load_names(reading, ids, citations)

    revision, (pairs, names) = await read_consistently(store, read)
    parameters = [("city", city), ("day", on.isoformat())]
    if include_applied:
        parameters.append(("memberships applied for", "counted"))
    tables = (_pairs(pairs, names), _sides(pairs, names))
    strong = sum(each.strength == "STRONG" for each in pairs)
    report = Report(
        "duplicates",
        f"Duplicate activity of {names.named(city).name} on {on.isoformat()}",
        f"Pairs of collaborations that share a theme: {len(pairs)}; that share peer cities or a unit too: {strong}.",
        tuple(parameters),
        tables,
        Provenance(revision, digest_of(parameters, tables), on.isoformat(), seed, versions(), command),
        (
            "Score = shared themes × (1 + shared peers) × (1 + ½ if the same unit).",
            "Where the unit of one is unknown, the score counts it as another one. WEAK: only a theme is shared.",
        ),
        _plot(pairs, names),
    )
    if not networks:
        return report
    network = _network(pairs, names)
    scores = {str(node): float(network.degree[node]) for node in network}
    title = "The collaborations, tied where they do the same work"
    return replace(
        report,
        drawing=draw(network, title, communities={}, scores=scores, seed=seed, weight="weight"),
        network=network,
    )


def _pairs(pairs: tuple[Duplicate, ...], names: NodeNames) -> Table:
    columns = (
        Column("one", "One", Kind.NODE),
        Column("two", "Two", Kind.NODE),
        Column("score", "Score", Kind.NUMBER),
        Column("strength", "Strength", Kind.TEXT),
        Column("themes", "Shared themes", Kind.INTEGER),
        Column("theme_names", "Themes", Kind.NODES),
        Column("peers", "Shared peers", Kind.INTEGER),
        Column("peer_names", "Peers", Kind.NODES, absent="none recorded"),
        Column("same_unit", "Same unit", Kind.FLAG),
        Column("nested", "One is part of the other", Kind.FLAG),
        Column("cost_one", "Cost of one", Kind.TEXTS, "yearly fees of the terms in that year"),
        Column("cost_two", "Cost of two", Kind.TEXTS, "yearly fees of the terms in that year"),
        Column("sources", "Sources", Kind.SOURCES, "for the fees, then for taking part", "none"),
    )
    rows = tuple(_pair(each, names) for each in pairs)
    return Table("pairs", "Pairs", columns, rows, ("one", "two"), "The highest score first.")


def _pair(pair: Duplicate, names: NodeNames) -> tuple[Cell, ...]:
    themes = {each.theme for each in pair.themes} | {each.other for each in pair.themes}
    fees = [cited for side in (pair.one, pair.two) for fee in side.fees for cited in fee.citations]
    parts = [cited for side in (pair.one, pair.two) for cited in side.citations]
    return (
        names.named(pair.one.collaboration),
        names.named(pair.two.collaboration),
        pair.score,
        pair.strength,
        pair.shared_themes,
        names.all_named(themes),
        len(pair.peers),
        names.all_named(pair.peers) or None,
        pair.same_unit,
        pair.nested,
        _costs(pair.one),
        _costs(pair.two),
        names.quoted(dict.fromkeys(fees + parts)) or None,
    )


def _costs(side: DuplicateSide) -> tuple[str, ...] | None:
    told = tuple(
        "unknown"
        if each.amount is None or each.currency is None
        else f"{amount(each.amount, each.currency)} {each.currency}"
        for each in side.fees
    )
    return told or None


def _sides(pairs: tuple[Duplicate, ...], names: NodeNames) -> Table:
    columns = (
        Column("collaboration", "Collaboration", Kind.NODE),
        Column("kind", "Kind", Kind.TEXT),
        Column("standing", "Standing", Kind.TEXT, "IN_FORCE on the day, or ATTESTED_EARLIER"),
        Column("units", "Units of the city", Kind.NODES),
        Column("fee", "Yearly fee", Kind.AMOUNT, "where one term touches the year"),
        Column("currency", "Currency", Kind.TEXT, absent="–"),
        Column("pairs", "Pairs", Kind.INTEGER),
        Column("sources", "Sources", Kind.SOURCES, absent="none"),
    )
    sides: dict[str, DuplicateSide] = {}
    counts: dict[str, int] = {}
    for pair in pairs:
        for side in (pair.one, pair.two):
            sides[side.collaboration] = side
            counts[side.collaboration] = counts.get(side.collaboration, 0) + 1
    rows: list[tuple[Cell, ...]] = []
    for each in names.all_named(sides):
        side = sides[each.id]
        fee, currency = _fee(side)
        sources = names.quoted(dict.fromkeys([*(c for f in side.fees for c in f.citations), *side.citations])) or None
        units = names.all_named(side.units) or None
        rows.append((each, side.kind, side.standing, units, fee, currency, counts[each.id], sources))
    return Table("collaborations", "The collaborations", columns, tuple(rows), ("collaboration",))


def _fee(side: DuplicateSide) -> tuple[Decimal | None, str | None]:
    if len(side.fees) == 1 and side.fees[0].amount is not None and side.fees[0].currency is not None:
        return amount(side.fees[0].amount, side.fees[0].currency), side.fees[0].currency
    return None, None


def _plot(pairs: tuple[Duplicate, ...], names: NodeNames) -> tuple[Bars, ...]:
    top = pairs[:_BARS]
    if not top:
        return ()
    labels = tuple(f"{names.named(e.one.collaboration).name} – {names.named(e.two.collaboration).name}" for e in top)
    return (Bars("The leading pairs", "score", labels, (("score", tuple(each.score for each in top)),)),)


def _network(pairs: tuple[Duplicate, ...], names: NodeNames) -> Graph:
    import networkx as nx  # imported late: it takes half a second, and not every report needs it

    network: Graph = nx.Graph()
    for pair in pairs:
        for side in (pair.one, pair.two):
            node = names.named(side.collaboration)
            mode = node.id.partition(":")[0]
            network.add_node(node.id, id=node.id, name=node.name, label=node.name, mode=mode, standing=side.standing)
        network.add_edge(
            pair.one.collaboration,
            pair.two.collaboration,
            weight=pair.score,
            strength=pair.strength,
            shared_themes=pair.shared_themes,
            shared_peers=len(pair.peers),
        )
    return network
