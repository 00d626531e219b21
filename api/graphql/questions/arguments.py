"""Build the GraphQL arguments of questions, and parse their values into the dataclass that declares them."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.unset import UNSET
from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Context
from api.graphql.fields import argument
from api.graphql.scalars import enum_of
from graph.questions.declaration import Argument, arguments_of
from graph.vocabulary import Vocabulary

__all__ = ["graphql_arguments", "read_arguments"]

Arguments = TypeVar("Arguments")


def graphql_arguments(arguments: type) -> list[StrawberryArgument]:
    """Return the GraphQL arguments that a dataclass declares."""
    return [_argument(declared) for declared in arguments_of(arguments)]


def read_arguments(arguments: type[Arguments], given: Mapping[str, object], context: Context) -> Arguments:
    """Return the dataclass with the arguments of a request. Omitted arguments have their default values."""
    return arguments(**{declared.name: _value(declared, given, context) for declared in arguments_of(arguments)})


def _argument(of: Argument) -> StrawberryArgument:
    base: Any = strawberry.ID if of.id else of.value_type
    if issubclass(of.value_type, Vocabulary):
        base = enum_of(of.value_type)
    annotation: Any = list[base] if of.many else base
    if not of.required:
        annotation = annotation | None
    default: object = UNSET if of.required or of.default is None or of.is_today else of.default
    if isinstance(default, tuple):
        members = cast("tuple[Vocabulary, ...]", default)
        default = [enum_of(type(member))[member.name] for member in members]
    if isinstance(default, Vocabulary):
        default = enum_of(of.value_type)[default.name]  # type: ignore[type-var]
    return argument(to_camel_case(of.public_name), annotation, of.description, default)


def _value(of: Argument, given: Mapping[str, object], context: Context) -> object:
    """Return the value of an argument, or its default if the argument is omitted or null.

    The default of some dates is today. Enum members are converted to vocabulary members.
    """
    value = given.get(to_camel_case(of.public_name))
    if value is None:
        return context.today if of.is_today else of.default
    if not issubclass(of.value_type, Vocabulary):
        return tuple(cast("list[object]", value)) if isinstance(value, list) else value
    if isinstance(value, list):
        return tuple(of.value_type[member.name] for member in cast("list[Enum]", value))
    return of.value_type[value.name] if isinstance(value, Enum) else value
