"""Responses to GraphQL requests: their headers, entity tags and compression."""

import asyncio
import gzip
from typing import Final, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.graphql.http.request import GRAPHQL, JSON
from api.graphql.http.response_cache import CachedResponse

__all__ = ["SAFE", "GraphQLResponse", "accepts_gzip", "data_response", "error_response", "parse_etags"]

SAFE: Final = ("GET", "HEAD")

_LEVEL: Final = 1
"""How hard gzip tries: of JSON, the higher levels save little more and take several times as long."""

_THREAD_MIN_BYTES: Final = 131_072
"""From how many bytes on an answer is compressed beside the event loop: it takes a millisecond or more."""


class GraphQLResponse(Response):
    """A response to an operation, and what became of it: `ok`, `partial` or `refused`, with the first error's code."""

    outcome = "ok"
    code = ""


def error_response(
    media_type: str | None, status: int, content: dict[str, object], *, headers: dict[str, str] | None = None
) -> GraphQLResponse:
    """A response with errors, each with its code."""
    media_type = media_type if media_type in (JSON, GRAPHQL) else JSON
    body = orjson.dumps(content)
    made = GraphQLResponse(body, status, {**_shared_headers(), **(headers or {})}, f"{media_type}; charset=utf-8")
    told = cast("list[dict[str, dict[str, str]]]", content["errors"])
    made.outcome = "partial" if "data" in content else "rejected"
    made.code = told[0]["extensions"]["code"]
    return made


async def data_response(
    request: Request, media_type: str, answer: CachedResponse, *, may_be_kept: bool, compress_from: int
) -> GraphQLResponse:
    """A response without errors. What a GET asked for may be kept by the client, who asks each time whether it still
    holds; most then have it sent only when it has changed. Large ones are compressed for those who take it.
    """
    headers = _shared_headers()
    large = 0 < compress_from <= len(answer.body)
    packed = large and accepts_gzip(request.headers.getlist("accept-encoding"))
    if large:
        headers["Vary"] = "Accept, Accept-Encoding"
    if may_be_kept and request.method in SAFE:
        tag = f'"{answer.tag}-{"graphql" if media_type == GRAPHQL else "json"}{"-gzip" if packed else ""}"'
        headers |= {"Cache-Control": "no-cache", "ETag": tag}
        if tag in parse_etags(request.headers.getlist("if-none-match")):
            return GraphQLResponse(status_code=304, headers=headers)
    body = answer.body
    if packed:
        body = await _gzip(answer)
        headers["Content-Encoding"] = "gzip"
    return GraphQLResponse(body, 200, headers, f"{media_type}; charset=utf-8")


async def _gzip(answer: CachedResponse) -> bytes:
    """The compressed body, made once for an answer."""
    if answer.gzip_body is None:
        if len(answer.body) < _THREAD_MIN_BYTES:
            answer.gzip_body = gzip.compress(answer.body, _LEVEL, mtime=0)
        else:
            answer.gzip_body = await asyncio.to_thread(gzip.compress, answer.body, _LEVEL, mtime=0)
    return answer.gzip_body


def accepts_gzip(headers: list[str]) -> bool:
    """Whether Accept-Encoding admits gzip; a client that says nothing gets what every client can read."""
    found: dict[str, bool] = {}
    for each in ",".join(headers).lower().split(","):
        coding, *parameters = (part.strip() for part in each.split(";"))
        found[coding] = not any(
            part.startswith("q=") and not part.removeprefix("q=").strip("0.") for part in parameters
        )
    return found.get("gzip", found.get("x-gzip", found.get("*", False)))


def parse_etags(headers: list[str]) -> set[str]:
    """The entity tags of If-None-Match, which compares them without regard to whether they are weak."""
    return {each.strip().removeprefix("W/") for each in ",".join(headers).split(",")}


def _shared_headers() -> dict[str, str]:
    return {"Cache-Control": "no-store", "Vary": "Accept"}
