"""Who stands where: centrality, communities and the shape of a two-mode network or a projection, also over time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from graph.analysis.centrality import Centrality, centrality
from graph.analysis.communities import Communities
from graph.analysis.graph_summary import structure
from graph.analysis.measures import Measure, Normalisation
from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.projection import Projection, Weight
from graph.analysis.snapshot import Snapshot
from graph.analysis.time_series import TwoModeFilter
from graph.analysis.two_mode import Side, TwoMode
from graph.reports.layout import draw
from graph.reports.network_tables import (
    communities_table,
    cut_parameters,
    labelled,
    left_out,
    most_found,
    named,
    provenance,
    structure_table,
)
from graph.reports.over_time import Measuring, measure_columns, titled, values_of
from graph.reports.report import Bars, Cell, Column, Kind, Plot, Report, Table

__all__ = ["MEASURES", "centrality_report"]

MEASURES: Final = (Measure.DEGREE, Measure.BETWEENNESS, Measure.CLOSENESS, Measure.HARMONIC)
"""What is measured where nothing is asked for."""
_BARS: Final = 15


def centrality_report(
    snapshot: Snapshot,
    on: date,
    cut: TwoModeFilter,
    *,
    side: Side | None = None,
    weight: Weight = Weight.COUNT,
    measures: Sequence[Measure] = MEASURES,
    normalisation: Normalisation = Normalisation.NETWORKX,
    seed: int = 0,
    days: Sequence[date] = (),
    networks: bool = True,
    command: str = "",
    tell: ProgressCallback = no_progress_callback,
) -> Report:
    """The report on a day: of the two-mode network, or of its projection on `side`.

    With `days`, the measures and the shape of the whole on each of them as well. `networks` says whether the network
    and its drawing are wanted. Raises AnalysisError.
    """
    measuring = Measuring(tuple(measures), normalisation, side, weight)
    two_mode = cut.apply(snapshot, on)
    of = measuring.network(two_mode)
    found = [centrality(of, measure, normalisation, tell=tell) for measure in measures]
    groups = most_found(of, seed, tell)
    whole = structure(of)
    parameters = [*cut_parameters(on, cut), ("network", _network(side, weight))]
    parameters += [("measures", ", ".join(measure.name for measure in measures)), ("normalisation", normalisation.name)]
    notes = left_out(two_mode)
    notes += [f"{titled(result)}: {result.reason}." for result in found if result.reason and of.nodes]
    tables = [_ranking(of, found, groups), communities_table(groups), structure_table(whole), _definitions(found)]
    plots: list[Plot] = [*_leading(found[0]), _degrees(of)] if of.nodes else []
    if days:
        changes, lines = measuring.change(snapshot, days, cut, found, tell)
        tables[1:1], plots[:0] = changes, lines
    report = Report(
        "centrality",
        f"Centrality on {on.isoformat()}",
        f"How central each node is in {_network(side, weight)}: {len(of.nodes)} nodes, {of.ties} ties.",
        tuple(parameters),
        tuple(tables),
        provenance(snapshot, on, seed, command),
        tuple(notes),
        tuple(plots),
    )
    if not networks:
        return report
    values = {result.definition.measure.name.lower(): values_of(result) for result in found}
    network = labelled(of, {**values, "community": groups.community_of()})
    scores = {node: value or 0.0 for node, value in values_of(found[0]).items()}
    title = f"The network, by {titled(found[0])}" if of.nodes else "The network"
    drawing = draw(network, title, communities=groups.community_of(), scores=scores, seed=seed, weight="weight")
    return replace(report, drawing=drawing, network=network)


def _network(side: Side | None, weight: Weight) -> str:
    if side is None:
        return "the two-mode network of cities and collaborations"
    return f"the projection on the {side.name.lower()}, weighted by {weight.name}"


def _ranking(of: TwoMode | Projection, found: Sequence[Centrality], groups: Communities) -> Table:
    columns = [
        Column("node", "Name", Kind.NODE),
        Column("mode", "Mode", Kind.TEXT),
        Column("country", "Country", Kind.TEXT, absent="–"),
        Column("ties", "Ties", Kind.INTEGER, bounded=True),
    ]
    for result in found:
        columns += measure_columns(result)
    columns.append(Column("community", "Community", Kind.INTEGER))
    columns.append(Column("lower_bound", "Partial roster", Kind.FLAG, "its ties are a lower bound"))
    community = groups.community_of()
    ties = dict(zip((node.id for node in of.nodes), (int(degree) for degree in of.matrix.row_counts), strict=True))
    by_id = [{score.node.id: score for score in result.scores} for result in found]
    rows: list[tuple[Cell, ...]] = []
    for score in sorted(found[0].ranking(), key=lambda score: score.node.mode != "City"):
        node = score.node
        figures = (part for scores in by_id for part in (scores[node.id].value, scores[node.id].rank))
        partial = of.lower_bound if node.roster_complete is None else not node.roster_complete
        rows.append((named(node), node.mode, node.country, ties[node.id], *figures, community[node.id], partial))
    note = "Ranked within each mode; 1 is the largest, and equal values share a rank."
    return Table("nodes", "Nodes", tuple(columns), tuple(rows), ("node",), note)


def _definitions(found: Sequence[Centrality]) -> Table:
    columns = (
        Column("measure", "Measure", Kind.TEXT),
        Column("normalisation", "Normalisation", Kind.TEXT),
        Column("formula", "Formula", Kind.TEXT),
        Column("scale", "Scale", Kind.TEXT),
        Column("reference", "Reference", Kind.TEXT),
        Column("scale_reference", "Reference of the scale", Kind.TEXT),
    )
    rows = tuple(
        (
            definition.measure.name,
            definition.normalisation.name,
            definition.formula,
            definition.scale,
            f"doi:{definition.reference}",
            f"doi:{definition.scale_reference}",
        )
        for definition in (one.definition for one in found)
    )
    return Table("measures", "The measures", columns, rows, ("measure", "normalisation"))


def _leading(found: Centrality) -> list[Plot]:
    plots: list[Plot] = []
    for mode in sorted({score.node.mode for score in found.scores}):
        top = [score for score in found.ranking(mode)[:_BARS] if score.value is not None]
        if top:
            title = f"{titled(found).capitalize()}: the first {len(top)} of mode {mode}"
            labels, values = tuple(score.node.name for score in top), tuple(score.value for score in top)
            plots.append(Bars(title, "", labels, ((titled(found), values),)))
    return plots


def _degrees(of: TwoMode | Projection) -> Plot:
    counts: dict[int, int] = {}
    for degree in of.matrix.row_counts:
        counts[int(degree)] = counts.get(int(degree), 0) + 1
    edges = _bins(min(counts), max(counts))
    labels = [f"{low}" if low == high else f"{low}–{high}" for low, high in edges]
    sums = tuple(float(sum(counts.get(degree, 0) for degree in range(low, high + 1))) for low, high in edges)
    return Bars(
        "Degree distribution",
        "nodes",
        tuple(f"{label} tie{'s' * (label != '1')}" for label in labels),
        (("nodes", sums),),
    )


def _bins(least: int, most: int) -> list[tuple[int, int]]:
    """Each degree up to 10 for itself, then in doubling ranges."""
    bins = [(degree, degree) for degree in range(min(least, 11), min(most, 10) + 1)]
    low = 11
    while low <= most:
        bins.append((low, 2 * low - 2))
        low = 2 * low - 1
    return bins
