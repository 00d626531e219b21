"""Reproducible reports of analyses and of named queries (`graph.questions`), and the file formats of reports.

The following example writes a report of the centrality of cities and networks:

    snapshot = await SnapshotReader(store).current()
    report = centrality_report(snapshot, date(2024, 6, 1), Subset(), seed=7)
    Path("centrality.json").write_bytes(render(report, Format.JSON))
"""

from graph.reports.centrality import MEASURES, centrality_report
from graph.reports.diff import difference
from graph.reports.formats import FORMATS, Format, expect_format, render
from graph.reports.names import load_names, node_ids
from graph.reports.overlapping_memberships import overlap_report
from graph.reports.question_report import question_report, report_name
from graph.reports.report import Report

__all__ = [
    "FORMATS",
    "MEASURES",
    "Format",
    "Report",
    "centrality_report",
    "difference",
    "expect_format",
    "load_names",
    "node_ids",
    "overlap_report",
    "question_report",
    "render",
    "report_name",
]
