"""Exporting writes the whole graph of one revision, and loading it restores it."""

import io
import json
import stat
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.seeding import Exported, LoadResult, export, load
from graph.seeding.current_graph import CurrentGraph, read_current_graph
from graph.store import Statement, Store, WriteTransaction
from tests.seeding.conftest import Write

SEEDS = Path(__file__).parents[2] / "seeds"
CLEAR = Statement.of_text("test/clear", "MATCH (n) WHERE NOT n:CitygraphMeta DETACH DELETE n")


class Restless(Store):
    """A store whose graph another writer changes at the end of each of the first attempts to export it."""

    def __init__(self, store: Store, times: int) -> None:
        vars(self).update(vars(store))
        self.times = times
        self.asked = 0

    async def revision(self) -> int:
        self.asked += 1
        if self.asked % 2 == 0 and self.times:
            self.times -= 1
            await self.write(change)
        return await super().revision()


async def change(writing: WriteTransaction) -> None:
    writing.mark_changed()


ODD = """\
documents:
  - id: Document:odd
    name: {en: "A\\u2028line, a \\"quote\\" and a \\\\", fi: "Ääkköset\\n\\tsarkain"}
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


def exported(name: str) -> list[str]:
    """The lines of a file, which JSON's own line separators do not break."""
    return Path(name).read_text(encoding="utf-8").removesuffix("\n").split("\n")


def is_device(name: str) -> bool:
    return stat.S_ISCHR(Path(name).stat().st_mode)


def files() -> list[str]:
    return sorted(each.name for each in Path().iterdir())


async def rows(store: Store) -> CurrentGraph:
    async with store.reading() as reading:
        return await read_current_graph(reading.run)


async def clear(store: Store) -> None:
    await store.write(lambda writing: writing.run(CLEAR))


async def test_lines(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base.split("networks:")[0]})
    await load(empty_store, paths)
    revision = await empty_store.revision()
    assert await export(empty_store, Path("out.jsonl")) == Exported(4, 3, revision)
    lines = [json.loads(each) for each in exported("out.jsonl")]
    citation = lines[1]["id"]
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
                "page": "3",
                "quote": "kaupunki on verkoston jäsen",
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
                "nameSv": "Vanda",
            },
        },
        {
            "label": "Document",
            "id": "Document:minutes",
            "properties": {
                "date": "2023-11-27",
                "datePrecision": "DAY",
                "nameEn": "Minutes",
                "nameFi": "Pöytäkirja",
                "nameFolded": "minutes\npoytakirja",
                "nameSort": "minutes",
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
        {"end": {"nodes": 4, "relationships": 3}},
    ]
    assert files() == ["base.yaml", "out.jsonl"]


async def test_restores_an_equal_graph(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base, "odd.yaml": ODD}))
    before = await rows(empty_store)
    await export(empty_store, Path("out.jsonl"))
    await clear(empty_store)
    assert await load(empty_store, [Path("out.jsonl")]) == LoadResult(
        len(before.nodes), len(before.links), changed=True
    )
    assert await rows(empty_store) == before
    again = io.StringIO()
    await export(empty_store, again)
    assert again.getvalue().split("\n")[1:-1] == exported("out.jsonl")[1:]
    # Both say the same: neither changes the other's graph.
    assert not (await load(empty_store, [Path("base.yaml"), Path("odd.yaml")], replace=True)).changed


async def test_restores_the_seeds(empty_store: Store, tmp_path: Path) -> None:
    loaded = await load(empty_store, [SEEDS])
    assert loaded.nodes > 1000
    before = await rows(empty_store)
    done = await export(empty_store, tmp_path / "seeds.jsonl")
    assert (done.nodes, done.relationships) == (loaded.nodes, loaded.relationships)
    await clear(empty_store)
    await load(empty_store, [tmp_path / "seeds.jsonl"])
    after = await rows(empty_store)
    assert after.nodes == before.nodes
    assert after.links == before.links
    assert not (await load(empty_store, [SEEDS])).changed


async def test_a_graph_that_changes_meanwhile_is_exported_anew(empty_store: Store, write: Write, base: str) -> None:
    await load(empty_store, write({"base.yaml": base}))
    done = await export(Restless(empty_store, times=2), Path("out.jsonl"))
    assert done == Exported(7, 9, await empty_store.revision())
    assert len(exported("out.jsonl")) == 1 + 7 + 9 + 1


async def test_a_graph_that_never_rests_is_an_error(empty_store: Store, write: Write, base: str) -> None:
    write({"out.jsonl": "kept\n"})
    with pytest.raises(StoreError, match="the graph was changed during each of 3 attempts to export it"):
        await export(Restless(empty_store, times=3), Path("out.jsonl"))
    assert exported("out.jsonl") == ["kept"]
    assert files() == ["out.jsonl"]


async def test_what_cannot_be_written_is_named(empty_store: Store, write: Write) -> None:
    write({"folder/file": ""})
    for target in ("none/out.jsonl", "folder"):
        with pytest.raises(OSError) as error:
            await export(empty_store, Path(target))
        assert error.value.filename in (target, Path(target))


async def test_a_device_is_written_to_and_not_replaced(empty_store: Store) -> None:
    await export(empty_store, Path("/dev/null"))
    assert is_device("/dev/null")
