"""Read and cache snapshots of the graph.

The following example derives the two-mode network of a date for the cities of two countries:

    reader = SnapshotReader(store)
    snapshot = await reader.current()
    two_mode = snapshot.two_mode(date(2024, 6, 1), Subset(countries={"FI", "SE"}))
"""

import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Final, TypeVar

from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, FeeRow, IdRow, PairRow, TieRow, build_snapshot
from graph.analysis.subset_size import SubsetCounts
from graph.errors import GraphChanged, StoreBusy
from graph.store import Statement, Store

__all__ = ["SnapshotReader"]

Row = TypeVar("Row")
T = TypeVar("T")

_ATTEMPTS: Final = 3
_RETRY_DELAYS_S: Final = (0.25, 1.0)
"""Delays in seconds before retries on a busy database, so that a short overload does not abort a long read."""

_CITIES: Final = Statement.from_file(__file__, CityRow, "snapshot/cities.cypher")
_COLLABORATIONS: Final = tuple(
    Statement.from_file(__file__, CollaborationRow, f"snapshot/{name}.cypher")
    for name in ("networks", "projects", "twinnings", "working_groups")
)
_TIES: Final = tuple(
    Statement.from_file(__file__, TieRow, f"snapshot/{name}.cypher")
    for name in ("memberships", "participations", "partnerships", "twin_towns")
)
_FEES: Final = Statement.from_file(__file__, FeeRow, "snapshot/fees.cypher")
_SOURCES: Final = Statement.from_file(__file__, PairRow, "snapshot/sources.cypher")
_THEMES: Final = Statement.from_file(__file__, IdRow, "snapshot/themes.cypher")
_ADDRESSES: Final = Statement.from_file(__file__, PairRow, "snapshot/addresses.cypher")
_BROADER: Final = Statement.from_file(__file__, PairRow, "snapshot/broader.cypher")
_CLOSE_MATCHES: Final = Statement.from_file(__file__, PairRow, "snapshot/close_matches.cypher")
_SUCCESSIONS: Final = Statement.from_file(__file__, PairRow, "snapshot/successions.cypher")


class SnapshotReader:
    """A reader of snapshots of the graph. It caches the last snapshot until the graph changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None
        self.counts: SubsetCounts | None = None
        """A counter of the nodes and ties of any subset of the last snapshot. None until the first snapshot is read."""
        self._reading: Task[tuple[Snapshot, SubsetCounts]] | None = None

    async def current(self) -> Snapshot:
        """Return the snapshot of the current graph revision.

        If the cached snapshot is current, only one Cypher statement is run. Concurrent callers share one read. The read
        continues if the callers are cancelled, so that a large snapshot is ready for later callers. Raises GraphChanged
        if the graph keeps changing during the read, StoreBusy if the database is still busy after all retries, and
        StoreError if the read fails otherwise.
        """
        for _ in range(_ATTEMPTS):
            revision = await self._revision()
            if self._snapshot is not None and self._snapshot.revision == revision:
                return self._snapshot
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read(revision), name="citygraph-snapshot")
                self._reading.add_done_callback(self._finish)
            snapshot, _ = await asyncio.shield(self._reading)
            if await self._revision() == snapshot.revision:
                return snapshot
        raise GraphChanged("the graph kept changing while it was read", hint="retry when the load has finished")

    async def close(self) -> None:
        """Cancel a running read."""
        if self._reading is not None and self._reading.cancel():
            await asyncio.wait([self._reading])

    async def _read(self, revision: int) -> tuple[Snapshot, SubsetCounts]:
        addresses, broader, close_matches, successions, sources = [
            [(row.source, row.target) for row in await self._rows(statement)]
            for statement in (_ADDRESSES, _BROADER, _CLOSE_MATCHES, _SUCCESSIONS, _SOURCES)
        ]
        snapshot = await asyncio.to_thread(
            build_snapshot,
            revision,
            cities=await self._rows(_CITIES),
            collaborations=[row for statement in _COLLABORATIONS for row in await self._rows(statement)],
            ties=[row for statement in _TIES for row in await self._rows(statement)],
            fees=await self._rows(_FEES),
            sources=sources,
            themes=[row.id for row in await self._rows(_THEMES)],
            addresses=addresses,
            broader=broader,
            close_matches=close_matches,
            successions=successions,
        )
        return snapshot, await asyncio.to_thread(SubsetCounts, snapshot)

    def _finish(self, reading: Task[tuple[Snapshot, SubsetCounts]]) -> None:
        """Cache the snapshot when its read ends, even if every caller that waited for it has been cancelled."""
        if not reading.cancelled() and reading.exception() is None:
            self._snapshot, self.counts = reading.result()

    async def _revision(self) -> int:
        return await _retry_while_busy(self._store.revision)

    async def _rows(self, statement: Statement[Row]) -> list[Row]:
        async def read() -> list[Row]:
            async with aclosing(self._store.stream(statement)) as rows:
                return [row async for row in rows]

        return await _retry_while_busy(read)


async def _retry_while_busy(read: Callable[[], Awaitable[T]]) -> T:
    """Call `read`. While the database is busy, retry after each of the delays `_RETRY_DELAYS_S`. Raises StoreError."""
    for delay in _RETRY_DELAYS_S:
        try:
            return await read()
        except StoreBusy:
            await asyncio.sleep(delay)
    return await read()
