"""Conversion between amounts in the main unit of a currency and in its minor unit, in which amounts are stored."""

from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_precision

__all__ = ["decimal_places", "to_main_units", "to_minor_units"]


@cache
def decimal_places(currency: str) -> int:
    """Return the number of decimals of an ISO 4217 currency: 2 for EUR, 0 for ISK."""
    return get_currency_precision(currency)


def to_main_units(minor_units: int, currency: str) -> Decimal:
    """Convert stored minor units to an amount with the decimals of the currency."""
    return Decimal(minor_units).scaleb(-decimal_places(currency))


def to_minor_units(amount: Decimal, currency: str) -> Decimal:
    """Convert an amount to minor units. The result has a fraction if the amount has too many decimals."""
    return amount.scaleb(decimal_places(currency))
