"""Find existing ids that are similar to an unknown id, which no node has. The error message suggests these ids."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final, cast

from rapidfuzz.distance import JaroWinkler

from graph.errors import StoreError
from graph.model import LABELS
from graph.search.name_index_reader import NameIndexReader
from graph.search.words import split_words
from graph.store import Reader, Statement

__all__ = ["nearest_ids"]

_MAX_SUGGESTIONS: Final = 3
_MAX_IDS: Final = 5
"""Maximum number of unknown ids for which one call searches for similar ids."""
_MIN_SIMILARITY: Final = 0.85
"""Minimum Jaro–Winkler similarity between an unknown id and a suggestion, from 0 to 1."""
_MIN_NAME_LENGTH: Final = 3
"""Minimum length, in characters, of a text that is searched in names."""
_LIMIT: Final = 2_000
"""Maximum number of existing ids of a label that are compared with an unknown id."""
_MAX_LENGTH: Final = 200
"""Maximum length of the slug of an unknown id, in characters. Longer slugs are not compared, because that is slow."""
_MAX_WORDS: Final = 8
"""Maximum number of distinct words of a slug that are searched in names. A search reads all names for each word."""
_MAX_TEXT_LENGTH: Final = 80
"""Maximum length of the text that is searched in names, in characters."""
_NAMES: Final = {label.name.lower(): label.name for label in LABELS}
_SEARCHED: Final = frozenset(label.name for label in LABELS if label.searched)


async def nearest_ids(
    reader: Reader, names: NameIndexReader, labels: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return a dict from each unknown id to at most three similar ids of existing nodes, the most similar first.

    `labels` is a dict from each unknown id to the labels that are possible for it. An unknown id is compared only with
    existing ids whose slug (the part after the colon) begins with the same characters, because the database finds these
    ids through its index of ids. For the first unknown id without a similar existing id, the result contains the ids of
    nodes whose names match the words of the slug. Long ids are not compared. Runs at most one statement and at most one
    search of names. If the index of names is out of date, further statements read the names. If the database fails, ids
    are missing in the result or have no similar ids.
    """
    found: dict[str, list[str]] = {}
    with suppress(StoreError):  # the caller reports the unknown id, with or without similar ids
        found |= await _ids_with_same_beginning(reader, labels)
        for node_id in (node_id for node_id, nearest in found.items() if not nearest):
            searched = _SEARCHED & set(_possible_labels(node_id, labels[node_id]))
            if searched and (text := _search_text(node_id)):
                index = await names.current()  # the build of the index is not charged to a client
                async with reader.charge("nearest_ids"):
                    found[node_id] = [hit.node for hit in index.search(text, searched)[:_MAX_SUGGESTIONS]]
                break
    return found


def _search_text(node_id: str) -> str:
    """Return the text to search in names: the first distinct words of the slug of an unknown id.

    If this text is too short to search, return an empty text.
    """
    words = dict.fromkeys(split_words(_split(node_id)[1]))
    text = " ".join(islice(words, _MAX_WORDS))[:_MAX_TEXT_LENGTH].rstrip()
    return text if len(text) >= _MIN_NAME_LENGTH else ""


async def _ids_with_same_beginning(reader: Reader, labels: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    searches = {node_id: _prefixes(node_id, allowed) for node_id, allowed in list(labels.items())[:_MAX_IDS]}
    prefixes: dict[str, list[str]] = {}
    for search in searches.values():
        for label, prefix in search.items():
            prefixes.setdefault(label, []).append(prefix)
    if not prefixes:
        return {}
    (row,) = await reader.run(_statement(tuple(sorted(prefixes))), prefixes)
    found = cast("list[str]", row["ids"])
    return {node_id: _most_similar(node_id, found, search) for node_id, search in searches.items() if search}


def _split(node_id: str) -> tuple[str, str]:
    """Return the label and the slug of an id: "City" and "vantaa" for "City:vantaa".

    The label is empty if the id has no colon.
    """
    label, colon, slug = node_id.rpartition(":")
    return (label if colon else "", slug.strip().lower())


def _prefixes(node_id: str, allowed: Sequence[str]) -> dict[str, str]:
    """Return the prefixes by which existing ids are selected for a comparison, as a dict from label to prefix.

    `node_id` is an unknown id, which is compared only with existing ids that begin with one of the prefixes. The keys
    are the labels in `allowed`. If the unknown id already starts with a label of the model, the only key is that label.
    """
    _, slug = _split(node_id)
    if not slug or len(slug) > _MAX_LENGTH:
        return {}
    beginning = slug[: max(2, min(len(slug) // 4, 8))]
    return {name: f"{name}:{beginning}" for name in _possible_labels(node_id, allowed)}


def _possible_labels(node_id: str, allowed: Sequence[str]) -> Sequence[str]:
    """Return the label with which an unknown id starts, or else the labels in `allowed`."""
    known = _NAMES.get(_split(node_id)[0].strip().lower())
    return allowed if known is None else (known,)


def _most_similar(node_id: str, found: Sequence[str], search: Mapping[str, str]) -> list[str]:
    _, slug = _split(node_id)
    candidates: list[tuple[float, str]] = []
    for candidate in found:
        label, name = _split(candidate)
        if candidate.startswith(search.get(label, ":")):
            similarity = JaroWinkler.similarity(slug, name)
            if similarity >= _MIN_SIMILARITY:
                candidates.append((-similarity, candidate))
    return [candidate for _, candidate in sorted(candidates)[:_MAX_SUGGESTIONS]]


def _statement(labels: tuple[str, ...]) -> Statement[dict[str, object]]:
    """Return the statement that reads the ids that begin with one of several prefixes.

    For each label, the statement has a parameter that is named like the label and contains the prefixes for this label.
    The statement returns a single list `ids`, with the ids of all labels.
    """
    branches = (
        f"UNWIND ${label} AS prefix\nMATCH (node:{label})\nWHERE node.id STARTS WITH prefix\n"
        f"RETURN node.id AS id\nORDER BY id\nLIMIT {_LIMIT}"
        for label in labels
    )
    text = "CALL () {\n" + "\nUNION\n".join(branches) + "\n}\nRETURN collect(id) AS ids"
    return Statement.of_text("nearest_ids", text)
