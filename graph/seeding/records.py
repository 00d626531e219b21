"""Records: nodes and relationships as stored columns, with their location in a seed file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Final

from graph.errors import SeedProblem
from graph.model import Kind, Label, Property, Relationship

__all__ = [
    "DATABASE_LOCATION",
    "Columns",
    "Dataset",
    "NodeRecord",
    "RelationshipKey",
    "RelationshipRecord",
    "SourceLocation",
    "StoredValue",
    "apply_defaults",
    "did_you_mean",
]

StoredValue = str | int | float | bool | date | list[str]
"""The type of the value of a stored column."""

Columns = dict[str, StoredValue]
"""A dict from the name of a stored column to its value. A column with the value null has no entry.

`graph.model.Property.columns` describes the columns of a property.
"""

RelationshipKey = tuple[str, str, str]
"""The key that identifies a relationship: its type, source id and target id."""


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """A line in a file. The first line has the number 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else "the database"


DATABASE_LOCATION: Final = SourceLocation("", 0)
"""The location of records that were read from the database, not from a file."""


@dataclass(slots=True)
class NodeRecord:
    """A node in a seed file.

    `lines` contains the line number of every property and role that the file states for the node, even if the value is
    invalid. A role is the name under which a seed file lists related nodes. If the file is an export, `derived`
    contains the values of the node's hidden columns (`graph.model.HIDDEN`). Hidden columns that are computed from the
    names of the node are not included.
    """

    id: str
    label: Label
    location: SourceLocation
    columns: Columns = field(default_factory=dict[str, StoredValue])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    inline: bool = False  # whether the node is an inline citation
    derived: Columns = field(default_factory=dict[str, StoredValue])

    def location_of(self, name: str) -> SourceLocation:
        """Return the location of a property or role in the seed file.

        A role is the name under which related nodes are listed. If the file does not contain the property or role,
        return the location of the node.
        """
        return SourceLocation(self.location.file, self.lines.get(name, self.location.line))


@dataclass(slots=True)
class RelationshipRecord:
    """A relationship in a seed file.

    `owner_id` is the id of the node in whose entry the file states the relationship. `explicit_columns` contains the
    names of the columns that the file states for this relationship. The other columns are inherited from the owner or
    have default values. If the file is an export, `derived` contains the hidden columns (`graph.model.HIDDEN`) of the
    relationship.
    """

    definition: Relationship
    source: str
    target: str
    owner_id: str
    location: SourceLocation
    columns: Columns = field(default_factory=dict[str, StoredValue])
    explicit_columns: frozenset[str] = frozenset()
    derived: Columns = field(default_factory=dict[str, StoredValue])

    @property
    def key(self) -> RelationshipKey:
        return (self.definition.type, self.source, self.target)


@dataclass(slots=True)
class Dataset:
    """The nodes and relationships of seed files, and the problems found in the files."""

    nodes: dict[str, NodeRecord] = field(default_factory=dict[str, NodeRecord])
    relationships: dict[RelationshipKey, RelationshipRecord] = field(
        default_factory=dict[RelationshipKey, RelationshipRecord]
    )
    problems: list[SeedProblem] = field(default_factory=list[SeedProblem])

    def add_problem(self, location: SourceLocation, message: str, hint: str) -> None:
        """Add a problem in a file. A problem is ignored if its location is in the database and not in a file."""
        if location.file:
            self.problems.append(SeedProblem(location.file, location.line, message, hint))

    def add_node(self, node: NodeRecord) -> None:
        """Add a node. If the dataset already contains a node with the same id, add a problem.

        Citations are an exception: two equal citations are allowed if at least one of them is inline.
        """
        first = self.nodes.setdefault(node.id, node)
        if first is node:
            return
        if (first.inline or node.inline) and first.columns == node.columns:
            if first.inline and not node.inline:
                self.nodes[node.id] = node
            return
        self.add_problem(
            node.location, f"`{node.id}` is written twice, first at {first.location}", "delete one of the two"
        )

    def add_relationship(self, relationship: RelationshipRecord) -> None:
        """Add a relationship. If the dataset already contains it, merge the two records.

        If the two records state different values of a property, add a problem.
        """
        first = self.relationships.setdefault(relationship.key, relationship)
        if first is relationship:
            return
        for name in sorted((first.explicit_columns & relationship.explicit_columns) - {"sources"}):
            if first.columns.get(name) != relationship.columns.get(name):
                self.add_problem(
                    relationship.location,
                    f"`{relationship.source}` {relationship.definition.type} `{relationship.target}` is written twice, "
                    f"and its `{name}` contradicts {first.location}",
                    "two nodes can have one relationship of a type; delete one of the two",
                )
                return
        self.relationships[relationship.key] = _merge_duplicates(first, relationship)


def _merge_duplicates(first: RelationshipRecord, second: RelationshipRecord) -> RelationshipRecord:
    """Merge two records of the same relationship.

    The owner of a relationship is the node in whose entry a seed file states the relationship. If one of the two
    records has the source node as its owner, the source node is also the owner of the merged record.
    """
    owner, other = (
        (second, first) if second.owner_id == second.source and first.owner_id != first.source else (first, second)
    )
    explicit_columns = owner.explicit_columns | other.explicit_columns
    columns = {
        **owner.columns,
        **{name: other.columns[name] for name in other.explicit_columns - owner.explicit_columns},
    }
    source_lists = [
        sources
        for record in (owner, other)
        if isinstance(sources := record.columns.get("sources"), list)
        # Sources of the relationship itself are more precise than sources inherited from a node.
        and ("sources" in record.explicit_columns or "sources" not in explicit_columns)
    ]
    if source_lists:
        columns["sources"] = list(dict.fromkeys(source for sources in source_lists for source in sources))
    return RelationshipRecord(
        owner.definition, owner.source, owner.target, owner.owner_id, owner.location, columns, explicit_columns
    )


def apply_defaults(properties: Iterable[Property], columns: Columns) -> Columns:
    """Return the columns, with default values for missing properties.

    A missing property gets its default value. A missing list becomes `[]`. If a date property of the kind BOUND is
    missing, its column for the bound becomes UNKNOWN.
    """
    return {**dict(_defaults(properties, columns)), **columns}


def _defaults(properties: Iterable[Property], columns: Columns) -> Iterator[tuple[str, StoredValue]]:
    for property_ in properties:
        if property_.name in columns:
            continue
        if property_.default is not None:
            yield property_.name, property_.default
        elif property_.many:
            yield property_.name, []
        elif property_.kind is Kind.BOUND:
            yield property_.columns[2], "UNKNOWN"


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """Return a hint with the option that is most similar to `name`.

    If no option is similar, the hint lists all options.
    """
    by_lower_case = {option.lower(): option for option in options}
    close = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{by_lower_case[close[0]]}`?"
    return "one of " + ", ".join(sorted(by_lower_case.values()))
