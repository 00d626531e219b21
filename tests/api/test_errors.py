"""What a client sees of an error, and what only the log does."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from graphql import GraphQLError
from structlog.typing import EventDict

import graph.errors
from api.docs import errors_page
from api.graphql.errors import CODES, CODES_BY_NAME, MAX_ERRORS, RequestError, format_errors
from graph.errors import AnalysisError, CitygraphError, QueryError, SeedError, StoreBusy, StoreError
from tests.api.stub_server import Toy, told, toy

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


@pytest_asyncio.fixture
async def served() -> AsyncIterator[Toy]:
    async with toy() as one:
        yield one


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    with structlog.testing.capture_logs() as events:
        yield events


def test_the_page_on_errors_is_up_to_date() -> None:
    """`make docs` writes it."""
    assert PAGE.read_text(encoding="utf-8") == errors_page()


def test_each_code_stands_once() -> None:
    assert len(CODES_BY_NAME) == len(CODES)


def test_every_error_a_question_can_raise_has_its_code_here() -> None:
    def tree(root: type[CitygraphError]) -> Iterator[type[CitygraphError]]:
        yield root
        for each in root.__subclasses__():
            if each.__module__ == graph.errors.__name__:
                yield from tree(each)

    raised = {each.code for branch in (QueryError, AnalysisError, StoreError) for each in tree(branch)}
    # Told as a database that does not answer:
    assert raised - set(CODES_BY_NAME) == {"STORE_LOCKED", "STORE_DENIED", "SCHEMA_NEWER", "SCHEMA_OLDER"}


async def test_our_own_error_keeps_its_message_code_and_hint(served: Toy, logged: list[EventDict]) -> None:
    (error,) = (await served.ask("{ a: unknown }")).json()["errors"]
    request_id = error["extensions"].pop("requestId")
    assert len(request_id) == 32
    assert error == {
        "message": "no node has the id City:atlantis",
        "locations": [{"line": 1, "column": 3}],
        "path": ["a"],
        "extensions": {"code": "UNKNOWN_ID", "hint": "look it up with search"},
    }
    assert logged == []


async def test_an_error_without_a_hint_takes_that_of_its_code(served: Toy) -> None:
    (error,) = (await served.ask("{ cursor }")).json()["errors"]
    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert error["extensions"]["hint"] == "start again without a cursor"


@pytest.mark.parametrize("field", ["broken", "strictlyBroken", "unserialisable"])
async def test_what_nothing_expected_is_masked_and_logged(served: Toy, logged: list[EventDict], field: str) -> None:
    response = await served.ask(f"{{ {field} }}")
    assert told(response) == [("INTERNAL", "An internal error of the server.")]
    assert not any(each in response.text for each in ("hunter2", "secret", "MATCH", "Traceback"))
    (event,) = logged
    assert (event["event"], event["log_level"], event["path"]) == ("internal_error", "error", [field])
    assert event["request_id"] == response.json()["errors"][0]["extensions"]["requestId"]
    assert any(each in str(event["exc_info"]) for each in ("hunter2", "secret"))


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("timeout", "STORE_TIMEOUT", "A statement exceeded the database's time limit and was cancelled."),
        ("denied", "STORE_UNAVAILABLE", "The database does not answer."),
        ("loading", "STORE_UNAVAILABLE", "The graph is being loaded."),
        ("failed", "STORE_FAILED", "A statement failed in the database."),
    ],
)
async def test_the_database_speaks_in_fixed_sentences(
    served: Toy, logged: list[EventDict], kind: str, code: str, message: str
) -> None:
    response = await served.ask(f'{{ store(kind: "{kind}") }}')
    assert told(response) == [(code, message)]
    assert not any(each in response.text for each in ("bolt://", "MATCH", "secret"))
    (event,) = logged
    assert (event["event"], event["log_level"]) == ("store_error", "warning")
    assert "bolt://db.internal:7687" in str(event["exc_info"])


async def test_a_null_where_none_may_stand_is_the_clients_mistake(served: Toy, logged: list[EventDict]) -> None:
    """Validation lets the variable pass for its default; that graphql-core says it so is pinned here."""
    response = await served.ask('query ($n: String = "a") { hello(name: $n) }', variables={"n": None})
    expected = (
        "Argument 'name' has invalid value: Expected variable '$n' provided to non-null type 'String!' not to be None."
    )
    assert told(response) == [("BAD_USER_INPUT", expected)]
    assert logged == []


def test_a_scalar_that_fails_by_accident_does_not_speak() -> None:
    accident = ValueError("codec can't decode /etc/secret")
    error = GraphQLError(
        f"Expected value of type 'Date', but encountered error '{accident}'; found: \"x\".", original_error=accident
    )
    (found,) = format_errors([error], "validation", "r")
    assert found["message"] == "Expected value of type 'Date', found: \"x\"."
    assert found["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"  # type: ignore[index]


def test_errors_that_no_request_should_meet_are_masked(logged: list[EventDict]) -> None:
    for error in (SeedError([]), CitygraphError("a path: /srv/data"), RuntimeError("x")):
        (found,) = format_errors([GraphQLError(str(error), original_error=error)], "execution", "r")
        assert found["message"] == "An internal error of the server."
    assert len(logged) == 3


def test_a_response_tells_a_bounded_number_of_errors(logged: list[EventDict]) -> None:
    errors = [GraphQLError("x", original_error=StoreBusy("busy")) for _ in range(1_000)]
    assert len(format_errors(errors, "execution", "r")) == len(logged) == MAX_ERRORS


def test_a_refusal_has_the_hint_of_its_code_unless_it_has_its_own() -> None:
    assert RequestError("BAD_REQUEST", "m").hint == "send a JSON object with a string `query`"
    assert RequestError("BAD_REQUEST", "m", hint="h").formatted("r") == {
        "message": "m",
        "extensions": {"code": "BAD_REQUEST", "hint": "h", "requestId": "r"},
    }
