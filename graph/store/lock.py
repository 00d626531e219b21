"""Lock a data folder, and publish the endpoint of its embedded database to other processes.

The owner of a data folder is the process that has locked the folder. Only the owner may start the embedded database.
The process of the database inherits the lock. The operating system releases the lock when both processes have exited.
While the owner runs, it also locks the endpoint file. If the owner is killed, the endpoint file remains without a lock,
and other processes ignore the file.
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
    """The address and credentials of a database.

    `control` is the HTTP address at which the settings of an embedded database can be changed, or None on Neo4j.
    `statement_timeout_s` is the usual statement timeout of an embedded database, in seconds.
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
    """An exclusive lock on a data folder. `acquire` locks the folder, and `release` unlocks it."""

    def __init__(self, data_dir: Path, lock: IO[str]) -> None:
        self._lock = lock
        self._path = data_dir / _FILE
        self._published: IO[str] | None = None
        self._path.unlink(missing_ok=True)

    @classmethod
    def acquire(cls, data_dir: Path) -> "DataDirLock | None":
        """Create the folder if it is missing, and lock the folder. Return None if the folder is already locked.

        Raises OSError if the folder cannot be created or locked.
        """
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        """Return the file descriptor of the lock. Child processes that inherit the descriptor share the lock."""
        return self._lock.fileno()

    def publish(self, endpoint: DatabaseEndpoint) -> None:
        """Write the endpoint to a file that only the current user can read.

        After this process has exited, other processes ignore the file.
        """
        self.unpublish()
        draft = self._path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        self._published = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
        fcntl.flock(self._published, fcntl.LOCK_EX)  # does not wait, because no other process knows the draft
        json.dump(asdict(endpoint), self._published)
        self._published.flush()
        draft.replace(self._path)

    def unpublish(self) -> None:
        """Remove the file with the published endpoint. The folder stays locked."""
        if self._published is not None:
            self._path.unlink(missing_ok=True)
            self._published.close()
            self._published = None

    def release(self) -> None:
        self.unpublish()
        self._lock.close()


def read_published(data_dir: Path) -> DatabaseEndpoint | None:
    """Return the published endpoint of the data folder, or None if no running process has published an endpoint."""
    with suppress(OSError, ValueError, TypeError), (data_dir / _FILE).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return DatabaseEndpoint(**json.load(file))
    return None
