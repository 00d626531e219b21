"""Read a graph as an analysis snapshot (a copy of the graph in memory).

The source is a server, a database, an export, seed files or a table of memberships.
"""

import asyncio
import sys
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeGuard, TypeVar, cast

from graph.access.collaborations import Collaborations, FindMatches
from graph.access.file_snapshot import build_file_snapshot, file_name_index
from graph.access.server import Server
from graph.access.tables import text_rows
from graph.analysis.roster import read_roster, read_roster_rows
from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_reader import SnapshotReader
from graph.analysis.subset import Matches
from graph.analysis.subset_filters import Filter, find_matches
from graph.errors import AnalysisError, GraphChanged, SeedError, SeedProblem, problems_text
from graph.search import NameIndex, NameIndexReader
from graph.seeding.derived_columns import (
    NodeRows,
    RelationshipRows,
    derive_rows,
    exported_node_row,
    exported_relationship_row,
)
from graph.seeding.jsonl_format import parse_lines, parse_object
from graph.seeding.raw_values import UnreadableFile
from graph.seeding.read import read
from graph.seeding.records import Dataset, SourceLocation
from graph.seeding.validate import check
from graph.store import Store, StoreSettings, retry_if_lost

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["open_source"]

T = TypeVar("T")

_DATABASE_ENTRIES: Final = ("databases", "owner.json")
_SEED_SUFFIXES: Final = (".yaml", ".yml", ".csv")
_KINDS: Final = (
    "give the address of a server (http://…/graphql), a folder with a database (data/) or seed files (seeds/), an "
    "export (export.jsonl), a table of memberships (roster.csv) or a pandas DataFrame"
)


def open_source(source: "str | Path | DataFrame | StoreSettings") -> Collaborations:
    """Read a source once, and return its cities and collaborations, and the ties between them.

    `source` is one of the following:

    - the address of a server
    - a folder with the embedded database or with seed files
    - an export: a file that ends in `.jsonl`
    - a table of memberships: a file that ends in `.csv`, or a pandas DataFrame with the columns of such a file
    - the settings of a database

    The function also works in a notebook, where an event loop already runs. Rows of a table that may be mistakes cause
    a UserWarning, and are in `snapshot.warnings` of the result. Raises AnalysisError if there is no such source,
    SeedError if a file is invalid, and StoreError if the database fails.
    """
    if isinstance(source, StoreSettings):
        return _open_store(source)
    if _is_table(source):
        return _of_table(read_roster_rows("the DataFrame", *text_rows(source)))
    if str(source).lower().startswith(("http://", "https://")):
        server = Server(str(source))
        content = server.export()
        return _of_rows(*_read_export(content, server.export_address), find=server.find)
    path = Path(cast("str | Path", source))
    if not path.exists():
        raise AnalysisError(f"there is no file or folder {path}", hint=_KINDS)
    if path.is_dir():
        if any((path / name).exists() for name in _DATABASE_ENTRIES):
            return _open_store(StoreSettings(data_dir=path))
        if any(file.suffix.lower() in _SEED_SUFFIXES for file in path.rglob("*")):
            return _of_rows(*_read_seeds(path), revision=0)
        raise AnalysisError(f"the folder {path} contains neither a database nor seed files", hint=_KINDS)
    match path.suffix.lower():
        case ".csv":
            return _of_table(read_roster(path))
        case ".jsonl":
            return _of_rows(*_read_export(path.read_bytes(), str(path)))
        case _:
            raise AnalysisError(f"{path} is not a source: its name ends neither in .jsonl nor in .csv", hint=_KINDS)


def _is_table(source: object) -> "TypeGuard[DataFrame]":
    pandas = sys.modules.get("pandas")  # if pandas is not imported, there is no DataFrame
    return pandas is not None and isinstance(source, pandas.DataFrame)


def _of_table(snapshot: Snapshot) -> Collaborations:
    """Return the memberships of a table, and warn about rows that may be mistakes."""
    if snapshot.warnings:
        text = problems_text(f"{snapshot.origin} may contain mistakes", snapshot.warnings, "data.snapshot.warnings")
        warnings.warn(text, stacklevel=3)
    return Collaborations(snapshot)


def _of_rows(
    nodes: NodeRows, relationships: RelationshipRows, revision: int, find: FindMatches | None = None
) -> Collaborations:
    snapshot = build_file_snapshot(nodes, relationships, revision)
    return Collaborations(snapshot, find, partial(file_name_index, nodes, relationships))


def _open_store(settings: StoreSettings) -> Collaborations:
    snapshot = _run(retry_if_lost(partial(_read_store, settings)))

    def find(label: str, where: Filter, on: date) -> Matches:
        return _run(retry_if_lost(partial(_find, settings, snapshot.revision, label, where, on)))

    return Collaborations(snapshot, find, lambda: _run(retry_if_lost(partial(_read_names, settings))))


async def _read_store(settings: StoreSettings) -> Snapshot:
    async with Store.open(settings) as store:
        return await SnapshotReader(store).current()


async def _read_names(settings: StoreSettings) -> NameIndex:
    async with Store.open(settings) as store:
        return await NameIndexReader(store).current()


async def _find(settings: StoreSettings, revision: int, label: str, where: Filter, on: date) -> Matches:
    async with Store.open(settings) as store, store.reading() as reader:
        found = await find_matches(reader, label, where, on)
        if await store.revision() != revision:
            raise GraphChanged("the graph has changed since it was opened", hint="call `citygraph.open` again")
        return found


def _run(coroutine: Coroutine[None, None, T]) -> T:
    """Run a coroutine in a new thread, because in a notebook the current thread already runs an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(cast("Callable[[Coroutine[None, None, T]], T]", asyncio.run), coroutine).result()


def _read_seeds(path: Path) -> tuple[NodeRows, RelationshipRows]:
    dataset = read([path])
    problems = dataset.problems or check(dataset)
    if problems:
        raise SeedError(problems, outcome="nothing was analysed")
    return derive_rows(dataset)


def _read_export(content: bytes, name: str) -> tuple[NodeRows, RelationshipRows, int]:
    dataset = Dataset()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = SeedProblem(name, line, "not UTF-8", "give an export, which is UTF-8 text")
        raise SeedError([problem], outcome="nothing was analysed") from None
    try:
        parse_lines(text, name, dataset)
        header = parse_object(text.partition("\n")[0], SourceLocation(name, 1))
    except UnreadableFile as error:
        raise SeedError([error.problem], outcome="nothing was analysed", hint="export the graph again") from None
    if dataset.problems:
        raise SeedError(dataset.problems, outcome="nothing was analysed", hint="export the graph again")
    nodes = {node.id: exported_node_row(node) for node in dataset.nodes.values()}
    relationships = {key: exported_relationship_row(record) for key, record in dataset.relationships.items()}
    return nodes, relationships, cast("int", header.get("revision", 0))
