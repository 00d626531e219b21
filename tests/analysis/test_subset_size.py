"""Sizes of subsets, from which analyses are priced: those of the two-mode networks where all ties are in force."""

from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analysis import Snapshot, Subset, SubsetCounts, project
from graph.analysis.snapshot_rows import CityRow, CollaborationRow, TieRow, build_snapshot
from graph.analysis.subset_size import Size
from graph.questions.subset import BoundingBox, SubsetArguments
from graph.vocabulary import CollaborationMode, NetworkKind, NetworkSide, Vocabulary
from tests.analysis.test_subset import PLACES, collaboration, edges, id_of

ON = date(2024, 6, 1)
COUNTRIES = {"a": "FI", "b": "FI", "c": "NZ", "d": None}


def snapshot_of(*ties: str) -> Snapshot:
    """Return a snapshot of ties such as "a-x". Network x is local, and addresses a theme with a broader theme."""
    pairs = [tie.split("-") for tie in ties]
    cities = sorted({city for city, _ in pairs} | set(PLACES))
    return build_snapshot(
        1,
        cities=[
            CityRow(id_of(slug), slug, country=COUNTRIES.get(slug), latitude=latitude, longitude=longitude)
            for slug in cities
            for latitude, longitude in [PLACES.get(slug, (None, None))]
        ],
        collaborations=[
            CollaborationRow(collaboration(slug), slug, kind="LOCAL" if slug == "x" else "CITY_NETWORK")
            for slug in sorted({other for _, other in pairs} | {"x"})
        ],
        ties=[
            TieRow(id_of(city), collaboration(other), None, date.min, ON, date.max, date.max, date.max, False, False)
            for city, other in pairs
        ],
        themes=["Theme:broad", "Theme:narrow"],
        addresses=[("Network:x", "Theme:narrow")],
        broader=[("Theme:narrow", "Theme:broad")],
    )


def named(value: Any) -> Any:
    """Return a value as the price of an operation sees it."""
    if isinstance(value, Vocabulary):
        return value.name
    return tuple(map(named, value)) if isinstance(value, tuple) else value


def arguments(subset: SubsetArguments) -> dict[str, object]:
    return {name: named(value) for name, value in asdict(subset).items()}


def size_of(snapshot: Snapshot, subset: SubsetArguments) -> Size:
    """Return the size of the two-mode network of a subset."""
    two_mode = snapshot.two_mode(ON, Subset.of(subset))
    built = snapshot.two_mode(ON, Subset.of(replace(subset, min_degree=0, ego=None)))
    degrees = [two_mode.biadjacency_from(side).row_counts.astype(float) for side in NetworkSide]
    counts = len(two_mode.cities), len(two_mode.collaborations), two_mode.tie_count
    return Size(*counts, (degrees[1] ** 2).sum(), (degrees[0] ** 2).sum(), len(built.nodes) + built.tie_count)


SNAPSHOT = snapshot_of("a-x", "a-y", "b-x", "c-y", "c-z", "d-w", "a-T", "b-T")


@pytest.mark.parametrize(
    "subset",
    [
        SubsetArguments(),
        SubsetArguments(layers=(CollaborationMode.TWINNING,)),
        SubsetArguments(layers=tuple(CollaborationMode)),
        SubsetArguments(countries=("FI",)),
        SubsetArguments(countries=("FI", "NZ"), bounding_box=BoundingBox(50, 0, 70, 30)),
        SubsetArguments(bounding_box=BoundingBox(-20, 170, 0, -170)),
        SubsetArguments(theme="Theme:broad"),
        SubsetArguments(network_kind=NetworkKind.LOCAL, layers=tuple(CollaborationMode)),
        SubsetArguments(include_cities=("City:a", "City:d")),
        SubsetArguments(exclude_cities=("City:a",), include_networks=("Network:x", "Network:y")),
        SubsetArguments(exclude_networks=("Network:y",), min_degree=2),
        SubsetArguments(ego="City:a", radius=1),
        SubsetArguments(ego="City:a"),
        SubsetArguments(ego="Network:z", radius=9),
        SubsetArguments(isolates=True, min_degree=2),
        SubsetArguments(isolates=True, ego="City:a", radius=1),
        SubsetArguments(isolates=True, countries=("NZ",)),
    ],
)
def test_sizes_of_subsets(subset: SubsetArguments) -> None:
    assert SubsetCounts(SNAPSHOT).size(arguments(subset)) == size_of(SNAPSHOT, subset)


def test_defaults_nulls_and_items_without_brackets() -> None:
    counts, whole = SubsetCounts(SNAPSHOT), size_of(SNAPSHOT, SubsetArguments())
    assert counts.size({}) == counts.size({"ego": None, "layers": None, "min_degree": None}) == whole
    assert counts.size({"layers": "NETWORK", "countries": "FI"}) == size_of(
        SNAPSHOT, SubsetArguments(countries=("FI",))
    )
    assert counts.size({"include_cities": ("City:none",)}) == Size(0, 0, 0, 0, 0, 0)
    assert counts.size({"cities_where": {"id": {"eq": "City:a"}}}) == whole


@given(edges(8), st.integers(0, 3), st.integers(1, 3), st.sampled_from(NetworkSide))
def test_a_projection_is_not_larger(given_ties: list[str], degree: int, radius: int, side: NetworkSide) -> None:
    snapshot = snapshot_of(*given_ties)
    subset = SubsetArguments(min_degree=degree, ego=f"City:{given_ties[0][0]}", radius=radius)
    size = SubsetCounts(snapshot).size(arguments(subset))
    assert size == size_of(snapshot, subset)
    nodes, ties = size.projection(side)
    projection = project(snapshot.two_mode(ON, Subset.of(subset)), side)
    assert nodes == len(projection.nodes)
    assert ties >= 2 * projection.tie_count
