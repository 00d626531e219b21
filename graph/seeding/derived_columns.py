"""Compute the stored columns that seed files do not contain: default names, folded names and the dates of periods.

A folded name is in lower case and has no diacritics.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final, cast

from graph.folding import fold, fold_for_sorting
from graph.model import COMPUTED_COLUMNS, LABELS, OTHER_NAMES, Association, Language, association
from graph.seeding.membership_basis import membership_basis
from graph.seeding.periods import Coverage, charged_years, coverage, exclusive_end, has_period
from graph.seeding.records import Columns, Dataset, NodeRecord, RelationshipKey, RelationshipRecord
from graph.seeding.statuses import status_changes

__all__ = [
    "OWNER_COLUMN",
    "NodeRows",
    "RelationshipRows",
    "derive_rows",
    "drop_default_names",
    "drop_derived_columns",
    "exported_node_row",
    "exported_relationship_row",
    "node_coverages",
]

OWNER_COLUMN: Final = "statedUnder"
"""Hidden column with the id of the owner of a relationship.

The owner is the node whose entry in a seed file states the relationship.
"""

NodeRows = dict[str, Columns]
"""A dict from node id to the stored columns of the node, including `id` and the derived columns."""

RelationshipRows = dict[RelationshipKey, Columns]
"""A dict from relationship key to the stored columns, including OWNER_COLUMN and the derived columns."""

_NAME_COLUMNS: Final = {language: f"name{language.name.capitalize()}" for language in Language}
_UNNAMED_GROUPS: Final = {
    Language.EN: "unnamed working group",
    Language.SV: "arbetsgrupp utan namn",
    Language.FI: "nimetön työryhmä",
}
_PAGE_ABBREVIATIONS: Final = {Language.EN: "p.", Language.SV: "s.", Language.FI: "s."}


def derive_rows(dataset: Dataset) -> tuple[NodeRows, RelationshipRows]:
    """Return the rows of all nodes and the rows of all relationships, as they are stored in the database.

    A row contains all stored columns, including the columns that are computed when the seed files are loaded.
    """
    names, coverages = _NameResolver(dataset), node_coverages(dataset)
    periods = {node_id: covered.columns for node_id, covered in coverages.items()}
    for membership, terms in _decided_terms(dataset).items():
        for term in terms:
            if term.id in periods and membership in coverages:
                periods[term.id] |= charged_years(term.columns, coverages[membership])
    for node_id, changes in status_changes(dataset, coverages).items():
        periods[node_id] = periods.get(node_id, {}) | changes
    for network, former_names in _former_names(dataset, coverages).items():
        periods[network] = periods.get(network, {}) | {"formerNames": sorted(former_names)}
    for membership, columns in membership_basis(dataset):
        periods[membership] = periods.get(membership, {}) | columns
    nodes = {
        node.id: _node_row(node, names.names_of(node), periods.get(node.id, {})) for node in dataset.nodes.values()
    }
    # No city takes part in a project that is only an idea.
    running = {id_: covered for id_, covered in coverages.items() if dataset.nodes[id_].columns.get("stage") != "IDEA"}
    relationships = {
        key: _relationship_row(relationship, _period_columns(relationship, running))
        for key, relationship in dataset.relationships.items()
    }
    return nodes, relationships


def exported_node_row(node: NodeRecord) -> Columns:
    """Return all stored columns of a node from an export.

    Default names and the hidden columns of periods are not computed, because an export already contains them.
    """
    return _node_row(node, _explicit_names(node), node.derived)


def exported_relationship_row(relationship: RelationshipRecord) -> Columns:
    """Return all stored columns of a relationship from an export.

    The hidden columns of periods are not computed, because an export already contains them.
    """
    return _relationship_row(relationship, relationship.derived)


def _node_row(node: NodeRecord, names: dict[str, str], period: Columns) -> Columns:
    row: Columns = {"id": node.id, **node.columns, **names}
    if names:
        folded = [fold(names[column]) for column in _NAME_COLUMNS.values() if column in names]
        row["nameSort"] = folded[0]
        for language in (Language.SV, Language.FI):
            key = fold_for_sorting(_name_in(names, _NAME_COLUMNS[language]))
            if key != folded[0]:
                row[f"nameSort{language.name.capitalize()}"] = key
        folded.extend(fold(name) for name in cast("list[str]", node.columns.get(OTHER_NAMES.name, [])))
        folded.extend(fold(entry.split(" ", 3)[3]) for entry in cast("list[str]", period.get("formerNames", [])))
        row["nameFolded"] = "\n".join(dict.fromkeys(folded))
    return row | period


def _relationship_row(relationship: RelationshipRecord, period: Columns) -> Columns:
    return {**relationship.columns, OWNER_COLUMN: relationship.owner_id, **period}


def _former_names(dataset: Dataset, coverages: Mapping[str, Coverage]) -> Mapping[str, set[str]]:
    """Return the former names of each network, in all languages, in the format that `graph.model.HIDDEN` describes.

    Each former name has the period in which it was in use. If the end of the period is unknown, the period ends on the
    last day that a source covers. A former name without dates has an empty period.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for relationship in dataset.relationships.values():
        former = dataset.nodes.get(relationship.source)
        if former is not None and former.label.name == "NetworkName" and relationship.definition.type == "OF":
            covered = coverages.get(former.id)
            taken = given_up = date.min
            if covered is not None:
                is_open = covered.stands_until == date.max
                taken, given_up = covered.possible_from, covered.shown_until if is_open else covered.stands_until
            for language, column in _NAME_COLUMNS.items():
                if name := _explicit_names(former).get(column):
                    found[relationship.target].add(f"{given_up} {taken} {language.name} {name}")
    return found


# --- Periods ----------------------------------------------------------------------------------------


def node_coverages(dataset: Dataset) -> Mapping[str, Coverage]:
    """Return a dict from node id to the coverage of the node. Nodes without any day that a source covers are omitted.

    A coverage contains the days on which the node can be in force, and the days that its sources cover. The covered
    days of a membership include its terms (periods of membership fixed by decisions). A membership starts no earlier
    than the founding of its network, and ends no later than the network. A node becomes LONG_UNATTESTED (not shown by
    any recent source) `LAPSE_YEARS` years after its last covered day. Twinnings never become LONG_UNATTESTED.
    """
    terms, networks = _decided_terms(dataset), _networks_of_memberships(dataset)
    coverages: dict[str, Coverage] = {}
    for node in dataset.nodes.values():
        if node.label.has_period:
            covered = [found for term in terms[node.id] if (found := coverage(term.columns)) is not None]
            found = coverage(node.columns, covered, lapses=node.label.name != "Twinning")
            if found is not None:
                if (network := networks.get(node.id)) is not None:
                    founded = cast("date | None", network.columns.get("founded"))
                    found = found.after(founded).until(exclusive_end(network.columns, "ended"))
                coverages[node.id] = found
    return coverages


def _networks_of_memberships(dataset: Dataset) -> Mapping[str, NodeRecord]:
    """Return a dict from the id of each membership to the network of the membership."""
    return {
        relationship.source: network
        for relationship in dataset.relationships.values()
        if relationship.definition.type == "IN"
        and relationship.source.startswith("Membership:")
        and (network := dataset.nodes.get(relationship.target)) is not None
    }


def _decided_terms(dataset: Dataset) -> Mapping[str, list[NodeRecord]]:
    """Return a dict from the id of a membership to its terms.

    A term is a period of membership fixed by a decision. Terms whose decision was tabled or rejected are omitted.
    """
    pending = {
        relationship.source
        for relationship in dataset.relationships.values()
        if relationship.definition.type == "DECIDED_BY"
        and relationship.target in dataset.nodes
        and dataset.nodes[relationship.target].columns.get("outcome") in ("TABLED", "REJECTED")
    }
    terms: dict[str, list[NodeRecord]] = defaultdict(list)
    for relationship in dataset.relationships.values():
        term = relationship.source
        is_term = relationship.definition.type == "UNDER" and term.startswith("MembershipTerm:")
        if is_term and term in dataset.nodes and term not in pending:
            terms[relationship.target].append(dataset.nodes[term])
    return terms


def _period_columns(relationship: RelationshipRecord, coverages: Mapping[str, Coverage]) -> Columns:
    """Return the hidden columns from which statements compute whether a relationship is in force on a day.

    A participation in a working group ends no later than the group. A partnership has the period of the project. The
    relationship of a city to a twinning has the period of the twinning. `coverages` is a dict from the id of a working
    group, project or twinning to its coverage (the days that sources cover). The result is an empty dict if the
    relationship has no period, or if no source covers any day.
    """
    match relationship.definition.type:
        case "PARTICIPATES_IN":
            own, group = coverage(relationship.columns), coverages.get(relationship.target)
            if own is not None and group is not None:
                own = own.until(group.stands_until)
            return own.columns if own else {}
        case "PARTNER_IN":
            project = coverages.get(relationship.target)
            return project.columns if project else {}
        case "JOINS":
            twinning = coverages.get(relationship.source)
            return twinning.columns if twinning else {}
        case _ if has_period(relationship.definition):
            own = coverage(relationship.columns)
            return own.columns if own else {}
        case _:
            return {}


def drop_derived_columns(row: Columns) -> Columns:
    """Return a stored row without the columns that were computed when the row was loaded."""
    computed = COMPUTED_COLUMNS | {"id", OWNER_COLUMN}
    return {name: value for name, value in row.items() if name not in computed}


def drop_default_names(dataset: Dataset) -> None:
    """Remove the default names of all nodes of the dataset.

    A default name is computed from the names of related nodes. Use this function for nodes that were read from the
    database, because the database also stores default names.
    """
    explicit = {node.id: _explicit_names(node) for node in dataset.nodes.values() if node.label.named_after}
    names = _NameResolver(dataset)
    for node_id in explicit:
        node = dataset.nodes[node_id]
        if names.default_names(node) == explicit[node_id]:
            node.columns = {name: value for name, value in node.columns.items() if name not in _NAME_COLUMNS.values()}


def _explicit_names(node: NodeRecord) -> dict[str, str]:
    return {column: cast("str", node.columns[column]) for column in _NAME_COLUMNS.values() if column in node.columns}


class _NameResolver:
    """A cache of the names of nodes. For a node that has no name in the seed files, it computes default names.

    The names of a node are a dict from name column (`nameEn`, `nameSv` or `nameFi`) to name.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._nodes = dataset.nodes
        self._naming_nodes = _naming_nodes(dataset.relationships.values())
        self._cache: dict[str, dict[str, str]] = {}

    def names_of(self, node: NodeRecord) -> dict[str, str]:
        if node.id not in self._cache:
            self._cache[node.id] = _explicit_names(node) or self.default_names(node)
        return self._cache[node.id]

    def default_names(self, node: NodeRecord) -> dict[str, str]:
        """Return the default names of a node, as a dict from name column (such as `nameEn`) to name.

        A default name is made from the names of the related nodes that `Label.named_after` lists. For example, the
        default name of a membership is made from the names of its network and its city. There is a default name in
        every language in which at least one of these nodes has a name.
        """
        ids = [node_id for role in node.label.named_after for node_id in sorted(self._naming_nodes[node.id, role])]
        parts = [self.names_of(self._nodes[node_id]) for node_id in ids if node_id in self._nodes]
        names: dict[str, str] = {}
        for language, column in _NAME_COLUMNS.items():
            if any(column in part for part in parts):
                texts = [_name_in(part, column) for part in parts if part]
                names[column] = " – ".join(texts) + _distinction(node, language)
        return names


def _name_in(names: dict[str, str], column: str) -> str:
    """Return the name in `column`. If there is none, return the name in English, Swedish or Finnish, in this order.

    `names` is a dict from name column (such as `nameSv`) to name.
    """
    return names.get(column) or next(names[name] for name in _NAME_COLUMNS.values() if name in names)


def _distinction(node: NodeRecord, language: Language) -> str:
    """Return the last part of a default name.

    A default name consists of the names of related nodes and a last part. The last part distinguishes nodes that have
    the same related nodes. For a membership term, the last part is the years. For a citation, it is the page and
    section. For a working group, it is the text "unnamed working group". For other labels, it is empty.
    """
    if node.label.name == "WorkingGroup":
        return f" – {_UNNAMED_GROUPS[language]}"
    if node.label.name == "MembershipTerm":
        years = _years(node.columns)
        return f", {years}" if years else ""
    if node.label.name != "Citation":
        return ""
    page, section = node.columns.get("page"), node.columns.get("section")
    return (f", {_PAGE_ABBREVIATIONS[language]} {page}" if page else "") + (f", {section}" if section else "")


def _years(columns: Columns) -> str:
    """Return the first and the last year of a period, such as "2024–2025".

    If both years are equal, the result is one year, such as "2024". An unknown or open bound is empty, as in "2024–"
    and "–2025". If both bounds are missing, the result is "".
    """
    begins, end = cast("date | None", columns.get("validFrom")), exclusive_end(columns)
    first = "" if begins is None else str(begins.year)
    last = "" if end is None else str((end - timedelta(days=1)).year)
    return first if first == last else f"{first}–{last}"


def _naming_nodes(relationships: Iterable[RelationshipRecord]) -> dict[tuple[str, str], list[str]]:
    """Return the ids of the related nodes from whose names default names are made.

    The result is a dict from (node id, association name) to these ids. An association is a relationship type seen from
    one end. For example, a membership has the association `network`.
    """
    others: dict[tuple[str, str], list[str]] = defaultdict(list)
    for relationship in relationships:
        source, target = relationship.source, relationship.target
        for role in _NAMING_ROLES.get(id(relationship.definition), ()):
            node, other = (source, target) if role.outgoing else (target, source)
            others[node, role.name].append(other)
    return others


def _find_naming_roles() -> dict[int, list[Association]]:
    """Return the associations that are used to compute default names (`Label.named_after`).

    A default name contains the names of related nodes, to which these associations lead. An association is a
    relationship type seen from one end. For example, a membership has the association `network`. The result is a dict
    from relationship type to the associations of this type. Each key is the `id()` of the `Relationship` object that
    declares the type.
    """
    roles: dict[int, list[Association]] = defaultdict(list)
    for label in LABELS:
        for name in label.named_after:
            role = association(label.name, name)
            roles[id(role.relationship)].append(role)
    return roles


_NAMING_ROLES: Final = _find_naming_roles()
