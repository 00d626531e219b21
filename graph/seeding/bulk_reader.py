"""An exported graph, a chunk of lines at a time: each line checked, nothing kept of those before.

A process of its own reads them for a load: reading takes more processor time than all else that a load does here, and
in a thread it would hold up, at every turn, what waits for the database.

What `export` wrote is in a fixed order, so that a line which stands twice is found by looking at the one before.
"""

import asyncio
import hashlib
import os
import pickle
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final, Self, cast

import orjson

from graph.errors import Fault, SeedError
from graph.seeding.derived_columns import exported_row, link_row
from graph.seeding.insert_statements import Row
from graph.seeding.jsonl_format import REEXPORT_HINT, check_header, object_of, parse_node, parse_relationship
from graph.seeding.raw_values import UnreadableFile
from graph.seeding.records import Dataset, NodeRecord, SourceLocation

__all__ = [
    "Chunk",
    "Position",
    "Source",
    "inspect_file",
    "next_chunk",
    "open_reader",
    "read_for_parent",
    "to_seed_error",
]

_LINES: Final = 10_000
_LONGEST_LINE: Final = 16_000_000
_BLOCK: Final = 1 << 20
_TAIL: Final = 1000
_LENGTH: Final = 8
"""The bytes that say how long the answer of the process that reads is."""


@dataclass(frozen=True, slots=True)
class Source:
    """A whole export: the SHA-256 of its bytes in hexadecimal, and how many nodes and relationships it says it has."""

    digest: str
    nodes: int
    relationships: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file is loaded: bytes, lines, nodes, relationships, and where the last line stands in the order.

    `wiping`: what an earlier load left is being deleted, and nothing of this file is loaded yet.
    """

    digest: str
    offset: int = 0
    line: int = 0
    nodes: int = 0
    relationships: int = 0
    last: str = ""
    deleting: bool = False

    def noted(self) -> str:
        """The position as a text to keep in the database."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS).decode()

    @classmethod
    def of(cls, noted: str) -> Self | None:
        """The position that was noted; None where it is none that this program understands."""
        try:
            return cls(**cast("dict[str, object]", orjson.loads(noted)))  # pyright: ignore[reportArgumentType]
        except (orjson.JSONDecodeError, TypeError):
            return None


@dataclass(slots=True)
class Chunk:
    """Lines as rows: nodes by label, relationships by the label of the source, the type, the label of the target. Rows
    of relationships say their `line`.
    """

    after: Position
    nodes: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    links: dict[tuple[str, str, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    ended: bool = False


def inspect_file(path: Path) -> Source:
    """Whether the file is a whole export, from its ends; all of it is read for the digest.

    Raises SeedError; OSError where it cannot be read.
    """
    digest, tail, lines = hashlib.sha256(), b"", 0
    with path.open("rb") as file:
        try:
            first = file.readline(_LONGEST_LINE)
            check_header(object_of(first, SourceLocation(str(path), 1)), SourceLocation(str(path), 1))
            file.seek(0)
            while block := file.read(_BLOCK):
                digest.update(block)
                lines += block.count(b"\n")
                tail = (tail + block)[-_TAIL:]
            nodes, links = _counts(tail, SourceLocation(str(path), max(lines, 1)))
        except UnreadableFile as fault:
            raise SeedError([fault.fault]) from None
    return Source(digest.hexdigest(), nodes, links)


def _counts(tail: bytes, place: SourceLocation) -> tuple[int, int]:
    last = tail.removesuffix(b"\n").rpartition(b"\n")[2]
    if last.startswith(b'{"end":'):
        match object_of(last, place):
            case {"end": {"nodes": int(nodes), "relationships": int(links)}}:
                return nodes, links
            case _:
                pass
    raise UnreadableFile(place, "the last line of the export is missing", REEXPORT_HINT)


@asynccontextmanager
async def open_reader(path: Path, position: Position) -> AsyncGenerator[Callable[[], Awaitable[Chunk]]]:
    """What gives the chunks after the position, one at each call, from a process that reads ahead by one.

    A call raises what `next_chunk` raises; the one after the last chunk fails. The process ends with the block, and
    where this process is killed, at its next answer.
    """
    code = f"from {__name__} import read_for_parent; read_for_parent()"
    command = (sys.executable, "-P", "-c", code, str(path), position.noted(), str(_LINES))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_BLOCK,
        start_new_session=True,  # Ctrl-C is for the parent
    )
    answers, at = process.stdout, position
    assert answers is not None

    async def following() -> Chunk:
        nonlocal at
        length = int.from_bytes(await answers.readexactly(_LENGTH))
        found = cast("Chunk | list[Fault] | OSError", pickle.loads(await answers.readexactly(length)))
        match found:
            case Chunk():
                at = found.after
                return found
            case OSError():
                raise found
            case faults:
                raise to_seed_error(faults, at)

    try:
        yield following
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def read_for_parent() -> None:
    """Write to standard output every chunk of the file and after the position that the command line names."""
    path, noted, lines = sys.argv[1:]
    position = Position.of(noted)
    assert position is not None
    ended = False
    while not ended:
        answer: Chunk | list[Fault] | OSError
        try:
            answer = next_chunk(Path(path), position, int(lines))
            position, ended = answer.after, answer.ended
        except SeedError as error:
            answer, ended = error.faults, True
        except OSError as error:
            answer, ended = error, True
        content = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
        try:
            sys.stdout.buffer.write(len(content).to_bytes(_LENGTH) + content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # nobody wants it any more; what is left in the buffer goes nowhere, without a word
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return


def next_chunk(path: Path, position: Position, lines: int = _LINES) -> Chunk:
    """The lines after the position, as many as one transaction takes. Raises SeedError with every fault in them."""
    facts, chunk = Dataset(), Chunk(position)
    try:
        with path.open("rb") as file:
            file.seek(position.offset)
            _read(file, path, chunk, facts, lines)
    except UnreadableFile as fault:
        facts.errors.append(fault.fault)
    if facts.errors:
        raise to_seed_error(facts.errors, position)
    for item in facts.items.values():
        chunk.nodes[item.label.name].append({"properties": exported_row(item)})
    for link in facts.links.values():
        ends = (link.source.partition(":")[0], link.relationship.type, link.target.partition(":")[0])
        row = {"line": link.place.line, "source": link.source, "target": link.target, "properties": link_row(link)}
        chunk.links[ends].append(row)
    return chunk


def to_seed_error(faults: list[Fault], position: Position) -> SeedError:
    """The error for faults in the lines after the position."""
    if position.offset == 0:
        return SeedError(faults)
    return SeedError(
        faults,
        outcome="the load stopped before them, and the graph stays hidden",
        hint="mend the places named, then load the file with --bulk and --restart",
    )


def _read(file: IO[bytes], path: Path, chunk: Chunk, facts: Dataset, lines: int) -> None:
    for _ in range(lines):
        content = file.readline(_LONGEST_LINE)
        at = chunk.after
        place = SourceLocation(str(path), at.line + 1)
        if not content.endswith(b"\n"):
            message = "the line is too long" if content else "the last line of the export is missing"
            raise UnreadableFile(place, message, REEXPORT_HINT)
        entry = object_of(content, place)
        at = replace(at, line=place.line, offset=at.offset + len(content))
        if place.line == 1:
            check_header(entry, place)
        elif "end" in entry:
            chunk.ended = True
            _check_end(entry, at, place, followed=bool(file.read(1)))
        else:
            at = _taken(entry, at, place, facts)
        chunk.after = at
        if chunk.ended:
            return


def _check_end(entry: Mapping[str, object], at: Position, place: SourceLocation, *, followed: bool) -> None:
    if entry["end"] != {"nodes": at.nodes, "relationships": at.relationships}:
        message = f"the file holds {at.nodes} nodes and {at.relationships} relationships, not as many as it says"
        raise UnreadableFile(place, message, REEXPORT_HINT)
    if followed:
        raise UnreadableFile(place, "something stands after the last line of the export", REEXPORT_HINT)


def _taken(entry: Mapping[str, object], at: Position, place: SourceLocation, facts: Dataset) -> Position:
    """The position after a line that states a node or a relationship, which is added to the facts."""
    if "label" in entry:
        parse_node(entry, place, facts)
        item = facts.items.get(str(entry.get("id")))
        if item is not None:
            _check_node(item, facts)
        after = replace(at, nodes=at.nodes + 1, last=f"0{entry.get('id')}")
    else:
        parse_relationship(entry, place, facts)
        last = f"1{entry.get('type')} {entry.get('from')} {entry.get('to')}"
        after = replace(at, relationships=at.relationships + 1, last=last)
    if after.last <= at.last:
        facts.add_error(place, "the line stands twice or out of order", "load in bulk what `citygraph export` wrote")
    return after


def _check_node(item: NodeRecord, facts: Dataset) -> None:
    """What the model requires of the node; what is required between nodes is left to those who export."""
    for each in item.label.properties:
        named = item.label.name_required and not item.label.named_after
        required = named if each.name == "name" else each.required
        if required and item.columns.keys().isdisjoint(each.columns):
            facts.add_error(item.place, f"`{item.id}` has no `{each.name}`", f"add it — {each.description}")
