"""Parse the source of a fact.

A source is the id of a citation. An inline citation can be written in place of the id.
"""

from hashlib import sha256
from typing import Final, cast

from graph.model import association, label
from graph.seeding.ids import check_id_format
from graph.seeding.property_values import get_entry, parse_properties
from graph.seeding.raw_values import Raw, RawMapping, RawNull, RawScalar
from graph.seeding.records import Dataset, NodeRecord, RelationshipRecord, apply_defaults, did_you_mean
from graph.seeding.warnings import ACKNOWLEDGES, acknowledge, find_warnings

__all__ = ["citation_id", "parse_source"]

_PROPERTIES: Final = ("page", "section", "quote", "wording", "note")
_CITATION_KEYS: Final = frozenset({"document", *_PROPERTIES, ACKNOWLEDGES})


def citation_id(document: str, page: str | None, section: str | None, quote: str | None) -> str:
    """Return an id for an inline citation. `document` is the id of the cited document.

    The id contains a hash of the citation, so that equal citations have equal ids.
    """
    digest = sha256("|".join(part or "" for part in (page, section, quote)).encode()).hexdigest()[:8]
    return f"Citation:{document.partition(':')[2]}-{digest}"


def parse_source(raw: Raw, dataset: Dataset, extra_keys: tuple[str, ...] = ()) -> str | None:
    """Return the citation id of a source. If the source is an inline citation, add the citation to the dataset.

    A source is a text or a mapping. A text is the id of a citation. A mapping contains the id of a citation under the
    key `to`, or it contains the keys of an inline citation. `extra_keys` are further keys that the mapping may contain.
    If the source is invalid, add a problem to the dataset and return None.
    """
    if isinstance(raw, RawMapping):
        keys = {key.text for key, value in raw.entries if not isinstance(value, RawNull)}
        allowed = (*_CITATION_KEYS, "to", *extra_keys)
        for key, _ in raw.entries:
            if key.text in ("supports", "basis") and key.text not in extra_keys:
                hint = "a relationship's sources support all of it; write `basis` beside `to`"
                dataset.add_problem(key.location, f"`{key.text}` is not allowed in a source of a relationship", hint)
            elif key.text not in allowed:
                hint = did_you_mean(key.text, allowed)
                dataset.add_problem(key.location, f"`{key.text}` is not a part of a source", hint)
        if "to" not in keys:
            return _parse_inline_citation(raw, keys, dataset)
        if keys & _CITATION_KEYS:
            hint = "delete `to`, or everything else"
            dataset.add_problem(raw.location, "the source is both named by `to` and written out", hint)
            return None
    to = raw if not isinstance(raw, RawMapping) else get_entry(raw, "to")
    if not isinstance(to, RawScalar):
        hint = "write `{document: …, quote: …}`"
        dataset.add_problem(raw.location, "the source is neither an id nor a mapping", hint)
        return None
    node_id = to.text.strip()
    if check_id_format(node_id) is not None or not node_id.startswith("Citation:"):
        hint = "write a `Citation:…`, or `{document: Document:…, page: …, quote: …}`"
        dataset.add_problem(to.location, f"`{node_id}` is not a citation", hint)
        return None
    return node_id


def _parse_inline_citation(raw: RawMapping, keys: set[str], dataset: Dataset) -> str | None:
    for name, hint in (("document", "add `document: Document:…`"), ("quote", "add `quote:` with the source's words")):
        if name not in keys:
            dataset.add_problem(raw.location, f"the source has no {name}", hint)
            return None
    citation = label("Citation")
    document = get_entry(raw, "document")
    problems_before = len(dataset.problems)
    columns = parse_properties(citation.properties, raw, dataset, only=_PROPERTIES)
    locations = {key.text: key.location for key, _ in raw.entries}
    acknowledge(find_warnings(citation.name, citation.properties, columns, locations), raw, dataset)
    if not isinstance(document, RawScalar):
        dataset.add_problem(document.location, "the document is not an id", "write `document: Document:…`")
        return None
    if len(dataset.problems) > problems_before:
        return None
    document_id = document.text.strip()
    format_hint = check_id_format(document_id)
    if format_hint is not None or not document_id.startswith("Document:"):
        hint = format_hint or "write `Document:…`"
        dataset.add_problem(document.location, f"`{document_id}` is not a document", hint)
        return None
    page, section, quote = (cast("str | None", columns.get(name)) for name in ("page", "section", "quote"))
    node_id = citation_id(document_id, page, section, quote)
    lines = {"document": document.location.line}
    columns = apply_defaults(citation.properties, columns)
    dataset.add_node(NodeRecord(node_id, citation, raw.location, columns, lines, inline=True))
    cites_document = association("Citation", "document").relationship
    dataset.add_relationship(RelationshipRecord(cites_document, node_id, document_id, node_id, document.location))
    return node_id
