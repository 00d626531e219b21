"""Parse the text of a value into stored columns. The kind of the property determines the format of the text."""

import re
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from graph.formats import check_format
from graph.iso_codes import InvalidValue, check_currency
from graph.iso_date import parse_iso_date
from graph.model import MAX_INT, Kind, Property
from graph.money import decimal_places, to_minor_units
from graph.seeding.records import Columns, did_you_mean
from graph.seeding.texts import normalise_text

__all__ = ["InvalidValue", "parse_value"]

_INT64: Final = 2**63 - 1


def parse_value(property_: Property, text: str) -> Columns:
    """Parse the text of a property's value, and return the stored columns. Raises InvalidValue.

    A LOCALISED property has a text for each language. For such a property, `text` is the text in one language, and the
    result has a single column with the name of the property.
    """
    name = property_.name
    match property_.kind:
        case Kind.STRING | Kind.LOCALISED | Kind.REF:
            return {name: _parse_text(property_, text)}
        case Kind.INT:
            return {name: _parse_integer(name, text)}
        case Kind.FLOAT:
            return {name: _parse_float(name, text)}
        case Kind.DECIMAL:
            return {name: _parse_decimal(text)}
        case Kind.BOOLEAN:
            return {name: _parse_boolean(text)}
        case Kind.DATE:
            return {name: _parse_date(text)}
        case Kind.PARTIAL_DATE:
            day, precision = _parse_partial_date(text)
            return {name: day, f"{name}Precision": precision}
        case Kind.BOUND:
            return _parse_bound(name, text)
        case Kind.MONEY:
            amount, currency = _parse_money(text)
            return {name: amount, f"{name}Currency": currency}
        case Kind.VOCABULARY:
            return {name: _parse_member(property_, text)}
        case Kind.URL:
            return {name: _parse_url(text)}


# --- Text -----------------------------------------------------------------------------------------


def _parse_text(property_: Property, text: str) -> str:
    """Return the normalised text. Raises InvalidValue if the text does not have the required format."""
    value = normalise_text(property_.name, text, multiline=property_.multiline)
    return check_format(property_.name, value)


def _parse_member(property_: Property, text: str) -> str:
    assert property_.vocabulary is not None
    members = property_.vocabulary.__members__
    if text not in members:
        raise InvalidValue(f"`{text}` is not a value of `{property_.name}`", did_you_mean(text, members))
    return text


def _parse_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        raise InvalidValue(f"`{text}` is not a web address", "copy it whole from the browser") from None
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", text):
        raise InvalidValue(f"`{text}` is not a web address", "begin with https:// or http:// and leave out spaces")
    if parts.username is not None:
        raise InvalidValue(f"`{text}` contains a user name", "delete everything between :// and @")
    return text


# --- Numbers --------------------------------------------------------------------------------------

_RANGES: Final = {"latitude": 90.0, "longitude": 180.0}


def _parse_integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,40}", text):
        raise InvalidValue(f"`{text}` is not a whole number", "write digits only, without spaces, points or words")
    value = int(text)
    if value < 0:
        raise InvalidValue(f"`{name}` is {value}", "write zero or a positive number")
    if value > MAX_INT:
        raise InvalidValue(
            f"`{name}` is {value}", f"write a number up to {MAX_INT}, or leave it out if it has no limit"
        )
    if name.lower().endswith("year") and not 1000 <= value <= 2999:
        raise InvalidValue(f"`{text}` is not a year", "write four digits, such as 2024")
    return value


def _parse_float(name: str, text: str) -> float:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        hint = "write a point, not a comma" if "," in text else "write digits with a decimal point, such as 60.294"
        raise InvalidValue(f"`{text}` is not a number", hint)
    value = float(text)
    limit = _RANGES.get(name, float("inf"))
    if not abs(value) <= limit or value in (float("inf"), float("-inf")):
        raise InvalidValue(f"`{name}` is {text}", f"write a number between -{limit:g} and {limit:g}")
    return value


def _parse_decimal(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", text):
        hint = "write a point, not a comma" if "," in text else "write digits with a decimal point, such as 0.05"
        raise InvalidValue(f"`{text}` is not a decimal number", hint)
    if text.startswith("-"):
        raise InvalidValue(f"`{text}` is negative", "amounts are zero or more")
    return text


def _parse_boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidValue(
            f"`{text}` is neither true nor false", "write true or false, or leave it out if it is not known"
        )
    return text == "true"


_MONEY: Final = re.compile(r"(-?[0-9]{1,18}(?:\.[0-9]{1,6})?) (\S+)")


def _parse_money(text: str) -> tuple[int, str]:
    match = _MONEY.fullmatch(text)
    if match is None:
        raise InvalidValue(f"`{text}` is not an amount of money", _money_hint(text))
    amount, currency = Decimal(match[1]), check_currency(match[2])
    if amount < 0:
        raise InvalidValue(f"`{text}` is negative", "amounts are zero or more; 0 means free of charge")
    minor = to_minor_units(amount, currency)
    if minor != minor.to_integral_value():
        raise InvalidValue(
            f"`{text}` has too many decimals", f"{currency} has {decimal_places(currency) or 'no'} decimals"
        )
    if minor > _INT64:
        raise InvalidValue(f"`{text}` is more than can be stored", "check the number of digits")
    return int(minor), currency


def _money_hint(text: str) -> str:
    number = re.sub(r"[^\d,.\s]", "", text).strip()
    digits = re.sub(r"\s", "", number)
    thousands = re.fullmatch(r"\d{1,3}(?:[\s.]\d{3})+", number)
    currency = (re.findall(r"[A-Z]{3}", text) or ["EUR"])[0]
    if thousands:
        return f"write `{re.sub(r'[^0-9]', '', digits)} {currency}`"
    if re.fullmatch(r"\d+,\d+", digits):
        return f"write `{digits.replace(',', '.')} {currency}`"
    return "write digits, a space and the currency's code, such as `10000 EUR`"


# --- Dates ----------------------------------------------------------------------------------------


def _parse_date(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return _check_year(parse_iso_date(text))
        except ValueError:
            raise InvalidValue(f"`{text}` is not a date of the calendar", "check the month and the day") from None
    raise InvalidValue(f"`{text}` is not a date", _date_hint(text) or "write year, month and day, such as 2023-11-27")


def _parse_partial_date(text: str) -> tuple[date, str]:
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", text):
        precision = "YEAR" if len(text) == 4 else "MONTH"
        try:
            return _check_year(parse_iso_date(text + ("-01-01" if precision == "YEAR" else "-01"))), precision
        except ValueError:
            raise InvalidValue(f"`{text}` is not a month of the calendar", "write a month from 01 to 12") from None
    try:
        return _parse_date(text), "DAY"
    except InvalidValue as error:
        hint = error.hint if "such as" not in error.hint else "write 2016, 2016-04 or 2016-04-03"
        raise InvalidValue(error.message, hint) from None


def _check_year(day: date) -> date:
    if not 1000 <= day.year <= 2999:
        raise InvalidValue(f"the year {day.year} is out of range", "write four digits, such as 2024")
    return day


def _parse_bound(name: str, text: str) -> Columns:
    if text in ("OPEN", "UNKNOWN"):
        if text == "OPEN" and name == "validFrom":
            raise InvalidValue("`validFrom` is OPEN", "write a date or UNKNOWN; only `validUntil` can be OPEN")
        return {f"{name}Bound": text}
    try:
        day, precision = _parse_partial_date(text)
    except InvalidValue as error:
        hint = error.hint.replace("2016-04-03", "2016-04-03, OPEN or UNKNOWN")
        raise InvalidValue(error.message, hint) from None
    return {name: day, f"{name}Precision": precision, f"{name}Bound": "DATE"}


def _date_hint(text: str) -> str | None:
    """Return a hint with the ISO form of a date that is written as 27.11.2023 or 27/11/2023.

    Returns None for any other text.
    """
    match = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    if match is None:
        return None
    try:
        return f"write `{date(int(match[3]), int(match[2]), int(match[1])).isoformat()}`"
    except ValueError:
        return None
