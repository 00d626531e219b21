"""Facts as files state them: nodes and relationships in their stored columns, each with the place where it stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Final

from graph.errors import Fault
from graph.model import Kind, Label, Property, Relationship

__all__ = [
    "DATABASE",
    "Columns",
    "Dataset",
    "LinkKey",
    "NodeRecord",
    "RelationshipRecord",
    "SourceLocation",
    "Stored",
    "did_you_mean",
    "with_defaults",
]

Stored = str | int | float | bool | date | list[str]
"""What one column holds."""

Columns = dict[str, Stored]
"""Stored columns by name; a column without a value is absent. See `graph.model.Property.columns`."""

LinkKey = tuple[str, str, str]
"""What tells relationships apart: the type, the source's id and the target's id."""


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """A line of a file, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else "the database"


DATABASE: Final = SourceLocation("", 0)
"""The place of facts that the database holds and no file states."""


@dataclass(slots=True)
class NodeRecord:
    """A node as a file states it. `lines` has the line of every property and role it names, faulty ones too."""

    id: str
    label: Label
    place: SourceLocation
    columns: Columns = field(default_factory=dict[str, Stored])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    inline: bool = False  # a citation written where it is used

    def at(self, name: str) -> SourceLocation:
        """Where the property or role of this name is stated; the item's own place where it is not."""
        return SourceLocation(self.place.file, self.lines.get(name, self.place.line))


@dataclass(slots=True)
class RelationshipRecord:
    """A relationship as a file states it. `stated` names the columns that the file gives itself.

    Columns outside `stated` are inherited from the item it stands under, or defaults.
    """

    relationship: Relationship
    source: str
    target: str
    owner_id: str
    place: SourceLocation
    columns: Columns = field(default_factory=dict[str, Stored])
    explicit_columns: frozenset[str] = frozenset()

    @property
    def key(self) -> LinkKey:
        return (self.relationship.type, self.source, self.target)


@dataclass(slots=True)
class Dataset:
    """All nodes and relationships of some files, and the faults found while reading them."""

    items: dict[str, NodeRecord] = field(default_factory=dict[str, NodeRecord])
    links: dict[LinkKey, RelationshipRecord] = field(default_factory=dict[LinkKey, RelationshipRecord])
    errors: list[Fault] = field(default_factory=list[Fault])

    def add_error(self, place: SourceLocation, message: str, hint: str) -> None:
        """Record a fault of a file; facts that only the database holds are not this file's fault."""
        if place.file:
            self.errors.append(Fault(place.file, place.line, message, hint))

    def add_item(self, item: NodeRecord) -> None:
        """Add a node; the same citation written in several places is one node, anything else stated twice a fault."""
        first = self.items.setdefault(item.id, item)
        if first is item:
            return
        if (first.inline or item.inline) and first.columns == item.columns:
            if first.inline and not item.inline:
                self.items[item.id] = item
            return
        self.add_error(item.place, f"`{item.id}` is stated twice, first at {first.place}", "keep one of the two")

    def add_link(self, link: RelationshipRecord) -> None:
        """Add a relationship; one that is stated from both of its ends becomes one, unless they contradict."""
        first = self.links.setdefault(link.key, link)
        if first is link:
            return
        for name in sorted((first.explicit_columns & link.explicit_columns) - {"sources"}):
            if first.columns.get(name) != link.columns.get(name):
                self.add_error(
                    link.place,
                    f"`{link.source}` {link.relationship.type} `{link.target}` is stated twice, "
                    f"and its `{name}` contradicts {first.place}",
                    "one relationship of a kind can stand between two nodes; keep one of the two",
                )
                return
        self.links[link.key] = _merged(first, link)


def _merged(first: RelationshipRecord, second: RelationshipRecord) -> RelationshipRecord:
    """Two statements of one relationship as one, which belongs to the item at its source where that states it."""
    owner, other = (
        (second, first) if second.owner_id == second.source and first.owner_id != first.source else (first, second)
    )
    columns = {
        **owner.columns,
        **{name: other.columns[name] for name in other.explicit_columns - owner.explicit_columns},
    }
    texts = [
        value
        for link in (owner, other)
        if isinstance(value := link.columns.get("sources"), list)
        # Sources given for this relationship itself say more than those inherited from an item.
        and ("sources" in link.explicit_columns or "sources" not in owner.explicit_columns | other.explicit_columns)
    ]
    if texts:
        columns["sources"] = list(dict.fromkeys(each for value in texts for each in value))
    explicit_columns = owner.explicit_columns | other.explicit_columns
    return RelationshipRecord(
        owner.relationship, owner.source, owner.target, owner.owner_id, owner.place, columns, explicit_columns
    )


def with_defaults(properties: Iterable[Property], columns: Columns) -> Columns:
    """The columns with what the model says of absent values: defaults, UNKNOWN bounds, empty lists."""
    return {**dict(_defaults(properties, columns)), **columns}


def _defaults(properties: Iterable[Property], columns: Columns) -> Iterator[tuple[str, Stored]]:
    for each in properties:
        if each.name in columns:
            continue
        if each.default is not None:
            yield each.name, each.default
        elif each.many:
            yield each.name, []
        elif each.kind is Kind.BOUND:
            yield each.columns[2], "UNKNOWN"


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """A hint towards the name that was perhaps meant; towards all of them where none is like it."""
    lowered = {each.lower(): each for each in options}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{lowered[close[0]]}`?"
    return "one of " + ", ".join(sorted(lowered.values()))
