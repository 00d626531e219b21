"""Text into stored columns, exactly, by the kind that the model gives a property."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

from babel.numbers import get_currency_precision

from graph.model import Kind, Property
from graph.seeding import iso_codes
from graph.seeding.iso_codes import InvalidValue
from graph.seeding.records import Columns, did_you_mean

__all__ = ["InvalidValue", "columns_of", "text_of"]

_INT64: Final = 2**63 - 1
_MAX_TEXT: Final = 20_000


def columns_of(property_: Property, text: str) -> Columns:
    """The columns of one value, for every kind but LOCALISED. Raises Wrong."""
    name = property_.name
    match property_.kind:
        case Kind.STRING | Kind.LOCALISED | Kind.REF:
            return {name: text_of(name, text)}
        case Kind.INT:
            return {name: _integer(name, text)}
        case Kind.FLOAT:
            return {name: _float(name, text)}
        case Kind.DECIMAL:
            return {name: _decimal(text)}
        case Kind.BOOLEAN:
            return {name: _boolean(text)}
        case Kind.DATE:
            return {name: _date(text)}
        case Kind.PARTIAL_DATE:
            day, precision = _partial(text)
            return {name: day, f"{name}Precision": precision}
        case Kind.BOUND:
            return _bound(name, text)
        case Kind.MONEY:
            amount, currency = _money(text)
            return {name: amount, f"{name}Currency": currency}
        case Kind.VOCABULARY:
            return {name: _member(property_, text)}
        case Kind.URL:
            return {name: _url(text)}


# --- Text -----------------------------------------------------------------------------------------

_EMAIL: Final = re.compile(r"[\w.+-]+\s?(?:@|\[at\]|\(at\)|\[ät\])\s?[\w-]+\.[a-z]{2,}", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"etunimi\.sukunimi|f[oö]rnamn\.efternamn|first-?name\.(?:last|sur)-?name", re.I)
_PHONE: Final = re.compile(
    r"(?<![\w.,/+-])(?:\+\d{1,3}[ (]?|00\d{2,3} |\(?0\d{1,2}\)?[ -])\(?\d{1,4}\)?(?:[ -]?\d{2,4}){1,4}(?![\w./])"
)
_FEWEST_DIGITS: Final = 7


def text_of(name: str, text: str) -> str:
    """A text as it is stored: trimmed, in Unicode's composed form, without persons' contacts. Raises Wrong."""
    value = unicodedata.normalize("NFC", text.strip()).replace("\r\n", "\n")
    if not value:
        raise InvalidValue(f"`{name}` is empty", "write the text, or leave the property out")
    if len(value) > _MAX_TEXT:
        raise InvalidValue(
            f"`{name}` has {len(value)} characters", f"keep it under {_MAX_TEXT}; quote the decisive sentence"
        )
    if not value.isprintable() and any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in value):
        raise InvalidValue(
            f"`{name}` holds an invisible control character", "delete it; copying often brings one along"
        )
    _refuse_persons(name, value)
    form = _FORMS.get(name)
    return form(value) if form is not None else value


def _refuse_persons(name: str, value: str) -> None:
    # Most texts lack the signs that these forms cannot do without; looking for the signs first is several times faster.
    found = _EMAIL.search(value) if "@" in value or "(" in value or "[" in value else None
    if found is None and "." in value:
        found = _PLACEHOLDER.search(value)
    if found is not None:
        raise InvalidValue(
            f"`{name}` holds an e-mail address: `{found.group()}`", "leave it out; the graph knows no persons"
        )
    for found in _PHONE.finditer(value) if "0" in value or "+" in value else ():
        if sum(each.isdigit() for each in found.group()) >= _FEWEST_DIGITS:
            raise InvalidValue(
                f"`{name}` holds a telephone number: `{found.group()}`", "leave it out; the graph has none"
            )


def _pattern(form: str, says: str, hint: str) -> Callable[[str], str]:
    compiled = re.compile(form)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise InvalidValue(f"`{value}` is not {says}", hint)
        return value

    return check


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "country": iso_codes.check_country,
    "language": iso_codes.check_language,
    "perInhabitantCurrency": iso_codes.check_currency,
    "wikidata": _pattern(r"Q[1-9]\d*", "a Wikidata item", "the letter Q and digits, such as Q1757"),
    "unlocode": _pattern(r"[A-Z]{2}[A-Z2-9]{3}", "a UN/LOCODE", "five characters without a space, such as FIHEL"),
}
"""What the description of a text property in the model asks of its form."""


def _member(property_: Property, text: str) -> str:
    assert property_.vocabulary is not None
    members = property_.vocabulary.__members__
    if text not in members:
        raise InvalidValue(f"`{text}` is not a value of `{property_.name}`", did_you_mean(text, members))
    return text


def _url(text: str) -> str:
    value = text.strip()
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise InvalidValue(f"`{value}` is not a web address", "copy it whole from the browser") from None
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", value):
        raise InvalidValue(f"`{value}` is not a web address", "begin with https:// or http:// and leave out spaces")
    if parts.username is not None:
        raise InvalidValue(f"`{value}` holds a user name", "leave out what stands before the @")
    return value


# --- Numbers --------------------------------------------------------------------------------------

_RANGES: Final = {"latitude": 90.0, "longitude": 180.0}


def _integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,19}", text):
        raise InvalidValue(f"`{text}` is not a whole number", "digits only, without spaces, points or words")
    value = int(text)
    if not 0 <= value <= _INT64:
        raise InvalidValue(f"`{name}` is {value}", "it counts something: zero or more")
    if name.lower().endswith("year") and not 1000 <= value <= 2999:
        raise InvalidValue(f"`{text}` is not a year", "four digits, such as 2024")
    return value


def _float(name: str, text: str) -> float:
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        hint = "write a point, not a comma" if "," in text else "digits with a decimal point, such as 60.294"
        raise InvalidValue(f"`{text}` is not a number", hint)
    value = float(text)
    limit = _RANGES.get(name, float("inf"))
    if not abs(value) <= limit or value in (float("inf"), float("-inf")):
        raise InvalidValue(f"`{name}` is {text}", f"degrees lie between -{limit:g} and {limit:g}")
    return value


def _decimal(text: str) -> str:
    if not re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", text):
        hint = "write a point, not a comma" if "," in text else "digits with a decimal point, such as 0.05"
        raise InvalidValue(f"`{text}` is not a decimal number", hint)
    if text.startswith("-"):
        raise InvalidValue(f"`{text}` is negative", "amounts are zero or more")
    return text


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise InvalidValue(f"`{text}` is neither true nor false", "write true or false, or leave it out where unknown")
    return text == "true"


_MONEY: Final = re.compile(r"(-?\d{1,18}(?:\.\d{1,6})?) (\S+)")


def _money(text: str) -> tuple[int, str]:
    found = _MONEY.fullmatch(text)
    if found is None:
        raise InvalidValue(f"`{text}` is not an amount of money", _money_hint(text))
    amount, currency = Decimal(found[1]), iso_codes.check_currency(found[2])
    if amount < 0:
        raise InvalidValue(f"`{text}` is negative", "amounts are zero or more; 0 means known to be free")
    precision = get_currency_precision(currency)
    minor = amount.scaleb(precision)
    if minor != minor.to_integral_value():
        raise InvalidValue(
            f"`{text}` has more decimals than {currency} has",
            f"{currency} has {precision} decimals" if precision else f"{currency} has no decimals",
        )
    if minor > _INT64:
        raise InvalidValue(f"`{text}` is more than can be stored", "look for digits too many")
    return int(minor), currency


def _money_hint(text: str) -> str:
    digits = re.sub(r"[\s ]", "", re.sub(r"[^\d,.\s ]", "", text))
    thousands = re.fullmatch(r"\d{1,3}(?:[\s .]\d{3})+", re.sub(r"[^\d,.\s ]", "", text).strip())
    currency = (re.findall(r"[A-Z]{3}", text) or ["EUR"])[0]
    if thousands:
        return f"write `{re.sub(r'[^0-9]', '', digits)} {currency}`"
    if re.fullmatch(r"\d+,\d+", digits):
        return f"write `{digits.replace(',', '.')} {currency}`"
    return "write digits, a space and the currency's code, such as `10000 EUR`"


# --- Dates ----------------------------------------------------------------------------------------


def _date(text: str) -> date:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return _in_time(date.fromisoformat(text))
        except ValueError:
            raise InvalidValue(f"`{text}` is not a day of the calendar", "look at the month and the day") from None
    raise InvalidValue(f"`{text}` is not a date", _date_hint(text) or "write year, month and day, such as 2023-11-27")


def _partial(text: str) -> tuple[date, str]:
    if re.fullmatch(r"\d{4}(-\d{2})?", text):
        precision = "YEAR" if len(text) == 4 else "MONTH"
        try:
            return _in_time(date.fromisoformat(text + ("-01-01" if precision == "YEAR" else "-01"))), precision
        except ValueError:
            raise InvalidValue(f"`{text}` is not a month of the calendar", "months run from 01 to 12") from None
    try:
        return _date(text), "DAY"
    except InvalidValue as wrong:
        hint = wrong.hint if "such as" not in wrong.hint else "write 2016, 2016-04 or 2016-04-03"
        raise InvalidValue(wrong.message, hint) from None


def _in_time(day: date) -> date:
    if not 1000 <= day.year <= 2999:
        raise InvalidValue(f"the year {day.year} cannot be meant", "four digits, such as 2024")
    return day


def _bound(name: str, text: str) -> Columns:
    if text in ("OPEN", "UNKNOWN"):
        if text == "OPEN" and name == "validFrom":
            raise InvalidValue("`validFrom` is OPEN", "a beginning is a date or UNKNOWN; OPEN means that it still runs")
        return {f"{name}Bound": text}
    try:
        day, precision = _partial(text)
    except InvalidValue as wrong:
        hint = wrong.hint.replace("2016-04-03", "2016-04-03, OPEN or UNKNOWN")
        raise InvalidValue(wrong.message, hint) from None
    return {name: day, f"{name}Precision": precision, f"{name}Bound": "DATE"}


def _date_hint(text: str) -> str | None:
    """The date meant by 27.11.2023 or 27/11/2023."""
    found = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    if found is None:
        return None
    try:
        return f"write `{date(int(found[3]), int(found[2]), int(found[1])).isoformat()}`"
    except ValueError:
        return None
