"""Serve the schema in SDL at /schema.graphql."""

from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.graphql.http.response import CachedResponse, data_response
from api.graphql.schema import sdl

__all__ = ["schema_document"]

_MEDIA_TYPE: Final = "application/graphql"
_COMPRESS_FROM: Final = 1


async def schema_document(request: Request) -> Response:
    """Return the schema in SDL, with an ETag. A client that sends the same ETag receives the status 304."""
    return await data_response(request, _MEDIA_TYPE, _body(), cacheable=True, compress_from=_COMPRESS_FROM)


@cache
def _body() -> CachedResponse:
    return CachedResponse.of(sdl().encode())
