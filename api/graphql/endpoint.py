"""GraphQL over HTTP at /graphql: GET and POST, as the drafts of that name ask, and GraphiQL for browsers."""

import asyncio
import uuid
from asyncio import Task
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import date
from typing import Final, cast

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from strawberry import Schema

from api.graphql import graphiql
from api.graphql.context import Context, Single
from api.graphql.errors import BY_NAME, Refused, store_code, tell, tell_internal
from api.graphql.incoming import GRAPHQL, HTML, JSON, Incoming, accepted, read
from api.graphql.limits import Limits
from api.graphql.operation import Mistaken, Operations, Prepared
from api.graphql.persisted import Documents, NotKept
from api.graphql.schema import schema
from api.graphql.selection import PageLimits
from api.graphql.state import AppState
from api.logs import request_id as current_request_id
from api.settings import Settings
from graph.errors import StoreError, StoreUnavailable

PATH: Final = "/graphql"
ALLOW: Final = "GET, HEAD, POST, OPTIONS"
SAFE: Final = ("GET", "HEAD")
PARTIAL: Final = 294
"""Data and errors together, as GraphQL over HTTP of September 2026 tells it to what stands between."""

RETRY_AFTER_S: Final = 1

CarriedOut = tuple[Prepared, ExecutionResult]
Opened = Callable[[str, Prepared], AbstractAsyncContextManager[object]]
"""Opens the context in which the operation of a request, named by its id, is carried out."""


def routes(state: AppState) -> list[BaseRoute]:
    """The routes of the GraphQL API and, where the settings want it, of GraphiQL."""

    @asynccontextmanager
    async def opened(request_id: str, prepared: Prepared) -> AsyncGenerator[Context]:
        settings, store = state.settings, state.store
        if store is None:
            raise StoreUnavailable("the database is not open")
        async with nullcontext(Single(store)) if prepared.single else store.reading() as reading:
            pages = PageLimits(settings.default_page_size, settings.max_page_size)
            yield Context(reading, request_id, date.today(), pages, state.analyst_of(store), prepared.plans)

    served: list[BaseRoute] = [Route(PATH, Endpoint(schema, state.settings, opened))]
    return served + (graphiql.routes(PATH) if state.settings.graphiql else [])


class Endpoint:
    """Serves one schema over HTTP."""

    def __init__(self, schema: Schema, settings: Settings, opened: Opened) -> None:
        self._operations = Operations(schema, Limits.of(settings), hide_suggestions=settings.production)
        self._settings = settings
        self._opened = opened
        self._documents = Documents(settings.persisted_bytes)
        self._running: set[Task[CarriedOut]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        """The answer to a request, whatever happens. Raises ClientDisconnect where the client left."""
        request_id = current_request_id.get() or uuid.uuid4().hex
        offered = (JSON, GRAPHQL, HTML) if self._settings.graphiql and request.method in SAFE else (JSON, GRAPHQL)
        media_type = accepted(", ".join(request.headers.getlist("accept")), offered)
        try:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": ALLOW})
            if request.method not in (*SAFE, "POST"):
                told = f"{request.method} is not served here"
                raise Refused("METHOD_NOT_ALLOWED", told, headers={"Allow": ALLOW})
            if media_type is None:
                raise Refused("NOT_ACCEPTABLE", "none of the media types in Accept can be served")
            if media_type == HTML:
                return graphiql.page()
            return await self._answer(request, media_type, request_id)
        except ClientDisconnect:
            raise
        except Mistaken as mistake:
            status = 200 if media_type == JSON else 400
            cost = self._cost(mistake.cost)
            return _response(media_type, status, {"errors": mistake.told, **cost})
        except Refused as refusal:
            status = 200 if isinstance(refusal, NotKept) and media_type == JSON else refusal.code.status
            return _response(media_type, status, {"errors": [refusal.told(request_id)]}, headers=refusal.headers)
        except StoreError as error:
            told = tell([GraphQLError("", original_error=error)], "execution", request_id)
            return _response(media_type, store_code(error).status, {"errors": told})
        except Exception as error:
            return _response(media_type, BY_NAME["INTERNAL"].status, {"errors": [tell_internal(error, request_id)]})

    async def _answer(self, request: Request, media_type: str, request_id: str) -> Response:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.request_timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                incoming = await read(request, self._settings.max_request_bytes, self._documents)
        except TimeoutError:
            told = f"the request did not arrive within {self._settings.request_timeout_s:g} s"
            raise Refused("REQUEST_TIMEOUT", told, headers={"Connection": "close"}) from None
        if len(self._running) >= self._settings.max_operations:
            told = f"{self._settings.max_operations} operations run, as many as the server takes on"
            raise Refused("OVERLOADED", told, headers={"Retry-After": str(RETRY_AFTER_S)})
        prepared, result = await self._carry_out(incoming, request, request_id, deadline)
        content: dict[str, object] = {}
        if result.errors:
            content["errors"] = tell(result.errors, "execution", request_id)
        content["data"] = result.data
        content.update(self._cost(prepared.cost))
        return _response(media_type, PARTIAL if result.errors and media_type == GRAPHQL else 200, content)

    async def _carry_out(self, incoming: Incoming, request: Request, request_id: str, deadline: float) -> CarriedOut:
        """The result, unless the deadline passes or the client leaves first: then the work is ended."""

        async def work() -> CarriedOut:
            prepared = await self._operations.prepare(incoming, request_id)
            if incoming.digest is not None:
                self._documents.keep(incoming.digest, incoming.query)
            async with self._opened(request_id, prepared) as context:
                return prepared, await self._operations.carry_out(prepared, context)

        working = asyncio.create_task(work())
        leaving = asyncio.create_task(_leaving(request))
        # A place is free again when the work has ended, not when its client was answered.
        self._running.add(working)
        working.add_done_callback(self._ended)
        try:
            left = max(0.0, deadline - asyncio.get_running_loop().time())
            done, _ = await asyncio.wait({working, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if working in done:
                return working.result()
            if leaving in done:
                raise ClientDisconnect
            told = f"the operation did not end within {self._settings.request_timeout_s:g} s"
            raise Refused("DEADLINE_EXCEEDED", told)
        finally:
            working.cancel()
            leaving.cancel()

    def _ended(self, working: "Task[CarriedOut]") -> None:
        self._running.discard(working)
        if not working.cancelled():
            working.exception()  # taken note of: work that fails while it is ended has nobody to tell

    def _cost(self, cost: int | None) -> dict[str, object]:
        if cost is None:
            return {}
        return {"extensions": {"cost": {"requested": cost, "limit": self._operations.limits.cost}}}


async def _leaving(request: Request) -> None:
    """Returns when the client has left; the request has been read to its end before."""
    while cast("str", (await request.receive())["type"]) != "http.disconnect":
        pass


def _response(
    media_type: str | None, status: int, content: dict[str, object], *, headers: dict[str, str] | None = None
) -> Response:
    media_type = media_type if media_type in (JSON, GRAPHQL) else JSON
    shared = {"Cache-Control": "no-store", "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    body = orjson.dumps(content)
    return Response(body, status, {**shared, **(headers or {})}, f"{media_type}; charset=utf-8")
