"""Clean text for storage, and fold text for search and sorting without case and diacritics."""

import re
import unicodedata
from typing import Final

__all__ = ["clean", "fold", "fold_for_sorting", "fold_with_offsets"]

_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Invisible characters such as soft hyphens and zero-width spaces (Unicode: Default_Ignorable_Code_Point)."""

_SHAPING: Final = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""The invisible characters that `clean` keeps, because they change the shape of adjacent characters.

They are used, for example, in Persian and in emoji.
"""

_BREAKS: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")

_VARIANTS: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′ʹʻʼʽˈꞌ＇`´", "'"),
        **dict.fromkeys("“”„‟″«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―⁃−﹘﹣－", "-"),
    }
)
_NORDIC: Final = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}", "ü": "y"})
"""Replacements for sorting: å, ä and ö become the characters that follow z in Unicode.

As in Finnish and Swedish, æ sorts as ä, ø sorts as ö, and ü sorts as y.
"""

_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i"})


def clean(text: str) -> str:
    """Return the text in the form in which it is stored. Texts that look the same become equal.

    The stored form is Unicode NFC, with plain spaces and line breaks, and without invisible characters. Cleaning a text
    again does not change it.
    """
    if text.isascii() and "\r" not in text and "\x0b" not in text and "\x0c" not in text:
        return text
    visible = _INVISIBLE.sub(lambda match: match[0] if match[0] in _SHAPING else "", text)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", _BREAKS.sub("\n", visible)))


def fold(text: str) -> str:
    """Return the text in lower case without diacritics: "Bodø" and "BODO" become "bodo".

    The function replaces ø→o, æ→ae, ð→d, þ→th, å ä→a, ö→o, ß→ss. All kinds of apostrophes become equal, as do all
    quotation marks and all dashes. Invisible characters are removed. Consecutive white space becomes one space. Folding
    a text again does not change it.
    """
    return " ".join(_fold_characters(text).split())


def fold_for_sorting(text: str) -> str:
    """Return a sort key for Finnish and Swedish: å, ä and ö follow z. The letter æ sorts as ä, ø as ö, and ü as y.

    The key is the folded text (see `fold`). Before folding, `_NORDIC` replaces the letters å, ä, æ, ö, ø and ü. The
    keys must be compared by code points, as Neo4j and ArcadeDB do.
    """
    return fold(unicodedata.normalize("NFC", text).casefold().translate(_NORDIC))


def fold_with_offsets(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the folded text (lower case, no diacritics), and an array of offsets.

    The offsets contain, for each character of the folded text, the index of the character of `text` from which it was
    made.
    """
    folded: list[str] = []
    offsets: list[int] = []
    for offset, original in enumerate(text):
        for char in _fold_characters(original):
            if not char.isspace():
                folded.append(char)
                offsets.append(offset)
            elif folded and folded[-1] != " ":
                folded.append(" ")
                offsets.append(offset)
    if folded and folded[-1] == " ":
        del folded[-1], offsets[-1]
    return "".join(folded), tuple(offsets)


def _fold_characters(text: str) -> str:
    """Return the text in lower case without diacritics, as `fold` does, but without changing white space."""
    if text.isascii():
        return text.lower().translate(_VARIANTS)
    # Fold case before and after decomposition: a capital may decompose into capitals, and the table is lower case.
    # Some variants, such as the acute accent, decompose into a space and a combining character.
    visible = _INVISIBLE.sub("", text).translate(_VARIANTS)
    decomposed = unicodedata.normalize("NFKD", visible.casefold()).casefold()
    base = "".join([char for char in decomposed if not unicodedata.combining(char)])
    return _INVISIBLE.sub("", base).translate(_VARIANTS).translate(_LETTERS)
