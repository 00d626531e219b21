"""Define the error codes of the API, and convert exceptions to GraphQL errors.

Errors that this application raises on purpose keep their message, code and hint. The message of a database error is
replaced by a fixed text. All other exceptions are logged and reported as INTERNAL.
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
    StoreDamaged,
    StoreDenied,
    StoreError,
    StoreLocked,
    StoreTimeout,
    StoreUnavailable,
    UnknownId,
)
from graph.tables import respelled

Phase = Literal["parse", "validation", "limits", "variables", "execution"]
"""The phase of a request in which an error is raised."""

MAX_ERRORS: Final = 50
"""Maximum number of errors in one response."""

RETRY_AFTER_S: Final = 1
"""Default value, in seconds, of the header Retry-After. It is used if no better value is known."""

MAX_MESSAGE_CHARS: Final = 1_000
"""Maximum length of an error message. A limit is needed because messages quote input, which can be long."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Code:
    """An error code with its meaning and its hint.

    The HTTP status of a response without `data` is the `status` of the first error's code.
    """

    name: str
    status: int
    meaning: str
    hint: str


CODES: Final = (
    Code(
        "BAD_REQUEST",
        400,
        "The HTTP request is not a GraphQL request.",
        "send a JSON object with the document as the string `query`",
    ),
    Code("NOT_FOUND", 404, "Nothing is served at this path.", "send GraphQL requests to /graphql"),
    Code("METHOD_NOT_ALLOWED", 405, "The HTTP method is not allowed.", "send queries by GET or POST"),
    Code(
        "NOT_ACCEPTABLE",
        406,
        "The server offers none of the media types in Accept.",
        "accept application/graphql-response+json or application/json",
    ),
    Code("REQUEST_TIMEOUT", 408, "The request did not arrive in time.", "send the whole request without pauses"),
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
        "fix the document at the given location",
    ),
    Code(
        "GRAPHQL_VALIDATION_FAILED",
        400,
        "The document is not valid for the schema.",
        "compare the document with the schema, in GraphiQL or by introspection",
    ),
    Code(
        "OPERATION_NOT_FOUND",
        400,
        "The operation is not in the document, or the document has several operations and `operationName` is missing.",
        "set `operationName` to the name of an operation in the document",
    ),
    Code(
        "BAD_USER_INPUT",
        400,
        "The value of a variable does not match its type.",
        "send a value of the type declared in the document",
    ),
    Code(
        "PERSISTED_QUERY_NOT_FOUND",
        400,
        "The request identifies a document by a hash that is not in the cache.",
        "send the document in `query` with the hash; later requests can send only the hash",
    ),
    Code(
        "PERSISTED_QUERY_NOT_SUPPORTED",
        400,
        "The request identifies a document by its hash, but this server does not cache documents.",
        "send the document in `query`",
    ),
    Code(
        "DOCUMENT_NOT_TRUSTED",
        403,
        "The document is not on the server's list of trusted documents.",
        "send the id, the hash or the exact text of a listed document",
    ),
    Code(QueryError.code, 400, "The query cannot be answered.", "change the query"),
    Code(UnknownId.code, 400, "No node has the given id.", "look up the id, for example with `search`"),
    Code(
        BadArgument.code,
        400,
        "The value of an argument is invalid, or conflicts with another argument.",
        "change the argument",
    ),
    Code(
        BadCursor.code,
        400,
        "The cursor is damaged, or comes from another field, or from the field with other arguments.",
        "pass the same day, filter, order and other arguments as before, or start without a cursor",
    ),
    Code(
        LimitExceeded.code,
        400,
        "The operation exceeds a limit. `extensions.limit` contains its name, the limit and the requested value.",
        "request less data in one operation",
    ),
    Code(AnalysisError.code, 400, "The network measure cannot be computed for this network.", "choose another measure"),
    Code(
        AnalysisBusy.code,
        503,
        "The queue of analyses is full.",
        "retry after the number of seconds in the Retry-After header",
    ),
    Code(StoreBusy.code, 503, "The database is overloaded.", "retry in a few seconds"),
    Code(
        StoreTimeout.code,
        503,
        "A statement exceeded the database's time limit and was cancelled.",
        "request less data: smaller pages, fewer levels, narrower conditions",
    ),
    Code(StoreUnavailable.code, 503, "The database is unavailable.", "retry in a few seconds"),
    Code(GraphChanged.code, 503, "The graph changed during the query.", "send the request again"),
    Code(StoreError.code, 500, "The database failed to run the statement.", "report the request id to the operators"),
    Code(
        "TOO_MANY_REQUESTS",
        429,
        "The server has refused too many requests of this client address. It accepts only documents that it knows to "
        "be valid.",
        "fix the requests, or retry after the number of seconds in the Retry-After header",
    ),
    Code(
        "DEADLINE_EXCEEDED",
        504,
        "The operation exceeded the time limit of a request and was cancelled.",
        "request less data: smaller pages, fewer levels, narrower conditions",
    ),
    Code(
        "OVERLOADED",
        503,
        "The server is at its maximum number of connections or concurrent operations.",
        "retry after the number of seconds in the Retry-After header",
    ),
    Code("STOPPING", 503, "The server is stopping.", "retry in a few seconds"),
    Code("INTERNAL", 500, "An internal error occurred.", "report the request id to the operators"),
)
CODES_BY_NAME: Final[Mapping[str, Code]] = {code.name: code for code in CODES}
_BY_PHASE: Final[Mapping[Phase, str]] = {
    "parse": "GRAPHQL_PARSE_FAILED",
    "validation": "GRAPHQL_VALIDATION_FAILED",
    "limits": "GRAPHQL_VALIDATION_FAILED",
    "variables": "BAD_USER_INPUT",
    "execution": "INTERNAL",
}
_INVALID_ARGUMENT: Final = "Argument '"
"""The first characters of graphql-core's error message for an argument whose variable has an invalid value."""

FormattedError = dict[str, object]
"""An error as it appears in a response: message, locations, path and extensions."""


class RequestError(Exception):
    """An error for a request that was rejected, or that was cancelled at its deadline.

    The response to the request contains `headers`.
    """

    def __init__(self, code: str, message: str, *, hint: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = CODES_BY_NAME[code]
        self.message = message
        self.hint = hint or self.code.hint
        self.headers = dict(headers or {})

    def formatted(self, request_id: str) -> FormattedError:
        """Return the error in the form in which it appears in the list `errors` of a response."""
        return {"message": self.message, "extensions": _extensions(self.code.name, self.hint, request_id)}


def format_errors(errors: Sequence[GraphQLError], phase: Phase, request_id: str) -> list[FormattedError]:
    """Return the first MAX_ERRORS errors in the form in which they appear in a response.

    Logs database and internal errors.
    """
    return [_format_error(error, phase, request_id) for error in errors[:MAX_ERRORS]]


def format_internal_error(error: Exception, request_id: str) -> FormattedError:
    """Log an unexpected exception, and return the error INTERNAL. The returned error does not reveal the exception."""
    _log.error("internal_error", request_id=request_id, exc_info=error)
    code = CODES_BY_NAME["INTERNAL"]
    return {"message": code.meaning, "extensions": _extensions(code.name, code.hint, request_id)}


def _format_error(error: GraphQLError, phase: Phase, request_id: str) -> FormattedError:
    cause = _root_cause(error)
    message, code, hint = error.message, CODES_BY_NAME[_BY_PHASE[phase]], ""
    match cause:
        case StoreError():
            # The messages of StoreError are for operators: they may contain addresses, paths and user names.
            code = store_code(cause)
            message = "The graph is being loaded." if isinstance(cause, GraphLoading) else code.meaning
            _log.warning(
                "store_error",
                request_id=request_id,
                path=error.path,
                code=cause.code,
                reason=cause.message,
                hint=cause.hint,
                exc_info=cause,
            )
        case QueryError() | AnalysisError():
            # A scalar that refuses a value is an error of its phase, as a wrong value of an enum is.
            is_value = isinstance(cause, BadArgument) and phase in ("validation", "variables")
            code = code if is_value else CODES_BY_NAME[cause.code]
            hint = respelled(cause.hint, lambda member: member.name)
            # graphql-core adds text to the error of a scalar. Only the location at the start of this text is useful.
            location, wrapper, _ = error.message.partition("Expected value of type ")
            message = location + cause.message if wrapper else cause.message
        case None if phase == "execution" and error.message.startswith(_INVALID_ARGUMENT):
            code = CODES_BY_NAME["BAD_USER_INPUT"]
        case _ if phase == "execution":
            message = code.meaning
            _log.error("internal_error", request_id=request_id, path=error.path, exc_info=cause or error)
        case Exception():
            # The message of an unexpected exception in a scalar's parser is not for clients.
            message = error.message.replace(f", but encountered error '{cause}'; found", ", found")
        case _:
            pass
    formatted: FormattedError = {
        "message": message if len(message) <= MAX_MESSAGE_CHARS else message[: MAX_MESSAGE_CHARS - 1] + "…"
    }
    if error.locations:
        formatted["locations"] = [{"line": location.line, "column": location.column} for location in error.locations]
    if error.path is not None:
        formatted["path"] = error.path
    # The extensions of other exceptions may contain anything.
    is_own = phase in ("validation", "limits", "variables") or isinstance(cause, QueryError)
    details = error.extensions if is_own else None
    formatted["extensions"] = _extensions(code.name, hint or code.hint, request_id) | (details or {})
    return formatted


def _root_cause(error: GraphQLError) -> Exception | None:
    """Return the exception that caused an error. The exception can be nested inside several GraphQLErrors.

    Return None if no exception caused the error.
    """
    cause: Exception | None = error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


def store_code(error: StoreError) -> Code:
    """Return the error code that a client receives for a database error.

    If only an operator of the server can fix the error, the code is STORE_UNAVAILABLE.
    """
    hidden = StoreDamaged | StoreDenied | StoreLocked | SchemaNewer | SchemaOlder
    return CODES_BY_NAME[StoreUnavailable.code if isinstance(error, hidden) else error.code]


def _extensions(code: str, hint: str, request_id: str) -> dict[str, object]:
    return {"code": code, "hint": hint, "requestId": request_id}
