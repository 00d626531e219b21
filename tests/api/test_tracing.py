"""Spans for OpenTelemetry."""

from collections.abc import Mapping

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.middleware import Middleware

from api.app import create_app
from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from api.tracing import Tracing, TracingMiddleware, span_exporter
from graph.errors import ConfigurationError
from graph.store import Store

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


async def spans(store: Store, body: Mapping[str, object], settings: Settings) -> dict[str, ReadableSpan]:
    """The spans of one request, by their names."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider, "graph")
    state = AppState(settings, store, tracing=tracing)
    app = Starlette(routes=routes(state), middleware=[Middleware(TracingMiddleware, tracing)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        await client.post("/graphql", json=body, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    await state.close()
    tracing.close()
    return {span.name: span for span in exporter.get_finished_spans()}


async def test_a_request_its_operation_and_its_statements_are_one_trace(seeded_store: Store) -> None:
    query = "query Whose($id: ID!) { city(id: $id) { name } }"
    found = await spans(seeded_store, {"query": query, "variables": {"id": "City:vantaa"}}, Settings())
    assert list(found) == ["traversal/fetch", "query", "POST"]
    request, operation, statement = found["POST"], found["query"], found["traversal/fetch"]
    assert request.parent and operation.parent and statement.parent and request.context and operation.context
    assert (format(request.context.trace_id, "032x"), format(request.parent.span_id, "016x")) == (TRACE, PARENT)
    assert (operation.parent.span_id, statement.parent.span_id) == (request.context.span_id, operation.context.span_id)
    assert dict(operation.attributes or {}) == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Whose",
        "citygraph.cost": 2,
    }
    assert dict(statement.attributes or {}) == {
        "db.system.name": "neo4j",
        "db.namespace": "graph",
        "db.query.summary": "traversal/fetch",
    }
    assert dict(request.attributes or {}) == {
        "http.request.method": "POST",
        "url.path": "/graphql",
        "url.scheme": "http",
        "http.response.status_code": 200,
    }
    assert "vantaa" not in "".join(span.to_json() for span in found.values()).lower()


async def test_span_of_an_error_has_only_its_type(seeded_store: Store) -> None:
    query = '{ costPerNetwork(city: "City:atlantis", from: 2020, to: 2021) { nodes { network { id } } } }'
    found = await spans(seeded_store, {"query": query}, Settings())
    assert "atlantis" not in "".join(span.to_json() for span in found.values())


def test_tracing_that_is_off_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(Settings())
    assert TracingMiddleware not in [middleware.cls for middleware in app.user_middleware]
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError) as raised:
        create_app(Settings(tracing=True))
    assert raised.value.message == "CITYGRAPH_TRACING is on, but OpenTelemetry is not installed"


def test_the_service_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert span_exporter().resource.attributes["service.name"] == "citygraph"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "vantaa")
    assert span_exporter().resource.attributes["service.name"] == "vantaa"
