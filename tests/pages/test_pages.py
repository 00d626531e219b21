"""What holds for every page: language, escaping, headers, links, errors."""

import asyncio
import csv
import io
import re
import time
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import openpyxl
import pytest
from docx import Document
from icalendar import Calendar
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect

from api.app import create_app
from api.graphql.display_names import named_enums
from api.graphql.errors import RequestError
from api.graphql.execution.turns import MAX_OF_CLIENT, SLOTS_OF_CLIENT, Client
from api.graphql.http.request import GraphQLRequest
from api.graphql.http.view import Answer, GraphQLView, create_view
from api.graphql.schema import schema
from api.pages.language import reader_of
from api.pages.page import load_pages
from api.pages.rendering import Publisher, environment_of
from api.pages.routes import POLICY, LoopRenderer, ProcessRenderer, Renderers, prepare_pages, routes
from api.pages.values import Label
from api.settings import Settings
from api.state import AppState
from api.translations.catalogue import LANGUAGES, Language
from graph.analysis import AnalysisRunner
from graph.errors import AnalysisError, AnalysisTimeout
from graph.store import Store
from tests.analysis.slow_tasks import fail, spin
from tests.pages.hostile_names import MARKUP
from tests.pages.html_page import HtmlPage, compiled_templates
from tests.pages.links import LinkChecker
from tests.questions.graph_builder import SmallGraph, period

CITY = "city=vantaa&on=2025-06-01"
ADDRESSES = {
    "start": "/?text=nordic",
    "city": f"/city?{CITY}",
    "networks": f"/networks?{CITY}",
    "network": f"/network?{CITY}&network=nordic-safe-cities",
    "cost": f"/cost?{CITY}&from=2020&until=2025",
    "renewals": f"/renewals?{CITY}",
    "board-pack": f"/board-pack?{CITY}&network=nordic-safe-cities&network=covenant-of-mayors&from=2020&until=2025",
    "compare": f"/compare?{CITY}&otherCity=helsinki",
    "duplicates": f"/duplicates?{CITY}",
    "overlap": f"/overlap?{CITY}",
    "projects": f"/projects?{CITY}",
    "initiatives": f"/initiatives?{CITY}",
    "funding": f"/funding?{CITY}",
    "measures": f"/measures?{CITY}",
    "peers": f"/peers?{CITY}&theme=vantaa-overall-safety",
    "themes": f"/themes?{CITY}&themeScheme=vantaa-strategic-themes",
    "gaps": f"/gaps?{CITY}",
    "accessibility": f"/accessibility?{CITY}",
    "graph": f"/graph?{CITY}&node=City:vantaa&radius=2",
    "id": f"/id/Membership/vantaa-nordic-safe-cities?{CITY}",
}
EACH_PAGE = pytest.mark.parametrize("name", ADDRESSES)
EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)

CODES = {code for enum in named_enums(schema._schema) if enum.name != "Language" for code in enum.values}
"""Names of enum values. The codes of languages are not words that only a program would print."""

CODE_WORD = re.compile(rf"\b[A-Z]{{2,}}_[A-Z_]+\b|\b(?:{'|'.join(sorted(CODES))})\b")
ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
NODE_ID = re.compile(r"\b[A-Z]\w+:[a-z][a-z0-9-]+\b")
CAMEL_CASE = re.compile(r"\b[a-z]+[A-Z][a-zA-Z]+\b")
UNFILLED = re.compile(r"\bNone\b|\{\{|%\(")
PROGRAM_TEXT = re.compile("|".join(each.pattern for each in (CODE_WORD, ISO_DATE, NODE_ID, CAMEL_CASE, UNFILLED)))
"""What no reader should see outside names and quotes."""


def with_language(address: str, language: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}language={language}"


async def get(browser: httpx.AsyncClient, address: str) -> HtmlPage:
    response = await browser.get(address)
    assert response.status_code == 200, (address, response.text[:2000])
    return HtmlPage(response.text)


def test_every_page_is_tested(browser: httpx.AsyncClient) -> None:
    assert set(load_pages(schema._schema)) == set(ADDRESSES)


@EACH_PAGE
@pytest.mark.parametrize(
    "language", ["fi", *(pytest.param(language, marks=pytest.mark.slow) for language in ("sv", "en"))]
)
async def test_a_page_is_in_the_readers_language(
    browser: httpx.AsyncClient, seeded_store: Store, name: str, language: str
) -> None:
    response = await browser.get(with_language(ADDRESSES[name], language))
    assert response.status_code == 200
    assert response.headers["content-language"] == language
    page = HtmlPage(response.text)
    assert ("html", {"lang": language}) in page.elements
    assert [text for text in page.texts if PROGRAM_TEXT.search(text)] == []


@pytest.mark.slow
@EACH_LANGUAGE
@pytest.mark.parametrize("city", ["vantaa", "helsinki"])
async def test_a_board_pack_of_all_networks_is_in_the_readers_language(
    browser: httpx.AsyncClient, seeded_store: Store, city: str, language: str
) -> None:
    """Each kind of unknown fact is a sentence in the board pack, but no single network has them all."""
    choices = await get(browser, f"/board-pack?city={city}&on=2026-11-29&language={language}")
    networks = [found["value"] for tag, found in choices.elements if tag == "input" and found.get("name") == "network"]
    chosen = "".join(f"&network={network}" for network in networks)
    page = await get(browser, f"/board-pack?city={city}&on=2026-11-29&language={language}{chosen}")
    assert page.source.count('class="pair dossier"') == len(networks) > 3
    assert [text for text in page.texts if CODE_WORD.search(text)] == []


@EACH_LANGUAGE
def test_no_filter_shows_the_code_of_an_enum_value(language: Language) -> None:
    label = Label.of("DataGapKind", "TERM", reader_of(language))
    template = "{{ (label|string)[0]|upper }} {{ label|upper }} {{ label ~ '' }} {{ label|replace('x', 'y') }}"
    printed = environment_of(language).from_string(template).render(label=label)
    assert "TERM" not in printed.replace(label.text.upper(), "")
    assert label == "TERM" and label in ("TERM",) and {"TERM": 1}[label] == 1


@EACH_PAGE
async def test_a_page_loads_only_from_this_server(browser: httpx.AsyncClient, seeded_store: Store, name: str) -> None:
    response = await browser.get(ADDRESSES[name])
    assert response.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    page = HtmlPage(response.text)
    assert not [tag for tag, _ in page.elements if tag in ("style", "iframe", "object", "img")]
    assert all(found["src"].startswith("/assets/") for tag, found in page.elements if tag == "script")
    assert not [attribute for _, found in page.elements for attribute in found if attribute.startswith(("on", "style"))]
    assert all(address.startswith("/") for address in page.attributes("src") + page.attributes("action"))
    for tag, found in page.elements:
        if urlsplit(found.get("href", "")).netloc:
            assert (tag, found["rel"]) == ("a", "external noreferrer")
            assert found["href"].startswith(("https://", "http://"))


@pytest.mark.slow
async def test_every_link_leads_to_a_page(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    links = LinkChecker(browser)
    dead = {address: await links.dead_links(await get(browser, address)) for address in ADDRESSES.values()}
    assert [found for found in dead.items() if found[1]] == []
    assert links.count > 40


@EACH_LANGUAGE
async def test_an_unknown_node_is_not_found(browser: httpx.AsyncClient, seeded_store: Store, language: str) -> None:
    addresses = ("/city?city=nowhere", "/cost?city=nowhere", "/network?city=vantaa&network=none", "/id/City/nowhere")
    for address in (*addresses, "/id/Nothing/nowhere", "/nothing"):
        response = await browser.get(with_language(address, language))
        assert response.status_code == 404, address
        assert response.headers["content-security-policy"] == POLICY
        page = HtmlPage(response.text)
        assert ("html", {"lang": language}) in page.elements
        assert not [text for text in page.texts if CODE_WORD.search(text) or NODE_ID.search(text)]


@pytest.mark.parametrize(
    "address",
    [
        "/city",
        "/city?city=vantaa&on=tomorrow",
        "/city?city=vantaa&on=9999-12-31",
        "/cost?city=vantaa&from=x",
        "/cost?city=vantaa&from=--5",
        f"/cost?city=vantaa&from={5_000 * '9'}",
        "/renewals?city=vantaa&by=2025-13-01",
    ],
)
async def test_a_wrong_address_is_refused(browser: httpx.AsyncClient, seeded_store: Store, address: str) -> None:
    response = await browser.get(address)
    assert response.status_code == 400
    assert "Choose a city" in HtmlPage(response.text).text


UNKNOWN = (
    "=x",
    "=",
    "&&",
    "other=x",
    "other=",
    "o=x",
    "_=x",
    "x",
    "%00=%00",
    "%FF=%FF",
    "%E2%82=x",
    "City=x",
    "0=x",
    ":=:,",
)


@EACH_PAGE
async def test_parameters_that_a_page_does_not_know_are_ignored(
    browser: httpx.AsyncClient, seeded_store: Store, name: str
) -> None:
    """Links keep all parameters of the URL, so that every page writes also those that it does not know."""
    address = ADDRESSES[name]
    response = await browser.get(f"{address}{'&' if '?' in address else '?'}{'&'.join(UNKNOWN)}")
    assert response.status_code == 200


@pytest.mark.parametrize("query", UNKNOWN)
async def test_a_parameter_that_a_page_does_not_know_is_ignored(
    browser: httpx.AsyncClient, seeded_store: Store, query: str
) -> None:
    for address in ("/accessibility?", "/cost?city=vantaa&", "/compare?city=vantaa&"):
        assert (await browser.get(address + query)).status_code == 200


async def test_no_link_of_an_error_page_leaves_the_server(browser: httpx.AsyncClient) -> None:
    url = httpx.URL("http://citygraph.test").copy_with(raw_path=b"//elsewhere.test/page?language=fi")
    response = await browser.get(url)
    assert response.status_code == 404
    links = HtmlPage(response.text).links()
    assert "/elsewhere.test/page?language=sv" in links
    assert not [link for link in links if urlsplit(link).netloc]


async def test_a_client_of_the_api_gets_errors_as_json(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/nothing", headers={"Accept": "*/*"})
    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("sv-FI,sv;q=0.9,en;q=0.8", "sv"), ("de, fi;q=0.5", "fi"), ("de", "en"), ("", "en"), ("en;q=0.1, fi;q=0.2", "fi")],
)
async def test_the_browser_chooses_the_language(
    browser: httpx.AsyncClient, seeded_store: Store, accepted: str, language: str
) -> None:
    response = await browser.get("/", headers={"Accept-Language": accepted})
    assert response.headers["content-language"] == language
    assert "accept-language" in response.headers["vary"].lower()


class FailingView:
    """Answers with the city, and an error in place of everything else."""

    def __init__(self, code: str, data: dict[str, Any] | None) -> None:
        self._code = code
        self._data = data

    def client_of(self, _http_request: object) -> Client:
        return Client()

    async def execute(self, _request: object, _http_request: object) -> Answer:
        error = {"message": "", "path": ["overlappingMemberships"], "extensions": {"code": self._code}}
        return Answer(self._data, [error], 0)


async def failing_page(address: str, code: str, data: dict[str, Any] | None) -> httpx.Response:
    view = cast("GraphQLView", FailingView(code, data))
    app = Starlette(routes=routes(view, Publisher(None, None), Renderers(Settings())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client:
        return await client.get(f"{address}&language=en")


async def test_a_part_that_fails_does_not_blank_the_page() -> None:
    city = {"__typename": "City", "id": "City:vantaa", "localisedName": {"text": "Vantaa", "language": "EN"}}
    data = {"city": city, "overlappingMemberships": None}
    response = await failing_page(ADDRESSES["overlap"], "STORE_TIMEOUT", data)
    assert response.status_code == 200
    text = HtmlPage(response.text).text
    assert "This part could not be shown. The database took too long." in text
    assert "Vantaa" in text


async def test_a_file_with_a_part_that_fails_is_not_sent() -> None:
    city = {"__typename": "City", "id": "City:vantaa", "localisedName": {"text": "Vantaa", "language": "EN"}}
    data = {"city": city, "overlappingMemberships": None}
    response = await failing_page("/renewals.ics?city=vantaa", "STORE_BUSY", data)
    assert response.status_code == 503
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(("code", "status"), [("STORE_UNAVAILABLE", 503), ("OVERLOADED", 503), ("UNKNOWN_ID", 404)])
async def test_a_page_without_data_has_the_status_of_its_error(code: str, status: int) -> None:
    response = await failing_page(ADDRESSES["overlap"], code, None)
    assert response.status_code == status
    assert ("retry-after" in response.headers) == (status == 503)
    assert response.headers["cache-control"] == "no-store"


async def test_the_cost_of_a_page_is_not_limited(seeded_store: Store) -> None:
    from api.graphql.schema import schema

    app = create_app(Settings(request_timeout_s=120, max_cost=100), store=seeded_store)
    document = load_pages(schema._schema)["networks"].document
    days = {"on": "2025-01-01", "by": "2026-01-01", "year": 2025}
    body = {"query": document, "variables": {"city": "City:vantaa", "language": "EN", **days}}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client,
    ):
        assert (await client.get("/networks?city=vantaa&on=2025-01-01&language=en")).status_code == 200
        refused = (await client.post("/graphql", json=body)).json()
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["LIMIT_EXCEEDED"]


async def test_pages_that_wait_to_be_rendered_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.routes._MAX_WAITING", 0)
    renderer = LoopRenderer()
    assert await renderer.render(Client(), lambda: time.sleep(0.001) or b"first") == b"first"  # followed by a pause
    with pytest.raises(RequestError) as raised:
        await renderer.render(Client(), bytes)
    assert raised.value.code.name == "OVERLOADED"


def test_large_pages_and_documents_are_rendered_in_processes_of_their_own() -> None:
    renderers = Renderers(Settings())
    small, large = renderers.choose("html", 65_536), renderers.choose("html", 65_537)
    document = renderers.choose("docx", 0)
    assert (type(small), type(large), type(document)) == (LoopRenderer, ProcessRenderer, ProcessRenderer)
    assert document is not large
    assert document is renderers.choose("xlsx", 65_537)


async def test_a_process_renders_what_the_event_loop_renders(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    app = create_app(Settings(request_timeout_s=120, analysis_timeout_s=120), store=seeded_store)
    address = f"/networks.xlsx?{CITY}&language=en"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client,
    ):
        assert (await client.get(address)).content == (await browser.get(address)).content


@pytest.mark.slow
async def test_documents_are_rendered_in_a_process_with_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.routes._MAX_WAITING", 0)
    renderer = ProcessRenderer(Settings(analysis_timeout_s=1))
    first = asyncio.create_task(renderer.render(Client(), spin))
    await asyncio.sleep(0)
    for code in ("OVERLOADED", "DEADLINE_EXCEEDED"):
        with pytest.raises(RequestError) as raised:
            await (renderer.render(Client(), bytes) if code == "OVERLOADED" else first)
        assert raised.value.code.name == code
    await renderer.close()


@pytest.mark.slow
async def test_a_page_does_not_wait_long_to_be_rendered() -> None:
    renderer = ProcessRenderer(Settings(request_timeout_s=1, statement_timeout_s=1))
    first = asyncio.create_task(renderer.render(Client(), spin))
    await asyncio.sleep(0)
    with pytest.raises(RequestError, match="other pages were rendered for 1 s") as raised:
        await renderer.render(Client(), bytes)
    assert raised.value.code.name == "OVERLOADED"
    first.cancel()
    await asyncio.wait([first])
    assert await renderer.render(Client(), bytes) == b""
    await renderer.close()


async def test_a_page_is_not_rendered_for_a_client_that_left() -> None:
    async def has_left() -> bool:
        return True

    with pytest.raises(ClientDisconnect):
        await ProcessRenderer(Settings()).render(Client(has_left=has_left), fail)


@pytest.mark.slow
async def test_the_process_for_large_pages_starts_before_the_first_page() -> None:
    renderers = Renderers(Settings(analysis_timeout_s=300))
    await renderers.warm_up()
    large, slow = renderers.choose("html", 65_537), renderers.choose("docx", 0)
    assert isinstance(large, ProcessRenderer)
    assert isinstance(slow, ProcessRenderer)
    assert (len(large._runner._idle), len(slow._runner._idle)) == (1, 0)
    assert b"city/template.html" in await large.render(Client(), compiled_templates)
    await renderers.close()


@pytest.mark.slow
async def test_clients_do_not_evict_the_documents_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.graphql.execution.operations.DOCUMENT_CACHE_BYTES", 16_000)
    view = create_view(AppState(Settings(), None))
    operations = view._operations
    prepare_pages(view)
    clients = [GraphQLRequest(f"query Number{number} {{ __typename }}") for number in range(5)]
    for request in clients:
        await operations.prepare(request, "id")
    assert [operations.is_known(request) for request in clients] == [False, True, True, True, True]
    documents = [page.document for page in load_pages(operations._schema).values()]
    assert [document for document in documents if not operations.is_known(GraphQLRequest(document))] == []


@pytest.mark.parametrize(
    ("error", "code"), [(AnalysisTimeout("slow"), "DEADLINE_EXCEEDED"), (AnalysisError("large"), "INTERNAL")]
)
async def test_only_a_time_limit_of_rendering_is_a_deadline(
    monkeypatch: pytest.MonkeyPatch, error: AnalysisError, code: str
) -> None:
    async def fail(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(AnalysisRunner, "run", fail)
    with pytest.raises(RequestError, match=error.message) as raised:
        await ProcessRenderer(Settings()).render(Client(), bytes)
    assert raised.value.code.name == code


@pytest.mark.slow
async def test_slow_rendering_of_one_client_leaves_places_to_others() -> None:
    renderer, charged = ProcessRenderer(Settings()), list[str]()
    hostile, honest = (Client(key, lambda _s, key=key: charged.append(key)) for key in ("hostile", "honest"))
    waiting = [asyncio.create_task(renderer.render(hostile, bytes)) for _ in range(MAX_OF_CLIENT)]
    await asyncio.sleep(0)
    with pytest.raises(RequestError, match="32 requests of this client address already need"):
        await renderer.render(hostile, bytes)
    assert await renderer.render(honest, bytes) == b""
    await asyncio.gather(*waiting)
    assert charged.index("honest") <= SLOTS_OF_CLIENT
    assert sorted(charged) == ["honest", *["hostile"] * MAX_OF_CLIENT]
    await renderer.close()


async def test_an_unchanged_page_is_not_sent_again(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    first = await browser.get(ADDRESSES["cost"])
    again = await browser.get(ADDRESSES["cost"], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_assets_are_cached_by_their_content(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await get(browser, "/")
    for address in [address for address in page.attributes("href") if address.startswith("/assets/")]:
        response = await browser.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    assert (await browser.get("/assets/0/style.css")).status_code == 404
    assert (await browser.get("/assets/0/..%2F..%2Fpage.py")).status_code == 404


NO_CONTACT = {
    "fi": "Tämän palvelun ylläpitäjä ei ole ilmoittanut yhteystietoa.",
    "sv": "Den som driver den här webbplatsen har inte angett någon kontaktuppgift.",
    "en": "The operator of this installation has not given a contact.",
}


@EACH_LANGUAGE
async def test_the_statement_says_that_no_contact_was_given(browser: httpx.AsyncClient, language: str) -> None:
    page = await get(browser, f"/accessibility?language={language}")
    assert NO_CONTACT[language] in page.text
    assert "mailto:saavutettavuus@traficom.fi" in page.attributes("href")


@pytest.mark.parametrize(
    ("contact", "href"),
    [
        ("access@city.example", "mailto:access@city.example"),
        ("https://city.example/form?a=1&b=2", "https://city.example/form?a=1&b=2"),
    ],
)
async def test_the_statement_names_publisher_contact_and_last_review(
    empty_store: Store, contact: str, href: str
) -> None:
    app = create_app(Settings(publisher_name="City of <Markup>", publisher_contact=contact), store=empty_store)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client,
    ):
        page = await get(client, "/accessibility?language=en")
    assert "Publisher: City of <Markup>" in page.text
    assert "last reviewed on 30 Nov 2026" in page.text
    assert contact in page.text
    assert href in page.attributes("href")
    assert NO_CONTACT["en"] not in page.text


async def test_an_empty_graph_has_a_start(browser: httpx.AsyncClient, empty_store: Store) -> None:
    page = await get(browser, "/?text=zzzz")
    assert "Nothing is recorded yet." in page.text
    assert "0 names found" in page.text
    for address in ("/city?city=vantaa", "/board-pack?city=vantaa", "/compare?city=vantaa&otherCity=espoo"):
        assert (await browser.get(address)).status_code == 404
    assert (await browser.get("/accessibility")).status_code == 200


RIGHT_TO_LEFT = "\u202eשלום\u202c ירושלים"
NAME = f"{MARKUP} {RIGHT_TO_LEFT} {'Å' * 200}"


@pytest.mark.slow
async def test_names_are_shown_as_text_in_files(browser: httpx.AsyncClient, empty_store: Store) -> None:
    """The tests in the browser open every page with such names."""
    graph, since = SmallGraph(), {**period("2020-01-01", "OPEN"), "basis": "STATED"}
    graph.node("City:one", NAME, country="FI", basis="STATED")
    graph.node(graph.network("net"), NAME, kind="CITY_NETWORK")
    membership = graph.member("one", "net", since)
    graph.relate(graph.node("MembershipTerm:term", NAME, **period("2024-01-01", "2026-01-01")), "UNDER", membership)
    await graph.write(empty_store)
    about = "city=one&on=2025-06-01"
    rows = csv.reader(io.StringIO((await browser.get(f"/networks.csv?{about}")).text))
    workbook = openpyxl.load_workbook(io.BytesIO((await browser.get(f"/networks.xlsx?{about}")).content))
    [event] = Calendar.from_ical((await browser.get(f"/renewals.ics?{about}")).content).walk("VEVENT")
    word = Document(io.BytesIO((await browser.get(f"/board-pack.docx?{about}&network=net")).content))
    paragraphs = [paragraph.text for paragraph in word.paragraphs if paragraph.text]
    assert [row[0] for row in rows][1:] == [NAME]
    assert [row[0] for row in workbook.worksheets[0].iter_rows(min_row=2, values_only=True)] == [NAME]
    assert event["SUMMARY"].startswith(NAME)
    assert paragraphs[0] == f"Board pack: {NAME}"
    assert NAME in paragraphs


async def test_a_founder_and_host_is_named(browser: httpx.AsyncClient, empty_store: Store) -> None:
    graph = SmallGraph()
    for slug in ("a", "b"):
        graph.node(f"City:{slug}", country="FI", basis="STATED")
    graph.node(graph.network("net"), kind="CITY_NETWORK", basis="STATED")
    graph.member("a", "net", {**period("2020-01-01", "OPEN"), "founder": True, "host": True, "basis": "STATED"})
    graph.member("b", "net", {**period("2020-01-01", "OPEN"), "grade": "PRIVILEGED", "basis": "STATED"})
    await graph.write(empty_store)
    roles = "founding member, host of the secretariat"
    for address, text in (
        ("/network?city=a&network=net&language=en", f"member, {roles}"),
        ("/networks?city=a&language=en", roles),
        ("/board-pack?city=a&network=net&language=en", f"member, {roles}"),
        ("/compare?city=a&otherCity=b&language=en", f"member, {roles}"),
        ("/compare?city=a&otherCity=b&language=en", "member, member with more rights"),
        ("/id/Membership/a-net?language=en", "Host of the secretariat yes"),
    ):
        page = await get(browser, address)
        assert text in " ".join(page.text.split()), address


@EACH_LANGUAGE
@pytest.mark.parametrize(
    ("address", "wrong", "kept"),
    [
        ("/cost?city=vantaa&from=2025&until=2024", {"from": "2025", "until": "2024"}, {"city": "vantaa"}),
        ("/cost?city=vantaa&from=abc&until=2024", {"from": "abc", "until": "2024"}, {"city": "vantaa"}),
        ("/cost?city=vantaa&from=1800&until=2024", {"from": "1800", "until": "2024"}, {}),
        ("/board-pack?city=vantaa&network=eurocities&from=2025&until=2024", {}, {"network": "eurocities"}),
        ("/board-pack.docx?city=vantaa&network=eurocities&from=2025&until=2024", {}, {"network": "eurocities"}),
        ("/network?city=vantaa&network=eurocities&from=2150", {"from": "2150"}, {"network": "eurocities"}),
        ("/compare?city=vantaa&otherCity=helsinki&from=2025&until=2020", {}, {"otherCity": "helsinki"}),
        ("/renewals?city=vantaa&by=soon", {"by": ""}, {"city": "vantaa"}),
        ("/gaps?city=vantaa&on=2020-13-01", {"on": ""}, {"city": "vantaa"}),
        ("/city?city=vantaa&on=1900-01-01", {"on": ""}, {"city": "vantaa"}),
    ],
)
async def test_a_wrong_value_is_corrected_in_a_form(
    browser: httpx.AsyncClient,
    seeded_store: Store,
    address: str,
    wrong: dict[str, str],
    kept: dict[str, str],
    language: str,
) -> None:
    response = await browser.get(with_language(address, language))
    page = HtmlPage(response.text)
    assert response.status_code == 400
    fields = {found["name"]: found for tag, found in page.elements if tag == "input"}
    assert {name: fields[name].get("value", "") for name in wrong} == wrong
    assert all(fields[name]["aria-describedby"] == "wrong" for name in wrong)
    assert {**{name: found.get("value") for name, found in fields.items()}, **kept, "language": language} == {
        name: found.get("value") for name, found in fields.items()
    }
    assert page.attributes("id").count("wrong") == 1
    assert not ISO_DATE.search(page.text.replace("2020-13-01", ""))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fi", "Alkuvuosi 2025 on myöhempi kuin loppuvuosi 2024. Korjaa vuodet ja valitse ”Näytä”."),
        ("sv", "Det första året, 2025, är senare än det sista året, 2024. Rätta åren och välj ”Visa”."),
        ("en", "The first year, 2025, is later than the last year, 2024. Correct the years and choose “Show”."),
    ],
)
async def test_years_in_the_wrong_order_are_explained(
    browser: httpx.AsyncClient, seeded_store: Store, language: str, expected: str
) -> None:
    page = HtmlPage((await browser.get(f"/cost?city=vantaa&from=2025&until=2024&language={language}")).text)
    assert expected in page.everything


async def test_a_value_without_a_field_can_be_left_out(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    response = await browser.get("/graph?city=vantaa&radius=x&language=fi")
    assert response.status_code == 400
    page = HtmlPage(response.text)
    assert "Osoitteessa on arvo ”x”, jota sivu ei voi käyttää." in page.everything
    assert (await browser.get("/graph?city=vantaa&language=fi")).status_code == 200
    assert "/graph?city=vantaa&language=fi" in page.links()
