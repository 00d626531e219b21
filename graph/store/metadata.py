"""The metadata node: schema version, progress of a bulk load, and revision; and a cached check of it before reads.

While this process serves, another process may start a bulk load or migrate the schema, and records this in the
metadata node. Each check costs one statement, so a successful check is cached for up to a second. A bulk load waits
`PROPAGATION_S` seconds after it sets its flag and before it changes the graph; by then every older check has expired.
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
    "READ_METADATA",
    "REVISION",
    "SET_LOAD_PROGRESS",
    "SET_SCHEMA_VERSION",
    "Metadata",
    "MetadataCache",
    "check_version",
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


def check_version(version: int | None, latest: int) -> None:
    """Raise SchemaNewer or SchemaOlder if the schema version of a database differs from this program's, `latest`.

    None is accepted: it is the version of a database that has not been prepared yet.
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
"""Between `_FRESH_S` and `_STALE_S`, one caller repeats the check while other callers use the cached result."""
PROPAGATION_S: Final = _STALE_S + 0.5


class MetadataCache:
    """A short-lived cache of the graph version that `load` returns.

    `load` checks the metadata node and raises StoreError if the graph must not be read.
    """

    def __init__(self, load: Callable[[], Awaitable[str]]) -> None:
        self._look = load
        self._state = ""
        self._passed_at = float("-inf")
        self._looking = False

    @property
    def cached(self) -> str | None:
        """Return the graph version if the last check is less than `_FRESH_S` old, else None."""
        return self._state if time.monotonic() - self._passed_at < _FRESH_S else None

    async def check(self) -> str:
        """Return the graph version; repeat the check if the cached result is too old.

        Raises the StoreError of the check. Errors are never cached.
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
        """Discard the cached result, because the process has connected to another database run."""
        self._passed_at = float("-inf")
