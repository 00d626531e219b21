"""Check the maps of cities: what is on them, and what is stated to be missing."""

import httpx

from graph.store import Store
from tests.pages.conftest import Ask
from tests.pages.html_page import HtmlPage
from tests.questions.graph_builder import SmallGraph, period

MARKUP = '<img src=x onerror="alert(1)">&amp;'


def spots(page: HtmlPage) -> list[str]:
    return [found["class"] for tag, found in page.elements if tag == "circle"]


async def test_members_are_on_the_map(browser: httpx.AsyncClient, seeded_store: Store, ask: Ask) -> None:
    query = """{ network(id: "Network:eurocities") { members(on: "2025-06-01", first: 500, includeApplied: true) {
      nodes { location { coordinates } } } } }"""
    members = (await ask(query))["network"]["members"]["nodes"]
    located = [member for member in members if member["location"]]
    assert len(located) > 50
    page = HtmlPage((await browser.get("/network?city=vantaa&network=eurocities&on=2025-06-01")).text)
    assert spots(page) == ["spot"] * (len(located) - 1) + ["spot own"]
    assert f"Map of Europe with {len(located)} cities. They are in the list too." in page.attributes("aria-label")
    missing = len(members) - len(located)
    assert (f"{missing} cities without a location are not on the map." in page.text) == (missing > 1)


async def test_a_map_states_its_extent_and_unknown_locations(browser: httpx.AsyncClient, empty_store: Store) -> None:
    graph = SmallGraph()
    graph.node(graph.network("wide"), "Wide", kind="CITY_NETWORK")
    graph.node("City:near", MARKUP, country="FI", latitude=60.0, longitude=25.0)
    graph.node("City:far", "Far", country="NZ", latitude=-36.8, longitude=174.8)
    for slug in ("one", "two"):
        graph.node(f"City:{slug}", slug, country="FI")
    for slug in ("near", "far", "one", "two"):
        graph.member(slug, "wide", period("2020-01-01", "OPEN"))
    graph.node(graph.network("unlocated"), "Unlocated", kind="CITY_NETWORK")
    graph.member("one", "unlocated", period("2020-01-01", "OPEN"))
    await graph.write(empty_store)
    page = HtmlPage((await browser.get("/network?network=wide&on=2025-06-01")).text)
    assert "Map of the world with 2 cities. They are in the list too." in page.attributes("aria-label")
    assert "2 cities without a location are not on the map." in page.text
    assert MARKUP in page.everything
    assert spots(page) == ["spot", "spot"]
    page = HtmlPage((await browser.get("/network?network=unlocated&on=2025-06-01")).text)
    assert "1 city without a location is not on the map." in page.text
    assert spots(page) == []
