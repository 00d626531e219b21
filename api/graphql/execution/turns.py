"""Run CPU-bound work one piece at a time, so that requests that need no such work are not delayed for long.

Operations wait in a queue for such work. The queue is short, because the number of concurrent operations is limited and
waiting operations are included in this number. If the queue were long, waiting operations alone could reach the limit,
and then no other operation could start. Each client address has only a few places (slots) in the queue, so that one
client cannot fill it. Further requests from the address wait until one of its slots is free. The work is charged to the
budget of the client.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, TypeVar

from api.graphql.errors import RETRY_AFTER_S, RequestError

__all__ = ["MAX_OF_CLIENT", "SLOTS_OF_CLIENT", "Client", "LoopTurns", "ThreadTurns", "Turns"]

_PAUSE: Final = 1
"""Duration of the pause after a piece of work on the event loop, as a multiple of the duration of the work."""
SLOTS_OF_CLIENT: Final = 4
"""Number of slots that a client address has in the queue for one kind of work."""
MAX_OF_CLIENT: Final = 32
"""Maximum number of requests from one client address that have a slot or wait for one.

For comparison, a browser sends at most six requests to a server at a time.
"""

T = TypeVar("T")


def _charge_nothing(_seconds: float) -> None:
    pass


async def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a request. `key` identifies the address of the client.

    `charge` subtracts seconds of work from the budget of the client. `has_left` returns whether the client has
    disconnected. A Client without arguments represents this process itself, which has no budget.
    """

    key: str = ""
    charge: Callable[[float], None] = _charge_nothing
    has_left: Callable[[], Awaitable[bool]] = _never

    @contextmanager
    def working(self) -> Generator[None]:
        """Charge the duration of the `with` block to the budget of the client."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.charge(time.perf_counter() - start)


class Turns:
    """A queue for one kind of work.

    It limits the number of requests in total, and the number of requests from each client address.
    """

    def __init__(self, max_callers: int) -> None:
        self._max_callers = max_callers
        self._callers = 0
        self._of_client = Counter[str]()
        self._slots: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def slot(self, client: Client) -> AsyncGenerator[None]:
        """Wait for a slot of the client, and release it when the context exits.

        Raises RequestError if too many requests of the client already wait for a slot, or if the queue is full.
        """
        if self._of_client[client.key] >= MAX_OF_CLIENT:
            raise _overloaded(f"{MAX_OF_CLIENT} requests of this client address already need such work")
        self._of_client[client.key] += 1
        try:
            async with self._slots.setdefault(client.key, asyncio.Semaphore(SLOTS_OF_CLIENT)):
                if self._callers >= self._max_callers:
                    raise _overloaded(f"{self._max_callers} requests already need such work")
                self._callers += 1
                try:
                    yield
                finally:
                    self._callers -= 1
        finally:
            self._of_client[client.key] -= 1
            if not self._of_client[client.key]:
                del self._of_client[client.key], self._slots[client.key]


class ThreadTurns:
    """A thread that does one piece of work after another. At most `max_waiting` pieces of work wait for the thread."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._turns = Turns(max_waiting + 1)

    async def run(self, work: Callable[[], T], client: Client) -> T:
        """Run `work` in the thread, and return its result. The time is charged to the budget of the client.

        Raises RequestError if too many pieces of work wait for the thread. If the caller is cancelled before `work`
        starts, `work` is not run. If the caller is cancelled while `work` runs, `work` continues and is charged.
        """
        loop = asyncio.get_running_loop()

        def run() -> T:
            start = time.perf_counter()
            try:
                return work()
            finally:
                loop.call_soon_threadsafe(client.charge, time.perf_counter() - start)

        async with self._turns.slot(client):
            return await loop.run_in_executor(self._thread, run)


class LoopTurns:
    """A lock for CPU-bound work on the event loop. After each piece of work, the lock stays closed for a pause.

    In the pause, the event loop serves requests that need no such work. Each of these requests takes about a dozen
    steps on the event loop. Without the pauses, such a request would wait at each step until all pieces of work are
    finished. At most `max_waiting` callers wait for the lock.
    """

    def __init__(self, max_waiting: int) -> None:
        self._waiting = Turns(max_waiting)
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def take(self, client: Client) -> AsyncGenerator[None]:
        """Wait for the lock, and hold it until the context exits.

        The time in the context is charged to the client's budget. Raises RequestError if too many callers wait for the
        lock. The `with` block must contain no `await`.
        """
        async with self._waiting.slot(client) if self._turn.locked() else nullcontext():
            await self._turn.acquire()
        start = time.perf_counter()
        try:
            yield
        finally:
            worked_s = time.perf_counter() - start
            client.charge(worked_s)
            asyncio.get_running_loop().call_later(worked_s * _PAUSE, self._turn.release)


def _overloaded(message: str) -> RequestError:
    return RequestError("OVERLOADED", message, headers={"Retry-After": str(RETRY_AFTER_S)})
