"""A bounded number of places, and a bounded queue before them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from graph.errors import StoreBusy


class BoundedSemaphore:
    """Lets `places` holders in at once; at most `waiting` others queue, each for at most `patience_s` seconds."""

    def __init__(self, size: int, max_waiters: int, timeout_s: float) -> None:
        self._places = asyncio.Semaphore(size)
        self._waiting = max_waiters
        self._patience_s = timeout_s
        self._queued = 0
        self._taken = 0

    @property
    def in_use(self) -> int:
        """How many hold a place."""
        return self._taken

    @property
    def queued(self) -> int:
        """How many wait for one."""
        return self._queued

    @asynccontextmanager
    async def acquire(self, name: str) -> AsyncGenerator[None]:
        """Hold a place; `name` is the statement's. Raises StoreBusy."""
        await self._enter(name)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
            self._places.release()

    async def _enter(self, name: str) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._queued >= self._waiting:
            raise StoreBusy(
                f"{self._waiting} statements already wait for the database",
                hint="ask again in a moment",
                statement=name,
            )
        self._queued += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._places.acquire()
        except TimeoutError:
            raise StoreBusy(
                f"the database was busy for {self._patience_s:g} s", hint="ask again in a moment", statement=name
            ) from None
        finally:
            self._queued -= 1
