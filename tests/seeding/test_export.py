"""An export contains the whole graph of one revision, and loading it restores the graph."""

import gzip
import hashlib
import io
import json
import re
import stat
from itertools import count
from pathlib import Path

import pytest

from graph.errors import SeedError, StoreDamaged, StoreError
from graph.seeding import ExportResult, LoadResult, bulk_load, export, load, verify
from graph.store import (
    Checksums,
    Statement,
    Store,
    WriteTransaction,
    accept_contents,
    check_contents,
    check_counts,
)
from tests.conftest import SEEDS
from tests.seeding.conftest import Write
from tests.seeding.helpers import clear, read_graph


class ChangingStore(Store):
    """A store whose graph changes at the end of each of the first `times` export attempts."""

    def __init__(self, store: Store, times: int) -> None:
        vars(self).update(vars(store))
        self.times = times
        self.calls = 0

    async def checksums(self) -> tuple[int, Checksums | None]:
        self.calls += 1
        if self.calls % 2 == 0 and self.times:
            self.times -= 1
            await self.write(change)
        return await super().checksums()


async def change(transaction: WriteTransaction) -> None:
    await transaction.mark_changed(None)


ODD = """\
documents:
  - id: Document:odd
    name: {en: "A line, a \\"quote\\" and a \\\\", fi: "Ääkköset"}
    note: "A\\u2028line\\n\\tand a tab"
    url: https://example.org/?q=ä
cities:
  - id: City:odd
    name: Odd
    country: IS
    latitude: 0.1
    longitude: -179.99999999999997
    sources: [{document: Document:odd, quote: "½ – …", supports: [latitude, longitude], basis: EDITORIAL}]
networks:
  - id: Network:odd
    name: {sv: Udda}
    kind: CITY_NETWORK
    founded: 1999-12
    sources: [{document: Document:odd, quote: "½ – …"}]
    fundedNetworks: null
    feeRules: [FeeRule:odd]
feeRules:
  - id: FeeRule:odd
    annualFee: 90071992547409.93 EUR
    acknowledges: {annualFee: more than a float can represent}
    perInhabitant: 0.050
    perInhabitantCurrency: EUR
    sources: [{document: Document:odd, quote: "½ – …"}]
decisions:
  - id: Decision:odd
    name: Odd
    outcome: TABLED
    body: Unit:odd
    decidedPoints: [first, second]
    sources: [{document: Document:odd, quote: "½ – …"}]
memberships:
  - id: Membership:odd
    city: City:odd
    network: Network:odd
    status: MEMBER
    validFrom: UNKNOWN
    sources: [{document: Document:odd, quote: "½ – …"}]
units:
  - id: Unit:odd
    name: Odd
    kind: BOARD
    city: City:odd
    sources: [{document: Document:odd, quote: "½ – …"}]
"""


def read_lines(name: str) -> list[str]:
    """Return the lines of a file, split at line feeds only: JSON text may contain other line separators."""
    return Path(name).read_text(encoding="utf-8").removesuffix("\n").split("\n")


def read_bytes(name: str) -> bytes:
    return Path(name).read_bytes()


def is_device(name: str) -> bool:
    return stat.S_ISCHR(Path(name).stat().st_mode)


def create(path: Path, mode: int) -> None:
    path.touch(mode)


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def list_files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


async def test_exported_lines(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base.split("networks:")[0]})
    await load(empty_store, paths)
    revision = await empty_store.revision()
    assert await export(empty_store, Path("out.jsonl")) == ExportResult(4, 3, revision)
    lines = [json.loads(line) for line in read_lines("out.jsonl")]
    citation = lines[1]["id"]
    before_end = read_bytes("out.jsonl").rpartition(b'{"end"')[0]
    assert lines == [
        {"format": "citygraph", "version": 1, "schema": 1, "revision": revision},
        {
            "label": "Citation",
            "id": citation,
            "properties": {
                "nameEn": "Minutes, p. 3",
                "nameFi": "Pöytäkirja, s. 3",
                "nameFolded": "minutes, p. 3\npoytakirja, s. 3",
                "nameSort": "minutes, p. 3",
                "nameSortFi": "p}yt|kirja, s. 3",
                "page": "3",
                "quote": "kaupunki on verkoston jäsen",
                "wording": "VERBATIM",
            },
        },
        {
            "label": "City",
            "id": "City:tromso",
            "properties": {
                "basis": "STATED",
                "country": "NO",
                "otherNames": [],
                "nameEn": "Tromsø",
                "nameFolded": "tromso",
                "nameSort": "tromso",
                "nameSortSv": "troms}",
                "nameSortFi": "troms}",
            },
        },
        {
            "label": "City",
            "id": "City:vantaa",
            "properties": {
                "basis": "STATED",
                "country": "FI",
                "otherNames": [],
                "nameEn": "Vantaa",
                "nameFolded": "vantaa\nvanda",
                "nameSort": "vantaa",
                "nameSortSv": "vanda",
                "nameSv": "Vanda",
            },
        },
        {
            "label": "Document",
            "id": "Document:minutes",
            "properties": {
                "date": "2023-11-27",
                "datePrecision": "DAY",
                "kind": "TEXT",
                "nameEn": "Minutes",
                "nameFi": "Pöytäkirja",
                "nameFolded": "minutes\npoytakirja",
                "nameSort": "minutes",
                "nameSortFi": "p}yt|kirja",
            },
        },
        *(
            {
                "type": "CITES",
                "from": city,
                "to": citation,
                "under": city,
                "properties": {"basis": "STATED", "supports": []},
            }
            for city in ("City:tromso", "City:vantaa")
        ),
        {"type": "FROM", "from": citation, "to": "Document:minutes", "under": citation, "properties": {}},
        {"end": {"nodes": 4, "relationships": 3, "sha256": hashlib.sha256(before_end).hexdigest()}},
    ]
    assert list_files() == ["base.yaml", "out.jsonl"]


async def test_loading_an_export_restores_the_graph(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base, "odd.yaml": ODD}))
    before = await read_graph(empty_store)
    await export(empty_store, Path("out.jsonl"))
    await clear(empty_store)
    assert await load(empty_store, [Path("out.jsonl")]) == LoadResult(
        len(before.nodes), len(before.relationships), changed=True
    )
    assert await read_graph(empty_store) == before
    again = io.StringIO()
    await export(empty_store, again)
    assert again.getvalue().split("\n")[1:-2] == read_lines("out.jsonl")[1:-1]
    # Loading the original files again changes nothing.
    assert not (await load(empty_store, [Path("base.yaml"), Path("odd.yaml")], replace=True)).changed


@pytest.mark.slow
async def test_loading_an_export_restores_the_seeds(empty_store: Store, tmp_path: Path) -> None:
    loaded = await load(empty_store, [SEEDS])
    assert loaded.nodes > 1000
    before = await read_graph(empty_store)
    done = await export(empty_store, tmp_path / "seeds.jsonl")
    assert (done.nodes, done.relationships) == (loaded.nodes, loaded.relationships)
    await clear(empty_store)
    await load(empty_store, [tmp_path / "seeds.jsonl"])
    after = await read_graph(empty_store)
    assert after.nodes == before.nodes
    assert after.relationships == before.relationships
    assert not (await load(empty_store, [SEEDS])).changed


async def test_export_is_repeated_if_the_graph_changes(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    done = await export(ChangingStore(empty_store, times=2), Path("out.jsonl"))
    assert done == ExportResult(7, 9, await empty_store.revision())
    assert len(read_lines("out.jsonl")) == 1 + 7 + 9 + 1


async def test_export_fails_if_the_graph_changes_every_time(empty_store: Store, write: Write, base: str) -> None:
    write({"out.jsonl": "kept\n"})
    with pytest.raises(StoreError, match="the graph changed during each of 3 attempts to export it"):
        await export(ChangingStore(empty_store, times=3), Path("out.jsonl"))
    assert read_lines("out.jsonl") == ["kept"]
    assert list_files() == ["out.jsonl"]


async def test_error_names_the_target_that_cannot_be_written(empty_store: Store, write: Write) -> None:
    write({"folder/file": ""})
    for target in ("none/out.jsonl", "folder"):
        with pytest.raises(OSError) as error:
            await export(empty_store, Path(target))
        assert error.value.filename in (target, Path(target))


async def test_export_keeps_the_permissions_of_the_file_it_replaces(empty_store: Store, tmp_path: Path) -> None:
    target = tmp_path / "private.jsonl"
    create(target, 0o600)
    await export(empty_store, target)
    assert permissions(target) == 0o600
    assert read_bytes(str(target))


async def test_export_to_a_device_does_not_replace_it(empty_store: Store) -> None:
    await export(empty_store, Path("/dev/null"))
    assert is_device("/dev/null")


# --- Damaged exports ---------------------------------------------------------------------------------


def refusals(name: str) -> list[tuple[int, str]]:
    with pytest.raises(SeedError) as error:
        verify(Path(name))
    assert error.value.exit_code == 3
    return [(problem.line, problem.message) for problem in error.value.problems]


async def test_damaged_exports_are_refused(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base})
    await load(empty_store, paths)
    await export(empty_store, Path("whole.jsonl"))
    whole = read_bytes("whole.jsonl")
    lines = whole.splitlines(keepends=True)
    packed = gzip.compress(whole)
    write({"whole.jsonl.gz": packed})
    for name in ("whole.jsonl", "whole.jsonl.gz"):
        assert verify(Path(name)) == LoadResult(7, 9, changed=False)
    altered = whole.replace(b"Safe Cities", b"Sage Cities")
    by_hand = b"".join(lines[:-1]) + b'{"end":{"nodes":7,"relationships":9}}\n'
    damaged = {
        "altered.jsonl": (altered, 18, "the lines before this one do not match its SHA-256"),
        "cut.jsonl": (b"".join(lines[:-1]), 17, "the last line of the export is missing"),
        "torn.jsonl": (whole[:-30], 18, "not JSON"),
        "empty.jsonl": (b"", 1, "the last line of the export is missing"),
        "more.jsonl": (whole + lines[1], 19, "there is text after the last line of the export"),
        "fewer.jsonl": (
            b"".join([*lines[:3], *lines[4:]]),
            17,
            "the file contains 6 nodes and 9 relationships, but its last line gives other numbers",
        ),
        "other.jsonl": (b"{}\n", 1, "the file is not an export of a graph"),
        "cut.jsonl.gz": (packed[:-20], 0, "the compressed file is cut off or damaged before the end of this line"),
        "flipped.jsonl.gz": (packed[:200] + bytes(40) + packed[240:], 0, ""),
        "hand.jsonl": (by_hand, 18, "the last line of the export contains no SHA-256"),
    }
    write({name: content for name, (content, _, _) in damaged.items()})
    before, revision = await read_graph(empty_store), await empty_store.revision()
    for name, (_, line, message) in damaged.items():
        [(found_line, found_message)] = refusals(name)
        assert found_message.startswith(message), name
        assert line in (0, found_line), name
        if name.endswith(".jsonl") and name != "hand.jsonl":
            with pytest.raises(SeedError):
                await load(empty_store, [Path(name)], replace=True)
            with pytest.raises(SeedError):
                await bulk_load(empty_store, Path(name))
    assert not (await load(empty_store, [Path("hand.jsonl")])).changed
    assert (await read_graph(empty_store), await empty_store.revision()) == (before, revision)


# --- Damaged graphs ----------------------------------------------------------------------------------

LOSE = {
    "nodes": (
        Statement.of_text("test/lose-nodes", "MATCH (n:City {id: 'City:tromso'}) DETACH DELETE n"),
        "CITES: 5 written, 4 found; City: 2 written, 1 found",
    ),
    "relationships": (
        Statement.of_text("test/lose-relationships", "MATCH (:City)-[r:HOLDS]->() DELETE r"),
        "HOLDS: 1 written, 0 found",
    ),
    "contents": (
        Statement.of_text("test/lose-contents", "MATCH (n:City {id: 'City:tromso'}) SET n.nameEn = 'Tromso'"),
        "City: the contents differ",
    ),
}


async def test_a_write_after_the_comparison_hides_no_damage(
    empty_store: Store, write: Write, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(empty_store, write({"base.yaml": base}))
    statement, difference = LOSE["contents"]
    await empty_store.write(lambda transaction: transaction.run(statement))
    calls = count()
    read_checksums = empty_store.checksums

    async def change_after_the_read() -> tuple[int, Checksums | None]:
        revision, stored = await read_checksums()
        return revision + (next(calls) >= 4), stored  # two calls each for the numbers and for the contents

    monkeypatch.setattr(empty_store, "checksums", change_after_the_read)
    with pytest.raises(StoreDamaged, match=re.escape(difference)):
        await check_contents(empty_store)


@pytest.mark.parametrize("loss", LOSE)
async def test_damaged_graph_is_refused(empty_store: Store, write: Write, base: str, loss: str) -> None:
    paths = write({"base.yaml": base, "out.jsonl": "from before\n"})
    await load(empty_store, paths[:1])
    await check_contents(empty_store)
    await check_counts(empty_store)
    await export(empty_store, Path("good.jsonl"))
    statement, difference = LOSE[loss]
    await empty_store.write(lambda transaction: transaction.run(statement))
    message = re.escape(f"the graph is not the one that was last written ({difference})")
    with pytest.raises(StoreDamaged, match=message):
        await export(empty_store, Path("out.jsonl"))
    assert read_lines("out.jsonl") == ["from before"]
    with pytest.raises(StoreDamaged, match=re.escape(difference.rpartition("; ")[2])):
        await check_contents(empty_store)
    if loss == "contents":
        await check_counts(empty_store)
    else:
        with pytest.raises(StoreDamaged):
            await check_counts(empty_store)
    [more] = write({"more.yaml": "documents: [{id: Document:more, name: M}]"})
    with pytest.raises(StoreDamaged, match=message):
        await load(empty_store, [more])
    # Either replaces the graph or accepts it.
    await load(empty_store, [Path("good.jsonl")], replace=True)
    await check_contents(empty_store)
    await empty_store.write(lambda transaction: transaction.run(statement))
    await accept_contents(empty_store)
    await check_contents(empty_store)
    await export(empty_store, Path("out.jsonl"))


async def test_graph_of_an_older_program_gets_checksums(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    _, expected = await empty_store.checksums()
    assert expected is not None
    await empty_store.write(lambda transaction: transaction.set_checksums(None))
    assert (await empty_store.checksums())[1] is None
    await export(empty_store, Path("out.jsonl"))  # there is nothing to compare with
    await check_counts(empty_store)
    _, computed = await empty_store.checksums()
    assert computed is not None
    assert computed.to_json() == expected.to_json()


async def test_checksums_follow_every_change(empty_store: Store, write: Write, base: str) -> None:
    first, odd, renamed, small = write(
        {
            "base.yaml": base,
            "odd.yaml": ODD,
            "renamed.yaml": base.replace("name: {en: Office}", "name: {en: Bureau}"),
            "small.yaml": base.split("networks:")[0],
        }
    )
    for path, is_base, replace in (
        (first, False, False),
        (odd, True, False),
        (renamed, False, False),
        (small, True, False),  # deletes what only the previous base file contained
        (small, False, True),
    ):
        assert (await load(empty_store, [path], base=is_base, replace=replace)).changed
        await check_contents(empty_store)
