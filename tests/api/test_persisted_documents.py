"""Automatic persisted queries: a document is sent once, then identified by its hash."""

from typing import Any

import pytest

from api.graphql.errors import RequestError
from api.graphql.http.negotiation import GRAPHQL, JSON
from api.graphql.http.persisted_documents import ENTRY_OVERHEAD_BYTES, PersistedDocuments, PersistedQueryNotFound
from tests.api.stub_server import StubServer, errors_of, get, post, sha, stub_server

QUERY = "query Hello($n: String) { hello(name: $n) }"
NOT_FOUND = [("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")]
NOT_SUPPORTED = [("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")]


def apq_extensions(digest: object, version: object = 1) -> dict[str, Any]:
    return {"persistedQuery": {"version": version, "sha256Hash": digest}}


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_document_is_sent_once_and_then_identified_by_its_hash(
    server: StubServer, send: Any, accept: str, status: int
) -> None:
    extensions = apq_extensions(sha(QUERY))
    unknown = await send(server, accept, extensions=extensions)
    assert (unknown.status_code, errors_of(unknown)) == (status, NOT_FOUND)
    assert unknown.headers["cache-control"] == "no-store"
    sent = await send(server, accept, query=QUERY, extensions=extensions, variables={"n": "Vantaa"})
    assert (sent.status_code, sent.json()["data"]) == (200, {"hello": "hello Vantaa"})
    known = await send(server, accept, extensions=extensions, variables={"n": "Oslo"})
    assert (known.status_code, known.json()["data"]) == (200, {"hello": "hello Oslo"})


async def test_document_sent_by_post_is_found_by_get(server: StubServer) -> None:
    await post(server, query=QUERY, extensions=apq_extensions(sha(QUERY)))
    assert (await get(server, extensions=apq_extensions(sha(QUERY)))).status_code == 200


async def test_persisted_mutation_by_get_is_rejected(server: StubServer) -> None:
    mutation = "mutation { change }"
    assert (await post(server, query=mutation, extensions=apq_extensions(sha(mutation)))).status_code == 200
    response = await get(server, extensions=apq_extensions(sha(mutation)))
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("accept", [GRAPHQL, JSON])
async def test_hash_of_another_document_is_rejected(server: StubServer, accept: str) -> None:
    response = await post(server, accept, query=QUERY, extensions=apq_extensions(sha(QUERY + " ")))
    message = "the hash in `extensions.persistedQuery` does not match `query`"
    assert (response.status_code, errors_of(response)) == (400, [("BAD_REQUEST", message)])
    assert errors_of(await post(server, extensions=apq_extensions(sha(QUERY + " ")))) == NOT_FOUND


@pytest.mark.parametrize(
    "extensions",
    [
        apq_extensions("abc"),
        apq_extensions(sha(QUERY).upper()),
        apq_extensions(None),
        apq_extensions(sha(QUERY), version=2),
        {"persistedQuery": []},
        {"persistedQuery": {}},
    ],
)
@pytest.mark.parametrize("query", [None, QUERY])
async def test_malformed_hash(server: StubServer, extensions: dict[str, Any], query: str | None) -> None:
    response = await post(server, JSON, query=query, extensions=extensions)
    expected = [("BAD_REQUEST", "`extensions.persistedQuery` is invalid")]
    assert (response.status_code, errors_of(response)) == (400, expected)


async def test_long_document_in_a_short_request_is_not_cached(server: StubServer) -> None:
    """The operation of a document takes memory by the length of the document, not of the request."""
    document = QUERY + "#" + "x" * 40_000
    extensions = apq_extensions(sha(document))
    await post(server, query=document, extensions=extensions)
    for _ in range(2):
        assert (await post(server, extensions=extensions)).json()["data"] == {"hello": "hello you"}
    assert len(server.view._operations._prepared) == 0
    await post(server, query=QUERY)
    assert len(server.view._operations._prepared) == 1


async def test_invalid_document_is_not_cached(server: StubServer) -> None:
    for query in ("{ nope }", "{", '{ city(id: "x") ' + "{ twin " * 30 + "{ id }" + " }" * 31):
        response = await post(server, query=query, extensions=apq_extensions(sha(query)))
        assert response.status_code == 400
        assert errors_of(await post(server, extensions=apq_extensions(sha(query)))) == NOT_FOUND


async def test_null_is_ignored(server: StubServer) -> None:
    response = await post(server, query="{ hello }", extensions={"persistedQuery": None})
    assert response.json()["data"] == {"hello": "hello you"}


@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), (JSON, 200)])
async def test_disabled_cache(accept: str, status: int) -> None:
    """Apollo's and urql's clients recognise these codes and messages, and send whole documents afterwards."""
    async with stub_server(persisted_query_bytes=0) as server:
        response = await post(server, accept, extensions=apq_extensions(sha(QUERY)))
        assert (response.status_code, errors_of(response)) == (status, NOT_SUPPORTED)
        assert (await post(server, accept, query=QUERY, extensions=apq_extensions(sha(QUERY)))).status_code == 200
        assert errors_of(await post(server, accept, extensions=apq_extensions(sha(QUERY)))) == NOT_SUPPORTED


def test_least_recently_used_document_is_evicted() -> None:
    texts = [f"{{ a{n} }}" for n in range(4)]
    documents = PersistedDocuments(3 * (ENTRY_OVERHEAD_BYTES + len(texts[0])))
    for text in texts[:3]:
        documents.put(sha(text), text)
    documents.put(sha(texts[0]), texts[0])  # no effect on the size
    assert documents.resolve(None, apq_extensions(sha(texts[0]))["persistedQuery"]) == (texts[0], sha(texts[0]))
    documents.put(sha(texts[3]), texts[3])
    assert documents.resolve(None, apq_extensions(sha(texts[0]))["persistedQuery"]) == (texts[0], sha(texts[0]))
    with pytest.raises(PersistedQueryNotFound):
        documents.resolve(None, apq_extensions(sha(texts[1]))["persistedQuery"])
    assert documents.resolve(None, apq_extensions(sha(texts[2]))["persistedQuery"]) == (texts[2], sha(texts[2]))
    documents.put(sha(texts[3]), texts[3])  # marks it as used
    documents.put(sha(texts[1]), texts[1])
    assert documents.resolve(None, apq_extensions(sha(texts[3]))["persistedQuery"]) == (texts[3], sha(texts[3]))
    with pytest.raises(PersistedQueryNotFound):
        documents.resolve(None, apq_extensions(sha(texts[0]))["persistedQuery"])


def test_document_over_the_budget_evicts_none() -> None:
    documents = PersistedDocuments(2 * ENTRY_OVERHEAD_BYTES)
    documents.put(sha("{ a }"), "{ a }")
    large = "{ å }" + "#" * ENTRY_OVERHEAD_BYTES
    documents.put(sha(large), large)
    assert documents.resolve(None, apq_extensions(sha("{ a }"))["persistedQuery"]) == ("{ a }", sha("{ a }"))
    with pytest.raises(RequestError, match="PersistedQueryNotFound"):
        documents.resolve(None, apq_extensions(sha(large))["persistedQuery"])
