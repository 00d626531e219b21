"""Network science over the graph: two-mode networks, projections, centrality, communities, overlap and chance.

    from graph.analysis import Measure, Snapshots, centrality

    snapshot = await Snapshots(store).current()
    two_mode = snapshot.two_mode(date(2024, 6, 1))
    for score in centrality(two_mode, Measure.BETWEENNESS).ranking("City"):
        print(score.rank, score.node.name, score.value)
    two_mode.graph()  # the same as a networkx.Graph with labelled nodes

Reading is a coroutine; all the rest are plain functions of plain values, to be called in a notebook, or through an
`Analyst`, which runs them in a process of their own with a bound on time and memory. The only room that knows NumPy,
SciPy and NetworkX.
"""

from graph.analysis.centrality import Centrality, Score, centrality
from graph.analysis.communities import Communities, Stability, communities
from graph.analysis.graph_summary import Degrees, GraphSummary, summarize
from graph.analysis.measures import Definition, Measure, Normalisation, definition, definitions
from graph.analysis.overlap import OverlapRow, Overlaps, overlaps
from graph.analysis.progress import ProgressCallback, ignore_progress
from graph.analysis.projection import Projection, Weight, project
from graph.analysis.runner import AnalysisLimits, AnalysisRunner
from graph.analysis.significance import NullModel, Significance, SignificanceRow, significance
from graph.analysis.snapshot import CollaborationMode, Snapshot
from graph.analysis.snapshot_reader import SnapshotReader
from graph.analysis.time_series import (
    Observation,
    PairSignificance,
    TwoModeFilter,
    centrality_on,
    centrality_over_time,
    compute_pair_significance,
    over_time,
)
from graph.analysis.two_mode import Graph, Node, Side, TwoMode

__all__ = [
    "AnalysisLimits",
    "AnalysisRunner",
    "Centrality",
    "CollaborationMode",
    "Communities",
    "Definition",
    "Degrees",
    "Graph",
    "GraphSummary",
    "Measure",
    "Node",
    "Normalisation",
    "NullModel",
    "Observation",
    "OverlapRow",
    "Overlaps",
    "PairSignificance",
    "ProgressCallback",
    "Projection",
    "Score",
    "Side",
    "Significance",
    "SignificanceRow",
    "Snapshot",
    "SnapshotReader",
    "Stability",
    "TwoMode",
    "TwoModeFilter",
    "Weight",
    "centrality",
    "centrality_on",
    "centrality_over_time",
    "communities",
    "compute_pair_significance",
    "definition",
    "definitions",
    "ignore_progress",
    "over_time",
    "overlaps",
    "project",
    "significance",
    "summarize",
]
