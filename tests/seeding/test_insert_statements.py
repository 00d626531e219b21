"""How new nodes and relationships are written: all that a row has, nothing that it lacks, and in one piece."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from subprocess import check_output

import pytest

from bench.generated import write
from graph.seeding import LoadResult, bulk_load, load
from graph.seeding.insert_statements import Row, create_links, create_nodes
from graph.store import Statement, Store, StoreSettings, WriteTransaction
from tests.conftest import SEEDS

ROWS: list[Row] = [
    {"properties": {"id": "City:a", "nameEn": "A", "population": 3, "otherNames": []}},
    {"properties": {"id": "City:b", "nameFi": "B", "otherNames": ["Be", "Bee"]}},
]
LINKS: list[Row] = [
    {"source": "City:a", "target": "City:b", "properties": {"statedUnder": "City:a", "sources": ["Citation:x"]}},
    {"source": "City:b", "target": "City:a", "properties": {"statedUnder": "City:b"}},
]

NODES = Statement.of_text("test/nodes", "MATCH (n:City) RETURN properties(n) AS properties ORDER BY n.id")
RELATIONSHIPS = Statement.of_text(
    "test/links",
    "MATCH (a)-[r:NEAR]->(b) RETURN a.id AS source, b.id AS target, properties(r) AS properties ORDER BY a.id",
)

# Looks at the files themselves, in a Java machine of its own.
CHECK = """
import sys, arcadedb_embedded
database = arcadedb_embedded.open_database(sys.argv[1])
for row in database.command("sql", "CHECK DATABASE"):
    print([row.get(each) for each in ("totalActiveVertices", "totalChunks", "totalPlaceholderRecords")])
database.close()
"""


async def load_bulk(store: Store, folder: Path) -> LoadResult:
    write(4, file := folder / "graph.jsonl")
    return await bulk_load(store, file)


async def load_seeds(store: Store, _: Path) -> LoadResult:
    return await load(store, [SEEDS])


async def test_rows_are_stored_as_they_are(empty_store: Store) -> None:
    async def work(writing: WriteTransaction) -> list[dict[str, object]]:
        await writing.run(create_nodes("City", ROWS), {"rows": ROWS})
        return await writing.run(create_links("City", "NEAR", "City", LINKS), {"rows": LINKS})

    assert await empty_store.write(work) == [{"written": 2}]
    assert await empty_store.read(NODES) == ROWS
    assert await empty_store.read(RELATIONSHIPS) == LINKS


@pytest.mark.only_on("embedded")
@pytest.mark.parametrize("load_", [load_bulk, load_seeds])
async def test_no_record_is_cut(tmp_path: Path, load_: Callable[[Store, Path], Awaitable[LoadResult]]) -> None:
    async with Store.open(StoreSettings(data_dir=tmp_path / "data", statement_timeout_s=30)) as store:
        await store.prepare()
        loaded = await load_(store, tmp_path)
    database = tmp_path / "data" / "databases" / "citygraph"
    told = check_output([sys.executable, "-c", CHECK, str(database)], text=True, cwd=tmp_path)  # noqa: ASYNC221 - nobody else waits
    assert f"[{loaded.nodes + 1}, 0, 0]" in told, "some are cut in two or moved, or not there"
