"""Errors as clients see them, and what is only logged."""

from collections.abc import Iterator

import pytest
import structlog
from graphql import GraphQLError
from structlog.typing import EventDict

import graph.errors
from api.graphql.errors import CODES, CODES_BY_NAME, MAX_ERRORS, RequestError, format_errors
from graph.errors import AnalysisError, CitygraphError, QueryError, SeedError, StoreBusy, StoreError
from tests.api.stub_server import StubServer, errors_of


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as events:
        yield events


def test_codes_are_unique() -> None:
    assert len(CODES_BY_NAME) == len(CODES)


def test_every_graph_error_has_a_code() -> None:
    def tree(root: type[CitygraphError]) -> Iterator[type[CitygraphError]]:
        yield root
        for subclass in root.__subclasses__():
            if subclass.__module__ == graph.errors.__name__:
                yield from tree(subclass)

    raised = {error.code for branch in (QueryError, AnalysisError, StoreError) for error in tree(branch)}
    # Reported as STORE_UNAVAILABLE:
    assert raised - set(CODES_BY_NAME) == {
        "STORE_DAMAGED",
        "STORE_LOCKED",
        "STORE_DENIED",
        "SCHEMA_NEWER",
        "SCHEMA_OLDER",
    }


async def test_query_error_keeps_its_message_code_and_hint(server: StubServer, logged: list[EventDict]) -> None:
    (error,) = (await server.ask("{ a: unknown }")).json()["errors"]
    request_id = error["extensions"].pop("requestId")
    assert len(request_id) == 32
    assert error == {
        "message": "no node has the id City:atlantis",
        "locations": [{"line": 1, "column": 3}],
        "path": ["a"],
        "extensions": {"code": "UNKNOWN_ID", "hint": "look it up with search"},
    }
    assert logged == []


async def test_default_hint(server: StubServer) -> None:
    (error,) = (await server.ask("{ cursor }")).json()["errors"]
    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert (
        error["extensions"]["hint"]
        == "pass the same day, filter, order and other arguments as before, or start without a cursor"
    )


@pytest.mark.parametrize("field", ["broken", "strictlyBroken", "unserialisable"])
async def test_unexpected_errors_are_masked_and_logged(server: StubServer, logged: list[EventDict], field: str) -> None:
    response = await server.ask(f"{{ {field} }}")
    assert errors_of(response) == [("INTERNAL", "An internal error occurred.")]
    assert not any(secret in response.text for secret in ("hunter2", "secret", "MATCH", "Traceback"))
    (event,) = logged
    assert (event["event"], event["log_level"], event["path"]) == ("internal_error", "error", [field])
    assert event["request_id"] == response.json()["errors"][0]["extensions"]["requestId"]
    assert any(secret in str(event["exc_info"]) for secret in ("hunter2", "secret"))


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("timeout", "STORE_TIMEOUT", "A statement exceeded the database's time limit and was cancelled."),
        ("denied", "STORE_UNAVAILABLE", "The database is unavailable."),
        ("loading", "STORE_UNAVAILABLE", "The graph is being loaded."),
        ("failed", "STORE_FAILED", "The database failed to run the statement."),
    ],
)
async def test_store_errors_have_fixed_messages(
    server: StubServer, logged: list[EventDict], kind: str, code: str, message: str
) -> None:
    response = await server.ask(f'{{ store(kind: "{kind}") }}')
    assert errors_of(response) == [(code, message)]
    assert response.headers.get("retry-after") == ("1" if code == "STORE_UNAVAILABLE" else None)
    assert not any(secret in response.text for secret in ("bolt://", "MATCH", "secret"))
    (event,) = logged
    assert (event["event"], event["log_level"]) == ("store_error", "warning")
    assert "bolt://db.internal:7687" in str(event["exc_info"])


async def test_null_variable_for_a_non_null_argument(server: StubServer, logged: list[EventDict]) -> None:
    """Validation accepts the variable because of its default. The message is graphql-core's own."""
    response = await server.ask('query ($n: String = "a") { hello(name: $n) }', variables={"n": None})
    expected = (
        "Argument 'name' has invalid value: Expected variable '$n' provided to non-null type 'String!' not to be None."
    )
    assert errors_of(response) == [("BAD_USER_INPUT", expected)]
    assert logged == []


def test_message_of_an_unexpected_scalar_error_is_removed() -> None:
    cause = ValueError("codec can't decode /etc/secret")
    error = GraphQLError(
        f"Expected value of type 'Date', but encountered error '{cause}'; found: \"x\".", original_error=cause
    )
    (formatted,) = format_errors([error], "validation", "r")
    assert formatted["message"] == "Expected value of type 'Date', found: \"x\"."
    assert formatted["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"  # type: ignore[index]


def test_non_query_errors_are_masked(logged: list[EventDict]) -> None:
    for error in (SeedError([]), CitygraphError("a path: /srv/data"), RuntimeError("x")):
        (formatted,) = format_errors([GraphQLError(str(error), original_error=error)], "execution", "r")
        assert formatted["message"] == "An internal error occurred."
    assert len(logged) == 3


def test_number_of_errors_is_limited(logged: list[EventDict]) -> None:
    errors = [GraphQLError("x", original_error=StoreBusy("busy")) for _ in range(1_000)]
    assert len(format_errors(errors, "execution", "r")) == len(logged) == MAX_ERRORS


def test_request_error_hint() -> None:
    assert RequestError("BAD_REQUEST", "m").hint == "send a JSON object with the document as the string `query`"
    assert RequestError("BAD_REQUEST", "m", hint="h").formatted("r") == {
        "message": "m",
        "extensions": {"code": "BAD_REQUEST", "hint": "h", "requestId": "r"},
    }
