"""What holds for every request, and the routes around /graphql."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import StringIO

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from api.app import create_app
from api.graphql.graphiql import POLICY
from api.http.middleware import SECURITY_HEADERS, RequestMiddleware
from api.logging import configure_logging
from api.pages.page import FOLDER
from api.pages.rendering import compile_templates, environment_of
from api.pages.routes import Renderers
from api.settings import LogFormat, LogLevel, Settings
from api.translations.catalogue import LANGUAGES
from graph.analysis import AnalysisRunner
from graph.errors import StoreBusy
from graph.search import NameIndexReader
from graph.store import Store, StoreSettings, accept_contents
from graph.store.degrees import STORE_DEGREES
from tests.conditions import until


@pytest.fixture(scope="module")
def settings(store: Store, store_settings: StoreSettings) -> Settings:
    """Settings that lead to the session's database."""
    return Settings.load(
        database_uri=store_settings.uri,
        database_user=store_settings.user,
        database_password=store_settings.password,
        data_dir=store_settings.data_dir,
    )


@asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as client:
        yield client


@pytest_asyncio.fixture(scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with app.router.lifespan_context(app), client_of(app) as opened:
        yield opened


@pytest.fixture
def log() -> Iterator[StringIO]:
    """The lines logged during the test, in JSON."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = StringIO()
    configure_logging(LogLevel.DEBUG, LogFormat.JSON, stream=lines)
    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)


def events(log: StringIO, logger: str = "citygraph.http") -> list[dict[str, object]]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [event for event in lines if event["logger"] == logger]


async def test_healthz_answers_without_the_database(settings: Settings) -> None:
    async with client_of(create_app(settings)) as client:  # whose lifespan is not entered
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readyz_reports_whether_the_database_answers(settings: Settings, client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    async with client_of(create_app(settings)) as stopped:
        answer = await stopped.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
        assert answer.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"


async def test_after_its_life_the_application_is_not_ready(settings: Settings) -> None:
    app = create_app(settings)
    async with client_of(app) as client:
        async with app.router.lifespan_context(app):
            assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503


async def test_graphql_is_served(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ __typename }"})
    assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})


async def test_the_first_request_has_a_cost(settings: Settings, seeded_store: Store) -> None:
    await accept_contents(seeded_store)  # other tests write without checksums
    await seeded_store.write(lambda writing: writing.run(STORE_DEGREES, {"degrees": None}))
    sent: list[str] = []
    seeded_store.observers.append(lambda name, _text: sent.append(name))
    app = create_app(settings, store=seeded_store)
    query = "{ cities(where: {networks: {some: {}}}) { totalCount } }"
    try:
        async with app.router.lifespan_context(app), client_of(app) as client:
            assert "store/degree" not in sent
            answer = await client.post("/graphql", json={"query": query})
    finally:
        seeded_store.observers.pop()
    assert answer.json()["extensions"]["cost"]["requested"] > 1_000


async def test_first_uses_are_prepared_after_the_start(
    settings: Settings, seeded_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[str] = []

    async def warm_up(_runner: AnalysisRunner) -> None:
        prepared.append("analyses")
        raise StoreBusy("the database is busy")

    async def read_names(_reader: NameIndexReader) -> None:
        prepared.append("names")

    async def start_renderers(_renderers: Renderers) -> None:
        prepared.append("renderers")

    monkeypatch.setattr("api.app._WARM_UP_S", 0)
    monkeypatch.setattr(AnalysisRunner, "warm_up", warm_up)
    monkeypatch.setattr(Renderers, "warm_up", start_renderers)
    monkeypatch.setattr(NameIndexReader, "current", read_names)
    monkeypatch.setattr("api.pages.routes.prepare_pages", lambda _view: prepared.append("pages"))
    app = create_app(settings, store=seeded_store, warms_up=True)
    async with app.router.lifespan_context(app):
        await until(lambda: "renderers" in prepared)
    assert prepared == ["analyses", "names", "pages", "renderers"]


def test_the_templates_of_all_pages_compile() -> None:
    compile_templates("fi")
    environment = environment_of("fi")
    assert environment.cache is not None
    names = {name for _, name in environment.cache}
    assert {"city/template.html", "board-pack/template.docx", "networks/template.csv"} <= names


@pytest.mark.slow
def test_the_code_of_a_template_is_the_same_in_all_languages() -> None:
    for path in (*FOLDER.rglob("*.html"), *FOLDER.glob("*/template.*")):
        source, name = path.read_text(encoding="utf-8"), path.relative_to(FOLDER).as_posix()
        codes = {environment_of(language).compile(source, name, str(path), raw=True) for language in LANGUAGES}
        assert len(codes) == 1, name


async def test_the_limits_of_memory_are_logged(settings: Settings, store: Store, log: StringIO) -> None:
    app = create_app(settings.model_copy(update={"response_cache_bytes": 5 << 20}), store=store)
    async with app.router.lifespan_context(app):
        (event,) = events(log, "citygraph.app")
    limits = {name: value for name, value in event.items() if name.endswith("_mib") and isinstance(value, int)}
    assert (event["event"], event["level"]) == ("memory_limits", "info")
    assert (limits["response_cache_mib"], limits["operations_mib"], limits["introspection_mib"]) == (5, 32, 8)
    assert limits["base_mib"] > 50
    total = limits.pop("sum_mib")
    assert abs(sum(limits.values()) - total) <= len(limits) / 2  # each is rounded


async def test_unknown_path_gives_a_json_error(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphq")
    assert answer.status_code == 404
    extensions = {
        "code": "NOT_FOUND",
        "hint": "send GraphQL requests to /graphql",
        "requestId": answer.headers["x-request-id"],
    }
    assert answer.json() == {"errors": [{"message": "Nothing is served at this path.", "extensions": extensions}]}


async def test_wrong_method_gives_a_json_error(client: httpx.AsyncClient) -> None:
    answer = await client.post("/healthz")
    assert answer.status_code == 405
    assert answer.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("given", ["abc-1_2.3", "a" * 64])
async def test_valid_request_id_is_used(client: httpx.AsyncClient, given: str) -> None:
    assert (await client.get("/healthz", headers={"X-Request-ID": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", 'x"}', "å".encode().decode("latin-1")])
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={"X-Request-ID": given.encode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_other_origins_are_not_let_in_by_default(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Origin": "https://elsewhere.example"}
    )
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("POST", "/healthz"),
        ("GET", "/nowhere"),
        ("OPTIONS", "/graphql"),
        ("PUT", "/graphql"),
        ("POST", "/graphql"),
        ("GET", "/graphql?query=%7B__typename%7D"),
    ],
)
async def test_every_answer_says_that_it_runs_nothing_and_stands_in_no_frame(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert answer.headers["x-request-id"]


async def test_graphiql_keeps_the_policy_that_lets_it_run(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", headers={"Accept": "text/html"})
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_cross_origin_request_without_preflight_is_refused(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    """Forms and scripts send these types without a preflight; GET only reads."""
    headers = {"Origin": "https://elsewhere.example"} | ({"Content-Type": content_type} if content_type else {})
    answer = await client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert answer.status_code == 415
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


async def test_a_preflight_is_not_answered_by_default(client: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = await client.options("/graphql", headers=asked)
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        (("https://city.example",), {"https://city.example": "https://city.example", "https://evil.example": None}),
        (("*",), {"https://city.example": "*", "null": "*"}),
    ],
)
async def test_only_the_origins_of_the_settings_are_allowed(
    settings: Settings, origins: tuple[str, ...], allowed: dict[str, str | None]
) -> None:
    app = create_app(settings.model_copy(update={"cors_origins": origins}))
    async with app.router.lifespan_context(app), client_of(app) as client:
        for origin, expected in allowed.items():
            answer = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == expected
            assert answer.headers["access-control-expose-headers"] == "ETag, Retry-After, X-Request-ID"
            assert "Origin" in answer.headers["vary"]
            preflight = await client.options(
                "/graphql",
                headers={
                    "Origin": origin,
                    "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": (
                        "authorization,content-type,if-none-match,x-citygraph-debug,x-request-id"
                    ),
                },
            )
            assert preflight.status_code == (400 if expected is None else 200)
            assert preflight.headers.get("access-control-allow-origin") == expected
            for response in (answer, preflight):
                assert "access-control-allow-credentials" not in response.headers


async def test_each_request_is_one_event(client: httpx.AsyncClient, log: StringIO) -> None:
    await client.get("/nowhere?secret=1", headers={"X-Request-ID": "r1"})
    (event,) = events(log)
    assert isinstance(event.pop("ms"), float)
    assert str(event.pop("timestamp")).endswith("Z")
    assert event == {
        "event": "request",
        "level": "info",
        "logger": "citygraph.http",
        "method": "GET",
        "path": "/nowhere",
        "status": 404,
        "request_id": "r1",
    }


async def test_probes_that_pass_are_logged_for_debugging_only(client: httpx.AsyncClient, log: StringIO) -> None:
    await client.get("/healthz")
    assert [event["level"] for event in events(log)] == ["debug"]


async def test_unexpected_error_is_masked_and_logged_in_full(log: StringIO) -> None:
    async def fail(_request: Request) -> Response:
        raise RuntimeError("the password is hunter2")

    app = Starlette(routes=[Route("/", fail)], middleware=[Middleware(RequestMiddleware)])
    async with client_of(app) as client:
        answer = await client.get("/", headers={"X-Request-ID": "r2"})
    assert answer.status_code == 500
    extensions = {"code": "INTERNAL", "hint": "report the request id to the operators", "requestId": "r2"}
    assert answer.json() == {"errors": [{"message": "An internal error occurred.", "extensions": extensions}]}
    failed, answered = events(log)
    assert (failed["level"], failed["request_id"]) == ("error", "r2")
    assert "RuntimeError: the password is hunter2" in str(failed["exception"])
    assert answered["status"] == 500


async def test_request_that_waits_when_the_server_stops_gets_an_error() -> None:
    async def cancelled(_request: Request) -> Response:
        raise asyncio.CancelledError

    app = Starlette(routes=[Route("/", cancelled)], middleware=[Middleware(RequestMiddleware)])
    async with client_of(app) as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["message"] == "The server is stopping."
    assert answer.json()["errors"][0]["extensions"]["code"] == "STOPPING"


def test_on_a_terminal_logs_are_lines_for_people_but_not_in_production() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        for production, form in ((False, "for people"), (True, "json")):
            stream = Terminal()
            configure_logging(LogLevel.INFO, LogFormat.AUTO, production=production, stream=stream)
            logging.getLogger("citygraph.test").info("hello")
            assert ("json" if stream.getvalue().startswith("{") else "for people") == form
            assert "hello" in stream.getvalue()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
