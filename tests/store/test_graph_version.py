"""The version of the graph: the same without writes, and another one after each write by any process."""

import pytest
from neo4j import AsyncGraphDatabase

from graph.store import Statement, Store, StoreSettings, WriteTransaction
from tests.conftest import MetadataClock

NUMBERS = Statement.of_text("test/numbers", "UNWIND range(1, 2000) AS x RETURN x")
CREATE = Statement.of_text("test/create", "CREATE (n:City {id: 'City:state', population: 1})")
POPULATION = Statement.of_text("test/population", "MATCH (n:City {id: 'City:state'}) RETURN n.population AS count")


async def settled(store: Store, clock: MetadataClock) -> str:
    """The state as it is now, and not as it was a moment ago."""
    clock.expire_checks()
    return await store.graph_version()


async def test_a_write_through_the_store_changes_it_and_reads_do_not(
    empty_store: Store, metadata_clock: MetadataClock
) -> None:
    before = await settled(empty_store, metadata_clock)

    async def work(writing: WriteTransaction) -> None:
        await writing.run(CREATE)
        await writing.mark_changed(None)

    await empty_store.write(work)
    after = await settled(empty_store, metadata_clock)
    assert after != before
    for _ in range(3):
        await empty_store.read(NUMBERS)
        async with empty_store.reading() as reading:
            await reading.run(POPULATION)
        async for _row in empty_store.stream(NUMBERS):
            pass
        await empty_store.revision()
        assert await settled(empty_store, metadata_clock) == after
    assert await empty_store.ready() is True
    assert await settled(empty_store, metadata_clock) == after


@pytest.mark.only_on("neo4j")
async def test_a_write_past_the_store_changes_it_within_a_second(
    empty_store: Store, store_settings: StoreSettings, metadata_clock: MetadataClock
) -> None:
    async def work(writing: WriteTransaction) -> None:
        await writing.run(CREATE)
        await writing.mark_changed(None)

    await empty_store.write(work)
    before, revision = await settled(empty_store, metadata_clock), await empty_store.revision()
    driver = AsyncGraphDatabase.driver(
        store_settings.uri or "", auth=(store_settings.user, store_settings.password or "")
    )
    async with driver, driver.session(database=store_settings.database) as session:
        await (await session.run("MATCH (n:City {id: 'City:state'}) SET n.population = 2")).consume()
    assert await settled(empty_store, metadata_clock) != before
    assert await empty_store.revision() == revision
    assert await empty_store.read(POPULATION) == [{"count": 2}]
    after = await settled(empty_store, metadata_clock)
    assert await settled(empty_store, metadata_clock) == after
