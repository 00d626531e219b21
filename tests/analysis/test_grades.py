"""Weights of membership grades: comparison with NetworkX and with sums over the shared nodes."""

from dataclasses import replace
from random import Random

import networkx as nx
import numpy as np
import pytest

from graph.analysis import Centrality, TwoMode, centrality, project
from graph.analysis.time_series import weigh
from graph.analysis.two_mode import TieFacts
from graph.vocabulary import CentralityMeasure, MembershipGrade, NetworkSide, ProjectionWeight
from tests.analysis.sample_networks import davis

EXACT = {"rel": 1e-9, "abs": 1e-12}


def graded(seed: int = 0) -> TwoMode:
    """Return Davis's women as members with random grades, some of them unknown."""
    two_mode, rng = davis(), Random(seed)
    grades = [rng.choice([*MembershipGrade.__members__, None]) for _ in range(two_mode.tie_count)]
    texts, days = np.full(two_mode.tie_count, None, dtype=object), np.ones(two_mode.tie_count, dtype=np.int64)
    facts = TieFacts(texts, np.array(grades, dtype=object), *(days,) * 4, texts, texts, texts)
    return replace(two_mode, facts=facts)


def values(result: Centrality) -> dict[str, float | None]:
    return {score.node.id: score.value for score in result.scores}


def weights(two_mode: TwoMode) -> nx.Graph:
    """Return the network with the weight of each tie, by a table of its own."""
    table = {"OBSERVER": 1, "CANDIDATE": 1, "PARTNER": 1, "ASSOCIATE": 1, "PARTICIPANT": 2, "FULL": 2, "FOUNDER": 3}
    graph = two_mode.to_networkx()
    for _, _, data in graph.edges(data=True):
        data["weight"] = table.get(data.get("grade"), 2)
    return graph


def test_measures_of_the_two_mode_network() -> None:
    two_mode = graded()
    graph = weights(two_mode)
    weighted = weigh(two_mode, None, ProjectionWeight.GRADE)

    def scores(measure: CentralityMeasure) -> dict[str, float | None]:
        return values(centrality(weighted, measure))

    assert scores(CentralityMeasure.STRENGTH) == dict(graph.degree(weight="weight"))
    assert scores(CentralityMeasure.PAGERANK) == pytest.approx(nx.pagerank(graph, tol=1e-15, max_iter=5000), **EXACT)
    eigenvector = nx.eigenvector_centrality_numpy(graph, weight="weight")
    sign = 1 if sum(eigenvector.values()) > 0 else -1
    assert scores(CentralityMeasure.EIGENVECTOR) == pytest.approx(
        {node: sign * value for node, value in eigenvector.items()}, **EXACT
    )
    assert scores(CentralityMeasure.CONSTRAINT) == pytest.approx(nx.constraint(graph, weight="weight"), **EXACT)
    for measure in (CentralityMeasure.DEGREE, CentralityMeasure.BETWEENNESS, CentralityMeasure.HARMONIC):
        assert scores(measure) == values(centrality(two_mode, measure))


def test_other_weights_do_not_change_the_two_mode_network() -> None:
    two_mode = graded()
    for weight in set(ProjectionWeight) - {ProjectionWeight.GRADE}:
        strengths = values(centrality(weigh(two_mode, None, weight), CentralityMeasure.STRENGTH))
        assert strengths == dict(two_mode.to_networkx().degree)


@pytest.mark.parametrize("side", NetworkSide)
@pytest.mark.parametrize("least_shared", [1, 3])
def test_projection_sums_the_lower_weights(side: NetworkSide, least_shared: int) -> None:
    two_mode = graded(seed=4)
    graph = weights(two_mode)
    projection = project(two_mode, side, ProjectionWeight.GRADE, least_shared=least_shared).to_networkx()
    ids = [node.id for node in two_mode.nodes_of(side)]
    expected = {}
    for index, first in enumerate(ids):
        for second in ids[index + 1 :]:
            shared = set(graph[first]) & set(graph[second])
            if len(shared) >= least_shared:
                lower = (min(graph[first][node]["weight"], graph[second][node]["weight"]) for node in shared)
                expected[frozenset((first, second))] = sum(lower)
    assert {frozenset(ends): value for *ends, value in projection.edges(data="weight")} == expected


def test_unknown_grades_count_as_full_memberships() -> None:
    two_mode = graded()
    unknown = sum("grade" not in data for *_, data in two_mode.to_networkx().edges(data=True))
    assert two_mode.unknown_grades == unknown > 0
    assert davis().unknown_grades == davis().tie_count
    assert set(davis().grade_weights.tolist()) == {2.0}
