"""P values against counting, against each other, and their correction."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import NullModel, Side, TwoMode, overlaps, significance
from graph.analysis.bicm import tie_probabilities
from graph.analysis.significance import adjust_p_values
from tests.analysis.sample_networks import davis

tie_sets = st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("stuvwxyz")), min_size=1)


@settings(max_examples=60, deadline=None)
@given(tie_sets)
def test_hypergeometric_counts(ties: set[tuple[str, str]]) -> None:
    two_mode = TwoMode.from_ties(ties)
    found = significance(two_mode, Side.CITIES)
    held = {city: {other for each, other in ties if each == city} for city, _ in ties}
    universe = len({other for _, other in ties})
    for row in found.rows():
        one, other = len(held[row.first.id]), len(held[row.second.id])
        ways = sum(
            comb(one, shared) * comb(universe - one, other - shared)
            for shared in range(row.shared, min(one, other) + 1)
        )
        assert row.p == pytest.approx(ways / comb(universe, other), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(tie_sets)
def test_chances_keep_the_degrees_on_average(ties: set[tuple[str, str]]) -> None:
    two_mode = TwoMode.from_ties(ties)
    rows, columns = two_mode.biadjacency.row_counts, two_mode.biadjacency_from(Side.COLLABORATIONS).row_counts
    ones = np.ones(len(rows), dtype=np.int64), np.ones(len(columns), dtype=np.int64)
    chances = tie_probabilities(rows, ones[0], columns, ones[1])
    assert ((chances >= 0) & (chances <= 1)).all()
    assert chances.sum(axis=1) == pytest.approx(rows, abs=1e-5)
    assert chances.sum(axis=0) == pytest.approx(columns, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(tie_sets, st.sampled_from(NullModel))
def test_laws(ties: set[tuple[str, str]], chance: NullModel) -> None:
    two_mode = TwoMode.from_ties(ties)
    for side in Side:
        found = list(significance(two_mode, side, chance, trials=20).rows())
        assert [(row.first, row.second, row.shared) for row in found] == [
            (row.first, row.second, row.shared) for row in overlaps(two_mode, side).rows()
        ]
        for row in found:
            assert row.p is not None
            assert row.adjusted is not None
            assert 0 <= row.p <= row.adjusted <= 1


def test_the_models_agree_on_davis_within_what_they_are() -> None:
    exact = significance(davis(), Side.CITIES, NullModel.SDSM_EXACT)
    near = significance(davis(), Side.CITIES, NullModel.SDSM)
    assert np.abs(exact.p - near.p).max() < 0.03
    sampled = significance(davis(), Side.CITIES, NullModel.FDSM, seed=5, trials=400)
    again = significance(davis(), Side.CITIES, NullModel.FDSM, seed=5, trials=400)
    assert (sampled.p == again.p).all()
    assert (sampled.seed, sampled.trials) == (5, 400)
    assert (exact.seed, exact.trials) == (None, None)
    # Fixed and average degrees rank the pairs nearly alike.
    assert np.corrcoef(sampled.p, exact.p)[0, 1] > 0.97


def test_correction_by_hand() -> None:
    p = np.array([0.01, 0.04, np.nan, 0.03, 0.5])
    # Of ten tests, six with p = 1: 0.01 · 10/1; 0.03 · 10/2 and 0.04 · 10/3, the smaller of what follows; 0.5 · 10/4.
    assert adjust_p_values(p, 10).tolist() == pytest.approx([0.1, 0.4 / 3, np.nan, 0.4 / 3, 1.0], nan_ok=True)
