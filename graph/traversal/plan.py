"""What a selection needs from the database, independent of response keys and field order.

A plan is a tree of nodes to read. Each column is read once, and selections of the same rows share one child, so
selections that differ only in keys and order have the same plan.

The database returns a list for each node: id, label (if several are possible), columns and children, in the order of
the plan. `graph.traversal.result_shaper` reads it by `NodePlan.column_index`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graph.model import Kind, Language, Path
from graph.traversal.child_keys import NodesKey, PageKey, Role, end_key, nodes_key, page_key
from graph.traversal.selection import (
    Connection,
    ConnectionItem,
    Cursor,
    EdgeItem,
    EdgeNode,
    Edges,
    NodeItem,
    Nodes,
    PageInfo,
    PageNodes,
    PropertyItem,
    Provenance,
    Reference,
    Relationships,
    RelationshipsOfEnd,
    StandingOn,
    SubField,
    ThroughNode,
    ToList,
    ToOne,
    TotalCount,
    Typename,
)

__all__ = [
    "ChildPlan",
    "Column",
    "NodePlan",
    "NodesChild",
    "PageChild",
    "columns_of",
    "languages",
    "plan_nodes",
    "plan_page",
]


_DATES: Final = (Kind.DATE, Kind.PARTIAL_DATE, Kind.BOUND)


class Column(NamedTuple):
    """A stored column, or several of which the first non-null value is read. Dates are read as text: the driver's
    conversion to a date costs more than all other work on a value.
    """

    names: tuple[str, ...]
    is_date: bool = False


@dataclass(slots=True, eq=False)
class NodePlan:
    """What is read from nodes at one place in the tree; from a relationship if `labels` is empty."""

    labels: tuple[str, ...] = ()
    columns: set[Column] = field(default_factory=set[Column])
    nodes: dict[NodesKey, "NodesChild"] = field(default_factory=dict[NodesKey, "NodesChild"])
    pages: dict[PageKey, "PageChild"] = field(default_factory=dict[PageKey, "PageChild"])
    children: "Sequence[ChildPlan]" = ()
    """Those of `nodes` and `pages` in the order of the row, once that is settled."""
    _positions: dict[Column | NodesKey | PageKey, int] = field(default_factory=dict[Column | NodesKey | PageKey, int])

    @property
    def labelled(self) -> bool:
        """True if the row contains the label, at index 1."""
        return len(self.labels) > 1

    @property
    def head(self) -> tuple[Column, ...]:
        """Columns at the start of the row."""
        return (Column(("id",)),) if self.labels else ()

    @property
    def sorted_columns(self) -> list[Column]:
        """Columns after the head and the label."""
        return sorted(column for column in self.columns if column not in self.head)

    def settle(self, children: "Sequence[ChildPlan]") -> None:
        """Fix the order of the row: columns by name, then the children as given."""
        self.children = children
        following = (*self.sorted_columns, *(child.key for child in children))
        first = len(self.head) + self.labelled
        self._positions = {key: index for index, key in enumerate(self.head)}
        self._positions |= {key: index for index, key in enumerate(following, start=first)}

    def column_index(self, of: Column | NodesKey | PageKey) -> int:
        return self._positions[of]


@dataclass(slots=True, eq=False)
class NodesChild:
    """One node or a list of nodes; the row of `relationship`, if any, is the last value of the node's row."""

    key: NodesKey
    place: NodePlan
    relationship: NodePlan | None = None

    @property
    def places(self) -> tuple[NodePlan, ...]:
        return (self.place, self.relationship) if self.relationship else (self.place,)


@dataclass(slots=True, eq=False)
class PageChild:
    """What is read from a connection: counts, and the parts of each edge."""

    key: PageKey
    place: NodePlan
    between: NodePlan | None = None
    relationship: NodePlan | None = None
    edges: bool = False
    standing: bool = False
    cursors: bool = False
    total: bool = False
    next: bool = False
    previous: bool = False

    @property
    def places(self) -> tuple[NodePlan, ...]:
        return tuple(place for place in (self.place, self.between, self.relationship) if place)

    @property
    def looks_beyond(self) -> bool:
        """True if one row more is read, to see whether the page has a successor in its direction."""
        return self.previous if self.key.backward else self.next

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts that the database returns, in order: edges, total, and whether rows lie outside the cursors."""
        wanted = {
            "edges": self.edges or self.looks_beyond,
            "total": self.total,
            "earlier": self.previous and self.key.after is not None,
            "later": self.next and self.key.before is not None,
        }
        return tuple(part for part, taken in wanted.items() if taken)

    @property
    def edge_parts(self) -> tuple[str, ...]:
        """Parts of an edge, in order."""
        wanted = {
            "node": True,
            "between": self.between is not None,
            "relationship": self.relationship is not None,
            "standing": self.standing,
            "values": self.cursors,
        }
        return tuple(part for part, taken in wanted.items() if taken)


ChildPlan = NodesChild | PageChild


# --- From the selection ---------------------------------------------------------------------------


def plan_nodes(label: str, items: Sequence[NodeItem]) -> NodePlan:
    """Plan the items of nodes of one label. Raises BadCursor."""
    place = NodePlan((label,))
    for item in items:
        _take(place, item)
    return place


def plan_page(connection: Connection) -> PageChild:
    """Plan a connection. Raises BadCursor."""
    page = _new_page(page_key(connection))
    for item in connection.items:
        _take_from_page(page, item)
    return page


def columns_of(leaf: PropertyItem) -> tuple[Column, ...]:
    """Return the columns that an item reads."""
    property_ = leaf.property
    if property_.kind is Kind.LOCALISED:
        stored = tuple(f"{property_.name}{language.name.capitalize()}" for language in languages(leaf))
        return tuple(Column((column,)) for column in stored) if leaf.tagged else (Column(stored),)
    if property_.kind is Kind.MONEY:
        return tuple(Column((column,)) for column in property_.columns)
    value = Column((property_.columns[0],), is_date=property_.kind in _DATES)
    if property_.kind in (Kind.PARTIAL_DATE, Kind.BOUND):
        exact = not _needs_precision(leaf)
        return (
            value,
            *(Column((column,)) for column in property_.columns[1:] if not (exact and "Precision" in column)),
        )
    return (value,)


def _needs_precision(leaf: PropertyItem) -> bool:
    names = {part.name for part in leaf.parts if isinstance(part, SubField)}
    return not leaf.parts or not names.isdisjoint({"precision", "text"})


def languages(leaf: PropertyItem) -> tuple[Language, ...]:
    """Return the languages of a localised text in order of preference."""
    first = (leaf.language,) if leaf.language else ()
    return tuple(dict.fromkeys((*first, Language.EN, Language.SV, Language.FI)))


def _take_nodes(place: NodePlan, nodes: Nodes) -> None:
    for _, items in nodes.by_label:
        for item in items:
            _take(place, item)


def _take(place: NodePlan, item: NodeItem) -> None:
    match item:
        case PropertyItem():
            place.columns.update(columns_of(item))
        case ToOne() | ToList() | Reference():
            key = nodes_key(item)
            if key not in place.nodes:
                labels = (item.property.target or "",) if isinstance(item, Reference) else item.end.targets
                place.nodes[key] = NodesChild(key, NodePlan(labels))
            _take_nodes(place.nodes[key].place, item.nodes)
        case Connection():
            key = page_key(item)
            if key not in place.pages:
                place.pages[key] = _new_page(key)
            for part in item.items:
                _take_from_page(place.pages[key], part)
        case Relationships():
            for relationships in item.ends:
                _take_relationships(place, relationships)
        case Typename():
            pass


def _take_relationships(place: NodePlan, item: RelationshipsOfEnd) -> None:
    key = end_key(item.end)
    child = place.nodes.setdefault(key, NodesChild(key, NodePlan(item.end.targets)))
    for taken in item.items:
        match taken:
            case EdgeNode():
                _take_nodes(child.place, taken.nodes)
            case Provenance():
                child.relationship = child.relationship or NodePlan()
                _take_provenance(child.relationship, taken)
            case Typename():
                pass


def _take_provenance(relationship: NodePlan, item: Provenance) -> None:
    for taken in item.items:
        _take(relationship, taken)


def _new_page(key: PageKey) -> PageChild:
    if not isinstance(key.source, Role):
        return PageChild(key, NodePlan((key.source,)))
    end = key.source.end
    return PageChild(key, NodePlan(end.second.targets if isinstance(end, Path) else end.targets))


def _take_from_page(page: PageChild, item: ConnectionItem) -> None:
    match item:
        case TotalCount():
            page.total = True
        case PageNodes():
            page.edges = True
            _take_nodes(page.place, item.nodes)
        case Edges():
            page.edges = True
            for part in item.items:
                _take_from_edge(page, part)
        case PageInfo():
            fields = {info.field for info in item.items}
            page.next |= "hasNextPage" in fields
            page.previous |= "hasPreviousPage" in fields
            if "startCursor" in fields or "endCursor" in fields:
                page.edges = True
                _take_cursors(page)
        case Typename():
            pass


def _take_from_edge(page: PageChild, item: EdgeItem) -> None:
    match item:
        case Cursor():
            _take_cursors(page)
        case EdgeNode():
            _take_nodes(page.place, item.nodes)
        case ThroughNode():
            _take_nodes(_between(page), item.nodes)
        case StandingOn():
            page.standing = True
        case Provenance():
            if page.key.end is not None:
                page.relationship = page.relationship or NodePlan()
                _take_provenance(page.relationship, item)
        case PropertyItem() | Reference():
            page.relationship = page.relationship or NodePlan()
            _take(page.relationship, item)
        case Typename():
            pass


def _take_cursors(page: PageChild) -> None:
    page.cursors = True
    if isinstance(page.key.end, Path):
        _between(page)


def _between(page: PageChild) -> NodePlan:
    """Return the plan of the nodes between of a path; their ids are part of its cursors."""
    if page.between is None:
        page.between = NodePlan((page.key.end.between,) if isinstance(page.key.end, Path) else ())
    return page.between
