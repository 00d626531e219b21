"""Find the parts of a name that match a search text."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graph.search.words import word_spans

__all__ = ["find_highlights"]

Similar = Mapping[str, Mapping[str, int]]


class _Part(NamedTuple):
    """A part of a name that matches a word of the search text.

    `place` is the index of a word in the name. `start` and `end` are character offsets in that word.
    """

    place: int
    start: int
    end: int


def find_highlights(folded: str, spellings: Sequence[Sequence[str]], similar: Similar) -> list[tuple[int, int]]:
    """Find the parts of a folded name that match a search text. Return their start and end offsets, in order.

    A folded name is in lower case and has no diacritics. The first item of `spellings` is the list of words of the
    search text. Each other item is the same list with two words joined, or with one word split. For a word of the
    search text, `similar[word]` is a dict of similar words in names. It maps each similar word to the number of typing
    errors between the two words. Adjacent words that match completely are returned as one part.
    """
    spans = word_spans(folded)
    words = [folded[start:end] for start, end in spans]
    found = next((parts for spelling in spellings if (parts := _beginnings(words, spelling))), None)
    highlights: list[tuple[int, int]] = []
    previous = _Part(-2, 0, 0)
    for part in sorted(set(found or _all_parts(words, spellings[0], similar))):
        start, end = (spans[part.place][0] + offset for offset in (part.start, part.end))
        overlaps = previous.place == part.place and part.start <= previous.end
        adjoins = previous.place == part.place - 1 and previous.end == len(words[previous.place]) and part.start == 0
        if overlaps or adjoins:
            start, end = highlights[-1][0], max(end, highlights.pop()[1])
        highlights.append((start, end))
        previous = part
    return highlights


def _beginnings(words: Sequence[str], spelling: Sequence[str]) -> list[_Part] | None:
    """Return, for every word of a spelling, the part of a name that matches the word, or None if a word does not match.

    A spelling is the list of words of the search text, possibly with two words joined or one word split. `words` are
    the words of the name. A word of the spelling matches if it is the beginning of a word of the name. If possible, the
    parts are in consecutive words of the name, in the order of the spelling. Otherwise the best part is chosen for each
    word separately.
    """
    *whole, last = spelling
    for place in range(len(words) - len(whole)):
        if words[place : place + len(whole)] == whole and words[place + len(whole)].startswith(last):
            return [_Part(place + offset, 0, len(word)) for offset, word in enumerate(spelling)]
    if not all(any(word.startswith(begin) for word in words) for begin in spelling):
        return None
    return _all_parts(words, spelling, {})


def _all_parts(words: Sequence[str], spelling: Sequence[str], similar: Similar) -> list[_Part]:
    """Return, for every word of a spelling, the part of a name that matches the word best.

    A spelling is a list of words of the search text. `words` are the words of the name. If possible, no two parts are
    in the same word of the name. A word of the spelling that matches no word of the name has no part in the result.
    """
    parts: list[_Part] = []
    used: set[int] = set()
    for given in spelling:
        ranked = [
            (rank, place in used, place)
            for place, word in enumerate(words)
            if (rank := _rank(word, given, similar)) is not None
        ]
        if ranked:
            _, _, place = min(ranked, key=lambda one: (one[1], one[0], one[2]))
            used.add(place)
            start = words[place].find(given)
            parts.append(_Part(place, 0, len(words[place])) if start < 0 else _Part(place, start, start + len(given)))
    return parts


def _rank(word: str, given: str, similar: Similar) -> int | None:
    """Return a rank for the match between a word of a name (`word`) and a word of the search text (`given`).

    The best match has the rank 0. Returns None if the words do not match. `similar[given]` is a dict of similar words
    in names. It maps each similar word to the number of typing errors between the two words.
    """
    if word == given:
        return 0
    if word.startswith(given):
        return 1
    if len(given) > 1 and given in word:
        return 2
    errors = similar.get(given, {}).get(word)
    return None if errors is None else 2 + errors
