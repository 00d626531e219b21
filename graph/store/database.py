"""The database as a store reaches it now: always the same for a URI, found again by itself where it is embedded.

What belongs to one run of a database (its address and password, the driver, the statement limit) is one `Link` and is
replaced as a whole. A driver reaches a restarted Neo4j again by itself; an embedded database that starts again has
another port and another password.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from neo4j import AsyncDriver, AsyncGraphDatabase
from neo4j.api import AsyncBookmarkManager
from neo4j.exceptions import ServiceUnavailable

from graph.errors import StoreUnavailable
from graph.store.driver import open_driver
from graph.store.embedded import EmbeddedDatabase, database_exists, open_embedded, wait_shielded
from graph.store.lock import DatabaseEndpoint
from graph.store.settings import StoreSettings
from graph.store.statement_timeout import StatementTimeout

__all__ = ["DatabaseConnection", "OpenDatabase"]

_log: Final = logging.getLogger("citygraph.store")

_WATCH_S: Final = 1.0
"""How often an owner looks whether its engine still runs. Those who joined it depend on it, even if it asks nothing."""
_PATIENCE_S: Final = 5.0
"""How long after a failed statement the engine may take to end. One of a killed owner still closes its database."""
_POLL_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """What belongs to one run of a database. `limit` is None on Neo4j.

    `bookmarks` tell a cluster's members, which lag behind each other, what this process has written or seen; they are
    None where one server answers.
    """

    endpoint: DatabaseEndpoint
    driver: AsyncDriver
    limit: StatementTimeout | None
    bookmarks: AsyncBookmarkManager | None


class DatabaseConnection:
    """The way to the database of the settings. `renewed` is called when it leads to another run of the database."""

    def __init__(self, settings: StoreSettings) -> None:
        """For `opened`, which ends what it began."""
        self._settings = settings
        self._link: OpenDatabase | None = None
        self._embedded: EmbeddedDatabase | None = None
        self._held = AsyncExitStack()
        self._failure_reported = asyncio.Event()
        self.on_reconnect: list[Callable[[], None]] = []

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: StoreSettings) -> AsyncGenerator["DatabaseConnection"]:
        """The way that the settings lead to, left on leaving. Raises what `embedded` and `opened_driver` raise."""
        access = cls(settings)
        await access._open()
        try:
            yield access
        finally:
            await access._close()

    @property
    def link(self) -> OpenDatabase:
        """The present link.

        Raises StoreUnavailable, at once, while there is none; as after a lost connection, work may be tried again.
        """
        if self._link is None:
            raise StoreUnavailable(
                "the database does not answer", hint="it is started again or looked for; ask again in a moment"
            ) from ServiceUnavailable("no link")
        return self._link

    def report_failure(self) -> None:
        """Say that a statement failed as it would where the database has ended. Costs nothing and never waits."""
        self._failure_reported.set()

    @asynccontextmanager
    async def keep_alive(self) -> AsyncGenerator[None]:
        """Inside, an embedded database that ended is replaced in the background; see `renew`."""
        if self._settings.uri is not None:
            yield
            return
        keeper = asyncio.create_task(self._reconnect_loop(), name="citygraph-store-keeper")
        try:
            yield
        finally:
            keeper.cancel()
            await wait_shielded(keeper)

    async def reconnect(self) -> bool:
        """Leave the embedded database if its process has ended, and join or start the present one; whether it was so.

        A process that is only slow, silent or stopped is left alone, and so is every database given by URI. Raises
        what `embedded` raises, and StoreUnavailable where the folder was emptied; there is no link then until the next
        call succeeds.
        """
        if self._link is not None:
            if not await self._has_exited():
                return False
            _log.warning("the embedded database has ended; it is started again, or its new owner joined")
            await self._close()
        if not database_exists(self._settings.data_dir):  # an empty graph would be taken for the one that was there
            raise StoreUnavailable(
                f"the data folder {self._settings.data_dir} holds no database any more",
                hint="restore it, or start anew",
            )
        await self._open()
        for each in self.on_reconnect:
            each()
        _log.info("the embedded database was %s", "started" if self.link.endpoint.started_here else "joined")
        return True

    async def _open(self) -> None:
        settings = self._settings
        async with AsyncExitStack() as stack:
            if settings.uri is None:
                self._embedded = await stack.enter_async_context(open_embedded(settings))
                endpoint = self._embedded.endpoint
            else:
                endpoint = DatabaseEndpoint(settings.uri, settings.user, settings.password or "", settings.database)
            driver = await stack.enter_async_context(open_driver(endpoint, settings))
            limit = StatementTimeout(endpoint) if endpoint.control else None
            bookmarks = AsyncGraphDatabase.bookmark_manager() if endpoint.uri.startswith("neo4j") else None
            self._link = OpenDatabase(endpoint, driver, limit, bookmarks)
            self._held = stack.pop_all()

    async def _close(self) -> None:
        """From its first moment on there is no link, so that nobody takes up a driver that is being closed."""
        self._link = self._embedded = None
        held, self._held = self._held, AsyncExitStack()
        await held.aclose()

    async def _has_exited(self) -> bool:
        """Whether the embedded database's process has ended, or does so in a moment."""
        if self._embedded is None:
            return False
        give_up_at = time.monotonic() + _PATIENCE_S
        while not self._embedded.is_gone():
            if time.monotonic() > give_up_at:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    async def _reconnect_loop(self) -> None:
        while True:
            await self._wait_for_doubt()
            pause_s = 1.0
            while True:
                try:
                    await self.reconnect()
                    break
                except Exception as error:  # whatever it was, a server that was told nothing has to come back
                    _log.warning("no embedded database can be reached: %s", error)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _wait_for_doubt(self) -> None:
        """Until a statement failed, or the process that runs the database here has ended."""
        while not (self._failure_reported.is_set() or self._has_own_ended()):
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_S):
                    await self._failure_reported.wait()
        self._failure_reported.clear()

    def _has_own_ended(self) -> bool:
        return self._embedded is not None and self._embedded.endpoint.started_here and self._embedded.is_gone()
