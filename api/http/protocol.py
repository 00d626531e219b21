"""Connections of clients: what is taken for HTTP, and what each may take in time and number."""

import asyncio
import socket
import struct
from asyncio import Transport
from functools import partial
from typing import Any, ClassVar, Final, cast

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from api.graphql.errors import RequestError
from api.http.middleware import SECURITY_HEADERS
from api.logging import new_request_id

MAX_HEAD_BYTES: Final = 32_768

MAX_PIPELINED: Final = 64
"""How many requests a client may send ahead while one is served; at more, the connection ends after their answers."""

_INTERIM: Final = b"HTTP/1.1 100 "
"""Begins what tells a client to send its body: no answer yet, and waited for."""

_ANNOUNCING: Final = (b"content-length", b"transfer-encoding")
"""Headers of messages that have a body."""


class CoalescingTransport:
    """A transport that sends the head of an answer with the first part of its body: one packet instead of two."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head: bytes | None = b""
        """Before the first write empty, then what waits for the second; None from then on."""

    def write(self, data: bytes) -> None:
        if self._head == b"" and data.startswith(_INTERIM):
            self._transport.write(data)
        elif self._head == b"":
            self._head = data
        elif self._head is None:
            self._transport.write(data)
        else:
            head, self._head = self._head, None
            self._transport.write(head + data)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Sends what waits: an answer may have no body."""
        if self._head:
            head, self._head = self._head, None
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class GuardedHttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 that is strict about heads, and does not wait for clients longer than the keep-alive time.

    A client may keep the server waiting for the rest of a head, for the rest of a body that nobody reads any more, or
    for the taking of an answer: then the connection ends. A body that is read ends by the request's own deadline. At
    more connections than `most` the one whose client has kept the server waiting longest gives way, so that
    connections which only wait do not keep others out.
    """

    max_connections: ClassVar[int]
    open_connections: ClassVar[dict["GuardedHttpProtocol", None]]
    """All that are open; first the one whose client connected, ended a head or was answered longest ago."""

    _bytes_pending = 0
    """How much has come of a head that is not complete or, in a body, that is not part of it."""
    _in_body = False
    _current_cycle: RequestResponseCycle | None = None
    """The request that is answered, or was last; those sent ahead wait for it in `pipeline`, the newest first."""
    _replaying_headers = False
    """The head that the parser reads is our own, before a body."""
    _is_broken = False
    """What came is no HTTP; nothing more is read."""

    _waiting: asyncio.TimerHandle | None = None
    _idle_since: float | None = None
    """Since when the client is to send something, by the loop's clock."""
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self.open_connections[self] = None
        if len(self.open_connections) > self.max_connections:
            self._evict_idlest()
        self._start_idle_timer()

    def data_received(self, data: bytes) -> None:
        if self._is_broken:
            return
        self._bytes_pending += len(data)
        while data:
            try:
                self.parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as offer:
                data = self._reject_upgrade() + data[cast("int", offer.args[0]) :]
            except httptools.HttpParserError:
                self._reject_malformed()
                break
        if not self._is_broken and self._bytes_pending > MAX_HEAD_BYTES:
            self._reject_malformed()
        self._start_idle_timer()

    def _reject_upgrade(self) -> bytes:
        """A client that would rather speak another protocol is answered over HTTP all the same.

        The parser takes its body, which many clients send along, for that protocol. So another one goes on, and is
        given a head that announces such a body, where there is one.
        """
        self.parser = httptools.HttpRequestParser(self)
        announced = [b"%b: %b\r\n" % each for each in self.headers if each[0] in _ANNOUNCING]
        self._replaying_headers = bool(announced)
        return b"".join((b"POST / HTTP/1.1\r\n", *announced, b"\r\n")) if announced else b""

    # --- What the parser finds ---

    def on_message_begin(self) -> None:
        if not self._replaying_headers:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._replaying_headers:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._replaying_headers and not self._in_body:  # what comes after a body was checked by nobody
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._bytes_pending = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Raises ValueError, which the parser takes for an error of its own, where a head is refused."""
        if self._replaying_headers:
            self._replaying_headers = False
            return
        size, hosts = len(self.url), 0
        codings: list[bytes] = []
        for name, value in self.headers:
            size += len(name) + len(value) + 4
            if name == b"host":
                hosts += 1
            elif name == b"transfer-encoding":
                codings.append(value.lower())
        if size > MAX_HEAD_BYTES or codings not in ([], [b"chunked"]):
            raise ValueError
        version = self.parser.get_http_version()
        if version not in ("1.0", "1.1") or hosts > 1 or (hosts == 0 and version == "1.1"):
            raise ValueError
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError
        super().on_headers_complete()
        self._bytes_pending = 0
        self._in_body = True
        self._touch()
        assert self._cycle is not None
        gathering = CoalescingTransport(self.transport)
        self._cycle.transport = cast("Transport", gathering)
        self._cycle.on_response = partial(self._answered, gathering)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade() and any(name in _ANNOUNCING for name, _ in self.headers):
            return
        super().on_message_complete()
        self._in_body = False
        self._bytes_pending = 0

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._current_cycle = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open_connections.pop(self, None)
        if self._current_cycle is not None and not self._current_cycle.response_complete:
            self._current_cycle.disconnected = True
            self._current_cycle.message_event.set()
        for timer in (self._waiting, self._taking):
            if timer is not None:
                timer.cancel()
        self._waiting = self._taking = None
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """As uvicorn's, but for its clock: `_look` has one that need not be started anew for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def _answered(self, gathering: CoalescingTransport) -> None:
        gathering.flush()
        self._touch()
        self.on_response_complete()
        self._start_idle_timer()
        self._start_write_timer()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._start_write_timer()

    def resume_writing(self) -> None:
        """The client took most of what was written, so that the clock starts anew with what is written next."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _reject_malformed(self) -> None:
        """Answers what is no HTTP as GraphQL errors are told. An answer that has begun, to a request broken off,
        is cut instead; requests that came before are answered first, and then the connection ends.
        """
        self._is_broken = True
        cycle, begun = self._cycle, self._in_body
        if begun and self.pipeline:
            self.pipeline.popleft()  # it is broken off before its turn
            cycle, begun = self.pipeline[0][0] if self.pipeline else self._current_cycle, False
        if cycle is not None and not cycle.response_complete:
            if not begun:
                cycle.keep_alive = False
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or not (begun and cycle.response_started):
            told = f"the request is not well-formed HTTP/1.1, or its head is larger than {MAX_HEAD_BYTES} bytes"
            self._send(400, RequestError("BAD_REQUEST", told, hint="send a well-formed request"))
        self.transport.close()

    def _send(self, status: int, refusal: RequestError) -> None:
        request_id = new_request_id()
        body = orjson.dumps({"errors": [refusal.formatted(request_id)]})
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Request-ID": request_id,
            **SECURITY_HEADERS,
            **refusal.headers,
        }
        lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines.encode() + b"\r\n" + body)

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The last request and its answer; None before the first, which uvicorn's annotation leaves out."""
        return self.cycle

    # --- Waiting for the client ---

    def _is_waiting_for_request(self) -> bool:
        """Whether the client is to send a request, or the rest of one that is answered."""
        return self._cycle is None or self._cycle.response_complete

    def _start_idle_timer(self) -> None:
        """Takes note of when the client began to owe something; drops of it do not count. The clock runs on while the
        client owes nothing, and is looked at when it rings.
        """
        if not self._is_waiting_for_request():
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = self.loop.time()
            if self._waiting is None and not self.transport.is_closing():
                self._waiting = self.loop.call_later(self.timeout_keep_alive, self._on_idle_timeout)

    def _on_idle_timeout(self) -> None:
        """Ends the connection where the client owes something for too long."""
        self._waiting = None
        if self._idle_since is None:
            return
        until = self._idle_since + self.timeout_keep_alive
        if self.loop.time() < until:
            self._waiting = self.loop.call_at(until, self._on_idle_timeout)
        else:
            self.transport.close()
            self._start_write_timer()

    def _start_write_timer(self) -> None:
        """Ends the connection unless the client goes on taking what was written."""
        left = self.transport.get_write_buffer_size()
        if left and self._taking is None:
            self._taking = self.loop.call_later(self.timeout_keep_alive, self._on_write_timeout, left)

    def _on_write_timeout(self, before: int) -> None:
        self._taking = None
        if self.transport.get_write_buffer_size() >= before:
            self._reset()
        else:
            self._start_write_timer()

    def _reset(self) -> None:
        """Ends the connection with all that was written and not taken, in this process and in the kernel."""
        taken = self.transport.get_extra_info("socket")
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open_connections.pop(self, None)
        self.transport.abort()

    def _touch(self) -> None:
        if self in self.open_connections:
            del self.open_connections[self]
            self.open_connections[self] = None

    def _evict_idlest(self) -> None:
        """Ends the connection that has waited longest for its client, or else refuses this one."""
        longest = next((each for each in self.open_connections if each is not self and each.is_idle), None)
        if longest is not None:
            longest._reset()
            return
        told = f"{self.max_connections} connections are open, as many as the server takes on"
        self._send(503, RequestError("OVERLOADED", told, headers={"Retry-After": "1"}))
        self.transport.close()

    @property
    def is_idle(self) -> bool:
        """Whether this end waits for the client: to send, or to take what was written."""
        return self._is_waiting_for_request() or self._in_body or self.transport.get_write_buffer_size() > 0


def protocol_class(max_connections: int) -> type[GuardedHttpProtocol]:
    """Return a protocol class for one server, with its own limit on open connections."""
    attributes: dict[str, object] = {"max_connections": max_connections, "open_connections": {}}
    return type("LimitedHttpProtocol", (GuardedHttpProtocol,), attributes)
