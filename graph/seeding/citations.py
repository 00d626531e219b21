"""Sources: citations named by their id, or written out where they are used."""

from hashlib import sha256
from typing import Final, cast

from graph.model import association, label
from graph.seeding.ids import well_formed
from graph.seeding.property_values import entry_of, property_columns
from graph.seeding.raw_values import Raw, RawMapping, RawNull, RawScalar
from graph.seeding.records import Dataset, NodeRecord, RelationshipRecord, did_you_mean

__all__ = ["citation", "citation_id"]

_CITATION_KEYS: Final = frozenset({"document", "page", "section", "quote", "note"})


def citation_id(document: str, page: str | None, section: str | None, quote: str | None) -> str:
    """The id of a citation that is written where it is used: the same place and words give the same id."""
    digest = sha256("|".join(each or "" for each in (page, section, quote)).encode()).hexdigest()[:8]
    return f"Citation:{document.partition(':')[2]}-{digest}"


def citation(raw: Raw, facts: Dataset, extra: tuple[str, ...] = ()) -> str | None:
    """The id of a source, which may be written out here; None, and a fault, where it is none."""
    if isinstance(raw, RawMapping):
        keys = {key.text for key, value in raw.entries if not isinstance(value, RawNull)}
        options = (*_CITATION_KEYS, "to", *extra)
        for key, _ in raw.entries:
            if key.text in ("supports", "basis") and key.text not in extra:
                hint = "a relationship's sources support all of it; write `basis` beside `to`"
                facts.add_error(key.place, f"`{key.text}` stands in a source of a relationship", hint)
            elif key.text not in options:
                facts.add_error(key.place, f"`{key.text}` is not a part of a source", did_you_mean(key.text, options))
        if "to" not in keys:
            return _inline_citation(raw, keys, facts)
        if keys & _CITATION_KEYS:
            facts.add_error(raw.place, "a source both named by `to` and written out", "keep one of the two")
            return None
    to = raw if not isinstance(raw, RawMapping) else entry_of(raw, "to")
    if not isinstance(to, RawScalar):
        facts.add_error(raw.place, "a source that is neither an id nor a mapping", "write `{document: …, quote: …}`")
        return None
    node_id = to.text.strip()
    if well_formed(node_id) is not None or not node_id.startswith("Citation:"):
        hint = "write a `Citation:…`, or `{document: Document:…, page: …, quote: …}`"
        facts.add_error(to.place, f"`{node_id}` is not a citation", hint)
        return None
    return node_id


def _inline_citation(raw: RawMapping, keys: set[str], facts: Dataset) -> str | None:
    for name, hint in (("document", "add `document: Document:…`"), ("quote", "add `quote:` with the source's words")):
        if name not in keys:
            facts.add_error(raw.place, f"a source without a {name}", hint)
            return None
    kind = label("Citation")
    role = association("Citation", "document")
    document = entry_of(raw, "document")
    before = len(facts.errors)
    columns = property_columns(kind.properties, raw, facts, only=("page", "section", "quote", "note"))
    if not isinstance(document, RawScalar) or len(facts.errors) > before:
        if not isinstance(document, RawScalar):
            facts.add_error(document.place, "a document that is not an id", "write `document: Document:…`")
        return None
    to = document.text.strip()
    if well_formed(to) is not None or not to.startswith("Document:"):
        facts.add_error(document.place, f"`{to}` is not a document", well_formed(to) or "write `Document:…`")
        return None
    page, section, quote = (cast("str | None", columns.get(name)) for name in ("page", "section", "quote"))
    node_id = citation_id(to, page, section, quote)
    facts.add_item(NodeRecord(node_id, kind, raw.place, columns, {"document": document.place.line}, inline=True))
    facts.add_link(RelationshipRecord(role.relationship, node_id, to, node_id, document.place))
    return node_id
