"""Start and stop the engine of the embedded database. The engine is the child process in which ArcadeDB runs.

The owner of a data folder is the process that has locked the folder. Only the owner runs the engine.
"""

import asyncio
import json
import logging
import os
import secrets
import stat
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from graph.child_processes import kill
from graph.errors import StoreError, StoreLocked, StoreUnavailable
from graph.store.embedded_server import LaunchConfig, LaunchResult, Ports
from graph.store.lock import DatabaseEndpoint, DataDirLock, read_published
from graph.store.settings import StoreSettings

_log: Final = logging.getLogger("citygraph.store")

_HOST: Final = "127.0.0.1"
_USER: Final = "root"
_DATABASE: Final = "citygraph"
_FOLDERS: Final = ("backups", "config", "databases", "log")
"""Folders that the engine creates in the data folder."""
_OWN_ENTRIES: Final = frozenset((*_FOLDERS, "neo4j", "owner.draft", "owner.json", "owner.lock"))
"""Names of the files and folders that this program and the engine create in a data folder."""
_STOP_LIMIT_S: Final = 30.0


async def acquire_or_join(data_dir: Path, limit_s: float) -> DataDirLock | None:
    """Lock the data folder and return the lock. Return None if another process owns the folder and runs the database.

    If the other process is about to start or stop the database, this function waits. Raises StoreLocked if the wait
    takes longer than `limit_s` seconds. Raises StoreUnavailable if the folder cannot be used.
    """
    give_up_at = time.monotonic() + limit_s
    while True:
        try:
            lock = DataDirLock.acquire(data_dir)
        except OSError as error:
            raise StoreUnavailable(
                f"the data folder {data_dir} cannot be used: {error.strerror}",
                hint="set CITYGRAPH_DATA_DIR to a folder that can be written",
            ) from error
        if lock is not None or read_published(data_dir) is not None:
            return lock
        if time.monotonic() > give_up_at:
            raise _locked(data_dir)
        await asyncio.sleep(0.1)


@asynccontextmanager
async def run_engine(
    data_dir: Path, settings: StoreSettings, lock: DataDirLock
) -> AsyncGenerator[tuple[DatabaseEndpoint, asyncio.subprocess.Process]]:
    """Run the engine and publish its endpoint in the data folder. Stop the engine when the context exits.

    The engine inherits the lock, so that no other process can own the folder while the engine runs. Only the current
    user can read the folder. Raises StoreUnavailable if the engine does not start. Raises StoreLocked if another engine
    has opened the database.
    """
    await asyncio.to_thread(_restrict_access, data_dir)
    password = secrets.token_urlsafe(32)
    config = LaunchConfig(
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
        # Java encodes paths in the encoding of the locale, and needs UTF-8 to open a folder with a non-ASCII name.
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        pass_fds=(lock.fileno,),
        start_new_session=True,
    )
    try:
        ports = await _await_ports(process, config, data_dir, settings.start_timeout_s)
        endpoint = DatabaseEndpoint(
            f"bolt://{_HOST}:{ports['bolt']}",
            _USER,
            password,
            _DATABASE,
            control=f"http://{_HOST}:{ports['http']}",
            statement_timeout_s=settings.statement_timeout_s,
        )
        lock.publish(endpoint)
        try:
            yield endpoint, process
        finally:
            lock.unpublish()
    finally:
        await wait_shielded(asyncio.create_task(_stop(process)))


def _restrict_access(data_dir: Path) -> None:
    """Remove the permissions of other users on the data folder and on the files of the embedded database.

    If the folder also contains files of other programs, as `/var` does, this function changes no permissions. Even
    then, other users cannot read the new files of the embedded database.
    """
    if not _OWN_ENTRIES.issuperset(path.name for path in data_dir.iterdir()):
        return
    folders = [data_dir / name for name in _FOLDERS]
    for path in (data_dir, *folders, *(path for folder in folders for path in folder.rglob("*"))):
        with suppress(FileNotFoundError, PermissionError):  # missing, or owned by another user
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and mode & 0o077:
                path.chmod(stat.S_IMODE(mode) & 0o700)


async def _await_ports(
    process: asyncio.subprocess.Process, config: LaunchConfig, data_dir: Path, limit_s: float
) -> Ports:
    """Send the configuration to the process of the embedded database. Return the ports on which the database listens.

    Raises StoreUnavailable if the database does not start within `limit_s` seconds. Raises StoreLocked if another
    engine has opened the database.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    failure = f"it did not respond within {limit_s:g} s"
    try:
        async with asyncio.timeout(limit_s):
            process.stdin.write(json.dumps(config).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        result: LaunchResult = json.loads(line) if line else {"failure": "its process exited"}
        if "ports" in result:
            return result["ports"]
        failure = result.get("failure", failure)
    except (TimeoutError, ConnectionError):
        pass
    raise _not_started(data_dir, failure)


async def wait_shielded(work: asyncio.Task[None]) -> None:
    """Wait until the task is done, even if the caller is cancelled. In that case, re-raise the cancellation afterwards.

    The task must have a time limit, because this function has none.
    """
    try:
        await asyncio.wait([work])
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Stop the process of the embedded database by closing its standard input.

    Kill the process if it still runs after `_STOP_LIMIT_S` seconds.
    """
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_LIMIT_S):
            await process.wait()
    except TimeoutError:
        await kill(process)


def _not_started(data_dir: Path, failure: str) -> StoreError:
    """Return the error to raise if the embedded database did not start, and log `failure`.

    `failure` is the message that the process of the embedded database has sent.
    """
    if "locked" in failure.lower():
        return _locked(data_dir)
    _log.error("the embedded database did not start: %s", failure)
    reason, hint = _start_failure(failure, data_dir)
    return StoreUnavailable(f"the embedded database in {data_dir} did not start: {reason}", hint=hint)


def _start_failure(failure: str, data_dir: Path) -> tuple[str, str]:
    """Return the reason why the embedded database did not start, and a hint on what to do.

    `failure` is the message that the process of the embedded database has sent.
    """
    said = failure.lower()
    if "no space left" in said:
        return "its disk is full", "free space on the disk"
    if "permission denied" in said or "read-only file system" in said:
        return "a file cannot be written", "check the permissions of the folder and of the files in it"
    if "heap" in said or "outofmemory" in said:
        return "it ran out of memory", "set CITYGRAPH_HEAP_MB to the memory that is available"
    if "within" in said:
        return failure, "set CITYGRAPH_DATABASE_WAIT_S to a longer time if the machine is slow"
    return "see the log for the cause", f"see also the logs in {data_dir / 'log'}, or restore a backup"


def _locked(data_dir: Path) -> StoreLocked:
    return StoreLocked(
        f"another process has the data folder {data_dir} and cannot be joined",
        hint="end that process, or set CITYGRAPH_DATA_DIR to another folder",
    )
