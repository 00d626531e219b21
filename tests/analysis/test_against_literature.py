"""Analyses reproduce published figures to all published digits."""

import numpy as np
import pytest

from graph.analysis import TwoMode, centrality, overlaps, project, significance
from graph.analysis.null_models import fdsm, sdsm_approximate
from graph.analysis.projection import SharedPairs
from graph.progress import no_progress
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, NetworkSide, NullModel, ProjectionWeight
from tests.analysis.sample_networks import davis, enumerate_same_degrees, rounded_values, two_mode_from_rows, values

BORGATTI_EVERETT, NETWORKX = CentralityNormalisation.BORGATTI_EVERETT, CentralityNormalisation.NETWORKX


# --- Davis's Southern women: Borgatti and Everett 1997 --------------------------------------------


def test_davis_size() -> None:
    two_mode = davis()
    assert (len(two_mode.cities), len(two_mode.collaborations), two_mode.tie_count) == (18, 14, 89)
    assert not two_mode.lower_bound


@pytest.mark.parametrize("normalisation", [BORGATTI_EVERETT, NETWORKX])
def test_davis_closeness(normalisation: CentralityNormalisation) -> None:
    result = centrality(davis(), CentralityMeasure.CLOSENESS, normalisation)
    women = rounded_values(result, "Evelyn", "Laura", "Sylvia", "Charlotte", "Olivia")
    assert women == (0.800, 0.727, 0.774, 0.600, 0.585)
    assert rounded_values(result, "E6", "E7", "E8", "E9") == (0.688, 0.733, 0.846, 0.786)


def test_davis_betweenness_in_both_normalisations() -> None:
    ucinet = centrality(davis(), CentralityMeasure.BETWEENNESS, BORGATTI_EVERETT)
    assert rounded_values(ucinet, "Evelyn", "Theresa", "Nora", "E8", "E9", digits=4) == (
        0.0972,
        0.0882,
        0.1142,
        0.2460,
        0.2275,
    )
    networkx = centrality(davis(), CentralityMeasure.BETWEENNESS, NETWORKX)
    assert rounded_values(networkx, "Evelyn", "E8", digits=4) == (0.0966, 0.2438)
    raw = values(centrality(davis(), CentralityMeasure.BETWEENNESS, CentralityNormalisation.NONE))
    for name, denominators in (("Evelyn", (442, 445)), ("E8", (448, 452))):
        value = raw[name]
        assert value is not None
        assert value / denominators[0] == pytest.approx(values(ucinet)[name], rel=1e-12)
        assert value / denominators[1] == pytest.approx(values(networkx)[name], rel=1e-12)


def test_davis_dual_eigenvector() -> None:
    result = centrality(davis(), CentralityMeasure.EIGENVECTOR, BORGATTI_EVERETT)
    assert rounded_values(result, "Theresa", "Evelyn", "Brenda", "Laura") == (1.000, 0.903, 0.845, 0.834)  # fmt: skip
    assert rounded_values(result, "E8", "E7", "E9") == (1.000, 0.757, 0.749)


def test_davis_overlap() -> None:
    result = overlaps(davis(), NetworkSide.CITIES)
    rows = {(row.first.id, row.second.id): row for row in result.rows()}
    pair = rows["Evelyn Jefferson", "Theresa Anderson"]
    assert pair.shared == 7
    assert round(pair.jaccard, 4) == 0.7778
    assert pair.overlap == 0.875
    assert round(pair.newman, 4) == 1.4869
    assert len(result) == 139
    assert sum(row.shared for row in rows.values()) == 322


def test_davis_significance() -> None:
    result = significance(davis(), NetworkSide.CITIES, NullModel.HYPERGEOMETRIC)
    rows = {(row.first.id, row.second.id): row for row in result.rows()}
    p = rows["Evelyn Jefferson", "Theresa Anderson"].p
    assert round(p, 4) == 0.0163
    assert p == pytest.approx(49 / 3003, rel=1e-12)
    assert sum(1 for row in rows.values() if row.p <= 0.05) == 17
    assert (result.tests, result.universe) == (153, 14)


# --- Newman 2001, figure 6 ------------------------------------------------------------------------


def test_newman_figure_6() -> None:
    papers = {"p1": "ABCD", "p2": "ABE", "p3": "AB"}
    two_mode = TwoMode.from_ties((author, paper) for paper, authors in papers.items() for author in authors)
    projection = project(two_mode, NetworkSide.CITIES, ProjectionWeight.NEWMAN).to_networkx()
    weights = {f"{one}{other}": data["weight"] for one, other, data in projection.edges(data=True)}
    third = pytest.approx(1 / 3, rel=1e-14)
    assert weights == {
        "AB": pytest.approx(11 / 6, rel=1e-14),
        "AC": third,
        "AD": third,
        "AE": 0.5,
        "BC": third,
        "BD": third,
        "BE": 0.5,
        "CD": third,
    }


# --- Backbone's example ---------------------------------------------------------------------------

EXAMPLE = ("1011", "0100", "1001")


def p_value(null_model: NullModel, **settings: int) -> float:
    (row,) = significance(two_mode_from_rows(*EXAMPLE), NetworkSide.CITIES, null_model, **settings).rows()
    assert (row.first.id, row.second.id, row.shared) == ("1", "3", 2)
    return row.p


def test_backbone_fixed_row() -> None:
    assert p_value(NullModel.HYPERGEOMETRIC) == pytest.approx(0.5, rel=1e-14)


def test_backbone_sdsm() -> None:
    assert round(p_value(NullModel.SDSM_APPROXIMATE), 3) == 0.549
    two_mode = two_mode_from_rows(*EXAMPLE)
    pairs = SharedPairs(
        first=np.array([0, 0, 1]),
        second=np.array([1, 2, 2]),
        count=np.array([0, 2, 0]),
        newman=np.zeros(3),
        degrees=np.array([3, 1, 2]),
    )
    assert [round(p, 3) for p in sdsm_approximate(pairs, two_mode.biadjacency).tolist()] == [0.977, 0.549, 0.972]


def test_sdsm_by_hand() -> None:
    # Tie probabilities, in two columns each: .8972 and .6028 for row "1", .7057 and .2943 for row "3".
    twice, once = 0.89716704 * 0.70566592, 0.60283296 * 0.29433408
    none = (1 - twice) ** 2 * (1 - once) ** 2
    one = 2 * twice * (1 - twice) * (1 - once) ** 2 + 2 * once * (1 - once) * (1 - twice) ** 2
    assert p_value(NullModel.SDSM) == pytest.approx(1 - none - one, abs=1e-7)


def test_backbone_fdsm_by_enumeration_and_by_sampling() -> None:
    matrices = enumerate_same_degrees(*EXAMPLE)
    exceedances = sum(
        1 for matrix in matrices if sum(a == b == "1" for a, b in zip(matrix[0], matrix[2], strict=True)) >= 2
    )
    assert exceedances / len(matrices) == 0.25
    for seed in range(3):
        assert p_value(NullModel.FDSM, seed=seed, trials=1000) == pytest.approx(0.25, abs=0.055)


def test_fdsm_samples_all_matrices_uniformly() -> None:
    rows = ("1100", "1010", "0111")
    matrices = enumerate_same_degrees(*rows)
    two_mode = two_mode_from_rows(*rows)
    pairs = SharedPairs(
        first=np.array([0, 0, 1]),
        second=np.array([1, 2, 2]),
        count=np.array([1, 1, 2]),
        newman=np.zeros(3),
        degrees=np.array([2, 2, 3]),
    )
    sampled = fdsm(pairs, two_mode.biadjacency, seed=7, trials=4000, on_progress=no_progress)

    def exact(first: int, second: int, minimum: int) -> float:
        shared = [sum(a == b == "1" for a, b in zip(matrix[first], matrix[second], strict=True)) for matrix in matrices]
        return sum(count >= minimum for count in shared) / len(matrices)

    assert sampled.tolist() == pytest.approx([exact(0, 1, 1), exact(0, 2, 1), exact(1, 2, 2)], abs=0.03)
