"""Whoever is killed or ends, the stores that are open find the embedded database again by themselves."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from graph.errors import StoreTimeout, StoreUnavailable
from graph.store import Statement, Store, WriteTransaction, database
from graph.store.database import DatabaseConnection
from graph.store.embedded import EmbeddedDatabase
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published
from tests.store.processes import ADD, CITIES, add, children, engine_of, exists, gone, other, settings, well

pytestmark = pytest.mark.only_on("embedded")

ONE = Statement.of_text("test/one", "RETURN 1 AS one")
NUMBERS = Statement.of_text("test/numbers", "UNWIND range(1, 50000) AS x RETURN x")


def owner_of(data_dir: Path) -> tuple[DatabaseEndpoint, int]:
    told = read_published(data_dir)
    assert told is not None
    return told


async def test_open_stores_outlive_owners_and_engines(tmp_path: Path) -> None:
    here, before = os.getpid(), {*children(os.getpid())}
    async with other(tmp_path) as first, AsyncExitStack() as guests:
        await first.says("open")
        guest = await guests.enter_async_context(Store.open(settings(tmp_path)))
        async with other(tmp_path) as second:
            async with Store.open(settings(tmp_path)) as store:
                await second.says("open")
                await store.prepare()
                await first.add("City:a")
                was, owner_pid = owner_of(tmp_path)
                assert owner_pid == first.process.pid
                first_engine = engine_of(owner_pid, was)

                # The owner is killed. Who joined it takes the folder over, with all that was committed.
                first.process.send_signal(signal.SIGKILL)
                await first.process.wait()
                await gone(first_engine)
                with pytest.raises(StoreUnavailable, match="the database does not answer"):
                    await store.read(CITIES)
                await well(store)
                now, owner_pid = owner_of(tmp_path)
                assert owner_pid == here
                assert (now.uri, now.password) != (was.uri, was.password)
                assert await store.read(CITIES) == [{"id": "City:a", "count": 1}]
                await store.prepare()
                await second.add("City:a")  # it had joined the killed owner, and joins this one

                # The engine is killed in the middle of a transaction, which is done again from its start.
                killed: list[int] = []

                async def cut_off(writing: WriteTransaction) -> None:
                    await writing.run(ADD, {"id": "City:b"})
                    if not killed:
                        killed.append(engine_of(here, now))
                        os.kill(killed[0], signal.SIGKILL)
                    await writing.run(ADD, {"id": "City:b"})
                    writing.mark_changed()

                async def stream() -> None:
                    async for _ in store.stream(NUMBERS):
                        await asyncio.sleep(0.001)

                streaming = asyncio.create_task(stream())
                await store.write(cut_off)
                with pytest.raises(StoreUnavailable):
                    await streaming
                assert not exists(killed[0])
                assert await store.ready() is True
                both = [{"id": "City:a", "count": 2}, {"id": "City:b", "count": 2}]
                assert await store.read(CITIES) == both
                assert await store.revision() == 3
                now, owner_pid = owner_of(tmp_path)
                assert owner_pid == here
                assert {*children(here)} - before == {second.process.pid, engine_of(here, now)}
                assert DataDirLock.acquire(tmp_path) is None
                async with Store.open(settings(tmp_path)) as another:
                    assert await another.read(CITIES) == both

            # The owner ended in order and told nobody. One that had joined it becomes the owner, the others join that.
            assert read_published(tmp_path) is None
            await second.add("City:c")
            assert owner_of(tmp_path)[1] == second.process.pid
            await well(guest)
            assert await guest.read(CITIES) == [*both, {"id": "City:c", "count": 1}]
            await add(guest, "City:c")


async def test_only_engines_that_ended_are_replaced_and_closing_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, before, tasks = os.getpid(), {*children(os.getpid())}, asyncio.all_tasks()

    # The engine of an owner that was just killed, which is played here, is joined and ends when it is asked something.
    held = DataDirLock.acquire(tmp_path)
    assert held is not None
    asked: list[bytes] = []

    async def dying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(20)
        writer.write(bytes.fromhex("00000405"))
        if more := await reader.read(1000):
            asked.append(more)
        writer.close()
        if len(asked) == 3:  # as often as a statement is tried
            held.release()

    server = await asyncio.start_server(dying, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    held.publish(DatabaseEndpoint(f"bolt://127.0.0.1:{port}", "root", "x", "citygraph", control="http://127.0.0.1:9"))
    (tmp_path / "databases" / "citygraph").mkdir(parents=True)  # which an engine makes before it is announced
    strict = replace(settings(tmp_path), statement_timeout_s=1.0)
    async with Store.open(strict) as store:
        server.close()
        await server.wait_closed()
        assert len(asked) == 3
        told, owner_pid = owner_of(tmp_path)
        assert owner_pid == here
        engine = engine_of(here, told)

        # One that is only silent is kept, by its owner and by who joined it.
        with monkeypatch.context() as patched:
            patched.setattr(database, "_PATIENCE_S", 0.2)
            async with DatabaseConnection.opened(strict) as joined:
                os.kill(engine, signal.SIGSTOP)
                try:
                    with pytest.raises(StoreTimeout):
                        await store.read(ONE)
                    assert await store._access.reconnect() is False
                    assert await joined.reconnect() is False
                finally:
                    os.kill(engine, signal.SIGCONT)
        await well(store)
        assert owner_of(tmp_path) == (told, here)
        assert engine_of(here, told) == engine

        # One that ended is started again though nobody asked anything; the store is closed in the middle of that.
        os.kill(engine, signal.SIGKILL)
        for _ in range(1500):
            if {*children(here)} - before - {engine}:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("no engine is started")
        with pytest.raises(StoreUnavailable, match="the database does not answer") as raised:
            await store.read(ONE)
        assert raised.value.hint == "it is started again or looked for; ask again in a moment"
        assert await store.ready() is False
    assert {*children(here)} <= before
    assert asyncio.all_tasks() <= tasks
    assert read_published(tmp_path) is None
    left = DataDirLock.acquire(tmp_path)
    assert left is not None
    left.release()


def test_a_joined_database_is_gone_without_its_lock_or_with_another_owner(tmp_path: Path) -> None:
    endpoint = DatabaseEndpoint("bolt://127.0.0.1:9", "root", "x", "citygraph")
    joined = EmbeddedDatabase(endpoint, tmp_path)
    assert joined.is_gone() is False  # no folder: nobody can tell
    held = DataDirLock.acquire(tmp_path)
    assert held is not None
    assert joined.is_gone() is False  # an owner that is starting or ending
    held.publish(endpoint)
    assert joined.is_gone() is False  # though nothing answers there
    held.publish(replace(endpoint, password="another"))
    assert joined.is_gone() is True
    held.publish(endpoint)
    held.release()
    assert joined.is_gone() is True


async def test_in_a_folder_that_was_emptied_no_new_database_is_made(tmp_path: Path) -> None:
    before = children(os.getpid())
    way = DatabaseConnection(settings(tmp_path))
    with pytest.raises(StoreUnavailable, match="holds no database any more"):
        await way.reconnect()
    with pytest.raises(StoreUnavailable, match="the database does not answer"):
        _ = way.link
    assert children(os.getpid()) == before
