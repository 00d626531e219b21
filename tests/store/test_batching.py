"""Reads by id that go to the database as one: each has the rows it would have alone, and its own errors."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

import pytest

from graph.errors import StoreError, StoreTimeout, StoreUnavailable
from graph.store import Statement, Store, WriteTransaction
from graph.store.batching import ReadBatcher
from tests.store.test_batch_strategies import known_as_quick

CITIES: Statement[dict[str, object]] = Statement(
    "test/cities",
    "CALL () { UNWIND $a AS key MATCH (n:City {id: key}) RETURN collect([n.id, n.population + $more]) AS x }\n"
    "CALL () { UNWIND $b AS key MATCH (n:Theme {id: key}) RETURN collect([n.id]) AS y }\n"
    "RETURN [x, y] AS answer",
    dict,
    ("a", "b"),
    returns_one_row=True,
)

Rows = list[dict[str, object]]


def wanted(*cities: int, themes: tuple[int, ...] = (), more: int = 0) -> dict[str, object]:
    return {
        "a": [f"City:{each}" for each in cities],
        "b": [f"Theme:{each}" for each in dict.fromkeys(themes)],
        "more": more,
    }


async def test_each_has_its_own_rows_and_few_statements_are_sent(empty_store: Store) -> None:
    create = Statement.of_text(
        "test/create",
        "UNWIND range(1, 40) AS x CREATE (:City {id: 'City:' + x, population: x}), (:Theme {id: 'Theme:' + x})",
    )

    async def work(writing: WriteTransaction) -> None:
        await writing.run(create)

    await empty_store.write(work)
    await empty_store.read(CITIES, wanted(*range(1, 41)))  # from now on it is planned
    for more in range(4):
        known_as_quick(empty_store, CITIES, wanted(1, more=more))
    sent: list[str] = []

    def observer(name: str, _text: str) -> None:
        sent.append(name)

    empty_store.observers.append(observer)
    try:
        asked = [wanted(each, each + 1, 99, themes=(each, 1)) for each in range(1, 39)]
        found = await asyncio.gather(*(empty_store.read(CITIES, each) for each in asked))
        others = await asyncio.gather(*(empty_store.read(CITIES, wanted(each, more=each)) for each in range(1, 4)))
    finally:
        empty_store.observers.remove(observer)
    for each, rows in enumerate(found, 1):
        themes = [[f"Theme:{one}"] for one in dict.fromkeys((each, 1))]
        assert rows[0]["answer"] == [[[f"City:{each}", each], [f"City:{each + 1}", each + 1]], themes]
    assert [rows[0]["answer"] for rows in others] == [[[[f"City:{each}", 2 * each]], []] for each in range(1, 4)]
    assert len(sent) < 20 + 3


class Played:
    """A database whose answers wait for `go`; what it was asked is kept."""

    def __init__(self, answer: Callable[[list[str]], Awaitable[None]] | None = None) -> None:
        self.asked: list[list[str]] = []
        self.ended = 0
        self.go = asyncio.Event()
        self._answer = answer

    async def read(self, statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        assert statement is CITIES
        ids = cast("list[str]", parameters["a"])
        self.asked.append(ids)
        try:
            await self.go.wait()
            if self._answer is not None:
                await self._answer(ids)
            return [{"answer": [[[each, "found"] for each in ids if "absent" not in each], []]}]
        finally:
            self.ended += 1


async def busy(played: Played) -> tuple[ReadBatcher, "list[asyncio.Task[Rows]]"]:
    """What runs statements together, and two under way for which others will wait."""
    together = ReadBatcher(played.read)
    played.go.set()
    for _ in range(5):
        await together.read(CITIES, ids("City:known"))
    played.go.clear()
    played.asked.clear()
    played.ended = 0
    running = [asyncio.create_task(together.read(CITIES, ids(f"City:first-{each}"))) for each in range(2)]
    await asyncio.sleep(0)
    assert len(played.asked) == 2
    return together, running


def ids(*named: str) -> dict[str, object]:
    return {"a": list(named), "b": []}


def answer(*named: str) -> Rows:
    return [{"answer": [[[each, "found"] for each in named], []]}]


async def test_those_that_wait_go_as_one() -> None:
    played = Played()
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(CITIES, ids(each, "City:x"))) for each in ("City:a", "City:absent")]
    await asyncio.sleep(0)
    assert len(played.asked) == 2
    played.go.set()
    assert await asyncio.gather(*running) == [answer("City:first-0"), answer("City:first-1")]
    assert await asyncio.gather(*waiting) == [answer("City:a", "City:x"), answer("City:x")]
    assert played.asked[2:] == [["City:a", "City:x", "City:absent"]]


async def test_other_parameters_are_another_shape() -> None:
    played = Played()
    together, running = await busy(played)
    other = asyncio.create_task(together.read(CITIES, {**ids("City:a"), "more": 1}))
    await asyncio.sleep(0)
    assert played.asked[2:] == [["City:a"]]
    played.go.set()
    await asyncio.gather(*running, other)


async def test_what_takes_long_waits_for_nobody() -> None:
    async def slowly(_ids: list[str]) -> None:
        await asyncio.sleep(0.06)

    played = Played(slowly)
    together, running = await busy(played)
    more = [asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in range(3)]
    await asyncio.sleep(0)
    assert len(played.asked) == 5
    played.go.set()
    await asyncio.gather(*running, *more)
    assert len(played.asked) == 5


async def test_many_ids_are_not_put_on_top_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each id takes a millisecond, so that some 45 go as one."""
    clock = [0.0]
    monkeypatch.setattr("graph.store.batching.time.perf_counter", lambda: clock[0])

    async def by_number(ids: list[str]) -> None:
        clock[0] += 0.001 * len(ids)

    played = Played(by_number)
    together, running = await busy(played)
    reads = [ids(*(f"City:{read}-{each}" for each in range(count))) for read, count in enumerate((1, 20, 20, 20, 1))]
    waiting = [asyncio.create_task(together.read(CITIES, each)) for each in reads]
    await asyncio.sleep(0)
    assert len(played.asked) == 2
    played.go.set()
    await asyncio.gather(*running, *waiting)
    assert [len(each) for each in played.asked[2:]] == [41, 21]


async def test_who_causes_an_error_has_it_alone() -> None:
    async def refuse(ids: list[str]) -> None:
        if "City:bad" in ids:
            raise StoreError("no")

    played = Played(refuse)
    together, running = await busy(played)
    bad, good = (asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("bad", "good"))
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    with pytest.raises(StoreError, match="no"):
        await bad
    assert await good == answer("City:good")
    assert played.asked[2:] == [["City:bad", "City:good"], ["City:bad"], ["City:good"]]


async def test_an_answer_of_another_form_holds_nobody_up() -> None:
    played = Played()
    together, running = await busy(played)
    read = played.read

    async def formless(statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        await read(statement, parameters)
        return []

    waiting = [asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("a", "b")]
    await asyncio.sleep(0)
    played.go.set()
    together._read = formless  # pyright: ignore[reportPrivateUsage]
    await asyncio.gather(*running)
    assert await asyncio.wait_for(asyncio.gather(*waiting), 5) == [[], []]
    together._read = read  # pyright: ignore[reportPrivateUsage]
    assert await together.read(CITIES, ids("City:c")) == answer("City:c")


async def test_who_takes_too_long_does_so_alone_and_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("graph.store.batching.time.perf_counter", lambda: clock[0])

    async def late(ids: list[str]) -> None:
        if "City:hub" in ids:
            clock[0] += 4
            raise StoreTimeout("late") from ValueError("the database ended it")
        clock[0] += 0.001

    played = Played(late)
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("hub", "b", "c")]
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answers[0]), *answers[1:]] == [StoreTimeout, answer("City:b"), answer("City:c")]
    played.go.clear()
    played.asked.clear()
    more = [asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("d", "e", "f", "g")]
    await asyncio.sleep(0)
    assert played.asked == [["City:d"], ["City:e"], ["City:f"], ["City:g"]]
    played.go.set()
    await asyncio.gather(*more)


@pytest.mark.parametrize("error", [StoreUnavailable, StoreTimeout])
async def test_a_database_that_is_away_or_silent_is_so_for_all(error: type[StoreError]) -> None:
    """One that does not even end what takes too long would take the time of each read once more."""

    async def away(ids: list[str]) -> None:
        if "City:a" in ids:
            raise error("away")

    played = Played(away)
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("a", "b")]
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in answers] == [error, error]
    assert len(played.asked) == 3
    assert await together.read(CITIES, ids("City:c")) == answer("City:c")


async def test_who_leaves_before_it_goes_is_not_asked_for() -> None:
    played = Played()
    together, running = await busy(played)
    left, stays = (asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("left", "stays"))
    await asyncio.sleep(0)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    played.go.set()
    await asyncio.gather(*running)
    assert await stays == answer("City:stays")
    assert played.asked[2:] == [["City:stays"]]


async def test_a_statement_for_which_nobody_waits_any_more_is_ended() -> None:
    async def hold(ids: list[str]) -> None:
        if "City:a" in ids:
            await asyncio.sleep(60)

    played = Played(hold)
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(CITIES, ids(f"City:{each}"))) for each in ("a", "b")]
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0)
    assert len(played.asked) == 3
    ended = played.ended
    for each in waiting:
        assert played.ended == ended
        each.cancel()
        with pytest.raises(asyncio.CancelledError):
            await each
    await asyncio.sleep(0)
    assert played.ended == ended + 1
    assert await together.read(CITIES, ids("City:c")) == answer("City:c")


async def test_closing_ends_what_runs_for_several() -> None:
    async def hold(ids: list[str]) -> None:
        if "City:a" in ids:
            await asyncio.sleep(60)

    played = Played(hold)
    together, running = await busy(played)
    joined = [asyncio.create_task(together.read(CITIES, ids("City:a"))) for _ in range(2)]
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0)
    played.go.clear()
    alone = asyncio.create_task(together.read(CITIES, ids("City:b")))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(together.read(CITIES, ids("City:c")))
    await asyncio.sleep(0)
    asked = len(played.asked)
    await together.close()
    for each in (*joined, waiting):
        with pytest.raises(asyncio.CancelledError):
            await each
    played.go.set()
    assert await alone == answer("City:b")
    assert (len(played.asked), played.ended) == (asked, asked)
    played.go.clear()
    late = [asyncio.create_task(together.read(CITIES, ids(f"City:late-{each}"))) for each in range(4)]
    await asyncio.sleep(0)
    assert len(played.asked) == asked + 4  # nobody waits for what will not be sent
    played.go.set()
    await asyncio.gather(*late)
