"""Check that an export is complete and unchanged, without loading it."""

import gzip
import hashlib
import zlib
from pathlib import Path
from typing import IO, Final, cast

from graph.errors import SeedError
from graph.seeding.jsonl_format import REEXPORT_HINT, check_counts, check_digest, check_header, parse_object
from graph.seeding.load import LoadResult
from graph.seeding.raw_values import UnreadableFile
from graph.seeding.records import SourceLocation

__all__ = ["verify"]

_GZIP: Final = b"\x1f\x8b"


def verify(path: Path) -> LoadResult:
    """Check an export, and return its numbers of nodes and relationships.

    The last line of an export states these numbers and the SHA-256 of the other lines. The file may be compressed with
    gzip. The memory use does not depend on the size of the file. Raises SeedError if the file is not a complete export,
    if it was changed, or if its last line contains no SHA-256. Raises OSError if the file cannot be read.
    """
    try:
        return _verify_lines(path)
    except UnreadableFile as error:
        raise SeedError([error.problem], outcome="the export cannot be used", hint=REEXPORT_HINT) from None


def _verify_lines(path: Path) -> LoadResult:
    digest, counts = hashlib.sha256(), {"nodes": 0, "relationships": 0}
    is_complete, number = False, 0
    with _open(path) as file:
        while line := _read_line(file, path, number):
            number += 1
            location = SourceLocation(str(path), number)
            entry = parse_object(line, location)
            if is_complete:
                raise UnreadableFile(location, "there is text after the last line of the export", REEXPORT_HINT)
            if number == 1:
                check_header(entry, location)
            elif "end" in entry:
                is_complete = True
                check_counts(entry, counts["nodes"], counts["relationships"], location)
                check_digest(entry, digest.hexdigest(), location, required=True)
            else:
                counts["nodes" if "label" in entry else "relationships"] += 1
            digest.update(line)
    if not is_complete:
        location = SourceLocation(str(path), max(number, 1))
        raise UnreadableFile(location, "the last line of the export is missing", REEXPORT_HINT)
    return LoadResult(counts["nodes"], counts["relationships"], changed=False)


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        is_packed = file.read(len(_GZIP)) == _GZIP
    return cast("IO[bytes]", gzip.open(path)) if is_packed else path.open("rb")


def _read_line(file: IO[bytes], path: Path, number: int) -> bytes:
    try:
        return file.readline()
    except (gzip.BadGzipFile, EOFError, zlib.error):
        location = SourceLocation(str(path), number + 1)
        message = "the compressed file is cut off or damaged before the end of this line"
        raise UnreadableFile(location, message, REEXPORT_HINT) from None
