"""Neo4j's time for planning a statement is not the statement's own."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from api.app import plan_questions
from api.graphql.http.request import GraphQLRequest
from api.graphql.http.view import create_view
from api.graphql.schema import schema
from api.pages.page import load_pages
from api.pages.routes import plan_pages
from api.settings import Settings
from api.state import AppState
from graph import model
from graph.errors import StoreBusy, StoreError
from graph.questions.ask import example_statements
from graph.registry import QUESTIONS
from graph.store import PlanningReader, Statement, Store, StoreSettings
from tests.conditions import until

pytestmark = pytest.mark.only_on("neo4j")


NODES = 14


def heavy(name: str) -> Statement[dict[str, object]]:
    """A statement that no server has seen, that Neo4j plans for seconds and runs in no time."""
    chain = "-[:CITES|FROM|HOLDS]-".join(
        ["(n0:City {id: 'City:none'})", *(f"(n{number})" for number in range(1, NODES))]
    )
    rising = " AND ".join(f"n{number}.nameSort < n{number + 1}.nameSort" for number in range(NODES - 1))
    unseen = f"unseen_{uuid4().hex}"
    return Statement.of_text(name, f"MATCH {chain} WHERE {rising} WITH count(*) AS {unseen} RETURN {unseen} AS none")


@pytest.fixture
def strict(store_settings: StoreSettings) -> StoreSettings:
    return replace(store_settings, statement_timeout_s=0.5)


async def test_a_statement_may_take_longer_to_plan_than_to_run(store: Store, strict: StoreSettings) -> None:
    async with Store.open(strict) as opened:
        assert await opened.read(heavy("test/alone")) == [{"none": 0}]
        async with opened.reading() as reading:
            assert await reading.run(heavy("test/within")) == [{"none": 0}]


async def test_slow_statement_is_planned_once_and_to_the_end(store: Store, strict: StoreSettings) -> None:
    asked = heavy("test/once")
    async with Store.open(replace(strict, planning_wait_s=0.7)) as impatient:
        asking = [asyncio.create_task(impatient.read(asked)) for _ in range(5)]
        for read in asking:
            with pytest.raises(StoreBusy, match="the database still plans 'test/once'"):
                await read
        assert await plannings(store, asked) == 1

        async def is_planned() -> bool:
            return await plannings(store, asked) == 0

        await until(is_planned)
        assert await impatient.read(asked) == [{"none": 0}]


async def test_statements_that_are_planned_do_not_occupy_a_place(store: Store, strict: StoreSettings) -> None:
    asked = heavy("test/planned")
    async with Store.open(replace(strict, max_in_flight=1)) as opened:
        planned = asyncio.create_task(opened.read(asked))

        async def is_planning() -> bool:
            return await plannings(store, asked) == 1

        await until(is_planning)
        assert await opened.read(Statement.of_text("test/one", "RETURN 1 AS one")) == [{"one": 1}]
        assert not planned.done()
        assert await planned == [{"none": 0}]


async def test_planning_occupies_no_lane(store: Store, strict: StoreSettings) -> None:
    asked = heavy("test/lane")
    one = Statement.of_text("test/one", "RETURN 1 AS one")
    async with Store.open(replace(strict, max_expensive=1)) as opened:
        lane, charged = opened.expensive_lane, list[float]()
        async with opened.reading(lane, charged.append) as slow, opened.reading(lane) as fast:
            await fast.run(one)
            reading = asyncio.create_task(slow.run(asked))

            async def is_planning() -> bool:
                return await plannings(store, asked) == 1

            await until(is_planning)
            assert lane.in_use == 0
            assert await fast.run(one) == [{"one": 1}]
            assert charged == []
            assert await reading == [{"none": 0}]
            assert len(charged) == 2  # the planning and the statement


async def test_a_server_plans_the_questions_after_it_has_started(store_settings: StoreSettings) -> None:
    async with Store.open(store_settings) as opened:
        await plan_questions(opened)
        assert opened._plans is not None
        opened._plans._wait_s = 0.0  # so that a statement without a plan is refused
        for question in QUESTIONS.values():
            for statement, parameters in example_statements(question):
                await opened.read(statement, parameters)


async def test_a_server_plans_the_pages_after_it_has_started(
    store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = load_pages(schema._schema)
    monkeypatch.setattr("api.pages.routes.load_pages", lambda _schema: {name: pages[name] for name in ("cost", "id")})
    monkeypatch.setattr("api.pages.routes.LABELS", [model.label("District")])
    async with Store.open(store_settings) as opened:
        view = create_view(AppState(Settings(), opened))
        await plan_pages(view, opened)
        assert opened._plans is not None
        planned = set(opened._plans._known)
        assert len(planned) == 4  # the city of each page, the cost and the node
        for name, given in (("cost", {"city": "vantaa"}), ("id", {"id": "District:vantaa-tikkurila"})):
            page = pages[name]
            variables = page.read_variables({"city": "vantaa", **given}, date(2024, 6, 1), "sv")
            await view.plan_own(GraphQLRequest(page.document, variables=variables, is_own=True), PlanningReader(opened))
        assert set(opened._plans._known) == planned


async def test_invalid_statement_gives_an_error(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match="'test/wrong' is not valid Cypher"):
            await store.read(Statement.of_text("test/wrong", "RETURN"))


async def test_a_store_that_closes_plans_no_more(strict: StoreSettings) -> None:
    async with Store.open(replace(strict, planning_wait_s=0.5)) as impatient:
        with pytest.raises(StoreBusy):
            await impatient.read(heavy("test/closing"))
    assert not [task for task in asyncio.all_tasks() if "PlanCache" in str(task.get_coro())]


async def plannings(store: Store, statement: Statement[Any]) -> int:
    """How many transactions of the database are planning the statement now."""
    running = Statement.of_text(
        "test/running",
        "SHOW TRANSACTIONS YIELD currentQuery AS query, currentQueryStatus AS status RETURN query, status",
    )
    return sum(row["status"] == "planning" and statement.text in row["query"] for row in await store.read(running))
