"""Reads, readings, writes and streams on the session's database."""

import asyncio
from contextlib import aclosing
from datetime import date

import pytest

from graph.errors import StoreError
from graph.store import Reader, Statement, Store, StoreSettings, WriteTransaction
from graph.store.statement import TypedRow, row_decoder

CITY_IDS = Statement.of_text("test/cities", "MATCH (n:City) RETURN n.id AS id ORDER BY id")
CREATE = Statement.of_text("test/create", "CREATE (n:City {id: $id})")
NUMBERS = Statement.of_text("test/numbers", "UNWIND range(1, $count) AS x RETURN x")


async def create(store: Store, *ids: str, changed: bool = True) -> None:
    async def work(writing: WriteTransaction) -> None:
        for id_ in ids:
            await writing.run(CREATE, {"id": id_})
        if changed:
            await writing.mark_changed(None)

    await store.write(work)


async def test_rows_are_made_by_the_statement(store: Store) -> None:
    class Day(TypedRow, frozen=True):
        day: date
        names: list[str]

    text = "RETURN toString($day) AS day, ['a', 'b'] AS names"
    statement = Statement("test/day", text, row_decoder("test/day", Day))
    assert await store.read(statement, {"day": date(2024, 2, 29)}) == [Day(date(2024, 2, 29), ["a", "b"])]


async def test_write_is_read_back_and_increments_the_revision(empty_store: Store) -> None:
    before = await empty_store.revision()
    await create(empty_store, "City:a", "City:b")
    assert await empty_store.revision() == before + 1
    assert await empty_store.read(CITY_IDS) == [{"id": "City:a"}, {"id": "City:b"}]


async def test_a_write_that_changes_nothing_leaves_the_revision(empty_store: Store) -> None:
    before = await empty_store.revision()

    async def work(writing: WriteTransaction) -> str:
        await writing.run(CITY_IDS)
        return "nothing to do"

    assert await empty_store.write(work) == "nothing to do"
    assert await empty_store.revision() == before


async def test_an_error_in_the_work_undoes_all_of_it(empty_store: Store) -> None:
    before = await empty_store.revision()

    async def work(writing: WriteTransaction) -> None:
        await writing.run(CREATE, {"id": "City:a"})
        await writing.mark_changed(None)
        raise LookupError("in the work")

    with pytest.raises(LookupError, match="in the work"):
        await empty_store.write(work)
    assert await empty_store.read(CITY_IDS) == []
    assert await empty_store.revision() == before


async def test_a_second_node_with_the_same_id_is_refused_and_undoes_all(empty_store: Store) -> None:
    with pytest.raises(StoreError, match="second node with the same id") as raised:
        await create(empty_store, "City:a", "City:b", "City:a")
    assert raised.value.statement == "test/create"
    assert await empty_store.read(CITY_IDS) == []


async def test_concurrent_writers_wait_for_each_other(empty_store: Store) -> None:
    before = await empty_store.revision()
    await asyncio.gather(*(create(empty_store, f"City:{number}") for number in range(20)))
    assert await empty_store.revision() == before + 20
    assert len(await empty_store.read(CITY_IDS)) == 20


async def test_writers_of_two_stores_each_see_what_the_other_wrote(
    empty_store: Store, store_settings: StoreSettings
) -> None:
    """Each writes what it counted before: two that counted the same would have missed each other."""
    count = Statement.of_text("test/count", "MATCH (n:City) RETURN count(n) AS count")
    add = Statement.of_text("test/add", "CREATE (n:City {id: $id, population: $count})")
    same = Statement.of_text("test/same", "MERGE (n:CityGroup {id: 'CityGroup:g'}) SET n.sum = coalesce(n.sum, 0) + 1")

    async def add_one(store: Store, number: int) -> None:
        async def work(writing: WriteTransaction) -> None:
            [row] = await writing.run(count)
            await asyncio.sleep(0.002 * (number % 5))
            await writing.run(add, {"id": f"City:{number}", "count": row["count"]})
            await writing.run(same)
            await writing.mark_changed(None)

        await store.write(work)

    before = await empty_store.revision()
    async with Store.open(store_settings) as other:
        await asyncio.gather(*(add_one(empty_store if number % 2 else other, number) for number in range(20)))
    found = Statement.of_text(
        "test/found", "MATCH (n:City) WITH n ORDER BY n.population RETURN collect(n.population) AS counts"
    )
    assert await empty_store.read(found) == [{"counts": list(range(20))}]
    summed = Statement.of_text("test/sum", "MATCH (n:CityGroup) RETURN n.sum AS sum")
    assert await empty_store.read(summed) == [{"sum": 20}]
    assert await empty_store.revision() == before + 20


async def test_bad_cypher_is_an_error_without_the_databases_words(store: Store) -> None:
    with pytest.raises(StoreError, match="'test/bad' is not valid Cypher") as raised:
        await store.read(Statement.of_text("test/bad", "MATCH (n RETURN n"))
    assert raised.value.statement == "test/bad"


async def test_a_reading_sends_nothing_before_its_first_statement(store: Store) -> None:
    sent: list[tuple[str, str]] = []

    def observer(name: str, text: str) -> None:
        if not name.startswith("store/"):  # a server that shares the store measures its degrees
            sent.append((name, text))

    store.observers.append(observer)
    try:
        async with store.reading():
            pass
        assert sent == []
        async with store.reading() as reading:
            assert await reading.run(NUMBERS, {"count": 2}) == [{"x": 1}, {"x": 2}]
        await store.read(CITY_IDS)
    finally:
        store.observers.remove(observer)
    assert sent == [("test/numbers", NUMBERS.text), ("test/cities", CITY_IDS.text)]


async def test_a_reading_may_be_asked_by_many_tasks(store: Store) -> None:
    async with store.reading() as reading:
        answers = await asyncio.gather(*(reading.run(NUMBERS, {"count": count}) for count in range(1, 9)))
    assert [len(rows) for rows in answers] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_failure_in_a_reading_leaves_the_store_well(store: Store) -> None:
    async def fail(reading: Reader) -> None:
        with pytest.raises(StoreError, match="'test/bad'"):
            await reading.run(Statement.of_text("test/bad", "RETURN nothing"))

    async with store.reading() as reading:
        await fail(reading)
    async with store.reading() as reading:
        assert await reading.run(NUMBERS, {"count": 1}) == [{"x": 1}]


async def test_a_stream_gives_every_row_once_in_order(store: Store) -> None:
    async with aclosing(store.stream(NUMBERS, {"count": 5000})) as rows:
        assert [row["x"] async for row in rows] == list(range(1, 5001))


async def test_a_stream_may_be_left_early(store: Store) -> None:
    for _ in range(3):
        async with aclosing(store.stream(NUMBERS, {"count": 50_000})) as rows:
            async for row in rows:
                assert row == {"x": 1}
                break
    assert await store.read(NUMBERS, {"count": 1}) == [{"x": 1}]


async def test_a_stream_in_bad_cypher_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError, match="'test/bad'"):
        async with aclosing(store.stream(Statement.of_text("test/bad", "RETURN nothing"))) as rows:
            async for _ in rows:
                pass


async def test_open_store_is_ready(store: Store) -> None:
    assert await store.ready() is True
