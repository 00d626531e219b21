"""Write a file under a temporary name in the folder of its final path, and rename it when it is complete."""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from graph.errors import AnalysisError

__all__ = ["draft_file"]


@contextmanager
def draft_file(path: Path) -> Generator[Path]:
    """Yield the path of a new, empty file in the folder of `path`.

    The caller, or another process, writes the file in the `with` block. If the block ends without an error, the new
    file replaces `path` and keeps the permissions of the old file. Otherwise the new file is removed. Raises OSError,
    which names `path`, if the file cannot be created or replaced. Raises AnalysisError if `path` is a folder or a
    device.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        raise AnalysisError(f"{path} is not a regular file", hint="give the name of a file")
    mode = stat.S_IMODE(place.stat().st_mode) if place.exists() else None
    draft = place.parent / f".draft-{uuid4().hex}"
    try:
        draft.touch(0o666 if mode is None else 0o600, exist_ok=False)
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(place)
        _sync_folder(place.parent)
    except OSError as error:
        if error.filename == str(draft):
            error.filename = str(path)
        raise
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Flush the directory to the disk, so that a renamed file has its new name after a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
