"""Find out whether a full or read-only disk is why the embedded database failed, which it does not report."""

import tempfile
from pathlib import Path
from typing import Final

from graph.errors import StoreError

__all__ = ["explain_failure"]

_PROBE_BYTES: Final = 16 << 20
"""More than the engine writes at a time."""


def explain_failure(error: StoreError, data_dir: Path) -> StoreError:
    """Return an error that names the cause if the data folder cannot be written, else the error itself. Blocks.

    The database reports "Transaction error on commit" only, and has no room left to log more.
    """
    try:
        with tempfile.TemporaryFile(dir=data_dir, buffering=0) as probe:
            for _ in range(16):
                probe.write(bytes(_PROBE_BYTES // 16))
    except OSError as cause:
        reason = (cause.strerror or "it cannot be written").lower()
        return StoreError(
            f"{error.message}: {reason} in the data folder {data_dir}",
            hint="free space on its disk, or set CITYGRAPH_DATA_DIR to another folder, and try again",
            statement=error.statement,
        )
    return error
