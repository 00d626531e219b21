"""Provide a database with a graph for a benchmark: an embedded database, or the database in the environment."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.generated import EUROPE, generate, generate_shape, write
from bench.processes import listener
from bench.questions import Degrees, Subjects, subjects
from graph.seeding import bulk_load, load
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from graph.store.lock import DatabaseEndpoint, read_published
from graph.store.metadata import SET_LOAD_PROGRESS

__all__ = [
    "EUROPE_NAME",
    "SEEDS",
    "Base",
    "database_process",
    "environment_of",
    "filled",
    "holding",
    "size_of",
]

SEEDS: Final = "seeds"
"""Name of the graph of the seed files. The name of a generated graph is its scale."""
EUROPE_NAME: Final = "europe"
"""Name of the generated graph of the size of Europe."""

_ROOT: Final = Path(__file__).parent.parent
_GIVEN: Final = "CITYGRAPH_TEST_DATABASE_"
_STATEMENT_LIMIT_S: Final = 30
_PLANNING_WAIT_S: Final = 120
"""A cold Neo4j on a busy machine plans some statements for longer than the default limit."""
_BOLT_PORT: Final = 7687
_CLEARED_AT_ONCE: Final = 5_000
_CLEAR: Final = Statement.of_text(
    "bench/clear",
    f"MATCH (n) WHERE NOT n:CitygraphMeta WITH n LIMIT {_CLEARED_AT_ONCE} DETACH DELETE n RETURN count(*) AS gone",
)
_SIZE: Final = Statement.of_text(
    "bench/size",
    "CALL () { MATCH (n) WHERE NOT n:CitygraphMeta RETURN count(n) AS nodes }\n"
    "CALL () { MATCH ()-[r]->() RETURN count(r) AS relationships }\n"
    "RETURN nodes, relationships",
)


@dataclass(frozen=True, slots=True)
class Base:
    """A database with a graph, and the subjects of the questions. `pid` is None if the process cannot be observed."""

    endpoint: DatabaseEndpoint
    pid: int | None
    size: str
    about: Subjects
    ours: Mapping[str, str]
    """Environment variables with which our server connects to the database."""


@asynccontextmanager
async def filled(
    graph: str, folder: Path, statement_limit_s: float = _STATEMENT_LIMIT_S
) -> AsyncGenerator[tuple[Store, StoreSettings]]:
    """Open a store with this graph. The database in the environment must be empty, and is emptied again.

    `statement_limit_s` also limits the statements of all other programs on an embedded database.
    """
    settings = _settings(folder, statement_limit_s)
    async with Store.open(settings) as store:
        await store.prepare()
        if settings.uri and (await store.read(_SIZE))[0]["nodes"]:
            raise SystemExit("the database holds a graph; this bench wants an empty one")
        try:
            await _load(store, graph, folder)
            yield store, settings
        finally:
            if settings.uri:
                await _clear(store)


async def size_of(store: Store) -> str:
    """Return the numbers of nodes and relationships as text."""
    row = (await store.read(_SIZE))[0]
    return f"{row['nodes']} nodes, {row['relationships']} relationships"


@asynccontextmanager
async def _holding(graph: str, folder: Path, degrees: Degrees | None) -> AsyncGenerator[Base]:
    async with filled(graph, folder) as (store, settings):
        yield Base(
            _endpoint(settings),
            database_process(settings),
            await size_of(store),
            await subjects(store, degrees),
            environment_of(settings),
        )


def database_process(settings: StoreSettings) -> int | None:
    """Return the id of the process of the database, or None if it cannot be observed."""
    return listener(urlsplit(_endpoint(settings).uri).port or _BOLT_PORT)


def _endpoint(settings: StoreSettings) -> DatabaseEndpoint:
    if settings.uri:
        return DatabaseEndpoint(settings.uri, settings.user, settings.password or "", settings.database)
    endpoint = read_published(settings.data_dir)
    assert endpoint is not None
    return endpoint


def environment_of(settings: StoreSettings) -> dict[str, str]:
    """Return the environment variables with which our server connects to the database."""
    if not settings.uri:
        return {"CITYGRAPH_DATA_DIR": str(settings.data_dir)}
    return {
        "CITYGRAPH_DATABASE_URI": settings.uri,
        "CITYGRAPH_DATABASE_USER": settings.user,
        "CITYGRAPH_DATABASE_PASSWORD": settings.password or "",
    }


def _settings(folder: Path, limit_s: float) -> StoreSettings:
    settings = StoreSettings(data_dir=folder / "data", statement_timeout_s=limit_s, planning_wait_s=_PLANNING_WAIT_S)
    uri = os.environ.get(f"{_GIVEN}URI")
    if not uri:
        return settings
    user, password = os.environ.get(f"{_GIVEN}USER", "neo4j"), os.environ.get(f"{_GIVEN}PASSWORD", "")
    return replace(settings, uri=uri, user=user, password=password)


async def _load(store: Store, graph: str, folder: Path) -> None:
    if graph == SEEDS:
        await load(store, [_ROOT / SEEDS])
        return
    file = folder / "graph.jsonl"
    write(generate_shape(EUROPE) if graph == EUROPE_NAME else generate(int(graph)), file)
    await bulk_load(store, file)
    file.unlink()


async def _clear(store: Store) -> None:
    async def work(writing: WriteTransaction, _noted: str | None) -> object:
        await writing.mark_changed(None)
        await writing.run(SET_LOAD_PROGRESS, {"loading": None})  # an interrupted load left its progress flag
        return (await writing.run(_CLEAR))[0]["gone"]

    while await store.write_loading(work, timeout_s=600):
        pass


@contextmanager
def holding(graph: str, degrees: Degrees | None = None) -> Generator[Base]:
    """Open a database with this graph, and choose subjects with these degrees for the questions.

    The event loop runs only while the database is opened and closed, so it does not disturb the measurements.
    """
    with tempfile.TemporaryDirectory(prefix="citygraph-bench-") as folder, asyncio.Runner() as runner:
        held = _holding(graph, Path(folder), degrees)

        async def enter() -> Base:
            return await held.__aenter__()

        async def leave() -> None:
            await held.__aexit__(None, None, None)

        base = runner.run(enter())
        try:
            yield base
        finally:
            runner.run(leave())
