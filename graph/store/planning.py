"""Statements are planned before their time counts.

Neo4j plans a text when it first comes, and again when the graph has changed much since; for the longer questions that
takes seconds on a small machine, more than they may run. A statement that is ended while it is planned leaves nothing
behind, so that every next try would begin, and be ended, anew. Therefore what is new is planned first, by EXPLAIN,
under a limit of its own.
"""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, cast

from neo4j import AsyncSession, AsyncTransaction, Query

from graph.errors import StoreTimeout
from graph.store.faults import translated, within
from graph.store.statement import Statement

_LIMIT_S: Final = 8.0
_KEPT: Final = 1000
"""As many plans as Neo4j keeps for a database, by default."""

_Key = tuple[str, ...]


class Plans:
    """The statements that this process knows the database to have planned."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, None] = OrderedDict()

    @asynccontextmanager
    async def planned(
        self, runner: AsyncSession | AsyncTransaction, statement: Statement[Any], parameters: Mapping[str, object]
    ) -> AsyncGenerator[None]:
        """Inside, the statement is planned. Raises StoreError, also for what is raised inside.

        One that takes too long inside counts as new again: perhaps its plan was dropped, or made anew.
        """
        key = _key(statement, parameters)
        if key not in self._known:
            with translated(statement.name):
                async with within(_LIMIT_S, statement.name):
                    await _explain(runner, statement, parameters)
            self._known[key] = None
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        try:
            with translated(statement.name):
                yield
        except StoreTimeout:
            self._known.pop(key, None)
            raise


def _key(statement: Statement[Any], parameters: Mapping[str, object]) -> _Key:
    """The text and the types of the parameters: Neo4j keeps a plan for these."""
    return (statement.text, *(f"{name}:{type(value).__name__}" for name, value in sorted(parameters.items())))


async def _explain(
    runner: AsyncSession | AsyncTransaction, statement: Statement[Any], parameters: Mapping[str, object]
) -> None:
    text = cast("LiteralString", f"EXPLAIN {statement.text}")
    if isinstance(runner, AsyncSession):
        result = await runner.run(Query(text, timeout=_LIMIT_S), dict(parameters))
    else:
        result = await runner.run(text, dict(parameters))
    await result.consume()
