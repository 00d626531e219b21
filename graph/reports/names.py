"""Read the names of nodes and the quotes of citations from the database, by id."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, TypeVar, cast

from graph.errors import GraphChanged
from graph.iso_date import parse_iso_date, partial_date
from graph.model import label_of
from graph.reports.report import Report
from graph.store import Reader, Statement, Store
from graph.tables import Cell, Message, Named, NodeNames, Quote

__all__ = ["PARTS", "load_names", "node_ids", "read_consistently"]

T = TypeVar("T")

PARTS: Final = ("Membership", "Project", "Twinning")
"""The labels of nodes that state when sources show a city's part in a collaboration."""
_ATTEMPTS: Final = 3
_ATTESTED: Final = """, toString(n.attestedOn) AS attested, EXISTS {
  MATCH (n)-[:CITES]->(:Citation)-[:FROM]->(document:Document)
  WHERE document.date = n.attestedOn AND document.datePrecision = 'DAY'
} AS is_dated"""
_CITATIONS: Final = Statement.of_text(
    "analysis/citations",
    "UNWIND $ids AS id\n"
    "MATCH (citation:Citation {id: id})-[:FROM]->(document:Document)\n"
    "RETURN id, document.nameEn AS en, document.nameSv AS sv, document.nameFi AS fi, document.id AS document,\n"
    "       document.language AS language, citation.page AS page, citation.section AS section,\n"
    "       citation.quote AS quote, citation.wording AS wording, document.kind AS kind, document.url AS url\n"
    "ORDER BY id",
)


async def load_names(reading: Reader, ids: Iterable[str], citations: Iterable[str] = ()) -> NodeNames:
    """Read the names of the nodes with the ids `ids`, and the quotes of the citations with the ids `citations`.

    For nodes with the labels `PARTS`, the last day on which a source shows them is read, too. If this day is the first
    or last day of a month or year, it is treated as exact only if a cited document has this date.

    Runs one Cypher statement for each label, and one for the citations. An id that no node has is omitted.
    """
    by_label: dict[str, set[str]] = defaultdict(set)
    for node_id in ids:
        if (label := label_of(node_id)) is not None:
            by_label[label.name].add(node_id)
    names: dict[str, Mapping[str, str]] = {}
    attested: dict[str, date] = {}
    for name in sorted(by_label):
        attested_columns = _ATTESTED if name in PARTS else ""
        statement = Statement.of_text(
            f"analysis/names-{name}",
            f"UNWIND $ids AS id MATCH (n:{name} {{id: id}})\n"
            f"RETURN id, n.nameEn AS en, n.nameSv AS sv, n.nameFi AS fi{attested_columns} ORDER BY id",
        )
        for row in await reading.run(statement, {"ids": sorted(by_label[name])}):
            names[str(row["id"])] = _names(row)
            if row.get("attested") is not None:
                day = parse_iso_date(str(row["attested"]))
                attested[str(row["id"])] = day if row["is_dated"] else partial_date(day)
    quotes: dict[str, Quote] = {}
    if citation_ids := sorted(set(citations)):
        for row in await reading.run(_CITATIONS, {"ids": citation_ids}):
            quotes[str(row["id"])] = Quote(
                str(row["id"]),
                next(iter(_names(row).values()), str(row["document"])),
                _text(row["page"]),
                _text(row["section"]),
                str(row["quote"]),
                _text(row["url"]),
                str(row["document"]),
                _text(row["language"]),
                str(row["wording"]),
                str(row["kind"]),
            )
            names[str(row["document"])] = _names(row)
    return NodeNames(names, quotes, attested)


def node_ids(report: Report) -> set[str]:
    """Return the ids of all nodes that appear in a report."""
    texts: list[object] = [report.title, report.summary, *report.notes, *(value for _, value in report.parameters)]
    for plot in report.plots:
        texts += [plot.title, *plot.labels, *(name for name, _ in plot.series)]
    cells = (cell for table in report.tables for row in table.rows for cell in row)
    places = {node.id for node in (*report.places, *(report.drawing.places if report.drawing else ()))}
    return places.union(*map(_ids_in, texts), *map(_ids_in, cells))


def _ids_in(value: object | Cell) -> Iterator[str]:
    match value:
        case Named():
            yield value.id
        case tuple():
            for part in cast("tuple[object, ...]", value):
                yield from _ids_in(part)
        case Message():
            for part in value.values.values():
                yield from _ids_in(part)
        case _:
            pass


async def read_consistently(store: Store, read: Callable[[Reader], Awaitable[T]]) -> tuple[int, T]:
    """Call `read` with a reader of the database. Return the revision of the graph, and the result of `read`.

    The result belongs to that revision: if the graph changes while `read` runs, `read` is called again. Raises
    GraphChanged if the graph changes during all three attempts.
    """
    for _ in range(_ATTEMPTS):
        revision = await store.revision()
        async with store.reading() as reading:
            result = await read(reading)
        if await store.revision() == revision:
            return revision, result
    raise GraphChanged("the graph kept changing while it was read", hint="retry when the load has finished")


def _names(row: dict[str, object]) -> Mapping[str, str]:
    return {language: str(row[language]) for language in ("en", "sv", "fi") if row[language]}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
