"""Measure the memory of a server after many different requests, and compare it with what it promises at its start.

    .venv/bin/python -m bench.memory [--requests 200000]

The server is real, with the seeds in an embedded database and default settings. It logs the sum of its memory and of the
limits of its caches (`memory_limits`). The requests are all different: mostly lookups with variables, and documents,
persisted queries, questions, searches, pages, and requests that are refused. Each client has an address of its own, so
that none uses up its budget of database time. The exit code is 1 if the memory exceeds `ALLOWED` times the sum.

The second table compares the weight of cache entries with the memory that they hold, measured by following their
references in this process.
"""

import argparse
import asyncio
import gc
import hashlib
import itertools
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from starlette.types import ASGIApp

from api.graphql.http.view import create_view
from api.settings import Settings
from api.state import AppState
from bench.hostile import answer, connect, memory, request, source
from bench.measuring import table
from bench.serving import Served, serving
from graph.seeding import load
from graph.store import Store

ROOT: Final = Path(__file__).parent.parent
ALLOWED: Final = 1.2
CLIENTS: Final = 16
ROWS: Final = 10
NESTED: Final = "networks(first: 2) { nodes { id name memberships(first: 2) { nodes { id status } } } }"


def requests(ids: list[str]) -> Iterator[bytes]:
    """Yield requests, no two of them equal."""
    for number in itertools.count():
        city, first = ids[number % len(ids)], 1 + number // len(ids) % 500
        day = f"20{number % 30:02d}-{1 + number // 30 % 12:02d}-{1 + number // 360 % 28:02d}"
        aliases = " ".join(f"a{number}x{index}: name" for index in range(number % 40))
        document = f'{{ city(id: "{city}") {{ id name {aliases} networks(first: {first}) {{ nodes {{ name }} }} }} }}'
        persisted = f'query P{number} {{ city(id: "{city}") {{ {NESTED} }} }}'
        sha256 = hashlib.sha256(persisted.encode()).hexdigest()
        lookup = "query ($id: ID!, $first: Int!) { city(id: $id) { name networks(first: $first) { nodes { name } } } }"
        common: list[object] = [
            *[{"query": lookup, "variables": {"id": city, "first": first}}] * 13,
            {"query": document},
            {"query": persisted, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256}}},
            {"query": f"{{ unknown{number} }}"},
        ]
        rare: list[object] = [
            {"query": f'{{ renewalsDue(city: "{city}", by: "2030-01-01", on: "{day}") {{ nodes {{ decideBy }} }} }}'},
            {"query": f'{{ search(text: "{city[5:9]} {number}") {{ nodes {{ node {{ id }} }} }} }}'},
            {"query": lookup, "variables": {"id": f"City:unknown{number}", "first": first}},
        ]
        kind = rare[number // 16 % len(rare)] if number % 16 == 0 else common[number % len(common)]
        if number % 512 == 0:
            kind = f"/city?city={city}&on={day}"
        if isinstance(kind, str):
            yield f"GET {kind} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n".encode()
        else:
            accept = "application/json" + (f";q=0.{number}" if number % 50 == 0 else "")
            yield request(kind, accept)


async def send(port: int, client: int, sent: Iterable[bytes]) -> Counter[int]:
    """Send requests on one connection, one after the other. Return the number of answers of each status."""
    source.set(f"127.0.1.{client}")
    reader, writer = await connect(port)
    statuses: Counter[int] = Counter()
    for content in sent:
        writer.write(content)
        status, _ = await asyncio.wait_for(answer(reader), 60)
        statuses[status] += 1
    writer.close()
    return statuses


async def measure(served: Served, count: int) -> bool:
    """Send requests and print a table of the memory. Return whether the memory stayed within the limit."""
    events = [json.loads(line) for line in served.log.read_text().splitlines() if "memory_limits" in line]
    promised = {name.removesuffix("_mib"): size for name, size in events[-1].items() if name.endswith("_mib")}
    print(table(["limit", "MiB"], [[name, str(size)] for name, size in promised.items()]), "\n")
    reader, writer = await connect(served.port)
    writer.write(request({"query": "{ cities(first: 500) { nodes { id } } }"}))
    ids = [node["id"] for node in json.loads((await answer(reader))[1])["data"]["cities"]["nodes"]]
    random.Random(1).shuffle(ids)
    writer.close()
    different, begun, rows = requests(ids), time.monotonic(), list[list[str]]()
    statuses: Counter[int] = Counter()
    highest = 0.0
    for row in range(1, ROWS + 1):
        parts = [itertools.islice(different, count // ROWS // CLIENTS) for _ in range(CLIENTS)]
        for found in await asyncio.gather(
            *(send(served.port, client, part) for client, part in enumerate(parts, start=1))
        ):
            statuses += found
        taken = memory(served.pid)
        highest = max(highest, taken)
        seconds = time.monotonic() - begun
        rows.append([str(count * row // ROWS), f"{taken:.0f}", f"{taken / promised['sum']:.2f}", f"{seconds:.0f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    print(table(["requests", "memory MiB", "of the sum", "after s"], rows))
    print("\nAnswers by status:", ", ".join(f"{count} of {status}" for status, count in sorted(statuses.items())))
    return highest <= ALLOWED * promised["sum"]


async def post(app: ASGIApp, content: object) -> None:
    """Send a request to an application in this process."""
    messages = [{"type": "http.request", "body": json.dumps(content).encode(), "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(_message: MutableMapping[str, Any]) -> None:
        pass

    headers = [(b"content-type", b"application/json"), (b"accept", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await app(scope, receive, send)


def held_bytes(values: object, known: set[int]) -> int:
    """Return the memory of all objects that `values` refer to, without those in `known`, types, modules and code."""
    seen: set[int] = set()
    pending, total = [values], 0
    while pending:
        value = pending.pop()
        if id(value) in seen or id(value) in known or isinstance(value, (ModuleType, type, CodeType)):
            continue
        seen.add(id(value))
        total += sys.getsizeof(value)
        is_function = isinstance(value, FunctionType)
        pending.extend(value.__closure__ or () if is_function else gc.get_referents(value))
    return total


def documents() -> dict[str, Callable[[int], dict[str, Any]]]:
    """Return kinds of requests, each as a function of a number that makes it different."""

    def numbered(text: str) -> Callable[[int], dict[str, Any]]:
        return lambda number: {"query": f"{text} #{number:06d}"}

    city = 'city(id: "City:vantaa")'
    roots = " ".join(f"r{index}: {city} {{ id name {NESTED} }}" for index in range(10))
    conditions = ",".join(f'{{name: {{eq: "a{index}"}}}}' for index in range(20))
    return {
        "lookup": numbered(f"{{ {city} {{ id name }} }}"),
        "three levels": numbered(f"{{ {city} {{ {NESTED} }} }}"),
        "ten root fields": numbered(f"{{ {roots} }}"),
        "aliases": numbered(f"{{ {city} {{ {' '.join(f'a{index}:id' for index in range(90))} }} }}"),
        "conditions": numbered(f"{{ cities(first: 5, where: {{and: [{conditions}]}}) {{ nodes {{ id }} }} }}"),
        "question": numbered('{ renewalsDue(city: "City:vantaa", by: "2026-01-01") { nodes { network { name } } } }'),
        "variables": lambda number: {
            "query": "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            "variables": {"ids": [f"City:n{number}x{index}" for index in range(200)]},
        },
    }


async def weigh(data: Path) -> None:
    """Print a table of the weights of cache entries and the memory that they hold."""
    entries, rows = 40, list[list[str]]()
    settings = Settings.load(data_dir=data, response_cache_bytes=0, client_database_burst_s=3600)
    async with Store.open(settings.store()) as store:
        await store.prepare()
        await load(store, [ROOT / "seeds"])
        view = create_view(AppState(settings, store))
        operations = view._operations
        for name, make in documents().items():
            for number in range(-5, 0):
                await post(view, make(number))
            operations._documents.clear()
            operations._prepared.clear()
            for batcher in store._batchers.values():
                batcher._groups.clear()
            gc.collect()
            known = {id(value) for value in gc.get_objects()}
            for number in range(entries):
                await post(view, make(number))
            for cache, found, weight in (
                ("documents", operations._documents, operations._documents.currsize),
                ("operations", operations._prepared, operations._prepared.currsize),
            ):
                held = held_bytes([*found, *found.values()], known)
                cells = (len(found), held / len(found), weight / len(found), held / weight)
                rows.append([name, cache, *(f"{cell:.2f}" if cell < 10 else f"{cell:.0f}" for cell in cells)])
    print(table(["request", "cache", "entries", "held by one B", "its weight B", "held / weight"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=200_000)
    count = parser.parse_args().requests
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(weigh(Path(folder) / "weights"))
        print()
        with serving(ROOT, {"CITYGRAPH_DATA_DIR": f"{folder}/served"}) as served:
            is_within = asyncio.run(measure(served, count))
    if not is_within:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
