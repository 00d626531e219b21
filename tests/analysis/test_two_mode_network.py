"""Check the two-mode network of a day, its neighbourhoods, what is left out of it, and its drawing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from graph.analysis import AnalysisRunner, TwoMode
from graph.analysis.two_mode_layout import two_mode_positions
from graph.analysis.two_mode_network_question import compute_network
from graph.errors import BadArgument, UnknownId
from graph.questions.subset import SubsetArguments
from graph.questions.two_mode_network import Arguments, TwoModeNetwork
from graph.store import Store
from graph.vocabulary import Standing
from tests.questions.graph_builder import SmallGraph, period

ON = date(2024, 6, 1)
Ask = Callable[..., Awaitable[TwoModeNetwork]]


@pytest_asyncio.fixture
async def ask(runner: AnalysisRunner, store: Store) -> AsyncIterator[Ask]:
    """Write a graph: a—one, b—one, b—two, c—two, c—three; d left three, e applied to it, f has no tie."""
    graph = SmallGraph()
    graph.cities("a", "b", "c", "d", "e", "f")
    for slug in ("one", "two", "three"):
        graph.network(slug)
    for city, network in (("a", "one"), ("b", "one"), ("b", "two"), ("c", "two"), ("c", "three")):
        graph.member(city, network, period("2020-01-01", "OPEN"))
    graph.member("d", "three", period("2010-01-01", "2020-01-01"))
    graph.member("e", "three", period("2020-01-01", "OPEN"), status="APPLIED")
    await graph.replace_all(store)

    async with store.reading() as reader:

        async def compute(on: date = ON, most: int = 2000, **given: Any) -> TwoModeNetwork:
            return await compute_network(runner, reader, Arguments(on=on, most=most, subset=SubsetArguments(**given)))

        yield compute


def ties(found: TwoModeNetwork) -> set[tuple[str, str]]:
    """Return the ties, and check that both ends name each other."""
    ids = [row.node.partition(":")[2] for row in found.nodes]
    pairs = {(ids[index], ids[other]) for index, row in enumerate(found.nodes) for other in row.neighbours}
    assert pairs == {(other, one) for one, other in pairs}
    return {(one, other) for one, other in pairs if len(one) == 1}


async def test_the_whole_network(ask: Ask) -> None:
    found = await ask()
    assert ties(found) == {("a", "one"), ("b", "one"), ("b", "two"), ("c", "two"), ("c", "three")}
    assert (found.cities, found.networks, found.ties, found.lower_bound) == (3, 3, 5, True)
    assert [row.node for row in found.nodes] == [
        "Network:one", "Network:two", "Network:three", "City:b", "City:c", "City:a",
    ]  # fmt: skip
    assert [row.degree for row in found.nodes] == [2, 2, 1, 2, 2, 1]
    assert {row.distance for row in found.nodes} == {None}
    assert len({(row.x, row.y) for row in found.nodes}) == 6
    applied = await ask(include_applied=True)
    assert ties(applied) - ties(found) == {("e", "three")}
    earlier = await ask(date(2015, 1, 1))
    assert ties(earlier) == {("d", "three")}
    late = date(2120, 1, 1)
    assert ties(await ask(late)) == set()
    assert ties(await ask(late, standings=(Standing.LONG_UNATTESTED,))) == ties(found)


@pytest.mark.parametrize(
    ("node", "radius", "distances"),
    [
        ("City:a", 1, {"City:a": 0, "Network:one": 1}),
        ("City:a", 2, {"City:a": 0, "Network:one": 1, "City:b": 2}),
        ("City:a", 4, {"City:a": 0, "Network:one": 1, "City:b": 2, "Network:two": 3, "City:c": 4}),
        ("Network:two", 1, {"Network:two": 0, "City:b": 1, "City:c": 1}),
        ("City:f", 3, {"City:f": 0}),
    ],
)
async def test_a_neighbourhood(ask: Ask, node: str, radius: int, distances: dict[str, int]) -> None:
    found = await ask(ego=node, radius=radius)
    assert {row.node: row.distance for row in found.nodes} == distances
    assert found.nodes[0].node == node
    assert found.cities + found.networks == len(distances)
    assert found.ties == len(ties(found))


@pytest.mark.parametrize(
    ("subset", "expected", "degrees"),
    [
        ({"min_degree": 2}, {("b", "one"), ("b", "two"), ("c", "two"), ("c", "three")}, [2, 2, 1, 1, 2]),
        ({"exclude_networks": ("Network:two",), "largest_component": True}, {("a", "one"), ("b", "one")}, [1, 1, 2]),
        ({"cities_where": {"id": {"in": ["City:a", "City:c"]}}}, {("a", "one"), ("c", "two"), ("c", "three")}, None),
        # The degree of an ego network's nodes includes the ties that lead out of it, but not those outside the subset.
        ({"ego": "City:b", "radius": 1, "exclude_cities": ("City:a",)}, {("b", "one"), ("b", "two")}, [2, 1, 2]),
        ({"ego": "City:b", "radius": 1, "largest_component": True}, {("b", "one"), ("b", "two")}, [2, 2, 2]),
    ],
)
async def test_subsets(
    ask: Ask, subset: dict[str, object], expected: set[tuple[str, str]], degrees: list[int] | None
) -> None:
    found = await ask(**subset)
    assert ties(found) == expected
    assert found.ties == len(expected)
    by_id = sorted((row.node, row.degree) for row in found.nodes)
    assert degrees is None or [degree for _, degree in by_id] == degrees


async def test_isolates(ask: Ask) -> None:
    found = await ask(isolates=True)
    assert [row.node for row in found.nodes if not row.neighbours] == ["City:d", "City:e", "City:f"]
    assert (found.cities, found.networks, found.ties) == (6, 3, 5)
    assert len({(row.x, row.y) for row in found.nodes}) == 9


async def test_omitted_nodes(ask: Ask) -> None:
    found = await ask(most=4)
    assert [row.node for row in found.nodes] == ["Network:one", "Network:two", "City:b", "City:a"]
    assert (found.cities, found.networks, found.ties) == (3, 3, 5)
    assert [row.degree for row in found.nodes] == [2, 2, 2, 1]
    near = await ask(ego="City:b", radius=4, most=3)
    assert [(row.node, row.distance) for row in near.nodes] == [("City:b", 0), ("Network:one", 1), ("Network:two", 1)]
    assert (near.cities, near.networks, near.ties) == (3, 3, 5)


async def test_invalid_arguments(ask: Ask) -> None:
    for given in ({"ego": "City:a", "radius": 0}, {"min_degree": -1}, {"most": 0}, {"most": 2001}, {"ego": "Theme:x"}):
        with pytest.raises(BadArgument):
            await ask(**given)
    with pytest.raises(UnknownId):
        await ask(ego="City:nowhere")


async def test_an_empty_graph(runner: AnalysisRunner, empty_store: Store) -> None:
    async with empty_store.reading() as reader:
        assert await compute_network(runner, reader, Arguments(on=ON)) == TwoModeNetwork((), 0, 0, 0, True)


# --- Drawing --------------------------------------------------------------------------------------


def heavy_tailed(cities: int, networks: int) -> TwoMode:
    """Return a network whose sizes and degrees differ as in real ones."""
    random = np.random.default_rng(1)
    openness = random.pareto(1.6, cities) + 1
    pairs: list[tuple[str, str]] = []
    for place in range(networks):
        size = min(round(5 * (networks / (place + 0.5)) ** 0.87), cities // 3)
        members = random.choice(cities, size=size, replace=False, p=openness / openness.sum())
        pairs.extend((f"City:{member:05}", f"Network:{place:04}") for member in members)
    return TwoMode.from_ties(pairs)


def positions(two_mode: TwoMode) -> np.ndarray:
    sides = len(two_mode.cities), len(two_mode.collaborations)
    return two_mode_positions(two_mode.city_index, two_mode.collaboration_index, *sides)


@pytest.mark.slow
@pytest.mark.parametrize(("cities", "networks"), [(12, 1), (300, 30), (1700, 280)])
def test_nodes_of_a_drawing_do_not_overlap(cities: int, networks: int) -> None:
    two_mode = heavy_tailed(cities * 2, networks) if networks > 1 else TwoMode.from_ties(
        (f"City:{number}", "Network:one") for number in range(cities)
    )  # fmt: skip
    found = positions(two_mode)
    assert found.min() == 0
    assert found.max() == 1
    assert np.ptp(found[:, 0]) == 1  # the longer side is horizontal
    distance = np.sqrt(((found[:, None] - found[None]) ** 2).sum(axis=2))
    np.fill_diagonal(distance, np.inf)
    assert distance.min() > 0.1 / np.sqrt(len(found))
    assert (positions(two_mode) == found).all()


def test_a_city_is_near_its_networks() -> None:
    two_mode = heavy_tailed(600, 40)
    found = positions(two_mode)
    networks = found[len(two_mode.cities) :]
    tied = np.sqrt(((found[two_mode.city_index] - networks[two_mode.collaboration_index]) ** 2).sum(axis=1))
    all_pairs = np.sqrt(((found[: len(two_mode.cities), None] - networks[None]) ** 2).sum(axis=2))
    assert tied.mean() < 0.75 * all_pairs.mean()


def test_drawings_of_very_few_nodes() -> None:
    assert two_mode_positions(np.array([], int), np.array([], int), 0, 0).shape == (0, 2)
    assert two_mode_positions(np.array([], int), np.array([], int), 1, 0).tolist() == [[0, 0]]
    assert sorted(positions(TwoMode.from_ties([("City:a", "Network:a")]))[:, 0].tolist()) == [0, 1]
