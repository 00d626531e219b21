"""Metrics for Prometheus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from api.app import create_app
from api.graphql.http.view import GraphQLView
from api.metrics import Metrics
from api.settings import Settings
from graph.store import Store
from tests.api.stub_server import SCHEMA, StubGraph, stub_server


def values(metrics: Metrics) -> dict[str, float]:
    """Each sample by its name and labels."""
    body, media_type = metrics.render("text/plain")
    assert media_type.startswith("text/plain")
    return {
        sample.name + "".join(f" {label}={value}" for label, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


@asynccontextmanager
async def counted(metrics: Metrics) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of a stub server with metrics."""
    async with stub_server(graph=StubGraph()) as plain:
        inner = plain.view
        endpoint = GraphQLView(SCHEMA, Settings.load(), inner._open_context, lambda: StubGraph(), metrics=metrics)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://test") as client:
            yield client


async def test_operations_are_counted_by_what_became_of_them() -> None:
    metrics = Metrics()
    async with counted(metrics) as client:
        for query in ("{ hello }", "{ hello }", '{ on(day: "2026-01-01") }', "{ unknown }", "{ nope }", "{"):
            await client.post("/graphql", json={"query": query})
        await client.put("/graphql")
        await client.options("/graphql")
    found = values(metrics)
    counts = {
        name.removeprefix("citygraph_operations_total "): n for name, n in found.items() if "operations_total" in name
    }
    assert counts == {
        "code= outcome=ok": 3,
        "code=UNKNOWN_ID outcome=partial": 1,
        "code=GRAPHQL_VALIDATION_FAILED outcome=rejected": 1,
        "code=GRAPHQL_PARSE_FAILED outcome=rejected": 1,
        "code=METHOD_NOT_ALLOWED outcome=rejected": 1,
    }
    assert found["citygraph_operation_seconds_count outcome=ok"] == 3
    assert (found["citygraph_response_cache_hits_total"], found["citygraph_response_cache_misses_total"]) == (1, 3)
    assert found["citygraph_response_cache_bytes"] > 1000
    assert (found["citygraph_operations_running"], found["citygraph_response_cache_coalesced_total"]) == (0, 0)
    assert found["process_resident_memory_bytes"] > 10_000_000


async def test_a_statement_waits_until_it_is_sent_and_then_is_in_flight() -> None:
    metrics = Metrics(worker=2)

    def state() -> list[float]:
        found = values(metrics)
        return [found[f"citygraph_statements_{name} worker=2"] for name in ("waiting", "in_flight")]

    go = asyncio.Event()

    async def run() -> None:
        with metrics.statement("costs", "MATCH"):
            await go.wait()
            metrics.observe_statement("costs", "MATCH")
            metrics.observe_statement("costs", "MATCH")  # tried again
            go.clear()
            await go.wait()

    running = asyncio.create_task(run())
    await asyncio.sleep(0)
    assert state() == [1, 0]
    go.set()
    await asyncio.sleep(0)
    assert state() == [0, 1]
    go.set()
    await running
    assert state() == [0, 0]
    found = values(metrics)
    assert found["citygraph_statement_seconds_count statement=costs worker=2"] == 1
    assert found["citygraph_statements_sent_total statement=costs worker=2"] == 2
    with pytest.raises(RuntimeError), metrics.statement("refused", ""):
        raise RuntimeError
    assert state() == [0, 0]


def settings_of(store: Store, **more: object) -> Settings:
    """Settings of the store's own database."""
    endpoint = store._access.link.endpoint
    return Settings.load(
        database_uri=endpoint.uri,
        database_user=endpoint.user,
        database_password=endpoint.password,
        database_name=endpoint.database,
        **more,
    )


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a whole application."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


async def test_metrics_of_the_whole_application(seeded_store: Store) -> None:
    async with running(create_app(settings_of(seeded_store, metrics=True))) as client:
        query = '{ city(id: "City:vantaa") { name } }'
        assert (await client.post("/graphql", json={"query": query})).json()["data"] == {"city": {"name": "Vantaa"}}
        response = await client.get("/metrics")
        assert response.headers["cache-control"] == "no-store"
        assert 'citygraph_statement_seconds_count{statement="traversal/fetch"} 1.0' in response.text
        assert "citygraph_statements_in_flight 0.0" in response.text
        for name in ("pool_in_use 0.0", "pool_waiting 0.0", "pool_size 32.0", "statements_batched_total 0.0"):
            assert f"\ncitygraph_{name}\n" in response.text
        assert "Vantaa" not in response.text and "MATCH" not in response.text


async def test_metrics_that_are_off_are_not_served(seeded_store: Store) -> None:
    async with running(create_app(settings_of(seeded_store))) as client:
        assert (await client.get("/metrics")).status_code == 404
