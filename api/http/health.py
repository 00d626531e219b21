"""Report the health of the server at /healthz and /readyz.

Before the database is available, this module also answers all other requests, with an error.
"""

from collections.abc import Callable
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api.graphql.errors import CODES_BY_NAME, RETRY_AFTER_S, RequestError
from api.graphql.http.negotiation import GRAPHQL, JSON, negotiate_media_type
from api.graphql.http.response import error_response as graphql_error_response
from api.http.error_response import error_response
from api.http.middleware import Application, RequestMiddleware, SecurityHeadersMiddleware, cors
from api.logging import request_id
from api.settings import Settings
from api.state import AppState
from graph.errors import StoreUnavailable

__all__ = ["create_waiting_app", "routes"]

_HEADERS: Final = {"Retry-After": str(RETRY_AFTER_S)}


def routes(state: AppState) -> list[BaseRoute]:
    """Return the routes for /healthz and /readyz."""

    async def ready(_request: Request) -> Response:
        if state.store is None:
            return _unavailable("the database is not open")
        fault = await state.store.find_fault()
        return JSONResponse({"status": "ready"}) if fault is None else _unavailable(fault.message)

    return _health_routes(ready)


def create_waiting_app(settings: Settings, cause: Callable[[], str]) -> Application:
    """Create the application that answers requests while the server waits for its database.

    The function `cause` returns the reason for waiting. /healthz returns 200. All other paths return 503.
    """

    async def ready(_request: Request) -> Response:
        return _unavailable(cause())

    async def refuse(request: Request) -> Response:
        media_type = negotiate_media_type(", ".join(request.headers.getlist("accept")), (JSON, GRAPHQL))
        error = RequestError(StoreUnavailable.code, CODES_BY_NAME[StoreUnavailable.code].meaning)
        content: dict[str, object] = {"errors": [error.formatted(request_id.get() or "")]}
        return graphql_error_response(media_type, error.code.status, content, headers=_HEADERS)

    return Application(
        routes=[*_health_routes(ready), Route("/{path:path}", refuse, methods=["GET", "POST", "OPTIONS"])],
        middleware=[Middleware(SecurityHeadersMiddleware), *cors(settings), Middleware(RequestMiddleware)],
    )


def _health_routes(ready: Callable[[Request], object]) -> list[BaseRoute]:
    return [Route("/healthz", _healthy, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _unavailable(cause: str) -> Response:
    return error_response(StoreUnavailable.code, _HEADERS, status="unavailable", cause=cause)
