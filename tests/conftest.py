"""One database for the whole session: the embedded one, or the Neo4j of CITYGRAPH_TEST_DATABASE_URI.

Where tests are spread over processes, each process has an embedded database of its own; a Neo4j takes one process.
"""

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

_DATABASE_URI = os.environ.get("CITYGRAPH_TEST_DATABASE_URI")

_MOST_PROCESSES = 4
"""Each has a database, which takes up to a gigabyte."""

_LONG = (
    "seeding/test_bulk.py",
    "api/test_cli.py",
    "store/test_embedded.py",
    "seeding/test_laws.py",
    "api/test_long_work.py",
    "api/test_reports_cli.py",
    "seeding/test_export.py",
    "seeding/test_load.py",
    "analysis/test_analyst.py",
    "store/test_migrations.py",
)
"""These run first, so that no process is left alone with one of them at the end."""

_CLEAR = Statement.plain("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew from what the code gives"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "only_on(database): about one database itself, 'embedded' or 'neo4j'; skipped on the other one"
    )

    # What one of the many databases that tests start would win by optimising its code, it lives too short to earn.
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` starts: none beside this one where they would share a Neo4j."""
    return 0 if _DATABASE_URI else min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The one place that orders tests, and that skips them because of the database."""
    _order(items)
    database = "neo4j" if _DATABASE_URI else "embedded"
    for item in items:
        mark = item.get_closest_marker("only_on")
        if mark and mark.args != (database,):
            item.add_marker(pytest.mark.skip(reason=f"about {mark.args[0]} itself, and the database is {database}"))


def _order(items: list[pytest.Item]) -> None:
    """Long files first, and those that read the seeds last: after each test that writes, they are loaded anew.

    The tests of a file keep their order.
    """
    used: dict[Path, set[str]] = {}
    for item in items:
        used.setdefault(item.path, set()).update(getattr(item, "fixturenames", ()))
    tests = Path(__file__).parent
    long = {tests / name: place - len(_LONG) for place, name in enumerate(_LONG)}

    def turn(item: pytest.Item) -> int:
        fixtures = used[item.path]
        return long.get(item.path, ("seeded_store" in fixtures) * (1 if "empty_store" in fixtures else 2))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def store_settings(tmp_path_factory: pytest.TempPathFactory) -> StoreSettings:
    """Settings of the session's database, for tests that open it once more."""
    if _DATABASE_URI:
        return StoreSettings(
            uri=_DATABASE_URI,
            user=os.environ.get("CITYGRAPH_TEST_DATABASE_USER", "neo4j"),
            password=os.environ.get("CITYGRAPH_TEST_DATABASE_PASSWORD"),
            statement_timeout_s=_PATIENCE_S,
            planning_wait_s=5 * _PATIENCE_S,
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
