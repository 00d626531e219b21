"""Parse raw values into records: properties into columns, roles into relationships, sources into citations.

A record is a node or relationship with its stored columns and its location in a file. A role is the name under which a
seed file lists the related nodes of a node. Parsing continues after a problem, so that all problems of a file are
reported together.
"""

from functools import cache
from typing import cast

from graph.model import LABELS, Association, Label, associations, label_of
from graph.seeding.citations import parse_source
from graph.seeding.ids import check_id_format, label_name
from graph.seeding.property_values import get_entry, is_empty, list_items, parse_properties, parse_property
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar
from graph.seeding.records import (
    Columns,
    Dataset,
    NodeRecord,
    RelationshipRecord,
    SourceLocation,
    apply_defaults,
    did_you_mean,
)
from graph.seeding.warnings import ACKNOWLEDGES, acknowledge, find_warnings

__all__ = ["find_collection", "multi_value_columns", "parse_collection"]


@cache
def _labels_by_collection() -> dict[str, Label]:
    return {label.plural: label for label in LABELS}


def find_collection(name: str, location: SourceLocation, dataset: Dataset) -> Label | None:
    """Return the label of the nodes in a collection. A collection is a list in a seed file.

    The name of a collection is the plural of the label, such as `cities`. If no label has this plural, add a problem
    and return None.
    """
    label = _labels_by_collection().get(name)
    if label is None:
        hint = did_you_mean(name, _labels_by_collection())
        dataset.add_problem(location, f"`{name}` is not a collection", hint)
    return label


@cache
def multi_value_columns(label: Label) -> frozenset[str]:
    """Return the names of the CSV columns whose cells can contain several values.

    These are the columns of list properties and the columns of roles. A role is the name under which a seed file lists
    related nodes.
    """
    list_properties = {property_.name for property_ in label.properties if property_.many}
    return frozenset(list_properties | {role.name for role in associations(label.name)})


def parse_collection(label: Label, raw: Raw, dataset: Dataset) -> None:
    """Parse the items of a collection and add them to the dataset.

    A collection is the list of the nodes of one label in a seed file.
    """
    if isinstance(raw, RawNull):
        return
    if not isinstance(raw, RawList):
        hint = "begin each item with a hyphen: `- id: …`"
        dataset.add_problem(raw.location, f"`{label.plural}` is not a list", hint)
        return
    for item in raw.items:
        if isinstance(item, RawMapping):
            RecordParser(label, item, dataset).parse()
        else:
            hint = f"write `- id: {label.name}:…`"
            dataset.add_problem(item.location, f"the item of `{label.plural}` has no properties", hint)


class RecordParser:
    """A parser of one item of a list in a seed file. The item becomes a node and its relationships.

    Properties and sources are parsed before the relationships, because a relationship inherits the sources and the
    basis of the item. The basis states how a fact is known, such as STATED or DERIVED.
    """

    def __init__(self, label: Label, mapping: RawMapping, dataset: Dataset) -> None:
        self.label = label
        self.dataset = dataset
        self.mapping = mapping
        self.location = mapping.location
        self.entries = {key.text: (key, value) for key, value in mapping.entries if not is_empty(value)}
        self.properties = {property_.name: property_ for property_ in label.properties}
        self.roles = {role.name: role for role in associations(label.name)}
        self.columns: Columns = {}
        self.lines = {name: key.location.line for name, (key, _) in self.entries.items()}
        self.sources: list[tuple[str, frozenset[str]]] = []  # citation id, supported names (empty: all)
        self.node_id = ""

    def parse(self) -> None:
        """Parse the item and add its node and relationships to the dataset.

        If the id is invalid, only problems are added.
        """
        self._parse_properties()
        node_id = self._parse_id()
        if node_id is None:
            return
        self.node_id = node_id
        if self.label.sourced and "sources" in self.entries:
            self._parse_sources(self.entries["sources"][1])
        for name, role in self.roles.items():
            if name in self.entries and not (name == "sources" and self.label.sourced):
                self._parse_role(role, self.entries[name][1])
        self.dataset.add_node(NodeRecord(node_id, self.label, self.location, self.columns, self.lines))

    def _parse_properties(self) -> None:
        for name, (key, value) in self.entries.items():
            if name in self.properties:
                self.columns.update(parse_property(self.properties[name], value, self.dataset))
            elif name not in ("id", ACKNOWLEDGES) and name not in self.roles:
                message = f"`{name}` is neither a property nor a role of {self.label.name}"
                hint = did_you_mean(name, [*self.properties, *self.roles, "id", ACKNOWLEDGES])
                self.dataset.add_problem(key.location, message, hint)
        locations = {name: key.location for name, (key, _) in self.entries.items()}
        warnings = find_warnings(self.label.name, self.label.properties, self.columns, locations)
        acknowledge(warnings, self.mapping, self.dataset)
        self.columns = apply_defaults(self.label.properties, self.columns)

    def _parse_id(self) -> str | None:
        if "id" not in self.entries:
            hint = f"begin it with `id: {self.label.name}:…`"
            self.dataset.add_problem(self.location, f"the item of `{self.label.plural}` has no id", hint)
            return None
        _, value = self.entries["id"]
        if not isinstance(value, RawScalar):
            self.dataset.add_problem(value.location, "the id is not a single value", f"write `{self.label.name}:…`")
            return None
        node_id = value.text.strip()
        hint = check_id_format(node_id)
        if hint is None and label_of(node_id) is not self.label:
            hint = f"ids in `{self.label.plural}` begin with `{self.label.name}:`"
        if hint is not None:
            self.dataset.add_problem(value.location, f"`{node_id}` is not an id of a {self.label.name}", hint)
            return None
        return node_id

    # --- Sources ----------------------------------------------------------------------------------

    def _parse_sources(self, raw: Raw) -> None:
        definition = self.roles["sources"].relationship
        by_citation: dict[str, RelationshipRecord] = {}
        for source in list_items(raw):
            citation = parse_source(source, self.dataset, extra_keys=("supports", "basis"))
            if citation is None:
                continue
            supports, basis = self._parse_supports(source), self._parse_basis(source)
            cites = RelationshipRecord(definition, self.node_id, citation, self.node_id, source.location)
            cites.columns = {"supports": sorted(supports), "basis": basis}
            cites.explicit_columns = frozenset({"supports", "basis"})
            first = by_citation.setdefault(citation, cites)
            if first is cites:
                continue
            if first.columns["basis"] != basis:
                message = f"`{citation}` is given twice as a source, first at {first.location}, with another basis"
                self.dataset.add_problem(source.location, message, "delete one of the two")
            before = set(cast("list[str]", first.columns["supports"]))
            # An empty `supports` means that the source supports every property.
            first.columns["supports"] = sorted(before | supports) if before and supports else []
        for cites in by_citation.values():
            self.dataset.add_relationship(cites)
            self.sources.append((cites.target, frozenset(cast("list[str]", cites.columns["supports"]))))

    def _parse_supports(self, raw: Raw) -> set[str]:
        names: set[str] = set()
        options = [*self.properties, *self.roles]
        for item in list_items(get_entry(raw, "supports")):
            if not isinstance(item, RawScalar):
                hint = "write `supports: [annualFee]`"
                self.dataset.add_problem(item.location, "`supports` is not a list of properties", hint)
            elif item.text not in options:
                message = f"`supports` names `{item.text}`, which is not a property or role of {self.label.name}"
                self.dataset.add_problem(item.location, message, did_you_mean(item.text, options))
            else:
                names.add(item.text)
        return names

    def _parse_basis(self, raw: Raw) -> str:
        columns = parse_properties(self.roles["sources"].properties, raw, self.dataset, only=("basis",))
        return str(columns.get("basis", self.columns.get("basis", "STATED")))

    def _inherited_sources(self, role: str) -> list[str]:
        """Return the ids of the citations that an item passes on to its relationships in one role.

        A role is the key under which a seed file lists related nodes. The relationships get the citations that the seed
        file gives for the role or for the item as a whole. If there are none, they get every citation of the item, also
        those for single properties.
        """
        supporting = [citation for citation, supports in self.sources if not supports or role in supports]
        return supporting or [citation for citation, _ in self.sources]

    # --- Roles ------------------------------------------------------------------------------------

    def _parse_role(self, role: Association, raw: Raw) -> None:
        first_locations: dict[str, SourceLocation] = {}
        for item in list_items(raw):
            other = self._parse_other_end(role, item)
            if other is None:
                continue
            if other in first_locations:
                message = f"`{other}` is written twice in `{role.name}`, first at {first_locations[other]}"
                hint = "delete one; two nodes can have one relationship of a type"
                self.dataset.add_problem(item.location, message, hint)
                continue
            first_locations[other] = item.location
            explicit = self._parse_relationship_columns(role, item) if isinstance(item, RawMapping) else {}
            columns = dict(explicit)
            if role.relationship.sourced and "sources" not in explicit:
                columns["sources"] = self._inherited_sources(role.name)
                columns.setdefault("basis", self.columns.get("basis", "STATED"))
            columns = apply_defaults(role.properties, columns)
            source, target = (self.node_id, other) if role.outgoing else (other, self.node_id)
            self.dataset.add_relationship(
                RelationshipRecord(
                    role.relationship, source, target, self.node_id, item.location, columns, frozenset(explicit)
                )
            )

    def _parse_other_end(self, role: Association, raw: Raw) -> str | None:
        """Return the id of the related node that `raw` names.

        If the id is invalid, add a problem and return None.
        """
        to = raw if not isinstance(raw, RawMapping) else get_entry(raw, "to")
        options = " or ".join(f"`{target}:…`" for target in role.targets[:4])
        if not isinstance(to, RawScalar):
            message = f"`{role.name}` does not name a node"
            self.dataset.add_problem(raw.location, message, f"write {options}, alone or after `to:`")
            return None
        other = to.text.strip()
        hint = check_id_format(other)
        if hint is not None:
            self.dataset.add_problem(to.location, f"`{other}` is not an id", hint)
            return None
        if label_name(other) not in role.targets:
            message = f"`{role.name}` of a {self.label.name} cannot lead to `{other}`"
            hint = f"write {options}" if len(role.targets) <= 4 else "check the id"
            self.dataset.add_problem(to.location, message, hint)
            return None
        return other

    def _parse_relationship_columns(self, role: Association, mapping: RawMapping) -> Columns:
        columns = parse_properties(role.properties, mapping, self.dataset)
        names = [property_.name for property_ in role.properties]
        for key, value in mapping.entries:
            if key.text == "sources" and "sources" in names:
                if is_empty(value):
                    continue
                citations = (parse_source(source, self.dataset) for source in list_items(value))
                columns["sources"] = list(dict.fromkeys(citation for citation in citations if citation is not None))
            elif key.text not in ("to", ACKNOWLEDGES) and key.text not in names:
                message = f"`{key.text}` is not a property of `{role.name}` of a {self.label.name}"
                self.dataset.add_problem(key.location, message, did_you_mean(key.text, [*names, "to", ACKNOWLEDGES]))
        locations = {key.text: key.location for key, _ in mapping.entries}
        acknowledge(find_warnings("", role.properties, columns, locations), mapping, self.dataset)
        return columns
