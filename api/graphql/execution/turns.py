"""Take turns at work that is not done in a moment, so that requests without such work do not wait for it.

Turns are limited in number, because every waiting operation counts against the maximum number of operations. Operations
that need no turn could otherwise not start.
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
"""Duration of the pause after a turn on the event loop, as a multiple of the duration of the turn."""

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
    """Turns at work on the event loop: one at a time, with pauses in which the loop serves other requests.

    Without the pauses, requests without such work would wait until all turns that are due have ended, for each of the
    dozen steps of a request. At most `max_waiting` callers wait for their turn.
    """

    def __init__(self, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._waiting = 0
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        """Wait for a turn, which ends when the context exits. Raises RequestError if too many callers wait.

        The body of the context must not wait for anything.
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
