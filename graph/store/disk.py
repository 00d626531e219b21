"""Find out whether the embedded database failed because its disk is full or read-only."""

import os
import tempfile
import time
from pathlib import Path
from typing import Final

from graph.errors import StoreError

__all__ = ["explain_failure"]

_RECENT_S: Final = 60.0
"""Maximum age, in seconds, of a log file of the engine. An older log file is not searched."""
_TAIL_BYTES: Final = 65_536
"""Number of bytes, at the end of the engine's log file, that are searched."""

_PROBE_BYTES: Final = 16 << 20
"""Size of the test file in bytes. A test file must be larger than a single write of the engine."""


def explain_failure(error: StoreError, data_dir: Path) -> StoreError:
    """Return a more specific error if the data folder cannot be written. Otherwise return `error`.

    If the disk is full, the database reports only that the transaction has disappeared. The database logs the cause,
    but only if the disk has space for the log entry. This function therefore writes a test file, which blocks the
    thread.
    """
    try:
        with tempfile.TemporaryFile(dir=data_dir, buffering=0) as probe:
            for _ in range(16):
                probe.write(bytes(_PROBE_BYTES // 16))
    except OSError as cause:
        reason = (cause.strerror or "it cannot be written").lower()
    else:
        if not _is_full_in_log(data_dir / "log" / "engine.0.log"):
            return error
        reason = "no space left on device"
    return StoreError(
        f"{error.message}: {reason} in the data folder {data_dir}",
        hint="free space on its disk, or set CITYGRAPH_DATA_DIR to another folder, and try again",
        statement=error.statement,
    )


def _is_full_in_log(log: Path) -> bool:
    """Return whether the embedded database has recently logged that its disk is full."""
    try:
        with log.open("rb") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime > _RECENT_S:
                return False
            file.seek(-min(_TAIL_BYTES, os.fstat(file.fileno()).st_size), os.SEEK_END)
            return b"No space left on device" in file.read()
    except OSError:
        return False
