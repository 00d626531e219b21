"""Relay's conventions: `Node`, connections, edges and pages, for traversal and for the answers of questions."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import strawberry
from graphql import GraphQLAbstractType
from strawberry.types.arguments import StrawberryArgument

from api.graphql.fields import TYPE_REGISTRY, GraphField, Planner, ResolveInfo, argument
from api.graphql.filters import parse_filter
from api.graphql.ordering import parse_order
from api.graphql.scalars import LanguageEnum, LocalisedText, enum_of
from graph import model
from graph.model import Association, Path
from graph.pagination import Paged
from graph.questions.declaration import fields_of
from graph.traversal import selection as sel
from graph.vocabulary import Basis, Language, Standing

if TYPE_CHECKING:
    from api.graphql.selection import SelectedField, SelectionReader

T = TypeVar("T")

LABEL_KEY: Final = "__label"
"""Where a shaped node says its label."""


def label_of_shaped(source: object, _info: ResolveInfo, _type: GraphQLAbstractType) -> str:
    """The object type of a node met behind an interface."""
    return cast("dict[str, str]", source)[LABEL_KEY]


# --- Planning fields of nodes -----------------------------------------------------------------------


def property_plan(of: model.Property, component: str = "value") -> Planner:
    """Plans a property, or one part of it."""

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.PropertyItem:
        parts = reader.subselection(chosen) if of.kind is model.Kind.MONEY else ()
        return sel.PropertyItem(chosen.key, of, _language(chosen), component, parts=parts, required=chosen.non_null)  # type: ignore[arg-type]

    return plan


def _language(chosen: "SelectedField") -> Language | None:
    asked = chosen.arguments.get("language")
    return Language[cast("str", getattr(asked, "value"))] if asked is not None else None  # noqa: B009


def _localised_name(reader: "SelectionReader", chosen: "SelectedField") -> sel.PropertyItem:
    return sel.PropertyItem(chosen.key, model.NAME, _language(chosen), tagged=True, parts=reader.subselection(chosen))


def _sources(reader: "SelectionReader", chosen: "SelectedField") -> sel.ToList | sel.Reference:
    supporting = cast("str | None", chosen.arguments.get("supporting"))
    end = model.association(chosen.owner, "sources")
    return sel.ToList(chosen.key, end, reader.nodes(chosen, end.targets), supporting)


LANGUAGE: Final = argument(
    "language",
    LanguageEnum | None,
    "The language wanted; where it is missing the first of EN, SV, FI that the sources have. Default EN.",
)
SUPPORTING: Final = argument(
    "supporting",
    str | None,
    "Only the places that support this property of the fact (or the fact as a whole), such as `annualFee`.",
)


@strawberry.interface(description="Anything with an id of its own, which `node` finds again (Relay).")
class Node:
    resolve_type = staticmethod(label_of_shaped)
    id = GraphField("id", strawberry.ID, model.ID.description, property_plan(model.ID))


@strawberry.interface(description="A node with a name.")
class Named(Node):
    resolve_type = staticmethod(label_of_shaped)
    name = GraphField("name", str | None, model.NAME.description, property_plan(model.NAME), [LANGUAGE])
    localisedName = GraphField(  # noqa: N815
        "localisedName", LocalisedText | None, "The name with the language given.", _localised_name, [LANGUAGE]
    )
    note = GraphField("note", str | None, model.NOTE.description, property_plan(model.NOTE))


@strawberry.interface(description="A node that states facts and says where they come from.")
class Entity(Named):
    resolve_type = staticmethod(label_of_shaped)
    basis = GraphField("basis", enum_of(Basis), model.BASIS.description, property_plan(model.BASIS))
    sources = GraphField(
        "sources", "list[Citation]", "The places in documents where this is said.", _sources, [SUPPORTING]
    )


TYPE_REGISTRY["Node"], TYPE_REGISTRY["Named"], TYPE_REGISTRY["Entity"] = Node, Named, Entity


# --- Pages ------------------------------------------------------------------------------------------

FIRST: Final = argument("first", int | None, "How many edges at most, from the beginning or after `after`.")
AFTER: Final = argument("after", str | None, "The cursor after which to go on.")
LAST: Final = argument("last", int | None, "How many edges at most, up to the end or to `before`.")
BEFORE: Final = argument("before", str | None, "The cursor before which to end.")
PAGE: Final = (FIRST, AFTER, LAST, BEFORE)

ON: Final = argument("on", date | None, "The day on which it stands; default today.")
ON_OR_ALL: Final = argument("on", date | None, "Only what stands on this day; without it all, past and coming.")
APPLIED: Final = argument("includeApplied", bool, "Also what was applied for and not shown to be granted.", False)


def _page_info_item(_reader: "SelectionReader", chosen: "SelectedField") -> sel.PageInfoItem:
    return sel.PageInfoItem(chosen.key, chosen.nodes[0].name.value)  # type: ignore[arg-type]


class _PageInfoField(GraphField):
    """Read from a traversal's shaped page, or from the page of a question's answer."""

    @staticmethod
    def resolve_shaped(source: object, info: ResolveInfo, **_: object) -> object:
        if isinstance(source, dict):
            return cast("dict[str, object]", source)[cast("str", info.path.key)]
        return getattr(source, info.field_name)


def _page_info_field(name: str, annotation: object, description: str) -> GraphField:
    return _PageInfoField(name, annotation, description, _page_info_item)


@strawberry.type(description="Where a page stands among all edges (Relay).")
class PageInfo:
    hasNextPage = _page_info_field("hasNextPage", bool, "Whether edges follow this page.")  # noqa: N815
    hasPreviousPage = _page_info_field("hasPreviousPage", bool, "Whether edges precede this page.")  # noqa: N815
    startCursor = _page_info_field("startCursor", str | None, "The cursor of the first edge.")  # noqa: N815
    endCursor = _page_info_field("endCursor", str | None, "The cursor of the last edge.")  # noqa: N815


TYPE_REGISTRY["PageInfo"] = PageInfo


# --- Connections of the traversal -------------------------------------------------------------------


def _edges(reader: "SelectionReader", chosen: "SelectedField") -> sel.Edges:
    items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
    return sel.Edges(chosen.key, tuple(cast("list[sel.EdgeItem]", items)))


def _total_count(_reader: "SelectionReader", chosen: "SelectedField") -> sel.TotalCount:
    return sel.TotalCount(chosen.key)


def _page_info(reader: "SelectionReader", chosen: "SelectedField") -> sel.PageInfo:
    items: list[sel.PageInfoItem] = []
    for each in reader.items(chosen, reader.value_type(chosen), constant_typename=True):
        item = sel.PageInfoItem(each.key, "__typename") if isinstance(each, sel.Typename) else each
        items.append(cast("sel.PageInfoItem", item))
    return sel.PageInfo(chosen.key, tuple(items))


def _cursor(_reader: "SelectionReader", chosen: "SelectedField") -> sel.Cursor:
    return sel.Cursor(chosen.key)


def _standing(_reader: "SelectionReader", chosen: "SelectedField") -> sel.StandingOn:
    return sel.StandingOn(chosen.key)


def connection_type(name: str, node: str, labels: Sequence[str], edge_fields: Sequence[GraphField]) -> str:
    """Makes a connection and its edge, named `<name>Connection` and `<name>Edge`; returns the connection's name."""
    connection = f"{name}Connection"
    if connection in TYPE_REGISTRY:
        return connection
    of = tuple(labels)

    def edge_node(reader: "SelectionReader", chosen: "SelectedField") -> sel.EdgeNode:
        return sel.EdgeNode(chosen.key, reader.nodes(chosen, of))

    def nodes(reader: "SelectionReader", chosen: "SelectedField") -> sel.PageNodes:
        return sel.PageNodes(chosen.key, reader.nodes(chosen, of))

    edge = (
        GraphField("cursor", str, "Where this edge stands in the connection's order; opaque.", _cursor),
        GraphField("node", node, "The node.", edge_node),
        *edge_fields,
    )
    whole = (
        GraphField("edges", f"list[{name}Edge]", "The edges of the page.", _edges),
        GraphField("nodes", f"list[{node}]", "The nodes of the page, without their edges.", nodes),
        GraphField("pageInfo", PageInfo, "Where the page stands among all edges.", _page_info),
        GraphField("totalCount", int, "How many edges there are on all pages; counted when selected.", _total_count),
    )
    derived_type(f"{name}Edge", f"An edge of {connection}.", edge)
    derived_type(connection, f"A page of edges to nodes of type {node}.", whole)
    return connection


def derived_type(name: str, description: str, fields: Sequence[GraphField], interfaces: tuple[type, ...] = ()) -> type:
    """Makes an object type out of derived fields and enters it among the derived types."""
    made = strawberry.type(
        type(name, interfaces, {str(each.graphql_name): each for each in fields}), name=name, description=description
    )
    TYPE_REGISTRY[name] = made
    return made


def standing_field() -> GraphField:
    """How the edge stands on the connection's day."""
    return GraphField(
        "standing", enum_of(Standing) | None, "How it stands on the day asked about; null without a day.", _standing
    )


def through_field(path: Path) -> GraphField:
    """The node between the two ends of a path."""

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.ThroughNode:
        return sel.ThroughNode(chosen.key, reader.nodes(chosen, (path.between,)))

    return GraphField(path.via, path.between, f"The {path.via} between the two.", plan)


def connection_plan(
    end: Association | Path | None, label: str, *, on: Callable[[date | None, date], date | None] = lambda on, _: on
) -> Planner:
    """Plans a connection over an end, or over all nodes of a label; `on` says which day counts, given and today."""

    def plan(reader: "SelectionReader", chosen: "SelectedField") -> sel.Connection:
        arguments = chosen.arguments
        items = reader.items(chosen, reader.value_type(chosen), constant_typename=True)
        return sel.Connection(
            key=chosen.key,
            items=tuple(cast("list[sel.ConnectionItem]", items)),
            page=reader.page(arguments),
            end=end,
            label=label if end is None else None,
            where=parse_filter(label, cast("dict[str, object] | None", arguments.get("where")), reader.today),
            order=parse_order(label, cast("list[dict[str, object]] | None", arguments.get("orderBy")), reader.today),
            on=on(cast("date | None", arguments.get("on")), reader.today),
            include_applied=bool(arguments.get("includeApplied")),
        )

    return plan


def connection_arguments(label: str) -> list[StrawberryArgument]:
    """The arguments of every connection over one label: page, condition and order."""
    words = model.label(label).words
    return [
        *PAGE,
        argument("where", f"{label}Where | None", f"Only the {words} that meet this; all where it is left out."),
        argument("orderBy", f"list[{label}Order] | None", "In which order; the id breaks ties and is the default."),
    ]


# --- Connections of answers -------------------------------------------------------------------------


@strawberry.type(name="Edge", description="One of a question's answers.")
class RowEdge(Generic[T]):
    cursor: str = strawberry.field(description="Where this edge stands in the answer's order; opaque.")
    node: T = strawberry.field(description="The answer.")


class RowPageInfo:
    """The page of a question's answer, as `PageInfo` reads it."""

    def __init__(self, *, has_next: bool, has_previous: bool, cursors: Sequence[str]) -> None:
        self.hasNextPage, self.hasPreviousPage = has_next, has_previous
        self.startCursor = cursors[0] if cursors else None
        self.endCursor = cursors[-1] if cursors else None


@strawberry.type(name="Connection", description="A page of a question's answers, best first.")
class RowConnection(Generic[T]):
    edges: list[RowEdge[T]] = strawberry.field(description="The edges of the page.")
    nodes: list[T] = strawberry.field(description="The answers of the page, without their edges.")
    page_info: PageInfo = strawberry.field(description="Where the page stands among all answers.")
    total_count: int = strawberry.field(description="How many answers there are on all pages.")


class RowPage:
    """A page of a ranking, as `RowConnection` reads it. Edges and cursors are made where they are selected.

    The public fields of `about` become attributes.
    """

    def __init__(self, found: Paged[Any], about: object = None) -> None:
        self._found = found
        if about is not None:
            vars(self).update({each.name: getattr(about, each.name) for each in fields_of(type(about))})
        self.nodes = found.rows
        self.total_count = found.total

    @cached_property
    def edges(self) -> list[RowEdge[Any]]:
        cursors = self._found.cursors
        return [RowEdge(cursor=cursor, node=row) for cursor, row in zip(cursors, self.nodes, strict=True)]

    @cached_property
    def page_info(self) -> RowPageInfo:
        found = self._found
        return RowPageInfo(has_next=found.has_next, has_previous=found.has_previous, cursors=found.cursors)
