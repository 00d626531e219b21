"""Write the two-mode network of a report as a hypergraph in the Hypergraph Interchange Format (HIF)."""

from collections.abc import Mapping

import orjson

from graph.analysis.hypergraph import hypergraph
from graph.analysis.two_mode import Graph
from graph.errors import AnalysisError
from graph.reports.report import Stated

__all__ = ["hif"]


def hif(network: Graph, stated: Mapping[str, Stated]) -> bytes:
    """Return a two-mode network as the content of a HIF file, which describes a hypergraph.

    An edge of the hypergraph is a collaboration: the set of its cities. `metadata` in the file contains the provenance
    (`stated`): the data needed to reproduce the network. Raises AnalysisError if the network is a projection.
    """
    if network.graph.get("mode") != "two-mode":
        raise AnalysisError(
            "a projection is not a hypergraph", hint="write the two-mode network, or use gexf or graphml"
        )
    document = hypergraph(network)
    document["metadata"] |= stated
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
