"""Normalise texts.

Reject placeholders, formulas, control characters and text that was decoded with the wrong encoding.
"""

import re
import unicodedata
from typing import Final

import ftfy

from graph.folding import clean
from graph.iso_codes import InvalidValue
from graph.seeding.personal_data import reject_contact_details

__all__ = ["clean_text", "normalise_text"]

_MAX_CHARS: Final = 20_000
_MAX_SHOWN: Final = 80

_PLACEHOLDERS: Final = frozenset(
    {"null", "nil", "undefined", "n/a", "n.a.", "tbd", "tba", "todo", "unknown", "not available", "xxx", "#", "<na>"}
)
"""Common texts that mean "no value", in lower case.

"none" and "nan" are not in the set, because they are names of towns.
"""

_SPREADSHEET_ERROR: Final = re.compile(r"#(?:N/A|DIV/0!|[A-Z_]+[!?])|NaN|nan")
_FORMULA: Final = re.compile(r"=\S.*", re.DOTALL)
_SHORTENED_NUMBER: Final = re.compile(r"-?[0-9](?:[.,][0-9]+)?E[+-][0-9]{2,3}")


def normalise_text(name: str, text: str, *, multiline: bool = False) -> str:
    """Return the text without invisible characters and without white space at the beginning and end.

    `name` is the name of the property, for error messages. Raises InvalidValue if the text is invalid or contains an
    e-mail address or a telephone number.
    """
    value = clean_text(name, text, multiline=multiline)
    if len(value) > _MAX_CHARS:
        hint = f"shorten it to {_MAX_CHARS}; quote the decisive sentence"
        raise InvalidValue(f"`{name}` has {len(value)} characters", hint)
    _check_characters(name, value)
    _reject_placeholder(name, value, multiline=multiline)
    _reject_mojibake(name, value)
    reject_contact_details(name, value)
    return value


def clean_text(name: str, text: str, *, multiline: bool = False) -> str:
    """Clean the text as `normalise_text` does, but without the checks of its content.

    Raises InvalidValue if the text is empty. Also raises InvalidValue if the text contains a line break or a tab and
    `multiline` is false.
    """
    value = clean(text).strip()
    if not value:
        raise InvalidValue(f"`{name}` is empty", "write the text, or leave the property out")
    if not multiline and ("\n" in value or "\t" in value):
        character = "line break" if "\n" in value else "tab"
        raise InvalidValue(f"`{name}` has a {character}", "write it on one line")
    return value


def _check_characters(name: str, value: str) -> None:
    if "\ufffd" in value:
        hint = "write the character that the source has"
        raise InvalidValue(f"`{name}` contains U+FFFD, which stands for a character that was lost", hint)
    for char in () if value.isprintable() else value:
        category, code = unicodedata.category(char), ord(char)
        if category == "Cc" and char not in "\n\t":
            hint = "delete it; text copied from a document often contains one"
            raise InvalidValue(f"`{name}` contains an invisible control character", hint)
        # Unassigned characters are allowed, because a later version of Unicode may assign them.
        if category in ("Co", "Cs") or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            hint = "replace it; symbols of a document's own font have no meaning elsewhere"
            raise InvalidValue(f"`{name}` contains U+{code:04X}, which is not a character", hint)


def _reject_placeholder(name: str, value: str, *, multiline: bool) -> None:
    is_error = _SPREADSHEET_ERROR.fullmatch(value) is not None
    if is_error or value.casefold() in _PLACEHOLDERS or not (multiline or any(char.isalnum() for char in value)):
        raise InvalidValue(f"`{name}` is `{value}`, which stands for no value", "leave it out if it is not known")
    if _FORMULA.fullmatch(value) is not None:
        raise InvalidValue(f"`{name}` is a formula: `{_shorten(value)}`", "write the value that it gives")
    if _SHORTENED_NUMBER.fullmatch(value) is not None:
        hint = "format the column as text in the spreadsheet, and write all digits"
        raise InvalidValue(f"`{name}` is `{value}`, a number that a spreadsheet has shortened", hint)


def _reject_mojibake(name: str, value: str) -> None:
    """Raise InvalidValue if the text was decoded with the wrong encoding, such as `GÃ¶teborg` for `Göteborg`."""
    if not value.isascii() and (fixed := ftfy.fix_encoding(value)) != value:
        hint = f"did you mean `{_shorten(fixed)}`? The text was read in another encoding than UTF-8"
        raise InvalidValue(f"`{name}` has wrong letters: `{_shorten(value)}`", hint)


def _shorten(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
