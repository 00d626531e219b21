"""Read the names of all nodes from the database, and cache an index of them until the graph changes."""

import asyncio
from asyncio import Task
from contextlib import aclosing
from typing import Final

from graph.search.name_index import NameIndex, NameRow
from graph.store import Statement, Store

__all__ = ["NAMES", "NameIndexReader"]

NAMES: Final = Statement.from_file(__file__, NameRow, "names.cypher")


class NameIndexReader:
    """A reader of the names of all nodes. It caches the index of the names until the graph changes.

    Tasks of the same event loop can use one reader concurrently.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._version = ""
        self._builds = 0
        self._build: Task[NameIndex] | None = None

    async def current(self) -> NameIndex:
        """Return the index of the names in the current version of the graph. Raises StoreError.

        The returned index can be up to one second out of date, because `Store.graph_version` is cached. Concurrent
        callers wait for the same build of the index. The build continues if the callers are cancelled, so that the
        index is ready for a later caller.
        """
        builds = self._builds
        # The version is read before the names, so that an index is never older than its version.
        version = await self._store.graph_version()
        while True:
            build = self._build
            if build is not None and not _has_failed(build) and (self._version == version or self._builds > builds):
                return await asyncio.shield(build)
            if build is not None and not build.done():
                await asyncio.wait([build])
            else:
                self._version, self._builds = version, self._builds + 1
                self._build = asyncio.create_task(self._read(), name="citygraph-name-index")

    async def close(self) -> None:
        """Discard the cached index, and cancel a running build of an index."""
        build, self._build = self._build, None
        if build is not None and build.cancel():
            await asyncio.wait([build])

    async def _read(self) -> NameIndex:
        async with aclosing(self._store.stream(NAMES)) as rows:
            names = [row async for row in rows]
        return await asyncio.to_thread(NameIndex, names)


def _has_failed(build: Task[NameIndex]) -> bool:
    return build.done() and (build.cancelled() or build.exception() is not None)
