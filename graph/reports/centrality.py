"""Report on centrality, communities and summary statistics of a two-mode network or a projection."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from graph.analysis.centrality import Centrality, centrality
from graph.analysis.communities import Communities
from graph.analysis.graph_summary import summarize
from graph.analysis.projection import Projection
from graph.analysis.rank_bounds import degree_rank_bounds
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import ints
from graph.analysis.subset import Subset
from graph.analysis.two_mode import TwoMode
from graph.progress import ProgressCallback, no_progress
from graph.reports.layout import draw
from graph.reports.network_tables import (
    build_dynamic_network,
    build_network,
    communities_table,
    community_choices,
    community_parameters,
    cut_point_tables,
    find_communities,
    future_notes,
    limits_of,
    named_node,
    omission_notes,
    robustness_table,
    snapshot_provenance,
    subset_caption,
    subset_parameters,
    summary_table,
    ties_table,
)
from graph.reports.over_time import Measurement, cells_by_id, measure_columns, measure_title, values_by_id
from graph.reports.report import MapPlace, Report, as_stated
from graph.reports.turnover import turnover_tables
from graph.tables import Bars, Cell, Code, Column, Kind, Message, Plot, Table, join, message
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, CommunityMethod, NetworkSide, ProjectionWeight

__all__ = ["MEASURES", "centrality_report"]

MEASURES: Final = (
    CentralityMeasure.DEGREE,
    CentralityMeasure.BETWEENNESS,
    CentralityMeasure.CLOSENESS,
    CentralityMeasure.HARMONIC,
)
"""The centrality measures that the report contains by default."""
_MAX_BARS: Final = 15
_SIDE_TABLES: Final = {
    NetworkSide.CITIES: ("cities", message("Cities")),
    NetworkSide.COLLABORATIONS: ("networks", message("Networks")),
}
"""The keys and titles of two tables: the table of cities, and the table of collaborations."""


def centrality_report(
    snapshot: Snapshot,
    on: date,
    subset: Subset,
    *,
    projection: NetworkSide | None = None,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    least_shared: int = 1,
    measures: Sequence[CentralityMeasure] = MEASURES,
    normalisation: CentralityNormalisation = CentralityNormalisation.NETWORKX,
    community_method: CommunityMethod = CommunityMethod.LOUVAIN,
    resolution: float = 1.0,
    community_trials: int | None = None,
    seed: int = 0,
    dates: Sequence[date] = (),
    networks: bool = True,
    period: tuple[date, date] | None = None,
    command: str = "",
    on_progress: ProgressCallback = no_progress,
) -> Report:
    """Compute the centrality report as of a date, for the two-mode network or for one of its two projections.

    - `projection`: CITIES or COLLABORATIONS for the projection on these nodes, or None for the two-mode network.
    - `weight`: the formula of the tie weights.
    - `least_shared`: in a projection, the number of neighbours that two nodes must share to be tied.
    - `dates`: the dates for time series of the measures and of the summary statistics.
    - `networks`: whether the report contains the analysed network and its drawing.
    - `period`: the first and last day of a period whose two-mode network the report also contains.
    - `resolution`: a higher value gives more and smaller communities.
    - `community_trials`: the number of random seeds for communities. By default, it depends on the size of the network.

    Raises AnalysisError.
    """
    measurement = Measurement(tuple(measures), normalisation, projection, weight, least_shared)
    two_mode = snapshot.two_mode(on, subset)
    graph = measurement.select(two_mode)
    groups = find_communities(graph, community_method, seed, resolution, community_trials, on_progress)
    centralities = [centrality(graph, measure, normalisation, on_progress=on_progress) for measure in measures]
    summary = summarize(graph)
    description = _network_description(projection, weight, least_shared)
    parameters: list[tuple[str, str]] = [
        *subset_parameters(on, subset),
        (message("network"), description),
        (message("measures"), message("{measures}", measures=tuple(measures))),
        (message("normalisation"), message("{normalisation}", normalisation=normalisation)),
        *community_parameters(groups),
    ]
    notes = [*future_notes([on, *dates]), *omission_notes(two_mode, weight)]
    notes += [
        message("{measure}: {reason}.", measure=measure_title(result), reason=result.reason)
        for result in centralities
        if result.reason and graph.nodes
    ]
    rankings = _ranking_tables(graph, centralities, groups)
    tables = [
        *rankings,
        communities_table(two_mode, groups),
        summary_table(summary),
        *cut_point_tables(summary),
        robustness_table(two_mode),
        *((ties_table(graph),) if isinstance(graph, TwoMode) else ()),
        _definitions_table(centralities),
    ]
    plots: list[Plot] = [*_top_plots(centralities[0]), _degree_plot(graph)] if graph.nodes else []
    if dates:
        series_tables, series_plots = measurement.over_time(snapshot, dates, subset, centralities, on_progress)
        tables[len(rankings) : len(rankings)], plots[:0] = series_tables, series_plots
        if subset.depends_on_date:
            notes.append(message("Growth, churn and lifetimes are left out: the subset has other nodes on every date."))
        else:
            turnovers, turnover_plots = turnover_tables(snapshot, on, dates, subset)
            place = len(rankings) + len(series_tables)
            tables[place:place] = turnovers
            plots[len(series_plots) : len(series_plots)] = turnover_plots
    report = Report(
        "centrality",
        message("Centrality on {on}", on=on),
        join(
            " ",
            (
                message(
                    "Centrality in {network}: {nodes} nodes, {ties} ties.",
                    network=description,
                    nodes=len(graph.nodes),
                    ties=graph.tie_count,
                ),
                subset_caption(subset),
            ),
        ),
        tuple(parameters),
        tuple(tables),
        snapshot_provenance(
            snapshot,
            on,
            subset,
            as_stated(
                projection=projection or "none",
                weight=weight,
                least_shared=least_shared,
                measures=measures,
                normalisation=normalisation,
            )
            | community_choices(groups)
            | as_stated(dates=dates or None),
            limits_of([two_mode], max([on, *dates]), weight),
            seed=seed,
            command=command,
        ),
        tuple(notes),
        tuple(plots),
        leading_tables=len(rankings),
        map_title=message("The cities, by {measure}", measure=measure_title(centralities[0])),
        places=_map_places(centralities[0]),
    )
    if not networks:
        return report
    values: dict[str, Mapping[str, float | int | None]] = {
        result.definition.measure.name.lower(): values_by_id(result) for result in centralities
    }
    for result in centralities:
        if result.has_raw:
            raw = {score.node.id: score.raw for score in result.scores}
            values[f"{result.definition.measure.name.lower()}_raw"] = raw
    values["community"] = groups.community_of()
    network = build_network(graph, values)
    dynamic_network = None
    if period is not None and projection is None:
        dynamic_network = build_dynamic_network(snapshot.two_mode_between(*period, subset), values, *period)
    scores = {node: value or 0.0 for node, value in values_by_id(centralities[0]).items()}
    title = message("The network, by {measure}", measure=measure_title(centralities[0]))
    drawing = draw(network, title, communities=groups.community_of(), scores=scores, seed=seed)
    return replace(report, drawing=drawing, network=network, dynamic_network=dynamic_network)


def _network_description(projection: NetworkSide | None, weight: ProjectionWeight, least_shared: int) -> Message:
    if projection is not None:
        side_name = Message.of(projection.name.lower(), "{side}", side=projection)
        description = message("the projection on the {side}, weighted by {weight}", side=side_name, weight=weight)
        if least_shared == 1:
            return description
        return join(", ", (description, message("of nodes that share at least {count}", count=least_shared)))
    if weight is ProjectionWeight.GRADE:
        return message("the two-mode network of cities and collaborations, weighted by {weight}", weight=weight)
    return message("the two-mode network of cities and collaborations")


def _map_places(result: Centrality) -> tuple[MapPlace, ...]:
    """Return the cities to show on a map, with their centrality. The largest value is first.

    A city whose value is undefined is omitted.
    """
    return tuple(
        MapPlace(
            node.id,
            node.name,
            None if node.longitude is None or node.latitude is None else (node.longitude, node.latitude),
            score.value,
        )
        for score in result.ranking("City")
        if (node := score.node) and score.value is not None
    )


def _ranking_tables(
    graph: TwoMode | Projection, centralities: Sequence[Centrality], groups: Communities
) -> list[Table]:
    """Return a table of the cities and a table of the collaborations, with their centralities, ranks and communities.

    For a projection, only the table of the projected nodes is returned.
    """
    columns = [
        Column("node", "Name", Kind.NODE),
        Column("mode", "Mode", Kind.TEXT, code_of="type"),
        Column("country", "Country", Kind.TEXT, absent="–", code_of="country"),
        Column("ties", "Ties", Kind.INTEGER, bounded=True),
    ]
    for result in centralities:
        columns += measure_columns(result)
    columns.append(Column("community", "Community", Kind.INTEGER))
    stability_note = message(
        "share of seeds in which the node and another member are in one community, over the members"
    )
    columns.append(Column("community_stability", "Stability", Kind.NUMBER, stability_note, "not defined"))
    bounds = degree_rank_bounds(graph) if isinstance(graph, TwoMode) and graph.lower_bound else None
    if bounds is not None:
        columns.append(Column("ties_best_rank", "Best rank", Kind.INTEGER, "by ties, whatever members are unknown"))
        columns.append(Column("ties_worst_rank", "Worst rank", Kind.INTEGER, "by ties, whatever members are unknown"))
    partial_note = message("the number of ties is a lower bound if those from older sources are still in force")
    columns.append(Column("lower_bound", "Partial roster", Kind.FLAG, partial_note))
    community = groups.community_of()
    ties = {node.id: int(degree) for node, degree in zip(graph.nodes, graph.adjacency.row_counts, strict=True)}
    by_id = [cells_by_id(result) for result in centralities]
    rows: dict[NetworkSide, list[tuple[Cell, ...]]] = {side: [] for side in NetworkSide}
    for score in centralities[0].ranking():
        node = score.node
        values = (cell for cells in by_id for cell in cells[node.id])
        is_partial = graph.lower_bound if node.members_complete is None else not node.members_complete
        side = NetworkSide.CITIES if node.mode == "City" else NetworkSide.COLLABORATIONS
        groups_of_node = community[node.id], groups.node_stability.get(node.id)
        ranks = () if bounds is None else (bounds[node.id].best, bounds[node.id].worst)
        row = (named_node(node), node.mode, node.country, ties[node.id], *values, *groups_of_node, *ranks, is_partial)
        rows[side].append(row)
    note = message("1 is the largest, and equal values share a rank.")
    shown = NetworkSide if isinstance(graph, TwoMode) else (graph.side,)
    return [Table(*_SIDE_TABLES[side], tuple(columns), tuple(rows[side]), ("node",), note) for side in shown]


def _definitions_table(centralities: Sequence[Centrality]) -> Table:
    columns = (
        Column("measure", "Measure", Kind.TEXT, code_of="CentralityMeasure"),
        Column("normalisation", "Normalisation", Kind.TEXT, code_of="CentralityNormalisation"),
        Column("formula", "Formula", Kind.TEXT),
        Column("scale", "Scale", Kind.TEXT),
        Column("reference", "Reference", Kind.TEXT),
        Column("scale_reference", "Scale reference", Kind.TEXT),
    )
    rows = tuple(
        (
            definition.measure.name,
            definition.normalisation.name,
            message(definition.formula),
            message(definition.scale),
            f"doi:{definition.reference}",
            f"doi:{definition.scale_reference}",
        )
        for definition in (result.definition for result in centralities)
    )
    return Table("measures", "Centrality measures", columns, rows, ("measure", "normalisation"))


def _top_plots(result: Centrality) -> list[Plot]:
    plots: list[Plot] = []
    for mode in sorted({score.node.mode for score in result.scores}):
        top = [score for score in result.ranking(mode)[:_MAX_BARS] if score.value is not None]
        if top:
            measure = measure_title(result)
            title = message("{measure}: top {count}, {mode}", measure=measure, count=len(top), mode=Code("type", mode))
            labels = tuple(message("{node}", node=named_node(score.node)) for score in top)
            plots.append(Bars(title, "", labels, ((measure, tuple(score.value for score in top)),)))
    return plots


def _degree_plot(graph: TwoMode | Projection) -> Plot:
    counts = Counter(ints(graph.adjacency.row_counts))
    bins = _degree_bins(min(counts), max(counts))
    labels = (
        message("{count} tie", "{count} ties", count=low)
        if low == high
        else message("{low}–{high} ties", low=low, high=high)
        for low, high in bins
    )
    sums = tuple(float(sum(counts[degree] for degree in range(low, high + 1))) for low, high in bins)
    return Bars(
        "Degree distribution",
        "nodes",
        tuple(labels),
        ((message("nodes"), sums),),
    )


def _degree_bins(minimum: int, maximum: int) -> list[tuple[int, int]]:
    """Return bins of degrees (numbers of ties), as pairs (lowest degree, highest degree).

    Each degree up to 10 has a separate bin. The following bins are ranges that double in width.
    """
    bins = [(degree, degree) for degree in range(min(minimum, 11), min(maximum, 10) + 1)]
    low = 11
    while low <= maximum:
        bins.append((low, 2 * low - 2))
        low = 2 * low - 1
    return bins
