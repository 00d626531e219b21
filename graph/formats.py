"""Check the formats of text properties, such as country codes."""

import re
from collections.abc import Callable
from typing import Final

from graph.iso_codes import InvalidValue, check_country, check_currency, check_language

__all__ = ["check_format"]


def check_format(name: str, value: str) -> str:
    """Return `value` unchanged, or raise InvalidValue if its format is wrong for a property.

    `name` is the name of the property, such as `country`. It determines the required format.
    """
    check = _FORMAT_CHECKS.get(name)
    return check(value) if check is not None else value


def _pattern_check(pattern: str, description: str, hint: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise InvalidValue(f"`{value}` is not {description}", hint)
        return value

    return check


_FORMAT_CHECKS: Final[dict[str, Callable[[str], str]]] = {
    "country": check_country,
    "language": check_language,
    "perInhabitantCurrency": check_currency,
    "wikidata": _pattern_check(r"Q[1-9][0-9]*", "a Wikidata item", "write the letter Q and digits, such as Q1757"),
    "geonames": _pattern_check(r"[1-9][0-9]*", "a GeoNames id", "write digits only, such as 632453"),
    "unlocode": _pattern_check(
        r"[A-Z]{2}[A-Z2-9]{3}", "a UN/LOCODE", "write five characters without a space, such as FIHEL"
    ),
}
"""A dict from property name to a function that checks the format of the property's value.

The function returns the value, or raises InvalidValue if the format is wrong.
"""
