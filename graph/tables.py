"""Data classes for reports: tables with typed columns, charts, networks and calendar entries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias

__all__ = [
    "Bars",
    "CalendarEntry",
    "Cell",
    "Column",
    "Kind",
    "Lines",
    "Named",
    "NetworkNode",
    "NetworkTie",
    "NodeNames",
    "Plot",
    "Quote",
    "Table",
]


class Kind(Enum):
    """The type of the cells of a column. Every cell can also be null."""

    TEXT = auto()
    INTEGER = auto()
    NUMBER = auto()
    AMOUNT = auto()
    DATE = auto()
    FLAG = auto()
    NODE = auto()
    NODES = auto()
    TEXTS = auto()
    SOURCES = auto()

    @property
    def numeric(self) -> bool:
        return self in (Kind.INTEGER, Kind.NUMBER, Kind.AMOUNT)


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """The id and name of a node of the graph."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted passage of a document, with its location in the document."""

    id: str
    document: str
    page: str | None
    section: str | None
    quote: str
    url: str | None


Cell: TypeAlias = (
    str | int | float | bool | Decimal | date | Named | tuple[Named, ...] | tuple[str, ...] | tuple[Quote, ...] | None
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    `absent` is the text shown for a null cell. In a `bounded` column, the number in a row is a bound, not an exact
    value, if the column named `bound_by` is true in the same row. `bound_sign` is shown before a bound: ≥ for a lower
    bound, < for an upper bound.
    """

    key: str
    title: str
    kind: Kind
    note: str = ""
    absent: str = "unknown"
    bounded: bool = False
    bound_by: str = "lower_bound"
    bound_sign: str = "≥"


@dataclass(frozen=True, slots=True)
class Table:
    """A table. A row contains one cell for each column. The columns named in `identity` identify a row."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    identity: tuple[str, ...]
    note: str = ""

    def place(self, key: str) -> int | None:
        """Return the index of the column with this key, or None if there is no such column."""
        return next((place for place, each in enumerate(self.columns) if each.key == key), None)


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bars:
    """A stacked bar chart with one horizontal bar for each label.

    If all values of a bar are null, the text `absent` is shown instead of the bar. `least` contains the labels of the
    bars whose sum is a lower bound.
    """

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    note: str = ""
    absent: str = "unknown"
    least: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lines:
    """A line chart with one line for each series. All series have the same labels. A null value interrupts a line."""

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    note: str = ""


Plot: TypeAlias = Bars | Lines


# --- Networks -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NetworkNode:
    """A node of a report's network. Nodes of the same `group` are drawn in the same colour."""

    id: str
    group: int | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict[str, str | int | float | bool])


@dataclass(frozen=True, slots=True)
class NetworkTie:
    """A tie between two nodes of a report's network. `one` and `other` are node ids.

    The attribute `weight` sets the line width.
    """

    one: str
    other: str
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict[str, str | int | float | bool])


# --- Calendars and names --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An all-day calendar entry. In all reports, entries about the same subject have the same `uid`."""

    uid: str
    day: date
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class NodeNames:
    """The names of nodes and the quotes of citations, as dicts from id to name and from id to quote.

    A name is in English or, if there is no English name, in Swedish or Finnish.
    """

    names: Mapping[str, str]
    quotes: Mapping[str, Quote]

    def named(self, node_id: str) -> Named:
        return Named(node_id, self.names.get(node_id, node_id))

    def all_named(self, ids: Iterable[str]) -> tuple[Named, ...]:
        """Return the nodes with their names, sorted by name and id."""
        return tuple(sorted(map(self.named, ids), key=lambda node: (node.name, node.id)))

    def quoted(self, ids: Iterable[str]) -> tuple[Quote, ...]:
        """Return the quotes of the citations with these ids, in the order of `ids`. Unknown ids are omitted."""
        return tuple(self.quotes[node_id] for node_id in ids if node_id in self.quotes)
