"""ASGI middleware for all requests: request ids, logs, error responses, CORS and security headers."""

import asyncio
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.graphql.debug import DEBUG_HEADER
from api.graphql.http.negotiation import HTML, JSON, negotiate_media_type
from api.graphql.http.response import SAFE_METHODS
from api.http.error_response import error_response
from api.logging import request_id
from api.settings import Settings

__all__ = ["SECURITY_HEADERS", "Application", "RequestMiddleware", "SecurityHeadersMiddleware", "cors"]

ErrorResponse = Callable[[Request, str, Mapping[str, str] | None], Response]
"""A function that returns the error response to a request.

Its arguments are the request, the error code, and additional headers or None.
"""

_log: Final = structlog.stdlib.get_logger("citygraph.http")
_level: Final = logging.getLogger("citygraph.http")
"""A logger of the standard library, which is used only to check the log level. `_log` writes to the same logger.

The check saves time, because events that the log level excludes are not created.
"""
_PROBES: Final = ("/healthz", "/readyz", "/metrics")
CLIENT_CLOSED_REQUEST: Final = 499
_VALID_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Security headers that a response has by default. GraphiQL and the pages set some of them to other values.

By default, scripts and frames are forbidden. Only web pages from the origin of the server and from the allowed CORS
origins can read a response.
"""

_SECURE: Final = tuple((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items())


class SecurityHeadersMiddleware:
    """ASGI middleware that adds `SECURITY_HEADERS` to each response. Headers that the response already has are kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                headers += [header for header in _SECURE if header[0] not in present]
            await send(message)

        await self._app(scope, receive, secured)


def new_request_id() -> str:
    """Return a random request id. The ids are not secret, so a fast random generator is sufficient."""
    return f"{random.getrandbits(128):032x}"


class RequestMiddleware:
    """ASGI middleware that gives every request an id, logs every request, and converts exceptions to error responses.

    The function `error_page` builds the HTML error response for a browser. If `error_page` is None, all error responses
    are JSON.
    """

    def __init__(self, app: ASGIApp, error_page: ErrorResponse | None = None) -> None:
        self._app = app
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        named = (b"x-request-id", given if _VALID_REQUEST_ID.fullmatch(given) else new_request_id().encode())
        token = request_id.set(named[1].decode())
        begun = time.perf_counter()
        answered: list[int] = []

        async def send_with_request_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.append(message["status"])
                message["headers"] = [*message.get("headers", ()), named]
            await send(message)

        try:
            await self._app(scope, receive, send_with_request_id)
        except HTTPException as error:  # Starlette's router: the path is unknown or the method is not allowed
            response = self._error_response(scope, HTTPStatus(error.status_code).name, error.headers)
            await response(scope, receive, send_with_request_id)
        except ClientDisconnect:
            answered.append(CLIENT_CLOSED_REQUEST)
        except asyncio.CancelledError:  # the server is stopping and no longer waits for this request
            if answered:
                raise
            await self._error_response(scope, "STOPPING")(scope, receive, send_with_request_id)
        except Exception:
            _log.exception("request failed")
            if answered:  # the response has started and can only be truncated
                raise
            await self._error_response(scope, "INTERNAL")(scope, receive, send_with_request_id)
        finally:
            status = answered[-1] if answered else None
            level = logging.DEBUG if scope["path"] in _PROBES and status == HTTPStatus.OK else logging.INFO
            if _level.isEnabledFor(level):
                _log.log(
                    level,
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round((time.perf_counter() - begun) * 1000, 1),
                )
            request_id.reset(token)

    def _error_response(self, scope: Scope, code: str, headers: Mapping[str, str] | None = None) -> Response:
        request = Request(scope)
        if self._error_page is None or request.method not in SAFE_METHODS:
            return error_response(code, headers)
        media_type = negotiate_media_type(", ".join(request.headers.getlist("accept")), (JSON, HTML))
        return self._error_page(request, code, headers) if media_type == HTML else error_response(code, headers)


def cors(settings: Settings) -> list[Middleware]:
    """Return the middleware that allows web pages from the origins in the settings to call the API.

    Cookies and other credentials that a browser adds to requests by itself are never allowed. A web page can still send
    the debug token, because its script sets the header `Authorization` explicitly.
    """
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match", "X-Request-ID", DEBUG_HEADER],
            expose_headers=["ETag", "Retry-After", "X-Request-ID"],
        )
    ]


class Application(Starlette):
    """A Starlette application without Starlette's built-in error middleware.

    Starlette's error middleware is not needed, because `RequestMiddleware` handles errors.
    """

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = self.router
        for middleware, arguments, options in reversed(self.user_middleware):
            app = middleware(app, *arguments, **options)
        return app
