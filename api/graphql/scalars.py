"""Scalars, enums and the small value types that leaves take."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Final, cast

import strawberry
from graphql import GraphQLError, ValueNode, print_ast
from graphql.language import FloatValueNode, IntValueNode, StringValueNode
from strawberry.types.scalar import ScalarDefinition

from graph.errors import BadArgument
from graph.vocabulary import Language, Vocabulary


def _date_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _date(value: object) -> date:
    try:
        if not isinstance(value, str) or len(value) != len("2023-11-27"):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise BadArgument(
            f"{value!r} is not a date", hint="write a date as year-month-day, such as 2023-11-27"
        ) from None


def _decimal(value: object) -> Decimal:
    text = value if isinstance(value, str) else repr(value) if isinstance(value, int | float) else ""
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    if not number.is_finite():
        raise BadArgument(f"{value!r} is not a decimal number", hint='write it as text, such as "1500.00"')
    return number


def _literal(parse: Callable[[object], object]) -> Callable[..., object]:
    """A scalar's parser for literals in the document, from its parser for variables."""

    def parse_literal(node: ValueNode, _variables: Mapping[str, object] | None = None) -> object:
        if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
            return parse(node.value)
        raise GraphQLError(f"{print_ast(node)} stands where a quoted text is expected.", node)

    return parse_literal


DATE: Final[ScalarDefinition] = strawberry.scalar(
    name="Date",
    description='A day in the Gregorian calendar as ISO 8601 text, such as "2023-11-27".',
    specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
    serialize=_date_text,
    parse_value=_date,
    parse_literal=_literal(_date),
)
DECIMAL: Final[ScalarDefinition] = strawberry.scalar(
    name="Decimal",
    description='An exact decimal number as text, such as "10000.00".',
    serialize=str,
    parse_value=_decimal,
    parse_literal=_literal(_decimal),
)
SCALARS: Final[dict[object, ScalarDefinition]] = {date: DATE, Decimal: DECIMAL}


def derived_enum(name: str, values: Mapping[str, str], description: str) -> type[Enum]:
    """A GraphQL enum of these names with their descriptions; the value of each is its name."""
    members = {each: strawberry.enum_value(each, description=text) for each, text in values.items()}
    return strawberry.enum(cast("type[Enum]", Enum(name, members)), description=description)


def capitals(name: str) -> str:
    """A name as an enum has it: `validUntil` and `CityGroup` as VALID_UNTIL and CITY_GROUP."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


@cache
def enum_of(vocabulary: type[Vocabulary]) -> type[Enum]:
    """The GraphQL enum of a vocabulary; its values are the stored texts."""
    values = {each.name: each.description for each in vocabulary}
    return derived_enum(vocabulary.__name__, values, (vocabulary.__doc__ or "").strip())


LanguageEnum: Final = enum_of(Language)


@strawberry.type(description="An amount of money, exactly as stated; never converted.")
class Money:
    amount: Decimal = strawberry.field(
        description='The amount in the currency\'s main unit, with its customary decimals: "10000.00".'
    )
    currency: str = strawberry.field(description="ISO 4217 code of the currency.")


@strawberry.type(description="A text with the language it is in.")
class LocalisedText:
    text: str = strawberry.field(description="The text.")
    language: str = strawberry.field(
        graphql_type=LanguageEnum,
        description="The language given: the one asked for, or else the first of EN, SV, FI that the sources have.",
    )
