"""How the report of a question is declared: plain data and pure functions over the answer.

The columns of its tables are the row's fields that are annotated with a `ReportColumn`. `graph.reports` renders it; the
formats follow from what it has: tables, a calendar, a network.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph.tables import CalendarEntry, NetworkNode, NetworkTie, NodeNames, Plot

__all__ = ["QuestionReport", "ReportColumn", "ReportNetwork", "ReportTable"]


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A marker: the field is a column of tables, with this title.

    `absent` is shown where a cell is null or empty. For a field of nested rows, `of` names their field to show. Numbers
    of a `bounded` column are lower bounds in the rows that the table's column `lower_bound` marks.
    """

    title: str
    note: str = ""
    absent: str = "unknown"
    of: str = ""
    bounded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTable:
    """A table of a report. The columns named in `identity` tell its rows apart.

    Its rows are those of the answer, or `rows(answer)` of the dataclass `row`. `columns` gives their order where it is
    not that of the fields.
    """

    key: str
    title: str
    identity: tuple[str, ...]
    note: str = ""
    columns: tuple[str, ...] = ()
    row: type[Any] | None = None
    rows: Callable[[Any], Iterable[object]] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportNetwork:
    """A network to draw and to write: `build(answer)` gives its nodes and ties."""

    title: str
    build: Callable[[Any], tuple[Sequence[NetworkNode], Sequence[NetworkTie]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionReport:
    """The report of a question.

    `title`, `asked` (the day or days asked about) and a textual `summary` are templates with the arguments' names, in
    which an id stands for the node's name, and with `{count}`, the number of rows. `ids` gives the nodes whose names
    the functions need beside those of the columns and arguments.
    """

    title: str
    summary: str | Callable[[Any, NodeNames], str]
    asked: str
    tables: tuple[ReportTable, ...]
    notes: tuple[str, ...] | Callable[[Any], Sequence[str]] = ()
    ids: Callable[[Any], Iterable[str]] | None = None
    plots: Callable[[Any, NodeNames], Sequence[Plot]] | None = None
    calendar: Callable[[Any, Any, NodeNames], CalendarEntry] | None = None
    """Makes the entry of a row, given the arguments."""
    network: ReportNetwork | None = None
