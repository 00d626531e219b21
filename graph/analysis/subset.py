"""Subsets of the graph to analyse. The filters have the same names in Python, on the command line and in GraphQL."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from graph.analysis.sparse import BoolArray, connected_components
from graph.analysis.two_mode import Node, TwoMode
from graph.errors import BadArgument, unknown_id
from graph.model import label_of
from graph.questions.subset import BoundingBox, SubsetArguments
from graph.questions.validation import check_countries, check_label
from graph.standing import COUNTED
from graph.tables import Code, Message, Named, join, message
from graph.vocabulary import CollaborationMode, NetworkSide, Standing

__all__ = ["WHOLE", "Matches", "Subset", "restrict"]


def _node(node_id: str) -> Message:
    """Return the text that represents a node in a report.

    The text is the node's name if the report has loaded the names of nodes. Otherwise, it is `node_id`.
    """
    return message("{node}", node=Named(node_id, node_id))


def _nodes(ids: Collection[str]) -> tuple[Message, ...]:
    return tuple(map(_node, sorted(ids)))


@dataclass(frozen=True, slots=True)
class Matches:
    """The ids of the nodes that match a filter. `where` is the filter as JSON, for descriptions of the subset."""

    where: str
    ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """The part of the graph to analyse. The filters apply in the order of the fields, and all must match.

    - `layers`: the kinds of collaborations to include.
    - `standings`: the standings of the ties to include. The standing states whether sources show the tie in force on
      the date.
    - `include_applied`: whether to include memberships with the status APPLIED.
    - `countries`: only cities of these countries (ISO 3166-1 alpha-2).
    - `bounding_box`: only cities in this region.
    - `cities_where`: only cities that match this filter on the date (see `graph.traversal.where`).
    - `networks_where`: only networks that match this filter on the date. Collaborations that are not networks are not
      affected.
    - `theme`: only collaborations that address this theme, a narrower theme or a close match.
    - `network_kind`: only networks of this `graph.vocabulary.NetworkKind`. Collaborations that are not networks are not
      affected.
    - `include_cities`, `include_networks`: only nodes with these ids, or all nodes if the field is empty. The ids of
      networks can be ids of collaborations of any kind.
    - `exclude_cities`, `exclude_networks`: no nodes with these ids.
    - `min_degree`: only cities with at least this many ties after the filters above. For example, 2 selects the cities
      in more than one network.
    - `ego`, `radius`: only nodes within `radius` hops of the node `ego`. If `ego` is a city, a radius of 1 includes its
      networks, and a radius of 2 also the other members of these networks.
    - `largest_component`: whether to keep only the connected component with the most nodes. If several components have
      the most nodes, the one that contains the first of their cities by id is kept.
    - `isolates`: whether to keep nodes without ties.
    """

    layers: Collection[CollaborationMode] = (CollaborationMode.NETWORK,)
    standings: Collection[Standing] = COUNTED
    include_applied: bool = False
    countries: Collection[str] | None = None
    bounding_box: BoundingBox | None = None
    cities_where: Matches | None = None
    networks_where: Matches | None = None
    theme: str | None = None
    network_kind: str | None = None
    include_cities: Collection[str] = ()
    exclude_cities: Collection[str] = ()
    include_networks: Collection[str] = ()
    exclude_networks: Collection[str] = ()
    min_degree: int = 0
    ego: str | None = None
    radius: int = 2
    largest_component: bool = False
    isolates: bool = False

    @classmethod
    def of(
        cls, arguments: SubsetArguments, cities_where: Matches | None = None, networks_where: Matches | None = None
    ) -> "Subset":
        """Return the subset that the arguments of a named query select.

        `cities_where` and `networks_where` contain the nodes that match the filters of the same names in `arguments`.
        They are None if `arguments` has no such filter. Equal arguments give equal subsets, so that results can be
        cached.
        """
        return cls(
            layers=tuple(layer for layer in CollaborationMode if layer in arguments.layers),
            standings=tuple(standing for standing in Standing if standing in arguments.standings),
            include_applied=arguments.include_applied,
            countries=arguments.countries,
            bounding_box=arguments.bounding_box,
            cities_where=cities_where,
            networks_where=networks_where,
            theme=arguments.theme,
            network_kind=arguments.network_kind and arguments.network_kind.name,
            include_cities=arguments.include_cities or (),
            exclude_cities=arguments.exclude_cities or (),
            include_networks=arguments.include_networks or (),
            exclude_networks=arguments.exclude_networks or (),
            min_degree=arguments.min_degree,
            ego=arguments.ego,
            radius=arguments.radius,
            largest_component=arguments.largest_component,
            isolates=arguments.isolates,
        )

    @property
    def depends_on_date(self) -> bool:
        """Whether a filter selects nodes by their ties on the date (`min_degree`, `ego` or `largest_component`).

        Such a filter can select different nodes on different dates, so that the dates of a time series are not
        comparable.
        """
        return self.min_degree > 0 or self.ego is not None or self.largest_component

    @property
    def is_chosen_by_ties(self) -> bool:
        """True if a filter selects nodes by their ties, or if a filter selects networks.

        In both cases, the p values of a null model hold only for the selected networks and the cities that are tied to
        these networks.
        """
        restricts = (
            self.networks_where or self.theme or self.network_kind or self.include_networks or self.exclude_networks
        )
        return self.depends_on_date or bool(restricts)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the subset as (name, text) pairs for reports.

        The parameters are the layers (kinds of collaborations), and all filters that differ from their defaults.
        """
        included = message("included")
        standings = () if tuple(self.standings) == COUNTED else tuple(self.standings)
        given: list[tuple[Message, object]] = [
            (message("layers"), tuple(sorted(self.layers, key=lambda layer: layer.name))),
            (message("standings"), standings),
            (message("memberships applied for"), self.include_applied and included),
            (message("countries"), self.countries is not None and self._countries()),
            (message("bounding box"), self.bounding_box and self.bounding_box.text),
            (message("cities where"), self.cities_where and self.cities_where.where),
            (message("networks where"), self.networks_where and self.networks_where.where),
            (message("theme"), self.theme and _node(self.theme)),
            (message("kind of network"), self.network_kind and Code("NetworkKind", self.network_kind)),
            (message("only cities"), _nodes(self.include_cities)),
            (message("without cities"), _nodes(self.exclude_cities)),
            (message("only networks"), _nodes(self.include_networks)),
            (message("without networks"), _nodes(self.exclude_networks)),
            (
                message("cities with at least"),
                self.min_degree > 0 and message("{count} tie", "{count} ties", count=self.min_degree),
            ),
            (
                message("within"),
                self.ego
                and message("{count} hop of {node}", "{count} hops of {node}", count=self.radius, node=_node(self.ego)),
            ),
            (message("component"), self.largest_component and message("the largest")),
            (message("nodes without ties"), self.isolates and included),
        ]
        return [(name, message("{value}", value=value)) for name, value in given if value]

    def _countries(self) -> object:
        return tuple(Code("country", code) for code in sorted(self.countries or ())) or message("none")

    @property
    def text(self) -> Message:
        return join("; ", (join(": ", parameter) for parameter in self.parameters()))

    def __str__(self) -> str:
        return str(self.text)

    def includes_city(self, city: Node) -> bool:
        """Return whether the city matches those filters that select cities by their properties or ids."""
        return (
            (self.countries is None or city.country in self.countries)
            and (self.bounding_box is None or self.bounding_box.contains(city.latitude, city.longitude))
            and (self.cities_where is None or city.id in self.cities_where.ids)
            and _is_included(city.id, self.include_cities, self.exclude_cities)
        )

    def includes_collaboration(self, node: Node, themes: Collection[str], matching: Collection[str] | None) -> bool:
        """Return whether the collaboration matches the filters on collaborations.

        `themes` contains the themes that the collaboration addresses. `matching` contains the theme of the subset, its
        narrower themes and its close matches. `matching` is None if the subset has no theme.
        """
        return (
            any(node.mode == layer.label for layer in self.layers)
            and (self.network_kind is None or node.mode != "Network" or node.kind == self.network_kind)
            and (self.networks_where is None or node.mode != "Network" or node.id in self.networks_where.ids)
            and (matching is None or any(theme in matching for theme in themes))
            and _is_included(node.id, self.include_networks, self.exclude_networks)
        )

    def check(
        self,
        cities: Mapping[str, object],
        collaborations: Mapping[str, object],
        themes: Collection[str],
        similar: Callable[[str], Sequence[str]],
    ) -> None:
        """Raise BadArgument or UnknownId if a value of the subset is invalid.

        `cities`, `collaborations` and `themes` contain all ids of the graph. `similar` is a function that returns
        existing ids similar to an unknown id.
        """
        check_countries("countries", self.countries or ())
        if self.bounding_box is not None:
            _check_box(self.bounding_box)
        if self.min_degree < 0:
            raise BadArgument(f"minimum degree: {self.min_degree} is less than 0", hint="give 0 or more ties")
        if self.radius < 1:
            raise BadArgument(f"radius: {self.radius} is less than 1", hint="give 1 or more hops")
        labels = [layer.label for layer in CollaborationMode]
        for name, ids, known, allowed in (
            ("theme", self.theme, themes, ["Theme"]),
            ("cities", (*self.include_cities, *self.exclude_cities), cities, ["City"]),
            ("networks", (*self.include_networks, *self.exclude_networks), collaborations, labels),
            ("ego", self.ego, {*cities, *collaborations} if self.ego else (), ["City", *labels]),
        ):
            for node_id in (ids,) if isinstance(ids, str) else ids or ():
                if node_id not in known:
                    if label_of(node_id) is not None:
                        check_label(name, node_id, *allowed)
                    raise unknown_id(node_id, similar(node_id))


WHOLE: Final = Subset()
"""The default subset: all cities, all networks, and the ties that sources show in force on the date or earlier."""


def restrict(two_mode: TwoMode, subset: Subset) -> TwoMode:
    """Return the part of a two-mode network that matches the filters `min_degree`, `ego` and `largest_component`.

    The attribute `left_out` of the returned network states how many nodes each filter left out. If no node matches, the
    returned network is empty, and its attribute `reason` states why.
    """
    if subset.min_degree > 0:
        two_mode = _left_out(message("the minimum number of ties"), two_mode, _with_min_degree(two_mode, subset))
    if subset.ego is not None:
        near = _ego_network(two_mode, subset.ego, subset.radius)
        two_mode = _left_out(message("the ego network"), two_mode, near)
    if subset.largest_component:
        two_mode = _left_out(message("the largest component"), two_mode, _largest_component(two_mode))
    return two_mode


def _left_out(name: str, whole: TwoMode, part: TwoMode) -> TwoMode:
    """Add to `part` the number of nodes that the filter `name` left out."""
    counts = {side: len(whole.nodes_of(side)) - len(part.nodes_of(side)) for side in NetworkSide}
    return replace(part, left_out=(*part.left_out, (name, counts)))


def _largest_component(two_mode: TwoMode) -> TwoMode:
    if not two_mode.nodes:
        return two_mode
    component = connected_components(two_mode.adjacency)
    is_largest = component == np.bincount(component).argmax()
    return two_mode.select(is_largest[: len(two_mode.cities)], is_largest[len(two_mode.cities) :])


def _with_min_degree(two_mode: TwoMode, subset: Subset) -> TwoMode:
    is_selected = two_mode.biadjacency.row_counts >= subset.min_degree
    is_tied = np.bincount(two_mode.collaboration_index[is_selected[two_mode.city_index]]) > 0
    collaborations = np.full(len(two_mode.collaborations), subset.isolates, dtype=np.bool_)
    collaborations[: len(is_tied)] |= is_tied
    return two_mode.select(is_selected, collaborations, f"no city has {subset.min_degree} ties")


def _ego_network(two_mode: TwoMode, ego: str, radius: int) -> TwoMode:
    cities, collaborations = (
        np.array([node.id == ego for node in nodes], dtype=np.bool_)
        for nodes in (two_mode.cities, two_mode.collaborations)
    )
    reached = -1
    for _ in range(radius):
        is_reached: BoolArray = cities[two_mode.city_index] | collaborations[two_mode.collaboration_index]
        if (count := int(is_reached.sum())) == reached:
            break
        reached = count
        cities[two_mode.city_index[is_reached]] = True
        collaborations[two_mode.collaboration_index[is_reached]] = True
    return two_mode.select(cities, collaborations, f"{ego} is not in the network")


def _is_included(node_id: str, included: Collection[str], excluded: Collection[str]) -> bool:
    return (not included or node_id in included) and node_id not in excluded


def _check_box(box: BoundingBox) -> None:
    if not (-90 <= box.south <= box.north <= 90 and -180 <= box.west <= 180 and -180 <= box.east <= 180):
        degrees = ", ".join(f"{value:g}" for value in box.degrees)
        raise BadArgument(
            f"bounding box: {degrees} is not south, west, north, east in degrees",
            hint="give latitudes from -90 to 90, the south first, and longitudes from -180 to 180",
        )
