"""HTTP/1.1 protocol for untrusted clients: uvicorn's protocol with additional limits.

A comment at each limit names the attack that it prevents; `bench/hostile.py` plays the attacks.
"""

import re
import socket
import struct
from asyncio import Transport
from typing import Final
from weakref import WeakSet

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from api.graphql.errors import RequestError
from api.http.middleware import SECURITY_HEADERS, new_request_id

MAX_HEAD_BYTES: Final = 32_768
"""Maximum size of a head, a chunk extension or trailers, in bytes. One read from the socket may exceed it."""

MAX_PIPELINED: Final = 64
"""Maximum number of requests of one connection that wait for their responses."""

LINGER_S: Final = 0.3
"""How long a stopping server waits for requests that clients have already sent on idle connections, in seconds."""

_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)

_open: Final[dict["GuardedHttpProtocol", None]] = {}
"""Open connections of this process, the longest inactive first."""


_stopping: Final[WeakSet[ServerState]] = WeakSet()
"""Servers that are stopping. They still receive connections that asyncio accepted before it closed the listener."""


def count_connections() -> int:
    return len(_open)


async def close_idle_connections() -> None:
    """Close the connections whose client has been idle for the keep-alive time. The server calls it every second."""
    for connection in list(_open):
        connection.close_if_idle()


class GuardedHttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 with limits on heads, pipelining, idle time and the number of connections.

    The limit on connections is `limit_concurrency` of uvicorn's configuration. uvicorn itself would refuse every
    request above it, so that clients which only hold connections shut out all others.
    """

    _max_connections: int | None = None
    _in_flight = 0
    """Number of requests without a complete response."""
    _in_body = False
    """True while the next bytes belong to the body of the last request."""
    _unread = 0
    """Number of bytes received since the last complete head or part of a body."""
    _active_at = 0.0
    """Time (event loop clock) at which the client last connected, completed a head or read from a response."""
    _unsent = 0
    """Size of the write buffer at the last check, in bytes."""
    _is_malformed = False
    """True after malformed input. The server reads nothing more and closes the connection after pending responses."""
    _is_stopping = False

    # --- Limits on input ---

    def data_received(self, data: bytes) -> None:
        if self._is_malformed:
            return
        self._unread += len(data)
        if not self._in_body:
            # No attack: curl and Java's HttpClient offer HTTP/2 with a POST, whose body the parser would then skip.
            data = _UPGRADE.sub(b"\r\nup-rade:", data)
        super().data_received(data)
        # Attack: an endless head, chunk extension or trailer fills the memory.
        if self._unread > MAX_HEAD_BYTES:
            self.send_400_response("the head is too large")

    def on_header(self, name: bytes, value: bytes) -> None:
        # Attack: trailers add headers to a request after its headers were checked.
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        # Attack: one packet of thousands of requests, each of which takes kilobytes while it waits.
        if self._in_flight >= MAX_PIPELINED:
            raise ValueError  # the parser then reports an error of its own
        super().on_headers_complete()
        self._in_flight += 1
        self._in_body = True
        self._unread = 0
        if self._is_stopping:
            self.cycle.keep_alive = False
        self._mark_active()

    def on_body(self, body: bytes) -> None:
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_body = False
        self._unread = 0

    def send_400_response(self, msg: str) -> None:
        """Refuse malformed HTTP with a coded error, after the responses to earlier requests."""
        if self._is_malformed:
            return
        self._is_malformed = True
        if self._in_body and self._in_flight > 1:  # it still waits for earlier responses
            self.pipeline.popleft()
            self._in_flight -= 1
        elif self._in_body and self.cycle.response_started:
            self.transport.close()
        elif self._in_body or not self._in_flight:
            if self._in_body:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            limit = f"the request is not well-formed HTTP/1.1, or its head is larger than {MAX_HEAD_BYTES} bytes"
            self._refuse(400, RequestError("BAD_REQUEST", limit, hint="send a well-formed request"))

    def _refuse(self, status: int, error: RequestError) -> None:
        request_id = new_request_id()
        body = orjson.dumps({"errors": [error.formatted(request_id)]})
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Request-ID": request_id,
            **SECURITY_HEADERS,
            **error.headers,
        }
        lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines.encode() + b"\r\n" + body)
        self.transport.close()

    # --- Limits on time ---

    def close_if_idle(self) -> None:
        """Close the connection if the client has neither completed a request nor read a response for too long.

        Attacks: heads that never end, bodies that go on after the response, responses that are never read. Bytes of an
        incomplete head do not count as activity. A body that is being read has the request's own time limit.
        """
        unsent = self.transport.get_write_buffer_size()
        if unsent and not 0 < self._unsent <= unsent:
            self._active_at = self.loop.time()
        self._unsent = unsent
        if (unsent or not self._in_flight) and self.loop.time() - self._active_at >= self.timeout_keep_alive:
            self._drop()

    def on_response_complete(self) -> None:
        self._in_flight -= 1
        self._mark_active()
        super().on_response_complete()
        if self._is_malformed and not self._in_flight:
            self.transport.close()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._active_at = self.loop.time()

    def _mark_active(self) -> None:
        self._active_at = self.loop.time()
        if self in _open:
            del _open[self]
            _open[self] = None

    def _drop(self) -> None:
        """Close the connection and discard unsent data, here and in the kernel."""
        if self.transport.get_write_buffer_size():
            reset_on_close = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
        _open.pop(self, None)
        self.transport.abort()

    def shutdown(self) -> None:
        """Close the connection after the requests in flight and those that the client has already sent.

        uvicorn itself would close an idle connection immediately.
        """
        self._is_stopping = True
        _stopping.add(self.server_state)
        if self._in_flight:
            super().shutdown()
        else:
            self.loop.call_later(LINGER_S, self._close_unused)

    def _close_unused(self) -> None:
        if not self._in_flight and not self._unread:
            self.transport.close()

    # --- Limit on connections ---

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self._max_connections, self.limit_concurrency = self.limit_concurrency, None
        self._active_at = self.loop.time()
        _open[self] = None
        if self._max_connections is not None and len(_open) > self._max_connections:
            self._make_room()
        if self.server_state in _stopping:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(self, None)
        super().connection_lost(exc)

    def _make_room(self) -> None:
        """Close the connection whose client has been inactive longest, or refuse this one if all are being served.

        Attack: many clients open connections and leave them open.
        """
        for connection in _open:
            if connection is not self and connection._is_waiting():
                connection._drop()
                return
        limit = f"{self._max_connections} connections are open, as many as the server takes on"
        self._refuse(503, RequestError("OVERLOADED", limit, headers={"Retry-After": "1"}))

    def _is_waiting(self) -> bool:
        """Return whether the server waits for the client to send data or to read a response."""
        return self._in_body or not self._in_flight or self.transport.get_write_buffer_size() > 0
