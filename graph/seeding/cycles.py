"""Chains that must not close upon themselves: wider themes, parts of parts, successors, foundations."""

from collections import defaultdict
from typing import Final

from graph.seeding.records import Dataset, RelationshipRecord

__all__ = ["check_cycles"]

_CHAINS: Final = {
    "BROADER": "themes are broader than themselves",
    "PART_OF": "parts are parts of themselves",
    "SUCCEEDS": "programmes follow themselves",
    "RESTS_ON": "foundations rest on themselves",
}


def check_cycles(facts: Dataset) -> None:
    """Record a fault for each closed chain, naming it in full, and for each relationship of a node to itself."""
    adjacency: dict[str, dict[str, list[RelationshipRecord]]] = {type_: defaultdict(list) for type_ in _CHAINS}
    for key in sorted(facts.links):
        link = facts.links[key]
        if link.relationship.type in _CHAINS:
            adjacency[link.relationship.type][link.source].append(link)
        elif link.source == link.target:
            message = f"`{link.source}` {link.relationship.type} itself"
            facts.add_error(link.place, message, "a relationship joins two different nodes")
    for type_, says in _CHAINS.items():
        for cycle in _cycles(adjacency[type_]):
            chain = " → ".join([*(link.source for link in cycle), cycle[0].source])
            places = ", ".join(str(link.place) for link in cycle)
            place = max((link.place for link in cycle), key=lambda each: (bool(each.file), each))
            facts.add_error(place, f"{says}: {chain}", f"take one link of the chain away ({places})")


def _cycles(ahead: dict[str, list[RelationshipRecord]]) -> list[list[RelationshipRecord]]:
    """The closed chains that a walk along the links meets, each once; every knot of them gives at least one."""
    done: set[str] = set()
    cycles: list[list[RelationshipRecord]] = []
    for start in sorted(ahead):
        if start in done:
            continue
        trail: list[RelationshipRecord] = []  # the links walked from `start`
        at = {start: 0}  # where on the trail each node stands
        turns = [iter(ahead[start])]
        while turns:
            link = next(turns[-1], None)
            if link is None:
                turns.pop()
                leaving = trail.pop().target if trail else start
                done.add(leaving)
                at.pop(leaving, None)
            elif link.target in at:
                cycles.append([*trail[at[link.target] :], link])
            elif link.target not in done:
                at[link.target] = len(trail) + 1
                trail.append(link)
                turns.append(iter(ahead.get(link.target, ())))
    return cycles
