"""Report on a city's activities on each theme of a scheme or programme, including themes without any."""

from dataclasses import replace
from datetime import date
from typing import Final

from graph.analysis.two_mode import Graph
from graph.questions import ThemeCoverage, theme_coverage
from graph.reports.layout import draw
from graph.reports.names import load_names, read_consistently
from graph.reports.report import Provenance, Report, digest_of, versions
from graph.store import Reader, Store
from graph.tables import Bars, Cell, Column, Kind, NodeNames, Plot, Table

__all__ = ["coverage_report"]

_TITLES: Final = {
    "NETWORK": "Networks",
    "WORKING_GROUP": "Working groups",
    "PROJECT": "Projects",
    "EU_INITIATIVE": "EU initiatives",
    "ACTIVITY": "Activities",
}


async def coverage_report(
    store: Store,
    *,
    city: str,
    on: date,
    scheme: str | None = None,
    programme: str | None = None,
    seed: int = 0,
    networks: bool = True,
    command: str = "",
) -> Report:
    """Return the report of `graph.questions.theme_coverage`.

    Its network connects themes with the activities that address them. Raises QueryError and StoreError.
    """

    async def read(reading: Reader) -> tuple[tuple[ThemeCoverage, ...], NodeNames]:
        rows = await theme_coverage(reading, city=city, on=on, scheme=scheme, programme=programme)
        ids = {city, *(each for each in (scheme, programme) if each)}
        for row in rows:
            ids |= {row.theme, *(each.id for each in row.hits), *(each.id for each in row.unfollowed)}
            ids |= {theme.theme for each in (*row.hits, *row.unfollowed) for theme in each.themes}
        return rows, await load_names(reading, ids)

    revision, (rows, names) = await read_consistently(store, read)
    of = scheme or programme or ""
    parameters = (("city", city), ("day", on.isoformat()), ("scheme" if scheme else "programme", of))
    tables = (_themes(rows, names), _hits(rows, names), _unfollowed(rows, names))
    gaps = sum(each.gap for each in rows)
    report = Report(
        "coverage",
        f"Theme coverage of {names.named(city).name} on {on.isoformat()}",
        f"{names.named(of).name}: {len(rows)} themes, {gaps} of them a gap.",
        parameters,
        tables,
        Provenance(revision, digest_of(parameters, tables), on.isoformat(), seed, versions(), command),
        ("A gap means that nothing is recorded, not that nothing is done.",),
        _plots(rows, names),
    )
    if not networks:
        return report
    network = _network(rows, names)
    scores = {str(node): float(network.degree[node]) for node in network}
    groups = {row.theme: 1 for row in rows} | {hit.id: _group(hit.kind) for row in rows for hit in row.hits}
    drawing = draw(
        network, "Themes and what addresses them", communities=groups, scores=scores, seed=seed, weight="weight"
    )
    return replace(report, drawing=drawing, network=network)


def _group(kind: str) -> int:
    return list(_TITLES).index(kind) + 2


def _themes(rows: tuple[ThemeCoverage, ...], names: NodeNames) -> Table:
    columns = (
        Column("theme", "Theme", Kind.NODE),
        Column("gap", "Gap", Kind.FLAG, "nothing is recorded"),
        *(Column(f"{kind.lower()}_count", title, Kind.INTEGER) for kind, title in _TITLES.items()),
        Column("unfollowed", "EU initiatives without a follower recorded", Kind.INTEGER),
    )
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (names.named(row.theme), row.gap, *_counts(row), len(row.unfollowed)) for row in rows
    )
    return Table("themes", "Themes", columns, cells, ("theme",), "In the order of the scheme.")


def _counts(row: ThemeCoverage) -> tuple[int, ...]:
    return tuple(sum(hit.kind == kind for hit in row.hits) for kind in _TITLES)


def _hits(rows: tuple[ThemeCoverage, ...], names: NodeNames) -> Table:
    columns = (
        Column("theme", "Theme", Kind.NODE),
        Column("kind", "Kind", Kind.TEXT),
        Column("thing", "What addresses it", Kind.NODE),
        Column("standing", "Standing", Kind.TEXT, "IN_FORCE on the day, or ATTESTED_EARLIER", "–"),
        Column("through", "Through", Kind.TEXTS, "the theme it bears, and how that answers"),
    )
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (
            names.named(row.theme),
            hit.kind,
            names.named(hit.id),
            hit.standing,
            tuple(f"{names.named(each.theme).name} ({each.match})" for each in hit.themes),
        )
        for row in rows
        for hit in row.hits
    )
    return Table("things", "What addresses them", columns, cells, ("theme", "thing"))


def _unfollowed(rows: tuple[ThemeCoverage, ...], names: NodeNames) -> Table:
    columns = (Column("theme", "Theme", Kind.NODE), Column("initiative", "EU initiative", Kind.NODE))
    cells = tuple((names.named(row.theme), names.named(each.id)) for row in rows for each in row.unfollowed)
    title = "EU initiatives without a follower recorded"
    return Table("unfollowed", title, columns, cells, ("theme", "initiative"))


def _plots(rows: tuple[ThemeCoverage, ...], names: NodeNames) -> tuple[Plot, ...]:
    if not rows:
        return ()
    counts = [_counts(row) for row in rows]
    series = tuple(
        (title, tuple(float(each[place]) for each in counts)) for place, title in enumerate(_TITLES.values())
    )
    labels = tuple(names.named(row.theme).name for row in rows)
    return (Bars("What addresses each theme", "things", labels, series, "A theme without a bar is a gap."),)


def _network(rows: tuple[ThemeCoverage, ...], names: NodeNames) -> Graph:
    import networkx as nx  # imported late: it takes half a second, and not every report needs it

    network: Graph = nx.Graph()
    for row in rows:
        theme = names.named(row.theme)
        network.add_node(theme.id, id=theme.id, name=theme.name, label=theme.name, mode="Theme", gap=row.gap)
        for hit in row.hits:
            thing = names.named(hit.id)
            network.add_node(thing.id, id=thing.id, name=thing.name, label=thing.name, mode=hit.id.partition(":")[0])
            network.add_edge(theme.id, thing.id, match=hit.themes[0].match)
    return network
