"""Derive networks of cities from a graph, as `networkx.Graph`, pandas tables and hypergraphs.

Keyword arguments select the part of the graph to analyse (the subset).
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from graph.access.options import (
    Measure,
    Method,
    NodeOptions,
    Normalisation,
    Side,
    SubsetOptions,
    Weight,
    parse_day,
    parse_series_day,
    parse_side,
    parse_subset,
    parse_word,
)
from graph.analysis.centrality import centrality
from graph.analysis.communities import communities
from graph.analysis.community_profiles import community_name, community_profiles
from graph.analysis.dynamic_graph import dynamic_graph
from graph.analysis.hypergraph import hypergraph
from graph.analysis.overlap import overlaps
from graph.analysis.projection import Projection, check_least_shared, check_weight
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import ints
from graph.analysis.subset import Matches, Subset
from graph.analysis.subset_filters import Filter
from graph.analysis.time_series import weigh
from graph.analysis.turnover import lifetimes
from graph.analysis.two_mode import Graph, TwoMode
from graph.errors import AnalysisError, BadArgument, unknown_id
from graph.reports.formats import Format
from graph.reports.network_tables import snapshot_provenance
from graph.reports.projection_file import write_projection
from graph.reports.report import credit_line
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CommunityMethod,
    NetworkSide,
    ProjectionWeight,
)

if TYPE_CHECKING:
    from typing import Unpack

    from pandas import DataFrame

__all__ = ["Collaborations", "FindMatches"]

FindMatches = Callable[[str, Filter, date], Matches]
"""A function that returns the ids of nodes.

It finds the nodes that have a given label and match a given filter on a given date.
"""

MEASURES: Final[tuple[Measure, ...]] = ("degree", "betweenness", "closeness", "harmonic")


class Collaborations:
    """All cities, the collaborations in which they take part, and the ties between them on all dates.

    A tie connects a city and a collaboration, such as a network of which the city is a member. The methods take a date
    `on`, which can be a date, a text such as "2023-11-27", or None for today. `**subset` are the keyword arguments of
    `SubsetOptions`, which select the part of the graph to analyse. The methods raise QueryError if an argument is
    invalid, and AnalysisError if an analysis fails.

    A returned graph contains the following data in its attribute `graph`, and a returned table in its attribute
    `attrs`:

    - the date, the subset and the revision of the stored graph
    - the standings that a tie must have to be included (a standing states whether sources show a tie to be in force on
      the date)
    - `lower_bound`: whether there may be more ties than are recorded, because the list of members of a network is
      incomplete
    """

    def __init__(self, snapshot: Snapshot, find: FindMatches | None = None) -> None:
        """Store the snapshot, which contains the cities, collaborations and ties that analyses read.

        The function `find` finds the nodes that match the filters `cities_where` and `networks_where`. If `find` is
        None, the methods raise AnalysisError for these filters.
        """
        self.snapshot = snapshot
        self._find = find
        self._found: dict[tuple[str, str, date], Matches] = {}

    def __repr__(self) -> str:
        origin = self.snapshot.origin or f"graph revision {self.snapshot.revision}"
        cities, collaborations = len(self.snapshot.cities), len(self.snapshot.collaborations)
        return f"<Collaborations: {cities} cities, {collaborations} collaborations, {origin}>"

    def select(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> TwoMode:
        """Return the two-mode network of cities and collaborations as an object of `graph.analysis`."""
        return self._select(on, subset)[0]

    def search(self, text: str, most: int = 10) -> dict[str, str]:
        """Return the nodes whose name or id is similar to a text.

        The result is a dict from id to name, the most similar first.
        """
        names = {node.id: node.name for node in (*self.snapshot.cities, *self.snapshot.collaborations)}
        return {node_id: names.get(node_id, node_id) for node_id in self.snapshot.similar_ids(text, most, 0.7)}

    def two_mode(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> Graph:
        """Return the two-mode network of cities and collaborations as a `networkx.Graph`, whose nodes are ids.

        The attributes of nodes include `name`, `mode`, `country` and `ties`, the number of ties. The attributes of ties
        are `standing` and `layer` and, if known, `status`, `grade`, `founder`, `host`, `from`, `earliest_from`,
        `attested_from`, `until`, `spells`, `fee`, `fee_currency`, `fees` and `sources`. `TwoMode.to_networkx` describes
        them.
        """
        two_mode, chosen = self._select(on, subset)
        return self._describe(two_mode.to_networkx(), two_mode, chosen)

    def projection(
        self,
        nodes: Side = "cities",
        /,
        *,
        weight: Weight = "count",
        least_shared: int = 1,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> Graph:
        """Return the projection on the cities or on the networks.

        Two cities are tied if they share at least `least_shared` networks, and two networks if they share at least
        `least_shared` cities. The attributes of ties are `shared`, the number of shared nodes, and `weight`, which is
        computed as the argument `weight` states (`graph.vocabulary.ProjectionWeight`).
        """
        two_mode, chosen = self._select(on, subset)
        projection = _weigh(two_mode, nodes, weight, least_shared)
        return self._describe(projection.to_networkx(), two_mode, chosen)

    def write_projection(
        self,
        path: str | Path,
        nodes: Side = "cities",
        /,
        *,
        weight: Weight = "count",
        least_shared: int = 1,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> int:
        """Write the ties of a projection of any size to a file whose name ends in .csv or .parquet.

        Return the number of ties. The nodes of the projection are the cities or the networks, as in `projection`.
        """
        target, day = Path(path), parse_day(on)
        two_mode, chosen = self._select(day, subset)
        if target.suffix.lower() not in (".csv", ".parquet"):
            raise BadArgument(f"path: {target.name!r} ends neither in .csv nor in .parquet", hint="name the file so")
        return write_projection(
            two_mode,
            parse_side("projection", nodes),
            target,
            Format(target.suffix[1:].lower()),
            snapshot_provenance(self.snapshot, day, chosen, None, ""),
            weight=parse_word("weight", weight, ProjectionWeight),
            least_shared=least_shared,
        )

    def neighbours(
        self, node: str, *, least_shared: int = 1, on: date | str | None = None, **subset: "Unpack[SubsetOptions]"
    ) -> "DataFrame":
        """Return a pandas table of the neighbours of a node in a projection.

        The neighbours of a city are the cities that share at least `least_shared` networks with it. The neighbours of a
        network share at least `least_shared` cities with it. The columns are `name`, `shared` (the number of shared
        nodes) and the weights `jaccard`, `overlap`, `cosine` and `newman` (`graph.vocabulary.ProjectionWeight`). The
        neighbours that share most nodes come first.
        """
        two_mode, chosen = self._select(on, subset)
        for side in NetworkSide:
            place = next((place for place, one in enumerate(two_mode.nodes_of(side)) if one.id == node), None)
            if place is not None:
                check_least_shared("least_shared", least_shared, side)
                found = sorted(overlaps(two_mode, side, place).rows(), key=lambda row: (-row.shared, -row.jaccard))
                rows = [
                    {"id": other.id, "name": other.name, **{name: getattr(row, name) for name in _OVERLAPS}}
                    for row in found
                    if row.shared >= least_shared
                    for other in (row.second if row.first.id == node else row.first,)
                ]
                attributes = self._attributes_on(on, chosen, two_mode)
                return _with_attributes(_table(rows, ["id", "name", *_OVERLAPS]).set_index("id"), attributes)
        if node in self.snapshot.city_places or node in self.snapshot.collaboration_places:
            raise AnalysisError(f"'{node}' has no tie in the subset on the date", hint="check the date and the subset")
        raise unknown_id(node, self.snapshot.similar_ids(node))

    def ego(
        self, node: str, radius: int = 2, *, on: date | str | None = None, **subset: "Unpack[NodeOptions]"
    ) -> Graph:
        """Return the two-mode network of the nodes within a number of hops of a city or network.

        For a city, a radius of 1 gives its networks. A radius of 2 also gives the other members of these networks.
        """
        near: SubsetOptions = {**subset, "ego": node, "radius": radius}
        return self.two_mode(on, **near)

    def hypergraph(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> dict[str, Any]:
        """Return the hypergraph whose nodes are cities and whose hyperedges are networks.

        The result is in the Hypergraph Interchange Format (HIF), which `xgi.from_hif_dict` and `hypernetx.from_hif`
        read.
        """
        return hypergraph(self.two_mode(on, **subset))

    def dataframe(
        self,
        of: Literal["ties", "cities", "networks"] = "ties",
        *,
        measures: Sequence[Measure] | None = None,
        normalisation: Normalisation = "networkx",
        projection: Side | None = None,
        weight: Weight = "count",
        least_shared: int = 1,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> "DataFrame":
        """Return a pandas table. The argument `of` selects what the rows are: ties, cities or networks.

        A table of cities or networks contains their properties, the number of ties, and two columns for each centrality
        measure in `measures` (by default those of `MEASURES`). The first of the two columns is the value. The second is
        the rank of a city among the cities, or of a network among the networks. Values are normalised as in NetworkX by
        default; with the normalisation "none", they are raw.

        The measures are computed in the two-mode network. If `projection` is given, they are computed in the projection
        on the cities or networks instead. `weight` and `least_shared` have the same meaning as in the method
        `projection`. In the two-mode network, the only possible weights are "count" and "grade".
        """
        two_mode, chosen = self._select(on, subset)
        attributes = self._attributes_on(on, chosen, two_mode)
        if of == "ties":
            if measures is not None:
                raise BadArgument(
                    "measures: ties have no centrality",
                    hint="leave out `measures`, or give 'cities' or 'networks' as `of`",
                )
            if projection is not None or weight != "count" or least_shared != 1:
                raise BadArgument(
                    "the ties of a projection are not a table of this method", hint="use `projection` or `neighbours`"
                )
            return _with_attributes(_table(_tie_rows(two_mode), _TIE_COLUMNS), attributes)
        side = parse_side("of", of)
        if projection not in (None, of):
            raise BadArgument(f"the projection on the {projection} has no {of}", hint=f"give {projection!r} as `of`")
        graph = _weigh(two_mode, projection, weight, least_shared)
        measures = MEASURES if measures is None else measures
        chosen_normalisation = parse_word("normalisation", normalisation, CentralityNormalisation)
        results = [
            centrality(graph, parse_word("measures", measure, CentralityMeasure), chosen_normalisation)
            for measure in measures
        ]
        rows: list[dict[str, object]] = []
        for place, (node, ties) in enumerate(zip(graph.nodes, ints(graph.adjacency.row_counts), strict=True)):
            if (node.mode == "City") is not (side is NetworkSide.CITIES):
                continue
            row: dict[str, object] = {"id": node.id, **node.attributes(), "ties": ties}
            for measure, result in zip(measures, results, strict=True):
                score = result.scores[place]
                row |= {measure: score.value, f"{measure}_rank": score.rank}
            rows.append({name: value for name, value in row.items() if name not in ("label", "bipartite", "type")})
        computed = [column for measure in measures for column in (measure, f"{measure}_rank")]
        return _with_attributes(_table(rows, ["id", "name", "ties"], computed).set_index("id"), attributes)

    def communities(
        self,
        method: Method = "louvain",
        *,
        projection: Side | None = None,
        weight: Weight = "count",
        least_shared: int = 1,
        resolution: float = 1.0,
        trials: int = 10,
        seed: int = 0,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> "DataFrame":
        """Return a pandas table with the community of each node, the largest community first.

        The communities are those of the two-mode network. If `projection` is given, they are those of a projection
        instead, as in `dataframe`. `method`, `resolution`, `trials` and `seed` are arguments of
        `graph.analysis.communities`. The columns are `name`, `mode`, `community` (a number), `community_name` (the most
        typical networks and countries of the community) and `stability`, from 0 to 1.

        The attribute `attrs` of the table contains, among others, the modularity, the two-mode modularity, the mean
        agreement of the partitions of all seeds, and how to cite the method. Values that are not defined are missing.
        """
        two_mode, chosen = self._select(on, subset)
        found = communities(
            _weigh(two_mode, projection, weight, least_shared),
            method=parse_word("method", method, CommunityMethod),
            resolution=resolution,
            trials=trials,
            seed=seed,
        )
        rows: list[dict[str, object]] = []
        for number, (nodes, profile) in enumerate(
            zip(found.communities, community_profiles(two_mode, found), strict=True), start=1
        ):
            name = community_name(profile)
            for node in sorted(nodes, key=lambda node: (node.name, node.id)):
                place = {"community": number, "community_name": name and str(name)}
                stability = found.node_stability.get(node.id)
                rows.append({"id": node.id, "name": node.name, "mode": node.mode, **place, "stability": stability})
        values = {
            "method": found.citation,
            "resolution": resolution,
            "seed": found.seed,
            "modularity": found.modularity,
            "two_mode_modularity": found.two_mode_modularity,
            "agreement": found.stability and found.stability.agreement,
        }
        attributes = self._attributes_on(on, chosen, two_mode)
        attributes |= {name: value for name, value in values.items() if value is not None}
        return _with_attributes(_table(rows, ["id", *_COMMUNITY_COLUMNS]).set_index("id"), attributes)

    def series(
        self,
        dates: Iterable[date | str | int],
        measure: Measure | None = None,
        *,
        side: Side | None = None,
        projection: Side | None = None,
        weight: Weight = "count",
        least_shared: int = 1,
        **subset: "Unpack[SubsetOptions]",
    ) -> "DataFrame":
        """Return a pandas table with a row for each date, sorted by date.

        If a date is given as a year, the last day of the year is used. Without `measure`, the columns are the numbers
        of cities, networks and ties, and whether these numbers are lower bounds. With `measure`, there is a column for
        each city, which contains the centrality of the city in the two-mode network. If `side` is "networks", there is
        a column for each network instead. If `projection` is given, there is a column for each of its nodes, with the
        centrality in the projection (see `dataframe`). `side` is then unnecessary. If a node has no ties on a date, the
        value is missing.

        `lower_bound` in `attrs` is true if the list of members of a network is incomplete on any of the dates. The
        filters `cities_where` and `networks_where` choose the nodes that match on the last date.
        """
        if measure is None and (side is not None or projection is not None or weight != "count" or least_shared != 1):
            raise BadArgument(
                "side, projection, weight and least_shared need a measure", hint="give a measure, such as 'strength'"
            )
        columns = parse_side("side", side or projection or "cities")
        if projection is not None and columns is not parse_side("projection", projection):
            raise BadArgument(f"the projection on the {projection} has no {side}", hint="leave out `side`")
        days = sorted({parse_series_day(day) for day in dates})
        rows: list[dict[str, object]] = []
        lower_bound = False
        chosen = self._subset(subset, max(days, default=date.today()))
        for day in days:
            two_mode = self.snapshot.two_mode(day, chosen)
            lower_bound |= two_mode.lower_bound
            if measure is None:
                counts = len(two_mode.cities), len(two_mode.collaborations), two_mode.tie_count
                rows.append(dict(zip(_COUNTS, (*counts, two_mode.lower_bound), strict=True)))
                continue
            graph = _weigh(two_mode, projection, weight, least_shared)
            result = centrality(graph, parse_word("measure", measure, CentralityMeasure))
            is_city = columns is NetworkSide.CITIES
            scores = (score for score in result.scores if (score.node.mode == "City") is is_city)
            rows.append({score.node.id: score.value for score in scores})
        table = _table(rows, [] if measure else _COUNTS)
        index = cast("Any", _pandas()).DatetimeIndex([day.isoformat() for day in days], name="on")
        return _with_attributes(table.set_index(index), self._attributes(chosen, lower_bound=lower_bound))

    def lifetimes(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> "DataFrame":
        """Return a pandas table of the Kaplan–Meier estimate of how many ties survive to each age.

        There is a row for each age, in days, at which ties end. The columns are `at_risk` (the number of ties that have
        neither ended nor been censored before this age), `ended` (the number of ties that end at this age), `survival`
        (the estimated share of ties that survive this age), and `low` and `high`, the bounds of the 95 % confidence
        interval of `survival`. Only ties whose beginning a source states are included. A tie is followed until its end,
        the last day that a source covers, or the date `on`.

        `attrs` also contains the following values:

        - `ties`: the number of ties that are included
        - `ended`: the number of these ties that have ended on a known day
        - `without_end`: the number of ties that have ended on an unknown day
        - `without_beginning`: the number of ties that are left out because no source states their beginning
        - `median`: the median lifetime in years, which is missing if more than half of the ties survive

        Raises AnalysisError if the subset selects nodes by their ties on a date.
        """
        day = parse_day(on)
        chosen = self._subset(subset, day)
        if chosen.depends_on_date:
            raise AnalysisError(
                "lifetimes need the same nodes on every date",
                hint="leave out min_degree, ego and largest_component, or select by countries or ids",
            )
        self.snapshot.check(chosen)
        lives = lifetimes(self.snapshot, day, chosen)
        rows: list[dict[str, object]] = [
            {
                "age": age.days,
                "at_risk": age.at_risk,
                "ended": age.ended,
                "survival": age.survival,
                **dict(zip(("low", "high"), age.interval or (None, None), strict=True)),
            }
            for age in lives.ages
        ]
        attributes = {"on": day.isoformat(), **self._attributes(chosen, lower_bound=lives.lower_bound)}
        attributes |= {name: getattr(lives, name) for name in _LIFETIME_COUNTS}
        if lives.median is not None:
            attributes["median"] = lives.median
        return _with_attributes(_table(rows, ["age", *_LIFETIME_COLUMNS]).set_index("age"), attributes)

    def dynamic_two_mode(self, first: date | str, last: date | str, **subset: "Unpack[SubsetOptions]") -> Graph:
        """Return the two-mode network of a period. `networkx.write_gexf` writes it for the timeline of Gephi.

        The network contains all nodes and ties that the network of any day from `first` to `last` contains. The
        attribute `spells` of a node or tie is a list of pairs (first day, last day). It states on which days of the
        period the node or tie is in the network. The other attributes are those of `two_mode`. The standing of a tie is
        its standing on the last of these days. The other facts of a tie are those of its last membership. `min_degree`,
        `ego` and `largest_component` apply to the network of the whole period. `cities_where` and `networks_where`
        choose the nodes that match on the day `last`.
        """
        begin, end = parse_day(first), parse_day(last)
        if begin > end:
            raise BadArgument(f"first: {begin} is later than last: {end}", hint="give the earlier date first")
        chosen = self._subset(subset, end)
        two_mode = self.snapshot.two_mode_between(begin, end, chosen)
        return self._describe(dynamic_graph(two_mode, begin, end), two_mode, chosen)

    def _select(self, on: date | str | None, options: "SubsetOptions") -> tuple[TwoMode, Subset]:
        day = parse_day(on)
        subset = self._subset(options, day)
        return self.snapshot.two_mode(day, subset), subset

    def _subset(self, options: "SubsetOptions", day: date) -> Subset:
        arguments = parse_subset(options)
        cities = self._matches("City", arguments.cities_where, day)
        return Subset.of(arguments, cities, self._matches("Network", arguments.networks_where, day))

    def _matches(self, label: str, where: Filter | None, day: date) -> Matches | None:
        if where is None:
            return None
        if self._find is None:
            raise AnalysisError(
                "cities_where and networks_where need a server or a database, which this source is not",
                hint="load the file with `citygraph load` and open the data folder, or select by countries or ids",
            )
        key = label, repr(where), day
        if key not in self._found:
            self._found[key] = self._find(label, where, day)
        return self._found[key]

    def _describe(self, graph: Graph, two_mode: TwoMode, subset: Subset) -> Graph:
        for node, degree in cast("Iterable[tuple[str, int]]", graph.degree):
            graph.nodes[node]["ties"] = degree
        if two_mode.on is not None:
            graph.graph["on"] = two_mode.on.isoformat()
        graph.graph |= self._attributes(subset, lower_bound=two_mode.lower_bound)
        return graph

    def _attributes_on(self, on: date | str | None, subset: Subset, two_mode: TwoMode) -> dict[str, str | int | float]:
        return {"on": parse_day(on).isoformat(), **self._attributes(subset, lower_bound=two_mode.lower_bound)}

    def _attributes(self, subset: Subset, *, lower_bound: bool) -> dict[str, str | int | float]:
        return {
            "revision": self.snapshot.revision,
            "data": self.snapshot.digest,
            "subset": str(subset),
            "standings": ", ".join(standing.name for standing in subset.standings),
            "credit": str(credit_line(self.snapshot.origin)),
            "lower_bound": lower_bound,
        }


_OVERLAPS: Final = ("shared", "jaccard", "overlap", "cosine", "newman")
_COMMUNITY_COLUMNS: Final = ("name", "mode", "community", "community_name", "stability")
_LIFETIME_COLUMNS: Final = ("at_risk", "ended", "survival", "low", "high")
_LIFETIME_COUNTS: Final = ("ties", "ended", "without_beginning", "without_end")
_COUNTS: Final = ("cities", "networks", "ties", "lower_bound")
_TIE_COLUMNS: Final = (
    *("city", "city_id", "country", "network", "network_id", "layer"),
    *("standing", "status", "grade", "founder", "host", "from", "earliest_from", "attested_from", "until", "spells"),
    *("fee", "fee_currency", "fees", "sources"),
)


def _tie_rows(two_mode: TwoMode) -> list[dict[str, object]]:
    attributes = cast("Iterable[tuple[str, str, dict[str, object]]]", two_mode.to_networkx().edges(data=True))
    nodes = {node.id: node for node in two_mode.nodes}
    rows: list[dict[str, object]] = []
    for ends in attributes:
        city, network = sorted((nodes[ends[0]], nodes[ends[1]]), key=lambda node: node.mode != "City")
        names = {"city": city.name, "city_id": city.id, "country": city.country, "network": network.name}
        rows.append({**names, "network_id": network.id, **ends[2]})
    return rows


def _pandas() -> object:
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise AnalysisError(
            "tables need pandas, which is not installed", hint="pip install 'citygraph[notebook]'"
        ) from None
    return pd


def _table(rows: Sequence[Mapping[str, object]], first: Iterable[str], last: Iterable[str] = ()) -> "DataFrame":
    """Return the rows as a pandas table. Its first columns are those in `first`, and its last columns those in `last`.

    The table has these columns even if no row has a value in them.
    """
    names = list(dict.fromkeys([*first, *(name for row in rows for name in row), *last]))
    return cast("DataFrame", cast("Any", _pandas()).DataFrame.from_records([dict(row) for row in rows], columns=names))


def _with_attributes(table: "DataFrame", attributes: Mapping[str, str | int | float]) -> "DataFrame":
    table.attrs.update(attributes)
    return table


def _weigh(two_mode: TwoMode, projection: str | None, weight: str, least_shared: int) -> TwoMode | Projection:
    """Return the projection on the cities or networks. If `projection` is None, return the two-mode network."""
    side = None if projection is None else parse_side("projection", projection)
    weighted = parse_word("weight", weight, ProjectionWeight)
    check_least_shared("least_shared", least_shared, side)
    check_weight(weighted, side)
    return weigh(two_mode, side, weighted, least_shared=least_shared)
