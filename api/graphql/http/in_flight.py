"""Track running operations: limit their number, share their results between identical requests, and cancel them."""

import asyncio
from asyncio import Task
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from starlette.requests import ClientDisconnect, Request

from api.graphql.errors import RETRY_AFTER_S, RequestError
from api.graphql.http.request import CacheKey

__all__ = ["COALESCE_WINDOW_S", "InFlight", "InFlightOperations"]

COALESCE_WINDOW_S: Final = 0.5
"""Maximum time, in seconds, between the start of an operation and an identical request that shares the result."""

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class InFlight(Generic[T]):
    """A running operation. `waiters` is the number of requests that wait for the result of the operation.

    `started_at` is a time of the event loop's clock. `key` is equal for identical requests, which can share the
    operation. `key` is None if the operation cannot be shared.
    """

    task: Task[T]
    started_at: float
    key: CacheKey | None
    waiters: int = 0


class InFlightOperations(Generic[T]):
    """The running operations of one endpoint.

    An operation is cancelled when no request waits for its result any more.
    """

    def __init__(self, max_operations: int, timeout_s: float) -> None:
        self._max_operations = max_operations
        self._timeout_s = timeout_s
        self._tasks: set[Task[T]] = set()
        self._by_key: dict[CacheKey, InFlight[T]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def find(self, key: CacheKey | None) -> InFlight[T] | None:
        """Return the running operation with this key if it started less than COALESCE_WINDOW_S seconds ago.

        Otherwise, return None.
        """
        operation = None if key is None else self._by_key.get(key)
        if operation is None or asyncio.get_running_loop().time() - operation.started_at >= COALESCE_WINDOW_S:
            return None
        return operation

    def start(self, work: Coroutine[Any, Any, T], key: CacheKey | None) -> InFlight[T]:
        """Start an operation. If `key` is not None, identical requests can find the operation with `find` and share it.

        Raises RequestError if the maximum number of operations is already running.
        """
        if len(self._tasks) >= self._max_operations:
            work.close()
            message = f"the server is running {self._max_operations} operations, its maximum"
            raise RequestError("OVERLOADED", message, headers={"Retry-After": str(RETRY_AFTER_S)})
        operation = InFlight(asyncio.create_task(work), asyncio.get_running_loop().time(), key)
        # An operation counts until its task ends, even if its client has left.
        self._tasks.add(operation.task)
        if key is not None:
            self._by_key[key] = operation
        operation.task.add_done_callback(lambda _: self._on_done(operation))
        return operation

    async def wait_for(self, operation: InFlight[T], request: Request, deadline: float) -> None:
        """Wait until the operation ends.

        If this request stops waiting and no other request waits for the operation, the operation is cancelled.
        `deadline` is a time of the event loop's clock. Raises RequestError when the deadline is reached, and
        ClientDisconnect if the client disconnects.
        """
        loop, task = asyncio.get_running_loop(), operation.task
        disconnect = asyncio.create_task(_wait_for_disconnect(request))
        operation.waiters += 1
        try:
            timeout = max(0.0, deadline - loop.time())
            done, _ = await asyncio.wait({task, disconnect}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if task in done:
                return
            if disconnect in done:
                raise ClientDisconnect
            raise RequestError("DEADLINE_EXCEEDED", f"the operation took longer than {self._timeout_s:g} s")
        finally:
            operation.waiters -= 1
            if not operation.waiters:
                task.cancel()
                self._remove_key(operation)
            disconnect.cancel()

    def _on_done(self, operation: InFlight[T]) -> None:
        self._tasks.discard(operation.task)
        self._remove_key(operation)
        if not operation.task.cancelled():
            operation.task.exception()  # retrieved because asyncio logs unretrieved exceptions

    def _remove_key(self, operation: InFlight[T]) -> None:
        if operation.key is not None and self._by_key.get(operation.key) is operation:
            del self._by_key[operation.key]


async def _wait_for_disconnect(request: Request) -> None:
    """Wait until the client disconnects. The request body must already have been read."""
    while cast("str", (await request.receive())["type"]) != "http.disconnect":
        pass
