"""Connections that are cut, refused or silent between the store and its database, and readers of a cluster."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bench.proxy import Proxy
from graph.errors import StoreError, StoreUnavailable
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from tests.conditions import GIVE_UP_S, until

ONE = Statement.of_text("test/one", "RETURN 1 AS one")
ADD = Statement.of_text("test/add", "MERGE (n:City {id: 'City:lost'}) SET n.population = coalesce(n.population, 0) + 1")
COUNT = Statement.of_text("test/count", "MATCH (n:City {id: 'City:lost'}) RETURN n.population AS count")


async def add(writing: WriteTransaction) -> None:
    await writing.run(ADD)
    await writing.mark_changed(None)


async def test_reads_go_on_over_new_connections(proxied: tuple[Proxy, StoreSettings]) -> None:
    proxy, settings = proxied
    async with Store.open(settings) as store:
        for _ in range(3):
            assert await asyncio.gather(*(store.read(ONE) for _ in range(4))) == [[{"one": 1}]] * 4
            assert proxy.connections <= 4
            proxy.cut()
    await until(lambda: proxy.connections == 0)


async def test_a_write_whose_connection_is_cut_is_done_again_and_once(
    proxied: tuple[Proxy, StoreSettings], store: Store
) -> None:
    proxy, settings = proxied
    cuts = 2

    async def work(writing: WriteTransaction) -> None:
        nonlocal cuts
        await writing.run(ADD)
        if cuts:
            cuts -= 1
            proxy.cut()
        await writing.run(COUNT)
        await writing.mark_changed(None)

    async with Store.open(settings) as proxied_store:
        await proxied_store.write(work)
        assert cuts == 0
        assert await proxied_store.read(COUNT) == [{"count": 1}]
    assert await store.read(COUNT) == [{"count": 1}]


async def test_a_write_waits_for_a_database_that_comes_back(
    proxied: tuple[Proxy, StoreSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, settings = proxied
    async with Store.open(replace(settings, retry_s=GIVE_UP_S)) as store:
        attempts, write_once = 0, store._write_once

        async def counted(*arguments: Any) -> Any:
            nonlocal attempts
            attempts += 1
            return await write_once(*arguments)

        monkeypatch.setattr(store, "_write_once", counted)
        await proxy.stop()
        writing = asyncio.create_task(store.write(add))
        await until(lambda: attempts == 3)
        await proxy.listen()
        await writing
        assert await store.read(COUNT) == [{"count": 1}]


async def test_trying_again_ends(proxied: tuple[Proxy, StoreSettings], store: Store) -> None:
    proxy, settings = proxied
    async with Store.open(replace(settings, retry_s=0.3)) as proxied_store:
        await proxy.stop()
        with pytest.raises(StoreUnavailable):
            await proxied_store.write(add)
        with pytest.raises(StoreUnavailable):
            await proxied_store.read(ONE)
        assert await proxied_store.ready() is False
        await proxy.listen()
        assert await proxied_store.ready() is True
    assert await store.read(COUNT) == []


@pytest.mark.slow
async def test_a_silent_database_is_given_up_and_its_connections_closed(proxied: tuple[Proxy, StoreSettings]) -> None:
    proxy, settings = proxied
    impatient = replace(settings, statement_timeout_s=0.5, acquisition_timeout_s=0.5, planning_wait_s=0.5)
    tasks = asyncio.all_tasks()
    async with Store.open(impatient) as store:
        assert await store.read(ONE) == [{"one": 1}]
        proxy.fault = "black hole"
        answers = await asyncio.gather(*(store.read(ONE) for _ in range(8)), return_exceptions=True)
        assert all(isinstance(answer, StoreError) for answer in answers)
        proxy.fault = "none"
        assert await store.read(ONE) == [{"one": 1}]
        assert proxy.connections <= 4
    await until(lambda: proxy.connections == 0)
    assert asyncio.all_tasks() == tasks


@pytest.mark.only_on("neo4j")
async def test_the_members_of_a_cluster_are_asked_for_again_when_they_were_lost(
    proxied: tuple[Proxy, StoreSettings],
) -> None:
    """A server alone names itself, by the address it was asked under, as the one to read from and to write to."""
    proxy, settings = proxied
    async with Store.open(replace(settings, uri=f"neo4j://127.0.0.1:{proxy.port}")) as store:
        await store.write(add)
        proxy.cut()
        await store.write(add)
        await proxy.stop()
        with pytest.raises(StoreUnavailable):
            await store.read(ONE)
        assert await store.ready() is False
        await proxy.listen()
        assert await store.read(COUNT) == [{"count": 2}]
        assert await store.ready() is True


@pytest.mark.only_on("neo4j")
async def test_readers_of_a_cluster_use_the_bookmarks_of_writes(
    store_settings: StoreSettings, empty_store: Store
) -> None:
    """Each read carries the bookmark of the last write, and a member that lags behind waits until it has that."""
    uri = (store_settings.uri or "").replace("bolt://", "neo4j://")
    async with Store.open(replace(store_settings, uri=uri)) as store:
        bookmarks = store._access.link.bookmarks
        assert bookmarks is not None
        before: set[str] = set()
        for count in range(1, 6):
            await store.write(add)
            after = {*await bookmarks.get_bookmarks()}
            assert after
            assert not after & before
            before = after
            assert await store.read(COUNT) == [{"count": count}]
    async with Store.open(store_settings) as one_server:
        assert one_server._access.link.bookmarks is None
