"""Raw values into facts, by the model: properties into their columns, roles into relationships, sources into citations.

Everything that is wrong is recorded with its place, and reading goes on: one run shows all faults of a file.
"""

from functools import cache
from typing import cast

from graph.model import LABELS, Association, Label, associations, label_of
from graph.seeding.citations import citation
from graph.seeding.ids import well_formed
from graph.seeding.property_values import each_of, entry_of, is_empty, property_columns, values_of
from graph.seeding.raw_values import Raw, RawList, RawMapping, RawNull, RawScalar
from graph.seeding.records import (
    Columns,
    Dataset,
    NodeRecord,
    RelationshipRecord,
    SourceLocation,
    did_you_mean,
    with_defaults,
)

__all__ = ["collection", "list_columns", "parse_collection"]


@cache
def collections() -> dict[str, Label]:
    """The labels by the names of their collections."""
    return {each.plural: each for each in LABELS}


def collection(name: str, place: SourceLocation, facts: Dataset) -> Label | None:
    """The label that a collection's name stands for; None, and a fault, where there is none."""
    found = collections().get(name)
    if found is None:
        facts.add_error(place, f"`{name}` is not a collection", did_you_mean(name, collections()))
    return found


@cache
def list_columns(kind: Label) -> frozenset[str]:
    """The columns of a table that can hold several values: roles, and properties that are lists."""
    many = {each.name for each in kind.properties if each.many}
    return frozenset(many | {each.name for each in associations(kind.name)})


def parse_collection(kind: Label, raw: Raw, facts: Dataset) -> None:
    """Read the items of one collection into `facts`."""
    if isinstance(raw, RawNull):
        return
    if not isinstance(raw, RawList):
        facts.add_error(raw.place, f"`{kind.plural}` is not a list", "begin each item with a hyphen: `- id: …`")
        return
    for each in raw.items:
        if isinstance(each, RawMapping):
            RecordParser(kind, each, facts).read()
        else:
            facts.add_error(
                each.place, f"an item of `{kind.plural}` without properties", f"write `- id: {kind.name}:…`"
            )


class RecordParser:
    """Reads one item: first what its relationships inherit, then everything else."""

    def __init__(self, kind: Label, mapping: RawMapping, facts: Dataset) -> None:
        self.kind = kind
        self.facts = facts
        self.place = mapping.place
        self.entries = {key.text: (key, value) for key, value in mapping.entries if not is_empty(value)}
        self.properties = {each.name: each for each in kind.properties}
        self.roles = {each.name: each for each in associations(kind.name)}
        self.columns: Columns = {}
        self.lines: dict[str, int] = {}
        self.sources: list[tuple[str, frozenset[str]]] = []  # citation, what it supports
        self.item_id = ""

    def read(self) -> None:
        self._take_properties()
        node_id = self._id()
        if node_id is None:
            return
        self.item_id = node_id
        if self.kind.sourced and "sources" in self.entries:
            self._take_sources(self.entries["sources"][1])
        for name, role in self.roles.items():
            if name in self.entries and not (name == "sources" and self.kind.sourced):
                self._take_role(role, self.entries[name][1])
        self.facts.add_item(NodeRecord(node_id, self.kind, self.place, self.columns, self.lines))

    def _take_properties(self) -> None:
        self.lines = {name: key.place.line for name, (key, _) in self.entries.items()}
        for name, (key, value) in self.entries.items():
            if name in self.properties:
                self.columns.update(values_of(self.properties[name], value, self.facts))
            elif name != "id" and name not in self.roles:
                message = f"`{name}` is neither a property nor a role of {self.kind.name}"
                self.facts.add_error(key.place, message, did_you_mean(name, [*self.properties, *self.roles, "id"]))
        self.columns = with_defaults(self.kind.properties, self.columns)

    def _id(self) -> str | None:
        if "id" not in self.entries:
            hint = f"begin it with `id: {self.kind.name}:…`"
            self.facts.add_error(self.place, f"an item of `{self.kind.plural}` without an id", hint)
            return None
        _, value = self.entries["id"]
        if not isinstance(value, RawScalar):
            self.facts.add_error(value.place, "an id that is not a word", f"write `{self.kind.name}:…`")
            return None
        node_id = value.text.strip()
        hint = well_formed(node_id)
        if hint is None and label_of(node_id) is not self.kind:
            hint = f"ids in `{self.kind.plural}` begin with `{self.kind.name}:`"
        if hint is not None:
            self.facts.add_error(value.place, f"`{node_id}` is not an id of a {self.kind.name}", hint)
            return None
        return node_id

    # --- Sources ----------------------------------------------------------------------------------

    def _take_sources(self, raw: Raw) -> None:
        role = self.roles["sources"]
        cites: dict[str, RelationshipRecord] = {}
        for each in each_of(raw):
            found = citation(each, self.facts, extra=("supports", "basis"))
            if found is None:
                continue
            supports, basis = self._supports(each), self._basis_of(each)
            stated = RelationshipRecord(role.relationship, self.item_id, found, self.item_id, each.place)
            stated.columns = {"supports": sorted(supports), "basis": basis}
            stated.explicit_columns = frozenset({"supports", "basis"})
            first = cites.setdefault(found, stated)
            if first is stated:
                continue
            if first.columns["basis"] != basis:
                message = f"`{found}` is given twice as a source, first at {first.place}, with another basis"
                self.facts.add_error(each.place, message, "keep one of the two")
            before = set(cast("list[str]", first.columns["supports"]))
            # A source of the whole fact supports each of its properties.
            first.columns["supports"] = sorted(before | supports) if before and supports else []
        for link in cites.values():
            self.facts.add_link(link)
            self.sources.append((link.target, frozenset(cast("list[str]", link.columns["supports"]))))

    def _supports(self, raw: Raw) -> set[str]:
        names: set[str] = set()
        for each in each_of(entry_of(raw, "supports")):
            if not isinstance(each, RawScalar):
                self.facts.add_error(each.place, "`supports` is a list of properties", "write `supports: [annualFee]`")
            elif each.text not in self.properties and each.text not in self.roles:
                options = [*self.properties, *self.roles]
                message = f"`supports` names `{each.text}`, which a {self.kind.name} does not have"
                self.facts.add_error(each.place, message, did_you_mean(each.text, options))
            else:
                names.add(each.text)
        return names

    def _basis_of(self, raw: Raw) -> str:
        columns = property_columns(self.roles["sources"].properties, raw, self.facts, only=("basis",))
        return str(columns.get("basis", self.columns.get("basis", "STATED")))

    def _inherited(self, role: str) -> list[str]:
        """The item's sources for a relationship: those of this role or of the whole item; failing these, all."""
        fitting = [citation for citation, supports in self.sources if not supports or role in supports]
        return fitting or [citation for citation, _ in self.sources]

    # --- Roles ------------------------------------------------------------------------------------

    def _take_role(self, role: Association, raw: Raw) -> None:
        taken: dict[str, SourceLocation] = {}
        for each in each_of(raw):
            other = self._other_end(role, each)
            if other is None:
                continue
            if other in taken:
                message = f"`{other}` stands twice in `{role.name}`, first at {taken[other]}"
                self.facts.add_error(
                    each.place, message, "keep one; there is one relationship of a kind between two nodes"
                )
                continue
            taken[other] = each.place
            own: Columns = {}
            if isinstance(each, RawMapping):
                own = self._link_columns(role, each)
            source, target = (self.item_id, other) if role.outgoing else (other, self.item_id)
            columns = dict(own)
            if role.relationship.sourced and "sources" not in own:
                columns["sources"] = self._inherited(role.name)
                columns.setdefault("basis", self.columns.get("basis", "STATED"))
            columns = with_defaults(role.properties, columns)
            stated = frozenset(own)
            self.facts.add_link(
                RelationshipRecord(role.relationship, source, target, self.item_id, each.place, columns, stated)
            )

    def _other_end(self, role: Association, raw: Raw) -> str | None:
        to = raw if not isinstance(raw, RawMapping) else entry_of(raw, "to")
        options = " or ".join(f"`{each}:…`" for each in role.targets[:4])
        if not isinstance(to, RawScalar):
            message = f"`{role.name}` does not say which node it leads to"
            self.facts.add_error(raw.place, message, f"write {options}, alone or after `to:`")
            return None
        other = to.text.strip()
        hint = well_formed(other)
        if hint is not None:
            self.facts.add_error(to.place, f"`{other}` is not an id", hint)
            return None
        if other.partition(":")[0] not in role.targets:
            message = f"`{role.name}` of a {self.kind.name} does not lead to `{other}`"
            self.facts.add_error(
                to.place, message, f"it leads to {options}" if len(role.targets) <= 4 else "look at `id`"
            )
            return None
        return other

    def _link_columns(self, role: Association, mapping: RawMapping) -> Columns:
        columns = property_columns(role.properties, mapping, self.facts)
        names = [each.name for each in role.properties]
        for key, value in mapping.entries:
            if key.text == "sources" and "sources" in names:
                if is_empty(value):
                    continue
                citations = (citation(each, self.facts) for each in each_of(value))
                columns["sources"] = list(dict.fromkeys(each for each in citations if each is not None))
            elif key.text != "to" and key.text not in names:
                message = f"`{key.text}` is not a property of `{role.name}` of a {self.kind.name}"
                self.facts.add_error(key.place, message, did_you_mean(key.text, [*names, "to"]))
        return columns
