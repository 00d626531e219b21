"""Convert the fields that a GraphQL document selects. The results are selections of `graph.traversal`.

The conversion handles fragments, aliases, `@skip`, `@include`, interfaces and variables.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import product
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.values import get_argument_values, get_directive_values

from api.graphql.fields import STRAWBERRY_KEY, GraphField, ResolveInfo
from graph.errors import BadArgument, LimitExceeded, QueryError
from graph.model import Language
from graph.pagination import Page
from graph.traversal.selection import NodeItem, Nodes, SubField, Typename

TYPENAME: Final = "__typename"


@dataclass(frozen=True, slots=True)
class PageLimits:
    """The default and the maximum number of edges of a page."""

    default: int
    max_size: int

    def to_page(self, *, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
        """Return the page that a client requests by these arguments. Raises BadArgument or LimitExceeded."""
        forward = {"first": first, "after": after}
        backward = {"last": last, "before": before}
        for name, other in product(forward, backward):
            if forward[name] is not None and backward[other] is not None:
                raise BadArgument(
                    f"`{name}` and `{other}` are both given",
                    hint="page forward with first and after, or backward with last and before",
                )
        for name, size in (("first", first), ("last", last)):
            if size is not None and size < 0:
                raise BadArgument(f"`{name}` is {size}", hint="use 0 or a positive number")
            if size is not None and size > self.max_size:
                raise LimitExceeded(
                    f"`{name}` is {size}, but a page contains at most {self.max_size} items",
                    hint="use smaller pages and continue from pageInfo.endCursor",
                )
        if first is None and last is None:
            first, last = (self.default, None) if before is None else (None, self.default)
        return Page(first=first, after=after, last=last, before=before)


@dataclass(frozen=True, slots=True)
class SelectedField:
    """A selected field with its arguments.

    `key` is the response key of the field. A document can select a field several times under the same response key.
    `nodes` contains the syntax tree nodes of all these selections. `owner` is the name of the type that has the field.
    `selected_on` is the name of the type on which the document selects the field: `owner`, or an interface of it.
    """

    key: str
    nodes: tuple[FieldNode, ...]
    definition: GraphQLField
    arguments: Mapping[str, object]
    owner: str
    selected_on: str

    @property
    def named_type(self) -> GraphQLNamedType:
        """The type of the field, without its list and non-null wrappers."""
        return get_named_type(cast("GraphQLNamedType", self.definition.type))  # pyright: ignore[reportUnknownMemberType]

    @property
    def type(self) -> object:
        """The type of the field, with its list and non-null wrappers."""
        return cast("object", self.definition.type)  # pyright: ignore[reportUnknownMemberType]

    @property
    def non_null(self) -> bool:
        """True if the field's type is non-null."""
        return isinstance(self.type, GraphQLNonNull)

    @property
    def is_list(self) -> bool:
        """True if the field's value is a list."""
        type_ = cast("GraphQLNonNull[Any]", self.type).of_type if self.non_null else self.type
        return isinstance(type_, GraphQLList)

    @property
    def language(self) -> Language | None:
        """The value of the argument `language`, or None if there is no such argument."""
        given = self.arguments.get("language")
        return Language[str(given.value)] if isinstance(given, Enum) else None

    @property
    def field(self) -> object:
        """The Strawberry field that defines this field, or None if Strawberry did not create the field."""
        return self.definition.extensions.get(STRAWBERRY_KEY)


def locate(error: QueryError | GraphQLError, field: SelectedField) -> GraphQLError:
    """Return a copy of an error, with its location in the document and its response path.

    The error was raised while `field` was converted to an item of the selection. An error of a field nested in `field`
    already has a location, and a path that starts below `field`. In this case, the location is kept, and `field` is
    added in front of the path. If the value of `field` is a list, the path ends at `field`, because the error concerns
    all items of the list.
    """
    cause = error.original_error if isinstance(error, GraphQLError) else error
    nodes = error.nodes if isinstance(error, GraphQLError) else list(field.nodes)
    nested = error.path if isinstance(error, GraphQLError) and error.path and not field.is_list else ()
    return GraphQLError(error.message, nodes, path=[field.key, *nested], original_error=cause)


class SelectionReader:
    """A reader of a root field of an operation, and of all fields that the operation selects under it."""

    def __init__(self, info: ResolveInfo, *, today: date, pages: PageLimits) -> None:
        self._info = info
        self._variables = info.variable_values
        self.today = today
        self.pages = pages

    # --- Fields ---

    @property
    def schema(self) -> GraphQLSchema:
        """The schema on which the operation is executed."""
        return self._info.schema

    @property
    def key(self) -> str:
        """The response key (alias or name) of the root field."""
        return str(self._info.path.key)

    def root(self, arguments: Mapping[str, object] | None = None) -> SelectedField:
        """Return the root field with its arguments. If `arguments` is None, they are read from the document."""
        info = self._info
        definition = info.parent_type.fields[info.field_name]
        nodes, owner = info.field_nodes, info.parent_type.name
        if arguments is None:
            return self._selected_field(self.key, nodes, definition, owner, owner)
        return SelectedField(self.key, tuple(nodes), definition, arguments, owner, owner)

    def subfields(self, parent: SelectedField, owner: GraphQLObjectType) -> Iterator[SelectedField | Typename]:
        """Yield the fields that the document selects under `parent`, in the order of the document.

        `owner` is the type of the parent's value. A field in a fragment is yielded only if the fragment applies to this
        type.
        """
        groups: dict[str, list[tuple[FieldNode, str]]] = {}
        visited: set[str] = set()
        for node in parent.nodes:
            if node.selection_set:
                self._collect(node.selection_set, owner, parent.named_type.name, groups, visited)
        for key, selected in groups.items():
            nodes, selected_on = [node for node, _ in selected], selected[0][1]
            name = nodes[0].name.value
            if name == TYPENAME:
                yield Typename(key, None)
            else:
                yield self._selected_field(key, nodes, owner.fields[name], owner.name, selected_on)

    def _selected_field(
        self, key: str, nodes: Sequence[FieldNode], definition: GraphQLField, owner: str, selected_on: str
    ) -> SelectedField:
        arguments = get_argument_values(definition, nodes[0], self._variables)
        return SelectedField(key, tuple(nodes), definition, arguments, owner, selected_on)

    def _collect(
        self,
        selections: SelectionSetNode,
        owner: GraphQLObjectType,
        selected_on: str,
        groups: dict[str, list[tuple[FieldNode, str]]],
        visited: set[str],
    ) -> None:
        """Add the fields of a selection set to `groups`, each with the name of the type on which it is selected."""
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                groups.setdefault(key, []).append((node, selected_on))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                on = selected_on if condition is None else condition.name.value
                if condition is None or self._applies(on, owner):
                    self._collect(node.selection_set, owner, on, groups, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                fragment = self._info.fragments[node.name.value]
                on = fragment.type_condition.name.value
                if self._applies(on, owner):
                    self._collect(fragment.selection_set, owner, on, groups, visited)

    def _included(self, node: object) -> bool:
        assert isinstance(node, FieldNode | InlineFragmentNode | FragmentSpreadNode)
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def _applies(self, condition: str, owner: GraphQLObjectType) -> bool:
        return condition == owner.name or any(interface.name == condition for interface in owner.interfaces)

    # --- Types ---

    def object_type(self, name: str) -> GraphQLObjectType:
        """Return the object type of the schema that has this name."""
        return cast("GraphQLObjectType", self._info.schema.type_map[name])

    def value_type(self, chosen: SelectedField) -> GraphQLObjectType:
        """Return the object type of the value that a field returns."""
        return cast("GraphQLObjectType", chosen.named_type)

    def labels(self, chosen: SelectedField) -> tuple[str, ...]:
        """Return the labels that the nodes returned by a field can have, according to the type of the field."""
        named = chosen.named_type
        if is_abstract_type(named):
            possible = self.schema.get_possible_types(named)
            return tuple(sorted(type_.name for type_ in possible))
        return (named.name,)

    # --- Items ---

    def items(
        self, parent: SelectedField, owner: GraphQLObjectType, *, constant_typename: bool = False
    ) -> list[object]:
        """Convert the GraphQL fields under `parent` to items of a selection (see `graph.traversal.selection`).

        A Cypher statement is compiled from these items. Fields are converted only if they are selected on the type
        `owner`. If `constant_typename` is true, the value of `__typename` is the name of `owner`. Otherwise, the value
        is the label of each node that the statement returns.
        """
        items: list[object] = []
        for selected in self.subfields(parent, owner):
            if isinstance(selected, Typename):
                items.append(Typename(selected.key, owner.name if constant_typename else None))
            else:
                items.append(self.item(selected))
        return items

    def item(self, selected: SelectedField) -> object:
        """Convert a selected field into an item of a selection. Errors have the location and the path of the field."""
        field = selected.field
        assert isinstance(field, GraphField), f"{selected.owner}.{selected.nodes[0].name.value} cannot be traversed"
        try:
            return field.plan(self, selected)
        except (QueryError, GraphQLError) as error:
            raise locate(error, selected) from None

    def nodes(self, parent: SelectedField, labels: Sequence[str]) -> Nodes:
        """For each label, convert the GraphQL fields under `parent` to items of a selection.

        See `graph.traversal.selection`.
        """
        return Nodes(
            {name: tuple(cast("list[NodeItem]", self.items(parent, self.object_type(name)))) for name in labels}
        )

    def subselection(self, parent: SelectedField) -> tuple[SubField | Typename, ...]:
        """Return the fields selected under a field whose value consists of parts, such as Money or PartialDate."""
        owner = self.value_type(parent)
        return tuple(
            Typename(selected.key, owner.name)
            if isinstance(selected, Typename)
            else SubField(
                selected.key,
                selected.nodes[0].name.value,  # type: ignore[arg-type]
                selected.language,
                last_day=selected.arguments.get("lastDay") is True,
            )
            for selected in self.subfields(parent, owner)
        )

    def page(self, arguments: Mapping[str, object]) -> Page:
        """Return the page that a client requests by these arguments. Raises BadArgument or LimitExceeded."""
        return self.pages.to_page(
            first=cast("int | None", arguments.get("first")),
            after=cast("str | None", arguments.get("after")),
            last=cast("int | None", arguments.get("last")),
            before=cast("str | None", arguments.get("before")),
        )
