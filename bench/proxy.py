"""A TCP proxy to a database that injects faults: it delays, cuts, drops or refuses data."""

import asyncio
import random
from typing import Final, Literal

__all__ = ["SLOWER_BY_S", "Fault", "Proxy"]

SLOWER_BY_S: Final = 2.0
_BLOCK: Final = 1 << 16

Fault = Literal["none", "slow", "cut", "black hole"]


class Proxy:
    """A proxy to `host` and `port` that applies `fault`: delay by 2 s, cut half of the responses, or drop all data.

    `opened` counts all connections accepted so far; `connections` counts those currently open.
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
        """Return the number of connections that the server currently has open."""
        return len(self._open)

    async def listen(self) -> None:
        """Start to accept connections, if not already started. A restart does not change the port."""
        if self._server:
            return
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse new connections and close existing ones, as if the database process had exited."""
        if self._server:
            self._server.close()
            self._server = None
        self.cut()

    def cut(self) -> None:
        """Close the existing connections. New connections are still accepted."""
        for task in list(self._open):
            task.cancel()

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
            for end in self._open.pop(task):
                end.transport.abort()

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
