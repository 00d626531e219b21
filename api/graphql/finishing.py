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
from api.graphql.execution import Finished
from api.graphql.fields import GraphField
from api.graphql.selection import Chosen, Reader
from api.graphql.slots import Part, Slot
from graph.traversal import Breach
from graph.traversal.selection import Typename

__all__ = ["Finish", "finishing"]

Fetched = Mapping[SlotPath, Mapping[str, object]]
Finish = Callable[[object, Fetched], object]
"""Makes the response of an answer and of the nodes fetched for its slots. Raises Breach where it cannot."""

_LARGEST: Final = 2**31 - 1


def finishing(reader: Reader, root: Chosen) -> Finish | None:
    """How the answers of a question are finished; None where a field selected in them needs graphql-core."""
    return _value(reader, root, root.type, (root.key,))


def finished(finish: Finish, answer: object, context: Context) -> object:
    """The answer, finished where that can be done."""
    try:
        return Finished(finish(answer, context.fetched))
    except Exception:  # whatever it was, graphql-core meets it again, and tells where
        return answer


# --- Values -----------------------------------------------------------------------------------------


def _value(reader: Reader, chosen: Chosen, of: object, path: SlotPath) -> Finish | None:
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


def _required(inner: Finish) -> Finish:
    def finish(value: object, fetched: Fetched) -> object:
        if value is None:
            raise Breach
        return inner(value, fetched)

    return finish


def _list(inner: Finish) -> Finish:
    def finish(value: object, fetched: Fetched) -> object:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise Breach
        return [inner(each, fetched) for each in cast("Sequence[object]", value)]

    return finish


def _leaf(of: GraphQLScalarType | GraphQLEnumType) -> Finish:
    fits = _FITTING.get(of.name)
    if fits is not None:

        def as_it_is(value: object, _fetched: Fetched) -> object:
            if value is not None and not fits(value):
                raise Breach
            return value

        return as_it_is

    def convert(value: object) -> object:
        try:
            return None if value is None else of.coerce_output_value(value)
        except Exception:
            raise Breach from None

    # An enum has few values, each of them a text here.
    known = lru_cache(maxsize=64)(convert) if isinstance(of, GraphQLEnumType) else convert
    return lambda value, _fetched: known(value)


_FITTING: Final[Mapping[str, Callable[[object], bool]]] = {
    "String": lambda value: type(value) is str,
    "ID": lambda value: type(value) is str,
    "Boolean": lambda value: type(value) is bool,
    "Int": lambda value: type(value) is int and -_LARGEST <= value <= _LARGEST,
    "Float": lambda value: type(value) is float and isfinite(value),
}
"""Whether a value of these types is shown as it is."""

_PLAIN: Final[Mapping[str, type]] = {"String": str, "ID": str, "Boolean": bool}
"""Of which all values are."""


def _plain(of: object) -> type | None:
    """The Python type whose values are all shown as they are where a field has this type."""
    if isinstance(of, GraphQLNonNull):
        of = cast("GraphQLNonNull[Any]", of).of_type
    return _PLAIN.get(of.name) if isinstance(of, GraphQLScalarType) else None


# --- Objects ----------------------------------------------------------------------------------------


def _object(reader: Reader, chosen: Chosen, of: GraphQLObjectType, path: SlotPath) -> Finish | None:
    fields: list[tuple[str, Finish]] = []
    for each in reader.chosen(chosen, of):
        finish = _constant(of.name) if isinstance(each, Typename) else _field(reader, each, (*path, each.key))
        if finish is None:
            return None
        fields.append((each.key, finish))

    def finish_object(value: object, fetched: Fetched) -> object:
        return None if value is None else {key: finish(value, fetched) for key, finish in fields}

    return finish_object


def _constant(value: object) -> Finish:
    return lambda _source, _fetched: value


def _field(reader: Reader, chosen: Chosen, path: SlotPath) -> Finish | None:
    """What finishes a field of an object, given the object."""
    field = chosen.field
    if isinstance(field, Slot):
        return _slot(field, chosen.required, path)
    value = _value(reader, chosen, chosen.type, path)
    if value is None or not isinstance(field, StrawberryField):
        return None
    if cast("object", field.base_resolver) is not None:  # pyright: ignore[reportUnknownMemberType]
        return None
    if isinstance(field, Part):
        read = field.read
        return lambda source, fetched: value(read(source), fetched)
    name = chosen.nodes[0].name.value if isinstance(field, GraphField) else field.python_name
    plain = _plain(chosen.type)

    def finish(source: object, fetched: Fetched) -> object:
        found = getattr(source, name)
        return found if type(found) is plain else value(found, fetched)

    return finish


def _slot(slot: Slot, required: bool, path: SlotPath) -> Finish:
    attribute = slot.ids

    def finish(source: object, fetched: Fetched) -> object:
        ids = getattr(source, attribute)
        nodes = fetched.get(path, {})
        if isinstance(ids, str):
            return _node(nodes, ids)
        if ids is None:
            if required:
                raise Breach
            return None
        return [_node(nodes, each) for each in cast("Sequence[str]", ids)]

    return finish


def _node(nodes: Mapping[str, object], node_id: str) -> object:
    node = nodes.get(node_id)
    if not isinstance(node, Finished):
        raise Breach
    return node.value
