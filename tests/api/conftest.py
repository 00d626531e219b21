"""HTTP clients of the API with the seed data."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest_asyncio
import structlog
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.analysis import AnalysisRunner
from graph.search import NameIndexReader
from graph.store import Store
from tests.api.stub_server import StubServer, stub_server

# The default traceback of structlog prints the values of all variables, which takes seconds for a schema.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
)

Ask = Callable[..., Awaitable[Any]]

SETTINGS = Settings(request_timeout_s=120)


@pytest_asyncio.fixture(scope="session")
async def names(store: Store) -> AsyncIterator[NameIndexReader]:
    """Keep the index of names for all tests, because to read the names takes longer than most of them."""
    reader = NameIndexReader(store)
    yield reader
    await reader.close()


def open_client(store: Store, runner: AnalysisRunner, names: NameIndexReader) -> httpx.AsyncClient:
    """Return a client of the API with the data of a database."""
    transport = httpx.ASGITransport(app=Starlette(routes=routes(AppState(SETTINGS, store, runner, names))))
    return httpx.AsyncClient(transport=transport, base_url="http://citygraph.test")


@pytest_asyncio.fixture
async def client(
    seeded_store: Store, runner: AnalysisRunner, names: NameIndexReader
) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the API with the seed data."""
    async with open_client(seeded_store, runner, names) as http_client:
        yield http_client


@pytest_asyncio.fixture
async def ask(client: httpx.AsyncClient) -> Ask:
    return ask_with(client)


def ask_with(client: httpx.AsyncClient) -> Ask:
    """Return a function that executes an operation without errors and returns its data."""

    async def execute(query: str, **variables: object) -> Any:
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        body = response.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    return execute


@pytest_asyncio.fixture
async def errors(client: httpx.AsyncClient) -> Ask:
    """Return a function that executes an operation and returns its errors."""

    async def execute(query: str, **variables: object) -> Any:
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        return response.json()["errors"]

    return execute


@pytest_asyncio.fixture
async def server() -> AsyncIterator[StubServer]:
    async with stub_server() as server:
        yield server
