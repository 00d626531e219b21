"""Concurrent reads that share a statement: each has the rows it would have alone, and its own errors."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import cast

import pytest

from graph.errors import StoreError, StoreTimeout, StoreUnavailable
from graph.store import Statement, Store, WriteTransaction
from graph.store.batching import Parameters, ReadBatcher, Rows
from graph.store.semaphore import BoundedSemaphore
from tests.conditions import GIVE_UP_S, until

CITIES: Statement[dict[str, object]] = Statement(
    "test/cities",
    "CALL () { UNWIND $a AS key MATCH (n:City {id: key}) RETURN collect([n.id, n.population + $more]) AS x }\n"
    "CALL () { UNWIND $b AS key MATCH (n:Theme {id: key}) RETURN collect([n.id]) AS y }\n"
    "RETURN [x, y] AS answer",
    dict,
    ("a", "b"),
    returns_one_row=True,
)
GREETING: Statement[dict[str, object]] = Statement(
    "test/greeting", "RETURN 'Hello, ' + $name AS answer", dict, returns_one_row=True
)

Reads = list["asyncio.Task[Rows]"]


class FakeDatabase:
    """Answers once it may `go`; `asked` has the ids, or the name, that each statement was about."""

    def __init__(self, run: Callable[[list[str]], Awaitable[None]] | None = None) -> None:
        self.asked: list[list[str]] = []
        self.ended = 0
        self.go = asyncio.Event()
        self._run = run

    async def read(self, statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        about = cast("list[str]", parameters["a"]) if statement is CITIES else [repr(parameters["name"])]
        self.asked.append(about)
        try:
            await self.go.wait()
            if self._run is not None:
                await self._run(about)
        finally:
            self.ended += 1
        if statement is CITIES:
            return [{"answer": [[[node_id, "found"] for node_id in about if "absent" not in node_id], []]}]
        return [{"answer": f"Hello, {parameters['name']}"}]


def by_id(*ids: str, **more: object) -> dict[str, object]:
    return {"a": list(ids), "b": [], **more}


def rows_of(*ids: str) -> Rows:
    return [{"answer": [[[node_id, "found"] for node_id in ids], []]}]


async def started(batcher: ReadBatcher, statement: Statement[dict[str, object]], *asked: Parameters) -> Reads:
    reads = [asyncio.create_task(batcher.read(statement, parameters)) for parameters in asked]
    await asyncio.sleep(0)
    return reads


async def busy(database: FakeDatabase) -> tuple[ReadBatcher, Reads]:
    """A batcher that knows the reads to be fast, with two of them under way."""
    batcher = ReadBatcher(database.read)
    database.go.set()
    for _ in range(30):
        await batcher.read(CITIES, by_id("City:known"))
    database.go.clear()
    database.asked.clear()
    database.ended = 0
    running = await started(batcher, CITIES, by_id("City:first"), by_id("City:second"))
    assert len(database.asked) == 2
    return batcher, running


async def busy_greeting(database: FakeDatabase) -> tuple[ReadBatcher, Reads]:
    """As `busy`, of reads without ids."""
    batcher = ReadBatcher(database.read)
    database.go.set()
    for _ in range(10):
        await batcher.read(GREETING, {"name": "known"})
    database.go.clear()
    database.asked.clear()
    return batcher, await started(batcher, GREETING, {"name": "first"}, {"name": "second"})


async def cancel(read: "asyncio.Task[Rows]") -> None:
    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds by which the batcher measures statements."""
    seconds = [0.0]
    monkeypatch.setattr("graph.store.batching.time.perf_counter", lambda: seconds[0])
    return seconds


# --- Reads by id ----------------------------------------------------------------------------------


async def test_groups_take_a_limited_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.store.batching.GROUPS_BYTES", 20_000)
    database = FakeDatabase()
    database.go.set()
    batcher = ReadBatcher(database.read)
    for number in range(100):
        statement = Statement("test/long", f"RETURN $name AS answer // {number} {'x' * 1_000}", dict)
        assert await batcher.read(statement, {"name": "a"}) == [{"answer": "Hello, a"}]
        assert sum(len(text) for text, _ in batcher._groups) < 20_000
    assert 5 < len(batcher._groups) < 20


async def test_waiting_reads_by_id_share_a_statement() -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    waiting = await started(batcher, CITIES, by_id("City:a", "City:x"), by_id("City:absent", "City:x"))
    assert len(database.asked) == 2
    database.go.set()
    assert await asyncio.gather(*running) == [rows_of("City:first"), rows_of("City:second")]
    assert await asyncio.gather(*waiting) == [rows_of("City:a", "City:x"), rows_of("City:x")]
    assert database.asked[2:] == [["City:a", "City:x", "City:absent"]]
    assert batcher.batched == 1


async def test_reads_with_other_parameters_do_not_share() -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    other = await started(batcher, CITIES, by_id("City:a", more=1))
    assert database.asked[2:] == [["City:a"]]
    database.go.set()
    await asyncio.gather(*running, *other)


async def test_a_read_waits_for_a_limited_time() -> None:
    """What runs may be much slower than what waits."""
    database = FakeDatabase()
    batcher, running = await busy(database)
    waiting = await started(batcher, CITIES, by_id("City:a"), by_id("City:b"))
    assert len(database.asked) == 2
    await until(lambda: len(database.asked) > 2)
    assert database.asked[2:] == [["City:a", "City:b"]]
    database.go.set()
    assert await asyncio.gather(*waiting) == [rows_of("City:a"), rows_of("City:b")]
    await asyncio.gather(*running)


async def test_slow_reads_by_id_do_not_wait(clock: list[float]) -> None:
    async def slowly(_about: list[str]) -> None:
        clock[0] += 0.06

    database = FakeDatabase(slowly)
    batcher, running = await busy(database)
    more = await started(batcher, CITIES, by_id("City:a"), by_id("City:b"))
    assert len(database.asked) == 4
    database.go.set()
    await asyncio.gather(*running, *more)


async def test_a_statement_takes_no_more_ids_than_it_has_time_for(clock: list[float]) -> None:
    """Each id takes a millisecond, so that fifty go into one statement."""

    async def by_number(about: list[str]) -> None:
        clock[0] += 0.001 * len(about)

    database = FakeDatabase(by_number)
    batcher, running = await busy(database)
    sizes = enumerate((1, 20, 20, 20, 1))
    reads = [by_id(*(f"City:{read}-{number}" for number in range(size))) for read, size in sizes]
    waiting = await started(batcher, CITIES, *reads)
    assert len(database.asked) == 2
    database.go.set()
    await asyncio.gather(*running, *waiting)
    assert [len(about) for about in database.asked[2:]] == [42, 20]


async def test_the_database_gives_each_its_own_rows(empty_store: Store) -> None:
    create = Statement.of_text(
        "test/create",
        "UNWIND range(1, 40) AS x CREATE (:City {id: 'City:' + x, population: x}), (:Theme {id: 'Theme:' + x})",
    )

    async def work(writing: WriteTransaction) -> None:
        await writing.run(create)

    await empty_store.write(work)
    sent = await _observed(empty_store, _read_cities)
    assert len(sent) < 70  # 30 alone, then 38 together


async def _read_cities(store: Store) -> None:
    for number in range(30):
        await store.read(CITIES, {"a": [f"City:{number}"], "b": [], "more": 0})
    asked = [{"a": [f"City:{n}", "City:99"], "b": [f"Theme:{n}"], "more": 0} for n in range(1, 39)]
    answers = await asyncio.gather(*(store.read(CITIES, parameters) for parameters in asked))
    for number, rows in enumerate(answers, 1):
        assert rows == [{"answer": [[[f"City:{number}", number]], [[f"Theme:{number}"]]]}]


# --- Identical reads ------------------------------------------------------------------------------


async def test_waiting_reads_that_are_identical_share_a_statement() -> None:
    """Those of the same text wait in line, however different."""
    database = FakeDatabase()
    batcher, running = await busy_greeting(database)
    reads = await started(batcher, GREETING, *({"name": name} for name in "abaab"))
    assert len(database.asked) == 2
    database.go.set()
    assert [rows[0]["answer"] for rows in await asyncio.gather(*reads)] == [f"Hello, {name}" for name in "abaab"]
    assert database.asked[2:] == [["'a'"], ["'b'"]]
    assert batcher.batched == 3
    await asyncio.gather(*running)


async def test_slow_reads_wait_for_identical_ones_only() -> None:
    """That which runs may have read before they arrived, so they cannot have its rows."""
    database = FakeDatabase()
    batcher = ReadBatcher(database.read)  # does not know yet that they are fast
    reads = await started(batcher, GREETING, *({"name": name} for name in "abcaab"))
    assert database.asked == [["'a'"], ["'b'"], ["'c'"]]
    await until(lambda: len(database.asked) == 5)
    assert database.asked[3:] == [["'a'"], ["'b'"]]
    database.go.set()
    assert [rows[0]["answer"] for rows in await asyncio.gather(*reads)] == [f"Hello, {name}" for name in "abcaab"]
    assert batcher.batched == 1


async def test_a_read_never_has_rows_of_a_statement_sent_before_it() -> None:
    database = FakeDatabase()
    batcher, running = await busy_greeting(database)
    waiting = await started(batcher, GREETING, {"name": "a"})
    running[0].cancel()
    waiting += await started(batcher, GREETING, {"name": "a"}, {"name": "a"})
    database.go.set()
    await asyncio.gather(running[1], *waiting)
    assert database.asked[2:] == [["'a'"], ["'a'"]]


async def test_values_of_other_types_are_not_identical() -> None:
    database = FakeDatabase()
    batcher = ReadBatcher(database.read)
    reads = await started(batcher, GREETING, *({"name": name} for name in (1, True, 1.0, "1")))
    assert database.asked == [["1"], ["True"], ["1.0"], ["'1'"]]
    database.go.set()
    await asyncio.gather(*reads)


async def test_the_error_of_identical_reads_is_raised_for_each() -> None:
    async def refuse(about: list[str]) -> None:
        if "'bad'" in about:
            raise StoreError("no")

    database = FakeDatabase(refuse)
    batcher, running = await busy_greeting(database)
    reads = await started(batcher, GREETING, *[{"name": "bad"}] * 3)
    database.go.set()
    answers = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreError] * 3
    assert database.asked[2:] == [["'bad'"]]
    assert batcher.batched == 0
    await asyncio.gather(*running)


async def test_the_database_answers_identical_reads_few_times(empty_store: Store) -> None:
    async def read(store: Store) -> None:
        answers = await asyncio.gather(*(store.read(GREETING, {"name": str(number % 2)}) for number in range(30)))
        assert [rows[0]["answer"] for rows in answers] == [f"Hello, {number % 2}" for number in range(30)]

    before = empty_store.reads_batched
    sent = await _observed(empty_store, read)
    assert len(sent) < 10
    assert empty_store.reads_batched - before == 30 - len(sent)


async def _observed(store: Store, work: Callable[[Store], Awaitable[None]]) -> list[str]:
    """The names of the tests' statements that are sent meanwhile. The store may also count relationships."""
    sent: list[str] = []

    def observe(name: str, _text: str) -> None:
        if name.startswith("test/"):
            sent.append(name)

    store.observers.append(observe)
    try:
        await work(store)
    finally:
        store.observers.remove(observe)
    return sent


# --- Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [StoreError, StoreTimeout])
async def test_an_error_is_raised_for_the_read_that_causes_it(error: type[StoreError]) -> None:
    """A timeout too: alone, the other read may be in time."""

    async def refuse(about: list[str]) -> None:
        if "City:bad" in about:
            raise error("no") from ValueError("the database reported it")

    database = FakeDatabase(refuse)
    batcher, running = await busy(database)
    bad, good = await started(batcher, CITIES, by_id("City:bad"), by_id("City:good"))
    database.go.set()
    await asyncio.gather(*running)
    with pytest.raises(error, match="no"):
        await bad
    assert await good == rows_of("City:good")
    assert database.asked[2:] == [["City:bad", "City:good"], ["City:bad"], ["City:good"]]
    assert batcher.batched == 0


@pytest.mark.parametrize("error", [StoreUnavailable, StoreTimeout])
async def test_an_absent_or_silent_database_is_not_asked_again(error: type[StoreError]) -> None:
    """One that does not even report a timeout would take the time of each read once more."""

    async def leave(about: list[str]) -> None:
        if "City:a" in about:
            raise error("away")

    database = FakeDatabase(leave)
    batcher, running = await busy(database)
    waiting = await started(batcher, CITIES, by_id("City:a"), by_id("City:b"))
    database.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [error, error]
    assert len(database.asked) == 3
    assert await batcher.read(CITIES, by_id("City:c")) == rows_of("City:c")


async def test_an_answer_of_another_form_delays_no_other_read() -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    read = database.read

    async def formless(statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        await read(statement, parameters)
        return []

    waiting = await started(batcher, CITIES, by_id("City:a"), by_id("City:b"))
    database.go.set()
    batcher._read = formless  # pyright: ignore[reportPrivateUsage]
    await asyncio.gather(*running)
    assert await asyncio.wait_for(asyncio.gather(*waiting), GIVE_UP_S) == [[], []]
    batcher._read = read  # pyright: ignore[reportPrivateUsage]
    assert await batcher.read(CITIES, by_id("City:c")) == rows_of("City:c")


# --- Cancelled reads ------------------------------------------------------------------------------


async def test_a_read_cancelled_while_it_waits_is_not_sent() -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    left, stays = await started(batcher, CITIES, by_id("City:left"), by_id("City:stays"))
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    database.go.set()
    await asyncio.gather(*running)
    assert await stays == rows_of("City:stays")
    assert database.asked[2:] == [["City:stays"]]


async def test_a_batch_whose_reads_are_all_cancelled_is_not_sent() -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    waiting = await started(batcher, CITIES, by_id("City:a"), by_id("City:a"))
    for read in waiting:
        read.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    database.go.set()
    await asyncio.gather(*running)
    assert await batcher.read(CITIES, by_id("City:b")) == rows_of("City:b")
    assert database.asked[2:] == [["City:b"]]


async def test_a_statement_is_cancelled_with_the_last_of_its_reads() -> None:
    async def hold(about: list[str]) -> None:
        if "City:a" in about:
            await asyncio.Event().wait()

    database = FakeDatabase(hold)
    batcher, running = await busy(database)
    waiting = await started(batcher, CITIES, by_id("City:a"), by_id("City:b"))
    database.go.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0)
    assert len(database.asked) == 3
    ended = database.ended
    for read in waiting:
        assert database.ended == ended
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await read
    await asyncio.sleep(0)
    assert database.ended == ended + 1
    assert await batcher.read(CITIES, by_id("City:c")) == rows_of("City:c")


async def test_reads_may_be_cancelled_as_their_statement_ends() -> None:
    waiting: Reads = []

    async def leave(about: list[str]) -> None:
        if "City:a" in about:
            for read in waiting[:2]:
                read.cancel()

    database = FakeDatabase(leave)
    batcher, running = await busy(database)
    waiting += await started(batcher, CITIES, by_id("City:a"), by_id("City:b"), by_id("City:c"))
    database.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers[:2]] == [asyncio.CancelledError] * 2
    assert answers[2] == rows_of("City:c")
    assert batcher.batched == 0


async def test_closing_cancels_what_runs_for_several_and_what_waits() -> None:
    async def hold(about: list[str]) -> None:
        if "City:a" in about:
            await asyncio.Event().wait()

    database = FakeDatabase(hold)
    batcher, running = await busy(database)
    shared = await started(batcher, CITIES, by_id("City:a"), by_id("City:a"))
    database.go.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0)
    database.go.clear()
    [alone] = await started(batcher, CITIES, by_id("City:b"))
    [waiting] = await started(batcher, CITIES, by_id("City:c"))
    asked = len(database.asked)
    await batcher.close()
    for read in (*shared, waiting):
        with pytest.raises(asyncio.CancelledError):
            await read
    database.go.set()
    assert await alone == rows_of("City:b")
    assert (len(database.asked), database.ended) == (asked, asked)


async def test_closed_batcher_delays_no_read() -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    await batcher.close()
    late = await started(batcher, CITIES, by_id("City:a"), by_id("City:b"))
    assert len(database.asked) == 4
    database.go.set()
    await asyncio.gather(*running, *late)


# --- Lanes ----------------------------------------------------------------------------------------


async def test_identical_reads_of_a_lane_share_its_places(clock: list[float]) -> None:
    async def take_two_seconds(_: list[str]) -> None:
        clock[0] += 2

    database, lane, spent = FakeDatabase(take_two_seconds), BoundedSemaphore(1, 10, GIVE_UP_S), dict[str, float]()
    batcher = ReadBatcher(database.read, lane)
    database.go.set()
    reads = []
    async with lane.acquire("test/other"):
        for number, name in enumerate("abaabb"):
            charge = partial(spent.__setitem__, f"{name}{number}")
            reads.append(asyncio.create_task(batcher.read(GREETING, {"name": name}, charge)))
        await until(lambda: lane.queued == 2)
        clock[0] += 60
        assert database.asked == []
    assert [rows[0]["answer"] for rows in await asyncio.gather(*reads)] == [f"Hello, {name}" for name in "abaabb"]
    # Those that came first had been sent to the lane; the others share two statements.
    assert sorted(database.asked) == [["'a'"], ["'a'"], ["'b'"], ["'b'"]]
    assert spent == {"a0": 2, "b1": 2, "a2": 1, "a3": 1, "b4": 1, "b5": 1}
    assert (lane.in_use, lane.queued) == (0, 0)


async def test_merged_reads_share_the_charge_by_their_numbers_of_ids(clock: list[float]) -> None:
    database = FakeDatabase()
    batcher, running = await busy(database)
    spent = dict[str, float]()

    def read(name: str, *ids: str) -> "asyncio.Task[Rows]":
        return asyncio.create_task(batcher.read(CITIES, by_id(*ids), partial(spent.__setitem__, name)))

    one, three, left_early, left_late = (
        read("one", "City:a"),
        read("three", "City:b", "City:c", "City:d"),
        read("left early", "City:e"),
        read("left late", "City:f", "City:g", "City:h", "City:i"),
    )
    await asyncio.sleep(0)
    await cancel(left_early)
    await until(lambda: len(database.asked) == 3)
    await cancel(left_late)
    clock[0] += 4
    database.go.set()
    await asyncio.gather(*running, one, three)
    assert database.asked[-1] == [f"City:{name}" for name in "abcdfghi"]
    assert spent == {"one": 0.5, "three": 1.5, "left late": 2}


async def test_a_statement_that_all_callers_left_occupies_its_place_and_is_charged(clock: list[float]) -> None:
    """The embedded database does not abort it either."""
    database, lane, spent = FakeDatabase(), BoundedSemaphore(1, 10, GIVE_UP_S), dict[str, float]()
    batcher = ReadBatcher(database.read, lane)
    left = asyncio.create_task(batcher.read(GREETING, {"name": "left"}, partial(spent.__setitem__, "left")))
    await until(lambda: database.asked == [["'left'"]])
    await cancel(left)
    never_sent = asyncio.create_task(batcher.read(GREETING, {"name": "x"}, partial(spent.__setitem__, "never sent")))
    next_one = asyncio.create_task(batcher.read(GREETING, {"name": "next"}, partial(spent.__setitem__, "next")))
    await until(lambda: lane.queued == 2)
    await cancel(never_sent)
    assert (lane.in_use, lane.queued, spent) == (1, 1, {})
    clock[0] += 3
    database.go.set()
    assert await next_one == [{"answer": "Hello, next"}]
    assert database.asked == [["'left'"], ["'next'"]]
    assert spent == {"left": 3, "next": 0}
    assert (lane.in_use, lane.queued) == (0, 0)


async def test_closing_a_lane_cancels_the_statements_that_were_left() -> None:
    database, lane = FakeDatabase(), BoundedSemaphore(1, 10, GIVE_UP_S)
    left = asyncio.create_task(ReadBatcher(database.read, lane).read(GREETING, {"name": "left"}))
    await until(lambda: len(database.asked) == 1)
    await cancel(left)
    assert (database.ended, lane.in_use) == (0, 1)
    await lane.close()
    assert (database.ended, lane.in_use) == (1, 0)
