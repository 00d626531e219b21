"""One process owns the embedded database, others join it; nothing is left of it when it ends."""

import asyncio
import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import httpx
import pytest

from graph.errors import StoreError, StoreLocked, StoreUnavailable
from graph.store import Statement, Store, embedded_server
from graph.store.embedded_server import LaunchConfig
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published
from tests.store.processes import CITIES, Other, add, children, engine_of, gone, listening, other, settings

pytestmark = pytest.mark.only_on("embedded")


@pytest.mark.slow
async def test_concurrent_starts_share_one_database_and_survive_kills(tmp_path: Path) -> None:
    async with other(tmp_path) as first, other(tmp_path) as second:
        await first.says("open")
        await second.says("open")
        endpoint = read_published(tmp_path)
        assert endpoint is not None
        owner, joined = (first, second) if children(first.process.pid) else (second, first)

        # The file is for this user only, and one engine runs, on loopback.
        assert stat.S_IMODE((tmp_path / "owner.json").stat().st_mode) == 0o600
        assert endpoint.uri.startswith("bolt://127.0.0.1:")
        [engine_pid] = children(owner.process.pid)
        assert children(joined.process.pid) == []
        assert engine_of(owner.process.pid, endpoint) == engine_pid
        assert {address for address, _ in listening(engine_pid)} <= {"0100007F", "0000000000000000FFFF00000100007F"}

        await joined.prepare()

        # All write concurrently, several times; nothing is lost or doubled.
        async with Store.open(settings(tmp_path)) as store:

            async def many(adder: Other) -> None:
                for _ in range(5):
                    await adder.add("City:a")

            await asyncio.gather(many(owner), many(joined), *(add(store, "City:a") for _ in range(5)))
            assert await store.read(CITIES) == [{"id": "City:a", "count": 15}]
            assert await store.revision() == 15

            # Commits reach the disk, and statements have their limit.
            configuration = json.loads((tmp_path / "databases" / "citygraph" / "configuration.json").read_text())
            assert configuration["configuration"] == {"command.timeout": 4000, "txWalFlush": 2}


@pytest.mark.slow
async def test_engine_ends_silently_and_leaves_no_process(tmp_path: Path) -> None:
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
        await gone(engine_pid)
        assert process.process.stdin is not None
        process.process.stdin.close()  # for the thread that reads it
        code, out, err = await process.ended()
        assert code not in (0, None)
        assert out == ""
        assert err.rstrip().endswith("KeyboardInterrupt")
    assert not (tmp_path / "owner.json").exists()


def modes(folder: Path) -> set[tuple[bool, int]]:
    """The permissions of the folder and of all in it, with whether they are of a folder."""
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.rglob("*"))}


def statuses(endpoint: DatabaseEndpoint, paths: tuple[str, ...]) -> dict[str, int]:
    """The status of the control port at each path, without a password."""
    return {path: httpx.get(f"{endpoint.control}{path}").status_code for path in paths}


@pytest.mark.slow
async def test_other_users_are_locked_out(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    older = folder / "config" / "older.json"
    older.parent.mkdir(parents=True)
    older.write_text("{}")
    (folder / "owner.draft").touch(0o600)  # of an owner that was killed while it published its endpoint
    for path, mode in ((folder, 0o755), (older.parent, 0o755), (older, 0o644)):
        path.chmod(mode)
    async with Store.open(settings(folder)) as store:
        await store.prepare()
        assert modes(folder) == {(True, 0o700), (False, 0o600)}
        endpoint = read_published(folder)
        assert endpoint is not None
        paths = ("/", "/index.html", "/api/v1/server", "/api/v1/databases", "/api/v1/openapi.json", "/anything")
        found = await asyncio.to_thread(statuses, endpoint, paths)
        assert set(found.values()) <= {401, 404}
        assert found["/"] == 404  # no console
        # Errors still have their details.
        with pytest.raises(StoreError, match="is not valid Cypher"):
            await store.read(Statement.of_text("test/invalid", "RETURN ("))
    assert modes(folder) == {(True, 0o700), (False, 0o600)}


@pytest.mark.slow
async def test_a_folder_with_other_files_keeps_its_modes(tmp_path: Path) -> None:
    for path in (tmp_path, log := tmp_path / "log", tmp_path / "other"):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
    async with Store.open(settings(tmp_path)) as store:
        await store.prepare()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, log)] == [0o755, 0o755]
    assert stat.S_IMODE((tmp_path / "databases" / "citygraph").stat().st_mode) == 0o700


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("locale", [pytest.param("C", marks=pytest.mark.slow), "C.UTF-8"])
async def test_folder_name_in_any_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locale: str) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    folder = tmp_path / "d Ä %g 100% \\u00e4 日本 😀"
    async with Store.open(settings(folder)) as store:
        await store.prepare()
        await add(store, "City:a")
        assert await store.read(CITIES) == [{"id": "City:a", "count": 1}]
    # All files are in the folder: the engine's log has not gone to a folder with a garbled name.
    assert names_in(tmp_path) == [folder.name]
    assert (folder / "log" / "engine.0.log").exists()


async def test_a_folder_whose_owner_publishes_nothing_is_locked(tmp_path: Path) -> None:
    held = DataDirLock.acquire(tmp_path)
    assert held is not None
    try:
        assert DataDirLock.acquire(tmp_path) is None
        with pytest.raises(StoreLocked, match=r"^another process has the data folder .* cannot be joined; ") as raised:
            async with Store.open(replace(settings(tmp_path), start_timeout_s=0.2)):
                pass
        assert "set CITYGRAPH_DATA_DIR to another folder" in raised.value.hint
    finally:
        held.release()
    taken = DataDirLock.acquire(tmp_path)
    assert taken is not None
    taken.release()


def test_a_file_that_a_killed_owner_left_is_no_hindrance(tmp_path: Path) -> None:
    endpoint = DatabaseEndpoint("bolt://127.0.0.1:9", "root", "x", "citygraph")
    (tmp_path / "owner.json").write_text(json.dumps(asdict(endpoint)))
    assert read_published(tmp_path) is None
    ownership = DataDirLock.acquire(tmp_path)
    assert ownership is not None
    assert not (tmp_path / "owner.json").exists()
    ownership.publish(endpoint)
    assert read_published(tmp_path) == endpoint
    ownership.release()
    assert read_published(tmp_path) is None


def test_the_lock_ends_with_its_last_holder(tmp_path: Path) -> None:
    ownership = DataDirLock.acquire(tmp_path)
    assert ownership is not None
    heir = subprocess.Popen(["sleep", "60"], pass_fds=[ownership.fileno])
    ownership.release()
    assert DataDirLock.acquire(tmp_path) is None
    heir.kill()
    heir.wait()
    with (tmp_path / "owner.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_uncreatable_folder_gives_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreUnavailable, match=r"data folder .* cannot be used"):
        async with Store.open(settings(tmp_path / "file" / "data")):
            pass


async def test_unreadable_folder_gives_an_error(tmp_path: Path) -> None:
    database = tmp_path / "databases" / "citygraph"
    database.mkdir(parents=True)
    (database / "configuration.json").write_text("{ damaged")
    (database / "schema.json").write_text("{ damaged")
    with pytest.raises(StoreUnavailable, match="did not start"):
        async with Store.open(settings(tmp_path)):
            pass
    assert not (tmp_path / "owner.json").exists()


@pytest.mark.slow
def test_engine_exits_if_its_owner_exits_while_it_starts(tmp_path: Path) -> None:
    config = LaunchConfig(
        data_dir=str(tmp_path),
        host="127.0.0.1",
        user_password="a password",
        database="citygraph",
        heap_mb=256,
        page_ram_mb=64,
        statement_timeout_ms=4_000,
    )
    command = [sys.executable, "-P", embedded_server.__file__]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert engine.stdin is not None
        assert engine.stdout is not None
        engine.stdout.close()
        engine.stdin.write(json.dumps(config).encode() + b"\n")
        engine.stdin.close()
        assert engine.wait(60) == 1
    finally:
        engine.kill()
        engine.wait()
