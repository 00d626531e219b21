"""Find personal data in texts, which must not be stored: e-mail addresses and telephone numbers."""

import re
from typing import Final

from graph.seeding.iso_codes import InvalidValue

__all__ = ["reject_contact_details"]

_EMAIL: Final = re.compile(r"[\w.+-]+\s?(?:@|\[at\]|\(at\)|\[ät\])\s?[\w-]+\.[a-z]{2,}", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"etunimi\.sukunimi|f[oö]rnamn\.efternamn|first-?name\.(?:last|sur)-?name", re.I)
_PHONE: Final = re.compile(
    r"(?<![\w.,/+-])(?:\+\d{1,3}[ (]?|00\d{2,3} |\(?0\d{1,2}\)?[ -])\(?\d{1,4}\)?(?:[ -]?\d{2,4}){1,4}(?![\w./])"
)
_MIN_PHONE_DIGITS: Final = 7


def reject_contact_details(name: str, value: str) -> None:
    # Searching for a required character first is several times faster, and most texts contain none of them.
    match = _EMAIL.search(value) if "@" in value or "(" in value or "[" in value else None
    if match is None and "." in value:
        match = _PLACEHOLDER.search(value)
    if match is not None:
        hint = "delete it; the graph contains no personal data"
        raise InvalidValue(f"`{name}` contains an e-mail address: `{match.group()}`", hint)
    for match in _PHONE.finditer(value) if "0" in value or "+" in value else ():
        if sum(char.isdigit() for char in match.group()) >= _MIN_PHONE_DIGITS:
            hint = "delete it; the graph contains no personal data"
            raise InvalidValue(f"`{name}` contains a telephone number: `{match.group()}`", hint)
