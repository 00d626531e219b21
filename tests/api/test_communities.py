"""The question `communities`: its rows and profiles over GraphQL, and the same communities in Python."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.applications import Starlette

import citygraph
from api.graphql.http.view import routes
from api.settings import Settings
from api.state import AppState
from graph.access import Collaborations
from graph.analysis import AnalysisRunner, SnapshotReader
from graph.errors import AnalysisError, BadArgument
from graph.store import Store
from graph.vocabulary import ProjectionWeight
from tests.questions.graph_builder import SmallGraph, period

ON = "2024-06-01"
Ask = Callable[..., Awaitable[dict[str, Any]]]
LEFT = ["City:a", "City:b", "City:c", "Network:one", "Network:two"]
RIGHT = ["City:d", "City:e", "City:f", "Network:three"]


@pytest_asyncio.fixture
async def filled_store(store: Store) -> Store:
    """Return a store with two groups that city c joins: a, b, c in one and two; c, d, e and f in three."""
    graph = SmallGraph()
    for slug, country in (("a", "FI"), ("b", "FI"), ("c", "SE"), ("d", "DE"), ("e", "DE"), ("f", "DE")):
        graph.node(f"City:{slug}", country=country)
    for slug in ("one", "two", "three"):
        graph.network(slug)
    for tie in ("a-one", "a-two", "b-one", "b-two", "c-one", "c-two", "c-three", "d-three", "e-three", "f-three"):
        city, network = tie.split("-")
        graph.member(city, network, period("2020-01-01", "OPEN"))
    await graph.replace_all(store)
    return store


@pytest_asyncio.fixture
async def ask(filled_store: Store, runner: AnalysisRunner) -> AsyncIterator[Ask]:
    state = AppState(Settings(request_timeout_s=120), filled_store, runner)
    transport = httpx.ASGITransport(app=Starlette(routes=routes(state)))
    async with httpx.AsyncClient(transport=transport, base_url="http://citygraph.test") as client:

        async def execute(query: str) -> dict[str, Any]:
            return (await client.post("/graphql", json={"query": query})).json()

        yield execute


async def test_the_communities_of_a_small_graph(ask: Ask) -> None:
    body = await ask(
        f"""{{ communities(on: "{ON}", method: BRIM, trials: 3, seed: 5) {{
          totalCount method citation seed modularity twoModeModularity leastModularity agreement count lowerBound reason
          profiles {{ number name cities collaborations typicalNetworks {{ id }} typicalCountries }}
          nodes {{ node {{ id }} community stability }}
        }} }}"""
    )
    found = body["data"]["communities"]
    # 9 of 10 ties are within communities, with 7 and 3 ties of their cities and 6 and 4 ties of their networks.
    barber = pytest.approx(0.9 - 0.7 * 0.6 - 0.3 * 0.4)
    assert found == {
        "totalCount": 9,
        "method": "BRIM",
        "citation": "BRIM (Barber 2007, doi:10.1103/PhysRevE.76.066102) from "
        "Louvain (Blondel et al. 2008, doi:10.1088/1742-5468/2008/10/P10008)",
        "seed": 5,
        "modularity": pytest.approx(0.9 - (13 / 20) ** 2 - (7 / 20) ** 2),
        "twoModeModularity": barber,
        "leastModularity": barber,
        "agreement": 1.0,
        "count": 2,
        "lowerBound": True,
        "reason": None,
        "profiles": [
            {
                "number": 1,
                "name": "One, Two (FI, SE)",
                "cities": 3,
                "collaborations": 2,
                "typicalNetworks": [{"id": "Network:one"}, {"id": "Network:two"}],
                "typicalCountries": ["FI", "SE"],
            },
            {
                "number": 2,
                "name": "Three (DE)",
                "cities": 3,
                "collaborations": 1,
                "typicalNetworks": [{"id": "Network:three"}],
                "typicalCountries": ["DE"],
            },
        ],
        "nodes": [
            {"node": {"id": node_id}, "community": number, "stability": 1.0}
            for number, ids in ((1, LEFT), (2, RIGHT))
            for node_id in ids
        ],
    }


async def test_a_projection_of_a_subset(ask: Ask) -> None:
    body = await ask(
        f"""{{ communities(
          on: "{ON}", method: LEIDEN, projection: CITIES, weight: NEWMAN, leastShared: 2, trials: 1, resolution: 0.5,
          subset: {{excludeCities: ["City:d", "City:f"], isolates: true}}
        ) {{ twoModeModularity leastModularity agreement count nodes {{ node {{ id }} community stability }} }} }}"""
    )
    assert body["data"]["communities"] == {
        "twoModeModularity": None,
        "leastModularity": None,
        "agreement": None,
        "count": 2,
        "nodes": [
            {"node": {"id": f"City:{slug}"}, "community": community, "stability": None}
            for slug, community in (("a", 1), ("b", 1), ("c", 1), ("e", 2))
        ],
    }


async def test_a_day_without_ties(ask: Ask) -> None:
    body = await ask('{ communities(on: "1900-01-01") { count reason modularity profiles { number } totalCount } }')
    assert body["data"]["communities"] == {
        "count": 0,
        "reason": "no source shows a tie between the 6 cities and 3 collaborations on 1900-01-01",
        "modularity": None,
        "profiles": [],
        "totalCount": 0,
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("trials: 0", "BAD_ARGUMENT"),
        ("trials: 101", "BAD_ARGUMENT"),
        ("leastShared: 2", "BAD_ARGUMENT"),
        ("resolution: 0", "ANALYSIS_FAILED"),
        ("seed: -1", "ANALYSIS_FAILED"),
        ("method: BRIM, projection: CITIES", "ANALYSIS_FAILED"),
        ("subset: {layers: []}", "ANALYSIS_FAILED"),
    ],
)
async def test_invalid_arguments(ask: Ask, arguments: str, code: str) -> None:
    (error,) = (await ask(f"{{ communities({arguments}) {{ count }} }}"))["errors"]
    assert error["extensions"]["code"] == code
    assert error["extensions"]["hint"]


async def test_weights_without_a_projection(ask: Ask) -> None:
    for weight in ProjectionWeight:
        body = await ask(f'{{ communities(on: "{ON}", trials: 1, weight: {weight.name}) {{ count }} }}')
        if weight in (ProjectionWeight.COUNT, ProjectionWeight.GRADE):
            assert body["data"] == {"communities": {"count": 2}}
        else:
            (error,) = body["errors"]
            assert error["message"] == "weight: without a projection, ties are weighted only by count or grade"
            assert error["extensions"]["code"] == "BAD_ARGUMENT"


async def test_communities_in_python(filled_store: Store) -> None:
    data = Collaborations(await SnapshotReader(filled_store).current())
    table = data.communities(method="brim", trials=3, seed=5, on=ON)
    assert table["community"].to_dict() == dict.fromkeys(LEFT, 1) | dict.fromkeys(RIGHT, 2)
    assert table["stability"].tolist() == [1.0] * 9
    assert table["community_name"].tolist() == ["One, Two (FI, SE)"] * 5 + ["Three (DE)"] * 4
    assert table.attrs["two_mode_modularity"] == pytest.approx(0.36)
    assert (table.attrs["on"], table.attrs["subset"]) == (ON, "layers: NETWORK")
    shared = data.communities(
        "leiden", projection="cities", least_shared=2, trials=1, on=ON, exclude_cities=["City:d", "City:f"]
    )
    assert shared["community"].to_dict() == {"City:a": 1, "City:b": 1, "City:c": 1, "City:e": 2}
    assert "two_mode_modularity" not in shared.attrs
    with pytest.raises(BadArgument, match="weight: without a projection, ties are weighted only by count or grade"):
        data.communities(weight="newman", on=ON)
    with pytest.raises(BadArgument, match="least_shared: 2 does not fit"):
        data.communities(least_shared=2, on=ON)
    with pytest.raises(AnalysisError, match="BRIM finds communities of a two-mode network"):
        data.communities("brim", projection="cities", on=ON)
    with pytest.raises(citygraph.CitygraphError, match="method: 'best' is not known"):
        data.communities("best", on=ON)  # pyright: ignore[reportArgumentType]
