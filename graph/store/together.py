"""Reads by id that come at about the same time go to the database as one.

Of short statements, the way to the database and back is most of what they cost. So while reads of one shape run, those
that come meanwhile wait, and are sent together when the first is done: nobody waits longer than for one such statement
before his own, and a busy server sends a fraction of the statements that it is asked for. Reads that take long by
themselves have nothing to win, and are sent at once.
"""

import asyncio
import time
from asyncio import Future, Task
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from graph.errors import StoreBusy, StoreDenied, StoreTimeout, StoreUnavailable
from graph.store.statement import Statement

__all__ = ["Together"]

Rows = list[dict[str, object]]
Parameters = Mapping[str, object]
Keyed = Statement[dict[str, object]]

_AT_ONCE: Final = 2
"""How many statements of one shape run before others of it wait."""
_MOST: Final = 64
"""How many reads go as one, at most."""
_SHORT_S: Final = 0.05
"""How long they may take together, as far as can be told from what an id took before."""
_FORGETTING: Final = 1.05
"""By how much the shortest time seen grows with each one that took longer: a busy database makes all look long."""
_SHAPES: Final = 1000
"""How many shapes are remembered."""

_EVERYBODYS: Final = (StoreUnavailable, StoreTimeout, StoreBusy, StoreDenied)
"""Errors that a read by itself would meet as well. Any other may be due to one of those that went together."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A read that waits. Its answer is None where it has to run by itself; `batch` are those that it went with."""

    parameters: Parameters
    answer: Future[Rows | None]
    count: int
    """Of ids."""
    batch: "_Batch | None" = None


@dataclass(slots=True, eq=False)
class _Batch:
    """Reads that went as one."""

    asked: Sequence[_Asked]
    task: "Task[_Found]"


@dataclass(slots=True, eq=False)
class _Shape:
    """Statements that differ in their ids only; `each_s` is the least that one id took of late."""

    statement: Keyed
    running: int = 0
    waiting: list[_Asked] = field(default_factory=list[_Asked])
    each_s: float | None = None

    @property
    def room(self) -> float:
        """How many ids may go as one."""
        return 0 if self.each_s is None else _SHORT_S / self.each_s

    def took(self, seconds: float, count: int) -> None:
        each_s = seconds / count
        self.each_s = each_s if self.each_s is None else min(each_s, self.each_s * _FORGETTING)

    def taken(self) -> list[_Asked]:
        """The next of those that wait that go as one, of which there are some."""
        room, number = self.room, 0
        while number < min(len(self.waiting), _MOST) and (room >= self.waiting[number].count or not number):
            room -= self.waiting[number].count
            number += 1
        asked = self.waiting[:number]
        del self.waiting[:number]
        return asked


class Together:
    """Runs statements that have `keys`; those of one shape that wait go as one. `read` runs a statement by itself."""

    def __init__(self, read: Callable[[Keyed, Parameters], Awaitable[Rows]]) -> None:
        self._read = read
        self._shapes: dict[tuple[str, str], _Shape] = {}
        self._tasks: set[Task[_Found]] = set()
        self._is_closed = False
        self.joined = 0
        """How many reads went with another one."""

    async def close(self) -> None:
        """End what runs for several, and what waits."""
        self._is_closed = True
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for shape in self._shapes.values():
            for each in shape.waiting:
                each.answer.cancel()

    async def read(self, statement: Keyed, parameters: Parameters) -> Rows:
        """The rows of the statement, as if it ran by itself. Raises StoreError."""
        shape = self._shape(statement, parameters)
        count = sum(len(cast("list[str]", parameters[key])) for key in statement.keys) or 1
        if shape.running < _AT_ONCE or shape.room < 2 * count:
            return await self._alone(shape, parameters, count)
        asked = _Asked(parameters, asyncio.get_running_loop().create_future(), count)
        shape.waiting.append(asked)
        try:
            rows = await asked.answer
        except asyncio.CancelledError:
            if asked.batch is None:
                shape.waiting.remove(asked)
            elif all(each.answer.cancelled() for each in asked.batch.asked):
                asked.batch.task.cancel()
            raise
        return await self._read(statement, parameters) if rows is None else rows

    def _shape(self, statement: Keyed, parameters: Parameters) -> _Shape:
        others = [(name, value) for name, value in parameters.items() if name not in statement.keys]
        key = (statement.text, repr(others) if others else "")
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes = {key: each for key, each in self._shapes.items() if each.running}
            shape = self._shapes[key] = _Shape(statement)
        return shape

    async def _alone(self, shape: _Shape, parameters: Parameters, count: int) -> Rows:
        shape.running += 1
        try:
            return await self._timed(shape, parameters, count)
        finally:
            self._ended(shape)

    async def _timed(self, shape: _Shape, parameters: Parameters, count: int) -> Rows:
        begun = time.perf_counter()
        rows = await self._read(shape.statement, parameters)
        shape.took(time.perf_counter() - begun, count)
        return rows

    async def _run(self, shape: _Shape, asked: Sequence[_Asked]) -> "_Found":
        """What all of them find, in one statement."""
        parameters = _merged(shape.statement, asked)
        return _by_id(shape.statement, await self._timed(shape, parameters, sum(each.count for each in asked)))

    def _ended(self, shape: _Shape) -> None:
        """Sends those that wait, now that a statement has ended."""
        shape.running -= 1
        while shape.waiting and shape.running < _AT_ONCE and not self._is_closed:
            asked = shape.taken()
            shape.running += 1
            self.joined += len(asked) - 1
            task = asyncio.create_task(self._run(shape, asked))
            batch = _Batch(asked, task)
            for each in asked:
                each.batch = batch
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _, batch=batch: self._answered(shape, batch))

    def _answered(self, shape: _Shape, batch: _Batch) -> None:
        task = batch.task
        error = None if task.cancelled() else task.exception()
        for each in batch.asked:
            if each.answer.done():  # cancelled
                continue
            if task.cancelled():
                each.answer.cancel()
            elif error is None:
                each.answer.set_result(_own(each.parameters, task.result()))
            elif len(batch.asked) == 1 or isinstance(error, _EVERYBODYS):
                each.answer.set_exception(error)
            else:
                each.answer.set_result(None)
        self._ended(shape)


# --- Parameters and rows --------------------------------------------------------------------------


def _merged(statement: Keyed, asked: Sequence[_Asked]) -> Parameters:
    """The parameters of one statement for all: every id once."""
    merged = dict(asked[0].parameters)
    for key in statement.keys:
        ids = [each.parameters[key] for each in asked]
        merged[key] = list(dict.fromkeys(name for some in cast("list[list[str]]", ids) for name in some))
    return merged


_Found = Mapping[str, Mapping[str, list[object]]]
"""For each key, the row of each id."""


def _by_id(statement: Keyed, rows: Rows) -> _Found:
    parts = cast("list[list[list[object]]]", rows[0]["answer"])
    return {key: {cast("str", row[0]): row for row in part} for key, part in zip(statement.keys, parts, strict=True)}


def _own(parameters: Parameters, found: _Found) -> Rows:
    """What one of those that went together asked for."""
    parts = [[rows[each] for each in cast("list[str]", parameters[key]) if each in rows] for key, rows in found.items()]
    return [{"answer": parts}]
