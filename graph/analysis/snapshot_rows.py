"""Build a snapshot from rows of nodes, ties, fees and sources. The order of the rows does not matter."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from graph.analysis.snapshot import Snapshot, TieColumns
from graph.analysis.sparse import IntArray, TextArray
from graph.analysis.two_mode import Fee, Node, TieFacts
from graph.money import to_main_units
from graph.store import TypedRow

__all__ = ["CityRow", "CollaborationRow", "FeeRow", "IdRow", "PairRow", "TieRow", "build_snapshot"]

Pairs = Sequence[tuple[str, str]]

_NO_DAY: Final = date.min.toordinal()
_ENDLESS: Final = date.max.toordinal()


class CityRow(TypedRow, frozen=True):
    id: str
    name_en: str | None = None
    name_sv: str | None = None
    name_fi: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    population_year: int | None = None


class CollaborationRow(TypedRow, frozen=True):
    """A network, working group, project or pair of twin towns.

    - `roster_complete`: whether all participants are recorded on the day `roster_on`. If `roster_on` is None, they are
      recorded on every day.
    """

    id: str
    name_en: str | None = None
    name_sv: str | None = None
    name_fi: str | None = None
    kind: str | None = None
    roster_complete: bool = False
    roster_on: date | None = None


class TieRow(TypedRow, frozen=True):
    """A tie between a city and a collaboration.

    - `fact`: the id of the membership or twinning node that records the tie, or None if a relationship records the tie.
    - `begins_stated`: whether a source states the first day of the tie. If so, the day is `possible_from`.
    - `ends_stated`: whether a source states the end of the tie. If so, `stands_until` is the first day after the tie.
    - `founder`: whether the city is a founder of the network.
    - `host`: whether the city hosts the secretariat of the network.

    `graph.analysis.snapshot.TieColumns` describes the dates.
    """

    city: str
    collaboration: str
    fact: str | None
    possible_from: date
    shown_from: date
    shown_until: date
    lapses_on: date
    stands_until: date
    begins_stated: bool
    ends_stated: bool
    status: str | None = None
    grade: str | None = None
    sources: tuple[str, ...] = ()
    founder: bool = False
    host: bool = False


class FeeRow(TypedRow, frozen=True):
    """The fee of a membership term, in minor units of the currency, and the calendar years in which it is charged.

    A membership term is a period of a membership that a decision fixes.
    """

    membership: str
    first_year: int
    last_year: int
    annual_fee: int | None
    annual_currency: str | None
    total_fee: int | None
    total_currency: str | None


class PairRow(TypedRow, frozen=True):
    source: str
    target: str


class IdRow(TypedRow, frozen=True):
    id: str


def build_snapshot(
    revision: int,
    *,
    cities: Iterable[CityRow],
    collaborations: Iterable[CollaborationRow],
    ties: Iterable[TieRow],
    fees: Iterable[FeeRow] = (),
    sources: Pairs = (),
    themes: Iterable[str] = (),
    addresses: Pairs = (),
    broader: Pairs = (),
    close_matches: Pairs = (),
    successions: Pairs = (),
) -> Snapshot:
    """Build a snapshot from rows of nodes, ties and fees. The order of the rows does not matter.

    The arguments of type `Pairs` contain pairs of ids:

    - `sources`: the id of a membership or twinning (`TieRow.fact`), and the id of a citation for it.
    - `addresses`: the id of a collaboration, and the id of a theme that the collaboration addresses.
    - `broader`: the id of a theme, and the id of a broader theme.
    - `close_matches`: the ids of two themes.
    - `successions`: the id of a network, and the id of a direct or indirect predecessor.
    """
    nodes = sorted((_city(row) for row in cities), key=lambda node: node.id)
    rows = sorted(collaborations, key=lambda row: row.id)
    sorted_ties = sorted(
        ties,
        key=lambda row: (
            (row.city, row.collaboration, row.shown_from, row.status or "", row.grade or ""),
            (row.fact or "", row.possible_from, row.stands_until),
        ),
    )
    sorted_fees = sorted(fees, key=lambda row: (row.membership, row.first_year, row.last_year, repr(row)))
    sorted_themes = sorted(themes)
    sources, addresses, broader, close, successions = (
        sorted(pairs) for pairs in (sources, addresses, broader, close_matches, successions)
    )
    parts = (nodes, rows, sorted_ties, sorted_fees, sources, sorted_themes, addresses, broader, close, successions)
    return Snapshot(
        revision,
        _digest(*parts),
        tuple(nodes),
        tuple(_collaboration(row) for row in rows),
        _tie_columns(sorted_ties, nodes, rows, sorted_fees, _group_targets(sources)),
        {row.id: row.roster_on for row in rows if row.roster_complete},
        frozenset(sorted_themes),
        _group_targets(addresses),
        _group_targets([(target, source) for source, target in broader]),
        _group_targets([*close, *((target, source) for source, target in close)]),
        frozenset((min(pair), max(pair)) for pair in successions),
    )


def _city(row: CityRow) -> Node:
    name = row.name_en or row.name_sv or row.name_fi or row.id
    place = row.country, row.latitude, row.longitude
    return Node(row.id, name, "City", *place, row.population, row.population_year)


def _collaboration(row: CollaborationRow) -> Node:
    name = row.name_en or row.name_sv or row.name_fi or row.id
    return Node(row.id, name, row.id.partition(":")[0], kind=row.kind)


def _tie_columns(
    ties: Sequence[TieRow],
    cities: Sequence[Node],
    collaborations: Sequence[CollaborationRow],
    fees: Sequence[FeeRow],
    sources: dict[str, frozenset[str]],
) -> TieColumns:
    city_index = {city.id: place for place, city in enumerate(cities)}
    collaboration_index = {collaboration.id: place for place, collaboration in enumerate(collaborations)}
    spells, spells_of_pairs = _spells(ties)
    fees_of: dict[str, list[Fee]] = defaultdict(list)
    for fee in fees:
        fees_of[fee.membership].append(_fee(fee))
    cited = (sorted({*tie.sources, *(sources.get(tie.fact, ()) if tie.fact is not None else ())}) for tie in ties)
    facts = TieFacts(
        _texts(tie.status for tie in ties),
        _texts(tie.grade for tie in ties),
        np.array([tie.founder for tie in ties], dtype=np.bool_),
        np.array([tie.host for tie in ties], dtype=np.bool_),
        np.array([spell.start if spell.begins_stated else _NO_DAY for spell in spells], dtype=np.int64),
        np.array([spell.possible_from for spell in spells], dtype=np.int64),
        np.array([spell.start for spell in spells], dtype=np.int64),
        np.array([spell.end if spell.ends_stated else _ENDLESS for spell in spells], dtype=np.int64),
        spells_of_pairs,
        _objects(tuple(fees_of.get(tie.fact or "", ())) for tie in ties),
        _texts(" ".join(citations) or None for citations in cited),
    )
    return TieColumns(
        np.array([city_index[tie.city] for tie in ties], dtype=np.int64),
        np.array([collaboration_index[tie.collaboration] for tie in ties], dtype=np.int64),
        _ordinals(tie.possible_from for tie in ties),
        _ordinals(tie.shown_from for tie in ties),
        _ordinals(tie.shown_until for tie in ties),
        _ordinals(tie.lapses_on for tie in ties),
        _ordinals(tie.stands_until for tie in ties),
        np.array([tie.status == "APPLIED" for tie in ties], dtype=np.bool_),
        facts,
    )


@dataclass(frozen=True, slots=True)
class _Spell:
    """A spell: a period in which a city and a collaboration are tied without a gap.

    The days are `date.toordinal` values.

    - `start`: the first day that a source covers.
    - `end`: the exclusive end of the days on which the tie can be in force.
    - `possible_from`: the first day on which the spell can have begun.
    - `begins_stated`: whether a source states the beginning of the spell.
    - `ends_stated`: whether a source states the end of the spell.
    """

    start: int
    end: int
    possible_from: int
    begins_stated: bool
    ends_stated: bool

    def join(self, later: "_Spell") -> "_Spell":
        """Return the union of this spell and a later spell. A spell is a period without a gap.

        `later` must overlap or touch this spell. It must not start before this spell.
        """
        starts = [spell for spell in (self, later) if spell.start == self.start]
        end = max(self.end, later.end)
        ends = [spell for spell in (self, later) if spell.end == end]
        return _Spell(
            self.start,
            end,
            min(self.possible_from, later.possible_from),
            any(spell.begins_stated for spell in starts),
            any(spell.ends_stated for spell in ends),
        )


def _spells(ties: Sequence[TieRow]) -> tuple[list[_Spell], TextArray]:
    """Return for each tie the spell that contains it, and all spells of the same city and collaboration.

    A spell is a period in which a city and a collaboration are tied without a gap. Ties of the same city and
    collaboration that overlap or touch each other form one spell. A membership with the status APPLIED is a spell by
    itself.

    The first value of the result is a list with the spell of each tie. The second value is an array with a tuple for
    each tie. The tuple contains a pair (`start`, `end`) for each spell of the city and the collaboration of the tie.
    Spells of memberships with the status APPLIED are omitted from the tuple. Spells without any day are omitted too.
    A spell has no day if a source shows a membership only after the end of its network.
    """
    own = [
        _Spell(
            tie.shown_from.toordinal(),
            tie.stands_until.toordinal(),
            tie.possible_from.toordinal(),
            tie.begins_stated,
            tie.ends_stated,
        )
        for tie in ties
    ]
    of_pairs: dict[tuple[str, str], list[_Spell]] = defaultdict(list)
    for tie, spell in zip(ties, own, strict=True):  # sorted by pair and start
        if tie.status != "APPLIED":
            spells = of_pairs[tie.city, tie.collaboration]
            if spells and spell.start <= spells[-1].end:
                spells[-1] = spells[-1].join(spell)
            else:
                spells.append(spell)
    column = np.empty(len(ties), dtype=np.object_)
    for place, tie in enumerate(ties):
        spells = of_pairs.get((tie.city, tie.collaboration), [])
        column[place] = tuple((spell.start, spell.end) for spell in spells if spell.start < spell.end)
        if tie.status != "APPLIED":
            own[place] = next(spell for spell in reversed(spells) if spell.start <= own[place].start)
    return own, column


def _fee(row: FeeRow) -> Fee:
    annual, total = (
        None if amount is None or currency is None else to_main_units(amount, currency)
        for amount, currency in ((row.annual_fee, row.annual_currency), (row.total_fee, row.total_currency))
    )
    return Fee(row.first_year, row.last_year, annual, row.annual_currency, total, row.total_currency)


def _objects(values: Iterable[object]) -> TextArray:
    """Return a one-dimensional array of objects. `np.array` would build a matrix from tuples of equal length."""
    listed = list(values)
    column = np.empty(len(listed), dtype=np.object_)
    for place, value in enumerate(listed):
        column[place] = value
    return column


def _texts(values: Iterable[str | None]) -> TextArray:
    return np.array(list(values), dtype=np.object_)


def _ordinals(days: Iterable[date]) -> IntArray:
    return np.array([day.toordinal() for day in days], dtype=np.int64)


def _group_targets(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for source, target in pairs:
        groups.setdefault(source, set()).add(target)
    return {source: frozenset(targets) for source, targets in groups.items()}


def _digest(*parts: Sequence[object]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for record in part:
            digest.update(repr(record).encode())
            digest.update(b"\n")
        digest.update(b"\0")
    return digest.hexdigest()
