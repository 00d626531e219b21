"""Create OpenTelemetry spans for requests, operations and statements.

Spans contain neither the variables nor the text of documents. OpenTelemetry's environment variables configure the
destination of the spans (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, …). The extra
`citygraph[tracing]` installs the OpenTelemetry packages, which are imported only if tracing is enabled.
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
    """Return a tracer provider that sends spans by OTLP in batches.

    Raises ConfigurationError if OpenTelemetry is not installed.
    """
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
    """A factory for the spans of one process.

    The spans of statements contain `database`, the name of the database.
    """

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
        """Open a span for an HTTP request.

        Its parent is the span that the request's header `traceparent` identifies.
        """
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        parent = self._extract(dict(Headers(scope=scope).items()))
        attributes = {"http.request.method": method, "url.path": scope["path"], "url.scheme": scope["scheme"]}
        with self._span(method, self._kind.SERVER, attributes, parent) as span:
            yield span

    @contextmanager
    def operation(self, kind: str, name: str | None, cost: int) -> Generator[None]:
        """Open a span for a GraphQL operation."""
        attributes: dict[str, str | int] = {"graphql.operation.type": kind, "citygraph.cost": cost}
        if name:
            attributes["graphql.operation.name"] = name
        with self._span(kind, self._kind.INTERNAL, attributes):
            yield

    @contextmanager
    def statement(self, name: str, _text: str) -> Generator[None]:
        """Open a span for a Cypher statement. The span includes the time spent waiting for a database connection."""
        attributes = {"db.system.name": "neo4j", "db.namespace": self._database, "db.query.summary": name}
        with self._span(name, self._kind.CLIENT, attributes):
            yield

    @contextmanager
    def _span(
        self, name: str, kind: "SpanKind", attributes: Mapping[str, str | int], parent: "Context | None" = None
    ) -> Generator["Span"]:
        """Open a span.

        If an error is raised in the span, only the type of the error is recorded, because the message can contain data
        of clients.
        """
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
        """Record the HTTP status of the response in the span of the request."""
        span.set_attribute("http.response.status_code", status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(self._failed)

    def close(self) -> None:
        """Send the spans that have not been sent yet, and close the exporter."""
        self._provider.shutdown()


class TracingMiddleware:
    """ASGI middleware that opens a span for every HTTP request."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._tracing.request(scope) as span:

            async def record_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._tracing.end_request(span, message["status"])
                await send(message)

            await self._app(scope, receive, record_status)
