"""Serve GraphQL over HTTP at /graphql, and GraphiQL to browsers."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from functools import partial
from math import ceil
from typing import Any, Final, NoReturn, Protocol, cast
from uuid import uuid4

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from strawberry import Schema

from api.graphql import graphiql
from api.graphql.context import Context
from api.graphql.debug import ObservedReader, requested_report
from api.graphql.errors import (
    CODES_BY_NAME,
    RETRY_AFTER_S,
    FormattedError,
    RequestError,
    format_errors,
    format_internal_error,
    store_code,
)
from api.graphql.execution.limits import Limits
from api.graphql.execution.operations import InvalidOperation, Operations, PreparedOperation
from api.graphql.execution.turns import Client, Turns
from api.graphql.http.client_budgets import ClientBudgets, client_key
from api.graphql.http.in_flight import InFlightOperations
from api.graphql.http.negotiation import GRAPHQL, HTML, JSON, negotiate_media_type
from api.graphql.http.persisted_documents import PersistedDocuments, PersistedQueryNotFound, TrustedDocuments
from api.graphql.http.request import CacheKey, GraphQLRequest, RequestParser
from api.graphql.http.response import (
    SAFE_METHODS,
    CachedResponse,
    GraphQLResponse,
    ResponseCache,
    data_response,
    error_response,
)
from api.graphql.schema import schema
from api.graphql.selection import PageLimits
from api.logging import request_id as current_request_id
from api.metrics import Metrics
from api.settings import Settings
from api.state import AppState
from api.tracing import Tracing
from graph.analysis import SubsetCounts
from graph.errors import AnalysisBusy, StoreBusy, StoreError, StoreUnavailable
from graph.store import Degrees, PlanningReader

PATH: Final = "/graphql"
ALLOW: Final = "GET, HEAD, POST, OPTIONS"
PARTIAL_SUCCESS: Final = 294
"""The HTTP status of a response with data and errors, as defined by GraphQL over HTTP (September 2026)."""

_REFUSALS_S: Final = 10
"""Length, in seconds, of the period in which the setting `client_refusals` limits the refused requests of a client."""
_CLIENT_ERRORS: Final = range(400, 500)
_UNCOUNTED: Final = {"PERSISTED_QUERY_NOT_FOUND", "TOO_MANY_REQUESTS"}
"""Error codes of refused requests that do not reduce the client's budget of refused requests.

For example, a client that sends only the hash of a document cannot know whether the server has cached the document.
"""
_RETRY_AFTER: Final = {"Retry-After": str(RETRY_AFTER_S)}
_TEMPORARY: Final = {AnalysisBusy.code, StoreBusy.code, StoreUnavailable.code}
"""Error codes of temporary errors. A response with such an error has the header Retry-After."""

Outcome = CachedResponse | tuple[PreparedOperation, ExecutionResult]
"""The outcome of a request, which is one of two things.

If the operation was executed without errors, the outcome is the encoded response. Otherwise, the outcome consists of
the operation and its result.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The data and the errors of a response. `size` is the size of the data as JSON, in bytes.

    If no data could be returned because of an error, `data` is None.
    """

    data: dict[str, Any] | None
    errors: list[FormattedError]
    size: int


class Lane(Enum):
    """The queue (lane) in which the statements of an operation wait for the database.

    - `NONE`: no queue, for cheap operations. Their statements are sent immediately.
    - `OWN`: for expensive operations of this server's own pages.
    - `EXPENSIVE`: for expensive operations of clients, and for all operations of clients that have used up their budget
      of work.

    With these lanes, expensive operations do not delay cheap operations, and pages do not wait behind expensive
    operations of clients. There is one exception: if a client has used up its budget, the pages that it requests also
    wait in the lane `EXPENSIVE`.
    """

    NONE = 0
    OWN = 1
    EXPENSIVE = 2


@dataclass(frozen=True, slots=True)
class DatabaseUse:
    """How one operation uses the database: in which lane (queue) its statements wait, and which client is charged.

    `charge` subtracts seconds of database time from the budget of this client. It may be called after the operation has
    ended, because a statement can continue to run after its client has disconnected.
    """

    lane: Lane
    charge: Callable[[float], None]


ContextFactory = Callable[[str, PreparedOperation, DatabaseUse], AbstractAsyncContextManager[object]]
"""A function that opens the context of an operation.

Its arguments are the id of the request, the prepared operation, and a DatabaseUse. The DatabaseUse states in which
queue (lane) the statements wait, and which client is charged.
"""


def routes(state: AppState, view: "GraphQLView | None" = None) -> list[BaseRoute]:
    """Return the route for /graphql. If GraphiQL is enabled, also return the routes for its assets."""
    return [Route(PATH, view or create_view(state)), *(graphiql.routes(PATH) if state.settings.graphiql else [])]


def create_view(state: AppState) -> "GraphQLView":
    """Create the view that serves the application's schema with data from its graph."""

    @asynccontextmanager
    async def open_context(request_id: str, prepared: PreparedOperation, use: DatabaseUse) -> AsyncGenerator[Context]:
        settings, store, request = state.settings, state.store, prepared.request
        if store is None:
            raise StoreUnavailable("the database is not open")
        observers = [observer for observer in (state.metrics, state.tracing, request.report) if observer is not None]
        lanes = {Lane.NONE: None, Lane.OWN: store.own_lane, Lane.EXPENSIVE: store.expensive_lane}
        is_own = request.is_own and use.lane is not Lane.EXPENSIVE  # own documents of clients within their budget
        # A page asks several questions, which use the database's cores together. See ADR 6.
        max_statements = settings.max_expensive_statements if is_own else 1
        async with store.reading(lanes[use.lane], use.charge, max_statements) as reader:
            yield Context(
                ObservedReader(reader, observers, request.report) if observers else reader,
                request_id,
                date.today(),
                PageLimits(settings.default_page_size, settings.max_page_size),
                lambda: state.get_analysis_runner(store).using(use.charge, is_own=is_own),
                lambda: state.get_name_index(store),
                prepared.plans,
                request.timed,
            )

    return GraphQLView(
        schema,
        state.settings,
        open_context,
        lambda: state.store,
        lambda: (state.degrees, state.subset_counts),
        metrics=state.metrics,
        tracing=state.tracing,
    )


class VersionedGraph(Protocol):
    """A graph that has a version. Every write to the graph changes its version."""

    @property
    def cached_version(self) -> str | None:
        """The version of the graph, if it is cached. Otherwise None, and the version must be read from the database."""
        ...

    async def graph_version(self) -> str:
        """Return the version of the graph. It can be outdated by up to one second."""
        ...


class GraphQLView:
    """An ASGI application that serves one schema over HTTP.

    The function `graph` returns the graph, whose version is part of every cache key. If `graph` returns None, responses
    are not cached. The function `counts` returns two objects from which costs are estimated: the counts of nodes and
    relationships, and an object that counts the nodes and ties in the part of the graph (the subset) that an analysis
    reads. Each of the two is None until it is known.
    """

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        open_context: ContextFactory,
        graph: Callable[[], VersionedGraph | None] = lambda: None,
        counts: Callable[[], tuple[Degrees | None, SubsetCounts | None]] = lambda: (None, None),
        *,
        metrics: Metrics | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Create the view. Raises ConfigurationError if the list of trusted documents is invalid."""
        self._operations = Operations(schema, Limits.of(settings), hide_suggestions=settings.production)
        self._settings = settings
        self._open_context = open_context
        self._persisted = PersistedDocuments(settings.persisted_query_bytes)
        path = settings.trusted_documents
        trusted = None if path is None else TrustedDocuments.load(path, self._operations.first_error)
        self._parser = RequestParser(settings.max_request_bytes, self._persisted, trusted)
        self._in_flight: InFlightOperations[Outcome] = InFlightOperations(
            settings.max_operations, settings.request_timeout_s
        )
        self._graph = graph
        self._counts = counts
        self._budgets = ClientBudgets(settings.client_database_share, settings.client_database_burst_s)
        self._refusals = ClientBudgets(settings.client_refusals / _REFUSALS_S, settings.client_refusals)
        self._over_budget = 0
        # A page reads much, and its rows are processed on the event loop. Few pages therefore run concurrently.
        self._own_turns = Turns(settings.max_expensive_waiting)
        places = 2 * settings.max_expensive_statements  # some pages wait for an analysis, which uses no statement
        self._own_places = {lane: asyncio.Semaphore(places) for lane in (Lane.OWN, Lane.EXPENSIVE)}
        self.response_cache = ResponseCache(settings.response_cache_bytes)
        self._metrics = metrics
        self._tracing = tracing
        if metrics is not None:
            self._register_metrics(metrics)

    def _register_metrics(self, metrics: Metrics) -> None:
        cache, prefix = self.response_cache, "citygraph_response_cache"
        metrics.counter(f"{prefix}_hits", "Responses found in the cache.", lambda: cache.hits)
        metrics.counter(f"{prefix}_misses", "Cacheable responses not found in the cache.", lambda: cache.misses)
        metrics.counter(
            f"{prefix}_coalesced", "Responses shared with an identical running request.", lambda: cache.coalesced
        )
        metrics.gauge(f"{prefix}_bytes", "Estimated memory of the cached responses.", lambda: cache.memory_bytes)
        metrics.counter(
            "citygraph_operations_over_budget",
            "Operations of clients that have used up their budget of work.",
            lambda: self._over_budget,
        )
        metrics.gauge("citygraph_operations_running", "Running operations.", lambda: len(self._in_flight))

    # --- Requests and responses ---

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, start = Request(scope, receive), time.perf_counter()
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            self._observe("disconnected", "", start)
            raise
        if isinstance(response, GraphQLResponse):
            self._observe(response.outcome, response.code, start)
        await response(scope, receive, send)

    def _observe(self, outcome: str, code: str, start: float) -> None:
        if self._metrics is not None:
            self._metrics.observe_operation(outcome, code, time.perf_counter() - start)

    async def _respond(self, request: Request) -> Response:
        """Return the response to a request. If the request fails, the response describes the error.

        Raises ClientDisconnect if the client disconnects. This function raises no other exception.
        """
        request_id = current_request_id.get() or uuid4().hex
        is_safe = request.method in SAFE_METHODS
        offered = (JSON, GRAPHQL, HTML) if self._settings.graphiql and is_safe else (JSON, GRAPHQL)
        media_type = negotiate_media_type(", ".join(request.headers.getlist("accept")), offered)
        try:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": ALLOW})
            if not is_safe and request.method != "POST":
                message = f"{request.method} is not allowed at {PATH}"
                raise RequestError("METHOD_NOT_ALLOWED", message, headers={"Allow": ALLOW})
            if media_type is None:
                raise RequestError("NOT_ACCEPTABLE", "the server offers none of the media types in Accept")
            if media_type == HTML:
                return graphiql.page()
            return await self._handle(request, media_type, request_id)
        except ClientDisconnect:
            raise
        except InvalidOperation as error:
            self._refusals.charge(_client(request), 1)
            content = {"errors": error.errors, **self._extensions(error.cost)}
            return error_response(media_type, 200 if media_type == JSON else 400, content)
        except RequestError as error:
            status = 200 if isinstance(error, PersistedQueryNotFound) and media_type == JSON else error.code.status
            if error.code.status in _CLIENT_ERRORS and error.code.name not in _UNCOUNTED:
                self._refusals.charge(_client(request), 1)
            return error_response(media_type, status, {"errors": [error.formatted(request_id)]}, headers=error.headers)
        except StoreError as error:
            errors = format_errors([GraphQLError("", original_error=error)], "execution", request_id)
            code = store_code(error)
            headers = _RETRY_AFTER if code.name in _TEMPORARY else None
            return error_response(media_type, code.status, {"errors": errors}, headers=headers)
        except Exception as error:
            status = CODES_BY_NAME["INTERNAL"].status
            return error_response(media_type, status, {"errors": [format_internal_error(error, request_id)]})

    async def _handle(self, http_request: Request, media_type: str, request_id: str) -> Response:
        settings = self._settings
        deadline = asyncio.get_running_loop().time() + settings.request_timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                request = await self._parser.read(http_request)
        except TimeoutError:
            message = f"the request did not arrive within {settings.request_timeout_s:g} s"
            raise RequestError("REQUEST_TIMEOUT", message, headers={"Connection": "close"}) from None
        if settings.debug_token is not None:
            request = replace(request, report=requested_report(http_request, settings.debug_token))
        outcome = await self._outcome(request, http_request, request_id, deadline)
        if not isinstance(outcome, CachedResponse):
            return self._error_response(*outcome, media_type, request_id)
        cacheable = self.response_cache.enabled and request.report is None
        compress_from = settings.compress_bytes
        return await data_response(http_request, media_type, outcome, cacheable=cacheable, compress_from=compress_from)

    def _error_response(
        self, prepared: PreparedOperation, result: ExecutionResult, media_type: str, request_id: str
    ) -> Response:
        errors = format_errors(result.errors or [], "execution", request_id)
        content = {"errors": errors, "data": result.data, **self._extensions(prepared.cost, prepared.request)}
        codes = [cast("dict[str, object]", error["extensions"])["code"] for error in errors]
        headers = None if _TEMPORARY.isdisjoint(codes) else _RETRY_AFTER
        return error_response(media_type, PARTIAL_SUCCESS if media_type == GRAPHQL else 200, content, headers=headers)

    def _extensions(self, cost: int | None, request: GraphQLRequest | None = None) -> dict[str, object]:
        """Return the part `extensions` of a response's body, as a dict whose only key is `extensions`.

        The extensions contain the cost and, if the client requested it, the debug report. If the cost was not computed,
        the returned dict is empty.
        """
        if cost is None:
            return {}
        extensions: dict[str, object] = {"cost": {"requested": cost, "limit": self._operations.limits.cost}}
        if request is not None and request.report is not None:
            extensions["debug"] = request.report.as_extension()
        return {"extensions": extensions}

    async def execute(self, request: GraphQLRequest, http_request: Request) -> Answer:
        """Execute an operation for a page of this server, with the same cache and deadline as operations of clients.

        If `request.is_own` is true, the cost of the operation is not limited. All other limits apply. Raises
        InvalidOperation or RequestError if the operation is rejected, StoreError if the database fails, and
        ClientDisconnect if the client disconnects.
        """
        request_id = current_request_id.get() or uuid4().hex
        deadline = asyncio.get_running_loop().time() + self._settings.request_timeout_s
        outcome = await self._outcome(request, http_request, request_id, deadline)
        if isinstance(outcome, CachedResponse):
            return Answer(orjson.loads(outcome.body)["data"], [], len(outcome.body))
        _, result = outcome
        errors = format_errors(result.errors or [], "execution", request_id)
        data = orjson.dumps(result.data)
        return Answer(orjson.loads(data), errors, len(data))

    def prepare_own(self, document: str) -> None:
        """Parse and validate a GraphQL document that is part of the server's code and not sent by a client.

        See `Operations.prepare_own`.
        """
        self._operations.prepare_own(document)

    async def plan_own(self, request: GraphQLRequest, reader: PlanningReader) -> None:
        """Let the database plan the statements of a page's operation, without executing the operation.

        Statements that depend on the rows of another statement are not planned. Raises InvalidOperation.
        """

        def refuse() -> NoReturn:
            raise StoreBusy("no analysis or search is run to plan statements")

        self._operations.use_counts(*self._counts())
        prepared = await self._operations.prepare(request, "")
        pages = PageLimits(self._settings.default_page_size, self._settings.max_page_size)
        context = Context(reader, "", date.today(), pages, refuse, refuse, prepared.plans)
        await self._operations.execute(prepared, context)

    def client_of(self, http_request: Request) -> Client:
        """Return the client that sent a request. Work for the request is charged to this client."""
        key = client_key(_client(http_request))
        return Client(key, partial(self._budgets.charge, key), http_request.is_disconnected)

    async def _outcome(
        self, request: GraphQLRequest, http_request: Request, request_id: str, deadline: float
    ) -> Outcome:
        return self._cached_response(request) or await self._execute_or_join(
            request, http_request, request_id, deadline
        )

    # --- Cache ---

    def _cache_key(self, request: GraphQLRequest) -> CacheKey | None:
        """Return the cache key of a request. If the response to the request must not be cached, return None."""
        return request.cache_key if self.response_cache.enabled and self._graph() is not None else None

    def _cached_response(self, request: GraphQLRequest) -> CachedResponse | None:
        """Return the cached response to a request. If there is none, return None.

        This does not query the database. It therefore also returns None if the version of the graph is not cached.
        """
        graph, key = self._graph(), self._cache_key(request)
        if graph is None or key is None or (version := graph.cached_version) is None:
            return None
        cached = self.response_cache.get(self.response_cache.key(key, date.today(), version))
        if cached is not None and request.document_hash is not None:
            self._persisted.put(request.document_hash, request.query)
        return cached

    # --- Execution ---

    async def _execute(self, request: GraphQLRequest, request_id: str, client: Client) -> Outcome:
        self._operations.use_counts(*self._counts())
        prepared = await self._operations.prepare(request, request_id, client)
        if request.document_hash is not None:
            self._persisted.put(request.document_hash, request.query)
        graph, key, entry = self._graph(), self._cache_key(request), None
        if graph is not None and key is not None:
            # The version is read before the data, so that cached data is never older than its version.
            entry = self.response_cache.key(key, date.today(), await graph.graph_version())
            if (cached := self.response_cache.get(entry)) is not None:
                return cached
            self.response_cache.misses += 1
        is_over_budget = self._budgets.is_exhausted(client.key)
        self._over_budget += is_over_budget
        lane = Lane.NONE
        if is_over_budget:
            lane = Lane.EXPENSIVE
        elif prepared.cost > self._settings.expensive_cost:
            lane = Lane.OWN if request.is_own else Lane.EXPENSIVE
        use = DatabaseUse(lane, client.charge)
        async with (
            self._own_place(request, lane, client),
            self._open_context(request_id, prepared, use) as context,
        ):
            with request.timed("shape"), self._span(prepared):
                result = await self._operations.execute(prepared, context, client)
        if result.errors:
            return prepared, result
        body = orjson.dumps({"data": result.data, **self._extensions(prepared.cost, request)})
        response = CachedResponse.of(body)
        if entry is not None:
            self.response_cache.put(entry, response)
        return response

    @asynccontextmanager
    async def _own_place(self, request: GraphQLRequest, lane: Lane, client: Client) -> AsyncGenerator[None]:
        """Wait until the operation of a request may be executed. Only expensive operations of pages have to wait.

        Raises RequestError if too many such operations already wait.
        """
        if request.is_own and lane is not Lane.NONE:
            async with self._own_turns.slot(client), self._own_places[lane]:
                yield
        else:
            yield

    def _span(self, prepared: PreparedOperation) -> AbstractContextManager[None]:
        if self._tracing is None:
            return nullcontext()
        operation = prepared.operation
        name = operation.name.value if operation.name else None
        return self._tracing.operation(operation.operation.value, name, prepared.cost)

    async def _execute_or_join(
        self, request: GraphQLRequest, http_request: Request, request_id: str, deadline: float
    ) -> Outcome:
        """Execute the operation, or return the response to an identical request that started recently.

        In the second case, wait for the response to the earlier request. If that response has errors, the operation is
        executed again, because the errors contain the id of the earlier request. Raises RequestError at the deadline,
        and ClientDisconnect if the client disconnects.
        """
        key = self._cache_key(request)
        if (other := self._in_flight.find(key)) is not None:
            await self._in_flight.wait_for(other, http_request, deadline)
            task = other.task
            if not task.cancelled() and task.exception() is None and isinstance(task.result(), CachedResponse):
                self.response_cache.coalesced += 1
                return task.result()
        client = _client(http_request)
        if not request.is_own and self._refusals.is_exhausted(client) and not self._operations.is_known(request):
            raise _too_many_requests(self._refusals.wait_s(client))
        work = self._execute(request, request_id, self.client_of(http_request))
        operation = self._in_flight.start(work, key)
        await self._in_flight.wait_for(operation, http_request, deadline)
        return operation.task.result()


def _client(request: Request) -> str:
    """Return the address of the client.

    If a trusted proxy forwarded the request, this is the address that the proxy states for the client.
    """
    return request.client.host if request.client else ""


def _too_many_requests(wait_s: float) -> RequestError:
    message = "the server refused many requests of this client address"
    return RequestError("TOO_MANY_REQUESTS", message, headers={"Retry-After": str(max(1, ceil(wait_s)))})
