"""Ownership of a data folder: a lock that ends with its holders, and a file with the address of the owner's database.

The lock decides who may start the embedded database; the engine inherits it. The owner locks the file too while it
runs, so a file that a killed owner left behind is recognised.
"""

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

_LOCK = "owner.lock"
_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class DatabaseEndpoint:
    """Address and credentials of a database.

    `control` is the embedded database's HTTP address, `statement_timeout_s` the limit its owner gave it.
    """

    uri: str
    user: str
    password: str
    database: str
    control: str | None = None
    statement_timeout_s: float = 0.0

    def __repr__(self) -> str:
        return f"DatabaseEndpoint({self.uri!r}, {self.user!r}, database={self.database!r})"


class DataDirLock:
    """The exclusive lock on a data folder, held from `acquire` until `release`."""

    def __init__(self, data_dir: Path, lock: IO[str]) -> None:
        self._lock = lock
        self._path = data_dir / _FILE
        self._published: IO[str] | None = None
        self._path.unlink(missing_ok=True)

    @classmethod
    def acquire(cls, data_dir: Path) -> "DataDirLock | None":
        """Lock the folder, or return None if another process holds the lock."""
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

    @property
    def fileno(self) -> int:
        """The lock's descriptor; a process that inherits it holds the lock too."""
        return self._lock.fileno()

    def publish(self, endpoint: DatabaseEndpoint) -> None:
        """Write the endpoint for other processes of the same user, until `unpublish` or the end of this process."""
        self.unpublish()
        draft = self._path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        self._published = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
        fcntl.flock(self._published, fcntl.LOCK_EX)
        json.dump(asdict(endpoint), self._published)
        self._published.flush()
        draft.replace(self._path)

    def unpublish(self) -> None:
        """Remove the endpoint; the folder stays locked."""
        if self._published is not None:
            self._path.unlink(missing_ok=True)
            self._published.close()
            self._published = None

    def release(self) -> None:
        self.unpublish()
        self._lock.close()


def read_published(data_dir: Path) -> DatabaseEndpoint | None:
    """Return the endpoint of the folder's owner, or None if no running owner has published one."""
    with suppress(OSError, ValueError, TypeError), (data_dir / _FILE).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return DatabaseEndpoint(**json.load(file))
    return None
