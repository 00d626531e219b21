"""Measure the memory of cached responses, and the CPU time of a cached response:

    .venv/bin/python -m bench.memory [--requests 200000]

The requests differ in one variable. Their responses come from a schema without a database, so the memory is that of the
server's caches. The table compares it with the limit of the response cache and with the weight of its entries.
"""

import argparse
import asyncio
import gc
import json
import resource
import time
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp

from tests.api.stub_server import StubGraph, stub_server

_DOCUMENT: Final = "query($id: ID!) { city(id: $id) { id name cities(first: 2) { nodes { id name } } } }"
_WARM_UP: Final = 2_000
_REPEATED: Final = 5_000


def memory_bytes() -> int:
    """Return the current memory (RSS) of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def send_request(app: ASGIApp, number: int) -> None:
    body = json.dumps({"query": _DOCUMENT, "variables": {"id": f"City:n{number:07d}"}}).encode()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(_message: MutableMapping[str, Any]) -> None:
        pass

    headers = [(b"content-type", b"application/json"), (b"accept", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await app(scope, receive, send)


async def measure(requests: int) -> None:
    async with stub_server(graph=StubGraph()) as server:
        cache, limit = server.view.response_cache, server.view._settings.response_cache_bytes
        for number in range(_WARM_UP):
            await send_request(server.view, -1 - number)
        gc.collect()
        before, weight_before = memory_bytes(), cache.memory_bytes
        for number in range(requests):
            await send_request(server.view, number)
        gc.collect()
        grown, weight = memory_bytes() - before, cache.memory_bytes - weight_before
        begun = time.process_time()
        for _ in range(_REPEATED):
            await send_request(server.view, requests - 1)
        cached_ms = 1000 * (time.process_time() - begun) / _REPEATED
    print("| requests | memory before MiB | grown MiB | weight of the entries MiB | limit MiB | cached response ms |")
    print("|---|---|---|---|---|---|")
    figures = (before, grown, weight, limit)
    print(f"| {requests} | {' | '.join(f'{figure / 2**20:.1f}' for figure in figures)} | {cached_ms:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="The memory of cached responses.")
    parser.add_argument("--requests", type=int, default=200_000)
    asyncio.run(measure(parser.parse_args().requests))


if __name__ == "__main__":
    main()
