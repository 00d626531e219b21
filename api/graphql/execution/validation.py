"""Validate documents, and explain the errors.

Each error contains the schema coordinate of the element that it concerns. Some errors also suggest a correction.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    OperationType,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    is_input_object_type,
    print_ast,
    specified_rules,
    validate,
    visit,
)
from graphql.pyutils import did_you_mean, suggestion_list
from graphql.type import definition
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from api.graphql.execution.limits import MAX_FIELD_COMPARISONS, validation_too_complex
from graph import model

__all__ = ["MAX_INVALID", "READ_ONLY_HINT", "add_shape_hints", "read_only", "validate_document"]

MAX_INVALID: Final = 20
"""Maximum number of errors in a document or in its variables. When it is reached, validation or coercion stops."""

_RULES: Final = (*specified_rules, MaybeNullValidationRule)

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MAX_FIELD_COMPARISONS
"""Maximum number of field comparisons in validation.

This value replaces the limit of graphql-core, which is ten times as high. A document at that limit takes seconds to
validate.
"""

_ABORTED: Final = "Validation aborted."
"""The error message of graphql-core if fragments are nested too deeply, or if too many pairs of fields must be
compared.
"""

_LISTED_VALUES: Final = 12
"""Maximum size of an enum whose values an error message lists completely.

The message reports a value that the enum does not have.
"""

_WRONG_SHAPE: Final = re.compile(r"Expected value of type '(\w+)' to be an object, found: (.*)\.$")
"""The message of graphql-core if the value of an input object type is not an object."""

_SYNONYMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("filter", "filters", "filterby", "condition"), "where"),
    **dict.fromkeys(("order", "sort", "sortby"), "orderBy"),
    **dict.fromkeys(("limit", "take"), "first"),
}
"""A dict from names of list arguments in other APIs, in lower case, to the corresponding names in this API."""

READ_ONLY_HINT: Final = "send a query; only `citygraph load` changes the graph"


def read_only(operation: OperationType) -> str:
    """Return the message that rejects a mutation or subscription, because the API has only queries."""
    return f"The API is read-only: it has no {operation.value}s."


def add_shape_hints(schema: GraphQLSchema, errors: Sequence[GraphQLError]) -> None:
    """Add a hint to each error about a value that should be an object.

    The hint shows the value written as an object.
    """
    for error in errors:
        wrong = _WRONG_SHAPE.search(error.message)
        type_ = schema.get_type(wrong[1]) if wrong else None
        if wrong is None or not is_input_object_type(type_):
            continue
        value = wrong[2].replace("'", '"')
        name = next((name for name in ("eq", "field", "some") if name in type_.fields), None)
        if value.startswith("[") and "in" in type_.fields:
            name = "in"
        shape = f"{{{name}: {'{…}' if name == 'some' else value}}}" if name else f"{{{next(iter(type_.fields))}: …}}"
        error.extensions = {**(error.extensions or {}), "hint": f"write an object, such as {shape}"}


def validate_document(schema: GraphQLSchema, document: DocumentNode, *, hide_suggestions: bool) -> list[GraphQLError]:
    """Return the errors of a document, at most MAX_INVALID of them.

    The `extensions` of each error contain the schema coordinate of the element that it concerns, such as
    `Query.cities(where:)`.
    """
    errors = validate(schema, document, _RULES, MAX_INVALID, hide_suggestions)
    if errors and errors[-1].message == _ABORTED:
        errors[-1] = validation_too_complex()
    if errors:
        if not hide_suggestions:
            add_shape_hints(schema, errors)
        type_info = TypeInfo(schema)
        visit(document, TypeInfoVisitor(type_info, _Explainer(type_info, errors, hide_suggestions)))
    return errors


class _Explainer(Visitor):
    """A visitor that adds a schema coordinate to each error, and suggestions to some error messages.

    The coordinate names the innermost schema element that encloses the error, such as `Query.cities(where:)`. If a
    field does not exist, the coordinate names the type on which it was selected.
    """

    def __init__(self, type_info: TypeInfo, errors: list[GraphQLError], hide_suggestions: bool) -> None:
        super().__init__()
        self._type_info = type_info
        self._hide_suggestions = hide_suggestions
        self._errors: dict[int, list[GraphQLError]] = {}
        for error in errors:
            if error.nodes:
                self._errors.setdefault(id(error.nodes[0]), []).append(error)
        self._coordinates: list[str | None] = [None]

    def enter(self, node: Node, *_: object) -> None:
        coordinate = self._coordinate(node) or self._coordinates[-1]
        self._coordinates.append(coordinate)
        for error in self._errors.get(id(node), ()):
            if coordinate is not None:
                error.extensions = {**(error.extensions or {}), "coordinate": coordinate}
            if isinstance(node, FieldNode) and not self._hide_suggestions:
                self._suggest_path(node, error)
            if isinstance(node, ArgumentNode) and not (self._type_info.get_argument() or self._hide_suggestions):
                self._suggest_search(node, error)
                self._suggest_where(node, error)
            if isinstance(node, OperationDefinitionNode) and node.operation is not OperationType.QUERY:
                error.message = read_only(node.operation)
                error.extensions = {"hint": READ_ONLY_HINT}

    def leave(self, *_: object) -> None:
        self._coordinates.pop()

    def _coordinate(self, node: Node) -> str | None:
        """Return the schema coordinate of a node of the syntax tree.

        If the node names no schema element, return None.
        """
        info, around = self._type_info, self._coordinates[-1]
        match node:
            case FieldNode():
                parent = info.get_parent_type()
                return parent and (f"{parent.name}.{node.name.value}" if info.get_field_def() else parent.name)
            case DirectiveNode():
                return f"@{node.name.value}" if info.get_directive() else None
            case ArgumentNode():
                return f"{around}({node.name.value}:)" if info.get_argument() else None
            case ObjectFieldNode():
                type_ = _named_type(info.get_parent_input_type())  # pyright: ignore[reportUnknownMemberType]
                if not is_input_object_type(type_):
                    return None
                return f"{type_.name}.{node.name.value}" if node.name.value in type_.fields else type_.name
            case VariableDefinitionNode():
                type_ = _named_type(info.get_input_type())  # pyright: ignore[reportUnknownMemberType]
                return type_ and type_.name
            case OperationDefinitionNode() | FragmentDefinitionNode() | InlineFragmentNode():
                type_ = _named_type(info.get_type())  # pyright: ignore[reportUnknownMemberType]
                return type_ and type_.name
            case _:
                return None

    def _suggest_search(self, node: ArgumentNode, error: GraphQLError) -> None:
        """Extend the error for an unknown argument, such as `network(name:)`.

        The added text suggests how to find a node without its id.
        """
        field = self._coordinates[-1]
        label = next((label for label in model.LABELS if f"Query.{label.singular}" == field), None)
        if label is None:
            return
        name, value = node.name.value, print_ast(node.value)
        hints = [f"search(text: {value})"] if label.searched else []
        if any(of.name == name for of in label.properties):
            hints.append(f"{label.plural}(where: {{{name}: {{eq: {value}}}}})")
        error.extensions = {**(error.extensions or {}), "hint": f"find the id with {' or '.join(hints)}"}

    def _suggest_where(self, node: ArgumentNode, error: GraphQLError) -> None:
        """Suggest `where` or `orderBy` in the error for an unknown argument, such as `filter`.

        A suggestion that the error already contains is replaced.
        """
        field = self._type_info.get_field_def()
        meant = _SYNONYMS.get(node.name.value.lower())
        if meant is not None and field is not None and meant in field.args:
            error.message = error.message.partition(" Did you mean")[0] + did_you_mean([meant])

    def _suggest_path(self, node: FieldNode, error: GraphQLError) -> None:
        """Extend the error for an unknown field of a connection or edge: suggest a path such as `nodes { name }`.

        The path is suggested only if the edges or nodes have a field with this name.
        """
        parent = self._type_info.get_parent_type()
        name = node.name.value
        fields = cast("Mapping[str, Any]", getattr(parent, "fields", {}))
        if name in fields:
            return
        for key, paths in (
            ("edges", (f"edges {{ {name} }}",)),
            ("nodes", (f"nodes {{ {name} }}", f"edges {{ node {{ {name} }} }}")),
            ("node", (f"node {{ {name} }}",)),
        ):
            if key in fields and name in getattr(_named_type(fields[key].type), "fields", {}):
                error.message = error.message.partition(" Did you mean")[0] + did_you_mean(paths)


def _named_type(type_: Any) -> GraphQLNamedType | None:
    """Return a type without its list and non-null wrappers. If the argument is None, return None."""
    return cast("GraphQLNamedType | None", get_named_type(type_))


def _suggest_enum_values(enum: GraphQLEnumType, unknown: str) -> str:
    """Return the end of the error message for an enum value that does not exist: a suggestion of existing values.

    Values with similar names are suggested. If there are none, the values that share the most words with the name in
    the document are suggested. If there are none either, all values are listed, but only for a small enum.
    """
    name = unknown.strip("\"'")
    words = set(name.upper().split("_"))
    shared = {value: len(words & set(value.split("_"))) for value in enum.values}
    sharing = [value for value, count in shared.items() if count and count == max(shared.values())]
    if similar := suggestion_list(name, enum.values) or sharing:
        return did_you_mean(similar, "the enum value")
    return f" Its values are {', '.join(enum.values)}." if len(enum.values) <= _LISTED_VALUES else ""


definition.did_you_mean_enum_value = cast("Any", _suggest_enum_values)
"""The function that graphql-core calls to suggest enum values, for values in documents and in variables.

graphql-core's own function is replaced, because it suggests nothing if no enum value has a similar name.
"""
