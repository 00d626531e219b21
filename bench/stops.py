"""Count the requests that a stopping server does not answer:

    .venv/bin/python -m bench.stops [--stops 100]

A child process runs one server after another, with a slow constant response. While a server receives SIGTERM, ten clients send requests,
half of them on new connections. A request counts once the kernel has accepted its connection, and is answered if a
complete response arrives. A client on an open connection may find it closed before it sends the next request.
"""

import argparse
import asyncio
import signal
import sys
from collections import Counter
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

_CLIENTS: Final = 10
_SLOW_S: Final = 0.02
_RUN_S: Final = 0.15
_REQUEST: Final = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n%b\r\nbody"


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    await Request(scope, receive).body()
    await asyncio.sleep(_SLOW_S)
    await PlainTextResponse("hello")(scope, receive, send)


async def serve() -> None:
    """Run servers one after another. Each prints its port, and stops at SIGTERM."""
    from api.http.server import Server, bind_socket, server_config
    from api.settings import Settings

    loop = asyncio.get_running_loop()
    while True:
        sock = bind_socket("127.0.0.1", 0)
        server = Server(server_config(slow, Settings.load()))
        loop.add_signal_handler(signal.SIGTERM, server.stop)
        print(sock.getsockname()[1], flush=True)
        await server.serve(sockets=[sock])


async def client(port: int, seen: Counter[str], *, is_kept_open: bool) -> None:
    """Send requests one after another until the server refuses connections."""
    request = _REQUEST % (b"" if is_kept_open else b"Connection: close\r\n")
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            is_open = True
            while is_open and not reader.at_eof():
                writer.write(request)
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                    is_complete = await reader.readexactly(5) == b"hello"
                except (asyncio.IncompleteReadError, ConnectionError) as error:
                    seen[f"not answered ({type(error).__name__}, {'open' if is_kept_open else 'new'} connection)"] += 1
                    return
                seen["answered" if is_complete else "wrong"] += 1
                is_open = is_kept_open and b"connection: close" not in head.lower()
        finally:
            writer.transport.abort()


async def measure(stops: int) -> int:
    seen: Counter[str] = Counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.stops", "--serve", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        for _ in range(stops):
            port = int(await process.stdout.readline())
            clients = [
                asyncio.create_task(client(port, seen, is_kept_open=number % 2 == 0)) for number in range(_CLIENTS)
            ]
            await asyncio.sleep(_RUN_S)
            process.send_signal(signal.SIGTERM)
            await asyncio.gather(*clients)
    finally:
        process.kill()
        await process.wait()
    print(f"{stops} stops with {_CLIENTS} requests in flight: {dict(seen)}")
    return int(any(kind != "answered" for kind in seen))


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests that a stopping server does not answer.")
    parser.add_argument("--stops", type=int, default=100)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    else:
        sys.exit(asyncio.run(measure(options.stops)))


if __name__ == "__main__":
    main()
