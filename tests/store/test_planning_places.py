"""Statements of one client that are being planned do not keep those of other clients from being planned."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from graph.errors import StoreBusy, StoreError
from graph.store import Statement
from graph.store.plan_cache import PlanCache
from graph.store.semaphore import BoundedSemaphore
from tests.conditions import until


class StubPlanCache(PlanCache):
    """A cache whose statements are planned once they may `go`, unless their name is in `quick`."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(lambda: pytest.fail("opened a session"), wait_s)
        self.go = asyncio.Event()
        self.quick = {"quick"}
        self.planned: list[str] = []

    async def _plan(self, key: bytes, statement: Statement[Any], parameters: Mapping[str, object]) -> StoreError | None:
        self.planned.append(statement.name)
        if statement.name not in self.quick:
            await self.go.wait()
        self._known[key] = None
        return None


def statement(name: str) -> Statement[dict[str, object]]:
    return Statement.of_text(name, f"RETURN '{name}' AS one")


async def test_planning_in_one_lane_does_not_delay_another() -> None:
    cache, lane, charged = StubPlanCache(wait_s=60), BoundedSemaphore(1, 0, 1), list[float]()
    hostile = [asyncio.create_task(cache.plan(statement(f"{n}"), {}, lane, charged.append)) for n in range(40)]
    await until(lambda: cache.planned == ["0", "1"])
    await cache.plan(statement("quick"), {})  # neither refused nor delayed
    assert cache.planned == ["0", "1", "quick"]
    assert charged == []
    cache.go.set()
    await asyncio.gather(*hostile)
    assert (len(cache.planned), len(charged)) == (41, 40)


async def test_statements_that_no_caller_waits_for_any_more_are_not_planned() -> None:
    cache, charged = StubPlanCache(wait_s=60), list[float]()
    callers = [asyncio.create_task(cache.plan(statement(f"{n}"), {}, None, charged.append)) for n in range(4)]
    await until(lambda: cache.planned == ["0", "1"])
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    cache.go.set()
    await cache.plan(statement("last"), {})
    assert cache.planned == ["0", "1", "last"]
    assert len(charged) == 2  # planning that continues after its caller has left is charged


async def test_identical_statements_are_planned_and_charged_once() -> None:
    cache, charged = StubPlanCache(wait_s=60), list[float]()
    busy = [asyncio.create_task(cache.plan(statement(f"{n}"), {})) for n in range(2)]
    await until(lambda: cache.planned == ["0", "1"])
    same = [asyncio.create_task(cache.plan(statement("same"), {}, None, charged.append)) for _ in range(3)]
    cache.go.set()
    keys = await asyncio.gather(*same)
    await asyncio.gather(*busy)
    assert len(set(keys)) == 1
    assert (cache.planned, len(charged)) == (["0", "1", "same"], 1)


async def test_the_wait_for_a_plan_is_limited() -> None:
    cache = StubPlanCache(wait_s=0)
    with pytest.raises(StoreBusy, match="the database still plans 'slow'"):
        await cache.plan(statement("slow"), {})
    await cache.close()
