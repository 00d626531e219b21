"""The schema is derived from the model, is really there and is really used."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

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
NODES = 12_000


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
    """So many districts that a scan of all of them is noticed."""
    clear = Statement.of_text("test/clear", "MATCH (n:District) DETACH DELETE n")
    create = Statement.of_text(
        "test/crowd",
        "UNWIND range($first, $first + 1999) AS i "
        "CREATE (:District {id: 'District:' + toString(i), twin: 'District:' + toString(i)})",
    )

    async def fill(writing: WriteTransaction) -> None:
        await writing.run(clear)
        for first in range(0, NODES, 2000):
            await writing.run(create, {"first": first})

    await store.write(fill, timeout_s=60)
    yield store
    await store.write(lambda writing: writing.run(clear), timeout_s=60)


@pytest.mark.parametrize(
    "text",
    [
        "UNWIND $ids AS id MATCH (n:District {KEY: id}) RETURN n.id AS id",
        "UNWIND $ids AS id MATCH (n:District) WHERE n.KEY = id RETURN n.id AS id",
        "UNWIND $ids AS id CALL (id) { MATCH (n:District {KEY: id}) RETURN n.id AS found } RETURN found AS id",
        "UNWIND $ids AS id MERGE (n:District {KEY: id}) RETURN n.id AS id",
    ],
)
async def test_a_node_is_found_by_its_id_without_looking_at_the_others(crowd: Store, text: str) -> None:
    ids = [f"District:{number}" for number in range(700, 710)]

    async def seconds(key: str) -> float:
        async def work(writing: WriteTransaction) -> float:
            statement = Statement.of_text("test/lookup", text.replace("KEY", key))
            best = float("inf")
            for _ in range(4):  # the first plans it
                began = time.perf_counter()
                rows = await writing.run(statement, {"ids": ids})
                best = min(best, time.perf_counter() - began)
                assert rows == [{"id": id_} for id_ in ids]
            return best

        return await crowd.write(work, timeout_s=60)

    assert await seconds("id") * 2 < await seconds("twin")


async def test_nodes_are_found_by_a_list_of_ids_without_looking_at_the_others(crowd: Store) -> None:
    async def seconds(key: str) -> float:
        text = f"MATCH (n:District) WHERE n.{key} IN $ids RETURN n.id AS id"
        statement = Statement.of_text("test/lookup", text)
        best = float("inf")
        for number in range(700, 710):
            began = time.perf_counter()
            assert await crowd.read(statement, {"ids": [f"District:{number}"]}) == [{"id": f"District:{number}"}]
            best = min(best, time.perf_counter() - began)
        return best

    assert await seconds("id") * 2 < await seconds("twin")
