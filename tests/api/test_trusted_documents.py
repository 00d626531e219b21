"""Trusted documents, and documents identified by `documentId`."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.graphql.http.negotiation import GRAPHQL, JSON
from graph.errors import ConfigurationError
from tests.api.stub_server import StubServer, errors_of, get, post, sha, stub_server

HELLO = "query Hello($n: String) { hello(name: $n) }"
CITY = 'query City { city(id: "City:x") { name } }'
CHANGE = "mutation { change }"
REJECTED = [("DOCUMENT_NOT_TRUSTED", "The document is not on the server's list of trusted documents.")]
NOT_FOUND = [("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")]


def apq_extensions(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha(text)}}


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[StubServer]:
    """Start a server with a list of trusted documents."""
    path = tmp_path / "persisted-documents.json"
    path.write_text(json.dumps({"hello-1": HELLO, "sha256:" + sha(CITY): CITY, "change": CHANGE}))
    async with stub_server(trusted_documents=path) as server:
        yield server


@pytest.mark.parametrize("send", [post, get])
async def test_document_id_finds_persisted_queries(server: StubServer, send: Any) -> None:
    hello = "sha256:" + sha(HELLO)
    assert errors_of(await send(server, documentId=hello)) == NOT_FOUND
    sent = await send(server, query=HELLO, documentId=hello)
    assert sent.json()["data"] == {"hello": "hello you"}
    again = await send(server, documentId=hello, variables={"n": "Vantaa"})
    assert again.json()["data"] == {"hello": "hello Vantaa"}
    assert (await send(server, extensions=apq_extensions(HELLO))).json()["data"] == {"hello": "hello you"}


async def test_unknown_and_malformed_ids(server: StubServer) -> None:
    assert errors_of(await post(server, documentId="hello-1")) == NOT_FOUND
    assert errors_of(await post(server, documentId="x-own:hello")) == NOT_FOUND
    for document_id in ("sha256:", "sha256:" + sha(HELLO).upper(), "sha256:abc"):
        response = await post(server, JSON, documentId=document_id)
        assert (response.status_code, errors_of(response)) == (
            400,
            [("BAD_REQUEST", "the hash in `documentId` is invalid")],
        )
    wrong = await post(server, query=HELLO, documentId="sha256:" + sha(CITY))
    assert errors_of(wrong) == [("BAD_REQUEST", "the hash in `documentId` does not match `query`")]
    both = await post(server, documentId="sha256:" + sha(CITY), extensions=apq_extensions(HELLO))
    message = "`documentId` and `extensions.persistedQuery` identify different documents"
    assert errors_of(both) == [("BAD_REQUEST", message)]
    assert errors_of(await post(server, documentId=5)) == [
        ("BAD_REQUEST", "`documentId` is a number, and must be a string")
    ]


async def test_disabled_cache() -> None:
    async with stub_server(persisted_query_bytes=0) as server:
        response = await post(server, documentId="sha256:" + sha(HELLO))
        assert errors_of(response) == [("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")]
        assert (await post(server, query=HELLO, documentId="sha256:" + sha(HELLO))).status_code == 200


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize(
    "parameters",
    [
        {"documentId": "hello-1"},
        {"documentId": "sha256:" + sha(HELLO)},
        {"extensions": apq_extensions(HELLO)},
        {"query": HELLO},
        {"query": HELLO, "extensions": apq_extensions(HELLO)},
        {"query": HELLO, "documentId": "hello-1", "extensions": apq_extensions(HELLO)},
    ],
)
async def test_listed_document_by_id_hash_and_text(strict: StubServer, send: Any, parameters: dict[str, Any]) -> None:
    response = await send(strict, **parameters, variables={"n": "Vantaa"})
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello Vantaa"})


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 403), (JSON, 200)])
@pytest.mark.parametrize(
    "parameters",
    [
        {"query": HELLO + " "},
        {"query": "{ __schema { types { name } } }"},
        {"query": "{ __typename }"},
        {"query": "{"},
        {"documentId": "hello-2"},
        {"documentId": "sha256:" + sha("{ hello }")},
        {"extensions": apq_extensions("{ hello }")},
        {"query": "{ hello }", "extensions": apq_extensions("{ hello }")},
        {"query": "{ hello }", "documentId": "hello-1"},
        {"query": CITY, "documentId": "hello-1"},
        {"documentId": "hello-1", "extensions": apq_extensions(CITY)},
    ],
)
async def test_other_documents_are_rejected(
    strict: StubServer, send: Any, accept: str, status: int, parameters: dict[str, Any]
) -> None:
    for _ in range(2):
        response = await send(strict, accept, **parameters)
        assert (response.status_code, errors_of(response)) == (status, REJECTED)
    assert strict.context_events == []


async def test_listed_mutation_by_get_is_rejected(strict: StubServer) -> None:
    assert (await get(strict, documentId="change")).status_code == 405
    assert (await post(strict, documentId="change")).json()["data"] == {"change": "changed"}
    assert errors_of(await post(strict)) == [("BAD_REQUEST", "`query` is missing")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "{path} is not JSON in UTF-8 at line 1, column 2"),
        ("[]", "{path} contains no documents"),
        ("{}", "{path} contains no documents"),
        ('{"a": 1}', '{path}: the value of "a" is not a string'),
        ('{"a": "{ hello }", "b": "{ nope }"}', '{path}: the document "b" is invalid: Cannot query field'),
        ('{"a": "{ hello"}', '{path}: the document "a" is invalid: Syntax Error'),
        ('{"sha256:1": "{ hello }"}', 'the document "sha256:1" is invalid: its id is not the SHA-256 of its'),
        (None, "{path}: no such file or directory"),
    ],
)
async def test_invalid_list_prevents_the_start(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "list.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        async with stub_server(trusted_documents=path):
            pass
    assert message.format(path=path) in raised.value.message
    assert raised.value.hint
