"""Count the requests that a stopping server does not answer:

    .venv/bin/python -m bench.stops [--stops 100]

A child process opens an embedded database with the seeds, and runs one server of the whole application after another.
While a server receives SIGTERM, ten clients send lookups, half of them on new connections. A request counts once the
kernel has accepted its connection, and is answered if a complete response with data arrives. A client on an open
connection may find it closed before it sends the next request.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Final

from api.app import create_app
from api.http.server import Server, bind_socket, server_config
from api.logging import configure_logging
from api.settings import LogFormat, LogLevel, Settings
from api.startup import open_prepared_store
from bench.hostile import request

_CLIENTS: Final = 10
_RUN_S: Final = 0.5
_QUERY: Final = "query ($id: ID!, $first: Int!) { city(id: $id) { name networks(first: $first) { nodes { name } } } }"
_numbers: Final = count()


def lookup(*, is_kept_open: bool) -> bytes:
    """Return a request that no other request equals, so that it reads from the database."""
    variables = {"id": "City:vantaa", "first": 1 + next(_numbers) % 500}
    return request({"query": _QUERY, "variables": variables}, **({} if is_kept_open else {"Connection": "close"}))


async def serve(data: Path) -> None:
    """Run servers one after another. Each prints its port, and stops at SIGTERM."""
    loop = asyncio.get_running_loop()
    configure_logging(LogLevel.ERROR, LogFormat.JSON, stream=sys.stderr)
    settings = Settings.load(data_dir=data, response_cache_bytes=0, client_database_burst_s=3_600)
    async with open_prepared_store(settings, seeds=Path("seeds")) as store:
        while True:
            app = create_app(settings, store=store)
            async with app.router.lifespan_context(app):
                sock = bind_socket("127.0.0.1", 0)
                server = Server(server_config(app, settings))
                loop.add_signal_handler(signal.SIGTERM, server.stop)
                print(sock.getsockname()[1], flush=True)
                await server.serve(sockets=[sock])


async def client(port: int, seen: Counter[str], *, is_kept_open: bool) -> None:
    """Send requests one after another until the server refuses connections."""
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            is_open = True
            while is_open and not reader.at_eof():
                writer.write(lookup(is_kept_open=is_kept_open))
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                    assert length
                    is_complete = b'"name":"Vantaa"' in await reader.readexactly(int(length[1]))
                except (asyncio.IncompleteReadError, ConnectionError) as error:
                    seen[f"not answered ({type(error).__name__}, {'open' if is_kept_open else 'new'} connection)"] += 1
                    return
                seen["answered" if is_complete else "wrong"] += 1
                is_open = is_kept_open and b"connection: close" not in head.lower()
        finally:
            writer.transport.abort()


async def measure(stops: int, data: str) -> int:
    seen: Counter[str] = Counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.stops", "--serve", data),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "CITYGRAPH_LOG_LEVEL": "ERROR"},
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
    print(f"{stops} stops with up to {_CLIENTS} requests in flight: {dict(seen)}")
    return int(any(kind != "answered" for kind in seen))


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests that a stopping server does not answer.")
    parser.add_argument("--stops", type=int, default=100)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.serve))
        return
    with tempfile.TemporaryDirectory() as data:
        code = asyncio.run(measure(options.stops, data))
    sys.exit(code)


if __name__ == "__main__":
    main()
