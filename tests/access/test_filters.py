"""Filters of the model in Python: a database and a server give the same cities and networks, a file refuses them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from starlette.applications import Starlette

import citygraph
from api.graphql.http import view
from api.http import export
from api.settings import Settings
from api.state import AppState
from graph.analysis import SnapshotReader, read_subset
from graph.errors import AnalysisError, BadArgument, GraphChanged
from graph.questions.subset import SubsetArguments
from graph.store import Store, StoreSettings
from tests.api.test_server import serving
from tests.conftest import mark_seeds_changed
from tests.statements import observed_statements

ON = "2023-11-27"
FILTERS: dict[str, Any] = {
    "cities_where": {"country": {"eq": "FI"}, "networks": {"some": {"name": {"contains": "nordic"}}}},
    "networks_where": {"not": {"name": {"contains": "nordic"}}},
}
STATED = (
    'layers: NETWORK; cities where: {"country": {"eq": "FI"}, '
    '"networks": {"on": "2023-11-27", "some": {"name": {"contains": "nordic"}}}}; '
    'networks where: {"not": {"name": {"contains": "nordic"}}}'
)


@pytest_asyncio.fixture
async def address(seeded_store: Store) -> AsyncIterator[str]:
    state = AppState(Settings(request_timeout_s=120), seeded_store)
    async with serving(Starlette(routes=[*view.routes(state), *export.routes(state)])) as port:
        yield f"http://127.0.0.1:{port}"


def expected_ties(data: citygraph.Collaborations) -> set[frozenset[str]]:
    graph = data.two_mode(ON)
    names = dict(graph.nodes(data="name"))
    nordic = {network for network, name in names.items() if "nordic" in name.lower() and network.startswith("Network:")}
    cities = {city for city, country in graph.nodes(data="country") if country == "FI" and nordic & set(graph[city])}
    return {frozenset(edge) for edge in graph.edges if cities & set(edge) and not nordic & set(edge)}


@pytest.mark.slow
async def test_filters_in_a_database(seeded_store: Store, store_settings: StoreSettings) -> None:
    data = await asyncio.to_thread(citygraph.open, store_settings)
    graph = data.two_mode(ON, **FILTERS)
    assert len(graph.edges) > 5
    assert {frozenset(edge) for edge in graph.edges} == expected_ties(data)
    assert graph.graph["subset"] == STATED
    series = data.series([2020, ON], **FILTERS)
    assert series["ties"].tolist()[1] == len(graph.edges)
    assert series.attrs["subset"] == STATED
    with pytest.raises(BadArgument, match="a filter of cities has no field `nation`"):
        data.two_mode(ON, cities_where={"nation": {"eq": "FI"}})

    async with seeded_store.reading() as reader:
        with observed_statements(seeded_store) as statements:
            snapshot, subset = await read_subset(
                SnapshotReader(seeded_store).current, reader, date.fromisoformat(ON), SubsetArguments(**FILTERS)
            )
    assert str(subset) == STATED
    assert {frozenset(edge) for edge in snapshot.two_mode(date.fromisoformat(ON), subset).to_networkx().edges} == {
        frozenset(edge) for edge in graph.edges
    }
    assert [name for name in statements if name.startswith("traversal/")] == [
        "traversal/city_ids",
        "traversal/network_ids",
    ]


@pytest.mark.slow
async def test_filters_in_a_server(address: str) -> None:
    data = await asyncio.to_thread(citygraph.open, address)
    graph = await asyncio.to_thread(lambda: data.two_mode(ON, **FILTERS))
    assert {frozenset(edge) for edge in graph.edges} == expected_ties(data)
    assert graph.graph["subset"] == STATED
    with pytest.raises(BadArgument, match="a filter of cities has no field `nation`"):
        data.two_mode(ON, cities_where={"nation": {"eq": "FI"}})


@pytest.mark.slow
async def test_a_graph_that_has_changed(seeded_store: Store, store_settings: StoreSettings, address: str) -> None:
    opened = [await asyncio.to_thread(citygraph.open, source) for source in (store_settings, address)]
    await mark_seeds_changed(seeded_store)
    for data in opened:
        with pytest.raises(GraphChanged, match="the graph has changed since it was opened"):
            await asyncio.to_thread(lambda data=data: data.two_mode(ON, **FILTERS))


def test_filters_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("city,network\nVantaa,Nordic\n", encoding="utf-8")
    with pytest.raises(AnalysisError, match="cities_where and networks_where need a server or a database") as raised:
        citygraph.open(file).two_mode(ON, **FILTERS)
    assert "citygraph load" in raised.value.hint
