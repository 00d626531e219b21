"""Build responses to GraphQL requests: headers, ETags, compression and the response cache."""

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, cast

import orjson
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from api.graphql.http.negotiation import GRAPHQL, JSON, accepts_gzip
from api.graphql.http.request import CacheKey

__all__ = [
    "ENTRY_OVERHEAD_BYTES",
    "SAFE_METHODS",
    "CachedResponse",
    "GraphQLResponse",
    "ResponseCache",
    "data_response",
    "error_response",
    "is_not_modified",
]

SAFE_METHODS: Final = ("GET", "HEAD")

_GZIP_LEVEL: Final = 1
"""The compression level of gzip. Higher levels take several times as long, but make JSON only slightly smaller."""

_THREAD_MIN_BYTES: Final = 131_072
"""Minimum size, in bytes, of a body that is compressed in a thread, because its compression takes at least 1 ms."""

ENTRY_OVERHEAD_BYTES: Final = 512
"""Memory, in bytes, that a cached response takes in addition to its bodies.

This is the memory of the key, the ETag, three objects, and the entries in three dictionaries. These dictionaries have
room for twice as many entries as they contain. `bench/memory.py` measures the value.
"""


@dataclass(slots=True)
class CachedResponse:
    """A response without errors, with its body and possibly its compressed body.

    The body is compressed when the first client that accepts gzip requests it. `tag` is a hash of the body, from which
    the ETag is built.
    """

    body: bytes
    tag: str
    gzip_body: bytes | None = None

    @classmethod
    def of(cls, body: bytes) -> "CachedResponse":
        # The body is copied because orjson allocates at least 4 KB.
        return cls(bytes(memoryview(body)), hashlib.blake2b(body, digest_size=12).hexdigest())

    @property
    def memory_bytes(self) -> int:
        """The maximum memory, in bytes, that the response takes in a cache.

        It includes a compressed body, which is cached only if it is at most half as large as the body.
        """
        return len(self.body) * 3 // 2 + ENTRY_OVERHEAD_BYTES


class ResponseCache:
    """An LRU cache of responses, with counters for metrics. If `max_bytes` is 0, the cache is disabled.

    A key consists of the cache key of a request, the current date and the version of the graph. Because the version is
    refreshed only once a second, the cache can return outdated responses for up to one second after a write.
    """

    def __init__(self, max_bytes: int) -> None:
        self._responses: LRUCache[bytes, CachedResponse] = LRUCache(max_bytes, lambda cached: cached.memory_bytes)
        self.enabled = max_bytes > 0
        self.hits = 0
        self.misses = 0
        self.coalesced = 0

    @property
    def memory_bytes(self) -> float:
        """The estimated memory of all cached responses, in bytes."""
        return self._responses.currsize

    @staticmethod
    def key(request_key: CacheKey, day: date, version: str) -> bytes:
        """Return the key under which the response to a request is cached.

        The key includes the current date and the version of the graph, because the response depends on both.
        """
        return request_key + _state_digest(day, version)

    def get(self, key: bytes) -> CachedResponse | None:
        """Return the cached response, or None if there is none. If there is one, a cache hit is counted."""
        cached = self._responses.get(key)
        if cached is not None:
            self.hits += 1
        return cached

    def put(self, key: bytes, response: CachedResponse) -> None:
        """Cache a response, unless it takes more than an eighth of the cache's memory.

        A larger response would displace too many other responses.
        """
        if response.memory_bytes <= self._responses.maxsize // 8:
            self._responses[key] = response


@lru_cache(maxsize=4)
def _state_digest(day: date, version: str) -> bytes:
    return hashlib.blake2b(f"{day} {version}".encode(), digest_size=16).digest()


class GraphQLResponse(Response):
    """A response to an operation, with the values of two labels for metrics.

    `outcome` is "ok" (no errors), "partial" (data and errors) or "rejected" (no data). `code` is the code of the first
    error, or an empty string if there are no errors.
    """

    outcome = "ok"
    code = ""


def error_response(
    media_type: str | None, status: int, content: dict[str, object], *, headers: dict[str, str] | None = None
) -> GraphQLResponse:
    """Build a response with errors. `content` is the JSON body, and contains at least one error under `errors`.

    If `media_type` is not a media type of GraphQL responses, application/json is used instead.
    """
    media_type = media_type if media_type in (JSON, GRAPHQL) else JSON
    body = orjson.dumps(content)
    response = GraphQLResponse(body, status, {**_shared_headers(), **(headers or {})}, f"{media_type}; charset=utf-8")
    errors = cast("list[dict[str, dict[str, str]]]", content["errors"])
    response.outcome = "partial" if "data" in content else "rejected"
    response.code = errors[0]["extensions"]["code"]
    return response


async def data_response(
    request: Request, media_type: str, cached: CachedResponse, *, cacheable: bool, compress_from: int
) -> GraphQLResponse:
    """Build a response without errors.

    A body of at least `compress_from` bytes is compressed if the client accepts gzip. If `compress_from` is 0, no body
    is compressed. If `cacheable` is true, the response to GET or HEAD has an ETag. A client that sends this ETag later
    receives the status 304 if the response has not changed.
    """
    headers = _shared_headers()
    is_large = 0 < compress_from <= len(cached.body)
    is_gzip = is_large and accepts_gzip(request.headers.getlist("accept-encoding"))
    if is_large:
        headers["Vary"] = "Accept, Accept-Encoding"
    if cacheable and request.method in SAFE_METHODS:
        etag = f'"{cached.tag}-{"graphql" if media_type == GRAPHQL else "json"}{"-gzip" if is_gzip else ""}"'
        headers |= {"Cache-Control": "no-cache", "ETag": etag}
        if is_not_modified(request, etag):
            return GraphQLResponse(status_code=304, headers=headers)
    body = cached.body
    if is_gzip:
        body = await _gzip(cached)
        headers["Content-Encoding"] = "gzip"
    return GraphQLResponse(body, 200, headers, f"{media_type}; charset=utf-8")


async def _gzip(cached: CachedResponse) -> bytes:
    """Return the body of the response, compressed with gzip.

    If the compressed body is at most half as large as the uncompressed body, it is stored in `cached` for later
    requests.
    """
    if cached.gzip_body is not None:
        return cached.gzip_body
    if len(cached.body) < _THREAD_MIN_BYTES:
        packed = gzip.compress(cached.body, _GZIP_LEVEL, mtime=0)
    else:
        packed = await asyncio.to_thread(gzip.compress, cached.body, _GZIP_LEVEL, mtime=0)
    if len(packed) <= len(cached.body) // 2:
        cached.gzip_body = packed
    return packed


def is_not_modified(request: Request, etag: str) -> bool:
    """Return whether the If-None-Match headers of a request contain this ETag, or `*`, which matches every ETag.

    The prefix `W/` of weak ETags is ignored in the comparison, as RFC 9110 requires.
    """
    tags = ",".join(request.headers.getlist("if-none-match")).split(",")
    return not {etag.removeprefix("W/"), "*"}.isdisjoint(tag.strip().removeprefix("W/") for tag in tags)


def _shared_headers() -> dict[str, str]:
    return {"Cache-Control": "no-store", "Vary": "Accept"}
