"""The API over the seeds, asked as a client asks it: by HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest_asyncio
import structlog
from starlette.applications import Starlette

from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.store import Store

# structlog's own default draws every traceback with the values of all variables, which takes seconds for a schema.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
)

Ask = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture
async def client(seeded_store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over the seeds."""
    state = AppState(Settings(request_timeout_s=120, analysis_timeout_s=60), seeded_store)
    transport = httpx.ASGITransport(app=Starlette(routes=routes(state)))
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as opened:
        yield opened
    await state.close()


@pytest_asyncio.fixture
async def ask(client: httpx.AsyncClient) -> Ask:
    """The data of an operation that has no errors."""

    async def asked(query: str, **variables: object) -> Any:
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        body = response.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    return asked


@pytest_asyncio.fixture
async def errors(client: httpx.AsyncClient) -> Ask:
    """The errors of an operation that has some."""

    async def asked(query: str, **variables: object) -> Any:
        response = await client.post("/graphql", json={"query": query, "variables": variables})
        return response.json()["errors"]

    return asked
