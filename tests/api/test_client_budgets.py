"""Clients have budgets of database time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.graphql.http.client_budgets import ClientBudgets
from api.graphql.http.view import DatabaseUse, GraphQLView
from api.http.server import server_config
from api.settings import Settings
from tests.api.stub_server import SCHEMA, Context, SlowField


def test_a_budget_is_used_up_and_refilled() -> None:
    now = 0.0
    budgets = ClientBudgets(share=0.5, burst_s=10, clock=lambda: now)
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
    budgets = ClientBudgets(share=0.5, burst_s=1)
    budgets.charge("2001:db8::1", 1e6)
    assert budgets.is_exhausted("2001:db8::2")
    assert not budgets.is_exhausted("2001:db8:0:1::1")
    budgets.charge("::ffff:192.0.2.1", 1e6)
    assert budgets.is_exhausted("192.0.2.1")
    assert not budgets.is_exhausted("unix")


async def test_operations_over_budget_are_expensive() -> None:
    uses: list[bool] = []

    @asynccontextmanager
    async def open_context(request_id: str, _prepared: object, use: DatabaseUse) -> AsyncIterator[Context]:
        uses.append(use.is_expensive)
        yield Context(request_id, SlowField())
        use.seconds = 3.0

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
    assert uses == [False, False, True, False]
