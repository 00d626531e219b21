"""Compute stored columns that seed files do not state: default names, folded names and the dates of periods."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, cast

from graph.folding import fold
from graph.model import HIDDEN, LABELS, OTHER_NAMES, Association, Language, association
from graph.seeding.periods import has_period, period_columns
from graph.seeding.records import Columns, Dataset, NodeRecord, RelationshipKey, RelationshipRecord

__all__ = [
    "OWNER_COLUMN",
    "NodeRows",
    "drop_default_names",
    "drop_derived_columns",
    "exported_node_row",
    "node_rows",
    "relationship_row",
    "relationship_rows",
]

OWNER_COLUMN: Final = "statedUnder"
"""The hidden column of every relationship with the id of the node under which it is written."""

NodeRows = dict[str, Columns]
"""The stored columns of nodes by id, with `id` and the derived columns."""

_NAME_COLUMNS: Final = {language: f"name{language.name.capitalize()}" for language in Language}
_PAGE_ABBREVIATIONS: Final = {Language.EN: "p.", Language.SV: "s.", Language.FI: "s."}


def node_rows(dataset: Dataset) -> NodeRows:
    """Return all stored columns of every node."""
    names = _NameResolver(dataset)
    return {node.id: _node_row(node, names.names_of(node)) for node in dataset.nodes.values()}


def exported_node_row(node: NodeRecord) -> Columns:
    """Return all stored columns of a node from an export, which contains default names like any other names."""
    return _node_row(node, _explicit_names(node))


def _node_row(node: NodeRecord, names: dict[str, str]) -> Columns:
    row: Columns = {"id": node.id, **node.columns, **names}
    if names:
        folded = [fold(names[column]) for column in _NAME_COLUMNS.values() if column in names]
        row["nameSort"] = folded[0]
        folded.extend(fold(name) for name in cast("list[str]", node.columns.get(OTHER_NAMES.name, [])))
        row["nameFolded"] = "\n".join(dict.fromkeys(folded))
    return row | period_columns(node.columns) if node.label.has_period else row


def relationship_rows(dataset: Dataset) -> dict[RelationshipKey, Columns]:
    """Return all stored columns of every relationship."""
    return {key: relationship_row(relationship) for key, relationship in dataset.relationships.items()}


def relationship_row(relationship: RelationshipRecord) -> Columns:
    """Return all stored columns of a relationship."""
    row: Columns = {**relationship.columns, OWNER_COLUMN: relationship.owner_id}
    return row | period_columns(relationship.columns) if has_period(relationship.definition) else row


def drop_derived_columns(row: Columns) -> Columns:
    """Return a stored row without its derived columns."""
    return {name: value for name, value in row.items() if name not in HIDDEN and name not in ("id", OWNER_COLUMN)}


def drop_default_names(dataset: Dataset) -> None:
    """Remove the names of nodes read from the database that equal their default names. Changes the dataset."""
    explicit = {node.id: _explicit_names(node) for node in dataset.nodes.values() if node.label.named_after}
    names = _NameResolver(dataset)
    for node_id in explicit:
        node = dataset.nodes[node_id]
        if names.default_names(node) == explicit[node_id]:
            node.columns = {name: value for name, value in node.columns.items() if name not in _NAME_COLUMNS.values()}


def _explicit_names(node: NodeRecord) -> dict[str, str]:
    return {column: cast("str", node.columns[column]) for column in _NAME_COLUMNS.values() if column in node.columns}


class _NameResolver:
    """Returns names of nodes by name column. A node without a name is named after its related nodes."""

    def __init__(self, dataset: Dataset) -> None:
        self._nodes = dataset.nodes
        self._naming_nodes = _naming_nodes(dataset.relationships.values())
        self._cache: dict[str, dict[str, str]] = {}

    def names_of(self, node: NodeRecord) -> dict[str, str]:
        if node.id not in self._cache:
            self._cache[node.id] = _explicit_names(node) or self.default_names(node)
        return self._cache[node.id]

    def default_names(self, node: NodeRecord) -> dict[str, str]:
        """Join the names of the nodes it is named after, in every language that at least one of them has."""
        ids = [node_id for role in node.label.named_after for node_id in sorted(self._naming_nodes[node.id, role])]
        parts = [self.names_of(self._nodes[node_id]) for node_id in ids if node_id in self._nodes]
        names: dict[str, str] = {}
        for language, column in _NAME_COLUMNS.items():
            if any(column in part for part in parts):
                texts = [_name_in(part, column) for part in parts if part]
                names[column] = " – ".join(texts) + _page_and_section(node, language)
        return names


def _name_in(names: dict[str, str], column: str) -> str:
    """Return the name in this language, else the first available of English, Swedish and Finnish."""
    return names.get(column) or next(names[name] for name in _NAME_COLUMNS.values() if name in names)


def _page_and_section(node: NodeRecord, language: Language) -> str:
    if node.label.name != "Citation":
        return ""
    page, section = node.columns.get("page"), node.columns.get("section")
    return (f", {_PAGE_ABBREVIATIONS[language]} {page}" if page else "") + (f", {section}" if section else "")


def _naming_nodes(relationships: Iterable[RelationshipRecord]) -> dict[tuple[str, str], list[str]]:
    """Return the ids at the other end by node id and role, for the roles that nodes are named after."""
    others: dict[tuple[str, str], list[str]] = defaultdict(list)
    for relationship in relationships:
        source, target = relationship.source, relationship.target
        for role in _NAMING_ROLES.get(id(relationship.definition), ()):
            node, other = (source, target) if role.outgoing else (target, source)
            others[node, role.name].append(other)
    return others


def _find_naming_roles() -> dict[int, list[Association]]:
    """Return the roles that nodes are named after, by the identity of their relationship definition."""
    roles: dict[int, list[Association]] = defaultdict(list)
    for label in LABELS:
        for name in label.named_after:
            role = association(label.name, name)
            roles[id(role.relationship)].append(role)
    return roles


_NAMING_ROLES: Final = _find_naming_roles()
