"""Compute the answer to the named query `search` (`graph.questions.search`) from the index of names."""

from typing import Final

from graph.errors import BadArgument
from graph.folding import fold
from graph.questions.search import SEARCHED, Arguments
from graph.search.name_index import Hits
from graph.search.name_index_reader import NameIndexReader
from graph.search.words import split_words

__all__ = ["check_text", "find_hits"]

_SHORTEST: Final = 2
_LONGEST: Final = 200


async def find_hits(names: NameIndexReader, arguments: Arguments) -> Hits:
    """Return the nodes whose names match the search text, best first.

    Raises BadArgument if the text is too long or has fewer than two letters and digits. Raises StoreError.
    """
    check_text(arguments.text)
    labels = None if arguments.types is None else [SEARCHED[member.name].name for member in arguments.types]
    return (await names.current()).search(arguments.text, labels, arguments.language)


def check_text(text: str) -> None:
    """Raise BadArgument if the search text is too long or has fewer than two letters and digits."""
    length = len(fold(text))
    letters = sum(map(len, split_words(text)))
    if not length:
        problem = "a blank text finds nothing"
    elif length > _LONGEST:
        problem = f"{length} characters are too many to search for"
    elif not letters:
        problem = f"{text!r} has no letter or digit to search for"
    elif letters < _SHORTEST:
        problem = "1 letter or digit is too short to search for"
    else:
        return
    raise BadArgument(
        f"text: {problem}", hint=f"give at least {_SHORTEST} letters or digits, and at most {_LONGEST} characters"
    )
