"""Work that takes long is done beside the event loop, one piece at a time: it keeps nobody else waiting."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from statistics import median
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api.graphql.incoming import Incoming
from api.graphql.limits import Limits
from api.graphql.operation import SHORT, Mistaken, Operations, Prepared
from api.graphql.schema import schema

BODY = get_introspection_query().split("IntrospectionQuery", 1)[1]


def descriptions() -> Iterator[str]:
    """The schema's description, each time as another document."""
    return (f"query I{number} {BODY}" for number in count())


def dear() -> Iterator[str]:
    """Documents that take long to check."""
    fields = " ".join(f"unknown{number}" for number in range(4_900))
    return (f"query I{number} {{ cities {{ nodes {{ {fields} }} }} }}" for number in count())


async def asked(client: httpx.AsyncClient, query: str) -> float:
    begun = time.perf_counter()
    response = await client.post("/graphql", json={"query": query})
    assert response.status_code == 200
    return time.perf_counter() - begun


@pytest.mark.parametrize("hostile", [descriptions, dear])
async def test_three_who_ask_for_long_work_do_not_hold_up_an_honest_client(
    client: httpx.AsyncClient, hostile: Callable[[], Iterator[str]]
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
    honest = [await asked(client, "{ __typename }") for _ in range(20)]
    ending.set()
    waits = [each for waited in await asyncio.gather(*loops) for each in waited]
    assert median(honest) < alone / 2  # on the event loop each would wait for the work of all three
    assert median(waits) > alone  # they wait for each other


async def test_a_description_asked_for_by_many_at_once_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    operations = Operations(schema, Limits())
    made: list[str] = []
    describe: Callable[[Prepared], Any] = operations._describe

    def counted(prepared: Prepared) -> Any:
        made.append("made")
        time.sleep(0.05)
        return describe(prepared)

    monkeypatch.setattr(operations, "_describe", counted)
    query = '{ __type(name: "City") { name } }'
    prepared = await operations.prepare(Incoming(query), "id")
    results = await asyncio.gather(*(operations.carry_out(prepared, None) for _ in range(20)))
    assert len(made) <= 2  # the second may begin before the first is noted
    assert len({id(each.data) for each in results}) <= 2


async def test_a_description_with_errors_is_told_and_not_kept() -> None:
    operations = Operations(schema, Limits())
    prepared = await operations.prepare(Incoming('{ __type(name: "City") { name } }'), "id")
    for _ in range(2):
        assert not (await operations.carry_out(prepared, None)).errors
    assert len(operations._descriptions) == 1


async def test_long_documents_are_refused_as_short_ones_are() -> None:
    operations = Operations(schema, Limits())

    async def codes(query: str) -> list[object]:
        with pytest.raises(Mistaken) as raised:
            await operations.prepare(Incoming(query), "id")
        return [each["message"] for each in raised.value.told]

    assert await codes("{ nope }") == await codes("{ nope }" + " " * SHORT)


async def test_who_leaves_the_line_takes_no_turn() -> None:
    operations = Operations(schema, Limits())
    begun: list[int] = []

    def work(number: int) -> Callable[[], None]:
        def done() -> None:
            begun.append(number)
            time.sleep(0.1)

        return done

    waiting: list[Awaitable[None]] = [asyncio.ensure_future(operations._beside(work(number))) for number in range(3)]
    await asyncio.sleep(0.02)
    waiting[1].cancel()  # type: ignore[attr-defined]
    await asyncio.gather(*waiting, return_exceptions=True)
    assert begun == [0, 2]
