"""Other processes at an embedded database, and what the kernel reports about them."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from graph.store import Statement, Store, StoreSettings, WriteTransaction
from graph.store.lock import DatabaseEndpoint
from tests.conditions import GIVE_UP_S, until

ADD = Statement.of_text("test/add", "MERGE (n:City {id: $id}) SET n.population = coalesce(n.population, 0) + 1")
CITIES = Statement.of_text("test/cities", "MATCH (n:City) RETURN n.id AS id, n.population AS count ORDER BY id")

OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from graph.store import Statement, Store, StoreSettings

ADD = Statement.of_text("add", "MERGE (n:City {id: $id}) SET n.population = coalesce(n.population, 0) + 1")

async def main():
    async with Store.open(StoreSettings(data_dir=Path(sys.argv[1]), heap_mb=256, retry_s=60)) as store:
        print("open", flush=True)
        while (line := (await asyncio.to_thread(sys.stdin.readline)).strip()) != "":
            if line == "prepare":
                await store.prepare()
                print("prepared", flush=True)
                continue
            async def work(writing):
                await writing.run(ADD, {"id": line})
                await writing.mark_changed(None)
            await store.write(work)
            print("added", flush=True)

asyncio.run(main())
print("ended", flush=True)
"""


class Other:
    """Another process that has the folder open and adds the cities it is sent."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, word: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(GIVE_UP_S):
            assert (await self.process.stdout.readline()).decode().strip() == word

    async def prepare(self) -> None:
        self._tell("prepare")
        await self.says("prepared")

    async def add(self, city: str) -> None:
        self._tell(city)
        await self.says("added")

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    async def ended(self) -> tuple[int | None, str, str]:
        """Its exit code and what it printed after the last word."""
        async with asyncio.timeout(GIVE_UP_S):
            out, err = await self.process.communicate()
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def other(data_dir: Path) -> AsyncIterator[Other]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OTHER_PROCESS,
        str(data_dir),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    try:
        yield Other(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def settings(data_dir: Path) -> StoreSettings:
    """With a patience for writes that outlasts an engine's start on a slow machine."""
    return StoreSettings(data_dir=data_dir, heap_mb=256, retry_s=60)


def children(pid: int) -> list[int]:
    """The processes that a process has started, such as the embedded database."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found


def listening(pid: int) -> set[tuple[str, int]]:
    """Where a process listens: the address as the kernel writes it, and the port."""
    sockets: set[str] = set()
    for descriptor in Path("/proc").glob(f"{pid}/fd/*"):
        with suppress(OSError):  # closed in the meantime
            sockets.add(str(descriptor.readlink()))
    found: set[tuple[str, int]] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                address, _, port = fields[1].partition(":")
                found.add((address, int(port, 16)))
    return found


def engine_of(pid: int, endpoint: DatabaseEndpoint) -> int:
    """The process, among the children of `pid`, that answers at the endpoint."""
    port = int(endpoint.uri.rpartition(":")[2])
    [engine] = [child for child in children(pid) if port in {bound for _, bound in listening(child)}]
    return engine


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def gone(pid: int) -> None:
    """Wait until the process has ended."""
    await until(lambda: not exists(pid))


async def add(store: Store, city: str) -> None:
    async def work(writing: WriteTransaction) -> None:
        await writing.run(ADD, {"id": city})
        await writing.mark_changed(None)

    await store.write(work)


async def well(store: Store) -> None:
    """Wait until the store is ready, asking nothing else of it."""
    await until(store.ready)
