"""Codes of countries, languages and currencies, with the one that was perhaps meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from typing import Final, cast

import pycountry

__all__ = ["InvalidValue", "check_country", "check_currency", "check_language"]

_USUAL: Final = ("EUR", "SEK", "NOK", "DKK", "ISK", "USD", "GBP", "CHF", "PLN", "JPY")
_SIGNS: Final = {
    "€": "`EUR`",
    "$": "`USD`",
    "£": "`GBP`",
    "mk": "`EUR`, with the amount converted",
    "kr": "`DKK`, `NOK`, `SEK` or `ISK`",
}
_EU_ALIASES: Final = {"UK": "GB", "EL": "GR"}  # codes that the European Union uses for itself


class InvalidValue(Exception):
    """A value makes no sense; `hint` says how to mend it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def check_country(value: str) -> str:
    """The code itself, where it is an ISO 3166-1 alpha-2 code of a country. Raises Wrong."""
    names = _names("countries", "alpha_2")
    if value not in names:
        long = {code: short for short, code in zip(names, _names("countries", "alpha_3"), strict=True)}
        meant = _EU_ALIASES.get(value) or long.get(value) or _closest(value, names)
        hint = f"did you mean `{meant}` ({names[meant]})?" if meant else "two capitals, such as FI, SE, NO, DK, IS"
        raise InvalidValue(f"`{value}` is not an ISO 3166-1 country code", hint)
    return value


def check_language(value: str) -> str:
    """The code itself, where it is an ISO 639-1 code of a language. Raises Wrong."""
    names = _names("languages", "alpha_2")
    if value not in names:
        meant = _closest(value, names)
        hint = f"did you mean `{meant}` ({names[meant]})?" if meant else "two small letters, such as fi, sv, en"
        raise InvalidValue(f"`{value}` is not an ISO 639-1 language code", hint)
    return value


def check_currency(value: str) -> str:
    """The code itself, where it is an ISO 4217 code of a currency. Raises Wrong."""
    names = _names("currencies", "alpha_3")
    if value not in names:
        # A slip towards a currency in use here is likelier than one towards the hundred others.
        close = get_close_matches(value.upper(), _USUAL, n=1, cutoff=0.6)
        code = _closest(value, names) or (close[0] if close else None)
        meant = _SIGNS.get(value.lower()) or (f"`{code}`" if code else None)
        hint = f"did you mean {meant}?" if meant else "three capitals, such as EUR, SEK, NOK, DKK"
        raise InvalidValue(f"`{value}` is not an ISO 4217 currency", hint)
    return value


def _closest(value: str, names: dict[str, str]) -> str | None:
    """The code in the other case, or the one whose name this is, nearly."""
    for code in (value.upper(), value.lower()):
        if code in names:
            return code
    by_name = {name: code for code, name in names.items()}
    close = get_close_matches(value.title(), by_name, n=1, cutoff=0.75)
    return by_name[close[0]] if close else None


@cache
def _names(table: str, code: str) -> dict[str, str]:
    """The names of a table of ISO codes by code, those without one left out."""
    rows = cast("Iterable[object]", getattr(pycountry, table))
    return {str(getattr(each, code)): str(getattr(each, "name", "")) for each in rows if hasattr(each, code)}
