"""Combine concurrent reads, so that fewer statements are sent to the database.

The round trip of a short statement takes longer than its execution. Therefore concurrent reads are combined:

- Reads by id are merged into one statement, if only their ids differ.
- Identical reads share one statement.

Reads of the same statement form a group. While two statements of a group are running, further reads of the group wait.
The waiting reads are sent when a running statement finishes, or after `_MAX_WAIT_S` seconds. A read never receives the
rows of a statement that was sent before the read arrived.

Combining slow reads by their ids would save no time. Therefore a slow read is sent immediately, with one exception: if
an identical read is running or waiting, the slow read waits and shares a statement with other identical reads.

Expensive operations use separate batchers, each of which has a lane. A lane is a semaphore that limits how many
statements of the batcher run concurrently. Every statement acquires the semaphore once, even if it combines several
reads. In a batcher with a lane, waiting reads are sent only when a running statement of the group finishes, and not
after `_MAX_WAIT_S` seconds.
"""

import asyncio
import time
from asyncio import Future, Task, TimerHandle
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, cast

from graph.errors import StoreBusy, StoreDenied, StoreTimeout, StoreUnavailable
from graph.store.semaphore import BoundedSemaphore
from graph.store.statement import Statement

__all__ = ["GROUPS_BYTES", "Charge", "Parameters", "ReadBatcher", "Rows", "SingleRowStatement"]

Rows = list[dict[str, object]]
Parameters = Mapping[str, object]
SingleRowStatement = Statement[dict[str, object]]
Charge = Callable[[float], None]
"""A function that subtracts the database time of one read, in seconds, from a client's budget.

If a statement combines several reads, the duration of the statement is divided among the reads in proportion to their
numbers of ids. The duration does not include the wait for a semaphore. The function is called even if the read was
cancelled after its statement had been sent.
"""

_LIMIT: Final = 2
"""Maximum number of statements of a group (see `_Group`) that run concurrently.

While this number of statements run, further reads of the group wait. Slow reads do not wait.
"""
_MAX_WAIT_S: Final = 0.05
_TARGET_S: Final = 0.05
"""Maximum expected duration, in seconds, of a statement that combines several reads.

A read does not join a batch if the expected duration of the batch would exceed this limit.
"""
_SMOOTHING: Final = 0.2
GROUPS_BYTES: Final = 4 << 20
_GROUP_BYTES: Final = 1_024
"""Estimated memory of one group, in bytes, without the text of its statement. A group contains reads of one statement.

`GROUPS_BYTES` limits the memory of all groups. `bench/memory.py` measures the memory of a group.
"""

_SHARED_ERRORS: Final = (StoreUnavailable, StoreBusy, StoreDenied)
"""Errors of the database connection. They affect every read of a batch.

Any other error may be caused by a single read.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A request by one caller to run a statement with certain parameters.

    `size` is the number of ids in the parameters, or 1 if the statement has no id parameters. `charge` is called with
    the database time of the read.
    """

    parameters: Parameters
    size: int
    charge: Charge | None


@dataclass(slots=True, eq=False)
class _Batch:
    """Reads that are sent as one statement.

    Only reads with the same `key` share a batch. If the statement has id parameters, all reads of the statement can be
    merged, and `key` is "". Otherwise `key` is the text of the parameters. `reads` is a dict that contains every read
    of the batch. The key of a read is the future that will contain its rows.
    """

    key: str
    reads: dict[Future[Rows], _Read] = field(default_factory=dict[Future[Rows], _Read])
    size: int = 0
    """The sum of `_Read.size` over all reads of the batch."""
    sent: int = 0
    """The number of reads in the batch when it was sent, or 0 if it has not been sent."""
    task: Task[None] | None = None


@dataclass(slots=True, eq=False)
class _Group:
    """The running and waiting reads of the same statement.

    If the statement has id parameters, the reads of a group differ only in the ids. All other parameters are equal.
    """

    statement: SingleRowStatement
    running: list[str] = field(default_factory=list[str])
    """The keys (see `_Batch`) of all batches and single reads whose statement is running."""
    waiting: deque[_Batch] = field(default_factory=deque[_Batch])
    timer: TimerHandle | None = None
    mean_s: float = _TARGET_S
    """Moving average of the duration of the statement, in seconds. If the statement has id parameters, it is the
    duration per id.

    The initial value is high, so that reads are sent immediately until a duration has been measured.
    """

    def is_fast(self, size: int) -> bool:
        return size * self.mean_s <= _TARGET_S

    def took(self, seconds: float, size: int) -> None:
        self.mean_s += _SMOOTHING * (seconds / size - self.mean_s)

    def waiting_batch(self, key: str, size: int) -> _Batch | None:
        """Return a waiting batch with this key that has room for `size` more ids, or None if there is no such batch."""
        fits = self.is_fast if self.statement.id_parameters else bool
        return next((batch for batch in self.waiting if batch.key == key and fits(batch.size + size)), None)


class ReadBatcher:
    """A batcher, which combines concurrent reads. Each read runs a statement that returns a single row.

    The callback `read` executes one statement. If `lane`, a semaphore, is not None, every statement acquires it before
    the statement is executed.
    """

    def __init__(
        self,
        read: Callable[[SingleRowStatement, Parameters], Awaitable[Rows]],
        lane: BoundedSemaphore | None = None,
    ) -> None:
        self._read = read
        self._lane = lane
        self._groups: dict[tuple[str, str], _Group] = {}
        self._groups_bytes = 0
        self._tasks: set[Task[None]] = set()
        self._is_closed = False
        self.batched = 0
        """The number of round trips saved: the sum of (reads − 1) over all statements that combined several reads."""

    async def close(self) -> None:
        """Cancel the running batches and all waiting reads."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for group in self._groups.values():
            if group.timer is not None:
                group.timer.cancel()
            for batch in group.waiting:
                for rows in batch.reads:
                    rows.cancel()

    async def read(self, statement: SingleRowStatement, parameters: Parameters, charge: Charge | None = None) -> Rows:
        """Return the rows of the statement. Raises StoreError.

        The caller must not modify the rows, because other callers may receive the same list. `charge` is called with
        the database time of the read, even if an error is raised.
        """
        by_id = bool(statement.id_parameters)
        group = self._group(statement, parameters)
        size = _count_ids(statement, parameters) if by_id else 1
        read = _Read(parameters, size, charge)
        key = "" if by_id else repr(parameters)
        batch = group.waiting_batch(key, size)
        is_alike = batch is not None or (not by_id and key in group.running)
        can_start = batch is None and len(group.running) < _LIMIT
        if self._is_closed or can_start or not (is_alike or group.is_fast(2 * size)):
            return await self._run_alone(group, read, key)
        batch = batch or self._new_batch(group, key)
        rows: Future[Rows] = asyncio.get_running_loop().create_future()
        batch.reads[rows] = read
        batch.size += size
        try:
            return await rows
        except asyncio.CancelledError:
            del batch.reads[rows]
            batch.size -= size
            if batch.task is not None and not batch.reads:
                batch.task.cancel()
            raise
        except Exception as error:
            if self._is_closed or batch.sent == 1 or not by_id or _is_shared(error):
                raise
        return await self._run_alone(group, read, key)

    def _group(self, statement: SingleRowStatement, parameters: Parameters) -> _Group:
        fixed = [(name, value) for name, value in parameters.items() if name not in statement.id_parameters]
        key = statement.text, repr(fixed) if fixed and statement.id_parameters else ""
        group = self._groups.get(key)
        if group is None:
            if self._groups_bytes > GROUPS_BYTES:
                self._groups = {key: group for key, group in self._groups.items() if group.running}
                self._groups_bytes = sum(map(_memory_bytes, self._groups))
            group = self._groups[key] = _Group(statement)
            self._groups_bytes += _memory_bytes(key)
        return group

    def _new_batch(self, group: _Group, key: str) -> _Batch:
        if group.timer is None and self._lane is None:
            group.timer = asyncio.get_running_loop().call_later(_MAX_WAIT_S, self._send_waiting, group, True)
        group.waiting.append(batch := _Batch(key))
        return batch

    def _send_waiting(self, group: _Group, is_time: bool = False) -> None:
        """Send waiting batches, as long as fewer than `_LIMIT` statements of the group run.

        If `is_time` is true, the maximum waiting time has passed, and all waiting batches are sent.
        """
        while group.waiting and (is_time or len(group.running) < _LIMIT) and not self._is_closed:
            batch = group.waiting.popleft()
            if batch.reads:
                group.running.append(batch.key)
                batch.task = asyncio.create_task(self._run_batch(group, batch))
                self._tasks.add(batch.task)
                batch.task.add_done_callback(partial(self._end_batch, group, batch))
        if not group.waiting and group.timer is not None:
            group.timer.cancel()
            group.timer = None

    async def _run_batch(self, group: _Group, batch: _Batch) -> None:
        reads = dict(batch.reads)
        batch.sent = len(reads)
        try:
            parameters = [read.parameters for read in reads.values()]
            found = await self._run(group, _merge(group.statement, parameters), list(reads.values()))
            parts = _split(group.statement, found, parameters)
        except Exception as error:
            for rows in reads:
                if not rows.done():
                    rows.set_exception(error)
            return
        answered = [(rows, part) for rows, part in zip(reads, parts, strict=True) if not rows.done()]
        for rows, part in answered:
            rows.set_result(part)
        self.batched += max(0, len(answered) - 1)

    def _end_batch(self, group: _Group, batch: _Batch, task: Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            for rows in batch.reads:
                rows.cancel()
        self._end(group, batch.key)

    async def _run_alone(self, group: _Group, read: _Read, key: str) -> Rows:
        group.running.append(key)
        try:
            return await self._run(group, read.parameters, [read])
        finally:
            self._end(group, key)

    async def _run(self, group: _Group, parameters: Parameters, reads: Sequence[_Read]) -> Rows:
        """Run the statement once for all `reads`, and return its rows.

        `parameters` are the merged parameters of all reads. Calls the function `charge` of each read with the database
        time of the read.
        """

        async def work() -> Rows:
            begun = time.perf_counter()
            try:
                return await self._read(group.statement, parameters)
            finally:
                seconds, size = time.perf_counter() - begun, sum(read.size for read in reads)
                group.took(seconds, size if group.statement.id_parameters else 1)
                for read in reads:
                    if read.charge is not None:
                        read.charge(seconds * read.size / size)

        return await (work() if self._lane is None else self._lane.run(group.statement.name, work))

    def _end(self, group: _Group, key: str) -> None:
        group.running.remove(key)
        self._send_waiting(group)


def _memory_bytes(key: tuple[str, str]) -> int:
    return sum(map(len, key)) + _GROUP_BYTES


def _count_ids(statement: SingleRowStatement, parameters: Parameters) -> int:
    """Return the number of ids in the parameters, or 1 if the parameters contain no ids."""
    return sum(len(cast("list[str]", parameters[name])) for name in statement.id_parameters) or 1


def _merge(statement: SingleRowStatement, reads: Sequence[Parameters]) -> Parameters:
    """Return the parameters of one statement that returns the rows of all reads.

    A parameter that is a list of ids contains the ids of all reads, each id once. Other parameters are equal in all
    reads.
    """
    merged = dict(reads[0])
    for key in statement.id_parameters:
        ids = cast("list[list[str]]", [read[key] for read in reads])
        merged[key] = list(dict.fromkeys(node_id for some in ids for node_id in some))
    return merged


def _split(statement: SingleRowStatement, rows: Rows, reads: Sequence[Parameters]) -> list[Rows]:
    """Split the rows of a statement that combined several reads. Return a list of rows for each read.

    May raise any exception, for example KeyError, if the rows do not have the declared shape.
    """
    if not statement.id_parameters or len(reads) == 1:
        return [rows] * len(reads)
    parts = cast("list[list[list[object]]]", rows[0]["answer"])
    found = [
        (key, {cast("str", node[0]): node for node in part})
        for key, part in zip(statement.id_parameters, parts, strict=True)
    ]
    return [
        [{"answer": [[by_id[one] for one in cast("list[str]", read[key]) if one in by_id] for key, by_id in found]}]
        for read in reads
    ]


def _is_shared(error: Exception) -> bool:
    """Return whether an error affects all reads of a batch, and not only the read that caused the error.

    If the database reports a timeout, a single slow read may be the cause, so the result is False. If the database does
    not respond at all, the result is True.
    """
    is_silent = isinstance(error, StoreTimeout) and error.__cause__ is None
    return is_silent or isinstance(error, _SHARED_ERRORS)
