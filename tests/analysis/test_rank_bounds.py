"""Bounds of ranks by degree: comparison with all completions of the incomplete rosters."""

from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analysis import Node, TwoMode
from graph.analysis.rank_bounds import RankBounds, degree_rank_bounds
from graph.vocabulary import CollaborationMode

tie_sets = st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), min_size=1)


def completions(ties: set[tuple[str, str]], cities: set[str], partial: set[str]) -> list[set[tuple[str, str]]]:
    unknown = [(city, network) for city in sorted(cities) for network in sorted(partial) if (city, network) not in ties]
    return [
        ties | {tie for tie, exists in zip(unknown, choices, strict=True) if exists}
        for choices in product((False, True), repeat=len(unknown))
    ]


def ranks(ties: set[tuple[str, str]], position: int) -> dict[str, int]:
    names = [tie[position] for tie in ties]
    return {name: 1 + sum(names.count(other) > names.count(name) for other in set(names)) for name in set(names)}


@settings(max_examples=40, deadline=None)
@given(tie_sets, st.sets(st.sampled_from("wxyz"), max_size=2))
def test_bounds_equal_those_of_all_completions(ties: set[tuple[str, str]], partial: set[str]) -> None:
    networks = [
        Node(name, name, "Network", members_complete=name not in partial) for name in {name for _, name in ties}
    ]
    two_mode = TwoMode.from_ties(ties, collaborations=networks)
    cities = {city for city, _ in ties}
    found = [
        ranks(completion, 0) | ranks(completion, 1)
        for completion in completions(ties, cities, partial & {node.id for node in networks})
    ]
    expected = {
        node.id: RankBounds(min(one[node.id] for one in found), max(one[node.id] for one in found))
        for node in two_mode.nodes
    }
    assert degree_rank_bounds(two_mode) == expected


def test_complete_rosters_leave_one_rank() -> None:
    two_mode = TwoMode.from_ties([("a", "x"), ("a", "y"), ("b", "x")])
    assert degree_rank_bounds(two_mode) == {
        "a": RankBounds(1, 1),
        "b": RankBounds(2, 2),
        "x": RankBounds(1, 1),
        "y": RankBounds(2, 2),
    }


def test_twin_towns_leave_every_rank_open_to_a_city() -> None:
    """No source states all twin towns of a city, but a pair always has two."""
    pairs = TwoMode.from_ties([("a", "x"), ("b", "x"), ("a", "y"), ("c", "y")])
    bounds = degree_rank_bounds(replace(pairs, layers=(CollaborationMode.TWINNING,), rosters_complete=False))
    assert {node: (bound.best, bound.worst) for node, bound in bounds.items()} == {
        **dict.fromkeys("abc", (1, 3)),
        **dict.fromkeys("xy", (1, 1)),
    }
