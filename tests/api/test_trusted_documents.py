"""Trusted documents, and documents named by `documentId`."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from api.graphql.http.request import GRAPHQL, JSON
from graph.errors import ConfigurationError
from tests.api.stub_server import Toy, told, toy

HELLO = "query Hello($n: String) { hello(name: $n) }"
CITY = 'query City { city(id: "City:x") { name } }'
CHANGE = "mutation { change }"
REFUSED = [("DOCUMENT_NOT_TRUSTED", "The server executes trusted documents only, and this is not one of them.")]
NOT_FOUND = [("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def named(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha(text)}}


@pytest_asyncio.fixture
async def free() -> AsyncIterator[Toy]:
    """A server that carries out every document."""
    async with toy() as one:
        yield one


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Toy]:
    """A server with a list."""
    listed = tmp_path / "persisted-documents.json"
    listed.write_text(json.dumps({"hello-1": HELLO, "sha256:" + sha(CITY): CITY, "change": CHANGE}))
    async with toy(trusted_documents=listed) as one:
        yield one


async def post(served: Toy, accept: str = GRAPHQL, **body: object) -> httpx.Response:
    return await served.client.post("/graphql", json=body, headers={"accept": accept})


async def get(served: Toy, accept: str = GRAPHQL, **parameters: object) -> httpx.Response:
    shown = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return await served.client.get("/graphql", params=shown, headers={"accept": accept})


@pytest.mark.parametrize("send", [post, get])
async def test_a_document_id_names_what_persisted_queries_keep(free: Toy, send: Any) -> None:
    hello = "sha256:" + sha(HELLO)
    assert told(await send(free, documentId=hello)) == NOT_FOUND
    sent = await send(free, query=HELLO, documentId=hello)
    assert sent.json()["data"] == {"hello": "hello you"}
    again = await send(free, documentId=hello, variables={"n": "Vantaa"})
    assert again.json()["data"] == {"hello": "hello Vantaa"}
    assert (await send(free, extensions=named(HELLO))).json()["data"] == {"hello": "hello you"}


async def test_ids_that_fit_nothing(free: Toy) -> None:
    assert told(await post(free, documentId="hello-1")) == NOT_FOUND
    assert told(await post(free, documentId="x-own:hello")) == NOT_FOUND
    for document_id in ("sha256:", "sha256:" + sha(HELLO).upper(), "sha256:abc"):
        response = await post(free, JSON, documentId=document_id)
        assert (response.status_code, told(response)) == (400, [("BAD_REQUEST", "`documentId` names no document")])
    wrong = await post(free, query=HELLO, documentId="sha256:" + sha(CITY))
    assert told(wrong) == [("BAD_REQUEST", "the hash in `documentId` is not that of `query`")]
    both = await post(free, documentId="sha256:" + sha(CITY), extensions=named(HELLO))
    message = "`documentId` and `extensions.persistedQuery` name different documents"
    assert told(both) == [("BAD_REQUEST", message)]
    assert told(await post(free, documentId=5)) == [("BAD_REQUEST", "`documentId` is a number, and must be a text")]


async def test_a_server_that_keeps_none_says_so() -> None:
    async with toy(persisted_query_bytes=0) as served:
        response = await post(served, documentId="sha256:" + sha(HELLO))
        assert told(response) == [("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")]
        assert (await post(served, query=HELLO, documentId="sha256:" + sha(HELLO))).status_code == 200


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize(
    "naming",
    [
        {"documentId": "hello-1"},
        {"documentId": "sha256:" + sha(HELLO)},
        {"extensions": named(HELLO)},
        {"query": HELLO},
        {"query": HELLO, "extensions": named(HELLO)},
        {"query": HELLO, "documentId": "hello-1", "extensions": named(HELLO)},
    ],
)
async def test_a_listed_document_runs_by_id_by_hash_and_by_its_text(
    strict: Toy, send: Any, naming: dict[str, Any]
) -> None:
    response = await send(strict, **naming, variables={"n": "Vantaa"})
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello Vantaa"})


@pytest.mark.parametrize("send", [post, get])
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 403), (JSON, 200)])
@pytest.mark.parametrize(
    "naming",
    [
        {"query": HELLO + " "},
        {"query": "{ __schema { types { name } } }"},
        {"query": "{ __typename }"},
        {"query": "{"},
        {"documentId": "hello-2"},
        {"documentId": "sha256:" + sha("{ hello }")},
        {"extensions": named("{ hello }")},
        {"query": "{ hello }", "extensions": named("{ hello }")},
        {"query": "{ hello }", "documentId": "hello-1"},
        {"query": CITY, "documentId": "hello-1"},
        {"documentId": "hello-1", "extensions": named(CITY)},
    ],
)
async def test_all_else_is_refused(strict: Toy, send: Any, accept: str, status: int, naming: dict[str, Any]) -> None:
    for _ in range(2):
        response = await send(strict, accept, **naming)
        assert (response.status_code, told(response)) == (status, REFUSED)
    assert strict.opened == []


async def test_a_listed_mutation_is_no_less_refused_by_get(strict: Toy) -> None:
    assert (await get(strict, documentId="change")).status_code == 405
    assert (await post(strict, documentId="change")).json()["data"] == {"change": "changed"}
    assert told(await post(strict)) == [("BAD_REQUEST", "`query` is missing")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "{path} is not JSON: unexpected end of data: line 1 column 2 (char 1)"),
        ("[]", "{path} lists no documents"),
        ("{}", "{path} lists no documents"),
        ('{"a": 1}', '{path}: what stands under "a" is no text'),
        ('{"a": "{ hello }", "b": "{ nope }"}', '{path}: the document "b" cannot be trusted: Cannot query field'),
        ('{"a": "{ hello"}', '{path}: the document "a" cannot be trusted: Syntax Error'),
        ('{"sha256:1": "{ hello }"}', 'the document "sha256:1" cannot be trusted: its id is not the SHA-256 of its'),
        (None, "{path}: no such file or directory"),
    ],
)
async def test_a_faulty_list_ends_the_start(tmp_path: Path, content: str | None, sentence: str) -> None:
    path = tmp_path / "list.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError) as raised:
        async with toy(trusted_documents=path):
            pass
    assert sentence.format(path=path) in raised.value.message
    assert raised.value.hint
