"""One database for the whole session: the embedded one, or the Neo4j of CITYGRAPH_TEST_DATABASE_URI.

Where tests are spread over processes, each process has a database of its own: an embedded one, or one of several Neo4j,
whose addresses stand in CITYGRAPH_TEST_DATABASE_URI with blanks between them.
"""

import gc
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from bench.proxy import Proxy
from graph.analysis import AnalysisLimits, AnalysisRunner
from graph.seeding import load
from graph.store import Checksums, Statement, Store, StoreSettings, WriteTransaction, metadata
from graph.store.lock import read_published
from tests.class_archive import archive_classes

SEEDS = Path(__file__).parent.parent / "seeds"

PARITY = "parity:"
"""Begins the names of what the tests of parity count."""

_PATIENCE_S = 12.0
"""Longer than the default: what a statement answers is tested here, on machines as slow as they may be."""

_DATABASE_URIS = os.environ.get("CITYGRAPH_TEST_DATABASE_URI", "").split()

_MOST_PROCESSES = 4
"""Each has a database, which takes up to a gigabyte."""

_LONG = (
    "test_neo4j_server.py",
    "seeding/test_bulk_load.py",
    "questions/test_validity_periods.py",
    "api/test_cli.py",
    "api/test_workers.py",
    "store/test_damaged_files.py",
    "api/test_serve.py",
    "store/test_reconnect.py",
    "store/test_timeouts.py",
    "seeding/test_insert_statements.py",
    "store/test_embedded.py",
    "api/test_report_command.py",
    "api/test_server.py",
    "seeding/test_load.py",
    "analysis/test_runner.py",
    "seeding/test_properties.py",
    "store/test_migrations.py",
)
"""These run first, so that no process is left alone with one of them at the end."""

_LONG_TO_READ = (
    "pages/test_pages.py",
    "reports/test_reports.py",
    "analysis/test_overlap_pairs.py",
    "api/test_every_field.py",
    "parity/test_selections.py",
    "parity/test_statements.py",
    "api/test_execution.py",
    "api/test_injection.py",
    "traversal/test_node_sets.py",
    "access/test_sources.py",
    "pages/test_report.py",
    "pages/test_figures.py",
    "api/test_overlaps.py",
    "api/test_export.py",
    "analysis/test_snapshot.py",
    "api/test_analysis.py",
    "api/test_traversal.py",
)
"""The same among those that read the seeds and never write."""

_MUCH_TO_PLAN = ("pages", "reports", "api/test_every_field.py")
"""Tests that are slow on Neo4j only, because it takes long to plan their statements."""

_CLEAR = Statement.of_text("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files anew from what the code gives"
    )


gc.set_threshold(50_000, 20)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "only_on(database): about one database itself, 'embedded' or 'neo4j'; skipped on the other one"
    )
    config.addinivalue_line(
        "markers",
        "slow: starts or kills processes, or computes or plans for long; `make test-all` runs these tests too",
    )

    if _DATABASE_URIS and (config.getoption("numprocesses") or 1) > len(_DATABASE_URIS):
        raise pytest.UsageError("-n: each process needs a Neo4j of its own in CITYGRAPH_TEST_DATABASE_URI")

    if "JAVA_TOOL_OPTIONS" not in os.environ:
        # Tests start many databases, which end before optimised code would pay off. Without `-Xlog:disable`, a Java
        # program with other classes would print that it does not use the archive.
        os.environ["JAVA_TOOL_OPTIONS"] = options = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        if not _DATABASE_URIS and hasattr(config, "cache"):
            with suppress(OSError):  # the tests also pass without the archive
                archive = archive_classes(config.cache.mkdir("engine"))
                os.environ["JAVA_TOOL_OPTIONS"] = f'{options} "-XX:SharedArchiveFile={archive}" -Xlog:disable'


def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` starts: none beside this one where they would share a Neo4j.

    There is one more than cores, because a test waits for its database, a process or a limit about a third of the time.
    """
    if _DATABASE_URIS:
        return len(_DATABASE_URIS) if len(_DATABASE_URIS) > 1 else 0
    return min(len(os.sched_getaffinity(0)) + 1, _MOST_PROCESSES)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The one place that orders tests, and that skips or deselects them because of the database.

    On Neo4j, tests that do not use the session's database are deselected. They run with the embedded database.
    """
    _order(items)
    database = "neo4j" if _DATABASE_URIS else "embedded"
    if _DATABASE_URIS:
        repeated = {item for item in items if not (_uses_session_database(item) or item.get_closest_marker("only_on"))}
        config.hook.pytest_deselected(items=[*repeated])
        items[:] = [item for item in items if item not in repeated]
        for item in items:
            if any(item.path.is_relative_to(Path(__file__).parent / path) for path in _MUCH_TO_PLAN):
                item.add_marker(pytest.mark.slow)
    for item in items:
        mark = item.get_closest_marker("only_on")
        if mark and mark.args != (database,):
            item.add_marker(pytest.mark.skip(reason=f"about {mark.args[0]} itself, and the database is {database}"))


def _uses_session_database(item: pytest.Item) -> bool:
    return "store_settings" in getattr(item, "fixturenames", ())


def _reads_seeds(item: pytest.Item) -> bool:
    """Whether the test only reads the seeds, from the database or from their files."""
    fixtures = getattr(item, "fixturenames", ())
    return not {"seeded_store", "seed_files"}.isdisjoint(fixtures) and "empty_store" not in fixtures


def _order(items: list[pytest.Item]) -> None:
    """Run long files first, and the tests that only read the seeds last, so that each process loads the seeds once."""
    tests = Path(__file__).parent
    assert all((tests / name).is_file() for name in (*_LONG, *_LONG_TO_READ)), "a file of tests was renamed"
    long = {tests / name: place for place, name in enumerate(_LONG)}
    long_to_read = {tests / name: place for place, name in enumerate(_LONG_TO_READ)}

    def position(item: pytest.Item) -> tuple[int, int]:
        if _reads_seeds(item):
            return 2, long_to_read.get(item.path, len(long_to_read))
        return (0, long[item.path]) if item.path in long else (1, 0)

    items.sort(key=position)


_SEEDS = "@seeds"
"""Ends the ids of the tests that only read the seeds, for the scheduler only."""


@dataclass(frozen=True)
class _Sent:
    """A test as a process of xdist sends it to the main one."""

    nodeid: str


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Iterator[None]:
    """Exclude the schema and all modules from garbage collections, which took a fifth of the CPU time of the tests."""
    gc.collect()
    gc.freeze()
    items = session.items
    if hasattr(session.config, "workerinput"):
        session.items = [_Sent(item.nodeid + _SEEDS * _reads_seeds(item)) for item in items]  # pyright: ignore
    yield
    session.items = items


class _FileScheduling(LoadScopeScheduling):
    """Distributes the tests of a file together; those that only read the seeds are a unit of their own.

    Half of the processes begin with the tests that only read the seeds, so that few processes load them. A process that
    has nothing else left helps the others.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] + (_SEEDS if nodeid.endswith(_SEEDS) else "")

    def _assign_work_unit(self, node: WorkerController) -> None:
        begins_with_seeds = self.nodes.index(node) < max(1, len(self.nodes) // 2)
        suitable = (scope for scope in self.workqueue if scope.endswith(_SEEDS) == begins_with_seeds)
        self.workqueue.move_to_end(next(suitable, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _FileScheduling(config, log)


_deselected = 0


def pytest_deselected(items: list[pytest.Item]) -> None:
    global _deselected
    _deselected += len(items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the number of deselected tests from a process of xdist to the main one, which collects no tests."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["deselected"] = _deselected


def pytest_testnodedown(node: WorkerController) -> None:
    global _deselected
    output: dict[str, int] = getattr(node, "workeroutput", {})  # empty if the process crashed
    _deselected = max(_deselected, output.get("deselected", 0))


_compared: Counter[str] = Counter()
"""What the tests of parity compared, from their properties."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name.startswith(PARITY):
                _compared[name.removeprefix(PARITY)] += int(str(value))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _deselected:
        terminalreporter.write_line(f"{_deselected} tests deselected")
    if _compared:
        terminalreporter.write_line(
            "Parity of the embedded database with Neo4j: {statements} statements in {answers} answers, {selections} "
            "selections in {pages} pages, {differences} differences".format_map(_compared)
        )


@pytest.fixture(scope="session")
def store_settings(tmp_path_factory: pytest.TempPathFactory) -> StoreSettings:
    """Settings of the session's database, for tests that open it once more."""
    if _DATABASE_URIS:
        process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        return StoreSettings(
            uri=_DATABASE_URIS[process],
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
        # To raise the limit for each stream takes ten times as long as the small streams here.
        opened._access._link = replace(opened._access.link, limit=None)
        yield opened


async def clear(store: Store) -> None:
    """Delete all that other tests left in the session's database."""

    async def work(writing: WriteTransaction) -> None:
        await writing.run(_CLEAR)
        await writing.mark_changed(Checksums())

    await store.write(work)


@pytest_asyncio.fixture
async def empty_store(store: Store) -> Store:
    """The session's database, cleared; for tests that write."""
    await clear(store)
    return store


_seeded_at: list[int] = []
"""The revision at which the session's database held the seeds and nothing else."""


async def load_seeds(store: Store) -> None:
    """Make the seeds the only content of the session's database."""
    if _seeded_at != [await store.revision()]:
        await load(store, [SEEDS], replace=True)
        _seeded_at[:] = [await store.revision()]


@pytest_asyncio.fixture
async def seeded_store(store: Store) -> Store:
    """The session's database with the seeds and nothing else; for tests that only read."""
    await load_seeds(store)
    return store


async def mark_seeds_changed(store: Store) -> None:
    """Increase the revision of `seeded_store` without a change of its facts, so that they are not loaded again."""

    async def work(writing: WriteTransaction) -> None:
        await writing.mark_changed(writing.checksums)

    await store.write(work)
    _seeded_at[:] = [await store.revision()]


@pytest_asyncio.fixture
async def proxied(store_settings: StoreSettings, empty_store: Store) -> AsyncIterator[tuple[Proxy, StoreSettings]]:
    """A proxy before the session's database, and settings that lead through it."""
    published = read_published(store_settings.data_dir) if store_settings.uri is None else None
    real = (
        replace(
            store_settings,
            uri=published.uri,
            user=published.user,
            password=published.password,
            database=published.database,
        )
        if published
        else store_settings
    )
    host, _, port = (real.uri or "").rpartition("/")[2].partition(":")
    proxy = Proxy(host, int(port))
    await proxy.listen()
    try:
        yield proxy, replace(real, uri=f"bolt://127.0.0.1:{proxy.port}", pool_size=4, retry_s=5.0)
    finally:
        await proxy.stop()


@pytest_asyncio.fixture(scope="session")
async def runner(store: Store) -> AsyncIterator[AnalysisRunner]:
    """Run the analyses of all tests, as to start a process for each takes longer than most of them."""
    async with AnalysisRunner(store, AnalysisLimits(time_s=60)) as opened:
        yield opened


class MetadataClock:
    """The clock by which cached checks of the metadata node expire, and with them the graph version."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead_s

    def expire_checks(self) -> None:
        """Let so much time pass that every check is repeated."""
        self._ahead_s += metadata.PROPAGATION_S


@pytest.fixture
def metadata_clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[MetadataClock]:
    clock = MetadataClock()
    monkeypatch.setattr(metadata, "time", clock)
    yield clock
    store._metadata.invalidate()  # its times are ahead of the real ones
