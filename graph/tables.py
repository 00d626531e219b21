"""What reports are made of: tables with typed columns, charts, networks and calendar entries, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias

from babel.numbers import get_currency_precision

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
    "amount",
]


class Kind(Enum):
    """What the cells of a column are; any cell may be null as well."""

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
    """A node of the graph, by id, and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a document, and its words."""

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

    `absent` is what readers see where a cell is null. Where `bounded`, the numbers of the rows that the table's column
    `lower_bound` marks are at least so large.
    """

    key: str
    title: str
    kind: Kind
    note: str = ""
    absent: str = "unknown"
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one for each column. The columns named in `identity` tell the rows apart."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    identity: tuple[str, ...]
    note: str = ""

    def place(self, key: str) -> int | None:
        """Where the column with this key stands; None where there is none."""
        return next((place for place, each in enumerate(self.columns) if each.key == key), None)


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bars:
    """A horizontal bar for each label, stacked from the series.

    Where all values are null, `absent` stands in place of the bar. The labels in `least` are those whose sum is a
    lower bound.
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
    """A line for each series over the same labels; it is broken where a value is null."""

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[float | None, ...]], ...]
    note: str = ""


Plot: TypeAlias = Bars | Lines


# --- Networks -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NetworkNode:
    """A node of a report's network. Nodes of one `group` are drawn in one colour."""

    id: str
    group: int | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict[str, str | int | float | bool])


@dataclass(frozen=True, slots=True)
class NetworkTie:
    """A tie between two nodes of a report's network, by their ids. The attribute `weight` sets its width."""

    one: str
    other: str
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict[str, str | int | float | bool])


# --- Calendars and names --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An all-day entry of a calendar. `uid` is the same in every report about the same thing."""

    uid: str
    day: date
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class NodeNames:
    """Names by id, in the first language there is of English, Swedish and Finnish; and citations by id."""

    names: Mapping[str, str]
    quotes: Mapping[str, Quote]

    def named(self, node_id: str) -> Named:
        return Named(node_id, self.names.get(node_id, node_id))

    def all_named(self, ids: Iterable[str]) -> tuple[Named, ...]:
        """By name, then id."""
        return tuple(sorted(map(self.named, ids), key=lambda node: (node.name, node.id)))

    def quoted(self, ids: Iterable[str]) -> tuple[Quote, ...]:
        """In the order given."""
        return tuple(self.quotes[node_id] for node_id in ids if node_id in self.quotes)


def amount(minor: int, currency: str) -> Decimal:
    """Minor units as an amount of the currency, with its decimals."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))
