"""Prepare citations for display on pages.

Translate the section of a citation, and parse quotes from Wikidata. Sort citations by their position in the document,
or by how well their quotes name a given node or amount of money.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from api.pages.language import Reader
from api.pages.values import Money
from graph.folding import fold

__all__ = ["LOCATORS", "in_document_order", "is_reference", "locator", "naming_first", "supporting", "wikidata_items"]

Citation = Mapping[str, Any]

LOCATORS: Final[Mapping[str, str]] = {
    "heading": "HEADING",
    "otsikko": "HEADING",
    "ylätunniste": "HEADING",
    "reasoning": "REASONING",
    "perustelut": "REASONING",
    "esitys": "PROPOSAL",
    "proposal": "PROPOSAL",
    "kohta": "POINT",
    "punkt": "POINT",
    "point": "POINT",
    "item": "POINT",
    "päätös": "DECISION",
    "decision": "DECISION",
    "lisätiedot": "FURTHER_INFORMATION",
    "further information": "FURTHER_INFORMATION",
    "toimenpide": "MEASURE",
    "measure": "MEASURE",
    "raportointi": "REPORTING",
}
"""A dict from the names of parts of a document, such as "kohta" (point), to the codes of their translations.

These names occur in the field `section` of a citation. All other words of that field are quotes from the document, and
are not translated. The entries of the dict are in the order in which the parts occur in minutes of meetings.
"""

_ORDER: Final = list(dict.fromkeys(LOCATORS.values()))
_WORD: Final = re.compile(rf"({'|'.join(LOCATORS)})(?: (\w{{1,3}}))?", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"[^\d\n]{0,60}\d{1,2}\.\d{1,2}\.\d{4},? § ?\d+\.?")
_ITEMS: Final = re.compile(r"Q\d+(?: Q\d+)*(?: [^Q].*)?")
_ITEM: Final = re.compile(r"(Q\d+)(?: ([^Q].*))?")


def locator(section: str, language: str | None, reader: Reader) -> Markup:
    """Return the section that a citation states, in the reader's language. An example is "§ 15, point a".

    Parts that are not translated are in the language of the document. If this is not the reader's language, the HTML
    states the language.
    """
    return Markup(", ").join(_translate(part, language, reader) for part in section.split(", "))


def _translate(part: str, language: str | None, reader: Reader) -> str:
    found = _WORD.fullmatch(part)
    if found is None:
        is_foreign = language not in (None, reader.language) and part.lower() != part.upper()
        return Markup('<span lang="{}">{}</span>').format(language, part) if is_foreign else part
    word = reader.label("locator", LOCATORS[found[1].lower()])
    return " ".join(filter(None, (word.capitalize() if found[1][0].isupper() else word, found[2])))


def in_document_order(citations: Iterable[Citation]) -> list[Citation]:
    """Sort citations by their position in the cited document: by page, and on the same page by section.

    In minutes of meetings, the sections have this order: reasoning, proposal, points of the proposal, decision.
    """
    return sorted(citations, key=_position)


def _position(citation: Citation) -> tuple[int, int, str]:
    page = re.match(r"\d+", citation["page"] or "")
    section = citation["section"] or ""
    ranks = [
        _ORDER.index(LOCATORS[found[1].lower()]) for part in section.split(", ") if (found := _WORD.fullmatch(part))
    ]
    return int(page[0]) if page else 0, max(ranks, default=len(_ORDER)), section


def naming_first(citations: Iterable[Citation], about: Iterable[Mapping[str, Any] | Money | None]) -> list[Citation]:
    """Sort the citations of a claim. Citations whose quotes name the subjects of the claim come first.

    `about` contains the subjects: nodes and amounts of money, the most important first. If `about` is empty, the order
    does not change. Citations that name the subjects equally well are sorted by kind, in this order:

    1. headings of minutes of meetings that name a subject, such as "City Board 27.11.2023 § 15"
    2. other parts of minutes
    3. other texts
    4. data sets

    Citations of the same kind are sorted by date, the latest first.
    """
    found = list(citations)
    subjects = [subject for subject in about if subject is not None]
    if not subjects or len(found) < 2:
        return found

    def rank(citation: Citation) -> tuple[list[float], bool, bool, bool, int]:
        document, quote = citation["document"], citation["quote"]
        day = document["date"] and document["date"].date
        shares = [-_share_named(subject, quote) for subject in subjects]
        return (
            shares,
            not (any(shares) and is_reference(quote)),
            "§" not in (citation["section"] or ""),
            document["kind"] == "DATA_SET",
            -day.toordinal() if day else 0,
        )

    return sorted(found, key=rank)


def _share_named(subject: Mapping[str, Any] | Money, quote: str) -> float:
    """Return how much of the name of a node occurs in a quote, as a share from 0 to 1.

    If the node has names in several languages, the largest share is returned. For an amount of money, the result is 1
    if the quote contains the amount, otherwise 0.
    """
    if isinstance(subject, Money):
        return float(_has_amount(quote, subject.amount))
    names = {str(subject["localisedName"]), *(subject.get(f"{language}Name", "") for language in ("fi", "sv", "en"))}
    words = _words(quote)
    return max(_share_in(name, words) for name in names)


def _share_in(name: str, words: tuple[str, ...]) -> float:
    """Return how much of a name occurs in `words`, as a share of the letters of the name.

    A word of the name occurs if one of `words` is an inflected form of it. All letters of such a word are counted.
    """
    parts = _words(name)
    found = [part for part in parts if any(word.startswith(_stems(part)) for word in words)]
    return sum(map(len, found)) / sum(map(len, parts)) if parts else 0


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", fold(text)))


@lru_cache(maxsize=4_096)
def _stems(word: str) -> tuple[str, ...]:
    """Return the stems of a word. An inflected form of the word starts with one of its stems.

    For example, the stems of "turku" are "turku" and "turu".
    """
    weak = next((word.removesuffix(strong) + weak for strong, weak in _WEAK_GRADES if word.endswith(strong)), word)
    return word[:-2] if len(word) > 7 else word, weak


_WEAK_GRADES: Final = (("nki", "ngi"), ("rku", "ru"), ("hti", "hd"), ("i", "e"))
"""Endings of Finnish names that change when the name is inflected, each with the changed ending.

For example, "Helsinki" becomes "Helsingin".
"""


def _has_amount(quote: str, amount: Decimal) -> bool:
    return f"{amount:.0f}" in re.findall(r"\d+", _BETWEEN_DIGITS.sub("", quote))


_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[ .,\xa0\u202f](?=\d{3}(?!\d))")
"""The separator of thousands in a number."""


def supporting(support: Iterable[Mapping[str, Any]], field: str) -> list[Citation]:
    """Return the citations of a field of a node, followed by those of the whole node.

    `support` contains all citations of the node, each with the fields that it supports. The list of these fields is
    empty if the citation supports the whole node.
    """
    given = list(support)
    return [
        *(row["citation"] for row in given if field in row["supports"]),
        *(row["citation"] for row in given if not row["supports"]),
    ]


def is_reference(quote: str) -> bool:
    """Return whether a quote is only a reference to a section of minutes, such as "City Board 27.11.2023 § 15"."""
    return _REFERENCE.fullmatch(quote) is not None


def wikidata_items(quote: str) -> list[tuple[str, str]]:
    """Return the Wikidata items in a quote such as "Q33 Finland", as (id, name) pairs.

    If the quote does not contain the name of an item, the item's id is used as its name. If the quote does not consist
    of Wikidata items, the list is empty.
    """
    if _ITEMS.fullmatch(quote) is None:
        return []
    return [(found[1], found[2] or found[1]) for found in _ITEM.finditer(quote)]
