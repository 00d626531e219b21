"""Constraints and indexes, derived from the model; the node that keeps the schema's version and the revision."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import StoreError
from graph.model import LABELS, SCHEMA_VERSION
from graph.store.hydration import row_hydrator
from graph.store.statement import Statement

__all__ = [
    "CLAIM",
    "META",
    "NOTE_VERSION",
    "RAISE_REVISION",
    "REVISION",
    "SCHEMA_VERSION",
    "VERSION",
    "check_version",
    "definitions",
]

META: Final = "CitygraphMeta"
"""The label of the one node that is not part of the graph of collaboration."""


@dataclass(frozen=True, slots=True)
class RevisionRow:
    revision: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int | None


REVISION: Final = Statement(
    "store/revision",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.revision AS revision",
    row_hydrator("store/revision", RevisionRow),
)
VERSION: Final = Statement(
    "store/version",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.schemaVersion AS version",
    row_hydrator("store/version", VersionRow),
)

CLAIM: Final = Statement.plain(
    "store/claim",
    f"MERGE (m:{META} {{id: 'meta'}}) SET m.revision = coalesce(m.revision, 0), m.claims = coalesce(m.claims, 0) + 1",
)
"""Written first in every write transaction, so that of two writers in two processes one waits or is refused."""

RAISE_REVISION: Final = Statement.plain(
    "store/raise-revision", f"MATCH (m:{META} {{id: 'meta'}}) SET m.revision = m.revision + 1"
)
NOTE_VERSION: Final = Statement.plain(
    "store/note-version", f"MATCH (m:{META} {{id: 'meta'}}) SET m.schemaVersion = $version"
)


def check_version(rows: Sequence[VersionRow]) -> None:
    """Raises StoreError for a database that a later version of the product has prepared."""
    for row in rows:
        if row.version is not None and row.version > SCHEMA_VERSION:
            raise StoreError(
                f"the database has schema version {row.version}, this program knows {SCHEMA_VERSION}",
                hint="use the newer program, or another database",
            )


def definitions() -> Iterator[Statement[dict[str, object]]]:
    """The statements that define the schema; each may be run again without harm."""
    for label in (*(each.name for each in LABELS), META):
        yield _definition(f"CREATE CONSTRAINT {label}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE")
    for label in LABELS:
        if label.searched:
            yield _index(label.name, "nameSort")
        if label.has_period:
            yield _index(label.name, "validUntil")


def _index(label: str, column: str) -> Statement[dict[str, object]]:
    return _definition(f"CREATE INDEX {label}_{column} IF NOT EXISTS FOR (n:{label}) ON (n.{column})")


def _definition(text: str) -> Statement[dict[str, object]]:
    return Statement.plain("store/schema", text)
