"""Write the two-mode network of a report as a hypergraph in the Hypergraph Interchange Format (HIF)."""

import orjson

from graph.analysis.hypergraph import hypergraph
from graph.errors import AnalysisError
from graph.reports.report import Report

__all__ = ["hif"]


def hif(report: Report) -> bytes:
    """Return the report's two-mode network as the content of a HIF file, which describes a hypergraph.

    An edge of the hypergraph is a collaboration: the set of its cities. `metadata` in the file contains the provenance
    of the report: the data needed to reproduce it. Raises AnalysisError if the network is a projection.
    """
    if report.network is None or report.network.graph.get("mode") != "two-mode":
        raise AnalysisError("a projection is not a hypergraph", hint="leave out --projection, or write gexf or graphml")
    document = hypergraph(report.network)
    document["metadata"] |= report.provenance.attributes()
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
