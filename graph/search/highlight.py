"""Find the parts of a name that match the words of a text."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graph.search.words import word_spans

__all__ = ["find_highlights"]

Similar = Mapping[str, Mapping[str, int]]


class _Part(NamedTuple):
    """A part of a word of a name: the place of the word in the name, and offsets in the word."""

    place: int
    start: int
    end: int


def find_highlights(folded: str, spellings: Sequence[Sequence[str]], similar: Similar) -> list[tuple[int, int]]:
    """Return the starts and ends of the parts of a folded name that match, in order.

    `spellings` are the words of the text, and other spellings. `similar` contains the numbers of typing errors of known
    words by word of the text. Adjacent whole words become one part.
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
    """Return the beginnings of words that match, adjacent and in order if possible, or None if one does not match."""
    *whole, last = spelling
    for place in range(len(words) - len(whole)):
        if words[place : place + len(whole)] == whole and words[place + len(whole)].startswith(last):
            return [_Part(place + offset, 0, len(word)) for offset, word in enumerate(spelling)]
    if not all(any(word.startswith(begin) for word in words) for begin in spelling):
        return None
    return _all_parts(words, spelling, {})


def _all_parts(words: Sequence[str], spelling: Sequence[str], similar: Similar) -> list[_Part]:
    """Return the best part for each word of the text, in different words of the name if possible."""
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
    """Return how well a word of the name matches a word of the text, 0 being best, or None."""
    if word == given:
        return 0
    if word.startswith(given):
        return 1
    if len(given) > 1 and given in word:
        return 2
    errors = similar.get(given, {}).get(word)
    return None if errors is None else 2 + errors
