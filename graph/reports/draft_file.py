"""Write a file beside its final place, and move it there when it is complete."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import AnalysisError

__all__ = ["draft_file"]


@contextmanager
def draft_file(path: Path) -> Generator[Path]:
    """Yield the path of a new, empty file in the folder of `path`, to be written in the block or by another process.

    The new file replaces `path` if the block ends without an error. Otherwise the new file is removed. Raises OSError
    if the file cannot be created, and AnalysisError if `path` is a folder or a device.
    """
    place = path.resolve()
    if place.exists() and not place.is_file():
        raise AnalysisError(f"{path} is not a regular file", hint="give the name of a file")
    try:
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".report-")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
