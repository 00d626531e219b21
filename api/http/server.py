"""The HTTP server: uvicorn with httptools, on asyncio's loop, over a socket taken before anything slow starts."""

import logging
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from api.http.protocol import protocol_class
from api.metrics import Metrics
from api.settings import Settings, variable
from graph.errors import ConfigurationError

LISTEN_BACKLOG: Final = 2_048
"""How many connections may wait in the kernel to be accepted."""

ACCEPT_BATCH: Final = 16
"""How many of them are accepted before others are served again. asyncio would take all."""


def bind_socket(host: str, port: int) -> socket.socket:
    """Take `host` and `port` (0: any free one) without accepting yet.

    Raises ConfigurationError where the port is busy, not allowed, or the host is none of this machine's.
    """
    try:
        family, _, _, _, display_address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )[0]
    except OSError:
        raise ConfigurationError(
            f"{host} is not a host name or an address of this machine", hint=f"set {variable('host')} or --host"
        ) from None
    # With the protocol named, asyncio sends what is written at once; else an answer in two parts waits for 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(display_address)
        sock.listen(LISTEN_BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
            hint=f"stop what listens there, or choose another port: {variable('port')}, --port, or make serve PORT=…",
        ) from None
    return sock


def display_address(taken: socket.socket) -> str:
    """The address of a socket as it stands in a URL; the unspecified address is shown as this machine's own."""
    host, port = str(taken.getsockname()[0]), taken.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which end the process by the signal instead of exit code 0."""

    def __init__(self, app: ASGIApp, settings: Settings, ready: Callable[[], None]) -> None:
        # uvicorn tells of its own steps and of each request in prose; the application logs both, structured.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        self._ready = ready
        protocol = protocol_class(settings.max_connections)
        self._opened = protocol.open_connections
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",  # under uvloop the driver does not recover from a cut connection
                http=protocol,
                ws="none",
                lifespan="off",  # entered by the caller, whom its errors reach unchanged
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=ACCEPT_BATCH,
                timeout_keep_alive=settings.keep_alive_s,
                timeout_graceful_shutdown=settings.shutdown_s,
            )
        )

    def register_metrics(self, metrics: Metrics) -> None:
        """Adds the connections of clients to what is measured."""
        metrics.gauge("citygraph_connections", "Connections of clients that are open.", lambda: len(self._opened))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for each in sockets or ():
            each.listen(LISTEN_BACKLOG)  # asyncio took the number accepted at once for the length of the queue, too
        self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    def stop(self) -> None:
        """End soon: accept nothing more and give the running requests their time."""
        self.should_exit = True
