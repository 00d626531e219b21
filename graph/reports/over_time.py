"""Time series of centrality, summary statistics and overlap, as tables and line plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import methodcaller
from typing import Final, TypeVar

from graph.analysis.centrality import Centrality, centrality
from graph.analysis.graph_summary import GraphSummary, summarize
from graph.analysis.overlap import OverlapRow, overlaps
from graph.analysis.projection import Projection
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.analysis.time_series import Observation, over_time, weigh
from graph.analysis.two_mode import TwoMode
from graph.progress import ProgressCallback
from graph.reports.network_tables import PARTIAL_OVERLAP, named_node, overlap_columns, standing_columns
from graph.tables import Cell, Column, Kind, Lines, Message, Plot, Table, join, message
from graph.vocabulary import CentralityMeasure, CentralityNormalisation, NetworkSide, ProjectionWeight, Standing

__all__ = ["Measurement", "cells_by_id", "measure_columns", "measure_title", "overlap_over_time", "values_by_id"]

T = TypeVar("T")

_MAX_LINES: Final = 6


def measure_title(result: Centrality) -> Message:
    """Return the name of a centrality measure in words, as a title."""
    measure = result.definition.measure
    return Message.of(measure.name.lower().replace("_", " "), "{measure}", measure=measure)


def values_by_id(result: Centrality) -> dict[str, float | None]:
    """Return a dict from node id to the value of the centrality measure for the node."""
    return {score.node.id: score.value for score in result.scores}


def cells_by_id(result: Centrality) -> dict[str, tuple[float | int | None, ...]]:
    """Return a dict from node id to the cells of the node in the columns of `measure_columns`."""
    return {score.node.id: result.cells(score) for score in result.scores}


def measure_columns(result: Centrality) -> list[Column]:
    """Return the table columns for the cells of a centrality measure (`Centrality.cells`)."""
    name, *raw, rank = result.column_names
    title = measure_title(result)
    note = join("; ", (message(result.definition.formula), message(result.definition.scale)))
    rank_note = message("by {measure}, within its mode", measure=title)
    raw_title, raw_note = message("{measure}, raw value", measure=title), message(result.definition.formula)
    return [
        Column(name, Message.of(title.capitalize(), "{measure}", measure=title), Kind.NUMBER, note, "not defined"),
        *(Column(key, raw_title, Kind.NUMBER, raw_note, "not defined", is_technical=True) for key in raw),
        Column(rank, message("Rank by {measure}", measure=title), Kind.INTEGER, rank_note, "none"),
    ]


@dataclass(frozen=True, slots=True)
class _Measurements:
    centralities: tuple[Centrality, ...]
    summary: GraphSummary
    standings: Mapping[Standing, int]


@dataclass(frozen=True, slots=True)
class Measurement:
    """The centrality measures to compute, and the graph for which they are computed.

    The graph is the two-mode network, or its projection on the cities or collaborations if `projection` is set.
    """

    measures: tuple[CentralityMeasure, ...]
    normalisation: CentralityNormalisation
    projection: NetworkSide | None
    weight: ProjectionWeight
    least_shared: int = 1

    def select(self, two_mode: TwoMode) -> TwoMode | Projection:
        """Return the graph to analyse: the two-mode network or, if `projection` is set, its projection."""
        return weigh(two_mode, self.projection, self.weight, least_shared=self.least_shared)

    def over_time(
        self,
        snapshot: Snapshot,
        dates: Sequence[date],
        subset: Subset,
        centralities: Sequence[Centrality],
        on_progress: ProgressCallback,
    ) -> tuple[list[Table], list[Plot]]:
        """Compute the centrality measures and the summary statistics on each date, and return them as tables and plots.

        `centralities` contains the results on the date of the report. The plots show the nodes with the best ranks in
        these results.
        """
        observations = over_time(snapshot, dates, self._measure, subset, on_progress=on_progress)
        plots = [_measure_plot(result, position, observations) for position, result in enumerate(centralities)]
        tables = [_node_table(observations), _summary_table(observations)]
        return tables, [*(plot for plot in plots if plot.series), _size_plot(observations)]

    def _measure(self, two_mode: TwoMode) -> _Measurements:
        graph = self.select(two_mode)
        centralities = tuple(centrality(graph, measure, self.normalisation) for measure in self.measures)
        standings = {} if isinstance(graph, Projection) else two_mode.standing_counts
        return _Measurements(centralities, summarize(graph), standings)


def _node_table(observations: Sequence[Observation[_Measurements]]) -> Table:
    columns = [
        Column("day", "Day", Kind.DATE),
        Column("node", "Name", Kind.NODE),
        Column("mode", "Mode", Kind.TEXT, code_of="type"),
    ]
    for result in observations[0].value.centralities:
        columns += measure_columns(result)
    rows: list[tuple[Cell, ...]] = []
    for observation in observations:
        by_id = [cells_by_id(result) for result in observation.value.centralities]
        nodes = (score.node for score in observation.value.centralities[0].ranking())
        for node in sorted(nodes, key=lambda node: node.mode != "City"):
            values = (cell for cells in by_id for cell in cells[node.id])
            rows.append((observation.on, named_node(node), node.mode, *values))
    note = message("A node without ties on a date has no row for that date.")
    return Table("over_time", "Nodes over time", tuple(columns), tuple(rows), ("day", "node"), note)


def _summary_table(observations: Sequence[Observation[_Measurements]]) -> Table:
    columns = (
        Column("day", "Day", Kind.DATE),
        Column("nodes", "Nodes", Kind.INTEGER, bounded=True),
        Column("ties", "Ties", Kind.INTEGER, bounded=True),
        *standing_columns(observations[0].value.standings),
        Column("density", "Density", Kind.NUMBER, "ties / possible ties", "not defined"),
        Column("components", "Components", Kind.INTEGER, "connected components"),
        Column("diameter", "Diameter", Kind.INTEGER, "in hops, within components", "not defined"),
        Column("mean_distance", "Mean distance", Kind.NUMBER, "in hops, over connected pairs", "not defined"),
        Column("assortativity", "Assortativity", Kind.NUMBER, "of degrees (Newman 2002)", "not defined"),
        Column("lower_bound", "Partial roster", Kind.FLAG, "there may be more ties than are recorded"),
    )
    rows: list[tuple[Cell, ...]] = []
    for observation in observations:
        summary = observation.value.summary
        counts = (summary.nodes, summary.ties, *observation.value.standings.values(), summary.density)
        paths = (len(summary.components), summary.diameter, summary.mean_distance)
        rows.append((observation.on, *counts, *paths, summary.assortativity, summary.lower_bound))
    return Table("summary_over_time", "Network summary over time", columns, tuple(rows), ("day",))


def _measure_plot(result: Centrality, position: int, observations: Sequence[Observation[_Measurements]]) -> Lines:
    values = [values_by_id(observation.value.centralities[position]) for observation in observations]
    top = [score.node for score in result.ranking()][:_MAX_LINES]
    entries = (
        (message("{node}", node=named_node(node)), tuple(map(methodcaller("get", node.id), values))) for node in top
    )
    series = tuple(entry for entry in entries if any(value is not None for value in entry[1]))
    measure = measure_title(result)
    title = Message.of(f"{measure.capitalize()} over time", "{measure} over time", measure=measure)
    return Lines(title, "", _date_labels(observations), series, "Nodes ranked highest on the date of the report.")


def _size_plot(observations: Sequence[Observation[_Measurements]]) -> Plot:
    nodes = tuple(float(observation.value.summary.nodes) for observation in observations)
    ties = tuple(float(observation.value.summary.ties) for observation in observations)
    return Lines(
        "Network size over time", "", _date_labels(observations), ((message("nodes"), nodes), (message("ties"), ties))
    )


def overlap_over_time(
    snapshot: Snapshot,
    dates: Sequence[date],
    subset: Subset,
    side: NetworkSide,
    top_pairs: Sequence[OverlapRow],
    on_progress: ProgressCallback,
) -> tuple[Table, list[Plot]]:
    """Compute the overlap of each pair of nodes in `top_pairs` on each date, and return a table and plots.

    A pair that shares no node on a date has no row in the table for this date.
    """
    selected = {(pair.first.id, pair.second.id) for pair in top_pairs}

    def shared(two_mode: TwoMode) -> dict[tuple[str, str], OverlapRow]:
        rows = overlaps(two_mode, side).rows()
        return {ends: row for row in rows if (ends := (row.first.id, row.second.id)) in selected}

    observations = over_time(snapshot, dates, shared, subset, on_progress=on_progress)
    columns = (
        Column("day", "Day", Kind.DATE),
        Column("first", "First", Kind.NODE),
        Column("second", "Second", Kind.NODE),
        *overlap_columns(snapshot.two_mode(dates[0], subset).shared_layers(side)),
        PARTIAL_OVERLAP,
    )
    rows: list[tuple[Cell, ...]] = []
    for observation in observations:
        for pair in top_pairs:
            if (row := observation.value.get((pair.first.id, pair.second.id))) is not None:
                ends = named_node(row.first), named_node(row.second)
                rows.append((observation.on, *ends, *row.values().values(), row.lower_bound))
    note = message(
        "The top {count} pairs on the date of the report. Pairs without overlap have no row.", count=len(top_pairs)
    )
    table = Table("over_time", "Top pairs over time", columns, tuple(rows), ("day", "first", "second"), note)
    if not top_pairs:
        return table, []
    series = tuple(
        (
            join(" – ", map(named_node, (pair.first, pair.second))),
            tuple(
                float(row.shared) if (row := observation.value.get((pair.first.id, pair.second.id))) else 0.0
                for observation in observations
            ),
        )
        for pair in top_pairs[:_MAX_LINES]
    )
    return table, [Lines("Overlap of the top pairs over time", "shared", _date_labels(observations), series)]


def _date_labels(observations: Sequence[Observation[T]]) -> tuple[str, ...]:
    return tuple(message("{on}", on=observation.on) for observation in observations)
