"""Run servers as child processes, and measure the CPU time and memory of a process."""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Started", "Usage", "listener", "started", "usage"]

_PROC: Final = Path("/proc")
_END_S: Final = 30
_LISTENING: Final = "0A"


@dataclass(frozen=True, slots=True)
class Started:
    """A running server on loopback. `seconds` is the start-up time."""

    port: int
    pid: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Total CPU seconds and peak memory in MiB of a process and its descendants."""

    cpu_s: float
    peak_mib: float


@contextmanager
def started(name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Generator[Started]:
    """Start a server and wait until it prints its address on 127.0.0.1. Stop the server when the context exits.

    The server is not in the process group of the terminal, so Ctrl-C reaches only this process. Raises SystemExit with
    the output of the server if it does not start.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            if not found:
                log.seek(0)
                raise SystemExit(f"{name} did not start:\n{log.read()}")
            yield Started(int(found[1]), process.pid, time.monotonic() - begun)
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Terminate the process. Kill it and its descendants if it does not exit or the wait is interrupted."""
    try:
        process.send_signal(signal.SIGTERM)
        process.wait(_END_S)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def usage(pid: int | None) -> Usage | None:
    """Return the usage of a process and its descendants, or None if the system does not report it."""
    if pid is None or not _PROC.joinpath(str(pid)).exists():
        return None
    ticks = os.sysconf("SC_CLK_TCK")
    seconds = peak = 0.0
    for member in _family(pid):
        with suppress(OSError):
            seconds += sum(map(int, _stat(member)[11:15])) / ticks
            held = re.search(r"VmHWM:\s+(\d+) kB", _PROC.joinpath(str(member), "status").read_text())
            peak += int(held[1]) / 1024 if held else 0
    return Usage(seconds, peak)


def _family(pid: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parents[int(entry.name)] = int(_stat(int(entry.name))[1])
    family = [pid]
    for member in family:
        family.extend(child for child, parent in parents.items() if parent == member)
    return family


def _stat(pid: int) -> list[str]:
    """Return the fields of `/proc/PID/stat` after the process name: state, parent and so on."""
    return _PROC.joinpath(str(pid), "stat").read_text().rpartition(") ")[2].split()


def listener(port: int) -> int | None:
    """Return the id of the process that listens on a local port, or None if it cannot be observed."""
    sockets: set[str] = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in _PROC.joinpath("net", table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    sockets.add(f"socket:[{fields[9]}]")
    for link in _PROC.glob("[0-9]*/fd/*") if sockets else ():
        with suppress(OSError):
            if str(link.readlink()) in sockets:
                return int(link.parts[2])
    return None
