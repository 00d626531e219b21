"""The HTTP server: uvicorn with httptools on the asyncio event loop. Its socket is bound before the slow start-up."""

import logging
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from api.http.protocol import GuardedHttpProtocol, close_idle_connections
from api.settings import Settings, variable
from graph.errors import ConfigurationError

LISTEN_BACKLOG: Final = 2_048
"""Maximum number of connections that wait in the kernel to be accepted."""


def bind_socket(host: str, port: int) -> socket.socket:
    """Listen on `host` and `port` (0: any free port). Connections wait in the kernel until the server accepts them.

    Raises ConfigurationError if the port is busy or not allowed, or the host is not an address of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )[0]
    except OSError:
        raise ConfigurationError(
            f"{host} is not a host name or an address of this machine", hint=f"set {variable('host')} or --host"
        ) from None
    # asyncio sets TCP_NODELAY only if the protocol is named; without it a response in two writes waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(LISTEN_BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
            hint=f"stop what listens there, or choose another port: {variable('port')}, --port, or make serve PORT=…",
        ) from None
    return sock


def display_address(sock: socket.socket) -> str:
    """Return the address of a socket for a URL; the unspecified address is shown as the loopback address."""
    host, port = str(sock.getsockname()[0]), sock.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"


def server_config(
    app: ASGIApp | Callable[[], ASGIApp], settings: Settings, *, is_factory: bool = False
) -> uvicorn.Config:
    """Configure uvicorn for an application whose lifespan the caller enters, or for a factory that workers call."""
    # The application logs requests and its own steps; uvicorn would warn of every malformed request.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        factory=is_factory,
        workers=settings.workers,
        lifespan="on" if is_factory else "off",
        loop="asyncio",  # under uvloop the driver does not recover from a cut connection
        http=GuardedHttpProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=LISTEN_BACKLOG,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=settings.shutdown_s,
        timeout_worker_healthcheck=30,  # the parent replaces a worker that does not respond within this time
        callback_notify=close_idle_connections,
        timeout_notify=0,  # every second
    )


class Server(uvicorn.Server):
    """A uvicorn server without signal handlers. uvicorn's would terminate by the signal, not with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    def stop(self) -> None:
        """Stop accepting connections. `serve` returns after the responses to the requests in flight."""
        self.should_exit = True
