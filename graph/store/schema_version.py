"""Steps that bring an older database to the shape of the graph that this program knows.

Version 1 is the first release's. Each later version has one step, which changes what version before it left; a
database knows its version, so that steps are taken in order, each once. A step and the note of its version are one
transaction: what is interrupted between two steps goes on where it stood.
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
"""Runs a statement within the step's transaction."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What leads to `version` from the one before.

    `work` changes nodes and relationships; constraints and indexes of the new version are there already. It runs in
    one transaction, from its start again where another writer was first. On the embedded database each of its
    statements stays under the limit of a statement, so it goes through the graph in batches.
    """

    version: int
    work: Callable[[Run], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """The schema's version that the database had, and the one it has."""

    before: int
    after: int


STEPS: Final[tuple[Migration, ...]] = ()
"""In order, without a gap; the last one leads to `graph.model.SCHEMA_VERSION`."""


def latest_version(steps: Sequence[Migration]) -> int:
    """The version that the steps lead to."""
    return steps[-1].version if steps else FIRST_VERSION


def next_migration(version: int, steps: Sequence[Migration]) -> Migration | None:
    """The next step for a database of this version; None where it needs none.

    Raises SchemaNewer; StoreError where no step leads on from so old a version.
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
    """Raises SchemaNewer or SchemaOlder for a database of another version; None is one that nothing prepared yet."""
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
