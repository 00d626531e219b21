"""The whole graph into one file: JSON lines in a fixed order, of one revision, in constant memory."""

import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TextIO, cast

import orjson

from graph.errors import GraphChanged, StoreError
from graph.model import LABELS, RELATIONSHIPS, SCHEMA_VERSION
from graph.seeding.derived_columns import STATED_UNDER
from graph.seeding.jsonl_format import FORMAT, FORMAT_VERSION
from graph.seeding.progress import Progress, no_progress
from graph.store import Statement, Store

__all__ = ["Exported", "export", "exported_lines"]

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Exported:
    """How many nodes and relationships were written, and of which revision of the graph."""

    nodes: int
    relationships: int
    revision: int


async def export(store: Store, target: Path | TextIO, progress: Progress = no_progress) -> Exported:
    """Write the whole graph as JSON lines, which `load` reads back to an equal graph.

    The first line holds the format, its version, the schema's version and the graph's revision; then come the nodes
    by label and id, the relationships by type and the ids of their ends, and a last line with the counts. The file
    appears whole or not at all. Raises OSError where the target cannot be
    written, and StoreError, also when the graph changed during each of three attempts.
    """
    with _draft(target) as draft:
        return await _one_revision(store, draft, progress)


@contextmanager
def _draft(target: Path | TextIO) -> Generator[IO[bytes]]:
    """A file that takes the target's place, or is copied to what cannot be replaced, once it is whole."""
    if not isinstance(target, Path) or (target.exists() and not target.is_file()):
        with tempfile.TemporaryFile("w+b") as draft:
            yield draft
            _copied(draft, target)
        return
    place = target.resolve()
    try:
        # Beside the target: only within one file system does a file take another's place at once.
        beside = tempfile.NamedTemporaryFile("w+b", dir=place.parent, prefix=".export-", delete=False)  # noqa: SIM115
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None
    with beside as draft:
        try:
            yield draft
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).chmod(0o644)
            Path(draft.name).replace(place)
        finally:
            Path(draft.name).unlink(missing_ok=True)


def _copied(draft: IO[bytes], target: Path | TextIO) -> None:
    draft.seek(0)
    if isinstance(target, Path):
        with target.open("wb") as file:
            shutil.copyfileobj(draft, file)
    else:
        for line in draft:
            target.write(line.decode())


async def _one_revision(store: Store, draft: IO[bytes], progress: Progress) -> Exported:
    for _ in range(_ATTEMPTS):
        draft.seek(0)
        draft.truncate()
        once = _Pass(store, progress)
        try:
            async with aclosing(once.lines()) as lines:
                async for each in lines:
                    draft.write(each)
            return Exported(once.counts["nodes"], once.counts["relationships"], once.revision)
        except GraphChanged:
            continue
    raise StoreError(
        f"the graph was changed during each of {_ATTEMPTS} attempts to export it",
        hint="export again when nothing is being loaded",
    )


def exported_lines(store: Store) -> AsyncGenerator[bytes]:
    """The lines of an export, each as soon as it is read: for who cannot take them back.

    Raises StoreError; GraphChanged where the graph is changed meanwhile: then the last line, with the counts, is never
    given. Who stops early closes it (`contextlib.aclosing`).
    """
    return _Pass(store, no_progress).lines()


@dataclass(slots=True)
class _Pass:
    """One way through the graph, from its first node to its last relationship; `counts` what was found on it."""

    store: Store
    progress: Progress
    revision: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"nodes": 0, "relationships": 0})

    async def lines(self) -> AsyncGenerator[bytes]:
        """All lines of the file. Raises StoreError, and GraphChanged in place of the last line."""
        self.revision = await self.store.revision()
        yield _line({"format": FORMAT, "version": FORMAT_VERSION, "schema": SCHEMA_VERSION, "revision": self.revision})
        for what, entries in (("nodes", _nodes), ("relationships", _links)):
            self.progress.begin(f"exporting {what}", None)
            async with aclosing(entries(self.store)) as lines:
                async for each in lines:
                    self.counts[what] += 1
                    self.progress.advance(1)
                    yield each
            self.progress.end()
        if await self.store.revision() != self.revision:
            raise GraphChanged("the graph was changed while it was exported", hint="export again")
        yield _line({"end": self.counts})


def _line(entry: Mapping[str, object]) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


async def _nodes(store: Store) -> AsyncGenerator[bytes]:
    for name in sorted(each.name for each in LABELS):
        statement = Statement.of_text(
            f"seeding/export-{name}",
            f"MATCH (n:{name}) RETURN n.id AS id, properties(n) AS properties ORDER BY id",
        )
        async with aclosing(store.stream(statement)) as rows:
            async for row in rows:
                properties = cast("dict[str, object]", row["properties"])
                del properties["id"]
                yield _line({"label": name, "id": row["id"], "properties": properties})


async def _links(store: Store) -> AsyncGenerator[bytes]:
    # An id begins with its label, so that going through the labels of the sources in order gives the ids in order.
    pairs = {(each.type, source) for each in RELATIONSHIPS for source in each.source}
    for type_, source in sorted(pairs):
        statement = Statement.of_text(
            f"seeding/export-{source}-{type_}",
            f"MATCH (a:{source})-[r:{type_}]->(b)\n"
            "RETURN a.id AS source, b.id AS target, properties(r) AS properties ORDER BY source, target",
        )
        async with aclosing(store.stream(statement)) as rows:
            async for row in rows:
                properties = cast("dict[str, object]", row["properties"])
                under = properties.pop(STATED_UNDER, row["source"])
                entry = {"type": type_, "from": row["source"], "to": row["target"], "under": under}
                yield _line({**entry, "properties": properties})
