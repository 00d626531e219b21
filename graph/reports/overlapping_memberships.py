"""Who shares what: the pairs of networks, or of cities, with their overlap, and whether it is more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from graph.analysis.overlap import OverlapRow, overlaps
from graph.analysis.progress import ProgressCallback, no_progress_callback
from graph.analysis.projection import Weight, project
from graph.analysis.significance import NullModel, Significance, significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.time_series import TwoModeFilter
from graph.analysis.two_mode import Side, TwoMode
from graph.errors import AnalysisError
from graph.reports.layout import draw
from graph.reports.network_tables import (
    communities_table,
    cut_parameters,
    labelled,
    left_out,
    most_found,
    named,
    provenance,
)
from graph.reports.over_time import overlap_change
from graph.reports.report import Bars, Cell, Column, Kind, Named, Plot, Report, Table

__all__ = ["overlap_report"]

_BARS: Final = 15
_NAMED: Final = 20_000
"""Up to so many pairs, what they share is named; beyond, the table would be too large to read."""


@dataclass(frozen=True, slots=True)
class _Pair:
    row: OverlapRow
    p: float | None
    adjusted: float | None


def overlap_report(
    snapshot: Snapshot,
    on: date,
    cut: TwoModeFilter,
    *,
    side: Side = Side.COLLABORATIONS,
    city: str | None = None,
    weight: Weight = Weight.COUNT,
    chance: NullModel | None = None,
    seed: int = 0,
    trials: int = 1000,
    days: Sequence[date] = (),
    networks: bool = True,
    command: str = "",
    tell: ProgressCallback = no_progress_callback,
) -> Report:
    """The pairs of a side on a day; with `city`, those it belongs to both of, or of the cities those it is one of.

    With `chance`, p values under that null model; with `days`, the leading pairs on each of them. `weight` is that of
    the ties in the drawing and the network, which are made where `networks`. Raises AnalysisError.
    """
    two_mode = cut.apply(snapshot, on)
    if city is not None and all(city.id != city for city in two_mode.cities):
        raise AnalysisError(
            f"'{city}' has no tie in the network of {on.isoformat()}", hint="look at the id, the day and the filters"
        )
    held = _held(two_mode, side)
    tested = None if chance is None else significance(two_mode, side, chance, seed=seed, trials=trials, tell=tell)
    pairs = _pairs(two_mode, side, tested)
    if city is not None:
        place = next(place for place, node in enumerate(two_mode.cities) if node.id == city)
        pairs = [pair for pair in pairs if _concerns(pair.row, side, city, place, held)]
    parameters = [*cut_parameters(on, cut), ("pairs of", side.name.lower())]
    parameters += [("city", city)] if city is not None else []
    notes = left_out(two_mode)
    if tested is not None:
        parameters.append(("null model", tested.null_model.name))
        parameters += [("trials", str(trials)), ("seed", str(seed))] if tested.trials is not None else []
        notes.append(_tests(tested))
    projection = project(two_mode, side, weight)
    groups = most_found(projection, seed, tell)
    tables, plots = [_table(pairs, tested, held, two_mode, side), communities_table(groups)], _plots(pairs)
    if days:
        change, lines = overlap_change(snapshot, days, cut, side, [pair.row for pair in pairs[:_BARS]], tell)
        tables.insert(1, change)
        plots += lines
    report = Report(
        "overlap",
        f"Overlapping {'memberships' if side is Side.COLLABORATIONS else 'cities'} on {on.isoformat()}",
        f"Pairs of {side.name.lower()} that share something: {len(pairs)}.",
        tuple(parameters),
        tuple(tables),
        provenance(snapshot, on, seed, command),
        tuple(notes),
        tuple(plots),
    )
    if not networks:
        return report
    network = labelled(projection, {"community": groups.community_of()})
    ties = dict(
        zip((node.id for node in projection.nodes), (float(len(held[n.id])) for n in projection.nodes), strict=True)
    )
    title = f"The projection on the {side.name.lower()}, weighted by {weight.name}"
    drawing = draw(network, title, communities=groups.community_of(), scores=ties, seed=seed, weight="weight")
    return replace(report, drawing=drawing, network=network)


def _tests(tested: Significance) -> str:
    if not tested.tests:
        return f"No p value is known: for {tested.null_model.name}, each pair rests on a roster that is partial."
    return (
        f"{tested.null_model.description} {tested.tests} pairs were tested; the p values are corrected for all of them."
    )


def _held(two_mode: TwoMode, side: Side) -> dict[str, set[int]]:
    """For each node of the side, the places of its neighbours."""
    held: dict[str, set[int]] = {node.id: set() for node in two_mode.side(side)}
    for city, collaboration, _ in two_mode.pairs():
        if side is Side.CITIES:
            held[two_mode.cities[city].id].add(collaboration)
        else:
            held[two_mode.collaborations[collaboration].id].add(city)
    return held


def _pairs(two_mode: TwoMode, side: Side, tested: Significance | None) -> list[_Pair]:
    rows = list(overlaps(two_mode, side).rows())
    if tested is None:
        pairs = [_Pair(row, None, None) for row in rows]
    else:
        pairs = [_Pair(row, test.p, test.adjusted) for row, test in zip(rows, tested.rows(), strict=True)]
    return sorted(pairs, key=lambda pair: (-pair.row.shared, -pair.row.jaccard, pair.row.one.id, pair.row.other.id))


def _concerns(row: OverlapRow, side: Side, city: str, place: int, held: dict[str, set[int]]) -> bool:
    if side is Side.CITIES:
        return city in (row.one.id, row.other.id)
    return place in held[row.one.id] and place in held[row.other.id]


def _table(
    pairs: Sequence[_Pair], tested: Significance | None, held: dict[str, set[int]], two_mode: TwoMode, side: Side
) -> Table:
    columns = [
        Column("one", "One", Kind.NODE),
        Column("other", "Other", Kind.NODE),
        Column("shared", "Shared", Kind.INTEGER, "|A ∩ B|", bounded=True),
        Column("jaccard", "Jaccard", Kind.NUMBER, "|A ∩ B| / |A ∪ B|"),
        Column("overlap", "Overlap", Kind.NUMBER, "|A ∩ B| / min(|A|, |B|)"),
        Column("cosine", "Cosine", Kind.NUMBER, "|A ∩ B| / √(|A| |B|)"),
        Column("newman", "Newman", Kind.NUMBER, "Σ 1 / (k − 1) over what is shared, doi:10.1103/PhysRevE.64.016132"),
    ]
    if tested is not None:
        partial = "roster partial"
        columns.append(Column("p", "p", Kind.NUMBER, "P(X ≥ shared) by chance", partial))
        columns.append(Column("p_adjusted", "p corrected", Kind.NUMBER, "Benjamini and Hochberg", partial))
    columns.append(Column("lower_bound", "Partial roster", Kind.FLAG, "what they share is a lower bound"))
    names = len(pairs) <= _NAMED
    if names:
        columns.append(Column("shares", "What they share", Kind.NODES))
    others = [named(node) for node in two_mode.side(side.other)]
    rows: list[tuple[Cell, ...]] = []
    for pair in pairs:
        row = pair.row
        figures = (row.shared, row.jaccard, row.overlap, row.cosine, row.newman)
        chances = () if tested is None else (pair.p, pair.adjusted)
        shares: tuple[tuple[Named, ...], ...] = ()
        if names:
            common = (others[place] for place in held[row.one.id] & held[row.other.id])
            shares = (tuple(sorted(common, key=lambda one: (one.name, one.id))),)
        rows.append((named(row.one), named(row.other), *figures, *chances, row.lower_bound, *shares))
    note = "By how many they share, then by Jaccard index."
    if not names:
        note += f" What they share is named where there are no more than {_NAMED} pairs."
    return Table("pairs", "Pairs", tuple(columns), tuple(rows), ("one", "other"), note)


def _plots(pairs: Sequence[_Pair]) -> list[Plot]:
    if not pairs:
        return []
    top = pairs[:_BARS]
    labels = tuple(f"{pair.row.one.name} – {pair.row.other.name}" for pair in top)
    counts: dict[int, int] = {}
    for pair in pairs:
        counts[pair.row.shared] = counts.get(pair.row.shared, 0) + 1
    spread = sorted(counts)[:_BARS]
    return [
        Bars("The leading pairs", "shared", labels, (("shared", tuple(float(e.row.shared) for e in top)),)),
        Bars(
            "How many share how much",
            "pairs",
            tuple(f"{count} shared" for count in spread),
            (("pairs", tuple(float(counts[count]) for count in spread)),),
            "" if len(spread) == len(counts) else "Pairs that share more are left out of this picture.",
        ),
    ]
