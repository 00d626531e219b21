"""Compute the answer to the question `graph.questions.search` from the index of names."""

from typing import Final

from graph.errors import BadArgument
from graph.folding import fold
from graph.questions.search import SEARCHED, Arguments
from graph.search.name_index import Hits
from graph.search.name_index_reader import NameIndexReader
from graph.search.words import split_words

__all__ = ["find_hits"]

_SHORTEST: Final = 2
_LONGEST: Final = 200


async def find_hits(names: NameIndexReader, arguments: Arguments) -> Hits:
    """Return the nodes with names that match, in order. Raises BadArgument for an unsuitable text, and StoreError."""
    text = fold(arguments.text)
    hint = f"give a text of {_SHORTEST} to {_LONGEST} characters, with a letter or digit"
    if not _SHORTEST <= len(text) <= _LONGEST:
        raise BadArgument(
            "text: a blank text finds nothing"
            if not text
            else f"text: {len(text)} characters are too {'few' if len(text) < _SHORTEST else 'many'} to search for",
            hint=hint,
        )
    if not split_words(text):
        raise BadArgument(f"text: {arguments.text!r} has no letter or digit to search for", hint=hint)
    labels = None if arguments.types is None else [SEARCHED[member.name].name for member in arguments.types]
    return (await names.current()).search(text, labels)
