"""Subsets of the graph: filters on nodes, minimum degree, ego networks and components."""

from collections.abc import Iterable
from datetime import date

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analysis import Matches, Snapshot, Subset, TwoMode
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, TieRow, build_snapshot
from graph.errors import BadArgument, UnknownId
from graph.questions.subset import BoundingBox
from graph.vocabulary import CollaborationMode

ON = date(2024, 6, 1)
PLACES = {"a": (60.0, 25.0), "b": (55.0, 12.0), "c": (-10.0, 179.0), "d": (-12.0, -179.0)}


def snapshot_of(*ties: str) -> Snapshot:
    """Return a snapshot of ties such as "a-x", a city and a network. Capital slugs are twinnings."""
    pairs = [tie.split("-") for tie in ties]
    cities = sorted({city for city, _ in pairs} | set(PLACES))
    return build_snapshot(
        1,
        cities=[
            CityRow(id_of(slug), slug, latitude=latitude, longitude=longitude)
            for slug in cities
            for latitude, longitude in [PLACES.get(slug, (None, None))]
        ],
        collaborations=[CollaborationRow(collaboration(slug), slug) for slug in sorted({other for _, other in pairs})],
        ties=[
            TieRow(id_of(city), collaboration(other), None, date.min, ON, date.max, date.max, date.max, False, False)
            for city, other in pairs
        ],
    )


def id_of(slug: str) -> str:
    return f"City:{slug}"


def collaboration(slug: str) -> str:
    return f"Twinning:{slug}" if slug.isupper() else f"Network:{slug}"


def ties(two_mode: TwoMode) -> set[str]:
    ends = (
        (two_mode.cities[city].name, two_mode.collaborations[other].name) for city, other, _ in two_mode.iter_ties()
    )
    return {f"{city}-{other}" for city, other in ends}


def names(two_mode: TwoMode) -> str:
    return "".join(node.name for node in two_mode.nodes)


SNAPSHOT = snapshot_of("a-x", "a-y", "b-x", "c-y", "c-z", "d-w", "a-T", "b-T")


@pytest.mark.parametrize(
    ("subset", "expected"),
    [
        (Subset(), "a-x a-y b-x c-y c-z d-w"),
        (Subset(layers=(CollaborationMode.TWINNING,)), "a-T b-T"),
        (Subset(min_degree=2), "a-x a-y c-y c-z"),
        (Subset(min_degree=2, exclude_networks=("Network:z",)), "a-x a-y"),
        (Subset(include_networks=("Network:x", "Network:w")), "a-x b-x d-w"),
        (Subset(include_cities=("City:b", "City:c")), "b-x c-y c-z"),
        (Subset(exclude_cities=("City:a",)), "b-x c-y c-z d-w"),
        (Subset(bounding_box=BoundingBox(50, 0, 70, 30)), "a-x a-y b-x"),
        (Subset(bounding_box=BoundingBox(-20, 170, 0, -170)), "c-y c-z d-w"),
        (Subset(cities_where=Matches("{}", frozenset({"City:d"}))), "d-w"),
        (Subset(networks_where=Matches("{}", frozenset({"Network:y"}))), "a-y c-y"),
        (Subset(ego="City:a", radius=1), "a-x a-y"),
        (Subset(ego="City:a"), "a-x a-y b-x c-y"),
        (Subset(ego="City:a", radius=3), "a-x a-y b-x c-y c-z"),
        (Subset(ego="Network:w"), "d-w"),
        (Subset(largest_component=True), "a-x a-y b-x c-y c-z"),
        (Subset(layers=tuple(CollaborationMode), ego="City:b", radius=1), "b-x b-T"),
        (Subset(ego="City:b", min_degree=2), ""),
    ],
)
def test_subsets(subset: Subset, expected: str) -> None:
    assert ties(SNAPSHOT.two_mode(ON, subset)) == set(expected.split())


def test_an_empty_subset_has_a_reason() -> None:
    assert SNAPSHOT.two_mode(ON, Subset(min_degree=3)).reason == "no city has 3 ties"
    assert SNAPSHOT.two_mode(ON, Subset(min_degree=2, ego="City:b")).reason == "City:b is not in the network"
    assert SNAPSHOT.two_mode(ON, Subset(min_degree=3, largest_component=True)).nodes == ()


def test_nodes_without_ties() -> None:
    assert names(SNAPSHOT.two_mode(ON, Subset(exclude_networks=("Network:w",), isolates=True))) == "abcdxyz"
    assert names(SNAPSHOT.two_mode(ON, Subset(min_degree=2, isolates=True))) == "acwxyz"
    assert names(SNAPSHOT.two_mode(ON, Subset(min_degree=2))) == "acxyz"


def test_a_subset_states_itself() -> None:
    subset = Subset(
        countries=("SE", "FI"),
        bounding_box=BoundingBox(50, 0, 70.5, 30),
        exclude_networks=("Network:x",),
        min_degree=2,
        ego="City:a",
        largest_component=True,
    )
    assert str(subset) == (
        "layers: NETWORK; countries: FI, SE; bounding box: 50 to 70.5 north, 0 to 30 east; "
        "without networks: Network:x; cities with at least: 2 ties; within: 2 hops of City:a; component: the largest"
    )


@pytest.mark.parametrize(
    ("subset", "error", "message"),
    [
        (Subset(include_networks=("Network:none",)), UnknownId, "Network:none"),
        (Subset(exclude_cities=("City:none",)), UnknownId, "City:none"),
        (Subset(ego="City:none"), UnknownId, "City:none"),
        (Subset(countries=("XX",)), BadArgument, "XX"),
        (Subset(radius=0), BadArgument, "radius: 0 is less than 1"),
        (Subset(bounding_box=BoundingBox(70, 0, 50, 30)), BadArgument, "bounding box: 70, 0, 50, 30"),
    ],
)
def test_invalid_subsets(subset: Subset, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SNAPSHOT.two_mode(ON, subset)


def edges(nodes: int) -> st.SearchStrategy[list[str]]:
    pair = st.tuples(st.sampled_from("abcdefgh"[:nodes]), st.sampled_from("uvwxyz"))
    return st.lists(pair.map("-".join), unique=True, min_size=1)


@given(edges(8), st.integers(1, 3), st.integers(1, 3))
def test_subsets_equal_their_definitions(given_ties: list[str], degree: int, radius: int) -> None:
    snapshot = snapshot_of(*given_ties)
    graph = snapshot.two_mode(ON).to_networkx()

    def tie_set(pairs: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
        return {frozenset(pair) for pair in pairs}

    many = {node for node, count in graph.degree if node.startswith("City:") and count >= degree}
    selected = snapshot.two_mode(ON, Subset(min_degree=degree)).to_networkx()
    assert tie_set(selected.edges) == tie_set(edge for edge in graph.edges if many & set(edge))
    ego = f"City:{given_ties[0][0]}"
    near = snapshot.two_mode(ON, Subset(ego=ego, radius=radius)).to_networkx()
    expected = nx.ego_graph(graph, ego, radius)
    assert (set(near), tie_set(near.edges)) == (set(expected), tie_set(expected.edges))
    component = snapshot.two_mode(ON, Subset(ego=ego, radius=1000)).to_networkx()
    assert set(component) == nx.node_connected_component(graph, ego)
    largest = snapshot.two_mode(ON, Subset(largest_component=True)).to_networkx()
    assert nx.is_connected(largest)
    assert len(largest) == max(map(len, nx.connected_components(graph)))
