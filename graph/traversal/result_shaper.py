"""Shape database rows into the response: keys in selection order, values as in JSON."""

from collections.abc import Callable, Sequence
from typing import Final, cast

from graph.model import Many
from graph.traversal import cursors
from graph.traversal.child_keys import end_key, nodes_key, page_key
from graph.traversal.plan import NodePlan, NodesChild, PageChild
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
    RelationshipItem,
    Relationships,
    RelationshipsOfEnd,
    StandingOn,
    ThroughNode,
    ToList,
    ToOne,
    TotalCount,
    Typename,
)
from graph.traversal.value_readers import InvalidStoredValue, strict_reader, value_reader

__all__ = ["LABEL_KEY", "InvalidStoredValue", "ResultShaper", "Row", "Shaped"]

LABEL_KEY: Final = "__label"
"""The hidden key of every shaped node that is not finished: its label."""

Row = Sequence[object]
Shaped = dict[str, object]
Read = Callable[[Row], object]
ReadPage = Callable[[Row, list[Row]], object]
"""Reads the parts of a connection and, beside them, the edges of the page in their order."""
Fields = tuple[tuple[str, Read], ...]


class ResultShaper:
    """Build functions that shape rows. If not `finished`, nodes contain their label under LABEL_KEY.

    A finished result is the response itself: it has only the selected keys, and every value is valid. An invalid value
    raises InvalidStoredValue.
    """

    def __init__(self, *, finished: bool) -> None:
        self._finished = finished
        self._leaf = strict_reader if finished else value_reader

    # --- Nodes ---

    def nodes(self, place: NodePlan, nodes: Nodes) -> Callable[[Row], Shaped | None]:
        """Return a function that shapes a node's row; None for the row of no node."""
        by_label = {label: self._node_fields(place, label, nodes.of(label)) for label in place.labels}
        if not place.labelled:
            (fields,) = by_label.values()
            return _node(fields)
        shapes = {label: _node(fields) for label, fields in by_label.items()}
        return lambda row: None if row[0] is None else shapes[cast("str", row[1])](row)

    def _node_fields(self, place: NodePlan, label: str, items: Sequence[NodeItem]) -> Fields:
        fields = tuple((item.key, self._node_item(place, label, item)) for item in items)
        return fields if self._finished else (*fields, (LABEL_KEY, _constant(label)))

    def _node_item(self, place: NodePlan, label: str, item: NodeItem) -> Read:
        match item:
            case PropertyItem():
                return self._leaf(item, place.column_index)
            case Typename():
                return _constant(item.value or label)
            case ToOne() | ToList() | Reference():
                return self._related(place, item)
            case Connection():
                key = page_key(item)
                return _within(place.column_index(key), self.connection(place.pages[key], item))
            case Relationships():
                reads = [self._relationships(place, end) for end in item.ends]
                return lambda row: [found for read in reads for found in read(row)]

    def _related(self, place: NodePlan, item: ToOne | ToList | Reference) -> Read:
        key = nodes_key(item)
        shape = self.nodes(place.nodes[key].place, item.nodes)
        position = place.column_index(key)
        if isinstance(item, ToOne) or (isinstance(item, Reference) and not item.property.many):
            read = _within(position, shape)
            return _there(read) if self._finished and isinstance(item, ToOne) and item.required else read
        return lambda row: [shape(node) for node in cast("list[Row]", row[position])]

    def _relationships(self, place: NodePlan, item: RelationshipsOfEnd) -> Callable[[Row], list[Shaped]]:
        """Return a function that shapes the relationships at one end."""
        key = end_key(item.end)
        position, child = place.column_index(key), place.nodes[key]
        fields = tuple((part.key, self._relationship_item(child, part)) for part in item.items)

        def shape(row: Row) -> list[Shaped]:
            found = cast("Row", row[position])
            rows = (found,) if item.end.many is Many.ONE else cast("Sequence[Row]", found)
            return [{key: read(related) for key, read in fields} for related in rows if related[0] is not None]

        return shape

    def _relationship_item(self, child: NodesChild, item: RelationshipItem) -> Read:
        match item:
            case EdgeNode():
                return self.nodes(child.place, item.nodes)
            case Provenance():
                assert child.relationship is not None
                return _within(-1, self._provenance(child.relationship, item))
            case Typename():
                return _constant(item.value)

    def _provenance(self, relationship: NodePlan, item: Provenance) -> Callable[[Row], Shaped]:
        fields = tuple((part.key, self._relationship_value(relationship, part)) for part in item.items)
        return lambda row: {key: read(row) for key, read in fields}

    def _relationship_value(self, relationship: NodePlan, item: PropertyItem | Reference | Typename) -> Read:
        match item:
            case PropertyItem():
                return self._leaf(item, relationship.column_index)
            case Reference():
                return self._related(relationship, item)
            case Typename():
                return _constant(item.value)

    # --- Connections ---

    def connection(self, page: PageChild, connection: Connection) -> Callable[[Row], Shaped]:
        """Return a function that shapes the list of a connection's parts."""
        fields = tuple((item.key, self._page_item(page, item)) for item in connection.items)
        fetched = page.parts.index("edges") if "edges" in page.parts else None
        size, backward = page.key.size, page.key.backward

        def shape(parts: Row) -> Shaped:
            edges = [] if fetched is None else cast("list[Row]", parts[fetched])[:size]
            if backward:
                edges.reverse()
            return {key: read(parts, edges) for key, read in fields}

        return shape

    def _page_item(self, page: PageChild, item: ConnectionItem) -> ReadPage:
        match item:
            case TotalCount():
                total = page.parts.index("total")
                return lambda parts, _: parts[total]
            case PageNodes():
                shape = self.nodes(page.place, item.nodes)
                return lambda _, edges: [shape(cast("Row", edge[0])) for edge in edges]
            case Edges():
                fields = tuple((part.key, self._edge_item(page, part)) for part in item.items)
                return lambda _, edges: [{key: read(edge) for key, read in fields} for edge in edges]
            case PageInfo():
                infos = tuple((info.key, _page_info(page, info.field)) for info in item.items)
                return lambda parts, edges: {key: read(parts, edges) for key, read in infos}
            case Typename():
                return lambda _, __: item.value

    def _edge_item(self, page: PageChild, item: EdgeItem) -> Read:
        match item:
            case Cursor():
                return _cursor(page)
            case EdgeNode():
                return _within(0, self.nodes(page.place, item.nodes))
            case ThroughNode():
                assert page.between is not None
                return _within(page.edge_parts.index("between"), self.nodes(page.between, item.nodes))
            case StandingOn():
                standing = page.edge_parts.index("standing")
                return lambda edge: edge[standing]
            case Provenance() if page.key.end is None:
                return _constant(None)
            case Provenance() | PropertyItem() | Reference():
                assert page.relationship is not None
                read = (
                    self._provenance(page.relationship, item)
                    if isinstance(item, Provenance)
                    else self._relationship_value(page.relationship, item)
                )
                return _within(page.edge_parts.index("relationship"), read)
            case Typename():
                return _constant(item.value)


def _node(fields: Fields) -> Callable[[Row], Shaped | None]:
    return lambda row: None if row[0] is None else {key: read(row) for key, read in fields}


def _there(read: Read) -> Read:
    def finished(row: Row) -> object:
        node = read(row)
        if node is None:
            raise InvalidStoredValue
        return node

    return finished


def _within(position: int, read: Callable[[Row], object]) -> Read:
    return lambda row: read(cast("Row", row[position]))


def _constant(value: object) -> Read:
    return lambda _: value


def _page_info(page: PageChild, field: str) -> ReadPage:
    match field:
        case "hasNextPage":
            return _has_more(page, "later", further=not page.key.backward)
        case "hasPreviousPage":
            return _has_more(page, "earlier", further=page.key.backward)
        case "startCursor" | "endCursor":
            cursor, index = _cursor(page), 0 if field == "startCursor" else -1
            return lambda _, edges: cursor(edges[index]) if edges else None
        case _:
            return lambda _, __: "PageInfo"


def _has_more(page: PageChild, outside: str, *, further: bool) -> ReadPage:
    """Read whether rows lie on one side of the page; `further` is the side at which it was limited."""
    parts, size = page.parts, page.key.size
    fetched = parts.index("edges") if further else None
    beyond = parts.index(outside) if outside in parts else None

    def read(parts: Row, _: list[Row]) -> bool:
        if fetched is not None and len(cast("list[Row]", parts[fetched])) > size:
            return True
        return beyond is not None and bool(parts[beyond])

    return read


def _cursor(page: PageChild) -> Callable[[Row], str]:
    fingerprint = page.key.fingerprint
    values = page.edge_parts.index("values")
    rows = (0,) if page.between is None else (0, page.edge_parts.index("between"))

    def read(edge: Row) -> str:
        ids = [cast("Row", edge[place])[0] for place in rows]
        return cursors.encode(fingerprint, cast("Row", edge[values]), ids)

    return read
