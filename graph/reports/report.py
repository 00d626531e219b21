"""What a report is: tables with typed columns, pictures, a network, and what makes it reproducible.

A report is a plain value. The modules named as the reports make them, `graph.reports.formats` writes them.
"""

import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from importlib.metadata import version
from typing import TypeAlias

from babel.numbers import get_currency_precision

from graph.analysis.two_mode import Graph

__all__ = [
    "Bars",
    "Cell",
    "Column",
    "Drawing",
    "Due",
    "Kind",
    "Lines",
    "Link",
    "Named",
    "Place",
    "Plot",
    "Provenance",
    "Quote",
    "Report",
    "Table",
    "amount",
    "digest_of",
    "versions",
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


@dataclass(frozen=True, slots=True)
class Place:
    """A node where it is drawn, both coordinates from 0 to 1, `size` from 0 to 1; `rounded` cities, others squares."""

    id: str
    name: str
    x: float
    y: float
    size: float
    group: int
    rounded: bool
    description: str


@dataclass(frozen=True, slots=True)
class Link:
    """A tie between two places, by their numbers; `strength` from 0 to 1."""

    one: int
    other: int
    strength: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a network; `note` says what is drawn and what was left out."""

    title: str
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    note: str


# --- The report -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """An all-day entry of a calendar. `uid` is the same in every report about the same thing."""

    uid: str
    day: date
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What it takes to make the report again. `digest` is the SHA-256 of the data that it was made from."""

    revision: int
    digest: str
    asked: str
    seed: int | None
    versions: Mapping[str, str]
    command: str


@dataclass(frozen=True)
class Report:
    """One report. `network` is the whole network, with what was found as attributes; `drawing` what can be drawn."""

    kind: str
    title: str
    summary: str
    parameters: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    provenance: Provenance
    notes: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    drawing: Drawing | None = None
    network: "Graph | None" = None
    calendar: tuple[Due, ...] | None = None


def amount(minor: int, currency: str) -> Decimal:
    """Minor units as an amount of the currency, with its decimals."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def versions() -> dict[str, str]:
    """The versions that figures depend on."""
    packages = {name: version(name) for name in ("citygraph", "networkx", "numpy", "scipy")}
    return packages | {"python": platform.python_version()}


def digest_of(parameters: Sequence[tuple[str, str]], tables: Iterable[Table]) -> str:
    """The SHA-256 of what a question was asked and answered."""
    digest = hashlib.sha256(repr(tuple(parameters)).encode())
    for table in tables:
        digest.update(repr((table.key, table.rows)).encode())
    return digest.hexdigest()
