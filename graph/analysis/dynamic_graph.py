"""Write the spells of a two-mode network as GEXF and `networkx.write_gexf` expect them (dynamic graphs)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from graph.analysis.two_mode import Graph, TwoMode

__all__ = ["Spell", "dynamic_graph", "parse_spells"]

Spell = tuple[str | None, str | None]
"""A period without a gap: its first and last day, both included, as ISO 8601 texts. An unknown day is None."""


def dynamic_graph(two_mode: TwoMode, first: date, last: date) -> Graph:
    """Return the two-mode network of a period as a networkx.Graph whose nodes and ties have `spells`.

    The attribute is a list of `Spell`. A node has the days on which one of its ties counts. A node without ties has no
    spells. The period is from `first` to `last`, which are attributes of the graph.
    """
    graph = two_mode.to_networkx()
    graph.graph |= {"first": first.isoformat(), "last": last.isoformat()}
    of_nodes: dict[str, list[Spell]] = defaultdict(list)
    for city, collaboration, data in graph.edges(data=True):
        data["spells"] = parse_spells(data)
        for node in (city, collaboration):
            of_nodes[node] += data["spells"]
    for node, spells in of_nodes.items():
        graph.nodes[node]["spells"] = _join(spells)
    return graph


def parse_spells(attributes: dict[str, str]) -> list[Spell]:
    """Return the spells of a tie of `TwoMode.to_networkx`, whose attributes are given. They do not overlap.

    The list is empty if no source covers a day of the tie.
    """
    begins = attributes.get("from") or attributes.get("attested_from", "")
    texts = attributes.get("spells", f"{begins}/{attributes.get('until', '')}").split()
    ends = (text.split("/") for text in texts if text != "/")
    return [(first or None, _day_before(end) if end else None) for first, end in ends]


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _join(spells: Iterable[Spell]) -> list[Spell]:
    """Return the union of spells, sorted. Spells that overlap, or of which one follows the other, become one."""
    joined: list[Spell] = []
    for first, last in sorted(spells, key=lambda spell: spell[0] or ""):
        if joined and (joined[-1][1] is None or first is None or _day_before(first) <= joined[-1][1]):
            ends = joined[-1][1], last
            joined[-1] = joined[-1][0], None if None in ends else max(end for end in ends if end is not None)
        else:
            joined.append((first, last))
    return joined
