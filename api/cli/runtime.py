"""How commands run: with the database open, and ended in good order by a signal."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager

import typer

from api.cli.progress import ProgressBar
from api.logging import configure_logging
from api.settings import Settings
from graph.store import Store

__all__ = ["ShutdownSignal", "open_store", "run_until_signal"]


@asynccontextmanager
async def open_store(bars: ProgressBar, *, prepare: bool = True) -> AsyncGenerator[Store]:
    """The database of the settings, with its schema unless `prepare` is false."""
    settings = Settings.load()
    configure_logging(settings.log_level, settings.log_format, production=settings.production)
    bars.begin("starting the database", None)
    async with Store.open(settings.store()) as store:
        if prepare:
            await store.prepare()
        bars.end()
        yield store


class ShutdownSignal:
    """What a signal does: once, whatever `ask` is then; a second signal ends the process at once."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self.on_stop = ask
        self.signal: int | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._received, each, loop)

    def _received(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.signal = number
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        self.on_stop()


def run_until_signal(
    work: Callable[[ShutdownSignal], Coroutine[None, None, None]], *, interrupted: int | None = None
) -> None:
    """Do `work`, ended in good order by SIGINT and SIGTERM, with the exit code `interrupted` or 128 + the signal."""

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
