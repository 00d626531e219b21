"""File formats of reports. Each format has a module in this package, except HTML, which `api.pages` renders."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from graph.analysis.two_mode import Graph
from graph.errors import AnalysisError
from graph.reports.formats.csv import csv_file
from graph.reports.formats.graph_formats import edge_list, gexf, graphml, pajek
from graph.reports.formats.hif import hif
from graph.reports.formats.ics import calendar
from graph.reports.formats.json import json_file
from graph.reports.formats.markdown import markdown
from graph.reports.formats.parquet import expect_pyarrow, parquet_file
from graph.reports.report import Report, Stated
from graph.tables import Table

__all__ = ["FORMATS", "NETWORK_FORMATS", "Format", "expect_format", "network_file", "render", "report_formats"]


class Format(StrEnum):
    """The file format of a report. The value is the name of the format on the command line."""

    HTML = "html"
    CSV = "csv"
    JSON = "json"
    MD = "md"
    PARQUET = "parquet"
    GRAPHML = "graphml"
    GEXF = "gexf"
    PAJEK = "pajek"
    EDGES = "edges"
    HIF = "hif"
    ICS = "ics"

    @property
    def draws(self) -> bool:
        """Whether a file of this format contains the network (graph) of the report."""
        return self in (Format.HTML, *_NETWORKS, *_TWO_MODE)

    @property
    def extension(self) -> str:
        """The file name extension of this format, with the dot."""
        return {Format.PAJEK: ".net", Format.EDGES: ".edges.csv", Format.HIF: ".hif.json"}.get(self, f".{self.value}")


_TABLES: Final = (Format.HTML, Format.CSV, Format.JSON, Format.MD, Format.PARQUET)
_NETWORKS: Final = (Format.GRAPHML, Format.GEXF, Format.PAJEK, Format.EDGES)
_WRITERS: Final = {
    Format.GRAPHML: graphml,
    Format.GEXF: gexf,
    Format.PAJEK: pajek,
    Format.EDGES: edge_list,
    Format.HIF: hif,
}
NETWORK_FORMATS: Final = tuple(_WRITERS)
"""Formats of files that contain a network."""
_TWO_MODE: Final = (Format.HIF,)
"""Formats that can contain only a two-mode network of cities, and no other network."""
_SERIES_TABLES: Final = {
    "centrality": ("over_time", "summary_over_time", "turnover", "lifetimes", "survival"),
    "overlap": ("over_time",),
}
"""A dict from kind of report to the tables that the report contains only if it is computed for a series of dates."""

FORMATS: Final = {
    "centrality": (*_TABLES, *_NETWORKS, *_TWO_MODE),
    "overlap": (*_TABLES, *_NETWORKS),
    "diff": _TABLES,
}
"""A dict from kind of report to its formats, for reports of network analyses and of comparisons."""


def report_formats(*, has_network: bool, has_calendar: bool) -> tuple[Format, ...]:
    """Return the file formats that are available for a report with tables.

    More formats are available if the report also contains a network or a calendar. The boolean arguments state whether
    it does.
    """
    return (*_TABLES, *(_NETWORKS if has_network else ()), *((Format.ICS,) if has_calendar else ()))


def expect_format(kind: str, form: Format, formats: Sequence[Format]) -> None:
    """Raise AnalysisError if a report cannot be written in the format `form`.

    This is the case if `form` is not in `formats`, or if a package that the format needs is not installed. The
    error message names the report by `kind`.
    """
    if form not in formats:
        raise AnalysisError(f"a {kind} report cannot be written as {form}", hint=f"take one of {', '.join(formats)}")
    if form is Format.PARQUET:
        expect_pyarrow()


def render(report: Report, form: Format, *, table: str | None = None) -> bytes:
    """Return the report as the content of a file. The format must not be HTML, which `api.pages` renders.

    `table` is the key of the table to write as CSV or Parquet. None selects the first table. Raises AnalysisError if
    the report does not support the format or does not contain the table.
    """
    has_network, has_calendar = report.network is not None, report.calendar is not None
    if form is not Format.HIF or not has_network:
        expect_format(report.kind, form, report_formats(has_network=has_network, has_calendar=has_calendar))
    match form:
        case Format.CSV:
            return csv_file(_table(report, table), report.provenance)
        case Format.PARQUET:
            return parquet_file(_table(report, table), report.provenance)
        case Format.JSON:
            return json_file(report)
        case Format.MD:
            return markdown(report)
        case Format.ICS:
            return calendar(report)
        case _:
            network = report.dynamic_network if form is Format.GEXF and report.dynamic_network else report.network
            assert network is not None
            return network_file(network, form, report.provenance.attributes())


def network_file(network: Graph, form: Format, stated: Mapping[str, Stated]) -> bytes:
    """Return the content of a file with a network. The file also contains `stated`, the attributes of the provenance.

    Raises AnalysisError if the format cannot contain the network.
    """
    return _WRITERS[form](network, stated)


def _table(report: Report, wanted: str | None) -> Table:
    for table in report.tables:
        if wanted is None or table.key == wanted:
            return table
    hint = f"take one of {', '.join(table.key for table in report.tables)}"
    if wanted in _SERIES_TABLES.get(report.kind, ()):
        hint = f"give a series of dates for this table (--from and --until), or {hint}"
    raise AnalysisError(f"this report has no table '{wanted}'", hint=hint)
