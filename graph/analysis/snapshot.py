"""In-memory snapshot of the graph's collaborations, from which the two-mode network of any date is derived.

A tie between a city and a collaboration counts on a date by the same rules as in `graph.questions`. Memberships with
the status APPLIED count only on request.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from graph.analysis.sparse import BoolArray, IntArray, TextArray, ints
from graph.analysis.two_mode import Node, TieFacts, TwoMode
from graph.errors import AnalysisError
from graph.questions.validation import check_countries, check_exists, check_label
from graph.standing import COUNTED
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

    Nodes are indices into the snapshot, and dates are `date.toordinal` values.
    """

    city: IntArray
    collaboration: IntArray
    possible_from: IntArray
    shown_from: IntArray
    shown_until: IntArray
    lapses_on: IntArray
    stands_until: IntArray
    applied: BoolArray
    status: TextArray
    grade: TextArray

    def standing(self, day: int) -> IntArray:
        """Return the standing of every tie on a day: whether sources show it in force, or only earlier or later.

        A standing is an index into the members of `Standing`, or -1 if the tie cannot be in force on the day.
        `graph.standing` computes the same value in Cypher.
        """
        is_possible = (self.possible_from <= day) & (day < self.stands_until)
        conditions = (~is_possible, day < self.shown_from, day < self.shown_until, day < self.lapses_on)
        values = (-1, *(_STANDINGS.index(standing) for standing in _IN_ORDER_OF_TIME[:-1]))
        return np.select(conditions, values, _STANDINGS.index(_IN_ORDER_OF_TIME[-1])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Cities, collaborations and ties of one graph revision, sorted by id.

    `digest` is the SHA-256 of the content, for reproducible reports. `roster_on` is a dict from the id of a
    collaboration to the date on which its list of members (roster) was complete. `successions` contains pairs of ids: a
    network and a direct or indirect successor. The two ids of a pair are in alphabetical order.
    """

    revision: int
    digest: str
    cities: tuple[Node, ...]
    collaborations: tuple[Node, ...]
    ties: TieColumns
    roster_on: Mapping[str, date]
    themes: frozenset[str]
    addresses: Mapping[str, frozenset[str]]
    narrower: Mapping[str, frozenset[str]]
    close_matches: Mapping[str, frozenset[str]]
    successions: frozenset[tuple[str, str]]

    def matching_themes(self, theme: str) -> frozenset[str]:
        """Return the ids of the theme, of all narrower themes, and of all close matches, as in `peerCities`."""
        matches = {theme}
        queue = [theme]
        while queue:
            new = self.narrower.get(queue.pop(), frozenset[str]()) - matches
            matches |= new
            queue.extend(new)
        close = (self.close_matches.get(match, frozenset[str]()) for match in matches)
        return frozenset(matches.union(*close))

    def two_mode(
        self,
        on: date,
        modes: Collection[CollaborationMode] = (CollaborationMode.NETWORK,),
        *,
        countries: Collection[str] | None = None,
        theme: str | None = None,
        network_kind: str | None = None,
        include_applied: bool = False,
        standings: Collection[Standing] = COUNTED,
        isolates: bool = False,
    ) -> TwoMode:
        """Derive the two-mode network of a date.

        - `modes`: labels of the collaborations.
        - `countries`: keep only cities in these countries (ISO 3166-1 alpha-2).
        - `theme`: keep only collaborations that address this theme, a narrower theme or a close match.
        - `network_kind`: keep only networks of this `graph.vocabulary.NetworkKind`; other collaborations are not
          affected.
        - `standings`: keep only ties that have one of these standings on the date, such as IN_FORCE.
        - `isolates`: keep nodes without ties. Otherwise they are only counted.

        A list of members (roster) that is incomplete stays incomplete if cities are filtered out. An empty result has a
        `reason`. Raises AnalysisError if `modes` is empty, BadArgument or UnknownId if `theme` is not a theme, and
        BadArgument if a country is not a country code.
        """
        if theme is not None:
            check_label("theme", theme, "Theme")
            check_exists((theme, theme in self.themes))
        check_countries("countries", countries or ())
        if not modes:
            raise AnalysisError(
                "a two-mode network needs at least one collaboration mode", hint="give NETWORK, for example"
            )
        cities = np.array([countries is None or city.country in countries for city in self.cities], dtype=np.bool_)
        collaborations = self.collaboration_mask(modes, theme, network_kind)
        ties = self.ties
        standing = ties.standing(on.toordinal())
        is_selected = (standing >= 0) & cities[ties.city] & collaborations[ties.collaboration]
        if not include_applied:
            is_selected &= ~ties.applied
        is_counted = np.isin(standing, [_STANDINGS.index(counted) for counted in standings])
        uncounted = Counter(_STANDINGS[index] for index in ints(standing[is_selected & ~is_counted]))
        is_selected &= is_counted
        width = max(len(self.collaborations), 1)
        # Of several ties of a pair, take the first one with the best standing; the first member of `Standing` is best.
        selected = np.flatnonzero(is_selected)
        selected = selected[np.argsort(standing[selected], kind="stable")]
        pairs, first = np.unique(ties.city[selected] * width + ties.collaboration[selected], return_index=True)
        chosen = selected[first]
        facts = TieFacts(ties.status[chosen], ties.grade[chosen], ties.possible_from[chosen], ties.stands_until[chosen])
        city_index, collaboration_index = pairs // width, pairs % width
        return self._build_two_mode(
            on,
            city_index,
            collaboration_index,
            standing[chosen],
            facts,
            cities,
            collaborations,
            isolates=isolates,
            uncounted=uncounted,
        )

    def collaboration_mask(
        self, modes: Collection[CollaborationMode], theme: str | None, network_kind: str | None
    ) -> BoolArray:
        """Return a mask of the collaborations. It is true for each collaboration that matches all filters."""
        labels = {mode.label for mode in modes}
        themes = None if theme is None else self.matching_themes(theme)
        return np.array(
            [
                collaboration.mode in labels
                and (network_kind is None or collaboration.mode != "Network" or collaboration.kind == network_kind)
                and (themes is None or not themes.isdisjoint(self.addresses.get(collaboration.id, frozenset[str]())))
                for collaboration in self.collaborations
            ],
            dtype=np.bool_,
        )

    def _build_two_mode(
        self,
        on: date,
        city_index: IntArray,
        collaboration_index: IntArray,
        standing: IntArray,
        facts: TieFacts,
        cities: BoolArray,
        collaborations: BoolArray,
        *,
        isolates: bool,
        uncounted: Mapping[Standing, int],
    ) -> TwoMode:
        """Build the two-mode network from filtered ties.

        Ties refer to nodes by index. The nodes are renumbered, because some of them have been filtered out.
        """
        tied = _index_mask(city_index, len(self.cities)), _index_mask(collaboration_index, len(self.collaborations))
        selected = (cities, collaborations) if isolates else tied
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
        )

    def _collaboration(self, node: Node, on: date) -> Node:
        return Node(node.id, node.name, node.mode, kind=node.kind, roster_complete=self.roster_on.get(node.id) == on)


def _empty_reason(cities: int, collaborations: int, on: date) -> str:
    if not cities:
        return "no city matches the filter"
    if not collaborations:
        return "no collaboration matches the filter"
    return f"no source shows a tie between the {cities} cities and {collaborations} collaborations on {on.isoformat()}"


def _index_mask(indices: IntArray, size: int) -> BoolArray:
    mask = np.zeros(size, dtype=np.bool_)
    mask[indices] = True
    return mask
