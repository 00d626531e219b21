"""Every error a client can see: its code from a closed list, what it means and what to do.

A client's own mistakes are told as such. What the product raises on purpose keeps its message, code and hint; the
database's troubles are told in fixed sentences; everything else is masked, and logged in full under the request's id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from graphql import GraphQLError

from graph.errors import (
    AnalysisBusy,
    AnalysisError,
    BadArgument,
    BadCursor,
    GraphChanged,
    GraphLoading,
    LimitExceeded,
    QueryError,
    SchemaNewer,
    SchemaOlder,
    StoreBusy,
    StoreDenied,
    StoreError,
    StoreLocked,
    StoreTimeout,
    StoreUnavailable,
    UnknownId,
)

Phase = Literal["parse", "validation", "variables", "execution"]
"""How far an operation had come when an error was raised."""

MAX_ERRORS: Final = 50
"""How many errors one response tells at most."""

MAX_MESSAGE_CHARS: Final = 1_000
"""How many characters of a message are told: what the client sent may stand in it, however long."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Code:
    """A code, the HTTP status of a response that holds nothing but errors of it, what it means and what to do."""

    name: str
    status: int
    meaning: str
    hint: str


CODES: Final = (
    Code("BAD_REQUEST", 400, "The HTTP request is not a GraphQL request.", "send a JSON object with a string `query`"),
    Code("NOT_FOUND", 404, "Nothing is served at this path.", "send GraphQL requests to /graphql"),
    Code("METHOD_NOT_ALLOWED", 405, "The HTTP method is not served here.", "send queries by GET or POST"),
    Code(
        "NOT_ACCEPTABLE",
        406,
        "None of the media types that the client accepts can be served.",
        "accept application/graphql-response+json or application/json",
    ),
    Code("REQUEST_TIMEOUT", 408, "The request did not arrive in time.", "send the request without pauses"),
    Code("REQUEST_TOO_LARGE", 413, "The body is larger than the limit.", "send a shorter document or fewer variables"),
    Code(
        "UNSUPPORTED_MEDIA_TYPE",
        415,
        "The body is not uncompressed JSON in UTF-8.",
        "send Content-Type: application/json, and no Content-Encoding",
    ),
    Code(
        "GRAPHQL_PARSE_FAILED",
        400,
        "The document has a syntax error.",
        "fix the document at the reported location",
    ),
    Code(
        "GRAPHQL_VALIDATION_FAILED",
        400,
        "The document does not match the schema.",
        "compare it with the schema, for example in GraphiQL",
    ),
    Code(
        "OPERATION_NOT_FOUND",
        400,
        "The document has no operation, several operations without `operationName`, or no operation of that name.",
        "name one of the document's operations in `operationName`",
    ),
    Code(
        "BAD_USER_INPUT",
        400,
        "A variable's value does not match its type.",
        "send a value of the type in the schema",
    ),
    Code(
        "PERSISTED_QUERY_NOT_FOUND",
        400,
        "The request names a document by a hash that the server does not have, or no longer has.",
        "send the document in `query` together with the hash; after that the hash is enough",
    ),
    Code(
        "PERSISTED_QUERY_NOT_SUPPORTED",
        400,
        "The request names a document by its hash, but persisted queries are turned off.",
        "send the document itself in `query`",
    ),
    Code(
        "DOCUMENT_NOT_TRUSTED",
        403,
        "The server executes trusted documents only, and this is not one of them.",
        "send the id, the hash or the exact text of a trusted document",
    ),
    Code(QueryError.code, 400, "The question cannot be answered with these arguments.", "change the question"),
    Code(UnknownId.code, 400, "No node has the id that the question names.", "look the id up, for example by `search`"),
    Code(
        BadArgument.code,
        400,
        "An argument is invalid, alone or in combination with another.",
        "change the argument",
    ),
    Code(
        BadCursor.code,
        400,
        "A cursor is damaged, or belongs to another connection or order.",
        "start again without a cursor",
    ),
    Code(
        LimitExceeded.code,
        400,
        "The operation exceeds a limit; `extensions.limit` contains its name, its value and the requested amount.",
        "ask for less at once",
    ),
    Code(AnalysisError.code, 400, "A measure cannot be computed on this network.", "choose another measure"),
    Code(
        AnalysisBusy.code,
        503,
        "The queue of analyses is full.",
        "retry after the number of seconds in the header Retry-After",
    ),
    Code(StoreBusy.code, 503, "The database is overloaded.", "retry in a few seconds"),
    Code(
        StoreTimeout.code,
        503,
        "A statement exceeded the database's time limit and was cancelled.",
        "ask for less: smaller pages, fewer levels, narrower filters",
    ),
    Code(StoreUnavailable.code, 503, "The database does not answer.", "retry in a few seconds"),
    Code(GraphChanged.code, 503, "The graph was changed while it was read.", "ask again"),
    Code(StoreError.code, 500, "A statement failed in the database.", "report the request id to the operators"),
    Code(
        "DEADLINE_EXCEEDED",
        504,
        "The operation exceeded the time limit of a request and was cancelled.",
        "ask for less: smaller pages, fewer levels, narrower filters",
    ),
    Code(
        "OVERLOADED",
        503,
        "The server runs the maximum number of concurrent operations.",
        "retry after the number of seconds in the header Retry-After",
    ),
    Code("STOPPING", 503, "The server is stopping.", "retry in a few seconds"),
    Code("INTERNAL", 500, "An internal error of the server.", "report the request id to the operators"),
)
CODES_BY_NAME: Final[Mapping[str, Code]] = {each.name: each for each in CODES}
_BY_PHASE: Final[Mapping[Phase, str]] = {
    "parse": "GRAPHQL_PARSE_FAILED",
    "validation": "GRAPHQL_VALIDATION_FAILED",
    "variables": "BAD_USER_INPUT",
    "execution": "INTERNAL",
}
_ARGUMENT: Final = "Argument '"
"""How graphql-core begins what it says of an argument that a variable made invalid after validation."""

FormattedError = dict[str, object]
"""An error as a response holds it: message, locations, path and extensions."""


class RequestError(Exception):
    """The HTTP request is refused before, or instead of, GraphQL: one error with its code, and headers."""

    def __init__(self, code: str, message: str, *, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = CODES_BY_NAME[code]
        self.message = message
        self.hint = hint or self.code.hint
        self.headers = dict(headers or {})

    def formatted(self, request_id: str) -> FormattedError:
        """The error as a response holds it."""
        return {"message": self.message, "extensions": _extensions(self.code.name, self.hint, request_id)}


def format_errors(errors: Sequence[GraphQLError], phase: Phase, request_id: str) -> list[FormattedError]:
    """The errors as a response holds them, at most `MOST_TOLD`; those that are ours are logged."""
    return [_told(each, phase, request_id) for each in errors[:MAX_ERRORS]]


def format_internal_error(error: Exception, request_id: str) -> FormattedError:
    """An error that nothing expected, masked, and logged in full."""
    _log.error("internal_error", request_id=request_id, exc_info=error)
    code = CODES_BY_NAME["INTERNAL"]
    return {"message": code.meaning, "extensions": _extensions(code.name, code.hint, request_id)}


def _told(error: GraphQLError, phase: Phase, request_id: str) -> FormattedError:
    cause = _root_cause(error)
    message, code, hint = error.message, CODES_BY_NAME[_BY_PHASE[phase]], ""
    match cause:
        case StoreError():
            # Fixed sentences: a store's message is for operators and may name addresses, folders and users.
            code = store_code(cause)
            message = "The graph is being loaded." if isinstance(cause, GraphLoading) else code.meaning
            _log.warning("store_error", request_id=request_id, path=error.path, code=cause.code, exc_info=cause)
        case QueryError() | AnalysisError():
            code, hint = CODES_BY_NAME[cause.code], cause.hint
            # A scalar's own complaint says more than the sentence graphql-core wraps it in, but for the place.
            place, wrapped, _ = error.message.partition("Expected value of type ")
            message = place + cause.message if wrapped else cause.message
        case None if phase == "execution" and error.message.startswith(_ARGUMENT):
            code = CODES_BY_NAME["BAD_USER_INPUT"]
        case _ if phase == "execution":
            message = code.meaning
            _log.error("internal_error", request_id=request_id, path=error.path, exc_info=cause or error)
        case Exception():
            # A scalar's parser failed with words that were never meant for a client.
            message = error.message.replace(f", but encountered error '{cause}'; found", ", found")
        case _:
            pass
    formatted: FormattedError = {
        "message": message if len(message) <= MAX_MESSAGE_CHARS else message[: MAX_MESSAGE_CHARS - 1] + "…"
    }
    if error.locations:
        formatted["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    more = error.extensions if isinstance(cause, QueryError) else None
    formatted["extensions"] = _extensions(code.name, hint or code.hint, request_id) | (more or {})
    return formatted


def _root_cause(error: GraphQLError) -> Exception | None:
    """The first error under graphql-core's wrappings that is none of them."""
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def store_code(error: StoreError) -> Code:
    """A store that refused us, is held by another process or is of another version does not answer, to a client."""
    hidden = StoreDenied | StoreLocked | SchemaNewer | SchemaOlder
    return CODES_BY_NAME[StoreUnavailable.code if isinstance(error, hidden) else error.code]


def _extensions(code: str, hint: str, request_id: str) -> dict[str, object]:
    return {"code": code, "hint": hint, "requestId": request_id}
