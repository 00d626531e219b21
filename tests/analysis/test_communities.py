"""Communities: modularities by their definitions and by enumeration of all partitions, and the methods' limits."""

import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import Communities, TwoMode, communities, project
from graph.analysis.community_profiles import CommunityProfile, community_profiles
from graph.errors import AnalysisError
from graph.vocabulary import CommunityMethod, NetworkSide, ProjectionWeight
from tests.analysis.sample_networks import davis, two_mode_from_rows

tie_sets = st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), min_size=1)


def barber_modularity(two_mode: TwoMode, parts: Sequence[set[str]], resolution: float = 1.0) -> float:
    """Return the sum of A − γ k d / m over the pairs of a city and a collaboration in one community, divided by m."""
    graph, ties = two_mode.to_networkx(), two_mode.tie_count
    return (
        sum(
            graph.has_edge(city.id, other.id) - resolution * graph.degree(city.id) * graph.degree(other.id) / ties
            for part in parts
            for city in two_mode.cities
            for other in two_mode.collaborations
            if city.id in part and other.id in part
        )
        / ties
    )


def partitions(nodes: Sequence[str]) -> Iterator[list[set[str]]]:
    """Yield all partitions of the nodes."""
    if not nodes:
        yield []
        return
    for parts in partitions(nodes[1:]):
        yield [{nodes[0]}, *parts]
        for index, part in enumerate(parts):
            yield [*parts[:index], {nodes[0], *part}, *parts[index + 1 :]]


def parts_of(result: Communities) -> list[set[str]]:
    return [{node.id for node in nodes} for nodes in result.communities]


@settings(max_examples=25, deadline=None)
@given(tie_sets, st.sampled_from(CommunityMethod), st.sampled_from([0.6, 1.0, 1.7]))
def test_modularities_are_those_of_the_definitions(
    ties: set[tuple[str, str]], method: CommunityMethod, resolution: float
) -> None:
    two_mode = TwoMode.from_ties(ties)
    result = communities(two_mode, method=method, trials=3, resolution=resolution)
    parts = parts_of(result)
    assert sorted(node for part in parts for node in part) == sorted(node.id for node in two_mode.nodes)
    newman = nx.community.modularity(two_mode.to_networkx(), parts, resolution=resolution)
    assert result.modularity == pytest.approx(newman, abs=1e-12)
    assert result.two_mode_modularity == pytest.approx(barber_modularity(two_mode, parts, resolution), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(tie_sets, st.integers(0, 3))
def test_brim_never_lowers_the_modularity_of_its_start(ties: set[tuple[str, str]], seed: int) -> None:
    two_mode = TwoMode.from_ties(ties)
    for start, method in (
        (CommunityMethod.LOUVAIN, CommunityMethod.BRIM),
        (CommunityMethod.LEIDEN, CommunityMethod.BRIM_LEIDEN),
    ):
        before, after = (communities(two_mode, method=one, seed=seed, trials=1) for one in (start, method))
        assert (after.two_mode_modularity or 0) >= (before.two_mode_modularity or 0) - 1e-12


@pytest.mark.parametrize("rows", [("1100", "1100", "0110", "0011"), ("1110", "1011", "0101", "0110")])
def test_the_best_partition_is_found(rows: tuple[str, ...]) -> None:
    two_mode = two_mode_from_rows(*rows)
    graph, nodes = two_mode.to_networkx(), [node.id for node in two_mode.nodes]
    newman = max(nx.community.modularity(graph, parts) for parts in partitions(nodes))
    barber = max(barber_modularity(two_mode, parts) for parts in partitions(nodes))
    assert communities(two_mode, method=CommunityMethod.LEIDEN).modularity == pytest.approx(newman)
    assert communities(two_mode, method=CommunityMethod.BRIM).two_mode_modularity == pytest.approx(barber)


def test_the_methods_on_davis() -> None:
    louvain, leiden, brim, brim_leiden = (communities(davis(), method=method) for method in CommunityMethod)
    assert (leiden.modularity or 0) >= (louvain.modularity or 0)
    assert (brim.two_mode_modularity or 0) > (louvain.two_mode_modularity or 0)
    assert brim.stability is not None
    assert brim.stability.modularity[1] == brim.two_mode_modularity
    assert (brim_leiden.two_mode_modularity or 0) >= (leiden.two_mode_modularity or 0)
    assert brim_leiden.citation == f"{brim.citation.partition(' from ')[0]} from {leiden.citation}"
    assert leiden == communities(davis(), method=CommunityMethod.LEIDEN)
    assert leiden.citation.startswith(
        "Leiden (Traag et al. 2019, doi:10.1038/s41598-019-41695-z), graspologic-native 1."
    )


def test_leiden_uses_weights_and_resolution_of_a_projection() -> None:
    projection = project(davis(), NetworkSide.CITIES, ProjectionWeight.NEWMAN)
    coarse, fine = (
        communities(projection, method=CommunityMethod.LEIDEN, resolution=resolution) for resolution in (0.5, 2)
    )
    assert len(coarse.communities) < len(fine.communities)
    expected = nx.community.modularity(projection.to_networkx(), parts_of(fine), resolution=2)
    assert fine.modularity == pytest.approx(expected, rel=1e-12)
    assert fine.two_mode_modularity is None


def test_a_node_without_ties_is_a_community() -> None:
    two_mode = two_mode_from_rows("11000", "11000", "00110", "00110", "00000")
    for method in CommunityMethod:
        assert parts_of(communities(two_mode, method=method)) == [
            {"1", "2", "a", "b"},
            {"3", "4", "c", "d"},
            {"5"},
            {"e"},
        ]


def test_profiles_of_many_communities_need_little_memory() -> None:
    count = 3000
    two_mode = TwoMode.from_ties((f"c{place}", f"n{place}") for place in range(count))
    found = communities(two_mode, method=CommunityMethod.LEIDEN, trials=1)
    tracemalloc.start()
    try:
        profiles = community_profiles(two_mode, found)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert profiles == tuple(CommunityProfile((network,), ()) for _, network in found.communities)
    assert peak < count**2  # bytes: an entry for each community and network would need more


def test_a_method_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AnalysisError, match="BRIM finds communities of a two-mode network") as caught:
        communities(project(davis(), NetworkSide.CITIES), method=CommunityMethod.BRIM)
    assert caught.value.hint == "use louvain or leiden"
    monkeypatch.setitem(sys.modules, "graspologic_native", None)
    with pytest.raises(AnalysisError, match="graspologic-native, which is not installed") as caught:
        communities(davis(), method=CommunityMethod.LEIDEN)
    assert caught.value.hint == "pip install 'citygraph[leiden]', or use louvain"
    with pytest.raises(AnalysisError, match="graspologic-native, which is not installed") as caught:
        communities(davis(), method=CommunityMethod.BRIM_LEIDEN)
    assert caught.value.hint == "pip install 'citygraph[leiden]', or use brim"


@pytest.mark.parametrize("options", [{"resolution": 0}, {"resolution": float("inf")}, {"trials": 0}, {"seed": -1}])
def test_invalid_options(options: dict[str, Any]) -> None:
    with pytest.raises(AnalysisError, match="communities need a positive resolution"):
        communities(davis(), **options)
