"""Describe communities by their most typical collaborations and countries.

A collaboration or country is typical of a community if it has more ties in the community than expected. The expected
number is (ties of the collaboration or country) × (ties of the community) / (all ties), as in Barber's modularity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from graph.analysis.communities import Communities
from graph.analysis.sparse import FloatArray, IntArray, floats
from graph.analysis.two_mode import Node, TwoMode
from graph.tables import Code, Message, Named, join, message
from graph.vocabulary import NetworkSide

__all__ = ["CommunityProfile", "community_name", "community_profiles"]

T = TypeVar("T")

_MAX_TYPICAL: Final = 3


@dataclass(frozen=True, slots=True)
class CommunityProfile:
    """The most typical collaborations and countries of a community, most typical first, at most three of each."""

    collaborations: tuple[Node, ...]
    countries: tuple[str, ...]


def community_profiles(two_mode: TwoMode, groups: Communities) -> tuple[CommunityProfile, ...]:
    """Return the profile of each community, in the order of `groups`.

    `groups` are communities of the two-mode network, or of its projection on the cities or on the collaborations. A tie
    belongs to the community of its city. If the communities contain no cities, the tie belongs to the community of its
    collaboration.
    """
    labels = {node_id: number - 1 for node_id, number in groups.community_of().items()}
    has_cities = all(city.id in labels for city in two_mode.cities)
    side = NetworkSide.CITIES if has_cities else NetworkSide.COLLABORATIONS
    node_labels = np.array([labels[node.id] for node in two_mode.nodes_of(side)], dtype=np.int64)
    tie_labels = node_labels[two_mode.city_index if has_cities else two_mode.collaboration_index]
    codes = sorted({city.country for city in two_mode.cities if city.country is not None})
    place = {code: index for index, code in enumerate(codes)}
    city_country = np.array(
        [len(codes) if city.country is None else place[city.country] for city in two_mode.cities], dtype=np.int64
    )
    size = len(groups.communities)
    collaborations = _excess(two_mode.collaboration_index, len(two_mode.collaborations), tie_labels, size)
    countries = _excess(city_country[two_mode.city_index], len(codes) + 1, tie_labels, size)
    return tuple(
        CommunityProfile(
            _most_typical(two_mode.collaborations, floats(collaborations[:, label])),
            _most_typical(codes, floats(countries[:-1, label])),
        )
        for label in range(size)
    )


def community_name(profile: CommunityProfile) -> Message | None:
    """Return the name of a community: its most typical collaborations and countries. None if it has neither."""
    names = join(", ", (Named(node.id, node.name) for node in profile.collaborations))
    countries = join(", ", (Code("country", code) for code in profile.countries))
    if names and countries:
        return message("{names} ({countries})", names=names, countries=countries)
    return names or countries or None


def _excess(groups: IntArray, group_count: int, labels: IntArray, label_count: int) -> FloatArray:
    """Return a matrix of the number of ties minus the expected number.

    The matrix has a row for each collaboration or country, and a column for each community. `groups` contains, for each
    tie, the index of its collaboration or country. `labels` contains, for each tie, the index of its community.
    """
    counts = np.bincount(groups * label_count + labels, minlength=group_count * label_count)
    table = counts.reshape(group_count, label_count).astype(np.float64)
    return table - np.outer(table.sum(axis=1), table.sum(axis=0)) / max(len(labels), 1)


def _most_typical(candidates: Sequence[T], excess: Sequence[float]) -> tuple[T, ...]:
    """Return at most three candidates with the largest excess above zero.

    Candidates with equal excess keep their order.
    """
    ranked = sorted(range(len(candidates)), key=lambda index: -round(excess[index], 9))
    return tuple(candidates[index] for index in ranked[:_MAX_TYPICAL] if excess[index] > 1e-9)
