"""Open the database for a command, and stop the command on a signal."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager

import typer

from api.cli.progress import ProgressBar
from api.logging import configure_logging
from api.settings import Settings, variable
from graph.errors import StoreError
from graph.store import Store

__all__ = ["ShutdownSignal", "open_loaded_store", "open_store", "run_until_signal"]


@asynccontextmanager
async def open_store(bars: ProgressBar, *, prepare: bool = True) -> AsyncGenerator[Store]:
    """Open the configured database. Unless `prepare` is false, also prepare its schema. Raises StoreError."""
    settings = Settings.load()
    configure_logging(settings.log_level, settings.log_format, production=settings.production)
    bars.begin("starting the database", None)
    async with Store.open(settings.store()) as store:
        if prepare:
            await store.prepare()
        bars.end()
        yield store


@asynccontextmanager
async def open_loaded_store(bars: ProgressBar) -> AsyncGenerator[Store]:
    """Open the configured database. Raises StoreError if no graph has been loaded. Never creates a data folder."""
    settings = Settings.load()
    if settings.database_uri is None:
        place, name = f"in {settings.data_dir}", variable("data_dir")
    else:
        place, name = f"at {variable('database_uri')}", variable("database_uri")
    empty = StoreError(
        f"the database {place} is empty", hint=f"run `citygraph load seeds/` first, or set {name} to a loaded database"
    )
    if settings.database_uri is None and not settings.data_dir.exists():
        raise empty
    async with open_store(bars) as store:
        if await store.revision() == 0:
            raise empty
        yield store


class ShutdownSignal:
    """A handler of the signals SIGINT and SIGTERM.

    The first signal calls `on_stop`, which is initially the argument `ask` of the constructor. Code that needs another
    reaction to the signal sets `on_stop` to another function. A second signal terminates the process immediately.
    `signal` is the number of the first signal, or None before it arrives.
    """

    def __init__(self, ask: Callable[[], object]) -> None:
        self.on_stop = ask
        self.signal: int | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._received, number, loop)

    def _received(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.signal = number
        for handled in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(handled)
            signal.signal(handled, signal.SIG_DFL)
        self.on_stop()


def run_until_signal(
    work: Callable[[ShutdownSignal], Coroutine[None, None, None]], *, interrupted: int | None = None
) -> None:
    """Run `work` until it finishes or a signal stops it.

    By default, SIGINT and SIGTERM cancel `work`. To change this, `work` can set `on_stop` of the ShutdownSignal that it
    receives. If a signal has cancelled `work`, the exit code of the process is `interrupted`. If `interrupted` is None,
    the exit code is 128 + the signal number.
    """

    async def supervised() -> None:
        task = asyncio.ensure_future(work(stop := ShutdownSignal(lambda: task.cancel())))
        stop.listen(asyncio.get_running_loop())
        try:
            await task
        except asyncio.CancelledError:
            if stop.signal is None:
                raise
            raise typer.Exit(128 + stop.signal if interrupted is None else interrupted) from None

    asyncio.run(supervised())
