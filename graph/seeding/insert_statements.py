"""The statements that make new nodes and relationships of rows.

Every property is written with the node or relationship it is of. One that is set afterwards makes the record grow, and
as ArcadeDB makes all rows of a statement before it sets the first property, nearly every record would be cut in two,
which costs all that reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from graph.store import Statement

__all__ = ["Row", "create_links", "create_nodes"]

Row = Mapping[str, object]
"""What is stored, under `properties`; of a relationship, the ids of its ends under `source` and `target`."""


def create_nodes(label: str, rows: Sequence[Row]) -> Statement[dict[str, object]]:
    """What makes nodes of a label of the model out of `$rows`, given these."""
    return Statement.of_text(
        f"seeding/create-{label}",
        f"UNWIND $rows AS row\nWITH row.properties AS p\nCREATE (:{label} {_properties(rows)})",
    )


def create_links(source: str, type_: str, target: str, rows: Sequence[Row]) -> Statement[dict[str, object]]:
    """What makes relationships between two labels out of `$rows`, given these; it answers how many found both ends."""
    return Statement.of_text(
        f"seeding/create-{source}-{type_}-{target}",
        "UNWIND $rows AS row\n"
        f"MATCH (a:{source} {{id: row.source}})\n"
        f"MATCH (b:{target} {{id: row.target}})\n"
        "WITH a, b, row.properties AS p\n"
        f"CREATE (a)-[r:{type_} {_properties(rows)}]->(b)\n"
        "RETURN count(r) AS written",
    )


def _properties(rows: Iterable[Row]) -> str:
    """All that any of the rows has; what a row lacks is null there, which stores nothing."""
    names = sorted({name for row in rows for name in cast("Mapping[str, object]", row["properties"])})
    return f"{{{', '.join(f'{each}: p.{each}' for each in names)}}}"
