"""Find out whether the embedded database failed because its disk is full or read-only."""

import tempfile
from pathlib import Path
from typing import Final

from graph.errors import StoreError

__all__ = ["explain_failure"]

_PROBE_BYTES: Final = 16 << 20
"""Size of the test file in bytes, larger than a single write of the engine."""


def explain_failure(error: StoreError, data_dir: Path) -> StoreError:
    """Return a more specific error if the data folder cannot be written, else `error`. Blocks.

    On a full disk, the database only reports "Transaction error on commit" and cannot write its log.
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
