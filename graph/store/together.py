"""Reads of one shape that come at about the same time go to the database as one.

Of short statements, the way to the database and back is most of what they cost. So while reads of one shape run, those
that come meanwhile wait, and are sent together when the first is done, or after a twentieth of a second: a busy server
sends a fraction of the statements that it is asked for. Reads that take long by themselves have nothing to win, and are
sent at once. What they become as one is told in `graph.store.merging`.
"""

import asyncio
import time
from asyncio import Future, Task, TimerHandle
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from graph.errors import StoreBusy, StoreDenied, StoreError, StoreTimeout, StoreUnavailable
from graph.store.merging import Merging, Parameters, Rows, Single, merging, shape

__all__ = ["Together"]

_AT_ONCE: Final = 2
"""How many statements of one shape run before others of it wait."""
_PATIENCE_S: Final = 0.05
"""How long a read waits, at most; then it is sent, whatever runs."""
_REMEMBERED: Final = 5
"""How many times the mean of them is about."""
_OUTLIER: Final = 5
"""How many times the mean one of them counts as, at most."""
_SHAPES: Final = 1000
"""How many shapes are remembered."""

_EVERYBODYS: Final = (StoreUnavailable, StoreBusy, StoreDenied)
"""Errors that a read by itself would meet as well. Others may be due to one of those that went together."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A read that waits. Its answer is None where it has to run by itself; `batch` are those that it went with."""

    parameters: Parameters
    answer: Future[Rows | None]
    count: int
    """How much it asks for."""
    batch: "_Batch | None" = None


@dataclass(slots=True, eq=False)
class _Batch:
    """Reads that went as one."""

    asked: Sequence[_Asked]
    task: Task[list[Rows]]


@dataclass(slots=True, eq=False)
class _Shape:
    """Reads that may go as one; `each_s` is the mean of what one of what they ask for took of late."""

    merging: Merging
    running: int = 0
    waiting: list[_Asked] = field(default_factory=list[_Asked])
    patience: TimerHandle | None = None
    each_s: float | None = None

    @property
    def room(self) -> float:
        """How much may be asked for as one."""
        return 0 if self.each_s is None else self.merging.short_s / self.each_s

    def took(self, seconds: float, count: int) -> None:
        """A single one that took much longer had to wait for something else, such as a new connection."""
        each_s = seconds / count
        self._reckon(each_s if self.each_s is None else min(each_s, _OUTLIER * self.each_s))

    def failed(self, seconds: float, count: int) -> None:
        """One that failed would have taken longer still; or it failed for another reason, and says nothing."""
        if self.each_s is not None and seconds / count > self.each_s:
            self._reckon(seconds / count)

    def _reckon(self, each_s: float) -> None:
        self.each_s = each_s if self.each_s is None else self.each_s + (each_s - self.each_s) / _REMEMBERED

    def taken(self) -> list[_Asked]:
        """The next of those that wait that go as one, of which there are some."""
        room, number = self.room, 0
        most = min(len(self.waiting), self.merging.most)
        while number < most and (room >= self.waiting[number].count or not number):
            room -= self.waiting[number].count
            number += 1
        number = self.merging.fitting(number)
        asked = self.waiting[:number]
        del self.waiting[:number]
        return asked


class Together:
    """Runs statements that can be merged; those of one shape that wait go as one. `read` runs one by itself.

    `is_planned` says whether the database has a plan for a statement, and sees to it that it has one soon: until then
    nobody is kept waiting for what several would make together.
    """

    def __init__(
        self,
        read: Callable[[Single, Parameters], Awaitable[Rows]],
        is_planned: Callable[[Single, Parameters], bool] = lambda _statement, _parameters: True,
    ) -> None:
        self._read = read
        self._is_planned = is_planned
        self._shapes: dict[tuple[str, str], _Shape] = {}
        self._tasks: set[Task[list[Rows]]] = set()
        self._is_closed = False
        self.joined = 0
        """How many reads went with another one."""

    async def close(self) -> None:
        """End what runs for several, and what waits."""
        self._is_closed = True
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for like in self._shapes.values():
            if like.patience is not None:
                like.patience.cancel()
            for each in like.waiting:
                each.answer.cancel()

    async def read(self, statement: Single, parameters: Parameters) -> Rows:
        """The rows of the statement, as if it ran by itself. Raises StoreError."""
        like = self._shape(statement, parameters)
        count = like.merging.count(parameters)
        if self._is_closed or like.running < _AT_ONCE or like.room < 2 * count:
            return await self._alone(like, parameters, count)
        loop = asyncio.get_running_loop()
        asked = _Asked(parameters, loop.create_future(), count)
        like.waiting.append(asked)
        if like.patience is None:
            like.patience = loop.call_later(_PATIENCE_S, self._send, like, True)
        try:
            rows = await asked.answer
        except asyncio.CancelledError:
            if asked.batch is None:
                like.waiting.remove(asked)
            elif all(each.answer.cancelled() for each in asked.batch.asked):
                asked.batch.task.cancel()
            raise
        return await self._read(statement, parameters) if rows is None else rows

    def _shape(self, statement: Single, parameters: Parameters) -> _Shape:
        key = shape(statement, parameters)
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes = {key: each for key, each in self._shapes.items() if each.running}
            found = self._shapes[key] = _Shape(merging(statement))
        return found

    async def _alone(self, like: _Shape, parameters: Parameters, count: int) -> Rows:
        like.running += 1
        try:
            return await self._timed(like, like.merging.statement, parameters, count)
        finally:
            self._ended(like)

    async def _run(
        self, like: _Shape, asked: Sequence[_Asked], statement: Single, parameters: Parameters
    ) -> list[Rows]:
        """What each of them finds, in one statement."""
        rows = await self._timed(like, statement, parameters, sum(each.count for each in asked))
        return [rows] if len(asked) == 1 else like.merging.parted(rows, [each.parameters for each in asked])

    async def _timed(self, like: _Shape, statement: Single, parameters: Parameters, count: int) -> Rows:
        begun = time.perf_counter()
        try:
            rows = await self._read(statement, parameters)
        except StoreError:
            like.failed(time.perf_counter() - begun, count)
            raise
        like.took(time.perf_counter() - begun, count)
        return rows

    def _ended(self, like: _Shape) -> None:
        """Takes note that a statement has ended, and sends those that wait for that."""
        like.running -= 1
        self._send(like)

    def _send(self, like: _Shape, is_time: bool = False) -> None:
        """Sends those that wait, where there is room, or it is time."""
        while like.waiting and (is_time or like.running < _AT_ONCE) and not self._is_closed:
            asked = like.taken()
            if len(asked) > 1:
                statement, parameters = like.merging.merged([each.parameters for each in asked])
                if self._is_planned(statement, parameters):
                    self._begin(like, asked, statement, parameters)
                    continue
            for each in asked:
                self._begin(like, [each], like.merging.statement, each.parameters)
        if not like.waiting and like.patience is not None:
            like.patience.cancel()
            like.patience = None

    def _begin(self, like: _Shape, asked: Sequence[_Asked], statement: Single, parameters: Parameters) -> None:
        """Runs a statement for all of them."""
        like.running += 1
        self.joined += len(asked) - 1
        task = asyncio.create_task(self._run(like, asked, statement, parameters))
        batch = _Batch(asked, task)
        for each in asked:
            each.batch = batch
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._answered(like, batch))

    def _answered(self, like: _Shape, batch: _Batch) -> None:
        task = batch.task
        error = None if task.cancelled() else task.exception()
        for at, each in enumerate(batch.asked):
            if each.answer.done():  # cancelled
                continue
            if task.cancelled():
                each.answer.cancel()
            elif error is None:
                each.answer.set_result(task.result()[at])
            elif len(batch.asked) == 1 or _is_everybodys(error):
                each.answer.set_exception(error)
            else:
                each.answer.set_result(None)
        self._ended(like)


def _is_everybodys(error: BaseException) -> bool:
    """Whether each of those that went together would meet the error. That the time was over may be due to one of them,
    and then the database says so; one that says nothing has fallen silent for all.
    """
    is_silent = isinstance(error, StoreTimeout) and error.__cause__ is None
    return is_silent or isinstance(error, _EVERYBODYS)
