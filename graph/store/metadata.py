"""The metadata node of the database, and a cached check of the metadata node before reads.

The metadata node stores the schema version, the progress of a bulk load, and the revision and checksums of the graph. A
read first checks the metadata node, because another process may start a bulk load or migrate the schema while this
process runs. The check costs one statement, so a successful check is cached for up to a second. A bulk load first
stores its progress in the metadata node. It changes the graph only after `PROPAGATION_S` seconds, when all cached
checks have expired.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from graph.errors import SchemaNewer, SchemaOlder, StoreError
from graph.store.statement import Statement, TypedRow, row_decoder

__all__ = [
    "INCREMENT_REVISION",
    "LOCK_METADATA",
    "META",
    "PROPAGATION_S",
    "READ_CHECKSUMS",
    "READ_METADATA",
    "REVISION",
    "SET_CHECKSUMS",
    "SET_LOAD_PROGRESS",
    "SET_SCHEMA_VERSION",
    "LockedMetadata",
    "Metadata",
    "MetadataCache",
    "check_version",
]

META: Final = "CitygraphMeta"
"""The label of the metadata node. All other nodes belong to the graph of cities and networks."""


class RevisionRow(TypedRow, frozen=True):
    revision: int


class Metadata(TypedRow, frozen=True):
    """The content of the metadata node.

    `version` is the schema version, or None before `Store.prepare` has run. `loading` is the progress of the running
    bulk load, or None if no bulk load is running. `revision` is the number of changes to the graph, or None before the
    first write.
    """

    version: int | None
    loading: str | None
    revision: int | None


class LockedMetadata(Metadata, frozen=True):
    """The content of the metadata node during a write.

    `checksums` is the JSON text of a `graph.store.Checksums`. It is None if no checksums are stored, for example
    because an older program wrote the graph.
    """

    checksums: str | None


class ChecksumsRow(TypedRow, frozen=True):
    revision: int | None
    checksums: str | None


REVISION: Final = Statement(
    "store/revision",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.revision AS revision",
    row_decoder("store/revision", RevisionRow),
)
_METADATA_COLUMNS = "m.schemaVersion AS version, m.bulkLoad AS loading, m.revision AS revision"
READ_CHECKSUMS: Final = Statement(
    "store/checksums",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN m.revision AS revision, m.checksums AS checksums",
    row_decoder("store/checksums", ChecksumsRow),
)
READ_METADATA: Final = Statement(
    "store/mark",
    f"MATCH (m:{META} {{id: 'meta'}}) RETURN {_METADATA_COLUMNS}",
    row_decoder("store/mark", Metadata),
)

LOCK_METADATA: Final = Statement(
    "store/claim",
    f"MERGE (m:{META} {{id: 'meta'}}) SET m.revision = coalesce(m.revision, 0), m.claims = coalesce(m.claims, 0) + 1 "
    f"RETURN {_METADATA_COLUMNS}, m.checksums AS checksums",
    row_decoder("store/claim", LockedMetadata),
)
"""A statement that locks the metadata node and returns its content.

Every write transaction starts with this statement. If two processes write concurrently, the second process waits or
gets a retryable error.
"""

INCREMENT_REVISION: Final = Statement.of_text(
    "store/raise-revision", f"MATCH (m:{META} {{id: 'meta'}}) SET m.revision = m.revision + 1"
)
SET_CHECKSUMS: Final = Statement.of_text(
    "store/note-checksums", f"MATCH (m:{META} {{id: 'meta'}}) SET m.checksums = $checksums"
)
SET_SCHEMA_VERSION: Final = Statement.of_text(
    "store/note-version", f"MATCH (m:{META} {{id: 'meta'}}) SET m.schemaVersion = $version"
)
SET_LOAD_PROGRESS: Final = Statement.of_text(
    "store/note-loading", f"MATCH (m:{META} {{id: 'meta'}}) SET m.bulkLoad = $loading"
)
"""A statement that stores the progress of a bulk load in the metadata node. The value null removes the progress."""


def check_version(version: int | None, latest: int) -> None:
    """Raise SchemaNewer or SchemaOlder if the schema version of a database differs from `latest`.

    `latest` is the schema version of this program. The version None raises no error, because it means that the database
    has not been prepared yet.
    """
    if version is not None and version > latest:
        raise SchemaNewer(
            f"the database has schema version {version}, this program knows {latest}",
            hint="use the newer program, or another database",
        )
    if version is not None and version < latest:
        raise SchemaOlder(
            f"the database has schema version {version}, this program needs {latest}",
            hint="back it up, then run `citygraph migrate` while no older program serves it",
        )


_FRESH_S: Final = 0.5
_STALE_S: Final = 1.0
"""Age, in seconds, at which a cached graph version expires.

From the age `_FRESH_S` on, one caller reads a new version, while other callers still get the cached version.
"""
PROPAGATION_S: Final = _STALE_S + 0.5


class MetadataCache:
    """A cache of the graph version. The graph version is an opaque text that changes with every write.

    For `_FRESH_S` seconds, the cached version is returned without a check of the metadata node. After that, one caller
    checks the node. Meanwhile other callers get the cached version until it is `_STALE_S` seconds old. The callback
    `load` checks the metadata node and returns the graph version. It raises StoreError if the graph must not be read.
    """

    def __init__(self, load: Callable[[], Awaitable[str]]) -> None:
        self._look = load
        self._state = ""
        self._passed_at = float("-inf")
        self._looking = False

    @property
    def cached(self) -> str | None:
        """Return the cached graph version, or None if the last successful check is older than `_FRESH_S` seconds."""
        return self._state if time.monotonic() - self._passed_at < _FRESH_S else None

    async def check(self) -> str:
        """Return the graph version. If the last check is older than `_FRESH_S` seconds, check the metadata node first.

        If another caller is already checking the metadata node, return the cached version until it is `_STALE_S`
        seconds old. Raises StoreError if the check fails. Errors are not cached.
        """
        begun = time.monotonic()
        age = begun - self._passed_at
        if age < _FRESH_S or (self._looking and age < _STALE_S):
            return self._state
        self._looking = True
        try:
            state = await self._look()
        except StoreError:
            self._passed_at = float("-inf")
            raise
        finally:
            self._looking = False
        if begun > self._passed_at:
            self._state, self._passed_at = state, begun
        return state

    def invalidate(self) -> None:
        """Discard the cached version. The store calls this method after it has reconnected to a restarted database."""
        self._passed_at = float("-inf")
