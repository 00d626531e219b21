"""The network of a report for other programs: GraphML, GEXF for Gephi, and Pajek."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from graph.analysis.two_mode import Graph
from graph.reports.layout import positions

__all__ = ["COLOURS", "gexf", "graphml", "pajek"]

COLOURS: Final = ("#2f6db5", "#d9822b", "#3a9a6a", "#b5437a", "#7a5cc2", "#8a6d3b", "#2a9fb0", "#c0392b")
"""By community, again from the start after the last."""
_SPREAD: Final = 1000
"""The width of the picture, in the units of the programs that read it."""


def graphml(network: Graph, seed: int) -> bytes:
    """GraphML, with every attribute, and the places of the nodes as `x` and `y`."""
    import networkx as nx  # here, since it takes half a second that not every report needs

    placed = network.copy()
    for node, (x, y) in _places(network, seed).items():
        placed.nodes[node].update(x=x * _SPREAD, y=y * _SPREAD)
    lines: Iterable[str] = nx.generate_graphml(placed)  # pyright: ignore[reportUnknownMemberType]
    return _file(lines)


def gexf(network: Graph, seed: int) -> bytes:
    """GEXF 1.2 with every attribute, and with places, sizes, and colours by community, as Gephi shows them."""
    import networkx as nx

    shown = network.copy()
    for node, (x, y) in _places(network, seed).items():
        colour = COLOURS[(int(shown.nodes[node].get("community", 1)) - 1) % len(COLOURS)]
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        shown.nodes[node]["viz"] = {
            "position": {"x": x * _SPREAD, "y": (1 - y) * _SPREAD, "z": 0.0},
            "color": {"r": red, "g": green, "b": blue, "a": 1.0},
            "size": round(4 + 2 * len(shown[node]) ** 0.5, 2),
        }
    # The day it was written is the only thing in the file that the data do not decide.
    return re.sub(rb' lastmodifieddate="[^"]*"', b"", _file(nx.generate_gexf(shown)), count=1)


def pajek(network: Graph, seed: int) -> bytes:
    """A Pajek network: vertices by name (with the id where names are the same), attributes after their places."""
    import networkx as nx

    names = {node: str(data.get("name", node)) for node, data in network.nodes(data=True)}
    same = Counter(names.values())
    labels = {node: name if same[name] == 1 else f"{name} ({node})" for node, name in names.items()}
    places = _places(network, seed)
    written: Graph = nx.Graph(name="citygraph")
    for node, data in network.nodes(data=True):
        x, y = places[node]
        shape = "ellipse" if data.get("mode") == "City" else "box"
        kept = {key: str(value) for key, value in data.items() if key not in ("id", "name", "label")}
        written.add_node(_word(labels[node]), **{"node": node, **kept, "x": x, "y": y, "shape": shape})
    for one, other, data in network.edges(data=True):
        written.add_edge(_word(labels[one]), _word(labels[other]), weight=data.get("weight", 1))
    return _file(nx.generate_pajek(written))


def _file(lines: Iterable[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _word(name: str) -> str:
    return name.replace('"', "'")


def _places(network: Graph, seed: int) -> Mapping[str, tuple[float, float]]:
    communities = {node: int(data.get("community", 0)) for node, data in network.nodes(data=True)}
    return positions(network, communities, seed=seed)
