"""Build response objects from result rows.

The keys are in the order of the selection, and the values are JSON values.
"""

from collections.abc import Callable, Sequence
from typing import Final, cast

from graph.errors import unknown_id
from graph.model import Many
from graph.traversal import cursors
from graph.traversal.aggregate_readers import aggregate_reader, group_cursor_reader, group_list_reader
from graph.traversal.child_keys import end_key, groups_key, nodes_key, page_key, record_of
from graph.traversal.plan import (
    COORDINATES,
    FORMER_NAMES,
    ROSTER,
    STATUS_CHANGES,
    GroupsChild,
    NodePlan,
    NodesChild,
    PageChild,
)
from graph.traversal.selection import (
    Aggregate,
    Connection,
    ConnectionItem,
    Cursor,
    DistanceItem,
    EdgeItem,
    EdgeNode,
    Edges,
    GroupList,
    Groups,
    LocationItem,
    NameItem,
    NodeItem,
    Nodes,
    Overlap,
    PageInfo,
    PageNodes,
    PropertyItem,
    Provenance,
    Reference,
    RelationshipItem,
    Relationships,
    RelationshipsOfEnd,
    RosterItem,
    StandingOn,
    StatusItem,
    ThroughNode,
    ToList,
    ToOne,
    TotalCount,
    Typename,
)
from graph.traversal.value_readers import (
    InvalidStoredValue,
    distance_reader,
    location_reader,
    name_reader,
    roster_reader,
    status_reader,
    strict_location_reader,
    strict_reader,
    value_reader,
)

__all__ = ["LABEL_KEY", "InvalidStoredValue", "JsonMap", "ResultShaper", "Row"]

LABEL_KEY: Final = "__label"
"""The key under which a node contains its label. It is used only if `ResultShaper` is created with `complete=False`."""

Row = Sequence[object]
JsonMap = dict[str, object]
RowReader = Callable[[Row], object]
PageReader = Callable[[Row, list[Row]], object]
"""A function that builds a value from two arguments: the parts of a page, and the sorted edges of the page."""
Fields = tuple[tuple[str, RowReader], ...]


class ResultShaper:
    """A factory of functions that convert result rows to response objects.

    If `complete` is true, the result is the response: it contains only the selected keys, and an invalid value raises
    InvalidStoredValue. If `complete` is false, values are not validated, and every node also contains its label under
    LABEL_KEY.
    """

    def __init__(self, *, complete: bool) -> None:
        self._complete = complete
        self._property_reader = strict_reader if complete else value_reader

    # --- Nodes ---

    def node_reader(self, plan: NodePlan, nodes: Nodes) -> Callable[[Row], JsonMap | None]:
        """Return a function that builds a node from the row of the node.

        If the row is null, the returned function returns None.
        """
        by_label = {label: self._node_fields(plan, label, nodes.by_label.get(label, ())) for label in plan.labels}
        if not plan.has_label_column:
            (fields,) = by_label.values()
            return _node_reader(fields)
        readers = {label: _node_reader(fields) for label, fields in by_label.items()}
        return lambda row: None if row[0] is None else readers[cast("str", row[1])](row)

    def _node_fields(self, plan: NodePlan, label: str, items: Sequence[NodeItem]) -> Fields:
        fields = tuple((item.key, self._node_item_reader(plan, label, item)) for item in items)
        return fields if self._complete else (*fields, (LABEL_KEY, _constant(label)))

    def _node_item_reader(self, plan: NodePlan, label: str, item: NodeItem) -> RowReader:
        match item:
            case PropertyItem():
                return self._property_reader(item, plan.column_index)
            case NameItem():
                current = self._property_reader(item.name, plan.column_index)
                return name_reader(item, plan.column_index(FORMER_NAMES), current)
            case StatusItem():
                return status_reader(item, plan.column_index(STATUS_CHANGES))
            case RosterItem():
                return roster_reader(item, *map(plan.column_index, ROSTER))
            case LocationItem():
                longitude, latitude = map(plan.column_index, COORDINATES)
                if self._complete:
                    return strict_location_reader(item, longitude, latitude)
                return location_reader(longitude, latitude)
            case DistanceItem():
                return distance_reader(item, *map(plan.column_index, COORDINATES))
            case Typename():
                return _constant(item.value or label)
            case ToOne() | ToList() | Reference():
                return self._related_reader(plan, item)
            case Connection():
                key = page_key(item)
                return _nested(plan.column_index(key), self.connection_reader(plan.pages[key], item))
            case Relationships():
                readers = [self._relationships_reader(plan, end) for end in item.ends]
                return lambda row: [relationship for read in readers for relationship in read(row)]

    def _related_reader(self, plan: NodePlan, item: ToOne | ToList | Reference) -> RowReader:
        key = nodes_key(item)
        read_node = self.node_reader(plan.nodes[key].plan, item.nodes)
        index = plan.column_index(key)
        if isinstance(item, ToOne) or (isinstance(item, Reference) and not item.property.many):
            read = _nested(index, read_node)
            return _required(read) if self._complete and isinstance(item, ToOne) and item.required else read
        return lambda row: [read_node(node) for node in cast("list[Row]", row[index])]

    def _relationships_reader(self, plan: NodePlan, item: RelationshipsOfEnd) -> Callable[[Row], list[JsonMap]]:
        """Return a function that reads a list of relationships from the row of a node.

        The list contains the relationships of one association. An association is a relationship type seen from one of
        its ends.
        """
        end = end_key(item.end)
        index, child = plan.column_index(end), plan.nodes[end]
        fields = tuple((part.key, self._relationship_item_reader(child, part)) for part in item.items)

        def read_relationships(row: Row) -> list[JsonMap]:
            value = cast("Row", row[index])
            rows = (value,) if item.end.many is Many.ONE else cast("Sequence[Row]", value)
            return [{key: read(related) for key, read in fields} for related in rows if related[0] is not None]

        return read_relationships

    def _relationship_item_reader(self, child: NodesChild, item: RelationshipItem) -> RowReader:
        match item:
            case EdgeNode():
                return self.node_reader(child.plan, item.nodes)
            case Provenance():
                assert child.relationship is not None
                return _nested(-1, self._provenance_reader(child.relationship, item))
            case PropertyItem():
                assert child.relationship is not None
                return _nested(-1, self._property_reader(item, child.relationship.column_index))
            case Typename():
                return _constant(item.value)

    def _provenance_reader(self, relationship: NodePlan, item: Provenance) -> Callable[[Row], JsonMap]:
        fields = tuple((part.key, self._relationship_value_reader(relationship, part)) for part in item.items)
        return lambda row: {key: read(row) for key, read in fields}

    def _relationship_value_reader(
        self, relationship: NodePlan, item: PropertyItem | Reference | Typename
    ) -> RowReader:
        match item:
            case PropertyItem():
                return self._property_reader(item, relationship.column_index)
            case Reference():
                return self._related_reader(relationship, item)
            case Typename():
                return _constant(item.value)

    # --- Connections ---

    def connection_reader(self, page: PageChild, connection: Connection) -> Callable[[Row], JsonMap]:
        """Return a function that builds a connection from a list of its parts. `PageChild.parts` defines the parts."""
        fields = tuple((item.key, self._connection_item_reader(page, item)) for item in connection.items)
        edges_index = page.parts.index("edges") if "edges" in page.parts else None
        size, backward = page.key.size, page.key.backward

        def read_connection(parts: Row) -> JsonMap:
            edges = [] if edges_index is None else cast("list[Row]", parts[edges_index])[:size]
            if backward:
                edges.reverse()
            return {key: read(parts, edges) for key, read in fields}

        return read_connection

    def _connection_item_reader(self, page: PageChild, item: ConnectionItem) -> PageReader:
        match item:
            case TotalCount():
                total = page.parts.index("total")
                return lambda parts, _: parts[total]
            case PageNodes():
                read_node = self.node_reader(page.plan, item.nodes)
                return lambda _, edges: [read_node(cast("Row", edge[0])) for edge in edges]
            case Edges():
                fields = tuple((part.key, self._edge_item_reader(page, part)) for part in item.items)
                return lambda _, edges: [{key: read(edge) for key, read in fields} for edge in edges]
            case PageInfo():
                fields = tuple((info.key, _page_info_reader(page, info.field)) for info in item.items)
                return lambda parts, edges: {key: read(parts, edges) for key, read in fields}
            case Aggregate():
                assert page.aggregate is not None
                aggregate = page.parts.index("aggregate")
                read_aggregate = aggregate_reader(self, page.aggregate, item.items, record_of(page.key.end))
                return lambda parts, _: read_aggregate(cast("Row", parts[aggregate]))
            case Groups():
                key = groups_key(page.key, item)
                index = page.parts.index(key)
                read_groups = self._groups_reader(page.groups[key], item, record_of(page.key.end))
                return lambda parts, _: read_groups(cast("Row", parts[index]))
            case Typename():
                return lambda _, __: item.value

    def _groups_reader(self, child: GroupsChild, groups: Groups, record: str) -> Callable[[Row], JsonMap]:
        """Return a function that builds a list of groups from the parts of the page that the database returns.

        `GroupsChild.parts` defines the parts. The returned function raises UnknownId if the rows are grouped by the
        themes of a theme scheme that does not exist.
        """
        fields = tuple((item.key, self._groups_item_reader(child, item, record)) for item in groups.items)
        edges_index = child.parts.index("edges") if "edges" in child.parts else None
        size, backward = child.key.size, child.key.backward
        scheme = child.key.scheme
        scheme_index = None if scheme is None else child.parts.index("scheme")

        def read_groups(parts: Row) -> JsonMap:
            if scheme is not None and scheme_index is not None and not parts[scheme_index]:
                raise unknown_id(scheme)
            rows = [] if edges_index is None else cast("list[Row]", parts[edges_index])[:size]
            if backward:
                rows.reverse()
            return {key: read(parts, rows) for key, read in fields}

        return read_groups

    def _groups_item_reader(
        self, child: GroupsChild, item: GroupList | TotalCount | PageInfo | Overlap | Typename, record: str
    ) -> PageReader:
        match item:
            case GroupList():
                read_groups = group_list_reader(self, child, item, record)
                return lambda _, rows: read_groups(rows)
            case TotalCount():
                total = child.parts.index("total")
                return lambda parts, _: parts[total]
            case Overlap():
                return lambda _, __: child.key.overlaps
            case PageInfo():
                fields = tuple((info.key, _page_info_reader(child, info.field)) for info in item.items)
                return lambda parts, rows: {key: read(parts, rows) for key, read in fields}
            case Typename():
                return lambda _, __: item.value

    def _edge_item_reader(self, page: PageChild, item: EdgeItem) -> RowReader:
        match item:
            case Cursor():
                return _cursor_reader(page)
            case EdgeNode():
                return _nested(0, self.node_reader(page.plan, item.nodes))
            case ThroughNode():
                assert page.between is not None
                return _nested(page.edge_parts.index("between"), self.node_reader(page.between, item.nodes))
            case StandingOn():
                standing = page.edge_parts.index("standing")
                return lambda edge: edge[standing]
            case Provenance() if page.key.end is None:
                return _constant(None)
            case Provenance() | PropertyItem() | Reference():
                assert page.relationship is not None
                read = (
                    self._provenance_reader(page.relationship, item)
                    if isinstance(item, Provenance)
                    else self._relationship_value_reader(page.relationship, item)
                )
                return _nested(page.edge_parts.index("relationship"), read)
            case Typename():
                return _constant(item.value)


def _node_reader(fields: Fields) -> Callable[[Row], JsonMap | None]:
    return lambda row: None if row[0] is None else {key: read(row) for key, read in fields}


def _required(read: RowReader) -> RowReader:
    def read_required(row: Row) -> object:
        node = read(row)
        if node is None:
            raise InvalidStoredValue
        return node

    return read_required


def _nested(index: int, read: Callable[[Row], object]) -> RowReader:
    return lambda row: read(cast("Row", row[index]))


def _constant(value: object) -> RowReader:
    return lambda _: value


def _page_info_reader(page: PageChild | GroupsChild, field: str) -> PageReader:
    match field:
        case "hasNextPage":
            return _has_more_reader(page, "later", in_direction=not page.key.backward)
        case "hasPreviousPage":
            return _has_more_reader(page, "earlier", in_direction=page.key.backward)
        case "startCursor" | "endCursor":
            read_cursor = _cursor_reader(page) if isinstance(page, PageChild) else group_cursor_reader(page)
            index = 0 if field == "startCursor" else -1
            return lambda _, edges: read_cursor(edges[index]) if edges else None
        case _:
            return lambda _, __: "PageInfo"


def _has_more_reader(page: PageChild | GroupsChild, part: str, *, in_direction: bool) -> PageReader:
    """Return a function that returns whether more rows exist on one side of the page.

    A page has two sides: before its first row and after its last row. `in_direction` is true for the side toward which
    the page is read. This is the end of a page that is read forward, and the start of a page that is read backward. On
    this side, the statement requests one row more than the page size. If the database returns the extra row, more rows
    exist.

    A cursor can also bound a side of the page. The cursor `after` bounds the start, and `before` bounds the end. The
    database then also looks for a row at the cursor or beyond it. If it finds one, more rows exist. `part` is the name
    of the part of the result that is not 0 in this case.
    """
    parts, size = page.parts, page.key.size
    edges_index = parts.index("edges") if in_direction else None
    part_index = parts.index(part) if part in parts else None

    def read_has_more(parts: Row, _: list[Row]) -> bool:
        if edges_index is not None and len(cast("list[Row]", parts[edges_index])) > size:
            return True
        return part_index is not None and bool(parts[part_index])

    return read_has_more


def _cursor_reader(page: PageChild) -> Callable[[Row], str]:
    fingerprint = page.key.fingerprint
    values = page.edge_parts.index("values")
    node_indexes = (0,) if page.between is None else (0, page.edge_parts.index("between"))

    def read_cursor(edge: Row) -> str:
        ids = [cast("Row", edge[index])[0] for index in node_indexes]
        return cursors.encode(fingerprint, cast("Row", edge[values]), ids)

    return read_cursor
