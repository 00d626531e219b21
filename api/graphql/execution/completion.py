"""Plan how the result of a question is read and converted to a response.

A question is an analytical query that is declared in `graph.questions`. It returns rows of plain values and node ids.
If the client selects fields of these nodes, a second statement reads the nodes. A completer is a function that builds
the response from the rows and nodes without graphql-core, because graphql-core is slower. If a selected field has a
resolver, or if a value does not match its type, graphql-core builds the response instead, because graphql-core reports
errors with a path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
)
from strawberry.types.field import StrawberryField

from api.graphql.context import Context, ResponsePath
from api.graphql.execution.executor import CompletedValue
from api.graphql.questions.analysis_field import AnalysisField
from api.graphql.questions.node_fields import ComputedField, NodeField
from api.graphql.selection import SelectedField, SelectionReader
from graph.model import MAX_INT
from graph.traversal import InvalidStoredValue
from graph.traversal.selection import Typename

__all__ = ["Completer", "SelectedNodeField", "SelectionPlan", "complete_or_defer", "plan_selection"]

FetchedNodes = Mapping[ResponsePath, Mapping[str, object]]
Completer = Callable[[object, FetchedNodes], object]
"""A function that converts a value in the result of a question (a named query) to the value in the response.

The first argument is the value. The other argument contains nodes that an additional statement has read. Raises
InvalidStoredValue if a value has the wrong type.
"""


@dataclass(frozen=True, slots=True)
class SelectedNodeField:
    """A selected field in the result of a question (a named query). The values of the field are nodes.

    The result itself contains only the ids of the nodes. A second statement reads the nodes.

    - `path`: the response keys from the root to the field.
    - `attributes`: the names of the attributes that lead from the result of the question to the ids.
    - `list_path`: the path to the first field, on the way from the root to this field, whose value is a list. It can be
      the path to this field itself. It is None if there is no list on the way.
    """

    path: ResponsePath
    attributes: tuple[str, ...]
    field: SelectedField
    list_path: ResponsePath | None


@dataclass(frozen=True, slots=True)
class SelectionPlan:
    """A plan for converting the result of a question (a named query) to the fields that a client selects.

    `node_fields` are the selected fields whose nodes a second statement must read. `field_names` is a dict from the
    name of an object type to the names of the selected fields of this type. `complete` converts the result to the
    response. If graphql-core must build the response, `complete` is None.
    """

    node_fields: Sequence[SelectedNodeField]
    field_names: Mapping[str, frozenset[str]]
    complete: Completer | None


def plan_selection(reader: SelectionReader) -> SelectionPlan:
    """Plan the response of a question (named query), based on the fields that the client selects."""
    root, planner = reader.root(), _Planner(reader)
    complete = planner.value(root, root.type, (root.key,), ())
    names = {type_name: frozenset(names) for type_name, names in planner.field_names.items()}
    return SelectionPlan(planner.node_fields, names, complete)


def complete_or_defer(complete: Completer, answer: object, context: Context) -> object:
    """Return the response that `complete` builds from `answer`, the result of a question (a named query).

    If a value is invalid, `answer` is returned unchanged. graphql-core then finds the error and reports it with its
    path.
    """
    try:
        return CompletedValue(complete(answer, context.fetched_nodes))
    except Exception:  # graphql-core finds the same error and reports it with its path
        return answer


class _Planner:
    """A builder of completers. A completer converts a value in the result of a question to the response.

    Completers do the work of graphql-core, but faster. Each method of the builder returns the completer of a value, or
    None if graphql-core must complete the value. The builder also collects the names of the selected fields, and the
    selected fields whose values are nodes.
    """

    def __init__(self, reader: SelectionReader) -> None:
        self._reader = reader
        self.node_fields: list[SelectedNodeField] = []
        self.field_names: dict[str, set[str]] = {}
        self._list_path: ResponsePath | None = None

    def value(
        self, field: SelectedField, type_: object, path: ResponsePath, attributes: tuple[str, ...]
    ) -> Completer | None:
        if isinstance(type_, GraphQLNonNull):
            inner = self.value(field, cast("GraphQLNonNull[Any]", type_).of_type, path, attributes)
            return inner and _non_null(inner)
        if isinstance(type_, GraphQLList):
            outer = self._list_path
            self._list_path = outer or path
            inner = self.value(field, cast("GraphQLList[Any]", type_).of_type, path, attributes)
            self._list_path = outer
            return inner and _list(inner)
        if isinstance(type_, GraphQLObjectType):
            return self._object(field, type_, path, attributes)
        if isinstance(type_, GraphQLScalarType | GraphQLEnumType):
            return _leaf(type_)
        return None

    def _object(
        self, parent: SelectedField, type_: GraphQLObjectType, path: ResponsePath, attributes: tuple[str, ...]
    ) -> Completer | None:
        names = self.field_names.setdefault(type_.name, set())
        completers: dict[str, Completer | None] = {}
        for field in self._reader.subfields(parent, type_):
            if isinstance(field, Typename):
                completers[field.key] = _constant(type_.name)
            else:
                names.add(field.nodes[0].name.value)
                completers[field.key] = self._field(field, (*path, field.key), attributes)
        fields = [(key, complete) for key, complete in completers.items() if complete is not None]
        if len(fields) < len(completers):
            return None

        def complete_object(value: object, fetched: FetchedNodes) -> object:
            return None if value is None else {key: complete(value, fetched) for key, complete in fields}

        return complete_object

    def _field(self, selected: SelectedField, path: ResponsePath, attributes: tuple[str, ...]) -> Completer | None:
        """Return the completer of a field, or None if graphql-core must complete the field.

        The completer is a function. It receives the object that contains the field, and returns the field's value in
        the response.
        """
        field = selected.field
        if isinstance(field, NodeField):
            list_path = self._list_path or (path if selected.is_list else None)
            self.node_fields.append(SelectedNodeField(path, (*attributes, field.ids), selected, list_path))
            return _node_field(field.ids, selected.non_null, path)
        assert isinstance(field, StrawberryField)
        name = field.python_name
        value = self.value(selected, selected.type, path, (*attributes, name))
        has_resolver = cast("object", field.base_resolver) is not None  # pyright: ignore[reportUnknownMemberType]
        if value is None or has_resolver or isinstance(field, AnalysisField):
            return None
        if isinstance(field, ComputedField):
            read = field.read
            return lambda source, fetched: value(read(source), fetched)
        passthrough = _passthrough_type(selected.type)

        def complete(source: object, fetched: FetchedNodes) -> object:
            attribute = getattr(source, name)
            return attribute if type(attribute) is passthrough else value(attribute, fetched)

        return complete


def _non_null(inner: Completer) -> Completer:
    def complete(value: object, fetched: FetchedNodes) -> object:
        if value is None:
            raise InvalidStoredValue
        return inner(value, fetched)

    return complete


def _list(inner: Completer) -> Completer:
    def complete(value: object, fetched: FetchedNodes) -> object:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise InvalidStoredValue
        return [inner(item, fetched) for item in cast("Sequence[object]", value)]

    return complete


def _leaf(type_: GraphQLScalarType | GraphQLEnumType) -> Completer:
    is_valid = _LEAF_CHECKS.get(type_.name)
    if is_valid is not None:

        def passthrough(value: object, _fetched: FetchedNodes) -> object:
            if value is not None and not is_valid(value):
                raise InvalidStoredValue
            return value

        return passthrough

    def convert(value: object) -> object:
        try:
            return None if value is None else type_.coerce_output_value(value)
        except Exception:
            raise InvalidStoredValue from None

    # Enums have few values, all strings.
    cached = lru_cache(maxsize=64)(convert) if isinstance(type_, GraphQLEnumType) else convert
    return lambda value, _fetched: cached(value)


_LEAF_CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and -MAX_INT <= value <= MAX_INT,
    "Float": lambda value: type(value) is float and isfinite(value),
}
"""A dict from the name of a scalar to a function that checks a value of this scalar.

The function returns True if the value can be inserted into the response unchanged.
"""

_PASSTHROUGH_TYPES: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""A dict from the names of some scalars to Python types. All values of the Python type are valid for the scalar."""


def _passthrough_type(type_: object) -> type | None:
    """Return a Python type whose values are all valid for a GraphQL type. If there is no such type, return None.

    If the result is None, every value must be checked.
    """
    if isinstance(type_, GraphQLNonNull):
        type_ = cast("GraphQLNonNull[Any]", type_).of_type
    return _PASSTHROUGH_TYPES.get(type_.name) if isinstance(type_, GraphQLScalarType) else None


def _constant(value: object) -> Completer:
    return lambda _source, _fetched: value


def _node_field(attribute: str, non_null: bool, path: ResponsePath) -> Completer:
    def complete(source: object, fetched: FetchedNodes) -> object:
        ids = getattr(source, attribute)
        nodes = fetched.get(path, {})
        if isinstance(ids, str):
            return _completed_node(nodes, ids)
        if ids is None:
            if non_null:
                raise InvalidStoredValue
            return None
        return [_completed_node(nodes, node_id) for node_id in cast("Sequence[str]", ids)]

    return complete


def _completed_node(nodes: Mapping[str, object], node_id: str) -> object:
    node = nodes.get(node_id)
    if not isinstance(node, CompletedValue):
        raise InvalidStoredValue
    return node.value
