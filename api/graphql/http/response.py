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
"""gzip compression level. Higher levels take several times as long and make JSON only slightly smaller."""

_THREAD_MIN_BYTES: Final = 131_072
"""Minimum size of a body that is compressed in a thread. Its compression takes at least a millisecond."""

ENTRY_OVERHEAD_BYTES: Final = 512
"""Memory of a cached response in addition to its bodies, in bytes.

The memory is that of the key, the ETag, three objects, and the entries in three dictionaries, which have room for twice
as many entries as they contain. `bench/memory.py` measures the memory."""


@dataclass(slots=True)
class CachedResponse:
    """A response without errors: its body, and its compressed body after the first request that accepts gzip.

    `tag` is a digest of the body, from which the ETag is built.
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
        """The maximum memory of the response in a cache, in bytes.

        A compressed body is cached only if it is at most half as large as the body.
        """
        return len(self.body) * 3 // 2 + ENTRY_OVERHEAD_BYTES


class ResponseCache:
    """An LRU cache of responses, with counters for metrics. The cache is disabled if `max_bytes` is 0.

    A key consists of the cache key of a request, the date and the graph version. The version is refreshed once a
    second, so for up to one second after a write the cache can return responses from before the write.
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
        """Return the key of the response to a request, on a date and for a version of the graph."""
        return request_key + _state_digest(day, version)

    def get(self, key: bytes) -> CachedResponse | None:
        """Return the cached response and count a cache hit, or return None if no response is cached."""
        cached = self._responses.get(key)
        if cached is not None:
            self.hits += 1
        return cached

    def put(self, key: bytes, response: CachedResponse) -> None:
        """Cache a response, unless it takes more than an eighth of the cache's memory.

        A larger response would evict too many other responses.
        """
        if response.memory_bytes <= self._responses.maxsize // 8:
            self._responses[key] = response


@lru_cache(maxsize=4)
def _state_digest(day: date, version: str) -> bytes:
    return hashlib.blake2b(f"{day} {version}".encode(), digest_size=16).digest()


class GraphQLResponse(Response):
    """A response to an operation, with two labels for metrics.

    `outcome` is "ok", "partial" (data and errors) or "rejected" (no data). `code` is the code of the first error,
    or an empty string if there are no errors.
    """

    outcome = "ok"
    code = ""


def error_response(
    media_type: str | None, status: int, content: dict[str, object], *, headers: dict[str, str] | None = None
) -> GraphQLResponse:
    """Build a response with errors. `content` is the JSON body, and its `errors` must not be empty.

    If `media_type` is not a media type of GraphQL responses, application/json is used.
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

    Bodies of at least `compress_from` bytes are compressed if the client accepts gzip; 0 disables compression. If
    `cacheable` is true, a response to GET or HEAD has an ETag, and a client that sends the current ETag receives 304.
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

    If the compressed body is at most half as large as the body, it is stored in `cached` for later requests.
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
    """Return whether the If-None-Match headers of a request contain an ETag, or `*`, which matches all ETags.

    As RFC 9110 requires, the prefix `W/` of weak ETags is ignored.
    """
    tags = ",".join(request.headers.getlist("if-none-match")).split(",")
    return not {etag.removeprefix("W/"), "*"}.isdisjoint(tag.strip().removeprefix("W/") for tag in tags)


def _shared_headers() -> dict[str, str]:
    return {"Cache-Control": "no-store", "Vary": "Accept"}
