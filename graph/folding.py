"""Folding of text for search and order: case, accents and Nordic letters make no difference."""

import unicodedata
from typing import Final

__all__ = ["fold"]

_LETTERS: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i"})


def fold(text: str) -> str:
    """The text in lower case without accents: "Bodø" and "BODO" both give "bodo".

    ø→o, æ→ae, ð→d, þ→th, å ä→a, ö→o, ß→ss; runs of white space become one space. Folding twice equals once.
    """
    # Lower case first: a capital may decompose into letters that the table knows in lower case only.
    decomposed = unicodedata.normalize("NFKD", text.casefold()).casefold()
    bare = "".join(each for each in decomposed if not unicodedata.combining(each))
    return " ".join(bare.translate(_LETTERS).split())
