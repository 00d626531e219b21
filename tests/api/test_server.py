"""The HTTP server over a real socket."""

import asyncio
import json
import re
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import protocol
from api.http.middleware import SECURITY_HEADERS
from api.http.protocol import MAX_PIPELINED, GuardedHttpProtocol
from api.http.server import Server, bind_socket, display_address, server_config
from api.settings import Settings
from graph.errors import ConfigurationError
from tests.api.stub_server import stub_server
from tests.conditions import GIVE_UP_S, until


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


async def reading(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers once the body has been read."""
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """More than the sockets' buffers hold."""
    await PlainTextResponse("x" * 32_000_000)(scope, receive, send)


async def streamed(scope: Scope, receive: Receive, send: Send) -> None:
    """As much, in parts of one size, the next as soon as there is room for it."""

    async def parts() -> AsyncGenerator[bytes]:
        for _ in range(500):
            yield b"x" * 64_000

    await StreamingResponse(parts())(scope, receive, send)


class ObservedProtocol(GuardedHttpProtocol):
    """A connection that counts the bytes it has received."""

    received = 0

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.received += len(data)


def connections() -> list[ObservedProtocol]:
    """Return the open connections of the server."""
    return [cast("ObservedProtocol", connection) for connection in protocol._open]


async def received(count: int, connection: ObservedProtocol | None = None) -> None:
    """Wait until the server has received so many bytes over this connection, or all that are open."""
    await until(lambda: sum(client.received for client in ([connection] if connection else connections())) >= count)


async def check_idle_after(seconds: float) -> None:
    """Check for idle connections, as the server does every second, as if so much time had passed."""
    for connection in connections():
        connection._active_at -= seconds
    await protocol.close_idle_connections()


@asynccontextmanager
async def serving(app: ASGIApp = hello, **settings: object) -> AsyncGenerator[int]:
    """A server on a free port; its port."""
    sock = bind_socket("127.0.0.1", 0)
    config = server_config(app, Settings.load(**settings))
    config.http = ObservedProtocol
    server = Server(config)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield int(sock.getsockname()[1])
    finally:
        server.stop()
        await running


@asynccontextmanager
async def connected(port: int) -> AsyncGenerator[tuple[StreamReader, StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answered(reader: StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of all that comes until the server ends the connection."""
    head, _, body = (await asyncio.wait_for(reader.read(), GIVE_UP_S)).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


def test_error_of_a_busy_port_names_the_address() -> None:
    with bind_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as raised:
            bind_socket("127.0.0.1", port)
    assert raised.value.message == f"cannot listen on 127.0.0.1:{port}: address already in use"


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen on 192\.0\.2\.1:0: cannot assign requested address"):
        bind_socket("192.0.2.1", 0)


def test_the_address_shown_can_be_opened() -> None:
    with bind_socket("0.0.0.0", 0) as everywhere:
        assert display_address(everywhere) == f"127.0.0.1:{everywhere.getsockname()[1]}"
    with socket.socket(socket.AF_INET6) as six:
        six.bind(("::1", 0))
        assert display_address(six) == f"[::1]:{six.getsockname()[1]}"


async def test_a_client_that_never_ends_its_head_is_cut_off() -> None:
    async with serving(keep_alive_s=60) as port, connected(port) as (reader, writer):
        sent = 0
        for drop in (b"GET / HTTP/1.1\r\n", b"X-Slow: ", b"x"):  # a drop now and then does not buy more time
            writer.write(drop)
            sent += len(drop)
            await received(sent)
            await check_idle_after(19)
            assert len(connections()) == 1
        await check_idle_after(4)
        assert await asyncio.wait_for(reader.read(), GIVE_UP_S) == b""


async def test_a_client_that_says_nothing_is_cut_off() -> None:
    """The server itself looks for idle connections, every second."""
    async with serving(keep_alive_s=1) as port, connected(port) as (reader, _):
        assert await asyncio.wait_for(reader.read(), GIVE_UP_S) == b""


async def test_a_connection_serves_several_requests_then_is_let_go() -> None:
    async with serving(keep_alive_s=60) as port, connected(port) as (reader, writer):
        for pause_s in (0, 40, 40):  # together longer than the limit, which counts for each head anew
            await check_idle_after(pause_s)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
        await check_idle_after(40)
        assert len(connections()) == 1
        await check_idle_after(21)
        assert await asyncio.wait_for(reader.read(), GIVE_UP_S) == b""


async def test_pipelining_client_is_read_again_after_the_answers() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in (2, 3, 1):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * number)
            for _ in range(number):
                assert (await asyncio.wait_for(reader.readuntil(b"hello"), GIVE_UP_S)).startswith(
                    b"HTTP/1.1 200 OK\r\n"
                )
        writer.close()


async def test_a_body_that_goes_on_after_its_answer_ends_with_the_connection() -> None:
    async with serving(keep_alive_s=60) as port, connected(port) as (reader, writer):
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        writer.write(head)
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
        for count in range(1, 4):
            writer.write(b"x")
            await received(len(head) + count)
            await check_idle_after(19)
            assert len(connections()) == 1
        await check_idle_after(4)
        assert await asyncio.wait_for(reader.read(), GIVE_UP_S) == b""


@pytest.mark.parametrize("app", [large, streamed])
async def test_unread_answer_ends_with_the_connection(app: ASGIApp) -> None:
    async with serving(app, keep_alive_s=60) as port, connected(port) as (reader, writer):
        writer.transport.pause_reading()
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: unsent_bytes() > 0)

        async def is_cut() -> bool:  # not while the buffers of the sockets still fill
            await check_idle_after(61)
            return not connections()

        await until(is_cut)
        writer.transport.resume_reading()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(reader.readexactly(32_000_000), GIVE_UP_S)


def unsent_bytes() -> int:
    return sum(connection.transport.get_write_buffer_size() for connection in connections())


@pytest.mark.parametrize("app", [large, streamed])
async def test_an_answer_that_is_taken_slowly_is_sent_to_its_end(app: ASGIApp) -> None:
    pauses = 0
    async with serving(app, keep_alive_s=60) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        [connection] = connections()

        def is_sent() -> bool:
            return not (connection._in_flight or unsent_bytes())

        for _ in range(16):
            before = unsent_bytes(), connection._active_at
            await asyncio.wait_for(reader.readexactly(2_000_000), GIVE_UP_S)
            await until(
                lambda before=before: is_sent() or unsent_bytes() < before[0] or connection._active_at > before[1]
            )
            if not is_sent():
                pauses += 1
                await check_idle_after(40)
    assert pauses > 3


async def test_the_connection_that_waited_longest_makes_room() -> None:
    async with (
        serving(reading, max_connections=2) as port,
        connected(port) as (oldest, _),
        connected(port) as (slow_reader, slow),
    ):
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12"
        slow.write(head)
        await received(len(head))
        async with connected(port) as (reader, writer):
            assert await asyncio.wait_for(oldest.read(), GIVE_UP_S) == b""
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await asyncio.wait_for(reader.readuntil(b"0 bytes"), GIVE_UP_S)
            async with connected(port) as (last, writer):
                assert await asyncio.wait_for(slow_reader.read(), GIVE_UP_S) == b""
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert await asyncio.wait_for(last.readuntil(b"0 bytes"), GIVE_UP_S)


async def test_where_all_connections_are_served_a_new_one_is_refused() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await go.wait()
        await hello(scope, receive, send)

    async with serving(busy, max_connections=1) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()
        async with connected(port) as (refused, _):
            status, headers, body = await answered(refused)
        assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
        (error,) = json.loads(body)["errors"]
        assert error["message"] == "the server has 1 open connections, its maximum"
        assert error["extensions"]["code"] == "OVERLOADED"
        go.set()
        assert await asyncio.wait_for(reader.readuntil(b"hello"), GIVE_UP_S)


@pytest.mark.parametrize(
    "sent",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000,
        b"GET /" + b"a" * 70_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_invalid_http_gives_an_error_like_graphql_ones(sent: bytes) -> None:
    async with serving(reading) as port, connected(port) as (reader, writer):
        writer.write(sent)
        status, headers, body = await answered(reader)
    assert (status, headers["content-type"]) == (400, "application/json; charset=utf-8")
    assert headers["connection"] == "close"
    assert {name.lower(): value.lower() for name, value in SECURITY_HEADERS.items()}.items() <= headers.items()
    (error,) = json.loads(body)["errors"]
    assert error["message"] == "the request is not well-formed HTTP/1.1, or its head is larger than 32768 bytes"
    assert error["extensions"] == {
        "code": "BAD_REQUEST",
        "hint": "send a well-formed request",
        "requestId": headers["x-request-id"],
    }


async def test_a_body_that_breaks_off_its_form_after_the_answer_ends_the_connection() -> None:
    async with serving() as port, connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert await asyncio.wait_for(reader.readuntil(b"hello"), GIVE_UP_S)
        writer.write(b"zz\r\n")
        assert await asyncio.wait_for(reader.read(), GIVE_UP_S) == b""


async def test_a_client_that_offers_another_protocol_is_answered_over_http() -> None:
    async with serving() as port, connected(port) as (reader, writer):
        offer = b"Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\n")
        status, _, body = await answered(reader)
    assert (status, body) == (200, b"hello")


async def test_requests_sent_ahead_are_answered_in_turn() -> None:
    async with serving(reading) as port, connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab" * 50)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = await asyncio.wait_for(reader.read(), GIVE_UP_S)
    assert re.findall(rb"(\d) bytes", got) == [b"2"] * 50 + [b"0"]


async def test_error_of_invalid_http_follows_earlier_answers() -> None:
    async with serving(reading) as port, connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab" * 2 + b"GARBAGE\r\n\r\n")
        got = await asyncio.wait_for(reader.read(), GIVE_UP_S)
    assert re.findall(rb"(\d) bytes", got) == [b"2", b"2"]
    assert got.count(b"HTTP/1.1 ") == 2


@pytest.mark.parametrize(
    "broken",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET http://a:b/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT foo HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_malformed_request_loses_no_earlier_answer(broken: bytes) -> None:
    go = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await go.wait()
        await reading(scope, receive, send)

    async with serving(slow) as port:
        async with connected(port) as (reader, writer):
            sent = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab" * 2 + broken
            writer.write(sent)
            await received(len(sent))
            go.set()
            got = await asyncio.wait_for(reader.read(), GIVE_UP_S)
        assert (re.findall(rb"(\d) bytes", got), got.count(b"HTTP/1.1 ")) == ([b"2", b"2"], 2)
        async with connected(port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await asyncio.wait_for(reader.readuntil(b"0 bytes"), GIVE_UP_S)
            writer.write(broken)
            status, _, _ = await answered(reader)
        assert status == 400


async def test_only_so_many_requests_are_taken_ahead() -> None:
    async with serving(reading) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 5000)
        got = await asyncio.wait_for(reader.read(), GIVE_UP_S)
    assert got.count(b"0 bytes") == MAX_PIPELINED


async def test_trailers_are_ignored_and_limited() -> None:
    async def headers(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        await PlainTextResponse(repr(sorted(name for name, _ in scope["headers"])))(scope, receive, send)

    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(headers) as port:
        async with connected(port) as (reader, writer):
            writer.write(chunked + b"2\r\nab\r\n0\r\nAuthorization: y\r\nHost: z\r\n\r\n")
            assert await asyncio.wait_for(reader.readuntil(b"[b'host', b'transfer-encoding']"), GIVE_UP_S)
        for endless in (b"0\r\n" + b"X: a\r\n" * 20_000, b"0\r\nX: " + b"a" * 70_000, b"1;" + b"a" * 70_000):
            await until(lambda: not connections())
            async with connected(port) as (reader, writer):
                writer.write(chunked)
                await received(len(chunked))
                sent, [connection] = 0, connections()
                while not connection._is_malformed:
                    writer.write(endless[sent : sent + 8_000])
                    sent += 8_000
                    await received(len(chunked) + sent, connection)
                assert sent < len(endless)
                assert (await asyncio.wait_for(reader.read(), GIVE_UP_S)).startswith(b"HTTP/1.1 400 ")


async def test_expect_header_gets_100_continue() -> None:
    async with serving(reading) as port, connected(port) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), GIVE_UP_S) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ab")
        assert await asyncio.wait_for(reader.readuntil(b"2 bytes"), GIVE_UP_S)


async def test_malformed_chunk_before_the_answer_gives_an_error() -> None:
    async with serving(reading) as port, connected(port) as (reader, writer):
        sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
        writer.write(sent)
        await received(len(sent))
        writer.write(b"zz\r\n")
        status, headers, _ = await answered(reader)
    assert (status, headers["connection"]) == (400, "close")


async def test_a_request_that_offers_http_2_is_answered_and_so_is_the_next() -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
    async with serving(reading) as port, connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" + offer + b"\r\nab")
            assert b" 200 OK" in await asyncio.wait_for(reader.readuntil(b"2 bytes"), GIVE_UP_S)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + offer + b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(2):
            assert await asyncio.wait_for(reader.readuntil(b"0 bytes"), GIVE_UP_S)


async def test_heads_are_answered_without_bodies() -> None:
    async with serving() as port, connected(port) as (reader, writer):
        writer.write(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        for _ in range(3):
            assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), GIVE_UP_S)).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_concurrent_clients_wait_in_the_kernel_to_be_accepted() -> None:
    loop = asyncio.get_running_loop()
    async with serving() as port, AsyncExitStack() as closing:
        # They connect while the loop stands still, so that none is accepted yet.
        clients = [socket.create_connection(("127.0.0.1", port), timeout=0.5) for _ in range(200)]
        for client in clients:
            closing.enter_context(client)
            client.setblocking(False)
            await loop.sock_sendall(client, b"GET / HTTP/1.0\r\n\r\n")
        answers = [await asyncio.wait_for(loop.sock_recv(client, 1000), GIVE_UP_S) for client in clients]
    assert {answer[:15] for answer in answers} == {b"HTTP/1.1 200 OK"}


async def test_a_stopping_server_answers_what_is_in_flight_and_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_S", 0.5)
    begun, go = asyncio.Event(), asyncio.Event()

    async def busy(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await go.wait()
        await hello(scope, receive, send)

    sock = bind_socket("127.0.0.1", 0)
    port = int(sock.getsockname()[1])
    server = Server(server_config(busy, Settings.load()))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    async with connected(port) as (first, served), connected(port) as (second, late), connected(port) as (third, _):
        served.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()
        server.stop()
        await until(lambda: not server.servers[0].is_serving())
        late.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await asyncio.wait_for(third.read(), GIVE_UP_S) == b""
        go.set()
        for reader in (first, second):
            status, headers, body = await answered(reader)
            assert (status, headers["connection"], body) == (200, "close", b"hello")
    await running


async def test_work_ends_when_the_client_hangs_up() -> None:
    async with stub_server() as api, serving(api.view) as port:
        async with connected(port) as (_, writer):
            body = b'{"query": "{ slow }"}'
            head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
            writer.write(head.encode() + b"\r\n\r\n" + body)
            await asyncio.wait_for(api.slow_field.started.acquire(), GIVE_UP_S)
            assert (api.slow_field.outcomes, api.context_events) == ([], ["open"])
        await until(lambda: api.context_events != ["open"])
        assert (api.slow_field.outcomes, api.context_events) == (["cancelled"], ["open", "closed"])


async def test_answers_are_sent_without_waiting_for_an_acknowledgement() -> None:
    delayed: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        taken = cast("Any", send).__self__.transport.get_extra_info("socket")
        delayed.append(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await hello(scope, receive, send)

    async with serving(app) as port, connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    assert delayed == [1]


async def test_connections_in_the_kernel_are_served_before_the_server_stops() -> None:
    """The clients connect when the server no longer accepts, as in the moment of the signal."""
    sock = bind_socket("127.0.0.1", 0)
    port = sock.getsockname()[1]
    server = Server(server_config(hello, Settings.load()))
    running = asyncio.create_task(server.serve(sockets=[sock]))
    await until(lambda: server.started)
    asyncio.get_running_loop().remove_reader(sock)
    async with connected(port) as (idle, _), connected(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        server.stop()
        status, headers, body = await answered(reader)
        assert (status, headers["connection"], body) == (200, "close", b"hello")
        assert await asyncio.wait_for(idle.read(), GIVE_UP_S) == b""
    await running
