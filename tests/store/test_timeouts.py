"""Statements that run too long, too many concurrent ones, and clients that leave."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from graph.errors import ConfigurationError, StoreBusy, StoreDenied, StoreError, StoreTimeout, StoreUnavailable
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from graph.store.lock import read_published
from tests.conditions import until

LIMIT_S = 1.0

RUNAWAY = Statement.of_text(
    "test/runaway",
    "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b = -1 RETURN count(*) AS n",
)
SLOW = Statement.of_text(
    "test/slow", "UNWIND range(1, 150000) AS a WITH a WHERE a % 7 = -1 RETURN count(a) + $nothing AS n"
)
RUNNING = Statement.of_text("test/running", "SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery AS text")
ONE = Statement.of_text("test/one", "RETURN 1 AS one")


@pytest.fixture(scope="module")
def strict_settings(store_settings: StoreSettings, tmp_path_factory: pytest.TempPathFactory) -> StoreSettings:
    """A database with a short limit on statements; its own one where it is embedded."""
    data_dir = tmp_path_factory.mktemp("strict")
    return replace(store_settings, data_dir=data_dir, heap_mb=256, statement_timeout_s=LIMIT_S)


@pytest_asyncio.fixture(scope="module")
async def strict_store(strict_settings: StoreSettings) -> AsyncIterator[Store]:
    async with Store.open(strict_settings) as opened:
        yield opened


async def running(store: Store, statement: Statement[dict[str, object]]) -> int:
    """How many times the database is working on the statement."""
    return sum(statement.text in str(row["text"]) for row in await store.read(RUNNING))


async def at_rest(store: Store) -> None:
    """Wait until the database has ended what timed out or was cancelled. Until then it answers others late."""

    async def has_ended() -> bool:
        with suppress(StoreTimeout, StoreBusy):
            return not await running(store, RUNAWAY) and not await running(store, SLOW)
        return False

    await until(has_ended)


@contextmanager
def observed(store: Store) -> Iterator[asyncio.Queue[str]]:
    """The names of the statements that are sent in the context."""
    sent: asyncio.Queue[str] = asyncio.Queue()

    def observe(name: str, _text: str) -> None:
        sent.put_nowait(name)

    store.observers.append(observe)
    try:
        yield sent
    finally:
        store.observers.remove(observe)


@pytest.mark.slow
async def test_a_runaway_statement_is_seen_while_it_runs_and_ends_in_the_database_too(strict_store: Store) -> None:
    reading = asyncio.create_task(strict_store.read(RUNAWAY))

    async def is_seen() -> bool:
        return await running(strict_store, RUNAWAY) == 1

    await until(is_seen)
    with pytest.raises(StoreTimeout, match="'test/runaway' exceeded its time limit") as raised:
        await reading
    assert raised.value.statement == "test/runaway"
    await at_rest(strict_store)


@pytest.mark.slow
async def test_runaway_statement_of_a_reading_is_stopped(strict_store: Store) -> None:
    with pytest.raises(StoreTimeout, match="'test/runaway'"):
        async with strict_store.reading() as reading:
            await reading.run(ONE)
            await reading.run(RUNAWAY)
    await at_rest(strict_store)


async def test_runaway_write_is_rolled_back(strict_store: Store) -> None:
    async def work(writing: WriteTransaction) -> None:
        await writing.run(Statement.of_text("test/create", "CREATE (:Document {id: 'Document:left-behind'})"))
        await writing.run(RUNAWAY)

    with pytest.raises(StoreTimeout):
        await strict_store.write(work)
    left = Statement.of_text("test/left", "MATCH (n:Document {id: 'Document:left-behind'}) RETURN n.id AS id")
    assert await strict_store.read(left) == []


@pytest.mark.slow
async def test_a_write_as_a_whole_has_a_limit(strict_store: Store) -> None:
    async def work(writing: WriteTransaction) -> None:
        await writing.run(ONE)
        await asyncio.Event().wait()

    with pytest.raises(StoreTimeout, match="'store/write'"):
        await strict_store.write(work, timeout_s=0.2)


@pytest.mark.slow
async def test_a_write_of_many_statements_may_take_longer_than_one_statement(strict_store: Store) -> None:
    async def work(writing: WriteTransaction) -> str:
        await writing.run(ONE)
        await asyncio.sleep(1.2 * LIMIT_S)
        await writing.run(ONE)
        return "done"

    assert await strict_store.write(work, timeout_s=60) == "done"


@pytest.mark.slow
async def test_a_stream_may_be_read_slowly(strict_store: Store) -> None:
    numbers = Statement.of_text("test/numbers", "UNWIND range(1, 6000) AS x RETURN x, toString(x) AS text")
    read = 0
    async with aclosing(strict_store.stream(numbers)) as rows:
        async for row in rows:
            read += 1
            assert row == {"x": read, "text": str(read)}
            if read % 1000 == 0:
                await asyncio.sleep(LIMIT_S / 4)
    assert read == 6000
    with pytest.raises(StoreTimeout):  # and the limit stands again for the others
        await strict_store.read(RUNAWAY)


@asynccontextmanager
async def holding_a_connection(store: Store) -> AsyncIterator[None]:
    """A place and a connection are taken, inside."""
    many = Statement.of_text("test/many", "UNWIND range(1, 6000) AS x RETURN x")
    async with aclosing(store.stream(many)) as rows:
        assert await anext(rows) == {"x": 1}
        yield


async def test_cancelled_reads_leak_neither_places_nor_connections(
    strict_store: Store, strict_settings: StoreSettings
) -> None:
    assert await strict_store.ready()
    async with Store.open(replace(strict_settings, pool_size=3, max_in_flight=2)) as store:
        for _ in range(10):
            with observed(store) as sent:
                reads = [asyncio.create_task(store.read(SLOW, {"nothing": 0})) for _ in range(4)]
                await sent.get()
                await sent.get()
            cancelled = [read for read in reads if read.cancel()]
            await asyncio.gather(*reads, return_exceptions=True)
            assert cancelled  # a read that was sent may have ended before its cancellation
            assert all(read.cancelled() for read in cancelled)
        await at_rest(store)
        async with store.reading() as first, store.reading() as second:
            both = await asyncio.gather(first.run(ONE), second.run(ONE))
        assert both == [[{"one": 1}], [{"one": 1}]]
        assert await store.write(lambda writing: writing.run(ONE)) == [{"one": 1}]


@pytest.mark.slow
async def test_reads_cancelled_at_any_moment_while_they_connect_leave_nothing_open(
    strict_store: Store, strict_settings: StoreSettings
) -> None:
    """Each time one step of the event loop later. What is left open becomes an error when it is collected."""
    assert await strict_store.ready()
    before = asyncio.all_tasks()
    for steps in range(40):
        async with (
            Store.open(replace(strict_settings, pool_size=2, max_in_flight=2)) as store,
            holding_a_connection(store),  # so that the next one has to connect
        ):
            read = asyncio.create_task(store.read(SLOW, {"nothing": 0}))
            for _ in range(steps):
                await asyncio.sleep(0)
            read.cancel()
            with pytest.raises(asyncio.CancelledError):
                await read
            assert await store.read(ONE) == [{"one": 1}]
    gc.collect()
    assert {task for task in asyncio.all_tasks() if "keeper" not in task.get_name()} <= before


async def test_a_reading_left_while_its_statements_run_leaves_nothing_open(
    strict_store: Store, strict_settings: StoreSettings
) -> None:
    assert await strict_store.ready()
    async with Store.open(replace(strict_settings, pool_size=1, max_in_flight=1, acquisition_timeout_s=0.5)) as store:
        runs: list[asyncio.Task[list[dict[str, object]]]] = []
        with pytest.raises(LookupError), observed(store) as sent:
            async with store.reading() as reading:
                runs = [asyncio.create_task(reading.run(statement)) for statement in (RUNAWAY, ONE)]
                assert await sent.get() == "test/runaway"
                raise LookupError
        assert runs[0].done()
        answers = await asyncio.gather(*runs, return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreTimeout, StoreError]
        assert "was sent after its reader was closed" in str(answers[1])
        assert await store.read(ONE) == [{"one": 1}]
    gc.collect()


@pytest.mark.slow
async def test_a_reading_may_run_two_statements_at_a_time(strict_store: Store) -> None:
    with observed(strict_store) as sent:
        async with strict_store.reading(max_statements=2) as reading:
            runaway = asyncio.create_task(reading.run(RUNAWAY))
            assert await sent.get() == "test/runaway"
            assert await reading.run(ONE) == [{"one": 1}]
            assert not runaway.done()
        assert runaway.done()
    assert isinstance(runaway.exception(), StoreTimeout)
    await at_rest(strict_store)


async def test_a_cancelled_reading_leaves_the_store_well(strict_store: Store) -> None:
    async def read() -> None:
        async with strict_store.reading() as reading:
            await asyncio.gather(reading.run(RUNAWAY), reading.run(ONE))

    with observed(strict_store) as sent:
        task = asyncio.create_task(read())
        assert await sent.get() == "test/runaway"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await strict_store.read(ONE) == [{"one": 1}]


async def test_beyond_the_statements_in_flight_and_waiting_the_store_is_busy(
    strict_store: Store, strict_settings: StoreSettings
) -> None:
    crowded = replace(strict_settings, max_in_flight=1, max_waiting=1, acquisition_timeout_s=0.3)
    assert await strict_store.ready()
    async with Store.open(crowded) as store, holding_a_connection(store):
        waiting = asyncio.create_task(store.read(ONE))
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy, match="1 statements already wait"):
            await store.read(ONE)
        with pytest.raises(StoreBusy, match=r"busy for 0\.3 s"):
            await waiting


async def test_without_a_free_connection_the_store_is_busy(strict_store: Store, strict_settings: StoreSettings) -> None:
    narrow = replace(strict_settings, pool_size=1, max_in_flight=5, acquisition_timeout_s=0.3)
    assert await strict_store.ready()
    async with Store.open(narrow) as store, holding_a_connection(store):
        with pytest.raises(StoreBusy, match="no connection to the database became free"):
            await store.read(ONE)


async def test_a_wrong_password_is_denied(strict_store: Store, strict_settings: StoreSettings) -> None:
    assert await strict_store.ready()
    published = read_published(strict_settings.data_dir)
    uri = strict_settings.uri or (published.uri if published else "")
    with pytest.raises(StoreDenied, match="refused the user name or password"):
        async with Store.open(StoreSettings(uri=uri, user="root", password="not the password")):
            pass


async def test_where_nothing_answers_the_store_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="the database does not answer") as raised:
        async with Store.open(StoreSettings(uri="bolt://127.0.0.1:9", password="x")):
            pass
    assert isinstance(raised.value, StoreError)


async def test_an_address_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="'http://localhost' is not the address of a database"):
        async with Store.open(StoreSettings(uri="http://localhost", password="x")):
            pass


@pytest.mark.slow
async def test_a_server_that_accepts_and_says_nothing_is_unavailable() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = StoreSettings(
        uri=f"bolt://127.0.0.1:{port}", password="x", statement_timeout_s=0.5, acquisition_timeout_s=0.5
    )
    with pytest.raises(StoreError):
        async with Store.open(settings):
            pass
    server.close()
    await server.wait_closed()
