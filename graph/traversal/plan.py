"""What a selection needs from the database, without the keys and the order in which the reader wants it.

A plan is a tree of places where nodes stand. At each, every column is taken once, and what leads to the same rows is
one child, whoever asks for it: selections that differ in keys and order of fields only have the same plan.

The database answers a place with a row for each node: a list of its id, its label where several can stand there, its
columns and its children, these two in the order of the plan. `graph.traversal.result_shaper` reads it by
`Place.position`.
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
    """A stored column, or several of which the first that has a value is taken. Of a date, the text is taken: to make a
    date of what the database sends takes the driver longer than all else about a value.
    """

    names: tuple[str, ...]
    is_date: bool = False


@dataclass(slots=True, eq=False)
class NodePlan:
    """What is taken from the nodes that stand at one place; without `labels`, from a relationship."""

    labels: tuple[str, ...] = ()
    columns: set[Column] = field(default_factory=set[Column])
    nodes: dict[NodesKey, "NodesChild"] = field(default_factory=dict[NodesKey, "NodesChild"])
    pages: dict[PageKey, "PageChild"] = field(default_factory=dict[PageKey, "PageChild"])
    children: "Sequence[ChildPlan]" = ()
    """Those of `nodes` and `pages` in the order of the row, once that is settled."""
    _positions: dict[Column | NodesKey | PageKey, int] = field(default_factory=dict[Column | NodesKey | PageKey, int])

    @property
    def labelled(self) -> bool:
        """Whether the row says the label, in its second place."""
        return len(self.labels) > 1

    @property
    def head(self) -> tuple[Column, ...]:
        """The columns that stand first in the row."""
        return (Column(("id",)),) if self.labels else ()

    @property
    def sorted_columns(self) -> list[Column]:
        """The columns after these and the label."""
        return sorted(each for each in self.columns if each not in self.head)

    def settle(self, children: "Sequence[ChildPlan]") -> None:
        """Fix the order of the row: that of the columns' names, then the children in the order given."""
        self.children = children
        following = (*self.sorted_columns, *(each.key for each in children))
        first = len(self.head) + self.labelled
        self._positions = {each: index for index, each in enumerate(self.head)}
        self._positions |= {each: index for index, each in enumerate(following, start=first)}

    def column_index(self, of: Column | NodesKey | PageKey) -> int:
        return self._positions[of]


@dataclass(slots=True, eq=False)
class NodesChild:
    """What is taken from one node or a list of nodes; with `relationship`, its row is the last value of the node's."""

    key: NodesKey
    place: NodePlan
    relationship: NodePlan | None = None

    @property
    def places(self) -> tuple[NodePlan, ...]:
        return (self.place, self.relationship) if self.relationship else (self.place,)


@dataclass(slots=True, eq=False)
class PageChild:
    """What is taken from a connection: which of its figures, and what from each edge."""

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
        return tuple(each for each in (self.place, self.between, self.relationship) if each)

    @property
    def looks_beyond(self) -> bool:
        """Whether one row more is fetched, to see whether there is one after the page in its direction."""
        return self.previous if self.key.backward else self.next

    @property
    def parts(self) -> tuple[str, ...]:
        """What the database answers, in this order: the edges; figures; whether rows lie outside the cursors given."""
        wanted = {
            "edges": self.edges or self.looks_beyond,
            "total": self.total,
            "earlier": self.previous and self.key.after is not None,
            "later": self.next and self.key.before is not None,
        }
        return tuple(part for part, taken in wanted.items() if taken)

    @property
    def edge_parts(self) -> tuple[str, ...]:
        """What each edge is a list of, in this order."""
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
    """The plan of nodes of one label. Raises BadCursor."""
    place = NodePlan((label,))
    for item in items:
        _take(place, item)
    return place


def plan_page(connection: Connection) -> PageChild:
    """The plan of a connection. Raises BadCursor."""
    page = _new_page(page_key(connection))
    for item in connection.items:
        _take_from_page(page, item)
    return page


def columns_of(leaf: PropertyItem) -> tuple[Column, ...]:
    """The columns that a leaf is made of."""
    property_ = leaf.property
    if property_.kind is Kind.LOCALISED:
        stored = tuple(f"{property_.name}{each.name.capitalize()}" for each in languages(leaf))
        return tuple(Column((each,)) for each in stored) if leaf.tagged else (Column(stored),)
    if property_.kind is Kind.MONEY:
        return tuple(Column((each,)) for each in property_.columns)
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
    """The languages in the order in which a localised text is looked for."""
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
            for each in item.items:
                _take_from_page(place.pages[key], each)
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
            for each in item.items:
                _take_from_edge(page, each)
        case PageInfo():
            fields = {each.field for each in item.items}
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
    """The place of the nodes between, of a path; their ids are part of its cursors."""
    if page.between is None:
        page.between = NodePlan((page.key.end.between,) if isinstance(page.key.end, Path) else ())
    return page.between
