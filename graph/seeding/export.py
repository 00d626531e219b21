"""Export one revision of the whole graph as sorted JSON lines, in constant memory."""

import hashlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TextIO, cast

import orjson

from graph.draft_file import draft_file
from graph.errors import GraphChanged, StoreError
from graph.model import LABELS, RELATIONSHIPS, SCHEMA_VERSION
from graph.progress import Progress, no_progress
from graph.seeding.derived_columns import OWNER_COLUMN
from graph.seeding.jsonl_format import FORMAT, FORMAT_VERSION
from graph.store import Checksums, Statement, Store

__all__ = ["ExportResult", "export", "export_lines"]

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class ExportResult:
    """The numbers of exported nodes and relationships, and the revision of the graph."""

    nodes: int
    relationships: int
    revision: int


async def export(store: Store, target: Path | TextIO, progress: Progress = no_progress) -> ExportResult:
    """Write the whole graph as JSON lines, from which `load` restores an equal graph.

    The first line contains the format, the format version, the schema version and the revision. Nodes follow, sorted by
    label and id. Relationships follow the nodes, sorted by type, source id and target id. The last line contains the
    numbers of nodes and relationships, and the SHA-256 of all lines before the last line. An existing file is replaced
    only when the export is complete.

    If the graph changes during an attempt, the export starts again, up to `_ATTEMPTS` attempts. Raises StoreError if
    the last attempt also fails, or if a statement fails. Raises StoreDamaged if the stored data differs from the data
    that was last written. Raises OSError if the target cannot be written.
    """
    with _open_draft(target) as draft:
        return await _write_one_revision(store, draft, progress)


@contextmanager
def _open_draft(target: Path | TextIO) -> Generator[IO[bytes]]:
    """Open a temporary file that replaces the target when the context exits.

    If the target is a device, a pipe or a text stream, it cannot be replaced. The content of the temporary file is then
    copied to the target.
    """
    if not isinstance(target, Path) or (target.exists() and not target.is_file()):
        with tempfile.TemporaryFile("w+b") as draft:
            yield draft
            _copy_draft(draft, target)
        return
    with draft_file(target) as path, path.open("w+b") as draft:
        yield draft


def _copy_draft(draft: IO[bytes], target: Path | TextIO) -> None:
    draft.seek(0)
    if isinstance(target, Path):
        with target.open("wb") as file:
            shutil.copyfileobj(draft, file)
    else:
        for line in draft:
            target.write(line.decode())


async def _write_one_revision(store: Store, draft: IO[bytes], progress: Progress) -> ExportResult:
    for _ in range(_ATTEMPTS):
        draft.seek(0)
        draft.truncate()
        attempt = _ExportPass(store, progress)
        try:
            async with aclosing(attempt.lines()) as lines:
                async for line in lines:
                    draft.write(line)
            return ExportResult(attempt.counts["nodes"], attempt.counts["relationships"], attempt.revision)
        except GraphChanged:
            continue
    raise StoreError(
        f"the graph changed during each of {_ATTEMPTS} attempts to export it",
        hint="export again when nothing is being loaded",
    )


def export_lines(store: Store) -> AsyncGenerator[bytes]:
    """Yield the lines of an export while the graph is read.

    If the graph changes during the export, GraphChanged is raised, and there is no second attempt. Raises StoreError if
    a statement fails. Raises StoreDamaged if the stored data differs from the data that was last written. The last line
    is yielded only if no error occurs. A caller that stops early must close the generator (`contextlib.aclosing`).
    """
    return _ExportPass(store, no_progress).lines()


@dataclass(slots=True)
class _ExportPass:
    """One attempt to export the whole graph. `counts` contains the numbers of nodes and relationships read so far."""

    store: Store
    progress: Progress
    revision: int = 0
    counts: dict[str, int] = field(default_factory=lambda: {"nodes": 0, "relationships": 0})
    checksums: Checksums = field(default_factory=Checksums)

    async def lines(self) -> AsyncGenerator[bytes]:
        """Yield all lines of the export.

        Raises StoreError if a statement fails. Raises GraphChanged if the graph changes during the export. Raises
        StoreDamaged if the stored data differs from the data that was last written.
        """
        self.revision, _ = await self.store.checksums()
        digest = hashlib.sha256()
        header = {"format": FORMAT, "version": FORMAT_VERSION, "schema": SCHEMA_VERSION, "revision": self.revision}
        digest.update(line := _encode_line(header))
        yield line
        for name, read_lines in (("nodes", self._node_lines), ("relationships", self._relationship_lines)):
            self.progress.begin(f"exporting {name}", None)
            async with aclosing(read_lines()) as lines:
                async for line in lines:
                    self.counts[name] += 1
                    self.progress.advance(1)
                    digest.update(line)
                    yield line
            self.progress.end()
        revision, checksums = await self.store.checksums()
        if revision != self.revision:
            raise GraphChanged("the graph changed while it was exported", hint="export again")
        if checksums is not None:
            checksums.check(self.checksums)
        yield _encode_line({"end": {**self.counts, "sha256": digest.hexdigest()}})

    async def _node_lines(self) -> AsyncGenerator[bytes]:
        for name in sorted(label.name for label in LABELS):
            statement = Statement.of_text(
                f"seeding/export-{name}",
                f"MATCH (n:{name}) RETURN n.id AS id, properties(n) AS properties ORDER BY id",
            )
            async with aclosing(self.store.stream(statement)) as rows:
                async for row in rows:
                    properties = cast("dict[str, object]", row["properties"])
                    self.checksums.add_node(name, properties)
                    properties.pop("id", None)  # a damaged node may have no id
                    yield _encode_line({"label": name, "id": row["id"], "properties": properties})

    async def _relationship_lines(self) -> AsyncGenerator[bytes]:
        # An id begins with its label, so reading the source labels in order yields the source ids in order.
        pairs = {(relationship.type, source) for relationship in RELATIONSHIPS for source in relationship.source}
        for type_, source in sorted(pairs):
            statement = Statement.of_text(
                f"seeding/export-{source}-{type_}",
                f"MATCH (a:{source})-[r:{type_}]->(b)\n"
                "RETURN a.id AS source, b.id AS target, properties(r) AS properties ORDER BY source, target",
            )
            async with aclosing(self.store.stream(statement)) as rows:
                async for row in rows:
                    properties = cast("dict[str, object]", row["properties"])
                    self.checksums.add_relationship(type_, row["source"], row["target"], properties)
                    owner = properties.pop(OWNER_COLUMN, row["source"])
                    entry = {"type": type_, "from": row["source"], "to": row["target"], "under": owner}
                    yield _encode_line({**entry, "properties": properties})


def _encode_line(entry: Mapping[str, object]) -> bytes:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
