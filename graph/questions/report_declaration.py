"""Declarations of a question's report: plain data and pure functions of the answer.

The table columns are the row fields annotated with a `ReportColumn`. `graph.reports` renders the report. The available
formats depend on its content: tables, a calendar, a network.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph.tables import CalendarEntry, NetworkNode, NetworkTie, NodeNames, Plot

__all__ = ["QuestionReport", "ReportColumn", "ReportNetwork", "ReportTable"]


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A marker: the field is a table column with this title.

    `absent` is the text of a null or empty cell. For a field of nested rows, `of` is the name of their field to show;
    without it, their number is shown. In a `bounded` column, the numbers are lower bounds in the rows whose column
    `bound_by` is true.
    """

    title: str
    note: str = ""
    absent: str = "unknown"
    of: str = ""
    bounded: bool = False
    bound_by: str = "lower_bound"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTable:
    """A table of a report. The columns named in `identity` identify a row.

    Its rows are those of the answer, or, if `rows` is set, the values `rows(answer)` of the dataclass `row`. `columns`
    sets the column order if it differs from the field order.
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
    """A network to draw and export: `build(answer)` returns its nodes and ties."""

    title: str
    build: Callable[[Any], tuple[Sequence[NetworkNode], Sequence[NetworkTie]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionReport:
    """The report of a question. Its functions get the answer: a `Paged` with all rows, a tuple of rows or one row.

    `title`, `asked` (the date or dates of the question) and a textual `summary` are templates. Their placeholders are
    the argument names, where an id is replaced by the node's name, and `{count}`, the number of rows. In the title and
    the summary, arguments that are null are empty. `ids` returns the ids of further nodes whose names the functions
    need, besides those in columns and arguments.
    """

    title: str
    summary: str | Callable[[Any, NodeNames], str]
    asked: str
    tables: tuple[ReportTable, ...]
    notes: tuple[str, ...] | Callable[[Any], Sequence[str]] = ()
    ids: Callable[[Any], Iterable[str]] | None = None
    plots: Callable[[Any, NodeNames], Sequence[Plot]] | None = None
    calendar: Callable[[Any, Any, NodeNames], CalendarEntry] | None = None
    """Function that builds the calendar entry of a row, given the arguments."""
    network: ReportNetwork | None = None
