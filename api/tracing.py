"""Spans for OpenTelemetry: of requests, operations and statements. Variables and texts never stand in them.

Where spans go is said by OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`,
`OTEL_TRACES_SAMPLER`, …). Its packages are imported only where tracing is on: they are the extra `citygraph[tracing]`.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.errors import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, SpanKind

__all__ = ["Tracing", "TracingMiddleware", "span_exporter"]

_METHODS: Final = ("GET", "HEAD", "POST", "OPTIONS")


def span_exporter() -> "TracerProvider":
    """What sends spans by OTLP, in batches beside the requests. Raises ConfigurationError without the packages."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigurationError(
            "CITYGRAPH_TRACING is on, but OpenTelemetry is not installed", hint="install citygraph[tracing]"
        ) from None
    resource = Resource.create({SERVICE_NAME: "citygraph"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Tracing:
    """Makes the spans of one process; `database` is the name of the one that statements go to."""

    def __init__(self, provider: "TracerProvider", database: str) -> None:
        from opentelemetry.propagate import get_global_textmap
        from opentelemetry.trace import SpanKind, Status, StatusCode

        self._provider = provider
        self._tracer = provider.get_tracer("citygraph")
        self._database = database
        self._extract = get_global_textmap().extract
        self._kind = SpanKind
        self._failed = Status(StatusCode.ERROR)

    @contextmanager
    def request(self, scope: Scope) -> Generator["Span"]:
        """The span of a request, below the one that its `traceparent` names."""
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        parent = self._extract(dict(Headers(scope=scope).items()))
        attributes = {"http.request.method": method, "url.path": scope["path"], "url.scheme": scope["scheme"]}
        with self._span(method, self._kind.SERVER, attributes, parent) as span:
            yield span

    @contextmanager
    def operation(self, kind: str, name: str | None, cost: int) -> Generator[None]:
        """The span of an operation."""
        attributes: dict[str, str | int] = {"graphql.operation.type": kind, "citygraph.cost": cost}
        if name:
            attributes["graphql.operation.name"] = name
        with self._span(kind, self._kind.INTERNAL, attributes):
            yield

    @contextmanager
    def statement(self, name: str, _text: str) -> Generator[None]:
        """The span of a statement, the wait for a place and a connection included."""
        attributes = {"db.system.name": "neo4j", "db.namespace": self._database, "db.query.summary": name}
        with self._span(name, self._kind.CLIENT, attributes):
            yield

    @contextmanager
    def _span(
        self, name: str, kind: "SpanKind", attributes: Mapping[str, str | int], parent: "Context | None" = None
    ) -> Generator["Span"]:
        """A span. Of an error it tells the type alone: messages may hold what a client sent."""
        with self._tracer.start_as_current_span(
            name, parent, kind, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(self._failed)
                raise

    def end_request(self, span: "Span", status: int) -> None:
        """Takes note of the status of a request's answer."""
        span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(self._failed)

    def close(self) -> None:
        """Sends what was not sent yet."""
        self._provider.shutdown()


class TracingMiddleware:
    """Gives every request of an application its span."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._tracing.request(scope) as span:

            async def noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._tracing.end_request(span, message["status"])
                await send(message)

            await self._app(scope, receive, noted)
