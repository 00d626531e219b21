"""Read the current graph from the database as records, the form into which seed files are parsed.

The nodes are read in pages. Each page contains the relationships of its nodes.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from graph.model import LABELS, Label
from graph.seeding.derived_columns import OWNER_COLUMN, NodeRows, drop_default_names, drop_derived_columns
from graph.seeding.ids import find_relationship
from graph.seeding.records import (
    DATABASE_LOCATION,
    Columns,
    Dataset,
    NodeRecord,
    RelationshipKey,
    RelationshipRecord,
)
from graph.store import Statement

__all__ = ["CurrentGraph", "RunStatement", "read_current_graph"]

_PAGE_SIZE: Final = 500

RunStatement = Callable[[Statement[dict[str, object]], Mapping[str, object]], Awaitable[list[dict[str, object]]]]
"""A function that runs a statement with parameters in a transaction and returns the rows."""


@dataclass(slots=True)
class CurrentGraph:
    """The graph in the database, as stored rows and as records.

    The records contain the nodes and relationships in the same form as the records of seed files.
    """

    dataset: Dataset = field(default_factory=Dataset)
    nodes: NodeRows = field(default_factory=dict[str, Columns])
    relationships: dict[RelationshipKey, Columns] = field(default_factory=dict[RelationshipKey, Columns])

    def discard(self, ids: Collection[str]) -> None:
        """Remove the records of the nodes with these ids, and the records of their relationships.

        A relationship is removed if it starts or ends at one of the nodes, or if a seed file states it in the entry of
        one of the nodes. Only the records change: the stored rows remain.
        """
        for node_id in ids:
            self.dataset.nodes.pop(node_id, None)
        for key, relationship in list(self.dataset.relationships.items()):
            if not {relationship.source, relationship.target, relationship.owner_id}.isdisjoint(ids):
                del self.dataset.relationships[key]


async def read_current_graph(run: RunStatement) -> CurrentGraph:
    """Read the whole graph. The result omits labels and relationship types that are not in the model."""
    current = CurrentGraph()
    for label in LABELS:
        await _read_label(label, run, current)
    drop_default_names(current.dataset)
    return current


def _page_statement(label: Label) -> Statement[dict[str, object]]:
    return Statement.of_text(
        f"seeding/read-{label.name}",
        f"MATCH (n:{label.name}) WHERE n.id > $after\n"
        f"WITH n ORDER BY n.id LIMIT {_PAGE_SIZE}\n"
        "RETURN n.id AS id, properties(n) AS properties,\n"
        "  [(n)-[r]->(m) | [type(r), m.id, properties(r)]] AS relationships\n"
        "ORDER BY id",
    )


_PAGE_STATEMENTS: Final = {label.name: _page_statement(label) for label in LABELS}


async def _read_label(label: Label, run: RunStatement, current: CurrentGraph) -> None:
    node_id = ""
    while True:
        rows = await run(_PAGE_STATEMENTS[label.name], {"after": node_id})
        for row in rows:
            node_id = cast("str", row["id"])
            properties = cast("Columns", row["properties"])
            current.nodes[node_id] = properties
            columns = drop_derived_columns(properties)
            current.dataset.nodes[node_id] = NodeRecord(node_id, label, DATABASE_LOCATION, columns)
            for type_, target, values in cast("list[tuple[str, str, Columns]]", row["relationships"]):
                _add_relationship(type_, node_id, target, values, current)
        if len(rows) < _PAGE_SIZE:
            return


def _add_relationship(type_: str, source: str, target: str, row: Columns, current: CurrentGraph) -> None:
    definition = find_relationship(type_, source, target)
    if definition is not None:
        owner_id = str(row.get(OWNER_COLUMN, source))
        columns = drop_derived_columns(row)
        relationship = RelationshipRecord(definition, source, target, owner_id, DATABASE_LOCATION, columns)
        current.dataset.relationships[relationship.key] = relationship
        current.relationships[relationship.key] = row
