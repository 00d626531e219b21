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
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from cachetools import LRUCache

from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.runner_process import LENGTH, encode_message
from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_reader import Snapshots
from graph.errors import AnalysisBusy, AnalysisError, CitygraphError
from graph.store import Store

__all__ = ["AnalysisLimits", "AnalysisRunner"]

P = ParamSpec("P")
T = TypeVar("T")

_GRACE_S: Final = 5.0
"""How much later than its parent the child ends itself."""
_START_S: Final = 60.0
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class AnalysisLimits:
    """`time_s` and `memory_mb` bound one analysis, `at_once` how many run; `waiting` how many more may wait."""

    time_s: float = 60.0
    memory_mb: int = 2048
    at_once: int = 1
    waiting: int = 16


class AnalysisRunner:
    """Runs analyses. One for a process; every task may use it at once."""

    def __init__(self, store: Store, limits: AnalysisLimits | None = None) -> None:
        self._limits = limits or AnalysisLimits()
        self._snapshots = Snapshots(store)
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._asked = 0
        self._idle: list[Process] = []
        self._result_cache: LRUCache[object, object] = LRUCache(_KEPT)

    async def __aenter__(self) -> "AnalysisRunner":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the children that wait for work. An analysis begun after this starts a new one."""
        while self._idle:
            await _end(self._idle.pop())

    async def snapshot(self) -> Snapshot:
        """The graph as it is; see `Snapshots.current`. Raises StoreError."""
        return await self._snapshots.current()

    async def run(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
        """What a function of `graph.analysis` gives, computed in a child process.

        A `tell` among the arguments is called here, as the work goes on. Cancelling ends the child. Raises what the
        function raises of AnalysisError and QueryError; AnalysisError also where the analysis took longer or wanted
        more memory than it may, AnalysisBusy where too many wait.
        """
        if self._asked >= self._limits.at_once + self._limits.waiting:
            raise AnalysisBusy(
                f"{self._limits.waiting} analyses already wait for their turn", hint="retry in a few seconds"
            )
        self._asked += 1
        try:
            async with self._turns:
                tell = cast("ProgressCallback", named.pop("tell", no_progress_callback))
                return cast("T", await self._run(encode_message((function, arguments, named)), tell))
        finally:
            self._asked -= 1

    async def run_cached(
        self,
        function: Callable[Concatenate[Snapshot, P], T],
        snapshot: Snapshot,
        /,
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        """As `run`, with a function of a snapshot and of hashable arguments; the last few answers are kept.

        So the pages of a long ranking are computed once.
        """
        key = snapshot.digest, function, arguments, tuple(sorted(named.items()))
        if key in self._result_cache:
            return cast("T", self._result_cache[key])
        found = await self.run(function, snapshot, *arguments, **named)
        self._result_cache[key] = found
        return found

    async def _run(self, task: bytes, tell: ProgressCallback) -> object:
        child = self._idle.pop() if self._idle else await self._started()
        try:
            async with asyncio.timeout(self._limits.time_s):
                answer = await _wait_for_result(child, task, tell)
        except TimeoutError:
            await _end(child)
            raise AnalysisError(
                f"the analysis took longer than {self._limits.time_s:g} s and was ended",
                hint="filter by country, theme or kind",
            ) from None
        except (IncompleteReadError, ConnectionError):
            await _end(child)
            raise self._too_large() from None
        except BaseException:
            await _end(child)
            raise
        self._idle.append(child)
        match answer:
            case ("result", value):
                return value
            case ("error", kind, message, hint):
                raise cast("type[CitygraphError]", kind)(str(message), hint=str(hint))
            case ("memory",):
                raise self._too_large()
            case _:
                raise RuntimeError(f"an analysis failed in its process:\n{answer[-1]}")

    def _too_large(self) -> AnalysisError:
        return AnalysisError(
            f"the analysis ended early: it may take {self._limits.memory_mb} MB of memory",
            hint="filter by country, theme or kind",
        )

    async def _started(self) -> Process:
        """A child that is ready for its first task: what it imports takes a second that no analysis is to blame for."""
        limits = f"{self._limits.memory_mb}, {self._limits.time_s + _GRACE_S}"
        program = (
            f"import sys; sys.path[:] = {sys.path!r}; from graph.analysis.runner_process import main; main({limits})"
        )
        child = await asyncio.create_subprocess_exec(sys.executable, "-P", "-c", program, stdin=PIPE, stdout=PIPE)
        try:
            async with asyncio.timeout(_START_S):
                await _message(child)
        except (TimeoutError, IncompleteReadError):
            await _end(child)
            raise AnalysisError(
                "the process for analyses did not start", hint=f"see whether {self._limits.memory_mb} MB suffice for it"
            ) from None
        except BaseException:
            await _end(child)
            raise
        return child


async def _wait_for_result(child: Process, task: bytes, tell: ProgressCallback) -> tuple[object, ...]:
    """The last answer to a task. Raises IncompleteReadError and ConnectionError where the child is gone."""
    assert child.stdin is not None
    child.stdin.write(task)
    await child.stdin.drain()
    while (answer := await _message(child))[0] == "progress":
        _, done, of = cast("tuple[str, int, int]", answer)
        tell(done, of)
    return answer


async def _message(child: Process) -> tuple[object, ...]:
    assert child.stdout is not None
    (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
    return cast("tuple[object, ...]", pickle.loads(await child.stdout.readexactly(length)))


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()
