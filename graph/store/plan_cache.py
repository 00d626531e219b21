"""Have Neo4j plan each new statement with EXPLAIN, so that planning does not count against the statement timeout.

Neo4j plans a statement on first use, and again after the graph has changed considerably. Planning a long statement
takes seconds, and longer still on a server that has just started, which can exceed the statement timeout. Neo4j
discards the plan of a statement that times out while it is planned, so every retry would time out too. Therefore each
new statement is first sent with EXPLAIN. Concurrent callers share one EXPLAIN, which continues even if all of them
stop waiting.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, cast

from cachetools import LRUCache
from neo4j import AsyncSession, Query

from graph.errors import StoreBusy, StoreError, StoreTimeout
from graph.store.errors import timeout, translate_errors
from graph.store.statement import Statement

_LIMIT_S: Final = 120.0
_AT_ONCE: Final = 4
_KEPT: Final = 1000
"""Maximum number of statements to remember; the default size of Neo4j's own plan cache for a database."""

_Key = tuple[str, ...]


class PlanCache:
    """A record of the statements that Neo4j has already planned for this process.

    `session` opens a session for EXPLAIN. A caller waits for a plan for at most `wait_s` seconds.
    """

    def __init__(self, session: Callable[[], AsyncSession], wait_s: float) -> None:
        self._session = session
        self._wait_s = wait_s
        self._known: LRUCache[_Key, None] = LRUCache(_KEPT)
        self._under_way: dict[_Key, asyncio.Task[StoreError | None]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        """Cancel all running EXPLAIN statements."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def ensure_planned(self, statement: Statement[Any], parameters: Mapping[str, object]) -> AsyncGenerator[None]:
        """Wait until Neo4j has planned the statement, then run the body of the context.

        Raises StoreBusy if planning takes longer than `wait_s`, and StoreError if it fails. Driver errors raised in the
        body become StoreErrors. If the body raises StoreTimeout, the statement counts as new again, because Neo4j may
        have discarded its plan or planned it again.
        """
        key = _plan_key(statement, parameters)
        if key not in self._known:
            await self._wait(key, statement, parameters)
        self._known[key] = None
        try:
            with translate_errors(statement.name):
                yield
        except StoreTimeout:
            self._known.pop(key, None)
            raise

    async def _wait(self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]) -> None:
        task = self._planning(key, statement, parameters)
        await asyncio.wait([task], timeout=self._wait_s)
        if not task.done() or task.cancelled():
            raise StoreBusy(
                f"the database still plans '{statement.name}'", hint="ask again in a moment", statement=statement.name
            )
        if failure := task.result():
            raise failure

    def _planning(
        self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]
    ) -> "asyncio.Task[StoreError | None]":
        """Return the task that plans the statement; start it if none is running."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._plan(key, statement, parameters))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        return task

    async def _plan(self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]) -> StoreError | None:
        """Plan the statement. Return the error instead of raising it, because no caller may be waiting any more."""
        query = Query(cast("LiteralString", f"EXPLAIN {statement.text}"), timeout=_LIMIT_S)
        try:
            with translate_errors(statement.name):
                async with timeout(_LIMIT_S, statement.name), self._places, self._session() as session:
                    await (await session.run(query, dict(parameters))).consume()
        except StoreError as error:
            return error
        self._known[key] = None
        return None


def _plan_key(statement: Statement[Any], parameters: Mapping[str, object]) -> _Key:
    """Return the text and the parameter types, because Neo4j caches one plan for each combination of them."""
    return (statement.text, *(f"{name}:{type(value).__name__}" for name, value in sorted(parameters.items())))
