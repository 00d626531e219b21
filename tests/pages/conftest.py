"""HTTP clients of the whole application, pages included."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from api.app import create_app
from api.pages.routes import LoopRenderer, ProcessRenderer, Renderers
from api.settings import Settings
from graph.store import Store

# The default traceback of structlog prints the values of all variables, which takes seconds for a page.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
)

Ask = Callable[..., Awaitable[Any]]


class LoopRenderers(Renderers):
    """Render all pages on the event loop, because a child process would compile their templates once more."""

    def choose(self, suffix: str, size: int) -> LoopRenderer | ProcessRenderer:
        return self._small


@pytest_asyncio.fixture(scope="package")
async def browser(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client that asks for pages as a browser does. Nothing is cached between tests."""
    settings = Settings(request_timeout_s=120, analysis_timeout_s=120, response_cache_bytes=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.pages.routes.Renderers", LoopRenderers)
        app = create_app(settings, store=store)
    headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://citygraph.test", headers=headers, timeout=120
        ) as client:
            yield client


@pytest_asyncio.fixture(scope="package")
async def ask(browser: httpx.AsyncClient) -> Ask:
    """Return a function that executes an operation without errors and returns its data."""

    async def execute(query: str, **variables: object) -> Any:
        response = await browser.post(
            "/graphql", json={"query": query, "variables": variables}, headers={"Accept": "application/json"}
        )
        body = response.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    return execute
