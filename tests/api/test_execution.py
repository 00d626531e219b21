"""Completed values give the same responses as completion by graphql-core."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from graphql import get_named_type
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from api.graphql import questions
from api.graphql.http.view import routes
from api.graphql.schema import schema
from api.settings import Settings
from api.state import AppState
from graph.analysis import AnalysisRunner
from graph.store import Store
from graph.traversal import Compiled, InvalidStoredValue
from tests.api.conftest import Ask
from tests.api.test_every_field import ROOT_FIELDS, arguments, selection
from tests.parity.queries import Known, documents
from tests.parity.test_selections import read_known
from tests.questions.graph_builder import OPEN, SmallGraph, period

CORE = schema._schema

REQUEST = re.compile(rb'"requestId":"\w+"')

_known: list[Known] = []


@pytest_asyncio.fixture
async def client(seeded_store: Store, runner: AnalysisRunner) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the API with the seed data and without a response cache."""
    state = AppState(Settings(request_timeout_s=120, response_cache_bytes=0), seeded_store, runner)
    transport = httpx.ASGITransport(app=Starlette(routes=routes(state)))
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as http_client:
        yield http_client


@contextmanager
def field_by_field() -> Iterator[None]:
    """Disable completed values, so that graphql-core completes every value."""

    def reject(_self: object, _rows: object) -> Any:
        raise InvalidStoredValue

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Compiled, "to_response", reject)
        patched.setattr(questions.nodes, "complete_or_defer", lambda _complete, answer, _context: answer)
        yield


async def both(client: httpx.AsyncClient, query: str, variables: dict[str, object] | None = None) -> bytes:
    """Return the response. Asserts that it is the same, byte for byte, without completed values."""
    body = {"query": query, "variables": variables or {}}
    fast = await client.post("/graphql", json=body)
    with field_by_field():
        slow = await client.post("/graphql", json=body)
    assert REQUEST.sub(b"", fast.content) == REQUEST.sub(b"", slow.content)
    return fast.content


@pytest.mark.slow
@settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
@pytest.mark.asyncio
async def test_generated_documents(client: httpx.AsyncClient, seeded_store: Store, data: st.DataObject) -> None:
    if not _known:
        _known.append(await read_known(seeded_store))
    document = data.draw(documents(_known[0]), label="document")
    size = {("last" if document.backward else "first"): document.size} if document.pages else {}
    await both(client, document.text, dict(size))


FRAGMENTS = """
query ($yes: Boolean!, $no: Boolean!) {
  one: city(id: "City:vantaa") { ...Named, country @skip(if: $yes), land: country @include(if: $yes), ...On }
  network(id: "Network:nordic-safe-cities") {
    __typename
    members(first: 40, orderBy: {field: NAME}) {
      kind: __typename
      edges { __typename at: cursor standing node { ... on Named { nimi: name(language: FI) } ...Named }
              membership { terms { nodes { annualFee { amount }
                                           from: validFrom { date precision swedish: text(language: SV) }
                                           fee: annualFee { sum: amount kind: __typename currency } } } } }
      pageInfo { __typename endCursor more: hasNextPage }
      totalCount
    }
    localisedName(language: SV) { kind: __typename in: language text again: text }
    sources(supporting: "name") { page document { name } }
    relationships(fields: ["seat", "requirements"]) {
      __typename in: field node { ... on City { country } ...Named } seat: node { __typename }
      provenance { basis said: sources { quote } ... on Provenance { note } }
    }
    memberships(first: 2) { edges { provenance { __typename basis sources { id } } node { validUntil { bound } } } }
  }
  nodes(ids: ["City:vantaa", "City:none", "Network:eccar", "City:vantaa"]) {
    __typename ...Named ... on Entity { basis }
  }
  node(id: "Theme:none") { id }
  city(id: "City:none") { id }
  overlappingMemberships(city: "City:vantaa", on: "2024-01-01", first: 2) {
    nodes { shared network { ...Named } other { again: name } evidence { __typename standing member { id } } }
  }
}
fragment Named on Named { id name ...On }
fragment On on Node { id @include(if: $no) same: id }
"""


async def test_fragments_aliases_and_directives(client: httpx.AsyncClient) -> None:
    response = await both(client, FRAGMENTS, {"yes": True, "no": False})
    assert [error["path"] for error in json.loads(response)["errors"]] == [["nodes", 1], ["node"], ["city"]]
    assert b'"land":"FI"' in response
    assert b'"sum":"' in response
    assert b"__label" not in response


@pytest.mark.parametrize("name", [name for name in ROOT_FIELDS if name not in ("node", "nodes")])
async def test_every_field_of_a_question(client: httpx.AsyncClient, name: str) -> None:
    field = CORE.query_type.fields[name]  # type: ignore[union-attr]
    of = get_named_type(field.type)
    response = await both(client, f"{{ {name}{arguments(name, field)} {{ {selection(of, 0)} }} }}")
    assert b'"errors"' not in response, response


async def test_completed_values_bypass_graphql_core(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    completed: list[str] = []
    complete = ExecutorThrowingOnIncremental.complete_value

    def counted(self: Any, return_type: Any, *rest: Any) -> Any:
        completed.append(str(return_type))
        return complete(self, return_type, *rest)

    monkeypatch.setattr(ExecutorThrowingOnIncremental, "complete_value", counted)
    query = """{ city(id: "City:vantaa") { name networks(first: 3) { edges { standing node { name } } } }
        peerCities(city: "City:vantaa", theme: "Theme:vantaa-overall-safety", first: 2) {
          nodes { city { name } shared evidence { collaboration { name } standing } } } }"""
    data = await ask(query)
    assert len(data["city"]["networks"]["edges"]) == 3
    assert len(data["peerCities"]["nodes"]) == 2
    assert completed == []
    with field_by_field():
        assert await ask(query) == data
    assert len(completed) > 40


async def test_invalid_stored_values_are_reported_with_their_path(empty_store: Store) -> None:
    graph = SmallGraph()
    good = {"country": "FI", "basis": "STATED"}
    graph.node("City:a", **good, population=2**40, latitude=60)
    graph.node("City:b", basis="STATED")
    graph.node("City:c", **good, latitude=60.5)
    graph.node("City:d", country="FI", basis="RUMOUR")
    graph.network("n")
    for slug in "abcd":
        graph.member(slug, "n", period("2020-01-01", OPEN), status="ODD" if slug == "c" else "MEMBER")
    await graph.write(empty_store)
    transport = httpx.ASGITransport(
        app=Starlette(routes=routes(AppState(Settings(response_cache_bytes=0), empty_store)))
    )
    client = httpx.AsyncClient(transport=transport, base_url="http://citygraph.test")
    for query, nulls in (
        ("{ cities { nodes { id population } } }", 1),
        ("{ cities { nodes { id latitude } } }", 0),
        ("{ cities { nodes { id country } } }", 1),
        ("{ cities { edges { node { id basis } } } }", 1),
        ('{ city(id: "City:b") { country } other: city(id: "City:a") { country } }', 1),
        ('{ nodes(ids: ["City:a", "City:b"]) { ... on City { country } } }', 1),
        ("{ cities { nodes { memberships(first: 1) { nodes { status city { name country } } } } } }", 2),
    ):
        response = await both(client, query)
        assert response.count(b'"path"') == nulls, response
    response = await both(client, "{ cities { nodes { id latitude } } }")
    assert b'"latitude":60.0' in response
