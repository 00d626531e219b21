"""Long validation and introspection run in a thread and do not delay other requests."""

import asyncio
import time
from collections.abc import Callable, Iterator
from itertools import count, repeat
from threading import Event, current_thread
from typing import Any

import httpx
import orjson
import pytest
from graphql import get_introspection_query

from api.graphql.errors import RequestError
from api.graphql.execution.limits import Limits
from api.graphql.execution.operations import INLINE_MAX_CHARS, InvalidOperation, Operations, PreparedOperation
from api.graphql.execution.turns import MAX_OF_CLIENT, SLOTS_OF_CLIENT, Client, LoopTurns, ThreadTurns, Turns
from api.graphql.http.request import GraphQLRequest
from api.graphql.schema import schema
from tests.conditions import GIVE_UP_S, until

BODY = get_introspection_query().split("IntrospectionQuery", 1)[1]


def introspections() -> Iterator[dict[str, Any]]:
    """Yield introspection requests with different documents."""
    return ({"query": f"query I{number} {BODY}"} for number in count())


def long_documents() -> Iterator[dict[str, Any]]:
    """Yield documents that take long to validate."""
    fields = " ".join(f"unknown{number}" for number in range(4_900))
    return ({"query": f"query I{number} {{ cities {{ nodes {{ {fields} }} }} }}"} for number in count())


def many_variables() -> Iterator[dict[str, Any]]:
    """Yield requests with variables that are expensive to validate."""
    variables = {"w": {"and": [{"name": {"eq": "a"}}] * 10_000}}
    return repeat({"query": "query ($w: CityWhere) { cities(where: $w) { totalCount } }", "variables": variables})


class HeldThread:
    """The work that is sent to the threads for long work. It starts once it may `go`. `threads` are their names."""

    def __init__(self) -> None:
        self.go = Event()
        self.submitted = 0
        self.threads = set[str]()
        self._working = 0

    @property
    def is_working(self) -> bool:
        return self._working > 0

    def hold(self, work: Callable[[], Any]) -> Callable[[], Any]:
        self.submitted += 1

        def run() -> Any:
            self._working += 1
            self.threads.add(current_thread().name)
            try:
                assert self.go.wait(GIVE_UP_S)
                return work()
            finally:
                self._working -= 1

        return run


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> HeldThread:
    held, run = HeldThread(), ThreadTurns.run

    async def run_blocked(turns: ThreadTurns, work: Callable[[], Any], client: Client) -> Any:
        return await run(turns, held.hold(work), client)

    monkeypatch.setattr(ThreadTurns, "run", run_blocked)
    return held


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hostile", "threads"),
    [
        (introspections, {"introspection_0", "long-work_0"}),
        (long_documents, {"long-work_0"}),
        (many_variables, {"long-work_0"}),
    ],
)
async def test_long_work_does_not_delay_other_requests(
    client: httpx.AsyncClient, hostile: Callable[[], Iterator[dict[str, Any]]], threads: set[str], thread: HeldThread
) -> None:
    """While the thread is held, work that ran on the event loop would hold all requests."""
    queries = hostile()
    waiting = [asyncio.create_task(client.post("/graphql", json=next(queries))) for _ in range(3)]
    await until(lambda: thread.is_working)
    for _ in range(3):
        assert (await client.post("/graphql", json={"query": "{ __typename }"})).json()["data"] == {
            "__typename": "Query"
        }
    assert not any(request.done() for request in waiting)
    thread.go.set()
    assert [response.status_code for response in await asyncio.gather(*waiting)] == [200] * 3
    assert thread.threads == threads  # they wait for each other


async def test_concurrent_introspection_is_executed_once(monkeypatch: pytest.MonkeyPatch, thread: HeldThread) -> None:
    operations = Operations(schema, Limits())
    executed: list[str] = []
    introspect: Callable[[PreparedOperation], Any] = operations._introspect

    def counted(prepared: PreparedOperation) -> Any:
        executed.append("introspection")
        return introspect(prepared)

    monkeypatch.setattr(operations, "_introspect", counted)
    query = '{ __type(name: "City") { name } }'
    prepared = await operations.prepare(GraphQLRequest(query), "id")
    waiting = [asyncio.create_task(operations.execute(prepared, None)) for _ in range(4)]
    await until(lambda: thread.submitted == 4)
    thread.go.set()
    results = await asyncio.gather(*waiting)
    assert len(executed) == 1
    assert {orjson.dumps(result.data) for result in results} == {b'{"__type":{"name":"City"}}'}


async def test_introspection_is_cached_once() -> None:
    operations = Operations(schema, Limits())
    prepared = await operations.prepare(GraphQLRequest('{ __type(name: "City") { name } }'), "id")
    for _ in range(2):
        assert not (await operations.execute(prepared, None)).errors
    assert len(operations._introspection_cache) == 1


@pytest.mark.slow
async def test_introspection_leaves_time_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("api.graphql.execution.operations.time.sleep", pauses.append)
    operations, worked_s = Operations(schema, Limits()), time.process_time()
    prepared = await operations.prepare(GraphQLRequest(get_introspection_query()), "id")
    assert not (await operations.execute(prepared, None)).errors
    assert len(pauses) > 20
    assert sum(pauses) > time.process_time() - worked_s


async def test_long_documents_are_not_behind_introspection(thread: HeldThread) -> None:
    operations = Operations(schema, Limits())
    prepared = await operations.prepare(GraphQLRequest('{ __type(name: "City") { name } }'), "id")
    introspecting = asyncio.create_task(operations.execute(prepared, None))
    await until(lambda: thread.is_working)
    document = asyncio.create_task(operations.prepare(GraphQLRequest("{ __typename }" + " " * INLINE_MAX_CHARS), "id"))
    await until(lambda: thread.threads == {"introspection_0", "long-work_0"})
    thread.go.set()
    await asyncio.gather(introspecting, document)


async def test_long_documents_have_the_same_errors_as_short_ones() -> None:
    operations = Operations(schema, Limits())

    async def messages(query: str) -> list[object]:
        with pytest.raises(InvalidOperation) as raised:
            await operations.prepare(GraphQLRequest(query), "id")
        return [error["message"] for error in raised.value.errors]

    assert await messages("{ nope }") == await messages("{ nope }" + " " * INLINE_MAX_CHARS)


async def test_cancelled_work_is_skipped(thread: HeldThread) -> None:
    turns = ThreadTurns("test", max_waiting=2)
    executed: list[int] = []
    waiting = [
        asyncio.ensure_future(turns.run(lambda number=number: executed.append(number), Client())) for number in range(3)
    ]
    await until(lambda: thread.is_working)
    waiting[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[1]
    thread.go.set()
    await asyncio.gather(waiting[0], waiting[2])
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


# --- Turns ----------------------------------------------------------------------------------------


async def test_too_many_tasks_for_a_thread_are_refused() -> None:
    turns, go = ThreadTurns("test", max_waiting=1), Event()
    waiting = [asyncio.create_task(turns.run(lambda: go.wait(GIVE_UP_S), Client())) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(RequestError, match="2 requests already need") as raised:
        await turns.run(go.is_set, Client())
    assert (raised.value.code.name, raised.value.headers) == ("OVERLOADED", {"Retry-After": "1"})
    go.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await turns.run(go.is_set, Client())


async def test_turns_on_the_loop_leave_time_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pauses = [0.0], list[tuple[float, Callable[[], None]]]()
    loop = asyncio.get_running_loop()
    turns = LoopTurns(max_waiting=1)
    monkeypatch.setattr("api.graphql.execution.turns.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr(loop, "call_later", lambda pause_s, release: pauses.append((pause_s, release)))
    taken: list[str] = []

    async def take(name: str) -> None:
        async with turns.take(Client()):
            taken.append(name)
            clock[0] += 3

    await take("first")
    second = asyncio.create_task(take("second"))
    await asyncio.sleep(0)
    with pytest.raises(RequestError, match="1 requests already need"):
        await take("refused")
    assert taken == ["first"]
    [(pause_s, release)] = pauses
    assert pause_s == 3
    release()
    await second
    assert taken == ["first", "second"]


async def test_refused_callers_hold_no_slot() -> None:
    turns, client = Turns(1), Client("refused")
    async with turns.slot(Client("working")):
        for _ in range(MAX_OF_CLIENT + 1):
            with pytest.raises(RequestError, match="1 requests already need"):
                await turns.slot(client).__aenter__()
    async with turns.slot(client):
        pass


async def test_one_client_leaves_turns_to_others() -> None:
    """Another address is served after four requests of an address with many. The work is charged to each."""
    charged, taken = list[str](), list[str]()
    hostile, honest = (Client(key, lambda _s, key=key: charged.append(key)) for key in ("hostile", "honest"))
    thread, loop, go = ThreadTurns("test", max_waiting=16), LoopTurns(max_waiting=16), Event()

    async def take(client: Client) -> None:
        async with loop.take(client):
            taken.append(client.key)

    async def run(client: Client) -> None:
        assert await thread.run(lambda: go.wait(GIVE_UP_S), client)

    for turn in (take, run):
        charged.clear()
        if turn is take:
            await take(Client())  # followed by a pause, in which the others wait
        waiting = [asyncio.create_task(turn(hostile)) for _ in range(MAX_OF_CLIENT)]
        await asyncio.sleep(0)
        with pytest.raises(RequestError, match="32 requests of this client address already need") as raised:
            await turn(hostile)
        assert raised.value.code.name == "OVERLOADED"
        waiting.append(asyncio.create_task(turn(honest)))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*waiting)
        others = MAX_OF_CLIENT - SLOTS_OF_CLIENT
        assert charged == ["hostile"] * SLOTS_OF_CLIENT + ["honest"] + ["hostile"] * others
        await turn(hostile)
    assert taken == ["", *["hostile"] * SLOTS_OF_CLIENT, "honest", *["hostile"] * (others + 1)]


async def test_preparation_is_charged_to_the_client() -> None:
    operations, charged = Operations(schema, Limits()), list[float]()
    client = Client("192.0.2.1", charged.append)
    for number, query in enumerate(("{ __typename }", "{ __typename }", "{ __typename }" + " " * INLINE_MAX_CHARS), 1):
        await operations.prepare(GraphQLRequest(query, variables={"unused": number}), "id", client)
        assert len(charged) == number
    assert min(charged) > 0


async def test_new_documents_take_turns_and_known_ones_do_not() -> None:
    operations = Operations(schema, Limits())
    await operations.prepare(GraphQLRequest("query ($id: ID!) { city(id: $id) { id } }", None, {"id": "City:a"}), "id")
    async with operations._loop_turns.take(Client()):
        new = asyncio.create_task(operations.prepare(GraphQLRequest("{ __typename }"), "id"))
        again = GraphQLRequest("query ($id: ID!) { city(id: $id) { id } }", None, {"id": "City:b"})
        assert (await operations.prepare(again, "id")).variables.coerced == {"id": "City:b"}
        assert not new.done()
    assert (await new).cost == 1


async def test_refused_documents_are_not_known() -> None:
    operations = Operations(schema, Limits(cost=1))
    request = GraphQLRequest("{ cities { nodes { id } } }")
    with pytest.raises(InvalidOperation):
        await operations.prepare(request, "id")
    assert not operations.is_known(request)
