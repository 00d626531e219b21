"""Stored values as JSON has them."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from operator import itemgetter
from typing import cast

from babel.numbers import get_currency_precision

from graph.model import Kind
from graph.traversal.plan import Column, columns_of, languages
from graph.traversal.selection import Leaf

__all__ = ["decimal_text", "leaf_reader"]

Read = Callable[[Sequence[object]], object]

_DATES = (Kind.DATE, Kind.PARTIAL_DATE, Kind.BOUND)


def leaf_reader(leaf: Leaf, position: Callable[[Column], int]) -> Read:
    """What reads a leaf from a row in which its columns stand at their `position`."""
    positions = tuple(position(each) for each in columns_of(leaf))
    kind = leaf.property.kind
    if leaf.property.many:
        return _many(positions[0])
    if kind is Kind.MONEY:
        return _money(*positions)
    if kind is Kind.LOCALISED and leaf.tagged:
        return _tagged(tuple(zip(positions, (each.name for each in languages(leaf)), strict=True)))
    if kind in _DATES and leaf.component == "value":
        return _date(positions[0])
    return itemgetter(positions[0])


def decimal_text(minor_units: int, currency: str) -> str:
    """An amount in the currency's main unit, with as many decimals as the currency has."""
    return format(Decimal(minor_units).scaleb(-_exponent(currency)), "f")


@cache
def _exponent(currency: str) -> int:
    return get_currency_precision(currency)


def _many(position: int) -> Read:
    return lambda row: row[position] or []


def _date(position: int) -> Read:
    def read(row: Sequence[object]) -> str | None:
        value = row[position]
        return None if value is None else str(value)

    return read


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
