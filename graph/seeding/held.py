"""What a database holds, as facts: read whole, a page of nodes with their relationships at a time."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from graph.model import LABELS, Label
from graph.seeding.derive import STATED_UNDER, NodeRows, stated_columns, without_default_names
from graph.seeding.facts import DATABASE, Columns, Facts, Item, Link, LinkKey, Stored
from graph.seeding.ids import declared
from graph.store import Statement

__all__ = ["Held", "Run", "held"]

_PAGE: Final = 500

Run = Callable[[Statement[dict[str, object]], Mapping[str, object]], Awaitable[list[dict[str, object]]]]
"""Runs a statement within a transaction."""


@dataclass(slots=True)
class Held:
    """A database's graph: its rows as they are stored, and the facts that files would state to have them so."""

    facts: Facts = field(default_factory=Facts)
    nodes: NodeRows = field(default_factory=dict[str, Columns])
    links: dict[LinkKey, Columns] = field(default_factory=dict[LinkKey, Columns])

    def forget(self, ids: Collection[str]) -> None:
        """Take items and the relationships stated under them or leading to them from the facts, not from the rows."""
        for each in ids:
            self.facts.items.pop(each, None)
        for key, link in list(self.facts.links.items()):
            if not {link.source, link.target, link.under}.isdisjoint(ids):
                del self.facts.links[key]


async def held(run: Run) -> Held:
    """All that the transaction sees of the graph. Labels and relationships that the model lacks are left out."""
    found = Held()
    for each in LABELS:
        await _take_label(each, run, found)
    without_default_names(found.facts)
    return found


def _page_of(kind: Label) -> Statement[dict[str, object]]:
    return Statement.plain(
        f"seeding/held-{kind.name}",
        f"MATCH (n:{kind.name}) WHERE n.id > $after\n"
        f"WITH n ORDER BY n.id LIMIT {_PAGE}\n"
        "RETURN n.id AS id, properties(n) AS properties,\n"
        "  [(n)-[r]->(m) | [type(r), m.id, properties(r)]] AS links\n"
        "ORDER BY id",
    )


_PAGES: Final = {each.name: _page_of(each) for each in LABELS}


async def _take_label(kind: Label, run: Run, found: Held) -> None:
    after = ""
    while True:
        rows = await run(_PAGES[kind.name], {"after": after})
        for row in rows:
            after = cast("str", row["id"])
            stored = cast("Columns", row["properties"])
            found.nodes[after] = stored
            columns = stated_columns(stored)
            found.facts.items[after] = Item(after, kind, DATABASE, columns)
            for type_, target, properties in cast("list[tuple[str, str, dict[str, Stored]]]", row["links"]):
                _take_link(type_, after, target, properties, found)
        if len(rows) < _PAGE:
            return


def _take_link(type_: str, source: str, target: str, row: Columns, found: Held) -> None:
    relationship = declared(type_, source, target)
    if relationship is not None:
        under = str(row.get(STATED_UNDER, source))
        link = Link(relationship, source, target, under, DATABASE, stated_columns(row))
        found.facts.links[link.key] = link
        found.links[link.key] = row
