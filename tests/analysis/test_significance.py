"""P values: comparison with exact counts and between null models, and the correction for multiple tests."""

from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import product
from math import comb, fsum, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import TwoMode, overlaps, significance
from graph.analysis.bicm import tie_probabilities
from graph.analysis.significance import adjust_p_values
from graph.vocabulary import NetworkSide, NullModel
from tests.analysis.sample_networks import davis

tie_sets = st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("stuvwxyz")), min_size=1)


@settings(max_examples=60, deadline=None)
@given(tie_sets)
def test_hypergeometric_equals_exact_count(ties: set[tuple[str, str]]) -> None:
    two_mode = TwoMode.from_ties(ties)
    result = significance(two_mode, NetworkSide.CITIES, NullModel.HYPERGEOMETRIC)
    neighbours = {city: {other for member, other in ties if member == city} for city, _ in ties}
    universe = len({other for _, other in ties})
    for row in result.rows():
        one, other = len(neighbours[row.first.id]), len(neighbours[row.second.id])
        ways = sum(
            comb(one, shared) * comb(universe - one, other - shared)
            for shared in range(row.shared, min(one, other) + 1)
        )
        assert row.p == pytest.approx(ways / comb(universe, other), rel=1e-10)


@settings(max_examples=40, deadline=None)
@given(tie_sets)
def test_tie_probabilities_have_the_expected_degrees(ties: set[tuple[str, str]]) -> None:
    two_mode = TwoMode.from_ties(ties)
    rows, columns = two_mode.biadjacency.row_counts, two_mode.biadjacency_from(NetworkSide.COLLABORATIONS).row_counts
    ones = np.ones(len(rows), dtype=np.int64), np.ones(len(columns), dtype=np.int64)
    probabilities = tie_probabilities(rows, ones[0], columns, ones[1])
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert probabilities.sum(axis=1) == pytest.approx(rows, abs=1e-5)
    assert probabilities.sum(axis=0) == pytest.approx(columns, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(tie_sets, st.sampled_from(NullModel))
def test_p_values_are_ordered_probabilities(ties: set[tuple[str, str]], null_model: NullModel) -> None:
    two_mode = TwoMode.from_ties(ties)
    for side in NetworkSide:
        result = list(significance(two_mode, side, null_model, trials=20).rows())
        assert [(row.first, row.second, row.shared) for row in result] == [
            (row.first, row.second, row.shared) for row in overlaps(two_mode, side).rows()
        ]
        for row in result:
            assert 0 < row.p <= row.adjusted <= 1


@settings(max_examples=40, deadline=None)
@given(tie_sets)
def test_sdsm_equals_enumeration(ties: set[tuple[str, str]]) -> None:
    two_mode = TwoMode.from_ties(ties)
    shared_by = _shared_probabilities(two_mode)
    for row in significance(two_mode, NetworkSide.CITIES).rows():
        both = shared_by[row.first.id, row.second.id]
        outcomes = (outcome for outcome in product((0, 1), repeat=len(both)) if sum(outcome) >= row.shared)
        p = fsum(
            prod(chance if success else 1 - chance for success, chance in zip(outcome, both, strict=True))
            for outcome in outcomes
        )
        assert row.p == pytest.approx(p, rel=1e-9, abs=1e-300)


def _shared_probabilities(two_mode: TwoMode) -> dict[tuple[str, str], list[float]]:
    """Return, for each pair of cities, the probabilities that they share each of the collaborations."""
    rows, columns = two_mode.biadjacency.row_counts, two_mode.biadjacency_from(NetworkSide.COLLABORATIONS).row_counts
    ones = np.ones(len(rows), dtype=np.int64), np.ones(len(columns), dtype=np.int64)
    probabilities = tie_probabilities(rows, ones[0], columns, ones[1])
    return {
        (first.id, second.id): (probabilities[one] * probabilities[other]).tolist()
        for one, first in enumerate(two_mode.cities)
        for other, second in enumerate(two_mode.cities)
    }


def test_null_models_agree_on_davis() -> None:
    exact = significance(davis(), NetworkSide.CITIES, NullModel.SDSM)
    approximate = significance(davis(), NetworkSide.CITIES, NullModel.SDSM_APPROXIMATE)
    assert np.abs(exact.p - approximate.p).max() < 0.03
    sampled = significance(davis(), NetworkSide.CITIES, NullModel.FDSM, seed=5, trials=400)
    again = significance(davis(), NetworkSide.CITIES, NullModel.FDSM, seed=5, trials=400)
    assert (sampled.p == again.p).all()
    assert (sampled.seed, sampled.trials) == (5, 400)
    assert (exact.seed, exact.trials) == (None, None)
    # FDSM and SDSM rank the pairs almost equally.
    assert np.corrcoef(sampled.p, exact.p)[0, 1] > 0.97


def test_a_network_and_its_successor_are_not_tested() -> None:
    ties = [(city, network) for city in "abc" for network in "xyz"] + [("d", "x")]
    two_mode = replace(TwoMode.from_ties(ties), successions=frozenset({("x", "y"), ("y", "not-tied")}))
    result = significance(two_mode, NetworkSide.COLLABORATIONS)
    assert [(row.first.id, row.second.id) for row in result.rows()] == [("x", "z"), ("y", "z")]
    assert result.tests == 2
    assert significance(two_mode, NetworkSide.CITIES).tests == 6


def test_too_few_trials() -> None:
    # 18 women are 153 pairs: 153 / (1 + trials) ≤ 0.05.
    few = significance(davis(), NetworkSide.CITIES, NullModel.FDSM, trials=100)
    assert (few.tests, few.trials_needed) == (153, 3059)
    assert replace(few, trials=3058).trials_needed == 3059
    assert replace(few, trials=3059).trials_needed is None
    assert significance(davis(), NetworkSide.CITIES).trials_needed is None


def test_p_values_too_small_to_compute_are_upper_bounds() -> None:
    # Two networks share all their 60 cities of 400, and 340 other cities are in a third.
    ties = [(f"c{number:03}", network) for number in range(60) for network in "xy"]
    ties += [(f"d{number:03}", "z") for number in range(340)]
    two_mode = TwoMode.from_ties(ties)
    for null_model, smallest in ((NullModel.SDSM_APPROXIMATE, 1e-15), (NullModel.HYPERGEOMETRIC, None)):
        (row,) = significance(two_mode, NetworkSide.COLLABORATIONS, null_model).rows()
        assert row.is_upper_bound == (smallest is not None)
        if smallest is None:
            assert row.p == pytest.approx(1 / comb(400, 60), rel=1e-9)
        else:
            assert (row.p, row.adjusted) == (smallest, 3 * smallest)


def test_small_p_values_of_sdsm_are_exact() -> None:
    ties = [(network, f"c{number:03}") for number in range(60) for network in "xy"]
    ties += [("z", f"d{number:03}") for number in range(340)]
    two_mode = TwoMode.from_ties(ties)
    (row,) = significance(two_mode, NetworkSide.CITIES, NullModel.SDSM).rows()
    with localcontext(prec=60):
        # Convolve one city after another, with 60 digits.
        distribution = [Decimal(1)]
        for chance in map(Decimal, _shared_probabilities(two_mode)["x", "y"]):
            without, within = [*distribution, Decimal(0)], [Decimal(0), *distribution]
            distribution = [(1 - chance) * one + chance * other for one, other in zip(without, within, strict=True)]
        p = float(sum(distribution[60:]))
    assert 1e-40 < p < 1e-15
    assert row.p == pytest.approx(p, rel=1e-8)
    assert not row.is_upper_bound
    ties = [(network, f"c{number:04}") for number in range(1500) for network in "xy"]
    ties += [("z", f"d{number:05}") for number in range(10_000)]
    (row,) = significance(TwoMode.from_ties(ties), NetworkSide.CITIES, NullModel.SDSM).rows()
    assert (row.p, row.adjusted, row.is_upper_bound) == (1e-300, 3e-300, True)


def test_benjamini_hochberg_by_hand() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.5])
    # Of ten tests, six with p = 1: 0.01 · 10/1; 0.03 · 10/2 and 0.04 · 10/3, the smaller of what follows; 0.5 · 10/4.
    assert adjust_p_values(p, 10).tolist() == pytest.approx([0.1, 0.4 / 3, 0.4 / 3, 1.0])
