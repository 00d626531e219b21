"""A killed child process is reported as exited, also if it has written more than the parent read."""

import asyncio
import sys

from graph.child_processes import kill
from tests.conditions import GIVE_UP_S, until


async def test_process_whose_output_is_not_read() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "while True: print('x' * 1000)", stdout=asyncio.subprocess.PIPE
    )
    output = process.stdout
    assert output is not None
    await until(lambda: output._paused)  # pyright: ignore
    async with asyncio.timeout(GIVE_UP_S):
        await kill(process)
        await process.wait()
    assert process.returncode == -9


async def test_process_that_has_exited() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await process.wait()
    await kill(process)
    assert process.returncode == 0
