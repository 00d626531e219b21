"""Answers that are kept until the graph changes, and work that several wait for."""

import asyncio

import httpx
import pytest

from api.graphql.http.in_flight import COALESCE_WINDOW_S
from api.graphql.http.request import MAX_CACHED_REQUEST_BYTES
from api.graphql.http.response import CachedResponse, ResponseCache
from graph.store import Store, WriteTransaction
from tests.api.stub_server import Graph, told, toy

HELLO = "query ($name: String!) { hello(name: $name) }"


async def test_an_answer_is_worked_out_once_for_each_question_and_state() -> None:
    graph = Graph()
    async with toy(graph=graph) as served:
        for name in ("a", "a", "b", "a"):
            answer = await served.ask(HELLO, variables={"name": name})
            assert answer.json()["data"] == {"hello": f"hello {name}"}
            assert answer.json()["extensions"]["cost"]["requested"]
        answers = served.endpoint.response_cache
        assert (answers.misses, answers.hits, served.opened.count("open")) == (2, 2, 2)
        graph.now = "2"
        assert (await served.ask(HELLO, variables={"name": "a"})).json()["data"] == {"hello": "hello a"}
        assert (answers.misses, answers.hits, served.opened.count("open")) == (3, 2, 3)
        graph.fresh = False  # the state has to be asked for; the answer is still the one kept
        assert (await served.ask(HELLO, variables={"name": "a"})).json()["data"] == {"hello": "hello a"}
        assert (answers.misses, answers.hits, served.opened.count("open")) == (3, 3, 3)


async def test_names_of_operations_and_media_types_are_told_apart() -> None:
    query = 'query A { hello } query B { hello(name: "b") }'
    async with toy(graph=Graph()) as served:
        said = [(await served.ask(query, operationName=name)).json()["data"]["hello"] for name in "ABA"]
        assert said == ["hello you", "hello b", "hello you"]
        types = ("application/json", "application/graphql-response+json")
        answers = [await served.ask("{ hello }", accept=each) for each in types]
        assert [each.headers["content-type"].partition(";")[0] for each in answers] == list(types)
        assert answers[0].content == answers[1].content


async def test_errors_are_not_kept() -> None:
    async with toy(graph=Graph()) as served:
        for _ in range(2):
            answer = await served.ask("{ unknown }")
            assert told(answer) == [("UNKNOWN_ID", "no node has the id City:atlantis")]
        assert (served.endpoint.response_cache.misses, served.endpoint.response_cache.hits) == (2, 0)
        ids = {(await served.ask("{ unknown }")).json()["errors"][0]["extensions"]["requestId"] for _ in range(2)}
        assert len(ids) == 2


async def test_nothing_is_kept_where_it_is_turned_off() -> None:
    async with toy(graph=Graph(), response_cache_bytes=0) as served:
        for _ in range(2):
            answer = await served.client.get("/graphql", params={"query": "{ hello }"})
            assert (answer.headers["cache-control"], "etag" in answer.headers) == ("no-store", False)
        assert served.opened.count("open") == 2


async def test_a_get_is_sent_again_only_when_its_answer_has_changed() -> None:
    async with toy(graph=Graph()) as served:
        get = {"params": {"query": "{ hello }"}}
        first = await served.client.get("/graphql", **get)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "no-cache"
        for known in (tag, f"W/{tag}", f'"other", {tag}'):
            again = await served.client.get("/graphql", headers={"If-None-Match": known}, **get)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["vary"] == "Accept"
        other = await served.client.get("/graphql", headers={"If-None-Match": '"other"'}, **get)
        assert (other.status_code, other.content) == (200, first.content)
        graphql = {"Accept": "application/graphql-response+json", "If-None-Match": tag}
        assert (await served.client.get("/graphql", headers=graphql, **get)).status_code == 200
        posted = await served.ask("{ hello }")
        assert (posted.headers["cache-control"], "etag" in posted.headers) == ("no-store", False)
        wrong = await served.client.get("/graphql", params={"query": "{ unknown }"})
        assert (wrong.headers["cache-control"], "etag" in wrong.headers) == ("no-store", False)


async def test_the_same_question_at_once_is_worked_out_once() -> None:
    async with toy(graph=Graph(), max_operations=1) as served:
        asking = [asyncio.create_task(served.ask("{ slow }")) for _ in range(5)]
        await served.work.began.acquire()
        await asyncio.sleep(0)
        served.work.go.set()
        assert [each.json()["data"] for each in await asyncio.gather(*asking)] == [{"slow": "done"}] * 5
        assert (served.work.ended, served.endpoint.response_cache.coalesced) == (["done"], 4)


async def test_who_joins_still_gets_the_answer_where_the_first_one_leaves() -> None:
    async with toy(graph=Graph(), request_timeout_s=0.4, statement_timeout_s=0.1) as served:
        first = asyncio.create_task(served.ask("{ slow }"))
        await served.work.began.acquire()
        await asyncio.sleep(0.2)
        second = asyncio.create_task(served.ask("{ slow }"))
        assert (await first).status_code == 504
        served.work.go.set()
        assert (await second).json()["data"] == {"slow": "done"}
        assert served.work.ended == ["done"]


async def test_work_that_nobody_waits_for_is_ended_and_not_joined() -> None:
    async with toy(graph=Graph(), request_timeout_s=0.1, statement_timeout_s=0.1) as served:
        assert (await served.ask("{ slow }")).status_code == 504
        served.work.go.set()
        assert (await served.ask("{ slow }")).json()["data"] == {"slow": "done"}
        assert served.work.ended == ["cancelled", "done"]


async def test_each_who_waited_for_an_error_is_told_it_with_an_id_of_its_own() -> None:
    async with toy(graph=Graph()) as served:
        asking = [asyncio.create_task(served.ask("{ slow broken }")) for _ in range(3)]
        await served.work.began.acquire()
        await asyncio.sleep(0)
        served.work.go.set()
        answers = [each.json()["errors"][0]["extensions"] for each in await asyncio.gather(*asking)]
        assert [each["code"] for each in answers] == ["INTERNAL"] * 3
        assert len({each["requestId"] for each in answers}) == 3


async def test_work_begun_long_ago_is_not_joined() -> None:
    async with toy(graph=Graph()) as served:
        first = asyncio.create_task(served.ask("{ slow }"))
        await served.work.began.acquire()
        await asyncio.sleep(COALESCE_WINDOW_S + 0.05)
        second = asyncio.create_task(served.ask("{ slow }"))
        await served.work.began.acquire()
        served.work.go.set()
        assert [(await each).json()["data"] for each in (first, second)] == [{"slow": "done"}] * 2
        assert served.work.ended == ["done"] * 2


async def test_what_is_written_is_seen_within_a_second(client: httpx.AsyncClient, seeded_store: Store) -> None:
    sent: list[str] = []
    seeded_store.observers.append(lambda name, _: sent.append(name))
    query = {"query": '{ city(id: "City:vantaa") { name } }'}
    try:
        before = await client.get("/graphql", params=query)
        sent.clear()
        again = await client.get("/graphql", params=query, headers={"If-None-Match": before.headers["etag"]})
        assert (again.status_code, sent) == (304, [])

        async def nothing(writing: WriteTransaction) -> None:
            writing.mark_changed()

        await seeded_store.write(nothing)
        await asyncio.sleep(1.0)
        sent.clear()
        after = await client.get("/graphql", params=query)
        assert (after.content, sent) == (before.content, ["traversal/fetch"])
    finally:
        seeded_store.observers.pop()


def test_a_response_that_takes_more_than_an_eighth_of_the_budget_is_not_cached() -> None:
    cache = ResponseCache(8 * 1_000)
    cache.put("small", CachedResponse.of(b"x" * 380, request_bytes=13))
    cache.put("large", CachedResponse.of(b"x" * 380, request_bytes=14))
    assert cache.bytes == 1_000
    assert cache.get("small") is not None
    assert cache.get("large") is None


@pytest.mark.parametrize("size", [MAX_CACHED_REQUEST_BYTES - 200, MAX_CACHED_REQUEST_BYTES])
async def test_long_questions_are_not_kept(size: int) -> None:
    async with toy(graph=Graph()) as served:
        for _ in range(2):
            await served.ask(HELLO, variables={"name": "n" * size})
        assert served.endpoint.response_cache.hits == (size < MAX_CACHED_REQUEST_BYTES)
