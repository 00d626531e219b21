"""Selections that go to the database as copies of one text are answered as each of them would be."""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, cast

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.store import Statement, Store
from graph.store.batch_strategies import Parameters, Rows, SingleRowStatement, merging
from graph.traversal import InvalidStoredValue
from tests.parity.queries import Known, documents
from tests.parity.test_selections import known
from tests.traversal.test_golden import SELECTIONS

DOCUMENTS = 40

_known: list[Known] = []
_compared: list[SingleRowStatement] = []


async def agree(store: Store, statement: SingleRowStatement, asked: list[Parameters]) -> Rows:
    alone = [await store.read(statement, each) for each in asked]
    way = merging(statement)
    copied, parameters = way.merge(asked)
    assert way.split(await store.read(copied, parameters), asked) == alone
    return alone[0]


@pytest.mark.parametrize("name", [name for name, each in SELECTIONS.items() if not each.statement.id_parameters])
async def test_pinned_selections(seeded_store: Store, name: str) -> None:
    compiled = SELECTIONS[name]
    fewer = {key: max(value - 1, 0) if type(value) is int else value for key, value in compiled.parameters.items()}
    await agree(seeded_store, compiled.statement, [compiled.parameters, fewer, fewer, compiled.parameters])


@pytest.mark.parametrize("name", SELECTIONS)
async def test_whoever_finishes_rows_leaves_them_as_they_are(seeded_store: Store, name: str) -> None:
    """Others may have the same ones."""
    compiled = SELECTIONS[name]
    rows = await seeded_store.read(compiled.statement, compiled.parameters)
    before = deepcopy(rows)
    first = compiled.to_values(rows)
    with suppress(InvalidStoredValue):  # some of these selections ask for more than the seeds hold
        compiled.to_response(rows)
    assert rows == before
    assert compiled.to_values(rows) == first


def test_copies_are_made_of_what_does_best_in_a_subquery() -> None:
    statement = SELECTIONS["root_of_some_countries"].statement
    assert "UNWIND" in statement.subquery_text
    assert "UNWIND" not in statement.text
    copied, _ = merging(statement).merge([SELECTIONS["root_of_some_countries"].parameters] * 2)
    assert copied.text.count("UNWIND") == 2


@settings(
    max_examples=DOCUMENTS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
@pytest.mark.asyncio
async def test_generated_selections(seeded_store: Store, data: st.DataObject) -> None:
    if not _known:
        _known.append(await known(seeded_store))
    asked: list[tuple[SingleRowStatement, Parameters]] = []

    class Noting(Store):
        """The same store, which notes what is read of it."""

        def __init__(self) -> None:
            vars(self).update(vars(seeded_store))

        async def read(self, statement: Statement[Any], parameters: Mapping[str, object] | None = None) -> list[Any]:
            asked.append((statement, parameters or {}))
            return await super().read(statement, parameters)

    document = data.draw(documents(_known[0]), label="document")
    app = Starlette(routes=routes(AppState(Settings(max_cost=100_000_000, request_timeout_s=60), Noting())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client:
        for size in (1, 7) if document.pages else (None,):
            paging = {} if size is None else {"last" if document.backward else "first": size}
            await client.post("/graphql", json={"query": document.text, "variables": paging})
    copied = [
        (statement, each) for statement, each in asked if statement.returns_one_row and not statement.id_parameters
    ]
    for statement, parameters in copied:
        others = [each for other, each in copied if other.text == statement.text]
        row = (await agree(seeded_store, statement, [parameters, others[-1]]))[0]
        assert cast("list[object]", row["answer"])
        _compared.append(statement)


def test_the_selections_were_copied() -> None:
    """That nothing was compared would be no agreement."""
    assert len(_compared) > DOCUMENTS
    assert len({each.text for each in _compared}) > DOCUMENTS / 3
