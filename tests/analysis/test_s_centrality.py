"""s-line graphs and s-centrality, against graphs built from the definition."""

from itertools import combinations

import networkx as nx
import pytest

from graph.analysis import centrality, project
from graph.errors import AnalysisError
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, NetworkSide
from tests.analysis.sample_networks import davis


@pytest.mark.parametrize("s", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("side", list(NetworkSide))
def test_s_line_graph_of_the_southern_women(s: int, side: NetworkSide) -> None:
    two_mode = davis()
    whole = two_mode.to_networkx()
    ids = [node.id for node in two_mode.nodes_of(side)]
    expected: nx.Graph = nx.Graph()
    expected.add_nodes_from(ids)
    for one, other in combinations(ids, 2):
        shared = set(whole[one]) & set(whole[other])
        if len(shared) >= s:
            expected.add_edge(one, other, shared=len(shared))

    found = project(two_mode, side, least_shared=s)

    drawn = found.to_networkx()
    assert {frozenset(ends) for ends in drawn.edges} == {frozenset(ends) for ends in expected.edges}
    for measure, values in (
        (CentralityMeasure.BETWEENNESS, nx.betweenness_centrality(expected)),
        (CentralityMeasure.HARMONIC, dict(nx.harmonic_centrality(expected))),
        (CentralityMeasure.DEGREE, dict(expected.degree)),
    ):
        plain = measure is not CentralityMeasure.BETWEENNESS
        normalisation = CentralityNormalisation.NONE if plain else CentralityNormalisation.NETWORKX
        scores = centrality(found, measure, normalisation).scores
        assert {score.node.id: score.value for score in scores} == pytest.approx(values)


def test_refuses_to_tie_everything() -> None:
    with pytest.raises(AnalysisError, match="shared: 0 is less than 1"):
        project(davis(), NetworkSide.CITIES, least_shared=0)
