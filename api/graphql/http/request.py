"""Parse HTTP requests into GraphQL requests.

Requests can be malformed or malicious. The size of a body is therefore checked while it is read, the depth of JSON is
limited, and every parameter must have the type that GraphQL over HTTP requires.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, TypeVar, cast
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request

from api.graphql.debug import DebugReport
from api.graphql.errors import RequestError
from api.graphql.http.negotiation import JSON
from api.graphql.http.persisted_documents import PersistedDocuments, TrustedDocuments

MAX_PARAMETERS: Final = 20
MAX_JSON_DEPTH: Final = 64
"""Maximum number of nested levels in JSON, including the outermost object."""

T = TypeVar("T")
MAX_CACHED_REQUEST_BYTES: Final = 16_384
"""Maximum size, in bytes, of a request whose prepared operation and response are cached."""

CacheKey = bytes
"""A hash of the document, the operation name, the variables, and the flags `read_only` and `is_own` of a request.

The hash is used because the texts themselves would take more memory than most responses.
"""

Json = dict[str, object] | list[object] | str | int | float | bool | None


@dataclass(frozen=True)
class GraphQLRequest:
    """A well-formed GraphQL request.

    - `read_only`: true if the HTTP method is GET or HEAD.
    - `document_hash`: the SHA-256 of `query` if the client sent a hash, otherwise None.
    - `size`: the size of the body or query string in bytes.
    - `report`: the debug report if the client asked for it, otherwise None. A response with a debug report is not
      cached.
    - `is_own`: true if a page of this server executes the document. The cost is then not limited.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict[str, object])
    read_only: bool = False
    document_hash: str | None = None
    size: int = 0
    report: DebugReport | None = None
    is_own: bool = False

    @cached_property
    def cache_key(self) -> CacheKey | None:
        """The key under which the prepared operation and its response are cached, or None if neither may be cached."""
        if self.size > MAX_CACHED_REQUEST_BYTES or self.report is not None:
            return None
        content = (self.query, self.operation_name, self.variables, self.read_only, self.is_own)
        return hashlib.blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()

    @property
    def timed(self) -> Callable[[str], AbstractContextManager[object]]:
        """A function that returns a context manager, which measures the duration of a step for the debug report.

        The argument of the function is the name of the step. Without a debug report, the context manager does nothing.
        """
        return nullcontext if self.report is None else self.report.timed


class RequestParser:
    """A parser of GraphQL requests. It rejects bodies of more than `max_bytes`."""

    def __init__(self, max_bytes: int, persisted: PersistedDocuments, trusted: TrustedDocuments | None = None) -> None:
        self._max_bytes = max_bytes
        self._persisted = persisted
        self._trusted = trusted

    async def read(self, request: Request) -> GraphQLRequest:
        """Parse a GET, HEAD or POST request.

        Raises RequestError if the request is invalid, and ClientDisconnect if the client disconnects.
        """
        if request.method != "POST":
            raw = cast("bytes", request.scope["query_string"])
            return self._parse(_parse_query_string(raw), read_only=True, size=len(raw))
        headers = request.headers
        _check_content_type(headers.get("content-type"), headers.get("content-encoding", "identity"))
        body = await _read_body(request, self._max_bytes)
        if not body:
            raise RequestError("BAD_REQUEST", "the body is empty")
        content = _parse_json(body, "the body")
        if not isinstance(content, dict):
            raise RequestError("BAD_REQUEST", f"the body is {_json_type_name(content)}, and must be a JSON object")
        return self._parse(content, read_only=False, size=len(body))

    def _parse(self, content: Mapping[str, object], *, read_only: bool, size: int) -> GraphQLRequest:
        operation_name = _typed_field(content, "operationName", str, "a string")
        variables = cast("dict[str, object]", _typed_field(content, "variables", dict, "an object") or {})
        extensions = cast("dict[str, object]", _typed_field(content, "extensions", dict, "an object") or {})
        document_id = _typed_field(content, "documentId", str, "a string")
        query = _typed_field(content, "query", str, "a string")
        persisted_query, document_hash = extensions.get("persistedQuery"), None
        if self._trusted is not None:
            query = self._trusted.resolve(query, persisted_query, document_id)
        elif persisted_query is not None or document_id is not None:
            query, document_hash = self._persisted.resolve(query, persisted_query, document_id)
        if query is None:
            hint = "send the GraphQL document as a string named `query`"
            raise RequestError("BAD_REQUEST", "`query` is missing", hint=hint)
        return GraphQLRequest(query, operation_name or None, variables, read_only, document_hash, size)


@lru_cache(maxsize=64)
def _check_content_type(content_type: str | None, content_encoding: str) -> None:
    """Raise RequestError unless the headers state that the body is uncompressed JSON in UTF-8."""
    if content_type is None:
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", "the request has no Content-Type")
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != JSON:
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"Content-Type {_quote(media_type)} is not supported")
    for parameter in parameters:
        if parameter.startswith("charset=") and parameter.removeprefix("charset=").strip('"') not in ("utf-8", "utf8"):
            raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"{_quote(parameter)} is not supported")
    content_encoding = content_encoding.strip().lower()
    if content_encoding not in ("", "identity"):
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"Content-Encoding {_quote(content_encoding)} is not supported")


async def _read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body of a request.

    If the body is larger than `max_bytes`, stops reading it and raises RequestError. Raises ClientDisconnect if the
    client disconnects.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > max_bytes):
        raise _too_large(max_bytes, declared if len(declared) <= 18 else "more than 10^18")
    chunks: list[bytes] = []
    size, is_complete = 0, False
    while not is_complete:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = cast("bytes", message.get("body", b""))
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes, f"at least {size}")
        chunks.append(chunk)
        is_complete = not message.get("more_body", False)
    return b"".join(chunks)


def _too_large(max_bytes: int, size: str) -> RequestError:
    # The rest of the body is not read, so the connection cannot be used for another request.
    return RequestError(
        "REQUEST_TOO_LARGE",
        f"a body of {size} bytes is over the limit of {max_bytes}",
        headers={"Connection": "close"},
    )


def _parse_query_string(raw: bytes) -> dict[str, object]:
    """Return the parameters in a query string. Empty parameters are left out.

    The values of `variables` and `extensions` are parsed as JSON. Raises RequestError if the query string is not UTF-8,
    contains too many parameters, repeats a parameter, or contains invalid JSON.
    """
    try:
        pairs = parse_qsl(raw.decode("ascii"), encoding="utf-8", errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeDecodeError:
        raise RequestError("BAD_REQUEST", "the URL's parameters are not UTF-8", hint="encode them as UTF-8") from None
    except ValueError:
        raise RequestError("BAD_REQUEST", f"the URL has more than {MAX_PARAMETERS} parameters") from None
    content: dict[str, object] = {}
    for name, value in pairs:
        if name in content:
            hint = "send every parameter once"
            raise RequestError("BAD_REQUEST", f"the parameter {_quote(name)} is repeated", hint=hint)
        content[name] = _parse_json(value, f"`{name}`") if name in ("variables", "extensions") else value
    return content


def _parse_json(text: bytes | str, source: str) -> Json:
    try:
        content = cast("Json", orjson.loads(text))
    except orjson.JSONDecodeError as error:
        hint = "send strict JSON in UTF-8, without a byte order mark"
        raise RequestError("BAD_REQUEST", _json_fault(text, source, error), hint=hint) from None
    if _is_too_deep(content):
        hint = "send a flatter value"
        raise RequestError("BAD_REQUEST", f"{source} nests deeper than {MAX_JSON_DEPTH} levels", hint=hint)
    return content


def _json_fault(text: bytes | str, source: str, error: orjson.JSONDecodeError) -> str:
    """Return an error message for text that is not valid JSON. The JSON library's own message is not used."""
    try:
        characters = text.decode() if isinstance(text, bytes) else text
    except UnicodeDecodeError as fault:
        return f"{source} is not UTF-8: byte {fault.start + 1} is invalid"
    if error.msg.startswith("depth limit exceeded"):
        return f"{source} nests deeper than {MAX_JSON_DEPTH} levels"
    if error.pos >= len(characters):
        return f"{source} is not JSON: it is incomplete"
    return f"{source} is not JSON: line {error.lineno}, column {error.colno} is invalid"


def _is_too_deep(content: object) -> bool:
    level = [content]
    for _ in range(MAX_JSON_DEPTH + 1):
        next_level: list[object] = []
        for value in level:
            if isinstance(value, dict):
                next_level.extend(cast("dict[str, object]", value).values())
            elif isinstance(value, list):
                next_level.extend(cast("list[object]", value))
        if not next_level:
            return False
        level = next_level
    return True


def _typed_field(content: Mapping[str, object], name: str, type_: type[T], type_name: str) -> T | None:
    value = content.get(name)
    if value is None or isinstance(value, type_):
        return value
    message = f"`{name}` is {_json_type_name(value)}, and must be {type_name}"
    raise RequestError("BAD_REQUEST", message, hint=f"send `{name}` as {type_name}")


def _json_type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


def _quote(text: str) -> str:
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'
