"""Measure honest clients while hostile clients attack the server: `python -m bench.hostile`.

    .venv/bin/python -m bench.hostile                              on the seeds
    .venv/bin/python -m bench.hostile --graph europe --only expensive,pages --seconds 30
    .venv/bin/python neo4j-server/run.py --data /tmp/bench-neo4j -- .venv/bin/python -m bench.hostile

Starts `citygraph serve` on a free port with a database. Measures honest clients without an attack, then during every
attack. During the attacks in `STARVING`, the honest clients send lookups that all read from the database, to the
attacked server and to a second server of the same database. The exit code is 1 if such an attack made a lookup fail or
more than `SLOWER` times slower. Prints the outcomes of the hostile inputs, the latency of the honest clients, the
memory of the server, and the share of a processor that the server and its child processes use while the honest clients
are measured. The hostile clients run in one process, and the honest clients of each server in another, so that their
latency contains no other work of the bench. All connections use the loopback interface only. An attack lasts
`--seconds`, plus the time until the server disconnects the remaining clients.

Outcomes of a hostile input: *refused well*: the response has status 4xx or 503 and every error has a code, or the
server closes the connection. *Served*: the response is normal. *Hung*: there is no outcome after `PATIENCE_S`. *Not let
in*: the connection was not established. *Broken*: any other outcome, such as status 500, an error without a code or a
truncated response.
"""

import argparse
import asyncio
import gc
import gzip
import hashlib
import itertools
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlencode

from graphql import get_introspection_query

from bench.database import SEEDS, environment_of, filled, size_of
from bench.processes import usage
from bench.serving import Served, serving
from graph.model import LABELS
from graph.store import StoreSettings

ROOT: Final = Path(__file__).parent.parent
HONEST: Final = 4
PAUSE_S: Final = 0.02
START_S: Final = 1.5
"""How long an attack runs before the honest clients are measured."""
LEAVE_S: Final = 0.1
"""How long a client of the attack `leaving` waits for the response."""
FIRST_TRIES: Final = 10
PATIENCE_S: Final = 30.0
WARM_S: Final = 5.0
SLOWER: Final = 5
"""How many times slower lookups may be during an attack in `STARVING`."""
LOOKUP: Final = (
    "query ($id: ID!, $first: Int!) { city(id: $id) { name country networks(first: $first) { nodes { name } } } }"
)
PLURALS: Final = tuple(label.plural for label in LABELS)[:15]
QUERIES: Final = (
    '{{ city(id: "{city}") {{ name networks(first: 5) {{ nodes {{ name }} }} }} }}',
    '{{ network(id: "{network}") {{ members(first: 20) {{ totalCount nodes {{ name country }} }} }} }}',
    '{{ costPerNetwork(city: "{city}", from: 2023, until: 2024) {{ totals {{ amount currency }} }} }}',
)


class Subjects(NamedTuple):
    """Ids of the largest subjects.

    These are the two cities with the most networks, the network with the most members, one of its themes, and the
    scheme of the theme.
    """

    city: str
    other: str
    network: str
    theme: str
    scheme: str


@dataclass
class Report:
    """Outcomes of one attack and measurements of the honest clients.

    Times are in seconds, memory is in MiB, and `cpu` is the number of processors that the server used on average.
    """

    name: str
    fates: Counter[str] = field(default_factory=Counter[str])
    waits: list[float] = field(default_factory=list[float])
    failures: Counter[str] = field(default_factory=Counter[str])
    memory: float = 0.0
    cpu: float = 0.0


source: ContextVar[str] = ContextVar("source", default="127.0.0.1")
"""The loopback address of the client."""


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    opening = asyncio.open_connection("127.0.0.1", port, local_addr=(source.get(), 0))
    return await asyncio.wait_for(opening, PATIENCE_S)


def memory(pid: int) -> float:
    """Return the memory in use by a process, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def request(body: object, accept: str = "application/graphql-response+json", **headers: str) -> bytes:
    """Return a POST request with `body`: bytes unchanged, any other value as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Accept": accept,
        "Content-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /graphql HTTP/1.1\r\n{head}\r\n".encode() + content


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read the next response on a connection and return its status and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return status, await reader.readexactly(int(length[1])) if length else await reader.read()


def page_fate(status: int, body: bytes) -> str:
    """Classify the outcome of the request of a page from its response."""
    if status == 200:
        return "served" if body else "broken"
    return "refused" if status < 500 or status in (503, 504) else "broken"


def fate(status: int, body: bytes) -> str:
    """Classify the outcome of an input from its response."""
    if status in (200, 204, 294):
        errors = json.loads(body).get("errors", []) if body else []
        coded = all(error["extensions"]["code"] not in ("", "INTERNAL") for error in errors)
        return "served" if coded else "broken"
    try:
        codes = [error["extensions"]["code"] for error in json.loads(body)["errors"]]
    except (ValueError, KeyError, TypeError):
        return "broken"
    return "refused" if codes and "INTERNAL" not in codes and (status < 500 or status in (503, 504)) else "broken"


def requests(about: Subjects) -> Iterator[object]:
    """Yield the requests of an honest client. Most responses are in the server's cache."""
    return ({"query": query.format_map(about._asdict())} for query in itertools.cycle(QUERIES))


def lookups(ids: list[str]) -> Iterator[object]:
    """Yield lookups that differ, so that each reads from the database."""
    for first in itertools.count(1):
        for node_id in random.sample(ids, len(ids)):
            yield {"query": LOOKUP, "variables": {"id": node_id, "first": 1 + first % 500}}


async def honest(port: int, report: Report, until: float, asked: Iterator[object]) -> None:
    """Run one honest client, which sends requests with short pauses on a persistent connection."""
    loop = asyncio.get_running_loop()
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for body in asked:
        if loop.time() > until:
            break
        begun = loop.time()
        try:
            if connection is None:
                connection = await connect(port)
            connection[1].write(request(body))
            status, content = await asyncio.wait_for(answer(connection[0]), PATIENCE_S)
            if status != 200 or b'"errors"' in content:
                report.failures[str(status)] += 1
        except (OSError, EOFError, TimeoutError) as error:
            report.failures[type(error).__name__] += 1
            if connection is not None:
                connection[1].close()
            connection = None
        report.waits.append(loop.time() - begun)
        await asyncio.sleep(PAUSE_S)
    if connection is not None:
        connection[1].close()


# --- Attacks: each function sends the next input of one hostile client and is called repeatedly ---

Attack = Callable[[int], Awaitable[str]]


def posting(contents: Iterator[bytes], classify: Callable[[int, bytes], str] = fate) -> Attack:
    """Send one request per connection: the next item of `contents`."""

    async def attack(port: int) -> str:
        reader, writer = await connect(port)
        try:
            writer.write(next(contents))
            status, body = await asyncio.wait_for(answer(reader), PATIENCE_S)
            outcome = classify(status, body)
            if outcome == "broken":
                print(f"broken: {status} {body[:300]!r}", file=sys.stderr)
            return outcome
        except TimeoutError:
            return "hung"
        except (OSError, EOFError) as error:
            print(f"broken: {error!r}", file=sys.stderr)
            return "broken"
        finally:
            writer.close()

    return attack


def sending(parts: list[bytes], *, every_s: float) -> Attack:
    """Send `parts` slowly one by one, then repeat the last part until the server closes the connection."""

    async def attack(port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            reader, writer = await connect(port)
        except ConnectionResetError:
            # Under load the server may accept a connection and close it again before this process checks it.
            return "refused"
        end = loop.time() + PATIENCE_S
        answering = asyncio.create_task(answer(reader))
        try:
            for part in itertools.chain(parts, itertools.repeat(parts[-1])):
                writer.write(part)
                done, _ = await asyncio.wait({answering}, timeout=every_s)
                if done:
                    return fate(*answering.result())
                if loop.time() > end:
                    return "hung"
            raise AssertionError
        except EOFError:
            return "refused"
        except OSError:
            return "refused"
        finally:
            answering.cancel()
            writer.close()

    return attack


async def unread(port: int) -> str:
    """Request a large response and do not read it."""
    loop = asyncio.get_running_loop()
    _reader, writer = await connect(port)
    cast("asyncio.Transport", writer.transport).pause_reading()
    end = loop.time() + PATIENCE_S
    try:
        for _ in range(4):
            writer.write(request({"query": get_introspection_query()}))
        while loop.time() < end:
            await asyncio.sleep(0.5)
            writer.write(b" ")
            if writer.transport.is_closing() or _peer_left(writer):
                return "refused"
        return "hung"
    except OSError:
        return "refused"
    finally:
        writer.transport.abort()


async def pipelined(port: int) -> str:
    """Send one slow request followed by thousands of pipelined requests in a single write."""
    reader, writer = await connect(port)
    try:
        writer.write(next(INTROSPECTIONS) + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 7_000)
        async with asyncio.timeout(PATIENCE_S):
            while await reader.read(65_536):
                pass
        return "refused"
    except TimeoutError:
        return "hung"
    except OSError:
        return "refused"
    finally:
        writer.transport.abort()


def _peer_left(writer: asyncio.StreamWriter) -> bool:
    """Return whether the server closed the connection. Does not read from the connection."""
    port, peer = writer.get_extra_info("sockname")[1], writer.get_extra_info("peername")[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, state = line.split()[1:4]
        if int(local.split(":")[1], 16) == port and int(remote.split(":")[1], 16) == peer:
            return state != "01"
    return True


def introspections() -> Iterator[bytes]:
    """Yield introspection requests, each with a different document."""
    for number in itertools.count():
        yield request({"query": f"query I{number} " + get_introspection_query().split("IntrospectionQuery", 1)[1]})


INTROSPECTIONS: Final = introspections()


def documents() -> Iterator[bytes]:
    """Yield requests with documents that are expensive to validate."""
    many = range(1600)
    kinds = (
        "{ cities { nodes { " + " ".join(f"unknown{n}" for n in range(4_900)) + " } } }",
        "{ cities { nodes { " + " ".join("id name country" for _ in many) + " } } }",
        '{ node(id: "x") { '
        + " ".join(f"...F{n}" for n in range(400))
        + " } } "
        + " ".join(f"fragment F{n} on City {{ a{n}: name }}" for n in range(400)),
        '{ city(id: """' + "x\n" * 100_000 + '""") { id } }',
        "{ " + "[" * 100_000,
        "{ " + "a{" * 2_400,
    )
    return (request({"query": query}) for query in itertools.cycle(kinds))


def queries() -> Iterator[bytes]:
    """Yield operations that request as much data as possible."""
    nested = "members(first: 500) { nodes { networks(first: 500) { nodes { "
    kinds = (
        "{ cities(first: 100) { nodes { " + nested * 3 + "id" + " } } } }" * 3 + " } } }",
        "{ cities(first: 500) { nodes { networks(first: 500) { nodes { id name } } } } }",
        "{ "
        + " ".join(f'a{n}: search(text: "a", first: 50) {{ nodes {{ node {{ id }} }} }}' for n in range(20))
        + " }",
        "{ nodes(ids: [" + ",".join('"City:vantaa"' for _ in range(500)) + "]) { id name } }",
        '{ search(text: "' + "a" * 10_000 + '") { nodes { node { id } } } }',
    )
    return (request({"query": query}) for query in itertools.cycle(kinds))


def expensive(about: Subjects) -> Iterator[bytes]:
    """Yield operations that are small but read much: conditions on paths, totals, and questions. No two are equal."""
    condition = '{ name: { contains: "zzz%d" } }'
    for _ in range(3):
        condition = f"{{ networks: {{ QUANTIFIER: {{ members: {{ QUANTIFIER: {condition} }} }} }} }}"
    city = f'city: "{about.city}"'
    ends = f'{city}, network: "{about.network}"'
    many = "standings: [IN_FORCE, ATTESTED_EARLIER, LONG_UNATTESTED, ATTESTED_LATER], includeApplied: true"
    days = 'on: "20%02d-06-01"'
    documents = [
        *(
            f"{{ cities(where: {condition.replace('QUANTIFIER', quantifier)}) {{ totalCount }} }}"
            for quantifier in ("some", "none", "every")
        ),
        "{ " + " ".join(f"{name} {{ totalCount }}" for name in PLURALS) + " a%d: __typename }",
        "{ a%d: networks(first: 500) { nodes { members(first: 1) { totalCount nodes { networks { totalCount } } } } } }",
        f"{{ a%d: costPerNetwork({city}, from: 1990, until: 2089, {many}) {{ totals {{ amount }} }} }}",
        f"{{ dataGaps({city}, {days}) {{ __typename }} }}",
        f"{{ duplicateActivity({city}, {days}, {many}, first: 500) {{ totalCount }} }}",
        f"{{ followUpsDue({city}, {days}, first: 500) {{ totalCount }} }}",
        f"{{ joinCheck({ends}, {days}, {many}) {{ __typename }} }}",
        f"{{ leaveImpact({ends}, {days}, {many}) {{ __typename }} }}",
        f"{{ overlappingMemberships({days}, {many}, first: 500) {{ totalCount nodes {{ __typename }} }} }}",
        f'{{ peerCities({city}, theme: "{about.theme}", {days}, {many}, first: 500) {{ totalCount }} }}',
        f'{{ renewalsDue({city}, by: "2099-01-01", {days}, {many}, first: 500) {{ totalCount }} }}',
        f"{{ reportsDue({city}, {days}, {many}, first: 500) {{ totalCount }} }}",
        f"{{ networkPortfolio({city}, {days}) {{ __typename }} }}",
        f"{{ joinSuggestions({city}, {days}, limit: 500) {{ __typename }} }}",
        '{ search(text: "a%d e", first: 500) { totalCount nodes { __typename } } }',
        f'{{ shortestPath(from: "{about.city}", to: "{about.other}", {days}, {many}) {{ __typename }} }}',
        f'{{ themeCoverage({city}, of: {{ scheme: "{about.scheme}" }}, {days}, {many}, first: 500) {{ totalCount }} }}',
        f"{{ centrality(measure: BETWEENNESS, {days}, first: 500) {{ totalCount }} }}",
        f'{{ twoModeNetwork({days}, subset: {{ego: "{about.city}", radius: 4}}) {{ __typename }} }}',
    ]
    for number in itertools.count():
        for document in documents:
            yield request({"query": document % (number % 100)})


def filters() -> Iterator[bytes]:
    """Yield six-hop conditions. No two are equal."""
    for number in itertools.count():
        condition = f'{{ name: {{ contains: "zzz{number}" }} }}'
        for _ in range(3):
            condition = f"{{ networks: {{ some: {{ members: {{ some: {condition} }} }} }} }}"
        yield request({"query": f"{{ cities(where: {condition}) {{ totalCount }} }}"})


def leaving(contents: Iterator[bytes]) -> Attack:
    """Send the next item of `contents` and disconnect before the response."""

    async def attack(port: int) -> str:
        _, writer = await connect(port)
        writer.write(next(contents))
        await writer.drain()
        await asyncio.sleep(LEAVE_S)
        writer.close()
        return "served"

    return attack


def pages(about: Subjects) -> Iterator[bytes]:
    """Yield requests of pages and their files. No two are equal."""
    paths = (
        "/city",
        "/graph",
        "/board-pack",
        "/board-pack.docx",
        "/networks",
        "/networks.xlsx",
        "/networks.csv",
        "/compare",
        "/renewals.ics",
        "/peers",
        "/overlap",
        f"/network?network={about.network}",
    )
    for number in itertools.count():
        on = f"20{number % 30:02d}-{1 + number // 30 % 12:02d}-{1 + number // 360 % 28:02d}"
        query = {"city": about.city, "otherCity": about.other, "theme": about.theme, "all": "true", "on": on}
        for path in paths:
            target = f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
            yield f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n".encode()


def bodies() -> Iterator[bytes]:
    """Yield bodies that are not GraphQL requests."""
    zipped = gzip.compress(b" " * 10_000_000)
    kinds = (
        request(b"null"),
        request(b"[" * 100_000),
        request(b'{"query": "\xff"}'),
        request(b'{"a":' * 50_000),
        request(b'{"query": "{ __typename }", "variables": {"n": 1' + b"0" * 100_000 + b"}}"),
        request(zipped, Content_Encoding="gzip"),
        request(zipped),
        request(b"x" * 260_000),
        request(b"", Content_Length="99999999999999999999"),
        request(b"query=%7B__typename%7D", Content_Type="application/x-www-form-urlencoded"),
        request({"query": "{ __typename }"}, accept="text/plain"),
    )
    return itertools.cycle(kinds)


def heads() -> Iterator[bytes]:
    """Yield invalid HTTP requests."""
    kinds = (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
        b"GET /graphql HTTP/9.9\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"\r\n\r\n\r\nGARBAGE\r\n\r\n",
    )
    return itertools.cycle(kinds)


def hashes() -> Iterator[bytes]:
    """Yield persisted-query registrations, each with a different document of the maximum size."""
    for number in itertools.count():
        query = "{ __typename } #" + str(number) + "x" * 100_000
        digest = hashlib.sha256(query.encode()).hexdigest()
        yield request({"query": query, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}})


HEAD: Final = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
ATTACKS: Final[tuple[tuple[str, Callable[[Subjects], Attack], int], ...]] = (
    ("introspection, each another", lambda _: posting(introspections()), 3),
    ("documents dear to check", lambda _: posting(documents()), 3),
    ("operations that ask for much", lambda _: posting(queries()), 4),
    ("bodies that are none", lambda _: posting(bodies()), 4),
    ("heads that are none", lambda _: posting(heads()), 4),
    ("documents to be persisted", lambda _: posting(hashes()), 4),
    ("heads that never end", lambda _: sending([b"GET /graphql HTTP/1.1\r\n", b"X: x\r\n"], every_s=1.0), 1500),
    ("bodies that never end", lambda _: sending([HEAD + b"Content-Length: 100000\r\n\r\n", b" "], every_s=1.0), 1500),
    ("answers that are never read", lambda _: unread, 60),
    ("requests sent ahead", lambda _: pipelined, 60),
    ("expensive filters", lambda about: posting(expensive(about)), 32),
    ("filters alone", lambda _: posting(filters()), 32),
    ("expensive operations, left", lambda about: leaving(expensive(about)), 32),
    ("pages", lambda about: posting(pages(about), page_fate), 32),
)
"""All attacks, as (name, function that returns the attack on a graph, number of concurrent hostile clients)."""
STARVING: Final = ("expensive filters", "filters alone", "expensive operations, left", "pages")
"""The names of the attacks that must not make lookups fail or much slower, on any server of the database."""


async def hostile(port: int, attack: Attack, report: Report, until: float) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        try:
            report.fates[await attack(port)] += 1
        except (OSError, TimeoutError):
            report.fates["not let in"] += 1
            await asyncio.sleep(0.1)


async def attack_alone(port: int, number: int, seconds: float, about: Subjects) -> None:
    """Run the hostile clients of one attack and write the outcomes of their inputs."""
    _, prepare, crowd = ATTACKS[number]
    attack, report = prepare(about), Report("")
    _wait_for_start()
    until = asyncio.get_running_loop().time() + seconds

    async def one(number: int) -> None:
        source.set(f"127.0.{1 + number // 250}.{2 + number % 250}")
        await hostile(port, attack, report, until)

    await asyncio.gather(*map(one, range(crowd)))
    print(json.dumps(report.fates))


async def honest_alone(port: int, asked: str, seconds: float, about: Subjects) -> None:
    """Run the honest clients of one server and write their waits and failures. `asked` is a key of `ASKED`."""
    report, ids = Report(""), await _ids(port)
    gc.freeze()
    _wait_for_start()
    until = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*(honest(port, report, until, ASKED[asked](about, ids)) for _ in range(HONEST)))
    print(json.dumps([report.waits, report.failures]))


ASKED: Final[dict[str, Callable[[Subjects, list[str]], Iterator[object]]]] = {
    "usual": lambda about, _ids: requests(about),
    "lookups": lambda _about, ids: lookups(ids),
}
"""The requests of honest clients, by name. A function accepts the subjects and the ids of cities."""


def _wait_for_start() -> None:
    """Report that this process is ready, and wait until the bench starts it."""
    print("ready", flush=True)
    sys.stdin.readline()


def _child(about: Subjects, *options: str) -> subprocess.Popen[str]:
    """Start a process of this bench and wait until it is ready."""
    command = [sys.executable, "-m", "bench.hostile", *options, "--about", *about]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        raise SystemExit("a process of clients ended")
    return process


def _start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    print(file=process.stdin, flush=True)


def _cpu_s(server: Served) -> float:
    found = usage(server.pid)
    return found.cpu_s if found else 0.0


def measure(
    servers: Sequence[Served], name: str, number: int | None, seconds: float, *, about: Subjects, asked: str
) -> list[Report]:
    """Run honest clients of all servers for some seconds, concurrently with an attack on the first server."""
    reports = [Report(name), *(Report(f"{name}, on a second server") for _ in servers[1:])]
    hostiles = None
    if number is not None:
        limits = "--port", str(servers[0].port), "--seconds", str(seconds + 2 * START_S)
        hostiles = _child(about, "--attack", str(number), *limits)
    clients = [
        _child(about, "--honest", asked, "--port", str(server.port), "--seconds", str(seconds)) for server in servers
    ]
    if hostiles is not None:
        _start(hostiles)
        time.sleep(START_S)
    before, begun = [_cpu_s(server) for server in servers], time.perf_counter()
    for process in clients:
        _start(process)
    for process, server, report, cpu_s in zip(clients, servers, reports, before, strict=True):
        output, _ = process.communicate(timeout=seconds + 3 * PATIENCE_S)
        waits, failures = json.loads(output)
        report.waits, report.failures = waits, Counter(failures)
        report.memory = memory(server.pid)
        report.cpu = (_cpu_s(server) - cpu_s) / (time.perf_counter() - begun)
    if hostiles is not None:
        output, _ = hostiles.communicate(timeout=3 * PATIENCE_S)
        reports[0].fates.update(json.loads(output))
    return reports


def _rank(report: Report, share: float) -> float:
    """Return a quantile of the waits in milliseconds."""
    waits = sorted(report.waits) or [0.0]
    return waits[min(len(waits) - 1, int(share * len(waits)))] * 1000


def table_row(report: Report) -> str:
    waits = sorted(report.waits) or [0.0]
    fates = report.fates

    failures = ", ".join(f"{count} {name}" for name, count in report.failures.items()) or "0"
    tried = sum(fates.values())
    cells = [tried, *(fates[outcome] for outcome in ("refused", "served", "hung", "not let in", "broken"))]
    numbers = " | ".join(str(cell) for cell in cells)
    return (
        f"| {report.name} | {numbers} | {len(report.waits)} | {failures} | {_rank(report, 0.5):.0f} | {_rank(report, 0.99):.0f} "
        f"| {waits[-1] * 1000:.0f} | {report.memory:.0f} | {report.cpu:.2f} |"
    )


def run(servers: Sequence[Served], about: Subjects, seconds: float, only: list[str]) -> bool:
    """Measure every attack whose name contains one of `only`. Return whether the attacks in `STARVING` starved no client."""
    served = servers[:1]
    print(
        "| attack | tried | refused well | served | hung | not let in | broken "
        "| honest | failed | p50 ms | p99 ms | max ms | MiB | CPU |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    measure(served, "warming", None, 1.0, about=about, asked="usual")
    print(table_row(*measure(served, "none", None, seconds, about=about, asked="usual")), flush=True)
    is_fair = True
    for number, (name, _, _) in enumerate(ATTACKS):
        if not any(part in name for part in only):
            continue
        if name not in STARVING:
            print(table_row(*measure(served, name, number, seconds, about=about, asked="usual")), flush=True)
        else:
            _, *reports = [
                measure(servers, title, attack, limit_s, about=about, asked="lookups")
                for title, attack, limit_s in (
                    ("warming", None, WARM_S),
                    ("none, lookups", None, seconds),
                    (name, number, seconds),
                )
            ]
            print("\n".join(table_row(report) for both in reports for report in both), flush=True)
            for before, during in zip(*reports, strict=True):
                slower = _rank(during, 0.99) / _rank(before, 0.99)
                print(f"{during.name}: p99 {slower:.1f} times, {during.failures.total()} failed", file=sys.stderr)
                is_fair &= not during.failures and slower <= SLOWER
        time.sleep(1)
    print(table_row(*measure(served, "none, after all", None, seconds, about=about, asked="usual")), flush=True)
    return is_fair


async def run_on(graph: str, root: Path, seconds: float, only: list[str]) -> bool:
    """Run two servers of the project at `root` on a graph, and measure the attacks as `run` does."""
    with tempfile.TemporaryDirectory() as folder:
        limit_s = StoreSettings().statement_timeout_s
        async with filled(graph, Path(folder), limit_s) as (store, settings):
            environment = {"CITYGRAPH_LOG_LEVEL": "ERROR", **environment_of(settings)}
            print(f"{await size_of(store)}, {'Neo4j' if settings.uri else 'embedded database'}\n", flush=True)
            with (
                serving(root, environment, "--no-seeds") as served,
                serving(root, environment, "--no-seeds") as second,
            ):
                about = await find_subjects(served.port)
                # In a thread, so that this process's own connections to the database stay open.
                return await asyncio.to_thread(run, [served, second], about, seconds, only)


async def find_subjects(port: int) -> Subjects:
    """Return the largest subjects of the graph on a server."""
    most = "orderBy: [{ field: %s, direction: DESC }]"
    query = f"""{{
      cities(first: 2, {most % "NETWORKS_COUNT"}) {{ nodes {{ id }} }}
      networks(first: 1, {most % "MEMBERS_COUNT"}) {{ nodes {{ id themes(first: 1) {{ nodes {{ id scheme {{ id }} }} }} }} }}
    }}"""
    response: dict[str, Any] = {}
    for _ in range(FIRST_TRIES):  # the first statements on a large graph may exceed their time limit
        response = await _post(port, query)
        if "errors" not in response:
            break
        await asyncio.sleep(1)
    if "errors" in response:
        raise SystemExit(f"the server does not return the subjects: {response['errors']}")
    data = response["data"]
    (city, other), (network,) = data["cities"]["nodes"], data["networks"]["nodes"]
    [theme] = network["themes"]["nodes"]
    return Subjects(city["id"], other["id"], network["id"], theme["id"], theme["scheme"]["id"])


async def _post(port: int, query: str) -> dict[str, Any]:
    reader, writer = await connect(port)
    writer.write(request({"query": query}))
    _, body = await asyncio.wait_for(answer(reader), PATIENCE_S)
    writer.close()
    return json.loads(body)


async def _ids(port: int) -> list[str]:
    return [
        node["id"] for node in (await _post(port, "{ cities(first: 500) { nodes { id } } }"))["data"]["cities"]["nodes"]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each attack lasts")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project whose server is measured")
    parser.add_argument("--graph", default=SEEDS, help=f"the graph: {SEEDS}, europe, or the scale of a generated one")
    parser.add_argument("--only", default="", help="parts of the names of the attacks to try, separated by commas")
    parser.add_argument("--attack", type=int, help="run the hostile clients of one attack alone, against --port")
    parser.add_argument("--honest", choices=ASKED, help="run the honest clients of one server alone, against --port")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--about", nargs=len(Subjects._fields), help="the subjects of those clients")
    given = parser.parse_args()
    if given.attack is not None:
        asyncio.run(attack_alone(given.port, given.attack, given.seconds, Subjects(*given.about)))
        return
    if given.honest is not None:
        asyncio.run(honest_alone(given.port, given.honest, given.seconds, Subjects(*given.about)))
        return
    begun = time.perf_counter()
    is_fair = asyncio.run(run_on(given.graph, given.root.resolve(), given.seconds, given.only.split(",")))
    print(f"\n{time.perf_counter() - begun:.0f} s")
    if not is_fair:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
