"""The measures agree with NetworkX's own, on networks with isolates and several parts too."""

import random
from collections.abc import Callable

import networkx as nx
import pytest

from graph.analysis import (
    Measure,
    Normalisation,
    Projection,
    Side,
    TwoMode,
    Weight,
    centrality,
    communities,
    project,
    summarize,
)
from tests.analysis.sample_networks import davis

Values = dict[str, float]
EXACT = {"rel": 1e-9, "abs": 1e-9}


def drawn(seed: int, cities: int = 40, others: int = 12, ties: int = 90) -> TwoMode:
    """A network in one or several parts, with isolates on both sides."""
    chance = random.Random(seed)
    names, columns = [f"c{place:02}" for place in range(cities)], [f"n{place:02}" for place in range(others)]
    pairs = {(chance.choice(names[:-3]), chance.choice(columns[:-2])) for _ in range(ties)}
    return TwoMode.from_ties(pairs, cities=names, collaborations=columns)


NETWORKS = {"davis": davis(), "dense": drawn(1), "sparse": drawn(2, ties=25), "sparser": drawn(3, ties=9)}


def values(of: TwoMode | Projection, measure: Measure, normalisation: Normalisation = Normalisation.NETWORKX) -> Values:
    found = centrality(of, measure, normalisation)
    return {score.node.id: score.value for score in found.scores if score.value is not None}


def cities(two_mode: TwoMode) -> list[str]:
    return [each.id for each in two_mode.cities]


TWO_MODE: dict[tuple[Measure, Normalisation], Callable[[nx.Graph, list[str]], Values]] = {
    (Measure.DEGREE, Normalisation.NETWORKX): nx.bipartite.degree_centrality,
    (Measure.DEGREE, Normalisation.NONE): lambda graph, _: dict(graph.degree),
    (Measure.STRENGTH, Normalisation.NONE): lambda graph, _: dict(graph.degree),
    (Measure.BETWEENNESS, Normalisation.NETWORKX): nx.bipartite.betweenness_centrality,
    (Measure.BETWEENNESS, Normalisation.NONE): lambda graph, _: nx.betweenness_centrality(graph, normalized=False),
    (Measure.CLOSENESS, Normalisation.NETWORKX): nx.bipartite.closeness_centrality,
    (Measure.HARMONIC, Normalisation.NONE): lambda graph, _: nx.harmonic_centrality(graph),
    (Measure.PAGERANK, Normalisation.NONE): lambda graph, _: nx.pagerank(graph, tol=1e-16, max_iter=10_000),
    (Measure.K_CORE, Normalisation.NONE): lambda graph, _: nx.core_number(graph),
    (Measure.CONSTRAINT, Normalisation.NONE): lambda graph, _: nx.constraint(graph),
    (Measure.EFFECTIVE_SIZE, Normalisation.NONE): lambda graph, _: nx.effective_size(graph),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("measure", TWO_MODE, ids=lambda each: f"{each[0].name}-{each[1].name}")
def test_two_mode(network: str, measure: tuple[Measure, Normalisation]) -> None:
    two_mode = NETWORKS[network]
    expected = TWO_MODE[measure](two_mode.to_networkx(), cities(two_mode))
    defined = {node: value for node, value in expected.items() if value == value}
    assert values(two_mode, *measure) == pytest.approx(defined, **EXACT)


ONE_MODE: dict[Measure, Callable[[nx.Graph], Values]] = {
    Measure.DEGREE: nx.degree_centrality,
    Measure.STRENGTH: lambda graph: dict(graph.degree(weight="weight")),
    Measure.BETWEENNESS: nx.betweenness_centrality,
    Measure.CLOSENESS: nx.closeness_centrality,
    Measure.HARMONIC: nx.harmonic_centrality,
    Measure.PAGERANK: lambda graph: nx.pagerank(graph, tol=1e-16, max_iter=10_000),
    Measure.K_CORE: nx.core_number,
    Measure.CONSTRAINT: lambda graph: nx.constraint(graph, weight="weight"),
    # With `nodes`, NetworkX follows the definition; see test_trap_networkx_scales_effective_size_by_the_wrong_end.
    Measure.EFFECTIVE_SIZE: lambda graph: nx.effective_size(graph, nodes=list(graph), weight="weight"),
}


@pytest.mark.parametrize("weight", Weight, ids=lambda each: each.name)
@pytest.mark.parametrize("measure", ONE_MODE, ids=lambda each: each.name)
def test_projections(measure: Measure, weight: Weight) -> None:
    for two_mode in NETWORKS.values():
        for side in Side:
            projection = project(two_mode, side, weight)
            expected = ONE_MODE[measure](projection.to_networkx())
            defined = {node: value for node, value in expected.items() if value == value}
            assert values(projection, measure) == pytest.approx(defined, **EXACT)


@pytest.mark.parametrize("side", Side, ids=lambda each: each.name)
def test_eigenvector_and_hits(side: Side) -> None:
    two_mode = davis()
    projection = project(two_mode, side)
    theirs = nx.eigenvector_centrality(projection.to_networkx(), weight="weight", tol=1e-15, max_iter=10_000)
    assert values(projection, Measure.EIGENVECTOR) == pytest.approx(theirs, abs=1e-12)
    total = sum(theirs.values())
    assert values(projection, Measure.HITS) == pytest.approx(
        {node: value / total for node, value in theirs.items()}, abs=1e-12
    )
    of_both = nx.eigenvector_centrality(two_mode.to_networkx(), tol=1e-15, max_iter=10_000)
    assert values(two_mode, Measure.EIGENVECTOR) == pytest.approx(of_both, abs=1e-12)


def test_hits_of_a_two_mode_network_are_those_of_its_ties_as_links() -> None:
    two_mode = davis()
    links = nx.DiGraph(
        (two_mode.cities[city].id, two_mode.collaborations[other].id) for city, other, _ in two_mode.iter_ties()
    )
    hubs, authorities = nx.hits(links, tol=1e-15, max_iter=10_000)
    expected = {node: hubs[node] + authorities[node] for node in links}
    assert values(two_mode, Measure.HITS) == pytest.approx(expected, abs=1e-12)


def test_the_weights_of_projections() -> None:
    two_mode = NETWORKS["dense"]
    for side in Side:
        names = [each.id for each in two_mode.nodes_of(side)]
        theirs = {
            Weight.COUNT: nx.bipartite.weighted_projected_graph(two_mode.to_networkx(), names),
            Weight.JACCARD: nx.bipartite.overlap_weighted_projected_graph(two_mode.to_networkx(), names, jaccard=True),
            Weight.OVERLAP: nx.bipartite.overlap_weighted_projected_graph(two_mode.to_networkx(), names, jaccard=False),
            Weight.NEWMAN: nx.bipartite.collaboration_weighted_projected_graph(two_mode.to_networkx(), names),
        }
        for weight, expected in theirs.items():
            ours = project(two_mode, side, weight).to_networkx()
            assert set(ours) == set(expected)
            assert {frozenset(ends): value for *ends, value in ours.edges(data="weight")} == pytest.approx(
                {frozenset(ends): value for *ends, value in expected.edges(data="weight")}, **EXACT
            )
        counts = theirs[Weight.COUNT]
        degrees = dict(two_mode.to_networkx().degree)
        for one, other, value in project(two_mode, side, Weight.COSINE).to_networkx().edges(data="weight"):
            assert value == pytest.approx(counts[one][other]["weight"] / (degrees[one] * degrees[other]) ** 0.5)


@pytest.mark.parametrize("network", NETWORKS)
def test_structure(network: str) -> None:
    two_mode = NETWORKS[network]
    graph, found = two_mode.to_networkx(), summarize(two_mode)
    parts = sorted((len(each) for each in nx.connected_components(graph)), reverse=True)
    assert found.components == tuple(parts)
    assert found.is_connected == nx.is_connected(graph)
    assert found.density == pytest.approx(nx.bipartite.density(graph, cities(two_mode)), rel=1e-12)
    lengths = [
        length for _, reached in nx.all_pairs_shortest_path_length(graph) for length in reached.values() if length
    ]
    assert found.diameter == max(lengths)
    assert found.mean_distance == pytest.approx(sum(lengths) / len(lengths), rel=1e-12)
    assert {each.id for each in found.articulation_points} == set(nx.articulation_points(graph))
    assert {frozenset((a.id, b.id)) for a, b in found.bridges} == {frozenset(each) for each in nx.bridges(graph)}
    assert found.assortativity == pytest.approx(nx.degree_assortativity_coefficient(graph), rel=1e-9)
    for side, degrees in found.degrees.items():
        of_side = sorted(graph.degree[each.id] for each in two_mode.nodes_of(side))
        assert [degree for degree, count in degrees.counts for _ in range(count)] == of_side
        assert degrees.mean == pytest.approx(sum(of_side) / len(of_side))


def test_structure_of_a_projection() -> None:
    projection = project(NETWORKS["dense"], Side.CITIES)
    graph, found = projection.to_networkx(), summarize(projection)
    assert (found.nodes, found.ties) == (len(graph), graph.number_of_edges())
    assert found.density == pytest.approx(nx.density(graph), rel=1e-12)
    assert found.two_mode_assortativity is None


def test_communities_and_their_modularity() -> None:
    two_mode = NETWORKS["dense"]
    for of in (two_mode, project(two_mode, Side.CITIES, Weight.JACCARD)):
        found = communities(of, seed=3, trials=4)
        graph = of.to_networkx()
        parts = [{each.id for each in nodes} for nodes in found.communities]
        assert sorted(node for part in parts for node in part) == sorted(graph)
        assert [len(each) for each in parts] == sorted((len(each) for each in parts), reverse=True)
        assert found.modularity == pytest.approx(nx.community.modularity(graph, parts), rel=1e-12)
        assert found.stability is not None
        assert found.stability.seeds == (3, 4, 5, 6)
        assert found.stability.modularity[0] <= found.modularity <= found.stability.modularity[1]
        assert found == communities(of, seed=3, trials=4)


def test_two_clear_communities_are_found_by_every_seed() -> None:
    ties = [(f"{part}{city}", f"{part}-{other}") for part in "ab" for city in range(4) for other in range(3)]
    found = communities(TwoMode.from_ties(ties))
    assert [len(each) for each in found.communities] == [7, 7]
    # Barber: each part holds half of the ties, 1 − 2 · ½ · ½.
    assert (found.modularity, found.two_mode_modularity) == (0.5, 0.5)
    assert found.stability is not None
    assert (found.stability.agreement, found.stability.counts) == (1.0, (2, 2))
    assert set(found.community_of().values()) == {1, 2}


def test_trap_networkx_scales_effective_size_by_the_wrong_end() -> None:
    # NetworkX 3.6.1 without `nodes`, and with weights, divides by the largest weight of the wrong node. When this
    # test fails, it no longer does, and the one above may ask for all nodes at once.
    graph = project(davis(), Side.CITIES).to_networkx()
    by_matrix = nx.effective_size(graph, weight="weight")["Evelyn Jefferson"]
    by_definition = nx.effective_size(graph, nodes=["Evelyn Jefferson"], weight="weight")["Evelyn Jefferson"]
    assert (round(by_matrix, 4), round(by_definition, 4)) == (9.6, 8.7745)
