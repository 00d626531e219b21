"""GraphQL over HTTP: valid requests, and the status, code and message for invalid ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from api.graphql.http.negotiation import GRAPHQL, HTML, JSON, negotiate_media_type
from tests.api.stub_server import StubServer, errors_of, stub_server
from tests.conditions import until

HELLO = {"data": {"hello": "hello you"}, "extensions": {"cost": {"requested": 1, "limit": 500_000}}}


async def post(server: StubServer, content: bytes, **headers: str) -> httpx.Response:
    all_headers = {
        "content-type": JSON,
        "accept": GRAPHQL,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await server.client.post("/graphql", content=content, headers=all_headers)


# --- Valid requests ---


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (GRAPHQL, GRAPHQL),
        (JSON, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{JSON};q=0.5, {GRAPHQL};q=0.8", GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{JSON};q=0, */*", GRAPHQL),
        ("text/html, */*;q=0.1", JSON),
        ("multipart/mixed, application/json", JSON),
    ],
)
async def test_response_has_the_preferred_media_type(server: StubServer, accept: str, content_type: str) -> None:
    response = await server.ask("{ hello }", accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{content_type}; charset=utf-8")
    assert response.json() == HELLO
    assert response.headers["vary"] == "Accept"
    assert response.headers["cache-control"] == "no-store"


def test_media_type_without_accept_header() -> None:
    assert negotiate_media_type(None, (JSON, GRAPHQL, HTML)) == JSON
    assert negotiate_media_type("", (JSON, GRAPHQL, HTML)) == JSON
    assert negotiate_media_type("text/html;q=x, image/*", (JSON, GRAPHQL, HTML)) is None
    assert negotiate_media_type("text/html,application/xhtml+xml,*/*;q=0.8", (JSON, GRAPHQL, HTML)) == HTML


async def test_query_by_get(server: StubServer) -> None:
    parameters = {
        "query": "query A($n: String!) { hello(name: $n) } query B { hello }",
        "operationName": "A",
        "variables": '{"n": "Göteborg"}',
        "extensions": "",
    }
    response = await server.client.get("/graphql", params=parameters, headers={"accept": GRAPHQL})
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello Göteborg"})


async def test_mutation_by_post(server: StubServer) -> None:
    response = await server.ask("mutation { change }")
    assert (response.status_code, response.json()["data"]) == (200, {"change": "changed"})


@pytest.mark.parametrize("part", ["operationName", "variables", "extensions"])
async def test_null_and_unknown_parameters_are_ignored(server: StubServer, part: str) -> None:
    response = await server.ask("{ hello }", **{part: None, "unknown": [1]})
    assert (response.status_code, response.json()) == (200, HELLO)


async def test_head_has_the_headers_of_get(server: StubServer) -> None:
    response = await server.client.head("/graphql?query=%7Bhello%7D", headers={"accept": GRAPHQL})
    assert (response.status_code, response.headers["content-type"]) == (200, f"{GRAPHQL}; charset=utf-8")


async def test_options_lists_the_methods(server: StubServer) -> None:
    response = await server.client.options("/graphql")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


# --- Invalid requests ---

NO_QUERY = "`query` is missing"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is empty"),
        (b"null", "the body is null, and must be a JSON object"),
        (b"1", "the body is a number, and must be a JSON object"),
        (b"true", "the body is a boolean, and must be a JSON object"),
        (b'"{ hello }"', "the body is a string, and must be a JSON object"),
        (b'[{"query": "{ hello }"}]', "the body is an array, and must be a JSON object"),
        (b"{}", NO_QUERY),
        (b'{"query": null}', NO_QUERY),
        (b'{"qeury": "{ hello }"}', NO_QUERY),
        (b'{"query": 1}', "`query` is a number, and must be a string"),
        (b'{"query": ["{ hello }"]}', "`query` is an array, and must be a string"),
        (b'{"query": "{ hello }", "variables": "{}"}', "`variables` is a string, and must be an object"),
        (b'{"query": "{ hello }", "variables": [7]}', "`variables` is an array, and must be an object"),
        (b'{"query": "{ hello }", "operationName": 0}', "`operationName` is a number, and must be a string"),
        (b'{"query": "{ hello }", "operationName": false}', "`operationName` is a boolean, and must be a string"),
        (b'{"query": "{ hello }", "extensions": 0}', "`extensions` is a number, and must be an object"),
        (
            b'{"query": "{ hello }", "variables": ' + b'{"a":' * 64 + b"1" + b"}" * 65,
            "the body nests deeper than 64 levels",
        ),
    ],
)
async def test_invalid_graphql_request(server: StubServer, body: bytes, message: str) -> None:
    for accept in (GRAPHQL, JSON):
        response = await post(server, body, accept=accept)
        assert (response.status_code, errors_of(response)) == (400, [("BAD_REQUEST", message)])
        assert "data" not in response.json()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 100_000, "nests deeper than 64 levels"),
        (b'{"a":' * 50_000, "nests deeper than 64 levels"),
        (b"NONSENSE", "is not JSON: line 1, column 1 is invalid"),
        (b'{"query": ', "is not JSON: it is incomplete"),
        (b'{"query": "\xff"}', "is not UTF-8: byte 12 is invalid"),
        (b'{"query": "\xed\xa0\x80"}', "is not UTF-8: byte 12 is invalid"),
        (b'{"query": "{ hello }"}'.decode().encode("utf-16"), "is not UTF-8: byte 1 is invalid"),
        (b'{"query":\n "\\ud800"}', "is not JSON: line 2, column 3 is invalid"),
        (b'{"query": "{ hello }", "variables": {"a": NaN}}', "is not JSON: line 1, column 43 is invalid"),
        (b'\xef\xbb\xbf{"query": "{ hello }"}', "is not JSON: line 1, column 1 is invalid"),
        (b'{"query": "{ hello }"} {}', "is not JSON: line 1, column 24 is invalid"),
    ],
)
async def test_invalid_json(server: StubServer, body: bytes, reason: str) -> None:
    response = await post(server, body)
    assert (response.status_code, errors_of(response)) == (400, [("BAD_REQUEST", f"the body {reason}")])


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"content_type": "text/plain"}, 'Content-Type "text/plain" is not supported'),
        (
            {"content_type": "application/x-www-form-urlencoded"},
            'Content-Type "application/x-www-form-urlencoded" is not supported',
        ),
        ({"content_type": "multipart/form-data; boundary=x"}, 'Content-Type "multipart/form-data" is not supported'),
        ({"content_type": "application/json; charset=utf-16"}, '"charset=utf-16" is not supported'),
        ({"content_type": "x" * 200}, f'Content-Type "{"x" * 79}…" is not supported'),
        ({"content_encoding": "gzip"}, 'Content-Encoding "gzip" is not supported'),
    ],
)
async def test_unsupported_media_type(server: StubServer, headers: dict[str, str], message: str) -> None:
    response = await post(server, b'{"query": "{ hello }"}', **headers)
    assert (response.status_code, errors_of(response)) == (415, [("UNSUPPORTED_MEDIA_TYPE", message)])


async def test_missing_content_type(server: StubServer) -> None:
    response = await server.client.post("/graphql", content=b'{"query": "{ hello }"}', headers={"accept": JSON})
    expected = [("UNSUPPORTED_MEDIA_TYPE", "the request has no Content-Type")]
    assert (response.status_code, errors_of(response)) == (415, expected)


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", 'APPLICATION/JSON; charset="utf-8"'])
async def test_content_type_spellings(server: StubServer, content_type: str) -> None:
    response = await post(server, '{"query": "{ hello(name: \\"ÅÄÖ\\") }"}'.encode(), content_type=content_type)
    assert response.json()["data"] == {"hello": "hello ÅÄÖ"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
async def test_method_not_allowed(server: StubServer, method: str) -> None:
    response = await server.client.request(method, "/graphql", headers={"accept": JSON})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert errors_of(response) == [("METHOD_NOT_ALLOWED", f"{method} is not allowed at /graphql")]


@pytest.mark.parametrize("accept", ["image/png", "application/xml, text/plain", "application/json;q=0", "text/html"])
async def test_not_acceptable(server: StubServer, accept: str) -> None:
    response = await server.ask("{ hello }", accept=accept)
    expected = [("NOT_ACCEPTABLE", "the server offers none of the media types in Accept")]
    assert (response.status_code, errors_of(response)) == (406, expected)
    assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("operation", ["mutation { change }", "mutation M { change } query Q { hello }"])
async def test_mutation_by_get_is_rejected(server: StubServer, operation: str) -> None:
    parameters = {"query": operation, "operationName": "M" if "Q" in operation else ""}
    for accept in (GRAPHQL, JSON):
        response = await server.client.get("/graphql", params=parameters, headers={"accept": accept})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert errors_of(response) == [("METHOD_NOT_ALLOWED", "The API is read-only: it has no mutations.")]
    assert server.context_events == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("", NO_QUERY),
        ("query=", NO_QUERY),
        ("query=%7Bhello%7D&query=%7Bhello%7D", 'the parameter "query" is repeated'),
        ("query=%FF", "the URL's parameters are not UTF-8"),
        (
            "query=%7Bhello%7D&variables=%7B",
            "`variables` is not JSON: it is incomplete",
        ),
        ("query=%7Bhello%7D&variables=1", "`variables` is a number, and must be an object"),
        ("query=%7Bhello%7D&extensions=%5B%5D", "`extensions` is an array, and must be an object"),
        ("&".join(f"a{n}=1" for n in range(21)), "the URL has more than 20 parameters"),
    ],
)
async def test_invalid_get_request(server: StubServer, parameters: str, message: str) -> None:
    response = await server.client.get(f"/graphql?{parameters}", headers={"accept": GRAPHQL})
    assert (response.status_code, errors_of(response)) == (400, [("BAD_REQUEST", message)])


async def test_body_over_the_limit() -> None:
    async with stub_server(max_request_bytes=1024) as server:
        response = await post(server, b"x" * 1025)
        expected = [("REQUEST_TOO_LARGE", "a body of 1025 bytes is over the limit of 1024")]
        assert (response.status_code, errors_of(response)) == (413, expected)

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 600

        response = await server.client.post("/graphql", content=endless(), headers={"content-type": JSON})
        expected = [("REQUEST_TOO_LARGE", "a body of at least 1200 bytes is over the limit of 1024")]
        assert (response.status_code, errors_of(response)) == (413, expected)
        assert response.headers["connection"] == "close"


async def test_query_over_the_limit(server: StubServer) -> None:
    response = await server.ask("{ hello } #" + "x" * 1_000_000)
    ((code, message),) = errors_of(response)
    assert (response.status_code, code) == (413, "REQUEST_TOO_LARGE")
    assert message.endswith("bytes is over the limit of 262144")


# --- Rejected documents ---


def nested(depth: int) -> str:
    return '{ city(id: "x") ' + "{ twin " * (depth - 2) + "{ name }" + " }" * (depth - 2) + " }"


REJECTED: list[tuple[str, dict[str, Any], str, str]] = [
    ("{", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error: Expected Name, found <EOF>."),
    ("", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error: Unexpected <EOF>."),
    ("\x00", {}, "GRAPHQL_PARSE_FAILED", "Syntax Error: Unexpected character: U+0000."),
    ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nope' on type 'Query'. Did you mean 'nodes'?"),
    ("{ hello(name: 1) }", {}, "GRAPHQL_VALIDATION_FAILED", "String cannot represent a non string value: 1"),
    ('{ on(day: "2023-02-30") }', {}, "GRAPHQL_VALIDATION_FAILED", "'2023-02-30' is not a date"),
    ('{ on(day: "2026-W01-1") }', {}, "GRAPHQL_VALIDATION_FAILED", "'2026-W01-1' is not a date"),
    (
        "query ($d: Date!) { on(day: $d) }",
        {"variables": {"d": "27.11.2023"}},
        "BAD_USER_INPUT",
        "Variable '$d' has invalid value: '27.11.2023' is not a date",
    ),
    (
        "query ($d: Date!) { on(day: $d) }",
        {},
        "BAD_USER_INPUT",
        "Variable '$d' has invalid value: Expected a value of non-null type 'Date!' to be provided.",
    ),
    (
        "query ($n: Int) { cities(first: $n) { totalCount } }",
        {"variables": {"n": 10**30}},
        "BAD_USER_INPUT",
        "Variable '$n' has invalid value: Int cannot represent non 32-bit signed integer value: 1e+30",
    ),
    (
        "query A { hello } query A { hello }",
        {"operationName": "A"},
        "GRAPHQL_VALIDATION_FAILED",
        "There can be only one operation named 'A'.",
    ),
    (
        "query A { hello } query B { hello }",
        {},
        "OPERATION_NOT_FOUND",
        "the document contains 2 operations, and `operationName` is missing",
    ),
    ("{ hello }", {"operationName": "Z"}, "OPERATION_NOT_FOUND", 'the document contains no operation named "Z"'),
    ("fragment F on Query { hello }", {}, "OPERATION_NOT_FOUND", "the document contains no operation"),
    ("type Query { a: Int }", {}, "OPERATION_NOT_FOUND", "the document contains no operation"),
    (
        "{ ...F } fragment F on Query { ...F }",
        {},
        "GRAPHQL_VALIDATION_FAILED",
        "Cannot spread fragment 'F' within itself.",
    ),
    (nested(50), {}, "LIMIT_EXCEEDED", "depth 50 is over the limit of 20"),
    (nested(10_000), {"max_tokens": 100_000}, "LIMIT_EXCEEDED", "the document is over the limit of 20 levels"),
    (
        "{ hello(name: " + "[" * 10_000 + "]" * 10_000 + ") }",
        {"max_tokens": 100_000},
        "LIMIT_EXCEEDED",
        "the document is over the limit of 20 levels",
    ),
    ("{ " + "hello " * 5_000 + "}", {}, "LIMIT_EXCEEDED", "the document is over the limit of 5000 tokens"),
    (
        '{ city(id: "x") '
        + "{ ...F0 } }"
        + "".join(f" fragment F{n} on City {{ ...F{n + 1} }}" for n in range(300))
        + " fragment F300 on City { name }",
        {},
        "LIMIT_EXCEEDED",
        "the document nests fragments too deeply or repeats fields too often to be validated",
    ),
    (
        "{ " + 'city(id: "x") { name } ' * 440 + "}",
        {},
        "LIMIT_EXCEEDED",
        "the document nests fragments too deeply or repeats fields too often to be validated",
    ),
    ("#\n" * 5_001 + "{ hello }", {}, "LIMIT_EXCEEDED", "the document is over the limit of 5000 tokens"),
    ("{ cities(first: 1000000) { totalCount } }", {}, "LIMIT_EXCEEDED", "first 1000000 is over the limit of 500"),
    ("{ cities(first: -1) { totalCount } }", {}, "BAD_ARGUMENT", "first is -1"),
    ("{ cities(last: -1) { totalCount } }", {}, "BAD_ARGUMENT", "last is -1"),
]


@pytest.mark.parametrize(
    ("query", "parameters", "code", "message"), REJECTED, ids=[query[:40] for query, *_ in REJECTED]
)
async def test_rejected_documents(query: str, parameters: dict[str, Any], code: str, message: str) -> None:
    body = {name: value for name, value in parameters.items() if name != "max_tokens"}
    async with stub_server(max_tokens=parameters.get("max_tokens", 5_000)) as server:
        response = await server.ask(query, **body)
        assert (response.status_code, errors_of(response)) == (400, [(code, message)])
        assert "data" not in response.json()
        legacy = await server.ask(query, accept=JSON, **body)
        assert (legacy.status_code, errors_of(legacy)) == (200, [(code, message)])
        assert "data" not in legacy.json()
        assert server.context_events == []


async def test_a_thousand_aliases_are_rejected(server: StubServer) -> None:
    response = await server.ask("{ " + " ".join(f"a{n}: hello" for n in range(1_000)) + " }")
    assert (response.status_code, errors_of(response)) == (
        400,
        [
            ("LIMIT_EXCEEDED", "aliases 1000 is over the limit of 100"),
            ("LIMIT_EXCEEDED", "root fields 1000 is over the limit of 20"),
        ],
    )
    assert response.json()["extensions"] == {"cost": {"requested": 1_000, "limit": 500_000}}


def bombs() -> Iterator[tuple[str, str]]:
    levels = range(60)
    spread = "".join(f"fragment F{n} on City {{ ...F{n + 1} ...F{n + 1} }} " for n in levels)
    yield "doubling", f'{{ city(id: "x") {{ ...F0 }} }} {spread} fragment F60 on City {{ name }}'
    nested = "".join(
        f"fragment F{n} on City {{ a: twin {{ ...F{n + 1} }} b: twin {{ ...F{n + 1} }} }} " for n in levels
    )
    yield "doubling in depth", f'{{ city(id: "x") {{ ...F0 }} }} {nested} fragment F60 on City {{ name }}'
    chain = "".join(f"fragment F{n} on City {{ twin {{ ...F{n + 1} }} }} " for n in range(400))
    yield "a chain of fragments", f'{{ city(id: "x") {{ ...F0 }} }} {chain} fragment F400 on City {{ name }}'
    ring = "".join(f"fragment F{n} on City {{ ...F{(n + 1) % 60} ...F{(n + 7) % 60} }} " for n in levels)
    yield "a ring", f'{{ city(id: "x") {{ ...F0 }} }} {ring}'
    same = " ".join('city(id: "x") { twin { name id } }' for _ in range(400))
    yield "the same again", f"{{ {same} }}"


@pytest.mark.parametrize(("name", "query"), list(bombs()))
async def test_fragment_bombs_are_rejected(server: StubServer, name: str, query: str) -> None:
    """To follow each of their paths would never end."""
    response = await server.ask(query)
    assert response.status_code == 400, name
    assert {code for code, _ in errors_of(response)} <= {"LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED"}


async def test_validation_errors_are_limited(server: StubServer) -> None:
    response = await server.ask("{ " + " ".join(f"nope{n}" for n in range(1_000)) + " }")
    assert len(errors_of(response)) == 21
    assert errors_of(response)[-1][1] == "Too many validation errors, error limit reached. Validation aborted."


async def test_suggestions_are_off_in_production() -> None:
    production = {"production": True, "database_uri": "bolt://localhost:7687"}
    async with stub_server(**production) as server:
        response = await server.ask("{ nope }")
        assert errors_of(response) == [("GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nope' on type 'Query'.")]


# --- Execution ---


async def test_data_with_errors_is_a_partial_success(server: StubServer) -> None:
    response = await server.ask("{ hello unknown }")
    assert (response.status_code, response.json()["data"]) == (294, {"hello": "hello you", "unknown": None})
    legacy = await server.ask("{ hello unknown }", accept=JSON)
    assert legacy.status_code == 200
    nothing = await server.ask("{ strictlyBroken }")
    assert (nothing.status_code, nothing.json()["data"]) == (294, None)


async def test_context_is_closed_after_the_operation(server: StubServer) -> None:
    response = await server.ask("{ requestId }")
    assert len(response.json()["data"]["requestId"]) == 32
    assert server.context_events == ["open", "closed"]


async def test_operation_is_cancelled_at_the_deadline() -> None:
    async with stub_server(request_timeout_s=0.2, statement_timeout_s=0.1) as server:
        response = await server.ask("{ slow }")
        expected = [("DEADLINE_EXCEEDED", "the operation took longer than 0.2 s")]
        assert (response.status_code, errors_of(response)) == (504, expected)
        await until(lambda: len(server.context_events) == 2)
        assert (server.slow_field.outcomes, server.context_events) == (["cancelled"], ["open", "closed"])


async def test_slow_body_is_rejected_at_the_deadline() -> None:
    async with stub_server(request_timeout_s=0.2, statement_timeout_s=0.1) as server:

        async def trickle() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.05)

        response = await server.client.post("/graphql", content=trickle(), headers={"content-type": JSON})
        expected = [("REQUEST_TIMEOUT", "the request did not arrive within 0.2 s")]
        assert (response.status_code, errors_of(response)) == (408, expected)


async def test_body_in_several_chunks() -> None:
    async with stub_server() as server:

        async def parts() -> AsyncIterator[bytes]:
            for part in (b'{"query": ', b'"{ hello }"', b"}"):
                yield part

        response = await server.client.post("/graphql", content=parts(), headers={"content-type": JSON})
        assert response.json() == HELLO


async def test_headers_are_checked_for_every_request(server: StubServer) -> None:
    body = json.dumps({"query": "{ hello }"})
    assert (await server.ask("{ hello }")).status_code == 200
    for headers in ({"content-type": "text/plain"}, {"content-type": JSON, "content-encoding": "br"}):
        for _ in range(2):
            assert (await server.client.post("/graphql", content=body, headers=headers)).status_code == 415


async def test_invalid_body_is_rejected_every_time(server: StubServer) -> None:
    for _ in range(2):
        response = await server.client.post("/graphql", content=b"[1]", headers={"content-type": JSON})
        assert errors_of(response) == [("BAD_REQUEST", "the body is an array, and must be a JSON object")]


async def test_operations_over_the_limit_are_rejected() -> None:
    async with stub_server(max_operations=2) as server:
        running = [asyncio.create_task(server.ask("{ slow }")) for _ in range(2)]
        await server.slow_field.started.acquire()
        await server.slow_field.started.acquire()
        response = await server.ask("{ hello }")
        expected = [("OVERLOADED", "the server is running 2 operations, its maximum")]
        assert (response.status_code, errors_of(response)) == (503, expected)
        assert response.headers["retry-after"] == "1"
        server.slow_field.release.set()
        assert [response.json()["data"] for response in await asyncio.gather(*running)] == [{"slow": "done"}] * 2
        assert (await server.ask("{ hello }")).status_code == 200


async def test_operation_is_cancelled_when_the_client_disconnects(server: StubServer) -> None:
    body = json.dumps({"query": "{ slow }"}).encode()
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await server.slow_field.started.acquire()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"accept", GRAPHQL.encode())],
    }
    with pytest.raises(ClientDisconnect):
        await server.view(scope, receive, send)
    await until(lambda: len(server.context_events) == 2)
    assert (sent, server.slow_field.outcomes, server.context_events) == ([], ["cancelled"], ["open", "closed"])
