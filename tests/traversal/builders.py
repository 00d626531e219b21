"""Build selections in a few words, and run them."""

from datetime import date
from typing import TypeVar

from graph import model
from graph.model import ID, Association, Path, Property
from graph.store import Store
from graph.traversal import Compiled, compile_connection, compile_fetch
from graph.traversal.selection import (
    ByProperty,
    Condition,
    Connection,
    ConnectionItem,
    Direction,
    EdgeItem,
    EdgeNode,
    Edges,
    Fetch,
    NodeItem,
    Nodes,
    Order,
    Page,
    PageInfo,
    PageInfoItem,
    PageNodes,
    PropertyItem,
    Reference,
    ToList,
    ToOne,
)

T = TypeVar("T")
JsonMap = dict[str, object]


def prop(label: str, name: str) -> Property:
    return ID if name == "id" else model.label(label).property(name)


def end(owner: str, role: str) -> Association | Path:
    """Return the association or path with this name."""
    return next((path for path in model.paths(owner) if path.name == role), None) or model.association(owner, role)


def edge_prop(owner: str, role: str, name: str) -> Property:
    return next(property_ for property_ in model.association(owner, role).properties if property_.name == name)


def items(label: str, *selected: str | NodeItem) -> tuple[NodeItem, ...]:
    """Return the items. A name becomes the item of that property, with the name as its key."""
    return tuple(PropertyItem(item, prop(label, item)) if isinstance(item, str) else item for item in selected)


def nodes(label: str, *selected: str | NodeItem) -> Nodes:
    return Nodes({label: items(label, *selected)})


def any_label(*nodes: Nodes) -> Nodes:
    return Nodes({label: items for selection in nodes for label, items in selection.by_label.items()})


def to_one(owner: str, role: str, selected: Nodes, key: str | None = None) -> ToOne:
    return ToOne(key or role, model.association(owner, role), selected)


def to_list(owner: str, role: str, selected: Nodes, key: str | None = None, supporting: str | None = None) -> ToList:
    return ToList(key or role, model.association(owner, role), selected, supporting)


def reference(owner: str, role: str, name: str, selected: Nodes) -> Reference:
    return Reference(name, edge_prop(owner, role, name), selected)


TEN = Page(first=10)


def nested(
    owner: str,
    role: str,
    *selected: ConnectionItem,
    key: str | None = None,
    page: Page = TEN,
    where: Condition | None = None,
    order: tuple[Order, ...] = (),
    on: date | None = None,
    include_applied: bool = False,
) -> Connection:
    """Return a connection to the nodes at the end of a role."""
    return Connection(key or role, selected, page, end(owner, role), None, where, order, on, include_applied)


def root(
    label: str,
    *selected: ConnectionItem,
    page: Page = TEN,
    where: Condition | None = None,
    order: tuple[Order, ...] = (),
    on: date | None = None,
) -> Connection:
    """Return a connection to all nodes of a label."""
    return Connection(model.label(label).plural, selected, page, None, label, where, order, on)


def order_by(label: str, name: str, direction: Direction = "ASC") -> ByProperty:
    return ByProperty(prop(label, name), direction)


def edges(*selected: EdgeItem) -> Edges:
    return Edges("edges", selected)


def node(selected: Nodes) -> EdgeNode:
    return EdgeNode("node", selected)


def page_nodes(label: str, *selected: str | NodeItem) -> PageNodes:
    return PageNodes("nodes", nodes(label, *selected))


PAGE_INFO = PageInfo(
    "pageInfo",
    (
        PageInfoItem("hasNextPage", "hasNextPage"),
        PageInfoItem("hasPreviousPage", "hasPreviousPage"),
        PageInfoItem("startCursor", "startCursor"),
        PageInfoItem("endCursor", "endCursor"),
    ),
)


async def read_root(store: Store, connection: Connection) -> JsonMap:
    """Run a root connection."""
    return await run(store, compile_connection(connection))


async def fetch(store: Store, selected: Nodes, *ids: str) -> dict[str, JsonMap]:
    """Fetch nodes by id."""
    (fetched,) = await run(store, compile_fetch([Fetch(ids, selected)]))
    return fetched


async def fetch_one(store: Store, node_id: str, *selected: str | NodeItem) -> JsonMap:
    label = node_id.partition(":")[0]
    return (await fetch(store, nodes(label, *selected), node_id))[node_id]


async def run(store: Store, compiled: Compiled[T]) -> T:
    return compiled.to_values(await store.read(compiled.statement, compiled.parameters))


def ids_of(result: JsonMap, key: str = "nodes") -> list[object]:
    """Return the ids of the nodes under a key."""
    rows = result[key]
    assert isinstance(rows, list)
    return [row["id"] for row in rows]
