"""Work that takes long is done beside the event loop, one piece at a time: it keeps nobody else waiting."""

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


def descriptions() -> Iterator[dict[str, Any]]:
    """The schema's description, each time as another document."""
    return ({"query": f"query I{number} {BODY}"} for number in count())


def dear() -> Iterator[dict[str, Any]]:
    """Documents that take long to check."""
    fields = " ".join(f"unknown{number}" for number in range(4_900))
    return ({"query": f"query I{number} {{ cities {{ nodes {{ {fields} }} }} }}"} for number in count())


async def asked(client: httpx.AsyncClient, body: dict[str, Any]) -> float:
    begun = time.perf_counter()
    response = await client.post("/graphql", json=body)
    assert response.status_code == 200
    return time.perf_counter() - begun


def heavy() -> Iterator[dict[str, Any]]:
    """Variables that are dear to check."""
    variables = {"w": {"and": [{"name": {"eq": "a"}}] * 10_000}}
    return repeat({"query": "query ($w: CityWhere) { cities(where: $w) { totalCount } }", "variables": variables})


@pytest.mark.parametrize("hostile", [descriptions, dear, heavy])
async def test_three_who_ask_for_long_work_do_not_hold_up_an_honest_client(
    client: httpx.AsyncClient, hostile: Callable[[], Iterator[dict[str, Any]]]
) -> None:
    queries = hostile()
    alone = min([await asked(client, next(queries)) for _ in range(3)])
    ending = asyncio.Event()

    async def loop() -> list[float]:
        waits: list[float] = []
        while not ending.is_set():
            waits.append(await asked(client, next(queries)))
        return waits

    loops = [asyncio.create_task(loop()) for _ in range(3)]
    await asyncio.sleep(alone)
    honest = [await asked(client, {"query": "{ __typename }"}) for _ in range(20)]
    ending.set()
    waits = [each for waited in await asyncio.gather(*loops) for each in waited]
    assert median(honest) < alone / 2  # on the event loop each would wait for the work of all three
    assert median(waits) > alone  # they wait for each other


async def test_a_description_asked_for_by_many_at_once_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = Operations(schema, Limits())
    made: list[str] = []
    describe: Callable[[PreparedOperation], Any] = operations._introspect

    def counted(prepared: PreparedOperation) -> Any:
        made.append("made")
        time.sleep(0.05)
        return describe(prepared)

    monkeypatch.setattr(operations, "_introspect", counted)
    query = '{ __type(name: "City") { name } }'
    prepared = await operations.prepare(GraphQLRequest(query), "id")
    results = await asyncio.gather(*(operations.execute(prepared, None) for _ in range(20)))
    assert len(made) == 1
    assert len({id(each.data) for each in results}) == 1


async def test_a_description_with_errors_is_told_and_not_kept() -> None:
    operations = Operations(schema, Limits())
    prepared = await operations.prepare(GraphQLRequest('{ __type(name: "City") { name } }'), "id")
    for _ in range(2):
        assert not (await operations.execute(prepared, None)).errors
    assert len(operations._introspection_cache) == 1


async def test_long_documents_are_refused_as_short_ones_are() -> None:
    operations = Operations(schema, Limits())

    async def codes(query: str) -> list[object]:
        with pytest.raises(InvalidOperation) as raised:
            await operations.prepare(GraphQLRequest(query), "id")
        return [each["message"] for each in raised.value.errors]

    assert await codes("{ nope }") == await codes("{ nope }" + " " * INLINE_MAX_CHARS)


async def test_who_leaves_the_line_takes_no_turn() -> None:
    operations = Operations(schema, Limits())
    begun: list[int] = []

    def work(number: int) -> Callable[[], None]:
        def done() -> None:
            begun.append(number)
            time.sleep(0.1)

        return done

    waiting: list[Awaitable[None]] = [
        asyncio.ensure_future(operations._run_in_thread(work(number))) for number in range(3)
    ]
    await asyncio.sleep(0.02)
    waiting[1].cancel()  # type: ignore[attr-defined]
    await asyncio.gather(*waiting, return_exceptions=True)
    assert begun == [0, 2]


async def test_a_document_sent_again_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = Operations(schema, Limits())
    checked: list[str] = []
    validate = operations._validate

    def counted(document: Any, request_id: str) -> None:
        checked.append(request_id)
        validate(document, request_id)

    monkeypatch.setattr(operations, "_validate", counted)
    query = "query ($n: Int) { cities(first: $n) { totalCount } }" + " " * INLINE_MAX_CHARS
    for number in range(3):
        prepared = await operations.prepare(GraphQLRequest(query, variables={"n": number}), f"request {number}")
        assert prepared.request.variables == {"n": number}
    for _ in range(2):  # a document with mistakes is not kept, and variables are checked each time
        with pytest.raises(InvalidOperation):
            await operations.prepare(GraphQLRequest("{ nope }"), "mistaken")
        with pytest.raises(InvalidOperation):
            await operations.prepare(GraphQLRequest(query, variables={"n": "x"}), "variables")
    with pytest.raises(InvalidOperation):
        await operations.prepare(GraphQLRequest(query, variables={"n": 501}), "limit")
    assert checked == ["request 0", "mistaken", "mistaken"]
