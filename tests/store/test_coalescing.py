"""Reads that ask for the very same at about the same time: one statement answers them all."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

import pytest

from graph.errors import StoreError
from graph.store import Statement, Store
from graph.store.batching import ReadBatcher

Rows = list[dict[str, object]]
Reads = list["asyncio.Task[Rows]"]

TEXT: Statement[dict[str, object]] = Statement("test/text", "RETURN $of + '!' AS answer", dict, returns_one_row=True)


class Played:
    """A database that answers once it may `go`; `asked` is what each of its statements was about."""

    def __init__(self, refuse: Callable[[list[object]], Awaitable[None]] | None = None) -> None:
        self.asked: list[list[object]] = []
        self.ended = 0
        self.go = asyncio.Event()
        self._refuse = refuse

    async def read(self, statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        about = list(parameters.values())
        self.asked.append(about)
        try:
            await self.go.wait()
            if self._refuse is not None:
                await self._refuse(about)
        finally:
            self.ended += 1
        return [{"answer": f"{about[0]}!" if statement is TEXT else [f"{each}!" for each in about]}]


async def busy(played: Played, *running: object) -> tuple[ReadBatcher, Reads]:
    """What runs statements together, and two of them under way."""
    together = ReadBatcher(played.read)
    played.go.set()
    for _ in range(5):
        await together.read(TEXT, {"of": "known"})
    played.go.clear()
    played.asked.clear()
    return together, await reading(together, *running)


async def reading(together: ReadBatcher, *about: object) -> Reads:
    reads = [asyncio.create_task(together.read(TEXT, {"of": each})) for each in about]
    await asyncio.sleep(0)
    return reads


async def told(reads: Reads) -> list[object]:
    return [rows[0]["answer"] for rows in await asyncio.gather(*reads)]


async def test_those_that_wait_for_the_same_are_sent_once() -> None:
    played = Played()
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, *"abababc")
    played.go.set()
    await asyncio.gather(*running)
    assert await told(waiting) == [f"{each}!" for each in "abababc"]
    assert played.asked[2:] == [["a", "b"], ["c"]]
    assert together.batched == 5


async def test_the_same_is_of_the_same_type() -> None:
    played = Played()
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, 1, True, 1.0, 1, "1")
    played.go.set()
    await asyncio.gather(*running)
    assert await told(waiting) == ["1!", "True!", "1.0!", "1!", "1!"]
    assert [[repr(each) for each in about] for about in played.asked[2:]] == [["1", "True", "1.0", "'1'"]]


async def test_what_runs_is_not_sent_again_before_it_has_ended() -> None:
    """It may have read before those who wait for it came, so that they cannot have its answer; but more may come."""
    played = Played()
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, "s", "a")
    running[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await running[0]
    await asyncio.sleep(0)
    assert played.asked[2:] == [["a"]]
    waiting += await reading(together, "s")
    played.go.set()
    assert await told(waiting) == ["s!", "a!", "s!"]
    assert played.asked[3:] == [["s"]]


async def test_who_comes_later_does_not_overtake_who_waits() -> None:
    """Where there is room for its own statement, it would keep the one that waits waiting."""
    played = Played()
    together, running = await busy(played, "k", "k")
    waiting = await reading(together, "k")
    running[0].cancel()
    await asyncio.sleep(0)
    waiting += await reading(together, "k", "k")
    assert len(played.asked) == 2
    played.go.set()
    assert await told([running[1], *waiting]) == ["k!"] * 4
    assert played.asked[2:] == [["k"]]


async def test_slow_ones_wait_for_nothing_but_their_own_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else runs."""
    clock = [0.0]
    monkeypatch.setattr("graph.store.batching.time.perf_counter", lambda: clock[0])

    async def slowly(_about: list[object]) -> None:
        clock[0] += 1

    played = Played(slowly)
    together, running = await busy(played, "r", "s", "k")
    assert len(played.asked) == 3
    waiting = await reading(together, "k")
    assert len(played.asked) == 3
    running[2].cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert played.asked[3:] == [["k"]]
    played.go.set()
    assert await told([*running[:2], *waiting]) == ["r!", "s!", "k!"]


async def test_many_ids_are_not_compared() -> None:
    ids: Statement[dict[str, object]] = Statement("test/ids", "…", dict, ("ids",), returns_one_row=True)
    asked: list[object] = []
    go = asyncio.Event()

    async def read(_statement: Statement[dict[str, object]], parameters: Mapping[str, object]) -> Rows:
        asked.append(parameters["ids"])
        await go.wait()
        return [{"answer": [[[each] for each in cast("list[str]", parameters["ids"])]]}]

    together = ReadBatcher(read)
    many = {"ids": [str(each) for each in range(101)]}
    reads = [asyncio.create_task(together.read(ids, many)) for _ in range(4)]
    await asyncio.sleep(0)
    assert len(asked) == 4
    go.set()
    assert len(await asyncio.gather(*reads)) == 4


async def test_of_slow_ones_only_the_same_wait_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("graph.store.batching.time.perf_counter", lambda: clock[0])

    async def slowly(_about: list[object]) -> None:
        clock[0] += 1

    played = Played(slowly)
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, "r", "a", "r", "s")
    assert played.asked[2:] == [["a"]]
    await asyncio.sleep(0.06)
    assert played.asked[3:] == [["r"], ["s"]]
    played.go.set()
    assert await told([*running, *waiting]) == [f"{each}!" for each in "rsrars"]


async def test_an_error_is_that_of_all_who_asked_for_the_same() -> None:
    async def refuse(about: list[object]) -> None:
        if "bad" in about:
            raise StoreError("no")

    played = Played(refuse)
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, "bad", "good", "bad", "good")
    played.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in answers[::2]] == [StoreError, StoreError]
    assert answers[1::2] == [[{"answer": "good!"}]] * 2
    assert played.asked[2:] == [["bad", "good"], ["bad"], ["good"]]
    assert together.batched == 1  # what failed as one was joined with nothing


async def test_who_leaves_leaves_the_others_their_answer() -> None:
    played = Played()
    together, running = await busy(played, "r", "s")
    left, stays, both = await reading(together, "a", "a", "b")
    left.cancel()
    await asyncio.sleep(0)
    played.go.set()
    await asyncio.gather(*running)
    played.go.clear()
    await asyncio.sleep(0)
    assert played.asked[2:] == [["a", "b"]]
    both.cancel()
    await asyncio.sleep(0)
    played.go.set()
    assert await told([stays]) == ["a!"]
    assert played.ended == len(played.asked) + 5


async def test_who_leaves_last_takes_what_waits_along() -> None:
    played = Played()
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, "a", "a")
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    played.go.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0.06)
    assert len(played.asked) == 2
    assert await told(await reading(together, "a")) == ["a!"]


async def test_closing_does_not_run_again_what_failed_as_one() -> None:
    closing: list[asyncio.Task[None]] = []

    async def refuse(about: list[object]) -> None:
        if "a" in about:
            closing.append(asyncio.create_task(together.close()))
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                raise StoreError("cut off") from None

    played = Played(refuse)
    together, running = await busy(played, "r", "s")
    waiting = await reading(together, "a", "b")
    played.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in answers] == [StoreError, StoreError]
    await closing[0]
    assert played.asked[2:] == [["a", "b"]]


async def test_what_runs_again_ends_with_the_last_who_wants_it() -> None:
    """And whoever leaves it does not take the place of those who came for the same later."""

    async def refuse(about: list[object]) -> None:
        if len(about) > 1:
            played.go.clear()
            raise StoreError("no")

    played = Played(refuse)
    together, running = await busy(played, "r", "s")
    first, second = await reading(together, "a", "b")
    played.go.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0.01)
    assert played.asked[2:] == [["a", "b"], ["a"], ["b"]]
    ended = played.ended
    first.cancel()
    await asyncio.sleep(0.01)
    assert played.ended == ended + 1
    others = await reading(together, "z", "b")
    second.cancel()
    await asyncio.sleep(0.01)
    assert played.ended == ended + 2
    played.go.set()
    assert await told(others) == ["z!", "b!"]


async def test_what_nobody_takes_was_not_joined() -> None:
    waiting: Reads = []

    async def leave(about: list[object]) -> None:
        if "a" in about:
            for each in waiting:
                each.cancel()

    played = Played(leave)
    together, running = await busy(played, "r", "s")
    waiting += await reading(together, "a", "a")
    played.go.set()
    await asyncio.gather(*running)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in answers] == [asyncio.CancelledError] * 2
    await asyncio.sleep(0)
    assert together.batched == 0


async def test_a_database_answers_the_same_once(empty_store: Store) -> None:
    await empty_store.read(TEXT, {"of": "known"})
    sent: list[str] = []

    def observer(_name: str, text: str) -> None:
        sent.append(text)

    empty_store.observers.append(observer)
    before = empty_store.reads_batched
    try:
        found = await asyncio.gather(*(empty_store.read(TEXT, {"of": str(each % 2)}) for each in range(30)))
    finally:
        empty_store.observers.remove(observer)
    assert [cast("str", rows[0]["answer"]) for rows in found] == [f"{each % 2}!" for each in range(30)]
    assert len(sent) <= 5
    assert empty_store.reads_batched - before >= 25
