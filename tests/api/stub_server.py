"""A server with a small schema and no database, for tests of GraphQL over HTTP."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from api.graphql.http.negotiation import GRAPHQL
from api.graphql.http.view import GraphQLView
from api.graphql.scalars import DATE
from api.settings import Settings
from graph.errors import BadCursor, GraphLoading, StoreDenied, StoreError, StoreTimeout, UnknownId


@dataclass
class SlowField:
    """The state of the field `slow`, which releases `started` and waits for `release`."""

    started: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    outcomes: list[str] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)


@strawberry.type
class PageInfo:
    has_next_page: bool = False


@strawberry.type
class CityEdge:
    cursor: str = "c"

    @strawberry.field
    def node(self) -> "City":
        return City()


@strawberry.type
class CityConnection:
    total_count: int = 1
    page_info: PageInfo = strawberry.field(default_factory=PageInfo)

    @strawberry.field
    def edges(self) -> list[CityEdge]:
        return [CityEdge()]

    @strawberry.field
    def nodes(self) -> list["City"]:
        return [City()]


@strawberry.input
class CityWhere:
    name: str | None = None
    any_of: list["CityWhere"] | None = None


@strawberry.type
class Source:
    quote: str = "as decided"


@strawberry.type
class City:
    id: strawberry.ID = strawberry.ID("City:vantaa")
    name: str = "Vantaa"

    @strawberry.field
    def cities(self, first: int | None = None, last: int | None = None) -> CityConnection:
        return CityConnection()

    @strawberry.field
    def twin(self) -> "City":
        return City()

    @strawberry.field
    def sources(self) -> list[Source]:
        return [Source()]


@strawberry.type
class Query:
    @strawberry.field
    def city(self, id: strawberry.ID) -> City | None:
        return City(id=id)

    @strawberry.field
    def cities(
        self, first: int | None = None, last: int | None = None, where: CityWhere | None = None
    ) -> CityConnection:
        return CityConnection()

    @strawberry.field
    def nodes(self, ids: list[strawberry.ID]) -> list[City]:
        return [City(id=node_id) for node_id in ids]

    @strawberry.field
    def hello(self, name: str = "you") -> str:
        return f"hello {name}"

    @strawberry.field
    def on(self, day: date) -> str:
        return day.isoformat()

    @strawberry.field
    def request_id(self, info: strawberry.Info) -> str:
        return info.context.request_id

    @strawberry.field
    async def slow(self, info: strawberry.Info) -> str:
        slow_field: SlowField = info.context.slow_field
        slow_field.started.release()
        try:
            await slow_field.release.wait()
            slow_field.outcomes.append("done")
            return "done"
        except asyncio.CancelledError:
            slow_field.outcomes.append("cancelled")
            raise

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("MATCH (n) password=hunter2")

    @strawberry.field
    def unserialisable(self) -> int | None:
        return "secret text"  # type: ignore[return-value]

    @strawberry.field
    def strictly_broken(self) -> str:
        raise RuntimeError("secret")

    @strawberry.field
    def unknown(self) -> str | None:
        raise UnknownId("no node has the id City:atlantis", hint="look it up with search")

    @strawberry.field
    def cursor(self) -> str | None:
        raise BadCursor("the cursor is damaged")

    @strawberry.field
    def store(self, kind: str = "timeout") -> str | None:
        kinds = {"timeout": StoreTimeout, "denied": StoreDenied, "loading": GraphLoading, "failed": StoreError}
        raise kinds[kind]("bolt://db.internal:7687 said MATCH (n) RETURN n", hint="secret hint")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"


SCHEMA = strawberry.Schema(Query, Mutation, config=StrawberryConfig(scalar_map={date: DATE}))


@dataclass
class Context:
    request_id: str
    slow_field: SlowField


@dataclass
class StubServer:
    """The view under test. `context_events` records the opening and closing of contexts."""

    client: httpx.AsyncClient
    view: GraphQLView
    slow_field: SlowField
    context_events: list[str]

    async def ask(self, query: object, *, accept: str | None = None, **parameters: object) -> httpx.Response:
        """POST a query. `parameters` are the other fields of the body."""
        headers = {"accept": accept or "application/graphql-response+json"}
        return await self.client.post("/graphql", json={"query": query, **parameters}, headers=headers)


@dataclass
class StubGraph:
    """A graph with a settable version."""

    version: str = "1"
    is_cached: bool = True

    @property
    def cached_version(self) -> str | None:
        return self.version if self.is_cached else None

    async def graph_version(self) -> str:
        return self.version


@asynccontextmanager
async def stub_server(
    schema: strawberry.Schema = SCHEMA, graph: StubGraph | None = None, **settings: Any
) -> AsyncIterator[StubServer]:
    """Start a server. Responses are cached if there is a graph."""
    slow_field = SlowField()
    events: list[str] = []

    @asynccontextmanager
    async def open_context(request_id: str, _prepared: object, _use: object) -> AsyncIterator[Context]:
        events.append("open")
        try:
            yield Context(request_id, slow_field)
        finally:
            events.append("closed")

    view = GraphQLView(schema, Settings.load(**settings), open_context, lambda: graph)
    app = Starlette(routes=[Route("/graphql", view)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield StubServer(client, view, slow_field, events)


def errors_of(response: httpx.Response) -> list[tuple[str, str]]:
    """Return the codes and messages of a response's errors."""
    return [(error["extensions"]["code"], error["message"]) for error in response.json()["errors"]]


async def post(server: StubServer, accept: str = GRAPHQL, **body: object) -> httpx.Response:
    return await server.client.post("/graphql", json=body, headers={"accept": accept})


async def get(server: StubServer, accept: str = GRAPHQL, **parameters: object) -> httpx.Response:
    encoded = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return await server.client.get("/graphql", params=encoded, headers={"accept": accept})


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
