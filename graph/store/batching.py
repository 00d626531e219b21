"""Reads of one shape that come at about the same time go to the database as one.

Of short statements, the way to the database and back is most of what they cost. So while reads of one shape run, those
that come meanwhile wait, and are sent together when the first is done, or after a twentieth of a second: a busy server
sends a fraction of the statements that it is asked for. Those that ask for the very same are sent once. Reads that take
long by themselves have nothing else to win, and are sent at once. What they become as one is told in
`graph.store.batch_strategies`.
"""

import asyncio
import time
from asyncio import Future, Task, TimerHandle
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Final

from graph.errors import StoreBusy, StoreDenied, StoreError, StoreTimeout, StoreUnavailable
from graph.store.batch_strategies import BatchStrategy, Parameters, Rows, SingleRowStatement, group_key, merging

__all__ = ["ReadBatcher"]

_AT_ONCE: Final = 2
"""How many statements of one shape run before others of it wait."""
_MAX_WAIT_S: Final = 0.05
"""How long a read waits, at most; then it is sent, whatever runs."""
_EWMA_WINDOW: Final = 5
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
class _PendingRead:
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

    wanted: Sequence[_PendingRead]
    task: Task[list[Rows]]


@dataclass(slots=True, eq=False)
class _Group:
    """Reads that may go as one; `each_s` is the mean of what one of what they ask for took of late."""

    merging: BatchStrategy
    running: int = 0
    asked: dict[str, int] = field(default_factory=dict[str, int])
    """The keys of those that run, and how many run of each."""
    waiting: dict[str, _PendingRead] = field(default_factory=dict[str, _PendingRead])
    patience: TimerHandle | None = None
    mean_s: float | None = None

    @property
    def capacity(self) -> float:
        """How much may be asked for as one."""
        return 0 if self.mean_s is None else self.merging.short_s / self.mean_s

    def is_slow(self, count: int) -> bool:
        """Whether a read that asks for so much has nothing to win from going with others."""
        return self.capacity < 2 * count

    def took(self, seconds: float, count: int) -> None:
        """A single one that took much longer had to wait for something else, such as a new connection."""
        mean_s = seconds / count
        self._reckon(mean_s if self.mean_s is None else min(mean_s, _OUTLIER * self.mean_s))

    def failed(self, seconds: float, count: int) -> None:
        """One that failed would have taken longer still; or it failed for another reason, and says nothing."""
        if self.mean_s is not None and seconds / count > self.mean_s:
            self._reckon(seconds / count)

    def _reckon(self, each_s: float) -> None:
        self.mean_s = each_s if self.mean_s is None else self.mean_s + (each_s - self.mean_s) / _EWMA_WINDOW

    def begun(self, key: str) -> None:
        """Takes note of a read that runs."""
        self.asked[key] = self.asked.get(key, 0) + 1

    def ended(self, key: str) -> None:
        """Takes note of a read that has run."""
        self.asked[key] -= 1
        if not self.asked[key]:
            del self.asked[key]

    def taken(self, is_time: bool) -> list[_PendingRead]:
        """The next of those that wait that go as one. Where it is not yet time, what runs already waits for its end:
        until then others may ask for it too.
        """
        capacity, wanted = self.capacity, list[_PendingRead]()
        free = (each for each in self.waiting.values() if is_time or each.key not in self.asked)
        for each in islice(free, self.merging.most):
            if wanted and capacity < each.count:
                break
            capacity -= each.count
            wanted.append(each)
        del wanted[self.merging.batch_size(len(wanted)) if wanted else 0 :]
        for each in wanted:
            del self.waiting[each.key]
        return wanted


class ReadBatcher:
    """Runs statements that can be merged; those of one shape that wait go as one. `read` runs one by itself.

    `is_planned` says whether the database has a plan for a statement, and sees to it that it has one soon: until then
    nobody is kept waiting for what several would make together.
    """

    def __init__(
        self,
        read: Callable[[SingleRowStatement, Parameters], Awaitable[Rows]],
        is_planned: Callable[[SingleRowStatement, Parameters], bool] = lambda _statement, _parameters: True,
    ) -> None:
        self._read = read
        self._is_planned = is_planned
        self._shapes: dict[tuple[str, str], _Group] = {}
        self._tasks: set[Task[list[Rows]]] = set()
        self._is_closed = False
        self._numbers = count()
        self.batched = 0
        """How many reads went with another one."""

    async def close(self) -> None:
        """End what runs for several, and what waits."""
        self._is_closed = True
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for group in self._shapes.values():
            if group.patience is not None:
                group.patience.cancel()
            for each in group.waiting.values():
                for answer in each.answers:
                    answer.cancel()

    async def read(self, statement: SingleRowStatement, parameters: Parameters) -> Rows:
        """The rows of the statement, as if it ran by itself. Who gets them does not change them: others have them too.

        Raises StoreError.
        """
        group = self._shape(statement, parameters)
        amount = group.merging.count(parameters)
        key = repr(parameters) if amount <= _COMPARED else f"#{next(self._numbers)}"
        is_waited_for = key in group.waiting
        can_wait = is_waited_for or key in group.asked or not group.is_slow(amount)
        if self._is_closed or not can_wait or (group.running < _AT_ONCE and not is_waited_for):
            return await self._run_single(group, key, parameters, amount)
        loop = asyncio.get_running_loop()
        wanted = group.waiting.setdefault(key, _PendingRead(key, parameters, amount))
        answer: Future[Rows] = loop.create_future()
        wanted.answers.append(answer)
        if group.patience is None:
            group.patience = loop.call_later(_MAX_WAIT_S, self._send, group, True)
        try:
            return await answer
        except asyncio.CancelledError:
            _cancel_waiter(group, wanted, answer)
            raise

    def _shape(self, statement: SingleRowStatement, parameters: Parameters) -> _Group:
        key = group_key(statement, parameters)
        found = self._shapes.get(key)
        if found is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes = {key: each for key, each in self._shapes.items() if each.running}
            found = self._shapes[key] = _Group(merging(statement))
        return found

    async def _run_single(self, like: _Group, key: str, parameters: Parameters, count: int) -> Rows:
        like.running += 1
        like.begun(key)
        try:
            return await self._timed(like, like.merging.statement, parameters, count)
        finally:
            self._on_done(like, key)

    async def _run(
        self, like: _Group, wanted: Sequence[_PendingRead], statement: SingleRowStatement, parameters: Parameters
    ) -> list[Rows]:
        """What each of them finds, in one statement."""
        rows = await self._timed(like, statement, parameters, sum(each.count for each in wanted))
        return [rows] if len(wanted) == 1 else like.merging.split(rows, [each.parameters for each in wanted])

    async def _timed(self, like: _Group, statement: SingleRowStatement, parameters: Parameters, count: int) -> Rows:
        begun = time.perf_counter()
        try:
            rows = await self._read(statement, parameters)
        except StoreError:
            like.failed(time.perf_counter() - begun, count)
            raise
        like.took(time.perf_counter() - begun, count)
        return rows

    def _on_done(self, like: _Group, *keys: str) -> None:
        """Takes note that a statement has ended, and sends those that wait for that: slow ones waited for it alone."""
        like.running -= 1
        for key in keys:
            like.ended(key)
            same = like.waiting.get(key)
            if same is not None and key not in like.asked and like.is_slow(same.count) and not self._is_closed:
                del like.waiting[key]
                self._dispatch(like, [same], like.merging.statement, same.parameters)
        self._send(like)

    def _send(self, like: _Group, is_time: bool = False) -> None:
        """Sends those that wait, where there is room, or it is time."""
        while (is_time or like.running < _AT_ONCE) and not self._is_closed and (wanted := like.taken(is_time)):
            if len(wanted) > 1:
                statement, parameters = like.merging.merge([each.parameters for each in wanted])
                if self._is_planned(statement, parameters):
                    self._dispatch(like, wanted, statement, parameters)
                    continue
            for each in wanted:
                self._dispatch(like, [each], like.merging.statement, each.parameters)
        if not like.waiting and like.patience is not None:
            like.patience.cancel()
            like.patience = None

    def _dispatch(
        self, like: _Group, wanted: Sequence[_PendingRead], statement: SingleRowStatement, parameters: Parameters
    ) -> None:
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

    def _answered(self, like: _Group, batch: _Batch) -> None:
        task = batch.task
        error = None if task.cancelled() else task.exception()
        is_anybodys = error is not None and len(batch.wanted) > 1 and not _affects_whole_batch(error)
        if error is None and not task.cancelled():
            answers = sum(not answer.done() for each in batch.wanted for answer in each.answers)
            self.batched += max(0, answers - 1)
        for at, each in enumerate(batch.wanted):
            if is_anybodys and each.answers and not self._is_closed:
                self._dispatch(like, [each], like.merging.statement, each.parameters)
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
        self._on_done(like, *(each.key for each in batch.wanted))


def _cancel_waiter(like: _Group, wanted: _PendingRead, answer: Future[Rows]) -> None:
    """Somebody who asked has gone; what nobody asks for any more is ended."""
    wanted.answers.remove(answer)
    if wanted.answers:
        return
    if wanted.batch is None:
        like.waiting.pop(wanted.key, None)
    elif not any(each.answers for each in wanted.batch.wanted):
        wanted.batch.task.cancel()


def _affects_whole_batch(error: BaseException) -> bool:
    """Whether each of those that went together would meet the error. That the time was over may be due to one of them,
    and then the database says so; one that says nothing has fallen silent for all.
    """
    is_silent = isinstance(error, StoreTimeout) and error.__cause__ is None
    return is_silent or isinstance(error, _EVERYBODYS)
