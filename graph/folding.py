"""Fold text for searching and sorting, so that case, accents and Nordic letters make no difference."""

import unicodedata
from typing import Final

__all__ = ["fold"]

_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i"})


def fold(text: str) -> str:
    """Return the text in lower case without accents: both "Bodø" and "BODO" give "bodo".

    ø→o, æ→ae, ð→d, þ→th, å ä→a, ö→o, ß→ss; runs of white space become one space. Folding twice equals folding once.
    """
    # Fold case before and after: a capital may decompose into capitals, and the table contains lower case only.
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    base = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(base.translate(_LETTERS).split())
