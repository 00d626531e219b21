import asyncio

import pytest

from graph.errors import StoreBusy
from graph.store.semaphore import BoundedSemaphore


async def test_beyond_the_places_one_waits_and_beyond_the_queue_one_is_refused() -> None:
    gate = BoundedSemaphore(size=1, max_waiters=1, timeout_s=5)
    order: list[str] = []

    async def hold(name: str, until: asyncio.Event) -> None:
        async with gate.acquire(name):
            order.append(name)
            await until.wait()

    first_ends, second_ends = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(hold("first", first_ends))
    second = asyncio.create_task(hold("second", second_ends))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy, match="1 statements already wait") as refused:
        async with gate.acquire("third"):
            pass
    assert refused.value.statement == "third"
    first_ends.set()
    await first
    second_ends.set()
    await second
    assert order == ["first", "second"]


async def test_patience_ends_and_leaves_no_place_taken() -> None:
    gate = BoundedSemaphore(size=1, max_waiters=5, timeout_s=0.05)
    async with gate.acquire("first"):
        with pytest.raises(StoreBusy, match=r"busy for 0\.05 s"):
            async with gate.acquire("second"):
                pass
    async with gate.acquire("third"):
        pass


async def test_cancelled_waiter_takes_no_place() -> None:
    gate = BoundedSemaphore(size=1, max_waiters=1, timeout_s=5)
    async with gate.acquire("first"):

        async def wait() -> None:
            async with gate.acquire("second"):
                raise AssertionError("entered")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with gate.acquire("third"):
        pass
