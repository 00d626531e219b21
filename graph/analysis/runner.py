"""Analyses off the event loop: each in a child process, with a bound on its time and memory.

    async with Analyst(store) as analyst:
        snapshot = await analyst.snapshot()
        two_mode = snapshot.two_mode(date(2024, 6, 1))
        scores = await analyst.run(centrality, two_mode, Measure.BETWEENNESS)

A process, not a thread: a thread cannot be ended, and what does not release Python's lock would hold up every request.
A child is started with the first analysis, kept for the next one, and ended when an analysis is cancelled or takes too
long.
"""

import asyncio
import pickle
import sys
from asyncio import IncompleteReadError
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from graph.analysis.progress import ProgressCallback, ignore_progress
from graph.analysis.runner_process import LENGTH, encode_message
from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_reader import SnapshotReader
from graph.errors import AnalysisBusy, AnalysisError, CitygraphError
from graph.store import Store

__all__ = ["AnalysisLimits", "AnalysisRunner"]

P = ParamSpec("P")
T = TypeVar("T")

_GRACE_S: Final = 5.0
"""How much later than its parent the child ends itself."""
_START_TIMEOUT_S: Final = 60.0
_CACHE_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class AnalysisLimits:
    """`time_s` and `memory_mb` bound one analysis, `at_once` how many run; `waiting` how many more may wait."""

    time_s: float = 60.0
    memory_mb: int = 2048
    concurrency: int = 1
    max_waiting: int = 16


class AnalysisRunner:
    """Runs analyses. One for a process; every task may use it at once."""

    def __init__(self, store: Store, limits: AnalysisLimits | None = None) -> None:
        self._limits = limits or AnalysisLimits()
        self._snapshots = SnapshotReader(store)
        self._semaphore = asyncio.Semaphore(self._limits.concurrency)
        self._pending = 0
        self._idle: list[Process] = []
        self._result_cache: OrderedDict[object, object] = OrderedDict()

    async def __aenter__(self) -> "AnalysisRunner":
        return self

    async def __aexit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the children that wait for work. An analysis begun after this starts a new one."""
        while self._idle:
            await _kill(self._idle.pop())

    async def snapshot(self) -> Snapshot:
        """The graph as it is; see `Snapshots.current`. Raises StoreError."""
        return await self._snapshots.current()

    async def run(self, function: Callable[P, T], /, *arguments: P.args, **keywords: P.kwargs) -> T:
        """What a function of `graph.analysis` gives, computed in a child process.

        A `tell` among the arguments is called here, as the work goes on. Cancelling ends the child. Raises what the
        function raises of AnalysisError and QueryError; AnalysisError also where the analysis took longer or wanted
        more memory than it may, AnalysisBusy where too many wait.
        """
        if self._pending >= self._limits.concurrency + self._limits.max_waiting:
            raise AnalysisBusy(
                f"{self._limits.max_waiting} analyses already wait for their turn", hint="try again in a moment"
            )
        self._pending += 1
        try:
            async with self._semaphore:
                on_progress = cast("ProgressCallback", keywords.pop("on_progress", ignore_progress))
                return cast("T", await self._run(encode_message((function, arguments, keywords)), on_progress))
        finally:
            self._pending -= 1

    async def run_cached(
        self,
        function: Callable[Concatenate[Snapshot, P], T],
        snapshot: Snapshot,
        /,
        *arguments: P.args,
        **keywords: P.kwargs,
    ) -> T:
        """As `run`, with a function of a snapshot and of hashable arguments; the last few answers are kept.

        So the pages of a long ranking are computed once.
        """
        key = snapshot.digest, function, arguments, tuple(sorted(keywords.items()))
        if key in self._result_cache:
            self._result_cache.move_to_end(key)
            return cast("T", self._result_cache[key])
        result = await self.run(function, snapshot, *arguments, **keywords)
        self._result_cache[key] = result
        if len(self._result_cache) > _CACHE_SIZE:
            self._result_cache.popitem(last=False)
        return result

    async def _run(self, task: bytes, on_progress: ProgressCallback) -> object:
        process = self._idle.pop() if self._idle else await self._start_process()
        try:
            async with asyncio.timeout(self._limits.time_s):
                message = await _wait_for_result(process, task, on_progress)
        except TimeoutError:
            await _kill(process)
            raise AnalysisError(
                f"the analysis took longer than {self._limits.time_s:g} s and was ended",
                hint="filter by country, theme or kind",
            ) from None
        except (IncompleteReadError, ConnectionError):
            await _kill(process)
            raise self._memory_error() from None
        except BaseException:
            await _kill(process)
            raise
        self._idle.append(process)
        match message:
            case ("result", value):
                return value
            case ("error", kind, message, hint):
                raise cast("type[CitygraphError]", kind)(str(message), hint=str(hint))
            case ("memory",):
                raise self._memory_error()
            case _:
                raise RuntimeError(f"an analysis failed in its process:\n{message[-1]}")

    def _memory_error(self) -> AnalysisError:
        return AnalysisError(
            f"the analysis ended early: it may take {self._limits.memory_mb} MB of memory",
            hint="filter by country, theme or kind",
        )

    async def _start_process(self) -> Process:
        """A child that is ready for its first task: what it imports takes a second that no analysis is to blame for."""
        limits = f"{self._limits.memory_mb}, {self._limits.time_s + _GRACE_S}"
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from graph.analysis.runner_process import main; main({limits})"
        )
        process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-c", program, stdin=PIPE, stdout=PIPE)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                await _read_message(process)
        except (TimeoutError, IncompleteReadError):
            await _kill(process)
            raise AnalysisError(
                "the process for analyses did not start", hint=f"see whether {self._limits.memory_mb} MB suffice for it"
            ) from None
        except BaseException:
            await _kill(process)
            raise
        return process


async def _wait_for_result(process: Process, task: bytes, on_progress: ProgressCallback) -> tuple[object, ...]:
    """The last answer to a task. Raises IncompleteReadError and ConnectionError where the child is gone."""
    assert process.stdin is not None
    process.stdin.write(task)
    await process.stdin.drain()
    while (message := await _read_message(process))[0] == "progress":
        _, done, total = cast("tuple[str, int, int]", message)
        on_progress(done, total)
    return message


async def _read_message(process: Process) -> tuple[object, ...]:
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return cast("tuple[object, ...]", pickle.loads(await process.stdout.readexactly(length)))


async def _kill(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
