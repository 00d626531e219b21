"""Find e-mail addresses and telephone numbers in texts, because personal contact details must not be stored."""

import re
from collections.abc import Iterator
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from graph.iso_codes import InvalidValue

__all__ = ["reject_contact_details"]

_HINT: Final = "delete it; the graph contains no personal data"

_EMAIL: Final = re.compile(r"[\w.+-]+\s?(?:@|\[at\]|\(at\)|\[ät\])\s?[\w-]+\.[a-z]{2,}", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"etunimi\.sukunimi|f[oö]rnamn\.efternamn|first-?name\.(?:last|sur)-?name", re.I)

_DATE: Final = re.compile(
    r"(?<!\d)(?:"
    r"(?:0?[1-9]|[12]\d|3[01])([./ -])(?:0?[1-9]|1[0-2])\1(?:1[5-9]|20)?\d\d"  # 05-11-2013
    r"|(?:1[5-9]|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"  # 2013-11-05
    r"|(?:1[5-9]|20)\d\d ?[–-] ?(?:1[5-9]|20)\d\d"  # 2013-2014
    r")(?!\d)"
)
_NUMBER: Final = re.compile(
    r"(?<![\w.,/+-])(?:\+\d{1,3}[ (]?|00\d{2,3} ?|\(?0\d{1,3}\)?[ -])\(?\d{1,4}\)?(?:[ -]?\d{2,4}){1,4}(?![\w./])"
)
_WORD: Final = r"\b(?:puh|puhelin|matkapuhelin|tel|telefon|telephone|phone|gsm|mobile|mobil|mob|tlf|tfn|fax|faksi)\b"
_LABELLED: Final = re.compile(_WORD + r"[^\d\n(+]{0,12}(\(?\+?\d[\d ()-]{4,18}\d)", re.IGNORECASE)
_ABBREVIATION: Final = re.compile(r"\bp\. ?$", re.IGNORECASE)  # abbreviates "page" and the Finnish "puhelin"

_MIN_DIGITS: Final = 7
_REGIONS: Final = ("FI", "SE")  # countries whose telephone numbers are recognised without a country code


def reject_contact_details(name: str, value: str) -> None:
    """Raise InvalidValue if the text contains an e-mail address or a telephone number.

    `name` is the name of the property, for the error message.
    """
    # Most texts contain none of these characters. Testing for them first is several times faster.
    match = _EMAIL.search(value) if "@" in value or "(" in value or "[" in value else None
    if match is None and "." in value:
        match = _PLACEHOLDER.search(value)
    if match is not None:
        raise InvalidValue(f"`{name}` contains an e-mail address: `{match.group()}`", _HINT)
    for number in _telephone_numbers(value) if any(map(str.isdecimal, value)) else ():
        raise InvalidValue(f"`{name}` contains a telephone number: `{number}`", _HINT)


def _telephone_numbers(text: str) -> Iterator[str]:
    """Yield the telephone numbers in a text.

    Dates, page numbers, sections, amounts and budget lines look like telephone numbers. A number is therefore yielded
    only in these cases:

    - A word such as "tel." precedes the number.
    - The library libphonenumber recognises the number as a number with a country code, as a mobile number, or as a
      number with an area code in brackets.
    """
    undated = _DATE.sub(lambda match: "." * len(match[0]), text)
    for match in _LABELLED.finditer(undated):
        if _count_digits(match[1]) >= _MIN_DIGITS - 1:
            yield match[1]
    for match in _NUMBER.finditer(undated) if "0" in undated or "+" in undated else ():
        if _count_digits(match[0]) >= _MIN_DIGITS and _is_telephone_number(match[0], undated[: match.start()]):
            yield match[0]


def _is_telephone_number(number: str, before: str) -> bool:
    if number.startswith(("+", "00")):
        return _kind(re.sub("^00", "+", number), None) != PhoneNumberType.UNKNOWN
    if before.rstrip().endswith("§"):
        return False
    kinds = {_kind(number, region) for region in _REGIONS} - {PhoneNumberType.UNKNOWN}
    is_marked = number.startswith("(") or _ABBREVIATION.search(before) is not None
    # A mobile number starts with a group of three digits or more. Many budget lines start with two digits.
    return bool(kinds) if is_marked else PhoneNumberType.MOBILE in kinds and number[:3].isdecimal()


def _kind(number: str, region: str | None) -> int:
    try:
        return phonenumbers.number_type(phonenumbers.parse(number, region))
    except NumberParseException:
        return PhoneNumberType.UNKNOWN


def _count_digits(text: str) -> int:
    return sum(map(str.isdecimal, text))
