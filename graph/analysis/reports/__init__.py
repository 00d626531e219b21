"""Reports that people read and programs take: what was found, where it comes from, and how to make it again.

snapshot = await Snapshots(store).current()
report = centrality_report(snapshot, date(2024, 6, 1), Cut(), seed=7)
Path("centrality.html").write_bytes(written(report, Format.HTML))
"""

from graph.analysis.reports.centrality_report import MEASURES, centrality_report
from graph.analysis.reports.cost_report import cost_report
from graph.analysis.reports.coverage_report import coverage_report
from graph.analysis.reports.difference import difference
from graph.analysis.reports.duplicates_report import duplicates_report
from graph.analysis.reports.formats import FORMATS, Format, expect_format, written
from graph.analysis.reports.overlap_report import overlap_report
from graph.analysis.reports.renewals_report import renewals_report
from graph.analysis.reports.report import Report

__all__ = [
    "FORMATS",
    "MEASURES",
    "Format",
    "Report",
    "centrality_report",
    "cost_report",
    "coverage_report",
    "difference",
    "duplicates_report",
    "expect_format",
    "overlap_report",
    "renewals_report",
    "written",
]
