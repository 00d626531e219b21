"""The response cache, and the sharing of running operations by identical requests."""

import asyncio
import gc
import tracemalloc
from datetime import date

import httpx
import orjson
import pytest

from api.graphql.http import in_flight
from api.graphql.http.request import MAX_CACHED_REQUEST_BYTES, GraphQLRequest
from api.graphql.http.response import ENTRY_OVERHEAD_BYTES, CachedResponse, ResponseCache
from graph.store import Store
from tests.api.stub_server import StubGraph, errors_of, stub_server
from tests.conditions import GIVE_UP_S
from tests.conftest import MetadataClock, mark_seeds_changed
from tests.statements import observed_statements

HELLO = "query ($name: String!) { hello(name: $name) }"


async def test_responses_are_cached_per_request_and_version() -> None:
    graph = StubGraph()
    async with stub_server(graph=graph) as server:
        for name in ("a", "a", "b", "a"):
            response = await server.ask(HELLO, variables={"name": name})
            assert response.json()["data"] == {"hello": f"hello {name}"}
            assert response.json()["extensions"]["cost"]["requested"]
        cache = server.view.response_cache
        assert (cache.misses, cache.hits, server.context_events.count("open")) == (2, 2, 2)
        graph.version = "2"
        assert (await server.ask(HELLO, variables={"name": "a"})).json()["data"] == {"hello": "hello a"}
        assert (cache.misses, cache.hits, server.context_events.count("open")) == (3, 2, 3)
        graph.is_cached = False  # the version is read from the database; the response is still cached
        assert (await server.ask(HELLO, variables={"name": "a"})).json()["data"] == {"hello": "hello a"}
        assert (cache.misses, cache.hits, server.context_events.count("open")) == (3, 3, 3)


async def test_cache_distinguishes_operation_names_and_media_types() -> None:
    query = 'query A { hello } query B { hello(name: "b") }'
    async with stub_server(graph=StubGraph()) as server:
        greetings = [(await server.ask(query, operationName=name)).json()["data"]["hello"] for name in "ABA"]
        assert greetings == ["hello you", "hello b", "hello you"]
        types = ("application/json", "application/graphql-response+json")
        responses = [await server.ask("{ hello }", accept=media_type) for media_type in types]
        assert [response.headers["content-type"].partition(";")[0] for response in responses] == list(types)
        assert responses[0].content == responses[1].content


async def test_errors_are_not_cached() -> None:
    async with stub_server(graph=StubGraph()) as server:
        for _ in range(2):
            response = await server.ask("{ unknown }")
            assert errors_of(response) == [("UNKNOWN_ID", "no node has the id City:atlantis")]
        assert (server.view.response_cache.misses, server.view.response_cache.hits) == (2, 0)
        ids = {(await server.ask("{ unknown }")).json()["errors"][0]["extensions"]["requestId"] for _ in range(2)}
        assert len(ids) == 2


async def test_disabled_cache() -> None:
    async with stub_server(graph=StubGraph(), response_cache_bytes=0) as server:
        for _ in range(2):
            response = await server.client.get("/graphql", params={"query": "{ hello }"})
            assert (response.headers["cache-control"], "etag" in response.headers) == ("no-store", False)
        assert server.context_events.count("open") == 2


async def test_get_with_a_current_etag_is_not_modified() -> None:
    async with stub_server(graph=StubGraph()) as server:
        get = {"params": {"query": "{ hello }"}}
        first = await server.client.get("/graphql", **get)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "no-cache"
        for etags in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await server.client.get("/graphql", headers={"If-None-Match": etags}, **get)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["vary"] == "Accept"
        other = await server.client.get("/graphql", headers={"If-None-Match": '"other"'}, **get)
        assert (other.status_code, other.content) == (200, first.content)
        graphql = {"Accept": "application/graphql-response+json", "If-None-Match": tag}
        assert (await server.client.get("/graphql", headers=graphql, **get)).status_code == 200
        posted = await server.ask("{ hello }")
        assert (posted.headers["cache-control"], "etag" in posted.headers) == ("no-store", False)
        wrong = await server.client.get("/graphql", params={"query": "{ unknown }"})
        assert (wrong.headers["cache-control"], "etag" in wrong.headers) == ("no-store", False)


async def test_identical_concurrent_requests_share_one_execution() -> None:
    async with stub_server(graph=StubGraph(), max_operations=1) as server:
        requests = [asyncio.create_task(server.ask("{ slow }")) for _ in range(5)]
        await server.slow_field.started.acquire()
        await asyncio.sleep(0)
        server.slow_field.release.set()
        assert [response.json()["data"] for response in await asyncio.gather(*requests)] == [{"slow": "done"}] * 5
        assert (server.slow_field.outcomes, server.view.response_cache.coalesced) == (["done"], 4)


async def test_joined_operation_continues_after_the_first_request_times_out() -> None:
    async with stub_server(graph=StubGraph(), request_timeout_s=0.3, statement_timeout_s=0.1) as server:
        first = asyncio.create_task(server.ask("{ slow }"))
        await server.slow_field.started.acquire()
        server.view._settings = server.view._settings.model_copy(update={"request_timeout_s": GIVE_UP_S})
        second = asyncio.create_task(server.ask("{ slow }"))
        assert (await first).status_code == 504
        server.slow_field.release.set()
        assert (await second).json()["data"] == {"slow": "done"}
        assert server.slow_field.outcomes == ["done"]


async def test_operation_without_waiters_is_cancelled_and_not_joined() -> None:
    async with stub_server(graph=StubGraph(), request_timeout_s=0.1, statement_timeout_s=0.1) as server:
        assert (await server.ask("{ slow }")).status_code == 504
        server.slow_field.release.set()
        assert (await server.ask("{ slow }")).json()["data"] == {"slow": "done"}
        assert server.slow_field.outcomes == ["cancelled", "done"]


async def test_errors_of_joined_requests_have_their_own_request_ids() -> None:
    async with stub_server(graph=StubGraph()) as server:
        requests = [asyncio.create_task(server.ask("{ slow broken }")) for _ in range(3)]
        await server.slow_field.started.acquire()
        await asyncio.sleep(0)
        server.slow_field.release.set()
        extensions = [response.json()["errors"][0]["extensions"] for response in await asyncio.gather(*requests)]
        assert [error["code"] for error in extensions] == ["INTERNAL"] * 3
        assert len({error["requestId"] for error in extensions}) == 3


async def test_operation_is_not_joined_after_the_coalescing_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "COALESCE_WINDOW_S", 0)
    async with stub_server(graph=StubGraph()) as server:
        first = asyncio.create_task(server.ask("{ slow }"))
        await server.slow_field.started.acquire()
        second = asyncio.create_task(server.ask("{ slow }"))
        await server.slow_field.started.acquire()
        server.slow_field.release.set()
        assert [(await request).json()["data"] for request in (first, second)] == [{"slow": "done"}] * 2
        assert server.slow_field.outcomes == ["done"] * 2


async def test_writes_invalidate_the_cache_within_a_second(
    client: httpx.AsyncClient, seeded_store: Store, metadata_clock: MetadataClock
) -> None:
    query = {"query": '{ city(id: "City:vantaa") { name } }'}
    with observed_statements(seeded_store) as sent:
        before = await client.get("/graphql", params=query)
        sent.clear()
        again = await client.get("/graphql", params=query, headers={"If-None-Match": before.headers["etag"]})
        assert (again.status_code, sent) == (304, [])
        await mark_seeds_changed(seeded_store)
        metadata_clock.expire_checks()
        sent.clear()
        after = await client.get("/graphql", params=query)
        assert (after.content, sent) == (before.content, ["traversal/fetch"])


def test_response_over_an_eighth_of_the_budget_is_not_cached() -> None:
    cache = ResponseCache(8 * (ENTRY_OVERHEAD_BYTES + 300))
    cache.put(b"small", CachedResponse.of(b"x" * 200))
    cache.put(b"large", CachedResponse.of(b"x" * 202))
    assert cache.memory_bytes == ENTRY_OVERHEAD_BYTES + 300
    assert cache.get(b"small") is not None
    assert cache.get(b"large") is None


@pytest.mark.slow
async def test_cached_operations_take_no_more_memory_than_their_weight() -> None:
    async with stub_server() as server:
        operations = server.view._operations
        await server.ask("{ hello }")
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for number in range(40):
                names = " ".join(f"a{number}x{index}:name" for index in range(50))
                assert (await server.ask(f'{{ city(id: "City:a") {{ {names} }} }}')).status_code == 200
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(operations._prepared) == 41
        assert after - before <= operations._prepared.currsize


def test_cached_responses_take_no_more_memory_than_their_weight() -> None:
    """Measured with entries whose bodies come from the JSON library, which allocates more than it returns."""
    cache = ResponseCache(64 << 20)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(10_000):
            request = GraphQLRequest("query ($name: String!) { hello(name: $name) }", variables={"name": str(number)})
            assert request.cache_key is not None
            key = cache.key(request.cache_key, date(2025, 1, 1), "1")
            cache.put(key, CachedResponse.of(orjson.dumps({"data": {"hello": f"hello {number}"}})))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before <= cache.memory_bytes


@pytest.mark.parametrize("size", [MAX_CACHED_REQUEST_BYTES - 200, MAX_CACHED_REQUEST_BYTES])
async def test_long_requests_are_not_cached(size: int) -> None:
    async with stub_server(graph=StubGraph()) as server:
        for _ in range(2):
            await server.ask(HELLO, variables={"name": "n" * size})
        assert server.view.response_cache.hits == (size < MAX_CACHED_REQUEST_BYTES)
