"""Loading seed files: the stored graph, repeated loads, invalid files and interrupted loads."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest

from graph.errors import SeedError, StoreDamaged
from graph.model import PERIOD_COLUMNS
from graph.seeding import LoadResult, load
from graph.store import Statement, Store, StoreSettings, accept_contents
from tests.seeding.conftest import Write
from tests.seeding.helpers import many_cities, read_graph
from tests.store.processes import children

S = '    sources: [{document: Document:minutes, quote: "sanottu"}]\n'


def city(slug: str, name: str = "A", more: str = "") -> str:
    return f"cities:\n  - id: City:{slug}\n    name: {name}\n    country: FI\n{more}{S}"


# --- What is stored ----------------------------------------------------------------------------------


async def test_stored_columns(empty_store: Store, write: Write, base: str) -> None:
    assert await load(empty_store, write({"base.yaml": base})) == LoadResult(7, 9, changed=True)
    graph = await read_graph(empty_store)
    assert graph.nodes["City:tromso"] == {
        "id": "City:tromso",
        "nameEn": "Tromsø",
        "nameSort": "tromso",
        "nameSortSv": "troms}",
        "nameSortFi": "troms}",
        "nameFolded": "tromso",
        "country": "NO",
        "otherNames": [],
        "basis": "STATED",
    }
    assert graph.nodes["Membership:vantaa-safe-cities"] == {
        "id": "Membership:vantaa-safe-cities",
        "status": "MEMBER",
        "basis": "STATED",
        "nameEn": "Vantaa – Safe Cities",
        "nameSv": "Vanda – Safe Cities",
        "nameFi": "Vantaa – Turvalliset kaupungit",
        "nameSort": "vantaa - safe cities",
        "nameSortSv": "vanda - safe cities",
        "nameSortFi": "vantaa - turvalliset kaupungit",
        "nameFolded": "vantaa - safe cities\nvanda - safe cities\nvantaa - turvalliset kaupungit",
        "validFrom": date(2020, 1, 1),
        "validFromPrecision": "YEAR",
        "validFromBound": "DATE",
        "validUntilBound": "OPEN",
        "possibleFrom": date(2020, 1, 1),
        "shownFrom": date(2020, 1, 1),
        "shownUntil": date(2020, 1, 2),
        "lapsesOn": date(2035, 1, 2),
        "standsUntil": date(9999, 12, 31),
    }
    [citation] = [key for key in graph.nodes if key.startswith("Citation:")]
    assert graph.nodes[citation] == {
        "id": citation,
        "page": "3",
        "quote": "kaupunki on verkoston jäsen",
        "wording": "VERBATIM",
        "nameEn": "Minutes, p. 3",
        "nameFi": "Pöytäkirja, s. 3",
        "nameSort": "minutes, p. 3",
        "nameSortFi": "p}yt|kirja, s. 3",
        "nameFolded": "minutes, p. 3\npoytakirja, s. 3",
    }
    assert graph.relationships["HOLDS", "City:vantaa", "Membership:vantaa-safe-cities"] == {
        "basis": "STATED",
        "sources": [citation],
        "statedUnder": "Membership:vantaa-safe-cities",
    }
    assert graph.relationships["CITES", "City:vantaa", citation] == {
        "basis": "STATED",
        "supports": [],
        "statedUnder": "City:vantaa",
    }
    assert graph.relationships["FROM", citation, "Document:minutes"] == {"statedUnder": citation}


async def test_other_names_are_folded_for_search(empty_store: Store, write: Write, base: str) -> None:
    more = "    otherNames: [Bodø kommune, Bådåddjo, A]\n"
    await load(empty_store, write({"base.yaml": base, "a.yaml": city("a", "{en: A, fi: Ä}", more)}))
    graph = (await read_graph(empty_store)).nodes["City:a"]
    assert graph["otherNames"] == ["Bodø kommune", "Bådåddjo", "A"]
    assert (graph["nameSort"], graph["nameFolded"]) == ("a", "a\nbodo kommune\nbadaddjo")


EVER, NEVER = "0001-01-01", "9999-12-31"


@pytest.mark.parametrize(
    ("period", "stored"),
    [
        ("validFrom: 2020-05-01\nvalidUntil: 2024-01-01", "2020-05-01 2020-05-01 2024-01-01 2039-01-01 2024-01-01"),
        ("validFrom: 2020-05-01\nvalidUntil: 2024", "2020-05-01 2020-05-01 2024-01-01 2039-01-01 2025-01-01"),
        ("validFrom: 2020-05-01\nvalidUntil: 2023-12", "2020-05-01 2020-05-01 2023-12-01 2038-12-01 2024-01-01"),
        ("validFrom: 2020-05-01\nvalidUntil: 2020", "2020-05-01 2020-05-01 2020-05-02 2035-05-02 2021-01-01"),
        ("validUntil: 2020", f"{EVER} 2019-12-31 2020-01-01 2035-01-01 2021-01-01"),
        ("validFrom: 2020-05-01\nvalidUntil: OPEN", f"2020-05-01 2020-05-01 2020-05-02 2035-05-02 {NEVER}"),
        ("attestedFrom: 2019-01-01\nattestedOn: 2023-12-31", f"{EVER} 2019-01-01 2024-01-01 2039-01-01 {NEVER}"),
        ("attestedOn: 2023-11-27\nvalidUntil: OPEN", f"{EVER} 2023-11-27 2023-11-28 2038-11-28 {NEVER}"),
        ("attestedFrom: 2020-02-28", f"{EVER} 2020-02-28 2020-02-29 2035-03-01 {NEVER}"),
        ("validFrom: 2020", f"2020-01-01 2020-01-01 2020-01-02 2035-01-02 {NEVER}"),
        ("validUntil: OPEN", ""),
    ],
)
async def test_stored_dates_of_a_period(empty_store: Store, write: Write, base: str, period: str, stored: str) -> None:
    lines = period.replace("\n", "\n    ")
    inline = "{to: City:vantaa, " + period.replace("\n", ", ") + "}"
    text = (
        "workingGroups:\n  - id: WorkingGroup:a\n    network: Network:safe-cities\n"
        f"    {lines}\n    participants: {inline}\n{S}"
    )
    await load(empty_store, write({"base.yaml": base, "a.yaml": text}))
    graph = await read_graph(empty_store)
    group = graph.nodes["WorkingGroup:a"]
    participation = graph.relationships["PARTICIPATES_IN", "City:vantaa", "WorkingGroup:a"]
    for row in (group, participation):
        assert " ".join(str(row[name]) for name in PERIOD_COLUMNS if name in row) == stored
    assert [group[name] for name in ("nameEn", "nameFi", "nameSort")] == [
        "Safe Cities – unnamed working group",
        "Turvalliset kaupungit – nimetön työryhmä",
        "safe cities - unnamed working group",
    ]


@pytest.mark.parametrize(("outcome", "until"), [("APPROVED", "2026-01-01"), ("TABLED", "2023-11-28")])
async def test_a_decided_term_covers_its_days(
    empty_store: Store, write: Write, base: str, outcome: str, until: str
) -> None:
    text = (
        "memberships:\n  - id: Membership:b\n    city: City:vantaa\n    network: Network:b\n    status: MEMBER\n"
        f"    attestedOn: 2023-11-27\n{S}"
        "membershipTerms:\n  - id: MembershipTerm:b\n    membership: Membership:b\n    decision: Decision:b\n"
        f"    validFrom: 2024-01-01\n    validUntil: 2026-01-01\n{S}"
        "decisions:\n  - id: Decision:b\n    name: B\n    body: Unit:office\n"
        f"    date: 2023-11-27\n    outcome: {outcome}\n{S}"
        f"networks:\n  - id: Network:b\n    name: B\n    kind: CITY_NETWORK\n{S}"
    )
    await load(empty_store, write({"base.yaml": base, "a.yaml": text}))
    row = (await read_graph(empty_store)).nodes["Membership:b"]
    assert [str(row[name]) for name in ("shownFrom", "shownUntil")] == ["2023-11-27", until]


async def test_roles_have_the_period_of_their_collaboration(empty_store: Store, write: Write, base: str) -> None:
    text = (
        f"cities:\n  - id: City:oslo\n    name: Oslo\n    country: NO\n{S}"
        "projects:\n  - id: Project:p\n    name: P\n    validFrom: 2020-01-01\n    validUntil: 2021-01-01\n"
        f"    partners: [City:vantaa]\n{S}"
        "twinnings:\n  - id: Twinning:oslo-vantaa\n    cities: [City:oslo, City:vantaa]\n    validFrom: 1950-01-01\n"
        f"{S}workingGroups:\n  - id: WorkingGroup:w\n    name: W\n    network: Network:safe-cities\n"
        "    validUntil: 2022-01-01\n"
        f"    participants: {{to: City:vantaa, validFrom: 2020-01-01, attestedOn: 2021-06-01}}\n{S}"
    )
    await load(empty_store, write({"base.yaml": base, "a.yaml": text}))
    rows = (await read_graph(empty_store)).relationships
    stored = {
        key[0]: " ".join(str(rows[key][name]) for name in PERIOD_COLUMNS)
        for key in (
            ("PARTNER_IN", "City:vantaa", "Project:p"),
            ("JOINS", "Twinning:oslo-vantaa", "City:oslo"),
            ("PARTICIPATES_IN", "City:vantaa", "WorkingGroup:w"),
        )
    }
    assert stored == {
        "PARTNER_IN": "2020-01-01 2020-01-01 2021-01-01 2036-01-01 2021-01-01",
        "JOINS": f"1950-01-01 1950-01-01 1950-01-02 {NEVER} {NEVER}",
        "PARTICIPATES_IN": "2020-01-01 2020-01-01 2021-06-02 2036-06-02 2022-01-01",
    }


DELETE_CITY = Statement.of_text("test/delete-city", "MATCH (c:City {id: 'City:vantaa'}) DETACH DELETE c")


# --- Repeated loads ------------------------------------------------------------------------------------


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


async def test_base_files_are_read_again_only_after_a_change(empty_store: Store, write: Write, base: str) -> None:
    sent: list[str] = []
    paths = write({"base.yaml": base})
    empty_store.observers.append(lambda name, _: sent.append(name))

    async def read_again() -> bool:
        sent.clear()
        loaded = await load(empty_store, paths, base=True)
        assert (loaded.nodes, loaded.relationships) == (node_count, relationship_count)
        return sent != ["seeding/find-loaded"]

    try:
        first = await load(empty_store, paths, base=True)
        node_count, relationship_count = first.nodes, first.relationships
        revision = await empty_store.revision()
        assert not await read_again()
        # Another load adds a node; a node is deleted by other means; a file changes.
        await load(empty_store, write({"more/a.yaml": city("a")}))
        assert (await read_again(), await read_again()) == (True, False)
        assert await empty_store.revision() == revision + 1
        await empty_store.write(lambda transaction: transaction.run(DELETE_CITY))
        with pytest.raises(StoreDamaged, match="City: 3 written, 2 found"):
            await read_again()
        await accept_contents(empty_store)
        assert (await read_again(), await read_again()) == (True, False)
        assert "City:vantaa" in (await read_graph(empty_store)).nodes
        write({"base.yaml": base + "# a remark\n"})
        assert (await read_again(), await read_again()) == (True, False)
    finally:
        empty_store.observers.pop()


async def test_loading_a_node_replaces_its_properties(empty_store: Store, write: Write, base: str) -> None:
    await load(
        empty_store,
        write(
            {"base.yaml": base, "a.yaml": city("a", "{en: A, fi: Ä}", "    population: 3\n    populationYear: 2020\n")}
        ),
    )
    await load(empty_store, write({"a.yaml": city("a", "B")}))
    graph = await read_graph(empty_store)
    assert {key: graph.nodes["City:a"].get(key) for key in ("nameEn", "nameFi", "population", "nameFolded")} == {
        "nameEn": "B",
        "nameFi": None,
        "population": None,
        "nameFolded": "b",
    }
    # Nodes that are not in the files stay.
    assert "City:vantaa" in graph.nodes


async def test_relationships_no_longer_in_the_file_are_deleted(empty_store: Store, write: Write, base: str) -> None:
    project = (
        "projects:\n  - id: Project:p\n    name: P\n    validFrom: 2020\n    validUntil: OPEN\n"
        "    partners: [City:a, City:vantaa]\n" + S
    )
    await load(empty_store, write({"base.yaml": base, "a.yaml": city("a"), "p.yaml": project}))
    # The partnership is written under the project, so loading the city does not change it.
    await load(empty_store, write({"a.yaml": city("a", "B")}))
    assert ("PARTNER_IN", "City:a", "Project:p") in (await read_graph(empty_store)).relationships
    await load(empty_store, write({"p.yaml": project.replace("City:a, ", "")}))
    relationships = (await read_graph(empty_store)).relationships
    assert [key for key in relationships if key[0] == "PARTNER_IN"] == [("PARTNER_IN", "City:vantaa", "Project:p")]


async def test_unused_inline_citation_is_deleted(empty_store: Store, write: Write, base: str) -> None:
    named = "citations:\n  - {id: Citation:named, document: Document:minutes, quote: nimetty}\n"
    await load(empty_store, write({"base.yaml": base, "n.yaml": named, "a.yaml": city("a")}))
    quotes = {row.get("quote") for row in (await read_graph(empty_store)).nodes.values()} - {None}
    assert quotes == {"kaupunki on verkoston jäsen", "nimetty", "sanottu"}
    await load(empty_store, write({"a.yaml": city("a").replace("sanottu", "sanottu toisin")}))
    quotes = {row.get("quote") for row in (await read_graph(empty_store)).nodes.values()} - {None}
    assert quotes == {"kaupunki on verkoston jäsen", "nimetty", "sanottu toisin"}


async def test_inline_citation_states_whose_words_it_has(empty_store: Store, write: Write, base: str) -> None:
    summary = city("b", "B").replace('quote: "sanottu"', "quote: summed up, wording: SUMMARY")
    await load(empty_store, write({"base.yaml": base, "a.yaml": city("a"), "b.yaml": summary}))
    nodes = (await read_graph(empty_store)).nodes.values()
    wordings = {row["quote"]: row["wording"] for row in nodes if row["id"].startswith("Citation:")}
    assert (wordings["sanottu"], wordings["summed up"]) == ("VERBATIM", "SUMMARY")


async def test_default_names_follow_the_names_of_related_nodes(empty_store: Store, write: Write, base: str) -> None:
    own = (
        "memberships:\n  - id: Membership:tromso-safe-cities\n    name: Our own\n    city: City:tromso\n"
        "    network: Network:safe-cities\n    status: MEMBER\n    validFrom: 2020\n    validUntil: OPEN\n" + S
    )
    await load(empty_store, write({"base.yaml": base, "own.yaml": own}))
    renamed = "networks:\n  - id: Network:safe-cities\n    name: {en: Safer Cities}\n    kind: CITY_NETWORK\n" + S
    await load(empty_store, write({"renamed.yaml": renamed}))
    nodes = (await read_graph(empty_store)).nodes
    assert nodes["Membership:vantaa-safe-cities"]["nameEn"] == "Vantaa – Safer Cities"
    assert nodes["Membership:vantaa-safe-cities"]["nameSort"] == "vantaa - safer cities"
    assert "nameFi" not in nodes["Membership:vantaa-safe-cities"]
    assert nodes["Membership:tromso-safe-cities"]["nameEn"] == "Our own"


async def test_replace_deletes_everything_else(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base})
    await load(empty_store, paths)
    only = await read_graph(empty_store)
    await load(empty_store, write({"a.yaml": city("a")}))
    assert await load(empty_store, paths, replace=True) == LoadResult(7, 9, changed=True)
    assert await read_graph(empty_store) == only


async def test_replace_cannot_refer_to_deleted_nodes(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    with pytest.raises(SeedError) as error:
        await load(empty_store, write({"a.yaml": city("a")}), replace=True)
    assert [str(problem) for problem in error.value.problems] == [
        "a.yaml:5: there is no `Document:minutes` (add it, or correct the id)"
    ]


# --- Invalid files -----------------------------------------------------------------------------------------


async def test_invalid_file_prevents_all_writes(empty_store: Store, write: Write, base: str) -> None:
    before = await empty_store.revision()
    with pytest.raises(SeedError) as error:
        await load(empty_store, write({"base.yaml": base, "a.yaml": city("a").replace("FI", "XX")}))
    assert [problem.message for problem in error.value.problems] == ["`XX` is not an ISO 3166-1 country code"]
    assert (await read_graph(empty_store)).nodes == {}
    assert await empty_store.revision() == before


async def test_files_must_not_contradict_the_database(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    second = (
        "memberships:\n  - id: Membership:vantaa-safe-cities-2\n    city: City:vantaa\n"
        "    network: Network:safe-cities\n    status: MEMBER\n    validFrom: 2024-01-01\n    validUntil: OPEN\n" + S
    )
    with pytest.raises(SeedError) as error:
        await load(empty_store, write({"second.yaml": second}))
    assert [str(problem) for problem in error.value.problems] == [
        "second.yaml:6: two memberships of `City:vantaa` in `Network:safe-cities` overlap on 2024-01-01: "
        "`Membership:vantaa-safe-cities` (the database) and `Membership:vantaa-safe-cities-2` (second.yaml:2) "
        "(end the first before the second begins)"
    ]


# --- Killed loads ------------------------------------------------------------------------------------------

_LOADER = """
import asyncio, sys
from pathlib import Path
from graph.seeding import load
from graph.store import Store, StoreSettings

class PrintProgress:
    def begin(self, what, total): print(what, flush=True)
    def advance(self, count): print("advanced", flush=True)
    def end(self): print("end", flush=True)

async def main():
    settings = StoreSettings(data_dir=Path(sys.argv[1]), heap_mb=256, page_ram_mb=64, statement_timeout_s=30)
    async with Store.open(settings) as store:
        await store.prepare()
        await load(store, [Path(path) for path in sys.argv[2:]], replace=True, progress=PrintProgress())
        print("loaded", flush=True)
        await asyncio.Event().wait()  # until it is killed

asyncio.run(main())
"""


def kill_when_printed(word: str, count: int, data_dir: Path, paths: list[Path]) -> None:
    """Load in another process, and kill it and its database the `count`th time that it prints `word`."""
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


@pytest.mark.slow
async def test_killed_load_leaves_the_old_graph(tmp_path: Path, write: Write) -> None:
    data_dir = tmp_path / "data"
    [old, new] = write({"old.yaml": many_cities(1500, "Old"), "new.yaml": many_cities(1500, "New")})
    count = Statement.of_text("test/names", "MATCH (c:City) RETURN split(c.nameEn, ' ')[0] AS name, count(*) AS count")

    async def names() -> list[dict[str, object]]:
        settings = StoreSettings(data_dir=data_dir, heap_mb=256, page_ram_mb=64, statement_timeout_s=30)
        async with Store.open(settings) as store:
            return await store.read(count)

    await asyncio.to_thread(kill_when_printed, "loaded", 1, data_dir, [old])
    # One file has been read and one batch of cities sent. Nothing has been committed.
    await asyncio.to_thread(kill_when_printed, "advanced", 2, data_dir, [new])
    assert await names() == [{"name": "Old", "count": 1500}]


# --- Base files ---------------------------------------------------------------------------------------


async def test_nodes_no_longer_in_base_files_are_deleted(empty_store: Store, write: Write, base: str) -> None:
    await load(
        empty_store, write({"base.yaml": base, "more.yaml": city("gone", "Gone") + city("kept", "Kept")[8:]}), base=True
    )
    await load(empty_store, write({"own.yaml": city("own", "Own")}))
    await load(empty_store, write({"restated.yaml": city("kept", "B")}))
    assert (await load(empty_store, write({"base.yaml": base}), base=True)).changed
    graph = await read_graph(empty_store)
    assert {"City:own", "City:kept"} <= graph.nodes.keys()
    assert "City:gone" not in graph.nodes
    assert not (await load(empty_store, write({"base.yaml": base}), base=True)).changed


async def test_base_files_can_replace_a_membership(empty_store: Store, write: Write, base: str) -> None:
    membership = """memberships:
  - id: Membership:tromso-safe-cities{}
    status: MEMBER
    city: City:tromso
    network: Network:safe-cities
    validFrom: 2020
    validUntil: OPEN
"""
    await load(empty_store, write({"base.yaml": base, "membership.yaml": membership.format("") + S}), base=True)
    await load(empty_store, write({"base.yaml": base, "membership.yaml": membership.format("-2") + S}), base=True)
    graph = await read_graph(empty_store)
    assert {node_id for node_id in graph.nodes if "tromso-safe" in node_id} == {"Membership:tromso-safe-cities-2"}
