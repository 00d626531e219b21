"""Estimate how many nodes and relationships the database reads for a query.

The estimates are computed from counts that were measured in the graph: the number of nodes of each label, and the
number of relationships per node.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from graph import model
from graph.model import Association, Many, Path
from graph.store import Degrees

__all__ = ["Reads", "condition_reads", "connection_reads", "count_reads", "related_end", "target_of"]

_QUANTIFIERS: Final = ("some", "none", "every")


class Reads(NamedTuple):
    """An estimate of how many nodes and relationships the database reads for a part of a query, such as a condition.

    - `number`: the number of reads each time the part is executed. For example, if a query reads a list of networks for
      each of 20 cities, the part for the list is executed 20 times.
    - `once`: the number of further reads, which the statement does only once, however often the part is executed.
    - `path`: the position of the most expensive condition in the argument, such as `where.seat`. It is "" if there is
      no condition.
    """

    number: int = 0
    once: int = 0
    path: str = ""

    @property
    def total(self) -> int:
        return self.number + self.once

    def plus(self, other: "Reads") -> "Reads":
        """Return the sum of two estimates.

        The result has the `path` of the larger estimate. This path is the position of the most expensive condition.
        """
        path = other.path if other.total > self.total else self.path
        return Reads(self.number + other.number, self.once + other.once, path)


class _Step(NamedTuple):
    """A condition on related nodes.

    `path` is the position of the condition in the argument, such as `where.seat`. `inner` is the condition that the
    related nodes must meet. `edge` is the condition that the intermediate nodes of a path must meet.
    """

    path: str
    end: Association | Path
    inner: Mapping[str, object]
    edge: Mapping[str, object] = {}


def condition_reads(
    degrees: Degrees, label: str, where: Mapping[str, object], path: str = "where", rows: float | None = None
) -> Reads:
    """Estimate how many nodes and relationships are read to test a condition on the nodes of a label.

    `where` is the value of the GraphQL argument, and `path` is its position. `rows` is the number of nodes to test, or
    None if all nodes of the label are tested.

    A condition on related nodes, such as the networks of a city, reads relationships of one type. If `rows` is None, or
    if the condition contains a further condition on related nodes, the statement reads all relationships of this type
    once (`graph.traversal.node_sets`). Otherwise, at most the relationships of `rows` nodes are read.
    """
    number = once = most = 0
    most_path = path
    for step in _steps(label, where, path):
        inner = condition_reads(degrees, target_of(step.end), step.inner, step.path)
        if isinstance(step.end, Path) and step.edge:
            at = f"{step.path.rpartition('.')[0]}.edgeWhere"
            inner = inner.plus(condition_reads(degrees, step.end.between, step.edge, at))
        reads = inner.total + _all_relationships(degrees, step.end)
        if rows is None or inner.total:
            once += reads
        else:
            reads = min(reads, round(rows * _most_relationships(degrees, step.end)))
            number += reads
        if reads > most:
            most, most_path = reads, inner.path
    return Reads(number, once, most_path)


def count_reads(degrees: Degrees, end: Association | Path, rows: float | None) -> Reads:
    """Estimate how many nodes and relationships are read to count related nodes.

    `end` is the association or path that leads to the related nodes. `rows` is the number of start nodes, or None if
    the related nodes of all nodes of a label are counted.
    """
    all_relationships = _all_relationships(degrees, end)
    if rows is None:
        return Reads(once=all_relationships)
    return Reads(min(all_relationships, round(rows * _most_relationships(degrees, end))))


def connection_reads(degrees: Degrees, end: Association | Path) -> float:
    """Return the mean number of related nodes of a start node.

    `end` is the association or path that leads to the related nodes. For a path (two consecutive associations), the
    result is the product of the means of the two associations. The mean of an association does not include nodes that
    have no relationship of this association. The result is at least 1.
    """
    number = 1.0
    for step in _associations(end):
        number *= max(1.0, degrees.of(step.relationship.type, outgoing=step.outgoing).mean)
    return number


def related_end(label: str, name: str) -> Association | Path | None:
    """Return the association or path with this name that starts at nodes of the label.

    For example, `networks` starts at `City`. An association is a relationship type seen from one of its ends. A path
    consists of two consecutive associations. Returns None if the label has no association or path with this name.
    """
    for end in (*model.paths(label), *model.associations(label)):
        if end.name == name:
            return end
    return None


def target_of(end: Association | Path) -> str:
    """Return the label of the nodes to which an association or path leads.

    An association is a relationship type seen from one of its ends. A path consists of two consecutive associations. If
    the nodes can have several labels, return the first label.
    """
    return end.target if isinstance(end, Path) else end.targets[0]


def _steps(label: str, where: Mapping[str, object], path: str) -> Iterator[_Step]:
    for name, value in where.items():
        here = f"{path}.{name}"
        if name in ("and", "or", "not"):
            for inner in cast("list[object]", value if isinstance(value, list) else [value]):
                if isinstance(inner, Mapping):
                    yield from _steps(label, cast("Mapping[str, object]", inner), here)
        elif isinstance(value, Mapping) and (end := related_end(label, name)) is not None:
            conditions = cast("Mapping[str, object]", value)
            if isinstance(end, Association) and end.many is Many.ONE:
                yield _Step(here, end, conditions)
                continue
            edge = cast("Mapping[str, object]", conditions.get("edgeWhere") or {})
            for quantifier in _QUANTIFIERS:
                if isinstance(inner := conditions.get(quantifier), Mapping):
                    inner = cast("Mapping[str, object]", inner)
                    yield _Step(f"{here}.{quantifier}", end, inner, edge)


def _associations(end: Association | Path) -> tuple[Association, ...]:
    return (end.first, end.second) if isinstance(end, Path) else (end,)


def _all_relationships(degrees: Degrees, end: Association | Path) -> int:
    return sum(degrees.of(step.relationship.type, outgoing=step.outgoing).total for step in _associations(end))


def _most_relationships(degrees: Degrees, end: Association | Path) -> int:
    number = 1
    for step in _associations(end):
        number *= max(1, degrees.of(step.relationship.type, outgoing=step.outgoing).most)
    return number
