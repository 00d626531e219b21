"""Loading: what the graph holds after it, whatever it held before; all or nothing."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest

from graph.errors import SeedError
from graph.seeding import LoadResult, load
from graph.seeding.current_graph import CurrentGraph, read_current_graph
from graph.store import Statement, Store, StoreSettings
from tests.seeding.conftest import Write

S = '    sources: [{document: Document:minutes, quote: "sanottu"}]\n'


async def rows(store: Store) -> CurrentGraph:
    async with store.reading() as reading:
        return await read_current_graph(reading.run)


def city(slug: str, name: str = "A", more: str = "") -> str:
    return f"cities:\n  - id: City:{slug}\n    name: {name}\n    country: FI\n{more}{S}"


# --- What is stored ----------------------------------------------------------------------------------


async def test_stored_columns(empty_store: Store, write: Write, base: str) -> None:
    assert await load(empty_store, write({"base.yaml": base})) == LoadResult(7, 9, changed=True)
    found = await rows(empty_store)
    assert found.nodes["City:tromso"] == {
        "id": "City:tromso",
        "nameEn": "Tromsø",
        "nameSort": "tromso",
        "nameFolded": "tromso",
        "country": "NO",
        "otherNames": [],
        "basis": "STATED",
    }
    assert found.nodes["Membership:vantaa-safe-cities"] == {
        "id": "Membership:vantaa-safe-cities",
        "status": "MEMBER",
        "basis": "STATED",
        "nameEn": "Vantaa – Safe Cities",
        "nameSv": "Vanda – Safe Cities",
        "nameFi": "Vantaa – Turvalliset kaupungit",
        "nameSort": "vantaa – safe cities",
        "nameFolded": "vantaa – safe cities\nvanda – safe cities\nvantaa – turvalliset kaupungit",
        "validFrom": date(2020, 1, 1),
        "validFromPrecision": "YEAR",
        "validFromBound": "DATE",
        "validUntilBound": "OPEN",
        "shownFrom": date(2020, 1, 1),
    }
    [citation] = [key for key in found.nodes if key.startswith("Citation:")]
    assert found.nodes[citation] == {
        "id": citation,
        "page": "3",
        "quote": "kaupunki on verkoston jäsen",
        "nameEn": "Minutes, p. 3",
        "nameFi": "Pöytäkirja, s. 3",
        "nameSort": "minutes, p. 3",
        "nameFolded": "minutes, p. 3\npoytakirja, s. 3",
    }
    assert found.links["HOLDS", "City:vantaa", "Membership:vantaa-safe-cities"] == {
        "basis": "STATED",
        "sources": [citation],
        "statedUnder": "Membership:vantaa-safe-cities",
    }
    assert found.links["CITES", "City:vantaa", citation] == {
        "basis": "STATED",
        "supports": [],
        "statedUnder": "City:vantaa",
    }
    assert found.links["FROM", citation, "Document:minutes"] == {"statedUnder": citation}


async def test_other_names_are_found_too(empty_store: Store, write: Write, base: str) -> None:
    more = "    otherNames: [Bodø kommune, Bådåddjo, A]\n"
    await load(empty_store, write({"base.yaml": base, "a.yaml": city("a", "{en: A, fi: Ä}", more)}))
    found = (await rows(empty_store)).nodes["City:a"]
    assert found["otherNames"] == ["Bodø kommune", "Bådåddjo", "A"]
    assert (found["nameSort"], found["nameFolded"]) == ("a", "a\nbodo kommune\nbadaddjo")


@pytest.mark.parametrize(
    ("period", "shown"),
    [
        ("validFrom: 2020-05-01\nvalidUntil: 2024-01-01", ("2020-05-01", "2024-01-01", "2024-01-01")),
        ("validFrom: 2020-05-01\nvalidUntil: 2024", ("2020-05-01", "2024-01-01", "2025-01-01")),
        ("validFrom: 2020-05-01\nvalidUntil: 2023-12", ("2020-05-01", "2023-12-01", "2024-01-01")),
        ("validFrom: 2020-05-01\nvalidUntil: 2020", ("2020-05-01", "2020-05-02", "2021-01-01")),
        ("validUntil: 2020", (None, "2020-01-01", "2021-01-01")),
        ("validFrom: 2020-05-01\nvalidUntil: OPEN", ("2020-05-01", None, None)),
        ("attestedFrom: 2019-01-01\nattestedOn: 2023-12-31", ("2019-01-01", "2024-01-01", None)),
        ("attestedOn: 2023-11-27\nvalidUntil: OPEN", ("2023-11-27", None, None)),
        ("attestedFrom: 2020-02-29", ("2020-02-29", "2020-03-01", None)),
        ("validFrom: 2020", ("2020-01-01", "2020-01-02", None)),
        ("validUntil: OPEN", (None, None, None)),
    ],
)
async def test_shown_days(
    empty_store: Store, write: Write, base: str, period: str, shown: tuple[str | None, str | None, str | None]
) -> None:
    lines = period.replace("\n", "\n    ")
    inline = "{to: City:vantaa, " + period.replace("\n", ", ") + "}"
    text = (
        "workingGroups:\n  - id: WorkingGroup:a\n    network: Network:safe-cities\n"
        f"    {lines}\n    participants: {inline}\n{S}"
    )
    await load(empty_store, write({"base.yaml": base, "a.yaml": text}))
    found = await rows(empty_store)
    group = found.nodes["WorkingGroup:a"]
    link = found.links["PARTICIPATES_IN", "City:vantaa", "WorkingGroup:a"]
    for stored in (group, link):
        days = (stored.get(name) for name in ("shownFrom", "shownUntil", "standsUntil"))
        assert tuple(each and str(each) for each in days) == shown
    assert "nameSort" not in group


GONE = "MATCH (c:City {id: 'City:vantaa'}) DETACH DELETE c RETURN 1 AS one"


# --- Again, and differently --------------------------------------------------------------------------


async def test_loading_twice_writes_nothing(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base})
    before = await empty_store.revision()
    assert (await load(empty_store, paths)).changed
    assert await empty_store.revision() == before + 1
    sent: list[str] = []
    empty_store.observers.append(lambda name, text: sent.append(text))
    try:
        assert await load(empty_store, paths) == LoadResult(7, 9, changed=False)
        assert await load(empty_store, paths, replace=True) == LoadResult(7, 9, changed=False)
    finally:
        empty_store.observers.pop()
    assert await empty_store.revision() == before + 1
    assert [text for text in sent if any(word in text for word in ("SET", "MERGE", "DELETE", "CREATE"))] == []


async def test_a_servers_own_files_are_read_again_only_where_something_changed(
    empty_store: Store, write: Write, base: str
) -> None:
    sent: list[str] = []
    paths = write({"base.yaml": base})
    empty_store.observers.append(lambda name, _: sent.append(name))

    async def read_again() -> bool:
        sent.clear()
        loaded = await load(empty_store, paths, base=True)
        assert (loaded.nodes, loaded.relationships) == (len_nodes, len_links)
        return sent != ["seeding/found-base"]

    try:
        first = await load(empty_store, paths, base=True)
        len_nodes, len_links = first.nodes, first.relationships
        revision = await empty_store.revision()
        assert not await read_again()
        # Somebody loads a fact of their own; a node goes past us; a file changes.
        await load(empty_store, write({"more/a.yaml": city("a")}))
        assert (await read_again(), await read_again()) == (True, False)
        assert await empty_store.revision() == revision + 1
        await empty_store.write(lambda writing: writing.run(Statement.of_text("test/gone", GONE)))
        assert (await read_again(), await read_again()) == (True, False)
        assert "City:vantaa" in (await rows(empty_store)).nodes
        write({"base.yaml": base + "# a remark\n"})
        assert (await read_again(), await read_again()) == (True, False)
    finally:
        empty_store.observers.pop()


async def test_an_item_becomes_what_the_files_say(empty_store: Store, write: Write, base: str) -> None:
    await load(
        empty_store,
        write(
            {"base.yaml": base, "a.yaml": city("a", "{en: A, fi: Ä}", "    population: 3\n    populationYear: 2020\n")}
        ),
    )
    await load(empty_store, write({"a.yaml": city("a", "B")}))
    found = await rows(empty_store)
    assert {key: found.nodes["City:a"].get(key) for key in ("nameEn", "nameFi", "population", "nameFolded")} == {
        "nameEn": "B",
        "nameFi": None,
        "population": None,
        "nameFolded": "b",
    }
    # Nodes that no file names stay.
    assert "City:vantaa" in found.nodes


async def test_relationships_no_longer_stated_vanish(empty_store: Store, write: Write, base: str) -> None:
    project = (
        "projects:\n  - id: Project:p\n    name: P\n    validFrom: 2020\n    validUntil: OPEN\n"
        "    partners: [City:a, City:vantaa]\n" + S
    )
    await load(empty_store, write({"base.yaml": base, "a.yaml": city("a"), "p.yaml": project}))
    # The city does not state its partnership, the project does: loading the city leaves it alone.
    await load(empty_store, write({"a.yaml": city("a", "B")}))
    assert ("PARTNER_IN", "City:a", "Project:p") in (await rows(empty_store)).links
    await load(empty_store, write({"p.yaml": project.replace("City:a, ", "")}))
    links = (await rows(empty_store)).links
    assert [key for key in links if key[0] == "PARTNER_IN"] == [("PARTNER_IN", "City:vantaa", "Project:p")]


async def test_a_citation_written_out_goes_with_its_last_use(empty_store: Store, write: Write, base: str) -> None:
    named = "citations:\n  - {id: Citation:named, document: Document:minutes, quote: nimetty}\n"
    await load(empty_store, write({"base.yaml": base, "n.yaml": named, "a.yaml": city("a")}))
    quotes = {row.get("quote") for row in (await rows(empty_store)).nodes.values()} - {None}
    assert quotes == {"kaupunki on verkoston jäsen", "nimetty", "sanottu"}
    await load(empty_store, write({"a.yaml": city("a").replace("sanottu", "sanottu toisin")}))
    quotes = {row.get("quote") for row in (await rows(empty_store)).nodes.values()} - {None}
    assert quotes == {"kaupunki on verkoston jäsen", "nimetty", "sanottu toisin"}


async def test_default_names_follow_what_they_are_made_of(empty_store: Store, write: Write, base: str) -> None:
    own = (
        "memberships:\n  - id: Membership:tromso-safe-cities\n    name: Our own\n    city: City:tromso\n"
        "    network: Network:safe-cities\n    status: MEMBER\n    validFrom: 2020\n    validUntil: OPEN\n" + S
    )
    await load(empty_store, write({"base.yaml": base, "own.yaml": own}))
    renamed = "networks:\n  - id: Network:safe-cities\n    name: {en: Safer Cities}\n    kind: CITY_NETWORK\n" + S
    await load(empty_store, write({"renamed.yaml": renamed}))
    nodes = (await rows(empty_store)).nodes
    assert nodes["Membership:vantaa-safe-cities"]["nameEn"] == "Vantaa – Safer Cities"
    assert nodes["Membership:vantaa-safe-cities"]["nameSort"] == "vantaa – safer cities"
    assert "nameFi" not in nodes["Membership:vantaa-safe-cities"]
    assert nodes["Membership:tromso-safe-cities"]["nameEn"] == "Our own"


async def test_replace_leaves_only_the_files(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base})
    await load(empty_store, paths)
    only = await rows(empty_store)
    await load(empty_store, write({"a.yaml": city("a")}))
    assert await load(empty_store, paths, replace=True) == LoadResult(7, 9, changed=True)
    assert await rows(empty_store) == only


async def test_replace_does_not_lean_on_what_it_deletes(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    with pytest.raises(SeedError) as error:
        await load(empty_store, write({"a.yaml": city("a")}), replace=True)
    assert [str(each) for each in error.value.faults] == [
        "a.yaml:5: there is no `Document:minutes` (add it, or mend the id)"
    ]


# --- Refused -----------------------------------------------------------------------------------------


async def test_nothing_is_written_if_any_file_is_faulty(empty_store: Store, write: Write, base: str) -> None:
    before = await empty_store.revision()
    with pytest.raises(SeedError) as error:
        await load(empty_store, write({"base.yaml": base, "a.yaml": city("a").replace("FI", "XX")}))
    assert [each.message for each in error.value.faults] == ["`XX` is not an ISO 3166-1 country code"]
    assert (await rows(empty_store)).nodes == {}
    assert await empty_store.revision() == before


async def test_files_must_not_contradict_what_is_held(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    second = (
        "memberships:\n  - id: Membership:vantaa-safe-cities-2\n    city: City:vantaa\n"
        "    network: Network:safe-cities\n    status: MEMBER\n    validFrom: 2024-01-01\n    validUntil: OPEN\n" + S
    )
    with pytest.raises(SeedError) as error:
        await load(empty_store, write({"second.yaml": second}))
    assert [str(each) for each in error.value.faults] == [
        "second.yaml:6: two memberships of `City:vantaa` in `Network:safe-cities` overlap on 2024-01-01: "
        "`Membership:vantaa-safe-cities` (the database) and `Membership:vantaa-safe-cities-2` (second.yaml:2) "
        "(end the first before the second begins)"
    ]


# --- Killed ------------------------------------------------------------------------------------------

_LOADER = """
import asyncio, sys
from pathlib import Path
from graph.seeding import load
from graph.store import Store, StoreSettings

class Told:
    def begin(self, what, total): print(what, flush=True)
    def advance(self, count): print("advanced", flush=True)
    def end(self): print("end", flush=True)

async def main():
    settings = StoreSettings(data_dir=Path(sys.argv[1]), heap_mb=256, page_ram_mb=64, statement_timeout_s=30)
    async with Store.open(settings) as store:
        await store.prepare()
        await load(store, [Path(each) for each in sys.argv[2:]], replace=True, progress=Told())
        print("loaded", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


def killed_at(word: str, count: int, data_dir: Path, paths: list[Path]) -> None:
    """Load in another process and kill it, and the engine it owns, the `count`th time that it prints `word`."""
    command = [sys.executable, "-c", textwrap.dedent(_LOADER), str(data_dir), *map(str, paths)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(root)}
    ) as loader:
        assert loader.stdout is not None
        for line in loader.stdout:
            count -= line.startswith(word)
            if count == 0:
                break
        assert loader.poll() is None
        for pid in (*children(loader.pid), loader.pid):
            os.kill(pid, signal.SIGKILL)


def children(parent: int) -> list[int]:
    """The processes that a process started: here, the database's engine."""
    pids = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if parent_of(pid) == parent]


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None  # it has ended


def many(name: str) -> str:
    """Facts that are loaded in several batches."""
    items = (f"  - {{id: City:c{n}, name: {name} {n}, country: FI, sources: *s}}\n" for n in range(1500))
    return 'x-s: &s [{document: Document:d, quote: "q"}]\ndocuments: [{id: Document:d, name: D}]\ncities:\n' + "".join(
        items
    )


async def test_kill_during_a_load_leaves_the_old_graph_or_the_new(tmp_path: Path, write: Write) -> None:
    data_dir = tmp_path / "data"
    [old, new] = write({"old.yaml": many("Old"), "new.yaml": many("New")})
    count = Statement.of_text("test/names", "MATCH (c:City) RETURN split(c.nameEn, ' ')[0] AS name, count(*) AS count")

    async def names() -> list[dict[str, object]]:
        settings = StoreSettings(data_dir=data_dir, heap_mb=256, page_ram_mb=64, statement_timeout_s=30)
        async with Store.open(settings) as store:
            return await store.read(count)

    await asyncio.to_thread(killed_at, "loaded", 1, data_dir, [old])
    # After one file read, one batch of cities was sent and another is under way; nothing was committed.
    await asyncio.to_thread(killed_at, "advanced", 2, data_dir, [new])
    assert await names() == [{"name": "Old", "count": 1500}]


# --- A server's own files ----------------------------------------------------------------------------


async def test_what_a_servers_files_no_longer_state_vanishes(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base, "more.yaml": city("gone") + city("kept")[8:]}), base=True)
    await load(empty_store, write({"own.yaml": city("own")}))
    await load(empty_store, write({"restated.yaml": city("kept", "B")}))
    assert (await load(empty_store, write({"base.yaml": base}), base=True)).changed
    found = await rows(empty_store)
    assert {"City:own", "City:kept"} <= found.nodes.keys()
    assert "City:gone" not in found.nodes
    assert not (await load(empty_store, write({"base.yaml": base}), base=True)).changed


async def test_servers_files_may_end_one_life_and_begin_another(empty_store: Store, write: Write, base: str) -> None:
    life = """memberships:
  - id: Membership:tromso-safe-cities{}
    status: MEMBER
    city: City:tromso
    network: Network:safe-cities
    validFrom: 2020
    validUntil: OPEN
"""
    await load(empty_store, write({"base.yaml": base, "life.yaml": life.format("") + S}), base=True)
    await load(empty_store, write({"base.yaml": base, "life.yaml": life.format("-2") + S}), base=True)
    found = await rows(empty_store)
    assert {each for each in found.nodes if "tromso-safe" in each} == {"Membership:tromso-safe-cities-2"}
