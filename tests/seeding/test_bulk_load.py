"""Bulk loads give the same graph as a load, hide it until it is complete, and continue after an interruption."""

import asyncio
import hashlib
import importlib
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from bench.proxy import Proxy
from graph.errors import CitygraphError, GraphLoading, SeedError, SeedProblem, StoreError, StoreUnavailable
from graph.iso_codes import InvalidValue
from graph.model import SCHEMA_VERSION
from graph.seeding import LoadResult, bulk_load, bulk_reader, export, load
from graph.seeding.current_graph import CurrentGraph
from graph.seeding.jsonl_format import FORMAT, FORMAT_VERSION
from graph.seeding.texts import normalise_text
from graph.store import Checksums, Statement, Store, StoreSettings, WriteTransaction, check_contents, metadata
from graph.store.metadata import READ_METADATA, SET_LOAD_PROGRESS
from tests.conditions import GIVE_UP_S
from tests.conftest import SEEDS
from tests.seeding.conftest import Write
from tests.seeding.helpers import CLEAR, read_graph
from tests.seeding.helpers import many_cities as cities
from tests.store.processes import children

COUNT = Statement.of_text("test/count", "MATCH (n:City) RETURN count(n) AS count")
HIDDEN = "the graph stays hidden"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_reader, "_CHUNK_LINES", 200)


async def saved_position(store: Store) -> str | None:
    async def read(transaction: WriteTransaction, _saved: str | None) -> str | None:
        return (await transaction.run(READ_METADATA))[0].loading

    return await store.write_loading(read, timeout_s=10)


async def clear(store: Store) -> None:
    """Delete the graph, also that of an unfinished bulk load."""

    async def delete(transaction: WriteTransaction, _saved: str | None) -> None:
        await transaction.run(CLEAR)
        await transaction.run(SET_LOAD_PROGRESS, {"loading": None})
        await transaction.set_checksums(Checksums())

    await store.write_loading(delete, timeout_s=30)


@pytest.fixture
def no_cached_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check the metadata node before every read, so that a load need not wait until cached checks have expired."""
    monkeypatch.setattr(metadata, "_FRESH_S", 0)
    monkeypatch.setattr(metadata, "_STALE_S", 0)
    monkeypatch.setattr(importlib.import_module("graph.seeding.bulk_load"), "PROPAGATION_S", 0)


@pytest_asyncio.fixture
async def target(empty_store: Store, no_cached_checks: None) -> AsyncIterator[Store]:
    """The empty store. It is cleared after the test, also if a load is unfinished."""
    yield empty_store
    await clear(empty_store)


async def export_files(store: Store, files: list[Path], name: str = "graph.jsonl") -> tuple[Path, CurrentGraph]:
    """Load the files, and return the graph as an export and as rows. The database is empty afterwards."""
    key = read_contents(files)
    if key not in _exports:
        with io.StringIO() as target:
            await load(store, files, replace=True)
            await export(store, target)
            _exports[key] = target.getvalue(), await read_graph(store)
            await clear(store)
    text, graph = _exports[key]
    return write_file(name, text), graph


def read_contents(paths: list[Path]) -> tuple[str, ...]:
    files = (file for path in paths for file in (sorted(path.rglob("*.*")) if path.is_dir() else [path]))
    return tuple(file.read_text(encoding="utf-8") for file in files)


def write_file(name: str, text: str) -> Path:
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


_exports: dict[tuple[str, ...], tuple[str, CurrentGraph]] = {}
"""Exports by the contents of the seed files, because several tests use the same ones."""


async def assert_graph(store: Store, expected: CurrentGraph) -> None:
    graph = await read_graph(store)
    assert graph.nodes == expected.nodes
    assert graph.relationships == expected.relationships


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def change_line(file: Path, line: int, **values: object) -> Path:
    """Return a copy of the export with other values in a line, and without digest."""
    content = lines(file)
    content[line - 1] = json.dumps({**json.loads(content[line - 1]), **values})
    end = json.loads(content[-1])
    end["end"].pop("sha256", None)
    content[-1] = json.dumps(end, separators=(",", ":"))
    Path("changed.jsonl").write_text("\n".join(content) + "\n")
    return Path("changed.jsonl")


def line_of(file: Path, text: str) -> int:
    return next(number for number, line in enumerate(lines(file), start=1) if text in line)


NAMES = {
    "joined letters look wrongly decoded": ("â€", "x"),
    "a joined number looks like a telephone number": ("Fax", "x 6001234567"),
}


# --- Complete loads --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bulk", [pytest.param(False, marks=pytest.mark.slow), True])
async def test_default_names_of_an_export_are_not_checked(target: Store, write: Write, name: str, bulk: bool) -> None:
    """A membership is named after its city and its network. The joined name can be one that no file may give."""
    city, network = NAMES[name]
    seeds = f"""x-s: &s [{{document: Document:d, quote: q}}]
documents: [{{id: Document:d, name: D}}]
cities: [{{id: City:c, name: "{city}", country: FI, sources: *s}}]
networks: [{{id: Network:n, name: "{network}", kind: CITY_NETWORK, sources: *s}}]
memberships: [{{id: Membership:m, city: City:c, network: Network:n, status: MEMBER, validFrom: UNKNOWN, sources: *s}}]
"""
    with pytest.raises(InvalidValue):
        normalise_text("name", f"{city} – {network}")
    file, expected = await export_files(target, write({"odd.yaml": seeds}))
    assert await (bulk_load(target, file) if bulk else load(target, [file]))
    await assert_graph(target, expected)


@pytest.mark.slow
@pytest.mark.parametrize("bulk", [False, True])
async def test_a_backup_of_texts_that_are_refused_today_loads(target: Store, write: Write, bulk: bool) -> None:
    """A later version of a check can refuse a text that an earlier one accepted."""
    file, _ = await export_files(target, write({"a.yaml": "documents: [{id: Document:d, name: Minutes}]"}))
    *before, end = file.read_text().replace("Minutes", "Fax +358 9 655 783").splitlines(keepends=True)
    digest = hashlib.sha256("".join(before).encode()).hexdigest()
    unsigned = re.sub(',"sha256":"[0-9a-f]+"', "", end)
    file.write_text("".join([*before, unsigned]))
    with pytest.raises(SeedError, match="telephone number"):
        await (bulk_load(target, file) if bulk else load(target, [file]))
    file.write_text("".join([*before, re.sub('"sha256":"[0-9a-f]+"', f'"sha256":"{digest}"', end)]))
    await (bulk_load(target, file, restart=True) if bulk else load(target, [file]))
    [document] = (await read_graph(target)).nodes.values()
    assert document["nameEn"] == "Fax +358 9 655 783"


@pytest.mark.slow
@pytest.mark.parametrize("bulk", [False, True])
async def test_texts_of_an_unchanged_export_are_cleaned(target: Store, write: Write, bulk: bool) -> None:
    """A digest is no signature: any program can write an export that contains one."""
    file, _ = await export_files(target, write({"a.yaml": "documents: [{id: Document:d, name: Minutes}]"}))
    original = file.read_text()

    async def load_name(name: str, *, place: str = '"sha256":"{}"') -> str:
        *before, end = original.replace('"Minutes"', json.dumps(name)).splitlines(keepends=True)
        digest = hashlib.sha256("".join(before).encode()).hexdigest()
        file.write_text("".join([*before, re.sub('"sha256":"[0-9a-f]+"', place.format(digest), end)]))
        await (bulk_load(target, file, restart=True) if bulk else load(target, [file]))
        [document] = (await read_graph(target)).nodes.values()
        return str(document["nameEn"])

    with pytest.raises(SeedError, match="`nameEn` has a line break"):
        await load_name("Fax +358\n9 655 783")
    with pytest.raises(SeedError, match="telephone number"):
        await load_name("Fax +358 9 655 783", place='"other":{{"sha256":"{}"}}')
    assert await load_name(" Fax\u200b +358\u00a09 655 783") == "Fax +358 9 655 783"


@pytest.mark.slow
async def test_bulk_load_gives_the_graph_of_a_load(
    target: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_reader, "_CHUNK_LINES", 2000)
    file, expected = await export_files(target, [SEEDS])
    revision = await target.revision()
    loaded = await bulk_load(target, file)
    assert loaded == LoadResult(len(expected.nodes), len(expected.relationships), changed=True)
    assert len(expected.nodes) + len(expected.relationships) > 10_000  # several chunks
    await assert_graph(target, expected)
    assert await target.revision() == revision + 1
    await export(target, Path("again.jsonl"))
    assert lines(Path("again.jsonl"))[1:-1] == lines(file)[1:-1]  # all but the revision, and so the digest
    await check_contents(target)


async def test_bulk_load_into_a_non_empty_database_is_refused(target: Store, write: Write, base: str) -> None:
    file, _ = await export_files(target, write({"other.yaml": base}))
    await load(target, write({"base.yaml": base}))
    before, revision = await read_graph(target), await target.revision()
    for restart in (False, True):
        with pytest.raises(StoreError, match="the database is not empty"):
            await bulk_load(target, file, restart=restart)
    await assert_graph(target, before)
    assert await target.revision() == revision


class StoppingProgress:
    """Progress that interrupts the load after some chunks."""

    def __init__(self, chunks: int) -> None:
        self._left = chunks + 1  # the first call reports the start position

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None:
        self._left -= 1
        if self._left == 0:
            raise InterruptedError

    def end(self) -> None: ...


@pytest.mark.slow
async def test_reads_and_writes_are_refused_during_a_load(target: Store, write: Write) -> None:
    [few, many] = write({"few.yaml": cities(1), "cities.yaml": cities(300)})
    file, expected = await export_files(target, [many])
    with pytest.raises(InterruptedError):
        await bulk_load(target, file, progress=StoppingProgress(2))
    assert not await target.ready()
    for reads in (target.read(COUNT), target.revision(), read_graph(target), export(target, Path("half.jsonl"))):
        with pytest.raises(GraphLoading):
            await reads
    with pytest.raises(GraphLoading):
        await load(target, [few])
    with pytest.raises(GraphLoading):
        await target.write(lambda transaction: transaction.run(COUNT))
    await bulk_load(target, file)
    assert await target.ready()
    await assert_graph(target, expected)
    assert not (await load(target, [many], replace=True)).changed


class SignallingProgress:
    """Progress that sets an event whenever the load advances."""

    def __init__(self) -> None:
        self.advanced = asyncio.Event()

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None:
        self.advanced.set()

    def end(self) -> None: ...


@pytest.mark.slow
async def test_readers_see_nothing_until_the_load_is_complete(empty_store: Store, write: Write) -> None:
    file, _ = await export_files(empty_store, write({"cities.yaml": cities(1000)}))
    counts: list[object] = [(await empty_store.read(COUNT))[0]["count"]]
    progress = SignallingProgress()
    loading = asyncio.create_task(bulk_load(empty_store, file, progress=progress))
    loading.add_done_callback(lambda _: progress.advanced.set())
    while not loading.done():
        await progress.advanced.wait()
        progress.advanced.clear()
        try:
            counts.append((await empty_store.read(COUNT))[0]["count"])
        except GraphLoading:
            counts.append("hidden")
    await loading
    counts.append((await empty_store.read(COUNT))[0]["count"])
    assert list(dict.fromkeys(counts)) == [0, "hidden", 1000]


@pytest.mark.slow
async def test_bulk_load_clears_the_ids_of_base_files(target: Store, write: Write) -> None:
    files = write({"cities.yaml": cities(2)})
    await load(target, files, base=True)
    file, expected = await export_files(target, files)
    await bulk_load(target, file)
    await load(target, write({"own.yaml": "documents: [{id: Document:own, name: O}]"}), base=True)
    assert expected.nodes.keys() <= (await read_graph(target)).nodes.keys()


# --- Interrupted loads -----------------------------------------------------------------------------

_LOADER = """
import asyncio, importlib, json, sys
from pathlib import Path
from graph.seeding import bulk_load
from graph.seeding import bulk_reader
from graph.store import Store, StoreSettings

bulk_reader._CHUNK_LINES = 200
importlib.import_module("graph.seeding.bulk_load").PROPAGATION_S = 0

class PrintProgress:
    def begin(self, what, total): print(what, flush=True)
    def advance(self, count): print("advanced", flush=True)
    def end(self): pass

async def main():
    values = json.loads(sys.argv[1])
    settings = StoreSettings(**{**values, "data_dir": Path(values["data_dir"])})
    async with Store.open(settings) as store:
        await store.prepare()
        await bulk_load(store, Path(sys.argv[2]), progress=PrintProgress())

asyncio.run(main())
"""


def kill_during_load(settings: StoreSettings, file: Path, chunks: int) -> None:
    """Load the file in another process, and kill it and its database after some chunks."""
    values = json.dumps({**asdict(settings), "data_dir": str(settings.data_dir)})
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_LOADER), values, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as loader:
        assert loader.stdout is not None
        left = chunks + 1  # the first line reports the start position
        for line in loader.stdout:
            left -= line.startswith("advanced")
            if left == 0:
                break
        assert loader.poll() is None
        for pid in (*children(loader.pid), loader.pid):
            with suppress(ProcessLookupError):  # a process may end when it loses another one
                os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [0, 2, 7])  # at the start, among the nodes, among the relationships
async def test_killed_load_stays_hidden_and_continues(
    target: Store, store_settings: StoreSettings, write: Write, chunks: int
) -> None:
    file, expected = await export_files(target, write({"cities.yaml": cities(1000)}))
    await asyncio.to_thread(kill_during_load, store_settings, file, chunks)
    position = bulk_reader.Position.from_json(await saved_position(target) or "") if chunks else None
    assert position is None or 200 * chunks <= position.line < 2000
    if position is not None:
        with pytest.raises(GraphLoading):
            await target.read(COUNT)
        other_text = re.sub(',"sha256":"[0-9a-f]+"', "", file.read_text().replace("City 7", "Town 7"))
        [other, _] = write({"other.jsonl": other_text, "x.yaml": ""})
        with pytest.raises(StoreError, match="unfinished bulk load of another file"):
            await bulk_load(target, other)
    assert await bulk_load(target, file) == LoadResult(len(expected.nodes), len(expected.relationships), changed=True)
    await assert_graph(target, expected)
    await check_contents(target)


@pytest.mark.slow
@pytest.mark.only_on("embedded")
async def test_load_continues_after_the_database_was_killed(
    target: Store, store_settings: StoreSettings, write: Write, tmp_path: Path
) -> None:
    file, expected = await export_files(target, write({"cities.yaml": cities(1000)}))
    settings = replace(store_settings, data_dir=tmp_path / "data", heap_mb=256)
    await asyncio.to_thread(kill_during_load, settings, file.absolute(), 3)
    async with Store.open(settings) as store:
        await store.prepare()
        assert not await store.ready()
        with pytest.raises(GraphLoading):
            await store.read(COUNT)
        await bulk_load(store, file)
        await assert_graph(store, expected)


@pytest.mark.slow
async def test_restart_deletes_the_unfinished_load(target: Store, store_settings: StoreSettings, write: Write) -> None:
    old, _ = await export_files(target, write({"old.yaml": cities(1000, "Old")}), "old.jsonl")
    new, expected = await export_files(target, write({"new.yaml": cities(300, "New")}), "new.jsonl")
    await asyncio.to_thread(kill_during_load, store_settings, old, 7)
    await bulk_load(target, new, restart=True)
    await assert_graph(target, expected)
    await check_contents(target)


class LosingProgress(StoppingProgress):
    """Progress that makes the database unreachable after some chunks."""

    def __init__(self, chunks: int, proxy: Proxy, fault: str) -> None:
        super().__init__(chunks)
        self._proxy, self._fault = proxy, fault

    def advance(self, count: int) -> None:
        try:
            super().advance(count)
        except InterruptedError:
            if self._fault == "silent":
                self._proxy.fault = "black hole"
            else:
                stopping = asyncio.ensure_future(self._proxy.stop())
                stopping.add_done_callback(lambda done: done.result())


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["stopped", "silent"])
async def test_load_that_loses_its_database_ends_with_an_error(
    target: Store, proxied: tuple[Proxy, StoreSettings], write: Write, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    # The next chunk is larger than the buffers between the load and its reader process.
    monkeypatch.setattr(bulk_reader, "_CHUNK_LINES", 2000)
    monkeypatch.setattr(importlib.import_module("graph.seeding.bulk_load"), "_STATEMENT_TIMEOUT_S", 2.0)
    write({})
    proxy, settings = proxied
    before = set(children(os.getpid()))
    async with asyncio.timeout(GIVE_UP_S), Store.open(replace(settings, retry_s=1.0)) as store:
        with pytest.raises(StoreUnavailable, match="the bulk load lost its database: ") as caught:
            await bulk_load(store, long_export(6000), progress=LosingProgress(1, proxy, fault))
    assert caught.value.hint.endswith("run the same command again, which continues the load")
    assert set(children(os.getpid())) == before


@pytest.mark.slow
async def test_two_concurrent_loads_give_one_graph(target: Store, write: Write) -> None:
    file, expected = await export_files(target, write({"cities.yaml": cities(300)}))
    results = await asyncio.gather(bulk_load(target, file), bulk_load(target, file), return_exceptions=True)
    errors = [result for result in results if not isinstance(result, LoadResult)]
    assert len(results) - len(errors) >= 1
    messages = {error.message for error in errors if isinstance(error, CitygraphError)}
    assert messages == {"another process is loading into the database"} or not errors  # none if both took turns
    await assert_graph(target, expected)


# --- The reader process ----------------------------------------------------------------------------

_PARENT = """
import asyncio, sys
from pathlib import Path
from graph.seeding import bulk_reader

bulk_reader._CHUNK_LINES = 200

async def main():
    async with bulk_reader.open_reader(Path(sys.argv[1]), bulk_reader.Position("")) as read_chunk:
        print((await read_chunk()).end.line, flush=True)
        await asyncio.Event().wait()  # until it is killed

asyncio.run(main())
"""


def long_export(lines: int) -> Path:
    text = "of the sea " * 200
    nodes = (json.dumps(node_entry(f"City:c{n:06}", nameEn=f"City {text}", country="FI")) for n in range(lines))
    header = {"format": FORMAT, "version": FORMAT_VERSION, "schema": SCHEMA_VERSION, "revision": 1}
    end = {"end": {"nodes": lines, "relationships": 0}}
    return write_file("long.jsonl", "\n".join([json.dumps(header), *nodes, json.dumps(end)]) + "\n")


def node_entry(node_id: str, **properties: object) -> dict[str, object]:
    return {"label": node_id.partition(":")[0], "id": node_id, "properties": {"basis": "STATED", **properties}}


@pytest.mark.slow
async def test_reader_returns_every_line_once_and_ends(write: Write) -> None:
    write({})
    file, before = long_export(1000), set(children(os.getpid()))
    async with bulk_reader.open_reader(file, bulk_reader.Position("")) as read_chunk:
        chunks = [await read_chunk() for _ in range(6)]
        assert [chunk.is_last for chunk in chunks] == [False] * 5 + [True]
    rows = [cast("dict[str, object]", row["properties"]) for chunk in chunks for row in chunk.nodes["City"]]
    assert [row["id"] for row in rows] == [f"City:c{n:06}" for n in range(1000)]
    assert set(children(os.getpid())) == before
    async with bulk_reader.open_reader(file, chunks[0].end) as read_chunk:
        assert (await read_chunk()).end == chunks[1].end
        assert len(set(children(os.getpid())) - before) == 1
    assert set(children(os.getpid())) == before


async def test_reader_whose_process_is_killed(write: Write) -> None:
    write({})
    before = set(children(os.getpid()))
    async with bulk_reader.open_reader(long_export(1000), bulk_reader.Position("")) as read_chunk:
        await read_chunk()
        [reader] = set(children(os.getpid())) - before
        os.kill(reader, signal.SIGKILL)
        with pytest.raises(SeedError, match="the load stopped before this line") as caught:  # some chunks are buffered
            for _ in range(6):
                await read_chunk()
    assert caught.value.problems[0].message == "the process that reads the file exited"


@pytest.mark.slow
async def test_reader_raises_the_errors_of_its_process(write: Write) -> None:
    write({})
    file = change_line(long_export(1000), 900, label="Network")
    async with bulk_reader.open_reader(file, bulk_reader.Position("")) as read_chunk:
        for _ in range(4):
            await read_chunk()
        with pytest.raises(SeedError, match="the load stopped before these lines") as caught:
            await read_chunk()
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [(str(file), 900)]
    async with bulk_reader.open_reader(Path("gone.jsonl"), bulk_reader.Position("")) as read_chunk:
        with pytest.raises(FileNotFoundError):
            await read_chunk()


@pytest.mark.slow
def test_reader_process_ends_if_its_parent_is_killed(write: Write) -> None:
    write({})
    command = [sys.executable, "-c", textwrap.dedent(_PARENT), str(long_export(3000))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "200\n"
        [reader] = children(parent.pid)
        process = os.pidfd_open(reader)
        parent.kill()
    select.select([process], [], [])  # readable once the process has ended
    os.close(process)


# --- Invalid files ---------------------------------------------------------------------------------


async def load_problems(store: Store, file: Path) -> list[tuple[int, str]]:
    with pytest.raises(SeedError) as caught:
        await bulk_load(store, file)
    assert {problem.file for problem in caught.value.problems} == {str(file)}
    assert (HIDDEN in caught.value.message) == (await saved_position(store) is not None)
    return [(problem.line, problem.message) for problem in caught.value.problems]


@pytest.mark.slow
async def test_problems_are_reported_before_anything_is_written(target: Store, write: Write, base: str) -> None:
    file, _ = await export_files(target, write({"base.yaml": base}))
    vantaa, tromso = line_of(file, '"id":"City:vantaa"'), line_of(file, '"id":"City:tromso"')
    membership = line_of(file, '"type":"IN"')
    country = {**json.loads(lines(file)[vantaa - 1])["properties"], "country": 7}
    cases: list[tuple[Path, list[tuple[int, str]]]] = []
    for line, values, message in (
        (vantaa, {"label": "Town"}, "`City:vantaa` is not an id of a Town"),
        (vantaa, {"id": "City:Vantaa"}, "`City:Vantaa` is not an id of a City"),
        (vantaa, {"properties": country}, "`country` has a value of another type: 7"),
        (vantaa, {"properties": {"country": "FI", "basis": "STATED"}}, "`City:vantaa` has no `name`"),
        (vantaa, {"id": "City:tromso"}, "the line is a duplicate or out of order"),
        (
            membership,
            {"type": "LOVES"},
            "`Membership:vantaa-safe-cities` cannot have a relationship LOVES to `Network:safe-cities`",
        ),
    ):
        content = change_line(file, line, **values).read_text()
        [case] = write({f"case{len(cases)}.jsonl": content})
        cases.append((case, [(line, message)]))
    assert tromso + 1 == vantaa
    for case, expected in cases:
        assert expected[0] in await load_problems(target, case), case
        assert await target.read(COUNT) == [{"count": 0}]


async def test_incomplete_or_foreign_file_is_refused(target: Store, write: Write, base: str) -> None:
    file, _ = await export_files(target, write({"base.yaml": base}))
    whole = [f"{line}\n" for line in lines(file)]
    [cut, torn, more, other, empty] = write(
        {
            "cut.jsonl": "".join(whole[:-1]),
            "torn.jsonl": "".join(whole)[:-3],
            "more.jsonl": "".join([*whole[:2], *whole[3:]]),
            "other.jsonl": '{"a": 1}\n',
            "empty.jsonl": "",
        }
    )
    assert await load_problems(target, cut) == [(len(whole) - 1, "the last line of the export is missing")]
    assert (await load_problems(target, torn))[0][0] in (len(whole) - 1, len(whole))
    assert await load_problems(target, more) == [(len(whole) - 1, "the lines before this one do not match its SHA-256")]
    assert await load_problems(target, other) == [(1, "the file is not an export of a graph")]
    assert (await load_problems(target, empty))[0][0] == 1


@pytest.mark.slow
async def test_problem_in_a_later_chunk_stops_the_load_until_restart(target: Store, write: Write) -> None:
    file, expected = await export_files(target, write({"cities.yaml": cities(500)}))
    missing = line_of(file, '"from":"City:c0400"')
    broken = change_line(file, missing, to="Citation:gone")
    assert await load_problems(target, broken) == [(missing, "there is no `Citation:gone`")]
    with pytest.raises(GraphLoading):
        await target.read(COUNT)
    await bulk_load(target, file, restart=True)
    await assert_graph(target, expected)


def test_problems_are_sorted_by_line() -> None:
    error = bulk_reader.to_seed_error(
        [SeedProblem("f", 2, "b", ""), SeedProblem("f", 1, "a", "")], bulk_reader.Position("x", offset=9)
    )
    assert [problem.line for problem in error.problems] == [1, 2]
    assert "--restart" in error.hint
