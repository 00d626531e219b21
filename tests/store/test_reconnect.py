"""Stores that stay open while the owner of the embedded database, or its engine, stops and another one starts."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from graph.errors import EmbeddedLost, StoreTimeout, StoreUnavailable
from graph.store import Statement, Store, WriteTransaction, retry_if_lost
from graph.store.embedded import acquire_or_join
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published
from tests.conditions import GIVE_UP_S, until
from tests.store.processes import ADD, CITIES, add, children, engine_of, exists, gone, other, settings, well

pytestmark = [pytest.mark.slow, pytest.mark.only_on("embedded")]

ONE = Statement.of_text("test/one", "RETURN 1 AS one")
NUMBERS = Statement.of_text("test/numbers", "UNWIND range(1, 50000) AS x RETURN x")


def published(data_dir: Path) -> DatabaseEndpoint:
    endpoint = read_published(data_dir)
    assert endpoint is not None
    return endpoint


async def left_without_owner(store: Store) -> None:
    """Wait until a joined store has disconnected, because its owner has ended.

    Until then reads succeed or report the loss. The engine, which is stopping, rejects the password and closes its
    database before it exits.
    """

    async def is_left() -> bool:
        try:
            await store.read(CITIES)
        except EmbeddedLost as error:
            assert error.message == "the embedded database, or the process that runs it, has ended"
            assert "start `citygraph serve`" in error.hint
        return store._access._link is None

    await until(is_left)


async def test_joined_stores_wait_for_the_next_owner(tmp_path: Path) -> None:
    here, before = os.getpid(), {*children(os.getpid())}
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(other(tmp_path))
        await first.says("open")
        joined = await stack.enter_async_context(other(tmp_path))
        await joined.says("open")
        store = await stack.enter_async_context(Store.open(settings(tmp_path)))
        await store.prepare()
        await first.add("City:a")
        was = published(tmp_path)
        engine = engine_of(first.process.pid, was)

        # The owner is killed. The joined processes do not take the database over.
        first.process.send_signal(signal.SIGKILL)
        await left_without_owner(store)
        await first.process.wait()
        await gone(engine)
        assert await store.ready() is False
        assert read_published(tmp_path) is None
        assert {*children(here)} - before == {joined.process.pid}
        assert children(joined.process.pid) == []

        # A process that starts finds no owner and becomes it. All that was committed is there.
        second = await stack.enter_async_context(other(tmp_path))
        await second.says("open")
        now = published(tmp_path)
        assert engine_of(second.process.pid, now)
        assert (now.uri, now.password) != (was.uri, was.password)
        await well(store)
        assert await store.read(CITIES) == [{"id": "City:a", "count": 1}]
        await joined.add("City:a")

        # The owner stops in order. This process opens a second store, which becomes the owner; the first one joins it.
        assert second.process.stdin is not None
        second.process.stdin.close()
        assert await second.ended() == (0, "ended\n", "")
        await left_without_owner(store)
        owner = await stack.enter_async_context(Store.open(settings(tmp_path)))
        assert engine_of(here, published(tmp_path))
        await well(store)
        await add(store, "City:b")
        await joined.add("City:b")
        rows = [{"id": "City:a", "count": 2}, {"id": "City:b", "count": 2}]
        assert await owner.read(CITIES) == rows
        assert await store.read(CITIES) == rows


async def test_an_owner_starts_its_engine_again(tmp_path: Path) -> None:
    here, before = os.getpid(), {*children(os.getpid())}
    async with Store.open(settings(tmp_path)) as store, other(tmp_path) as joined:
        await joined.says("open")
        await store.prepare()
        was = published(tmp_path)
        killed: list[int] = []
        is_killed, is_streaming = asyncio.Event(), asyncio.Event()

        async def cut_off(writing: WriteTransaction) -> None:
            await writing.run(ADD, {"id": "City:b"})
            if not killed:
                killed.append(engine_of(here, was))
                await is_streaming.wait()
                os.kill(killed[0], signal.SIGKILL)
                is_killed.set()
            await writing.run(ADD, {"id": "City:b"})
            await writing.mark_changed(None)

        async def stream() -> None:
            async for _ in store.stream(NUMBERS):
                is_streaming.set()
                await is_killed.wait()

        streaming = asyncio.create_task(stream())
        await store.write(cut_off)  # in the middle of the transaction, which is done again from its start
        with pytest.raises(StoreUnavailable):
            await streaming
        assert not exists(killed[0])
        assert await store.ready() is True
        assert await store.read(CITIES) == [{"id": "City:b", "count": 2}]
        assert await store.revision() == 1
        assert published(tmp_path) != was
        assert {*children(here)} - before == {joined.process.pid, engine_of(here, published(tmp_path))}
        assert DataDirLock.acquire(tmp_path) is None
        await joined.add("City:b")


async def test_silent_engine_is_reused_and_closing_ends_it(tmp_path: Path) -> None:
    here, before, tasks = os.getpid(), {*children(os.getpid())}, asyncio.all_tasks()
    async with Store.open(replace(settings(tmp_path), statement_timeout_s=1.0)) as store:
        endpoint = published(tmp_path)
        engine = engine_of(here, endpoint)
        os.kill(engine, signal.SIGSTOP)
        try:
            with pytest.raises(StoreTimeout):
                await store.read(ONE)
        finally:
            os.kill(engine, signal.SIGCONT)
        await well(store)
        assert published(tmp_path) == endpoint
        assert engine_of(here, endpoint) == engine

        # An engine that exits is started again without a statement. The store is closed while it starts.
        os.kill(engine, signal.SIGKILL)
        await until(lambda: bool({*children(here)} - before - {engine}))
        with pytest.raises(
            EmbeddedLost, match="the embedded database has stopped and is being started again"
        ) as raised:
            await store.read(ONE)
        assert raised.value.hint == "try again in a few seconds"
        assert await store.ready() is False
    assert {*children(here)} <= before
    assert asyncio.all_tasks() <= tasks
    assert read_published(tmp_path) is None
    lock = DataDirLock.acquire(tmp_path)
    assert lock is not None
    lock.release()


async def test_work_whose_database_is_lost_runs_again(tmp_path: Path) -> None:
    async with AsyncExitStack() as owner:
        first = await owner.enter_async_context(Store.open(settings(tmp_path)))
        owners: list[bool] = []

        async def work() -> list[dict[str, object]]:
            async with Store.open(settings(tmp_path)) as store:
                owners.append(store._access.is_owner)
                if not store._access.is_owner:
                    await owner.aclose()
                    await left_without_owner(store)
                return await store.read(ONE)

        assert first._access.is_owner
        assert await retry_if_lost(work) == [{"one": 1}]
        assert owners == [False, True]


async def test_work_is_not_repeated_without_end_or_for_another_error() -> None:
    calls: list[type[StoreUnavailable]] = []

    async def fail(error: type[StoreUnavailable]) -> None:
        calls.append(error)
        raise error("no database", hint="start it")

    for error, attempts in ((EmbeddedLost, 5), (StoreUnavailable, 1)):
        calls.clear()
        with pytest.raises(error):
            await retry_if_lost(partial(fail, error))
        assert calls == [error] * attempts


async def test_another_database_at_the_published_address_is_not_a_wrong_password(tmp_path: Path, store: Store) -> None:
    """As if the engine has ended, and another engine with another password has taken its port."""
    lock = DataDirLock.acquire(tmp_path)
    assert lock is not None
    lock.publish(replace(store._access.link.endpoint, password="of the lost engine"))
    try:
        with pytest.raises(EmbeddedLost, match="the embedded database, or the process that runs it, has ended"):
            async with Store.open(replace(settings(tmp_path), start_timeout_s=0.5)):
                pass
    finally:
        lock.release()


async def test_the_engine_of_a_killed_owner_is_not_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = DataDirLock.acquire(tmp_path)
    assert lock is not None
    engine = await asyncio.create_subprocess_exec("sleep", "60", pass_fds=[lock.fileno])
    lock.publish(DatabaseEndpoint("bolt://127.0.0.1:9", "root", "x", "citygraph"))
    left = (tmp_path / "owner.json").read_text()
    lock.release()
    (tmp_path / "owner.json").write_text(left)  # as the killed owner left it, while its engine still stops
    assert read_published(tmp_path) is None
    refused, acquire = 0, DataDirLock.acquire

    def counted(data_dir: Path) -> DataDirLock | None:
        nonlocal refused
        lock = acquire(data_dir)
        refused += lock is None
        return lock

    monkeypatch.setattr(DataDirLock, "acquire", counted)
    starting = asyncio.create_task(acquire_or_join(tmp_path, GIVE_UP_S))
    await until(lambda: refused == 2)
    assert not starting.done()
    engine.kill()
    await engine.wait()
    lock = await asyncio.wait_for(starting, GIVE_UP_S)
    assert lock is not None
    lock.release()
