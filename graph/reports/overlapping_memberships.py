"""Report on overlapping memberships: the overlap of pairs of networks or of cities, and its significance."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from graph.analysis.hyperedge_overlap import HyperedgeOverlap, hyperedge_overlap
from graph.analysis.overlap import OverlapRow, neighbour_indices, overlaps, shared_nodes
from graph.analysis.projection import max_pairs, pair_bound, project
from graph.analysis.significance import SIGNIFICANCE_LEVEL, Significance, SignificanceRow, significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import floats, ints
from graph.analysis.subset import Subset
from graph.analysis.two_mode import TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback, no_progress
from graph.reports.layout import draw
from graph.reports.network_tables import (
    PARTIAL_OVERLAP,
    build_network,
    communities_table,
    community_choices,
    community_parameters,
    find_communities,
    future_notes,
    limits_of,
    named_node,
    omission_notes,
    overlap_columns,
    snapshot_provenance,
    subset_caption,
    subset_parameters,
)
from graph.reports.over_time import overlap_over_time
from graph.reports.report import Report, as_stated
from graph.tables import Bars, Cell, Column, Kind, Message, Named, Plot, Table, join, message
from graph.vocabulary import CommunityMethod, NetworkSide, NullModel, ProjectionWeight

__all__ = ["overlap_report"]

_MAX_BARS: Final = 15
_MAX_NAMED_PAIRS: Final = 20_000
"""Maximum number of pairs in a table that lists the shared nodes of each pair. Larger tables omit the shared nodes."""


@dataclass(frozen=True, slots=True)
class _Pair:
    row: OverlapRow
    test: SignificanceRow | None


def overlap_report(
    snapshot: Snapshot,
    on: date,
    subset: Subset,
    *,
    projection: NetworkSide = NetworkSide.COLLABORATIONS,
    city: str | None = None,
    network: str | None = None,
    weight: ProjectionWeight = ProjectionWeight.COUNT,
    least_shared: int = 1,
    null_model: NullModel | None = None,
    community_method: CommunityMethod = CommunityMethod.LOUVAIN,
    resolution: float = 1.0,
    community_trials: int | None = None,
    seed: int = 0,
    trials: int = 1000,
    dates: Sequence[date] = (),
    networks: bool = True,
    command: str = "",
    on_progress: ProgressCallback = no_progress,
) -> Report:
    """Compute the report on the overlap of all pairs of collaborations, or of all pairs of cities, on a date.

    - `projection`: whether the pairs are of collaborations or of cities.
    - `city`: keep only pairs that involve this city. A pair of cities must contain the city. For a pair of networks,
      the city must be a member of both networks.
    - `network`: keep only pairs that involve this network. A pair of networks must contain the network. For a pair of
      cities, both cities must be members of the network.
    - `least_shared`: keep only pairs that share at least this number of nodes, both in the table and in the projection.
    - `null_model`: add p values under this model, computed with `seed` and `trials`.
    - `dates`: add a time series of the pairs at the top of the table.
    - `weight`: the formula of the tie weights in the projection.
    - `community_method`: the method of finding communities, LOUVAIN or LEIDEN.
    - `resolution`: a higher value gives more and smaller communities.
    - `community_trials`: the number of random seeds for communities. By default, it depends on the size of the
      projection.
    - `networks`: whether to add the projection and its drawing.

    Raises AnalysisError.
    """
    two_mode = snapshot.two_mode(on, subset)
    for node_id, nodes in ((city, two_mode.cities), (network, two_mode.collaborations)):
        if node_id is not None and all(node.id != node_id for node in nodes):
            similar = snapshot.similar_ids(node_id)
            raise AnalysisError(
                f"'{node_id}' has no tie in the network on {on.isoformat()}",
                hint=f"check the id, the date and the filters; similar ids: {', '.join(similar) or 'none'}",
            )
    own = city if projection is NetworkSide.CITIES else network
    is_row = own is not None and pair_bound(two_mode, projection) > max_pairs(weight)
    row = (
        next((place for place, node in enumerate(two_mode.nodes_of(projection)) if node.id == own), None)
        if is_row
        else None
    )
    projected = project(two_mode, projection, weight, least_shared=least_shared, node=row)
    groups = find_communities(projected, community_method, seed, resolution, community_trials, on_progress)
    neighbours = neighbour_indices(two_mode, projection)
    test = (
        None
        if null_model is None
        else significance(two_mode, projection, null_model, seed=seed, trials=trials, on_progress=on_progress)
    )
    is_subset = snapshot.is_conditional(subset)
    pairs = [pair for pair in _pairs(two_mode, projection, test, row) if pair.row.shared >= least_shared]
    for node_id, node_side in ((city, NetworkSide.CITIES), (network, NetworkSide.COLLABORATIONS)):
        if node_id is not None:
            place = next(index for index, node in enumerate(two_mode.nodes_of(node_side)) if node.id == node_id)
            pairs = [
                pair
                for pair in pairs
                if _involves(pair.row, node_id, None if node_side is projection else place, neighbours)
            ]
    side_name = Message.of(projection.name.lower(), "{side}", side=projection)
    parameters: list[tuple[str, str]] = [*subset_parameters(on, subset), (message("pairs of"), side_name)]
    if city is not None:
        parameters.append((message("city"), message("{city}", city=Named(city, city))))
    if network is not None:
        parameters.append((message("network"), message("{network}", network=Named(network, network))))
    if least_shared > 1:
        parameters.append((message("shared at least"), message("{count}", count=least_shared)))
    parameters += community_parameters(groups)
    notes = [*future_notes([on, *dates]), *omission_notes(two_mode, weight)]
    if row is not None and own is not None:
        notes.append(
            message(
                "There are too many pairs of {side}: the projection has the ties of {node} only.",
                side=side_name,
                node=Named(own, own),
            )
        )
    if test is not None:
        parameters.append((message("null model"), message("{model}", model=test.null_model)))
        if test.trials is not None:
            parameters += [
                (message("trials"), message("{trials}", trials=trials)),
                (message("seed"), message("{seed}", seed=seed)),
            ]
        notes += _test_notes(test, is_subset=is_subset)
    else:
        notes.append(message("No p values: give a null model, such as --null-model sdsm, to test the overlaps."))
    tables, plots = (
        [
            _table(pairs, test, neighbours, two_mode, projection, is_subset=is_subset),
            communities_table(two_mode, groups),
        ],
        _plots(pairs),
    )
    hyperedges = hyperedge_overlap(two_mode)
    tables += _hyperedge_tables(two_mode, hyperedges)
    if hyperedges.overlapness is not None:
        notes.append(
            message(
                "As a hypergraph, whose hyperedges are the collaborations: density {density:.4g}, overlapness "
                "{overlapness:.4g} (Lee, Choe and Shin 2021).",
                density=hyperedges.density,
                overlapness=hyperedges.overlapness,
            )
        )
    if dates:
        series_table, series_plots = overlap_over_time(
            snapshot, dates, subset, projection, [pair.row for pair in pairs[:_MAX_BARS]], on_progress
        )
        tables.insert(1, series_table)
        plots += series_plots
    report = Report(
        "overlap",
        message("Overlapping memberships on {on}", on=on)
        if projection is NetworkSide.COLLABORATIONS
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
        snapshot_provenance(
            snapshot,
            on,
            subset,
            as_stated(
                projection=projection,
                city=city,
                network=network,
                weight=weight,
                least_shared=least_shared,
                null_model=null_model or "none",
                trials=None if test is None else test.trials,
            )
            | community_choices(groups)
            | as_stated(dates=dates or None),
            limits_of([two_mode], max([on, *dates]), weight),
            seed=seed,
            command=command,
        ),
        tuple(notes),
        tuple(plots),
    )
    if not networks:
        return report
    graph = build_network(projected, {"community": groups.community_of()})
    degrees = {node.id: float(len(neighbours[node.id])) for node in projected.nodes}
    title = message("The projection on the {side}, weighted by {weight}", side=side_name, weight=weight)
    drawing = draw(graph, title, communities=groups.community_of(), scores=degrees, seed=seed)
    return replace(report, drawing=drawing, network=graph)


def _test_notes(test: Significance, *, is_subset: bool) -> list[Message]:
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
                "Too few trials: with {trials}, the smallest p value is 1/{samples}, and the corrected p value of a "
                "single pair cannot reach {level:g}. Use at least {needed} trials.",
                trials=test.trials,
                samples=1 + test.trials,
                level=SIGNIFICANCE_LEVEL,
                needed=needed,
            )
        )
    if count := int(test.conditional.sum()):
        notes.append(
            message(
                "Conditional: {count} of {total} p values depend on an incomplete roster and hold only for the "
                "recorded members. Members may be recorded because they are in the other network: check the sources "
                "of both networks before you cite a pair.",
                count=count,
                total=len(test.p),
            )
        )
    if is_subset:
        notes.append(
            message(
                "Conditional: the p values hold only for the networks of the subset and the {count} {side} with a tie "
                "in it. Cities in none of these networks are left out, and ties to other networks are not counted, so "
                "the p values are biased as statements on all cities.",
                count=test.universe,
                side=Message.of(test.side.other.name.lower(), "{side}", side=test.side.other),
            )
        )
    return notes


def _pairs(two_mode: TwoMode, side: NetworkSide, test: Significance | None, node: int | None) -> list[_Pair]:
    rows = list(overlaps(two_mode, side, node).rows())
    if test is None:
        pairs = [_Pair(row, None) for row in rows]
    else:
        pairs = [_Pair(row, tested) for row, tested in zip(rows, test.rows(), strict=True)]
    return sorted(pairs, key=lambda pair: (-pair.row.shared, -pair.row.jaccard, pair.row.first.id, pair.row.second.id))


def _involves(row: OverlapRow, node_id: str, place: int | None, neighbours: dict[str, set[int]]) -> bool:
    """Return whether a pair of cities, or a pair of collaborations, involves the node `node_id`.

    There are two cases. If `place` is None, the node is of the same kind as the pair (cities or collaborations), and it
    must be one of the pair. Otherwise `place` is the index of the node, and both nodes of the pair must be tied to it.
    `neighbours` is the result of `neighbour_indices`.
    """
    if place is None:
        return node_id in (row.first.id, row.second.id)
    return place in neighbours[row.first.id] and place in neighbours[row.second.id]


def _table(
    pairs: Sequence[_Pair],
    test: Significance | None,
    neighbours: dict[str, set[int]],
    two_mode: TwoMode,
    side: NetworkSide,
    *,
    is_subset: bool,
) -> Table:
    columns = [
        Column("first", "First", Kind.NODE),
        Column("second", "Second", Kind.NODE),
        *overlap_columns(two_mode.shared_layers(side)),
    ]
    if test is not None:
        columns += [
            _p_column("p", "p", message("P(X ≥ shared) under the null model")),
            _p_column("p_adjusted", message("Adjusted p"), "Benjamini & Hochberg"),
            Column("p_upper_bound", "Upper bound", Kind.FLAG, "p is too small to compute"),
            Column("p_conditional", "Conditional p", Kind.FLAG, "p holds only for recorded members or the subset"),
        ]
    columns.append(PARTIAL_OVERLAP)
    with_names = len(pairs) <= _MAX_NAMED_PAIRS
    if with_names:
        columns.append(Column("shares", "Shared nodes", Kind.NODES))
    rows: list[tuple[Cell, ...]] = []
    for pair in pairs:
        row = pair.row
        tested = pair.test
        p_values = (
            ()
            if tested is None
            else (*(tested.p, tested.adjusted, tested.is_upper_bound, tested.conditional or is_subset),)
        )
        shares: tuple[tuple[Named, ...], ...] = ()
        if with_names:
            shares = (tuple(map(named_node, shared_nodes(row, two_mode.nodes_of(side.other), neighbours))),)
        rows.append(
            (named_node(row.first), named_node(row.second), *row.values().values(), *p_values, row.lower_bound, *shares)
        )
    note = message("Sorted by number of shared nodes, then by Jaccard index.")
    if not with_names:
        limit = message("Shared nodes are listed for at most {pairs} pairs.", pairs=_MAX_NAMED_PAIRS)
        note = join(" ", (note, limit))
    return Table("pairs", "Pairs", tuple(columns), tuple(rows), ("first", "second"), note)


def _hyperedge_tables(two_mode: TwoMode, found: HyperedgeOverlap) -> list[Table]:
    doi = "doi:10.1145/3442381.3450010"
    partial = Column("lower_bound", "Partial roster", Kind.FLAG, "members are missing")
    networks = (
        Column("network", "Name", Kind.NODE),
        Column("cities", "Cities", Kind.INTEGER, bounded=True),
        Column("homogeneity", "Homogeneity", Kind.NUMBER, f"mean number of collaborations of a pair of cities, {doi}"),
        partial,
    )
    cities = (
        Column("city", "Name", Kind.NODE),
        Column("networks", "Collaborations", Kind.INTEGER, bounded=True),
        Column("cities", "Cities", Kind.INTEGER, "distinct cities in them", bounded=True),
        Column("density", "Density", Kind.NUMBER, f"collaborations / cities, {doi}"),
        Column("overlapness", "Overlapness", Kind.NUMBER, f"sum of their sizes / cities, {doi}"),
        partial,
    )
    degrees = ints(two_mode.biadjacency.row_counts)
    hyperedges = zip(two_mode.collaborations, ints(found.sizes), floats(found.homogeneity), strict=True)
    egonets = zip(
        *(two_mode.cities, degrees, ints(found.egonet_cities)),
        *(floats(found.egonet_density), floats(found.egonet_overlapness)),
        strict=True,
    )
    return [
        Table(
            "hyperedges",
            "Collaborations as hyperedges",
            networks,
            tuple(
                (named_node(node), size, homogeneity, not node.members_complete)
                for node, size, homogeneity in sorted(hyperedges, key=lambda row: (-row[2], row[0].id))
            ),
            ("network",),
            "Sorted by homogeneity: how many collaborations two of the cities have in common, at least 1.",
        ),
        Table(
            "egonets",
            "Collaborations of each city",
            cities,
            tuple(
                (named_node(city), *values, two_mode.lower_bound)
                for city, *values in sorted(egonets, key=lambda row: (-row[4], row[0].id))
            ),
            ("city",),
            "Sorted by overlapness: 1 if no city is in two of them, and their number if they have the same cities.",
        ),
    ]


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
