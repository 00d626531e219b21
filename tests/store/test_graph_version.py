"""The name of the graph's state: the same while nobody writes, another one after every write, by whomever."""

import asyncio
import time

import pytest
from neo4j import AsyncGraphDatabase

from graph.store import Statement, Store, StoreSettings, WriteTransaction

NUMBERS = Statement.of_text("test/numbers", "UNWIND range(1, 2000) AS x RETURN x")
CREATE = Statement.of_text("test/create", "CREATE (n:City {id: 'City:state', population: 1})")
POPULATION = Statement.of_text("test/population", "MATCH (n:City {id: 'City:state'}) RETURN n.population AS count")


async def settled(store: Store) -> str:
    """The state as it is now, and not as it was a moment ago."""
    await asyncio.sleep(1.1)
    return await store.graph_version()


async def test_a_write_through_the_store_changes_it_and_reads_do_not(empty_store: Store) -> None:
    before = await settled(empty_store)

    async def work(writing: WriteTransaction) -> None:
        await writing.run(CREATE)
        writing.mark_changed()

    await empty_store.write(work)
    after = await settled(empty_store)
    assert after != before
    for _ in range(3):
        await empty_store.read(NUMBERS)
        async with empty_store.reading() as reading:
            await reading.run(POPULATION)
        async for _row in empty_store.stream(NUMBERS):
            pass
        await empty_store.revision()
        assert await settled(empty_store) == after
    assert await empty_store.ready() is True
    assert await settled(empty_store) == after


@pytest.mark.only_on("neo4j")
async def test_a_write_past_the_store_changes_it_within_a_second(
    empty_store: Store, store_settings: StoreSettings
) -> None:
    async def work(writing: WriteTransaction) -> None:
        await writing.run(CREATE)
        writing.mark_changed()

    await empty_store.write(work)
    before, revision = await settled(empty_store), await empty_store.revision()
    driver = AsyncGraphDatabase.driver(
        store_settings.uri or "", auth=(store_settings.user, store_settings.password or "")
    )
    async with driver, driver.session(database=store_settings.database) as session:
        await (await session.run("MATCH (n:City {id: 'City:state'}) SET n.population = 2")).consume()
    written = time.monotonic()
    while await empty_store.graph_version() == before:
        assert time.monotonic() - written < 1.5
        await asyncio.sleep(0.05)
    assert await empty_store.revision() == revision
    assert await empty_store.read(POPULATION) == [{"count": 2}]
    after = await settled(empty_store)
    assert await settled(empty_store) == after
