"""What is computed from facts when they are stored: default names, folded names, the days a period is shown."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, cast

from graph.folding import fold
from graph.model import HIDDEN, LABELS, OTHER_NAMES, Association, Language, Relationship, association, label
from graph.seeding.periods import shown
from graph.seeding.records import Columns, Dataset, LinkKey, NodeRecord, RelationshipRecord

__all__ = [
    "STATED_UNDER",
    "NodeRows",
    "drop_default_names",
    "exported_row",
    "link_row",
    "link_rows",
    "node_rows",
    "stated_columns",
]

STATED_UNDER: Final = "statedUnder"
"""The hidden column of every relationship: the id of the item it is stated under."""

NodeRows = dict[str, Columns]
"""The stored columns of nodes, hidden ones and `id` too, by id."""

_NAMES: Final = {each: f"name{each.name.capitalize()}" for each in Language}
_PAGE: Final = {Language.EN: "p.", Language.SV: "s.", Language.FI: "s."}


def node_rows(facts: Dataset) -> NodeRows:
    """Every node as it is stored."""
    names = _Names(facts)
    return {item.id: _node_row(item, names.of(item)) for item in facts.items.values()}


def exported_row(item: NodeRecord) -> Columns:
    """A node as it is stored, from its columns alone: an export holds default names as it holds others."""
    return _node_row(item, _own_names(item))


def _node_row(item: NodeRecord, names: dict[str, str]) -> Columns:
    row: Columns = {"id": item.id, **item.columns, **names}
    if names:
        folded = {language: fold(names[column]) for language, column in _NAMES.items() if column in names}
        row["nameSort"] = next(iter(folded.values()))
        others = (fold(each) for each in cast("list[str]", item.columns.get(OTHER_NAMES.name, [])))
        row["nameFolded"] = "\n".join(dict.fromkeys((*folded.values(), *others)))
    return row | shown(item.columns) if item.label.has_period else row


def link_rows(facts: Dataset) -> dict[LinkKey, Columns]:
    """Every relationship's properties as they are stored."""
    return {key: link_row(link) for key, link in facts.links.items()}


def link_row(link: RelationshipRecord) -> Columns:
    """A relationship's properties as they are stored."""
    row: Columns = {**link.columns, STATED_UNDER: link.owner_id}
    return row | shown(link.columns) if _has_period(link.relationship) else row


def _has_period(relationship: Relationship) -> bool:
    return any(each.name == "validUntil" for each in relationship.properties)


def stated_columns(row: Columns) -> Columns:
    """A stored row without what is computed."""
    return {name: value for name, value in row.items() if name not in HIDDEN and name not in ("id", STATED_UNDER)}


def drop_default_names(facts: Dataset) -> None:
    """Take away, in place, the names that these facts, read from a database, would be given anyhow."""
    given = {item.id: _own_names(item) for item in facts.items.values() if item.label.named_after}
    names = _Names(facts)
    for node_id in given:
        item = facts.items[node_id]
        if names.default(item) == given[node_id]:
            item.columns = {name: value for name, value in item.columns.items() if name not in _NAMES.values()}


def _own_names(item: NodeRecord) -> dict[str, str]:
    return {column: cast("str", item.columns[column]) for column in _NAMES.values() if column in item.columns}


class _Names:
    """The names of nodes by column; those without one of their own are named after others."""

    def __init__(self, facts: Dataset) -> None:
        self._facts = facts
        self._parts = _parts(facts.links.values())
        self._known: dict[str, dict[str, str]] = {}

    def of(self, item: NodeRecord) -> dict[str, str]:
        if item.id not in self._known:
            self._known[item.id] = _own_names(item) or self.default(item)
        return self._known[item.id]

    def default(self, item: NodeRecord) -> dict[str, str]:
        """The names of the nodes it is named after, joined; in a language that at least one of them has."""
        ids = [part for role in item.label.named_after for part in sorted(self._parts[item.id, role])]
        parts = [self.of(self._facts.items[each]) for each in ids if each in self._facts.items]
        named: dict[str, str] = {}
        for language, column in _NAMES.items():
            if any(column in each for each in parts):
                texts = [_in_language(each, column) for each in parts if each]
                named[column] = " – ".join(texts) + _place_in_document(item, language)
        return named


def _in_language(names: dict[str, str], column: str) -> str:
    """The name in this language, or else the first there is of English, Swedish and Finnish."""
    return names.get(column) or next(names[each] for each in _NAMES.values() if each in names)


def _place_in_document(item: NodeRecord, language: Language) -> str:
    if item.label.name != "Citation":
        return ""
    page, section = item.columns.get("page"), item.columns.get("section")
    return (f", {_PAGE[language]} {page}" if page else "") + (f", {section}" if section else "")


def _parts(links: Iterable[RelationshipRecord]) -> dict[tuple[str, str], list[str]]:
    """For each node and each role that it can be named after: the ids at the other end."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for link in links:
        for role in _NAMING.get(id(link.relationship), ()):
            owner, other = (link.source, link.target) if role.outgoing else (link.target, link.source)
            parts[owner, role.name].append(other)
    return parts


def _naming() -> dict[int, list[Association]]:
    """The roles that nodes are named after, by the identity of their relationship."""
    found: dict[int, list[Association]] = defaultdict(list)
    for each in LABELS:
        for name in label(each.name).named_after:
            role = association(each.name, name)
            found[id(role.relationship)].append(role)
    return found


_NAMING: Final = _naming()
