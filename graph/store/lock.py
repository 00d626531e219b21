"""Who owns the embedded database of a data folder: a lock that dies with its process, and a file that tells others.

The lock decides; the file only tells how to join. A file without a lock is what a killed process left behind.
"""

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

_LOCK = "owner.lock"
_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class DatabaseEndpoint:
    """Where a database answers, and as whom to ask it.

    `control` is the embedded database's HTTP address, `statement_timeout_s` the limit its owner gave it; `own` says
    that this process started it.
    """

    uri: str
    user: str
    password: str
    database: str
    control: str | None = None
    statement_timeout_s: float = 0.0
    started_here: bool = False

    def __repr__(self) -> str:
        return f"Endpoint({self.uri!r}, {self.user!r}, database={self.database!r})"


class DataDirLock:
    """The lock on a data folder, held from `taken` until `leave`."""

    def __init__(self, data_dir: Path, lock: IO[str]) -> None:
        self._lock = lock
        self._file = data_dir / _FILE
        self._file.unlink(missing_ok=True)

    @classmethod
    def acquire(cls, data_dir: Path) -> "DataDirLock | None":
        """The ownership of the folder, or None where another process has it."""
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = os.fdopen(os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        except BaseException:
            lock.close()
            raise
        return cls(data_dir, lock)

    @staticmethod
    def is_free(data_dir: Path) -> bool:
        """Whether no process has the folder, seen without taking it. Where the lock's file is missing it is not."""
        try:
            with (data_dir / _LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    @property
    def fileno(self) -> int:
        """The lock's descriptor; a process that inherits it holds the lock too."""
        return self._lock.fileno()

    def publish(self, endpoint: DatabaseEndpoint) -> None:
        """Tell other processes of the same user how to join."""
        draft = self._file.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({**asdict(endpoint), "pid": os.getpid()}, file)
        draft.replace(self._file)

    def unpublish(self) -> None:
        """Tell nobody any more; the lock stays until `leave`."""
        self._file.unlink(missing_ok=True)

    def release(self) -> None:
        self.unpublish()
        self._lock.close()


def read_published(data_dir: Path) -> tuple[DatabaseEndpoint, int] | None:
    """How to join the folder's owner, and its process id; None where it tells nothing (yet, or any more)."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told: dict[str, Any] = json.loads((data_dir / _FILE).read_text())
        pid = int(told.pop("pid"))
        return DatabaseEndpoint(**told), pid
    return None
