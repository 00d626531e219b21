"""Clients have budgets of database time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.graphql.http.client_budgets import ClientBudgets
from api.graphql.http.request import GraphQLRequest
from api.graphql.http.view import Answer, DatabaseUse, GraphQLView, Lane
from api.http.server import server_config
from api.settings import Settings
from graph import registry
from graph.analysis import AnalysisRunner
from graph.pagination import Page, Paged
from graph.questions import search as search_question
from graph.questions.search import SearchHit
from graph.search import NameIndexReader
from graph.store import Reader, Store
from tests.api.stub_server import SCHEMA, Context, SlowField, errors_of, post, sha, stub_server
from tests.conditions import until


def test_a_budget_is_used_up_and_refilled() -> None:
    now = 0.0
    budgets = ClientBudgets(share=0.5, burst=10, clock=lambda: now)
    budgets.charge("192.0.2.1", 9)
    assert not budgets.is_exhausted("192.0.2.1")
    budgets.charge("192.0.2.1", 3)
    assert budgets.is_exhausted("192.0.2.1")
    assert not budgets.is_exhausted("192.0.2.2")
    now = 4.0
    assert budgets.is_exhausted("192.0.2.1")
    now = 4.5
    assert not budgets.is_exhausted("192.0.2.1")
    now = 1000.0
    budgets.charge("192.0.2.1", 9)  # a budget does not grow above its burst
    budgets.charge("192.0.2.1", 1)
    assert budgets.is_exhausted("192.0.2.1")


def test_addresses_of_one_ipv6_network_share_a_budget() -> None:
    budgets = ClientBudgets(share=0.5, burst=1)
    budgets.charge("2001:db8::1", 1e6)
    assert budgets.is_exhausted("2001:db8::2")
    assert not budgets.is_exhausted("2001:db8:0:1::1")
    budgets.charge("::ffff:192.0.2.1", 1e6)
    assert budgets.is_exhausted("192.0.2.1")
    assert not budgets.is_exhausted("unix")


async def test_own_documents_have_a_lane_until_their_client_is_over_budget() -> None:
    uses: list[Lane] = []

    @asynccontextmanager
    async def open_context(request_id: str, _prepared: object, use: DatabaseUse) -> AsyncIterator[Context]:
        uses.append(use.lane)
        yield Context(request_id, SlowField())
        use.charge(3)

    settings = Settings.load(client_database_burst_s=10, client_database_share=0.001, expensive_cost=3)
    view = GraphQLView(SCHEMA, settings, open_context)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("192.0.2.1", 1)}
    cheap, dear = "{ hello }", "{ city(id: 1) { id name twin { id name } } }"
    for query, is_own in ((cheap, True), (dear, False), (dear, True), (dear, True), (dear, True), (cheap, True)):
        request = GraphQLRequest(query, is_own=is_own)
        answer = await view.execute(request, Request(scope, receive=never))
        assert not answer.errors
    assert uses == [Lane.NONE, Lane.EXPENSIVE, Lane.OWN, Lane.OWN, Lane.EXPENSIVE, Lane.EXPENSIVE]


async def test_few_expensive_documents_of_pages_are_executed_concurrently() -> None:
    running, go = Counter[Lane](), asyncio.Event()

    @asynccontextmanager
    async def open_context(request_id: str, _prepared: object, use: DatabaseUse) -> AsyncIterator[Context]:
        running[use.lane] += 1
        await go.wait()
        yield Context(request_id, SlowField())

    view = GraphQLView(SCHEMA, Settings.load(max_expensive_statements=1, expensive_cost=3), open_context)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def execute(query: str, *, is_own: bool, client: int) -> Answer:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": (f"192.0.2.{client}", 1)}
        return await view.execute(GraphQLRequest(query, is_own=is_own), Request(scope, receive=never))

    cheap, dear = "{ hello }", "{ city(id: 1) { id name twin { id name } } }"
    waiting = [asyncio.create_task(execute(f"{dear} # {number}", is_own=True, client=number)) for number in range(4)]
    await until(lambda: running[Lane.OWN] == 2)
    waiting += [
        asyncio.create_task(execute(query, is_own=is_own, client=9))
        for query, is_own in ((cheap, True), (f"{dear} # 8", False), (f"{dear} # 9", False), (f"{dear} # 10", False))
    ]
    await until(lambda: running[Lane.NONE] == 1 and running[Lane.EXPENSIVE] == 3)
    assert running[Lane.OWN] == 2
    go.set()
    assert not any(answer.errors for answer in await asyncio.gather(*waiting))
    assert running[Lane.OWN] == 4


async def test_searches_are_charged_and_wait_in_the_lane(seeded_store: Store, runner: AnalysisRunner) -> None:
    """A search runs no statement, but on the event loop."""
    names = NameIndexReader(seeded_store)

    async def search(reader: Reader) -> Paged[SearchHit]:
        arguments = search_question.Arguments(text="vantaa")
        found = await registry.answer(
            search_question.QUESTION, arguments, Page(5), reader=reader, runner=runner, names=names
        )
        return cast("Paged[SearchHit]", found)

    charged: list[float] = []
    async with seeded_store.reading(charge=charged.append) as reader:
        assert (await search(reader)).rows
    assert len(charged) == 1
    lane = seeded_store.expensive_lane
    async with lane.acquire("test/one"), lane.acquire("test/two"), seeded_store.reading(lane) as reader:
        waiting = asyncio.create_task(search(reader))
        await until(lambda: lane.queued == 1)
        waiting.cancel()
    await names.close()


async def test_operations_over_budget_are_expensive() -> None:
    uses: list[Lane] = []

    @asynccontextmanager
    async def open_context(request_id: str, _prepared: object, use: DatabaseUse) -> AsyncIterator[Context]:
        uses.append(use.lane)
        yield Context(request_id, SlowField())
        use.charge(3)

    settings = Settings.load(client_database_burst_s=5, client_database_share=0.001, trusted_proxies=("127.0.0.1",))
    view = GraphQLView(SCHEMA, settings, open_context)
    config = server_config(Starlette(routes=[Route("/graphql", view)]), settings)
    config.load()
    assert isinstance(config.loaded_app, ProxyHeadersMiddleware)
    transport = httpx.ASGITransport(config.loaded_app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

        async def ask(address: str) -> None:
            headers = {"X-Forwarded-For": address}
            answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers=headers)
            assert answer.json()["data"] == {"__typename": "Query"}

        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"):
            await ask(address)
    assert uses == [Lane.NONE, Lane.NONE, Lane.EXPENSIVE, Lane.NONE]


async def test_new_documents_of_a_client_are_refused_after_many_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    async with stub_server(client_refusals=10) as server:
        monkeypatch.setattr(server.view._refusals, "_clock", lambda: now[0])
        assert (await server.ask("{ hello }")).status_code == 200
        for number in range(12):
            statuses = [(await server.ask(f"{{ unknown{number} }}")).status_code]
            assert statuses == [400 if number < 10 else 429]
        refused = await server.ask("{ hello slow }")
        assert errors_of(refused) == [("TOO_MANY_REQUESTS", "the server refused many requests of this client address")]
        assert refused.headers["retry-after"] == "1"
        assert (await server.ask("{ hello }")).status_code == 200  # another user of the same address
        now[0] = 1.5
        assert [(await server.ask(f"{{ unknown{number} }}")).status_code for number in range(3)] == [400, 400, 429]


async def test_a_missing_persisted_query_and_an_overloaded_server_are_not_refusals() -> None:
    async with stub_server(client_refusals=1, max_operations=1) as server:
        running = asyncio.create_task(server.ask("{ slow }"))
        await server.slow_field.started.acquire()
        for number in range(2):
            extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha(str(number))}}
            missing = await post(server, extensions=extensions)
            assert errors_of(missing)[0][0] == "PERSISTED_QUERY_NOT_FOUND"
            assert (await server.ask("{ hello }")).status_code == 503
        server.slow_field.release.set()
        await running
        assert (await server.ask("{ hello }")).status_code == 200
