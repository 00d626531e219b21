"""Wrong answers of the embedded database that the statements step around. One that fails here is gone: see its use."""

import pytest

from graph.store import Statement, Store, StoreSettings


async def value(store: Store, text: str) -> object:
    (row,) = await store.read(Statement.of_text("test/trap", f"{text} AS value"))
    return row["value"]


@pytest.fixture
def wrong(store_settings: StoreSettings) -> bool:
    """Whether the wrong answer is expected: from the embedded database, not from Neo4j."""
    return store_settings.uri is None


async def test_any_over_nothing_loses_rows_under_not(empty_store: Store, wrong: bool) -> None:
    await empty_store.write(lambda writing: writing.run(Statement.of_text("test/one", "CREATE (:City {id: 'City:a'})")))
    negated = "MATCH (n:City) WHERE NOT coalesce({}, false) RETURN count(*)"
    assert await value(empty_store, negated.format("any(v IN n.missing WHERE v = 'x')")) == (0 if wrong else 1)
    assert await value(empty_store, negated.format("size([v IN n.missing WHERE v = 'x']) > 0")) == 1


async def test_a_map_that_holds_a_projection_becomes_the_projection(empty_store: Store, wrong: bool) -> None:
    await empty_store.write(lambda writing: writing.run(Statement.of_text("test/one", "CREATE (:City {id: 'City:a'})")))
    projected = {"id": "City:a"}
    assert await value(empty_store, "MATCH (n:City) RETURN {city: n {.id}}") == (
        projected if wrong else {"city": projected}
    )
    assert await value(empty_store, "MATCH (n:City) RETURN [1, [n.id]]") == [1, ["City:a"]]
