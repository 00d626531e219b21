"""Let Neo4j plan every new statement with EXPLAIN before it runs, so that the statement timeout excludes planning.

Neo4j plans a statement on first use, and again after the graph has changed considerably. Planning a long statement can
take longer than the statement timeout, especially on a server that has just started. If a statement times out during
planning, Neo4j discards the plan, so every retry would time out too. Concurrent callers share one EXPLAIN. The EXPLAIN
continues even if all callers have stopped waiting.

A lane is a semaphore that limits how many statements of one kind, such as expensive ones, run concurrently. Every lane
may plan a few statements concurrently, and further statements of the lane wait. The time for planning is charged to the
client. A client that has used up its budget must use the lane of expensive statements, so that its new statements do
not delay the planning of other clients' statements.
"""

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, cast

from cachetools import LRUCache
from neo4j import AsyncSession, Query

from graph.errors import StoreBusy, StoreError, StoreTimeout
from graph.store.batching import Charge
from graph.store.errors import timeout, translate_errors
from graph.store.semaphore import BoundedSemaphore
from graph.store.statement import Statement

_LIMIT_S: Final = 120.0
_CONCURRENT: Final = 2
"""Maximum number of statements that are planned concurrently for one lane.

A lane is a semaphore that limits how many statements of one kind run concurrently.
"""
_KEPT: Final = 1000
"""Maximum number of planned statements in the cache. It equals the default size of Neo4j's own plan cache."""

_Key = bytes


class PlanCache:
    """A record of the statements that Neo4j has already planned for this process.

    `session` opens a session for EXPLAIN. A caller waits at most `wait_s` seconds for the planning of a statement.
    """

    def __init__(self, session: Callable[[], AsyncSession], wait_s: float) -> None:
        self._session = session
        self._wait_s = wait_s
        self._known: LRUCache[_Key, None] = LRUCache(_KEPT)
        self._under_way: dict[_Key, asyncio.Task[StoreError | None]] = {}
        self._places = defaultdict[BoundedSemaphore | None, asyncio.Semaphore](lambda: asyncio.Semaphore(_CONCURRENT))

    async def close(self) -> None:
        """Cancel all running EXPLAIN statements."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def plan(
        self,
        statement: Statement[Any],
        parameters: Mapping[str, object],
        lane: BoundedSemaphore | None = None,
        charge: Charge | None = None,
    ) -> bytes:
        """Wait until Neo4j has planned the statement. Return the key of its plan.

        `lane` is the semaphore that the statement itself will acquire, or None. `charge` is called with the time from
        this call to the end of planning, in seconds. It is not called if another caller plans the statement, or if this
        caller is cancelled before planning begins. Raises StoreBusy if the wait takes longer than `wait_s`, and
        StoreError if planning fails.
        """
        key = _plan_key(statement, parameters)
        if key not in self._known:
            try:
                async with asyncio.timeout(self._wait_s):
                    failure = await self._wait(key, statement, parameters, lane, charge)
            except TimeoutError:
                raise _still_planning(statement) from None
            if failure is not None:
                raise failure
        self._known[key] = None
        return key

    @asynccontextmanager
    async def ensure_planned(self, statement: Statement[Any], parameters: Mapping[str, object]) -> AsyncGenerator[None]:
        """Wait until Neo4j has planned the statement, as `plan` does, and then run the body of the context.

        Driver errors in the body are translated into StoreErrors. If the body times out, the next call plans the
        statement again, because Neo4j may have discarded the plan.
        """
        key = await self.plan(statement, parameters)
        try:
            with translate_errors(statement.name):
                yield
        except StoreTimeout:
            self._known.pop(key, None)
            raise

    async def _wait(
        self,
        key: _Key,
        statement: Statement[Any],
        parameters: Mapping[str, object],
        lane: BoundedSemaphore | None,
        charge: Charge | None,
    ) -> StoreError | None:
        """Wait until this caller or another caller has planned the statement.

        Return the error, or None if planning succeeded.
        """
        if key not in self._under_way:
            start, places = time.perf_counter(), self._places[lane]
            await places.acquire()
            if key in self._known or key in self._under_way:  # another caller was faster
                places.release()
            else:
                self._start(key, statement, parameters, places.release, start, charge)
        task = self._under_way.get(key)
        if task is None:
            return None
        await asyncio.wait([task])  # does not cancel the task if the caller is cancelled
        return _still_planning(statement) if task.cancelled() else task.result()

    def _start(
        self,
        key: _Key,
        statement: Statement[Any],
        parameters: Mapping[str, object],
        release: Callable[[], None],
        start: float,
        charge: Charge | None,
    ) -> None:
        """Start a task that plans the statement.

        When the task ends, `release` is called, and `charge` is called with the seconds since the time `start`.
        """

        def end(_task: asyncio.Task[StoreError | None]) -> None:
            del self._under_way[key]
            release()
            if charge is not None:
                charge(time.perf_counter() - start)

        task = self._under_way[key] = asyncio.create_task(self._plan(key, statement, parameters))
        task.add_done_callback(end)

    async def _plan(self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]) -> StoreError | None:
        """Let Neo4j plan the statement. Return the error if planning fails, or None if it succeeds.

        The error is returned and not raised, because the callers may have stopped waiting.
        """
        query = Query(cast("LiteralString", f"EXPLAIN {statement.text}"), timeout=_LIMIT_S)
        try:
            with translate_errors(statement.name):
                async with timeout(_LIMIT_S, statement.name), self._session() as session:
                    await (await session.run(query, dict(parameters))).consume()
        except StoreError as error:
            return error
        self._known[key] = None
        return None


def _still_planning(statement: Statement[Any]) -> StoreBusy:
    message = f"the database still plans '{statement.name}'"
    return StoreBusy(message, hint="try again in a moment", statement=statement.name)


def _plan_key(statement: Statement[Any], parameters: Mapping[str, object]) -> _Key:
    """Return a digest of the text of the statement and the types of its parameters.

    Neo4j also caches its plans by the text and the types of the parameters.
    """
    types = (f"{name}:{type(value).__name__}" for name, value in sorted(parameters.items()))
    return hashlib.blake2b("\0".join((statement.text, *types)).encode(), digest_size=16).digest()
