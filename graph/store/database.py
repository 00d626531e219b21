"""Connect to the configured database, and reconnect to an embedded database after a restart.

An embedded database gets a new port and a new password each time it starts. Its endpoint, driver and statement timeout
are therefore replaced as one object, `OpenDatabase`. The address of a Neo4j server does not change, so the driver
itself reconnects after a restart.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from neo4j import AsyncDriver, AsyncGraphDatabase
from neo4j.api import AsyncBookmarkManager
from neo4j.exceptions import ServiceUnavailable

from graph.errors import EmbeddedLost, StoreBusy, StoreDenied, StoreError
from graph.store.driver import open_driver
from graph.store.embedded import acquire_or_join, run_engine, wait_shielded
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published
from graph.store.settings import StoreSettings
from graph.store.statement_timeout import StatementTimeout

__all__ = ["DatabaseConnection", "OpenDatabase", "retry_if_lost"]

T = TypeVar("T")

_log: Final = logging.getLogger("citygraph.store")

_ATTEMPTS: Final = 5
"""Maximum number of attempts of `retry_if_lost`."""
_WATCH_S: Final = 1.0
"""Interval, in seconds, between two checks that the embedded database is running.

The process that runs the engine checks the engine. Other processes check the published endpoint.
"""


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """A running database, with a driver that connects to it.

    - `endpoint`: the address and credentials of the database.
    - `limit`: the statement timeout of an embedded database, which can be changed. It is None on Neo4j, because Neo4j
      receives a timeout with every read and every transaction.
    - `bookmarks`: a record of the latest transactions of this process, so that every server of a Neo4j cluster returns
      what this process has written. It is None unless the URI starts with `neo4j`.
    """

    endpoint: DatabaseEndpoint
    driver: AsyncDriver
    limit: StatementTimeout | None
    bookmarks: AsyncBookmarkManager | None


async def retry_if_lost(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work`, and run it again if the embedded database is lost in the meantime.

    `work` opens the database and does not change its content. The embedded database is lost if the process that ran it
    ends while this process uses it. If `work` runs again, it starts the database, or joins another process that has
    started it in the meantime.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(EmbeddedLost):
            return await work()
    return await work()


class DatabaseConnection:
    """A connection to the configured database. It reconnects after a restart of an embedded database.

    For an embedded database, the process that has locked the data folder is the owner. The owner runs the engine (the
    process of the embedded database), and restarts the engine if it exits. Other processes connect to the endpoint that
    the owner publishes, and never start an engine. The callbacks in `on_reconnect` run after each reconnection.
    """

    def __init__(self, settings: StoreSettings, lock: DataDirLock | None) -> None:
        """Initialise the object without connecting.

        Callers use `opened`, which also opens and closes the connection.
        """
        self._settings = settings
        self._data_dir = settings.data_dir.absolute()
        self._lock = lock
        self._engine: asyncio.subprocess.Process | None = None
        self._link: OpenDatabase | None = None
        self._resources = AsyncExitStack()
        self.on_reconnect: list[Callable[[], None]] = []

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: StoreSettings) -> AsyncGenerator["DatabaseConnection"]:
        """Open the connection, and close it when the context exits.

        Raises the errors that `acquire_or_join`, `run_engine` and `open_driver` raise.
        """
        async with AsyncExitStack() as stack:
            lock = None
            if settings.uri is None:
                lock = await acquire_or_join(settings.data_dir.absolute(), settings.start_timeout_s)
            if lock is not None:
                stack.callback(lock.release)
            connection = cls(settings, lock)
            stack.push_async_callback(connection._close)
            await connection._open()
            if settings.uri is None:
                await stack.enter_async_context(connection._watched())
            yield connection

    @property
    def is_owner(self) -> bool:
        """Return whether this process runs the embedded database."""
        return self._lock is not None

    @property
    def data_dir(self) -> Path | None:
        """Return the folder of the embedded database, or None if the database is a Neo4j server."""
        return self._data_dir if self._settings.uri is None else None

    @property
    def link(self) -> OpenDatabase:
        """Return the running database, with its endpoint and its driver.

        This property does not wait. It raises a retryable StoreUnavailable if the database is not running.
        """
        if self._link is None:
            raise self._lost() from ServiceUnavailable("no link")
        return self._link

    def find_cause(self, error: StoreError, link: OpenDatabase) -> StoreError:
        """Return EmbeddedLost if the embedded database or its owner has stopped. Otherwise return `error`.

        The owner is the process that runs the embedded database. `link` is the connection on which `error` was raised.
        The error alone does not show the cause: while an embedded database stops, it still responds for a moment, but
        it rejects the password and fails all statements. Later, another program may listen on the port of the stopped
        database.
        """
        may_be_lost = self._settings.uri is None and not isinstance(error, StoreBusy | EmbeddedLost)
        if may_be_lost and (isinstance(error, StoreDenied) or self._link is not link or self._has_stopped(link)):
            return self._lost()
        return error

    def _lost(self) -> EmbeddedLost:
        if self.is_owner:
            return EmbeddedLost(
                "the embedded database has stopped and is being started again", hint="try again in a few seconds"
            )
        return EmbeddedLost(
            "the embedded database, or the process that runs it, has ended",
            hint=f"start `citygraph serve` on {self._data_dir} again, or run the command again: it starts the database",
        )

    async def _open(self) -> None:
        async with AsyncExitStack() as stack:
            endpoint = await self._endpoint(stack)
            driver = await stack.enter_async_context(open_driver(endpoint, self._settings))
            limit = StatementTimeout(endpoint) if endpoint.control else None
            bookmarks = AsyncGraphDatabase.bookmark_manager() if endpoint.uri.startswith("neo4j") else None
            self._link = OpenDatabase(endpoint, driver, limit, bookmarks)
            self._resources = stack.pop_all()

    async def _endpoint(self, stack: AsyncExitStack) -> DatabaseEndpoint:
        settings = self._settings
        if settings.uri is not None:
            return DatabaseEndpoint(settings.uri, settings.user, settings.password or "", settings.database)
        if self._lock is not None:
            running = run_engine(self._data_dir, settings, self._lock)
            endpoint, self._engine = await stack.enter_async_context(running)
            return endpoint
        published = read_published(self._data_dir)
        if published is None:
            raise self._lost()
        return published

    async def _close(self) -> None:
        self._link = None  # first, so that no statement uses a driver that is being closed
        resources, self._resources = self._resources, AsyncExitStack()
        await resources.aclose()

    @asynccontextmanager
    async def _watched(self) -> AsyncGenerator[None]:
        watch = asyncio.create_task(self._watch(), name="citygraph-store-watch")
        try:
            yield
        finally:
            watch.cancel()
            await wait_shielded(watch)

    async def _watch(self) -> None:
        """Disconnect when the embedded database stops, and reconnect when it runs again. Run until cancelled."""
        while True:
            await asyncio.sleep(_WATCH_S)
            try:
                if self._link is not None and self._has_stopped(self._link):
                    _log.warning("the embedded database has stopped")
                    await self._close()
                if self._link is None and (self.is_owner or read_published(self._data_dir) is not None):
                    await self._open()
                    for callback in self.on_reconnect:
                        callback()
                    _log.info("the embedded database was %s", "started" if self.is_owner else "joined")
            except (StoreError, OSError) as error:
                _log.warning("the embedded database cannot be reached: %s", error)

    def _has_stopped(self, link: OpenDatabase) -> bool:
        if self._engine is not None:
            return self._engine.returncode is not None
        return read_published(self._data_dir) != link.endpoint
