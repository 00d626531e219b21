"""Send new statements to Neo4j with EXPLAIN first, so that planning does not count against the statement timeout.

Neo4j plans a statement on first use, and again after the graph has changed considerably. Planning a long statement can
take longer than the statement timeout, especially on a server that has just started. If a statement times out during
planning, Neo4j discards the plan, so every retry would time out too. Concurrent callers share one EXPLAIN, which
continues even if no caller waits any more.
"""

import asyncio
import hashlib
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
_MAX_UNDER_WAY: Final = 32
"""Maximum number of statements that are being planned or wait to be planned."""
_KEPT: Final = 1000
"""Maximum number of planned statements to remember, equal to the default size of Neo4j's plan cache."""

_Key = bytes


class PlanCache:
    """A cache of the statements that Neo4j has already planned for this process.

    `session` opens a session for EXPLAIN. Callers wait at most `wait_s` seconds until a statement is planned.
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

    async def plan(self, statement: Statement[Any], parameters: Mapping[str, object]) -> bytes:
        """Wait until Neo4j has planned the statement. Return the key of its plan.

        Raises StoreBusy if planning takes longer than `wait_s` or too many statements are being planned, and StoreError
        if planning fails.
        """
        key = _plan_key(statement, parameters)
        if key not in self._known:
            await self._wait(key, statement, parameters)
        self._known[key] = None
        return key

    @asynccontextmanager
    async def ensure_planned(self, statement: Statement[Any], parameters: Mapping[str, object]) -> AsyncGenerator[None]:
        """Wait until Neo4j has planned the statement, as `plan` does, then run the body of the context.

        Translates driver errors in the body into StoreErrors. If the body times out, the next call plans the statement
        again, because Neo4j may have discarded the plan.
        """
        key = await self.plan(statement, parameters)
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
                f"the database still plans '{statement.name}'", hint="try again in a moment", statement=statement.name
            )
        if failure := task.result():
            raise failure

    def _planning(
        self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]
    ) -> "asyncio.Task[StoreError | None]":
        """Return the running task that plans the statement, or start a new task.

        Raises StoreBusy if too many statements are being planned.
        """
        task = self._under_way.get(key)
        if task is None:
            if len(self._under_way) >= _MAX_UNDER_WAY:
                raise StoreBusy(
                    f"the database already plans {_MAX_UNDER_WAY} statements",
                    hint="try again in a moment",
                    statement=statement.name,
                )
            task = self._under_way[key] = asyncio.create_task(self._plan(key, statement, parameters))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        return task

    async def _plan(self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]) -> StoreError | None:
        """Let Neo4j plan the statement. Return the error if planning fails, or None on success.

        The error is not raised, because the callers may have stopped waiting.
        """
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
    """Return a digest of the text and the parameter types, because Neo4j caches plans by text and parameter types."""
    types = (f"{name}:{type(value).__name__}" for name, value in sorted(parameters.items()))
    return hashlib.blake2b("\0".join((statement.text, *types)).encode(), digest_size=16).digest()
