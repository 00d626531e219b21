"""Bulk loads: the graph that a plain load gives, hidden until it is there, and resumed where it was ended."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from graph.errors import Fault, GraphLoading, SeedError, StoreError
from graph.model import SCHEMA_VERSION
from graph.seeding import LoadResult, bulk_load, bulk_reader, export, load
from graph.seeding.current_graph import CurrentGraph
from graph.seeding.jsonl_format import FORMAT, FORMAT_VERSION
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from graph.store.schema import META, READ_METADATA, SET_LOAD_PROGRESS
from tests.conftest import SEEDS
from tests.seeding.conftest import Write
from tests.seeding.test_load import children, rows

COUNT = Statement.of_text("test/count", "MATCH (n:City) RETURN count(n) AS count")
CLEAR = Statement.of_text("test/clear", f"MATCH (n) WHERE NOT n:{META} DETACH DELETE n")
HIDDEN = "the graph stays hidden"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_reader, "_LINES", 200)


async def noted(store: Store) -> str | None:
    async def look(writing: WriteTransaction, _noted: str | None) -> str | None:
        return (await writing.run(READ_METADATA))[0].loading

    return await store.write_loading(look, timeout_s=10)


async def clear(store: Store) -> None:
    async def work(writing: WriteTransaction, _noted: str | None) -> None:
        await writing.run(CLEAR)
        await writing.run(SET_LOAD_PROGRESS, {"loading": None})

    await store.write_loading(work, timeout_s=30)


@pytest_asyncio.fixture
async def target(empty_store: Store) -> AsyncIterator[Store]:
    """The empty database; a load that a test leaves unfinished is cleared away."""
    yield empty_store
    await clear(empty_store)


async def exported(store: Store, files: list[Path], name: str = "graph.jsonl") -> tuple[Path, CurrentGraph]:
    """The graph that a plain load of the files gives: as an export, and as rows. The database is empty after it."""
    facts = contents(files)
    if facts not in _exported:
        with io.StringIO() as target:
            await load(store, files, replace=True)
            await export(store, target)
            _exported[facts] = target.getvalue(), await rows(store)
            await clear(store)
    text, held = _exported[facts]
    return written(name, text), held


def contents(paths: list[Path]) -> tuple[str, ...]:
    files = (each for path in paths for each in (sorted(path.rglob("*.*")) if path.is_dir() else [path]))
    return tuple(each.read_text(encoding="utf-8") for each in files)


def written(name: str, text: str) -> Path:
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


_exported: dict[tuple[str, ...], tuple[str, CurrentGraph]] = {}
"""By what the files say: several tests begin with the same facts."""


async def assert_holds(store: Store, expected: CurrentGraph) -> None:
    found = await rows(store)
    assert found.nodes == expected.nodes
    assert found.links == expected.links


def cities(count: int, name: str = "City") -> str:
    items = (f"  - {{id: City:c{n:04}, name: {name} {n}, country: FI, sources: *s}}\n" for n in range(count))
    source = 'x-s: &s [{document: Document:d, quote: "q"}]\ndocuments: [{id: Document:d, name: D}]\ncities:\n'
    return source + "".join(items)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


def changed(file: Path, line: int, **values: object) -> Path:
    """The export with other values in a line."""
    content = lines(file)
    content[line - 1] = json.dumps({**json.loads(content[line - 1]), **values})
    Path("changed.jsonl").write_text("\n".join(content) + "\n")
    return Path("changed.jsonl")


def line_of(file: Path, text: str) -> int:
    return next(number for number, line in enumerate(lines(file), start=1) if text in line)


# --- The whole of it -------------------------------------------------------------------------------


async def test_the_graph_is_that_of_a_plain_load(target: Store, write: Write) -> None:
    file, expected = await exported(target, [SEEDS])
    revision = await target.revision()
    loaded = await bulk_load(target, file)
    assert loaded == LoadResult(len(expected.nodes), len(expected.links), changed=True)
    assert len(expected.nodes) + len(expected.links) > 1000  # several chunks
    await assert_holds(target, expected)
    assert await target.revision() == revision + 1
    await export(target, Path("again.jsonl"))
    assert lines(Path("again.jsonl"))[1:] == lines(file)[1:]  # all but the revision
    assert not (await load(target, [SEEDS], replace=True)).changed


async def test_a_database_that_holds_a_graph_is_refused(target: Store, write: Write, base: str) -> None:
    file, _ = await exported(target, write({"other.yaml": base}))
    await load(target, write({"base.yaml": base}))
    before, revision = await rows(target), await target.revision()
    for restart in (False, True):
        with pytest.raises(StoreError, match="goes into an empty one"):
            await bulk_load(target, file, restart=restart)
    await assert_holds(target, before)
    assert await target.revision() == revision


class Stopping:
    """Progress that ends the load from within, after so many chunks."""

    def __init__(self, chunks: int) -> None:
        self._left = chunks + 1  # the first tells where the load begins

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None:
        self._left -= 1
        if self._left == 0:
            raise InterruptedError

    def end(self) -> None: ...


async def test_while_the_mark_stands_everything_else_is_refused(target: Store, write: Write) -> None:
    [few] = write({"few.yaml": cities(1)})
    file, expected = await exported(target, write({"cities.yaml": cities(300)}))
    with pytest.raises(InterruptedError):
        await bulk_load(target, file, progress=Stopping(2))
    assert not await target.ready()
    for reads in (target.read(COUNT), target.revision(), rows(target), export(target, Path("half.jsonl"))):
        with pytest.raises(GraphLoading):
            await reads
    with pytest.raises(GraphLoading):
        await load(target, [few])
    with pytest.raises(GraphLoading):
        await target.write(lambda writing: writing.run(COUNT))
    await bulk_load(target, file)
    assert await target.ready()
    await assert_holds(target, expected)


async def test_who_reads_meanwhile_sees_nothing_or_all(target: Store, write: Write) -> None:
    file, _ = await exported(target, write({"cities.yaml": cities(1000)}))
    assert await target.read(COUNT) == [{"count": 0}]
    seen: list[object] = []
    loading = asyncio.create_task(bulk_load(target, file))
    while not loading.done():
        try:
            seen.append((await target.read(COUNT))[0]["count"])
        except GraphLoading:
            seen.append("hidden")
        await asyncio.sleep(0.02)
    await loading
    seen.append((await target.read(COUNT))[0]["count"])
    assert list(dict.fromkeys(seen)) == [0, "hidden", 1000]


async def test_what_a_servers_own_files_stated_is_forgotten(target: Store, write: Write) -> None:
    files = write({"cities.yaml": cities(2)})
    await load(target, files, base=True)
    file, expected = await exported(target, files)
    await bulk_load(target, file)
    await load(target, write({"own.yaml": "documents: [{id: Document:own, name: O}]"}), base=True)
    assert expected.nodes.keys() <= (await rows(target)).nodes.keys()


# --- Ended before its end --------------------------------------------------------------------------

_LOADER = """
import asyncio, json, sys
from pathlib import Path
from graph.seeding import bulk_load
from graph.seeding import bulk_reader
from graph.store import Store, StoreSettings

bulk_reader._LINES = 200

class Told:
    def begin(self, what, total): print(what, flush=True)
    def advance(self, count): print("advanced", flush=True)
    def end(self): pass

async def main():
    given = json.loads(sys.argv[1])
    settings = StoreSettings(**{**given, "data_dir": Path(given["data_dir"])})
    async with Store.open(settings) as store:
        await store.prepare()
        await bulk_load(store, Path(sys.argv[2]), progress=Told())

asyncio.run(main())
"""


def killed_loading(settings: StoreSettings, file: Path, chunks: int) -> None:
    """Load the file in another process and kill it, and an engine that it owns, after so many chunks."""
    given = json.dumps({**asdict(settings), "data_dir": str(settings.data_dir)})
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_LOADER), given, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as loader:
        assert loader.stdout is not None
        left = chunks + 1  # the first tells where the load begins
        for line in loader.stdout:
            left -= line.startswith("advanced")
            if left == 0:
                break
        assert loader.poll() is None
        for pid in (*children(loader.pid), loader.pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("chunks", [0, 2, 7])  # at once, among the nodes, among the relationships
async def test_a_killed_load_stays_hidden_and_goes_on(
    target: Store, store_settings: StoreSettings, write: Write, chunks: int
) -> None:
    file, expected = await exported(target, write({"cities.yaml": cities(1000)}))
    await asyncio.to_thread(killed_loading, store_settings, file, chunks)
    position = bulk_reader.Position.of(await noted(target) or "") if chunks else None
    assert position is None or 200 * chunks <= position.line < 2000
    if position is not None:
        with pytest.raises(GraphLoading):
            await target.read(COUNT)
        [other, _] = write({"other.jsonl": file.read_text().replace("City 7", "Town 7"), "x.yaml": ""})
        with pytest.raises(StoreError, match="is of another file"):
            await bulk_load(target, other)
    assert await bulk_load(target, file) == LoadResult(len(expected.nodes), len(expected.links), changed=True)
    await assert_holds(target, expected)


@pytest.mark.only_on("embedded")
async def test_a_load_goes_on_where_the_database_was_killed_too(
    target: Store, store_settings: StoreSettings, write: Write, tmp_path: Path
) -> None:
    file, expected = await exported(target, write({"cities.yaml": cities(1000)}))
    settings = replace(store_settings, data_dir=tmp_path / "data", heap_mb=256)
    await asyncio.to_thread(killed_loading, settings, file.absolute(), 3)
    async with Store.open(settings) as store:
        await store.prepare()
        assert not await store.ready()
        with pytest.raises(GraphLoading):
            await store.read(COUNT)
        await bulk_load(store, file)
        await assert_holds(store, expected)


async def test_restart_deletes_what_was_left_and_loads_another_file(
    target: Store, store_settings: StoreSettings, write: Write
) -> None:
    old, _ = await exported(target, write({"old.yaml": cities(1000, "Old")}), "old.jsonl")
    new, expected = await exported(target, write({"new.yaml": cities(300, "New")}), "new.jsonl")
    await asyncio.to_thread(killed_loading, store_settings, old, 7)
    await bulk_load(target, new, restart=True)
    await assert_holds(target, expected)


async def test_two_loads_of_a_file_at_once_give_one_graph(target: Store, write: Write) -> None:
    file, expected = await exported(target, write({"cities.yaml": cities(300)}))
    done = await asyncio.gather(bulk_load(target, file), bulk_load(target, file), return_exceptions=True)
    refused = {str(each) for each in done if not isinstance(each, LoadResult)}
    assert len(done) - len(refused) >= 1
    assert refused <= {"another process loads into the database"}  # unless both went on step by step
    await assert_holds(target, expected)


# --- The process that reads ------------------------------------------------------------------------

_PARENT = """
import asyncio, sys
from pathlib import Path
from graph.seeding import bulk_reader

bulk_reader._LINES = 200

async def main():
    async with bulk_reader.open_reader(Path(sys.argv[1]), bulk_reader.Position("")) as read_on:
        print((await read_on()).after.line, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def long_export(lines: int) -> Path:
    text = "of the sea " * 200
    places = (json.dumps(stated(f"City:c{n:06}", nameEn=f"City {text}", country="FI")) for n in range(lines))
    header = {"format": FORMAT, "version": FORMAT_VERSION, "schema": SCHEMA_VERSION, "revision": 1}
    end = {"end": {"nodes": lines, "relationships": 0}}
    return written("long.jsonl", "\n".join([json.dumps(header), *places, json.dumps(end)]) + "\n")


def stated(node_id: str, **properties: object) -> dict[str, object]:
    return {"label": node_id.partition(":")[0], "id": node_id, "properties": {"basis": "STATED", **properties}}


async def test_every_line_is_read_once_and_the_process_ends(write: Write) -> None:
    write({})
    file, before = long_export(1000), set(children(os.getpid()))
    async with bulk_reader.open_reader(file, bulk_reader.Position("")) as read_on:
        chunks = [await read_on() for _ in range(6)]
        assert [chunk.ended for chunk in chunks] == [False] * 5 + [True]
    cities = [cast("dict[str, object]", row["properties"]) for chunk in chunks for row in chunk.nodes["City"]]
    assert [each["id"] for each in cities] == [f"City:c{n:06}" for n in range(1000)]
    assert set(children(os.getpid())) == before
    async with bulk_reader.open_reader(file, chunks[0].after) as read_on:
        assert (await read_on()).after == chunks[1].after
        assert len(set(children(os.getpid())) - before) == 1
    assert set(children(os.getpid())) == before


async def test_what_is_wrong_with_a_file_comes_from_the_process_that_reads(write: Write) -> None:
    write({})
    file = changed(long_export(1000), 900, label="Network")
    async with bulk_reader.open_reader(file, bulk_reader.Position("")) as read_on:
        for _ in range(4):
            await read_on()
        with pytest.raises(SeedError, match="the load stopped before them") as caught:
            await read_on()
    assert [(each.file, each.line) for each in caught.value.faults] == [(str(file), 900)]
    async with bulk_reader.open_reader(Path("gone.jsonl"), bulk_reader.Position("")) as read_on:
        with pytest.raises(FileNotFoundError):
            await read_on()


def test_who_is_killed_leaves_no_process_that_reads(write: Write) -> None:
    write({})
    command = [sys.executable, "-c", textwrap.dedent(_PARENT), str(long_export(3000))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "200\n"
        [reader] = children(parent.pid)
        parent.kill()
    deadline = time.monotonic() + 30
    while is_running(reader):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- Faulty files ----------------------------------------------------------------------------------


async def faults_of(store: Store, file: Path) -> list[tuple[int, str]]:
    with pytest.raises(SeedError) as caught:
        await bulk_load(store, file)
    assert {each.file for each in caught.value.faults} == {str(file)}
    assert (HIDDEN in caught.value.message) == (await noted(store) is not None)
    return [(each.line, each.message) for each in caught.value.faults]


async def test_faults_are_told_by_line_before_anything_is_marked(target: Store, write: Write, base: str) -> None:
    file, _ = await exported(target, write({"base.yaml": base}))
    vantaa, tromso = line_of(file, '"id":"City:vantaa"'), line_of(file, '"id":"City:tromso"')
    held = line_of(file, '"type":"IN"')
    country = {**json.loads(lines(file)[vantaa - 1])["properties"], "country": 7}
    cases: list[tuple[Path, list[tuple[int, str]]]] = []
    for line, values, message in (
        (vantaa, {"label": "Town"}, "`City:vantaa` is not an id of a Town"),
        (vantaa, {"id": "City:Vantaa"}, "`City:Vantaa` is not an id of a City"),
        (vantaa, {"properties": country}, "`country` is 7, which is not of its type"),
        (vantaa, {"properties": {"country": "FI", "basis": "STATED"}}, "`City:vantaa` has no `name`"),
        (vantaa, {"id": "City:tromso"}, "the line stands twice or out of order"),
        (held, {"type": "LOVES"}, "`Membership:vantaa-safe-cities` has no LOVES to `Network:safe-cities`"),
    ):
        content = changed(file, line, **values).read_text()
        [case] = write({f"case{len(cases)}.jsonl": content})
        cases.append((case, [(line, message)]))
    assert tromso + 1 == vantaa
    for case, expected in cases:
        found = await faults_of(target, case)
        assert expected[0] in found, case
        assert await target.read(COUNT) == [{"count": 0}]


async def test_a_file_that_is_cut_short_or_none_of_ours_is_refused_at_once(
    target: Store, write: Write, base: str
) -> None:
    file, _ = await exported(target, write({"base.yaml": base}))
    whole = [f"{each}\n" for each in lines(file)]
    [cut, torn, more, other, empty] = write(
        {
            "cut.jsonl": "".join(whole[:-1]),
            "torn.jsonl": "".join(whole)[:-3],
            "more.jsonl": "".join([*whole[:2], *whole[3:]]),
            "other.jsonl": '{"a": 1}\n',
            "empty.jsonl": "",
        }
    )
    assert await faults_of(target, cut) == [(len(whole) - 1, "the last line of the export is missing")]
    assert (await faults_of(target, torn))[0][0] in (len(whole) - 1, len(whole))
    assert "not as many as it says" in (await faults_of(target, more))[-1][1]
    assert await faults_of(target, other) == [(1, "the file is not an export of a graph")]
    assert (await faults_of(target, empty))[0][0] == 1


async def test_a_fault_far_down_stops_the_load_and_the_mended_file_is_loaded_by_restart(
    target: Store, write: Write
) -> None:
    file, expected = await exported(target, write({"cities.yaml": cities(500)}))
    loose = line_of(file, '"from":"City:c0400"')
    broken = changed(file, loose, to="Citation:gone")
    assert await faults_of(target, broken) == [(loose, "there is no `Citation:gone`")]
    with pytest.raises(GraphLoading):
        await target.read(COUNT)
    await bulk_load(target, file, restart=True)
    await assert_holds(target, expected)


def test_faults_sort_and_name_their_line() -> None:
    error = bulk_reader.to_seed_error(
        [Fault("f", 2, "b", ""), Fault("f", 1, "a", "")], bulk_reader.Position("x", offset=9)
    )
    assert [each.line for each in error.faults] == [1, 2]
    assert "--restart" in error.hint
