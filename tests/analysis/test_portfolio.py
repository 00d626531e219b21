"""Portfolios of networks against all subsets of small problems."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis.portfolio import Portfolio, PortfolioProblem, solve
from graph.errors import AnalysisError


def subsets(problem: PortfolioProblem) -> list[Portfolio]:
    """All sets of networks that cover the themes, the best first."""
    numbers = range(len(problem.costs))
    found: list[Portfolio] = []
    for size in range(len(numbers) + 1):
        for chosen in combinations(numbers, size):
            if all(not theme.isdisjoint(chosen) for theme in problem.themes):
                cost = sum(problem.costs[network] for network in chosen)
                unknown = sum(problem.unknown[network] for network in chosen)
                peers = sum(number for networks, number in problem.peers if networks & set(chosen))
                found.append(Portfolio(chosen, cost, unknown, peers))
    return sorted(found, key=lambda row: (row.cost, row.unknown, -row.peers, len(row.networks), row.networks))


def best(
    rows: list[Portfolio], needed: int, budget: int | None = None, without: frozenset[int] = frozenset()
) -> Portfolio | None:
    fitting = (
        row
        for row in rows
        if row.peers >= needed and (budget is None or row.cost <= budget) and without.isdisjoint(row.networks)
    )
    return next(fitting, None)


def front(rows: list[Portfolio]) -> list[Portfolio]:
    """The first portfolio of each cost that no cheaper one equals in peers."""
    points: list[Portfolio] = []
    for row in rows:
        if not points or row.peers > points[-1].peers:
            points.append(row)
    return points


@st.composite
def problems(draw: st.DrawFn) -> PortfolioProblem:
    size = draw(st.integers(0, 6))
    networks = st.frozensets(st.integers(0, size - 1), min_size=1) if size else st.nothing()
    # Few different fees, so that there are ties; large ones, so that objectives are not merged.
    costs = draw(st.lists(st.sampled_from((0, 1, 2, 150_000, 300_000, 1_234_567)), min_size=size, max_size=size))
    peers = draw(st.dictionaries(networks, st.integers(1, 400), max_size=7)) if size else {}
    most = sum(peers.values())
    return PortfolioProblem(
        costs=tuple(costs),
        unknown=tuple(draw(st.lists(st.booleans(), min_size=size, max_size=size))),
        themes=tuple(draw(st.lists(networks, max_size=4))) if size else (),
        peers=tuple(peers.items()),
        peers_needed=draw(st.integers(0, most)),
        budget=draw(st.none() | st.integers(0, sum(costs))),
        points=100,
    )


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(problems())
def test_the_best_of_all_subsets(problem: PortfolioProblem) -> None:
    rows = subsets(problem)
    needed, budget = problem.peers_needed, problem.budget
    unknown = frozenset(place for place, is_unknown in enumerate(problem.unknown) if is_unknown)

    found = solve(problem)

    assert found.best == best(rows, needed, budget)
    assert found.cheapest == best(rows, needed)
    assert found.known == best(rows, needed, budget, unknown)
    others = {
        place: best(rows, needed, budget, frozenset({place}))
        for place in (found.best.networks if found.best else ())
        if place in unknown
    }
    assert found.alternatives == {place: other and other.cost for place, other in others.items()}
    if found.step == 1:
        assert list(found.front) == front(rows)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(problems(), st.integers(2, 4))
def test_a_front_of_few_points(problem: PortfolioProblem, points: int) -> None:
    rows = front(subsets(problem))
    found = solve(replace(problem, points=points))
    assert len(found.front) <= points
    assert (found.front[0], found.front[-1]) == (rows[0], rows[-1])
    assert set(found.front) <= set(rows)
    gaps = [later.peers - point.peers for point, later in zip(found.front, found.front[1:-1], strict=False)]
    assert all(gap >= found.step for gap in gaps)


def test_many_networks_and_ties() -> None:
    """Of forty equal networks the first ones are chosen, with more of them than one objective can hold."""
    size = 40
    pairs = tuple((frozenset({place, place + size // 2}), 1) for place in range(size // 2))
    problem = PortfolioProblem((500_000,) * size, (False,) * size, (), pairs, size // 2, None, 0)
    found = solve(problem)
    assert found.best == Portfolio(tuple(range(size // 2)), 10_000_000, 0, 20)
    assert found.front == ()


def test_refuses_what_cannot_be_covered() -> None:
    with pytest.raises(AnalysisError, match="do not cover all themes and peers"):
        solve(PortfolioProblem((1,), (False,), (), (), 1, None, 0))
