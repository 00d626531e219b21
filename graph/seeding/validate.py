"""Check the records (nodes and relationships of seed files) against the rules of the model.

All problems are reported, not only the first.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final, cast

from graph.errors import SeedProblem
from graph.model import Kind, Many, associations
from graph.seeding.citations import citation_id
from graph.seeding.currencies import check_currencies
from graph.seeding.cycles import check_cycles
from graph.seeding.identity import check_identity
from graph.seeding.ids import label_name
from graph.seeding.periods import check_periods
from graph.seeding.records import DATABASE_LOCATION, Dataset, NodeRecord, RelationshipRecord, SourceLocation

__all__ = ["check", "check_required", "merge"]

_MONEY: Final = frozenset({Kind.MONEY, Kind.DECIMAL})
_MAX_SUGGESTIONS: Final = 100  # finding a similar id takes milliseconds


def check(dataset: Dataset, current: Dataset | None = None) -> list[SeedProblem]:
    """Return all problems of the files, sorted by file and line.

    `current` is the graph in the database. If `current` is not None, the files are checked as changes to that graph.
    The files may refer to nodes of the graph, and must not contradict the graph. Problems of nodes and relationships
    that are only in the database are omitted.
    """
    whole = merge(dataset, current) if current is not None else Dataset(dataset.nodes, dataset.relationships)
    for node in whole.nodes.values():
        check_required(node, whole)
    _check_references(whole)
    _check_roles(whole)
    _check_sources(whole)
    _check_supports(whole)
    _check_label_rules(whole)
    check_periods(whole)
    check_currencies(whole)
    check_cycles(whole)
    check_identity(whole)
    return sorted({*dataset.problems, *whole.problems})


def merge(dataset: Dataset, current: Dataset) -> Dataset:
    """Return the graph after a load. The nodes of the files are added to the current graph, or replace nodes in it.

    A node owns the relationships that a seed file states in the entry of that node. If a replaced node owned a
    relationship that is no longer in the files, the result does not contain the relationship. Inline citations that
    nothing uses after the load are removed, too.
    """
    remaining = {
        key: relationship
        for key, relationship in current.relationships.items()
        if relationship.owner_id not in dataset.nodes
    }
    whole = Dataset({**current.nodes, **dataset.nodes}, {**remaining, **dataset.relationships})
    orphans = _orphaned_citations(current, whole)
    if orphans:
        whole.nodes = {node_id: node for node_id, node in whole.nodes.items() if node_id not in orphans}
        whole.relationships = {
            key: relationship for key, relationship in whole.relationships.items() if relationship.source not in orphans
        }
    return whole


def _orphaned_citations(current: Dataset, whole: Dataset) -> set[str]:
    """Return the ids of the inline citations that a load makes unused.

    `current` is the graph before the load, and `whole` is the graph after the load.
    """
    unused = _used_citations(current) - _used_citations(whole)
    documents = {
        relationship.source: relationship.target
        for relationship in whole.relationships.values()
        if relationship.definition.type == "FROM"
    }
    nodes = (whole.nodes[node_id] for node_id in unused)
    return {node.id for node in nodes if node.location is DATABASE_LOCATION and _has_derived_id(node, documents)}


def _used_citations(dataset: Dataset) -> set[str]:
    used: set[str] = set()
    for relationship in dataset.relationships.values():
        if relationship.definition.type == "CITES":
            used.add(relationship.target)
        used.update(cast("list[str]", relationship.columns.get("sources", [])))
    return used & dataset.nodes.keys()


def _has_derived_id(citation: NodeRecord, documents: dict[str, str]) -> bool:
    """Return whether the id of a citation is a hash of its content, as in the ids of inline citations."""
    page, section, quote = (cast("str | None", citation.columns.get(name)) for name in ("page", "section", "quote"))
    return citation_id(documents.get(citation.id, ""), page, section, quote) == citation.id


# --- Rules declared in the model --------------------------------------------------------------------


def check_required(node: NodeRecord, dataset: Dataset) -> None:
    """Add a problem for every required property that is missing from the node.

    A property with an invalid value is not treated as missing, because it has been reported already.
    """
    for property_ in node.label.properties:
        is_required = not node.label.named_after
        if property_.name != "name":
            is_required = property_.required
        if is_required and property_.name not in node.lines and node.columns.keys().isdisjoint(property_.columns):
            hint = f"add `{property_.name}:` — {property_.description}"
            dataset.add_problem(node.location, f"`{node.id}` has no `{property_.name}`", hint)


def _check_references(dataset: Dataset) -> None:
    suggestions = _IdSuggestions(dataset)
    for relationship in dataset.relationships.values():
        for node_id in (relationship.source, relationship.target):
            if node_id not in dataset.nodes:
                dataset.add_problem(relationship.location, f"there is no `{node_id}`", suggestions.hint(node_id))
        for property_ in relationship.definition.all_properties:
            if property_.kind is not Kind.REF:
                continue
            # If inherited sources do not exist, the problem is reported for the owner.
            if property_.name == "sources" and "sources" not in relationship.explicit_columns:
                continue
            value = relationship.columns.get(property_.name, [])
            for node_id in value if isinstance(value, list) else [str(value)]:
                if node_id not in dataset.nodes:
                    message = f"there is no `{node_id}`, which `{property_.name}` names"
                    dataset.add_problem(relationship.location, message, suggestions.hint(node_id))


class _IdSuggestions:
    """Hints for unknown ids. A hint suggests a similar existing id.

    Only the first `_MAX_SUGGESTIONS` unknown ids get such a hint.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._ids: dict[str, list[str]] = defaultdict(list)
        for node_id in dataset.nodes:
            self._ids[label_name(node_id)].append(node_id)
        self._hints: dict[str, str] = {}

    def hint(self, missing: str) -> str:
        if missing not in self._hints and len(self._hints) < _MAX_SUGGESTIONS:
            close = get_close_matches(missing, self._ids[label_name(missing)], n=1, cutoff=0.75)
            self._hints[missing] = f"did you mean `{close[0]}`?" if close else "add it, or correct the id"
        return self._hints.get(missing, "add it, or correct the id")


def _check_roles(dataset: Dataset) -> None:
    """Check that a required role has at least one related node, and that a single-valued role has at most one.

    A role is the name under which a seed file lists related nodes.
    """
    by_end: dict[tuple[str, int, bool], list[RelationshipRecord]] = defaultdict(list)  # node, definition, outgoing
    for relationship in dataset.relationships.values():
        by_end[relationship.source, id(relationship.definition), True].append(relationship)
        by_end[relationship.target, id(relationship.definition), False].append(relationship)
    for node in dataset.nodes.values():
        for role in associations(node.label.name):
            relationships = by_end.get((node.id, id(role.relationship), role.outgoing), [])
            if role.many is Many.ONE and len(relationships) > 1:
                others = ", ".join(
                    f"`{relationship.target if role.outgoing else relationship.source}` ({relationship.location})"
                    for relationship in relationships
                )
                message = f"`{node.id}` has {len(relationships)} nodes as `{role.name}`: {others}"
                location = _last_in_file(relationship.location for relationship in relationships)
                dataset.add_problem(location, message, "keep one of them")
            if role.end.required and not relationships and role.name not in node.lines:
                if role.name == "sources":
                    hint = "add `sources:` with the document and a quote"
                    dataset.add_problem(node.location, f"`{node.id}` has no source", hint)
                else:
                    hint = f"add `{role.name}: {role.targets[0]}:…`"
                    dataset.add_problem(node.location, f"`{node.id}` has no `{role.name}`", hint)


def _check_sources(dataset: Dataset) -> None:
    for relationship in dataset.relationships.values():
        if not relationship.definition.sourced or relationship.columns.get("sources"):
            continue
        # Invalid sources of the owner have already been reported.
        owner = dataset.nodes.get(relationship.owner_id)
        if "sources" not in relationship.explicit_columns and (owner is None or "sources" not in owner.lines):
            message = f"`{relationship.source}` {relationship.definition.type} `{relationship.target}` has no source"
            hint = "add `sources:` to it, or to the item that contains it"
            dataset.add_problem(relationship.location, message, hint)


def _check_supports(dataset: Dataset) -> None:
    """Check that every amount of money in a node has a source that supports it."""
    supports: dict[str, list[list[str]]] = defaultdict(list)
    for relationship in dataset.relationships.values():
        if relationship.definition.type == "CITES":
            supports[relationship.source].append(cast("list[str]", relationship.columns["supports"]))
    for node in dataset.nodes.values():
        sources = supports.get(node.id)
        if sources is None:  # missing sources are reported separately
            continue
        for property_ in node.label.properties:
            if property_.kind not in _MONEY or property_.name not in node.columns:
                continue
            if not any(not names or property_.name in names for names in sources):
                message = f"no source of `{node.id}` supports its `{property_.name}`"
                hint = f"add `{property_.name}` to the `supports` of the source that states it, or add that source"
                dataset.add_problem(node.location_of(property_.name), message, hint)


def _last_in_file(locations: Iterable[SourceLocation]) -> SourceLocation:
    """Return the last of the locations that are in a file.

    Returns DATABASE_LOCATION if all locations are in the database.
    """
    return max((location for location in locations if location.file), default=DATABASE_LOCATION)


# --- Rules for single labels ------------------------------------------------------------------------


def _check_label_rules(dataset: Dataset) -> None:
    joins: dict[str, list[RelationshipRecord]] = defaultdict(list)
    holders: dict[str, list[RelationshipRecord]] = defaultdict(list)
    schemes: dict[str, str] = {}
    for relationship in dataset.relationships.values():
        match relationship.definition.type:
            case "JOINS":
                joins[relationship.source].append(relationship)
            case "HOLDS":
                holders[relationship.target].append(relationship)
            case "IN_SCHEME":
                schemes[relationship.source] = relationship.target
            case _:
                pass
    for node in dataset.nodes.values():
        if node.label.name == "Twinning":
            _check_twinning(node, joins[node.id], dataset)
        elif node.label.name == "Membership":
            _check_holder(node, holders[node.id], dataset)
            _check_left(node, dataset)
        if "population" in node.columns and "populationYear" not in node.columns and "populationYear" not in node.lines:
            message = f"`{node.id}` has a population without its year"
            dataset.add_problem(node.location_of("population"), message, "add `populationYear:`")
    _check_themes(dataset, schemes)


def _check_twinning(node: NodeRecord, joins: Sequence[RelationshipRecord], dataset: Dataset) -> None:
    if len(joins) != 2:
        number = {0: "no city", 1: "one city"}.get(len(joins), f"{len(joins)} cities")
        message = f"`{node.id}` joins {number}"
        dataset.add_problem(node.location_of("cities"), message, "a twinning joins two different cities")


def _check_holder(node: NodeRecord, holders: Sequence[RelationshipRecord], dataset: Dataset) -> None:
    if len(holders) > 1:
        names = ", ".join(f"`{relationship.source}`" for relationship in holders)
        location = _last_in_file([node.location, *(relationship.location for relationship in holders)])
        dataset.add_problem(location, f"`{node.id}` has several holders: {names}", "keep one of them")
    elif not holders and node.lines.keys().isdisjoint(("city", "cityGroup", "organisation")):
        hint = "add `city:`, `cityGroup:` or `organisation:`"
        dataset.add_problem(node.location, f"`{node.id}` has no holder", hint)


def _check_left(node: NodeRecord, dataset: Dataset) -> None:
    if node.columns.get("status") == "LEFT" and node.columns.get("validUntilBound") == "OPEN":
        message = f"`{node.id}` has the status LEFT, but `validUntil` is OPEN"
        hint = "write the first day after it, or UNKNOWN; or correct `status`"
        dataset.add_problem(node.location_of("validUntil"), message, hint)


def _check_themes(dataset: Dataset, schemes: dict[str, str]) -> None:
    for relationship in dataset.relationships.values():
        source, target = relationship.source, relationship.target
        source_scheme, target_scheme = schemes.get(source), schemes.get(target)
        if source_scheme is None or target_scheme is None:
            continue
        if relationship.definition.type == "BROADER" and source_scheme != target_scheme:
            message = (
                f"`{source}` (in `{source_scheme}`) has a broader theme in another scheme, "
                f"`{target}` (in `{target_scheme}`)"
            )
            hint = "`broader` is for themes of one scheme; between schemes use `closeMatches`"
            dataset.add_problem(relationship.location, message, hint)
        if relationship.definition.type == "CLOSE_MATCH" and source_scheme == target_scheme:
            message = f"`{source}` and `{target}` match within one scheme, `{source_scheme}`"
            hint = "`closeMatches` is for themes of other schemes; within one use `broader`"
            dataset.add_problem(relationship.location, message, hint)
