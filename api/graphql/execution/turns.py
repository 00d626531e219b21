"""Run CPU-bound work one piece at a time, so that requests without such work do not wait for all pieces.

Only a limited number of operations may wait for this work. Every waiting operation counts against the maximum number of
operations, so that operations without such work could otherwise not start.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from api.graphql.errors import RETRY_AFTER_S, RequestError

__all__ = ["LoopTurns", "ThreadTurns"]

_PAUSE: Final = 1
"""Duration of the pause after a piece of work on the event loop, as a multiple of the duration of the work."""

T = TypeVar("T")


class ThreadTurns:
    """A thread that does one piece of work after another. At most `max_waiting` pieces wait for the thread."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._max_waiting = max_waiting
        self._pending = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread and return its result. Raises RequestError if too many pieces of work wait.

        If the caller is cancelled before `work` starts, `work` is skipped.
        """
        if self._pending > self._max_waiting:
            raise _overloaded(self._max_waiting)
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._pending -= 1


class LoopTurns:
    """A lock for CPU-bound work on the event loop. After each piece of work, the lock stays closed for a pause.

    In the pause, the event loop serves requests without such work. Without the pauses, these requests would wait for
    all waiting pieces of work at each of the dozen steps of a request. At most `max_waiting` callers wait for the lock.
    """

    def __init__(self, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._waiting = 0
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        """Acquire the lock for the work in the body of the context. Raises RequestError if too many callers wait.

        The body must not await anything.
        """
        if self._turn.locked() and self._waiting >= self._max_waiting:
            raise _overloaded(self._max_waiting)
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        start = time.perf_counter()
        try:
            yield
        finally:
            pause_s = (time.perf_counter() - start) * _PAUSE
            asyncio.get_running_loop().call_later(pause_s, self._turn.release)


def _overloaded(waiting: int) -> RequestError:
    message = f"{waiting} requests already wait for such work"
    return RequestError("OVERLOADED", message, headers={"Retry-After": str(RETRY_AFTER_S)})
