"""Run the server in one process, or in several workers under uvicorn's supervisor.

With several workers, the parent process opens the database and loads the seeds. The workers connect to the same
database and handle the requests.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from multiprocessing import parent_process
from pathlib import Path
from typing import Final

import structlog
import typer
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE, Config
from uvicorn.supervisors import Multiprocess

from api.cli.errors import print_error
from api.cli.progress import ProgressBar
from api.cli.runtime import ShutdownSignal
from api.http.health import create_waiting_app
from api.http.server import Server, server_config, serving
from api.logging import configure_logging
from api.settings import Settings, variable
from api.startup import DatabaseWait, freeze_gc, open_prepared_store
from graph.errors import CitygraphError, ConfigurationError
from graph.store import Store

__all__ = ["serve_app", "serve_workers", "warn_if_root", "warn_without_contact"]

_log: Final = structlog.stdlib.get_logger("citygraph.workers")

_JOIN_LIMIT_S: Final = 120.0
"""Time, in seconds, that workers have to exit when the server stops. Workers that take longer are killed.

It is longer than the maximum of `CITYGRAPH_SHUTDOWN_S` plus the time that a worker takes to close its resources.
"""


def warn_if_root() -> None:
    """Log a warning if this process runs as root."""
    if os.geteuid() == 0:
        _log.warning("the server runs as root", hint="run it as a user without privileges that owns the data folder")


def warn_without_contact(settings: Settings) -> None:
    """Log a hint if other machines can open the pages, but the pages' accessibility statement names no contact."""
    if settings.publisher_contact is None and not _is_loopback(settings.host):
        names = f"{variable('publisher_name')} and {variable('publisher_contact')}"
        _log.info("the accessibility statement of the web pages names no contact", hint=f"set {names}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def serve_app(
    stop: ShutdownSignal, settings: Settings, seeds: Path | None, sock: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve requests in this process until `stop` receives a signal. Raises CitygraphError.

    Calls `ready` when the database is available and the server can answer requests.
    """
    # Importing the schema takes about as long as starting the embedded database.
    importing = asyncio.create_task(asyncio.to_thread(import_module, "api.app"))
    async with AsyncExitStack() as stack:
        async with _waiting_server(settings, sock) as wait:
            store = await stack.enter_async_context(_open_store(settings, seeds, wait))
            app = (await importing).create_app(settings, store=store, warms_up=True)
            await stack.enter_async_context(app.router.lifespan_context(app))
            freeze_gc()
        _let_threads_yield()
        server = Server(server_config(app, settings))
        stop.on_stop = server.stop
        ready()
        await server.serve(sockets=[sock])


async def serve_workers(
    stop: ShutdownSignal, settings: Settings, seeds: Path | None, sock: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve requests in several workers until `stop` receives a signal.

    Calls `ready` when all workers accept requests. Raises CitygraphError. Raises Exit if a worker finds an invalid
    setting. This worker has then already printed the error.
    """
    started, loop = asyncio.Event(), asyncio.get_running_loop()
    config = server_config(partial(create_worker_app, settings), settings, is_factory=True)
    workers = Workers(config, sock, lambda: loop.call_soon_threadsafe(started.set))
    async with AsyncExitStack() as stack:
        async with _waiting_server(settings, sock) as wait:
            await stack.enter_async_context(_open_store(settings, seeds, wait))
            stop.on_stop = workers.should_exit.set
            running = asyncio.create_task(asyncio.to_thread(workers.run))
            starting = asyncio.create_task(started.wait())
            await asyncio.wait([running, starting], return_when=asyncio.FIRST_COMPLETED)
            starting.cancel()
        if started.is_set():
            ready()
        await running
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        raise typer.Exit(ConfigurationError.exit_code)


@asynccontextmanager
async def _waiting_server(settings: Settings, sock: socket.socket) -> AsyncGenerator[DatabaseWait]:
    """Serve error responses until the context exits. This is used while the database is not available.

    Yields a DatabaseWait, whose `cause` is the reason why the database is not available. The error responses contain
    this reason.
    """
    wait = DatabaseWait.of(settings)
    async with serving(create_waiting_app(settings, lambda: wait.cause), settings, sock):
        yield wait


@asynccontextmanager
async def _open_store(settings: Settings, seeds: Path | None, wait: DatabaseWait) -> AsyncGenerator[Store]:
    with ProgressBar() as progress:
        opening = open_prepared_store(settings, seeds=seeds, progress=progress, wait=wait, checks_graph=True)
        async with opening as store:
            progress.stop()
            yield store


class Workers(Multiprocess):
    """uvicorn's supervisor of worker processes, which restarts workers that exit.

    Calls `ready` when all workers accept requests.
    """

    def __init__(self, config: Config, sock: socket.socket, ready: Callable[[], object]) -> None:
        super().__init__(config, [sock])
        self._ready = ready

    def init_processes(self) -> None:
        """Start one worker, wait until it accepts requests, and then start the other workers.

        If a setting is invalid, the first worker reports the error and stops, and the other workers are never started.
        """
        wanted, self.processes_num = self.processes_num, 1
        super().init_processes()
        self._wait_until_ready()
        self.processes_num = wanted - 1
        if not self.should_exit.is_set():
            super().init_processes()
            self._wait_until_ready()
        self.processes_num = wanted
        if not self.should_exit.is_set():
            self._ready()

    def keep_subprocess_alive(self) -> None:
        for process in self.processes:
            # Close the worker's end of the pipe here: pings to an exited worker then fail immediately, not after 30 s.
            process.child_conn.close()
            if not process.process.is_alive():
                _log.error("a worker exited", worker=process.pid, exit_code=process.exitcode)
        super().keep_subprocess_alive()

    def terminate_all(self) -> None:
        # If the sockets stayed open, new connections would wait until the parent exits, and then be reset.
        for sock in self.sockets:
            sock.close()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait until all workers have exited. Kill workers that still run after `_JOIN_LIMIT_S` seconds."""
        give_up_at = time.monotonic() + _JOIN_LIMIT_S
        for process in self.processes:
            process.process.join(max(0.0, give_up_at - time.monotonic()))
            if process.process.is_alive():
                _log.error("a worker did not stop, and was killed", worker=process.pid)
                process.process.kill()

    def _wait_until_ready(self) -> None:
        while not self.should_exit.wait(0.05) and not all(process.is_ready(1) for process in self.processes):
            self.keep_subprocess_alive()


def create_worker_app(settings: Settings) -> ASGIApp:
    """Create the application in a worker process. The worker stops when its parent process has exited.

    If a setting is invalid, prints the error and exits with uvicorn's exit code for a failed start.
    """
    configure_logging(settings.log_level, settings.log_format, production=settings.production, worker=os.getpid())
    parent, loop = parent_process(), asyncio.get_running_loop()
    assert parent is not None
    sentinel = parent.sentinel

    def stop() -> None:
        loop.remove_reader(sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(sentinel, stop)
    try:
        app = import_module("api.app").create_app(settings, worker=os.getpid(), warms_up=True)
    except CitygraphError as error:
        print_error(error)
        sys.exit(STARTUP_FAILURE)
    freeze_gc()
    _let_threads_yield()
    return app


def _let_threads_yield() -> None:
    """Make threads that hold the GIL yield to the event loop after 0.5 ms instead of 5 ms.

    Some threads execute introspection or validate long documents, which takes up to 0.3 s. During one request, the
    event loop may have to wait for the GIL about forty times. With 5 ms for each wait, the request would be delayed by
    about 200 ms.
    """
    sys.setswitchinterval(0.0005)
