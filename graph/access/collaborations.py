"""Derive networks of cities from a graph, as `networkx.Graph`, pandas tables and hypergraphs.

Keyword arguments select the part of the graph to analyse (the subset).
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import islice, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from graph.access.options import (
    LanguageCode,
    Measure,
    Method,
    NodeOptions,
    Normalisation,
    NullModelName,
    Side,
    SubsetOptions,
    Weight,
    parse_day,
    parse_series_day,
    parse_side,
    parse_subset,
    parse_word,
)
from graph.access.tables import (
    Shares,
    date_index,
    overlaps_table,
    rank_bounds_table,
    robustness_table,
    standing_counts,
    table_of,
    ties_table,
    turnover_table,
    with_attributes,
)
from graph.analysis.centrality import centrality
from graph.analysis.communities import communities
from graph.analysis.community_profiles import community_name, community_profiles
from graph.analysis.dynamic_graph import dynamic_graph
from graph.analysis.graph_summary import GraphSummary, summarize
from graph.analysis.hypergraph import hypergraph
from graph.analysis.overlap import overlap_names, overlaps
from graph.analysis.projection import Projection, check_least_shared, check_weight, project
from graph.analysis.significance import significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import ints
from graph.analysis.subset import Matches, Subset
from graph.analysis.subset_filters import Filter
from graph.analysis.time_series import weigh
from graph.analysis.turnover import lifetimes, turnover
from graph.analysis.two_mode import Graph, TwoMode
from graph.errors import AnalysisError, BadArgument, unknown_id
from graph.folding import fold
from graph.reports.formats import Format
from graph.reports.network_tables import community_choices, future_limits, limits_of, snapshot_provenance
from graph.reports.projection_file import write_projection
from graph.reports.report import Provenance, Stated, as_stated
from graph.search import NameIndex, NameRow, check_text
from graph.vocabulary import (
    CentralityMeasure,
    CentralityNormalisation,
    CommunityMethod,
    Language,
    NetworkSide,
    NullModel,
    ProjectionWeight,
    Standing,
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
    - the arguments that change the result, such as `projection`, `weight`, `least_shared`, `trials` and `seed`
    - `lower_bound`: whether there may be more ties than are recorded, because the list of members of a network is
      incomplete. The numbers of ties and of shared nodes are then lower bounds, provided that the ties attested earlier
      are still in force. With `standings=["in_force"]`, they always are.
    - `ties_in_force`, `ties_attested_earlier`: the number of ties with each standing that counts. If the result covers
      several dates, each is the largest such number on one date.
    - `inferred_grades`, with the weight "grade": the number of ties without a recorded grade, which are weighted as
      full memberships. If the result covers several dates, it is the largest such number on one date.
    - `as_known_on`, if the date (or the last of several dates) is in the future: the current date, because later
      changes are not yet known
    """

    def __init__(
        self,
        snapshot: Snapshot,
        find: FindMatches | None = None,
        read_names: Callable[[], NameIndex] | None = None,
    ) -> None:
        """Store the snapshot, which contains the cities, collaborations and ties that analyses read.

        The function `find` finds the nodes that match the filters `cities_where` and `networks_where`. If `find` is
        None, the methods raise AnalysisError for these filters. The function `read_names` returns the index of the
        names in all languages. If it is None, the names in the snapshot are used.
        """
        self.snapshot = snapshot
        self._find = find
        self._read_names = read_names
        self._found: dict[tuple[str, str, date], Matches] = {}

    def __repr__(self) -> str:
        origin = self.snapshot.origin or f"graph revision {self.snapshot.revision}"
        cities, collaborations = len(self.snapshot.cities), len(self.snapshot.collaborations)
        return f"<Collaborations: {cities} cities, {collaborations} collaborations, {origin}>"

    def select(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> TwoMode:
        """Return the two-mode network of cities and collaborations as a `graph.analysis.two_mode.TwoMode`."""
        return self._select(on, subset)[0]

    def search(self, text: str, most: int = 10, *, language: LanguageCode = "en") -> dict[str, str]:
        """Return the cities and collaborations with a name that matches a text, as `search` in GraphQL finds them.

        The result is a dict from id to name, the best match first. It contains at most `most` nodes. All names in all
        languages are searched, former names too. The name in the result is the one that matches best. If several names
        of a node match equally well, it is the name in `language`. If no name matches, the nodes with similar names or
        ids are returned. Raises BadArgument if the text has fewer than two letters and digits.
        """
        check_text(text)
        spoken = parse_word("language", language, Language)
        names = {node.id: node.name for node in (*self.snapshot.cities, *self.snapshot.collaborations)}
        hits = self._names.search(text, language=spoken)
        found = dict(islice(((hit.node, hit.name) for hit in hits if hit.node in names), most))
        similar = [] if found else self.snapshot.similar_ids(text, most, 0.7)
        return found or {node_id: names.get(node_id, node_id) for node_id in similar}

    @cached_property
    def _names(self) -> NameIndex:
        if self._read_names is not None:
            return self._read_names()
        nodes = (*self.snapshot.cities, *self.snapshot.collaborations)
        return NameIndex([NameRow(node.id, fold(node.name), node.name, None, None, (), (), 0) for node in nodes])

    def two_mode(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> Graph:
        """Return the two-mode network of cities and collaborations as a `networkx.Graph`, whose nodes are ids.

        The attributes of nodes include `name`, `mode`, `country` and `ties` (the number of ties). The attributes of
        ties are `standing` and `layer` and, if known, `status`, `grade`, `founder`, `host`, `from`, `earliest_from`,
        `attested_from`, `until`, `periods`, `fee`, `fee_currency`, `fees` and `sources`. `TwoMode.to_networkx`
        describes them.
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
        `least_shared` cities. Each tie has the attributes `shared`, the number of shared nodes, and `weight`, which is
        computed as the argument `weight` states (`graph.vocabulary.ProjectionWeight`). With several `layers`, the ties
        between cities also have the number of shared collaborations of each layer: `shared_network`,
        `shared_working_group`, `shared_project` and `shared_twinning`.
        """
        two_mode, chosen = self._select(on, subset)
        weighing = _Weighing.parse(nodes, weight, least_shared)
        return self._describe(weighing.apply(two_mode).to_networkx(), two_mode, chosen, weighing)

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
        two_mode, chosen = self._select(day, subset, only_ties="the ties of a projection")
        if target.suffix.lower() not in (".csv", ".parquet"):
            raise BadArgument(f"path: {target.name!r} ends neither in .csv nor in .parquet", hint="name the file so")
        weighing = _Weighing.parse(nodes, weight, least_shared)
        return write_projection(
            two_mode,
            parse_side("projection", nodes),
            target,
            Format(target.suffix[1:].lower()),
            snapshot_provenance(self.snapshot, day, chosen, {}, limits_of([two_mode], day)),
            weight=weighing.weight,
            least_shared=least_shared,
        )

    def neighbours(
        self,
        node: str,
        *,
        weight: Weight = "count",
        least_shared: int = 1,
        shares: bool = False,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> "DataFrame":
        """Return a pandas table of the neighbours of a node in a projection.

        The neighbours of a city are the cities that share at least `least_shared` networks with it. The neighbours of a
        network share at least `least_shared` cities with it. The columns are `name`, `shared` (the number of shared
        nodes), the weights `jaccard`, `overlap`, `cosine` and `newman` (`graph.vocabulary.ProjectionWeight`), and
        `lower_bound`, which is true if more nodes may be shared than are recorded. Only `shared` is then a lower bound,
        as the class describes: unknown members can raise or lower the weights. With several `layers`, there are also
        the columns of `projection`, such as `shared_network`. With the weight "grade", there is also the column
        `grade`. If `shares` is true, there are also the columns `shares` and `shares_ids`: lists of the names and the
        ids of the shared nodes.

        The rows are sorted by `weight`, the largest first. Neighbours of equal weight are sorted by number of shared
        nodes, then by Jaccard index, then by id.
        """
        chosen_weight = parse_word("weight", weight, ProjectionWeight)
        two_mode, chosen = self._select(on, subset)
        for side in NetworkSide:
            place = next((place for place, one in enumerate(two_mode.nodes_of(side)) if one.id == node), None)
            if place is not None:
                check_least_shared("least_shared", least_shared, side)
                shared = Shares(two_mode, side) if shares else None
                rows = self._neighbour_rows(two_mode, side, place, chosen_weight, shared)
                rows = [row for row in rows if cast("int", row["shared"]) >= least_shared]
                grade = ["grade"] if chosen_weight is ProjectionWeight.GRADE else []
                columns = [*overlap_names(two_mode.shared_layers(side)), *grade, "lower_bound"]
                columns += Shares.names if shares else ()
                stated = as_stated(node=node) | _Weighing(side, chosen_weight, least_shared).stated()
                attributes = self._attributes_on(on, chosen, two_mode, stated, chosen_weight)
                return with_attributes(table_of(rows, ["id", "name", *columns], index="id"), attributes)
        if node in self.snapshot.city_places or node in self.snapshot.collaboration_places:
            raise AnalysisError(f"'{node}' has no tie in the subset on the date", hint="check the date and the subset")
        raise unknown_id(node, self.snapshot.similar_ids(node))

    def _neighbour_rows(
        self, two_mode: TwoMode, side: NetworkSide, place: int, weight: ProjectionWeight, shares: Shares | None
    ) -> list[dict[str, object]]:
        grades: dict[int, float] = {}
        if weight is ProjectionWeight.GRADE:
            for first, second, value, _ in project(two_mode, side, weight).iter_ties():
                if place in (first, second):
                    grades[first + second - place] = value
        places = {node.id: index for index, node in enumerate(two_mode.nodes_of(side))} if grades else {}
        own = two_mode.nodes_of(side)[place].id
        rows: list[dict[str, object]] = []
        for pair in overlaps(two_mode, side, place).rows():
            other = pair.second if pair.first.id == own else pair.first
            row: dict[str, object] = {"id": other.id, "name": other.name, **pair.values()}
            if grades:
                row["grade"] = grades[places[other.id]]
            rows.append({**row, "lower_bound": pair.lower_bound, **(shares.of(pair) if shares else {})})
        key = "shared" if weight is ProjectionWeight.COUNT else weight.word

        def order(row: Mapping[str, object]) -> tuple[float, float, float, str]:
            values = (cast("float", row[name]) for name in (key, "shared", "jaccard"))
            first, shared, jaccard = values
            return -first, -shared, -jaccard, cast("str", row["id"])

        return sorted(rows, key=order)

    def overlaps(
        self,
        nodes: Side = "networks",
        /,
        *,
        least_shared: int = 1,
        null_model: NullModelName | None = None,
        trials: int = 1000,
        seed: int = 0,
        shares: bool = False,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> "DataFrame":
        """Return a pandas table of the pairs of networks that share cities, or of cities that share networks.

        There is a row for each pair that shares at least `least_shared` nodes. A network and its successor are never a
        pair. The pairs that share most come first. The columns are those of the table `pairs` of `citygraph report
        overlap`: `first`, `first_id`, `second`, `second_id`, and those of `neighbours`, except `grade`. Those of the
        shared nodes, `shares` and `shares_ids`, are in the table only if `shares` is true: with millions of pairs, they
        need much memory.

        With a null model, such as "sdsm" (`graph.vocabulary.NullModel`), the table also contains the p values:

        - `p`: the probability that a random network has at least the observed overlap
        - `p_adjusted`: `p`, corrected for multiple testing (Benjamini and Hochberg)
        - `p_upper_bound`: whether the p value is too small to compute, so that `p` and `p_adjusted` are upper bounds
        - `p_conditional`: whether the p value holds only for the recorded members or the subset. Members may be
          recorded because they are in the other network: check the sources of both networks before citing a pair.

        The null models assume that any city may join any network. `countries` and the other keywords restrict the
        cities to those that may join both networks.

        `attrs` then also contains the number of `tests`. `trials` and `seed` are used only by the null model "fdsm". If
        the number of trials is too small for any pair to be significant, `attrs` contains `trials_needed`, the smallest
        number with which a pair could be significant.
        """
        only_ties = "overlaps without a null model" if null_model is None else None
        two_mode, chosen = self._select(on, subset, only_ties=only_ties)
        side = parse_side("nodes", nodes)
        check_least_shared("least_shared", least_shared, side)
        model = None if null_model is None else parse_word("null_model", null_model, NullModel)
        test = None if model is None else significance(two_mode, side, model, seed=seed, trials=trials)
        pairs = overlaps(two_mode, side).rows()
        tested = zip(pairs, repeat(None), strict=False) if test is None else zip(pairs, test.rows(), strict=True)
        table = overlaps_table(
            (pair for pair in tested if pair[0].shared >= least_shared),
            two_mode.shared_layers(side),
            is_tested=test is not None,
            is_conditional=self.snapshot.is_conditional(chosen),
            shares=Shares(two_mode, side) if shares else None,
        )
        stated = as_stated(projection=side, least_shared=least_shared, null_model=model or "none")
        if test is not None:
            stated |= as_stated(trials=test.trials, tests=test.tests, trials_needed=test.trials_needed)
        drawn_seed = None if test is None else test.seed
        return with_attributes(table, self._attributes_on(on, chosen, two_mode, stated, seed=drawn_seed))

    def robustness(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> "DataFrame":
        """Return a pandas table of the effect of removing a single network from the two-mode network.

        There is a row for each network. The networks whose removal disconnects most pairs of cities come first.
        `graph.analysis.robustness` defines the columns:

        - `name`
        - `cities`: the number of the network's cities
        - `isolated`: the number of these cities that have no tie after the removal
        - `components`: the number of connected components after the removal
        - `largest`: the number of cities in the largest component
        - `disconnected`: the share of the connected pairs of cities that the removal disconnects
        - `lower_bound`: whether members of the network may be missing
        """
        two_mode, chosen = self._select(on, subset)
        return with_attributes(robustness_table(two_mode), self._attributes_on(on, chosen, two_mode))

    def rank_bounds(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> "DataFrame":
        """Return a pandas table of the best and the worst rank that each node can have.

        Nodes are ranked by their number of ties, cities among the cities and networks among the networks. If the list
        of members of a network is incomplete, any city may be one of its members. The columns are `name`, `mode`,
        `ties`, `best` and `worst`.
        """
        two_mode, chosen = self._select(on, subset)
        return with_attributes(rank_bounds_table(two_mode), self._attributes_on(on, chosen, two_mode))

    def summary(
        self,
        *,
        projection: Side | None = None,
        weight: Weight = "count",
        least_shared: int = 1,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> GraphSummary:
        """Return summary statistics of the two-mode network, or of a projection: density, components, distances.

        `projection`, `weight` and `least_shared` have the same meaning as in the method `dataframe`.
        """
        return summarize(_Weighing.parse(projection, weight, least_shared).apply(self._select(on, subset)[0]))

    def turnover(self, dates: Iterable[date | str | int], **subset: "Unpack[SubsetOptions]") -> "DataFrame":
        """Return a pandas table of how the ties change from each date to the next.

        If a date is given as a year, the last day of the year is used. The index is the later date of each change. The
        columns are the following (`graph.analysis.turnover.Turnover`):

        - `since`: the earlier date
        - `ties_before`, `ties`: the number of ties on the earlier and on the later date
        - `in_force`, `attested_earlier`: the number of ties on the later date with each standing that counts
        - `joined`: the number of new ties that began in between
        - `first_shown`: the number of new ties whose beginning is unknown
        - `left`: the number of ties that ended in between
        - `lapsed`: the number of ties that are no longer included, although their end is unknown
        - `growth`: (`joined` - `left`) / `ties_before`, missing if there were no ties before
        - `churn`: `left` / `ties_before`, missing if there were no ties before
        - `lower_bound`: whether more ties may have joined or left than are counted, because `first_shown` or `lapsed`
          is not 0 or because a list of members is incomplete. `growth` and `churn` are not bounds, because ties may be
          missing from `ties_before` too.
        - `networks_gained`: the ids of networks that have ties on the later date, and certainly none on the earlier
        - `networks_lost`: the ids of networks that have ties on the earlier date, and certainly none on the later

        All numbers are numbers of ties, such as memberships, and not of networks. A gained network can be older than
        the earlier date, if no city of the subset was its member then.

        Raises AnalysisError if the subset selects nodes by their ties on a date.
        """
        days = sorted({parse_series_day(day) for day in dates})
        last = max(days, default=date.today())
        chosen = self._subset_of_all_dates(subset, last, "growth and churn")
        two_modes = (self.snapshot.two_mode(day, chosen) for day in days)
        table = turnover_table(turnover(self.snapshot, days, chosen), chosen.standings)
        provenance = self._provenance(chosen, as_stated(dates=days), limits_of(two_modes, last))
        return with_attributes(table, provenance.attributes())

    def ego(
        self, node: str, radius: int = 2, *, on: date | str | None = None, **subset: "Unpack[NodeOptions]"
    ) -> Graph:
        """Return the two-mode network of the nodes within a number of hops of a city or network.

        For a city, a radius of 1 gives its networks. A radius of 2 also gives the other members of these networks.
        """
        if subset.get("largest_component"):
            raise BadArgument("largest_component: an ego network is connected", hint="leave out `largest_component`")
        return self.two_mode(on, ego=node, radius=radius, **subset)

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
        measures: Sequence[Measure] | Measure | None = None,
        normalisation: Normalisation = "networkx",
        projection: Side | None = None,
        weight: Weight = "count",
        least_shared: int = 1,
        on: date | str | None = None,
        **subset: "Unpack[SubsetOptions]",
    ) -> "DataFrame":
        """Return a pandas table. The argument `of` selects what the rows are: ties, cities or networks.

        A table of cities or networks contains their properties, the number of ties, and columns for each centrality
        measure. `measures` is one measure or a list of measures. By default, it is `MEASURES`. A measure such as
        "degree" has the column `degree` for the value, and the column `degree_rank` for the rank of a city among the
        cities, or of a network among the networks. Values are normalised as in NetworkX by default. Degree, betweenness
        and closeness then also have a column with the raw value, such as `degree_raw`. With the normalisation "none",
        the value itself is raw.

        The measures are computed in the two-mode network. If `projection` is given, they are computed in the projection
        on the cities or networks instead. `weight` and `least_shared` have the same meaning as in the method
        `projection`. In the two-mode network, the only possible weights are "count" and "grade".
        """
        two_mode, chosen = self._select(on, subset, only_ties="a table of ties" if of == "ties" else None)
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
            return with_attributes(ties_table(two_mode), self._attributes_on(on, chosen, two_mode))
        if of not in ("cities", "networks"):
            raise BadArgument(
                f"of: {of!r} is not known",
                hint="give 'ties', 'cities' or 'networks'; `pandas.concat` joins the tables of cities and networks",
            )
        side = parse_side("of", of)
        if projection not in (None, of):
            raise BadArgument(f"the projection on the {projection} has no {of}", hint=f"give {projection!r} as `of`")
        weighing = _Weighing.parse(projection, weight, least_shared)
        graph = weighing.apply(two_mode)
        chosen_measures = _measures(measures)
        chosen_normalisation = parse_word("normalisation", normalisation, CentralityNormalisation)
        results = {name: centrality(graph, measure, chosen_normalisation) for name, measure in chosen_measures.items()}
        rows: list[dict[str, object]] = []
        for place, (node, ties) in enumerate(zip(graph.nodes, ints(graph.adjacency.row_counts), strict=True)):
            if (node.mode == "City") is not (side is NetworkSide.CITIES):
                continue
            row: dict[str, object] = {"id": node.id, **node.attributes(), "ties": ties}
            for result in results.values():
                row |= zip(result.column_names, result.cells(result.scores[place]), strict=True)
            rows.append({name: value for name, value in row.items() if name not in ("label", "bipartite", "type")})
        computed = [column for result in results.values() for column in result.column_names]
        stated = weighing.stated()
        stated |= as_stated(measures=tuple(chosen_measures.values()), normalisation=chosen_normalisation)
        attributes = self._attributes_on(on, chosen, two_mode, stated, weighing.weight)
        return with_attributes(table_of(rows, ["id", "name", "ties"], computed, index="id"), attributes)

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
        `graph.analysis.communities`. By default, ten seeds are tried (`trials`), and the best partition is returned.
        The columns are:

        - `name`, `mode`
        - `community`: the number of the community
        - `community_name`: the most typical networks and countries of the community
        - `stability`: how often the other seeds put the node into one community with the same nodes, as a share from 0
          to 1 (see `graph.analysis.communities.Communities`). It is missing if only one seed was tried.

        The attribute `attrs` of the table contains, among others, the modularity, the two-mode modularity, the mean
        agreement of the partitions of all seeds, the seed of the best partition (`best_seed`), and how to cite the
        method (`citation`). Values that are not defined are missing.
        """
        two_mode, chosen = self._select(on, subset)
        weighing = _Weighing.parse(projection, weight, least_shared)
        found = communities(
            weighing.apply(two_mode),
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
            "best_seed": found.seed,
            "citation": found.citation,
            "modularity": found.modularity,
            "two_mode_modularity": found.two_mode_modularity,
            "agreement": found.stability and found.stability.agreement,
        }
        stated = weighing.stated() | community_choices(found) | as_stated(**values)
        attributes = self._attributes_on(on, chosen, two_mode, stated, weighing.weight, seed=seed)
        return with_attributes(table_of(rows, ["id", *_COMMUNITY_COLUMNS], index="id"), attributes)

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
        of cities, networks and ties, the number of these ties with each standing that counts (by default `in_force` and
        `attested_earlier`), and whether these numbers are lower bounds. If the sources end before a date, its ties are
        `attested_earlier`: they may have ended since, and new ties are unknown. With `measure`, there is a column for
        each city, which contains the centrality of the city in the two-mode network. If `side` is "networks", there is
        a column for each network instead. If `projection` is given, there is a column for each of its nodes, with the
        centrality in the projection (see `dataframe`). `side` is then unnecessary. If a node has no ties on a date, the
        value is missing.

        `lower_bound` in `attrs` is true if the list of members of a network is incomplete on any of the dates. The
        filters `cities_where` and `networks_where` choose the nodes that match on the last date. If the last date is in
        the future, `as_known_on` in `attrs` is the current date: the rows of later dates show what is known today.
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
        last = max(days, default=date.today())
        chosen = self._subset(subset, last)
        weighing = _Weighing.parse(projection, weight, least_shared)
        two_modes = [self.snapshot.two_mode(day, chosen) for day in days]
        for two_mode in two_modes:
            if measure is None:
                counts = len(two_mode.cities), len(two_mode.collaborations), two_mode.tie_count
                row: dict[str, object] = dict(zip(_COUNTS, counts, strict=True))
                rows.append(row | standing_counts(two_mode.standing_counts) | {"lower_bound": two_mode.lower_bound})
                continue
            result = centrality(weighing.apply(two_mode), parse_word("measure", measure, CentralityMeasure))
            is_city = columns is NetworkSide.CITIES
            scores = (score for score in result.scores if (score.node.mode == "City") is is_city)
            rows.append({score.node.id: score.value for score in scores})
        counted = [standing.word for standing in Standing if standing in chosen.standings]
        names = [] if measure else [*_COUNTS, *counted, "lower_bound"]
        table = table_of(rows, names).set_index(date_index(days))
        stated = as_stated(dates=days)
        if measure is not None:
            measured = parse_word("measure", measure, CentralityMeasure)
            normalisation = CentralityNormalisation.NETWORKX
            stated |= weighing.stated() | as_stated(measures=measured, normalisation=normalisation, side=columns)
        provenance = self._provenance(chosen, stated, limits_of(two_modes, last, weighing.weight))
        return with_attributes(table, provenance.attributes())

    def lifetimes(self, on: date | str | None = None, **subset: "Unpack[SubsetOptions]") -> "DataFrame":
        """Return a pandas table of the Kaplan–Meier estimate of how many ties survive to each age.

        There is a row for each age, in days, at which ties end. The columns are `at_risk` (the number of ties that have
        neither ended nor been censored before this age), `ended` (the number of ties that end at this age), `survival`
        (the estimated share of ties that survive this age), and `low` and `high`, the bounds of the 95 % confidence
        interval of `survival`. Only ties whose beginning a source states are included. A tie is followed until it ends.
        If its end is unknown, it is followed until the last day that a source covers. No tie is followed beyond the
        date `on`. The ties of all years are estimated together: there is no argument for a period. Some dates are known
        only to the year, so an age in days can be wrong by a year.

        `attrs` also contains the following values:

        - `ties`: the number of ties that are included
        - `ended`: the number of these ties that have ended on a known day
        - `without_end`: the number of ties that have ended on an unknown day
        - `without_beginning`: the number of ties that are left out because no source states their beginning
        - `median`: the median lifetime in years, which is missing if more than half of the ties survive

        Ties of any standing are included. Raises AnalysisError if the subset selects nodes by their ties on a date, and
        BadArgument if it has `standings`.
        """
        if subset.get("standings") is not None:
            raise BadArgument(
                "standings: lifetimes include ties of any standing", hint="leave out `standings`, or use `turnover`"
            )
        day = parse_day(on)
        chosen = self._subset_of_all_dates(subset, day, "lifetimes")
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
        limits = {"lower_bound": lives.lower_bound, **future_limits(day)}
        attributes = replace(self._provenance(chosen, {}, limits, on=day), standings=()).attributes()
        attributes |= as_stated(**{name: getattr(lives, name) for name in _LIFETIME_COUNTS}, median=lives.median)
        return with_attributes(table_of(rows, ["age", *_LIFETIME_COLUMNS], index="age"), attributes)

    def dynamic_two_mode(self, first: date | str, last: date | str, **subset: "Unpack[SubsetOptions]") -> Graph:
        """Return the two-mode network of a period. `networkx.write_gexf` writes it for the timeline of Gephi.

        The result contains every node and tie that is in the network on at least one day from `first` to `last`. The
        attribute `spells` of a node or tie is a list of pairs (first day, last day). It states on which days of the
        period the node or tie is in the network. The other attributes are those of `two_mode`. The standing of a tie is
        its standing on its own last day in this period. The other facts of a tie are
        those of its last membership. `min_degree`, `ego` and `largest_component` apply to the network of the whole
        period. `cities_where` and `networks_where` choose the nodes that match on the day `last`.
        `citygraph.write_graph` writes the network with its provenance, to GEXF and to formats that cannot contain
        lists, such as GraphML.
        """
        begin, end = parse_day(first), parse_day(last)
        if begin > end:
            raise BadArgument(f"first: {begin} is later than last: {end}", hint="give the earlier date first")
        chosen = self._subset(subset, end)
        two_mode = self.snapshot.two_mode_between(begin, end, chosen)
        return self._describe(dynamic_graph(two_mode, begin, end), two_mode, chosen)

    def _select(
        self, on: date | str | None, options: "SubsetOptions", *, only_ties: str | None = None
    ) -> tuple[TwoMode, Subset]:
        day = parse_day(on)
        subset = self._subset(options, day, only_ties=only_ties)
        return self.snapshot.two_mode(day, subset), subset

    def _subset_of_all_dates(self, options: "SubsetOptions", day: date, what: str) -> Subset:
        """Return the subset that the keyword arguments select. It must contain the same nodes on every date.

        Raises AnalysisError if the nodes depend on the date. `what` is the name of the analysis in the error message.
        """
        subset = self._subset(options, day, only_ties=what)
        if subset.depends_on_date:
            raise AnalysisError(
                f"{what} need the same nodes on every date",
                hint="leave out min_degree, ego and largest_component, or select by countries or ids",
            )
        self.snapshot.check(subset)
        return subset

    def _subset(self, options: "SubsetOptions", day: date, *, only_ties: str | None = None) -> Subset:
        """Return the subset that the keyword arguments select.

        `only_ties` names the result of the method if it contains only ties. Raises BadArgument if the keyword arguments
        then keep nodes without ties.
        """
        arguments = parse_subset(options)
        if only_ties is not None:
            arguments.refuse_isolates(only_ties)
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

    def _describe(self, graph: Graph, two_mode: TwoMode, subset: Subset, weighing: "_Weighing | None" = None) -> Graph:
        for node, degree in cast("Iterable[tuple[str, int]]", graph.degree):
            graph.nodes[node]["ties"] = degree
        last = two_mode.on or date.fromisoformat(graph.graph["last"])
        limits = limits_of([two_mode], last, weighing.weight if weighing else ProjectionWeight.COUNT)
        choices = weighing.stated() if weighing else {}
        graph.graph |= self._provenance(subset, choices, limits, on=two_mode.on).attributes()
        return graph

    def _attributes_on(
        self,
        on: date | str | None,
        subset: Subset,
        two_mode: TwoMode,
        choices: Mapping[str, Stated] | None = None,
        weight: ProjectionWeight = ProjectionWeight.COUNT,
        *,
        seed: int | None = None,
    ) -> dict[str, Stated]:
        day = parse_day(on)
        limits = limits_of([two_mode], day, weight)
        return self._provenance(subset, choices or {}, limits, on=day, seed=seed).attributes()

    def _provenance(
        self,
        subset: Subset,
        choices: Mapping[str, Stated],
        limits: Mapping[str, Stated],
        *,
        on: date | None = None,
        seed: int | None = None,
    ) -> Provenance:
        return snapshot_provenance(self.snapshot, on, subset, choices, limits, seed=seed)


_COMMUNITY_COLUMNS: Final = ("name", "mode", "community", "community_name", "stability")
_LIFETIME_COLUMNS: Final = ("at_risk", "ended", "survival", "low", "high")
_LIFETIME_COUNTS: Final = ("ties", "ended", "without_beginning", "without_end")
_COUNTS: Final = ("cities", "networks", "ties")


class _Weighing(NamedTuple):
    """The graph to analyse: the two-mode network (`side` is None) or a projection, and the weights of its ties."""

    side: NetworkSide | None
    weight: ProjectionWeight
    least_shared: int

    @classmethod
    def parse(cls, projection: str | None, weight: str, least_shared: int) -> "_Weighing":
        side = None if projection is None else parse_side("projection", projection)
        weighing = cls(side, parse_word("weight", weight, ProjectionWeight), least_shared)
        check_least_shared("least_shared", least_shared, side)
        check_weight(weighing.weight, side)
        return weighing

    def apply(self, two_mode: TwoMode) -> TwoMode | Projection:
        return weigh(two_mode, self.side, self.weight, least_shared=self.least_shared)

    def stated(self) -> dict[str, Stated]:
        return as_stated(projection=self.side or "none", weight=self.weight, least_shared=self.least_shared)


def _measures(measures: Sequence[Measure] | Measure | None) -> dict[Measure, CentralityMeasure]:
    """Return a dict from the name of each measure to its `CentralityMeasure`. A single measure is also accepted."""
    names = MEASURES if measures is None else (measures,) if isinstance(measures, str) else measures
    return {name: parse_word("measures", name, CentralityMeasure) for name in names}
