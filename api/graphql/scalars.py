"""Define scalars, enums and small value types."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Final, TypeAlias, cast

import strawberry
from graphql import GraphQLError, ValueNode, print_ast
from graphql.language import FloatValueNode, IntValueNode, StringValueNode
from strawberry.types.scalar import ScalarDefinition

from api.graphql.fields import GraphField, ResolveInfo, argument
from graph.errors import BadArgument
from graph.iso_date import parse_iso_date
from graph.standing import COUNTED
from graph.traversal.date_text import date_text
from graph.vocabulary import DateBound, DatePrecision, Language, Standing, Vocabulary

Day: TypeAlias = date


def _date_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _date(value: object) -> date:
    try:
        if not isinstance(value, str):
            raise ValueError
        return parse_iso_date(value)
    except ValueError:
        raise BadArgument(
            f"{value!r} is not a date", hint="write a date as year-month-day, such as 2023-11-27"
        ) from None


_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
"""The syntax of decimal numbers, as XML Schema defines it for `xsd:decimal`."""


def _decimal(value: object) -> Decimal:
    text = value if isinstance(value, str) else repr(value) if isinstance(value, int | float) else ""
    if _DECIMAL.fullmatch(text) is None:
        raise BadArgument(f"{value!r} is not a decimal number", hint='write it as text, such as "1500.00"')
    return Decimal(text)


def _literal(parse: Callable[[object], object]) -> Callable[..., object]:
    """Return a function that parses the values of a scalar that are written in a document (literals).

    The values in variables are parsed by the function `parse`. The returned function passes the text of a literal to
    it.
    """

    def parse_literal(node: ValueNode, _variables: Mapping[str, object] | None = None) -> object:
        if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
            return parse(node.value)
        raise GraphQLError(f"{print_ast(node)} is not a quoted string.", node)

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
    description='An exact decimal number as text, such as "10000.00". Never has an exponent.',
    specified_by_url="https://www.w3.org/TR/xmlschema11-2/#decimal",
    serialize=str,
    parse_value=_decimal,
    parse_literal=_literal(_decimal),
)
SCALARS: Final[dict[object, ScalarDefinition]] = {date: DATE, Decimal: DECIMAL}


def derived_enum(name: str, values: Mapping[str, str | None], description: str) -> type[Enum]:
    """Build a GraphQL enum from the names and descriptions of its values.

    In Python, the value of each member of the enum is the member's name.
    """
    members = {value: strawberry.enum_value(value, description=text) for value, text in values.items()}
    return strawberry.enum(cast("type[Enum]", Enum(name, members)), description=description)


@cache
def enum_of(vocabulary: type[Vocabulary]) -> type[Enum]:
    """Return the GraphQL enum for a vocabulary (an enum of the graph). The names of the values are the same in both."""
    values = {member.name: member.description for member in vocabulary}
    return derived_enum(vocabulary.__name__, values, vocabulary.summary)


def standings_of(given: object) -> tuple[Standing, ...]:
    """Return the standings in the value of an argument `standings`, in the order of the enum `Standing`.

    A standing states whether sources show a fact to be in force on a date. If the argument is null, the default COUNTED
    is returned. It contains the standings of facts that sources show to be in force on the date or earlier.
    """
    if given is None:
        return COUNTED
    names = {str(member.value) for member in cast("list[Enum]", given)}
    return tuple(standing for standing in Standing if standing.name in names)


LanguageEnum: Final = enum_of(Language)
LANGUAGE: Final = argument("language", LanguageEnum | None)
LAST_DAY: Final = argument(
    "lastDay",
    bool,
    "For `validUntil` and `Network.ended`: show the last day of the period instead of the day after. Other dates "
    "stay as they are.",
    default=False,
)


@strawberry.type(description="An amount of money as stated, never converted.")
class Money:
    amount: Decimal = strawberry.field(description='Amount in the currency\'s main unit, such as "10000.00".')
    currency: str = strawberry.field(description="ISO 4217 code.")


@strawberry.type(description="A point as in GeoJSON (RFC 7946), if both fields are selected.")
class GeoPoint:
    type: str = strawberry.field(description='Always "Point".')
    coordinates: list[float] = strawberry.field(description="Longitude and latitude in degrees, WGS 84.")


@strawberry.type(description="A text and its language.")
class LocalisedText:
    text: str = strawberry.field(description="Text.")
    language: str = strawberry.field(
        graphql_type=LanguageEnum, description="Language of the text: the preferred one or a fallback."
    )


def unplanned(_reader: object, chosen: object) -> object:
    """Raise AssertionError. This function is the planner of fields that never need a planner.

    A planner is a function that converts a selected GraphQL field to an item of a selection (see
    `graph.traversal.selection`). The planner of the parent field already handles these fields, so this function is
    never called.
    """
    raise AssertionError(f"{chosen} must be planned by its parent field")


class _DateTextField(GraphField):
    """A field that returns a partial date (a day, month or year) as text for display.

    The parent object of the field is the partial date, as a dict that the compiled statement has returned.
    """

    @staticmethod
    def resolve_shaped(
        source: Mapping[str, object], info: ResolveInfo, language: Enum | None = None, **arguments: object
    ) -> object:
        parts = cast("Mapping[str, str]", source)
        known_as = None if language is None else Language[str(language.value)]
        return date_text(**parts, language=known_as, last_day=bool(arguments["lastDay"]))


@strawberry.type(
    description="A date known to the day, month or year; also a beginning or end of a period, which can lack a date."
)
class PartialDate:
    date: Day | None = strawberry.field(
        description="The day, or the first day of the month or year; null if `bound` is not DATE."
    )
    precision: str | None = strawberry.field(
        graphql_type=enum_of(DatePrecision) | None, description="Precision of `date`; null without one."
    )
    bound: str = strawberry.field(
        graphql_type=enum_of(DateBound),
        description="DATE; UNKNOWN only at a beginning or end of a period, OPEN only at an end.",
    )
    text = _DateTextField(
        "text", str, 'Display text, such as "November 2023" or "until further notice".', unplanned, [LANGUAGE, LAST_DAY]
    )
