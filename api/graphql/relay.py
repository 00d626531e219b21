"""Build the types of the Relay specification: `Node`, connections, edges and page information."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar, cast

import strawberry
from graphql import GraphQLAbstractType, GraphQLSchema, is_abstract_type
from graphql.pyutils import did_you_mean, suggestion_list
from strawberry.types.arguments import StrawberryArgument

from api.graphql.fields import TYPE_REGISTRY, GraphField, Planner, ResolveInfo, argument
from api.graphql.filters import edge_filter
from api.graphql.ordering import parse_order
from api.graphql.scalars import LANGUAGE, LocalisedText, enum_of, standings_of, unplanned
from api.graphql.selection import locate
from graph import model
from graph.errors import BadArgument, QueryError
from graph.model import Association, Kind, Many, Path
from graph.standing import COUNTED, STANDINGS_TEXT, YEAR_STANDINGS_TEXT
from graph.traversal import selection as sel
from graph.traversal.child_keys import groups_key, page_key
from graph.traversal.where import parse_edge_filter, parse_filter
from graph.vocabulary import Basis, Standing

if TYPE_CHECKING:
    from api.graphql.selection import SelectedField, SelectionReader

T = TypeVar("T")

LABEL_KEY: Final = "__label"
"""The key of the label in the dict of a node that was read from the database."""


def label_of_shaped(source: object, _info: ResolveInfo, _type: GraphQLAbstractType) -> str:
    """Return the label of a node read from the database. The label is also the name of the node's GraphQL type."""
    return cast("dict[str, str]", source)[LABEL_KEY]


# --- Planning fields of nodes -----------------------------------------------------------------------


_WITH_PARTS: Final = (Kind.MONEY, Kind.PARTIAL_DATE, Kind.BOUND)


def property_plan(of: model.Property) -> Planner:
    """Return the planner of a field whose value is a property of a node or relationship.

    The planner is a function that converts the GraphQL field to an item of a selection (see
    `graph.traversal.selection`). The Cypher statement is compiled from the selection.
    """

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.PropertyItem:
        parts = reader.subselection(chosen) if of.kind in _WITH_PARTS else ()
        return sel.PropertyItem(chosen.key, of, chosen.language, subfields=parts, required=chosen.non_null)

    return plan


def localised_field(of: model.Property) -> GraphField:
    """Build a field that returns a text together with the language of the text, such as `localisedName`."""

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.PropertyItem:
        return sel.PropertyItem(chosen.key, of, chosen.language, tagged=True, subfields=reader.subselection(chosen))

    name = f"localised{of.name[0].upper()}{of.name[1:]}"
    annotation = LocalisedText if of is model.NAME else LocalisedText | None
    return GraphField(name, annotation, f"`{of.name}` with its language.", plan, [LANGUAGE])


def _sources(reader: "SelectionReader", chosen: "SelectedField") -> sel.ToList | sel.Reference:
    supporting = cast("str | None", chosen.arguments.get("supporting"))
    if supporting is not None:
        _check_supporting(supporting, chosen.selected_on, reader.schema)
    end = model.association(chosen.owner, "sources")
    return sel.ToList(chosen.key, end, reader.nodes(chosen, end.targets), supporting)


def _check_supporting(supporting: str, selected_on: str, schema: GraphQLSchema) -> None:
    """Raise BadArgument if `supporting` does not name a property or relationship that citations can support.

    `supporting` is an argument of the field `sources`. `selected_on` is the type on which the document selects
    `sources`. If that type is an interface, `supporting` can name a property or relationship of any type that
    implements the interface.
    """
    named = schema.type_map[selected_on]
    labels = schema.get_possible_types(named) if is_abstract_type(named) else [named]
    citable = frozenset(name for label in labels for name in _citable(label.name))
    if supporting not in citable:
        similar = did_you_mean(suggestion_list(supporting, sorted(citable))).strip()
        raise BadArgument(
            f"`supporting` is `{supporting}`, which is not a field of {selected_on}",
            hint=similar or "use a field of the node, such as `name`",
        )


@cache
def _citable(label: str) -> frozenset[str]:
    """Return the names of the properties and relationships of a label for which a citation can be the source."""
    properties = {of.name for of in model.label(label).properties}
    return frozenset(properties | {end.name for end in model.associations(label)})


SUPPORTING: Final = argument(
    "supporting", str | None, "Only citations of this field, such as `validFrom`, then of the node."
)
FIELDS: Final = argument("fields", list[str] | None, "Only relationships behind these fields, such as `seat`.")


# --- Relationships ----------------------------------------------------------------------------------


def _provenance(reader: "SelectionReader", chosen: "SelectedField") -> sel.Provenance:
    items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
    return sel.Provenance(chosen.key, tuple(cast("list[sel.PropertyItem | sel.Reference | sel.Typename]", items)))


def _citations(reader: "SelectionReader", chosen: "SelectedField") -> sel.Reference:
    return sel.Reference(chosen.key, model.CITATIONS, reader.nodes(chosen, ("Citation",)))


@strawberry.type(description="How a relationship is known.")
class Provenance:
    basis = GraphField("basis", enum_of(Basis), model.BASIS.description, property_plan(model.BASIS))
    note = GraphField("note", str | None, model.NOTE.description, property_plan(model.NOTE))
    sources = GraphField("sources", "list[Citation]", model.CITATIONS.description, _citations)


_CITES: Final = model.association("City", "sources").relationship
"""The relationship type from a node to its citations. It is the same for all labels."""


@strawberry.type(description="A citation of a node, with the fields of the node that it supports.")
class SupportingCitation:
    citation = GraphField("citation", "Citation", "Citation.", unplanned)
    supports, basis = (
        GraphField(of.name, annotation, of.description, property_plan(of))
        for of, annotation in zip(_CITES.properties, (list[str], enum_of(Basis)), strict=True)
    )


def _support(reader: "SelectionReader", chosen: "SelectedField") -> sel.Relationships:
    end = model.association(chosen.owner, "sources")
    items: list[sel.RelationshipItem] = []
    for field in reader.subfields(chosen, reader.value_type(chosen)):
        if isinstance(field, sel.Typename):
            items.append(sel.Typename(field.key, "SupportingCitation"))
        elif field.nodes[0].name.value == "citation":
            items.append(sel.EdgeNode(field.key, reader.nodes(field, end.targets)))
        else:
            of = next(of for of in end.relationship.properties if of.name == field.nodes[0].name.value)
            items.append(sel.PropertyItem(field.key, of))
    return sel.Relationships(chosen.key, (sel.RelationshipsOfEnd(end, tuple(items)),))


@strawberry.type(description="A relationship to the node of a single field, or to a node of a short list.")
class Relationship:
    field = GraphField("field", str, "Name of the field.", unplanned)
    node = GraphField("node", "Entity", "Node in the field.", unplanned)
    provenance = GraphField("provenance", Provenance, "How the relationship is known.", unplanned)


@cache
def _ends_without_edges(label: str) -> Mapping[str, Association]:
    """For a label, return the associations whose GraphQL field returns a single node or a short list.

    The result is a dict from field name to association. An association is a relationship type as seen from one of its
    two ends. The field `relationships` uses the result to show the sources of relationships. Associations with a
    connection are not included, because the edges of the connection already show the sources. Relationships that cannot
    have sources are not included either.
    """
    ends = model.associations(label)
    return {end.name: end for end in ends if end.many is not Many.CONNECTION and end.relationship.sourced}


def _relationships(reader: "SelectionReader", chosen: "SelectedField") -> sel.Relationships:
    names = cast("list[str] | None", chosen.arguments.get("fields"))
    own = _ends_without_edges(chosen.owner)
    for name in names or ():
        if any(end.name == name for end in model.associations(chosen.owner)) and name not in own:
            valid = ", ".join(f"`{field}`" for field in own)
            raise BadArgument(
                f"`fields` contains {name!r}, which is a connection of {chosen.owner}",
                hint=f"select `{name} {{ edges {{ provenance {{ basis }} }} }}`; `fields` can contain {valid}",
            )
        if not any(name in _ends_without_edges(label.name) for label in model.LABELS):
            raise BadArgument(
                f"`fields` contains {name!r}, which is not a single node or a short list",
                hint="name a field such as `seat`; a connection has `provenance` on its edges",
            )
    ends = [end for name, end in own.items() if names is None or name in names]
    fields = list(reader.subfields(chosen, reader.value_type(chosen)))
    return sel.Relationships(
        chosen.key,
        tuple(
            sel.RelationshipsOfEnd(end, tuple(_relationship_item(reader, field, end) for field in fields))
            for end in ends
        ),
    )


def _relationship_item(
    reader: "SelectionReader", field: "SelectedField | sel.Typename", end: Association
) -> sel.RelationshipItem:
    if isinstance(field, sel.Typename):
        return sel.Typename(field.key, "Relationship")
    match field.nodes[0].name.value:
        case "field":
            return sel.Typename(field.key, end.name)
        case "node":
            return sel.EdgeNode(field.key, reader.nodes(field, end.targets))
        case _:
            return _provenance(reader, field)


# --- Interfaces -------------------------------------------------------------------------------------


@strawberry.interface(description="An object with a global id (Relay).")
class Node:
    resolve_type = staticmethod(label_of_shaped)
    id = GraphField("id", strawberry.ID, model.ID.description, property_plan(model.ID))


@strawberry.interface(description="A node with a name.")
class Named(Node):
    resolve_type = staticmethod(label_of_shaped)
    name = GraphField("name", str, model.NAME.description, property_plan(model.NAME), [LANGUAGE])
    localisedName = localised_field(model.NAME)  # noqa: N815
    note = GraphField("note", str | None, model.NOTE.description, property_plan(model.NOTE))


@strawberry.interface(description="A node with sources.")
class Entity(Named):
    resolve_type = staticmethod(label_of_shaped)
    basis = GraphField("basis", enum_of(Basis), model.BASIS.description, property_plan(model.BASIS))
    sources = GraphField("sources", "list[Citation]", "Citations, by id.", _sources, [SUPPORTING])
    support = GraphField("support", list[SupportingCitation], "Citations with the fields that they support.", _support)
    relationships = GraphField(
        "relationships",
        list[Relationship],
        "Relationships behind its single nodes and short lists.",
        _relationships,
        [FIELDS],
    )


TYPE_REGISTRY["Provenance"] = Provenance
TYPE_REGISTRY["Node"], TYPE_REGISTRY["Named"], TYPE_REGISTRY["Entity"] = Node, Named, Entity


# --- Pages ------------------------------------------------------------------------------------------

# PageInfo describes these arguments. Without descriptions here, a field takes one line in the printed schema.
FIRST: Final = argument("first", int | None)
AFTER: Final = argument("after", str | None)
LAST: Final = argument("last", int | None)
BEFORE: Final = argument("before", str | None)
PAGE: Final = (FIRST, AFTER, LAST, BEFORE)

ON: Final = argument("on", date | None, "The requested day; default today.")
ON_NAMED: Final = argument("on", date | None, "Day of the name; default the present name.")
ALL_TIME: Final = argument(
    "allTime", bool | None, "Include past, future and undated ones. Their `standing` can be null.", False
)
STANDINGS, YEAR_STANDINGS = (
    argument(
        "standings",
        list[enum_of(Standing)] | None,  # pyright: ignore[reportInvalidTypeArguments]
        text,
        [enum_of(Standing)[standing.name] for standing in COUNTED],
    )
    for text in (STANDINGS_TEXT, YEAR_STANDINGS_TEXT)
)
APPLIED: Final = argument("includeApplied", bool | None, "Include memberships that are only applied for.", False)


def _page_info_item(_reader: "SelectionReader", chosen: "SelectedField") -> sel.PageInfoItem:
    return sel.PageInfoItem(chosen.key, chosen.nodes[0].name.value)  # type: ignore[arg-type]


class _PageInfoField(GraphField):
    """A field of the GraphQL type `PageInfo`, which describes a page of nodes or of result rows.

    For a page of nodes, the parent object of the field is a dict. For a page in the result of a question (a named
    query), it is a RowPageInfo.
    """

    @staticmethod
    def resolve_shaped(source: object, info: ResolveInfo, **_: object) -> object:
        if isinstance(source, dict):
            return cast("dict[str, object]", source)[cast("str", info.path.key)]
        return getattr(source, info.field_name)


def _page_info_field(name: str, annotation: object, description: str) -> GraphField:
    return _PageInfoField(name, annotation, description, _page_info_item)


@strawberry.type(
    description="Position of a page in a connection (Relay). `first` is the maximum number of edges from the start or "
    "after the cursor `after`; `last`, from the end or before the cursor `before`. Use one of these pairs. A page has "
    "50 edges by default, even if only a cursor is given, and at most 500. With 0, only figures such as `totalCount` "
    "are read."
)
class PageInfo:
    hasNextPage = _page_info_field("hasNextPage", bool, "True if edges follow.")  # noqa: N815
    hasPreviousPage = _page_info_field("hasPreviousPage", bool, "True if edges precede.")  # noqa: N815
    startCursor = _page_info_field("startCursor", str | None, "Cursor of the first edge.")  # noqa: N815
    endCursor = _page_info_field("endCursor", str | None, "Cursor of the last edge.")  # noqa: N815


TYPE_REGISTRY["PageInfo"] = PageInfo


# --- Connections of traversals ----------------------------------------------------------------------


def _edges(reader: "SelectionReader", chosen: "SelectedField") -> sel.Edges:
    items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
    return sel.Edges(chosen.key, tuple(cast("list[sel.EdgeItem]", items)))


def total_count_plan(_reader: "SelectionReader", chosen: "SelectedField") -> sel.TotalCount:
    """Convert a field that counts rows, such as `totalCount`, to an item of the selection for the Cypher statement."""
    return sel.TotalCount(chosen.key)


def page_info_plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.PageInfo:
    """Convert the field `pageInfo` to an item of the selection for the Cypher statement."""
    items: list[sel.PageInfoItem] = []
    for field in reader.items(chosen, reader.value_type(chosen), constant_typename=True):
        item = sel.PageInfoItem(field.key, "__typename") if isinstance(field, sel.Typename) else field
        items.append(cast("sel.PageInfoItem", item))
    return sel.PageInfo(chosen.key, tuple(items))


def _cursor(_reader: "SelectionReader", chosen: "SelectedField") -> sel.Cursor:
    return sel.Cursor(chosen.key)


def _standing(_reader: "SelectionReader", chosen: "SelectedField") -> sel.StandingOn:
    return sel.StandingOn(chosen.key)


def provenance_field() -> GraphField:
    """Build the field `provenance` of an edge.

    The field states on which basis and from which sources the relationship is known.
    """
    text = "How the relationship is known; null at the root."
    return GraphField("provenance", Provenance | None, text, _provenance)


def connection_type(
    name: str, node: str, labels: Sequence[str], edge_fields: Sequence[GraphField], page_fields: Sequence[GraphField]
) -> str:
    """Build the types `<name>Connection` and `<name>Edge`, unless they already exist.

    Return the name of the connection type. `node` is the GraphQL type of the nodes, and `labels` are the labels that
    the nodes can have.
    """
    connection = f"{name}Connection"
    if connection in TYPE_REGISTRY:
        return connection
    of = tuple(labels)

    def edge_node(reader: "SelectionReader", chosen: "SelectedField") -> sel.EdgeNode:
        return sel.EdgeNode(chosen.key, reader.nodes(chosen, of))

    def nodes(reader: "SelectionReader", chosen: "SelectedField") -> sel.PageNodes:
        return sel.PageNodes(chosen.key, reader.nodes(chosen, of))

    edge = (
        GraphField("cursor", str, "Relay cursor.", _cursor),
        GraphField("node", node, "Node.", edge_node),
        *edge_fields,
    )
    page = (
        GraphField("edges", f"list[{name}Edge]", "Edges of the page.", _edges),
        GraphField("nodes", f"list[{node}]", "Nodes of the page.", nodes),
        GraphField("pageInfo", PageInfo, "Position of the page.", page_info_plan),
        GraphField("totalCount", int, "Number of edges on all pages.", total_count_plan),
        *page_fields,
    )
    words = model.label(of[0]).words if len(of) == 1 else "nodes"
    derived_type(f"{name}Edge", f"An edge of {connection}.", edge)
    derived_type(connection, f"A page of {words}; see PageInfo for its arguments.", page)
    return connection


def derived_type(name: str, description: str, fields: Sequence[GraphField], interfaces: tuple[type, ...] = ()) -> type:
    """Build an object type and add it to TYPE_REGISTRY."""
    made = strawberry.type(
        type(name, interfaces, {str(field.graphql_name): field for field in fields}), name=name, description=description
    )
    TYPE_REGISTRY[name] = made
    return made


def on_or_all(end: Association) -> StrawberryArgument:
    """Build the argument `on` (a date) of a connection.

    If a client omits the argument, the connection contains all related nodes.
    """
    if end.relationship.collaboration:
        text = f"Only if the {label_words(end.owner)} has one of `standings` on this day; default all."
    else:
        status = ", of any status" if "Membership" in end.targets else ""
        text = f"Only those that are IN_FORCE or ATTESTED_EARLIER on this day{status}; default all."
    return argument("on", date | None, text)


def label_words(name: str) -> str:
    """Return a label as lower-case words in the singular. For example, return "working group" for `WorkingGroup`."""
    return re.sub("(?<!^)([A-Z])", r" \1", name).lower()


def standing_field(description: str, *, required: bool = False) -> GraphField:
    """Build the field `standing` of an edge.

    An edge represents a fact, such as a membership. The standing states whether sources show this fact to be in force
    on a date.
    """
    annotation = enum_of(Standing) if required else enum_of(Standing) | None
    return GraphField("standing", annotation, description, _standing)


def standing_text(end: Association | Path | None) -> str:
    """Return the description of the field `standing` on the edges of a connection.

    If several connections share the edge type, `end` is None. Otherwise it is the association or path of the
    connection.
    """
    if isinstance(end, Path):
        return "Standing on the day `on`, by default today."
    if end is None or not end.periodic:
        return "Standing on the day `on`; null without a day."
    return "Standing on the day `on`, by default today; null if it cannot be in force then, or if no source is dated."


def through_field(path: Path) -> GraphField:
    """Build the field of an edge that returns the intermediate node of a path.

    For example, the intermediate node of the path city → membership → network is the membership.
    """

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.ThroughNode:
        return sel.ThroughNode(chosen.key, reader.nodes(chosen, (path.between,)))

    return GraphField(path.via, path.between, f"{path.between} that links the two nodes.", plan)


def connection_plan(end: Association | Path | None, label: str) -> Planner:
    """Return the planner of a field that returns a connection.

    The planner is a function that converts the GraphQL field to an item of a selection. The Cypher statement is
    compiled from the selection. The connection contains the nodes to which `end` leads from the parent node. `end` is
    an association (a relationship type as seen from one of its ends) or a path of two associations. If `end` is None,
    the connection contains all nodes of the label.
    """
    is_periodic = end is not None and end.periodic

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.Connection:
        arguments = chosen.arguments
        items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
        where = cast("dict[str, object] | None", arguments.get("where"))
        edge_where = cast("dict[str, object] | None", arguments.get("edgeWhere"))
        order = cast("list[dict[str, object]] | None", arguments.get("orderBy"))
        on = cast("date | None", arguments.get("on"))
        connection = sel.Connection(
            key=chosen.key,
            items=tuple(cast("list[sel.ConnectionItem]", items)),
            page=reader.page(arguments),
            end=end,
            label=label if end is None else None,
            where=parse_filter(label, where, reader.today) if where else None,
            edge_where=parse_edge_filter(end, edge_where, reader.today) if end and edge_where else None,
            order=parse_order(label, order, reader.today) if order else (),
            on=on or (reader.today if is_periodic else None),
            include_applied=bool(arguments.get("includeApplied")),
            standings=standings_of(arguments.get("standings")),
            all_time=bool(arguments.get("allTime")),
        )
        check_connection(reader, chosen, connection)
        return connection

    return plan


def check_connection(reader: "SelectionReader", chosen: "SelectedField", connection: sel.Connection) -> None:
    """Raise an error, such as BadCursor, if a connection cannot be compiled.

    The error points to the field that causes it.
    """
    key = page_key(connection)
    groups = [item for item in connection.items if isinstance(item, sel.Groups)]
    for item in groups:
        try:
            groups_key(key, item)
        except QueryError as error:
            fields = reader.subfields(chosen, reader.value_type(chosen))
            field = next(field for field in fields if field.key == item.key)
            raise locate(error, cast("SelectedField", field)) from None


def connection_arguments(label: str) -> list[StrawberryArgument]:
    """Return the arguments that every connection to nodes of a label has."""
    return [
        *PAGE,
        argument("where", f"{label}Where | None"),
        argument("orderBy", f"list[{label}Order] | None"),
    ]


def edge_arguments(end: Association | Path) -> list[StrawberryArgument]:
    """Return a list with the argument `edgeWhere` of a connection.

    If the edges have no properties, the list is empty.
    """
    name = edge_filter(end)
    return [argument("edgeWhere", f"{name} | None")] if name else []
