"""Describe communities by their most typical collaborations and countries.

A collaboration or country is typical of a community if it has more ties in the community than expected. The expected
number is (ties of the collaboration or country) × (ties of the community) / (all ties), as in Barber's modularity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np

from graph.analysis.communities import Communities
from graph.analysis.sparse import IntArray, ints
from graph.analysis.two_mode import Node, TwoMode
from graph.tables import Code, Message, Named, join, message
from graph.vocabulary import NetworkSide

__all__ = ["CommunityProfile", "community_name", "community_profiles"]

T = TypeVar("T")

_MAX_TYPICAL: Final = 3
_MIN_EXCESS: Final = 1e-9
"""Minimum excess with which a collaboration or country is typical of a community.

The excess is the number of its ties in the community minus the expected number. A smaller excess can be a rounding
error.
"""


@dataclass(frozen=True, slots=True)
class CommunityProfile:
    """The collaborations and the countries that are most typical of a community.

    There are at most three collaborations and three countries, the most typical first.
    """

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
    collaborations = _most_typical(two_mode.collaborations, two_mode.collaboration_index, tie_labels, size)
    countries = _most_typical(codes, city_country[two_mode.city_index], tie_labels, size)
    return tuple(CommunityProfile(*typical) for typical in zip(collaborations, countries, strict=True))


def community_name(profile: CommunityProfile) -> Message | None:
    """Return a name made of the community's most typical collaborations and countries, or None if there are none."""
    names = join(", ", (Named(node.id, node.name) for node in profile.collaborations))
    countries = join(", ", (Code("country", code) for code in profile.countries))
    if names and countries:
        return message("{names} ({countries})", names=names, countries=countries)
    return names or countries or None


def _most_typical(
    candidates: Sequence[T], tie_candidates: IntArray, tie_labels: IntArray, label_count: int
) -> list[tuple[T, ...]]:
    """For each community, return at most three candidates (collaborations or countries) with the largest excess.

    The excess of a candidate in a community is the number of the candidate's ties in the community minus the expected
    number. A candidate without a positive excess is omitted. Candidates with equal excess are in the order of
    `candidates`.

    `tie_candidates` contains, for each tie, the index of the candidate to which the tie belongs, or `len(candidates)`
    if the tie belongs to none. `tie_labels` contains, for each tie, the index of the community to which the tie
    belongs.
    """
    # Only a candidate with ties in a community can have an excess there, so that the other pairs need no memory.
    width = len(candidates) + 1
    pairs, counts = np.unique(tie_labels * width + tie_candidates, return_counts=True)
    labels, indices = np.divmod(pairs, width)
    products = np.bincount(tie_candidates)[indices] * np.bincount(tie_labels)[labels]
    excess = counts - products / max(len(tie_labels), 1)
    is_typical = (excess > _MIN_EXCESS) & (indices < len(candidates))
    labels, indices, excess = labels[is_typical], indices[is_typical], excess[is_typical]
    ranked = ints(indices[np.lexsort((indices, -np.round(excess, 9), labels))])
    starts = ints(np.searchsorted(labels, np.arange(label_count + 1)))
    return [
        tuple(candidates[index] for index in ranked[start : min(start + _MAX_TYPICAL, end)])
        for start, end in pairwise(starts)
    ]
