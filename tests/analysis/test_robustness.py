"""Removal of collaborations, against NetworkX."""

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import TwoMode
from graph.analysis.robustness import Removal, removals
from tests.analysis.sample_networks import davis, two_mode_from_rows


def test_a_collaboration_that_holds_cities_together() -> None:
    # a joins 1 and 2, b joins 2 and 3, c joins 4 and 5.
    two_mode = two_mode_from_rows("100", "110", "010", "001", "001")
    a, b, c = two_mode.collaborations
    # Four pairs are connected: three among 1, 2 and 3, and one of 4 and 5.
    assert removals(two_mode) == (
        Removal(a, cities=2, isolated=1, components=3, largest=2, disconnected=0.5),
        Removal(b, cities=2, isolated=1, components=3, largest=2, disconnected=0.5),
        Removal(c, cities=2, isolated=2, components=3, largest=3, disconnected=0.25),
    )


def test_no_ties() -> None:
    assert removals(TwoMode.from_ties([])) == ()
    (only,) = removals(TwoMode.from_ties([("1", "a")]))
    assert (only.isolated, only.components, only.largest, only.disconnected) == (1, 1, 1, None)


def check(two_mode: TwoMode) -> None:
    whole = two_mode.to_networkx()
    cities = {city.id for city in two_mode.cities}

    def sizes(graph: nx.Graph) -> list[int]:
        parts = (len(cities & part) for part in nx.connected_components(graph))
        return [size for size in parts if size]

    before = sum(size * (size - 1) / 2 for size in sizes(whole))
    for row in removals(two_mode):
        left = whole.copy()
        left.remove_node(row.collaboration.id)
        parts = sizes(left)
        after = sum(size * (size - 1) / 2 for size in parts)
        assert row.cities == whole.degree[row.collaboration.id]
        assert row.isolated == sum(left.degree[city] == 0 for city in cities)
        assert (row.components, row.largest) == (len(parts), max(parts))
        assert row.disconnected == ((before - after) / before if before else None)


def test_southern_women() -> None:
    check(davis())


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("123456"), st.sampled_from("abcd")), min_size=1))
def test_random_networks(ties: list[tuple[str, str]]) -> None:
    check(TwoMode.from_ties(ties))
