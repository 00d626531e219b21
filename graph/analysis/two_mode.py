"""Two-mode networks: cities on one side, what they take part in on the other, and the ties between."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from graph.analysis.sparse import BoolArray, IntArray, Sparse, bools, ints
from graph.errors import AnalysisError
from graph.vocabulary import Vocabulary

if TYPE_CHECKING:
    import networkx as nx

Graph: TypeAlias = "nx.Graph[str]"
"""A `networkx.Graph` whose nodes are ids."""

__all__ = ["Graph", "Node", "Side", "TwoMode"]

Attribute = str | int | float | bool


class Side(Vocabulary):
    """One of the two node sets of a two-mode network."""

    CITIES = "The cities."
    COLLABORATIONS = "What the cities take part in."

    @property
    def other(self) -> "Side":
        return Side.COLLABORATIONS if self is Side.CITIES else Side.CITIES


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a two-mode network or a projection.

    `mode` is the label it has in the graph: City, Network, WorkingGroup or Project. `roster_complete` says of a
    collaboration whether a source shows that its recorded cities are all, on the very day; it is null of cities.
    """

    id: str
    name: str
    mode: str
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    kind: str | None = None
    roster_complete: bool | None = None

    def attributes(self) -> dict[str, Attribute]:
        """What a networkx.Graph keeps of it; what is unknown is left out, since most formats cannot write it."""
        known: dict[str, Attribute | None] = {
            "id": self.id,
            "name": self.name,
            "label": self.name,
            "mode": self.mode,
            "bipartite": 0 if self.mode == "City" else 1,
            "country": self.country,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "population": self.population,
            "kind": self.kind,
            "roster_complete": self.roster_complete,
        }
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True)
class TwoMode:
    """Cities × collaborations on a day. Both node sets are explicit and ordered by id.

    A tie joins `cities[city_of[i]]` and `collaborations[collaboration_of[i]]`; each pair stands once, ordered by
    city, then collaboration. `in_force[i]` is false where the tie was attested on an earlier day and no source tells
    when it ended. `isolates` counts the nodes that were left out for having no tie, `reason` says why there is
    nothing where there is nothing.
    """

    cities: tuple[Node, ...]
    collaborations: tuple[Node, ...]
    city_of: IntArray
    collaboration_of: IntArray
    in_force: BoolArray
    on: date | None = None
    isolates: Mapping[Side, int] = field(default_factory=dict[Side, int])
    reason: str | None = None

    @property
    def ties(self) -> int:
        return len(self.city_of)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The cities, then the collaborations."""
        return self.cities + self.collaborations

    @property
    def lower_bound(self) -> bool:
        """Whether a roster is partial, so that there may be more ties than are recorded."""
        return not all(collaboration.roster_complete for collaboration in self.collaborations)

    def side(self, side: Side) -> tuple[Node, ...]:
        return self.cities if side is Side.CITIES else self.collaborations

    @cached_property
    def incidence(self) -> Sparse:
        """Cities by collaborations, 1 where there is a tie."""
        shape = (len(self.cities), len(self.collaborations))
        return Sparse.of(self.city_of, self.collaboration_of, np.ones(self.ties), shape)

    @cached_property
    def matrix(self) -> Sparse:
        """The symmetric matrix over `nodes`, 1 where there is a tie."""
        columns = self.collaboration_of + len(self.cities)
        ends = np.concatenate((self.city_of, columns)), np.concatenate((columns, self.city_of))
        size = len(self.nodes)
        return Sparse.of(*ends, np.ones(2 * self.ties), (size, size))

    def seen_from(self, side: Side) -> Sparse:
        """The incidence with the nodes of this side as rows."""
        return self.incidence if side is Side.CITIES else self.incidence.transposed

    def pairs(self) -> Iterator[tuple[int, int, bool]]:
        """The ties: the places of the city and of the collaboration, and whether a source shows it on the day."""
        return zip(ints(self.city_of), ints(self.collaboration_of), bools(self.in_force), strict=True)

    def graph(self) -> Graph:
        """As a networkx.Graph: nodes by id with their attributes (`bipartite` is 0 of cities), ties with `standing`."""
        import networkx as nx

        two_mode: Graph = nx.Graph()
        two_mode.graph |= {"mode": "two-mode"} | ({"on": self.on.isoformat()} if self.on else {})
        two_mode.add_nodes_from((node.id, node.attributes()) for node in self.nodes)
        ids = [city.id for city in self.cities], [collaboration.id for collaboration in self.collaborations]
        for city, collaboration, in_force in self.pairs():
            standing = "IN_FORCE" if in_force else "ATTESTED_EARLIER"
            two_mode.add_edge(ids[0][city], ids[1][collaboration], standing=standing)
        return two_mode

    @classmethod
    def of_ties(
        cls,
        ties: Iterable[tuple[str, str]],
        *,
        cities: Iterable[Node | str] = (),
        collaborations: Iterable[Node | str] = (),
    ) -> "TwoMode":
        """From pairs (city, collaboration) of ids; nodes not given are named by their ids, their rosters complete."""
        pairs = sorted(set(ties))
        rows = _nodes(cities, (city for city, _ in pairs), "City")
        columns = _nodes(collaborations, (collaboration for _, collaboration in pairs), "Network")
        row_of = {node.id: place for place, node in enumerate(rows)}
        column_of = {node.id: place for place, node in enumerate(columns)}
        return cls(
            rows,
            columns,
            np.array([row_of[city] for city, _ in pairs], dtype=np.int64),
            np.array([column_of[collaboration] for _, collaboration in pairs], dtype=np.int64),
            np.ones(len(pairs), dtype=np.bool_),
            reason=None if pairs else "no ties were given",
        )

    @classmethod
    def from_graph(cls, two_mode: Graph, cities: Iterable[str]) -> "TwoMode":
        """From a networkx.Graph of which `cities` are one node set and all other nodes the other one.

        Raises AnalysisError where an edge joins two nodes of one set.
        """
        rows = {str(city) for city in cities}
        columns = {str(node) for node in two_mode.nodes} - rows
        ties: list[tuple[str, str]] = []
        for one, other in cast("Iterable[tuple[object, object]]", two_mode.edges()):
            city, collaboration = (str(one), str(other)) if str(one) in rows else (str(other), str(one))
            if city not in rows or collaboration not in columns:
                raise AnalysisError(
                    f"'{one}' and '{other}' are tied and of one mode",
                    hint="give a graph whose edges all join a city and something else",
                )
            ties.append((city, collaboration))
        return cls.of_ties(ties, cities=rows, collaborations=columns)


def _nodes(given: Iterable[Node | str], tied: Iterable[str], mode: str) -> tuple[Node, ...]:
    named: dict[str, Node] = {}
    complete = None if mode == "City" else True
    for entry in (*given, *tied):
        node = entry if isinstance(entry, Node) else Node(entry, entry, mode, roster_complete=complete)
        named.setdefault(node.id, node)
    return tuple(named[node_id] for node_id in sorted(named))
