"""Check ISO codes of countries, languages and currencies, and suggest corrections."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Final, cast

import pycountry
from babel.core import get_global

__all__ = [
    "InvalidValue",
    "check_country",
    "check_currency",
    "check_language",
    "currency_years",
    "find_closest",
    "names_by_code",
]

_EU_ALIASES: Final = {"UK": "GB", "EL": "GR"}  # country codes of EU institutions that differ from ISO 3166-1
_USER_ASSIGNED: Final = {"XK": "Kosovo"}  # user-assigned in ISO 3166-1, and commonly used for Kosovo
_COMMON_CURRENCIES: Final = ("EUR", "SEK", "NOK", "DKK", "ISK", "USD", "GBP", "CHF", "PLN", "JPY")
_NO_END: Final = 9999
_CURRENCY_SYMBOLS: Final = {
    "€": "`EUR`",
    "$": "`USD`",
    "£": "`GBP`",
    "mk": "`FIM`",
    "dm": "`DEM`",
    "kr": "`DKK`, `NOK`, `SEK` or `ISK`",
}


class InvalidValue(Exception):
    """Raised if a value has an invalid format. `hint` states how to correct the value."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def is_country(value: str) -> bool:
    """Return whether the value is an ISO 3166-1 alpha-2 country code or XK (Kosovo)."""
    return value in names_by_code("countries", "alpha_2") or value in _USER_ASSIGNED


def check_country(value: str) -> str:
    """Return the value if it is an ISO 3166-1 alpha-2 country code or XK (Kosovo). Otherwise raise InvalidValue."""
    if not is_country(value):
        iso_names = names_by_code("countries", "alpha_2")
        names = iso_names | _USER_ASSIGNED
        alpha_2 = {"XKX": "XK", **dict(zip(names_by_code("countries", "alpha_3"), iso_names, strict=True))}
        suggestion = _EU_ALIASES.get(value) or alpha_2.get(value) or find_closest(value, names)
        hint = (
            f"did you mean `{suggestion}` ({names[suggestion]})?"
            if suggestion
            else "write two capitals, such as FI, SE, NO, DK, IS"
        )
        raise InvalidValue(f"`{value}` is not an ISO 3166-1 country code", hint)
    return value


def check_language(value: str) -> str:
    """Return the value if it is an ISO 639-1 language code. Otherwise raise InvalidValue."""
    names = names_by_code("languages", "alpha_2")
    if value not in names:
        suggestion = find_closest(value, names)
        hint = (
            f"did you mean `{suggestion}` ({names[suggestion]})?"
            if suggestion
            else "write two lower-case letters, such as fi, sv, en"
        )
        raise InvalidValue(f"`{value}` is not an ISO 639-1 language code", hint)
    return value


def check_currency(value: str) -> str:
    """Return the value if it is an ISO 4217 code of a current or former currency. Otherwise raise InvalidValue."""
    names = names_by_code("currencies", "alpha_3")
    if value not in names and value not in currency_years():
        # The intended code is probably that of a common currency, so only common currencies are suggested.
        close = get_close_matches(value.upper(), _COMMON_CURRENCIES, n=1, cutoff=0.6)
        code = find_closest(value, names) or (close[0] if close else None)
        suggestion = _CURRENCY_SYMBOLS.get(value.lower()) or (f"`{code}`" if code else None)
        hint = f"did you mean {suggestion}?" if suggestion else "write three capitals, such as EUR, SEK, NOK, DKK"
        raise InvalidValue(f"`{value}` is not an ISO 4217 currency", hint)
    return value


def find_closest(value: str, names: dict[str, str]) -> str | None:
    """Return the code that is most similar to the value, or None if no code is similar.

    `names` is a dict from code to name. If the value is a code in upper or lower case, that code is returned.
    Otherwise, the value is compared with the names, and the code of the most similar name is returned.
    """
    for code in (value.upper(), value.lower()):
        if code in names:
            return code
    by_name = {name: code for code, name in names.items()}
    close = get_close_matches(value.title(), by_name, n=1, cutoff=0.75)
    return by_name[close[0]] if close else None


@cache
def names_by_code(table: str, code: str) -> dict[str, str]:
    """Return a dict from code to name, read from a table of the library pycountry.

    `table` is the name of the table, such as "currencies". `code` is the attribute of a row that contains the code,
    such as "alpha_3". Rows without this attribute are omitted.
    """
    rows = cast("Iterable[object]", getattr(pycountry, table))
    return {str(getattr(row, code)): str(getattr(row, "name", "")) for row in rows if hasattr(row, code)}


_CurrencyRow = tuple[str, tuple[int, int, int] | None, tuple[int, int, int] | None, bool]
"""The use of a currency in a country: currency code, first day, last day, and whether the currency was legal tender.

A day is (year, month, day). The first day is None if unknown, and the last day is None if the currency is still in use.
"""


@cache
def currency_years() -> dict[str, tuple[int, int | None]]:
    """Return a dict from currency code to the first and last year of the currency's use, from Unicode CLDR.

    The first year is 0 if it is unknown. The last year is None if the currency is still in use.
    """
    spans: dict[str, list[tuple[int, int]]] = {}
    for rows in cast("dict[str, list[_CurrencyRow]]", get_global("territory_currencies")).values():
        for code, start, end, _ in rows:
            spans.setdefault(code, []).append((start[0] if start else 0, end[0] if end else _NO_END))
    ends = {code: (min(years)[0], max(end for _, end in years)) for code, years in spans.items()}
    return {code: (first, None if last == _NO_END else last) for code, (first, last) in ends.items()}
