"""The schema is derived from the model, is really there and is really used."""

import re
from collections.abc import AsyncIterator
from typing import LiteralString, cast

import httpx
import pytest
import pytest_asyncio
from neo4j import AsyncGraphDatabase, Query

from graph.model import LABELS
from graph.store import Statement, Store, WriteTransaction
from graph.store.metadata import META
from graph.store.schema import schema_statements

CONSTRAINTS = Statement.of_text(
    "test/constraints", "SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties RETURN type, labelsOrTypes, properties"
)
INDEXES = Statement.of_text(
    "test/indexes", "SHOW INDEXES YIELD labelsOrTypes, properties RETURN labelsOrTypes, properties"
)
NODES = 1_000


async def test_every_label_has_a_unique_id(store: Store) -> None:
    rows = await store.read(CONSTRAINTS)
    assert sorted((row["type"], row["labelsOrTypes"], row["properties"]) for row in rows) == sorted(
        ("UNIQUENESS", [label], ["id"]) for label in (*(label.name for label in LABELS), META)
    )


async def test_searched_names_and_ends_of_periods_are_indexed(store: Store) -> None:
    found = [(row["labelsOrTypes"], row["properties"]) for row in await store.read(INDEXES)]
    for label in LABELS:
        assert (([label.name], ["nameSort"]) in found) is label.searched
        assert (([label.name], ["validUntil"]) in found) is label.has_period
        assert all(([label.name], [property_.name]) in found for property_ in label.properties if property_.indexed)


async def test_to_prepare_again_changes_nothing(store: Store) -> None:
    before = await store.read(CONSTRAINTS), await store.read(INDEXES), await store.revision()
    await store.prepare()
    assert (await store.read(CONSTRAINTS), await store.read(INDEXES), await store.revision()) == before


async def test_every_definition_is_different() -> None:
    texts = [statement.text for statement in schema_statements()]
    assert len(set(texts)) == len(texts)


@pytest_asyncio.fixture(scope="module")
async def crowd(store: Store) -> AsyncIterator[Store]:
    """So many districts that a scan of all of them is counted."""
    clear = Statement.of_text("test/clear", "MATCH (n:District) DETACH DELETE n")
    create = Statement.of_text(
        "test/crowd",
        "UNWIND range(1, $count) AS i "
        "CREATE (:District {id: 'District:' + toString(i), twin: 'District:' + toString(i)})",
    )

    async def fill(writing: WriteTransaction) -> None:
        await writing.run(clear)
        await writing.run(create, {"count": NODES})

    await store.write(fill, timeout_s=60)
    yield store
    await store.write(lambda writing: writing.run(clear), timeout_s=60)


async def count_reads(store: Store, text: str, ids: list[str]) -> int:
    """Run a statement that finds the districts, and return how many records the database read for it, or more."""
    endpoint = store._access.link.endpoint
    statement = Statement.of_text("test/lookup", text)
    if endpoint.control is None:
        async with AsyncGraphDatabase.driver(endpoint.uri, auth=(endpoint.user, endpoint.password)) as driver:
            profiled = Query(cast("LiteralString", f"PROFILE {text}"))
            found = await driver.execute_query(profiled, ids=ids, database_=endpoint.database)
        assert sorted(record["id"] for record in found.records) == ids
        plan = (found.summary.profile or {})["args"]["string-representation"]
        [reads] = re.findall(r"Total database accesses: (\d+)", plan)
        return int(reads)
    async with httpx.AsyncClient(base_url=endpoint.control, auth=(endpoint.user, endpoint.password)) as client:

        async def all_reads() -> int:
            answer = (await client.get("/api/v1/server?mode=default")).json()
            return answer["metrics"]["profiler"]["readRecord"]["count"]

        before = await all_reads()
        found = await store.write(lambda writing: writing.run(statement, {"ids": ids}))
        assert sorted(str(row["id"]) for row in found) == ids
        return await all_reads() - before


@pytest.mark.parametrize(
    "text",
    [
        "UNWIND $ids AS id MATCH (n:District {KEY: id}) RETURN n.id AS id",
        "UNWIND $ids AS id MATCH (n:District) WHERE n.KEY = id RETURN n.id AS id",
        "UNWIND $ids AS id CALL (id) { MATCH (n:District {KEY: id}) RETURN n.id AS found } RETURN found AS id",
        "UNWIND $ids AS id MERGE (n:District {KEY: id}) RETURN n.id AS id",
        "MATCH (n:District) WHERE n.KEY IN $ids RETURN n.id AS id",
    ],
)
async def test_nodes_are_found_by_their_ids_without_looking_at_the_others(crowd: Store, text: str) -> None:
    ids = [f"District:{number}" for number in range(700, 710)]
    assert await count_reads(crowd, text.replace("KEY", "id"), ids) < NODES / 2
    assert await count_reads(crowd, text.replace("KEY", "twin"), ids) > NODES
