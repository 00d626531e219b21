"""Sources: citations named by their id, or written out where they are used."""

from hashlib import sha256
from typing import Final, cast

from graph.model import association, label
from graph.seeding.facts import Facts, Item, Link, near
from graph.seeding.fields import entry_of, property_columns
from graph.seeding.ids import well_formed
from graph.seeding.raw import Blank, Mapping, Raw, Text

__all__ = ["citation", "citation_id"]

_CITATION_KEYS: Final = frozenset({"document", "page", "section", "quote", "note"})


def citation_id(document: str, page: str | None, section: str | None, quote: str | None) -> str:
    """The id of a citation that is written where it is used: the same place and words give the same id."""
    digest = sha256("|".join(each or "" for each in (page, section, quote)).encode()).hexdigest()[:8]
    return f"Citation:{document.partition(':')[2]}-{digest}"


def citation(raw: Raw, facts: Facts, extra: tuple[str, ...] = ()) -> str | None:
    """The id of a source, which may be written out here; None, and a fault, where it is none."""
    if isinstance(raw, Mapping):
        keys = {key.text for key, value in raw.entries if not isinstance(value, Blank)}
        options = (*_CITATION_KEYS, "to", *extra)
        for key, _ in raw.entries:
            if key.text in ("supports", "basis") and key.text not in extra:
                hint = "a relationship's sources support all of it; write `basis` beside `to`"
                facts.fault(key.place, f"`{key.text}` stands in a source of a relationship", hint)
            elif key.text not in options:
                facts.fault(key.place, f"`{key.text}` is not a part of a source", near(key.text, options))
        if "to" not in keys:
            return _inline_citation(raw, keys, facts)
        if keys & _CITATION_KEYS:
            facts.fault(raw.place, "a source both named by `to` and written out", "keep one of the two")
            return None
    to = raw if not isinstance(raw, Mapping) else entry_of(raw, "to")
    if not isinstance(to, Text):
        facts.fault(raw.place, "a source that is neither an id nor a mapping", "write `{document: …, quote: …}`")
        return None
    node_id = to.text.strip()
    if well_formed(node_id) is not None or not node_id.startswith("Citation:"):
        hint = "write a `Citation:…`, or `{document: Document:…, page: …, quote: …}`"
        facts.fault(to.place, f"`{node_id}` is not a citation", hint)
        return None
    return node_id


def _inline_citation(raw: Mapping, keys: set[str], facts: Facts) -> str | None:
    for name, hint in (("document", "add `document: Document:…`"), ("quote", "add `quote:` with the source's words")):
        if name not in keys:
            facts.fault(raw.place, f"a source without a {name}", hint)
            return None
    kind = label("Citation")
    role = association("Citation", "document")
    document = entry_of(raw, "document")
    before = len(facts.faults)
    columns = property_columns(kind.properties, raw, facts, only=("page", "section", "quote", "note"))
    if not isinstance(document, Text) or len(facts.faults) > before:
        if not isinstance(document, Text):
            facts.fault(document.place, "a document that is not an id", "write `document: Document:…`")
        return None
    to = document.text.strip()
    if well_formed(to) is not None or not to.startswith("Document:"):
        facts.fault(document.place, f"`{to}` is not a document", well_formed(to) or "write `Document:…`")
        return None
    page, section, quote = (cast("str | None", columns.get(name)) for name in ("page", "section", "quote"))
    node_id = citation_id(to, page, section, quote)
    facts.add_item(Item(node_id, kind, raw.place, columns, {"document": document.place.line}, inline=True))
    facts.add_link(Link(role.relationship, node_id, to, node_id, document.place))
    return node_id
