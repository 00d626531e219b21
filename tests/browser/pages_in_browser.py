"""Use the pages and reports in Debian's Chromium. `make test-pages` runs this file.

CITYGRAPH_SCREENSHOTS names a folder for pictures of all pages at three widths.
"""

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
import uvicorn
from axe_playwright_python.async_playwright import Axe
from babel import Locale
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from pydantic import SecretStr

from api.app import create_app
from api.graphql.schema import schema
from api.pages.page import START, load_pages
from api.pages.report import report_page
from api.settings import Settings
from api.translations.catalogue import LANGUAGES, Language, read_catalogue
from bench.generated import generate, write
from bench.pages import addresses
from graph.seeding import bulk_load
from graph.store import Store, StoreSettings
from tests.conftest import clear, load_seeds
from tests.pages.hostile_names import rename_all, wrong_names
from tests.pages.html_page import HtmlPage
from tests.pages.links import LinkChecker
from tests.pages.test_catalogues import as_tuple
from tests.pages.test_pages import ADDRESSES, PROGRAM_TEXT, with_language
from tests.reports.test_reports import REPORTS

AXE = Axe()
ONE_REQUEST_EACH = httpx.Limits(max_keepalive_connections=0)
"""The server closes connections that are idle for some seconds, as between the links of two pages."""
WITHOUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}
"""For the pages in further languages: contrast is expensive to compute, and the same in all of them."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 360, 768, 1440)
"""320 px is what a window of 1280 px shows at 400 % zoom."""

SETTINGS = Settings(request_timeout_s=120, analysis_timeout_s=120)

SCREENSHOTS = os.environ.get("CITYGRAPH_SCREENSHOTS")

STATES = {
    **ADDRESSES,
    "start-empty": "/",
    "accessibility-alone": "/accessibility",
    "cost-of-seven-years": "/cost?city=vantaa&on=2025-06-01&from=2019&until=2025",
    "cost-of-helsinki": "/cost?city=helsinki&on=2025-06-01&from=2019&until=2025",
    "compare-choice": "/compare?city=vantaa&text=espoo",
    "board-pack-choice": "/board-pack?city=helsinki&on=2000-01-01",
    "peers-choice": "/peers?city=vantaa",
    "themes-choice": "/themes?city=vantaa",
    "network-alone": "/network?network=eurocities",
    "graph-all": "/graph?city=vantaa&on=2025-06-01&all=true",
    "graph-search": "/graph?text=nordic",
    "decision": "/id/Decision/vantaa-kh-2023-11-27-15?city=vantaa",
    "not-found": "/city?city=nowhere",
    "wrong": "/city",
}
ERRORS = {"not-found": 404, "wrong": 400}
PAGES = set(load_pages(schema._schema))


@pytest_asyncio.fixture(scope="session")
async def server(store: Store) -> AsyncIterator[str]:
    """Return the address of a server."""
    async with serve(SETTINGS, store) as address:
        yield address


@asynccontextmanager
async def serve(settings: Settings, store: Store) -> AsyncGenerator[str]:
    """Serve the application on a free port of this machine. Its address is an origin of its own."""
    app = create_app(settings, store=store)
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    listening = socket.create_server(("127.0.0.1", 0))  # connections wait until the server accepts them
    task = asyncio.create_task(running.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        running.should_exit = True
        await task


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    assert path, "Chromium is not installed; on Debian: apt-get install chromium"
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched
        await launched.close()


async def new_context(chromium: Browser, server: str, **options: Any) -> BrowserContext:
    context = await chromium.new_context(base_url=server, locale="fi-FI", **options)
    context.set_default_timeout(60_000)
    return context


def watch(page: Page, server: str, faults: list[str] | None = None) -> list[str]:
    """Return the list to which faults are added: console errors, CSP violations, requests to other hosts."""
    faults = [] if faults is None else faults
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(server) else faults.append(request.url))
    return faults


async def violations(page: Page, **options: object) -> list[str]:
    """Return what axe finds: the rule and the element."""
    results = await AXE.run(page, options={"runOnly": TAGS, **options})
    return [
        f"{violation['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:300]})"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


WIDE_TABLES = """[...document.querySelectorAll(".scroll:has(> .stacked)")]
  .filter(region => region.scrollWidth > region.clientWidth).length"""
"""Count the tables that need sideways scrolling."""


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


# --- Every page, in each language, with and without scripts, on each graph ---


@dataclass(frozen=True)
class Graph:
    """A graph on a server: the addresses of pages by name, and the status of those that answer with an error."""

    origin: str
    addresses: Mapping[str, str]
    statuses: Mapping[str, int]
    languages: Sequence[Language] = tuple(sorted(LANGUAGES))
    has_hostile_names: bool = False


@asynccontextmanager
async def seeds(store: Store, folder: Path) -> AsyncGenerator[Graph]:
    await load_seeds(store)
    async with serve(SETTINGS, store) as origin:
        yield Graph(origin, STATES, ERRORS)


@asynccontextmanager
async def empty_graph(store: Store, folder: Path) -> AsyncGenerator[Graph]:
    await clear(store)
    async with serve(SETTINGS, store) as origin:
        without_city = {"start", "start-empty", "accessibility-alone", "graph-search"}
        yield Graph(origin, STATES, {**dict.fromkeys(STATES.keys() - without_city, 404), "wrong": 400})


@asynccontextmanager
async def hostile_names(store: Store, folder: Path) -> AsyncGenerator[Graph]:
    """All nodes of the seeds have names with markup, in right-to-left letters and of 300 characters."""
    await load_seeds(store)
    await rename_all(store, folder)
    async with serve(SETTINGS, store) as origin:
        found = {name: address.replace("text=nordic", "text=img") for name, address in STATES.items()}
        yield Graph(origin, found, ERRORS, languages=("fi",), has_hostile_names=True)


@asynccontextmanager
async def graph_of_20_000_nodes(store: Store, folder: Path) -> AsyncGenerator[Graph]:
    """The pages are about the best-connected city."""
    write(generate(20), folder / "graph.jsonl")
    async with (
        Store.open(StoreSettings(data_dir=folder / "data", statement_timeout_s=60)) as large,
        serve(SETTINGS, large) as origin,
        httpx.AsyncClient(base_url=origin, timeout=120, limits=ONE_REQUEST_EACH) as client,
    ):
        await large.prepare()
        await bulk_load(large, folder / "graph.jsonl")
        found = {name: address for name, address in (await addresses(client)).items() if name not in ("xlsx", "docx")}
        found |= {"start": "/?text=alder", "accessibility": found["city"].replace("/city", "/accessibility")}
        yield Graph(origin, found, {})


GRAPHS = (empty_graph, hostile_names, graph_of_20_000_nodes, seeds)


@pytest.mark.parametrize("open_graph", GRAPHS, ids=lambda open_graph: open_graph.__name__)
async def test_every_page(
    store: Store,
    chromium: Browser,
    tmp_path: Path,
    open_graph: Callable[[Store, Path], AbstractAsyncContextManager[Graph]],
) -> None:
    """Open every page in each language, with and without scripts, and collect all faults.

    The page has its status, says the same without scripts, has only translated texts and living links, fits into a
    narrow window, and axe finds no fault in it. Nothing is written to the console or requested from another host.
    """
    async with (
        open_graph(store, tmp_path) as graph,
        opened(chromium, graph.origin, noted := list[str]()) as scripted,
        opened(chromium, graph.origin, noted, java_script_enabled=False) as plain,
        httpx.AsyncClient(base_url=graph.origin, timeout=120, limits=ONE_REQUEST_EACH) as client,
    ):
        assert {urlsplit(address).path.split("/")[1] or START for address in graph.addresses.values()} == PAGES
        links, faults = LinkChecker(client), list[str]()
        for name, address in graph.addresses.items():
            status = graph.statuses.get(name, 200)
            english: HtmlPage | None = None
            for language in graph.languages:
                responses = await asyncio.gather(
                    *(browser.goto(with_language(address, language)) for browser in (scripted, plain))
                )
                page = HtmlPage(await responses[0].text() if responses[0] else "")
                english, translations = english or page, translations_into(language)
                said = [await browser.locator("main").text_content() for browser in (scripted, plain)]
                found: dict[str, object] = {
                    "status": {response and response.status for response in responses} - {status},
                    "other text without scripts": said[0] != said[1],
                    "language": ("html", {"lang": language}) not in page.elements,
                    "wider than the window": await overflow(scripted) > 0 or await overflow(plain) > 0,
                    "text of programs": {text for text in texts_of(page) if PROGRAM_TEXT.search(text)} - translations,
                    "not translated": page is not english and in_common(page, english) - translations,
                    "dead links": await links.dead_links(page, is_error=status != 200),
                    "names": graph.has_hostile_names and wrong_names(page, address),
                    "axe": language == "fi" and await violations(scripted),
                    "console and requests": [text for text in noted if f"status of {status}" not in text],
                }
                faults += [f"{name} in {language}: {kind}: {fault}"[:600] for kind, fault in found.items() if fault]
                noted.clear()
        assert faults == []


@asynccontextmanager
async def opened(chromium: Browser, origin: str, faults: list[str], **options: Any) -> AsyncGenerator[Page]:
    """Open an empty page in a narrow window. Its faults are added to a list."""
    context = await new_context(chromium, origin, viewport={"width": 360, "height": 800}, **options)
    page = await context.new_page()
    watch(page, origin, faults)
    yield page
    await context.close()


WORD = re.compile(r"[^\W\d_]{2,}")
HOST = re.compile(r"([\w.+-]+@)?[\w-]+(\.[\w-]+)+")
PROPER_NAMES = {"Citygraph", "Suomi", "Svenska", "English", "Wikidata:"}


def texts_of(page: HtmlPage) -> set[str]:
    """Return the texts of a page that are neither names nor quotes, with those that a screen reader says."""
    return {*page.texts, *page.spoken} - page.names


def in_common(page: HtmlPage, english: HtmlPage) -> set[str]:
    """Return the texts with words that a page has in common with the English page, but not those marked as English."""
    common = texts_of(page) & texts_of(english) - page.marked - PROPER_NAMES
    return {text for text in common if WORD.search(text) and not HOST.fullmatch(text)}


@cache
def translations_into(language: Language) -> set[str]:
    """Return all translations into a language, and its names of countries."""
    texts = {text for message in read_catalogue(language) for text in as_tuple(message.string)}
    return texts | set(Locale.parse(LANGUAGES[language]).territories.values())


async def test_every_kind_of_fault_is_noted(empty_store: Store, server: str, chromium: Browser) -> None:
    async with opened(chromium, server, noted := list[str]()) as page:
        for fault in (
            "document.head.append(Object.assign(document.createElement('script'), { text: 'window.made = true' }))",
            "document.body.append(Object.assign(document.createElement('img'), { src: 'http://elsewhere.test/' }))",
            "console.error('an error of this test')",
            "setTimeout(() => { throw new Error('of this test') })",
            "location = 'http://elsewhere.test/'",
        ):
            await page.goto("/")
            assert noted == []
            await page.evaluate(fault)
            await page.wait_for_timeout(200)
            assert noted, fault
            if "window.made" in fault:
                assert not await page.evaluate("window.made")
            noted.clear()


@pytest.mark.parametrize("name", STATES)
async def test_a_page_is_accessible_and_fits(seeded_store: Store, server: str, chromium: Browser, name: str) -> None:
    """Add to `test_every_page` what axe finds in dark colours and in other languages, and the other widths."""
    context = await new_context(chromium, server)
    page = await context.new_page()
    for language in ("fi", "sv", "en"):
        await page.set_viewport_size({"width": 1440, "height": 900})
        await page.goto(with_language(STATES[name], language))
        if language == "fi":
            await page.emulate_media(color_scheme="dark")
            assert await violations(page) == []
            await page.emulate_media(color_scheme="light")
        else:
            assert await violations(page, **WITHOUT_COLOURS) == []
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            if SCREENSHOTS and language == "fi":
                await page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{width}.png", full_page=True)
            assert await overflow(page) <= 0, (language, width)
            if width <= 768:
                assert await page.evaluate(WIDE_TABLES) == 0, (language, width)
    await context.close()


NUMBER_STOPS = """() => { const stops = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']")]
    .filter((e) => e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }));
  stops.forEach((e, index) => { e.dataset.stop = index; });
  return stops.length }"""
"""Number all elements that the tab key should reach, in the order of the document."""

STOP = """() => { const e = document.activeElement, shape = e.querySelector(":scope > circle, :scope > rect");
  const s = getComputedStyle(shape ?? e);
  const width = shape ? s.strokeWidth : s.outlineStyle === "none" ? "0" : s.outlineWidth;
  return [e.dataset.stop ?? null, parseFloat(width), e.outerHTML.slice(0, 200)] }"""


async def test_the_keyboard_skips_to_the_content(seeded_store: Store, server: str, chromium: Browser) -> None:
    context = await new_context(chromium, server)
    page = await context.new_page()
    await page.goto(with_language(ADDRESSES["city"], "en"))
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Skip to the content")
    await page.keyboard.press("Enter")
    await expect(page.locator(":focus")).to_have_id("main")
    await context.close()


@pytest.mark.parametrize("name", ADDRESSES)
async def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    seeded_store: Store, server: str, chromium: Browser, name: str
) -> None:
    """Press the tab key until the focus leaves the page. It stops at each element once, in order."""
    context = await new_context(chromium, server, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(with_language(ADDRESSES[name], "fi"))
    count = await page.evaluate(NUMBER_STOPS)
    seen: list[int] = []
    for _ in range(3 * count + 20):  # a date input has several stops
        await page.keyboard.press("Tab")
        stop, width, element = await page.evaluate(STOP)
        if element.startswith("<body") or (stop == "0" and seen[-1:] not in ([], [0])):
            break
        if stop is not None:
            assert width >= 2, element
            if seen[-1:] != [int(stop)]:
                seen.append(int(stop))
    else:
        pytest.fail(f"the focus does not leave the page; it is at {element}")
    assert seen == list(range(count))
    await context.close()


async def test_the_address_of_the_calendar_can_be_copied(seeded_store: Store, server: str, chromium: Browser) -> None:
    expected = f"{server}/renewals.ics?city=vantaa&language=en"
    context = await new_context(chromium, server, permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    faults = watch(page, server)
    await page.goto("/renewals?city=vantaa&language=en")
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("status")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == expected
    assert faults == []
    await context.close()
    context = await new_context(chromium, server, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/renewals?city=vantaa&language=en")
    await expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    await expect(page.get_by_label("Subscribe to the calendar")).to_have_value(expected)
    await context.close()


async def test_the_slider_of_years(seeded_store: Store, server: str, chromium: Browser) -> None:
    """Choose a year with the keyboard, stay at the slider, and reach the first year without scripts."""
    context = await new_context(chromium, server)
    page = await context.new_page()
    faults = watch(page, server)
    await page.goto("/graph?city=vantaa&on=2024-12-31&language=en")
    slider = page.get_by_role("slider", name="Year")
    await slider.focus()
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("output[for=year]")).to_have_text("2022")
    await expect(page.locator("footer")).to_contain_text("31 Dec 2022")
    await expect(slider).to_be_focused()
    await expect(slider).to_have_value("2022")
    first = await slider.get_attribute("min")
    assert faults == []
    await context.close()
    context = await new_context(chromium, server, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/graph?city=vantaa&on=2024-12-31&language=en")
    await expect(page.get_by_role("slider")).to_be_hidden()
    await page.get_by_role("navigation", name="Year").get_by_role("link", name=first).click()
    await expect(page.locator("footer")).to_contain_text(f"31 Dec {first}")
    await context.close()


async def test_a_reader_without_scripts_finds_what_a_fee_rests_on(
    seeded_store: Store, server: str, chromium: Browser
) -> None:
    """Search the city, open the fees, follow a figure to its quote and the quote's document."""
    context = await new_context(chromium, server, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/?language=fi")
    await page.get_by_role("searchbox").fill("vant")
    await page.get_by_role("button", name="Hae").click()
    await page.get_by_role("link", name="Vantaa", exact=True).first.click()
    await page.get_by_role("link", name="Jäsenmaksut", exact=True).click()
    await page.get_by_label("Vuodesta").fill("2024")
    await page.get_by_label("vuoteen").fill("2024")
    await page.get_by_role("button", name="Näytä").last.click()
    cell = page.get_by_role("cell", name="10 000").first
    await cell.get_by_role("link").first.click()
    note = page.locator("li:target")
    await expect(note).to_contain_text("10 000 euroa")
    await note.get_by_role("link", name="Kaikki asiakirjaan perustuvat tiedot").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Vantaan kaupunginhallitus 27.11.2023 § 15")
    await context.close()


async def test_the_language_and_the_day_stay_chosen(seeded_store: Store, server: str, chromium: Browser) -> None:
    context = await new_context(chromium, server)
    page = await context.new_page()
    await page.goto("/city?city=vantaa")
    await expect(page.locator("html")).to_have_attribute("lang", "fi")  # the browser's language
    await page.get_by_role("link", name="Svenska").click()
    await page.get_by_label("Den").fill("2023-11-27")
    await page.get_by_role("button", name="Visa").first.click()
    await page.get_by_role("link", name="Fortsatt medlemskap", exact=True).first.click()
    await expect(page.locator("html")).to_have_attribute("lang", "sv")
    await expect(page.locator("footer")).to_contain_text("27.11.2023")
    await context.close()


FOCUS = """() => { const e = document.activeElement, s = getComputedStyle(e.querySelector("circle, rect") ?? e);
  return [e.textContent.trim(), s.strokeWidth, e.closest("svg")?.id ?? ""] }"""


async def test_arrow_keys_move_between_neighbours(seeded_store: Store, server: str, chromium: Browser) -> None:
    """Reach the drawing by one tab stop, go to a neighbour, around its node, back, and open it."""
    context = await new_context(chromium, server, reduced_motion="reduce")
    page = await context.new_page()
    faults = watch(page, server)
    await page.goto("/graph?city=vantaa&on=2025-06-01&node=City:vantaa&radius=1&language=en")
    await expect(page.locator("#keys")).to_be_visible()
    await page.get_by_role("link", name="All networks", exact=True).focus()
    await page.keyboard.press("Tab")
    if (await page.evaluate(FOCUS))[2] != "graph":
        await page.keyboard.press("Tab")  # the scrollable region
    assert await page.evaluate(FOCUS) == ["Vantaa, city in Finland: 3 networks", "4px", "graph"]
    assert await page.locator(".near").count() == 3
    seen: list[str] = []
    await page.keyboard.press("ArrowDown")
    for _ in range(3):
        seen.append((await page.evaluate(FOCUS))[0])
        await page.keyboard.press("ArrowRight")
    assert len(set(seen)) == 3
    assert "Nordic Safe Cities, network of 21 cities" in seen
    assert (await page.evaluate(FOCUS))[0] == seen[0]  # around the node once
    await page.keyboard.press("ArrowLeft")
    assert (await page.evaluate(FOCUS))[0] == seen[-1]
    await page.keyboard.press("ArrowUp")
    assert (await page.evaluate(FOCUS))[0].startswith("Vantaa")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=2).first).to_have_text(f"Around {seen[0].split(', ')[0]}")
    await page.keyboard.press("Tab")
    assert faults == []
    await context.close()


async def test_the_graph_works_without_scripts(seeded_store: Store, server: str, chromium: Browser) -> None:
    """Search a network, see its members in the table, choose another year, and go on from a node of the drawing."""
    context = await new_context(chromium, server, java_script_enabled=False)
    page = await context.new_page()
    await page.goto("/graph?city=vantaa&on=2025-06-01&all=true&language=en")
    await expect(page.locator("#keys")).to_be_hidden()
    await page.get_by_role("searchbox").fill("nordic safe")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Nordic Safe Cities", exact=True).first.click()
    await expect(page.locator("#drawing")).to_have_text("Around Nordic Safe Cities")
    await expect(page.get_by_role("row", name="Oslo Norway")).to_be_visible()
    await page.get_by_role("navigation", name="Year").get_by_role("link", name="2023").click()
    await expect(page.locator("footer")).to_contain_text("31 Dec 2023")
    await page.locator("#graph a", has_text="Vantaa, city in Finland").click()
    await expect(page.locator("#drawing")).to_have_text("Around Vantaa")
    await context.close()


@pytest.mark.parametrize("name", ["board-pack", "city", "cost", "graph", "network", "networks"])
async def test_a_page_prints_on_a4(seeded_store: Store, server: str, chromium: Browser, name: str) -> None:
    context = await new_context(chromium, server)
    page = await context.new_page()
    await page.goto(with_language(ADDRESSES[name], "fi"))
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 673, "height": 1000})  # 178 mm, the width of A4 without its margins
    wide = await page.evaluate(
        """() => [...document.querySelectorAll('main *:not(svg *, .hidden *)')]
          .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    pdf = await page.pdf(format="A4", prefer_css_page_size=True)
    if SCREENSHOTS:
        (Path(SCREENSHOTS) / f"{name}.pdf").write_bytes(pdf)
    await context.close()


TOKEN = "a token of this test"
READ_API = """async ([url, token]) => {
  const query = '{ city(id: "City:vantaa") { name } }';
  const headers = {
    "Content-Type": "application/json", "Authorization": `Bearer ${token}`, "X-Citygraph-Debug": "timing",
  };
  try {
    const posted = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) });
    const got = await fetch(`${url}?query=${encodeURIComponent(query)}`);
    return {
      debug: Object.keys((await posted.json()).extensions.debug),
      data: (await got.json()).data,
      headers: ["ETag", "X-Request-ID"].filter((name) => got.headers.has(name)),
    };
  } catch (error) {
    return `${error}`;
  }
}"""
"""Read the API with a request that needs a preflight, and with one that needs none."""


async def test_a_page_of_another_origin_reads_the_api_if_allowed(
    seeded_store: Store, server: str, chromium: Browser
) -> None:
    context = await new_context(chromium, server, bypass_csp=True)  # the policy of the server's own pages
    page = await context.new_page()
    await page.goto("/healthz")
    read = {"debug": ["timing"], "data": {"city": {"name": "Vantaa"}}, "headers": ["ETag", "X-Request-ID"]}
    cases = [
        ((server,), read),
        (("*",), read),
        (("https://city.example",), "TypeError: Failed to fetch"),
        ((), "TypeError: Failed to fetch"),
    ]
    for origins, expected in cases:
        settings = Settings(
            request_timeout_s=120, analysis_timeout_s=120, cors_origins=origins, debug_token=SecretStr(TOKEN)
        )
        async with serve(settings, seeded_store) as other:
            assert await page.evaluate(READ_API, [f"{other}/graphql", TOKEN]) == expected, origins
    await context.close()


@pytest.mark.parametrize("kind", REPORTS)
async def test_a_report_is_accessible_and_fits(
    seeded_store: Store, chromium: Browser, tmp_path: Path, kind: str
) -> None:
    report = await REPORTS[kind](seeded_store)
    context = await new_context(chromium, "")
    page = await context.new_page()
    file = tmp_path / "report.html"
    faults = watch(page, file.as_uri())
    for language in LANGUAGES:
        file.write_bytes(report_page(report, language))
        await page.goto(file.as_uri())
        for scheme in ("light", "dark") if language == "fi" else ():
            await page.emulate_media(color_scheme=scheme)
            assert await violations(page) == []
        assert language == "fi" or await violations(page, **WITHOUT_COLOURS) == []
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (language, width)
    assert faults == []
    await context.close()


async def test_sort_and_filter_the_table_of_a_report(seeded_store: Store, chromium: Browser, tmp_path: Path) -> None:
    report = await REPORTS["centrality"](seeded_store)
    file = tmp_path / "report.html"
    file.write_bytes(report_page(report, "en"))
    context = await new_context(chromium, "")
    page = await context.new_page()
    await page.goto(file.as_uri())
    table = page.locator("#table-networks")
    ties = table.locator("tbody tr td:nth-child(4)")
    await table.get_by_role("button", name="Ties").click()
    counts = [int(text.strip("≥ ")) for text in await ties.all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    await table.get_by_role("button", name="Name").click()
    names = await table.locator("tbody th").all_inner_texts()
    assert names[0] == "Airport Regions Council (ARC)"
    await page.locator("[data-filters=table-networks]").fill("eurocities")
    await expect(table.locator("tbody tr:visible")).to_have_count(1)
    await context.close()
