"""Run the server in one process, or in several workers under uvicorn's supervisor.

With several workers, the parent process opens the database and loads the seeds. The workers connect to the same
database and handle the requests.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
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
from api.http.server import Server, server_config
from api.logging import configure_logging
from api.settings import Settings
from graph.errors import CitygraphError, ConfigurationError
from graph.seeding import load
from graph.store import Store

__all__ = ["serve_app", "serve_workers", "warn_if_root"]

_log: Final = structlog.stdlib.get_logger("citygraph.workers")


def warn_if_root() -> None:
    """Log a warning if this process runs as root."""
    if os.geteuid() == 0:
        _log.warning("the server runs as root", hint="run it as a user without privileges that owns the data folder")


async def serve_app(
    stop: ShutdownSignal, settings: Settings, seeds: Path | None, sock: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve requests in this process until `stop` receives a signal. Raises CitygraphError.

    Calls `ready` before it accepts requests.
    """
    with ProgressBar() as progress:
        progress.begin("starting the database", None)
        # Importing the schema takes about as long as starting the embedded database.
        importing = asyncio.create_task(asyncio.to_thread(import_module, "api.app"))
        async with Store.open(settings.store()) as store:
            app = (await importing).create_app(settings, store=store, seeds=seeds, progress=progress)
            async with app.router.lifespan_context(app):
                progress.stop()
                server = Server(server_config(app, settings))
                stop.on_stop = server.stop
                _freeze_gc()
                ready()
                await server.serve(sockets=[sock])


async def serve_workers(
    stop: ShutdownSignal, settings: Settings, seeds: Path | None, sock: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve requests in several workers until `stop` receives a signal.

    Calls `ready` when all workers accept requests. Raises CitygraphError. Raises Exit if a worker rejects a setting;
    the worker has then printed the error.
    """
    with ProgressBar() as progress:
        progress.begin("starting the database", None)
        async with Store.open(settings.store()) as store:
            await store.prepare()
            progress.end()
            if seeds is not None:
                await load(store, [seeds], base=True, progress=progress)
            progress.stop()
            workers = Workers(
                server_config(partial(create_worker_app, settings), settings, is_factory=True), sock, ready
            )
            stop.on_stop = workers.should_exit.set
            await asyncio.to_thread(workers.run)
    if any(process.exitcode == STARTUP_FAILURE for process in workers.processes):
        raise typer.Exit(ConfigurationError.exit_code)


class Workers(Multiprocess):
    """uvicorn's supervisor, which restarts workers that exit. Calls `ready` when all workers accept requests."""

    def __init__(self, config: Config, sock: socket.socket, ready: Callable[[], None]) -> None:
        super().__init__(config, [sock])
        self._ready = ready

    def init_processes(self) -> None:
        """Start one worker, and the other workers when the first accepts requests.

        Thus only one worker reports an invalid setting.
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

    def _wait_until_ready(self) -> None:
        while not self.should_exit.wait(0.05) and not all(process.is_ready(1) for process in self.processes):
            self.keep_subprocess_alive()


def create_worker_app(settings: Settings) -> ASGIApp:
    """Create the application in a worker process. The worker stops when its parent process has exited."""
    configure_logging(settings.log_level, settings.log_format, production=settings.production, worker=os.getpid())
    parent, loop = parent_process(), asyncio.get_running_loop()
    assert parent is not None
    sentinel = parent.sentinel

    def stop() -> None:
        loop.remove_reader(sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(sentinel, stop)
    try:
        app = import_module("api.app").create_app(settings, worker=os.getpid())
    except CitygraphError as error:
        print_error(error)
        sys.exit(STARTUP_FAILURE)
    _freeze_gc()
    return app


def _freeze_gc() -> None:
    """Exclude the objects created at start-up from garbage collection.

    Otherwise a full collection would pause the event loop for 100 ms.
    """
    gc.collect()
    gc.freeze()
