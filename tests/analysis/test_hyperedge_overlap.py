"""Overlap of hyperedges: an example computed by hand, and the definitions on the Southern Women."""

from itertools import combinations
from math import comb

import pytest
import xgi

from graph.analysis import TwoMode
from graph.analysis.hyperedge_overlap import hyperedge_overlap
from graph.analysis.hypergraph import hypergraph
from tests.analysis.sample_networks import davis


def test_an_example_computed_by_hand() -> None:
    # x = {a, b, c}, y = {a, b, d}, z = {d}
    found = hyperedge_overlap(
        TwoMode.from_ties([tuple(tie.split("-")) for tie in ["a-x", "b-x", "c-x", "a-y", "b-y", "d-y", "d-z"]])
    )
    assert (found.density, found.overlapness) == (3 / 4, 7 / 4)
    # Of the pairs ab, ac and bc of x, only ab is in y, too.
    assert found.homogeneity.tolist() == pytest.approx([4 / 3, 4 / 3, 0])
    assert found.sizes.tolist() == [3, 3, 1]
    assert found.egonet_cities.tolist() == [4, 4, 3, 3]
    assert found.egonet_density.tolist() == pytest.approx([2 / 4, 2 / 4, 1 / 3, 2 / 3])
    assert found.egonet_overlapness.tolist() == pytest.approx([6 / 4, 6 / 4, 3 / 3, 4 / 3])


def test_equal_and_disjoint_hyperedges() -> None:
    equal = hyperedge_overlap(TwoMode.from_ties([(city, network) for city in "ab" for network in "xyz"]))
    assert (equal.overlapness, equal.homogeneity.tolist()) == (3, [3, 3, 3])
    disjoint = hyperedge_overlap(TwoMode.from_ties([("a", "x"), ("b", "x"), ("c", "y"), ("d", "y")]))
    assert (disjoint.overlapness, disjoint.homogeneity.tolist()) == (1, [1, 1])
    nothing = hyperedge_overlap(TwoMode.from_ties([]))
    assert (nothing.density, nothing.overlapness, nothing.sizes.tolist()) == (None, None, [])


def test_the_definitions_on_the_hypergraph_of_xgi() -> None:
    two_mode = davis()
    found = hyperedge_overlap(two_mode)
    graph = xgi.from_hif_dict(hypergraph(two_mode.to_networkx()))
    members = {edge: set(graph.edges.members(edge)) for edge in graph.edges}
    ties = sum(map(len, members.values()))
    assert (found.density, found.overlapness) == (len(members) / graph.num_nodes, ties / graph.num_nodes)
    homogeneity = [
        sum(sum(set(pair) <= edge for edge in members.values()) for pair in combinations(members[node.id], 2))
        / comb(len(members[node.id]), 2)
        for node in two_mode.collaborations
    ]
    assert found.homogeneity.tolist() == pytest.approx(homogeneity)
    for place, city in enumerate(two_mode.cities):
        egonet = [members[edge] for edge in graph.nodes.memberships(city.id)]
        cities = set[str]().union(*egonet)
        # The neighbours of a node in XGI are the other cities of its egonet.
        assert cities == {city.id, *graph.nodes.neighbors(city.id)}
        assert found.egonet_cities[place] == len(cities)
        assert found.egonet_density[place] == pytest.approx(len(egonet) / len(cities))
        assert found.egonet_overlapness[place] == pytest.approx(sum(map(len, egonet)) / len(cities))
