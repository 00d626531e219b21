"""The web application: its life, its routes, and what holds for every request."""

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.graphql.http.view import routes
from api.http import export
from api.http.error_response import error_response
from api.http.middleware import SecurityHeadersMiddleware
from api.http.protocol import count_connections
from api.logging import request_id
from api.metrics import Metrics
from api.settings import Settings
from api.state import AppState
from api.tracing import Tracing, TracingMiddleware, span_exporter
from graph.errors import StoreUnavailable
from graph.progress import Progress, no_progress
from graph.seeding import load
from graph.store import Store

_log: Final = structlog.stdlib.get_logger("citygraph.http")
_level: Final = logging.getLogger("citygraph.http")
"""Says cheaply whether an event would be told."""
_PROBES: Final = ("/healthz", "/readyz", "/metrics")
CLIENT_CLOSED_REQUEST: Final = 499
_VALID_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def create_app(
    settings: Settings,
    *,
    seeds: Path | None = None,
    progress: Progress = no_progress,
    worker: int | None = None,
    store: Store | None = None,
) -> Starlette:
    """Create the application. Its `state.metrics` may be None. Raises ConfigurationError.

    Its lifespan prepares the database and loads `seeds`; it opens and closes the database unless `store` is given.
    Entering it raises StoreError and SeedError. `worker` identifies the process if there are several.
    """
    state = AppState(settings, None)
    state.metrics = metrics = Metrics(worker) if settings.metrics else None
    state.tracing = tracing = Tracing(span_exporter(), _database_name(settings)) if settings.tracing else None

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        progress.begin("starting the database", None)
        async with Store.open(settings.store()) if store is None else nullcontext(store) as opened:
            await opened.prepare()
            progress.end()
            if seeds is not None:
                await load(opened, [seeds], base=True, progress=progress)
            state.store = opened
            if metrics is not None:
                _register_metrics(metrics, opened, settings)
            try:
                yield
            finally:
                state.store = None
                await state.close()
                if tracing is not None:
                    await asyncio.to_thread(tracing.close)

    async def ready(_request: Request) -> Response:
        if state.store is not None and await state.store.ready():
            return JSONResponse({"status": "ready"})
        return error_response(StoreUnavailable.code, status="unavailable")

    app = Application(
        routes=[  # the first that fits is taken: what is asked most comes first
            *routes(state),
            Route("/", _root, methods=["GET"]),
            Route("/healthz", _healthy, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
            *_metrics(metrics),
            *export.routes(state),
        ],
        middleware=[*_traced(tracing), Middleware(SecurityHeadersMiddleware), *_cors(settings), Middleware(Requests)],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.metrics = metrics
    return app


def _database_name(settings: Settings) -> str:
    return settings.database_name if settings.database_uri else "citygraph"


def _metrics(metrics: Metrics | None) -> list[BaseRoute]:
    if metrics is None:
        return []

    async def send_with_request_id(request: Request) -> Response:
        body, media_type = metrics.render(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return [Route("/metrics", send_with_request_id, methods=["GET"])]


def _traced(tracing: Tracing | None) -> list[Middleware]:
    return [] if tracing is None else [Middleware(TracingMiddleware, tracing)]


def _register_metrics(metrics: Metrics, store: Store, settings: Settings) -> None:
    metrics.gauge("citygraph_connections", "Connections of clients that are open.", count_connections)
    store.observers.append(metrics.observe_statement)
    metrics.gauge(
        "citygraph_pool_in_use", "Connections to the database that reads hold.", lambda: store.connections_in_use
    )
    metrics.gauge("citygraph_pool_waiting", "Reads that wait for a connection.", lambda: store.reads_waiting)
    metrics.gauge(
        "citygraph_pool_size", "Connections that may be held at once.", lambda: settings.max_statements_in_flight
    )
    metrics.counter(
        "citygraph_statements_batched", "Reads that went to the database with another one.", lambda: store.reads_batched
    )


async def _root(_request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _cors(settings: Settings) -> list[Middleware]:
    if not settings.cors_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type", "X-Request-ID"],
            expose_headers=["X-Request-ID"],
        )
    ]


class Application(Starlette):
    """Starlette without the two middlewares that it brings itself: `Requests` does what they do, and says it in our
    errors.
    """

    def build_middleware_stack(self) -> ASGIApp:
        app: ASGIApp = self.router
        for each, arguments, named in reversed(self.user_middleware):
            app = each(app, *arguments, **named)
        return app


class Requests:
    """Gives every request its id, logs one event when it is answered, and answers what nobody expected."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        named = (b"x-request-id", given if _VALID_REQUEST_ID.fullmatch(given) else uuid4().hex.encode())
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
        except HTTPException as error:  # an unknown path or a wrong method, all that Starlette's routes refuse
            await error_response(HTTPStatus(error.status_code).name, error.headers)(
                scope, receive, send_with_request_id
            )
        except ClientDisconnect:
            answered.append(CLIENT_CLOSED_REQUEST)
        except asyncio.CancelledError:  # the server stops and waits no longer
            if answered:
                raise
            await error_response("STOPPING")(scope, receive, send_with_request_id)
        except Exception:
            _log.exception("request failed")
            if answered:  # the answer has begun: all that is left is to cut it
                raise
            await error_response("INTERNAL")(scope, receive, send_with_request_id)
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
