"""Connections of clients: what each may take in time and number, and the headers that every answer carries."""

import asyncio
import socket
import struct
import uuid
from asyncio import Transport
from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar, Final

import h11
import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from api.graphql.errors import Refused

MAX_HEAD_BYTES: Final = 32_768

SECURE: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""An answer is data: it runs nothing, stands in no frame and is read by its own origin and those that CORS lets in."""


class Secured:
    """Gives every answer of an application the headers of `SECURE`, where it has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, secured)


class Connection(H11Protocol):
    """HTTP/1.1 that does not wait for clients longer than the keep-alive time, which uvicorn does in four places.

    A client may keep the server waiting for the rest of a head, for the rest of a body that nobody reads any more, or
    for the taking of an answer: then the connection ends. A body that is read ends by the request's own deadline. At
    more connections than `most` the one whose client has kept the server waiting longest gives way, so that
    connections which only wait do not keep others out.
    """

    most: ClassVar[int]
    opened: ClassVar[dict["Connection", None]]
    """All that are open; first the one whose client connected, ended a head or was answered longest ago."""

    _waiting: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self.opened[self] = None
        if len(self.opened) > self.most:
            self._make_room()
        self._look()

    def data_received(self, data: bytes) -> None:
        before = self.conn.their_state
        super().data_received(data)
        if before is h11.IDLE and self.conn.their_state is not h11.IDLE:
            self._heard()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self.opened.pop(self, None)
        for timer in (self._waiting, self._taking):
            if timer is not None:
                timer.cancel()
        self._waiting = self._taking = None
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._heard()
        super().on_response_complete()
        self._look()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP as GraphQL errors are told; an answer that has begun is cut instead."""
        cycle = self._cycle
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            told = f"the request is not well-formed HTTP/1.1, or its head is larger than {MAX_HEAD_BYTES} bytes"
            self._send(HTTPStatus.BAD_REQUEST, Refused("BAD_REQUEST", told, hint="send a well-formed request"))
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Says nothing: a client that would rather speak another protocol is answered over HTTP all the same."""

    def _send(self, status: HTTPStatus, refusal: Refused) -> None:
        request_id = uuid.uuid4().hex
        body = orjson.dumps({"errors": [refusal.told(request_id)]})
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "X-Request-ID": request_id,
            **SECURE,
            **refusal.headers,
        }
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        head = h11.Response(status_code=status, headers=encoded, reason=status.phrase.encode())
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The last request and its answer; None before the first, which uvicorn's annotation leaves out."""
        return self.cycle

    # --- Waiting for the client ---

    def _owes(self) -> bool:
        """Whether the client is to send the rest of a head, or of a body after its answer was complete."""
        answered = self._cycle is not None and self._cycle.response_complete
        return self.conn.their_state is h11.IDLE or (answered and self.conn.their_state is h11.SEND_BODY)

    def _look(self) -> None:
        """Starts the clock where the client owes something, and stops it where not. Drops do not start it anew."""
        if not self._owes():
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None
        elif self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.timeout_keep_alive, self._too_slow)

    def _too_slow(self) -> None:
        self._waiting = None
        self.transport.close()
        self._watch()

    def _watch(self) -> None:
        """Ends the connection unless the client goes on taking what was written."""
        left = self.transport.get_write_buffer_size()
        if left and self._taking is None:
            self._taking = self.loop.call_later(self.timeout_keep_alive, self._taken, left)

    def _taken(self, before: int) -> None:
        self._taking = None
        if self.transport.get_write_buffer_size() >= before:
            self._abort()
        else:
            self._watch()

    def _abort(self) -> None:
        """Ends the connection with all that was written and not taken, in this process and in the kernel."""
        taken = self.transport.get_extra_info("socket")
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.opened.pop(self, None)
        self.transport.abort()

    def _heard(self) -> None:
        if self in self.opened:
            del self.opened[self]
            self.opened[self] = None

    def _make_room(self) -> None:
        """Ends the connection that has waited longest for its client, or else refuses this one."""
        longest = next((each for each in self.opened if each is not self and each.waits), None)
        if longest is not None:
            longest._abort()
            return
        told = f"{self.most} connections are open, as many as the server takes on"
        self._send(HTTPStatus.SERVICE_UNAVAILABLE, Refused("OVERLOADED", told, headers={"Retry-After": "1"}))
        self.transport.close()

    @property
    def waits(self) -> bool:
        """Whether this end waits for the client: to send, or to take what was written."""
        unsent = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        return unsent or self.transport.get_write_buffer_size() > 0


def limited(most: int) -> type[Connection]:
    """A protocol for one server, of which at most that many connections are open at once."""
    return type("LimitedConnection", (Connection,), {"most": most, "opened": {}})
