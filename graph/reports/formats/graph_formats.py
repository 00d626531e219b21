"""Write the network (graph) of a report as GraphML, GEXF (Gephi), Pajek or an edge list."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from graph.analysis.dynamic_graph import parse_spells
from graph.analysis.two_mode import Graph
from graph.reports.layout import positions
from graph.reports.plain_text import one_line, printable
from graph.reports.report import Stated, provenance_text

__all__ = ["COLOURS", "edge_list", "gexf", "graphml", "pajek"]

COLOURS: Final = ("#2f6db5", "#d9822b", "#3a9a6a", "#b5437a", "#7a5cc2", "#8a6d3b", "#2a9fb0", "#c0392b")
"""Colours of the communities. If there are more communities than colours, the colours repeat."""
_GREY: Final = "#9aa0a6"
_WIDTH: Final = 1000
"""Width and height of the drawing, in the coordinates of the file."""


def graphml(network: Graph, stated: Mapping[str, Stated]) -> bytes:
    """Return the network as the content of a GraphML file, with all attributes.

    `stated` contains the attributes of the provenance: the data needed to reproduce the network. The attributes `x` and
    `y` contain the position of a node.
    """
    import networkx as nx  # imported here because the import takes half a second

    positioned = _printable_copy(network)
    positioned.graph.update(stated)
    for node, (x, y) in _layout(network, stated).items():
        positioned.nodes[node].update(x=x * _WIDTH, y=y * _WIDTH)
    lines: Iterable[str] = nx.generate_graphml(positioned)  # pyright: ignore[reportUnknownMemberType]
    return _encode_lines(lines)


def gexf(network: Graph, stated: Mapping[str, Stated]) -> bytes:
    """Return the network as the content of a GEXF 1.2 file, with positions, sizes and community colours for Gephi.

    The spells of a tie are the periods in which the tie was in force. If no source states the beginning of a spell, the
    spell starts on the first day that a source covers. If only some nodes have a community, the others are grey.

    If `network` is the network of a period (see `graph.analysis.dynamic_graph`), its nodes and ties have the spells of
    the period, and Gephi's timeline shows the network of each day. A spell includes its last day. The spells of a node
    or tie never overlap, because Gephi refuses files with overlapping spells.
    """
    import networkx as nx

    styled = _printable_copy(network)
    has_communities = any("community" in data for _, data in styled.nodes(data=True))
    for node, (x, y) in _layout(network, stated).items():
        community = styled.nodes[node].get("community", None if has_communities else 1)
        colour = _GREY if community is None else COLOURS[(int(community) - 1) % len(COLOURS)]
        red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
        styled.nodes[node]["viz"] = {
            "position": {"x": x * _WIDTH, "y": (1 - y) * _WIDTH, "z": 0.0},
            "color": {"r": red, "g": green, "b": blue, "a": 1.0},
            "size": round(4 + 2 * len(styled[node]) ** 0.5, 2),
        }
    for _, _, data in styled.edges(data=True):
        spells = data.pop("spells") if "spells" in data else parse_spells(data)
        if spells:
            data["spells"] = spells
        data.pop("periods", None)
    # Remove the date of writing, so that the file depends only on the data.
    file = re.sub(rb' lastmodifieddate="[^"]*"', b"", _encode_lines(nx.generate_gexf(styled)), count=1)
    note = ""
    if "first" in network.graph:
        days = f"from {network.graph['first']} to {network.graph['last']}"
        note = f"; contains the nodes and ties of all days {days}, with their spells"
    elif any("spells" in data for _, _, data in styled.edges(data=True)):
        note = "; contains the ties of this date, with their spells"
    description = f"</creator>\n    <description>{escape(provenance_text(stated))}{note}</description>"
    return file.replace(b"</creator>", description.encode(), 1)


def pajek(network: Graph, stated: Mapping[str, Stated]) -> bytes:
    """Return the network as the content of a Pajek file. Each node is labelled by its name.

    If several nodes have the same name, the label also contains the id. Every text is quoted. NetworkX's own writer is
    not used, because it does not quote names with an apostrophe, and other programs cannot read such names. Quotation
    marks and backslashes are replaced, because a quoted text cannot contain them.
    """
    names = {node: _pajek_text(str(data.get("name") or node)) for node, data in network.nodes(data=True)}
    name_counts = Counter(names.values())
    places = _layout(network, stated)
    numbers = {node: number for number, node in enumerate(network, start=1)}
    lines = [f"*network {provenance_text(stated)}", f"*vertices {len(network)}"]
    for node, data in network.nodes(data=True):
        label = names[node] if name_counts[names[node]] == 1 else f"{names[node]} ({node})"
        x, y = places[node]
        shape = "ellipse" if data.get("mode") == "City" else "box"
        texts = {"node": node, **{key: str(value) for key, value in data.items() if key not in ("id", "name", "label")}}
        attributes = "".join(f' {key} "{_pajek_text(text)}"' for key, text in texts.items() if text.strip())
        lines.append(f'{numbers[node]} "{label}" {x} {y} {shape}{attributes}')
    lines.append("*edges")
    for source, target, data in network.edges(data=True):
        attributes = "".join(f' {key} "{_pajek_text(str(value))}"' for key, value in data.items() if key != "weight")
        lines.append(f"{numbers[source]} {numbers[target]} {data.get('weight', 1)}{attributes}")
    return _encode_lines(lines)


def edge_list(network: Graph, stated: Mapping[str, Stated]) -> bytes:
    """Return the ties of the network as the content of a CSV file.

    The columns are the ids `source` and `target` of the two nodes, the attributes of the tie, and `provenance` (the
    data needed to reproduce the report). The column `provenance` has a value only in the first row. If there are no
    ties, all other fields of this row are empty. Nodes without ties are not in the file.
    """
    ties = list(network.edges(data=True))
    keys = sorted({key for _, _, data in ties for key in data})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["source", "target", *keys, "provenance"])
    if not ties:
        writer.writerow(["", "", provenance_text(stated)])
    for number, (source, target, data) in enumerate(ties):
        provenance = "" if number else provenance_text(stated)
        writer.writerow([source, target, *(one_line(str(data.get(key, ""))) for key in keys), provenance])
    return text.getvalue().encode()


def _encode_lines(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _pajek_text(text: str) -> str:
    return one_line(text).replace('"', "'").replace("\\", "/")


def _printable_copy(network: Graph) -> Graph:
    """Return a copy of the network. Characters that XML forbids are removed from its attributes."""
    copy = network.copy()
    for attributes in (*(data for _, data in copy.nodes(data=True)), *(data for _, _, data in copy.edges(data=True))):
        attributes.update({key: printable(text) for key, text in attributes.items() if isinstance(text, str)})
    return copy


def _layout(network: Graph, stated: Mapping[str, Stated]) -> Mapping[str, tuple[float, float]]:
    communities = {node: int(data.get("community", 0)) for node, data in network.nodes(data=True)}
    return positions(network, communities, seed=int(stated.get("seed", 0)))
