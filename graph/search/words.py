"""An index of the distinct words of all names, with lookup by prefix, substring and similarity."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance.OSA import distance

from graph.folding import fold

__all__ = ["IntArray", "Words", "initials", "sort_in_slices", "split_words"]

T = TypeVar("T")

IntArray = NDArray[np.int32]

_WORD: Final = re.compile(r"[^\W_]+")
_AFTER_ALL: Final = "\U0010ffff"

_SLICE: Final = 2048
_PAD: Final = "\n\n"
"""Text added before every word.

The words are compared by trigrams (three consecutive letters). Without the added text, the first letters of a word
would be in fewer trigrams than its other letters.
"""
_BITS: Final = 21
"""Number of bits of a Unicode code point."""

_TYPO_LENGTHS: Final = (4, 8)
"""Two minimum lengths of a word, in letters: for tolerating one typing error, and for tolerating two typing errors."""
_PREFIX_LENGTH: Final = 5
"""Minimum length of an unfinished word in which typing errors are tolerated."""
_LOST_TRIGRAMS: Final = 4
"""Maximum number of trigrams of a word that one typing error changes.

A trigram consists of three consecutive letters. Exchanging two adjacent letters changes four trigrams.
"""
_CANDIDATES: Final = 128
"""Maximum number of words that are compared letter by letter with a word of the search text."""


def split_words(text: str) -> list[str]:
    """Return the words of a text, in lower case and without diacritics. A word is a sequence of letters and digits."""
    return _WORD.findall(fold(text))


def word_spans(folded: str) -> list[tuple[int, int]]:
    """Return the start and end offsets, in characters, of each word of a folded text (lower case, no diacritics)."""
    return [match.span() for match in _WORD.finditer(folded)]


def initials(text: str) -> list[int]:
    """Return the offset of each capital letter that begins a word of the text."""
    return [match.start() for match in _WORD.finditer(text) if match[0][0].isupper()]


def sort_in_slices(items: Iterable[T], key: Callable[[T], Any]) -> list[T]:
    """Return the items as a sorted list, and let other threads run during the sort.

    The items are sorted in small slices, because Python's `sorted` holds the GIL until it has finished. No slice takes
    longer than about a millisecond.
    """
    remaining = iter(items)
    slices = iter(lambda: sorted(islice(remaining, _SLICE), key=key), [])
    return list(merge(*slices, key=key))


class Words:
    """A sorted set of folded words, that is, words in lower case and without diacritics.

    A word is identified by its index in `texts`.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.texts = sort_in_slices(words, key=str)
        self._trigrams, self._first_places, self._places = _index_trigrams(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def find(self, word: str) -> int | None:
        """Return the index of a word in `texts`, or None if `texts` does not contain the word."""
        place = bisect_left(self.texts, word)
        return place if place < len(self.texts) and self.texts[place] == word else None

    def beginning_with(self, text: str) -> range:
        """Return the indexes, in `texts`, of the words that begin with `text`. The indexes form a range."""
        return range(bisect_left(self.texts, text), bisect_left(self.texts, text + _AFTER_ALL))

    def containing(self, text: str) -> IntArray:
        """Return the indexes, in `texts`, of the words that contain the text.

        The text must have at least three letters.
        """
        fewest = min((self._words_with(trigram) for trigram in _encode_trigrams(text)), key=len)
        found = [place for place in np.unique(fewest).tolist() if text in self.texts[place]]
        return np.array(found, np.int32)

    def similar_to(self, word: str) -> Mapping[int, int]:
        """Return the words that are similar to the given word, each with its number of typing errors.

        The result is a dict from the index of a word in `texts` to the number of typing errors. A typing error is a
        missing, additional or wrong letter, or two letters in the wrong order (optimal string alignment).
        `_TYPO_LENGTHS` limits the number of errors by the length of the given word. The given word may be unfinished:
        it is then compared with the beginnings of the words.
        """
        limit = sum(len(word) >= length for length in _TYPO_LENGTHS)
        found: dict[int, int] = {}
        if limit:
            for place in self._candidates(word, len(word) - _LOST_TRIGRAMS * limit):
                errors = min(
                    distance(word, possible, score_cutoff=limit) for possible in _endings(self.texts[place], word)
                )
                if errors <= limit:
                    found[place] = errors
        return found

    def _candidates(self, word: str, shared: int) -> list[int]:
        """Return the indexes of the words that share the most trigrams with the given word.

        A trigram consists of three consecutive letters. The result has at most `_CANDIDATES` items. Words that share
        fewer than `shared` trigrams are omitted.
        """
        occurrences = [self._words_with(trigram) for trigram in np.unique(_encode_trigrams(_PAD + word))]
        counts = np.bincount(np.concatenate(occurrences), minlength=len(self.texts))
        places = np.flatnonzero(counts >= max(1, shared))
        best = np.argsort(-counts[places], kind="stable")[:_CANDIDATES]
        return places[best].tolist()

    def _words_with(self, trigram: np.uint64) -> IntArray:
        """Return the indexes of the words that contain the trigram (three consecutive letters).

        An index can occur several times.
        """
        place = int(np.searchsorted(self._trigrams, trigram))
        if place == len(self._trigrams) or self._trigrams[place] != trigram:
            return self._places[:0]
        return self._places[self._first_places[place] : self._first_places[place + 1]]


def _index_trigrams(words: Sequence[str]) -> tuple[NDArray[np.uint64], IntArray, IntArray]:
    """Return an index from trigrams (three consecutive letters) to the words that contain them, as three arrays.

    The first array contains the distinct trigrams, sorted. The third array contains the indexes of the words, grouped
    by trigram. For every trigram, in the order of the first array, the second array contains the position at which its
    group begins in the third array. The last item of the second array is the length of the third array.
    """
    lengths = np.array([len(word) + len(_PAD) for word in words], np.int32)
    word_of_letter = np.repeat(np.arange(len(words), dtype=np.int32), lengths)
    trigrams = _encode_trigrams("".join(f"{_PAD}{word}" for word in words))
    is_in_one_word = word_of_letter[2:] == word_of_letter[:-2]
    trigrams, word_of_trigram = trigrams[is_in_one_word], word_of_letter[2:][is_in_one_word]
    order = np.argsort(trigrams, kind="stable")
    different, first_places = np.unique(trigrams[order], return_index=True)
    return different, np.append(first_places, len(trigrams)).astype(np.int32), word_of_trigram[order]


def _encode_trigrams(text: str) -> NDArray[np.uint64]:
    """Return an array with one number for every three consecutive letters of a text.

    The number consists of the code points of the three letters, so that different trigrams have different numbers.
    """
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return (letters[:-2] << np.uint64(2 * _BITS)) | (letters[1:-1] << np.uint64(_BITS)) | letters[2:]


def _endings(known: str, word: str) -> Iterator[str]:
    """Yield the whole word `known`, and then its prefixes that are about as long as `word`.

    `known` is a word of an indexed name, and `word` is a word of the search text. The prefixes allow a match when the
    user has typed only the start of the word, possibly with a typing error.
    """
    yield known
    if len(word) >= _PREFIX_LENGTH:
        for length in range(len(word) - 1, min(len(word) + 2, len(known))):
            yield known[:length]
