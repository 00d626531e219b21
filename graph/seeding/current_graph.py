"""What a database holds, as facts: read whole, a page of nodes with their relationships at a time."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from graph.model import LABELS, Label
from graph.seeding.derived_columns import STATED_UNDER, NodeRows, drop_default_names, stated_columns
from graph.seeding.ids import declared
from graph.seeding.records import DATABASE, Columns, Dataset, LinkKey, NodeRecord, RelationshipRecord, Stored
from graph.store import Statement

__all__ = ["CurrentGraph", "Run", "read_current_graph"]

_PAGE: Final = 500

Run = Callable[[Statement[dict[str, object]], Mapping[str, object]], Awaitable[list[dict[str, object]]]]
"""Runs a statement within a transaction."""


@dataclass(slots=True)
class CurrentGraph:
    """A database's graph: its rows as they are stored, and the facts that files would state to have them so."""

    facts: Dataset = field(default_factory=Dataset)
    nodes: NodeRows = field(default_factory=dict[str, Columns])
    links: dict[LinkKey, Columns] = field(default_factory=dict[LinkKey, Columns])

    def discard(self, ids: Collection[str]) -> None:
        """Take items and the relationships stated under them or leading to them from the facts, not from the rows."""
        for each in ids:
            self.facts.items.pop(each, None)
        for key, link in list(self.facts.links.items()):
            if not {link.source, link.target, link.owner_id}.isdisjoint(ids):
                del self.facts.links[key]


async def read_current_graph(run: Run) -> CurrentGraph:
    """All that the transaction sees of the graph. Labels and relationships that the model lacks are left out."""
    found = CurrentGraph()
    for each in LABELS:
        await _take_label(each, run, found)
    drop_default_names(found.facts)
    return found


def _page_of(kind: Label) -> Statement[dict[str, object]]:
    return Statement.of_text(
        f"seeding/held-{kind.name}",
        f"MATCH (n:{kind.name}) WHERE n.id > $after\n"
        f"WITH n ORDER BY n.id LIMIT {_PAGE}\n"
        "RETURN n.id AS id, properties(n) AS properties,\n"
        "  [(n)-[r]->(m) | [type(r), m.id, properties(r)]] AS links\n"
        "ORDER BY id",
    )


_PAGES: Final = {each.name: _page_of(each) for each in LABELS}


async def _take_label(kind: Label, run: Run, found: CurrentGraph) -> None:
    after = ""
    while True:
        rows = await run(_PAGES[kind.name], {"after": after})
        for row in rows:
            after = cast("str", row["id"])
            stored = cast("Columns", row["properties"])
            found.nodes[after] = stored
            columns = stated_columns(stored)
            found.facts.items[after] = NodeRecord(after, kind, DATABASE, columns)
            for type_, target, properties in cast("list[tuple[str, str, dict[str, Stored]]]", row["links"]):
                _take_link(type_, after, target, properties, found)
        if len(rows) < _PAGE:
            return


def _take_link(type_: str, source: str, target: str, row: Columns, found: CurrentGraph) -> None:
    relationship = declared(type_, source, target)
    if relationship is not None:
        under = str(row.get(STATED_UNDER, source))
        link = RelationshipRecord(relationship, source, target, under, DATABASE, stated_columns(row))
        found.facts.links[link.key] = link
        found.links[link.key] = row
