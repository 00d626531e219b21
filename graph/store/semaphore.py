"""A semaphore that limits the number of waiting tasks."""

import asyncio
from asyncio import Task
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from graph.errors import StoreBusy

T = TypeVar("T")


class BoundedSemaphore:
    """A semaphore with a limited number of waiting tasks.

    At most `size` tasks can hold the semaphore, and at most `max_waiters` further tasks can wait for it. A task waits
    at most `timeout_s` seconds.
    """

    def __init__(self, size: int, max_waiters: int, timeout_s: float) -> None:
        self._places = asyncio.Semaphore(size)
        self._waiting = max_waiters
        self._patience_s = timeout_s
        self._queued = 0
        self._taken = 0
        self._tasks: set[Task[Any]] = set()

    async def close(self) -> None:
        """Cancel all tasks that `run` has started and that still hold the semaphore."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def in_use(self) -> int:
        """Return the number of tasks that hold the semaphore."""
        return self._taken

    @property
    def queued(self) -> int:
        """Return the number of waiting tasks."""
        return self._queued

    @asynccontextmanager
    async def acquire(self, name: str) -> AsyncGenerator[None]:
        """Acquire the semaphore, and release it when the context exits.

        `name` is the name of the statement, for error messages. Raises StoreBusy if too many tasks wait already, or if
        the wait times out.
        """
        await self._enter(name)
        try:
            yield
        finally:
            self._leave()

    async def run(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Acquire the semaphore, run `work`, and return its result. Raises StoreBusy as `acquire` does.

        If the caller is cancelled after `work` has started, `work` continues and holds the semaphore until `work` ends.
        The reason is that the embedded database does not stop a statement when the caller is cancelled. If the
        semaphore were released, too many statements would run.
        """
        await self._enter(name)
        task = asyncio.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._end)
        return await asyncio.shield(task)

    def _end(self, task: Task[Any]) -> None:
        self._leave()
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved because asyncio logs unretrieved exceptions

    def _leave(self) -> None:
        self._taken -= 1
        self._places.release()

    async def _enter(self, name: str) -> None:
        if not self._places.locked():
            await self._places.acquire()
            self._taken += 1
            return
        if self._queued >= self._waiting:
            raise StoreBusy(
                f"{self._waiting} statements already wait for the database",
                hint="try again in a moment",
                statement=name,
            )
        self._queued += 1
        try:
            async with asyncio.timeout(self._patience_s):
                await self._places.acquire()
        except TimeoutError:
            raise StoreBusy(
                f"the database was busy for {self._patience_s:g} s", hint="try again in a moment", statement=name
            ) from None
        finally:
            self._queued -= 1
        self._taken += 1
