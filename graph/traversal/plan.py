"""Plan which data a selection reads from the database, independently of response keys and field order.

A plan is a tree of nodes to read. The children of a node are its related nodes and pages. A plan reads every column
only once. If two selections read the same rows, the plan merges them into one child. Selections that differ only in
response keys and field order therefore have the same plan.

The database returns every node as a list: the id, the label (if several labels are possible), the columns and the
children, in the order of the plan. `graph.traversal.result_shaper` finds a value in this list by
`NodePlan.column_index`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graph.model import Kind, Language, Path
from graph.traversal.child_keys import (
    GroupsKey,
    NodesKey,
    PageKey,
    end_key,
    groups_key,
    nodes_key,
    page_key,
    record_of,
)
from graph.traversal.selection import (
    Aggregate,
    AggregateItem,
    Connection,
    ConnectionItem,
    Cursor,
    DistanceItem,
    EdgeItem,
    EdgeNode,
    Edges,
    GroupItem,
    GroupKeyNode,
    GroupKeys,
    GroupList,
    GroupNodes,
    Groups,
    LocationItem,
    Measure,
    NameItem,
    NodeItem,
    Nodes,
    Overlap,
    PageInfo,
    PageNodes,
    PropertyItem,
    Provenance,
    RecordAggregate,
    Reference,
    Relationships,
    RelationshipsOfEnd,
    RosterItem,
    StandingOn,
    StatusItem,
    SubField,
    Summary,
    SummarySources,
    ThroughNode,
    ToList,
    ToOne,
    TotalCount,
    Typename,
    YearRange,
    key_targets,
)

__all__ = [
    "COORDINATES",
    "FORMER_NAMES",
    "ROSTER",
    "STATUS_CHANGES",
    "AggregatePlan",
    "ChildPlan",
    "Column",
    "GroupsChild",
    "NodePlan",
    "NodesChild",
    "PageChild",
    "SourcesKey",
    "columns_of",
    "language_fallbacks",
    "plan_nodes",
    "plan_page",
]


_DATE_KINDS: Final = (Kind.DATE, Kind.PARTIAL_DATE, Kind.BOUND)


class Column(NamedTuple):
    """A value to read from one or more stored columns.

    `names` contains the names of these columns. The value is read from the first of these columns that is not null.
    Dates are read as texts, because the driver is slow to convert dates.
    """

    names: tuple[str, ...]
    is_date: bool = False


STATUS_CHANGES: Final = Column(("statusChanges",))
"""The column that contains the status changes of a node."""

ROSTER: Final = (Column(("rosterComplete",)), Column(("rosterAttestedOn",), is_date=True))
"""The columns that state whether a network's list of members (roster) is complete, and on which day."""

COORDINATES: Final = (Column(("longitude",)), Column(("latitude",)))
"""The columns of the coordinates of a node, in the order of GeoJSON: longitude, latitude."""


FORMER_NAMES: Final = Column(("formerNames",))
"""The column that contains the former names of a network."""


@dataclass(slots=True, eq=False)
class NodePlan:
    """The data to read from a node: its columns, its related nodes and the pages of its connections.

    If `labels` is empty, the plan reads a relationship and not a node.
    """

    labels: tuple[str, ...] = ()
    columns: set[Column] = field(default_factory=set[Column])
    nodes: dict[NodesKey, "NodesChild"] = field(default_factory=dict[NodesKey, "NodesChild"])
    pages: dict[PageKey, "PageChild"] = field(default_factory=dict[PageKey, "PageChild"])
    children: "Sequence[ChildPlan]" = ()
    """The values of `nodes` and `pages`, in the order of the result row. `fix_order` sets this attribute."""
    _positions: dict[Column | NodesKey | PageKey, int] = field(default_factory=dict[Column | NodesKey | PageKey, int])

    @property
    def has_label_column(self) -> bool:
        """Return whether the result row contains the label of the node, at index 1."""
        return len(self.labels) > 1

    @property
    def leading_columns(self) -> tuple[Column, ...]:
        """Return the columns at the start of the result row.

        For a node, this is only the id. For a relationship, the result is empty.
        """
        return (Column(("id",)),) if self.labels else ()

    @property
    def sorted_columns(self) -> list[Column]:
        """Return the columns that follow the id and the label in the result row, sorted by name."""
        return sorted(self.columns.difference(self.leading_columns))

    def fix_order(self, children: "Sequence[ChildPlan]") -> None:
        """Set the order of the values in the result row: first the columns sorted by name, then `children`."""
        self.children = children
        following = (*self.sorted_columns, *(child.key for child in children))
        first = len(self.leading_columns) + self.has_label_column
        self._positions = {key: index for index, key in enumerate(self.leading_columns)}
        self._positions |= {key: index for index, key in enumerate(following, start=first)}

    def column_index(self, key: Column | NodesKey | PageKey) -> int:
        """Return the index of a value in the result row of the node.

        The value can be a column, related nodes or a page.
        """
        return self._positions[key]


@dataclass(slots=True, eq=False)
class NodesChild:
    """A related node, or a list of related nodes, to read.

    If `relationship` is not None, the relationship that leads to each related node is also read. The row of a related
    node then ends with the row of this relationship.
    """

    key: NodesKey
    plan: NodePlan
    relationship: NodePlan | None = None

    @property
    def plans(self) -> tuple[NodePlan, ...]:
        return (self.plan, self.relationship) if self.relationship else (self.plan,)


@dataclass(slots=True, eq=False)
class PageChild:
    """A page of a connection to read.

    `plan` is the plan of the nodes. `between` is the plan of the intermediate nodes of a path. `relationship` is the
    plan of the relationships that lead to the nodes. `between` and `relationship` are None if they are not needed. A
    boolean attribute, such as `total`, is true if that part of the page is selected.
    """

    key: PageKey
    plan: NodePlan
    between: NodePlan | None = None
    relationship: NodePlan | None = None
    edges: bool = False
    standing: bool = False
    cursors: bool = False
    total: bool = False
    has_next: bool = False
    has_previous: bool = False
    aggregate: "AggregatePlan | None" = None
    groups: "dict[GroupsKey, GroupsChild]" = field(default_factory=dict[GroupsKey, "GroupsChild"])

    @property
    def plans(self) -> tuple[NodePlan, ...]:
        """Return the plans of all nodes and relationships that the page reads."""
        plans = [plan for plan in (self.plan, self.between, self.relationship) if plan]
        plans += self.aggregate.sources.values() if self.aggregate else ()
        for groups in self.groups.values():
            plans += groups.plans
        return tuple(plans)

    @property
    def fetches_extra_row(self) -> bool:
        """Return whether one more row than the page size is read, to detect whether more rows exist.

        The extra row comes after the page. If the page is read backward, it comes before the page.
        """
        return self.has_previous if self.key.backward else self.has_next

    @property
    def parts(self) -> tuple[str | GroupsKey, ...]:
        """Return the parts of the page that the database returns, in order.

        A part is one of these:

        - "edges"
        - "total"
        - "earlier": whether rows exist at or before the page's cursor `after`
        - "later": whether rows exist at or after the page's cursor `before`
        - "aggregate"
        - the GroupsKey of a page of groups
        """
        parts = {
            "edges": self.edges or self.fetches_extra_row,
            "total": self.total,
            "earlier": self.has_previous and self.key.after is not None,
            "later": self.has_next and self.key.before is not None,
            "aggregate": self.aggregate is not None,
        }
        return (*(part for part, is_needed in parts.items() if is_needed), *self.groups)

    @property
    def edge_parts(self) -> tuple[str, ...]:
        """Return the names of the parts of an edge, such as "node" and "relationship", in order."""
        parts = {
            "node": True,
            "between": self.between is not None,
            "relationship": self.relationship is not None,
            "standing": self.standing,
            "values": self.cursors,
        }
        return tuple(part for part, is_needed in parts.items() if is_needed)


ChildPlan = NodesChild | PageChild


class SourcesKey(NamedTuple):
    """The key of a list of citations.

    The list contains the first `size` citations that support the values of a property.
    """

    measure: Measure
    size: int


@dataclass(slots=True, eq=False)
class AggregatePlan:
    """The properties to aggregate, and the plans of the citations that support their values.

    The number of rows is always read.
    """

    measures: set[Measure] = field(default_factory=set[Measure])
    sources: dict[SourcesKey, NodePlan] = field(default_factory=dict[SourcesKey, NodePlan])

    @property
    def sorted_measures(self) -> list[Measure]:
        return sorted(self.measures, key=_measure_sort_key)

    @property
    def sorted_sources(self) -> list[SourcesKey]:
        return sorted(self.sources, key=lambda key: (_measure_sort_key(key.measure), key.size))


def _measure_sort_key(measure: Measure) -> tuple[bool, str]:
    return measure.of_record, measure.property.name


@dataclass(slots=True, eq=False)
class GroupsChild:
    """A page of groups to read.

    A group key is a value by which rows are grouped. If the value is a node, fields of the node can be selected.
    `key_nodes` then contains the plan of this node. The keys of `key_nodes` are the indexes of the group keys.

    A query can select the first nodes of every group. It can do so several times, with different maximum numbers of
    nodes. `nodes` is a dict from each maximum number to the plan for these nodes. For example, `nodes[3]` is the plan
    for the first three nodes.
    """

    key: GroupsKey
    aggregate: AggregatePlan = field(default_factory=AggregatePlan)
    key_nodes: dict[int, NodePlan] = field(default_factory=dict[int, NodePlan])
    nodes: dict[int, NodePlan] = field(default_factory=dict[int, NodePlan])
    edges: bool = False
    cursors: bool = False
    total: bool = False
    has_next: bool = False
    has_previous: bool = False

    @property
    def plans(self) -> tuple[NodePlan, ...]:
        return (*self.aggregate.sources.values(), *self.key_nodes.values(), *self.nodes.values())

    @property
    def fetches_extra_row(self) -> bool:
        """Return whether one more group than the page size is read, to detect whether more groups exist.

        The extra group comes after the page. If the page is read backward, it comes before the page.
        """
        return self.has_previous if self.key.backward else self.has_next

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts of a page of groups that the database returns, in order.

        A part is one of these:

        - "edges": the groups
        - "total"
        - "earlier": whether groups exist at or before the page's cursor `after`
        - "later": whether groups exist at or after the page's cursor `before`
        - "scheme": whether the theme scheme of the group keys exists
        """
        parts = {
            "edges": self.edges or self.fetches_extra_row,
            "total": self.total,
            "earlier": self.has_previous and self.key.after is not None,
            "later": self.has_next and self.key.before is not None,
            "scheme": self.key.scheme is not None,
        }
        return tuple(part for part, is_needed in parts.items() if is_needed)


# --- From the selection ---------------------------------------------------------------------------


def plan_nodes(label: str, items: Sequence[NodeItem]) -> NodePlan:
    """Plan how to read the items that are selected from nodes of one label.

    Raises BadCursor if a cursor is invalid. Raises BadArgument if a connection cannot be sorted or grouped as selected.
    """
    plan = NodePlan((label,))
    for item in items:
        _add_item(plan, item)
    return plan


def plan_page(connection: Connection) -> PageChild:
    """Plan how to read a page of a connection.

    Raises BadCursor if a cursor is invalid. Raises BadArgument if a connection cannot be sorted or grouped as selected.
    """
    page = _new_page(page_key(connection))
    for item in connection.items:
        _add_connection_item(page, item)
    return page


def columns_of(item: PropertyItem) -> tuple[Column, ...]:
    """Return the columns to read for a selected property."""
    property_ = item.property
    if property_.kind is Kind.LOCALISED:
        names = tuple(f"{property_.name}{language.name.capitalize()}" for language in language_fallbacks(item))
        return tuple(Column((name,)) for name in names) if item.tagged else (Column(names),)
    if property_.kind is Kind.MONEY:
        return tuple(Column((column,)) for column in property_.columns)
    value = Column((property_.columns[0],), is_date=property_.kind in _DATE_KINDS)
    if property_.kind in (Kind.PARTIAL_DATE, Kind.BOUND):
        without_precision = not _needs_precision(item)
        return (
            value,
            *(
                Column((column,))
                for column in property_.columns[1:]
                if not (without_precision and "Precision" in column)
            ),
        )
    return (value,)


def _needs_precision(item: PropertyItem) -> bool:
    names = {field.name for field in item.subfields if isinstance(field, SubField)}
    return not item.subfields or not names.isdisjoint({"precision", "text"})


def language_fallbacks(item: PropertyItem) -> tuple[Language, ...]:
    """Return the languages in which a text is looked up, the preferred language first."""
    requested = (item.language,) if item.language else ()
    return tuple(dict.fromkeys((*requested, Language.EN, Language.SV, Language.FI)))


def _add_nodes(plan: NodePlan, nodes: Nodes) -> None:
    for items in nodes.by_label.values():
        for item in items:
            _add_item(plan, item)


def _add_item(plan: NodePlan, item: NodeItem) -> None:
    match item:
        case PropertyItem():
            plan.columns.update(columns_of(item))
        case NameItem():
            plan.columns.update(columns_of(item.name))
            plan.columns.add(FORMER_NAMES)
        case StatusItem():
            plan.columns.add(STATUS_CHANGES)
        case RosterItem():
            plan.columns.update(ROSTER)
        case LocationItem() | DistanceItem():
            plan.columns.update(COORDINATES)
        case ToOne() | ToList() | Reference():
            key = nodes_key(item)
            if key not in plan.nodes:
                labels = (item.property.target or "",) if isinstance(item, Reference) else item.end.targets
                plan.nodes[key] = NodesChild(key, NodePlan(labels))
            _add_nodes(plan.nodes[key].plan, item.nodes)
        case Connection():
            key = page_key(item)
            if key not in plan.pages:
                plan.pages[key] = _new_page(key)
            for part in item.items:
                _add_connection_item(plan.pages[key], part)
        case Relationships():
            for relationships in item.ends:
                _add_relationships(plan, relationships)
        case Typename():
            pass


def _add_relationships(plan: NodePlan, item: RelationshipsOfEnd) -> None:
    key = end_key(item.end)
    child = plan.nodes.setdefault(key, NodesChild(key, NodePlan(item.end.targets)))
    for part in item.items:
        match part:
            case EdgeNode():
                _add_nodes(child.plan, part.nodes)
            case Provenance():
                child.relationship = child.relationship or NodePlan()
                _add_provenance(child.relationship, part)
            case PropertyItem():
                child.relationship = child.relationship or NodePlan()
                _add_item(child.relationship, part)
            case Typename():
                pass


def _add_provenance(relationship: NodePlan, item: Provenance) -> None:
    for part in item.items:
        _add_item(relationship, part)


def _new_page(key: PageKey) -> PageChild:
    if isinstance(key.source, YearRange):
        return PageChild(key, NodePlan(("MembershipTerm",)))
    if isinstance(key.source, str):
        return PageChild(key, NodePlan((key.source,)))
    end = key.source.end
    return PageChild(key, NodePlan(end.second.targets if isinstance(end, Path) else end.targets))


def _add_connection_item(page: PageChild, item: ConnectionItem) -> None:
    match item:
        case TotalCount():
            page.total = True
        case PageNodes():
            page.edges = True
            _add_nodes(page.plan, item.nodes)
        case Edges():
            page.edges = True
            for part in item.items:
                _add_edge_item(page, part)
        case PageInfo():
            fields = {info.field for info in item.items}
            page.has_next |= "hasNextPage" in fields
            page.has_previous |= "hasPreviousPage" in fields
            if "startCursor" in fields or "endCursor" in fields:
                page.edges = True
                _add_cursors(page)
        case Aggregate():
            page.aggregate = page.aggregate or AggregatePlan()
            _add_aggregate(page.aggregate, item.items, record_of(page.key.end))
        case Groups():
            key = groups_key(page.key, item)
            _add_groups(page.groups.setdefault(key, GroupsChild(key)), page, item)
        case Typename():
            pass


def _add_aggregate(plan: AggregatePlan, items: Sequence[AggregateItem], record: str) -> None:
    for item in items:
        match item:
            case Summary():
                _add_summary(plan, Measure(False, item.property), item)
            case RecordAggregate() if item.record == record:
                for summary in item.items:
                    if isinstance(summary, Summary):
                        _add_summary(plan, Measure(True, summary.property), summary)
            case _:
                pass


def _add_summary(plan: AggregatePlan, measure: Measure, item: Summary) -> None:
    plan.measures.add(measure)
    for part in item.items:
        if isinstance(part, SummarySources):
            key = SourcesKey(measure, part.size)
            _add_nodes(plan.sources.setdefault(key, NodePlan(("Citation",))), part.nodes)


def _add_groups(child: GroupsChild, page: PageChild, item: Groups) -> None:
    for part in item.items:
        match part:
            case GroupList():
                child.edges = True
                for group_item in part.items:
                    _add_group_item(child, page, group_item)
            case TotalCount():
                child.total = True
            case PageInfo():
                fields = {info.field for info in part.items}
                child.has_next |= "hasNextPage" in fields
                child.has_previous |= "hasPreviousPage" in fields
                if "startCursor" in fields or "endCursor" in fields:
                    child.edges = child.cursors = True
            case Overlap() | Typename():
                pass


def _add_group_item(child: GroupsChild, page: PageChild, item: GroupItem) -> None:
    match item:
        case Aggregate():
            _add_aggregate(child.aggregate, item.items, record_of(page.key.end))
        case GroupKeys():
            for part in item.items:
                if isinstance(part, GroupKeyNode):
                    for index, labels in enumerate(map(key_targets, child.key.keys)):
                        if labels:
                            plan = child.key_nodes.setdefault(index, NodePlan(labels))
                            _add_nodes(plan, Nodes({name: part.nodes.by_label[name] for name in labels}))
        case GroupNodes():
            labels = page.plan.labels
            plan = child.nodes.setdefault(item.size, NodePlan(labels))
            _add_nodes(plan, Nodes({name: item.nodes.by_label[name] for name in labels}))
        case Typename():
            pass


def _add_edge_item(page: PageChild, item: EdgeItem) -> None:
    match item:
        case Cursor():
            _add_cursors(page)
        case EdgeNode():
            _add_nodes(page.plan, item.nodes)
        case ThroughNode():
            _add_nodes(_ensure_between(page), item.nodes)
        case StandingOn():
            page.standing = True
        case Provenance():
            if page.key.end is not None:
                page.relationship = page.relationship or NodePlan()
                _add_provenance(page.relationship, item)
        case PropertyItem() | Reference():
            page.relationship = page.relationship or NodePlan()
            _add_item(page.relationship, item)
        case Typename():
            pass


def _add_cursors(page: PageChild) -> None:
    page.cursors = True
    if isinstance(page.key.end, Path):
        _ensure_between(page)


def _ensure_between(page: PageChild) -> NodePlan:
    """Return the plan of the intermediate nodes of the page's path. Create the plan if it does not exist.

    Even if no field of the intermediate nodes is selected, the plan is needed, because cursors contain their ids.
    """
    if page.between is None:
        page.between = NodePlan((page.key.end.between,) if isinstance(page.key.end, Path) else ())
    return page.between
