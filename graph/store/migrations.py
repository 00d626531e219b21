"""Migrations from older schema versions to the schema version of this program.

Version 1 is the schema of the first release. Every later version has a migration from the version directly before it.
The database stores its schema version, so that migrations run once and in order. Each transaction runs one migration
and also updates the stored version. If the program is interrupted, it continues with the next migration when it is
started again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import StoreError
from graph.store.metadata import check_version
from graph.store.statement import Statement

__all__ = [
    "FIRST_VERSION",
    "STEPS",
    "Migration",
    "MigrationResult",
    "Run",
    "latest_version",
    "next_migration",
]

FIRST_VERSION: Final = 1

Run = Callable[[Statement[dict[str, object]], Mapping[str, object] | None], Awaitable[list[dict[str, object]]]]
"""A function that runs a statement in the transaction of the migration and returns the rows of the statement."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration from the previous schema version to `version`.

    `work` changes nodes and relationships in one transaction. The constraints and indexes of the new version already
    exist. After a conflict with another writer, `work` runs again from the start. On the embedded database, every
    statement must finish within the statement timeout, so `work` must change the graph in batches.
    """

    version: int
    work: Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The schema versions of the database before and after a migration."""

    before: int
    after: int


STEPS: Final[tuple[Migration, ...]] = ()
"""All migrations in ascending order of version, without gaps. The last one leads to `graph.model.SCHEMA_VERSION`."""


def latest_version(steps: Sequence[Migration]) -> int:
    """Return the schema version after the last migration. Without migrations, it is FIRST_VERSION."""
    return steps[-1].version if steps else FIRST_VERSION


def next_migration(version: int, steps: Sequence[Migration]) -> Migration | None:
    """Return the next migration for a database with this schema version, or None if the database is up to date.

    Raises SchemaNewer if the database is newer than the last migration in `steps`. Raises StoreError if `steps`
    contains no migration from this version.
    """
    latest = latest_version(steps)
    if version == latest:
        return None
    if version > latest:
        check_version(version, latest)
    for step in steps:
        if step.version == version + 1:
            return step
    raise StoreError(
        f"no migration leads on from schema version {version}", hint="export the graph with the program that wrote it"
    )
