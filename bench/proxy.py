"""A way to a database, on a port of its own, that plays faults: what passes is slow, cut, swallowed or refused."""

import asyncio
import random
from typing import Final, Literal

__all__ = ["SLOWER_BY_S", "Fault", "Proxy"]

SLOWER_BY_S: Final = 2.0
_BLOCK: Final = 1 << 16

Fault = Literal["none", "slow", "cut", "black hole"]


class Proxy:
    """Passes on to `host` and `port`, as `fault` says: 2 s later, cut in half of the answers, or not at all.

    `opened` counts the connections that ever came, `connections` those that are open.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.target = host, port
        self.port = 0
        self.fault: Fault = "none"
        self.opened = 0
        self._open: dict[asyncio.Task[None], tuple[asyncio.StreamWriter, ...]] = {}
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """Those that the server holds open now."""
        return len(self._open)

    async def listen(self) -> None:
        """Let connections in, unless it does already; always on the port of the first time."""
        if self._server:
            return
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse what comes and cut what there is, as where the database's process has ended."""
        if self._server:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """End the connections there are; others may come."""
        for each in list(self._open):
            each.cancel()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.opened += 1
        self._open[task] = (writer,)
        try:
            there, back = await asyncio.open_connection(self.host, self.target)
            self._open[task] = (writer, back)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._copy(reader, back, is_answer=False))
                both.create_task(self._copy(there, writer, is_answer=True))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            for each in self._open.pop(task):
                each.transport.abort()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        while block := await source.read(_BLOCK):
            if self.fault == "slow" and is_answer:
                await asyncio.sleep(SLOWER_BY_S)
            if self.fault == "cut" and is_answer and random.random() < 0.5:
                sink.write(block[: random.randrange(len(block))])
                await sink.drain()
                raise ConnectionResetError
            if self.fault == "black hole":
                continue
            sink.write(block)
            await sink.drain()
        raise ConnectionResetError
