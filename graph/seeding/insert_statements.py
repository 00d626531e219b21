"""Statements that create nodes and relationships from rows.

The statements write all properties in CREATE. If a later SET added properties, the records on the disk would grow.
ArcadeDB splits a record that grows, and a split record slows down every later read.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from graph.store import Statement

__all__ = ["Row", "create_nodes", "create_relationships"]

Row = Mapping[str, object]
"""A row to insert: a dict with the stored columns under the key `properties`.

The row of a relationship also contains the ids of its source and target nodes, under the keys `source` and `target`.
"""


def create_nodes(label: str, rows: Sequence[Row]) -> Statement[dict[str, object]]:
    """Return a statement that creates nodes from the parameter `$rows`.

    The statement sets all columns that occur in `rows`.
    """
    return Statement.of_text(
        f"seeding/create-{label}",
        f"UNWIND $rows AS row\nWITH row.properties AS p\nCREATE (:{label} {_property_map(rows)})",
    )


def create_relationships(source: str, type_: str, target: str, rows: Sequence[Row]) -> Statement[dict[str, object]]:
    """Return a statement that creates relationships between nodes of two labels from the parameter `$rows`.

    The statement skips rows whose source or target does not exist. It returns the number of created relationships as
    `written`.
    """
    return Statement.of_text(
        f"seeding/create-{source}-{type_}-{target}",
        "UNWIND $rows AS row\n"
        f"MATCH (a:{source} {{id: row.source}})\n"
        f"MATCH (b:{target} {{id: row.target}})\n"
        "WITH a, b, row.properties AS p\n"
        f"CREATE (a)-[r:{type_} {_property_map(rows)}]->(b)\n"
        "RETURN count(r) AS written",
    )


def _property_map(rows: Iterable[Row]) -> str:
    """Return a Cypher map of all columns that occur in the rows.

    If a row does not have a column, the value in the map is null. A null value is not stored.
    """
    names = sorted({name for row in rows for name in cast("Mapping[str, object]", row["properties"])})
    return f"{{{', '.join(f'{name}: p.{name}' for name in names)}}}"
