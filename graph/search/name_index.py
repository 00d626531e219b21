"""An in-memory index of the names of all nodes, for search while the user types.

Names and search texts are folded (lower case, no diacritics) and compared word by word. A name matches if every word of
the search text occurs in the name: as a word (typing errors are allowed), at the beginning of a word, or inside a word.
Word boundaries may differ. For example, "lightrail" finds "Light Rail", and "light rail" finds "Lightrail".
A search text of one word may also be the capital initials of a name: "nsc" finds "Nordic Safe Cities".

In the index, every distinct word has a number. One array, the tokens, contains all names as word numbers. For every
word, the index also stores the positions of the word in that array. For every word of the search text, a search
computes the cost of every name, that is, how badly the name matches the word. The cost of a name for the whole text is
the sum of its costs for the words. Typing errors are considered only if there are few hits without them.
"""

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, partial
from itertools import islice, pairwise
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from graph.folding import fold, fold_with_offsets
from graph.model import LABELS
from graph.questions.search import Highlight, SearchHit
from graph.search.highlight import find_highlights
from graph.search.words import IntArray, Words, initials, sort_in_slices, split_words
from graph.store import TypedRow
from graph.vocabulary import Language

__all__ = ["Hits", "NameIndex", "NameRow"]

ByteArray = NDArray[np.uint8]


class NameRow(TypedRow, frozen=True):
    """A node with its names, as read from the database.

    `graph.model.HIDDEN` describes the format of `former_names`. `relationships` is the number of relationships of the
    node if it is a city or network. For other nodes, `relationships` is 0.
    """

    id: str
    name_sort: str
    name_en: str | None
    name_sv: str | None
    name_fi: str | None
    other_names: tuple[str, ...]
    former_names: tuple[str, ...]
    relationships: int


class _Level(IntEnum):
    EXACT = 0
    BEGINNING = 1
    INITIALS = 2
    INSIDE = 3
    SIMILAR = 4


class _Order(IntEnum):
    """How the words of the search text are arranged in a name. The members are ordered from the best to the worst.

    In all three cases, every word of the text is the beginning of a word of the name.

    - FIRST: the matched words of the name are adjacent, in the order of the text, and at the start of the name.
    - ADJACENT: the matched words are adjacent and in the order of the text, but not at the start of the name.
    - ANY: any other arrangement.
    """

    FIRST = 0
    ADJACENT = 1
    ANY = 2


_BEGINS: Final = 0
_INSIDE: Final = 1
"""Cost of a word of the search text that is found inside a word of a name, but not at its beginning.

At the beginning, the cost is `_BEGINS`. If the words differ by typing errors, the cost is `_INSIDE` plus the number of
errors.
"""
_MISSES: Final = 255

_INSIDE_LENGTH: Final = 3
"""Minimum length, in letters, of a search word that may also match in the middle of a word of a name."""

_INITIALS_LENGTH: Final = 3
"""Minimum number of capital initials by which a name is found."""

_FIRST_LABELS: Final = frozenset({"City", "Network"})
_LAST_LABELS: Final = frozenset({"Decision", "Document"})
_LABELS: Final = {label.name: number for number, label in enumerate(LABELS)}
_TIERS: Final = 3
_FINE: Final = 256
_NO_RANK: Final = len(_Level) * _TIERS * _FINE

_LEVEL_OF_COST: Final = np.full(_MISSES + 1, _Level.SIMILAR, np.int32)
_LEVEL_OF_COST[[_BEGINS, _INSIDE]] = _Level.BEGINNING, _Level.INSIDE

_ENOUGH: Final = 10
"""Minimum number of hits without typing errors. A search with fewer hits also looks for names with typing errors."""
_MAX_SPELLINGS: Final = 8
_SPLIT_LENGTH: Final = 4
"""Minimum length, in letters, of a word of the search text that is split into two words.

The parts of shorter words match by chance. For example, "ist", split into "i st", would find "Åldrande i städer".
"""

_BIT_OF_LANGUAGE: Final = {language.name: 1 << number for number, language in enumerate(Language)}

_Origin = tuple[str, tuple[str, ...]]
"""The property of a node that contains a name (NAME, OTHER_NAME or FORMER_NAME), and the languages of the name."""


@dataclass(frozen=True, slots=True)
class _Query:
    """The words of a search text and their other spellings, which determine the highlighted parts of the names.

    The first item of `spellings` is the list of words of the text. Each other item is the same list with two words
    joined, or with one word split. For a word of the text, `similar[word]` is a dict of similar words in names. It maps
    each similar word to the number of typing errors between the two words.
    """

    spellings: Sequence[Sequence[str]]
    similar: Mapping[str, Mapping[str, int]]


class NameIndex:
    """An index of the names of nodes.

    The names are stored in the order in which the search returns nodes with equally good matches.
    """

    def __init__(self, rows: Sequence[NameRow]) -> None:
        """Build the index of the names.

        This takes about a second for 100,000 names, so a coroutine must call it in another thread.
        """
        self._rows = sort_in_slices(rows, key=_static_order)
        self._texts: list[str] = []
        self._origins: list[_Origin] = []
        self._with_initials: dict[str, list[int]] = {}
        nodes, starts, tokens, languages = array("i"), array("i"), array("i"), array("B")
        provisional: dict[str, int] = {}
        for node, row in enumerate(self._rows):
            for text, origin in _names(row):
                if words := split_words(text):
                    if len(places := initials(text)) >= _INITIALS_LENGTH:
                        acronym = fold("".join(text[place] for place in places))
                        self._with_initials.setdefault(acronym, []).append(len(self._texts))
                    self._texts.append(text)
                    self._origins.append(origin)
                    nodes.append(node)
                    starts.append(len(tokens))
                    languages.append(_current_languages(origin))
                    tokens.extend(provisional.setdefault(word, len(provisional)) for word in words)
        self._words = Words(provisional)
        final = np.empty(len(provisional), np.int32)
        final[[provisional[word] for word in self._words.texts]] = np.arange(len(provisional), dtype=np.int32)
        self._tokens: IntArray = final[np.array(tokens, np.int32)]
        self._places: IntArray = np.argsort(self._tokens, kind="stable").astype(np.int32)
        self._first_places = np.searchsorted(self._tokens[self._places], np.arange(len(provisional) + 1))
        self._starts = np.array(starts, np.int32)
        self._ends: IntArray = np.append(self._starts[1:], len(tokens)).astype(np.int32)
        self._name_of_token: IntArray = np.repeat(np.arange(len(starts), dtype=np.int32), self._ends - self._starts)
        self._nodes = np.array(nodes, np.int32)
        self._languages = np.array(languages, np.uint8)
        self._labels = np.array([_LABELS[_label(row)] for row in self._rows], np.int8)[self._nodes]
        self._tiers = np.array([_tier(row) for row in self._rows], np.int8)[self._nodes]

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._texts)

    def search(self, text: str, labels: Collection[str] | None = None, language: Language = Language.EN) -> "Hits":
        """Return the nodes whose names match a search text, as hits. The text must contain at least one word.

        If `labels` is not None, only nodes with these labels are returned. A hit contains the best matching name of the
        node. If several names match best, the hit contains the current name in `language`. If the current name in
        `language` is not among these names, the hit contains the first of them in this order: current names, other
        names, former names.
        """
        words = split_words(text)
        others = list(islice(self._other_spellings(words), _MAX_SPELLINGS))
        spellings = [words, *(" ".join(spelling).split() for spelling in others)]
        ranks = np.full(len(self._texts), _NO_RANK, np.int32)
        costs = cache(partial(self._costs, inside=True))  # computed only until a word leaves no matching name
        self._rank(ranks, words, costs)
        self._rank_phrases(ranks, words, is_given=True)
        for spelling in others:
            self._rank(ranks, spelling, self._costs)
            self._rank_phrases(ranks, " ".join(spelling).split(), is_given=False)
        if len(words) == 1 and (names := self._with_initials.get(words[0])):
            found = (_Level.INITIALS * _TIERS + self._tiers[names].astype(np.int32)) * _FINE
            ranks[names] = np.minimum(ranks[names], found)
        keys = self._sort(ranks, labels, language)
        if len(keys) >= _ENOUGH:
            return Hits(self, keys, _Query(spellings, {}))
        similar: dict[str, Mapping[str, int]] = {}

        def tolerant(word: str) -> ByteArray:
            found = self._words.similar_to(word)
            similar[word] = {self._words.texts[place]: errors for place, errors in found.items()}
            for errors in sorted(set(found.values())):
                names = self._names_with(np.array([place for place in found if found[place] == errors], np.int32))
                costs(word)[names] = np.minimum(costs(word)[names], _INSIDE + errors)
            return costs(word)

        self._rank(ranks, words, tolerant)
        return Hits(self, self._sort(ranks, labels, language), _Query(spellings, similar))

    # --- Ranks of names ---------------------------------------------------------------------------

    def _names_with(self, words: IntArray) -> IntArray:
        """Return the indexes of the names that contain at least one of the words. An index can occur several times.

        `words` contains indexes of words in `Words.texts`.
        """
        starts = self._first_places[words]
        counts = self._first_places[words + 1] - starts
        earlier = np.cumsum(counts) - counts
        places = np.arange(int(counts.sum()), dtype=np.int32) + np.repeat(starts - earlier, counts)
        return self._name_of_token[self._places[places]]

    def _costs(self, word: str, *, inside: bool = False) -> ByteArray:
        """Return how well every name matches one word of the search text, as an array of costs.

        The best cost is 0, and the cost `_MISSES` means that the name does not match. A name matches if `word` is the
        beginning of a word of the name. If `inside` is true, the name also matches if `word` is inside a word of the
        name. If `word` consists of two words with a space between them, it matches two adjacent words of a name.
        """
        costs = np.full(len(self._texts), _MISSES, np.uint8)
        if inside and len(word) >= _INSIDE_LENGTH:
            costs[self._names_with(self._words.containing(word))] = _INSIDE
        costs[self._name_of_token[self._phrases(word.split())]] = _BEGINS
        return costs

    def _rank(self, ranks: IntArray, words: Sequence[str], costs: Callable[[str], ByteArray]) -> None:
        """Improve the rank of every name that contains all `words`, in any order. A lower rank is better.

        `ranks` contains the rank of every name and is changed in place. For a word of the search text, `costs` returns
        an array with the cost of the word in every name.
        """
        worst = np.zeros(len(ranks), np.uint8)
        total = np.zeros(len(ranks), np.uint16)
        for word in words:
            cost = costs(word)
            np.maximum(worst, cost, out=worst)
            total += cost
            if worst.min(initial=_MISSES) == _MISSES:
                return
        names = np.flatnonzero(worst != _MISSES)
        levels = _LEVEL_OF_COST[worst[names]]
        fine = np.where(levels == _Level.BEGINNING, _Order.ANY, np.minimum(total[names], _FINE - 1))
        ranks[names] = np.minimum(ranks[names], (levels * _TIERS + self._tiers[names]) * _FINE + fine)

    def _rank_phrases(self, ranks: IntArray, spelling: Sequence[str], *, is_given: bool) -> None:
        """Improve the rank of every name in which the words of `spelling` are adjacent and in order.

        `ranks` contains the rank of every name and is changed in place. A lower rank is better. The last word may be
        unfinished. `is_given` is true if `spelling` consists of the words of the search text as the user typed them. If
        words were joined or split, `is_given` is false and the improvement is smaller.
        """
        places = self._phrases(spelling)
        names = self._name_of_token[places]
        is_first = self._starts[names] == places
        last = self._tokens[places + len(spelling) - 1]
        is_whole = is_first & (self._ends[names] == places + len(spelling)) & (last == self._words.find(spelling[-1]))
        later = 0 if is_given else len(_Order)
        for level, order, chosen in (
            (_Level.BEGINNING, _Order.ADJACENT, names),
            (_Level.BEGINNING, _Order.FIRST, names[is_first]),
            (_Level.EXACT, _Order.FIRST, names[is_whole]),
        ):
            better = (level * _TIERS + self._tiers[chosen].astype(np.int32)) * _FINE + order + later
            ranks[chosen] = np.minimum(ranks[chosen], better)

    def _phrases(self, spelling: Sequence[str]) -> IntArray:
        """Return the positions at which the words of the spelling occur in names, adjacent and in order.

        A spelling is a list of words. The last word may be unfinished. A position is the index of the first word of the
        spelling in `_tokens`, the array of the words of all names.
        """
        *whole, last = spelling
        begin = self._words.beginning_with(last)
        places = self._places[self._first_places[begin.start] : self._first_places[begin.stop]] - len(whole)
        places = places[places >= 0]
        for offset, word in enumerate(whole):
            known = self._words.find(word)
            places = places[:0] if known is None else places[self._tokens[places + offset] == known]
        return places[self._ends[self._name_of_token[places]] >= places + len(spelling)]

    def _sort(self, ranks: IntArray, labels: Collection[str] | None, language: Language) -> NDArray[np.int64]:
        """Return the sort keys of all nodes with a matching name, the best match first.

        The method `hit` converts a key to a search hit. The key is `rank * len(ranks) + name`, where `name` is the
        index of the best name of the node. If several names of the node have the best rank, the current name in
        `language` is used. If the current name is not among these names, the first of these names is used. If `labels`
        is not None, only nodes with these labels are returned.
        """
        names = np.flatnonzero(ranks < _NO_RANK)
        if labels is not None:
            names = names[np.isin(self._labels[names], [_LABELS[label] for label in labels])]
        if not len(names):
            return np.empty(0, np.int64)
        is_other = (self._languages[names] & _BIT_OF_LANGUAGE[language.name]) == 0
        keys = (2 * ranks[names].astype(np.int64) + is_other) * len(ranks) + names
        nodes = np.flatnonzero(np.diff(self._nodes[names], prepend=-1))
        best, name = np.divmod(np.minimum.reduceat(keys, nodes), len(ranks))
        return np.sort(best // 2 * len(ranks) + name)

    def _other_spellings(self, words: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield other spellings of the search text: two adjacent words are joined, or one word is split by a space.

        A spelling is a list of words. A split word is a single item that contains a space. A spelling is yielded only
        if names contain the words that it adds. The joined word, or the second part of the split word, must be the
        beginning of a word of a name. The first part of the split word must be a complete word of a name.
        """
        for place, (word, following) in enumerate(pairwise(words)):
            if self._words.beginning_with(word + following):
                yield [*words[:place], word + following, *words[place + 2 :]]
        for place, word in enumerate(words):
            for cut in range(1, len(word) if len(word) >= _SPLIT_LENGTH else 1):
                if self._words.find(word[:cut]) is not None and self._words.beginning_with(word[cut:]):
                    yield [*words[:place], f"{word[:cut]} {word[cut:]}", *words[place + 1 :]]

    # --- Hits -------------------------------------------------------------------------------------

    def hit(self, key: int, query: _Query) -> SearchHit:
        """Return the search hit for a sort key: the node, its matching name, and the matching parts of this name.

        `key` is `rank * n + name`, where `name` is the index of the name, and `n` is the number of names. `query`
        contains the spellings of the search text, which determine the matching parts.
        """
        rank, name = divmod(key, len(self._texts))
        row, text = self._rows[int(self._nodes[name])], self._texts[name]
        level, fine = _Level(rank // _FINE // _TIERS), rank % _FINE
        match level:
            case _Level.BEGINNING:
                found = "PREFIX" if fine % len(_Order) == _Order.FIRST else "WORD_PREFIX"
            case _Level.EXACT | _Level.INITIALS | _Level.INSIDE | _Level.SIMILAR:
                found = level.name
        property_, languages = self._origins[name]
        return SearchHit(
            (rank, -row.relationships, row.name_sort, row.id),
            row.id,
            found,  # type: ignore[arg-type]
            text,
            property_,  # type: ignore[arg-type]
            languages,
            _initial_highlights(text) if level == _Level.INITIALS else _highlights(text, query),
        )


class Hits(Sequence[SearchHit]):
    """The hits of a search, best first. A `SearchHit` is created each time an item is accessed."""

    def __init__(self, index: NameIndex, keys: NDArray[np.int64], query: _Query) -> None:
        self._index, self._keys, self._query = index, keys, query

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, place: int) -> SearchHit: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[SearchHit, ...]: ...
    def __getitem__(self, place: int | slice) -> SearchHit | tuple[SearchHit, ...]:
        if isinstance(place, slice):
            return tuple(self._index.hit(key, self._query) for key in self._keys[place].tolist())
        return self._index.hit(int(self._keys[place]), self._query)


def _highlights(text: str, query: _Query) -> tuple[Highlight, ...]:
    folded, offsets = fold_with_offsets(text)
    found: list[Highlight] = []
    for start, end in find_highlights(folded, query.spellings, query.similar):
        first, last = offsets[start], offsets[end - 1]
        # Characters without a folded form, such as combining ones, belong to the character before them.
        after = max(last + 1, offsets[end] if end < len(offsets) else 0)
        found.append(Highlight(_utf16_length(text[:first]), _utf16_length(text[first:after])))
    return tuple(found)


def _initial_highlights(text: str) -> tuple[Highlight, ...]:
    return tuple(Highlight(_utf16_length(text[:place]), _utf16_length(text[place])) for place in initials(text))


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _names(row: NameRow) -> Iterator[tuple[str, _Origin]]:
    """Yield the distinct names of a node in this order: current names, other names, former names.

    Each name is yielded together with the property that contains the name, and the languages of the name. The order
    matters if several names of a node match a search equally well. The hit then shows the current name in the language
    of the search. If that name is not among the matches, the hit shows the first match.
    """
    current = zip((language.name for language in Language), (row.name_en, row.name_sv, row.name_fi), strict=True)
    former = (entry.split(" ", 3)[2:] for entry in row.former_names)
    groups = (
        ("NAME", [(language, text) for language, text in current if text is not None]),
        ("OTHER_NAME", [("", text) for text in row.other_names]),
        ("FORMER_NAME", [(language, text) for language, text in former]),
    )
    seen: set[str] = set()
    for property_, names in groups:
        languages: dict[str, tuple[str, ...]] = {}
        for language, text in names:
            if text not in seen:
                languages[text] = (*languages.get(text, ()), *([language] if language else []))
        seen.update(languages)
        yield from ((text, (property_, of)) for text, of in languages.items())


def _current_languages(origin: _Origin) -> int:
    """Return the languages in which a name is the current name of its node, as a bit mask of `_BIT_OF_LANGUAGE`.

    The result is 0 if the name is a former name or comes from the property OTHER_NAME.
    """
    property_, languages = origin
    return sum(_BIT_OF_LANGUAGE[language] for language in languages) if property_ == "NAME" else 0


def _label(row: NameRow) -> str:
    return row.id.partition(":")[0]


def _tier(row: NameRow) -> int:
    label = _label(row)
    return 0 if label in _FIRST_LABELS else 2 if label in _LAST_LABELS else 1


def _static_order(row: NameRow) -> tuple[int, int, str, str]:
    return _tier(row), -row.relationships, row.name_sort, row.id
