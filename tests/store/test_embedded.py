"""One process owns the embedded database, others join it; whatever is killed, the folder opens again."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from graph.errors import StoreLocked, StoreUnavailable
from graph.store import Statement, Store, StoreSettings, Writing, embedded
from graph.store.owner import Endpoint, Ownership, announced

pytestmark = pytest.mark.only_on("embedded")

ADD = Statement.plain("test/add", "MERGE (n:City {id: $id}) SET n.population = coalesce(n.population, 0) + 1")
CITIES = Statement.plain("test/cities", "MATCH (n:City) RETURN n.id AS id, n.population AS count ORDER BY id")

OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from graph.store import Statement, Store, StoreSettings

ADD = Statement.plain("add", "MERGE (n:City {id: $id}) SET n.population = coalesce(n.population, 0) + 1")

async def main():
    async with Store.open(StoreSettings(data_dir=Path(sys.argv[1]), heap_mb=256)) as store:
        print("open", flush=True)
        while (line := (await asyncio.to_thread(sys.stdin.readline)).strip()) != "":
            if line == "prepare":
                await store.prepare()
                print("prepared", flush=True)
                continue
            async def work(writing):
                await writing.run(ADD, {"id": line})
                writing.changed()
            await store.write(work)
            print("added", flush=True)

asyncio.run(main())
print("ended", flush=True)
"""


class Other:
    """Another process that has the folder open and adds the city it is told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, word: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
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
        async with asyncio.timeout(60):
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
    return StoreSettings(data_dir=data_dir, heap_mb=256)


def children(pid: int) -> list[int]:
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
    sockets = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
    found: set[tuple[str, int]] = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                address, _, port = fields[1].partition(":")
                found.add((address, int(port, 16)))
    return found


def engine_of(pid: int, endpoint: Endpoint) -> int:
    """The process, among the children of `pid`, that answers at the endpoint."""
    port = int(endpoint.uri.rpartition(":")[2])
    [engine] = [each for each in children(pid) if port in {bound for _, bound in listening(each)}]
    return engine


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def gone(pid: int) -> None:
    """Wait until the process has ended."""
    for _ in range(600):
        if not exists(pid):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")


async def add(store: Store, city: str) -> None:
    async def work(writing: Writing) -> None:
        await writing.run(ADD, {"id": city})
        writing.changed()

    await store.write(work)


async def test_two_that_start_at_once_share_one_database_and_survive_kills(tmp_path: Path) -> None:
    async with other(tmp_path) as first, other(tmp_path) as second:
        await first.says("open")
        await second.says("open")
        told = announced(tmp_path)
        assert told is not None
        endpoint, owner_pid = told
        owner, joined = (first, second) if first.process.pid == owner_pid else (second, first)
        assert owner.process.pid == owner_pid

        # The file is for this user only, and one engine runs, on loopback.
        assert stat.S_IMODE((tmp_path / "owner.json").stat().st_mode) == 0o600
        assert endpoint.uri.startswith("bolt://127.0.0.1:")
        [engine_pid] = children(owner_pid)
        assert children(joined.process.pid) == []
        assert engine_of(owner_pid, endpoint) == engine_pid
        assert {address for address, _ in listening(engine_pid)} <= {"0100007F", "0000000000000000FFFF00000100007F"}

        await joined.prepare()

        # All write at once, each several times; nothing is lost or doubled.
        async with Store.open(settings(tmp_path)) as store:

            async def many(adder: Other) -> None:
                for _ in range(5):
                    await adder.add("City:a")

            await asyncio.gather(many(owner), many(joined), *(add(store, "City:a") for _ in range(5)))
            assert await store.read(CITIES) == [{"id": "City:a", "count": 15}]
            assert await store.revision() == 15

            # The owner is killed: what it committed is there for the next one, who need not clean up.
            owner.process.send_signal(signal.SIGKILL)
            await owner.process.wait()
            await gone(engine_pid)
            with pytest.raises(StoreUnavailable):
                await store.read(CITIES)

    async with Store.open(settings(tmp_path)) as store:
        told = announced(tmp_path)
        assert told is not None
        assert told[1] == os.getpid()
        assert told[0].password != endpoint.password
        assert await store.read(CITIES) == [{"id": "City:a", "count": 15}]
        await add(store, "City:b")

        # Commits reach the disk, and statements have their limit.
        configuration = json.loads((tmp_path / "databases" / "citygraph" / "configuration.json").read_text())
        assert configuration["configuration"] == {"command.timeout": 4000, "txWalFlush": 2}

        # The engine itself is killed, in the middle of a transaction.
        async def cut_off(writing: Writing) -> None:
            await writing.run(ADD, {"id": "City:never"})
            os.kill(engine_of(os.getpid(), told[0]), signal.SIGKILL)
            await writing.run(ADD, {"id": "City:never"})

        with pytest.raises(StoreUnavailable):
            await store.write(cut_off)
        assert await store.ready() is False

    async with Store.open(settings(tmp_path)) as store:
        assert await store.read(CITIES) == [{"id": "City:a", "count": 15}, {"id": "City:b", "count": 1}]
    assert not (tmp_path / "owner.json").exists()


async def test_it_ends_silently_and_leaves_nothing_running(tmp_path: Path) -> None:
    async with other(tmp_path) as process:
        await process.says("open")
        [engine_pid] = children(process.process.pid)
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert await process.ended() == (0, "ended\n", "")
        await gone(engine_pid)
    assert not (tmp_path / "owner.json").exists()

    async with other(tmp_path) as process:
        await process.says("open")
        [engine_pid] = children(process.process.pid)
        os.killpg(process.process.pid, signal.SIGINT)  # as from a terminal
        assert process.process.stdin is not None
        process.process.stdin.close()  # for the thread that reads it
        code, out, err = await process.ended()
        assert code not in (0, None)
        assert out == ""
        assert err.rstrip().endswith("KeyboardInterrupt")
        await gone(engine_pid)
    assert not (tmp_path / "owner.json").exists()


async def test_a_folder_whose_owner_tells_nothing_or_stays_silent_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_SILENCE_S", 0.2)
    monkeypatch.setattr(embedded, "_START_LIMIT_S", 0.2)
    held = Ownership.taken(tmp_path)
    assert held is not None
    try:
        assert Ownership.taken(tmp_path) is None
        with pytest.raises(StoreLocked, match=r"^another process has the data folder .* and cannot be joined$"):
            async with Store.open(settings(tmp_path)):
                pass
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            held.announce(Endpoint(f"bolt://127.0.0.1:{silent.getsockname()[1]}", "root", "x", "citygraph"))
            with pytest.raises(StoreLocked, match=rf"^process {os.getpid()} has the data folder") as raised:
                async with Store.open(settings(tmp_path)):
                    pass
        assert "set CITYGRAPH_DATA_DIR to another folder" in raised.value.hint
    finally:
        held.leave()
    taken = Ownership.taken(tmp_path)
    assert taken is not None
    taken.leave()


def test_a_file_that_a_killed_owner_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "owner.json").write_text(json.dumps({"uri": "bolt://127.0.0.1:9", "pid": 1}))
    assert announced(tmp_path) is None  # half a file is none
    ownership = Ownership.taken(tmp_path)
    assert ownership is not None
    assert not (tmp_path / "owner.json").exists()
    ownership.leave()


def test_the_lock_ends_with_its_last_holder(tmp_path: Path) -> None:
    ownership = Ownership.taken(tmp_path)
    assert ownership is not None
    heir = subprocess.Popen(["sleep", "60"], pass_fds=[ownership.fileno])
    ownership.leave()
    assert Ownership.taken(tmp_path) is None
    heir.kill()
    heir.wait()
    with (tmp_path / "owner.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnavailable, match=r"data folder .* cannot be used"):
        async with Store.open(settings(tmp_path / "file" / "data")):
            pass


async def test_a_folder_the_engine_cannot_read_is_told(tmp_path: Path) -> None:
    database = tmp_path / "databases" / "citygraph"
    database.mkdir(parents=True)
    (database / "configuration.json").write_text("{ damaged")
    (database / "schema.json").write_text("{ damaged")
    with pytest.raises(StoreUnavailable, match="did not start"):
        async with Store.open(settings(tmp_path)):
            pass
    assert not (tmp_path / "owner.json").exists()
