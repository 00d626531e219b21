"""Several processes that answer requests on one socket, watched by one that does nothing else.

The first is started alone: it starts the embedded database where there is none and loads the seeds; the others, started
when it answers, join the database. One that ends is started again. Where it was the one that ran the embedded
database, another one takes that over (`graph.store.database`).
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
import typer

from api.cli.errors import print_error
from api.logging import configure_logging
from api.settings import Settings
from graph.errors import CitygraphError

# The rest is imported by the processes that answer: the one that only watches them stays small.
if TYPE_CHECKING:
    from api.cli.runtime import ShutdownSignal
    from graph.store import Store

__all__ = ["run_workers", "serve_app"]

_log: Final = structlog.stdlib.get_logger("citygraph.workers")

_HEALTHY_AFTER_S: Final = 10.0
"""Who ran this long before it ended is started again at once; others after a pause that doubles up to this."""
_BACKOFF_S: Final = 0.5
_END_S: Final = 20.0
"""How long a worker may take to end, beyond what its requests may, before it is killed."""


async def serve_app(
    stop: "ShutdownSignal",
    settings: Settings,
    seeds: Path | None,
    taken: socket.socket,
    ready: Callable[[], None],
    worker: int | None = None,
) -> None:
    """Opens the database and answers requests until told to stop. Raises CitygraphError."""
    from api.cli.progress import ProgressBar

    with ProgressBar() as bars:
        bars.begin("starting the database", None)
        async with _open_store_task(settings) as opening:
            # To import what GraphQL needs takes nearly as long as the embedded database takes to start.
            server = await asyncio.to_thread(import_module, "api.http.server")
            app = await asyncio.to_thread(import_module, "api.app")
            application = app.create_app(settings, seeds=seeds, progress=bars, worker=worker, opening=opening)
            async with application.router.lifespan_context(application):
                bars.stop()
                serving = server.Server(application, settings, ready)
                if application.state.metrics is not None:
                    serving.register_metrics(application.state.metrics)
                stop.on_stop = serving.stop
                _freeze_gc()
                await serving.serve(sockets=[taken])


def _freeze_gc() -> None:
    """Tell the garbage collector that what was made so far stays: to go through all of it takes a tenth of a second, in
    which nobody is answered.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _open_store_task(settings: Settings) -> AsyncGenerator["asyncio.Task[Store]"]:
    """The database while it is opened, for whoever needs it to wait for; closed, or no longer opened, on leaving."""
    from graph.store import Store

    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(stack.enter_async_context(Store.open(settings.store())))
        try:
            yield opening
        finally:
            opening.cancel()
            await asyncio.wait([opening])


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    ready_pipe: Connection
    begun: float
    ready: bool = False


class Supervisor:
    """Keeps the workers running until a signal comes."""

    def __init__(self, settings: Settings, seeds: Path | None, taken: socket.socket, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._seeds = seeds
        self._taken = taken
        self._ready: Callable[[], None] | None = ready
        self._workers: dict[int, _Worker] = {}
        self._again_at: dict[int, float] = {}
        self._pauses: dict[int, float] = {}
        self._context = get_context("spawn")

    def run(self, stopping: Connection) -> None:
        """Returns when `stopping` can be read. Raises Exit where the workers could not begin."""
        self._start(1, self._seeds)
        while True:
            watched = [stopping, *(each.process.sentinel for each in self._workers.values())]
            watched += [each.ready_pipe for each in self._workers.values() if not each.ready]
            due = min(self._again_at.values(), default=None)
            found = wait(watched, None if due is None else max(0.0, due - time.monotonic()))
            if stopping in found:
                return
            for number, worker in list(self._workers.items()):
                if not worker.ready and worker.ready_pipe in found:
                    self._on_ready(worker)
                if worker.process.sentinel in found:
                    self._on_exit(number, worker)
            for number in [each for each, at in self._again_at.items() if at <= time.monotonic()]:
                del self._again_at[number]
                self._start(number, None)

    def _start(self, number: int, seeds: Path | None) -> None:
        mine, its = self._context.Pipe(duplex=False)
        arguments = (number, self._settings, seeds, self._taken, its)
        process = self._context.Process(target=_worker, args=arguments, name=f"citygraph-worker-{number}")
        process.start()
        its.close()
        self._workers[number] = _Worker(process, mine, time.monotonic())

    def _on_ready(self, worker: _Worker) -> None:
        try:
            worker.ready_pipe.recv_bytes()
        except EOFError:  # it ended first
            return
        worker.ready = True
        for number in range(2, self._settings.workers + 1):
            if number not in self._workers and number not in self._again_at:
                self._start(number, None)
        everyone = len(self._workers) == self._settings.workers and all(each.ready for each in self._workers.values())
        if everyone and self._ready is not None:
            self._ready()
            self._ready = None

    def _on_exit(self, number: int, worker: _Worker) -> None:
        worker.process.join()
        code = worker.process.exitcode
        self._close(number)
        if self._ready is not None and not worker.ready:
            raise typer.Exit(code if code and code > 0 else 1)
        steady = time.monotonic() - worker.begun >= _HEALTHY_AFTER_S
        pause = 0.0 if steady else self._pauses.get(number, 0.0)
        self._pauses[number] = min(_HEALTHY_AFTER_S, 2 * pause or _BACKOFF_S)
        self._again_at[number] = time.monotonic() + pause
        _log.error("a worker ended and is started again", worker=number, exit_code=code, after_s=pause)

    def _close(self, number: int) -> None:
        worker = self._workers.pop(number)
        worker.ready_pipe.close()
        worker.process.close()

    def end(self) -> None:
        """Ends the workers in order, the first one last: the others use the embedded database that it runs."""
        numbers = sorted(self._workers, reverse=True)
        for group in ([each for each in numbers if each != 1], [each for each in numbers if each == 1]):
            for each in group:
                self._workers[each].process.terminate()
            give_up_at = time.monotonic() + self._settings.shutdown_s + _END_S
            for each in group:
                process = self._workers[each].process
                process.join(max(0.0, give_up_at - time.monotonic()))
                if process.exitcode is None:
                    _log.error("a worker did not end and is killed", worker=each)
                    process.kill()
                    process.join()
                self._close(each)


def run_workers(settings: Settings, seeds: Path | None, taken: socket.socket, ready: Callable[[], None]) -> None:
    """Answers requests with as many processes as the settings say, until SIGINT or SIGTERM.

    Calls `ready` when all answer. A second signal ends this process at once; the workers then end by themselves. Raises
    Exit, with a worker's exit code, where one cannot begin; it has told why.
    """
    supervisor = Supervisor(settings, seeds, taken, ready)
    stopping, stop = get_context("spawn").Pipe(duplex=False)

    def received(_number: int, _frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_DFL)
        stop.send_bytes(b"stop")

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, received)
    try:
        supervisor.run(stopping)
    finally:
        supervisor.end()


def _worker(number: int, settings: Settings, seeds: Path | None, taken: socket.socket, told: Connection) -> None:
    """The life of one worker, in a process of its own."""
    from api.cli.runtime import run_until_signal

    os.setpgid(0, 0)  # Ctrl-C is the supervisor's: it ends the workers in order
    configure_logging(settings.log_level, settings.log_format, production=settings.production, worker=number)
    parent = parent_process()
    assert parent is not None

    async def work(until: "ShutdownSignal") -> None:
        loop = asyncio.get_running_loop()

        def orphaned() -> None:
            loop.remove_reader(parent.sentinel)
            until.on_stop()

        loop.add_reader(parent.sentinel, orphaned)
        await serve_app(until, settings, seeds, taken, lambda: told.send_bytes(b"ready"), number)

    try:
        run_until_signal(work, interrupted=0)
    except typer.Exit as ended:
        sys.exit(ended.exit_code)
    except CitygraphError as error:
        sys.exit(print_error(error))
