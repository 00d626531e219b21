"""The HTTP server over a real socket."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from api.server import Server, address, listen
from api.settings import Settings
from graph.errors import ConfigurationError


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


@asynccontextmanager
async def serving(**settings: object) -> AsyncGenerator[int]:
    """A server on a free port; its port."""
    ready = asyncio.Event()
    taken = listen("127.0.0.1", 0)
    server = Server(hello, Settings.load(**settings), ready.set)
    running = asyncio.create_task(server.serve(sockets=[taken]))
    await asyncio.wait_for(ready.wait(), 5)
    try:
        yield int(taken.getsockname()[1])
    finally:
        server.stop()
        await running


def test_a_busy_port_is_told_by_its_address() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as raised:
            listen("127.0.0.1", port)
    assert raised.value.message == f"cannot listen on 127.0.0.1:{port}: address already in use"


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot listen on 192\.0\.2\.1:0: cannot assign requested address"):
        listen("192.0.2.1", 0)


def test_the_address_shown_can_be_opened() -> None:
    with listen("0.0.0.0", 0) as everywhere:
        assert address(everywhere) == f"127.0.0.1:{everywhere.getsockname()[1]}"
    with socket.socket(socket.AF_INET6) as six:
        six.bind(("::1", 0))
        assert address(six) == f"[::1]:{six.getsockname()[1]}"


async def test_a_client_that_never_ends_its_head_is_cut_off() -> None:
    async with serving(keep_alive_s=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        begun = asyncio.get_running_loop().time()
        for drop in (b"GET / HTTP/1.1\r\n", b"X-Slow: ", b"x"):  # a drop now and then does not buy more time
            writer.write(drop)
            await asyncio.sleep(0.3)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert 0.9 < asyncio.get_running_loop().time() - begun < 2
        writer.close()


async def test_a_client_that_says_nothing_is_cut_off() -> None:
    async with serving(keep_alive_s=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()


async def test_a_connection_serves_several_requests_then_is_let_go() -> None:
    async with serving(keep_alive_s=1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for pause_s in (0, 0.7, 0.7):  # together longer than the limit, which counts for each head anew
            await asyncio.sleep(pause_s)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
