"""Validate documents. Errors name the schema element that they concern, and some suggest a correction."""

from collections.abc import Mapping
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
    specified_rules,
    validate,
    visit,
)
from graphql.pyutils import did_you_mean, suggestion_list
from graphql.type import definition
from graphql.validation.rules import overlapping_fields_can_be_merged
from rapidfuzz.distance import JaroWinkler
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from api.graphql.execution.limits import MAX_FIELD_COMPARISONS, validation_too_complex

__all__ = ["MAX_INVALID", "validate_document"]

MAX_INVALID: Final = 20
"""Maximum number of errors that validation or variable coercion collects before it is aborted."""

_RULES: Final = (*specified_rules, MaybeNullValidationRule)

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = MAX_FIELD_COMPARISONS
"""Replaces graphql-core's limit, which is ten times as high. Validation up to that limit takes seconds."""

_ABORTED: Final = "Validation aborted."
"""graphql-core's message if fragments are nested too deeply, or if too many fields are compared."""

_NEAREST_VALUES: Final = 5


def validate_document(schema: GraphQLSchema, document: DocumentNode, *, hide_suggestions: bool) -> list[GraphQLError]:
    """Return the first MAX_INVALID errors of a document.

    The `extensions` of an error contain its schema coordinate, such as `Query.cities(where:)`.
    """
    errors = validate(schema, document, _RULES, MAX_INVALID, hide_suggestions)
    if errors and errors[-1].message == _ABORTED:
        errors[-1] = validation_too_complex()
    if errors:
        type_info = TypeInfo(schema)
        visit(document, TypeInfoVisitor(type_info, _Explainer(type_info, errors, hide_suggestions)))
    return errors


class _Explainer(Visitor):
    """A visitor that adds the schema coordinate to each error, and suggestions to some messages.

    The coordinate names the innermost element of the schema to which the error belongs, such as `Query.cities(where:)`.
    For an unknown field, it names the type without that field.
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
            if isinstance(node, OperationDefinitionNode) and node.operation is not OperationType.QUERY:
                error.message = f"The API is read-only: it has no {node.operation.value}s."
                error.extensions = {"hint": "send a query; only `citygraph load` changes the graph"}

    def leave(self, *_: object) -> None:
        self._coordinates.pop()

    def _coordinate(self, node: Node) -> str | None:
        """Return the schema coordinate of a syntax tree node, or None if the node names no element of the schema."""
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

    def _suggest_path(self, node: FieldNode, error: GraphQLError) -> None:
        """Suggest a path such as `nodes { name }` in the error for an unknown field of a connection or edge.

        A path is suggested only if the edges or nodes have a field with this name.
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
    """Return a type without its list and non-null wrappers. Returns None for None."""
    return cast("GraphQLNamedType | None", get_named_type(type_))


def _suggest_enum_values(enum: GraphQLEnumType, unknown: str) -> str:
    """Return the end of the error message for an unknown enum value: a suggestion of valid values.

    Suggests values with similar names; if there are none, values that end with the unknown name; otherwise the values
    whose names differ least.
    """
    name = unknown.strip("\"'")
    ending = [value for value in enum.values if value.endswith(f"_{name.upper()}")]
    if similar := suggestion_list(name, enum.values) or ending:
        return did_you_mean(similar, "the enum value")
    nearest = sorted(enum.values, key=lambda value: -JaroWinkler.similarity(name.upper(), value))[:_NEAREST_VALUES]
    of_all = "Its values are" if len(enum.values) <= _NEAREST_VALUES else "The nearest of its values are"
    return f" {of_all} {', '.join(nearest)}."


definition.did_you_mean_enum_value = cast("Any", _suggest_enum_values)
"""The replacement of a graphql-core function that suggests nothing if no value is similar. graphql-core calls the
function for literals and variables."""
