"""Debug reports for requests with the debug token."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.errors import ConfigurationError
from graph.store import Store

TOKEN = "a-token-of-some-length"
QUERY = {"query": '{ city(id: "City:vantaa") { name } }'}
DATA = {"city": {"name": "Vantaa"}}


def make_client(settings: Settings, store: Store) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Starlette(routes=routes(AppState(settings, store))))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest_asyncio.fixture
async def client(seeded_store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(Settings.load(debug_token=TOKEN), seeded_store) as http_client:
        yield http_client


def headers(parts: str = "timing, statements", token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "X-Citygraph-Debug": parts}


async def test_timing_and_statements(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        response = await client.get("/graphql", params=QUERY, headers=headers())
        body = response.json()
        assert body["data"] == DATA
        report = body["extensions"]["debug"]
        timing = report["timing"]
        assert list(timing) == ["parseMs", "validateMs", "compileMs", "databaseMs", "shapeMs"]
        assert all(0 < ms < 5000 for ms in timing.values())
        (statement,) = report["statements"]
        assert (statement["name"], "MATCH" in statement["text"], 0 < statement["ms"] < 5000) == (
            "traversal/fetch",
            True,
            True,
        )
        assert abs(statement["ms"] - timing["databaseMs"]) < 1
        assert (response.headers["cache-control"], "etag" in response.headers) == ("no-store", False)
    only = (await client.post("/graphql", json=QUERY, headers=headers("Timing"))).json()
    assert list(only["extensions"]["debug"]) == ["timing"]


async def test_query_plans(client: httpx.AsyncClient) -> None:
    query = """{ cities(first: 2, where: { country: { in: ["FI", "SE"] } }) { nodes { name } } }"""
    response = (await client.post("/graphql", json={"query": query}, headers=headers("plans, timing"))).json()
    assert len(response["data"]["cities"]["nodes"]) == 2
    report = response["extensions"]["debug"]
    (plan,) = report["plans"]
    assert plan["name"] == "traversal/cities"
    assert len(plan["lines"]) > 5
    assert any("rows" in line.lower() for line in plan["lines"])
    assert report["timing"]["planMs"] > 0


async def test_query_plans_of_a_question(client: httpx.AsyncClient) -> None:
    query = '{ costPerNetwork(city: "City:vantaa", from: 2020, until: 2024) { networks { network { name } } } }'
    response = (await client.post("/graphql", json={"query": query}, headers=headers("plans"))).json()
    assert response["data"]["costPerNetwork"]["networks"]
    plans = response["extensions"]["debug"]["plans"]
    assert [plan["name"] for plan in plans] == ["cost_per_network", "traversal/fetch"]
    assert all(plan["lines"] for plan in plans)


async def test_debug_responses_are_not_cached(client: httpx.AsyncClient) -> None:
    await client.get("/graphql", params=QUERY, headers=headers())
    first = await client.get("/graphql", params=QUERY)
    assert (first.json()["data"], list(first.json()["extensions"])) == (DATA, ["cost"])
    cached = await client.get("/graphql", params=QUERY)
    assert cached.content == first.content
    again = await client.get("/graphql", params=QUERY, headers=headers() | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, "debug" in again.json()["extensions"]) == (200, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"X-Citygraph-Debug": "timing"},
        headers(token="a-token-of-some-lengtH"),
        headers(token=""),
        headers(token="å"),
        {"Authorization": f"Basic {TOKEN}", "X-Citygraph-Debug": "timing"},
        {"Authorization": TOKEN, "X-Citygraph-Debug": "timing"},
        headers("everything", token="another-token-of-length"),
        {"Authorization": f"Bearer {TOKEN}"},
        headers(""),
    ],
)
async def test_debug_header_without_the_token_is_ignored(client: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    plain = await client.get("/graphql", params=QUERY)
    sent = [(name.encode(), value.encode("latin-1")) for name, value in wrong.items()]
    response = await client.get("/graphql", params=QUERY, headers=sent)
    assert (response.status_code, response.content) == (200, plain.content)
    assert dict(response.headers) == dict(plain.headers)


async def test_debug_header_is_ignored_without_a_configured_token(seeded_store: Store) -> None:
    async with make_client(Settings.load(), seeded_store) as client:
        for token in ("", "None", "null", TOKEN):
            response = await client.post("/graphql", json=QUERY, headers=headers(token=token))
            assert list(response.json()["extensions"]) == ["cost"]


async def test_unknown_part_is_rejected(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json=QUERY, headers=headers("timing, everything"))
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert error["message"] == 'X-Citygraph-Debug contains the unknown part "everything"'


async def test_report_beside_errors(client: httpx.AsyncClient) -> None:
    query = '{ city(id: "City:vantaa") { name } none: city(id: "Network:none") { name } }'
    body = (await client.post("/graphql", json={"query": query}, headers=headers("statements"))).json()
    assert body["errors"]
    assert "traversal/fetch" in [statement["name"] for statement in body["extensions"]["debug"]["statements"]]


def test_short_token_is_rejected_and_not_printed() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.load(debug_token="hunter2")
    assert raised.value.message == "CITYGRAPH_DEBUG_TOKEN must be a string of at least 16 characters"
