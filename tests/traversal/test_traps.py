"""Wrong results of the embedded database that our statements avoid. If a test fails, its workaround can go."""

import pytest

from graph.store import Statement, Store, StoreSettings


async def read_value(store: Store, text: str) -> object:
    (row,) = await store.read(Statement.of_text("test/trap", f"{text} AS value"))
    return row["value"]


@pytest.fixture
def is_embedded(store_settings: StoreSettings) -> bool:
    """Whether the wrong result is expected."""
    return store_settings.uri is None


async def test_negated_any_over_null_loses_rows(empty_store: Store, is_embedded: bool) -> None:
    await empty_store.write(lambda writing: writing.run(Statement.of_text("test/one", "CREATE (:City {id: 'City:a'})")))
    negated = "MATCH (n:City) WHERE NOT coalesce({}, false) RETURN count(*)"
    with_any = negated.format("any(v IN n.missing WHERE v = 'x')")
    assert await read_value(empty_store, with_any) == (0 if is_embedded else 1)
    assert await read_value(empty_store, negated.format("size([v IN n.missing WHERE v = 'x']) > 0")) == 1


async def test_map_with_a_projection_becomes_the_projection(empty_store: Store, is_embedded: bool) -> None:
    await empty_store.write(lambda writing: writing.run(Statement.of_text("test/one", "CREATE (:City {id: 'City:a'})")))
    projected = {"id": "City:a"}
    assert await read_value(empty_store, "MATCH (n:City) RETURN {city: n {.id}}") == (
        projected if is_embedded else {"city": projected}
    )
    assert await read_value(empty_store, "MATCH (n:City) RETURN [1, [n.id]]") == [1, ["City:a"]]
