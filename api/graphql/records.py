"""Find the data that the edges of connections contain in addition to the node: records and standings.

A record is the intermediate node of a path, such as the membership between a city and a network, or a relationship with
properties. A standing states whether sources show a fact in force on a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from graph import model
from graph.model import Many, Property

__all__ = ["Record", "has_standings", "records"]


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record on edges, such as memberships.

    `label` is the label of the intermediate nodes, or None if the records are relationships.
    """

    name: str
    properties: tuple[Property, ...]
    label: str | None = None

    @property
    def type(self) -> str:
        """The name of the GraphQL type for aggregates of these records."""
        return f"{self.label or self.name[0].upper() + self.name[1:]}Aggregate"


@cache
def records(label: str) -> Sequence[Record]:
    """Return the kinds of records on the edges of connections to nodes of a label."""
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
    """Return whether any connection to nodes of a label has edges with a standing."""
    if any(path.periodic and path.target == label for path in model.PATHS):
        return True
    ends = (end for owner in model.LABELS for end in model.associations(owner.name))
    return any(end.many is Many.CONNECTION and end.has_period and end.targets == (label,) for end in ends)
