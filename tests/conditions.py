"""Wait for a condition instead of a time."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

GIVE_UP_S = 300
"""A safety net only: no test is faster or slower for it."""


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return when the condition is true. Raises TimeoutError."""
    async with asyncio.timeout(GIVE_UP_S):
        while not await _holds(condition):  # noqa: ASYNC110 (what it waits for sets no event)
            await asyncio.sleep(0.005)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    result = condition()
    return await result if isawaitable(result) else result
