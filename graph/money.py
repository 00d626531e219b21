"""Convert amounts between the main unit of a currency and the minor unit, such as euros and cents.

Amounts are stored in minor units.
"""

from decimal import Decimal
from functools import cache

from babel.numbers import get_currency_precision

__all__ = ["decimal_places", "to_main_units", "to_minor_units"]


@cache
def decimal_places(currency: str) -> int:
    """Return the number of decimals of amounts in an ISO 4217 currency: 2 for EUR, 0 for ISK."""
    return get_currency_precision(currency)


def to_main_units(minor_units: int, currency: str) -> Decimal:
    """Convert an amount from minor units, such as cents, to main units with the decimal places of the currency."""
    return Decimal(minor_units).scaleb(-decimal_places(currency))


def to_minor_units(amount: Decimal, currency: str) -> Decimal:
    """Convert an amount from main units, such as euros, to minor units.

    The result is not an integer if the amount has too many decimal places.
    """
    return amount.scaleb(decimal_places(currency))
