"""Read an export in chunks of lines, in constant memory, in a separate process.

Reading takes most of the CPU time of a load. In a thread, it would hold the GIL and delay the event loop that writes to
the database.

The lines of an export are sorted, so duplicates are found by comparing every line with the previous line.
"""

import asyncio
import hashlib
import os
import pickle
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final, Self, cast

import orjson

from graph.child_processes import kill
from graph.errors import SeedError, SeedProblem
from graph.seeding.derived_columns import exported_node_row, exported_relationship_row
from graph.seeding.ids import label_name
from graph.seeding.insert_statements import Row
from graph.seeding.jsonl_format import (
    REEXPORT_HINT,
    check_counts,
    check_digest,
    check_header,
    contains_digest,
    parse_node,
    parse_object,
    parse_relationship,
)
from graph.seeding.raw_values import UnreadableFile
from graph.seeding.records import Dataset, SourceLocation
from graph.seeding.validate import check_required
from graph.store import Checksums

__all__ = [
    "Chunk",
    "ExportSummary",
    "Position",
    "inspect_file",
    "open_reader",
    "read_chunk",
    "to_seed_error",
    "write_chunks",
]

_CHUNK_LINES: Final = 10_000
_MAX_LINE_BYTES: Final = 16_000_000
_BLOCK_BYTES: Final = 1 << 20
_CHUNK_LIMIT_S: Final = 120.0
"""Time limit, in seconds, for reading one chunk of an export.

Reading a chunk usually takes less than a second, but the file may be on a slow drive.
"""
_LENGTH_BYTES: Final = 8
"""Size, in bytes, of the number that the reader process writes before every message: the length of the message."""


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """A summary of an export file: the SHA-256 in hexadecimal, and the numbers of nodes and relationships.

    `is_intact` is true if the last line of the file contains the SHA-256 of the lines before it. This shows that
    the file has not been edited since the export.
    """

    digest: str
    is_intact: bool
    nodes: int
    relationships: int


@dataclass(frozen=True, slots=True)
class Position:
    """A position in an export that is being loaded. Everything before the position has been loaded.

    - `digest`: the SHA-256 that identifies the file.
    - `is_intact`: true if the file has not been edited since the export, as in `ExportSummary`.
    - `offset`, `line`, `nodes`, `relationships`: the numbers of loaded bytes, lines, nodes and relationships.
    - `last`: the sort key of the last loaded line.
    - `deleting`: true while the data of an earlier load is being deleted.
    """

    digest: str
    offset: int = 0
    line: int = 0
    nodes: int = 0
    relationships: int = 0
    last: str = ""
    deleting: bool = False
    is_intact: bool = False

    def to_json(self) -> str:
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """Parse the JSON of a stored position.

        Returns None if the JSON was stored by another version of the program.
        """
        try:
            return cls(**cast("dict[str, object]", orjson.loads(text)))  # pyright: ignore[reportArgumentType]
        except (orjson.JSONDecodeError, TypeError):
            return None


@dataclass(slots=True)
class Chunk:
    """Consecutive lines of an export, as rows to insert into the database.

    Nodes are grouped by label. Relationships are grouped by source label, type and target label. The row of a
    relationship also contains the number of its line in the file, as `line`. `end` is the position after the chunk.
    `checksums` are the checksums of the rows.
    """

    end: Position
    nodes: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    relationships: dict[tuple[str, str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    checksums: Checksums = field(default_factory=Checksums)
    is_last: bool = False


def inspect_file(path: Path) -> ExportSummary:
    """Check the first and the last line of an export, and return a summary of the file.

    Raises SeedError if the file is not a complete export, or if it was changed after the export. Raises OSError if the
    file cannot be read.
    """
    digest, last, lines = hashlib.sha256(), b"", 0
    start = SourceLocation(str(path), 1)
    with path.open("rb") as file:
        try:
            check_header(parse_object(file.readline(_MAX_LINE_BYTES), start), start)
            file.seek(0)
            while block := file.read(_BLOCK_BYTES):
                lines += block.count(b"\n")
                last += block
                cut = last.rfind(b"\n", 0, -1) + 1
                digest.update(last[:cut])
                last = last[cut:]
            location = SourceLocation(str(path), max(lines, 1))
            nodes, relationships = _read_end(last, digest.hexdigest(), location)
            is_intact = contains_digest(last.decode(), digest.hexdigest())
        except UnreadableFile as error:
            raise SeedError([error.problem]) from None
    digest.update(last)
    return ExportSummary(digest.hexdigest(), is_intact, nodes, relationships)


def _read_end(line: bytes, digest: str, location: SourceLocation) -> tuple[int, int]:
    """Return the numbers of nodes and relationships that the last line of an export states.

    Also check the SHA-256 in that line.
    """
    if line.startswith(b'{"end":'):
        entry = parse_object(line, location)
        match entry:
            case {"end": {"nodes": int(nodes), "relationships": int(relationships)}}:
                check_digest(entry, digest, location)
                return nodes, relationships
            case _:
                pass
    raise UnreadableFile(location, "the last line of the export is missing", REEXPORT_HINT)


@asynccontextmanager
async def open_reader(path: Path, position: Position) -> AsyncGenerator[Callable[[], Awaitable[Chunk]]]:
    """Start a process that reads the chunks after the position, and return a function that returns the next chunk.

    The reader process reads one chunk in advance. The returned function raises the errors of `read_chunk`. The caller
    must not call the function again after the last chunk. When the context exits, the reader process is killed. If the
    process that called `open_reader` is killed, the reader process exits when it writes the next chunk.
    """
    code = f"from {__name__} import write_chunks; write_chunks()"
    command = (sys.executable, "-P", "-c", code, str(path), position.to_json(), str(_CHUNK_LINES))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_BLOCK_BYTES,
        start_new_session=True,  # Ctrl-C must reach the parent only
    )
    stream, end = process.stdout, position
    assert stream is not None

    async def receive_chunk() -> Chunk:
        nonlocal end
        try:
            async with asyncio.timeout(_CHUNK_LIMIT_S):
                length = int.from_bytes(await stream.readexactly(_LENGTH_BYTES))
                content = await stream.readexactly(length)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            failure = "exited" if isinstance(error, EOFError) else f"did not respond for {_CHUNK_LIMIT_S:g} s"
            hint = "check the free memory and the drive of the file"
            raise SeedError(
                [SeedProblem(str(path), end.line + 1, f"the process that reads the file {failure}", hint)],
                outcome="the load stopped before this line",
                hint="run the same command again, which continues the load",
            ) from None
        message = cast("Chunk | list[SeedProblem] | OSError", pickle.loads(content))
        match message:
            case Chunk():
                end = message.end
                return message
            case OSError():
                raise message
            case problems:
                raise to_seed_error(problems, end)

    try:
        yield receive_chunk
    finally:
        await kill(process)


def write_chunks() -> None:
    """Run the reader process: write every chunk to standard output, pickled and preceded by its length.

    The command-line arguments are the file, the start position as JSON, and the number of lines of a chunk. If a chunk
    cannot be read, the process writes a list of problems or an OSError in place of the chunk, and exits.
    """
    path, start, lines = sys.argv[1:]
    position = Position.from_json(start)
    assert position is not None
    is_last = False
    while not is_last:
        message: Chunk | list[SeedProblem] | OSError
        try:
            message = read_chunk(Path(path), position, int(lines))
            position, is_last = message.end, message.is_last
        except SeedError as error:
            message, is_last = error.problems, True
        except OSError as error:
            message, is_last = error, True
        content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            sys.stdout.buffer.write(len(content).to_bytes(_LENGTH_BYTES) + content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The parent has exited. Discard the buffer, so that flushing the buffer at exit prints no error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return


def read_chunk(path: Path, position: Position, lines: int = _CHUNK_LINES) -> Chunk:
    """Read and validate at most `lines` lines after the position. Raises SeedError with all problems of the lines."""
    dataset, chunk = Dataset(), Chunk(position)
    try:
        with path.open("rb") as file:
            file.seek(position.offset)
            _read_lines(file, path, chunk, dataset, lines)
    except UnreadableFile as error:
        dataset.problems.append(error.problem)
    if dataset.problems:
        raise to_seed_error(dataset.problems, position)
    for node in dataset.nodes.values():
        columns = exported_node_row(node)
        chunk.nodes[node.label.name].append({"properties": columns})
        chunk.checksums.add_node(node.label.name, columns)
    for relationship in dataset.relationships.values():
        source, target, type_ = relationship.source, relationship.target, relationship.definition.type
        columns = exported_relationship_row(relationship)
        row = {"line": relationship.location.line, "source": source, "target": target, "properties": columns}
        chunk.relationships[label_name(source), type_, label_name(target)].append(row)
        chunk.checksums.add_relationship(type_, source, target, columns)
    return chunk


def to_seed_error(problems: list[SeedProblem], position: Position) -> SeedError:
    """Return an error for problems in the lines after `position`.

    If lines before `position` have already been loaded, the error also states that the load is unfinished.
    """
    if position.offset == 0:
        return SeedError(problems)
    return SeedError(
        problems,
        outcome="the load stopped before these lines, and the graph stays hidden",
        hint="correct the lines named, then load the file with --bulk and --restart",
    )


def _read_lines(file: IO[bytes], path: Path, chunk: Chunk, dataset: Dataset, lines: int) -> None:
    for _ in range(lines):
        content = file.readline(_MAX_LINE_BYTES)
        location = SourceLocation(str(path), chunk.end.line + 1)
        if not content.endswith(b"\n"):
            message = "the line is too long" if content else "the last line of the export is missing"
            raise UnreadableFile(location, message, REEXPORT_HINT)
        entry = parse_object(content, location)
        end = replace(chunk.end, line=location.line, offset=chunk.end.offset + len(content))
        if location.line == 1:
            check_header(entry, location)
        elif "end" in entry:
            check_counts(entry, end.nodes, end.relationships, location)
            if file.read(1):
                raise UnreadableFile(location, "there is text after the last line of the export", REEXPORT_HINT)
            chunk.is_last = True
        else:
            end = _parse_line(entry, end, location, dataset)
        chunk.end = end
        if chunk.is_last:
            return


def _parse_line(
    entry: Mapping[str, object], position: Position, location: SourceLocation, dataset: Dataset
) -> Position:
    """Parse a line, and add its node or relationship to the dataset. Return the position after the line."""
    if "label" in entry:
        parse_node(entry, location, dataset, is_intact=position.is_intact)
        node = dataset.nodes.get(str(entry.get("id")))
        if node is not None:
            check_required(node, dataset)
        end = replace(position, nodes=position.nodes + 1, last=f"0{entry.get('id')}")
    else:
        parse_relationship(entry, location, dataset, is_intact=position.is_intact)
        last = f"1{entry.get('type')} {entry.get('from')} {entry.get('to')}"
        end = replace(position, relationships=position.relationships + 1, last=last)
    if end.last <= position.last:
        hint = "load an unchanged file written by `citygraph export`"
        dataset.add_problem(location, "the line is a duplicate or out of order", hint)
    return end
