"""Network analysis: two-mode networks, projections, centrality, communities, overlap and null models.

    from graph.analysis import SnapshotReader, centrality
    from graph.vocabulary import CentralityMeasure

    snapshot = await SnapshotReader(store).current()
    two_mode = snapshot.two_mode(date(2024, 6, 1))
    for score in centrality(two_mode, CentralityMeasure.BETWEENNESS).ranking("City"):
        print(score.rank, score.node.name, score.value)
    two_mode.to_networkx()  # a networkx.Graph with labelled nodes

`SnapshotReader.current` is a coroutine. The analyses are plain functions of plain values. Call them directly in a
notebook, or run them in a child process with time and memory limits through `AnalysisRunner`.
"""

from graph.analysis.centrality import Centrality, Score, centrality
from graph.analysis.communities import Communities, Stability, communities
from graph.analysis.graph_summary import Degrees, GraphSummary, summarize
from graph.analysis.measures import Definition, definition, definitions
from graph.analysis.overlap import OverlapRow, Overlaps, overlaps
from graph.analysis.projection import Projection, project
from graph.analysis.runner import AnalysisLimits, AnalysisRunner
from graph.analysis.significance import Significance, SignificanceRow, significance
from graph.analysis.snapshot import Snapshot
from graph.analysis.snapshot_reader import SnapshotReader
from graph.analysis.subset import Matches, Subset
from graph.analysis.subset_filters import Filter, read_subset
from graph.analysis.subset_size import SubsetCounts
from graph.analysis.time_series import (
    Observation,
    centrality_on,
    over_time,
)
from graph.analysis.two_mode import Graph, Node, TwoMode

__all__ = [
    "AnalysisLimits",
    "AnalysisRunner",
    "Centrality",
    "Communities",
    "Definition",
    "Degrees",
    "Filter",
    "Graph",
    "GraphSummary",
    "Matches",
    "Node",
    "Observation",
    "OverlapRow",
    "Overlaps",
    "Projection",
    "Score",
    "Significance",
    "SignificanceRow",
    "Snapshot",
    "SnapshotReader",
    "Stability",
    "Subset",
    "SubsetCounts",
    "TwoMode",
    "centrality",
    "centrality_on",
    "communities",
    "definition",
    "definitions",
    "over_time",
    "overlaps",
    "project",
    "read_subset",
    "significance",
    "summarize",
]
