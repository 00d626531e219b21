"""Kill a child process of asyncio."""

import asyncio
from asyncio.subprocess import Process
from contextlib import suppress
from typing import Final

__all__ = ["kill"]

_KILL_LIMIT_S: Final = 5.0
"""A killed process exits immediately, unless the kernel blocks it, for example on a network drive."""
_BLOCK_BYTES: Final = 1 << 20


async def kill(process: Process) -> None:
    """Kill the process, and wait until it has exited, for up to `_KILL_LIMIT_S` seconds.

    Reads and discards the rest of its standard output, because asyncio reports the exit only after the end of the
    output, and pauses reading while its buffer is full. No other task may be reading the output.
    """
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(_KILL_LIMIT_S):
            while process.stdout is not None and await process.stdout.read(_BLOCK_BYTES):
                pass
            await process.wait()
