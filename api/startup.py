"""Prepare a process at start-up: its database, for which it waits, and its garbage collection."""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

import structlog

from api.settings import Settings
from graph.errors import StoreError
from graph.progress import Progress, no_progress
from graph.seeding import load
from graph.store import Store, check_counts, is_temporary

__all__ = ["DatabaseWait", "freeze_gc", "open_prepared_store"]

T = TypeVar("T")

_log: Final = structlog.stdlib.get_logger("citygraph.startup")
_PAUSE_S: Final = 0.5
"""Time, in seconds, between two attempts to reach the database."""
_QUIET_S: Final = 5.0
"""Time, in seconds, after which the log reports that the process waits for the database.

If an attempt to reach the database fails earlier, the wait is logged at that time.
"""


class DatabaseWait:
    """A wait until the database is available, for at most `limit_s` seconds.

    `cause` is the reason for the wait, as a text for logs and error responses.
    """

    def __init__(self, database: str, limit_s: float) -> None:
        self.cause = "the database is starting"
        self._database = database
        self._limit_s = limit_s
        self._begun = time.monotonic()
        self._is_logged = False

    @classmethod
    def of(cls, settings: Settings) -> "DatabaseWait":
        """Return a new object that waits for the database named in the settings.

        The settings also contain the time limit, which begins with the call of this function.
        """
        database = settings.database_uri or f"the embedded database in {settings.data_dir}"
        return cls(database, settings.database_wait_s)

    async def until_available(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `work`.

        If `work` raises a temporary StoreError, call it again until the time limit is reached. After the time limit,
        the StoreError is raised. Any other error is raised immediately.
        """
        while True:
            try:
                return await work()
            except StoreError as error:
                if not is_temporary(error) or time.monotonic() - self._begun >= self._limit_s:
                    raise
                self.cause = error.message
                self.log()
            await asyncio.sleep(_PAUSE_S)

    def log(self) -> None:
        """Log that this process waits for the database, and the reason. Only the first call writes to the log."""
        if not self._is_logged:
            self._is_logged = True
            _log.warning("waiting for the database", database=self._database, cause=self.cause, limit_s=self._limit_s)

    def end(self) -> None:
        """Log that the database is available. If the wait was never logged, do not log anything."""
        if self._is_logged:
            _log.info("the database is available", waited_s=round(time.monotonic() - self._begun, 1))


@asynccontextmanager
async def open_prepared_store(
    settings: Settings,
    *,
    seeds: Path | None = None,
    progress: Progress = no_progress,
    wait: DatabaseWait | None = None,
    checks_graph: bool = False,
) -> AsyncGenerator[Store]:
    """Open the database, prepare its schema and load the seed files. Close the database when the context exits.

    `seeds` is the folder of seed files. If it is None, no files are loaded. `wait` limits the time until the database
    is available. If `wait` is None, the limit is the setting `database_wait_s`.

    If `checks_graph` is true, the numbers of nodes and relationships in the database are checked before the seed files
    are loaded. Raises StoreDamaged if they differ from the numbers that the last write stored. Raises StoreError or
    SeedError after other failures.
    """
    wait = wait or DatabaseWait.of(settings)
    late = asyncio.get_running_loop().call_later(_QUIET_S, wait.log)
    async with AsyncExitStack() as stack:
        try:
            progress.begin("starting the database", None)
            store = await stack.enter_async_context(Store.open(settings.store(), is_available=False))
            await wait.until_available(store.prepare)
            if checks_graph:
                await wait.until_available(lambda: check_counts(store))
            progress.end()
            if seeds is not None:
                await wait.until_available(lambda: load(store, [seeds], base=True, progress=progress))
        finally:
            late.cancel()
        wait.end()
        yield store


def freeze_gc() -> None:
    """Exclude the objects that exist now, such as code and templates, from garbage collection.

    Otherwise a full collection, which happens at every tenth page or so, would pause the process for 25 to 100 ms.
    """
    gc.collect()
    gc.freeze()
