"""Prepare citations for display on pages.

Translate the section of a citation, sort citations as in their document, and parse quotes from Wikidata.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from api.pages.language import Reader

__all__ = ["LOCATORS", "in_document_order", "is_reference", "locator", "wikidata_items"]

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
"""A dict from words that name a part of a document, such as "kohta", to the codes of their translations.

Such words occur in the field `section` of a citation. All other words of that field are quotes from the document, and
are not translated. The entries are in the order in which these parts occur in minutes of meetings.
"""

_ORDER: Final = list(dict.fromkeys(LOCATORS.values()))
_WORD: Final = re.compile(rf"({'|'.join(LOCATORS)})(?: (\w{{1,3}}))?", re.IGNORECASE)
_REFERENCE: Final = re.compile(r"[^\d\n]{0,60}\d{1,2}\.\d{1,2}\.\d{4},? § ?\d+\.?")
_ITEMS: Final = re.compile(r"Q\d+(?: Q\d+)*(?: [^Q].*)?")
_ITEM: Final = re.compile(r"(Q\d+)(?: ([^Q].*))?")


def locator(section: str, reader: Reader) -> str:
    """Return the section that a citation states, in the reader's language. An example is "§ 15, point a"."""
    return ", ".join(_translate(part, reader) for part in section.split(", "))


def _translate(part: str, reader: Reader) -> str:
    found = _WORD.fullmatch(part)
    if found is None:
        return part
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
