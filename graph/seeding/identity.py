"""Check that no two nodes with the same label represent the same thing, by comparing identifiers and names."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, cast

from graph.folding import fold
from graph.model import OTHER_NAMES, Language, association
from graph.seeding.records import Dataset, NodeRecord

__all__ = ["check_identity"]

_IDENTIFIERS: Final = {"wikidata": False, "geonames": False, "unlocode": False, "lau": True}
"""The properties that identify a node, as a dict with the names of the properties as keys.

The value is True if the property is unique only within a country. It is False if the property is unique worldwide.
"""

_NAMED: Final = frozenset({"City", "Network", "Organisation"})
"""Labels whose nodes are compared by name.

Two nodes with the same label, name and country are treated as the same thing.
"""

_NAME_COLUMNS: Final = tuple(f"name{language.name.capitalize()}" for language in Language)
_DISTINCT: Final = association("City", "distinctFrom").relationship.type

_Key = tuple[str, str, str]
"""A label, a property and a text. Two nodes with the same key may represent the same thing.

The property is `name` for names of all kinds. Otherwise it is an identifier, such as `wikidata`.
"""


def check_identity(dataset: Dataset) -> None:
    """Add a problem for every two nodes that share an identifier or a name, unless `distinctFrom` links the two nodes.

    The names in all languages and the other names (`otherNames`) are compared without case and diacritics. A node
    without a country is compared with the nodes of all countries.
    """
    distinct = _distinct_nodes(dataset)
    by_key: dict[_Key, list[NodeRecord]] = defaultdict(list)
    shared: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)  # pair of ids -> property -> shared text
    for node in sorted(dataset.nodes.values(), key=lambda node: (node.location, node.id)):
        for key, text in _keys(node):
            earlier = by_key[key]
            twin = next((other for other in earlier if _may_be_same(key, node, other, distinct)), None)
            if twin is not None:
                shared[node.id, twin.id].setdefault(key[1], text)
            earlier.append(node)
    for (node_id, twin_id), texts in shared.items():
        _add_problem(dataset.nodes[node_id], dataset.nodes[twin_id], texts, dataset)


def _distinct_nodes(dataset: Dataset) -> dict[str, set[str]]:
    distinct: dict[str, set[str]] = defaultdict(set)
    for relationship in dataset.relationships.values():
        if relationship.definition.type == _DISTINCT:
            distinct[relationship.source].add(relationship.target)
            distinct[relationship.target].add(relationship.source)
    return distinct


def _keys(node: NodeRecord) -> Iterator[tuple[_Key, str]]:
    """Yield the keys of a node, each with the original name or identifier from which the key was made.

    Two nodes with the same key may represent the same thing.
    """
    for name in _IDENTIFIERS:
        value = node.columns.get(name)
        if value is not None:
            yield (node.label.name, name, str(value)), str(value)
    if node.label.name in _NAMED:
        names = [str(node.columns[column]) for column in _NAME_COLUMNS if column in node.columns]
        names += cast("list[str]", node.columns.get(OTHER_NAMES.name, []))
        yield from {(node.label.name, "name", fold(name)): name for name in reversed(names)}.items()


def _may_be_same(key: _Key, node: NodeRecord, other: NodeRecord, distinct: dict[str, set[str]]) -> bool:
    if other is node or other.id in distinct[node.id]:
        return False
    if not _IDENTIFIERS.get(key[1], True):
        return True
    one, two = node.columns.get("country"), other.columns.get("country")
    return one is None or two is None or one == two


def _add_problem(node: NodeRecord, twin: NodeRecord, texts: dict[str, str], dataset: Dataset) -> None:
    described = " and ".join(f"`{name}` ({text})" for name, text in texts.items())
    message = f"`{node.id}` has the same {described} as `{twin.id}` ({twin.location})"
    hint = f"delete one of the two; if they are different things, add `distinctFrom: {twin.id}`"
    dataset.add_problem(node.location_of(next(iter(texts))), message, hint)
