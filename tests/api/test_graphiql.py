"""The page for browsers: what is served, under which rules, and that nothing in it needs the internet."""

import hashlib
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from graphql import OperationDefinitionNode, get_introspection_query, parse
from starlette.applications import Starlette
from starlette.routing import Route

from api.graphql import graphiql
from api.graphql.execution.limits import Limits
from api.graphql.execution.operations import Operations
from api.graphql.graphiql import BUILT, FOLDER, POLICY, QUERIES
from api.graphql.http.request import GraphQLRequest
from api.graphql.http.view import PATH
from api.graphql.schema import schema
from tests.api.stub_server import StubServer, errors_of, stub_server

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SCRIPT = next(file.name for file in BUILT.iterdir() if file.suffix == ".js")
STYLE = next(file.name for file in BUILT.iterdir() if file.suffix == ".css")


@pytest_asyncio.fixture
async def served() -> AsyncIterator[StubServer]:
    async with stub_server() as one:
        yield one


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    async with stub_server() as one:
        app = Starlette(routes=[Route(PATH, one.view), *graphiql.routes(PATH)])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            yield client


async def test_a_browser_gets_the_page(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/graphql", headers={"accept": BROWSER})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.text == (BUILT / "index.html").read_text(encoding="utf-8")
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["vary"] == "Accept"
    with_query = await browser.get("/graphql?query=%7Bhello%7D", headers={"accept": BROWSER})
    assert with_query.headers["content-type"] == "text/html; charset=utf-8"


async def test_a_program_does_not_get_the_page(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/graphql?query=%7Bhello%7D", headers={"accept": "*/*"})
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_the_page_can_be_switched_off() -> None:
    async with stub_server(graphiql=False) as server:
        response = await server.client.get("/graphql?query=%7Bhello%7D", headers={"accept": BROWSER})
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        response = await server.client.get("/graphql", headers={"accept": "text/html"})
        assert (response.status_code, [code for code, _ in errors_of(response)]) == (406, ["NOT_ACCEPTABLE"])


def test_the_policy_lets_in_nothing_from_elsewhere() -> None:
    sources = dict(part.split(" ", 1) for part in POLICY.split("; "))
    assert sources["default-src"] == sources["base-uri"] == sources["form-action"] == "'none'"
    assert sources["frame-ancestors"] == "'none'"
    assert sources["script-src"] == sources["connect-src"] == "'self'"
    assert "unsafe" not in POLICY and "http" not in POLICY


def test_the_page_loads_only_files_that_are_served_and_holds_no_script_of_its_own() -> None:
    text = (BUILT / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert sorted(loaded) == sorted(["data:,", f"graphql/assets/{STYLE}", f"graphql/assets/{SCRIPT}"])
    assert re.findall(r"<script[^>]*>([^<]*)</script>", text) == [""]
    assert "style=" not in text and " on" not in re.sub(r"<noscript>.*</noscript>", "", text)


def test_the_style_sheet_loads_nothing() -> None:
    text = (BUILT / STYLE).read_text(encoding="utf-8")
    assert "@import" not in text
    assert {url.split(",")[0][:5] for url in re.findall(r"url\([\"']?([^)\"']*)", text)} <= {"data:"}


@pytest.mark.parametrize(
    ("name", "content_type"),
    [(SCRIPT, "text/javascript; charset=utf-8"), (STYLE, "text/css; charset=utf-8")],
)
async def test_built_files_are_cached_for_ever(browser: httpx.AsyncClient, name: str, content_type: str) -> None:
    response = await browser.get(f"/graphql/assets/{name}")
    assert (response.status_code, response.headers["content-type"]) == (200, content_type)
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"
    tag = response.headers["etag"]
    assert tag == f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    for etags in (f'"other", W/{tag}', "*"):
        again = await browser.get(f"/graphql/assets/{name}", headers={"if-none-match": etags})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_the_queries_are_asked_for_again(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/graphql/assets/queries.graphql")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert response.headers["cache-control"] == "no-cache"
    assert response.text == QUERIES.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["index.html", "nope.js", "..%2F__init__.py", "%2e%2e%2fREADME.md", "__init__.py"])
async def test_other_files_are_not_served(browser: httpx.AsyncClient, name: str) -> None:
    assert (await browser.get(f"/graphql/assets/{name}")).status_code == 404


def test_the_built_files_are_small_and_their_licences_stand_beside_them() -> None:
    assert sum(file.stat().st_size for file in BUILT.iterdir()) < 3_000_000
    licences = (FOLDER / "LICENCES.txt").read_text(encoding="utf-8")
    for name in ("graphiql", "react", "react-dom", "graphql", "codemirror"):
        assert re.search(rf"^{name} \d+\.\d+\.\d+ \(MIT\)$", licences, re.MULTILINE), name
    assert "holds no licence text" not in licences


def queries() -> list[tuple[str, str, OperationDefinitionNode]]:
    """The ready queries: the comment before each, its text, and what was read of it."""
    source = QUERIES.read_text(encoding="utf-8")
    found: list[tuple[str, str, OperationDefinitionNode]] = []
    end = 0
    for definition in parse(source).definitions:
        assert isinstance(definition, OperationDefinitionNode) and definition.loc is not None
        comment = source[end : definition.loc.start].strip()
        found.append((comment, source[definition.loc.start : definition.loc.end], definition))
        end = definition.loc.end
    return found


READY = queries()


def test_each_user_has_ready_queries() -> None:
    users = [comment.removeprefix("# ").split(": ")[0] for comment, _, _ in READY]
    assert list(dict.fromkeys(users)) == ["Frontend developer", "International team", "Analyst"]
    assert all(users.count(user) >= 3 for user in set(users))
    assert all("\n" not in comment for comment, _, _ in READY)
    names = [operation.name.value for _, _, operation in READY if operation.name]
    assert len(set(names)) == len(READY)


@pytest.mark.parametrize("text", [text for _, text, _ in READY], ids=[comment for comment, _, _ in READY])
async def test_each_ready_query_fits_the_schema_and_the_limits(text: str) -> None:
    prepared = await Operations(schema, Limits()).prepare(GraphQLRequest(text), "test")
    assert prepared.cost < Limits().cost / 10


async def test_the_pages_introspection_fits_the_limits() -> None:
    query = get_introspection_query(schema_description=True, input_value_deprecation=True)
    assert (await Operations(schema, Limits()).prepare(GraphQLRequest(query), "test")).is_introspection
