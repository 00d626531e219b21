"""Test what API clients see during database faults, and whether the server recovers afterwards.

    .venv/bin/python -m bench.faults                  on a temporary embedded database, about ten minutes
    .venv/bin/python -m bench.faults --neo4j          on a temporary Neo4j, which is also restarted
    .venv/bin/python neo4j-server/run.py --temporary -- .venv/bin/python -m bench.faults          on that Neo4j
    .venv/bin/python -m bench.faults --bulk-kills 20          kill the database during bulk loads instead (or --neo4j)

The real server runs as a child process and connects to the database through a proxy that injects the faults. A request
counts as answered in time if a complete JSON response arrives within the server's request timeout. The last test sends
many requests while faults start and stop, and compares the memory of the server.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from bench.bulk import written
from bench.proxy import Fault, Proxy
from graph.errors import GraphLoading
from graph.store import Store, StoreSettings
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published

ROOT: Final = Path(__file__).resolve().parent.parent
CLIENTS: Final = 12
REQUEST_LIMIT_S: Final = 15.0
"""Default request timeout of the server, in seconds."""
GRACE_S: Final = 1.0
POLL_S: Final = 0.1
RESTART_S: Final = 3.0
PATIENCE_S: Final = 60.0
LOST_LOAD_S: Final = 15.0
"""Time in seconds in which a bulk load must end after it lost its database."""

CITY: Final = "query($id: ID!) { city(id: $id) { id name } }"
MANY: Final = (
    "query($n: Int!) { cities(first: $n) { edges { node { id name memberships { edges { node { id } } } } } } }"
)


# --- The database ---------------------------------------------------------------------------------


@dataclass
class Played:
    """A database behind a proxy. `environment` directs the server to the proxy. `restart` restarts the database."""

    proxy: Proxy
    environment: dict[str, str]
    restart: Callable[[], Awaitable[None]] | None = None


@asynccontextmanager
async def embedded(folder: Path) -> AsyncGenerator[Played]:
    """Run an embedded database in this process, and publish the proxy's endpoint in a second data folder."""
    async with Store.open(StoreSettings(data_dir=folder / "real", heap_mb=512)) as store:
        await store.prepare()
        real = read_published(folder / "real")
        assert real
        proxy = Proxy("127.0.0.1", int(real.uri.rpartition(":")[2]))
        await proxy.listen()
        joined = folder / "joined"
        held = DataDirLock.acquire(joined)
        assert held
        uri = f"bolt://127.0.0.1:{proxy.port}"
        held.publish(
            DatabaseEndpoint(uri, real.user, real.password, real.database, real.control, real.statement_timeout_s)
        )
        try:
            yield Played(proxy, {"CITYGRAPH_DATA_DIR": str(joined)})
        finally:
            await proxy.stop()
            held.release()


@asynccontextmanager
async def connected(uri: str, user: str, password: str) -> AsyncGenerator[Played]:
    host, _, port = uri.rpartition("/")[2].partition(":")
    proxy = Proxy(host, int(port or 7687))
    await proxy.listen()
    try:
        yield Played(
            proxy,
            {
                "CITYGRAPH_DATABASE_URI": f"bolt://127.0.0.1:{proxy.port}",
                "CITYGRAPH_DATABASE_USER": user,
                "CITYGRAPH_DATABASE_PASSWORD": password,
            },
        )
    finally:
        await proxy.stop()


@asynccontextmanager
async def own_neo4j(folder: Path) -> AsyncGenerator[Played]:
    """Run a Neo4j server that can be restarted with the same port and data."""
    database = OwnNeo4j(folder)
    await asyncio.to_thread(database.start)
    try:
        async with connected(f"bolt://127.0.0.1:{database.port}", "neo4j", database.password) as played:
            played.restart = database.restart
            yield played
    finally:
        await asyncio.to_thread(database.stop)


class OwnNeo4j:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[str] | None = None

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text().strip()

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "neo4j-server" / "run.py"), "--data", str(self.folder)]
        command += ["--port", str(self.port)] if self.port else []
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.process = process
        assert process.stderr
        said = ""
        for line in process.stderr:
            if " answers at " in line:
                self.port = int(line.partition("127.0.0.1:")[2].split()[0])
                return
            said += line
        raise SystemExit(f"Neo4j did not start:\n{said}")

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)

    async def restart(self) -> None:
        await asyncio.to_thread(self.stop)
        await asyncio.to_thread(self.start)


# --- The server and its clients -------------------------------------------------------------------


@dataclass
class Server:
    port: int
    pid: int

    def memory_mib(self) -> float:
        """Return the current memory of the process in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise AssertionError

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    async def request(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send one request on a new connection and return the status and body of the response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            content = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
            writer.write(f"{head} HTTP/1.1\r\nHost: 127.0.0.1\r\n{content}Connection: close\r\n\r\n".encode() + body)
            answer = await reader.read()
        finally:
            writer.transport.abort()
        first, _, rest = answer.partition(b"\r\n\r\n")
        return int(first.split(b" ")[1]), rest

    async def ready(self) -> bool:
        status, _ = await self.request("GET /readyz")
        return status == 200


@asynccontextmanager
async def served(environment: dict[str, str], folder: Path) -> AsyncGenerator[Server]:
    """Run `citygraph serve` on the seed files without response cache, so that every request queries the database."""
    command = [sys.executable, "-c", "from api.cli.main import main; main()", "serve", "--port", "0"]
    surroundings = {**os.environ, "CITYGRAPH_LOG_LEVEL": "ERROR", "CITYGRAPH_RESPONSE_CACHE_BYTES": "0", **environment}
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        )
        try:
            assert process.stdout
            line = (await process.stdout.readline()).decode()
            if "127.0.0.1:" not in line:
                raise SystemExit(f"the server did not start:\n{(folder / 'server.log').read_text()}")
            yield Server(int(line.partition("127.0.0.1:")[2].partition("/")[0]), process.pid)
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.wait()


@dataclass
class Seen:
    """Responses to the clients. `wrong` contains responses that are neither data nor an error with a code."""

    requests: int = 0
    in_time: int = 0
    slowest_s: float = 0.0
    answers: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


async def one_request(server: Server, number: int, seen: Seen) -> None:
    if number % 4:
        document, variables = CITY, {"id": f"City:asked-{number}"}
    else:
        document, variables = MANY, {"n": 50 + number % 300}
    body = json.dumps({"query": document, "variables": variables}).encode()
    seen.requests += 1
    begun = time.monotonic()
    try:
        async with asyncio.timeout(2 * REQUEST_LIMIT_S):
            status, content = await server.request("POST /graphql", body)
        took = time.monotonic() - begun
        kind = summary(status, json.loads(content))
    except (OSError, ValueError, IndexError, TimeoutError) as error:
        took, kind = time.monotonic() - begun, f"no answer ({type(error).__name__})"
        seen.wrong.append(kind)
    seen.slowest_s = max(seen.slowest_s, took)
    seen.in_time += took <= REQUEST_LIMIT_S + GRACE_S and not kind.startswith("no answer")
    seen.answers[kind] += 1


def summary(status: int, answer: dict[str, Any]) -> str:
    """Return a summary of a response: `200 data`, or the status and the error codes.

    The code UNKNOWN_ID is omitted, because the database is empty.
    """
    errors = answer.get("errors", [])
    codes = sorted({str(error["extensions"]["code"]) for error in errors} - {"UNKNOWN_ID"})
    return f"{status} {'+'.join(codes) or 'data'}"


async def many_requests(server: Server, count: int, seen: Seen) -> None:
    numbers = iter(range(count))

    async def client() -> None:
        for number in numbers:
            await one_request(server, number, seen)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


# --- The runs -------------------------------------------------------------------------------------


async def begin(played: Played, fault: str) -> None:
    if fault == "stopped":
        await played.proxy.stop()
    else:
        played.proxy.fault = cast("Fault", fault)


async def over(played: Played) -> None:
    played.proxy.fault = "none"
    await played.proxy.listen()


async def restarted(played: Played) -> None:
    if played.restart:
        await played.restart()
    else:
        await played.proxy.stop()
        await asyncio.sleep(RESTART_S)
        await played.proxy.listen()


async def recovered_s(server: Server) -> float:
    """Return the seconds until /readyz returns 200 and a query returns data."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        if await server.ready():
            seen = Seen()
            await one_request(server, 0, seen)
            if seen.answers["200 data"]:
                return time.monotonic() - begun
        await asyncio.sleep(0.05)
    return float("inf")


async def one_fault(played: Played, server: Server, fault: str, count: int) -> Seen:
    """Send requests during the fault, wait for the recovery, and print the table row."""
    proxy, before = played.proxy, played.proxy.connections
    seen, turned = Seen(), False
    if fault == "restarted":
        restarting = asyncio.create_task(restarted(played))
        while not restarting.done():
            await many_requests(server, CLIENTS, seen)
            turned = turned or not await server.ready()
            await asyncio.sleep(0.05)
        await restarting
    else:
        await begin(played, fault)
        asking = asyncio.create_task(many_requests(server, count, seen))
        while not asking.done():
            turned = turned or not await server.ready()
            await asyncio.sleep(0.2)
        await asking
        await over(played)
    recovery = await recovered_s(server)
    await asyncio.sleep(0.5)
    answers = ", ".join(f"{kind} {number}" for kind, number in seen.answers.most_common())
    print(
        f"| {fault} | {seen.requests} | {seen.in_time} | {seen.slowest_s:.1f} | {answers} | {'yes' if turned else 'no'} "
        f"| {recovery:.1f} | {before} → {proxy.connections} | {server.descriptors()} | {server.memory_mib():.0f} |",
        flush=True,
    )
    return seen


async def long_run(played: Played, server: Server, count: int) -> Seen:
    """Send requests while faults start and stop. Print the memory of the server after each tenth of the run."""
    seen = Seen()
    stop = asyncio.Event()

    async def misbehave() -> None:
        while not stop.is_set():
            for fault in ("none", "cut", "stopped", "slow", "none", "black hole"):
                await begin(played, fault)
                with suppress(TimeoutError):
                    async with asyncio.timeout(3.0 if fault == "none" else 1.0):
                        await stop.wait()
                await over(played)
        await over(played)

    faults = asyncio.create_task(misbehave())
    held: list[str] = []
    try:
        for _ in range(10):
            await many_requests(server, count // 10, seen)
            held.append(f"{server.memory_mib():.0f}")
    finally:
        stop.set()
        await faults
    recovery = await recovered_s(server)
    await asyncio.sleep(1)
    answers = ", ".join(f"{kind} {number}" for kind, number in seen.answers.most_common())
    print(f"\n{seen.requests} requests with faults: {seen.in_time} in time, slowest {seen.slowest_s:.1f} s; {answers}")
    print(f"memory in MiB after each tenth: {' '.join(held)}; recovered in {recovery:.1f} s")
    print(f"connections {played.proxy.connections}, opened in all {played.proxy.opened}; fds {server.descriptors()}")
    return seen


# --- Bulk loads that lose their database ------------------------------------------------------------


@asynccontextmanager
async def killable(folder: Path, *, neo4j: bool) -> AsyncGenerator[tuple[dict[str, str], Callable[[], None]]]:
    """Run an empty database. Yield the environment of its clients, and a function that kills it for good."""
    if neo4j:
        database = OwnNeo4j(folder / "neo4j")
        await asyncio.to_thread(database.start)
        assert database.process
        runner = database.process
        environment = {
            "CITYGRAPH_DATABASE_URI": f"bolt://127.0.0.1:{database.port}",
            "CITYGRAPH_DATABASE_PASSWORD": database.password,
        }
    else:
        environment = {"CITYGRAPH_DATA_DIR": str(folder / "data"), "CITYGRAPH_HEAP_MB": "512"}
        code = "import asyncio, pathlib, sys\nfrom graph.store import Store, StoreSettings\nasync def main():\n"
        code += "    async with Store.open(StoreSettings(data_dir=pathlib.Path(sys.argv[1]), heap_mb=512)) as store:\n"
        code += "        await store.prepare()\n        print('open', flush=True)\n        await asyncio.sleep(3600)\n"
        runner = subprocess.Popen(
            [sys.executable, "-c", f"{code}asyncio.run(main())", str(folder / "data")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert runner.stdout
        assert (await asyncio.to_thread(runner.stdout.readline)).strip() == "open"

    def kill() -> None:
        # The runner first, so that it does not start another database.
        for pid in [runner.pid, *descendants(runner.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        runner.wait()

    try:
        yield environment, kill
    finally:
        await asyncio.to_thread(kill)


def descendants(pid: int) -> list[int]:
    """Return the ids of the child processes of a process, and of theirs."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(entry.read_text().rpartition(")")[2].split()[1]) == pid:
                found += [int(entry.parent.name), *descendants(int(entry.parent.name))]
    return found


async def writes(environment: dict[str, str], process: asyncio.subprocess.Process) -> None:
    """Wait until a bulk load has begun to write, or has ended."""
    settings = StoreSettings(
        uri=environment.get("CITYGRAPH_DATABASE_URI"),
        password=environment.get("CITYGRAPH_DATABASE_PASSWORD"),
        data_dir=Path(environment.get("CITYGRAPH_DATA_DIR", "data")),
    )
    async with Store.open(settings) as store:
        while not isinstance(await store.find_fault(), GraphLoading):
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await process.wait()
                    return


async def killed_load(file: Path, folder: Path, delay_s: float, *, neo4j: bool) -> bool:
    """Kill the database `delay_s` seconds after a bulk load has begun to write. Print how the load ended."""
    async with killable(folder, neo4j=neo4j) as (environment, kill):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from api.cli.main import main; main()", "load", "--bulk", str(file)),
            cwd=ROOT,
            env={**os.environ, "CITYGRAPH_LOG_LEVEL": "ERROR", **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        await writes(environment, process)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await process.wait()
        await asyncio.to_thread(kill)
        begun, took_s = time.monotonic(), float("inf")
        try:
            async with asyncio.timeout(2 * LOST_LOAD_S):
                _, said = await process.communicate()
            took_s = time.monotonic() - begun
            cause = [line for line in said.decode().splitlines() if line.startswith("citygraph: ")]
        except TimeoutError:
            cause = ["it hangs"]
            process.kill()
            await process.communicate()
    print(f"| {delay_s:.1f} | {took_s:.1f} | {process.returncode} | {''.join(cause)} |", flush=True)
    return took_s <= LOST_LOAD_S and (process.returncode, len(cause)) in ((4, 1), (0, 0))


async def kill_during_loads(options: argparse.Namespace) -> int:
    """Kill the database at random moments of bulk loads. Return 1 if a load did not end in time with an error."""
    with tempfile.TemporaryDirectory() as name:
        file, _ = await asyncio.to_thread(written, 200_000, Path(name))
        print("| killed after s | ended after s | exit code | message |\n|---|---|---|---|", flush=True)
        passed = 0
        for number in range(options.bulk_kills):
            folder = Path(name) / str(number)
            folder.mkdir()
            passed += await killed_load(file, folder, random.uniform(0.0, 15.0), neo4j=options.neo4j)
        print(f"{passed} of {options.bulk_kills} loads ended within {LOST_LOAD_S:g} s")
    return int(passed < options.bulk_kills)


async def measure(options: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)  # also stops the server
    uri = os.environ.get("CITYGRAPH_TEST_DATABASE_URI")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if options.neo4j:
            played = await stack.enter_async_context(own_neo4j(folder / "neo4j"))
        elif uri:
            user = os.environ.get("CITYGRAPH_TEST_DATABASE_USER", "neo4j")
            password = os.environ.get("CITYGRAPH_TEST_DATABASE_PASSWORD", "")
            played = await stack.enter_async_context(connected(uri, user, password))
        else:
            played = await stack.enter_async_context(embedded(folder))
        server = await stack.enter_async_context(served(played.environment, folder))
        warm = Seen()
        await many_requests(server, 200, warm)
        if {*warm.answers} != {"200 data"}:
            raise SystemExit(f"without a fault the server answers {dict(warm.answers)}")
        print(
            "| fault | requests | in time | slowest s | answers | not ready | ready again s | connections | fds | MiB |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
        faults = options.faults.split(",")
        seen = [await one_fault(played, server, fault, options.requests) for fault in faults]
        if options.long:
            seen.append(await long_run(played, server, options.long))
        wrong = Counter(kind for result in seen for kind in result.wrong)
        if wrong:
            print(f"wrong: {dict(wrong)}")
        return 1 if wrong or any(result.in_time < result.requests for result in seen) else 0


def main() -> None:
    parser = argparse.ArgumentParser(description="What clients see while the database misbehaves.")
    parser.add_argument("--neo4j", action="store_true", help="on a Neo4j that is started for it")
    parser.add_argument("--requests", type=int, default=300, help="for each fault (default: %(default)s)")
    parser.add_argument("--long", type=int, default=10_000, help="requests of the long run, 0: none")
    parser.add_argument(
        "--bulk-kills", type=int, default=0, help="bulk loads whose database is killed; nothing else runs"
    )
    parser.add_argument("--faults", default="none,slow,stopped,cut,black hole,restarted")
    options = parser.parse_args()
    try:
        sys.exit(asyncio.run(kill_during_loads(options) if options.bulk_kills else measure(options)))
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
