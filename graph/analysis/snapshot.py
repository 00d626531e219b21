"""In-memory snapshot of the graph's collaborations, from which the two-mode network of any date is derived.

The two-mode network of a date contains the ties that are in force on the date by the rules of the named queries
(`graph.questions`). Memberships with the status APPLIED are included only on request.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import extract

from graph.analysis.sparse import BoolArray, IntArray, TextArray, ints
from graph.analysis.subset import WHOLE, Subset, restrict
from graph.analysis.two_mode import Node, TieFacts, TwoMode
from graph.errors import AnalysisError, BadArgument, SeedProblem
from graph.tables import hint_naming, message
from graph.vocabulary import CollaborationMode, NetworkSide, Standing

__all__ = ["Snapshot", "TieColumns"]

_STANDINGS: Final = tuple(Standing)
_IN_ORDER_OF_TIME: Final = (
    Standing.ATTESTED_LATER,
    Standing.IN_FORCE,
    Standing.ATTESTED_EARLIER,
    Standing.LONG_UNATTESTED,
)


@dataclass(frozen=True, slots=True)
class TieColumns:
    """The ties of all dates, as arrays with one entry per tie.

    Nodes are indices into the snapshot, and calendar days are `date.toordinal` values.

    - `possible_from`, `stands_until`: first day and exclusive end of the period in which the tie can be in force.
    - `shown_from`, `shown_until`: first day and exclusive end of the period in which sources show the tie in force.
    - `lapses_on`: first day on which the last source is so old that the tie has the standing LONG_UNATTESTED.
    - `applied`: whether the tie is a membership with the status APPLIED.
    """

    city: IntArray
    collaboration: IntArray
    possible_from: IntArray
    shown_from: IntArray
    shown_until: IntArray
    lapses_on: IntArray
    stands_until: IntArray
    applied: BoolArray
    facts: TieFacts

    def standing(self, day: int) -> IntArray:
        """Return the standing of every tie on a date, as an index into the members of the enum `Standing`.

        The standing states whether sources show the tie in force on the date, or only earlier or later. The index is -1
        if the tie cannot be in force on the date. `graph.standing` computes the same value in Cypher.
        """
        is_possible = (self.possible_from <= day) & (day < self.stands_until)
        conditions = (~is_possible, day < self.shown_from, day < self.shown_until, day < self.lapses_on)
        values = (-1, *(_STANDINGS.index(standing) for standing in _IN_ORDER_OF_TIME[:-1]))
        return np.select(conditions, values, _STANDINGS.index(_IN_ORDER_OF_TIME[-1])).astype(np.int64)

    def period_of(self, standing: Standing) -> tuple[IntArray, IntArray]:
        """For each tie, return the first day and the exclusive end of the period in which the tie has a standing.

        If the end is not after the first day, the tie never has a standing. For every day of the period, the method
        `standing` returns the standing.
        """
        bounds = self.possible_from, self.shown_from, self.shown_until, self.lapses_on, self.stands_until
        place = _IN_ORDER_OF_TIME.index(standing)
        return np.maximum.reduce(bounds[: place + 1]), np.minimum(bounds[place + 1], self.stands_until)


@dataclass(frozen=True)
class Snapshot:
    """Cities, collaborations and ties of one graph revision, sorted by id.

    - `digest`: the SHA-256 of the content, for reproducible reports.
    - `roster_on`: a dict from collaboration id to the date on which the collaboration's list of members (roster) was
      complete, or to None if the list is complete on every date.
    - `themes`: the ids of all themes.
    - `addresses`: a dict from collaboration id to the ids of the themes that the collaboration addresses.
    - `narrower`, `close_matches`: dicts from theme id to the ids of the narrower themes and of the close matches.
    - `successions`: pairs of the ids of a network and of a direct or indirect successor. Each pair is sorted.
    - `origin`: the name of the table from which the snapshot was read, or an empty text if it was read from the graph.
    - `rosters_complete`: whether all rosters are complete on every date.
    - `warnings`: rows of the table that may be mistakes.
    """

    revision: int
    digest: str
    cities: tuple[Node, ...]
    collaborations: tuple[Node, ...]
    ties: TieColumns
    roster_on: Mapping[str, date | None]
    themes: frozenset[str]
    addresses: Mapping[str, frozenset[str]]
    narrower: Mapping[str, frozenset[str]]
    close_matches: Mapping[str, frozenset[str]]
    successions: frozenset[tuple[str, str]]
    origin: str = ""
    rosters_complete: bool = False
    warnings: tuple[SeedProblem, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """Return the fields of the snapshot for pickling, which runs in a thread.

        The cached properties are omitted, because the event loop could add a cached property while the thread reads
        them. The fields never change.
        """
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def matching_themes(self, theme: str) -> frozenset[str]:
        """Return the ids of the theme, of all its narrower themes, and of the close matches of all these themes."""
        matches = {theme}
        queue = [theme]
        while queue:
            new = self.narrower.get(queue.pop(), frozenset[str]()) - matches
            matches |= new
            queue.extend(new)
        close = (self.close_matches.get(match, frozenset[str]()) for match in matches)
        return frozenset(matches.union(*close))

    def two_mode(self, on: date, subset: Subset = WHOLE) -> TwoMode:
        """Return the two-mode network of a date: cities, collaborations and the ties between them on the date.

        `subset` restricts the network. If a list of members (roster) is incomplete in the graph, it is reported as
        incomplete, even if the subset excludes some cities. If the network is empty, its attribute `reason` states why.
        Raises AnalysisError if the subset has no layers (kinds of collaborations), and BadArgument or UnknownId if a
        value of the subset is invalid.
        """
        self.check(subset)
        ties = self.ties
        standing = ties.standing(on.toordinal())
        masks = self._masks(subset)
        is_selected = (standing >= 0) & masks.ties
        is_counted = np.isin(standing, [_STANDINGS.index(counted) for counted in subset.standings])
        uncounted = Counter(_STANDINGS[index] for index in ints(standing[is_selected & ~is_counted]))
        is_selected &= is_counted
        # Of several ties of a pair, take the first one with the best standing; the first member of `Standing` is best.
        selected = np.flatnonzero(is_selected)
        selected = selected[np.argsort(standing[selected], kind="stable")]
        chosen = selected[np.unique(self.pairs[selected], return_index=True)[1]]
        facts = ties.facts.select(chosen)
        two_mode = self._build_two_mode(on, chosen, standing[chosen], facts, masks, uncounted, subset)
        return restrict(two_mode, subset)

    def two_mode_between(self, first: date, last: date, subset: Subset = WHOLE) -> TwoMode:
        """Return the two-mode network of a period: all nodes and ties in the network of any day from `first` to `last`.

        The spells of a tie are the days of the period on which the network of `two_mode` contains the tie. Filters that
        select nodes by their ties are not applied to the network of each day, but to the network of the whole period.
        The standing of a tie is its standing on the last day of its spells. The other facts of a tie are those of its
        last membership. A list of members (roster) that is complete only on one date is treated as incomplete. Raises
        the same errors as `two_mode`.
        """
        self.check(subset)
        masks = self._masks(subset)
        rows = np.flatnonzero(masks.ties)
        columns: list[tuple[IntArray, ...]] = []
        for place, standing in enumerate(_STANDINGS):
            begins, ends = (days[rows] for days in self.ties.period_of(standing))
            begins, ends = np.maximum(begins, first.toordinal()), np.minimum(ends, last.toordinal() + 1)
            counts = (begins < ends) & (standing in subset.standings)
            columns.append((rows[counts], begins[counts], ends[counts], np.full(int(counts.sum()), place)))
        rows, begins, ends, standings = (np.concatenate(column) for column in zip(*columns, strict=True))
        pairs = self.pairs[rows]
        # Of several periods of a pair, take the one that ends last, and of these the one with the best standing.
        by_end = np.lexsort((standings, -ends, pairs))
        chosen = by_end[np.unique(pairs[by_end], return_index=True)[1]]
        by_begin = np.lexsort((begins, pairs))
        spells = _join_periods(*(ints(column[by_begin]) for column in (pairs, begins, ends)))
        facts = replace(self.ties.facts.select(rows[chosen]), spells=spells)
        two_mode = self._build_two_mode(None, rows[chosen], standings[chosen], facts, masks, {}, subset)
        return restrict(two_mode, subset)

    @cached_property
    def pairs(self) -> IntArray:
        """For each tie, a number that identifies the pair of its city and its collaboration.

        Ties of the same pair have the same number. The pairs are numbered in ascending order of the city, then of the
        collaboration. Some numbers may be unused.
        """
        return self.ties.city * max(len(self.collaborations), 1) + self.ties.collaboration

    def tie_mask(self, subset: Subset) -> BoolArray:
        """Return a mask of the ties of all dates, which is true for each tie that matches the subset.

        Both nodes of the tie must match. A membership with the status APPLIED matches only if the subset includes
        applications.
        """
        return self._masks(subset).ties

    def check(self, subset: Subset) -> None:
        """Raise an error if the subset is invalid.

        Raises AnalysisError if the subset has no layers (kinds of collaborations), and BadArgument or UnknownId if a
        value is invalid.
        """
        if not subset.layers:
            raise AnalysisError(
                "a two-mode network needs at least one layer of collaborations",
                hint=hint_naming("give {layer}, for example", layer=CollaborationMode.NETWORK),
            )
        if self.origin and (subset.theme or subset.network_kind):
            raise BadArgument(
                f"{self.origin} has neither themes nor kinds of networks", hint="select by countries or ids"
            )
        subset.check(self.city_places, self.collaboration_places, self.themes, self.similar_ids)

    def is_conditional(self, subset: Subset) -> bool:
        """Return whether p values hold only for a part of the graph.

        They hold only for the networks in the subset if the subset selects networks, or selects nodes by their ties.
        They hold only for the memberships in a table if the snapshot was read from this table.
        """
        return subset.is_chosen_by_ties or bool(self.origin)

    def similar_ids(self, text: str, most: int = 3, similarity: float = 0.85) -> list[str]:
        """Return at most `most` ids of nodes and themes, the most similar to `text` first.

        The ids and names of nodes and the ids of themes are compared with `text`. `similarity` is the minimum
        Jaro-Winkler similarity of a result, from 0 to 1.
        """
        ids: dict[str, str] = {theme.partition(":")[2].lower(): theme for theme in self.themes}
        for node in (*self.cities, *self.collaborations):
            for known_as in (node.name, node.id.partition(":")[2]):
                ids.setdefault(known_as.lower(), node.id)
        given = text.rpartition(":")[2].strip().lower()
        found = extract(given, list(ids), scorer=JaroWinkler.similarity, limit=2 * most, score_cutoff=similarity)
        return list(dict.fromkeys(ids[known_as] for known_as, _score, _index in found))[:most]

    @cached_property
    def city_places(self) -> Mapping[str, int]:
        """A dict from city id to the index of the city in the snapshot."""
        return {city.id: place for place, city in enumerate(self.cities)}

    @cached_property
    def collaboration_places(self) -> Mapping[str, int]:
        """A dict from collaboration id to the index of the collaboration in the snapshot."""
        return {collaboration.id: place for place, collaboration in enumerate(self.collaborations)}

    def collaboration_mask(self, subset: Subset) -> BoolArray:
        """Return a mask with one entry per collaboration. An entry is true if the collaboration matches the subset."""
        matching = None if subset.theme is None else self.matching_themes(subset.theme)
        none = frozenset[str]()
        return np.array(
            [
                subset.includes_collaboration(node, self.addresses.get(node.id, none), matching)
                for node in self.collaborations
            ],
            dtype=np.bool_,
        )

    def _masks(self, subset: Subset) -> "_Masks":
        cities = np.array([subset.includes_city(city) for city in self.cities], dtype=np.bool_)
        collaborations = self.collaboration_mask(subset)
        ties = cities[self.ties.city] & collaborations[self.ties.collaboration]
        return _Masks(cities, collaborations, ties if subset.include_applied else ties & ~self.ties.applied)

    def _build_two_mode(
        self,
        on: date | None,
        rows: IntArray,
        standing: IntArray,
        facts: TieFacts,
        masks: "_Masks",
        uncounted: Mapping[Standing, int],
        subset: Subset,
    ) -> TwoMode:
        """Build the two-mode network of a date, or of a period if `on` is None.

        `rows` contains the indices of the ties to include, sorted by city and collaboration. Each pair of a city and a
        collaboration has at most one tie in `rows`. The nodes get new indices, because the masks exclude some nodes.
        """
        cities, collaborations = masks.cities, masks.collaborations
        city_index, collaboration_index = self.ties.city[rows], self.ties.collaboration[rows]
        tied = _index_mask(city_index, len(self.cities)), _index_mask(collaboration_index, len(self.collaborations))
        selected = (cities, collaborations) if subset.isolates else tied
        omitted = {
            NetworkSide.CITIES: int((cities & ~selected[0]).sum()),
            NetworkSide.COLLABORATIONS: int((collaborations & ~selected[1]).sum()),
        }
        return TwoMode(
            tuple(self.cities[index] for index in np.flatnonzero(selected[0])),
            tuple(self._collaboration(self.collaborations[index], on) for index in np.flatnonzero(selected[1])),
            (np.cumsum(selected[0]) - 1)[city_index].astype(np.int64),
            (np.cumsum(selected[1]) - 1)[collaboration_index].astype(np.int64),
            standing,
            on,
            omitted,
            uncounted,
            None if len(city_index) else _empty_reason(int(cities.sum()), int(collaborations.sum()), on),
            self.successions,
            facts,
            rosters_complete=self.rosters_complete,
            layers=tuple(layer for layer in CollaborationMode if layer in subset.layers),
            standings=tuple(standing for standing in Standing if standing in subset.standings),
        )

    def _collaboration(self, node: Node, on: date | None) -> Node:
        return Node(
            node.id, node.name, node.mode, kind=node.kind, members_complete=self.is_roster_complete(node.id, on)
        )

    def is_roster_complete(self, collaboration: str, on: date | None) -> bool:
        """Return whether all participants of a collaboration are recorded on the date `on`.

        If `on` is None, return whether they are recorded on all dates.
        """
        if self.rosters_complete:
            return True
        return collaboration in self.roster_on and self.roster_on[collaboration] in (None, on)


class _Masks(NamedTuple):
    """Three masks of a subset: one for the cities, one for the collaborations, and one for the ties of all dates.

    An entry of a mask is true if the city, collaboration or tie belongs to the subset.
    """

    cities: BoolArray
    collaborations: BoolArray
    ties: BoolArray


def _empty_reason(cities: int, collaborations: int, on: date | None) -> str:
    if not cities:
        return message("no city matches the filter")
    if not collaborations:
        return message("no collaboration matches the filter")
    if on is None:
        return message("no source shows a tie in the period")
    return message(
        "no source shows a tie between the {cities} cities and {collaborations} collaborations on {on}",
        cities=cities,
        collaborations=collaborations,
        on=on,
    )


def _join_periods(pairs: Sequence[int], begins: Sequence[int], ends: Sequence[int]) -> TextArray:
    """Return an array with one tuple for each pair. The tuple contains the periods of the pair.

    A period in the tuple is a pair (first day, exclusive end).

    The arguments have an entry for each period, sorted by pair, then by first day. Periods of a pair that overlap or
    touch each other become one.
    """
    joined: dict[int, list[tuple[int, int]]] = {}
    for pair, begin, end in zip(pairs, begins, ends, strict=True):
        periods = joined.setdefault(pair, [])
        if periods and begin <= periods[-1][1]:
            periods[-1] = periods[-1][0], max(end, periods[-1][1])
        else:
            periods.append((begin, end))
    column = np.empty(len(joined), dtype=np.object_)
    for place, periods in enumerate(joined.values()):
        column[place] = tuple(periods)
    return column


def _index_mask(indices: IntArray, size: int) -> BoolArray:
    mask = np.zeros(size, dtype=np.bool_)
    mask[indices] = True
    return mask
