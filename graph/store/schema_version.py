"""Migrations from older schema versions to the schema version of this program.

Version 1 is the schema of the first release. Each later version has one migration, which starts from the previous
version. The database stores its version, so each migration runs once, in order. A migration and the update of the
stored version are one transaction. If the program is interrupted between two migrations, the next run continues with
the next migration.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import SchemaNewer, SchemaOlder, StoreError
from graph.store.statement import Statement

__all__ = [
    "FIRST_VERSION",
    "STEPS",
    "Migration",
    "MigrationResult",
    "Run",
    "check_version",
    "latest_version",
    "next_migration",
]

FIRST_VERSION: Final = 1

Run = Callable[[Statement[dict[str, object]], Mapping[str, object] | None], Awaitable[list[dict[str, object]]]]
"""A function that runs a statement in the transaction of the migration and returns its rows."""


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration from the previous schema version to `version`.

    `work` changes nodes and relationships. The constraints and indexes of the new version already exist when it runs.
    It runs in one transaction, and restarts from the beginning after a conflict with another writer. On the embedded
    database each statement must finish within the statement timeout, so `work` must change the graph in batches.
    """

    version: int
    work: Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The schema versions of the database before and after a migration."""

    before: int
    after: int


STEPS: Final[tuple[Migration, ...]] = ()
"""All migrations in ascending order without gaps. The last one produces `graph.model.SCHEMA_VERSION`."""


def latest_version(steps: Sequence[Migration]) -> int:
    """Return the schema version after the last migration, or FIRST_VERSION if there are no migrations."""
    return steps[-1].version if steps else FIRST_VERSION


def next_migration(version: int, steps: Sequence[Migration]) -> Migration | None:
    """Return the next migration for a database of this version, or None if the database is up to date.

    Raises SchemaNewer if the database is newer than this program, and StoreError if no migration starts from its
    version.
    """
    if version > latest_version(steps):
        raise _newer(version, steps)
    if version == latest_version(steps):
        return None
    for step in steps:
        if step.version == version + 1:
            return step
    raise StoreError(
        f"no migration leads on from schema version {version}", hint="export the graph with the program that wrote it"
    )


def check_version(version: int | None, steps: Sequence[Migration]) -> None:
    """Raise SchemaNewer or SchemaOlder if the version differs from this program's.

    None is accepted: it is the version of a database that has not been prepared yet.
    """
    if version is None:
        return
    if version > latest_version(steps):
        raise _newer(version, steps)
    if version < latest_version(steps):
        raise SchemaOlder(
            f"the database has schema version {version}, this program needs {latest_version(steps)}",
            hint="back it up, then run `citygraph migrate` while no older program serves it",
        )


def _newer(version: int, steps: Sequence[Migration]) -> SchemaNewer:
    return SchemaNewer(
        f"the database has schema version {version}, this program knows {latest_version(steps)}",
        hint="use the newer program, or another database",
    )
