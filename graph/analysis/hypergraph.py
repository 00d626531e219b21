"""Hypergraphs of cities in the Hypergraph Interchange Format (HIF)."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from graph.analysis.two_mode import Graph

__all__ = ["hypergraph"]


def hypergraph(two_mode: Graph) -> dict[str, Any]:
    """Return the hypergraph of a two-mode network. Nodes are cities. An edge is the set of a collaboration's cities.

    The result is a document of HIF (https://github.com/pszufe/HIF-standard). The attributes (`attrs`) of nodes, edges
    and incidences are those of the nodes and ties of the two-mode network. `metadata` contains the attributes of the
    two-mode network itself.
    """
    nodes = cast("Iterable[tuple[str, Mapping[str, object]]]", two_mode.nodes(data=True))
    cities: list[dict[str, object]] = []
    edges: list[dict[str, object]] = []
    for node, attributes in nodes:
        if attributes.get("mode") == "City":
            cities.append({"node": node, "attrs": dict(attributes)})
        else:
            edges.append({"edge": node, "attrs": dict(attributes)})
    ids = {edge["edge"] for edge in edges}
    ties = cast("Iterable[tuple[str, str, Mapping[str, object]]]", two_mode.edges(data=True))
    incidences = [
        {"edge": edge, "node": node, "attrs": dict(attributes)}
        for one, other, attributes in ties
        for edge, node in [(one, other) if one in ids else (other, one)]
    ]
    return {
        "network-type": "undirected",
        "metadata": dict(two_mode.graph),
        "incidences": incidences,
        "nodes": cities,
        "edges": edges,
    }
