"""What the reports about networks have in common: how the network was cut, and what is told of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from graph.analysis.communities import Communities, communities
from graph.analysis.graph_summary import GraphSummary
from graph.analysis.progress import ProgressCallback
from graph.analysis.projection import Projection
from graph.analysis.snapshot import Snapshot
from graph.analysis.time_series import TwoModeFilter
from graph.analysis.two_mode import Graph, Node, Side, TwoMode
from graph.errors import AnalysisError
from graph.reports.report import Cell, Column, Kind, Named, Provenance, Table, versions

__all__ = [
    "PARTIAL",
    "communities_table",
    "cut_parameters",
    "labelled",
    "left_out",
    "most_found",
    "named",
    "provenance",
    "structure_table",
]

PARTIAL: Final = (
    "Some rosters are partial: what is marked ≥ is a lower bound, and every rank may change as rosters are completed."
)
_SIDES: Final = {Side.CITIES: ("city", "cities"), Side.COLLABORATIONS: ("collaboration", "collaborations")}
_TRIALS: Final = 10
_MANY_TIES: Final = 20_000
"""From so many ties on, communities are found with one seed only: each takes seconds."""
_LARGEST_GRAPH: Final = 400_000


def named(node: Node) -> Named:
    return Named(node.id, node.name)


def cut_parameters(on: date, cut: TwoModeFilter) -> list[tuple[str, str]]:
    """What the network was cut by, in words."""
    asked = [("day", on.isoformat()), ("collaborations", ", ".join(sorted(mode.name for mode in cut.modes)))]
    if cut.countries is not None:
        asked.append(("countries", ", ".join(sorted(cut.countries))))
    if cut.theme is not None:
        asked.append(("theme", cut.theme))
    if cut.network_kind is not None:
        asked.append(("kind of network", cut.network_kind))
    if cut.include_applied:
        asked.append(("memberships applied for", "counted"))
    return asked


def left_out(two_mode: TwoMode) -> list[str]:
    """What is told of the nodes that are not in the network, and of partial rosters."""
    notes: list[str] = []
    if two_mode.reason:
        notes.append(f"The network is empty: {two_mode.reason}.")
    counts = [f"{count} {_SIDES[side][count != 1]}" for side, count in two_mode.isolates.items() if count]
    if counts:
        notes.append(f"Left out, for want of a tie on the day: {' and '.join(counts)}.")
    if two_mode.lower_bound and not two_mode.reason:
        notes.append(PARTIAL)
    earlier = sum(1 for _, _, in_force in two_mode.pairs() if not in_force)
    if earlier:
        notes.append(
            f"{earlier} of {two_mode.ties} ties are attested only for an earlier day, and no source tells of their end."
        )
    return notes


def most_found(of: TwoMode | Projection, seed: int, tell: ProgressCallback) -> Communities:
    """The communities, with their stability over ten seeds where the network is not large."""
    return communities(of, seed=seed, trials=_TRIALS if of.ties < _MANY_TIES else 1, tell=tell)


def communities_table(found: Communities) -> Table:
    """The communities and who is in them."""
    notes = [f"{found.method}, seed {found.seed}, resolution {found.resolution:g}."]
    if found.modularity is not None:
        notes.append(f"Modularity {found.modularity:.4f}.")
    if found.two_mode_modularity is not None:
        notes.append(f"Barber's two-mode modularity {found.two_mode_modularity:.4f}.")
    if found.stability is not None:
        notes.append(
            f"Over the {len(found.stability.seeds)} seeds from {found.seed} on, the mean adjusted Rand index of two "
            f"divisions is {found.stability.agreement:.3f} (1: always the same)."
        )
    elif found.modularity is not None:
        notes.append("One seed only, since the network is large: nothing is known of their stability.")
    columns = (
        Column("community", "Community", Kind.INTEGER),
        Column("size", "Nodes", Kind.INTEGER),
        Column("members", "Who is in it", Kind.NODES),
    )
    rows = tuple(
        (number, len(nodes), tuple(sorted(map(named, nodes), key=lambda node: (node.name, node.id))))
        for number, nodes in enumerate(found.communities, start=1)
    )
    return Table("communities", "Communities", columns, rows, ("community",), " ".join(notes))


def structure_table(found: GraphSummary) -> Table:
    """The figures of the whole network."""
    figures: list[tuple[str, Cell, str]] = [
        ("nodes", found.nodes, ""),
        ("ties", found.ties, ""),
        ("density", found.density, "ties / possible ties"),
        ("components", len(found.components), _sizes(found.components)),
        ("diameter", found.diameter, "in hops, within the parts"),
        ("mean distance", found.mean_distance, "in hops, of pairs that a path joins"),
        *(
            (f"mean ties of {side.name.lower()}", degrees.mean, f"median {degrees.median:g}")
            for side, degrees in found.degrees.items()
        ),
        ("assortativity", found.assortativity, "correlation of the ties of neighbours (Newman 2002)"),
        (
            "articulation points",
            len(found.articulation_points),
            _some([point.name for point in found.articulation_points]),
        ),
        ("bridges", len(found.bridges), _some([f"{one.name} – {other.name}" for one, other in found.bridges])),
    ]
    columns = (
        Column("figure", "Figure", Kind.TEXT),
        Column("value", "Value", Kind.NUMBER, absent="not defined"),
        Column("note", "Note", Kind.TEXT, absent=""),
    )
    rows = tuple((name, value, note or None) for name, value, note in figures)
    return Table("structure", "The whole network", columns, rows, ("figure",))


def _sizes(components: Sequence[int]) -> str:
    if not components:
        return ""
    return f"sizes {', '.join(map(str, components[:8]))}{' …' if len(components) > 8 else ''}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def labelled(of: TwoMode | Projection, values: Mapping[str, Mapping[str, float | int | None]]) -> Graph:
    """The network as a networkx.Graph with `values` (by attribute, then id) beside what its nodes have anyway.

    Raises AnalysisError where it has more ties than a file of a network is read with.
    """
    if of.ties > _LARGEST_GRAPH:
        raise AnalysisError(
            f"the network has {of.ties} ties; {_LARGEST_GRAPH} can be drawn or written as a network",
            hint="filter by country, theme or kind, take the other side, or write csv, json or parquet",
        )
    graph = of.graph()
    for attribute, by_id in values.items():
        for node, value in by_id.items():
            if value is not None:
                graph.nodes[node][attribute] = value
    return graph


def provenance(snapshot: Snapshot, on: date, seed: int | None, command: str) -> Provenance:
    return Provenance(snapshot.revision, snapshot.digest, on.isoformat(), seed, versions(), command)
