"""Keys that identify the children of a node in a query plan. Children with equal keys are read only once.

The children of a node are all parts of a selection that are read from the node: related nodes, lists of nodes, pages,
and groups of rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from graph.errors import BadArgument
from graph.model import NAME, Association, Label, Many, Path, Property, label
from graph.traversal import cursors, ordering
from graph.traversal.ordering import Position, SortTerm
from graph.traversal.predicates import near_point, non_null_properties
from graph.traversal.selection import (
    ByDistance,
    ByProperty,
    ByStanding,
    Condition,
    Connection,
    GroupCondition,
    GroupKey,
    GroupMeasure,
    GroupOrder,
    Groups,
    Order,
    PropertyKey,
    Reference,
    RelatedKey,
    StandingKey,
    StatusKey,
    ToList,
    ToOne,
    YearRange,
)
from graph.vocabulary import Standing, capitals

__all__ = [
    "GroupsKey",
    "ListKey",
    "NodesKey",
    "OneKey",
    "PageKey",
    "ReferenceKey",
    "Role",
    "end_key",
    "groups_key",
    "nodes_key",
    "page_key",
    "record_of",
]

Step = tuple[str, bool, tuple[str, ...]]
"""One step along a relationship, as a tuple of three values.

The values are the relationship type, whether it is traversed from source to target, and the labels of the nodes to
which the step leads.
"""


@dataclass(frozen=True, slots=True)
class Role:
    """The steps from a node to related nodes. An association has one step, and a path has two.

    An association is a relationship type seen from one of its ends. A path consists of two consecutive associations.
    """

    steps: tuple[Step, ...]
    end: Association | Path = field(compare=False)

    @staticmethod
    def from_end(end: Association | Path) -> "Role":
        steps = (end.first, end.second) if isinstance(end, Path) else (end,)
        return Role(tuple((step.relationship.type, step.outgoing, step.targets) for step in steps), end)


@dataclass(frozen=True, slots=True)
class OneKey:
    """The key of a single related node in a query plan."""

    role: Role

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (0, self.role.steps)


@dataclass(frozen=True, slots=True)
class ListKey:
    """The key of a list of related nodes in a query plan.

    The list is sorted by the property `order`, then by id. If `supporting` is not None, the nodes are citations, and
    `supporting` is the name of a property. The list then contains the citations that support the property, followed by
    the citations that support the whole node. If the property is null and the API shows another property instead
    (`graph.model.SHOWN_INSTEAD`), the list also contains the citations that support this other property.
    """

    role: Role
    order: str | None
    supporting: str | None

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (1, self.role.steps)


@dataclass(frozen=True, slots=True)
class ReferenceKey:
    """The key of nodes whose ids are stored in a column of another node.

    `target` is the label of the nodes to read. `many` is true if the column contains a list of ids.
    """

    column: str
    target: str
    many: bool

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (2, self.column, self.target)


@dataclass(frozen=True, slots=True)
class PageKey:
    """The key of a page of a connection in a query plan.

    `source` determines the rows of the connection. If it is a `Role` (an association or a path), the rows are the nodes
    to which the role leads. If it is a `YearRange`, the rows are fee years (calendar years of memberships). If it is a
    label, the connection is at the root of the query, and the rows are all nodes with this label.
    """

    source: Role | YearRange | str
    size: int
    backward: bool
    after: Position | None
    before: Position | None
    where: Condition | None
    edge_where: Condition | None
    order: tuple[Order, ...]
    on: date | None
    include_applied: bool
    standings: tuple[Standing, ...]
    all_time: bool
    terms: tuple[SortTerm, ...] = field(compare=False)
    connection: str = field(compare=False)
    """The name of the connection, such as "City.networks". The fingerprint in the cursors includes this name."""
    restrictions: tuple[object, ...] = field(compare=False)
    """The values that determine the rows, such as filters. The fingerprint in the cursors includes these values."""

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the connection: a hash that every cursor of the connection contains."""
        return cursors.fingerprint(self.connection, self.terms, self.restrictions)

    @property
    def end(self) -> Association | Path | None:
        return self.source.end if isinstance(self.source, Role) else None

    @property
    def reads_record(self) -> bool:
        """Whether the rows of a connection are filtered or sorted by properties of their records.

        The record of a row is the relationship that leads to the node of the row. On a path, it is the intermediate
        node instead.
        """
        return self.edge_where is not None or any(term.of_record for term in self.terms)

    @property
    def sort_key(self) -> tuple[object, ...]:
        match self.source:
            case Role(steps=steps):
                return (3, steps)
            case YearRange(first=first, last=last):
                return (4, first, last)
            case label_name:
                return (3, label_name)


@dataclass(frozen=True, slots=True)
class GroupsKey:
    """A key that identifies one page of a connection's groups in a query plan.

    `fingerprint` is a hash of the connection with its restrictions, the group keys, the conditions on groups and the
    order. Every cursor of the page contains the fingerprint.
    """

    keys: tuple[GroupKey, ...]
    size: int
    backward: bool
    after: Position | None
    before: Position | None
    having: tuple[GroupCondition, ...]
    order: tuple[GroupOrder, ...]
    terms: tuple[SortTerm, ...] = field(compare=False)
    fingerprint: str = field(compare=False)

    @property
    def overlaps(self) -> bool:
        """Return whether the same row can be in several groups."""
        return any(isinstance(key, RelatedKey) and key.grouping.overlaps for key in self.keys)

    @property
    def scheme(self) -> str | None:
        """Return the id of the theme scheme if the rows are grouped by the themes of a scheme.

        Returns None if no group key has a scheme.
        """
        return next((key.scheme for key in self.keys if isinstance(key, RelatedKey) and key.scheme), None)


NodesKey = OneKey | ListKey | ReferenceKey


def nodes_key(item: ToOne | ToList | Reference) -> NodesKey:
    """Return the key of a selected related node, or of a selected list of related nodes, in a query plan.

    Selected items with equal keys are read only once.
    """
    match item:
        case ToOne():
            return end_key(item.end)
        case ToList():
            return end_key(item.end, item.supporting)
        case Reference():
            return ReferenceKey(item.property.name, item.property.target or "", item.property.many)


def end_key(end: Association, supporting: str | None = None) -> OneKey | ListKey:
    """Return the key of the related nodes of an association: a single node, or a short list of nodes.

    An association is a relationship type seen from one of its ends. If `supporting` is not None, the nodes are
    citations, and `supporting` is the name of a property. The list then contains only the citations that support the
    property or the whole node.
    """
    role = Role.from_end(end)
    return OneKey(role) if end.many is Many.ONE else ListKey(role, end.end.order, supporting)


def page_key(connection: Connection) -> PageKey:
    """Return the key of a page of a connection.

    Raises BadCursor if a cursor of the page is invalid. Raises BadArgument if the connection is sorted by a value that
    its rows do not have.
    """
    end, page = connection.end, connection.page
    name = f"{end.owner}.{end.name}" if end else connection.label or ""
    for by in connection.order:
        _check_order(connection, name, by)
    terms = ordering.sort_terms(
        connection.order,
        _non_null_properties(connection),
        _non_null_record_properties(connection),
        is_standing_nullable=connection.all_time,
        near=near_point(connection.where),
    )

    restrictions = (
        connection.where,
        connection.edge_where,
        connection.on,
        connection.include_applied,
        connection.standings,
        connection.all_time,
        end if isinstance(end, YearRange) else None,
    )

    def position(cursor: str) -> Position:
        id_count = 2 if isinstance(end, Path) else 1
        return cursors.decode(cursor, cursors.fingerprint(name, terms, restrictions), terms, id_count)

    return PageKey(
        source=end if isinstance(end, YearRange) else Role.from_end(end) if end else connection.label or "",
        size=(page.last if page.first is None else page.first) or 0,
        backward=page.first is None,
        after=None if page.after is None else position(page.after),
        before=None if page.before is None else position(page.before),
        where=connection.where,
        edge_where=connection.edge_where,
        order=connection.order,
        on=connection.on,
        include_applied=connection.include_applied,
        standings=connection.standings,
        all_time=connection.all_time,
        terms=terms,
        connection=name,
        restrictions=restrictions,
    )


def groups_key(connection: PageKey, groups: Groups) -> GroupsKey:
    """Return the key that identifies a page of groups in a query plan. The groups contain the rows of a connection.

    Raises BadCursor if a cursor of the page is invalid. Raises BadArgument if a group key or a sum requires a value
    that the rows do not have.
    """
    keys = tuple(_key_on_day(key, connection.on) for key in groups.keys)
    for key in keys:
        if isinstance(key, PropertyKey):
            _check_record(connection.connection, connection.end, key.record, f"{key.name} cannot group")
        elif isinstance(key, StandingKey):
            _check_standing(connection.connection, connection.end, connection.on, "group")
    for measure in (*(order.by for order in groups.order), *(condition.of for condition in groups.having)):
        problem = f"{measure.record} amounts cannot group"
        _check_record(connection.connection, connection.end, measure.record, problem)
    terms = tuple(
        SortTerm(_measure_name(by), "integer", order.direction == "DESC", is_nullable=by.measure is not None)
        for order in groups.order
        for by in (order.by,)
    )
    names = ",".join(key.name for key in keys)
    restrictions = (*connection.restrictions, groups.having, keys)
    fingerprint = cursors.fingerprint(f"{connection.connection} by {names}", terms, restrictions)

    def position(cursor: str) -> Position:
        return cursors.decode(cursor, fingerprint, terms, len(keys))

    page = groups.page
    return GroupsKey(
        keys=keys,
        size=(page.last if page.first is None else page.first) or 0,
        backward=page.first is None,
        after=None if page.after is None else position(page.after),
        before=None if page.before is None else position(page.before),
        having=groups.having,
        order=groups.order,
        terms=terms,
        fingerprint=fingerprint,
    )


def record_of(end: Association | Path | None) -> str:
    """Return the kind of the records of a connection, such as "membership", or "" if the connection has no records.

    A record connects the start node to a node of the connection. On a path, the record is the intermediate node.
    Otherwise the record is the relationship, if relationships of this type have properties.
    """
    name = end.via if isinstance(end, Path) else end.relationship.noun if end else ""
    return name[:1].lower() + name[1:]


def _key_on_day(key: GroupKey, on: date | None) -> GroupKey:
    """If the group key is a status key, return the key with the date of the connection.

    A status key groups rows by their status on a date. `on` is the date of the connection. If `on` is None, or if the
    group key is not a status key, return the group key unchanged.
    """
    return replace(key, on=on) if isinstance(key, StatusKey) and on is not None else key


def _check_order(connection: Connection, name: str, by: Order) -> None:
    """Raise BadArgument if the connection is sorted by a value that its rows do not have."""
    match by:
        case ByProperty(record=record) if record and not isinstance(connection.end, YearRange):
            key = f"{capitals(record)}_{capitals(by.property.name)}"
            _check_record(name, connection.end, record, f"{key} cannot sort")
        case ByStanding():
            _check_standing(name, connection.end, connection.on, "sort")
        case ByDistance() if near_point(connection.where) is None:
            raise BadArgument(
                f"DISTANCE cannot sort `{name}` without a point from which to measure",
                hint="add one `near` to `where`, outside `or` and `not`",
            )
        case _:
            pass


def _check_standing(name: str, end: Association | Path | YearRange | None, on: date | None, verb: str) -> None:
    """Raise BadArgument if the edges of a connection have no standing.

    A standing states whether sources show an edge in force on a day. If `on` is None, there is no day and therefore no
    standing. `verb` is "sort" or "group", for the error message.
    """
    needs_day = _has_period(end)
    if on is None or not needs_day:
        raise BadArgument(
            f"STANDING cannot {verb} `{name}`, whose edges have no standing{' without a day' if needs_day else ''}",
            hint="add `on`, or use another key" if needs_day else "use another key",
        )


def _check_record(connection: str, end: Association | Path | None, record: str, problem: str) -> None:
    if record and record != record_of(end):
        raise BadArgument(
            f"{problem} `{connection}`, whose edges have no {record}",
            hint=f"use a connection whose edges have `{record}`, or use another key",
        )


def _has_period(end: Association | Path | YearRange | None) -> bool:
    """Return whether the edges of a connection have a period. Edges with a period are in force only on some days."""
    match end:
        case Path(periodic=has_period) | Association(has_period=has_period):
            return has_period
        case _:
            return False


def _measure_name(measure: GroupMeasure) -> str:
    if measure.measure is None:
        return "count"
    return f"sum of {measure.record} {measure.measure.property.name} {measure.currency or ''}"


def _non_null_properties(connection: Connection) -> frozenset[str]:
    """Return the names of the properties that have a value in every row of a connection.

    They are the properties that the model requires, and the properties that the condition `where` requires.
    """
    end = connection.end
    if isinstance(end, YearRange):
        return frozenset()
    last = end.second if isinstance(end, Path) else end
    names = last.targets if last else (connection.label or "",)
    required = set[str].intersection(*(_required_properties(label(name)) for name in names))
    return frozenset(required if connection.where is None else required | non_null_properties(connection.where))


def _non_null_record_properties(connection: Connection) -> frozenset[str]:
    """Return the names of the record properties that are never null in the rows of a connection.

    On a path, the record of a row is the intermediate node. Otherwise it is the relationship that leads to the node of
    the row. A property is never null if the model or the condition `edge_where` requires a value.
    """
    match connection.end:
        case Path(between=between):
            required = _required_properties(label(between))
        case Association(properties=properties):
            required = _required(properties)
        case _:
            required = set[str]()
    where = connection.edge_where
    return frozenset(required if where is None else required | non_null_properties(where))


def _required_properties(label: Label) -> set[str]:
    return _required(label.properties) | {NAME.name}


def _required(properties: Sequence[Property]) -> set[str]:
    return {of.name for of in properties if of.required}
