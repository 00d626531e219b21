"""Long validation and introspection run in a thread and do not delay other requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count, repeat
from statistics import median
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api.graphql.execution.limits import Limits
from api.graphql.execution.operations import INLINE_MAX_CHARS, InvalidOperation, Operations, PreparedOperation
from api.graphql.http.request import GraphQLRequest
from api.graphql.schema import schema

BODY = get_introspection_query().split("IntrospectionQuery", 1)[1]


def introspections() -> Iterator[dict[str, Any]]:
    """Yield introspection requests with different documents."""
    return ({"query": f"query I{number} {BODY}"} for number in count())


def long_documents() -> Iterator[dict[str, Any]]:
    """Yield documents that take long to validate."""
    fields = " ".join(f"unknown{number}" for number in range(4_900))
    return ({"query": f"query I{number} {{ cities {{ nodes {{ {fields} }} }} }}"} for number in count())


async def duration(client: httpx.AsyncClient, body: dict[str, Any]) -> float:
    start = time.perf_counter()
    response = await client.post("/graphql", json=body)
    assert response.status_code == 200
    return time.perf_counter() - start


def many_variables() -> Iterator[dict[str, Any]]:
    """Yield requests with variables that are expensive to validate."""
    variables = {"w": {"and": [{"name": {"eq": "a"}}] * 10_000}}
    return repeat({"query": "query ($w: CityWhere) { cities(where: $w) { totalCount } }", "variables": variables})


@pytest.mark.parametrize("hostile", [introspections, long_documents, many_variables])
async def test_long_work_does_not_delay_other_requests(
    client: httpx.AsyncClient, hostile: Callable[[], Iterator[dict[str, Any]]]
) -> None:
    queries = hostile()
    alone = min([await duration(client, next(queries)) for _ in range(3)])
    stop = asyncio.Event()

    async def loop() -> list[float]:
        waits: list[float] = []
        while not stop.is_set():
            waits.append(await duration(client, next(queries)))
        return waits

    loops = [asyncio.create_task(loop()) for _ in range(3)]
    await asyncio.sleep(alone)
    honest = [await duration(client, {"query": "{ __typename }"}) for _ in range(20)]
    stop.set()
    waits = [wait for waits_of_loop in await asyncio.gather(*loops) for wait in waits_of_loop]
    assert median(honest) < alone / 2  # on the event loop every request would wait for all three
    assert median(waits) > alone  # they wait for each other


async def test_concurrent_introspection_is_executed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = Operations(schema, Limits())
    executed: list[str] = []
    introspect: Callable[[PreparedOperation], Any] = operations._introspect

    def counted(prepared: PreparedOperation) -> Any:
        executed.append("introspection")
        time.sleep(0.05)
        return introspect(prepared)

    monkeypatch.setattr(operations, "_introspect", counted)
    query = '{ __type(name: "City") { name } }'
    prepared = await operations.prepare(GraphQLRequest(query), "id")
    results = await asyncio.gather(*(operations.execute(prepared, None) for _ in range(20)))
    assert len(executed) == 1
    assert len({id(result.data) for result in results}) == 1


async def test_introspection_is_cached_once() -> None:
    operations = Operations(schema, Limits())
    prepared = await operations.prepare(GraphQLRequest('{ __type(name: "City") { name } }'), "id")
    for _ in range(2):
        assert not (await operations.execute(prepared, None)).errors
    assert len(operations._introspection_cache) == 1


async def test_long_documents_have_the_same_errors_as_short_ones() -> None:
    operations = Operations(schema, Limits())

    async def messages(query: str) -> list[object]:
        with pytest.raises(InvalidOperation) as raised:
            await operations.prepare(GraphQLRequest(query), "id")
        return [error["message"] for error in raised.value.errors]

    assert await messages("{ nope }") == await messages("{ nope }" + " " * INLINE_MAX_CHARS)


async def test_cancelled_work_is_skipped() -> None:
    operations = Operations(schema, Limits())
    executed: list[int] = []

    def work(number: int) -> Callable[[], None]:
        def run() -> None:
            executed.append(number)
            time.sleep(0.1)

        return run

    waiting: list[Awaitable[None]] = [
        asyncio.ensure_future(operations._run_in_thread(work(number))) for number in range(3)
    ]
    await asyncio.sleep(0.02)
    waiting[1].cancel()  # type: ignore[attr-defined]
    await asyncio.gather(*waiting, return_exceptions=True)
    assert executed == [0, 2]


async def test_document_is_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = Operations(schema, Limits())
    validated: list[str] = []
    validate = operations._validate

    def counted(document: Any, request_id: str) -> None:
        validated.append(request_id)
        validate(document, request_id)

    monkeypatch.setattr(operations, "_validate", counted)
    query = "query ($n: Int) { cities(first: $n) { totalCount } }" + " " * INLINE_MAX_CHARS
    for number in range(3):
        prepared = await operations.prepare(GraphQLRequest(query, variables={"n": number}), f"request {number}")
        assert prepared.request.variables == {"n": number}
    for _ in range(2):  # invalid documents are not cached, and variables are validated every time
        with pytest.raises(InvalidOperation):
            await operations.prepare(GraphQLRequest("{ nope }"), "mistaken")
        with pytest.raises(InvalidOperation):
            await operations.prepare(GraphQLRequest(query, variables={"n": "x"}), "variables")
    with pytest.raises(InvalidOperation):
        await operations.prepare(GraphQLRequest(query, variables={"n": 501}), "limit")
    assert validated == ["request 0", "mistaken", "mistaken"]
