"""Build graphs that change over time (dynamic graphs), in the form that `networkx.write_gexf` writes.

In this form, each tie has a list of spells: the periods in which the tie is in the network.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from graph.analysis.two_mode import Graph, TwoMode

__all__ = ["Spell", "dynamic_graph", "parse_spells", "spells_text"]

Spell = tuple[str | None, str | None]
"""A period without a gap: its first and last day, both included, as ISO 8601 texts. An unknown day is None."""


def dynamic_graph(two_mode: TwoMode, first: date, last: date) -> Graph:
    """Return the two-mode network of a period as a networkx.Graph whose nodes and ties have the attribute `spells`.

    The attribute is a list of `Spell`. The spells of a node are the days on which at least one tie of the node is in
    the network. A node without ties has no spells. The period is from `first` to `last`, which are attributes of the
    graph.
    """
    graph = two_mode.to_networkx()
    graph.graph |= {"first": first.isoformat(), "last": last.isoformat()}
    of_nodes: dict[str, list[Spell]] = defaultdict(list)
    for city, collaboration, data in graph.edges(data=True):
        data["spells"] = parse_spells(data)
        data.pop("periods", None)
        for node in (city, collaboration):
            of_nodes[node] += data["spells"]
    for node, spells in of_nodes.items():
        graph.nodes[node]["spells"] = _join(spells)
    return graph


def parse_spells(attributes: dict[str, str]) -> list[Spell]:
    """Return the spells (periods without a gap) of a tie.

    `attributes` are the attributes that `TwoMode.to_networkx` gives to the tie. The spells do not overlap. A spell is
    omitted if its end is known, but no source covers a day of the spell.
    """
    begins = attributes.get("from") or attributes.get("attested_from", "")
    texts = attributes.get("periods", f"{begins}/{attributes.get('until', '')}").split()
    ends = (text.split("/") for text in texts if text != "/")
    return [(first or None, _day_before(end) if end else None) for first, end in ends if not end or first < end]


def spells_text(spells: Iterable[Spell]) -> str:
    """Return spells as the text that `parse_spells` reads: the first day and the exclusive end of each spell."""
    return " ".join(f"{first or ''}/{_day_after(last) if last else ''}" for first, last in spells)


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _join(spells: Iterable[Spell]) -> list[Spell]:
    """Join spells that overlap or directly follow each other, and return the resulting spells, sorted."""
    joined: list[Spell] = []
    for first, last in sorted(spells, key=lambda spell: spell[0] or ""):
        if joined and (joined[-1][1] is None or first is None or _day_before(first) <= joined[-1][1]):
            ends = joined[-1][1], last
            joined[-1] = joined[-1][0], None if None in ends else max(end for end in ends if end is not None)
        else:
            joined.append((first, last))
    return joined
