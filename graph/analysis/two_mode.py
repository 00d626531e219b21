"""Two-mode networks of cities and the collaborations they take part in.

A two-mode network has two node sets. Every tie joins a city and a collaboration.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import compress, repeat
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from graph.analysis.sparse import BoolArray, FloatArray, IntArray, SparseMatrix, TextArray, bools, ints
from graph.standing import COUNTED
from graph.vocabulary import CollaborationMode, MembershipGrade, NetworkSide, Standing

if TYPE_CHECKING:
    import networkx as nx

Graph: TypeAlias = "nx.Graph[str]"
"""A `networkx.Graph` in which nodes are represented by their ids, such as "City:vantaa"."""

__all__ = ["Fee", "Graph", "Node", "TieFacts", "TwoMode"]

Attribute = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a two-mode network or a projection.

    `mode` is the label in the graph: City, Network, WorkingGroup, Project or Twinning. `members_complete` states
    whether sources show that all cities of a collaboration are recorded on the date of the two-mode network. It is None
    for a city. `population_year` is the year of `population`. The population can be that of the municipality or of the
    urban area, because sources do not always state which.
    """

    id: str
    name: str
    mode: str
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    population_year: int | None = None
    kind: str | None = None
    members_complete: bool | None = None

    def attributes(self) -> dict[str, Attribute]:
        """Return the attributes of the node in a networkx graph.

        Unknown values are omitted, because most file formats cannot store null. Two attributes state whether the node
        is a city: `bipartite`, as NetworkX expects it (0 for a city, 1 for a collaboration), and `type`, as igraph
        expects it (false for a city, true for a collaboration). There is no attribute `id`, because igraph uses this
        name for the id of a node in the file.
        """
        attributes: dict[str, Attribute | None] = {
            "name": self.name,
            "label": self.name,
            "mode": self.mode,
            "bipartite": 0 if self.mode == "City" else 1,
            "type": self.mode != "City",
            "country": self.country,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "population": self.population,
            "population_year": self.population_year,
            "kind": self.kind,
            "members_complete": self.members_complete,
        }
        return {name: value for name, value in attributes.items() if value is not None}


class Fee(NamedTuple):
    """The fee of a membership term, and the first and last calendar year for which it is charged.

    A membership term is a period of a membership that a decision fixes. Amounts are in main units, such as euros.
    """

    first_year: int
    last_year: int
    annual: Decimal | None
    annual_currency: str | None
    total: Decimal | None
    total_currency: str | None

    def __str__(self) -> str:
        years = str(self.first_year) if self.first_year == self.last_year else f"{self.first_year}–{self.last_year}"
        amounts = (self.annual, self.annual_currency, "a year"), (self.total, self.total_currency, "in total")
        return f"{years}: {', '.join(f'{amount} {code} {per}' for amount, code, per in amounts if amount is not None)}"


def _annual_fee(fees: Sequence[Fee], year: int) -> dict[str, float | str]:
    """Return the annual fee in the year, as the attributes `fee` and `fee_currency` of a tie.

    Returns an empty dict if no fee is charged in the year, if several fees are charged, or if the fee is not stated per
    year.
    """
    stated = [fee for fee in fees if fee.first_year <= year <= fee.last_year]
    if len(stated) != 1 or stated[0].annual is None or stated[0].annual_currency is None:
        return {}
    return {"fee": float(stated[0].annual), "fee_currency": stated[0].annual_currency}


@dataclass(frozen=True, slots=True)
class TieFacts:
    """Facts about the ties of a two-mode network, as arrays with one entry per tie.

    Each tie belongs to a spell: a period in which its city and its collaboration are tied without a gap. Calendar days
    are `date.toordinal` values.

    - `founder`: whether the city is a founder of the network.
    - `host`: whether the city hosts the secretariat of the network.
    - `begins`: first day of the spell, or `date.min` if no source states it.
    - `possible_from`: first day on which the spell can have begun.
    - `shown_from`: first day of the spell that a source covers.
    - `ends`: exclusive end of the spell, or `date.max` if no source states it.
    - `spells`: all spells of the city and the collaboration, as pairs of `shown_from` and the exclusive end of the days
      on which the tie can be in force. Memberships with the status APPLIED are left out.
    - `fees`: the fees of the membership, as a tuple of `Fee`.
    - `sources`: the ids of the citations, separated by spaces.
    """

    status: TextArray
    grade: TextArray
    founder: BoolArray
    host: BoolArray
    begins: IntArray
    possible_from: IntArray
    shown_from: IntArray
    ends: IntArray
    spells: TextArray
    fees: TextArray
    sources: TextArray

    def select(self, is_selected: BoolArray | IntArray) -> "TieFacts":
        """Return the facts of the selected ties.

        The ties are selected by an array of indices, or by a mask.
        """
        return TieFacts(*(getattr(self, column.name)[is_selected] for column in fields(self)))

    def attributes(self, on: date | None) -> Iterator[dict[str, str | float]]:
        """Yield a dict for each tie, with its networkx attributes on a date. Unknown values are omitted."""
        columns = (self.begins, self.possible_from, self.shown_from, self.ends)
        days = zip(*(ints(column) for column in columns), strict=True)
        roles = zip(bools(self.founder), bools(self.host), strict=True)
        texts = zip(self.status, self.grade, roles, self.spells, self.fees, self.sources, strict=True)
        for (status, grade, (founder, host), spells, fees, sources), (begins, possible, shown, ends) in zip(
            texts, days, strict=True
        ):
            start, until = _iso_days((begins, ends))
            has_spells = spells and spells != ((begins, ends),)
            values: dict[str, str | float | None] = {
                "status": status,
                "grade": grade,
                "founder": founder or None,
                "host": host or None,
                "from": start or None,
                "earliest_from": None if start else _iso_days((possible, ends))[0] or None,
                "attested_from": None if start else _iso_days((shown, ends))[0] or None,
                "until": until or None,
                "periods": " ".join("/".join(_iso_days(spell)) for spell in spells) if has_spells else None,
                "fees": "; ".join(map(str, fees or ())) or None,
                **({} if on is None else _annual_fee(fees or (), on.year)),
                "sources": sources,
            }
            yield {name: value for name, value in values.items() if value is not None}


def _iso_days(period: tuple[int, int]) -> tuple[str, str]:
    """Return the first day and the exclusive end of a period as ISO 8601 texts.

    `period` contains the two days as `date.toordinal` values. An unknown first day is given as `date.min`, and an
    unknown end as `date.max`. The text of an unknown day is empty.
    """
    first, end = period
    return (
        date.fromordinal(first).isoformat() if first > date.min.toordinal() else "",
        date.fromordinal(end).isoformat() if end < date.max.toordinal() else "",
    )


@dataclass(frozen=True)
class TwoMode:
    """A two-mode network of cities and collaborations on a date. Both node sets are sorted by id.

    - `city_index`, `collaboration_index`: the two nodes of each tie. Tie i joins `cities[city_index[i]]` and
      `collaborations[collaboration_index[i]]`. Ties are unique and sorted by city, then by collaboration.
    - `standing`: the standing of each tie on the date, as an index into the members of the enum `Standing`. The
      standing states whether sources show the tie in force on the date.
    - `isolates`: a dict from node set to the number of nodes left out because they have no tie.
    - `left_out`: the filters that select nodes by their ties. Each is a pair of the name of the filter and a dict from
      node set to the number of nodes that the filter left out.
    - `standings`: the standings that a tie must have to be included.
    - `uncounted`: a dict from standing to the number of ties left out because of that standing.
    - `reason`: the reason why the network is empty, or None if it is not empty.
    - `successions`: the two ids of each network and its successor, sorted alphabetically within the pair. Overlaps
      are not computed for these pairs.
    - `facts`: facts about the ties, in the same order as the ties.
    - `rosters_complete`: whether the network is from a table, which is assumed to contain all ties. If it is false,
      collaborations without recorded members may have members, too.
    - `layers`: the kinds of collaborations that the network can contain.
    - `is_graded`: whether the weight of a tie is the weight of its membership grade. If false, all weights are 1.
    """

    cities: tuple[Node, ...]
    collaborations: tuple[Node, ...]
    city_index: IntArray
    collaboration_index: IntArray
    standing: IntArray
    on: date | None = None
    isolates: Mapping[NetworkSide, int] = field(default_factory=dict[NetworkSide, int])
    uncounted: Mapping[Standing, int] = field(default_factory=dict[Standing, int])
    reason: str | None = None
    successions: frozenset[tuple[str, str]] = frozenset()
    facts: TieFacts | None = None
    is_graded: bool = False
    rosters_complete: bool = True
    layers: tuple[CollaborationMode, ...] = (CollaborationMode.NETWORK,)
    left_out: tuple[tuple[str, Mapping[NetworkSide, int]], ...] = ()
    standings: tuple[Standing, ...] = COUNTED

    @property
    def tie_count(self) -> int:
        return len(self.city_index)

    @property
    def standing_counts(self) -> dict[Standing, int]:
        """The number of ties with each of the standings that the network can contain."""
        counts = dict(zip(Standing, ints(np.bincount(self.standing, minlength=len(Standing))), strict=True))
        return {standing: counts[standing] for standing in self.standings}

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes: the cities, followed by the collaborations."""
        return self.cities + self.collaborations

    @property
    def lower_bound(self) -> bool:
        """Whether the network may lack ties, because a list of members (roster) is incomplete or not known at all.

        If the network can contain pairs of twin towns, ties may be missing, because no source states all twin towns of
        a city.
        """
        is_known = self.rosters_complete or (self.tie_count and not self.includes_twinnings)
        return not (is_known and all(node.members_complete for node in self.collaborations))

    @property
    def includes_twinnings(self) -> bool:
        """Whether the network can contain pairs of twin towns."""
        return CollaborationMode.TWINNING in self.layers

    def shared_layers(self, side: NetworkSide) -> tuple[CollaborationMode, ...]:
        """Return the layers whose shared collaborations are counted separately in the projection on one side.

        The result is empty if the network has one layer. It is also empty in the projection on the collaborations,
        because collaborations share cities.
        """
        return self.layers if side is NetworkSide.CITIES and len(self.layers) > 1 else ()

    def nodes_of(self, side: NetworkSide) -> tuple[Node, ...]:
        return self.cities if side is NetworkSide.CITIES else self.collaborations

    @cached_property
    def biadjacency(self) -> SparseMatrix:
        """The biadjacency matrix: a row for each city, a column for each collaboration, and 1 for a tie."""
        shape = (len(self.cities), len(self.collaborations))
        return SparseMatrix.from_entries(self.city_index, self.collaboration_index, np.ones(self.tie_count), shape)

    @cached_property
    def adjacency(self) -> SparseMatrix:
        """The symmetric adjacency matrix of all nodes, in the order of `nodes`. An entry is 1 for a tie."""
        columns = self.collaboration_index + len(self.cities)
        ends = np.concatenate((self.city_index, columns)), np.concatenate((columns, self.city_index))
        size = len(self.nodes)
        return SparseMatrix.from_entries(*ends, np.ones(2 * self.tie_count), (size, size))

    @cached_property
    def grade_weights(self) -> FloatArray:
        """The weight of each tie: the weight of the membership grade, plus 1 for a founder, plus 2 for a host.

        A tie without a known grade has the weight of a full membership.
        """
        weights: dict[object, int] = {grade.name: grade.weight for grade in MembershipGrade}
        if self.facts is None:
            return np.full(self.tie_count, MembershipGrade.FULL.weight, dtype=np.float64)
        of_grades = [weights.get(grade, MembershipGrade.FULL.weight) for grade in self.facts.grade]
        return np.array(of_grades, dtype=np.float64) + self.facts.founder + 2 * self.facts.host

    @property
    def unknown_grades(self) -> int:
        """The number of ties without a known grade."""
        known = set(MembershipGrade.__members__)
        return self.tie_count if self.facts is None else sum(grade not in known for grade in self.facts.grade)

    @property
    def weighted_biadjacency(self) -> SparseMatrix:
        """The matrix of the weights of the ties, with a row for each city and a column for each collaboration."""
        if not self.is_graded:
            return self.biadjacency
        ends, shape = (self.city_index, self.collaboration_index), (len(self.cities), len(self.collaborations))
        return SparseMatrix.from_entries(*ends, self.grade_weights, shape)

    @property
    def weighted_adjacency(self) -> SparseMatrix:
        """The symmetric matrix of the weights of the ties between all nodes, in the order of `nodes`."""
        if not self.is_graded:
            return self.adjacency
        columns = self.collaboration_index + len(self.cities)
        ends = np.concatenate((self.city_index, columns)), np.concatenate((columns, self.city_index))
        weights, size = np.concatenate((self.grade_weights, self.grade_weights)), len(self.nodes)
        return SparseMatrix.from_entries(*ends, weights, (size, size))

    def biadjacency_from(self, side: NetworkSide) -> SparseMatrix:
        """Return the biadjacency matrix whose rows are the cities or the collaborations, as `side` states."""
        return self.biadjacency if side is NetworkSide.CITIES else self.biadjacency.transpose

    def select(self, cities: BoolArray, collaborations: BoolArray, reason: str | None = None) -> "TwoMode":
        """Return the part of the network that consists of the nodes for which the masks are true.

        `isolates` and `uncounted` are copied from the whole network. The argument `reason` explains why the part has no
        ties. It is ignored if the part has ties.
        """
        is_selected = cities[self.city_index] & collaborations[self.collaboration_index]
        return replace(
            self,
            cities=tuple(compress(self.cities, cities)),
            collaborations=tuple(compress(self.collaborations, collaborations)),
            city_index=(np.cumsum(cities) - 1)[self.city_index[is_selected]].astype(np.int64),
            collaboration_index=(np.cumsum(collaborations) - 1)[self.collaboration_index[is_selected]].astype(np.int64),
            standing=self.standing[is_selected],
            reason=self.reason or (None if is_selected.any() else reason),
            facts=None if self.facts is None else self.facts.select(is_selected),
        )

    def iter_ties(self) -> Iterator[tuple[int, int, Standing]]:
        """Yield each tie as (index of the city, index of the collaboration, standing on the date).

        The standing states whether sources show the tie in force on the date.
        """
        members = tuple(Standing)
        standings = (members[index] for index in ints(self.standing))
        return zip(ints(self.city_index), ints(self.collaboration_index), standings, strict=True)

    def to_networkx(self) -> Graph:
        """Return a networkx.Graph keyed by node id.

        The node attribute `bipartite` is 0 for cities and 1 for collaborations. Every edge has `standing` and `layer`.
        Where known, it also has `status`, `grade`, `founder`, `host`, `fees`, `sources` and:

        - `fee`, `fee_currency`: the annual fee in the year of the date. Omitted if several fees are charged in the
          year.
        - `from`, `until`: first day and exclusive end of the tie, if sources state them.
        - `earliest_from`: first day on which the tie can have begun, if no source states `from`.
        - `attested_from`: first day that a source covers, if no source states `from`.
        - `periods`: all spells of the city and the collaboration, as in "2010-01-01/2014-01-01 2020-01-01/". A spell
          whose first day is not stated starts on the first day that a source covers. Omitted if there is only the
          spell from `from` to `until`. NetworkX reserves the name `spells` for lists that it writes to GEXF.
        """
        import networkx as nx

        graph: Graph = nx.Graph()
        graph.graph |= {"mode": "two-mode"} | ({"on": self.on.isoformat()} if self.on else {})
        graph.add_nodes_from((node.id, node.attributes()) for node in self.nodes)
        ids = [city.id for city in self.cities], [collaboration.id for collaboration in self.collaborations]
        facts = (
            repeat(dict[str, str | float](), self.tie_count) if self.facts is None else self.facts.attributes(self.on)
        )
        for (city, collaboration, standing), attributes in zip(self.iter_ties(), facts, strict=True):
            layer = self.collaborations[collaboration].mode
            graph.add_edge(ids[0][city], ids[1][collaboration], standing=standing.name, layer=layer, **attributes)
        return graph

    @classmethod
    def from_ties(
        cls,
        ties: Iterable[tuple[str, str]],
        *,
        cities: Iterable[Node | str] = (),
        collaborations: Iterable[Node | str] = (),
    ) -> "TwoMode":
        """Build a two-mode network from pairs of a city id and a collaboration id.

        A node that is given only by its id has this id as its name. A collaboration that is given only by its id is
        assumed to have a complete list of members (roster).
        """
        pairs = sorted(set(ties))
        rows = _nodes(cities, (city for city, _ in pairs), "City")
        columns = _nodes(collaborations, (collaboration for _, collaboration in pairs), "Network")
        row_index = {node.id: index for index, node in enumerate(rows)}
        column_index = {node.id: index for index, node in enumerate(columns)}
        return cls(
            rows,
            columns,
            np.array([row_index[city] for city, _ in pairs], dtype=np.int64),
            np.array([column_index[collaboration] for _, collaboration in pairs], dtype=np.int64),
            np.zeros(len(pairs), dtype=np.int64),
            reason=None if pairs else "no ties were given",
        )


def _nodes(explicit: Iterable[Node | str], ids: Iterable[str], mode: str) -> tuple[Node, ...]:
    by_id: dict[str, Node] = {}
    members_complete = None if mode == "City" else True
    for entry in (*explicit, *ids):
        node = entry if isinstance(entry, Node) else Node(entry, entry, mode, members_complete=members_complete)
        by_id.setdefault(node.id, node)
    return tuple(by_id[node_id] for node_id in sorted(by_id))
