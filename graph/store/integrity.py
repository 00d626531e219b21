"""Compare the graph in the database with the checksums that the last write stored."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, TypeVar, cast

from graph.errors import GraphLoading, StoreError
from graph.model import LABELS, RELATIONSHIPS
from graph.store.checksums import Checksums
from graph.store.metadata import META
from graph.store.statement import Statement
from graph.store.store import Store, WriteTransaction

__all__ = ["accept_contents", "check_contents", "check_counts"]

Row = TypeVar("Row")

_log: Final = logging.getLogger("citygraph.store")
_ATTEMPTS: Final = 3
_LABELS: Final = tuple(label.name for label in LABELS)
_TYPES: Final = tuple(sorted({relationship.type for relationship in RELATIONSHIPS}))


async def check_counts(store: Store) -> None:
    """Compare the counts of nodes and relationships in the database with the counts that the last write stored.

    A server calls this function when it starts. Relationships are counted twice, at their source nodes and at their
    target nodes. If the graph changes during the count, the count is repeated. After `_ATTEMPTS` attempts, this
    function logs a warning and compares nothing. It also compares nothing during a bulk load.

    If an older program wrote the graph, the database contains no stored counts. The counts and checksums are then
    computed and stored. Raises StoreDamaged if the counts differ. The error lists the differences. Raises StoreError if
    a statement fails.
    """
    try:
        for _ in range(_ATTEMPTS):
            revision, stored = await store.checksums()
            if stored is None:
                await accept_contents(store)
                return
            found = [
                {str(row["name"]): cast("int", row["count"]) async for row in _rows(store, scan)} for scan in _SCANS
            ]
            if (await store.checksums())[0] == revision:
                nodes, outgoing, incoming = found
                stored.check_counts(nodes, _LABELS)
                stored.check_counts(outgoing, _TYPES)
                stored.check_counts(incoming, _TYPES)
                return
    except GraphLoading:
        return
    _log.warning("the graph was not compared with the last write, because it is being written")


async def check_contents(store: Store) -> Checksums:
    """Read the whole graph, compare it with the checksums of the last write, and return the checksums.

    If the database contains no checksums, they are computed and stored first. Raises StoreDamaged if the graph differs
    from the checksums. The error lists the differences. Raises StoreError if a statement fails, or if the graph changes
    during each of `_ATTEMPTS` attempts.
    """
    await check_counts(store)
    _revision, stored, found = await _read_contents(store)
    if stored is not None:
        stored.check(found)
    return found


async def accept_contents(store: Store) -> Checksums:
    """Compute the checksums of the current graph and store them, even if the previously stored checksums differ.

    Returns the computed checksums. Raises StoreError if a statement fails, or if the graph changes during each of
    `_ATTEMPTS` attempts.
    """
    for _ in range(_ATTEMPTS):
        revision, _stored, found = await _read_contents(store)

        async def work(transaction: WriteTransaction, revision: int = revision, found: Checksums = found) -> bool:
            is_current = transaction.revision == revision
            if is_current:
                await transaction.set_checksums(found)
            return is_current

        if await store.write(work):
            return found
    raise _changing()


async def _read_contents(store: Store) -> tuple[int, Checksums | None, Checksums]:
    """Read the whole graph at one revision. Return the revision, the stored checksums and the computed checksums.

    The stored checksums are None if the database contains none. Raises StoreError if a statement fails, or if the graph
    changes during each of `_ATTEMPTS` attempts.
    """
    for _ in range(_ATTEMPTS):
        revision, stored = await store.checksums()
        found = Checksums()
        for label in _LABELS:
            text = f"MATCH (n:{label}) RETURN properties(n) AS properties"
            async for row in _rows(store, Statement.of_text(f"store/verify-{label}", text)):
                found.add_node(label, cast("dict[str, object]", row["properties"]))
        for type_ in _TYPES:
            text = f"MATCH (a)-[r:{type_}]->(b) RETURN a.id AS source, b.id AS target, properties(r) AS properties"
            async for row in _rows(store, Statement.of_text(f"store/verify-{type_}", text)):
                properties = cast("dict[str, object]", row["properties"])
                found.add_relationship(type_, row["source"], row["target"], properties)
        if (await store.checksums())[0] == revision:
            return revision, stored, found
    raise _changing()


def _changing() -> StoreError:
    return StoreError(
        f"the graph changed during each of {_ATTEMPTS} attempts to read it",
        hint="try again when nothing is being loaded",
    )


async def _rows(store: Store, statement: Statement[Row]) -> AsyncGenerator[Row]:
    async with aclosing(store.stream(statement)) as rows:
        async for row in rows:
            yield row


# A scan reads every record. Counting by label could return a number that the database has cached.
_SCANS: Final = tuple(
    Statement.of_text(f"store/count-{name}", text)
    for name, text in (
        ("nodes", f"MATCH (n) WHERE NOT n:{META} RETURN labels(n)[0] AS name, count(*) AS count"),
        ("outgoing", "MATCH (a)-[r]->(b) RETURN type(r) AS name, count(*) AS count"),
        ("incoming", "MATCH (b)<-[r]-(a) RETURN type(r) AS name, count(*) AS count"),
    )
)
