"""An export contains the whole graph of one revision, and loading it restores the graph."""

import io
import json
import stat
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.seeding import ExportResult, LoadResult, export, load
from graph.store import Store, WriteTransaction
from tests.conftest import SEEDS
from tests.seeding.conftest import Write
from tests.seeding.helpers import clear, read_graph


class ChangingStore(Store):
    """A store whose graph changes at the end of each of the first `times` export attempts."""

    def __init__(self, store: Store, times: int) -> None:
        vars(self).update(vars(store))
        self.times = times
        self.calls = 0

    async def revision(self) -> int:
        self.calls += 1
        if self.calls % 2 == 0 and self.times:
            self.times -= 1
            await self.write(change)
        return await super().revision()


async def change(transaction: WriteTransaction) -> None:
    transaction.mark_changed()


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


def is_device(name: str) -> bool:
    return stat.S_ISCHR(Path(name).stat().st_mode)


def list_files() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


async def test_exported_lines(empty_store: Store, write: Write, base: str) -> None:
    paths = write({"base.yaml": base.split("networks:")[0]})
    await load(empty_store, paths)
    revision = await empty_store.revision()
    assert await export(empty_store, Path("out.jsonl")) == ExportResult(4, 3, revision)
    lines = [json.loads(line) for line in read_lines("out.jsonl")]
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
    assert again.getvalue().split("\n")[1:-1] == read_lines("out.jsonl")[1:]
    # Loading the original files again changes nothing.
    assert not (await load(empty_store, [Path("base.yaml"), Path("odd.yaml")], replace=True)).changed


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


async def test_export_to_a_device_does_not_replace_it(empty_store: Store) -> None:
    await export(empty_store, Path("/dev/null"))
    assert is_device("/dev/null")
