"""Read stored values as JSON values."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import isfinite
from operator import itemgetter
from typing import Final, cast

from babel.numbers import get_currency_precision

from graph.model import Kind
from graph.traversal.date_text import date_text
from graph.traversal.plan import Column, columns_of, languages
from graph.traversal.selection import PropertyItem, SubField, Typename
from graph.vocabulary import DateBound, DatePrecision, Vocabulary

__all__ = ["InvalidStoredValue", "decimal_text", "strict_reader", "value_reader"]

Read = Callable[[Sequence[object]], object]

_PARTIAL_DATES: Final = (Kind.PARTIAL_DATE, Kind.BOUND)

_LARGEST: Final = 2**31 - 1
"""Of the whole numbers that readers take: 32 bits, as GraphQL's."""


class InvalidStoredValue(Exception):
    """A stored value violates the model, so that the response cannot be returned without checks."""


def strict_reader(leaf: PropertyItem, position: Callable[[Column], int]) -> Read:
    """Return a reader of JSON values that raises InvalidStoredValue if a value violates the model."""
    read = value_reader(leaf, position)
    if leaf.parts:
        return _parted(leaf, read)
    fits = _is_valid(leaf)
    if leaf.property.many:
        return _all_fitting(read, fits)
    return _fitting(read, fits, leaf.required)


def _is_valid(leaf: PropertyItem) -> Callable[[object], bool]:
    """Return a check of non-null values."""
    if leaf.property.vocabulary is not None:
        return _names(leaf.property.vocabulary).__contains__
    match leaf.property.kind:
        case Kind.INT:
            return lambda value: type(value) is int and -_LARGEST <= value <= _LARGEST
        case Kind.FLOAT:
            return lambda value: type(value) is float and isfinite(value)
        case Kind.BOOLEAN:
            return lambda value: type(value) is bool
        case _:
            return lambda value: type(value) is str


@cache
def _names(vocabulary: type[Vocabulary]) -> frozenset[object]:
    return frozenset(member.name for member in vocabulary)


def _fitting(read: Read, fits: Callable[[object], bool], required: bool) -> Read:
    def finished(row: Sequence[object]) -> object:
        value = read(row)
        if required if value is None else not fits(value):
            raise InvalidStoredValue
        return value

    return finished


def _all_fitting(read: Read, fits: Callable[[object], bool]) -> Read:
    def finished(row: Sequence[object]) -> object:
        values = cast("Sequence[object]", read(row))
        if not all(map(fits, values)):
            raise InvalidStoredValue
        return values

    return finished


def _parted(leaf: PropertyItem, read: Read) -> Read:
    is_date = leaf.property.kind in _PARTIAL_DATES
    parts = tuple((part.key, _part(part, is_date=is_date)) for part in leaf.parts)

    def finished(row: Sequence[object]) -> object:
        whole = cast("Mapping[str, object] | None", read(row))
        if whole is None:
            if leaf.required:
                raise InvalidStoredValue
            return None
        if is_date and not _is_valid_date(**whole):
            raise InvalidStoredValue
        try:
            return {key: part(whole) for key, part in parts}
        except ValueError as error:  # the text of what is not a date
            raise InvalidStoredValue from error

    return finished


def _part(part: SubField | Typename, *, is_date: bool) -> Callable[[Mapping[str, object]], object]:
    if isinstance(part, Typename):
        return lambda _: part.value
    if is_date and part.name == "text":
        return lambda whole: date_text(**cast("Mapping[str, str]", whole), language=part.language)
    return itemgetter(part.name)


def _is_valid_date(date: object, precision: object, bound: object) -> bool:
    return (
        (date is None or type(date) is str)
        and (precision is None or precision in _names(DatePrecision))
        and bound in _names(DateBound)
    )


def value_reader(leaf: PropertyItem, position: Callable[[Column], int]) -> Read:
    """Return a reader of an item's value, given the positions of its columns."""
    positions = tuple(position(column) for column in columns_of(leaf))
    kind = leaf.property.kind
    if leaf.property.many:
        return _many(positions[0])
    if kind is Kind.MONEY:
        return _money(*positions)
    if kind in _PARTIAL_DATES:
        at = dict(zip(columns_of(leaf), positions, strict=True))
        precision, bound = (at.get(Column((f"{leaf.property.name}{part}",))) for part in ("Precision", "Bound"))
        return _partial_date(positions[0], precision, bound)
    if kind is Kind.LOCALISED and leaf.tagged:
        return _tagged(tuple(zip(positions, (language.name for language in languages(leaf)), strict=True)))
    return itemgetter(positions[0])


def decimal_text(minor_units: int, currency: str) -> str:
    """Format an amount in the currency's main unit, with the decimals of the currency."""
    return format(Decimal(minor_units).scaleb(-_exponent(currency)), "f")


@cache
def _exponent(currency: str) -> int:
    return get_currency_precision(currency)


def _many(position: int) -> Read:
    return lambda row: row[position] or []


def _money(amount: int, currency: int) -> Read:
    def read(row: Sequence[object]) -> dict[str, str] | None:
        if row[amount] is None:
            return None
        code = cast("str", row[currency])
        return {"amount": decimal_text(cast("int", row[amount]), code), "currency": code}

    return read


def _partial_date(date: int, precision: int | None, bound: int | None) -> Read:
    """Return a reader of a date. Without a value, a bound is UNKNOWN and any other date is null."""

    def read(row: Sequence[object]) -> dict[str, object] | None:
        day = row[date]
        if day is None and bound is None:
            return None
        kind = None if bound is None else row[bound]
        default = "UNKNOWN" if day is None else "DATE"
        return {"date": day, "precision": None if precision is None else row[precision], "bound": kind or default}

    return read


def _tagged(texts: tuple[tuple[int, str], ...]) -> Read:
    def read(row: Sequence[object]) -> dict[str, object] | None:
        return next(({"text": row[at], "language": language} for at, language in texts if row[at] is not None), None)

    return read
