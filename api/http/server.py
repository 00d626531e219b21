"""Run the HTTP server: uvicorn with httptools on the asyncio event loop.

The server binds its socket before the application starts.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from api.http.protocol import GuardedHttpProtocol, close_idle_connections, mark_stopping
from api.settings import Settings, variable
from graph.errors import ConfigurationError

LISTEN_BACKLOG: Final = 2_048
"""Maximum number of connections that wait in the kernel until the server accepts them."""


def bind_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. If `port` is 0, the system chooses a free port.

    Raises ConfigurationError if the port is in use or not permitted, or if `host` is not an address of this machine.
    New connections wait in the kernel until the server accepts them.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )[0]
    except OSError:
        raise ConfigurationError(
            f"{host} is not a host name or an address of this machine", hint=f"set {variable('host')} or --host"
        ) from None
    # asyncio sets TCP_NODELAY only for an explicit protocol. Without it, a response in two writes waits 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(LISTEN_BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}",
            hint=f"stop the program that uses the port, or choose another port: {variable('port')}, --port "
            "or make serve PORT=…",
        ) from None
    return sock


def display_address(sock: socket.socket) -> str:
    """Return the address of a socket as `host:port`, for use in a URL.

    The addresses 0.0.0.0 and :: are replaced by the loopback address.
    """
    host, port = str(sock.getsockname()[0]), sock.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"


def server_config(
    app: ASGIApp | Callable[[], ASGIApp], settings: Settings, *, is_factory: bool = False
) -> uvicorn.Config:
    """Return uvicorn's configuration for an application, or for a factory function that creates the application.

    For a factory, uvicorn starts and stops the application's lifespan. Otherwise the caller must do this.
    """
    # The application logs requests. uvicorn would also log a warning for every malformed request.
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
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=LISTEN_BACKLOG,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=settings.shutdown_s,
        timeout_worker_healthcheck=30,  # the parent replaces a worker that does not respond within this time
        callback_notify=close_idle_connections,
        timeout_notify=0,  # every second
    )


class Server(uvicorn.Server):
    """A uvicorn server that installs no signal handlers.

    uvicorn's signal handlers would make the process exit with a code other than 0 after a signal.
    """

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    def stop(self) -> None:
        """Make the server stop accepting connections.

        The method `serve` returns when all running requests have finished.
        """
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listening sockets, and close each connection after all its requests have been answered.

        Connections that still wait in the kernel are accepted and served too. Otherwise the kernel would reset them
        when their listening socket is closed.
        """
        mark_stopping(self.server_state)
        accepted = [
            asyncio.create_task(self._serve_connection(connection)) for connection in _accept_pending(sockets or [])
        ]
        await super().shutdown(sockets)
        await asyncio.gather(*accepted, return_exceptions=True)

    async def _serve_connection(self, connection: socket.socket) -> None:
        config, state = self.config, self.server_state

        def create_protocol() -> asyncio.Protocol:
            return GuardedHttpProtocol(config=config, server_state=state, app_state=self.lifespan.state)

        await asyncio.get_running_loop().connect_accepted_socket(create_protocol, connection)


def _accept_pending(sockets: Iterable[socket.socket]) -> Iterator[socket.socket]:
    """Accept the connections that wait in the kernel, and yield them. The sockets must be non-blocking."""
    for sock in sockets:
        with suppress(OSError):  # no connection waits, or there are too many open files
            while True:
                connection, _ = sock.accept()
                connection.setblocking(False)
                yield connection


@asynccontextmanager
async def serving(app: ASGIApp, settings: Settings, sock: socket.socket) -> AsyncGenerator[None]:
    """Serve `app` until the context exits. `sock` is not closed, so another server can use it afterwards."""
    server = Server(server_config(app, settings))
    running = asyncio.create_task(server.serve(sockets=[sock.dup()]))
    try:
        yield
    finally:
        server.stop()
        await running
