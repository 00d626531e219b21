"""Find the data that an edge of a connection contains in addition to its node: a record and a standing.

The edges of a connection represent relationships, or paths of two relationships, such as city → membership → network.
The record of an edge is the relationship, if it has properties, or the intermediate node of the path. The standing of
an edge states whether sources show a fact to be in force on a date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from graph import model
from graph.model import Many, Property

__all__ = ["Record", "has_standings", "records"]


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of data on the edges of connections, for example memberships.

    The data of an edge is either an intermediate node, such as the membership between a city and a network, or a
    relationship with properties. `label` is the label of the intermediate nodes. It is None if the data is a
    relationship.
    """

    name: str
    properties: tuple[Property, ...]
    label: str | None = None

    @property
    def type(self) -> str:
        """The name of the GraphQL type for aggregates of this kind of data, for example `MembershipTermAggregate`."""
        return f"{self.label or self.name[0].upper() + self.name[1:]}Aggregate"


@cache
def records(label: str) -> Sequence[Record]:
    """Return a `Record` for every kind of data that an edge to a node of the given label can contain.

    For example, the edges from a city to its networks have the data of a membership. The data of an edge is either an
    intermediate node, such as the membership, or a relationship with properties.
    """
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
    """Return whether at least one connection to nodes of a label has edges with a standing.

    A standing states whether sources show a fact to be in force on a date.
    """
    if any(path.periodic and path.target == label for path in model.PATHS):
        return True
    ends = (end for owner in model.LABELS for end in model.associations(owner.name))
    return any(end.many is Many.CONNECTION and end.has_period and end.targets == (label,) for end in ends)
