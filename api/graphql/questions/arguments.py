"""Build the GraphQL arguments of questions (named queries), and convert their values to a dataclass.

Each question declares its arguments as the fields of a dataclass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING
from enum import Enum
from typing import Any, TypeVar, cast

import strawberry
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.unset import UNSET
from strawberry.utils.str_converters import to_camel_case

from api.graphql.context import Context
from api.graphql.fields import TYPE_REGISTRY, argument
from api.graphql.filters import input_field, input_type
from api.graphql.scalars import enum_of
from graph.questions.declaration import Argument, OneOf, arguments_of, description_of
from graph.vocabulary import Vocabulary

__all__ = ["capitalised", "graphql_arguments", "read_arguments"]

Arguments = TypeVar("Arguments")


def capitalised(name: str) -> str:
    """Convert a name from snake case to Pascal case, in which the names of GraphQL types are written."""
    return "".join(part.capitalize() for part in name.split("_"))


def graphql_arguments(arguments: type, owner: str) -> list[StrawberryArgument]:
    """Return the GraphQL arguments of a question (named query) or analysis. The dataclass `arguments` declares them.

    Each field of the dataclass usually becomes one argument. Fields with the same `OneOf` marker are different: they
    are alternatives, of which a client must give exactly one. Together they become one argument, whose value is an
    input object with a field for each alternative. The name of this input type begins with `owner`. For example, it is
    `ThemeCoverageOf` if `owner` is `ThemeCoverage`.
    """
    declared = arguments_of(arguments)
    found: dict[str, StrawberryArgument] = {}
    for of in declared:
        if of.one_of is None:
            found[of.name] = _argument(of)
        elif of.one_of.name not in found:
            group = [member for member in declared if member.one_of == of.one_of]
            found[of.one_of.name] = _group(of.one_of, group, owner)
    return list(found.values())


def _group(of: OneOf, members: Sequence[Argument], owner: str) -> StrawberryArgument:
    name = owner + capitalised(of.name)
    fields = [
        input_field(to_camel_case(member.public_name), _annotation(member), member.description) for member in members
    ]
    return argument(of.name, input_type(name, of.description, fields, one_of=True), of.description)


def _input_type(arguments: type) -> str:
    """Return the name of the input type for a dataclass that declares arguments. The type is built on first use."""
    name = arguments.__name__.removesuffix("Arguments")
    if name not in TYPE_REGISTRY:
        fields = [
            input_field(
                to_camel_case(of.public_name),
                _annotation(of),
                of.description,
                MISSING if of.required else _default(of),
            )
            for of in arguments_of(arguments)
        ]
        input_type(name, description_of(arguments), fields)
    return name


def read_arguments(arguments: type[Arguments], given: Mapping[str, object], context: Context) -> Arguments:
    """Return the argument values in `given` as an instance of the dataclass `arguments`.

    Omitted arguments have their default values.
    """
    for group in {declared.one_of.name for declared in arguments_of(arguments) if declared.one_of is not None}:
        given = {**given, **cast("Mapping[str, object]", given[group])}
    return arguments(**{declared.name: _value(declared, given, context) for declared in arguments_of(arguments)})


def _annotation(of: Argument) -> object:
    if of.where is not None:
        return f"{of.where.label}Where | None"
    if of.nested:
        name = _input_type(of.value_type)
        return name if of.required else f"{name} | None"
    base: Any = strawberry.ID if of.id else of.value_type
    if issubclass(of.value_type, Vocabulary):
        base = enum_of(of.value_type)
    annotation: Any = list[base] if of.many else base
    return annotation if of.required else annotation | None


def _argument(of: Argument) -> StrawberryArgument:
    return argument(to_camel_case(of.public_name), _annotation(of), of.description, _default(of))


def _default(of: Argument) -> object:
    """Return the default value that the schema states for an argument. If it states none, return UNSET."""
    default: object = UNSET if of.required or of.default is None or of.is_today or of.nested else of.default
    if isinstance(default, tuple):
        members = cast("tuple[Vocabulary, ...]", default)
        return tuple(enum_of(type(member))[member.name] for member in members)
    return enum_of(of.value_type)[default.name] if isinstance(default, Vocabulary) else default  # type: ignore[type-var]


def _value(of: Argument, given: Mapping[str, object], context: Context) -> object:
    """Return the value of an argument. If the argument is omitted or null, return its default.

    If the default is declared as `Today`, it is the date of the request. Members of GraphQL enums are converted to
    members of vocabularies (enums of the graph), and lists are converted to tuples.
    """
    value = given.get(to_camel_case(of.public_name))
    if value is None:
        return context.today if of.is_today else of.default
    if of.nested:
        return read_arguments(cast("type[object]", of.value_type), cast("Mapping[str, object]", value), context)
    if not issubclass(of.value_type, Vocabulary):
        return tuple(cast("list[object]", value)) if isinstance(value, list) else value
    if isinstance(value, list):
        return tuple(of.value_type[member.name] for member in cast("list[Enum]", value))
    return of.value_type[value.name] if isinstance(value, Enum) else value
