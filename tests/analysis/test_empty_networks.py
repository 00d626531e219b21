"""Edge cases: empty networks, isolates, disconnected components and incomplete rosters."""

from importlib import import_module

import numpy as np
import pytest

from graph.analysis import (
    Node,
    Projection,
    TwoMode,
    centrality,
    communities,
    definition,
    definitions,
    overlaps,
    project,
    significance,
    summarize,
)
from graph.errors import AnalysisError
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, NetworkSide, NullModel, ProjectionWeight

NOTHING = TwoMode.from_ties([])
ALONE = TwoMode.from_ties([], cities=["a", "b"], collaborations=["x"])
CITIES_ONLY = TwoMode.from_ties([], cities=["a", "b"])
ONE_TIE = TwoMode.from_ties([("a", "x")])
PARTS = TwoMode.from_ties([("a", "x"), ("b", "x"), ("c", "y"), ("d", "y")], cities=["e"])
SMALL = {"nothing": NOTHING, "alone": ALONE, "cities": CITIES_ONLY, "one tie": ONE_TIE, "parts": PARTS}


@pytest.mark.parametrize("name", SMALL)
def test_every_measure_of_every_small_network(name: str) -> None:
    two_mode = SMALL[name]
    networks: list[TwoMode | Projection] = [two_mode]
    networks += [project(two_mode, side, weight) for side in NetworkSide for weight in ProjectionWeight]
    for graph in networks:
        for entry in definitions(two_mode=isinstance(graph, TwoMode)):
            result = centrality(graph, entry.measure, entry.normalisation)
            assert [score.node for score in result.scores] == list(graph.nodes)
            unknown = any(score.value is None for score in result.scores)
            assert bool(result.reason) == (unknown or not graph.nodes), (entry.measure, result)
        assert summarize(graph).nodes == len(graph.nodes)
        assert sum(len(part) for part in communities(graph).communities) == len(graph.nodes)
    for side in NetworkSide:
        assert len(overlaps(two_mode, side)) == (2 if two_mode is PARTS and side is NetworkSide.CITIES else 0)
        for null_model in NullModel:
            assert len(list(significance(two_mode, side, null_model).rows())) == len(overlaps(two_mode, side))


def test_empty_network_reasons() -> None:
    assert summarize(NOTHING).reason == "no ties were given"
    assert summarize(NOTHING).density is None
    assert summarize(NOTHING).diameter is None
    assert summarize(NOTHING).components == ()
    assert summarize(ALONE).components == (1, 1, 1)
    assert summarize(ALONE).density == 0
    assert summarize(project(ALONE, NetworkSide.CITIES)).reason == "no two nodes share a neighbour"
    assert centrality(NOTHING, CentralityMeasure.DEGREE).reason == "the network has no nodes"


def test_disconnected_networks() -> None:
    vector = centrality(PARTS, CentralityMeasure.EIGENVECTOR)
    assert vector.reason == "two components of the network have the same largest eigenvalue"
    assert centrality(ALONE, CentralityMeasure.EIGENVECTOR).reason == "the network has no ties"


@pytest.mark.parametrize("normalisation", CentralityNormalisation)
def test_closeness_is_compared_within_the_largest_component(normalisation: CentralityNormalisation) -> None:
    ties = [*((city, "x") for city in "abc"), ("c", "y"), ("d", "y"), ("e", "z")]
    result = centrality(TwoMode.from_ties(ties), CentralityMeasure.CLOSENESS, normalisation)
    assert (
        result.reason == "closeness is compared only within the largest component; HARMONIC is defined for every node"
    )
    scale = 1 if normalisation is CentralityNormalisation.NONE else 8  # 2 networks and 2 · 3 for the other cities
    # From c: the networks x and y in 1 step, and a, b and d in 2.
    found = {score.node.id: score.value for score in result.scores if score.node.mode == "City"}
    assert found == {
        "a": pytest.approx(scale / 12),
        "b": pytest.approx(scale / 12),
        "c": pytest.approx(scale / 8),
        "d": pytest.approx(scale / 14),
        "e": None,
    }
    assert [score.node.id for score in result.ranking("City")] == list("cabde")


def test_components_of_equal_size_are_computed_by_themselves() -> None:
    values = {score.node.id: score.value for score in centrality(PARTS, CentralityMeasure.CLOSENESS).scores}
    assert values == {"x": 1, "y": 1, "e": None} | dict.fromkeys("abcd", 1)


def test_solver_rounding_does_not_affect_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    # Outside the component of the largest eigenvalue, solvers return about 1e-17 instead of zero.
    module = import_module("graph.analysis.centrality")
    vector, pair, hits = module.leading_eigenvector, module.leading_singular_vectors, module.hits
    monkeypatch.setattr(module, "leading_eigenvector", lambda matrix: noisy(vector(matrix)))
    monkeypatch.setattr(module, "leading_singular_vectors", lambda biadjacency: tuple(map(noisy, pair(biadjacency))))
    monkeypatch.setattr(module, "hits", lambda matrix, one_mode: noisy(hits(matrix, one_mode=one_mode)))
    two_mode = TwoMode.from_ties([("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"), ("e", "y"), ("f", "z")])
    for graph in (two_mode, project(two_mode, NetworkSide.CITIES)):
        for measure in (CentralityMeasure.EIGENVECTOR, CentralityMeasure.HITS):
            result = {score.node.id: (score.value, score.rank) for score in centrality(graph, measure).scores}
            assert [result[city] for city in "def"] == [(0.0, 4)] * 3
            assert [result[city][1] for city in "abc"] == [1, 1, 1]


def noisy(vector: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return vector + 1e-17 * np.arange(len(vector))


def test_ranks_are_per_mode_and_shared_by_equal_values() -> None:
    two_mode = TwoMode.from_ties([("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), ("c", "y"), ("d", "y")])
    result = centrality(two_mode, CentralityMeasure.DEGREE, CentralityNormalisation.NONE)
    assert [(score.node.id, score.rank) for score in result.ranking("City")] == [("a", 1), ("c", 1), ("b", 3), ("d", 3)]
    assert [(score.node.id, score.rank) for score in result.ranking("Network")] == [("x", 1), ("y", 1)]


def test_definitions_are_complete() -> None:
    for two_mode in (True, False):
        for entry in definitions(two_mode=two_mode):
            assert entry.formula
            assert entry.scale
            assert entry.reference.startswith("10.")
            assert entry.scale_reference.startswith("10.")
    both = {
        entry.measure
        for entry in definitions(two_mode=True)
        if entry.normalisation is CentralityNormalisation.BORGATTI_EVERETT
    }
    assert both == {
        CentralityMeasure.DEGREE,
        CentralityMeasure.BETWEENNESS,
        CentralityMeasure.CLOSENESS,
        CentralityMeasure.EIGENVECTOR,
    }
    with pytest.raises(
        AnalysisError, match="betweenness in a projection has no such normalisation; use one of none, networkx"
    ):
        definition(CentralityMeasure.BETWEENNESS, CentralityNormalisation.BORGATTI_EVERETT, two_mode=False)


def test_partial_rosters() -> None:
    complete, partial = (
        Node("x", "X", "Network", members_complete=True),
        Node("y", "Y", "Network", members_complete=False),
    )
    other = Node("z", "Z", "Network", members_complete=True)
    ties = [(city, network) for city in "abc" for network in "xyz"] + [("d", "x")]
    two_mode = TwoMode.from_ties(ties, collaborations=[complete, partial, other])
    assert two_mode.lower_bound
    assert centrality(two_mode, CentralityMeasure.DEGREE).lower_bound
    assert summarize(two_mode).lower_bound
    assert project(two_mode, NetworkSide.CITIES).lower_bound
    bounds = {
        (row.first.id, row.second.id): row.lower_bound for row in overlaps(two_mode, NetworkSide.COLLABORATIONS).rows()
    }
    assert bounds == {("x", "y"): True, ("x", "z"): False, ("y", "z"): True}
    assert all(row.lower_bound for row in overlaps(two_mode, NetworkSide.CITIES).rows())

    result = significance(two_mode, NetworkSide.COLLABORATIONS, NullModel.HYPERGEOMETRIC)
    found = {(row.first.id, row.second.id): (row.p, row.adjusted, row.conditional) for row in result.rows()}
    # All four cities are in x, so its overlaps have only one possible value.
    assert found == {
        ("x", "y"): (1.0, 1.0, True),
        ("x", "z"): (1.0, 1.0, False),
        ("y", "z"): (pytest.approx(0.25), pytest.approx(0.75), True),
    }
    assert result.tests == 3
    for null_model in NullModel:
        for side in NetworkSide:
            rows = significance(two_mode, side, null_model, trials=5).rows()
            by_rosters = null_model is NullModel.HYPERGEOMETRIC and side is NetworkSide.COLLABORATIONS
            assert {row.conditional for row in rows} == ({True, False} if by_rosters else {True})


def test_invalid_arguments_are_rejected() -> None:
    with pytest.raises(AnalysisError, match="trials: 0 is less than 1"):
        significance(PARTS, NetworkSide.CITIES, NullModel.FDSM, trials=0)
    with pytest.raises(AnalysisError, match="positive resolution"):
        communities(PARTS, resolution=0)
