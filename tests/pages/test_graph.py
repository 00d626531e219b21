"""Check the page with the two-mode network: its figures, its drawing, names, and very large networks."""

import re
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from api.graphql.execution.turns import Client
from api.graphql.http.view import Answer, GraphQLView
from api.pages.drawing import draw_network
from api.pages.page import FOLDER
from api.pages.rendering import Publisher, asset
from api.pages.routes import Renderers, routes
from api.settings import Settings
from graph.store import Store
from tests.pages.conftest import Ask
from tests.pages.html_page import HtmlPage
from tests.questions.graph_builder import SmallGraph, period

MARKUP = '<img src=x onerror="alert(1)">&amp;'
RIGHT_TO_LEFT = "\u202eשלום\u202c ירושלים"
LONG = "Å" * 300
ON = "2025-06-01"


async def get(browser: httpx.AsyncClient, address: str) -> HtmlPage:
    response = await browser.get(address)
    assert response.status_code == 200, response.text[:2000]
    return HtmlPage(response.text)


def drawn(page: HtmlPage) -> tuple[int, int]:
    """Return how many cities and networks are drawn, without the legend."""
    classes = page.attributes("class")
    return classes.count("city") - 1, classes.count("network") - 1


async def test_figures_equal_those_of_the_api(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """query ($on: Date!, $node: ID) { twoModeNetwork(on: $on, subset: {ego: $node}) {
      cities networks ties nodes { degree neighbours node { id } } } }"""
    for node, parameters in ((None, "&all=true"), ("City:vantaa", ""), ("City:vantaa", "&node=City:vantaa&radius=2")):
        found = (await ask(query, on=ON, node=node))["twoModeNetwork"]
        page = await get(browser, f"/graph?city=vantaa&on={ON}{parameters}")
        cities = f"{found['cities'] - 1} other cities" if node else f"{found['cities']} cities"
        text = f"{cities}, {found['networks']} networks, {found['ties']} memberships, of which "
        assert text in page.text.replace(" ,", ",")
        assert drawn(page) == (found["cities"], found["networks"])
        ties = [value for values in page.attributes("data-ties") for value in values.split()]
        assert len(ties) == found["ties"]
        rows = [tag for tag, found in page.elements if tag == "tr"]
        assert len(rows) == len(found["nodes"]) + 2


async def test_doubtful_memberships_are_marked(browser: httpx.AsyncClient, empty_store: Store) -> None:
    graph = SmallGraph()
    for slug, country in (("oslo", "NO"), ("turku", "FI"), ("vantaa", "FI")):
        graph.node(f"City:{slug}", country=country)
    graph.network("one")
    graph.network("two")
    members = (
        ("oslo", "one", "STATED"),
        ("turku", "one", "IMPLIED"),
        ("vantaa", "one", "IMPLIED"),
        ("vantaa", "two", "STATED"),
    )
    for city, network, basis in members:
        graph.member(city, network, {**period("2020-01-01", "OPEN"), "basis": basis})
    # A membership in another network or of another day marks nothing.
    graph.network("ended")
    graph.member("oslo", "ended", {**period("2010-01-01", "2015-01-01"), "basis": "IMPLIED"})
    await graph.write(empty_store)

    page = await get(browser, f"/graph?on={ON}&all=true&language=en")

    doubt = "no source names the city as a member"
    found = re.findall("<title>([^<]*), (?:city|network)(.*?)</title>", page.source)
    titles = {name: text.partition("; ")[2] for name, text in found}
    assert titles == {
        "Oslo": "",
        "Turku": f"1 of the memberships is doubtful: {doubt}",
        "Vantaa": f"1 of the memberships is doubtful: {doubt}",
        "One": f"2 of the memberships are doubtful: {doubt}",
        "Two": "",
    }
    assert "3 cities, 2 networks, 4 memberships, of which 2 are doubtful." in page.text.replace(" ,", ",").replace(
        " .", "."
    )
    tables = page.text.partition("The same as tables")[2]
    assert "One 3 of which 2 are doubtful Two 1 Cities" in tables
    assert re.search("Oslo Norway One Turku Finland One membership doubtful Vantaa", tables)


@pytest.mark.parametrize("radius", [1, 2, 3])
async def test_the_address_sets_the_distance_from_the_city(
    browser: httpx.AsyncClient, seeded_store: Store, ask: Ask, radius: int
) -> None:
    query = """query ($on: Date!, $radius: Int!) {
      twoModeNetwork(on: $on, subset: {ego: "City:vantaa", radius: $radius}) { cities networks } }"""
    found = (await ask(query, on=ON, radius=radius))["twoModeNetwork"]
    page = await get(browser, f"/graph?city=vantaa&on={ON}&radius={radius}")
    assert drawn(page) == (found["cities"], found["networks"])
    current = [found["href"] for tag, found in page.elements if tag == "a" and found.get("aria-current") == "true"]
    assert parse_qs(urlsplit(current[-1]).query) == {
        "city": ["vantaa"], "on": [ON], "node": ["City:vantaa"], "radius": [str(radius)],
    }  # fmt: skip


async def test_a_year_and_a_node_are_links(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await get(browser, f"/graph?city=vantaa&on={ON}")
    years = [link for link in page.links() if "on=2019" in link]
    assert years == ["/graph?city=vantaa&on=2019-12-31"]
    nodes = [link for link in page.links() if "node=Network:eurocities" in link]
    assert parse_qs(urlsplit(nodes[0]).query) == {
        "city": ["vantaa"], "on": [ON], "node": ["Network:eurocities"], "radius": ["1"],
    }  # fmt: skip
    for address in (years[0], nodes[0]):
        assert (await browser.get(address)).status_code == 200


async def test_a_node_is_found_by_name(browser: httpx.AsyncClient, seeded_store: Store) -> None:
    page = await get(browser, f"/graph?city=vantaa&on={ON}&text=nordic+safe")
    assert "1 name found Nordic Safe Cities Network" in page.text
    nothing = await get(browser, f"/graph?city=vantaa&on={ON}&text=zzzzzz")
    assert "0 names found" in nothing.text


@pytest.mark.slow
async def test_names_are_shown_as_text(browser: httpx.AsyncClient, empty_store: Store) -> None:
    graph = SmallGraph()
    graph.node("City:markup", MARKUP, country="FI")
    graph.node("City:long", LONG, country="FI")
    graph.node(graph.network("rtl"), RIGHT_TO_LEFT, kind="CITY_NETWORK")
    graph.node(graph.network("tag"), "</title></svg><script>alert(1)</script>", kind="CITY_NETWORK")
    for city in ("markup", "long"):
        for network in ("rtl", "tag"):
            graph.member(city, network, period("2020-01-01", "OPEN"))
    await graph.write(empty_store)
    for address in (f"/graph?on={ON}", f"/graph?city=markup&on={ON}&node=City:markup&radius=2"):
        page = await get(browser, address)
        scripts = [found for tag, found in page.elements if tag == "script"]
        assert [found["src"] for found in scripts] == [str(asset("years.js")), str(asset("graph.js"))]
        assert not [tag for tag, _ in page.elements if tag == "img"]
        assert drawn(page) == (2, 2)
        for name in (MARKUP, LONG):
            assert f"{name}, city in Finland: 2 networks" in page.everything
        assert RIGHT_TO_LEFT in page.everything
        assert f"{LONG[:33]}…" in page.everything


async def test_an_empty_graph(browser: httpx.AsyncClient, empty_store: Store) -> None:
    page = await get(browser, "/graph")
    assert "0 cities" in page.text
    assert "No membership is recorded on this day." in page.text
    assert not [tag for tag, _ in page.elements if tag in ("script", "table")]
    graph = SmallGraph()
    graph.node("City:alone", "Alone", country="FI")
    await graph.write(empty_store)
    page = await get(browser, "/graph?city=alone&node=City:alone&radius=2")
    assert "0 other cities" in page.text
    assert "No membership is recorded on this day." in page.text


@pytest.mark.parametrize("address", ["/graph?node=City:nowhere", "/graph?city=nowhere"])
async def test_an_unknown_node_is_not_found(browser: httpx.AsyncClient, seeded_store: Store, address: str) -> None:
    assert (await browser.get(address)).status_code == 404


@pytest.mark.parametrize("address", ["/graph?node=Theme:x", "/graph?node=City:vantaa&radius=0", "/graph?radius=x"])
async def test_a_wrong_address_is_refused(browser: httpx.AsyncClient, seeded_store: Store, address: str) -> None:
    assert (await browser.get(address)).status_code == 400


def test_the_scripts_are_small() -> None:
    scripts = [asset(path.name) for path in (FOLDER / "assets").glob("*.js")]
    assert len(scripts) == 4
    assert sum(len(found.content) for found in scripts if found) <= 10_000


# --- Very large networks --------------------------------------------------------------------------


def large_answer(networks: int, cities: int) -> dict[str, Any]:
    """Return an answer with as many nodes, of a graph of 20 000. City i is in network i, of which each has several."""

    def node(label: str, number: int) -> dict[str, Any]:
        name = {"text": f"{label} {number}", "language": "EN"}
        country = {"country": "FI"} if label == "City" else {}
        return {"__typename": label, "id": f"{label}:{number}", "localisedName": name, **country}

    rows = [
        {"node": node("Network", number), "neighbours": list(range(networks + number, networks + cities, networks))}
        for number in range(networks)
    ] + [{"node": node("City", number), "neighbours": [number % networks]} for number in range(cities)]
    for number, row in enumerate(rows):
        position = number * 37 % len(rows)  # networks among cities
        row |= {"degree": len(row["neighbours"]), "distance": None}
        row |= {"x": position % 50 / 50, "y": position // 50 / 50}
    counts = {"cities": 19_000, "networks": 1_000, "ties": 60_000, "lowerBound": False}
    aggregate = {"validFrom": {"min": "1990-01-01"}, "attestedFrom": {"min": None}}
    return {
        "twoModeNetwork": {**counts, "nodes": rows},
        "memberships": {"aggregate": aggregate},
        "doubtful": {"nodes": [], "pageInfo": {"hasNextPage": True}},
    }


class LargeView:
    def client_of(self, _http_request: object) -> Client:
        return Client()

    async def execute(self, _request: object, _http_request: object) -> Answer:
        return Answer(large_answer(500, 1500), [], size=1_000_000)


@pytest.mark.slow
async def test_a_network_of_20_000_nodes_states_what_is_left_out() -> None:
    renderers = Renderers(Settings())
    app = Starlette(routes=routes(cast("GraphQLView", LargeView()), Publisher(None, None), renderers))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://citygraph.test") as client:
        response = await client.get("/graph?on=2024-06-01&language=en")
    await renderers.close()
    page = HtmlPage(response.text)
    assert drawn(page) == (1500, 500)
    assert "19,000 cities" in page.text
    assert "Shown are 500 of 1,000 networks and 1,500 of 19,000 cities. The others have fewer ties." in page.text
    assert "Not all doubtful memberships are marked here." in page.text
    assert len(response.content) < 1_500_000


def test_the_nodes_with_most_ties_are_named() -> None:
    rows = large_answer(100, 300)["twoModeNetwork"]["nodes"]
    for row in rows:
        row["node"]["localisedName"] = row["node"]["id"]
    found = draw_network(rows, ["City:7"])
    labels = [mark.label for mark in found.marks if mark.label]
    assert 20 < len(labels) <= 80
    assert {"City:7", "Network:0"} <= {label.text for label in labels}
    for mark in found.marks:
        assert 0 <= mark.x <= found.width
        assert 0 <= mark.y <= found.height
