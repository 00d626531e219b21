"""Reads a GraphQL request out of an HTTP request, or refuses it in a way that a client can mend.

Nothing here trusts the client: bodies are bounded while they arrive, text is strict UTF-8, JSON is bounded in depth,
and every part has the type that GraphQL over HTTP gives it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Final, TypeVar, cast
from urllib.parse import parse_qsl

import orjson
from cachetools import LRUCache
from starlette.requests import ClientDisconnect, Request

from api.graphql.debug import DebugReport
from api.graphql.errors import RequestError
from api.graphql.http.persisted_documents import PersistedDocuments

HTML: Final = "text/html"
JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"

MOST_PARAMETERS: Final = 20
JSON_DEPTH: Final = 64
"""How deep a request's JSON may nest, its outermost object counted."""

T = TypeVar("T")
MAX_CACHED_REQUEST_BYTES: Final = 16_384
"""Up to how many bytes a request may have that is remembered, to be known again."""
_KNOWN_BYTES: Final = 2_097_152
"""How much memory the bodies known again may take, with what was read out of them."""
_OVERHEAD: Final = 1_024
"""What each takes beside its text, in bytes."""

CacheKey = tuple[str, str | None, bytes, bool]
"""What an operation asks for: equal where the answers are. The variables stand in it as JSON."""

Json = dict[str, object] | list[object] | str | int | float | bool | None


@dataclass(frozen=True)
class GraphQLRequest:
    """A well-formed GraphQL request. `safe` where it came by a method that must not change anything.

    `digest` is the SHA-256 of `query` where the request named its document by it. `size` is that of the whole request,
    in bytes. `report` is what a developer is shown of it; such a request shares nothing with others.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict[str, object])
    read_only: bool = False
    digest: str | None = None
    size: int = 0
    report: DebugReport | None = None

    @cached_property
    def cache_key(self) -> CacheKey | None:
        """What it asks for, by which it is known again; None where it is too long to be remembered, or has a report."""
        if self.size > MAX_CACHED_REQUEST_BYTES or self.report is not None:
            return None
        variables = orjson.dumps(self.variables, option=orjson.OPT_SORT_KEYS)
        return self.query, self.operation_name, variables, self.read_only


class RequestParser:
    """Reads GraphQL requests of at most `most_bytes`. A body that comes again is known, and not read twice."""

    def __init__(self, most_bytes: int, documents: PersistedDocuments) -> None:
        self._most_bytes = most_bytes
        self._documents = documents
        self._known: LRUCache[bytes, tuple[GraphQLRequest, int]] = LRUCache(_KNOWN_BYTES, itemgetter(1))

    async def read(self, request: Request) -> GraphQLRequest:
        """The GraphQL request in a GET, HEAD or POST. Raises Refused, and ClientDisconnect where the client left."""
        if request.method != "POST":
            raw = cast("bytes", request.scope["query_string"])
            return _incoming(_parameters(raw), self._documents, safe=True, size=len(raw))
        headers = request.headers
        _check_media_type(headers.get("content-type"), headers.get("content-encoding", "identity"))
        body = await _body(request, self._most_bytes)
        known = self._known.get(body)
        if known is not None:
            return known[0]
        incoming = self._posted(body)
        if incoming.size <= MAX_CACHED_REQUEST_BYTES:
            memory_bytes = _memory_estimate(body, incoming)
            if memory_bytes <= _KNOWN_BYTES // 8:  # a larger one would evict too many others
                self._known[body] = incoming, memory_bytes
        return incoming

    def _posted(self, body: bytes) -> GraphQLRequest:
        if not body:
            raise RequestError("BAD_REQUEST", "the body is empty")
        content = _json(body, "the body")
        if not isinstance(content, dict):
            raise RequestError("BAD_REQUEST", f"the body is {_json_type_name(content)}, and must be a JSON object")
        return _incoming(content, self._documents, safe=False, size=len(body))


@lru_cache(maxsize=256)
def negotiate_media_type(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The media type of `offered` that an Accept header likes best; None where it likes none.

    What is equally liked is taken in the header's order. A range such as `*/*` takes the first JSON type offered, and
    so does a client that says nothing: that is what clients without the newer type expect.
    """
    if accept is None or not accept.strip():
        return next(each for each in offered if each != HTML)
    best: str | None = None
    best_quality = 0.0
    for part in accept.split(","):
        media_range, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = _quality(parameters)
        found = next((each for each in offered if _matches(media_range, each) and not _is_excluded(each, accept)), None)
        if found is not None and quality > best_quality:
            best, best_quality = found, quality
    return best


def _matches(media_range: str, media_type: str) -> bool:
    if media_range == media_type:
        return True
    return media_type != HTML and media_range in ("*/*", "application/*")


def _is_excluded(media_type: str, accept: str) -> bool:
    """Whether the header names the type itself with the quality 0."""
    named = ([each.strip().lower() for each in part.split(";")] for part in accept.split(","))
    return any(media_range == media_type and _quality(parameters) == 0 for media_range, *parameters in named)


def _quality(parameters: list[str]) -> float:
    for each in parameters:
        if each.startswith("q="):
            try:
                return min(1.0, max(0.0, float(each[2:])))
            except ValueError:
                return 0.0
    return 1.0


def _memory_estimate(body: bytes, incoming: GraphQLRequest) -> int:
    """The memory that a body takes with what was read out of it, about. It may name a document much longer than itself,
    and hold little but lists and objects.
    """
    held = 240 * body.count(b"{") + 120 * body.count(b"[") + 64 * body.count(b",")
    return 4 * (len(body) + len(incoming.query)) + held + _OVERHEAD


@lru_cache(maxsize=64)
def _check_media_type(given: str | None, encoding: str) -> None:
    """Raises Refused, and remembers what it lets pass."""
    if given is None:
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", "the request has no Content-Type")
    media_type, *parameters = (each.strip().lower() for each in given.split(";"))
    if media_type != JSON:
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"Content-Type {_quote(media_type)} is not supported")
    for each in parameters:
        if each.startswith("charset=") and each.removeprefix("charset=").strip('"') not in ("utf-8", "utf8"):
            raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"{_quote(each)} is not supported")
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity"):
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"Content-Encoding {_quote(encoding)} is not supported")


async def _body(request: Request, most: int) -> bytes:
    """The body, never more than `most` bytes of it in memory."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > most):
        raise _too_large(most, declared if len(declared) <= 18 else "more than 10^18")
    parts: list[bytes] = []
    size, is_all = 0, False
    while not is_all:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = cast("bytes", message.get("body", b""))
        size += len(part)
        if size > most:
            raise _too_large(most, f"at least {size}")
        parts.append(part)
        is_all = not message.get("more_body", False)
    return b"".join(parts)


def _too_large(most: int, asked: str) -> RequestError:
    # What is left unread of the body cannot be told from a next request, so the connection ends here.
    return RequestError(
        "REQUEST_TOO_LARGE",
        f"a body of {asked} bytes is over the limit of {most}",
        headers={"Connection": "close"},
    )


def _parameters(raw: bytes) -> dict[str, object]:
    """The parameters of a GET; an empty one counts as absent."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), encoding="utf-8", errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise RequestError("BAD_REQUEST", "the URL's parameters are not UTF-8", hint="encode them as UTF-8") from None
    except ValueError:
        raise RequestError("BAD_REQUEST", f"the URL has more than {MOST_PARAMETERS} parameters") from None
    content: dict[str, object] = {}
    for name, value in pairs:
        if name in content:
            raise RequestError("BAD_REQUEST", f"the parameter {_quote(name)} is given twice", hint="give it once")
        content[name] = _json(value, f"`{name}`") if name in ("variables", "extensions") else value
    return content


def _json(text: bytes | str, what: str) -> Json:
    try:
        content = cast("Json", orjson.loads(text))
    except orjson.JSONDecodeError as error:
        hint = "send strict JSON in UTF-8, without a byte order mark"
        raise RequestError("BAD_REQUEST", f"{what} is not JSON: {error}", hint=hint) from None
    if _too_deep(content):
        hint = "send a flatter value"
        raise RequestError("BAD_REQUEST", f"{what} nests deeper than {JSON_DEPTH} levels", hint=hint)
    return content


def _too_deep(content: object) -> bool:
    level = [content]
    for _ in range(JSON_DEPTH + 1):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner.extend(cast("dict[str, object]", each).values())
            elif isinstance(each, list):
                inner.extend(cast("list[object]", each))
        if not inner:
            return False
        level = inner
    return True


def _incoming(content: Mapping[str, object], documents: PersistedDocuments, *, safe: bool, size: int) -> GraphQLRequest:
    operation_name = _typed_field(content, "operationName", str, "a text")
    variables = cast("dict[str, object] | None", _typed_field(content, "variables", dict, "an object"))
    extensions = cast("dict[str, object] | None", _typed_field(content, "extensions", dict, "an object"))
    document_id = _typed_field(content, "documentId", str, "a text")
    query, digest = documents.resolve(_typed_field(content, "query", str, "a text"), extensions or {}, document_id)
    if query is None:
        raise RequestError(
            "BAD_REQUEST", "`query` is missing", hint="send the GraphQL document as a text named `query`"
        )
    return GraphQLRequest(query, operation_name or None, variables or {}, safe, digest, size)


def _typed_field(content: Mapping[str, object], name: str, kind: type[T], wanted: str) -> T | None:
    value = content.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise RequestError(
        "BAD_REQUEST", f"`{name}` is {_json_type_name(value)}, and must be {wanted}", hint=f"send `{name}` as {wanted}"
    )


def _json_type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def _quote(text: str) -> str:
    return f'"{text if len(text) <= 80 else text[:79] + "…"}"'
