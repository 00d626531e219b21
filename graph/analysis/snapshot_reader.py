"""Read and cache snapshots of the graph.

reader = SnapshotReader(store)
snapshot = await reader.current()
two_mode = snapshot.two_mode(date(2024, 6, 1), countries={"FI", "SE"})
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from datetime import date
from typing import Final, TypeVar

import numpy as np

from graph.analysis.snapshot import Snapshot, TieColumns
from graph.analysis.sparse import IntArray
from graph.analysis.two_mode import Node
from graph.errors import GraphChanged, StoreBusy
from graph.store import Statement, Store, TypedRow

__all__ = ["SnapshotReader"]

Row = TypeVar("Row")
T = TypeVar("T")

_ATTEMPTS: Final = 3
_RETRY_DELAYS_S: Final = (0.25, 1.0)
"""Delays before retries on a busy database, in seconds, so that a short overload does not abort a long read."""


# --- Rows of the statements -------------------------------------------------------------------


class _City(TypedRow, frozen=True):
    id: str
    name_en: str | None
    name_sv: str | None
    name_fi: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    population: int | None


class _Collaboration(TypedRow, frozen=True):
    id: str
    name_en: str | None
    name_sv: str | None
    name_fi: str | None
    kind: str | None
    roster_complete: bool | None
    roster_on: date | None


class _Tie(TypedRow, frozen=True):
    city: str
    collaboration: str
    possible_from: date
    shown_from: date
    shown_until: date
    lapses_on: date
    stands_until: date
    status: str | None
    grade: str | None


class _Pair(TypedRow, frozen=True):
    source: str
    target: str


class _Id(TypedRow, frozen=True):
    id: str


_CITIES: Final = Statement.from_file(__file__, _City, "snapshot/cities.cypher")
_COLLABORATIONS: Final = tuple(
    Statement.from_file(__file__, _Collaboration, f"snapshot/{name}.cypher")
    for name in ("networks", "projects", "working_groups")
)
_TIES: Final = tuple(
    Statement.from_file(__file__, _Tie, f"snapshot/{name}.cypher")
    for name in ("memberships", "participations", "partnerships")
)
_THEMES: Final = Statement.from_file(__file__, _Id, "snapshot/themes.cypher")
_ADDRESSES: Final = Statement.from_file(__file__, _Pair, "snapshot/addresses.cypher")
_BROADER: Final = Statement.from_file(__file__, _Pair, "snapshot/broader.cypher")
_CLOSE_MATCHES: Final = Statement.from_file(__file__, _Pair, "snapshot/close_matches.cypher")
_SUCCESSIONS: Final = Statement.from_file(__file__, _Pair, "snapshot/successions.cypher")


# --- Reading --------------------------------------------------------------------------------------


class SnapshotReader:
    """A reader of snapshots, which caches the last snapshot until the graph changes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshot: Snapshot | None = None
        self._lock = asyncio.Lock()

    async def current(self) -> Snapshot:
        """Return the snapshot of the current graph revision. Runs only one statement if the cached snapshot is current.

        Raises GraphChanged if the graph keeps changing during the read, StoreBusy if the database stays busy through
        all retries, and StoreError.
        """
        revision = await self._revision()
        if self._snapshot is not None and self._snapshot.revision == revision:
            return self._snapshot
        async with self._lock:  # released within the time limits of the statements
            for _ in range(_ATTEMPTS):
                revision = await self._revision()
                if self._snapshot is not None and self._snapshot.revision == revision:
                    return self._snapshot
                snapshot = await self._read(revision)
                if await self._revision() == revision:
                    self._snapshot = snapshot
                    return snapshot
        raise GraphChanged("the graph kept changing while it was read", hint="retry when the load has finished")

    async def _read(self, revision: int) -> Snapshot:
        cities = [_city(row) for row in await self._rows(_CITIES)]
        rows = [row for statement in _COLLABORATIONS for row in await self._rows(statement)]
        rows.sort(key=lambda row: row.id)
        ties = [row for statement in _TIES for row in await self._rows(statement)]
        pairs = [await self._rows(statement) for statement in (_ADDRESSES, _BROADER, _CLOSE_MATCHES, _SUCCESSIONS)]
        themes = sorted(row.id for row in await self._rows(_THEMES))
        cities.sort(key=lambda node: node.id)
        addresses, broader, close, successions = (sorted((row.source, row.target) for row in group) for group in pairs)
        ties.sort(key=lambda row: (row.city, row.collaboration, row.shown_from, row.status or "", row.grade or ""))
        return Snapshot(
            revision,
            _digest(cities, rows, ties, themes, addresses, broader, close, successions),
            tuple(cities),
            tuple(_collaboration(row) for row in rows),
            _tie_columns(ties, cities, rows),
            {row.id: row.roster_on for row in rows if row.roster_complete and row.roster_on},
            frozenset(themes),
            _group_targets(addresses),
            _group_targets([(target, source) for source, target in broader]),
            _group_targets([*close, *((target, source) for source, target in close)]),
            frozenset((min(pair), max(pair)) for pair in successions),
        )

    async def _revision(self) -> int:
        return await _retry_while_busy(self._store.revision)

    async def _rows(self, statement: Statement[Row]) -> list[Row]:
        async def read() -> list[Row]:
            async with aclosing(self._store.stream(statement)) as rows:
                return [row async for row in rows]

        return await _retry_while_busy(read)


async def _retry_while_busy(read: Callable[[], Awaitable[T]]) -> T:
    """Call `read`, and retry after each delay while the database is busy. Raises StoreError."""
    for delay in _RETRY_DELAYS_S:
        try:
            return await read()
        except StoreBusy:
            await asyncio.sleep(delay)
    return await read()


def _city(row: _City) -> Node:
    name = row.name_en or row.name_sv or row.name_fi or row.id
    return Node(row.id, name, "City", row.country, row.latitude, row.longitude, row.population)


def _collaboration(row: _Collaboration) -> Node:
    name = row.name_en or row.name_sv or row.name_fi or row.id
    return Node(row.id, name, row.id.partition(":")[0], kind=row.kind)


def _tie_columns(ties: Sequence[_Tie], cities: Sequence[Node], collaborations: Sequence[_Collaboration]) -> TieColumns:
    city_index = {city.id: place for place, city in enumerate(cities)}
    collaboration_index = {collaboration.id: place for place, collaboration in enumerate(collaborations)}
    return TieColumns(
        np.array([city_index[tie.city] for tie in ties], dtype=np.int64),
        np.array([collaboration_index[tie.collaboration] for tie in ties], dtype=np.int64),
        _ordinals(tie.possible_from for tie in ties),
        _ordinals(tie.shown_from for tie in ties),
        _ordinals(tie.shown_until for tie in ties),
        _ordinals(tie.lapses_on for tie in ties),
        _ordinals(tie.stands_until for tie in ties),
        np.array([tie.status == "APPLIED" for tie in ties], dtype=np.bool_),
        np.array([tie.status for tie in ties], dtype=np.object_),
        np.array([tie.grade for tie in ties], dtype=np.object_),
    )


def _ordinals(days: Iterable[date]) -> IntArray:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _group_targets(pairs: Sequence[tuple[str, str]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for source, target in pairs:
        groups.setdefault(source, set()).add(target)
    return {source: frozenset(targets) for source, targets in groups.items()}


def _digest(*parts: Sequence[object]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for record in part:
            digest.update(repr(record).encode())
            digest.update(b"\n")
        digest.update(b"\0")
    return digest.hexdigest()
