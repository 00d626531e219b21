"""One database for the whole session: the embedded one, or the Neo4j of CITYGRAPH_TEST_DATABASE_URI."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from graph.seeding import load
from graph.store import Statement, Store, StoreSettings, Writing

SEEDS = Path(__file__).parent.parent / "seeds"

_PATIENCE_S = 12.0
"""Longer than the default: what a statement answers is tested here, on machines as slow as they may be."""

_CLEAR = Statement.plain("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew from what the code gives"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "only_on(database): about one database itself, 'embedded' or 'neo4j'; skipped on the other one"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The one place that skips tests because of the database."""
    database = "neo4j" if os.environ.get("CITYGRAPH_TEST_DATABASE_URI") else "embedded"
    for item in items:
        mark = item.get_closest_marker("only_on")
        if mark and mark.args != (database,):
            item.add_marker(pytest.mark.skip(reason=f"about {mark.args[0]} itself, and the database is {database}"))


@pytest.fixture(scope="session")
def store_settings(tmp_path_factory: pytest.TempPathFactory) -> StoreSettings:
    """Settings of the session's database, for tests that open it once more."""
    uri = os.environ.get("CITYGRAPH_TEST_DATABASE_URI")
    if uri:
        return StoreSettings(
            uri=uri,
            user=os.environ.get("CITYGRAPH_TEST_DATABASE_USER", "neo4j"),
            password=os.environ.get("CITYGRAPH_TEST_DATABASE_PASSWORD"),
            statement_timeout_s=_PATIENCE_S,
        )
    return StoreSettings(data_dir=tmp_path_factory.mktemp("data"), heap_mb=768, statement_timeout_s=_PATIENCE_S)


@pytest_asyncio.fixture(scope="session")
async def store(store_settings: StoreSettings) -> AsyncIterator[Store]:
    """The session's database with its schema; whatever other tests left lies in it."""
    async with Store.open(store_settings) as opened:
        await opened.prepare()
        yield opened


@pytest_asyncio.fixture
async def empty_store(store: Store) -> Store:
    """The session's database, cleared; for tests that write."""
    _seeded_at.clear()

    async def clear(writing: Writing) -> None:
        await writing.run(_CLEAR)
        writing.changed()

    await store.write(clear)
    return store


_seeded_at: list[int] = []
"""The revision at which the session's database held the seeds and nothing else."""


@pytest_asyncio.fixture
async def seeded_store(store: Store) -> Store:
    """The session's database with the seeds and nothing else; for tests that only read."""
    if _seeded_at != [await store.revision()]:
        await load(store, [SEEDS], replace=True)
        _seeded_at[:] = [await store.revision()]
    return store
