"""What a developer with the token may see, and nobody else."""

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


def client_of(settings: Settings, store: Store) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Starlette(routes=routes(AppState(settings, store))))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest_asyncio.fixture
async def client(seeded_store: Store) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(Settings.load(debug_token=TOKEN), seeded_store) as opened:
        yield opened


def headers(show: str = "timing, statements", token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "X-Citygraph-Debug": show}


async def test_timing_and_statements_are_shown(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await client.get("/graphql", params=QUERY, headers=headers())
        body = answer.json()
        assert body["data"] == DATA
        shown = body["extensions"]["developer"]
        timing = shown["timing"]
        assert list(timing) == ["parseMs", "validateMs", "compileMs", "databaseMs", "shapeMs"]
        assert all(0 < each < 5000 for each in timing.values())
        (statement,) = shown["statements"]
        assert (statement["name"], "MATCH" in statement["text"], 0 < statement["ms"] < 5000) == (
            "traversal/fetch",
            True,
            True,
        )
        assert abs(statement["ms"] - timing["databaseMs"]) < 1
        assert (answer.headers["cache-control"], "etag" in answer.headers) == ("no-store", False)
    only = (await client.post("/graphql", json=QUERY, headers=headers("Timing"))).json()
    assert list(only["extensions"]["developer"]) == ["timing"]


async def test_plans_are_shown_as_the_database_tells_them(client: httpx.AsyncClient) -> None:
    query = """{ cities(first: 2, where: { country: { in: ["FI", "SE"] } }) { nodes { name } } }"""
    answer = (await client.post("/graphql", json={"query": query}, headers=headers("plans, timing"))).json()
    assert len(answer["data"]["cities"]["nodes"]) == 2
    shown = answer["extensions"]["developer"]
    (plan,) = shown["plans"]
    assert plan["name"] == "traversal/cities"
    assert len(plan["lines"]) > 5
    assert any("rows" in line.lower() for line in plan["lines"])
    assert shown["timing"]["planMs"] > 0


async def test_a_question_has_a_plan_for_each_of_its_statements(client: httpx.AsyncClient) -> None:
    query = '{ costPerNetwork(city: "City:vantaa", from: 2020, until: 2024) { networks { network { name } } } }'
    answer = (await client.post("/graphql", json={"query": query}, headers=headers("plans"))).json()
    assert answer["data"]["costPerNetwork"]["networks"]
    plans = answer["extensions"]["developer"]["plans"]
    assert [each["name"] for each in plans] == ["cost_per_network", "traversal/fetch"]
    assert all(each["lines"] for each in plans)


async def test_what_a_developer_saw_is_shown_to_nobody_else(client: httpx.AsyncClient) -> None:
    await client.get("/graphql", params=QUERY, headers=headers())
    first = await client.get("/graphql", params=QUERY)
    assert (first.json()["data"], list(first.json()["extensions"])) == (DATA, ["cost"])
    kept = await client.get("/graphql", params=QUERY)
    assert kept.content == first.content
    again = await client.get("/graphql", params=QUERY, headers=headers() | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, "developer" in again.json()["extensions"]) == (200, True)


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
async def test_without_the_token_it_is_as_any_other_request(client: httpx.AsyncClient, wrong: dict[str, str]) -> None:
    plain = await client.get("/graphql", params=QUERY)
    sent = [(name.encode(), value.encode("latin-1")) for name, value in wrong.items()]
    answer = await client.get("/graphql", params=QUERY, headers=sent)
    assert (answer.status_code, answer.content) == (200, plain.content)
    assert dict(answer.headers) == dict(plain.headers)


async def test_without_a_token_set_nobody_is_shown_anything(seeded_store: Store) -> None:
    async with client_of(Settings.load(), seeded_store) as client:
        for token in ("", "None", "null", TOKEN):
            answer = await client.post("/graphql", json=QUERY, headers=headers(token=token))
            assert list(answer.json()["extensions"]) == ["cost"]


async def test_what_cannot_be_shown_is_told_to_developers(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=QUERY, headers=headers("timing, everything"))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert error["message"] == 'X-Citygraph-Debug contains the unknown part "everything"'


async def test_data_with_errors_has_a_report_too(client: httpx.AsyncClient) -> None:
    query = '{ city(id: "City:vantaa") { name } none: city(id: "Network:none") { name } }'
    body = (await client.post("/graphql", json={"query": query}, headers=headers("statements"))).json()
    assert body["errors"]
    assert "traversal/fetch" in [each["name"] for each in body["extensions"]["developer"]["statements"]]


def test_a_short_token_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Settings.load(debug_token="hunter2")
    assert raised.value.message == "CITYGRAPH_DEBUG_TOKEN must be a text of 16 characters or more"
