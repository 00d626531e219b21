"""GraphQL over HTTP at /graphql: GET and POST, as the drafts of that name ask, and GraphiQL for browsers."""

import asyncio
import time
from asyncio import Task
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Protocol, cast

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from strawberry import Schema

from api.graphql import graphiql
from api.graphql.context import Context
from api.graphql.debug import ObservedReader, requested_report, step
from api.graphql.errors import CODES_BY_NAME, RequestError, format_errors, format_internal_error, store_code
from api.graphql.execution.limits import Limits
from api.graphql.execution.operations import InvalidOperation, Operations, PreparedOperation
from api.graphql.http.persisted_documents import PersistedDocuments, PersistedQueryNotFound
from api.graphql.http.request import GRAPHQL, HTML, JSON, CacheKey, GraphQLRequest, RequestParser, negotiate_media_type
from api.graphql.http.response import SAFE, GraphQLResponse, data_response, error_response
from api.graphql.http.response_cache import COALESCE_WINDOW_S, CachedResponse, ResponseCache
from api.graphql.http.trusted_documents import TrustedDocuments
from api.graphql.schema import schema
from api.graphql.selection import PageLimits
from api.logging import new_request_id
from api.logging import request_id as current_request_id
from api.metrics import Metrics
from api.settings import Settings
from api.state import AppState
from api.tracing import Tracing
from graph.errors import AnalysisBusy, StoreError, StoreUnavailable

PATH: Final = "/graphql"
ALLOW: Final = "GET, HEAD, POST, OPTIONS"
PARTIAL_SUCCESS: Final = 294
"""Data and errors together, as GraphQL over HTTP of September 2026 tells it to what stands between."""

RETRY_AFTER_S: Final = 1

DISCONNECT_POLL_DELAY_S: Final = 0.1
"""How long work goes on before anybody looks whether its client is still there: most has ended by then."""

Outcome = CachedResponse | tuple[PreparedOperation, ExecutionResult]
"""An answer without errors, or else an operation and its result with them."""
ContextFactory = Callable[[str, PreparedOperation], AbstractAsyncContextManager[object]]
"""Opens the context in which the operation of a request, named by its id, is carried out."""


def routes(state: AppState) -> list[BaseRoute]:
    """The routes of the GraphQL API and, where the settings want it, of GraphiQL."""

    @asynccontextmanager
    async def open_context(request_id: str, prepared: PreparedOperation) -> AsyncGenerator[Context]:
        settings, store = state.settings, state.store
        if store is None:
            raise StoreUnavailable("the database is not open")
        async with store.reading() as reading:
            pages = PageLimits(settings.default_page_size, settings.max_page_size)
            yield Context(reading, request_id, date.today(), pages, state.get_analysis_runner(store), prepared.plans)

    endpoint = GraphQLView(schema, state.settings, open_context, lambda: state.store, state.metrics, state.tracing)
    served: list[BaseRoute] = [Route(PATH, endpoint)]
    return served + (graphiql.routes(PATH) if state.settings.graphiql else [])


@dataclass(slots=True, eq=False)
class InFlight:
    """Work under way, and how many wait for it; `asked` where others may join."""

    task: Task[Outcome]
    begun: float
    waiting: int = 0
    asked: CacheKey | None = None


class HasRevision(Protocol):
    """What answers depend on besides the questions: a graph whose `state` is another after each change."""

    @property
    def cached_version(self) -> str | None:
        """The state, where it is known at once."""
        ...

    async def graph_version(self) -> str:
        """The state, as it was at most a second ago."""
        ...


class GraphQLView:
    """Serves one schema over HTTP; keeps answers where `graph` gives what they depend on."""

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        opened: ContextFactory,
        graph: Callable[[], HasRevision | None] = lambda: None,
        metrics: Metrics | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Raises ConfigurationError where the list of trusted documents is faulty."""
        self._operations = Operations(schema, Limits.of(settings), hide_suggestions=settings.production)
        self._settings = settings
        self._opened = opened
        listed = settings.trusted_documents
        trusted = None if listed is None else TrustedDocuments.load(listed, self._operations.first_error)
        self._documents = PersistedDocuments(settings.persisted_query_bytes, trusted)
        self._intake = RequestParser(settings.max_request_bytes, self._documents)
        self._running: set[Task[Outcome]] = set()
        self._graph = graph
        self._under_way: dict[CacheKey, InFlight] = {}
        self.answers = ResponseCache(settings.response_cache_bytes)
        self._metrics = metrics
        self._tracing = tracing
        self._watchers = [each for each in (metrics, tracing) if each is not None]
        if metrics is not None:
            self._tell_answers(metrics)

    def _tell_answers(self, metrics: Metrics) -> None:
        answers = self.answers
        metrics.counter("citygraph_response_cache_hits", "Answers found kept.", lambda: answers.hits)
        metrics.counter(
            "citygraph_response_cache_misses", "Answers that were not kept and were worked out.", lambda: answers.misses
        )
        metrics.counter(
            "citygraph_response_cache_coalesced", "Answers awaited while worked out for others.", lambda: answers.joined
        )
        metrics.gauge("citygraph_response_cache_bytes", "Memory of the answers kept.", lambda: answers.bytes)
        metrics.gauge("citygraph_operations_running", "Operations under way.", lambda: len(self._running))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if self._metrics is None:
            made = await self._respond(request)
        else:
            made = await self._counted(request, self._metrics)
        await made(scope, receive, send)

    async def _counted(self, request: Request, metrics: Metrics) -> Response:
        begun = time.perf_counter()
        try:
            made = await self._respond(request)
        except ClientDisconnect:
            metrics.observe_operation("disconnected", "", time.perf_counter() - begun)
            raise
        if isinstance(made, GraphQLResponse):
            metrics.observe_operation(made.outcome, made.code, time.perf_counter() - begun)
        return made

    async def _respond(self, request: Request) -> Response:
        """The answer to a request, whatever happens. Raises ClientDisconnect where the client left."""
        request_id = current_request_id.get() or new_request_id()
        offered = (JSON, GRAPHQL, HTML) if self._settings.graphiql and request.method in SAFE else (JSON, GRAPHQL)
        media_type = negotiate_media_type(", ".join(request.headers.getlist("accept")), offered)
        try:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers={"Allow": ALLOW})
            if request.method not in (*SAFE, "POST"):
                told = f"{request.method} is not served here"
                raise RequestError("METHOD_NOT_ALLOWED", told, headers={"Allow": ALLOW})
            if media_type is None:
                raise RequestError("NOT_ACCEPTABLE", "none of the media types in Accept can be served")
            if media_type == HTML:
                return graphiql.page()
            return await self._handle(request, media_type, request_id)
        except ClientDisconnect:
            raise
        except InvalidOperation as mistake:
            status = 200 if media_type == JSON else 400
            cost = self._extensions(mistake.cost)
            return error_response(media_type, status, {"errors": mistake.errors, **cost})
        except RequestError as refusal:
            status = 200 if isinstance(refusal, PersistedQueryNotFound) and media_type == JSON else refusal.code.status
            return error_response(
                media_type, status, {"errors": [refusal.formatted(request_id)]}, headers=refusal.headers
            )
        except StoreError as error:
            told = format_errors([GraphQLError("", original_error=error)], "execution", request_id)
            return error_response(media_type, store_code(error).status, {"errors": told})
        except Exception as error:
            return error_response(
                media_type, CODES_BY_NAME["INTERNAL"].status, {"errors": [format_internal_error(error, request_id)]}
            )

    async def _handle(self, request: Request, media_type: str, request_id: str) -> Response:
        deadline = asyncio.get_running_loop().time() + self._settings.request_timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                incoming = await self._intake.read(request)
        except TimeoutError:
            told = f"the request did not arrive within {self._settings.request_timeout_s:g} s"
            raise RequestError("REQUEST_TIMEOUT", told, headers={"Connection": "close"}) from None
        report = requested_report(request, self._settings.debug_token)
        if report is not None:
            incoming = replace(incoming, report=report)
        kept = self._cached_response(incoming)
        if kept is None:
            carried_out = await self._execute_or_join(incoming, request, request_id, deadline)
            if not isinstance(carried_out, CachedResponse):
                return self._error_response(carried_out, media_type, request_id)
            kept = carried_out
        may_be_kept = self.answers.enabled and report is None
        from_bytes = self._settings.compress_bytes
        return await data_response(request, media_type, kept, may_be_kept=may_be_kept, compress_from=from_bytes)

    def _error_response(
        self, carried_out: tuple[PreparedOperation, ExecutionResult], media_type: str, request_id: str
    ) -> Response:
        """The response of an operation with errors."""
        prepared, result = carried_out
        told = format_errors(result.errors or [], "execution", request_id)
        content = {"errors": told, "data": result.data, **self._extensions(prepared.cost, prepared.incoming)}
        busy = any(cast("dict[str, object]", each["extensions"])["code"] == AnalysisBusy.code for each in told)
        headers = {"Retry-After": str(RETRY_AFTER_S)} if busy else None
        return error_response(media_type, PARTIAL_SUCCESS if media_type == GRAPHQL else 200, content, headers=headers)

    def _is_cacheable(self, incoming: GraphQLRequest) -> bool:
        return self.answers.enabled and incoming.cache_key is not None and self._graph() is not None

    def _cached_response(self, incoming: GraphQLRequest) -> CachedResponse | None:
        """The answer, where it is kept and the graph's state is known to be its own."""
        graph = self._graph()
        if graph is None or not self._is_cacheable(incoming) or (state := graph.cached_version) is None:
            return None
        kept = self.answers.get((incoming.cache_key, date.today(), state))
        if kept is not None and incoming.digest is not None:
            self._documents.keep(incoming.digest, incoming.query)
        return kept

    async def _execute(self, incoming: GraphQLRequest, request_id: str) -> Outcome:
        prepared = await self._operations.prepare(incoming, request_id)
        if incoming.digest is not None:
            self._documents.keep(incoming.digest, incoming.query)
        graph, key = self._graph(), None
        if graph is not None and self._is_cacheable(incoming):
            # What is read comes later than the state, never earlier.
            key = (incoming.cache_key, date.today(), await graph.graph_version())
            if (kept := self.answers.get(key)) is not None:
                return kept
            self.answers.misses += 1
        result = await self._execute_operation(prepared, request_id)
        if result.errors:
            return prepared, result
        body = orjson.dumps({"data": result.data, **self._extensions(prepared.cost, incoming)})
        answer = CachedResponse.of(body, incoming.size)
        if key is not None:
            self.answers.put(key, answer)
        return answer

    async def _execute_operation(self, prepared: PreparedOperation, request_id: str) -> ExecutionResult:
        """What the operation gives, watched by those who measure."""
        report = prepared.incoming.report
        async with self._opened(request_id, prepared) as context:
            if (self._watchers or report) and isinstance(context, Context):
                context.reader = ObservedReader(context.reader, self._watchers, report)
                context.report = report
            with step(report, "shape"), self._span(prepared):
                return await self._operations.execute(prepared, context)

    def _span(self, prepared: PreparedOperation) -> AbstractContextManager[None]:
        if self._tracing is None:
            return nullcontext()
        operation = prepared.operation
        name = operation.name.value if operation.name else None
        return self._tracing.operation(operation.operation.value, name, prepared.cost)

    async def _execute_or_join(
        self, incoming: GraphQLRequest, request: Request, request_id: str, deadline: float
    ) -> Outcome:
        """What the operation gives, unless the deadline passes or the client leaves first.

        Work that others began on the same just now is waited for; where that ends in an error, it is done once more,
        so that errors bear the id of the request that they are told to.
        """
        others = (
            self._under_way.get(incoming.cache_key) if incoming.cache_key and self._is_cacheable(incoming) else None
        )
        if others is not None and asyncio.get_running_loop().time() - others.begun < COALESCE_WINDOW_S:
            await self._wait_for(others, request, deadline)
            done = others.task
            if not done.cancelled() and done.exception() is None and isinstance(kept := done.result(), CachedResponse):
                self.answers.joined += 1
                return kept
        work = self._start(incoming, request_id)
        await self._wait_for(work, request, deadline)
        return work.task.result()

    def _start(self, incoming: GraphQLRequest, request_id: str) -> InFlight:
        """Work on an operation. Raises Refused where as much is under way as the server takes on."""
        if len(self._running) >= self._settings.max_operations:
            told = f"{self._settings.max_operations} operations run, as many as the server takes on"
            raise RequestError("OVERLOADED", told, headers={"Retry-After": str(RETRY_AFTER_S)})
        work = InFlight(asyncio.create_task(self._execute(incoming, request_id)), asyncio.get_running_loop().time())
        # A place is free again when the work has ended, not when its client was answered.
        self._running.add(work.task)
        work.task.add_done_callback(self._on_done)
        if incoming.cache_key is not None and self._is_cacheable(incoming):
            work.asked = incoming.cache_key
            self._under_way[work.asked] = work
            work.task.add_done_callback(lambda _: self._drop_in_flight(work))
        return work

    async def _wait_for(self, work: InFlight, request: Request, deadline: float) -> None:
        """Returns when the work has ended. Raises Refused at the deadline and ClientDisconnect where the client leaves;
        work that nobody waits for any more is ended.
        """
        loop = asyncio.get_running_loop()
        leaving: Task[None] | None = None
        work.waiting += 1
        try:
            done, _ = await asyncio.wait(
                {work.task}, timeout=min(max(0.0, deadline - loop.time()), DISCONNECT_POLL_DELAY_S)
            )
            if done:
                return
            leaving = asyncio.create_task(_wait_for_disconnect(request))
            left = max(0.0, deadline - loop.time())
            done, _ = await asyncio.wait({work.task, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if work.task in done:
                return
            if leaving in done:
                raise ClientDisconnect
            told = f"the operation did not end within {self._settings.request_timeout_s:g} s"
            raise RequestError("DEADLINE_EXCEEDED", told)
        finally:
            work.waiting -= 1
            if not work.waiting:
                work.task.cancel()
                self._drop_in_flight(work)
            if leaving is not None:
                leaving.cancel()

    def _drop_in_flight(self, work: InFlight) -> None:
        if work.asked is not None and self._under_way.get(work.asked) is work:
            del self._under_way[work.asked]

    def _on_done(self, working: "Task[Outcome]") -> None:
        self._running.discard(working)
        if not working.cancelled():
            working.exception()  # taken note of: work that fails while it is ended has nobody to tell

    def _extensions(self, cost: int | None, incoming: GraphQLRequest | None = None) -> dict[str, object]:
        """The extensions of a response: the cost, where it was measured, and what a developer asked for."""
        if cost is None:
            return {}
        told: dict[str, object] = {"cost": {"requested": cost, "limit": self._operations.limits.cost}}
        if incoming is not None and incoming.report is not None:
            told["developer"] = incoming.report.as_extension()
        return {"extensions": told}


async def _wait_for_disconnect(request: Request) -> None:
    """Returns when the client has left; the request has been read to its end before."""
    while cast("str", (await request.receive())["type"]) != "http.disconnect":
        pass
