"""Create the Starlette application: lifespan, routes and middleware."""

import asyncio
import random
import resource
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.graphql.execution.operations import DOCUMENT_CACHE_BYTES, INTROSPECTION_CACHE_BYTES, OPERATION_CACHE_BYTES
from api.graphql.http.schema_document import schema_document
from api.graphql.http.view import GraphQLView, create_view, routes
from api.http import export, health
from api.http.middleware import Application, RequestMiddleware, SecurityHeadersMiddleware, cors
from api.http.protocol import count_connections
from api.metrics import Metrics
from api.pages import routes as pages
from api.pages.rendering import Publisher
from api.settings import Settings
from api.startup import freeze_gc, open_prepared_store
from api.state import AppState
from api.tracing import Tracing, TracingMiddleware, span_exporter
from graph.analysis.runner import RESULTS_BYTES
from graph.errors import CitygraphError, GraphLoading, StoreError
from graph.questions.ask import example_statements
from graph.registry import QUESTIONS
from graph.store import Degrees, Store
from graph.store.batching import GROUPS_BYTES

_log: Final = structlog.stdlib.get_logger("citygraph.app")

_NODE_BYTES: Final = 2_048
"""Estimated memory, in bytes, that each node of the graph adds to the caches.

The estimate is for two caches together: the snapshot for analyses and the index of names. It includes the temporary
memory for building the index.
"""
_FIRST_DEGREES_S: Final = 5.0
_DEGREES_CHECK_S: Final = 60.0
"""Maximum pause, in seconds, after a successful read of the counts of nodes and relationships.

After the pause, the counts are read again. Before the first read and after a failed read, the maximum pause is
`_FIRST_DEGREES_S`.
"""
_WARM_UP_S: Final = 5.0
"""Pause, in seconds, between the start of the application and the preparation of analyses, searches and pages."""


def create_app(
    settings: Settings, *, worker: int | None = None, store: Store | None = None, warms_up: bool = False
) -> Starlette:
    """Create the application. Raises ConfigurationError.

    Without `store`, the application opens and prepares the database when it starts, which can raise StoreError. If the
    caller passes a `store`, the caller must have opened and prepared it, and must close it. If the server runs several
    workers, `worker` is the process id of this worker, otherwise None. If `warms_up` is true, the application prepares
    analyses, searches and pages soon after its start, so that their first use does not delay other requests. If metrics
    are disabled, `app.state.metrics` is None.
    """
    state = AppState(settings, None)
    state.metrics = metrics = Metrics(worker) if settings.metrics else None
    state.tracing = tracing = Tracing(span_exporter(), _database_name(settings)) if settings.tracing else None

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with open_prepared_store(settings) if store is None else nullcontext(store) as opened:
            state.store = opened
            await _estimate_degrees(state, opened)
            _log.info("memory_limits", **memory_limits(settings, state.degrees))
            background = [asyncio.create_task(_measure_degrees(state, opened))]
            if warms_up:
                background.append(asyncio.create_task(plan_questions(opened)))
                background.append(asyncio.create_task(_warm_up(state, opened, view, renderers)))
            if metrics is not None:
                _register_metrics(metrics, opened, settings)
            try:
                yield
            finally:
                for task in background:
                    task.cancel()
                await asyncio.wait(background)
                state.store = None
                await state.close()
                await renderers.close()
                if tracing is not None:
                    await asyncio.to_thread(tracing.close)

    view, renderers = create_view(state), pages.Renderers(settings)
    app = Application(
        routes=[  # The first matching route is used, so the most requested routes come first.
            *routes(state, view),
            *health.routes(state),
            *_metrics(metrics),
            *export.routes(state),
            Route("/schema.graphql", schema_document, methods=["GET"]),
            *pages.routes(view, Publisher(settings.publisher_name, settings.publisher_contact), renderers),
        ],
        middleware=[
            *_traced(tracing),
            Middleware(SecurityHeadersMiddleware),
            *cors(settings),
            Middleware(RequestMiddleware, pages.error_page),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.middleware_stack = app.build_middleware_stack()
    app.state.metrics = metrics
    return app


async def _estimate_degrees(state: AppState, store: Store) -> None:
    """Read approximate counts of nodes and relationships, from which the server estimates the cost of operations.

    The counts are exact if the graph has not changed since they were last measured. The read is one fast statement, so
    that costs can be computed from the first request on.
    """
    with suppress(StoreError):  # the measurement follows
        state.degrees = await store.estimated_degrees()


async def _measure_degrees(state: AppState, store: Store) -> None:
    """Read the counts of nodes and relationships repeatedly, because the cost of an operation is estimated from them.

    If the graph has changed, the first worker that notices the change counts the nodes and relationships again.
    """
    pause_s = _FIRST_DEGREES_S
    while True:
        await asyncio.sleep(random.uniform(0.5, 1.0) * pause_s)
        await _estimate_degrees(state, store)  # a measurement takes seconds
        try:
            state.degrees = await store.degrees()
            pause_s = _DEGREES_CHECK_S
        except StoreError as error:  # retried after the pause; the previous values remain in use
            pause_s = _FIRST_DEGREES_S
            if not isinstance(error, GraphLoading):
                _log.warning("degrees_not_measured", reason=str(error))


async def plan_questions(store: Store) -> None:
    """Make Neo4j plan the statements of all questions (named queries) before clients request them.

    The statements are planned one at a time and in random order, so that two workers rarely plan the same statement. On
    the embedded database this does nothing.
    """
    statements = [pair for question in QUESTIONS.values() for pair in example_statements(question)]
    for statement, parameters in random.sample(statements, len(statements)):
        with suppress(StoreError):  # a request that needs the plan tries again
            await store.plan_ahead(statement, parameters)


async def _warm_up(state: AppState, store: Store, view: GraphQLView, renderers: pages.Renderers) -> None:
    """Prepare the runner of analyses, the index of names, the pages and their renderers.

    The function first waits until the server has answered its first requests.
    """
    await asyncio.sleep(_WARM_UP_S)
    for prepare in (state.get_analysis_runner(store).warm_up, state.get_name_index(store).current):
        try:
            await prepare()
        except CitygraphError as error:  # the first analysis or search tries again
            _log.warning("not_warmed_up", reason=str(error))
    await asyncio.to_thread(pages.prepare_pages, view)
    await renderers.warm_up()
    freeze_gc()
    await pages.plan_pages(view, store)


def memory_limits(settings: Settings, degrees: Degrees | None) -> dict[str, int]:
    """Return the current memory of this process, the maximum memory of each cache, and the sum of these values, in MiB.

    In the result, `base_mib` is the current memory of the process, `sum_mib` is the sum, and the other keys name the
    caches. `graph_mib` is the memory of the index of names and the snapshot for analyses, estimated from the number of
    nodes. The memory of running operations is not included.
    """
    nodes = 0 if degrees is None else sum(degrees.nodes.values())
    limits = {
        "base": _resident_bytes(),
        "response_cache": settings.response_cache_bytes,
        "persisted_queries": settings.persisted_query_bytes,
        "documents": DOCUMENT_CACHE_BYTES,
        "operations": OPERATION_CACHE_BYTES,
        "introspection": INTROSPECTION_CACHE_BYTES,
        "statements": 3 * GROUPS_BYTES,  # of cheap statements, and of the two lanes
        "analyses": RESULTS_BYTES,
        "graph": nodes * _NODE_BYTES,
    }
    return {f"{name}_mib": round(limit / 2**20) for name, limit in (*limits.items(), ("sum", sum(limits.values())))}


def _resident_bytes() -> int:
    """Return the resident memory of this process in bytes.

    On systems without Linux's `/proc`, return the largest resident memory that the process has had so far.
    """
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _database_name(settings: Settings) -> str:
    return settings.database_name if settings.database_uri else "citygraph"


def _metrics(metrics: Metrics | None) -> list[BaseRoute]:
    if metrics is None:
        return []

    async def send_metrics(request: Request) -> Response:
        body, media_type = metrics.render(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return [Route("/metrics", send_metrics, methods=["GET"])]


def _traced(tracing: Tracing | None) -> list[Middleware]:
    return [] if tracing is None else [Middleware(TracingMiddleware, tracing)]


def _register_metrics(metrics: Metrics, store: Store, settings: Settings) -> None:
    metrics.gauge("citygraph_connections", "Open client connections.", count_connections)
    store.observers.append(metrics.observe_statement)
    metrics.gauge("citygraph_pool_in_use", "Database connections that reads use.", lambda: store.connections_in_use)
    metrics.gauge("citygraph_pool_waiting", "Reads that wait for a database connection.", lambda: store.reads_waiting)
    metrics.gauge(
        "citygraph_pool_size",
        "Maximum number of database connections that reads use.",
        lambda: settings.max_statements_in_flight,
    )
    lane = store.expensive_lane
    metrics.gauge("citygraph_expensive_running", "Expensive statements that run.", lambda: lane.in_use)
    metrics.gauge("citygraph_expensive_waiting", "Expensive statements that wait for a place.", lambda: lane.queued)
    metrics.counter(
        "citygraph_statements_batched", "Reads that shared a statement with other reads.", lambda: store.reads_batched
    )
