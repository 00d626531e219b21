"""Short ways to write selections, and to have them answered."""

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

Answer = TypeVar("Answer")
JsonMap = dict[str, object]


def prop(label: str, name: str) -> Property:
    return ID if name == "id" else model.label(label).property(name)


def end(owner: str, role: str) -> Association | Path:
    """The association or path of this name."""
    return next((each for each in model.paths(owner) if each.name == role), None) or model.association(owner, role)


def edge_prop(owner: str, role: str, name: str) -> Property:
    return next(each for each in model.association(owner, role).properties if each.name == name)


def items(label: str, *taken: str | NodeItem) -> tuple[NodeItem, ...]:
    """Names become leaves under themselves."""
    return tuple(PropertyItem(each, prop(label, each)) if isinstance(each, str) else each for each in taken)


def nodes(label: str, *taken: str | NodeItem) -> Nodes:
    return Nodes(((label, items(label, *taken)),))


def either(*several: Nodes) -> Nodes:
    return Nodes(tuple(each for one in several for each in one.by_label))


def to_one(owner: str, role: str, taken: Nodes, key: str | None = None) -> ToOne:
    return ToOne(key or role, model.association(owner, role), taken)


def to_list(owner: str, role: str, taken: Nodes, key: str | None = None, supporting: str | None = None) -> ToList:
    return ToList(key or role, model.association(owner, role), taken, supporting)


def referred(owner: str, role: str, name: str, taken: Nodes) -> Reference:
    return Reference(name, edge_prop(owner, role, name), taken)


TEN = Page(first=10)


def related(
    owner: str,
    role: str,
    *taken: ConnectionItem,
    key: str | None = None,
    page: Page = TEN,
    where: Condition | None = None,
    order: tuple[Order, ...] = (),
    on: date | None = None,
    include_applied: bool = False,
) -> Connection:
    """A connection over an end of a node."""
    return Connection(key or role, taken, page, end(owner, role), None, where, order, on, include_applied)


def root(
    label: str,
    *taken: ConnectionItem,
    page: Page = TEN,
    where: Condition | None = None,
    order: tuple[Order, ...] = (),
    on: date | None = None,
) -> Connection:
    """A connection over all nodes of a label."""
    return Connection(model.label(label).plural, taken, page, None, label, where, order, on)


def by(label: str, name: str, direction: Direction = "ASC") -> ByProperty:
    return ByProperty(prop(label, name), direction)


def edges(*taken: EdgeItem) -> Edges:
    return Edges("edges", taken)


def node(taken: Nodes) -> EdgeNode:
    return EdgeNode("node", taken)


def page_nodes(label: str, *taken: str | NodeItem) -> PageNodes:
    return PageNodes("nodes", nodes(label, *taken))


PAGE_INFO = PageInfo(
    "pageInfo",
    (
        PageInfoItem("hasNextPage", "hasNextPage"),
        PageInfoItem("hasPreviousPage", "hasPreviousPage"),
        PageInfoItem("startCursor", "startCursor"),
        PageInfoItem("endCursor", "endCursor"),
    ),
)


async def ask(store: Store, connection: Connection) -> JsonMap:
    """The answer of a root connection."""
    return await answer_of(store, compile_connection(connection))


async def fetch(store: Store, taken: Nodes, *ids: str) -> dict[str, JsonMap]:
    """The nodes of these ids."""
    (found,) = await answer_of(store, compile_fetch([Fetch(ids, taken)]))
    return found


async def fetch_one(store: Store, node_id: str, *taken: str | NodeItem) -> JsonMap:
    """One node."""
    label = node_id.partition(":")[0]
    return (await fetch(store, nodes(label, *taken), node_id))[node_id]


async def answer_of(store: Store, compiled: Compiled[Answer]) -> Answer:
    return compiled.to_values(await store.read(compiled.statement, compiled.parameters))


def ids_of(answer: JsonMap, key: str = "nodes") -> list[object]:
    """The ids of the nodes under a key."""
    found = answer[key]
    assert isinstance(found, list)
    return [each["id"] for each in found]
