"""Stored values as JSON has them."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import isfinite
from operator import itemgetter
from typing import Final, cast

from babel.numbers import get_currency_precision

from graph.model import Kind
from graph.traversal.plan import Column, columns_of, languages
from graph.traversal.selection import PropertyItem, SubField, Typename
from graph.vocabulary import DateBound, DatePrecision, Vocabulary

__all__ = ["InvalidStoredValue", "decimal_text", "strict_reader", "value_reader"]

Read = Callable[[Sequence[object]], object]

_LARGEST: Final = 2**31 - 1
"""Of the whole numbers that readers take: 32 bits, as GraphQL's."""


class InvalidStoredValue(Exception):
    """A stored value is not what the model declares, so that no finished answer can be made of it."""


def strict_reader(leaf: PropertyItem, position: Callable[[Column], int]) -> Read:
    """What reads a leaf as the finished answer has it; raises Breach for any value that needs more than a look."""
    read = value_reader(leaf, position)
    if leaf.parts:
        return _parted(read, leaf.parts, leaf.required)
    fits = _is_valid(leaf)
    if leaf.property.many:
        return _all_fitting(read, fits)
    return _fitting(read, fits, leaf.required)


def _is_valid(leaf: PropertyItem) -> Callable[[object], bool]:
    """Whether a value that is not null can be shown as it is."""
    vocabulary = {"precision": DatePrecision, "bound": DateBound}.get(leaf.component, leaf.property.vocabulary)
    if vocabulary is not None:
        return _names(vocabulary).__contains__
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
    return frozenset(each.name for each in vocabulary)


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


def _parted(read: Read, parts: Sequence[SubField | Typename], required: bool) -> Read:
    def finished(row: Sequence[object]) -> object:
        whole = cast("Mapping[str, object] | None", read(row))
        if whole is None:
            if required:
                raise InvalidStoredValue
            return None
        return {each.key: whole[each.name] if isinstance(each, SubField) else each.value for each in parts}

    return finished


def value_reader(leaf: PropertyItem, position: Callable[[Column], int]) -> Read:
    """What reads a leaf from a row in which its columns stand at their `position`."""
    positions = tuple(position(each) for each in columns_of(leaf))
    kind = leaf.property.kind
    if leaf.property.many:
        return _many(positions[0])
    if kind is Kind.MONEY:
        return _money(*positions)
    if kind is Kind.LOCALISED and leaf.tagged:
        return _tagged(tuple(zip(positions, (each.name for each in languages(leaf)), strict=True)))
    return itemgetter(positions[0])


def decimal_text(minor_units: int, currency: str) -> str:
    """An amount in the currency's main unit, with as many decimals as the currency has."""
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


def _tagged(texts: tuple[tuple[int, str], ...]) -> Read:
    def read(row: Sequence[object]) -> dict[str, object] | None:
        return next(({"text": row[at], "language": language} for at, language in texts if row[at] is not None), None)

    return read
