"""Tables, notes and parameters that several reports of network analyses share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, cast

from graph.analysis.communities import Communities, communities
from graph.analysis.community_profiles import community_name, community_profiles
from graph.analysis.dynamic_graph import dynamic_graph
from graph.analysis.graph_summary import GraphSummary
from graph.analysis.overlap import overlap_names
from graph.analysis.projection import Projection, shared_name
from graph.analysis.robustness import removals
from graph.analysis.snapshot import Snapshot
from graph.analysis.sparse import ints
from graph.analysis.subset import Subset
from graph.analysis.two_mode import Graph, Node, TwoMode
from graph.errors import AnalysisError
from graph.progress import ProgressCallback
from graph.reports.report import Provenance, Stated, as_stated, versions
from graph.tables import Cell, Column, Kind, Message, Named, Table, join, message
from graph.vocabulary import CollaborationMode, CommunityMethod, NetworkSide, ProjectionWeight, Standing

__all__ = [
    "PARTIAL_OVERLAP",
    "PARTIAL_ROSTER_NOTE",
    "TIE_COLUMNS",
    "build_dynamic_network",
    "build_network",
    "communities_table",
    "community_choices",
    "community_parameters",
    "cut_point_tables",
    "find_communities",
    "future_limits",
    "future_notes",
    "limits_of",
    "named_node",
    "omission_notes",
    "overlap_columns",
    "robustness_table",
    "snapshot_provenance",
    "standing_columns",
    "subset_caption",
    "subset_parameters",
    "summary_table",
    "ties_table",
]

_STANDING_NOTES: Final = {
    Standing.ATTESTED_EARLIER: message("attested only for an earlier date, and no end is recorded"),
    Standing.LONG_UNATTESTED: message("last attested more than fifteen years before, and no end is recorded"),
    Standing.ATTESTED_LATER: message("attested only for a later date, and no beginning is recorded"),
}

PARTIAL_ROSTER_NOTE: Final = message(
    "Some rosters are incomplete: numbers marked ≥ are lower bounds if the ties from older sources are still in force, "
    "and ranks may change when rosters are completed."
)
PARTIAL_OVERLAP: Final = Column(
    "lower_bound",
    "Partial roster",
    Kind.FLAG,
    "only shared nodes; lower bounds if ties from older sources are still in force",
)
TIE_COLUMNS: Final = (
    Column("layer", "Mode", Kind.TEXT, code_of="type"),
    Column("standing", "Standing", Kind.TEXT, code_of="Standing"),
    Column("status", "Status", Kind.TEXT, absent="–", code_of="MembershipStatus"),
    Column("grade", "Grade", Kind.TEXT, absent="–", code_of="MembershipGrade"),
    Column("founder", "Founder", Kind.FLAG, is_technical=True),
    Column("host", "Host", Kind.FLAG, is_technical=True),
    Column("from", "First day", Kind.DATE),
    Column("earliest_from", "Earliest first day", Kind.DATE, is_technical=True),
    Column("attested_from", "First attested day", Kind.DATE, is_technical=True),
    Column("until", "First day no longer in force", Kind.DATE),
    Column("periods", "Periods", Kind.TEXT, is_technical=True),
    Column("fee", "Fee", Kind.NUMBER, is_technical=True),
    Column("fee_currency", "Currency of the fee", Kind.TEXT, is_technical=True),
    Column("fees", "Fees", Kind.TEXT, is_technical=True),
    Column("sources", "Sources", Kind.TEXT, is_technical=True),
)
"""The columns of facts of a tie in tables. Their keys are the attributes that `TwoMode.to_networkx` describes."""
_SHARED_TITLES: Final = {
    CollaborationMode.NETWORK: message("Shared networks"),
    CollaborationMode.WORKING_GROUP: message("Shared working groups"),
    CollaborationMode.PROJECT: message("Shared projects"),
    CollaborationMode.TWINNING: message("Shared twinnings"),
}
_TRIALS: Final = 10
_MAX_STABILITY_TIES: Final = 20_000
"""Communities are computed with several seeds only if the graph has fewer ties than this number.

With more ties, the computation takes seconds for each seed.
"""
_MAX_EXPORT_TIES: Final = 400_000


def named_node(node: Node) -> Named:
    return Named(node.id, node.name)


def subset_parameters(on: date, subset: Subset) -> list[tuple[str, str]]:
    """Return the date and the filters of the subset as (name, value) pairs, which the report lists as parameters."""
    return [(message("day"), message("{on}", on=on)), *subset.parameters()]


def subset_caption(subset: Subset) -> str:
    """Return a sentence that lists the filters of the subset, for the caption of a report."""
    return message("Subset: {subset}.", subset=subset.text)


def _counts(counts: Mapping[NetworkSide, int]) -> Message:
    """Return the numbers of cities and of collaborations as a text, which is empty if both are 0."""
    return join(", ", (_count(side, count) for side, count in counts.items() if count))


def _count(side: NetworkSide, count: int) -> Message:
    if side is NetworkSide.CITIES:
        return message("{count} city", "{count} cities", count=count)
    return message("{count} collaboration", "{count} collaborations", count=count)


def future_notes(days: Sequence[date]) -> list[Message]:
    """Return a note if the last of the dates in `days` is in the future, or an empty list otherwise."""
    last, today = max(days, default=date.min), date.today()
    if last <= today:
        return []
    return [
        message(
            "{last} is in the future: days after {today} are as known on {today}, and later changes are not in the "
            "result.",
            last=last,
            today=today,
        )
    ]


def omission_notes(two_mode: TwoMode, weight: ProjectionWeight) -> list[Message]:
    """Return notes about omitted nodes, incomplete lists of members, ties that no source shows, and unknown grades.

    Nodes are omitted because they have no ties, or by filters that select nodes by their ties.

    For ties that no source shows in force on the date, the notes state the number for each standing (such as
    ATTESTED_EARLIER). The ties that the network contains come first, followed by the ties that are left out.
    """
    notes: list[Message] = []
    if two_mode.reason:
        notes.append(message("The network is empty: {reason}.", reason=two_mode.reason))
    if omitted := _counts(two_mode.isolates):
        notes.append(message("Omitted because they have no tie on this date: {omitted}.", omitted=omitted))
    notes += [
        message("Left out by {filter}: {omitted}.", filter=name, omitted=_counts(counts) or message("none"))
        for name, counts in two_mode.left_out
    ]
    if two_mode.lower_bound and not two_mode.reason:
        notes.append(PARTIAL_ROSTER_NOTE)
    counts_by_standing = two_mode.standing_counts
    notes += [
        message(
            "{count} of {total} ties is {attested}.",
            "{count} of {total} ties are {attested}.",
            count=count,
            total=two_mode.tie_count,
            attested=_STANDING_NOTES[standing],
        )
        for standing in _STANDING_NOTES
        if (count := counts_by_standing.get(standing))
    ]
    notes += [
        message(
            "Not counted: {count} tie that is {attested}.",
            "Not counted: {count} ties that are {attested}.",
            count=count,
            attested=_STANDING_NOTES[standing],
        )
        for standing in _STANDING_NOTES
        if (count := two_mode.uncounted.get(standing))
    ]
    if weight is ProjectionWeight.GRADE and (count := two_mode.unknown_grades):
        notes.append(
            message(
                "{count} of {total} ties have no recorded grade, and count as full memberships.",
                count=count,
                total=two_mode.tie_count,
            )
        )
    return notes


def find_communities(
    graph: TwoMode | Projection,
    method: CommunityMethod,
    seed: int,
    resolution: float,
    trials: int | None,
    on_progress: ProgressCallback,
) -> Communities:
    """Find communities with `trials` random seeds, and return the best partition.

    If `trials` is None, ten seeds are used, or a single seed if the graph is large.
    """
    if trials is None:
        trials = _TRIALS if graph.tie_count < _MAX_STABILITY_TIES else 1
    return communities(graph, method=method, seed=seed, trials=trials, resolution=resolution, on_progress=on_progress)


def community_parameters(groups: Communities) -> list[tuple[str, str]]:
    """Return how the communities were found, as (name, value) pairs, which the report lists as parameters."""
    return [
        (message("communities"), message("{method}", method=groups.method)),
        (message("resolution"), message("{resolution:g}", resolution=groups.resolution)),
    ]


def community_choices(groups: Communities) -> dict[str, Stated]:
    """Return how the communities were found, for `Provenance.choices`."""
    return as_stated(communities=groups.method, resolution=groups.resolution, community_trials=len(groups.seeds))


def ties_table(two_mode: TwoMode) -> Table:
    """Return a table of the ties with their facts, as `TwoMode.to_networkx` describes them."""
    columns = (Column("city", "City", Kind.NODE), Column("collaboration", "Collaboration", Kind.NODE), *TIE_COLUMNS)
    nodes = {node.id: named_node(node) for node in two_mode.nodes}
    kinds = {column.key: column.kind for column in TIE_COLUMNS}
    edges = cast("Iterable[tuple[str, str, dict[str, str | float]]]", two_mode.to_networkx().edges(data=True))
    rows = tuple(
        (nodes[city], nodes[collaboration], *(_tie_cell(facts.get(key), kind) for key, kind in kinds.items()))
        for city, collaboration, facts in edges
    )
    return Table("ties", "Ties", columns, rows, ("city", "collaboration"))


def _tie_cell(value: str | float | None, kind: Kind) -> Cell:
    if kind is Kind.FLAG:
        return bool(value)
    return date.fromisoformat(value) if kind is Kind.DATE and isinstance(value, str) else value


def overlap_columns(layers: Iterable[CollaborationMode]) -> list[Column]:
    """Return the columns of `OverlapRow.values`. `layers` is the result of `TwoMode.shared_layers`."""
    columns = {
        "shared": Column("shared", "Shared", Kind.INTEGER, "|A ∩ B|", bounded=True),
        "jaccard": Column("jaccard", "Jaccard", Kind.NUMBER, "|A ∩ B| / |A ∪ B|"),
        "overlap": Column("overlap", "Overlap coefficient", Kind.NUMBER, "|A ∩ B| / min(|A|, |B|)"),
        "cosine": Column("cosine", "Cosine", Kind.NUMBER, "|A ∩ B| / √(|A| |B|)"),
        "newman": Column(
            "newman", "Newman", Kind.NUMBER, "Σ 1 / (k − 1) over the shared nodes, doi:10.1103/PhysRevE.64.016132"
        ),
    }
    for layer, title in _SHARED_TITLES.items():
        columns[shared_name(layer)] = Column(shared_name(layer), title, Kind.INTEGER, "of this layer", bounded=True)
    return [columns[name] for name in overlap_names(layers)]


def standing_columns(standings: Iterable[Standing]) -> list[Column]:
    """Return a column for each standing, for the number of ties with this standing."""
    return [
        Column(
            standing.word,
            Message.of(standing.word.replace("_", " ").capitalize(), "{standing}", standing=standing),
            Kind.INTEGER,
            _STANDING_NOTES.get(standing, message("a source shows the ties on this date")),
        )
        for standing in standings
    ]


def communities_table(two_mode: TwoMode, result: Communities) -> Table:
    """Return a table of the communities of a two-mode network or its projection, with their names and members."""
    notes = [
        message(
            "{method}, resolution {resolution:g}. Communities: {communities}.",
            method=result.citation,
            resolution=result.resolution,
            communities=len(result.communities),
        )
    ]
    if result.modularity is not None:
        notes.append(message("Modularity {value:.4f}.", value=result.modularity))
    if result.two_mode_modularity is not None:
        notes.append(message("Barber's two-mode modularity {value:.4f}.", value=result.two_mode_modularity))
    if result.stability is not None:
        low, high = result.stability.modularity
        notes += [
            message(
                "The best of {seeds} seeds from {first}: seed {seed}.",
                seeds=len(result.seeds),
                first=result.seeds[0],
                seed=result.seed,
            ),
            message("Two-mode modularity ranged from {low:.4f} to {high:.4f}.", low=low, high=high)
            if result.method.is_two_mode
            else message("Modularity ranged from {low:.4f} to {high:.4f}.", low=low, high=high),
            message(
                "The mean adjusted Rand index of two partitions is {agreement:.3f} (1: all partitions are equal).",
                agreement=result.stability.agreement,
            ),
        ]
    elif result.modularity is not None:
        notes.append(message("Only seed {seed} was used, so stability is unknown.", seed=result.seed))
    notes.append(
        message("A community is named by the networks and countries that have the most ties above expectation in it.")
    )
    columns = (
        Column("community", "Community", Kind.INTEGER),
        Column("name", "Name", Kind.TEXT, absent="–"),
        Column("size", "Nodes", Kind.INTEGER),
        Column("typical", "Typical networks", Kind.NODES),
        Column("countries", "Typical countries", Kind.TEXTS, code_of="country"),
        Column("members", "Members", Kind.NODES),
    )
    rows: list[tuple[Cell, ...]] = []
    for number, (nodes, profile) in enumerate(
        zip(result.communities, community_profiles(two_mode, result), strict=True), start=1
    ):
        typical = tuple(map(named_node, profile.collaborations))
        members = tuple(sorted(map(named_node, nodes), key=lambda node: (node.name, node.id)))
        rows.append((number, community_name(profile), len(nodes), typical, profile.countries, members))
    return Table("communities", "Communities", columns, tuple(rows), ("community",), join(" ", notes))


def summary_table(summary: GraphSummary) -> Table:
    """Return a table of the summary statistics."""
    mean_degrees = {
        NetworkSide.CITIES: message("mean degree of cities"),
        NetworkSide.COLLABORATIONS: message("mean degree of collaborations"),
    }
    statistics: list[tuple[str, Cell, str]] = [
        (message("nodes"), summary.nodes, ""),
        (message("ties"), summary.ties, ""),
        (message("density"), summary.density, message("ties / possible ties")),
        (message("components"), len(summary.components), _sizes(summary.components)),
        (message("diameter"), summary.diameter, message("in hops, within components")),
        (message("mean distance"), summary.mean_distance, message("in hops, over connected pairs")),
        *(
            (mean_degrees[side], degrees.mean, message("median {median:g}", median=degrees.median))
            for side, degrees in summary.degrees.items()
        ),
        (
            message("assortativity"),
            summary.assortativity,
            message("correlation of the degrees of neighbours (Newman 2002)"),
        ),
        (
            message("articulation points"),
            len(summary.articulation_points),
            message("nodes whose removal adds a component"),
        ),
        (message("bridges"), len(summary.bridges), message("ties whose removal adds a component")),
    ]
    columns = (
        Column("statistic", "Statistic", Kind.TEXT),
        Column("value", "Value", Kind.NUMBER, absent="not defined"),
        Column("note", "Note", Kind.TEXT, absent=""),
    )
    rows = tuple((name, value, note or None) for name, value, note in statistics)
    return Table("summary", "Network summary", columns, rows, ("statistic",))


def _sizes(components: Sequence[int]) -> str:
    if not components:
        return ""
    sizes = message("{sizes} …" if len(components) > 8 else "{sizes}", sizes=tuple(components[:8]))
    return message("sizes {sizes}", sizes=sizes)


def cut_point_tables(summary: GraphSummary) -> list[Table]:
    """Return a table of all articulation points and a table of all bridges."""
    points = tuple((named_node(point), point.mode) for point in summary.articulation_points)
    bridges = tuple((named_node(first), named_node(second)) for first, second in summary.bridges)
    node, mode = Column("node", "Name", Kind.NODE), Column("mode", "Mode", Kind.TEXT, code_of="type")
    ends = Column("first", "First", Kind.NODE), Column("second", "Second", Kind.NODE)
    return [
        Table("articulation_points", "Articulation points", (node, mode), points, ("node",)),
        Table("bridges", "Bridges", ends, bridges, ("first", "second")),
    ]


def robustness_table(two_mode: TwoMode) -> Table:
    """Return a table of the effect of removing each collaboration from the two-mode network."""
    columns = (
        Column("collaboration", "Without", Kind.NODE),
        Column("cities", "Its cities", Kind.INTEGER, bounded=True),
        Column("isolated", "Cities without a tie", Kind.INTEGER, "it is their only collaboration"),
        Column("components", "Components", Kind.INTEGER, "connected components left, isolated cities included"),
        Column("largest", "Largest component", Kind.INTEGER, "number of cities"),
        Column("disconnected", "Disconnected", Kind.NUMBER, "share of the connected pairs of cities", "none connected"),
        Column("lower_bound", "Partial roster", Kind.FLAG, "there may be more ties than are recorded"),
    )
    rows = tuple(
        (
            named_node(row.collaboration),
            row.cities,
            row.isolated,
            row.components,
            row.largest,
            row.disconnected,
            not row.collaboration.members_complete,
        )
        for row in removals(two_mode)
    )
    note = "Each collaboration is removed from the two-mode network alone."
    return Table("robustness", "Robustness to removing a collaboration", columns, rows, ("collaboration",), note)


def build_network(graph: TwoMode | Projection, values: Mapping[str, Mapping[str, float | int | None]]) -> Graph:
    """Return the two-mode network or projection as a networkx.Graph, with additional node attributes.

    The node attribute `ties` is the number of the node's ties. `values` contains the other additional attributes: it
    maps the name of each of these attributes to a dict from node id to value. Ids of other nodes are ignored. Raises
    AnalysisError if there are too many ties for a file.
    """
    _check_ties(
        graph,
        "the network",
        "drawings and network files",
        hint="filter by country, theme or kind, use the other projection, or write csv, json or parquet",
    )
    return _with_values(graph.to_networkx(), graph, values)


def build_dynamic_network(
    two_mode: TwoMode, values: Mapping[str, Mapping[str, float | int | None]], first: date, last: date
) -> Graph:
    """Return the two-mode network of the days from `first` to `last`.

    The attribute `spells` of a node or tie contains the periods in which the node or tie is in the network. `ties` and
    `values` have the same meaning as in `build_network`. Raises AnalysisError if there are too many ties for a GEXF
    file, which is the only format of this network.
    """
    _check_ties(
        two_mode,
        f"the network of the days from {first} to {last}",
        "gexf",
        hint="leave out gexf, choose a shorter period, or filter by country, theme or kind",
    )
    return _with_values(dynamic_graph(two_mode, first, last), two_mode, values)


def _check_ties(graph: TwoMode | Projection, name: str, files: str, *, hint: str) -> None:
    if graph.tie_count > _MAX_EXPORT_TIES:
        raise AnalysisError(
            f"{name} has {graph.tie_count} ties; the limit for {files} is {_MAX_EXPORT_TIES}", hint=hint
        )


def _with_values(
    nx_graph: Graph, graph: TwoMode | Projection, values: Mapping[str, Mapping[str, float | int | None]]
) -> Graph:
    for node, degree in zip(graph.nodes, ints(graph.adjacency.row_counts), strict=True):
        nx_graph.nodes[node.id]["ties"] = degree
    for attribute, by_id in values.items():
        for node, value in by_id.items():
            if value is not None and node in nx_graph:
                nx_graph.nodes[node][attribute] = value
    return nx_graph


def snapshot_provenance(
    snapshot: Snapshot,
    on: date | None,
    subset: Subset,
    choices: Mapping[str, Stated],
    limits: Mapping[str, Stated],
    *,
    seed: int | None = None,
    command: str = "",
) -> Provenance:
    """Return the provenance of an analysis of a snapshot.

    `on` is None if the analysis covers several dates. `choices` and `limits` are the results of `as_stated` and
    `limits_of`.
    """
    standings = tuple(standing.name for standing in subset.standings)
    return Provenance(
        snapshot.revision,
        snapshot.digest,
        "" if on is None else on.isoformat(),
        seed,
        versions(),
        command,
        standings,
        str(subset),
        snapshot.origin,
        choices,
        limits,
    )


def limits_of(
    two_modes: Iterable[TwoMode], last: date, weight: ProjectionWeight = ProjectionWeight.COUNT
) -> dict[str, Stated]:
    """Return what limits the result of an analysis of one or several two-mode networks, for `Provenance.limits`.

    - `lower_bound`: whether there may be more ties than are recorded, because a list of members is incomplete.
    - `inferred_grades`: with the weight GRADE, the number of ties without a recorded grade, which are weighted as full
      memberships.
    - `left_out_cities`, `left_out_networks`: with a filter that selects nodes by their ties, such as `min_degree`, the
      numbers of nodes that these filters left out.
    - `ties_in_force`, `ties_attested_earlier` and so on: for each standing that the network can contain, the number of
      ties with this standing. A network of a period has none of these numbers.
    - `as_known_on`: the current date, if `last`, the last date of the analysis, is in the future.

    If there are several networks, each number is the maximum over these networks.
    """
    limits: dict[str, int] = {"lower_bound": False}
    if weight is ProjectionWeight.GRADE:
        limits["inferred_grades"] = 0
    for two_mode in two_modes:
        found: dict[str, int] = {"lower_bound": two_mode.lower_bound}
        if weight is ProjectionWeight.GRADE:
            found["inferred_grades"] = two_mode.unknown_grades
        if two_mode.on is not None:
            found |= {f"ties_{standing.word}": count for standing, count in two_mode.standing_counts.items()}
        if two_mode.left_out:
            for side in NetworkSide:
                found[f"left_out_{side.word}"] = sum(counts[side] for _, counts in two_mode.left_out)
        limits |= {name: max(limits.get(name, 0), value) for name, value in found.items()}
    return limits | future_limits(last)


def future_limits(last: date) -> dict[str, Stated]:
    """Return `as_known_on`, the current date, if `last`, the last date of an analysis, is in the future."""
    today = date.today()
    return {"as_known_on": today.isoformat()} if last > today else {}
