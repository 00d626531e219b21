"""Rank the networks that a city could join, for the named query `graph.questions.join_suggestions`.

The similarity of two cities is Newman's weight (2001, doi:10.1103/PhysRevE.64.016132) in the two-mode network of the
requested date: the sum of 1 / (k − 1) over the networks that both cities are members of, where k is the number of
members of the network. The similarity of a network to a city is the sum of the similarities of the network's members to
the city. It is a resource-allocation index on a two-mode network.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from graph.analysis.runner import AnalysisRunner
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import FloatArray, IntArray, ints
from graph.analysis.subset import Subset
from graph.analysis.two_mode import TwoMode
from graph.questions.city_collaborations import CollaborationSet
from graph.questions.join_suggestions import (
    Arguments,
    JoinSuggestion,
    JoinSuggestions,
    ScoreParts,
    SimilarMember,
    SuggestionColumns,
)
from graph.questions.missing_data import DataGapName, MissingData, MissingKindName
from graph.vocabulary import Standing

__all__ = ["Candidate", "candidates_in", "mean_of_parts", "suggest_networks"]

_SIMILAR: Final = 5
"""Maximum number of similar member cities that are listed in a suggestion."""
_DECIMALS: Final = 12
"""Number of decimals to which similarities and scores are rounded, so that rounding errors cannot decide ranks."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network that a city could join.

    - `members_complete`: whether all members are recorded.
    - `members`: the ids of the member cities.
    - `same_country`: the ids of the member cities that are in the same country as the joining city.
    - `similarity`: the sum of the similarities of the members to the joining city.
    - `similar`: the members that are most similar to the joining city.
    """

    network: str
    members_complete: bool
    members: tuple[str, ...]
    same_country: tuple[str, ...]
    similarity: float
    similar: tuple[SimilarMember, ...]


async def suggest_networks(runner: AnalysisRunner, arguments: Arguments, columns: SuggestionColumns) -> JoinSuggestions:
    """Return suggestions for the networks with the largest scores. Raises StoreError and AnalysisError.

    `columns` is the result row of the Cypher statement of `graph.questions.join_suggestions`.
    """
    candidates = await runner.run_cached(
        find_candidates,
        await runner.snapshot(),
        arguments.city,
        arguments.on,
        include_applied=arguments.include_applied,
        standings=arguments.standings,
    )
    present = CollaborationSet(columns.collaborations, columns.answers)
    themes = {row.network: row.themes for row in columns.networks}
    own = {row.network: row.memberships for row in columns.own}
    gained = [present.new_peers(candidate.members) for candidate in candidates]
    new_themes = [
        present.new_themes(themes[candidate.network]) if candidate.network in themes else None
        for candidate in candidates
    ]
    parts = (
        shares([len(added or ()) for added in new_themes]),
        shares([len(peers) for peers in gained]),
        shares([candidate.similarity for candidate in candidates]),
        shares([len(candidate.same_country) for candidate in candidates]),
    )
    scores = mean_of_parts(parts)
    order = sorted(range(len(candidates)), key=lambda place: (-scores[place], candidates[place].network))
    suggestions = tuple(
        JoinSuggestion(
            network=candidates[place].network,
            score=scores[place],
            parts=ScoreParts(*(float(part[place]) for part in parts)),
            members=len(candidates[place].members),
            members_complete=candidates[place].members_complete,
            themes_gained=new_themes[place],
            peers_gained=gained[place],
            similarity=candidates[place].similarity,
            similar=candidates[place].similar,
            same_country=candidates[place].same_country,
            memberships=own.get(candidates[place].network, ()),
        )
        for place in order[: arguments.limit]
    )
    return JoinSuggestions(suggestions, len(candidates), _missing(suggestions, columns.missing))


def find_candidates(
    snapshot: Snapshot, city: str, on: date, *, include_applied: bool, standings: tuple[Standing, ...]
) -> tuple[Candidate, ...]:
    """Return the networks that the city could join on a date (the candidates), sorted by id.

    A candidate has members on the date. The city is not a member of the candidate, nor of a predecessor or successor of
    the candidate. Local networks (networks of the units of a single city) are omitted.
    """
    two_mode = snapshot.two_mode(on, Subset(include_applied=include_applied, standings=standings))
    return candidates_in(two_mode, city, next((node.country for node in snapshot.cities if node.id == city), None))


def candidates_in(two_mode: TwoMode, city: str, country: str | None) -> tuple[Candidate, ...]:
    """Return the networks of a two-mode network that a city could join, sorted by id.

    The city is not a member of these networks, nor of their predecessors or successors. Local networks (networks of the
    units of a single city) are omitted. `country` is the country of the city, or None if unknown.
    """
    place = bisect_left(two_mode.cities, city, key=lambda node: node.id)
    is_present = place < len(two_mode.cities) and two_mode.cities[place].id == city
    matrix, members = two_mode.biadjacency, two_mode.biadjacency.transpose
    own = matrix.columns[matrix.row_starts[place] : matrix.row_starts[place + 1]] if is_present else _NO_INDICES
    weights = similarity_weights(two_mode, own, place)
    excluded = _with_successions(two_mode, own)
    found: list[Candidate] = []
    for index, network in enumerate(two_mode.collaborations):
        cities = members.columns[members.row_starts[index] : members.row_starts[index + 1]]
        if network.kind == "LOCAL" or network.id in excluded:
            continue
        ids = [two_mode.cities[member].id for member in ints(cities)]
        found.append(
            Candidate(
                network.id,
                bool(network.members_complete),
                tuple(ids),
                tuple(
                    two_mode.cities[member].id
                    for member in ints(cities)
                    if country is not None and two_mode.cities[member].country == country
                ),
                round(float(weights[cities].sum()), _DECIMALS),
                _most_similar(two_mode, cities, own, weights),
            )
        )
    return tuple(found)


_NO_INDICES: Final[IntArray] = np.zeros(0, dtype=np.int64)


def similarity_weights(two_mode: TwoMode, own: IntArray, city: int) -> FloatArray:
    """Return, for each city, its similarity (Newman's weight) to the city with the index `city`.

    `own` contains the indices of the collaborations in which the city with the index `city` takes part. If `own` is
    empty, all similarities are 0. The similarity of a city to itself is 0.
    """
    degrees = two_mode.biadjacency.transpose.row_counts
    shared = np.zeros(len(degrees))
    shared[own] = 1 / np.maximum(degrees[own] - 1, 1)
    weights = two_mode.biadjacency.dot(shared)
    if len(own):
        weights[city] = 0
    return weights


def shares(values: Sequence[float]) -> FloatArray:
    """Return the values divided by the largest value. If the largest value is 0, all results are 0."""
    array = np.array(values, dtype=np.float64)
    most = array.max(initial=0.0)
    return array / most if most else array


def mean_of_parts(parts: Sequence[FloatArray]) -> list[float]:
    """Return the score of each network: the mean of several parts.

    A part is a number from 0 to 1, for example the number of new themes of the network divided by the largest number of
    new themes of any network. `parts` contains an array for each part, with one entry for each network.
    """
    return [round(float(score), _DECIMALS) for score in np.mean(parts, axis=0)]


def _most_similar(two_mode: TwoMode, cities: IntArray, own: IntArray, weights: FloatArray) -> tuple[SimilarMember, ...]:
    # The members are sorted by id, so that a stable sort resolves ties by id.
    order = np.argsort(-np.round(weights[cities], _DECIMALS), kind="stable")[:_SIMILAR]
    matrix = two_mode.biadjacency
    similar: list[SimilarMember] = []
    for member in ints(cities[order]):
        networks = matrix.columns[matrix.row_starts[member] : matrix.row_starts[member + 1]]
        shared = tuple(two_mode.collaborations[index].id for index in ints(np.intersect1d(networks, own)))
        if shared:
            weight = round(float(weights[member]), _DECIMALS)
            similar.append(SimilarMember(two_mode.cities[member].id, weight, shared))
    return tuple(similar)


def _with_successions(two_mode: TwoMode, own: IntArray) -> Collection[str]:
    """Return the ids of the city's networks, and of the predecessors and successors of these networks.

    `own` contains the indices of the city's networks.
    """
    ids = {two_mode.collaborations[index].id for index in ints(own)}
    return ids.union(*(pair for pair in two_mode.successions if not ids.isdisjoint(pair)))


def _missing(suggestions: Sequence[JoinSuggestion], missing: Sequence[MissingData]) -> tuple[MissingData, ...]:
    """Return which data of the city's collaborations and of the suggested networks are missing.

    `missing` already lists the missing data of the city's collaborations. The function adds the suggested networks
    whose themes are not recorded, or whose list of members is incomplete.
    """
    nodes: dict[tuple[DataGapName, MissingKindName], set[str]] = {
        (row.unknown, row.kind): set(row.nodes) for row in missing
    }
    for row in suggestions:
        if row.themes_gained is None:
            nodes.setdefault(("THEMES", "NETWORK"), set()).add(row.network)
        if not row.members_complete:
            nodes.setdefault(("ROSTER", "NETWORK"), set()).add(row.network)
    return tuple(MissingData(unknown, kind, tuple(sorted(ids))) for (unknown, kind), ids in sorted(nodes.items()))
