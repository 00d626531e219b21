"""Write the associations and paths of the model as Cypher patterns, with conditions on a date.

An association is a relationship type seen from one of its ends. A path consists of two consecutive associations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from graph.model import RELATIONSHIPS, Association, Grouping, Path, label
from graph.standing import COUNTED, indexes_of, is_counted, is_counted_by_default, standing_of, standing_or_null
from graph.traversal.cypher_writer import CypherWriter
from graph.vocabulary import Standing

__all__ = ["Match", "match_end", "match_grouping", "match_label"]


@dataclass(frozen=True, slots=True)
class Match:
    """A Cypher pattern with its variables and conditions.

    - `node`: the variable of the matched node. If the rows are not nodes, `node` is the variable of a map with the
      values of a row.
    - `between`: the variable of the intermediate node of a path.
    - `cited`: if the rows are not nodes, the variable of the node whose citations support the values of a row.
    - `standing`: an expression for the standing of a row on the date. The standing (`graph.vocabulary.Standing`) states
      whether sources show the row in force.
    - `owner`: the variable of the start node, if `standing` is the standing of the start node.
    """

    pattern: str
    node: str
    relationship: str | None = None
    between: str | None = None
    conditions: tuple[str, ...] = ()
    standing: str | None = None
    cited: str | None = None
    owner: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        variables = (self.node, self.relationship, self.between, self.cited, self.owner)
        return tuple(variable for variable in variables if variable)

    @property
    def record(self) -> str:
        """Return the Cypher variable of the record. The record is what connects the start node to the matched node.

        For a path, the record is the intermediate node, such as the membership. Otherwise it is the relationship.
        """
        record = self.between or self.relationship
        assert record is not None
        return record

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the Cypher expressions for the ids that identify a row.

        They are the id of the node of the row and, on a path, the id of the intermediate node.
        """
        node = self.cited or self.node
        return (f"{node}.id", f"{self.between}.id") if self.between else (f"{node}.id",)

    def as_subquery(self, *more: str) -> str:
        """Return the text for an EXISTS or COUNT subquery: the pattern, its conditions and the conditions in `more`."""
        conditions = (*self.conditions, *more)
        return f"MATCH {self.pattern}{' WHERE ' if conditions else ''}{' AND '.join(conditions)}"


def match_label(writer: CypherWriter, name: str, on: date | None) -> Match:
    """Return the pattern of the nodes of a label.

    If `on` is not None, a node matches only if its standing on that date is one of the default standings (`COUNTED`). A
    standing states whether sources show the node in force. Nodes without a period always match.
    """
    node = writer.name("n")
    if on is None or not label(name).has_period:
        return Match(f"({node}:{name})", node)
    day = writer.parameter(on)
    return Match(
        f"({node}:{name})",
        node,
        conditions=(is_counted_by_default(node, day),),
        standing=standing_of(node, day),
    )


def match_end(
    writer: CypherWriter,
    end: Association | Path,
    start: str,
    on: date | None = None,
    *,
    include_applied: bool = True,
    standings: Sequence[Standing] = COUNTED,
    relationship: bool = False,
    backward: bool = False,
    all_time: bool = False,
) -> Match:
    """Return the pattern of the nodes to which an association or path leads from the node `start`.

    An association is a relationship type seen from one of its ends. A path consists of two consecutive associations.

    If `on` is not None, nodes and relationships with a period match only if their standing on that date is one of
    `standings`. A standing states whether sources show them in force. If `all_time` is true, they match with any
    standing, even null. If `include_applied` is false, paths through memberships with the status APPLIED do not match.
    If `relationship` is true, the pattern has a variable for the relationship.

    If `backward` is true, the association or path leads in the opposite direction: from the matched nodes to `start`.
    The pattern still begins with `start`, because ArcadeDB finds a bound node only at the beginning of a pattern.
    """
    if isinstance(end, Path):
        return _match_path(writer, end, start, on, include_applied, standings, backward=backward)
    node = writer.name("n")
    has_period = end.relationship.has_period
    edge = writer.name("r") if relationship or (on is not None and has_period) else None
    labels = f":{end.owner}" if backward else _render_labels(end)
    pattern = f"({start}){_render_arrow(end, edge, backward=backward)}({node}{labels})"
    owner, target = (node, start) if backward else (start, node)
    subject = edge if has_period else target if end.periodic or not end.relationship.collaboration else owner
    if on is None or subject is None or not end.has_period:
        return Match(pattern, node, edge)
    day = writer.parameter(on)
    standing_owner = start if subject == start else None
    if all_time:
        return Match(pattern, node, edge, standing=standing_or_null(subject, day), owner=standing_owner)
    counted = _render_counted(writer, subject, day, standings)
    return Match(pattern, node, edge, None, (counted,), standing_of(subject, day), owner=standing_owner)


def _match_path(
    writer: CypherWriter,
    path: Path,
    start: str,
    on: date | None,
    include_applied: bool,
    standings: Sequence[Standing],
    *,
    backward: bool,
) -> Match:
    between, node = writer.name("m"), writer.name("n")
    steps = (path.second, path.first) if backward else (path.first, path.second)
    first, second = (_render_arrow(step, backward=backward) for step in steps)
    labels = f":{path.owner}" if backward else _render_labels(path.second)
    pattern = f"({start}){first}({between}:{path.between}){second}({node}{labels})"
    conditions: list[str] = []
    standing = None
    if path.periodic and on is not None:
        day = writer.parameter(on)
        conditions.append(_render_counted(writer, between, day, standings))
        standing = standing_of(between, day)
    if path.periodic and path.has_status and not include_applied:
        conditions.append(f"{between}.status <> 'APPLIED'")
    if path.owner in path.second.targets:
        conditions.append(f"{node} <> {start}")
    return Match(pattern, node, None, between, tuple(conditions), standing)


def match_grouping(writer: CypherWriter, grouping: Grouping, start: str) -> tuple[str, str]:
    """Return the pattern from the node `start` to the related nodes of a grouping, and the variable of these nodes.

    A grouping declares related nodes by which rows can be grouped. For example, networks can be grouped by their
    themes.
    """
    last = len(grouping.steps) - 1
    variables = {last: writer.name("n")}
    if grouping.closing:
        origin = grouping.associations[-1].targets
        index = next((index for index, step in enumerate(grouping.associations) if step.targets == origin), -1)
        closes_at_start = index == len(grouping.associations) - 1
        variables[len(grouping.associations) - 1] = start if closes_at_start else writer.name("m")
        if not closes_at_start:
            variables[index] = variables[len(grouping.associations) - 1]
    pattern = f"({start})"
    for index, step in enumerate(grouping.associations):
        labels = "" if variables.get(index) == start else _render_labels(step)
        pattern += f"{_render_arrow(step)}({variables.get(index, '')}{labels})"
    return pattern, variables[last]


def _render_counted(writer: CypherWriter, subject: str, day: str, standings: Sequence[Standing]) -> str:
    if tuple(standings) == COUNTED:
        return is_counted_by_default(subject, day)
    return is_counted(subject, day, writer.parameter(indexes_of(standings)))


def _render_labels(end: Association) -> str:
    """Return the labels of the nodes to which an association leads, as written in a pattern, such as ":City".

    An association is a relationship type seen from one of its ends. Returns "" if the relationship type alone
    determines the labels.
    """
    possible = _labels_at_end(end.relationship.type, end.outgoing)
    return "" if len(end.targets) > 1 and possible == frozenset(end.targets) else f":{'|'.join(end.targets)}"


@cache
def _labels_at_end(type_: str, outgoing: bool) -> frozenset[str]:
    """Return all labels that the model allows at the target of relationships of this type.

    If `outgoing` is false, return the labels that the model allows at the source.
    """
    definitions = (definition for definition in RELATIONSHIPS if definition.type == type_)
    return frozenset(
        name for definition in definitions for name in (definition.target if outgoing else definition.source)
    )


def _render_arrow(end: Association, variable: str | None = None, *, backward: bool = False) -> str:
    inner = f"[{variable or ''}:{end.relationship.type}]"
    return f"-{inner}->" if end.outgoing != backward else f"<-{inner}-"
