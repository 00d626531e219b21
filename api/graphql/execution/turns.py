"""Run CPU-bound work one piece at a time, so that requests without such work do not wait for all pieces.

The queue for such work is short, because every waiting operation counts against the maximum number of operations.
Operations without such work could otherwise not start. A client address has a few slots in the queue, so that it cannot
fill the queue. Its further requests wait until one of its slots is free. The work is charged to the client.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, TypeVar

from api.graphql.errors import RETRY_AFTER_S, RequestError

__all__ = ["MAX_OF_CLIENT", "SLOTS_OF_CLIENT", "Client", "LoopTurns", "ThreadTurns", "Turns"]

_PAUSE: Final = 1
"""Duration of the pause after a turn on the event loop, as a multiple of the duration of the turn."""
SLOTS_OF_CLIENT: Final = 4
"""Number of slots of a client address in the queue for one kind of work."""
MAX_OF_CLIENT: Final = 32
"""Maximum number of requests of a client address that have or await a slot. A browser sends six requests at a time."""

T = TypeVar("T")


def _charge_nothing(_seconds: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a request. `key` identifies its address, and `charge` subtracts seconds of work from its budget.

    The default is this process itself, which has no budget.
    """

    key: str = ""
    charge: Callable[[float], None] = _charge_nothing

    @contextmanager
    def working(self) -> Generator[None]:
        """Charge the duration of the context to the client."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.charge(time.perf_counter() - start)


class Turns:
    """A queue for one kind of work. The number of its callers is limited, in total and for each client address."""

    def __init__(self, max_callers: int) -> None:
        self._max_callers = max_callers
        self._callers = 0
        self._of_client = Counter[str]()
        self._slots: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def slot(self, client: Client) -> AsyncGenerator[None]:
        """Acquire a slot of the client. The slot is released when the context exits.

        Raises RequestError if too many requests of the client await a slot, or if the queue is full.
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
    """A thread that does one piece of work after another. At most `max_waiting` pieces wait for the thread."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._turns = Turns(max_waiting + 1)

    async def run(self, work: Callable[[], T], client: Client) -> T:
        """Run `work` in the thread, charge it to the client, and return its result.

        Raises RequestError if too many pieces of work wait. If the caller is cancelled before `work` starts, `work` is
        skipped. If the caller is cancelled later, `work` is charged nevertheless.
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

    In the pause, the event loop serves requests without such work. Without the pauses, these requests would wait for
    all waiting pieces of work at each of the dozen steps of a request. At most `max_waiting` callers wait for the lock.
    """

    def __init__(self, max_waiting: int) -> None:
        self._waiting = Turns(max_waiting)
        self._turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def take(self, client: Client) -> AsyncGenerator[None]:
        """Wait for a turn, which ends when the context exits, and charge it to the client.

        Raises RequestError if too many callers wait. The body of the context must not wait for anything.
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
