"""Data classes for the contents of reports: tables with typed columns, charts, networks (graphs), and calendar entries.

The texts are English, and `api.pages` translates them for the readers of a page. For a `Message`, the template is
looked up in the translations, and the values are inserted afterwards. Any other title or note is looked up as a whole.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import Any, TypeAlias, cast

from graph.vocabulary import Vocabulary

__all__ = [
    "Bars",
    "CalendarEntry",
    "Cell",
    "Code",
    "Column",
    "Kind",
    "Lines",
    "Message",
    "Money",
    "Named",
    "NetworkNode",
    "NetworkTie",
    "NodeNames",
    "Plot",
    "Quote",
    "Table",
    "hint_naming",
    "join",
    "message",
    "respelled",
]


# --- Texts ----------------------------------------------------------------------------------------


class Message(str):
    """An English text that can be translated.

    `template` is the text with placeholders in place of the values, such as `{name}`. `plural` is the plural form of
    the template, or "". `values` is a dict from the name of a placeholder to its value.
    """

    template: str
    plural: str
    values: Mapping[str, object]

    @classmethod
    def of(cls, text: str, template: str, plural: str = "", **values: object) -> "Message":
        """Return a message that consists of the English text `text` and a template for translations.

        The English text is also written to machine-readable files. `values` are the values of the placeholders in
        `template`.
        """
        made = cls(text)
        made.template, made.plural, made.values = template, plural, values
        return made


def message(template: str, plural: str = "", /, **values: object) -> Message:
    """Return a message whose text is the template with values in place of the placeholders, such as `{name}`.

    If `values["count"]` is not 1, `plural` is used in place of the template. The values can be numbers, dates, nodes,
    members of vocabularies, messages, and tuples of these.
    """
    chosen = plural if plural and values["count"] != 1 else template
    text = chosen.format_map({name: _Value(value) for name, value in values.items()}) if values else chosen
    return Message.of(text, template, plural, **values)


def hint_naming(template: str, **values: Vocabulary | Sequence[Vocabulary]) -> Message:
    """Return the hint of an error that names members of vocabularies. Its text names them as Python spells them.

    `respelled` replaces them by the spelling of another surface, such as the command line.
    """
    return Message.of(_spelled(template, values, lambda member: member.word), template, "", **values)


def respelled(hint: str, spell: Callable[[Vocabulary], str]) -> str:
    """Return a hint in which `spell` writes the members of vocabularies. A hint that names no members is unchanged."""
    return _spelled(hint.template, hint.values, spell) if isinstance(hint, Message) else hint


def _spelled(template: str, values: Mapping[str, object], spell: Callable[[Vocabulary], str]) -> str:
    members = {name: (value,) if isinstance(value, Vocabulary) else value for name, value in values.items()}
    texts = {name: ", ".join(map(spell, cast("Sequence[Vocabulary]", value))) for name, value in members.items()}
    return template.format_map(texts)


def join(separator: str, parts: Iterable[object]) -> Message:
    """Return a message that consists of several values with a separator between them, such as ", ".

    The separator is not translated.
    """
    values = {f"_{place}": part for place, part in enumerate(parts)}
    return message(separator.join(f"{{{name}}}" for name in values), **values)


@dataclass(frozen=True, slots=True)
class _Value:
    """A wrapper of a value. `str.format` writes the value as English text unless the placeholder has a format."""

    value: object

    def __format__(self, specification: str) -> str:
        return format(self.value, specification) if specification else plain_text(self.value)


def plain_text(value: object) -> str:
    """Convert a value, such as a date or a node, to English text for machine-readable files."""
    match value:
        case Named() | Vocabulary():
            return value.name
        case Money():
            return f"{value} {value.currency}"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(plain_text, value))  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class Code:
    """A code in a report, such as the name of an enum member.

    `of` is the kind of the code. It is the name of the enum, or `country`, `question` or `type`.
    """

    of: str
    code: str

    def __str__(self) -> str:
        return self.code


class Money(Decimal):
    """An amount in the main unit of a currency, such as euros. `currency` is the ISO 4217 code."""

    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        made = cls(amount)
        made.currency = currency
        return made

    def __reduce__(self) -> Any:
        return Money.of, (Decimal(self), self.currency)


# --- Tables ---------------------------------------------------------------------------------------


class Kind(Enum):
    """The type of the cells in a column of a table. Every cell can also be null."""

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
    """A node of the graph in a report: the id and the name of the node."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation: a quoted passage or table row of a document, with its location in the document.

    `wording` is the name of a member of `QuoteWording`, and `document_kind` is the name of a member of `DocumentKind`.
    """

    id: str
    document: str
    page: str | None
    section: str | None
    quote: str
    url: str | None
    document_id: str = field(default="", repr=False)
    language: str | None = field(default=None, repr=False)
    wording: str = field(default="VERBATIM", repr=False)
    document_kind: str = field(default="TEXT", repr=False)

    @property
    def text(self) -> str:
        """The quote as text. Only a verbatim passage of a text document is in quotation marks."""
        return f"“{self.quote}”" if (self.wording, self.document_kind) == ("VERBATIM", "TEXT") else self.quote


Cell: TypeAlias = (
    str | int | float | bool | Decimal | date | Named | tuple[Named, ...] | tuple[str, ...] | tuple[Quote, ...] | None
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    - `absent`: the text to show for a null cell.
    - `bounded`: true if a number in the column can be a lower or upper bound of the exact value.
    - `bound_by`: the key of a column with booleans. In every row where that column is true, the number in this column
      is a bound.
    - `bound_sign`: the sign before a bound: ≥ before a lower bound, < before an upper bound.
    - `code_of`: the kind of the codes (see `Code.of`) if the cells are codes.
    - `is_technical`: true if pages do not show the column.
    """

    key: str
    title: str
    kind: Kind
    note: str = ""
    absent: str = "unknown"
    bounded: bool = False
    bound_by: str = "lower_bound"
    bound_sign: str = "≥"
    code_of: str = ""
    is_technical: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report. A row contains one cell for each column.

    `identity` contains the keys of columns. The cells in these columns together identify a row.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    identity: tuple[str, ...]
    note: str = ""

    def place(self, key: str) -> int | None:
        """Return the index of the column with the key `key`, or None if the table has no such column."""
        return next((place for place, column in enumerate(self.columns) if column.key == key), None)


# --- Pictures -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bars:
    """A stacked bar chart with one horizontal bar for each label.

    If all values of a bar are null, the text `absent` is shown in place of the bar. `least` contains the labels of the
    bars whose sum is only a lower bound.
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
    """A node of the network (graph) in a report. Nodes of the same `group` are drawn in the same colour."""

    id: str
    group: int | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict[str, str | int | float | bool])


@dataclass(frozen=True, slots=True)
class NetworkTie:
    """A tie (edge) of the network in a report. `one` and `other` are the ids of the nodes that it connects.

    The tie is drawn as a line. The value `weight` in `attributes` determines the width of the line.
    """

    one: str
    other: str
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict[str, str | int | float | bool])


# --- Calendars and names --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An all-day calendar entry.

    `uid` identifies the subject of the entry, such as a membership. In all reports, entries about the same subject have
    the same `uid`.
    """

    uid: str
    day: date
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class NodeNames:
    """The names of the nodes in a report, and the quotes of the citations in the report.

    `names` is a dict from node id to the names of the node. The names of a node are a dict from language (`en`, `sv` or
    `fi`) to name, the preferred language first. `quotes` is a dict from citation id to quote. `attested` is a dict from
    node id to the last day on which a source shows the node in force, a `PartialDate` if only its month or year is
    known.
    """

    names: Mapping[str, Mapping[str, str]]
    quotes: Mapping[str, Quote]
    attested: Mapping[str, date] = field(default_factory=dict[str, date])

    def named(self, node_id: str) -> Named:
        return Named(node_id, next(iter(self.names.get(node_id, {}).values()), node_id))

    def all_named(self, ids: Iterable[str]) -> tuple[Named, ...]:
        """Return the id and the name of each of these nodes, sorted by name and id."""
        return tuple(sorted(map(self.named, ids), key=lambda node: (node.name, node.id)))

    def quoted(self, ids: Iterable[str]) -> tuple[Quote, ...]:
        """Return the quotes of the citations with these ids, in the order of `ids`. Unknown ids are omitted."""
        return tuple(self.quotes[node_id] for node_id in ids if node_id in self.quotes)
