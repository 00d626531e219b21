"""Remove characters and line breaks that a file format does not allow in text."""

import re
import unicodedata
from typing import Final

__all__ = ["one_line", "printable"]

_BREAK: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_NOT_TEXT: Final = frozenset({"Cc", "Cs"})


def printable(text: str) -> str:
    """Return the text without control characters, surrogates and noncharacters. Line breaks become line feeds.

    XML 1.0 (section 2.2) and iCalendar (RFC 5545, section 3.1) forbid the removed characters, even as escapes.
    """
    if text.isprintable():
        return text
    return "".join(char for char in _BREAK.sub("\n", text) if char in "\n\t" or not _is_forbidden(char))


def one_line(text: str) -> str:
    """Return the text on one line, without the characters that `printable` removes.

    Consecutive white space becomes one space.
    """
    return " ".join(printable(text).split())


def _is_forbidden(char: str) -> bool:
    code = ord(char)
    is_noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return is_noncharacter or unicodedata.category(char) in _NOT_TEXT
