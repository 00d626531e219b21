"""Answers of questions, finished: read off their rows as the selection wants them, once it is known how.

A question's answer is a tree of plain values with slots where nodes stand. Which attribute a field reads, and how its
value is shown, is the same for every row; so it is worked out once for a selection, and not for each value again. What
needs more than a look (a field with a resolver of its own, a value that its type does not take as it is, null where it
must not be) is left to graphql-core, with the whole answer: it tells what is wrong, and where.
"""

from collections.abc import Callable, Mapping, Sequence
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

from api.graphql.context import Context, SlotPath
from api.graphql.execution.executor import CompletedValue
from api.graphql.fields import GraphField
from api.graphql.questions.analysis_field import AnalysisField
from api.graphql.questions.node_fields import ComputedField, NodeField
from api.graphql.selection import SelectedField, SelectionReader
from graph.traversal import InvalidStoredValue
from graph.traversal.selection import Typename

__all__ = ["Completer", "compile_completer"]

FetchedNodes = Mapping[SlotPath, Mapping[str, object]]
Completer = Callable[[object, FetchedNodes], object]
"""Makes the response of an answer and of the nodes fetched for its slots. Raises Breach where it cannot."""

_LARGEST: Final = 2**31 - 1


def compile_completer(reader: SelectionReader, root: SelectedField) -> Completer | None:
    """How the answers of a question are finished; None where a field selected in them needs graphql-core."""
    return _value(reader, root, root.type, (root.key,))


def complete_or_defer(finish: Completer, answer: object, context: Context) -> object:
    """The answer, finished where that can be done."""
    try:
        return CompletedValue(finish(answer, context.fetched_nodes))
    except Exception:  # whatever it was, graphql-core meets it again, and tells where
        return answer


# --- Values -----------------------------------------------------------------------------------------


def _value(reader: SelectionReader, chosen: SelectedField, of: object, path: SlotPath) -> Completer | None:
    """What finishes a value of a type."""
    if isinstance(of, GraphQLNonNull):
        inner = _value(reader, chosen, cast("GraphQLNonNull[Any]", of).of_type, path)
        return inner and _required(inner)
    if isinstance(of, GraphQLList):
        inner = _value(reader, chosen, cast("GraphQLList[Any]", of).of_type, path)
        return inner and _list(inner)
    if isinstance(of, GraphQLObjectType):
        return _object(reader, chosen, of, path)
    if isinstance(of, GraphQLScalarType | GraphQLEnumType):
        return _leaf(of)
    return None


def _required(inner: Completer) -> Completer:
    def finish(value: object, fetched: FetchedNodes) -> object:
        if value is None:
            raise InvalidStoredValue
        return inner(value, fetched)

    return finish


def _list(inner: Completer) -> Completer:
    def finish(value: object, fetched: FetchedNodes) -> object:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise InvalidStoredValue
        return [inner(each, fetched) for each in cast("Sequence[object]", value)]

    return finish


def _leaf(of: GraphQLScalarType | GraphQLEnumType) -> Completer:
    fits = _LEAF_CHECKS.get(of.name)
    if fits is not None:

        def passthrough(value: object, _fetched: FetchedNodes) -> object:
            if value is not None and not fits(value):
                raise InvalidStoredValue
            return value

        return passthrough

    def convert(value: object) -> object:
        try:
            return None if value is None else of.coerce_output_value(value)
        except Exception:
            raise InvalidStoredValue from None

    # An enum has few values, each of them a text here.
    known = lru_cache(maxsize=64)(convert) if isinstance(of, GraphQLEnumType) else convert
    return lambda value, _fetched: known(value)


_LEAF_CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and -_LARGEST <= value <= _LARGEST,
    "Float": lambda value: type(value) is float and isfinite(value),
}
"""Whether a value of these types is shown as it is."""

_PLAIN: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""Of which all values are."""


def _passthrough_type(of: object) -> type | None:
    """The Python type whose values are all shown as they are where a field has this type."""
    if isinstance(of, GraphQLNonNull):
        of = cast("GraphQLNonNull[Any]", of).of_type
    return _PLAIN.get(of.name) if isinstance(of, GraphQLScalarType) else None


# --- Objects ----------------------------------------------------------------------------------------


def _object(reader: SelectionReader, chosen: SelectedField, of: GraphQLObjectType, path: SlotPath) -> Completer | None:
    fields: list[tuple[str, Completer]] = []
    for each in reader.subfields(chosen, of):
        finish = _constant(of.name) if isinstance(each, Typename) else _field(reader, each, (*path, each.key))
        if finish is None:
            return None
        fields.append((each.key, finish))

    def finish_object(value: object, fetched: FetchedNodes) -> object:
        return None if value is None else {key: finish(value, fetched) for key, finish in fields}

    return finish_object


def _constant(value: object) -> Completer:
    return lambda _source, _fetched: value


def _field(reader: SelectionReader, chosen: SelectedField, path: SlotPath) -> Completer | None:
    """What finishes a field of an object, given the object."""
    field = chosen.field
    if isinstance(field, NodeField):
        return _slot(field, chosen.non_null, path)
    if isinstance(field, AnalysisField):
        return None
    value = _value(reader, chosen, chosen.type, path)
    if value is None or not isinstance(field, StrawberryField):
        return None
    if cast("object", field.base_resolver) is not None:  # pyright: ignore[reportUnknownMemberType]
        return None
    if isinstance(field, ComputedField):
        read = field.read
        return lambda source, fetched: value(read(source), fetched)
    name = chosen.nodes[0].name.value if isinstance(field, GraphField) else field.python_name
    plain = _passthrough_type(chosen.type)

    def finish(source: object, fetched: FetchedNodes) -> object:
        found = getattr(source, name)
        return found if type(found) is plain else value(found, fetched)

    return finish


def _slot(slot: NodeField, required: bool, path: SlotPath) -> Completer:
    attribute = slot.ids

    def finish(source: object, fetched: FetchedNodes) -> object:
        ids = getattr(source, attribute)
        nodes = fetched.get(path, {})
        if isinstance(ids, str):
            return _node(nodes, ids)
        if ids is None:
            if required:
                raise InvalidStoredValue
            return None
        return [_node(nodes, each) for each in cast("Sequence[str]", ids)]

    return finish


def _node(nodes: Mapping[str, object], node_id: str) -> object:
    node = nodes.get(node_id)
    if not isinstance(node, CompletedValue):
        raise InvalidStoredValue
    return node.value
