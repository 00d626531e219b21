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
from graph.tables import Cell, Column, Kind, Lines, Plot, Table

__all__ = ["Measuring", "measure_columns", "overlap_change", "titled", "values_of"]

T = TypeVar("T")

_LINES: Final = 6


def titled(found: Centrality) -> str:
    """The measure's name in words."""
    return found.definition.measure.name.lower().replace("_", " ")


def values_of(found: Centrality) -> dict[str, float | None]:
    """The values by id."""
    return {each.node.id: each.value for each in found.scores}


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
        lines = [_lines(each, place, moments) for place, each in enumerate(found)]
        return [_nodes(moments), _shapes(moments)], [*(each for each in lines if each.series), _sizes(moments)]

    def _measured(self, two_mode: TwoMode) -> _Measured:
        of = self.network(two_mode)
        return _Measured(tuple(centrality(of, each, self.normalisation) for each in self.measures), structure(of))


def _nodes(moments: Sequence[Observation[_Measured]]) -> Table:
    columns = [Column("day", "Day", Kind.DATE), Column("node", "Name", Kind.NODE), Column("mode", "Mode", Kind.TEXT)]
    for each in moments[0].value.found:
        columns += measure_columns(each)
    rows: list[tuple[Cell, ...]] = []
    for moment in moments:
        by_id = [{score.node.id: score for score in each.scores} for each in moment.value.found]
        nodes = (score.node for score in moment.value.found[0].ranking())
        for node in sorted(nodes, key=lambda each: each.mode != "City"):
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
    top = [each.node for each in found.ranking()][:_LINES]
    every = ((node.name, tuple(each.get(node.id) for each in values)) for node in top)
    series = tuple(each for each in every if any(value is not None for value in each[1]))
    title = f"{titled(found).capitalize()} over time"
    return Lines(title, "", _days(moments), series, "The leading nodes of the day asked about.")


def _sizes(moments: Sequence[Observation[_Measured]]) -> Plot:
    nodes = tuple(float(each.value.whole.nodes) for each in moments)
    ties = tuple(float(each.value.whole.ties) for each in moments)
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
    wanted = {(each.one.id, each.other.id) for each in leading}

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
        for each in leading:
            if (row := moment.value.get((each.one.id, each.other.id))) is not None:
                figures = (row.shared, row.jaccard, row.overlap, row.cosine, row.newman, row.lower_bound)
                rows.append((moment.on, named(row.one), named(row.other), *figures))
    note = f"The {len(leading)} leading pairs of the day asked about; no row where they share nothing."
    table = Table("over_time", "The leading pairs over time", columns, tuple(rows), ("day", "one", "other"), note)
    if not leading:
        return table, []
    series = tuple(
        (
            f"{each.one.name} – {each.other.name}",
            tuple(
                float(row.shared) if (row := moment.value.get((each.one.id, each.other.id))) else 0.0
                for moment in moments
            ),
        )
        for each in leading[:_LINES]
    )
    return table, [Lines("What the leading pairs share, over time", "shared", _days(moments), series)]


def _days(moments: Sequence[Observation[T]]) -> tuple[str, ...]:
    return tuple(moment.on.isoformat() for moment in moments)
