"""Reads of one shape that come at about the same time go to the database as one.

Of short statements, the way to the database and back is most of what they cost. So while reads of one shape run, those
that come meanwhile wait, and are sent together when the first is done, or after a twentieth of a second: a busy server
sends a fraction of the statements that it is asked for. Those that ask for the very same are sent once. Reads that take
long by themselves have nothing else to win, and are sent at once. What they become as one is told in
`graph.store.merging`.
"""

import asyncio
import time
from asyncio import Future, Task, TimerHandle
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
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
_COMPARED: Final = 100
"""How much a read asks for that is compared with others, at most: of more, hardly two ask for the same."""
_SHAPES: Final = 1000
"""How many shapes are remembered."""

_EVERYBODYS: Final = (StoreUnavailable, StoreBusy, StoreDenied)
"""Errors that a read by itself would meet as well. Others may be due to one of those that went together."""


@dataclass(slots=True, eq=False)
class _Wanted:
    """A read that waits, or went with others in a `batch`, and the answers to those who ask for it."""

    key: str
    """Equal where the same is asked for."""
    parameters: Parameters
    count: int
    """How much it asks for."""
    answers: list[Future[Rows]] = field(default_factory=list[Future[Rows]])
    batch: "_Batch | None" = None


@dataclass(slots=True, eq=False)
class _Batch:
    """Reads that went as one."""

    wanted: Sequence[_Wanted]
    task: Task[list[Rows]]


@dataclass(slots=True, eq=False)
class _Shape:
    """Reads that may go as one; `each_s` is the mean of what one of what they ask for took of late."""

    merging: Merging
    running: int = 0
    asked: dict[str, int] = field(default_factory=dict[str, int])
    """The keys of those that run, and how many run of each."""
    waiting: dict[str, _Wanted] = field(default_factory=dict[str, _Wanted])
    patience: TimerHandle | None = None
    each_s: float | None = None

    @property
    def room(self) -> float:
        """How much may be asked for as one."""
        return 0 if self.each_s is None else self.merging.short_s / self.each_s

    def is_slow(self, count: int) -> bool:
        """Whether a read that asks for so much has nothing to win from going with others."""
        return self.room < 2 * count

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

    def begun(self, key: str) -> None:
        """Takes note of a read that runs."""
        self.asked[key] = self.asked.get(key, 0) + 1

    def ended(self, key: str) -> None:
        """Takes note of a read that has run."""
        self.asked[key] -= 1
        if not self.asked[key]:
            del self.asked[key]

    def taken(self, is_time: bool) -> list[_Wanted]:
        """The next of those that wait that go as one. Where it is not yet time, what runs already waits for its end:
        until then others may ask for it too.
        """
        room, wanted = self.room, list[_Wanted]()
        free = (each for each in self.waiting.values() if is_time or each.key not in self.asked)
        for each in islice(free, self.merging.most):
            if wanted and room < each.count:
                break
            room -= each.count
            wanted.append(each)
        del wanted[self.merging.fitting(len(wanted)) if wanted else 0 :]
        for each in wanted:
            del self.waiting[each.key]
        return wanted


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
        self._numbers = count()
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
            for each in like.waiting.values():
                for answer in each.answers:
                    answer.cancel()

    async def read(self, statement: Single, parameters: Parameters) -> Rows:
        """The rows of the statement, as if it ran by itself. Who gets them does not change them: others have them too.

        Raises StoreError.
        """
        like = self._shape(statement, parameters)
        amount = like.merging.count(parameters)
        key = repr(parameters) if amount <= _COMPARED else f"#{next(self._numbers)}"
        is_waited_for = key in like.waiting
        can_wait = is_waited_for or key in like.asked or not like.is_slow(amount)
        if self._is_closed or not can_wait or (like.running < _AT_ONCE and not is_waited_for):
            return await self._alone(like, key, parameters, amount)
        loop = asyncio.get_running_loop()
        wanted = like.waiting.setdefault(key, _Wanted(key, parameters, amount))
        answer: Future[Rows] = loop.create_future()
        wanted.answers.append(answer)
        if like.patience is None:
            like.patience = loop.call_later(_PATIENCE_S, self._send, like, True)
        try:
            return await answer
        except asyncio.CancelledError:
            _leave(like, wanted, answer)
            raise

    def _shape(self, statement: Single, parameters: Parameters) -> _Shape:
        key = shape(statement, parameters)
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes = {key: each for key, each in self._shapes.items() if each.running}
            found = self._shapes[key] = _Shape(merging(statement))
        return found

    async def _alone(self, like: _Shape, key: str, parameters: Parameters, count: int) -> Rows:
        like.running += 1
        like.begun(key)
        try:
            return await self._timed(like, like.merging.statement, parameters, count)
        finally:
            self._ended(like, key)

    async def _run(
        self, like: _Shape, wanted: Sequence[_Wanted], statement: Single, parameters: Parameters
    ) -> list[Rows]:
        """What each of them finds, in one statement."""
        rows = await self._timed(like, statement, parameters, sum(each.count for each in wanted))
        return [rows] if len(wanted) == 1 else like.merging.parted(rows, [each.parameters for each in wanted])

    async def _timed(self, like: _Shape, statement: Single, parameters: Parameters, count: int) -> Rows:
        begun = time.perf_counter()
        try:
            rows = await self._read(statement, parameters)
        except StoreError:
            like.failed(time.perf_counter() - begun, count)
            raise
        like.took(time.perf_counter() - begun, count)
        return rows

    def _ended(self, like: _Shape, *keys: str) -> None:
        """Takes note that a statement has ended, and sends those that wait for that: slow ones waited for it alone."""
        like.running -= 1
        for key in keys:
            like.ended(key)
            same = like.waiting.get(key)
            if same is not None and key not in like.asked and like.is_slow(same.count) and not self._is_closed:
                del like.waiting[key]
                self._begin(like, [same], like.merging.statement, same.parameters)
        self._send(like)

    def _send(self, like: _Shape, is_time: bool = False) -> None:
        """Sends those that wait, where there is room, or it is time."""
        while (is_time or like.running < _AT_ONCE) and not self._is_closed and (wanted := like.taken(is_time)):
            if len(wanted) > 1:
                statement, parameters = like.merging.merged([each.parameters for each in wanted])
                if self._is_planned(statement, parameters):
                    self._begin(like, wanted, statement, parameters)
                    continue
            for each in wanted:
                self._begin(like, [each], like.merging.statement, each.parameters)
        if not like.waiting and like.patience is not None:
            like.patience.cancel()
            like.patience = None

    def _begin(self, like: _Shape, wanted: Sequence[_Wanted], statement: Single, parameters: Parameters) -> None:
        """Runs a statement for all of them."""
        like.running += 1
        task = asyncio.create_task(self._run(like, wanted, statement, parameters))
        batch = _Batch(wanted, task)
        for each in wanted:
            each.batch = batch
            like.begun(each.key)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._answered(like, batch))

    def _answered(self, like: _Shape, batch: _Batch) -> None:
        task = batch.task
        error = None if task.cancelled() else task.exception()
        is_anybodys = error is not None and len(batch.wanted) > 1 and not _is_everybodys(error)
        if error is None and not task.cancelled():
            answers = sum(not answer.done() for each in batch.wanted for answer in each.answers)
            self.joined += max(0, answers - 1)
        for at, each in enumerate(batch.wanted):
            if is_anybodys and each.answers and not self._is_closed:
                self._begin(like, [each], like.merging.statement, each.parameters)
                continue
            for answer in each.answers:
                if answer.done():
                    continue
                if error is not None:
                    answer.set_exception(error)
                elif task.cancelled():
                    answer.cancel()
                else:
                    answer.set_result(task.result()[at])
        self._ended(like, *(each.key for each in batch.wanted))


def _leave(like: _Shape, wanted: _Wanted, answer: Future[Rows]) -> None:
    """Somebody who asked has gone; what nobody asks for any more is ended."""
    wanted.answers.remove(answer)
    if wanted.answers:
        return
    if wanted.batch is None:
        like.waiting.pop(wanted.key, None)
    elif not any(each.answers for each in wanted.batch.wanted):
        wanted.batch.task.cancel()


def _is_everybodys(error: BaseException) -> bool:
    """Whether each of those that went together would meet the error. That the time was over may be due to one of them,
    and then the database says so; one that says nothing has fallen silent for all.
    """
    is_silent = isinstance(error, StoreTimeout) and error.__cause__ is None
    return is_silent or isinstance(error, _EVERYBODYS)
