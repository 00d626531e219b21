"""Kill a child process that asyncio started."""

import asyncio
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Final

__all__ = ["kill"]

_KILL_LIMIT_S: Final = 5.0
"""Time limit in seconds for the exit of a killed process.

A killed process exits immediately, unless the kernel blocks it, for example on a network drive.
"""
_BLOCK_BYTES: Final = 1 << 20


async def kill(process: Process) -> None:
    """Kill the process, and wait until it has exited, for up to `_KILL_LIMIT_S` seconds.

    The function reads and discards the remaining standard output of the process. Otherwise, asyncio would not report
    the exit: asyncio waits for the end of the output, but stops reading while its buffer is full. No other task may
    read the output.
    """
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(_KILL_LIMIT_S):
            while process.stdout is not None and await process.stdout.read(_BLOCK_BYTES):
                pass
            await process.wait()
