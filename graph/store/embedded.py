"""The embedded database of a data folder: started by the process that finds no owner, joined by every other one."""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from graph.errors import StoreError, StoreLocked, StoreUnavailable
from graph.store.embedded_server import LaunchConfig, LaunchResult, Ports
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published
from graph.store.settings import StoreSettings

_HOST: Final = "127.0.0.1"
_USER: Final = "root"
_DATABASE: Final = "citygraph"
_START_LIMIT_S: Final = 60.0
_STOP_LIMIT_S: Final = 30.0
_SILENCE_S: Final = 5.0
"""How long an owner that tells how to join it may stay silent."""
_HANDSHAKE: Final = bytes.fromhex("6060b017 00000405 00000004 00000000 00000000")


@dataclass(frozen=True, slots=True)
class EmbeddedDatabase:
    """The embedded database as this process reaches it. `process` is None where another process started it."""

    endpoint: DatabaseEndpoint
    data_dir: Path
    process: asyncio.subprocess.Process | None = None

    def is_gone(self) -> bool:
        """Whether its process has ended for certain; one that is slow, silent or ending has not.

        A joined database's process holds the folder's lock. So it has ended where nobody holds the lock, and where a
        later owner tells another address.
        """
        if self.process is not None:
            return self.process.returncode is not None
        told = read_published(self.data_dir)
        return (told is not None and told[0] != self.endpoint) or DataDirLock.is_free(self.data_dir)


@asynccontextmanager
async def open_embedded(settings: StoreSettings) -> AsyncGenerator[EmbeddedDatabase]:
    """The database of the data folder: joined where a process owns it, else started here and ended on leaving.

    Raises StoreLocked where another process has the folder and cannot be joined, StoreUnavailable where the database
    does not start.
    """
    data_dir = settings.data_dir.absolute()
    found = await _acquire_or_join(data_dir)
    if isinstance(found, DatabaseEndpoint):
        yield EmbeddedDatabase(found, data_dir)
        return
    try:
        async with _engine(data_dir, settings, found) as (endpoint, process):
            found.publish(endpoint)
            try:
                yield EmbeddedDatabase(replace(endpoint, started_here=True), data_dir, process)
            finally:
                found.unpublish()
    finally:
        found.release()


def database_exists(data_dir: Path) -> bool:
    """Whether the folder holds a database; starting one in a folder without it makes a new, empty one."""
    return (data_dir / "databases" / _DATABASE).is_dir()


async def _acquire_or_join(data_dir: Path) -> DataDirLock | DatabaseEndpoint:
    """The folder's ownership, or else the way to its owner: whichever can be had first."""
    waits_since, silent_since = time.monotonic(), None
    while True:
        try:
            ownership = DataDirLock.acquire(data_dir)
        except OSError as error:
            raise StoreUnavailable(
                f"the data folder {data_dir} cannot be used: {error.strerror}",
                hint="set CITYGRAPH_DATA_DIR to a folder that can be written",
            ) from error
        if ownership is not None:
            return ownership
        told = read_published(data_dir)
        if told is None:  # the owner is starting or ending
            silent_since = None
        elif await _accepts_bolt(told[0]):
            return told[0]
        else:
            silent_since = silent_since or time.monotonic()
        now = time.monotonic()
        if now - waits_since > _START_LIMIT_S or (silent_since is not None and now - silent_since > _SILENCE_S):
            raise _locked(data_dir, told[1] if told else None)
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _engine(
    data_dir: Path, settings: StoreSettings, ownership: DataDirLock
) -> AsyncGenerator[tuple[DatabaseEndpoint, asyncio.subprocess.Process]]:
    """The database's process. It holds the folder's lock too: while it lives, nobody else can own the folder."""
    password = secrets.token_urlsafe(32)
    order = LaunchConfig(
        data_dir=str(data_dir),
        host=_HOST,
        user_password=password,
        database=_DATABASE,
        heap_mb=settings.heap_mb,
        page_ram_mb=settings.page_ram_mb,
        statement_timeout_ms=max(1, round(settings.statement_timeout_s * 1000)),
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        str(Path(__file__).with_name("embedded_server.py")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=(ownership.fileno,),
        start_new_session=True,
    )
    try:
        ports = await _started(process, order, data_dir)
        endpoint = DatabaseEndpoint(
            f"bolt://{_HOST}:{ports['bolt']}",
            _USER,
            password,
            _DATABASE,
            control=f"http://{_HOST}:{ports['http']}",
            statement_timeout_s=settings.statement_timeout_s,
        )
        yield endpoint, process
    finally:
        await wait_shielded(asyncio.create_task(_stop(process)))


async def _started(process: asyncio.subprocess.Process, order: LaunchConfig, data_dir: Path) -> Ports:
    """The ports at which the database answers, once it does."""
    assert process.stdin is not None
    assert process.stdout is not None
    failure = f"it gave no answer within {_START_LIMIT_S:g} s"
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        answer: LaunchResult = json.loads(line) if line else {"failure": "its process ended"}
        if "ports" in answer:
            return answer["ports"]
        failure = answer.get("failure", failure)
    except (TimeoutError, ConnectionError):
        pass
    raise _not_started(data_dir, failure)


async def wait_shielded(work: asyncio.Task[None]) -> None:
    """Wait until the work is over, however it ends. Who is cancelled meanwhile waits on, to leave nothing behind."""
    try:
        await asyncio.wait([work])
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let the database end by itself, which it does when its input ends; end it by force if it does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_LIMIT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _not_started(data_dir: Path, failure: str) -> StoreError:
    if "locked" in failure.lower():
        return _locked(data_dir, None)
    return StoreUnavailable(
        f"the embedded database in {data_dir} did not start: {failure.splitlines()[0]}",
        hint=f"see the logs in {data_dir / 'log'}",
    )


async def _accepts_bolt(endpoint: DatabaseEndpoint) -> bool:
    """Whether a Bolt server shakes hands there."""
    host, _, port = endpoint.uri.removeprefix("bolt://").rpartition(":")
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                writer.write(_HANDSHAKE)
                await reader.readexactly(4)
                return True
            finally:
                writer.close()
    except (OSError, TimeoutError, EOFError, ValueError):
        return False


def _locked(data_dir: Path, pid: int | None) -> StoreLocked:
    who = f"process {pid}" if pid else "another process"
    return StoreLocked(
        f"{who} has the data folder {data_dir} and cannot be joined",
        hint="end that process, or set CITYGRAPH_DATA_DIR to another folder",
    )
