"""Automatic persisted queries: a document is sent once, then named by its hash."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.graphql.errors import RequestError
from api.graphql.http.negotiation import GRAPHQL, JSON
from api.graphql.http.persisted_documents import ENTRY_OVERHEAD_BYTES, PersistedDocuments, PersistedQueryNotFound
from tests.api.stub_server import Toy, told, toy

QUERY = "query Hello($n: String) { hello(name: $n) }"
NOT_FOUND = [("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")]
NOT_SUPPORTED = [("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def named(digest: object, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Toy]:
    async with toy() as one:
        yield one


async def post(served: Toy, accept: str = GRAPHQL, **body: object) -> httpx.Response:
    return await served.client.post("/graphql", json=body, headers={"accept": accept})


async def get(served: Toy, accept: str = GRAPHQL, **parameters: object) -> httpx.Response:
    shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return await served.client.get("/graphql", params=shown, headers={"accept": accept})


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_a_document_is_asked_for_once_and_then_known_by_its_hash(
    served: Toy, send: Any, accept: str, status: int
) -> None:
    extensions = named(sha(QUERY))
    missing = await send(served, accept, extensions=extensions)
    assert (missing.status_code, told(missing)) == (status, NOT_FOUND)
    assert missing.headers["cache-control"] == "no-store"
    sent = await send(served, accept, query=QUERY, extensions=extensions, variables={"n": "Vantaa"})
    assert (sent.status_code, sent.json()["data"]) == (200, {"hello": "hello Vantaa"})
    known = await send(served, accept, extensions=extensions, variables={"n": "Oslo"})
    assert (known.status_code, known.json()["data"]) == (200, {"hello": "hello Oslo"})


async def test_what_came_by_post_is_known_by_get(served: Toy) -> None:
    await post(served, query=QUERY, extensions=named(sha(QUERY)))
    assert (await get(served, extensions=named(sha(QUERY)))).status_code == 200


async def test_a_mutation_kept_is_no_less_refused_by_get(served: Toy) -> None:
    mutation = "mutation { change }"
    assert (await post(served, query=mutation, extensions=named(sha(mutation)))).status_code == 200
    response = await get(served, extensions=named(sha(mutation)))
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_a_hash_of_another_document_is_refused(served: Toy, accept: str) -> None:
    response = await post(served, accept, query=QUERY, extensions=named(sha(QUERY + " ")))
    message = "the hash in `extensions.persistedQuery` does not match `query`"
    assert (response.status_code, told(response)) == (400, [("BAD_REQUEST", message)])
    assert told(await post(served, extensions=named(sha(QUERY + " ")))) == NOT_FOUND


@pytest.mark.parametrize(
    "extensions",
    [
        named("abc"),
        named(sha(QUERY).upper()),
        named(None),
        named(sha(QUERY), version=2),
        {"persistedQuery": []},
        {"persistedQuery": {}},
    ],
)
@pytest.mark.parametrize("query", [None, QUERY])
async def test_a_hash_that_is_none(served: Toy, extensions: dict[str, Any], query: str | None) -> None:
    response = await post(served, JSON, query=query, extensions=extensions)
    expected = [("BAD_REQUEST", "`extensions.persistedQuery` is invalid")]
    assert (response.status_code, told(response)) == (400, expected)


async def test_a_document_with_mistakes_is_not_kept(served: Toy) -> None:
    for wrong in ("{ nope }", "{", '{ city(id: "x") ' + "{ twin " * 30 + "{ id }" + " }" * 31):
        refused = await post(served, query=wrong, extensions=named(sha(wrong)))
        assert refused.status_code == 400
        assert told(await post(served, extensions=named(sha(wrong)))) == NOT_FOUND


async def test_null_counts_as_absent(served: Toy) -> None:
    response = await post(served, query="{ hello }", extensions={"persistedQuery": None})
    assert response.json()["data"] == {"hello": "hello you"}


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_a_server_that_keeps_none_says_so(accept: str, status: int) -> None:
    """The messages and codes are those that Apollo's and urql's clients know; they then send whole documents."""
    async with toy(persisted_query_bytes=0) as served:
        response = await post(served, accept, extensions=named(sha(QUERY)))
        assert (response.status_code, told(response)) == (status, NOT_SUPPORTED)
        assert (await post(served, accept, query=QUERY, extensions=named(sha(QUERY)))).status_code == 200
        assert told(await post(served, accept, extensions=named(sha(QUERY)))) == NOT_SUPPORTED


def test_the_documents_used_last_are_kept_within_the_bytes_given() -> None:
    texts = [f"{{ a{n} }}" for n in range(4)]
    room = PersistedDocuments(3 * (ENTRY_OVERHEAD_BYTES + len(texts[0])))
    for text in texts[:3]:
        room.put(sha(text), text)
    room.put(sha(texts[0]), texts[0])  # once more takes no more room
    assert room.resolve(None, named(sha(texts[0]))["persistedQuery"]) == (texts[0], sha(texts[0]))
    room.put(sha(texts[3]), texts[3])
    assert room.resolve(None, named(sha(texts[0]))["persistedQuery"]) == (texts[0], sha(texts[0]))
    with pytest.raises(PersistedQueryNotFound):
        room.resolve(None, named(sha(texts[1]))["persistedQuery"])
    assert room.resolve(None, named(sha(texts[2]))["persistedQuery"]) == (texts[2], sha(texts[2]))
    room.put(sha(texts[3]), texts[3])  # as good as being asked for
    room.put(sha(texts[1]), texts[1])
    assert room.resolve(None, named(sha(texts[3]))["persistedQuery"]) == (texts[3], sha(texts[3]))
    with pytest.raises(PersistedQueryNotFound):
        room.resolve(None, named(sha(texts[0]))["persistedQuery"])


def test_a_document_larger_than_all_room_lets_none_go() -> None:
    room = PersistedDocuments(2 * ENTRY_OVERHEAD_BYTES)
    room.put(sha("{ a }"), "{ a }")
    large = "{ å }" + "#" * ENTRY_OVERHEAD_BYTES
    room.put(sha(large), large)
    assert room.resolve(None, named(sha("{ a }"))["persistedQuery"]) == ("{ a }", sha("{ a }"))
    with pytest.raises(RequestError, match="PersistedQueryNotFound"):
        room.resolve(None, named(sha(large))["persistedQuery"])
