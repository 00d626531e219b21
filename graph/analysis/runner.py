"""Run analyses in child processes, with time and memory limits.

    async with AnalysisRunner(store) as runner:
        snapshot = await runner.snapshot()
        two_mode = snapshot.two_mode(date(2024, 6, 1))
        scores = await runner.run(centrality, two_mode, CentralityMeasure.BETWEENNESS)

Analyses do not run in threads, because a thread cannot be killed, and code that holds the GIL would block all requests.
The first analysis starts a child process, and later analyses reuse it. The child process is killed if an analysis is
cancelled or exceeds its time limit.
"""

import asyncio
import pickle
import sys
import time
from asyncio import Future, IncompleteReadError
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from signal import Signals
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar, cast, runtime_checkable

from cachetools import LRUCache

from graph.analysis.runner_process import LENGTH, Encoded, encode_message
from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_reader import SnapshotReader
from graph.analysis.subset_size import SubsetCounts
from graph.child_processes import kill
from graph.errors import AnalysisBusy, AnalysisError, AnalysisTimeout, CitygraphError
from graph.progress import ProgressCallback, no_progress
from graph.store import Store

__all__ = ["RESULTS_BYTES", "AnalysisLimits", "AnalysisRunner", "Measured"]

P = ParamSpec("P")
T = TypeVar("T")

_GRACE_S: Final = 5.0
"""Time, in seconds, that a child process may exceed its time limit before it exits by itself.

Usually, the parent process kills it earlier.
"""
_START_TIMEOUT_S: Final = 60.0
_EXIT_S: Final = 1.0
"""Time limit in seconds for a child process to exit after it has closed its output."""
_KILLED_BY: Final = (Signals.SIGKILL, Signals.SIGTERM, Signals.SIGINT, Signals.SIGHUP)
"""The signals that kill a process. They are sent by the system if memory is short, or by a person."""
_MODULES: Final = ("scipy.sparse.linalg", "scipy.special")
RESULTS_BYTES: Final = 64 << 20
"""Maximum memory of the cached results, in bytes."""
_UNPICKLED: Final = 4
"""Assumed ratio of the memory of a result to the size of its pickle. The ratio is typical of lists of small objects.

A result that consists of arrays takes as much memory as its pickle. Such a result states its memory: see `Measured`.
"""


@runtime_checkable
class Measured(Protocol):
    """A result of an analysis that states its own memory."""

    @property
    def nbytes(self) -> int:
        """The memory of the result in bytes."""
        ...


@dataclass(frozen=True, slots=True)
class AnalysisLimits:
    """Limits of an `AnalysisRunner`.

    `time_s` (seconds) and `memory_mb` (MiB) limit one analysis. `concurrency` is the maximum number of analyses that
    run concurrently. `max_waiting` is the maximum number of analyses that wait. Both maxima apply separately to the
    analyses for the server's own web pages. See `AnalysisRunner.using`.
    """

    time_s: float = 60.0
    memory_mb: int = 2048
    concurrency: int = 1
    max_waiting: int = 16


@dataclass(slots=True)
class _Child:
    """A child process. `received` is the key of the last `Encoded` argument that was sent to the process."""

    process: Process
    received: str | None = None

    def encode(self, function: Callable[..., object], arguments: tuple[object, ...], keywords: object) -> bytes:
        """Return a task as a message to the process.

        If consecutive tasks have the same snapshot, only the first message contains the snapshot.
        """
        sent: list[object] = []
        for argument in arguments:
            if isinstance(argument, Encoded):
                is_received, self.received = argument.key == self.received, argument.key
                sent.append(replace(argument, data=None) if is_received else argument)
            else:
                sent.append(argument)
        return encode_message((function, tuple(sent), keywords))


class _Queue:
    """A queue of analyses. Only a limited number of analyses run concurrently, and the remaining analyses wait."""

    def __init__(self, limits: AnalysisLimits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.concurrency)
        self._pending = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Wait on entry until an analysis may run. The caller runs the analysis inside the `with` block.

        Raises AnalysisBusy if too many analyses wait.
        """
        if self._pending >= self._limits.concurrency + self._limits.max_waiting:
            raise AnalysisBusy(
                f"too many analyses: {self._limits.max_waiting} are already waiting", hint="retry in a few seconds"
            )
        self._pending += 1
        try:
            async with self._places:  # a running analysis releases it within the time limit
                yield
        finally:
            self._pending -= 1


class AnalysisRunner:
    """A runner of analyses in child processes. Tasks of one event loop can use it concurrently."""

    def __init__(
        self, store: Store | None, limits: AnalysisLimits | None = None, modules: Sequence[str] = _MODULES
    ) -> None:
        """Create a runner. Without a store, the method `snapshot` must not be called.

        `modules` contains the names of the modules that a child process imports at its start.
        """
        self._limits = limits or AnalysisLimits()
        self._modules = tuple(modules)
        self._snapshots = SnapshotReader(store) if store is not None else None
        self._queue, self._own_queue = _Queue(self._limits), _Queue(self._limits)
        self._charge: Callable[[float], None] | None = None
        self._idle: list[_Child] = []
        self._encodings: LRUCache[str, Future[Encoded]] = LRUCache(1)
        self._result_cache: LRUCache[object, _Result] = LRUCache(RESULTS_BYTES, lambda result: result.memory_bytes)

    async def __aenter__(self) -> "AnalysisRunner":
        return self

    async def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Kill the idle child processes and cancel a running read of a snapshot.

        A later analysis starts a new process.
        """
        if self._snapshots is not None:
            await self._snapshots.close()
        while self._idle:
            await kill(self._idle.pop().process)

    def using(self, charge: Callable[[float], None], *, is_own: bool) -> "AnalysisRunner":
        """Return a runner for one operation. It shares the snapshots, processes and cached results of this runner.

        `charge` is called with the duration of every analysis in seconds, without the time in the queue. If `is_own` is
        true, the operation is a query of one of the server's own web pages. Its analyses then wait in a separate queue,
        so that analyses of clients do not delay web pages.
        """
        runner = copy(self)
        runner._charge = charge
        if is_own:
            runner._queue = self._own_queue
        return runner

    async def warm_up(self) -> None:
        """Read and encode the snapshot and start one child process, so that the first analysis need not wait.

        Raises StoreError and AnalysisError.
        """
        await self._encode(await self.snapshot())
        async with self._queue.place():
            if not self._idle:
                self._idle.append(_Child(await self._start_process()))

    async def snapshot(self) -> Snapshot:
        """Return the snapshot of the current graph revision: the cities, collaborations and ties that analyses read.

        Raises StoreError. See `SnapshotReader.current`.
        """
        assert self._snapshots is not None, "the runner has no store"
        return await self._snapshots.current()

    def subset_counts(self) -> SubsetCounts | None:
        """Return an object that counts the nodes and ties of any subset, or None if no snapshot has been read yet.

        The object uses the last snapshot that was read. The graph may have changed since then.
        """
        return None if self._snapshots is None else self._snapshots.counts

    async def run(self, function: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> T:
        """Call a function of `graph.analysis` in a child process and return its result.

        The callback `on_progress` is called in the parent process. If the call is cancelled, the child process is
        killed. An AnalysisError or QueryError of the function is raised again. Also raises AnalysisError if the
        function exceeds the time or memory limit, and AnalysisBusy if too many analyses wait.
        """
        return cast("T", (await self._run_or_wait(function, arguments, keywords)).value)

    async def _run_or_wait(
        self, function: Callable[..., object], arguments: tuple[object, ...], keywords: dict[str, object]
    ) -> "_Result":
        on_progress = cast("ProgressCallback", keywords.pop("on_progress", no_progress))
        async with self._queue.place():
            return await self._run(function, arguments, keywords, on_progress)

    async def run_cached(
        self,
        function: Callable[Concatenate[Snapshot, P], T],
        snapshot: Snapshot,
        /,
        *arguments: P.args,
        **keywords: P.kwargs,
    ) -> T:
        """Call a function in a child process and cache the result. The function's first argument is the snapshot.

        The cache allows the pages of a sorted result to share one computation. The arguments must be hashable. Raises
        the same errors as `run`.
        """
        key = snapshot.digest, function, arguments, tuple(sorted(keywords.items()))
        result = self._result_cache.get(key)
        if result is None:
            result = await self._run_or_wait(function, (await self._encode(snapshot), *arguments), keywords)
            key_bytes = len(pickle.dumps((arguments, keywords))) * _UNPICKLED
            result = replace(result, memory_bytes=result.memory_bytes + key_bytes)
            if result.memory_bytes <= RESULTS_BYTES:
                self._result_cache[key] = result
        return cast("T", result.value)

    async def _encode(self, snapshot: Snapshot) -> Encoded:
        """Return the snapshot encoded as an argument of a task.

        Encoding a large snapshot takes long. Therefore the last encoded snapshot is cached, and concurrent callers wait
        for the same encoding. The encoding continues if the callers are cancelled.
        """
        encoding = self._encodings.get(snapshot.digest)
        if encoding is None or (encoding.done() and (encoding.cancelled() or encoding.exception() is not None)):
            encoding = asyncio.ensure_future(asyncio.to_thread(Encoded.of, snapshot.digest, snapshot))
            self._encodings[snapshot.digest] = encoding
        return await asyncio.shield(encoding)

    async def _run(
        self,
        function: Callable[..., object],
        arguments: tuple[object, ...],
        keywords: dict[str, object],
        on_progress: ProgressCallback,
    ) -> "_Result":
        child = self._idle.pop() if self._idle else _Child(await self._start_process())
        process, start = child.process, time.perf_counter()
        try:
            async with asyncio.timeout(self._limits.time_s):
                task = child.encode(function, arguments, keywords)
                message, size = await _wait_for_result(process, task, on_progress)
        except TimeoutError:
            await kill(process)
            raise AnalysisTimeout(
                f"the analysis exceeded its time limit of {self._limits.time_s:g} s",
                hint="filter by country, theme or kind, or use fewer trials if the analysis has an argument for them",
            ) from None
        except (IncompleteReadError, ConnectionError):
            code = None
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_EXIT_S):
                        code = await process.wait()
            finally:
                await kill(process)
            raise self._exit_error(code) from None
        except BaseException:
            await kill(process)
            raise
        finally:
            if self._charge is not None:
                self._charge(time.perf_counter() - start)
        self._idle.append(child)
        match message:
            case ("result", value):
                return _Result(value, value.nbytes if isinstance(value, Measured) else size * _UNPICKLED)
            case ("error", kind, message, hint):
                raise cast("type[CitygraphError]", kind)(str(message), hint=cast("str", hint))
            case ("memory",):
                child.received = None  # the memory may not have sufficed for the argument
                raise self._memory_error()
            case _:
                child.received = None  # the argument may not have been decoded
                raise RuntimeError(f"the analysis failed in the child process:\n{message[-1]}")

    def _exit_error(self, code: int | None) -> AnalysisError:
        """Return the error for a child process that closed its output during an analysis.

        `code` is the exit code of the process, or None if the process did not exit within `_EXIT_S`.
        """
        if code is None or -code not in _KILLED_BY:
            return self._memory_error()  # an allocation outside Python failed
        return AnalysisError(
            f"the process of the analysis was killed by {Signals(-code).name}",
            hint="if no person did, the machine has too little free memory: filter by country, theme or kind",
        )

    def _memory_error(self) -> AnalysisError:
        return AnalysisError(
            f"the analysis exceeded its memory limit of {self._limits.memory_mb} MB",
            hint="filter by country, theme or kind",
        )

    async def _start_process(self) -> Process:
        """Start a child process and wait until its imports are done.

        The time of the imports is then not part of the time limit of the first analysis.
        """
        arguments = f"{self._limits.memory_mb}, {self._limits.time_s + _GRACE_S}, {self._modules}"
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from graph.analysis.runner_process import main; main({arguments})"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-c", program, stdin=PIPE, stdout=PIPE)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await _read_message(process)
        except (TimeoutError, IncompleteReadError):
            await kill(process)
            raise AnalysisError(
                "the analysis process did not start",
                hint=f"check whether {self._limits.memory_mb} MB of memory suffice",
            ) from None
        except BaseException:
            await kill(process)
            raise
        return process


@dataclass(frozen=True, slots=True)
class _Result:
    """The result of an analysis, and the memory that it takes in the cache."""

    value: object
    memory_bytes: int


async def _wait_for_result(
    process: Process, task: bytes, on_progress: ProgressCallback
) -> tuple[tuple[object, ...], int]:
    """Send the task to the child process, and return its final message and the size of the pickled message in bytes.

    Raises IncompleteReadError or ConnectionError if the process exited.
    """
    assert process.stdin is not None
    process.stdin.write(task)
    await process.stdin.drain()
    while True:
        message, size = await _read_message(process)
        if message[0] != "progress":
            return message, size
        _, done, total = cast("tuple[str, int, int]", message)
        on_progress(done, total)


async def _read_message(process: Process) -> tuple[tuple[object, ...], int]:
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return cast("tuple[object, ...]", pickle.loads(await process.stdout.readexactly(length))), length
