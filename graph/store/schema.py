"""Constraints and indexes derived from the model, and the metadata node with schema version and graph revision."""

from collections.abc import Iterator
from typing import Final

from graph.model import LABELS
from graph.store.statement import Statement, TypedRow, row_decoder

__all__ = [
    "INCREMENT_REVISION",
    "LOCK_METADATA",
    "META",
    "READ_METADATA",
    "REVISION",
    "SET_LOAD_PROGRESS",
    "SET_SCHEMA_VERSION",
    "Metadata",
    "schema_statements",
]

META: Final = "CitygraphMeta"
"""Label of the metadata node, the only node that is not part of the collaboration graph."""


class RevisionRow(TypedRow, frozen=True):
    revision: int


class Metadata(TypedRow, frozen=True):
    """The content of the metadata node.

    `version` is the schema version; it is None before `Store.prepare` has run. `loading` is the progress of the running
    bulk load; it is None if no bulk load is running. `revision` counts the changes to the graph.
    """

    version: int | None
    loading: str | None
    revision: int | None


REVISION: Final = Statement(
    "store/revision",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.revision AS revision",
    row_decoder("store/revision", RevisionRow),
)
_METADATA_COLUMNS = "m.schemaVersion AS version, m.bulkLoad AS loading, m.revision AS revision"
READ_METADATA: Final = Statement(
    "store/mark",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN {_METADATA_COLUMNS}",
    row_decoder("store/mark", Metadata),
)

LOCK_METADATA: Final = Statement(
    "store/claim",
    f"MERGE (m:{META} {{id: 'meta'}}) SET m.revision = coalesce(m.revision, 0), m.claims = coalesce(m.claims, 0) + 1 "
    f"RETURN {_METADATA_COLUMNS}",
    row_decoder("store/claim", Metadata),
)
"""Lock the metadata node and return its content.

This is the first statement of every write transaction. If two processes write concurrently, one of them waits or gets
a retryable error.
"""

INCREMENT_REVISION: Final = Statement.of_text(
    "store/raise-revision", f"MATCH (m:{META} {{id: 'meta'}}) SET m.revision = m.revision + 1"
)
SET_SCHEMA_VERSION: Final = Statement.of_text(
    "store/note-version", f"MATCH (m:{META} {{id: 'meta'}}) SET m.schemaVersion = $version"
)
SET_LOAD_PROGRESS: Final = Statement.of_text(
    "store/note-loading", f"MATCH (m:{META} {{id: 'meta'}}) SET m.bulkLoad = $loading"
)
"""Record the progress of a bulk load in the metadata node; null when the load is complete."""


def schema_statements() -> Iterator[Statement[dict[str, object]]]:
    """Yield the statements that create the constraints and indexes. Each statement is idempotent."""
    for label in (*(each.name for each in LABELS), META):
        yield _definition(f"CREATE CONSTRAINT {label}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE")
    for label in LABELS:
        if label.searched:
            yield _index(label.name, "nameSort")
        if label.has_period:
            yield _index(label.name, "validUntil")
        yield from (_index(label.name, each.columns[0]) for each in label.properties if each.indexed)


def _index(label: str, column: str) -> Statement[dict[str, object]]:
    return _definition(f"CREATE INDEX {label}_{column} IF NOT EXISTS FOR (n:{label}) ON (n.{column})")


def _definition(text: str) -> Statement[dict[str, object]]:
    return Statement.of_text("store/schema", text)
