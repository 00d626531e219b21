"""Inserted nodes and relationships have exactly the columns of their row, in one record of the database."""

import importlib
import sys
from pathlib import Path
from subprocess import check_output

import pytest

from bench.generated import generate, write
from graph.seeding import LoadResult, bulk_load, load
from graph.seeding.insert_statements import Row, create_nodes, create_relationships
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from tests.conftest import SEEDS

NODE_ROWS: list[Row] = [
    {"properties": {"id": "City:a", "nameEn": "A", "population": 3, "otherNames": []}},
    {"properties": {"id": "City:b", "nameFi": "B", "otherNames": ["Be", "Bee"]}},
]
RELATIONSHIP_ROWS: list[Row] = [
    {"source": "City:a", "target": "City:b", "properties": {"statedUnder": "City:a", "sources": ["Citation:x"]}},
    {"source": "City:b", "target": "City:a", "properties": {"statedUnder": "City:b"}},
]

NODES = Statement.of_text("test/nodes", "MATCH (n:City) RETURN properties(n) AS properties ORDER BY n.id")
RELATIONSHIPS = Statement.of_text(
    "test/links",
    "MATCH (a)-[r:NEAR]->(b) RETURN a.id AS source, b.id AS target, properties(r) AS properties ORDER BY a.id",
)

# Opens the database files in another process.
CHECK = """
import sys, arcadedb_embedded
for path in sys.argv[1:]:
    database = arcadedb_embedded.open_database(path)
    for row in database.command("sql", "CHECK DATABASE"):
        print([row.get(name) for name in ("totalActiveVertices", "totalChunks", "totalPlaceholderRecords")])
    database.close()
"""


async def load_bulk(store: Store, folder: Path) -> LoadResult:
    write(generate(1), file := folder / "graph.jsonl")
    return await bulk_load(store, file)


async def load_seeds(store: Store, _: Path) -> LoadResult:
    return await load(store, [SEEDS])


async def test_rows_are_stored_unchanged(empty_store: Store) -> None:
    async def insert(transaction: WriteTransaction) -> list[dict[str, object]]:
        await transaction.run(create_nodes("City", NODE_ROWS), {"rows": NODE_ROWS})
        return await transaction.run(
            create_relationships("City", "NEAR", "City", RELATIONSHIP_ROWS), {"rows": RELATIONSHIP_ROWS}
        )

    assert await empty_store.write(insert) == [{"written": 2}]
    assert await empty_store.read(NODES) == NODE_ROWS
    assert await empty_store.read(RELATIONSHIPS) == RELATIONSHIP_ROWS


@pytest.mark.slow
@pytest.mark.only_on("embedded")
async def test_no_record_is_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("graph.seeding.bulk_load"), "PROPAGATION_S", 0)
    nodes: list[int] = []
    for load_ in (load_bulk, load_seeds):
        settings = StoreSettings(data_dir=tmp_path / load_.__name__, statement_timeout_s=30)
        async with Store.open(settings) as store:
            await store.prepare()
            nodes.append((await load_(store, tmp_path)).nodes)
    databases = [str(tmp_path / load_.__name__ / "databases" / "citygraph") for load_ in (load_bulk, load_seeds)]
    output = check_output([sys.executable, "-c", CHECK, *databases], text=True, cwd=tmp_path)  # noqa: ASYNC221
    records = [line for line in output.splitlines() if line.startswith("[")]
    assert records == [f"[{count + 1}, 0, 0]" for count in nodes], "records are split, moved or missing"
