"""Report on overlapping memberships: the overlap of pairs of networks or of cities, and its significance."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from graph.analysis.overlap import OverlapRow, overlaps
from graph.analysis.projection import project
from graph.analysis.significance import SIGNIFICANCE_LEVEL, Significance, SignificanceRow, significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.subset import Subset
from graph.analysis.two_mode import TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback, no_progress
from graph.reports.layout import draw
from graph.reports.network_tables import (
    build_network,
    communities_table,
    find_communities,
    named_node,
    omission_notes,
    snapshot_provenance,
    subset_caption,
    subset_parameters,
)
from graph.reports.over_time import overlap_over_time
from graph.reports.report import Report
from graph.tables import Bars, Cell, Column, Kind, Message, Named, Plot, Table, join, message
from graph.vocabulary import CommunityMethod, NetworkSide, NullModel, ProjectionWeight

__all__ = ["overlap_report"]

_MAX_BARS: Final = 15
_MAX_NAMED_PAIRS: Final = 20_000
"""Maximum number of pairs for which the table lists the shared nodes."""


@dataclass(frozen=True, slots=True)
class _Pair:
    row: OverlapRow
    test: SignificanceRow | None


def overlap_report(
    snapshot: Snapshot,
    on: date,
    subset: Subset,
    *,
    side: NetworkSide = NetworkSide.COLLABORATIONS,
    city: str | None = None,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    null_model: NullModel | None = None,
    community_method: CommunityMethod = CommunityMethod.LOUVAIN,
    resolution: float = 1.0,
    seed: int = 0,
    trials: int = 1000,
    dates: Sequence[date] = (),
    networks: bool = True,
    command: str = "",
    on_progress: ProgressCallback = no_progress,
) -> Report:
    """Compute the report on the overlap of all pairs of nodes on a side of the two-mode network, on a date.

    - `city`: keep only pairs with this city. A pair of cities must contain it, and both networks of a pair must include
      it.
    - `null_model`: add p values under this model, computed with `seed` and `trials`.
    - `dates`: add a time series of the pairs that are listed first.
    - `weight`: the tie weight of the projection on the side.
    - `community_method`: the method of finding communities, LOUVAIN or LEIDEN.
    - `resolution`: a higher value gives more and smaller communities.
    - `networks`: add the projection and its drawing.

    Raises AnalysisError.
    """
    two_mode = snapshot.two_mode(on, subset)
    if city is not None and all(node.id != city for node in two_mode.cities):
        raise AnalysisError(
            f"'{city}' has no tie in the network on {on.isoformat()}", hint="check the id, the date and the filters"
        )
    projection = project(two_mode, side, weight)
    groups = find_communities(projection, community_method, seed, resolution, on_progress)
    neighbours = _neighbour_indices(two_mode, side)
    test = (
        None
        if null_model is None
        else significance(two_mode, side, null_model, seed=seed, trials=trials, on_progress=on_progress)
    )
    pairs = _pairs(two_mode, side, test)
    if city is not None:
        city_index = next(index for index, node in enumerate(two_mode.cities) if node.id == city)
        pairs = [pair for pair in pairs if _involves(pair.row, side, city, city_index, neighbours)]
    side_name = Message.of(side.name.lower(), "{side}", side=side)
    parameters: list[tuple[str, str]] = [*subset_parameters(on, subset), (message("pairs of"), side_name)]
    if city is not None:
        parameters.append((message("city"), message("{city}", city=Named(city, city))))
    parameters += [
        (message("communities"), message("{method}", method=community_method)),
        (message("resolution"), message("{resolution:g}", resolution=resolution)),
    ]
    notes = omission_notes(two_mode, weight)
    if test is not None:
        parameters.append((message("null model"), message("{model}", model=test.null_model)))
        if test.trials is not None:
            parameters += [
                (message("trials"), message("{trials}", trials=trials)),
                (message("seed"), message("{seed}", seed=seed)),
            ]
        notes += _test_notes(test)
    tables, plots = (
        [_table(pairs, test, neighbours, two_mode, side), communities_table(two_mode, groups)],
        _plots(pairs),
    )
    if dates:
        series_table, series_plots = overlap_over_time(
            snapshot, dates, subset, side, [pair.row for pair in pairs[:_MAX_BARS]], on_progress
        )
        tables.insert(1, series_table)
        plots += series_plots
    report = Report(
        "overlap",
        message("Overlapping memberships on {on}", on=on)
        if side is NetworkSide.COLLABORATIONS
        else message("Overlapping cities on {on}", on=on),
        join(
            " ",
            (
                message("Pairs of {side} that overlap: {pairs}.", side=side_name, pairs=len(pairs)),
                subset_caption(subset),
            ),
        ),
        tuple(parameters),
        tuple(tables),
        snapshot_provenance(snapshot, on, subset, seed, command),
        tuple(notes),
        tuple(plots),
    )
    if not networks:
        return report
    network = build_network(projection, {"community": groups.community_of()})
    degrees = {node.id: float(len(neighbours[node.id])) for node in projection.nodes}
    title = message("The projection on the {side}, weighted by {weight}", side=side_name, weight=weight)
    drawing = draw(network, title, communities=groups.community_of(), scores=degrees, seed=seed, weight="weight")
    return replace(report, drawing=drawing, network=network)


def _test_notes(test: Significance) -> list[Message]:
    notes = [
        join(
            " ",
            (
                message(test.null_model.description),
                message("P values are corrected for {tests} tested pairs.", tests=test.tests),
            ),
        )
    ]
    if (needed := test.trials_needed) is not None and test.trials is not None:
        notes.append(
            message(
                "Too few trials: with {trials}, no p value is less than {least:.2g}, and the corrected p value of a "
                "single pair cannot reach {level:g}. Use at least {needed} trials.",
                trials=test.trials,
                least=1 / (1 + test.trials),
                level=SIGNIFICANCE_LEVEL,
                needed=needed,
            )
        )
    if count := int(test.conditional.sum()):
        notes.append(
            message(
                "Conditional: {count} of {total} p values depend on an incomplete roster and hold only for the "
                "recorded members.",
                count=count,
                total=len(test.p),
            )
        )
    return notes


def _neighbour_indices(two_mode: TwoMode, side: NetworkSide) -> dict[str, set[int]]:
    """Return a dict from node id to the indices of the nodes that the node is tied to."""
    neighbours: dict[str, set[int]] = {node.id: set() for node in two_mode.nodes_of(side)}
    for city, collaboration, _ in two_mode.iter_ties():
        if side is NetworkSide.CITIES:
            neighbours[two_mode.cities[city].id].add(collaboration)
        else:
            neighbours[two_mode.collaborations[collaboration].id].add(city)
    return neighbours


def _pairs(two_mode: TwoMode, side: NetworkSide, test: Significance | None) -> list[_Pair]:
    rows = list(overlaps(two_mode, side).rows())
    if test is None:
        pairs = [_Pair(row, None) for row in rows]
    else:
        pairs = [_Pair(row, tested) for row, tested in zip(rows, test.rows(), strict=True)]
    return sorted(pairs, key=lambda pair: (-pair.row.shared, -pair.row.jaccard, pair.row.first.id, pair.row.second.id))


def _involves(row: OverlapRow, side: NetworkSide, city: str, city_index: int, neighbours: dict[str, set[int]]) -> bool:
    """Return whether the pair in the row is about the city.

    If the row is a pair of cities, one of the two must be the city. If the row is a pair of collaborations, the city
    must take part in both.
    """
    if side is NetworkSide.CITIES:
        return city in (row.first.id, row.second.id)
    return city_index in neighbours[row.first.id] and city_index in neighbours[row.second.id]


def _table(
    pairs: Sequence[_Pair],
    test: Significance | None,
    neighbours: dict[str, set[int]],
    two_mode: TwoMode,
    side: NetworkSide,
) -> Table:
    columns = [
        Column("first", "First", Kind.NODE),
        Column("second", "Second", Kind.NODE),
        Column("shared", "Shared", Kind.INTEGER, "|A ∩ B|", bounded=True),
        Column("jaccard", "Jaccard", Kind.NUMBER, "|A ∩ B| / |A ∪ B|"),
        Column("overlap", "Overlap coefficient", Kind.NUMBER, "|A ∩ B| / min(|A|, |B|)"),
        Column("cosine", "Cosine", Kind.NUMBER, "|A ∩ B| / √(|A| |B|)"),
        Column("newman", "Newman", Kind.NUMBER, "Σ 1 / (k − 1) over the shared nodes, doi:10.1103/PhysRevE.64.016132"),
    ]
    if test is not None:
        columns += [
            _p_column("p", "p", message("P(X ≥ shared) under the null model")),
            _p_column("p_adjusted", message("Adjusted p"), "Benjamini & Hochberg"),
            Column("p_upper_bound", "Upper bound", Kind.FLAG, "p is too small to compute"),
            Column("p_conditional", "Conditional p", Kind.FLAG, "p holds only for the recorded members"),
        ]
    columns.append(Column("lower_bound", "Partial roster", Kind.FLAG, "the overlap is a lower bound"))
    with_names = len(pairs) <= _MAX_NAMED_PAIRS
    if with_names:
        columns.append(Column("shares", "Shared nodes", Kind.NODES))
    other_side = [named_node(node) for node in two_mode.nodes_of(side.other)]
    rows: list[tuple[Cell, ...]] = []
    for pair in pairs:
        row = pair.row
        values = (row.shared, row.jaccard, row.overlap, row.cosine, row.newman)
        tested = pair.test
        p_values = () if tested is None else (tested.p, tested.adjusted, tested.is_upper_bound, tested.conditional)
        shares: tuple[tuple[Named, ...], ...] = ()
        if with_names:
            common = (other_side[index] for index in neighbours[row.first.id] & neighbours[row.second.id])
            shares = (tuple(sorted(common, key=lambda node: (node.name, node.id))),)
        rows.append((named_node(row.first), named_node(row.second), *values, *p_values, row.lower_bound, *shares))
    note = message("Sorted by number of shared nodes, then by Jaccard index.")
    if not with_names:
        limit = message("Shared nodes are listed for at most {pairs} pairs.", pairs=_MAX_NAMED_PAIRS)
        note = join(" ", (note, limit))
    return Table("pairs", "Pairs", tuple(columns), tuple(rows), ("first", "second"), note)


def _p_column(key: str, title: str, note: str) -> Column:
    return Column(key, title, Kind.NUMBER, note, bounded=True, bound_by="p_upper_bound", bound_sign="<")


def _plots(pairs: Sequence[_Pair]) -> list[Plot]:
    if not pairs:
        return []
    top = pairs[:_MAX_BARS]
    labels = tuple(join(" – ", map(named_node, (pair.row.first, pair.row.second))) for pair in top)
    counts = Counter(pair.row.shared for pair in pairs)
    shown_counts = sorted(counts)[:_MAX_BARS]
    return [
        Bars("Top pairs", "shared", labels, ((message("shared"), tuple(float(pair.row.shared) for pair in top)),)),
        Bars(
            "Distribution of the overlap",
            "pairs",
            tuple(message("{count} shared", count=count) for count in shown_counts),
            ((message("pairs"), tuple(float(counts[count]) for count in shown_counts)),),
            "" if len(shown_counts) == len(counts) else message("Pairs with a larger overlap are not shown."),
        ),
    ]
