"""Constraints and indexes, derived from the model; the node that keeps the schema's version and the revision."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graph.model import LABELS
from graph.store.hydration import row_hydrator
from graph.store.statement import Statement

__all__ = [
    "CLAIM",
    "MARK",
    "META",
    "NOTE_LOADING",
    "NOTE_VERSION",
    "RAISE_REVISION",
    "REVISION",
    "Mark",
    "definitions",
]

META: Final = "CitygraphMeta"
"""The label of the one node that is not part of the graph of collaboration."""


@dataclass(frozen=True, slots=True)
class RevisionRow:
    revision: int


@dataclass(frozen=True, slots=True)
class Mark:
    """What the database says of itself.

    `version` is its schema's, None before it was prepared; `loading` how far a bulk load has come, None where none is
    under way; `revision` how many times the graph was changed.
    """

    version: int | None
    loading: str | None
    revision: int | None


REVISION: Final = Statement(
    "store/revision",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.revision AS revision",
    row_hydrator("store/revision", RevisionRow),
)
_MARK = "m.schemaVersion AS version, m.bulkLoad AS loading, m.revision AS revision"
MARK: Final = Statement(
    "store/mark",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN {_MARK}",
    row_hydrator("store/mark", Mark),
)

CLAIM: Final = Statement(
    "store/claim",
    f"MERGE (m:{META} {{id: 'meta'}}) SET m.revision = coalesce(m.revision, 0), m.claims = coalesce(m.claims, 0) + 1 "
    f"RETURN {_MARK}",
    row_hydrator("store/claim", Mark),
)
"""Written first in every write transaction, so that of two writers in two processes one waits or is refused."""

RAISE_REVISION: Final = Statement.plain(
    "store/raise-revision", f"MATCH (m:{META} {{id: 'meta'}}) SET m.revision = m.revision + 1"
)
NOTE_VERSION: Final = Statement.plain(
    "store/note-version", f"MATCH (m:{META} {{id: 'meta'}}) SET m.schemaVersion = $version"
)
NOTE_LOADING: Final = Statement.plain(
    "store/note-loading", f"MATCH (m:{META} {{id: 'meta'}}) SET m.bulkLoad = $loading"
)
"""The caller's note of how far its bulk load has come; null when it is done."""


def definitions() -> Iterator[Statement[dict[str, object]]]:
    """The statements that define the schema; each may be run again without harm."""
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
    return Statement.plain("store/schema", text)
