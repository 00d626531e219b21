"""Read the names of nodes and the quotes of citations by id."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

from graph.errors import GraphChanged
from graph.model import label_of
from graph.store import Reader, Statement, Store
from graph.tables import NodeNames, Quote

__all__ = ["load_names", "read_consistently"]

T = TypeVar("T")

_ATTEMPTS: Final = 3
_CITATIONS: Final = Statement.of_text(
    "analysis/citations",
    "UNWIND $ids AS id\n"
    "MATCH (citation:Citation {id: id})-[:FROM]->(document:Document)\n"
    "RETURN id, document.nameEn AS en, document.nameSv AS sv, document.nameFi AS fi, document.id AS document,\n"
    "       citation.page AS page, citation.section AS section, citation.quote AS quote, document.url AS url\n"
    "ORDER BY id",
)


async def load_names(reading: Reader, ids: Iterable[str], citations: Iterable[str] = ()) -> NodeNames:
    """Read the names of nodes and the quotes of citations. Runs one statement per label, and one for citations."""
    by_label: dict[str, set[str]] = defaultdict(set)
    for node_id in ids:
        if (label := label_of(node_id)) is not None:
            by_label[label.name].add(node_id)
    names: dict[str, str] = {}
    for name in sorted(by_label):
        statement = Statement.of_text(
            f"analysis/names-{name}",
            f"UNWIND $ids AS id MATCH (n:{name} {{id: id}})\n"
            "RETURN id, n.nameEn AS en, n.nameSv AS sv, n.nameFi AS fi ORDER BY id",
        )
        for row in await reading.run(statement, {"ids": sorted(by_label[name])}):
            names[str(row["id"])] = _name(row) or str(row["id"])
    quotes: dict[str, Quote] = {}
    if citation_ids := sorted(set(citations)):
        for row in await reading.run(_CITATIONS, {"ids": citation_ids}):
            quotes[str(row["id"])] = Quote(
                str(row["id"]),
                _name(row) or str(row["document"]),
                _text(row["page"]),
                _text(row["section"]),
                str(row["quote"]),
                _text(row["url"]),
            )
    return NodeNames(names, quotes)


async def read_consistently(store: Store, read: Callable[[Reader], Awaitable[T]]) -> tuple[int, T]:
    """Call `read` while the graph does not change. Return the revision of the graph and the result.

    Raises GraphChanged if the graph changes during all three attempts.
    """
    for _ in range(_ATTEMPTS):
        revision = await store.revision()
        async with store.reading() as reading:
            result = await read(reading)
        if await store.revision() == revision:
            return revision, result
    raise GraphChanged("the graph kept changing while it was read", hint="retry when the load has finished")


def _name(row: dict[str, object]) -> str | None:
    return next((str(row[language]) for language in ("en", "sv", "fi") if row[language]), None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
