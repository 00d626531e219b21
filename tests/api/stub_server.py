"""A small schema with the shapes that matter to the edge, and a client of its endpoint; no database."""

import asyncio
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

from api.graphql.http.view import GraphQLView
from api.graphql.scalars import DATE
from api.settings import Settings
from graph.errors import BadCursor, GraphLoading, StoreDenied, StoreError, StoreTimeout, UnknownId


@dataclass
class Work:
    """What the slow field does: it tells `began` and waits for `go`."""

    began: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    ended: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)


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
        return [City(id=each) for each in ids]

    @strawberry.field
    def hello(self, name: str = "you") -> str:
        return f"hello {name}"

    @strawberry.field
    def on(self, day: date) -> str:
        return day.isoformat()

    @strawberry.field
    def whose(self, info: strawberry.Info) -> str:
        return info.context.request_id

    @strawberry.field
    async def slow(self, info: strawberry.Info) -> str:
        work: Work = info.context.work
        work.began.release()
        try:
            await work.go.wait()
            work.ended.append("done")
            return "done"
        except asyncio.CancelledError:
            work.ended.append("cancelled")
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
    work: Work
    opened: list[str]


@dataclass
class Toy:
    """The endpoint under test. `opened` holds what became of each operation's context."""

    client: httpx.AsyncClient
    endpoint: GraphQLView
    work: Work
    opened: list[str]

    async def ask(self, query: object, *, accept: str | None = None, **more: object) -> httpx.Response:
        """POST a query; `more` are the other parts of the body."""
        headers = {"accept": accept or "application/graphql-response+json"}
        return await self.client.post("/graphql", json={"query": query, **more}, headers=headers)


@dataclass
class Graph:
    """What kept answers depend on. The state is known at once where `fresh`."""

    now: str = "1"
    fresh: bool = True

    @property
    def cached_version(self) -> str | None:
        return self.now if self.fresh else None

    async def graph_version(self) -> str:
        return self.now


@asynccontextmanager
async def toy(schema: strawberry.Schema = SCHEMA, graph: Graph | None = None, **settings: Any) -> AsyncIterator[Toy]:
    """A server over the toy schema, with settings; it keeps answers where there is a graph."""
    work = Work()
    opened: list[str] = []

    @asynccontextmanager
    async def context(request_id: str, _prepared: object) -> AsyncIterator[Context]:
        opened.append("open")
        try:
            yield Context(request_id, work, opened)
        finally:
            opened.append("closed")

    endpoint = GraphQLView(schema, Settings.load(**settings), context, lambda: graph)
    app = Starlette(routes=[Route("/graphql", endpoint)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield Toy(client, endpoint, work, opened)


def told(response: httpx.Response) -> list[tuple[str, str]]:
    """The codes and messages of a response's errors."""
    return [(each["extensions"]["code"], each["message"]) for each in response.json()["errors"]]
