"""Reads of one text that go as its copies: each has the answer it would have alone, and its own errors."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

import pytest

from graph.errors import StoreError, StoreTimeout, StoreUnavailable
from graph.store import Statement, Store
from graph.store.batch_strategies import Parameters, merging
from graph.store.batching import ReadBatcher

Rows = list[dict[str, object]]

SQUARES: Statement[dict[str, object]] = Statement(
    "test/squares",
    "CALL () {\n  UNWIND range(1, $p1) AS x\n  WITH x LIMIT $p10\n  RETURN collect(x * x) AS x1\n}\n"
    "CALL () {\n  UNWIND $p2 AS x\n  RETURN sum(x) AS x2\n}\nRETURN [x1, x2, '$ is no parameter'] AS answer",
    dict,
    returns_one_row=True,
)


def wanted(least: int, *, most: int = 9) -> dict[str, object]:
    return {"p1": least, "p10": most, "p2": [least, 1]}


def squares(least: int, *, most: int = 9) -> list[object]:
    return [[x * x for x in range(1, min(least, most) + 1)], least + 1, "$ is no parameter"]


async def test_copies_answer_what_each_of_them_would(empty_store: Store) -> None:
    """Other limits too: the database takes them for each copy by itself."""
    asked = [wanted(3), wanted(20), wanted(20, most=2), wanted(0)]
    told = [squares(3), squares(20), squares(20, most=2), squares(0)]
    for number in (2, 4):
        statement, parameters = merging(SQUARES).merge(asked[:number])
        rows = await empty_store.read(statement, parameters)
        parted = merging(SQUARES).split(rows, asked[:number])
        assert parted == [[{"answer": each}] for each in told[:number]]
        assert parted == [await empty_store.read(SQUARES, each) for each in asked[:number]]


def test_a_text_is_copied_once_for_each_number() -> None:
    way = merging(SQUARES)
    texts = {way.merge([wanted(each)] * number)[0].text for each in range(3) for number in (2, 4)}
    assert len(texts) == 2
    assert [way.batch_size(number) for number in (1, 2, 3, 4)] == [1, 2, 2, 4]


async def test_reads_at_once_go_in_few_statements(empty_store: Store) -> None:
    await empty_store.read(SQUARES, wanted(1))  # from now on it is planned
    for number in (2, 4):
        statement, parameters = merging(SQUARES).merge([wanted(1)] * number)
        await empty_store.read(statement, parameters)  # from now on it is planned
    sent: list[str] = []

    def observer(_name: str, text: str) -> None:
        sent.append(text)

    empty_store.observers.append(observer)
    known_as_quick(empty_store, SQUARES, wanted(1))
    before = empty_store.reads_batched
    try:
        found = await asyncio.gather(*(empty_store.read(SQUARES, wanted(each)) for each in range(24)))
    finally:
        empty_store.observers.remove(observer)
    assert found == [[{"answer": squares(each)}] for each in range(24)]
    assert len(sent) < 16
    assert empty_store.reads_batched - before == 24 - len(sent)
    assert {text.count("AS answer") for text in sent} <= {1, 3, 5}


def known_as_quick(store: Store, statement: Statement[dict[str, object]], parameters: Parameters) -> None:
    """Reads of the statement are known to take little, however busy the machine is."""
    store._together._shape(statement, parameters).mean_s = 0.0001  # pyright: ignore[reportPrivateUsage]


class Played:
    """A database that squares by itself, once it may `go`; `asked` is what each of its statements was about."""

    def __init__(self, answer: Callable[[list[int]], Awaitable[None]] | None = None) -> None:
        self.asked: list[list[int]] = []
        self.go = asyncio.Event()
        self.go.set()
        self._answer = answer

    async def read(self, statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        about = [value for name, value in parameters.items() if re.fullmatch(r"p1(_\d)?", name)]
        assert all(isinstance(each, int) for each in about)
        numbers = [int(str(each)) for each in about]
        self.asked.append(numbers)
        await self.go.wait()
        if self._answer is not None:
            await self._answer(numbers)
        answers: list[object] = [squares(each) for each in numbers]
        return [{"answer": answers[0] if statement is SQUARES else answers}]


async def busy(played: Played) -> tuple[ReadBatcher, "list[asyncio.Task[Rows]]"]:
    """What runs statements together, and two under way for which others will wait."""
    together = ReadBatcher(played.read)
    for _ in range(5):
        await together.read(SQUARES, wanted(1))
    played.go.clear()
    played.asked.clear()
    running = [asyncio.create_task(together.read(SQUARES, wanted(1))) for _ in range(2)]
    await asyncio.sleep(0)
    assert played.asked == [[1], [1]]
    return together, running


async def test_those_that_wait_go_in_twos_and_fours() -> None:
    played = Played()
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in range(2, 9)]
    await asyncio.sleep(0)
    assert len(played.asked) == 2
    played.go.set()
    await asyncio.gather(*running)
    assert await asyncio.gather(*waiting) == [[{"answer": squares(each)}] for each in range(2, 9)]
    assert played.asked[2:] == [[2, 3, 4, 5], [6, 7], [8]]
    assert together.batched == 4


async def test_nobody_waits_for_long_for_what_runs() -> None:
    """What runs may be much dearer than what waits, of the same text."""
    played = Played()
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (2, 3, 4)]
    await asyncio.sleep(0.02)
    assert len(played.asked) == 2
    await asyncio.sleep(0.05)
    assert played.asked[2:] == [[2, 3], [4]]
    played.go.set()
    assert await asyncio.gather(*waiting) == [[{"answer": squares(each)}] for each in (2, 3, 4)]
    await asyncio.gather(*running)
    await asyncio.sleep(0.06)
    assert len(played.asked) == 4


async def test_nobody_waits_for_the_plan_of_what_several_make_together() -> None:
    planned: set[str] = set()
    asked_for: list[str] = []

    def is_planned(statement: Statement[dict[str, object]], _parameters: Mapping[str, object]) -> bool:
        asked_for.append(statement.text)
        return statement.text in planned

    played = Played()
    together, running = await busy(played)
    together._is_planned = is_planned  # pyright: ignore[reportPrivateUsage]
    waiting = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (2, 3)]
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    assert await asyncio.gather(*waiting) == [[{"answer": squares(each)}] for each in (2, 3)]
    assert played.asked[2:] == [[2], [3]]
    assert together.batched == 0
    planned.update(asked_for)
    played.go.clear()
    both = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (1, 1, 4, 5)]
    await asyncio.sleep(0)
    played.go.set()
    assert await asyncio.gather(*both) == [[{"answer": squares(each)}] for each in (1, 1, 4, 5)]
    assert played.asked[4:] == [[1], [1], [4, 5]]
    assert together.batched == 1


async def test_once_some_take_long_none_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("graph.store.batching.time.perf_counter", lambda: clock[0])

    async def by_number(numbers: list[int]) -> None:
        clock[0] += 0.001 * sum(numbers)

    played = Played(by_number)
    together, running = await busy(played)
    played.go.set()
    await asyncio.gather(*running)
    await together.read(SQUARES, wanted(200))  # takes as long as two hundred others; one such may be chance
    played.go.clear()
    played.asked.clear()
    more = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (1, 2, 3, 4)]
    await asyncio.sleep(0)
    assert played.asked == [[1], [2]]
    played.go.set()
    await asyncio.gather(*more)
    for _ in range(5):
        await together.read(SQUARES, wanted(200))
    played.go.clear()
    played.asked.clear()
    more = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (1, 2, 3, 4)]
    await asyncio.sleep(0)
    assert played.asked == [[1], [2], [3], [4]]
    played.go.set()
    await asyncio.gather(*more)


@pytest.mark.parametrize("error", [StoreError, StoreTimeout])
async def test_who_causes_an_error_has_it_alone(error: type[StoreError]) -> None:
    """Also where it took too long: alone, the others may be in time."""

    async def refuse(numbers: list[int]) -> None:
        if 3 in numbers:
            raise error("no") from ValueError("the database said so")

    played = Played(refuse)
    together, running = await busy(played)
    good, bad = (asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (2, 3))
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    with pytest.raises(error, match="no"):
        await bad
    assert await good == [{"answer": squares(2)}]
    assert played.asked[2:] == [[2, 3], [2], [3]]


async def test_a_database_that_is_away_is_so_for_all() -> None:
    async def refuse(numbers: list[int]) -> None:
        if 3 in numbers:
            raise StoreUnavailable("away")

    played = Played(refuse)
    together, running = await busy(played)
    waiting = [asyncio.create_task(together.read(SQUARES, wanted(each))) for each in (2, 3)]
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in answers] == [StoreUnavailable, StoreUnavailable]
    assert len(played.asked) == 3
