"""Check that no node has a relationship to itself, and that hierarchies and successions contain no cycles."""

from collections import defaultdict
from typing import Final

from graph.seeding.records import Dataset, RelationshipRecord

__all__ = ["check_cycles"]

_ACYCLIC_TYPES: Final = {
    "BROADER": "themes are broader than themselves",
    "PART_OF": "parts are parts of themselves",
    "SUCCEEDS": "successors succeed themselves",
    "RESTS_ON": "foundations rest on themselves",
}


def check_cycles(dataset: Dataset) -> None:
    """Add a problem for every cycle found, and for every relationship from a node to itself.

    Cycles of two or more nodes are searched only for the relationship types in `_ACYCLIC_TYPES`, because such cycles
    are valid for other types.
    """
    adjacency: dict[str, dict[str, list[RelationshipRecord]]] = {type_: defaultdict(list) for type_ in _ACYCLIC_TYPES}
    for key in sorted(dataset.relationships):
        relationship = dataset.relationships[key]
        if relationship.definition.type in _ACYCLIC_TYPES:
            adjacency[relationship.definition.type][relationship.source].append(relationship)
        elif relationship.source == relationship.target:
            message = f"`{relationship.source}` {relationship.definition.type} itself"
            dataset.add_problem(relationship.location, message, "a relationship needs two different nodes")
    for type_, message in _ACYCLIC_TYPES.items():
        for cycle in _find_cycles(adjacency[type_]):
            nodes = " → ".join([*(relationship.source for relationship in cycle), cycle[0].source])
            locations = [relationship.location for relationship in cycle]
            hint = f"delete one relationship of the cycle ({', '.join(map(str, locations))})"
            # The location of a database record has an empty file name and sorts first.
            dataset.add_problem(max(locations), f"{message}: {nodes}", hint)


def _find_cycles(adjacency: dict[str, list[RelationshipRecord]]) -> list[list[RelationshipRecord]]:
    """Return cycles of relationships: at least one for every strongly connected component that has a cycle.

    A depth-first search finds the cycles. A cycle is a list of relationships. `adjacency` is a dict from node id to the
    relationships that start at the node.
    """
    done: set[str] = set()
    cycles: list[list[RelationshipRecord]] = []
    for start in sorted(adjacency):
        if start in done:
            continue
        path: list[RelationshipRecord] = []  # from `start` to the current node
        positions = {start: 0}  # position on the path by node
        pending = [iter(adjacency[start])]
        while pending:
            relationship = next(pending[-1], None)
            if relationship is None:
                pending.pop()
                node = path.pop().target if path else start
                done.add(node)
                positions.pop(node, None)
            elif relationship.target in positions:
                cycles.append([*path[positions[relationship.target] :], relationship])
            elif relationship.target not in done:
                positions[relationship.target] = len(path) + 1
                path.append(relationship)
                pending.append(iter(adjacency.get(relationship.target, ())))
    return cycles
