"""Stream the whole graph over HTTP at /export, in the format of `citygraph export`.

The memory use does not depend on the size of the graph. If the graph changes or the database fails during an export,
the response ends before it is complete. HTTP clients detect this. A saved file can be checked too: every complete
export ends with a special last line, which an incomplete file lacks.
"""

import asyncio
import hashlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from api.graphql.errors import store_code
from api.graphql.http.negotiation import accepts_gzip
from api.graphql.http.response import is_not_modified
from api.http.error_response import error_response
from api.state import AppState
from graph.errors import StoreError, StoreUnavailable
from graph.seeding import FORMAT_VERSION, export_lines

__all__ = ["PATH", "routes"]

PATH: Final = "/export"
MEDIA_TYPE: Final = "application/x-ndjson"
RETRY_AFTER_S: Final = 10

_log: Final = structlog.stdlib.get_logger("citygraph.http")
_CHUNK_BYTES: Final = 65_536
"""Minimum size, in bytes, of a chunk of the response before compression. The last chunk can be smaller."""
_LEVEL: Final = 1
"""The compression level of gzip. It is low, because the database limits the speed of exports, not the network."""
_GZIP: Final = 31
"""The value of zlib's parameter `wbits` that selects the gzip format with the largest window."""


def routes(state: AppState) -> list[BaseRoute]:
    """Return the route for /export. If the settings disable exports, return no route."""
    most = state.settings.max_exports
    running: set[ExportResponse] = set()

    async def export(request: Request) -> Response:
        if state.store is None:
            return error_response(StoreUnavailable.code)
        gzip = accepts_gzip(request.headers.getlist("accept-encoding"))
        try:
            headers = _headers(await state.store.graph_version(), packed=gzip)
        except StoreError as error:
            return error_response(store_code(error).name)
        if is_not_modified(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            response = Response(headers=headers, media_type=MEDIA_TYPE)
            del response.headers["Content-Length"]  # the length of the response to GET is not known in advance
            return response
        if len(running) >= most:
            return error_response("OVERLOADED", {"Retry-After": str(RETRY_AFTER_S)})
        blocks = _chunks(export_lines(state.store), packed=gzip)
        return ExportResponse(blocks, headers, state.settings.export_timeout_s, running)

    return [Route(PATH, export, methods=["GET"])] if most else []


def _headers(state: str, *, packed: bool) -> dict[str, str]:
    """Return the HTTP headers of an export. `state` is the version of the graph.

    If `packed` is true, the export is compressed with gzip. The ETag is weak, because the exported data may not match
    the version exactly: the version can be outdated by up to one second, and a write can change the graph before the
    first line is read.
    """
    tag = hashlib.blake2b(f"{FORMAT_VERSION} {state}".encode(), digest_size=12).hexdigest()
    headers = {
        "Cache-Control": "no-cache",
        "Content-Disposition": 'attachment; filename="citygraph.jsonl"',
        "ETag": f'W/"{tag}{"-gzip" if packed else ""}"',
        "Vary": "Accept-Encoding",
    }
    return {**headers, "Content-Encoding": "gzip"} if packed else headers


class ExportResponse(StreamingResponse):
    """An HTTP response that streams an export for at most `limit_s` seconds.

    `running` is the set of all exports that are being sent. The response adds itself to this set, and removes itself
    when it ends. If an error occurs before the first chunk, an error response is sent instead. If it occurs later, the
    response ends before it is complete.
    """

    def __init__(
        self, blocks: AsyncGenerator[bytes], headers: dict[str, str], limit_s: float, running: set["ExportResponse"]
    ) -> None:
        super().__init__(blocks, headers=headers, media_type=MEDIA_TYPE)
        self._chunks = blocks
        self._limit_s = limit_s
        self._running = running
        running.add(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        try:
            async with asyncio.timeout(self._limit_s), aclosing(self._chunks) as blocks:
                first = await anext(blocks)
                begun = True
                self.body_iterator = _prepend(first, blocks)
                await super().__call__(scope, receive, send)
        except (StoreError, TimeoutError) as error:
            code = store_code(error).name if isinstance(error, StoreError) else "DEADLINE_EXCEEDED"
            if not begun:
                await error_response(code)(scope, receive, send)
                return
            # The server closes the connection of an incomplete response.
            _log.warning("the export was cut", code=code, path=PATH)
        finally:
            self._running.discard(self)


async def _prepend(first: bytes, blocks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for block in blocks:
        yield block


async def _chunks(lines: AsyncGenerator[bytes], *, packed: bool) -> AsyncGenerator[bytes]:
    """Join lines into chunks, and yield the chunks. If `packed` is true, they are compressed with gzip.

    After every chunk, other tasks of the event loop can run.
    """
    pack = zlib.compressobj(_LEVEL, wbits=_GZIP) if packed else None
    block = bytearray()
    async with aclosing(lines):
        async for line in lines:
            block += line
            if len(block) >= _CHUNK_BYTES:
                if sent := pack.compress(block) if pack else bytes(block):
                    yield sent
                block.clear()
                await asyncio.sleep(0)
    yield pack.compress(block) + pack.flush() if pack else bytes(block)
