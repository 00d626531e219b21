"""The records of connections, and their standings: what their edges carry beside the node.

A record is the intermediate node of a path, such as the membership between a city and a network, or a relationship with
properties.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from graph import model
from graph.model import Many, Property

__all__ = ["Record", "has_standings", "records"]


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of records. `label` is the label of intermediate nodes, or None for relationships."""

    name: str
    properties: tuple[Property, ...]
    label: str | None = None

    @property
    def type(self) -> str:
        """Return the name of the type for aggregates of these records."""
        return f"{self.label or self.name[0].upper() + self.name[1:]}Aggregate"


@cache
def records(label: str) -> Sequence[Record]:
    """Return the kinds of records on the edges of the connections to a label."""
    found: dict[str, Record] = {}
    for path in model.PATHS:
        if path.target == label:
            found[path.via] = Record(path.via, model.label(path.between).properties, path.between)
    for owner in model.LABELS:
        for end in model.associations(owner.name):
            noun = end.relationship.noun
            if end.many is Many.CONNECTION and noun and end.targets == (label,):
                name = noun[0].lower() + noun[1:]
                found[name] = Record(name, end.relationship.properties)
    return tuple(found.values())


def has_standings(label: str) -> bool:
    """Return whether the edges of some connection to nodes of a label have a standing."""
    if any(path.periodic and path.target == label for path in model.PATHS):
        return True
    ends = (end for owner in model.LABELS for end in model.associations(owner.name))
    return any(end.many is Many.CONNECTION and end.has_period and end.targets == (label,) for end in ends)
