"""Declare the arguments that select the part of the graph to analyse, and the arguments of a projection.

The GraphQL input type `Subset` and the options of `citygraph report` are derived from this declaration. A test checks
that `citygraph.open(…)` has the same keyword arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from graph.errors import BadArgument
from graph.questions.declaration import INCLUDE_APPLIED, STANDINGS, Id, Where
from graph.standing import COUNTED
from graph.tables import Message, message
from graph.vocabulary import CollaborationMode, NetworkKind, NetworkSide

__all__ = ["LEAST_SHARED", "PROJECTION", "SUBSET", "WHOLE_GRAPH", "BoundingBox", "SubsetArguments"]

_COLLABORATIONS: Final = tuple(mode.label for mode in CollaborationMode)


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A region between two parallels and two meridians, in degrees.

    `west` is greater than `east` if the region contains the antimeridian.
    """

    south: Annotated[float, "Its southern edge."]
    west: Annotated[float, "Its western edge."]
    north: Annotated[float, "Its northern edge."]
    east: Annotated[float, "Its eastern edge."]

    @property
    def degrees(self) -> tuple[float, float, float, float]:
        """The edges of the region in degrees: south, west, north and east."""
        return self.south, self.west, self.north, self.east

    def contains(self, latitude: float | None, longitude: float | None) -> bool:
        """Return whether the point is in the region. Returns False if a coordinate is unknown (None)."""
        if latitude is None or longitude is None or not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east

    @property
    def text(self) -> Message:
        return message(
            "{south:g} to {north:g} north, {west:g} to {east:g} east",
            south=self.south,
            north=self.north,
            west=self.west,
            east=self.east,
        )

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True, kw_only=True, slots=True)
class SubsetArguments:
    """The part of the graph to analyse. The conditions are applied one after another, in the order of the fields."""

    layers: Annotated[tuple[CollaborationMode, ...], "Kinds of collaborations; default networks."] = (
        CollaborationMode.NETWORK,
    )
    standings: STANDINGS = COUNTED
    include_applied: INCLUDE_APPLIED = False
    countries: Annotated[tuple[str, ...] | None, "Only cities of these countries (ISO 3166-1 alpha-2)."] = None
    bounding_box: Annotated[BoundingBox | None, "Only cities in this region, in degrees."] = None
    cities_where: Annotated[Mapping[str, object] | None, Where("City"), "Only cities that match on the day."] = None
    networks_where: Annotated[
        Mapping[str, object] | None, Where("Network"), "Only networks that match on the day; other collaborations stay."
    ] = None
    theme: Annotated[
        str | None, Id("Theme"), "Only collaborations that address this theme, a narrower theme or a close match."
    ] = None
    network_kind: Annotated[NetworkKind | None, "Only networks of this kind; other collaborations stay."] = None
    include_cities: Annotated[tuple[str, ...] | None, Id("City"), "Only these cities, by id."] = None
    exclude_cities: Annotated[tuple[str, ...] | None, Id("City"), "Without these cities."] = None
    include_networks: Annotated[
        tuple[str, ...] | None, Id(*_COLLABORATIONS), "Only these networks or other collaborations, by id."
    ] = None
    exclude_networks: Annotated[
        tuple[str, ...] | None, Id(*_COLLABORATIONS), "Without these networks or other collaborations."
    ] = None
    min_degree: Annotated[int, "Only cities with at least this many ties; 2: cities in several networks."] = 0
    ego: Annotated[str | None, Id("City", *_COLLABORATIONS), "Only nodes near this city or collaboration."] = None
    radius: Annotated[int, "Hops from the ego: 1 is the networks of a city, 2 also their members."] = 2
    largest_component: Annotated[bool, "Only the largest connected component."] = False
    isolates: Annotated[bool, "Also nodes without ties."] = False

    def refuse_isolates(self, result: str) -> None:
        """Raise BadArgument if the subset keeps nodes without ties. `result` names an answer that contains only ties.

        The nodes cannot change such an answer, but its description would state them.
        """
        if self.isolates:
            raise BadArgument(f"isolates: nodes without ties do not change {result}", hint="leave out isolates")


WHOLE_GRAPH: Final = SubsetArguments()
"""The default subset: all cities and networks, and the ties that sources show in force on the date or earlier."""

SUBSET = Annotated[SubsetArguments, "The part of the graph to analyse; default all cities and networks."]
PROJECTION = Annotated[
    NetworkSide | None,
    "Analyse the projection on this side, in which two nodes are tied if they share a node of the other side. Null "
    "means the two-mode network itself.",
]
LEAST_SHARED = Annotated[
    int,
    "The least number of nodes that tied nodes of a projection share: s of s-centrality (Aksoy et al. 2020, "
    "doi:10.1140/epjds/s13688-020-00231-0).",
]
