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
from api.graphql.errors import BY_NAME, Refused, store_code, tell, tell_internal
from api.graphql.incoming import GRAPHQL, HTML, JSON, Asked, Incoming, Intake, accepted
from api.graphql.kept import JOINED_S, Answers, Kept
from api.graphql.limits import Limits
from api.graphql.operation import Mistaken, Operations, Prepared
from api.graphql.persisted import Documents, NotKept
from api.graphql.responses import SAFE, Reply, answered, response
from api.graphql.schema import schema
from api.graphql.selection import PageLimits
from api.graphql.state import AppState
from api.graphql.trusted import Trusted
from api.graphql.watching import Watched, asked_for, step
from api.logs import new_request_id
from api.logs import request_id as current_request_id
from api.metrics import Metrics
from api.settings import Settings
from api.tracing import Tracing
from graph.errors import AnalysisBusy, StoreError, StoreUnavailable

PATH: Final = "/graphql"
ALLOW: Final = "GET, HEAD, POST, OPTIONS"
PARTIAL: Final = 294
"""Data and errors together, as GraphQL over HTTP of September 2026 tells it to what stands between."""

RETRY_AFTER_S: Final = 1

UNWATCHED_S: Final = 0.1
"""How long work goes on before anybody looks whether its client is still there: most has ended by then."""

CarriedOut = Kept | tuple[Prepared, ExecutionResult]
"""An answer without errors, or else an operation and its result with them."""
Opened = Callable[[str, Prepared], AbstractAsyncContextManager[object]]
"""Opens the context in which the operation of a request, named by its id, is carried out."""


def routes(state: AppState) -> list[BaseRoute]:
    """The routes of the GraphQL API and, where the settings want it, of GraphiQL."""

    @asynccontextmanager
    async def opened(request_id: str, prepared: Prepared) -> AsyncGenerator[Context]:
        settings, store = state.settings, state.store
        if store is None:
            raise StoreUnavailable("the database is not open")
        async with store.reading() as reading:
            pages = PageLimits(settings.default_page_size, settings.max_page_size)
            yield Context(reading, request_id, date.today(), pages, state.analyst_of(store), prepared.plans)

    endpoint = Endpoint(schema, state.settings, opened, lambda: state.store, state.metrics, state.tracing)
    served: list[BaseRoute] = [Route(PATH, endpoint)]
    return served + (graphiql.routes(PATH) if state.settings.graphiql else [])


@dataclass(slots=True, eq=False)
class Work:
    """Work under way, and how many wait for it; `asked` where others may join."""

    task: Task[CarriedOut]
    begun: float
    waiting: int = 0
    asked: Asked | None = None


class Changing(Protocol):
    """What answers depend on besides the questions: a graph whose `state` is another after each change."""

    @property
    def fresh_state(self) -> str | None:
        """The state, where it is known at once."""
        ...

    async def state(self) -> str:
        """The state, as it was at most a second ago."""
        ...


class Endpoint:
    """Serves one schema over HTTP; keeps answers where `graph` gives what they depend on."""

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        opened: Opened,
        graph: Callable[[], Changing | None] = lambda: None,
        metrics: Metrics | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Raises ConfigurationError where the list of trusted documents is faulty."""
        self._operations = Operations(schema, Limits.of(settings), hide_suggestions=settings.production)
        self._settings = settings
        self._opened = opened
        listed = settings.trusted_documents
        trusted = None if listed is None else Trusted.read(listed, self._operations.mistake)
        self._documents = Documents(settings.persisted_bytes, trusted)
        self._intake = Intake(settings.max_request_bytes, self._documents)
        self._running: set[Task[CarriedOut]] = set()
        self._graph = graph
        self._under_way: dict[Asked, Work] = {}
        self.answers = Answers(settings.answer_bytes)
        self._metrics = metrics
        self._tracing = tracing
        self._watchers = [each for each in (metrics, tracing) if each is not None]
        if metrics is not None:
            self._tell_answers(metrics)

    def _tell_answers(self, metrics: Metrics) -> None:
        answers = self.answers
        metrics.counter("citygraph_answers_hits", "Answers found kept.", lambda: answers.hits)
        metrics.counter(
            "citygraph_answers_misses", "Answers that were not kept and were worked out.", lambda: answers.misses
        )
        metrics.counter(
            "citygraph_answers_joined", "Answers awaited while worked out for others.", lambda: answers.joined
        )
        metrics.gauge("citygraph_answers_bytes", "Memory of the answers kept.", lambda: answers.bytes)
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
            metrics.answered("left", "", time.perf_counter() - begun)
            raise
        if isinstance(made, Reply):
            metrics.answered(made.outcome, made.code, time.perf_counter() - begun)
        return made

    async def _respond(self, request: Request) -> Response:
        """The answer to a request, whatever happens. Raises ClientDisconnect where the client left."""
        request_id = current_request_id.get() or new_request_id()
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
            return response(media_type, status, {"errors": mistake.told, **cost})
        except Refused as refusal:
            status = 200 if isinstance(refusal, NotKept) and media_type == JSON else refusal.code.status
            return response(media_type, status, {"errors": [refusal.told(request_id)]}, headers=refusal.headers)
        except StoreError as error:
            told = tell([GraphQLError("", original_error=error)], "execution", request_id)
            return response(media_type, store_code(error).status, {"errors": told})
        except Exception as error:
            return response(media_type, BY_NAME["INTERNAL"].status, {"errors": [tell_internal(error, request_id)]})

    async def _answer(self, request: Request, media_type: str, request_id: str) -> Response:
        deadline = asyncio.get_running_loop().time() + self._settings.request_timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                incoming = await self._intake.read(request)
        except TimeoutError:
            told = f"the request did not arrive within {self._settings.request_timeout_s:g} s"
            raise Refused("REQUEST_TIMEOUT", told, headers={"Connection": "close"}) from None
        report = asked_for(request, self._settings.developer_token)
        if report is not None:
            incoming = replace(incoming, report=report)
        kept = self._kept(incoming)
        if kept is None:
            carried_out = await self._carry_out(incoming, request, request_id, deadline)
            if not isinstance(carried_out, Kept):
                return self._told(carried_out, media_type, request_id)
            kept = carried_out
        may_be_kept = self.answers.on and report is None
        from_bytes = self._settings.compress_bytes
        return await answered(request, media_type, kept, may_be_kept=may_be_kept, compress_from=from_bytes)

    def _told(self, carried_out: tuple[Prepared, ExecutionResult], media_type: str, request_id: str) -> Response:
        """The response of an operation with errors."""
        prepared, result = carried_out
        told = tell(result.errors or [], "execution", request_id)
        content = {"errors": told, "data": result.data, **self._cost(prepared.cost, prepared.incoming)}
        busy = any(cast("dict[str, object]", each["extensions"])["code"] == AnalysisBusy.code for each in told)
        headers = {"Retry-After": str(RETRY_AFTER_S)} if busy else None
        return response(media_type, PARTIAL if media_type == GRAPHQL else 200, content, headers=headers)

    def _may_keep(self, incoming: Incoming) -> bool:
        return self.answers.on and incoming.asked is not None and self._graph() is not None

    def _kept(self, incoming: Incoming) -> Kept | None:
        """The answer, where it is kept and the graph's state is known to be its own."""
        graph = self._graph()
        if graph is None or not self._may_keep(incoming) or (state := graph.fresh_state) is None:
            return None
        kept = self.answers.get((incoming.asked, date.today(), state))
        if kept is not None and incoming.digest is not None:
            self._documents.keep(incoming.digest, incoming.query)
        return kept

    async def _work(self, incoming: Incoming, request_id: str) -> CarriedOut:
        prepared = await self._operations.prepare(incoming, request_id)
        if incoming.digest is not None:
            self._documents.keep(incoming.digest, incoming.query)
        graph, key = self._graph(), None
        if graph is not None and self._may_keep(incoming):
            # What is read comes later than the state, never earlier.
            key = (incoming.asked, date.today(), await graph.state())
            if (kept := self.answers.get(key)) is not None:
                return kept
            self.answers.misses += 1
        result = await self._result(prepared, request_id)
        if result.errors:
            return prepared, result
        answer = Kept.of(orjson.dumps({"data": result.data, **self._cost(prepared.cost, incoming)}))
        if key is not None:
            self.answers.keep(key, answer, incoming.size)
        return answer

    async def _result(self, prepared: Prepared, request_id: str) -> ExecutionResult:
        """What the operation gives, watched by those who measure."""
        report = prepared.incoming.report
        async with self._opened(request_id, prepared) as context:
            if (self._watchers or report) and isinstance(context, Context):
                context.reading = Watched(context.reading, self._watchers, report)
                context.report = report
            with step(report, "shape"), self._span(prepared):
                return await self._operations.carry_out(prepared, context)

    def _span(self, prepared: Prepared) -> AbstractContextManager[None]:
        if self._tracing is None:
            return nullcontext()
        operation = prepared.operation
        name = operation.name.value if operation.name else None
        return self._tracing.operation(operation.operation.value, name, prepared.cost)

    async def _carry_out(self, incoming: Incoming, request: Request, request_id: str, deadline: float) -> CarriedOut:
        """What the operation gives, unless the deadline passes or the client leaves first.

        Work that others began on the same just now is waited for; where that ends in an error, it is done once more,
        so that errors bear the id of the request that they are told to.
        """
        others = self._under_way.get(incoming.asked) if incoming.asked and self._may_keep(incoming) else None
        if others is not None and asyncio.get_running_loop().time() - others.begun < JOINED_S:
            await self._wait_for(others, request, deadline)
            done = others.task
            if not done.cancelled() and done.exception() is None and isinstance(kept := done.result(), Kept):
                self.answers.joined += 1
                return kept
        work = self._begin(incoming, request_id)
        await self._wait_for(work, request, deadline)
        return work.task.result()

    def _begin(self, incoming: Incoming, request_id: str) -> Work:
        """Work on an operation. Raises Refused where as much is under way as the server takes on."""
        if len(self._running) >= self._settings.max_operations:
            told = f"{self._settings.max_operations} operations run, as many as the server takes on"
            raise Refused("OVERLOADED", told, headers={"Retry-After": str(RETRY_AFTER_S)})
        work = Work(asyncio.create_task(self._work(incoming, request_id)), asyncio.get_running_loop().time())
        # A place is free again when the work has ended, not when its client was answered.
        self._running.add(work.task)
        work.task.add_done_callback(self._ended)
        if incoming.asked is not None and self._may_keep(incoming):
            work.asked = incoming.asked
            self._under_way[work.asked] = work
            work.task.add_done_callback(lambda _: self._forget(work))
        return work

    async def _wait_for(self, work: Work, request: Request, deadline: float) -> None:
        """Returns when the work has ended. Raises Refused at the deadline and ClientDisconnect where the client leaves;
        work that nobody waits for any more is ended.
        """
        loop = asyncio.get_running_loop()
        leaving: Task[None] | None = None
        work.waiting += 1
        try:
            done, _ = await asyncio.wait({work.task}, timeout=min(max(0.0, deadline - loop.time()), UNWATCHED_S))
            if done:
                return
            leaving = asyncio.create_task(_leaving(request))
            left = max(0.0, deadline - loop.time())
            done, _ = await asyncio.wait({work.task, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if work.task in done:
                return
            if leaving in done:
                raise ClientDisconnect
            told = f"the operation did not end within {self._settings.request_timeout_s:g} s"
            raise Refused("DEADLINE_EXCEEDED", told)
        finally:
            work.waiting -= 1
            if not work.waiting:
                work.task.cancel()
                self._forget(work)
            if leaving is not None:
                leaving.cancel()

    def _forget(self, work: Work) -> None:
        if work.asked is not None and self._under_way.get(work.asked) is work:
            del self._under_way[work.asked]

    def _ended(self, working: "Task[CarriedOut]") -> None:
        self._running.discard(working)
        if not working.cancelled():
            working.exception()  # taken note of: work that fails while it is ended has nobody to tell

    def _cost(self, cost: int | None, incoming: Incoming | None = None) -> dict[str, object]:
        """The extensions of a response: the cost, where it was measured, and what a developer asked for."""
        if cost is None:
            return {}
        told: dict[str, object] = {"cost": {"requested": cost, "limit": self._operations.limits.cost}}
        if incoming is not None and incoming.report is not None:
            told["developer"] = incoming.report.told()
        return {"extensions": told}


async def _leaving(request: Request) -> None:
    """Returns when the client has left; the request has been read to its end before."""
    while cast("str", (await request.receive())["type"]) != "http.disconnect":
        pass
