"""Change over time: measures and the shape of a network on each of several days, as tables and lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from graph.analysis.centrality import Centrality, centrality
from graph.analysis.graph_summary import GraphSummary, structure
from graph.analysis.measures import Measure, Normalisation
from graph.analysis.overlap import OverlapRow, overlaps
from graph.analysis.progress import ProgressCallback
from graph.analysis.projection import Projection, Weight, project
from graph.analysis.snapshot import Snapshot
from graph.analysis.time_series import Observation, TwoModeFilter, over_time
from graph.analysis.two_mode import Side, TwoMode
from graph.reports.network_tables import named
from graph.reports.report import Cell, Column, Kind, Lines, Plot, Table

__all__ = ["Measuring", "measure_columns", "overlap_change", "titled", "values_of"]

T = TypeVar("T")

_LINES: Final = 6


def titled(found: Centrality) -> str:
    """The measure's name in words."""
    return found.definition.measure.name.lower().replace("_", " ")


def values_of(found: Centrality) -> dict[str, float | None]:
    """The values by id."""
    return {score.node.id: score.value for score in found.scores}


def measure_columns(found: Centrality) -> list[Column]:
    """The value and the rank of a measure."""
    key = found.definition.measure.name.lower()
    note = f"{found.definition.formula}; {found.definition.scale}"
    return [
        Column(key, titled(found).capitalize(), Kind.NUMBER, note, absent="not defined"),
        Column(f"{key}_rank", "Rank", Kind.INTEGER, f"by {titled(found)}, within its mode", "none"),
    ]


@dataclass(frozen=True, slots=True)
class _Measured:
    found: tuple[Centrality, ...]
    whole: GraphSummary


@dataclass(frozen=True, slots=True)
class Measuring:
    """What is measured of the network of a day: of its projection where `side` is given."""

    measures: tuple[Measure, ...]
    normalisation: Normalisation
    side: Side | None
    weight: Weight

    def network(self, two_mode: TwoMode) -> TwoMode | Projection:
        """What the measures are of."""
        return two_mode if self.side is None else project(two_mode, self.side, self.weight)

    def change(
        self,
        snapshot: Snapshot,
        days: Sequence[date],
        cut: TwoModeFilter,
        found: Sequence[Centrality],
        tell: ProgressCallback,
    ) -> tuple[list[Table], list[Plot]]:
        """The measures on each day, with lines for the leading nodes of `found`, and the shape of the whole."""
        moments = over_time(snapshot, days, self._measured, cut, tell=tell)
        lines = [_lines(result, place, moments) for place, result in enumerate(found)]
        return [_nodes(moments), _shapes(moments)], [*(line for line in lines if line.series), _sizes(moments)]

    def _measured(self, two_mode: TwoMode) -> _Measured:
        of = self.network(two_mode)
        return _Measured(tuple(centrality(of, measure, self.normalisation) for measure in self.measures), structure(of))


def _nodes(moments: Sequence[Observation[_Measured]]) -> Table:
    columns = [Column("day", "Day", Kind.DATE), Column("node", "Name", Kind.NODE), Column("mode", "Mode", Kind.TEXT)]
    for result in moments[0].value.found:
        columns += measure_columns(result)
    rows: list[tuple[Cell, ...]] = []
    for moment in moments:
        by_id = [{score.node.id: score for score in result.scores} for result in moment.value.found]
        nodes = (score.node for score in moment.value.found[0].ranking())
        for node in sorted(nodes, key=lambda node: node.mode != "City"):
            figures = (part for scores in by_id for part in (scores[node.id].value, scores[node.id].rank))
            rows.append((moment.on, named(node), node.mode, *figures))
    note = "A node that has no tie on a day is not in the network of that day, and stands in no row of it."
    return Table("over_time", "The nodes over time", tuple(columns), tuple(rows), ("day", "node"), note)


def _shapes(moments: Sequence[Observation[_Measured]]) -> Table:
    columns = (
        Column("day", "Day", Kind.DATE),
        Column("nodes", "Nodes", Kind.INTEGER, bounded=True),
        Column("ties", "Ties", Kind.INTEGER, bounded=True),
        Column("density", "Density", Kind.NUMBER, "ties / possible ties", "not defined"),
        Column("components", "Parts", Kind.INTEGER, "connected components"),
        Column("diameter", "Diameter", Kind.INTEGER, "in hops, within the parts", "not defined"),
        Column("mean_distance", "Mean distance", Kind.NUMBER, "in hops, of pairs that a path joins", "not defined"),
        Column("assortativity", "Assortativity", Kind.NUMBER, "of degrees (Newman 2002)", "not defined"),
        Column("lower_bound", "Partial roster", Kind.FLAG, "there may be more ties than are recorded"),
    )
    rows: list[tuple[Cell, ...]] = []
    for moment in moments:
        whole = moment.value.whole
        paths = (len(whole.components), whole.diameter, whole.mean_distance)
        rows.append((moment.on, whole.nodes, whole.ties, whole.density, *paths, whole.assortativity, whole.lower_bound))
    return Table("structure_over_time", "The whole network over time", columns, tuple(rows), ("day",))


def _lines(found: Centrality, place: int, moments: Sequence[Observation[_Measured]]) -> Lines:
    values = [values_of(moment.value.found[place]) for moment in moments]
    top = [score.node for score in found.ranking()][:_LINES]
    every = ((node.name, tuple(by_id.get(node.id) for by_id in values)) for node in top)
    series = tuple(entry for entry in every if any(value is not None for value in entry[1]))
    title = f"{titled(found).capitalize()} over time"
    return Lines(title, "", _days(moments), series, "The leading nodes of the day asked about.")


def _sizes(moments: Sequence[Observation[_Measured]]) -> Plot:
    nodes = tuple(float(moment.value.whole.nodes) for moment in moments)
    ties = tuple(float(moment.value.whole.ties) for moment in moments)
    return Lines("The whole network over time", "", _days(moments), (("nodes", nodes), ("ties", ties)))


def overlap_change(
    snapshot: Snapshot,
    days: Sequence[date],
    cut: TwoModeFilter,
    side: Side,
    leading: Sequence[OverlapRow],
    tell: ProgressCallback,
) -> tuple[Table, list[Plot]]:
    """What the `leading` pairs share on each day; a pair that shares nothing on a day stands in no row of it."""
    wanted = {(pair.one.id, pair.other.id) for pair in leading}

    def shared(two_mode: TwoMode) -> dict[tuple[str, str], OverlapRow]:
        rows = overlaps(two_mode, side).rows()
        return {ends: row for row in rows if (ends := (row.one.id, row.other.id)) in wanted}

    moments = over_time(snapshot, days, shared, cut, tell=tell)
    columns = (
        Column("day", "Day", Kind.DATE),
        Column("one", "One", Kind.NODE),
        Column("other", "Other", Kind.NODE),
        Column("shared", "Shared", Kind.INTEGER, bounded=True),
        Column("jaccard", "Jaccard", Kind.NUMBER),
        Column("overlap", "Overlap", Kind.NUMBER),
        Column("cosine", "Cosine", Kind.NUMBER),
        Column("newman", "Newman", Kind.NUMBER),
        Column("lower_bound", "Partial roster", Kind.FLAG, "what they share is a lower bound"),
    )
    rows: list[tuple[Cell, ...]] = []
    for moment in moments:
        for pair in leading:
            if (row := moment.value.get((pair.one.id, pair.other.id))) is not None:
                figures = (row.shared, row.jaccard, row.overlap, row.cosine, row.newman, row.lower_bound)
                rows.append((moment.on, named(row.one), named(row.other), *figures))
    note = f"The {len(leading)} leading pairs of the day asked about; no row where they share nothing."
    table = Table("over_time", "The leading pairs over time", columns, tuple(rows), ("day", "one", "other"), note)
    if not leading:
        return table, []
    series = tuple(
        (
            f"{pair.one.name} – {pair.other.name}",
            tuple(
                float(row.shared) if (row := moment.value.get((pair.one.id, pair.other.id))) else 0.0
                for moment in moments
            ),
        )
        for pair in leading[:_LINES]
    )
    return table, [Lines("What the leading pairs share, over time", "shared", _days(moments), series)]


def _days(moments: Sequence[Observation[T]]) -> tuple[str, ...]:
    return tuple(moment.on.isoformat() for moment in moments)
