"""In-memory snapshot of the graph's collaborations, from which the two-mode network of any date is derived.

The rules for which ties count on a date are those of `graph.questions`. APPLIED memberships count only on request.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from graph.analysis.sparse import BoolArray, IntArray
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import AnalysisError
from graph.questions.validation import check_exists, check_label
from graph.vocabulary import CollaborationMode, NetworkSide

__all__ = ["NO_END", "Snapshot", "TieColumns"]

NO_END: Final = date.max.toordinal() + 1
"""Date ordinal of a tie without a known end."""


@dataclass(frozen=True, slots=True)
class TieColumns:
    """All ties of all dates, as columns: indices of the snapshot's nodes, and dates as proleptic Gregorian ordinals."""

    city: IntArray
    collaboration: IntArray
    shown_from: IntArray
    stands_until: IntArray
    shown_until: IntArray
    applied: BoolArray


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Cities, collaborations and ties of one graph revision, sorted by id.

    `digest` is the SHA-256 of the content, for reproducible reports. `roster_on` is the date on which the roster of a
    collaboration was complete, by id.
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

    def matching_themes(self, theme: str) -> frozenset[str]:
        """Return the theme, all narrower themes and the close matches of each of them, as in `peerCities`."""
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
        isolates: bool = False,
    ) -> TwoMode:
        """Derive the two-mode network of a date.

        - `modes`: labels of the collaborations.
        - `countries`: keep the cities of these countries (ISO 3166-1 alpha-2).
        - `theme`: keep the collaborations that address it, a narrower theme or a close match.
        - `network_kind`: keep the networks of this `graph.vocabulary.NetworkKind`; other collaborations are not
          affected.
        - `isolates`: keep nodes without ties. Otherwise they are only counted.

        An incomplete roster stays incomplete if cities are filtered out. An empty result has a `reason`. Raises
        AnalysisError if `modes` is empty, BadArgument or UnknownId if `theme` is not a theme.
        """
        if theme is not None:
            check_label("theme", theme, "Theme")
            check_exists((theme, theme in self.themes))
        if not modes:
            raise AnalysisError(
                "a two-mode network needs at least one collaboration mode", hint="give NETWORK, for example"
            )
        cities = np.array([countries is None or city.country in countries for city in self.cities], dtype=np.bool_)
        collaborations = self._collaboration_mask(modes, theme, network_kind)
        day = on.toordinal()
        ties = self.ties
        is_selected = (ties.shown_from <= day) & (day < ties.stands_until) & cities[ties.city]
        is_selected &= collaborations[ties.collaboration]
        if not include_applied:
            is_selected &= ~ties.applied
        width = max(len(self.collaborations), 1)
        pairs, pair_index = np.unique(
            ties.city[is_selected] * width + ties.collaboration[is_selected], return_inverse=True
        )
        in_force = np.zeros(len(pairs), dtype=np.bool_)
        np.logical_or.at(in_force, pair_index, day < ties.shown_until[is_selected])
        city_index, collaboration_index = pairs // width, pairs % width
        return self._build_two_mode(
            on, city_index, collaboration_index, in_force, cities, collaborations, isolates=isolates
        )

    def _collaboration_mask(
        self, modes: Collection[CollaborationMode], theme: str | None, network_kind: str | None
    ) -> BoolArray:
        """Return which collaborations match the filters."""
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
        in_force: BoolArray,
        cities: BoolArray,
        collaborations: BoolArray,
        *,
        isolates: bool,
    ) -> TwoMode:
        """Select the nodes and renumber the ties."""
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
            in_force,
            on,
            omitted,
            None if len(city_index) else _empty_reason(int(cities.sum()), int(collaborations.sum()), on),
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
