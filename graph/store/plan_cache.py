"""Statements are planned before their time counts.

Neo4j plans a text when it first comes, and again when the graph has changed much since. For the longer questions that
takes seconds, on a server that was just started many seconds: more than they may run. And a statement that is ended
while it is planned leaves nothing behind, so that every next try would begin, and be ended, anew. Therefore what is
new is first planned by EXPLAIN, once for all who ask for it, and to the end, even when they have stopped waiting.
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
"""As many plans as Neo4j keeps for a database, by default."""

_Key = tuple[str, ...]


class PlanCache:
    """The statements that this process knows the database to have planned.

    `session` opens a session to plan in; whoever asks for a statement waits for its plan for `wait_s` at most.
    """

    def __init__(self, session: Callable[[], AsyncSession], wait_s: float) -> None:
        self._session = session
        self._wait_s = wait_s
        self._known: LRUCache[_Key, None] = LRUCache(_KEPT)
        self._under_way: dict[_Key, asyncio.Task[StoreError | None]] = {}
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        """Plan no more."""
        tasks = list(self._under_way.values())
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def ensure_planned(self, statement: Statement[Any], parameters: Mapping[str, object]) -> AsyncGenerator[None]:
        """Inside, the statement is planned. Raises StoreError, also for what is raised inside.

        One that takes too long inside counts as new again: perhaps its plan was dropped, or made anew.
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
        """The work on a plan, for all who want it."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._plan(key, statement, parameters))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        return task

    async def _plan(self, key: _Key, statement: Statement[Any], parameters: Mapping[str, object]) -> StoreError | None:
        """What went wrong; returned, as by then perhaps nobody waits for it."""
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
    """The text and the types of the parameters: Neo4j keeps a plan for these."""
    return (statement.text, *(f"{name}:{type(value).__name__}" for name, value in sorted(parameters.items())))
