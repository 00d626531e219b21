"""Extend uvicorn's implementation of HTTP/1.1 with limits for untrusted clients.

The comment above each limit describes the attack that the limit prevents. `bench/hostile.py` runs these attacks.
"""

import fcntl
import re
import socket
import struct
import termios
from asyncio import Transport
from typing import Final
from weakref import WeakSet

import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from api.graphql.errors import RequestError
from api.http.middleware import SECURITY_HEADERS, new_request_id

MAX_HEAD_BYTES: Final = 32_768
"""Maximum size, in bytes, of a request head (request line and headers), of a chunk extension, and of trailers.

The size is checked after every read from the socket.
"""

MAX_PIPELINED: Final = 64
"""Maximum number of requests on one connection that wait for their responses."""

LINGER_S: Final = 0.3
"""Time, in seconds, in which a stopping server still accepts requests on idle connections.

A client may have sent such a request before it noticed that the server stops.
"""

_UPGRADE: Final = re.compile(rb"\r\nupgrade:", re.IGNORECASE)

_open: Final[dict["GuardedHttpProtocol", None]] = {}
"""The open connections of this process, as the keys of a dict.

They are sorted by the time of their last activity, so the connection that has been inactive longest comes first.
"""


_stopping: Final[WeakSet[ServerState]] = WeakSet()
"""Servers that are stopping.

They can still receive new connections, which asyncio accepted before it stopped listening.
"""


def count_connections() -> int:
    return len(_open)


def mark_stopping(state: ServerState) -> None:
    """Mark a server as stopping. It then closes every new connection after the first request on the connection."""
    _stopping.add(state)


async def close_idle_connections() -> None:
    """Close the connections that have been inactive for the keep-alive time. The server calls this every second."""
    for connection in list(_open):
        connection.close_if_idle()


class GuardedHttpProtocol(HttpToolsProtocol):
    """An HTTP/1.1 connection with limits on header size, pipelining, idle time and the number of connections.

    uvicorn's setting `limit_concurrency` is the maximum number of connections. If a client opens a further connection,
    the connection that has been inactive longest is closed. uvicorn itself would refuse every request instead, so that
    an attacker could block all clients by only opening connections.
    """

    _max_connections: int | None = None
    _in_flight = 0
    """Number of requests on this connection whose response has not been sent completely."""
    _in_body = False
    """True if the next bytes that arrive belong to the body of the last request."""
    _unread = 0
    """Number of bytes received since the last complete request head or the last part of a body, whichever is later."""
    _active_at = 0.0
    """Time of the client's last activity, on the event loop's clock.

    Activity means that the client connects, completes a request head or reads part of a response.
    """
    _unsent = 0
    """Size, in bytes, that the write buffer had when it was last checked."""
    _is_malformed = False
    """True if the client has sent malformed input. No more input is then read.

    The connection is closed after the responses to earlier requests have been sent.
    """
    _is_stopping = False

    # --- Limits on input ---

    def data_received(self, data: bytes) -> None:
        if self._is_malformed:
            return
        self._unread += len(data)
        if not self._in_body:
            # Not an attack: curl and Java's HttpClient offer HTTP/2 in a POST. The parser would then skip the body.
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
        # Attack: one packet contains thousands of requests. A waiting request takes kilobytes of memory.
        if self._in_flight >= MAX_PIPELINED:
            raise ValueError  # httptools reports this exception as a parse error
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
        """Send an error response to malformed HTTP, after the responses to earlier requests."""
        if self._is_malformed:
            return
        self._is_malformed = True
        if self._in_body and self._in_flight > 1:  # respond to the malformed request after all earlier requests
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
        """Close the connection if the client has been inactive for the keep-alive time.

        A client is active when it connects, completes a request head or reads part of a response. The bytes of an
        incomplete head are not activity. Without this check, a client could occupy a connection forever: it could send
        a request head that never ends, continue to send a body after the response, or never read the response. While
        the application works on a request, the connection stays open, and only the time limit of the request applies.
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
        """Close the connection immediately.

        Data that has not been sent is discarded, both in this process and in the kernel.
        """
        if self.transport.get_write_buffer_size():
            reset_on_close = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
        _open.pop(self, None)
        self.transport.abort()

    def shutdown(self) -> None:
        """Close the connection after responding to all requests that the client has already sent.

        uvicorn itself would close an idle connection immediately, and a request that has just arrived would get no
        response.
        """
        self._is_stopping = True
        if self._in_flight:
            super().shutdown()
        else:
            self.loop.call_later(LINGER_S, self._close_unused)

    def _close_unused(self) -> None:
        if self._in_flight or self._unread or self.transport.is_closing():
            return
        if _has_unread_data(self.transport):  # a request has just arrived, and will be read next
            self.loop.call_later(LINGER_S, self._close_unused)
        else:
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
        """Close the connection that has been inactive longest, to make room for this new connection.

        If all other connections are busy, this connection is refused instead. A connection is busy while the server
        works on a request. Without this rule, a client could block all other clients by opening many connections and
        leaving them open.
        """
        for connection in _open:
            if connection is not self and connection._is_waiting():
                connection._drop()
                return
        limit = f"the server has {self._max_connections} open connections, its maximum"
        self._refuse(503, RequestError("OVERLOADED", limit, headers={"Retry-After": "1"}))

    def _is_waiting(self) -> bool:
        """Return whether the server waits until the client has sent data or read a response."""
        return self._in_body or not self._in_flight or self.transport.get_write_buffer_size() > 0


def _has_unread_data(transport: Transport) -> bool:
    """Return whether a connection has data that the kernel has received and this process has not read yet."""
    waiting = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.FIONREAD, struct.pack("i", 0))
    return struct.unpack("i", waiting)[0] > 0
