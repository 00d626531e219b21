"""Weights of membership grades: comparison with NetworkX and with sums over the shared nodes."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import networkx as nx
import numpy as np
import pytest

from graph.analysis import Centrality, Snapshot, SnapshotReader, TwoMode, centrality, centrality_on, project
from graph.analysis.roster import read_roster
from graph.analysis.time_series import weigh
from graph.analysis.two_mode import TieFacts
from graph.store import Store
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    MembershipGrade,
    NetworkSide,
    ProjectionWeight,
)
from tests.analysis.sample_networks import davis
from tests.questions.graph_builder import SmallGraph
from tests.questions.helpers import SINCE_2020

EXACT = {"rel": 1e-9, "abs": 1e-12}


def graded(seed: int = 0) -> TwoMode:
    """Return Davis's women as members with random grades, some of them unknown, and random founders and hosts."""
    two_mode, rng = davis(), Random(seed)
    grades = [rng.choice([*MembershipGrade.__members__, None]) for _ in range(two_mode.tie_count)]
    texts, days = np.full(two_mode.tie_count, None, dtype=object), np.ones(two_mode.tie_count, dtype=np.int64)
    roles = [np.array([rng.random() < 0.2 for _ in grades], dtype=bool) for _ in ("founder", "host")]
    facts = TieFacts(texts, np.array(grades, dtype=object), *roles, *(days,) * 4, texts, texts, texts)
    return replace(two_mode, facts=facts)


def values(result: Centrality) -> dict[str, float | None]:
    return {score.node.id: score.value for score in result.scores}


def weights(two_mode: TwoMode) -> nx.Graph:
    """Return the network with the weight of each tie, by a table of its own."""
    limited = dict.fromkeys(("OBSERVER", "CANDIDATE", "PARTNER", "ASSOCIATE"), 1)
    table = limited | {"PARTICIPANT": 2, "FULL": 2, "PRIVILEGED": 3}
    graph = two_mode.to_networkx()
    for _, _, data in graph.edges(data=True):
        data["weight"] = table.get(data.get("grade"), 2) + data.get("founder", 0) + 2 * data.get("host", 0)
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


WEIGHTS = {
    "observer": (1, {"grade": "OBSERVER"}),
    "full": (2, {"grade": "FULL"}),
    "privileged": (3, {"grade": "PRIVILEGED"}),
    "founding": (3, {"grade": "FULL", "founder": True}),
    "hosting": (4, {"grade": "FULL", "host": True}),
    "observing-host": (3, {"grade": "OBSERVER", "host": True, "founder": False}),
    "first": (6, {"grade": "PRIVILEGED", "founder": True, "host": True}),
    "unknown": (2, {}),
    "unknown-founder": (3, {"founder": True}),
}


async def test_weights_of_stored_memberships(empty_store: Store) -> None:
    """All weights are read from the database: observer 1, full 2, privileged 3, founder 1 more, host 2 more."""
    graph = SmallGraph()
    graph.network("net")
    for slug, (_, facts) in WEIGHTS.items():
        graph.node(f"City:{slug}")
        graph.member(slug, "net", {**SINCE_2020, **facts})
    await graph.write(empty_store)
    snapshot = await SnapshotReader(empty_store).current()
    on = date(2024, 6, 1)
    strengths = values(weighted_strengths(snapshot, on))
    assert strengths == {f"City:{slug}": weight for slug, (weight, _) in WEIGHTS.items()} | {"Network:net": 27}
    ties = snapshot.two_mode(on).to_networkx().edges
    for slug, (_, facts) in WEIGHTS.items():
        stated = ties[f"City:{slug}", "Network:net"]
        known = {name: value for name, value in facts.items() if value is not False}
        assert {name: stated[name] for name in ("grade", "founder", "host") if name in stated} == known


def weighted_strengths(snapshot: Snapshot, on: date) -> Centrality:
    return centrality_on(
        snapshot,
        on,
        CentralityMeasure.STRENGTH,
        CentralityNormalisation.NONE,
        weight=ProjectionWeight.GRADE,
    )


def test_weights_of_a_roster(tmp_path: Path) -> None:
    table = tmp_path / "roster.csv"
    table.write_text(
        "city,network,grade,founder,host\na,n,observer,,\nb,n,full,yes,no\nc,n,privileged,1,TRUE\nd,n,,,yes\n",
        encoding="utf-8",
    )
    strengths = values(weighted_strengths(read_roster(table), date(2024, 6, 1)))
    assert strengths == {"City:a": 1, "City:b": 3, "City:c": 6, "City:d": 4, "Network:n": 14}
