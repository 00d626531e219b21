"""Declaration of the report of a question (named query), as plain data and pure functions of the answer.

The columns of a table are the row fields that are annotated with a `ReportColumn`. `graph.reports` renders the report.
The available formats depend on whether the report has tables, a calendar or a network.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graph.tables import CalendarEntry, NetworkNode, NetworkTie, NodeNames, Plot

__all__ = ["QuestionReport", "ReportColumn", "ReportNetwork", "ReportTable"]


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """Marks a field that a report shows as a table column. `title` is the title of the column.

    - `absent`: the text of a null or empty cell.
    - `of`: if the field contains nested rows, the name of the nested field whose values the cell shows. Without `of`,
      the cell shows the number of nested rows.
    - `bounded`: whether numbers in the column can be lower bounds.
    - `bound_by`: the name of the row field that is true if the number in the row is a lower bound.
    - `is_attested`: whether the cells are days on which a source shows something. If the source states only the month
      or year, the report shows only these.
    - `code_of`, `is_technical`: as in `graph.tables.Column`.
    """

    title: str
    note: str = ""
    absent: str = "unknown"
    of: str = ""
    bounded: bool = False
    bound_by: str = "lower_bound"
    is_attested: bool = False
    code_of: str = ""
    is_technical: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportTable:
    """A table of a report. The values in the columns named in `identity` identify a row.

    By default the rows of the table are the rows of the answer. If the function `rows` is set, the rows of the table
    are the result of `rows(answer)`, which are instances of the class `row`. `columns` is needed only if the order of
    the columns differs from the order of the fields.
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
    """The network (graph) that a report draws and exports.

    `build` is a function that receives the answer to the question, and returns the nodes and ties of the network.
    """

    title: str
    build: Callable[[Any], tuple[Sequence[NetworkNode], Sequence[NetworkTie]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionReport:
    """The report of a question (named query).

    - `title`, `summary` and `asked`: text templates. `asked` shows the date or dates for which the question is asked.
      The placeholders of a template are the argument names and `{count}`, the number of rows. An argument that is an id
      is shown as the node's name. In the title and the summary, an argument that is null is shown as an empty text.
    - `ids`: a function that returns ids of nodes. The names of these nodes are loaded for the other functions, in
      addition to the names of the nodes in columns and arguments.

    Several attributes can be functions, such as `ids` and `plots`. `summary` can be a function or a template. The first
    argument of most of these functions is the answer. Depending on the question, the answer is a `Paged` object with
    all rows, or a tuple of rows, or a single row.
    """

    title: str
    summary: str | Callable[[Any, NodeNames], str]
    asked: str
    tables: tuple[ReportTable, ...]
    notes: tuple[str, ...] | Callable[[Any], Sequence[str]] = ()
    ids: Callable[[Any], Iterable[str]] | None = None
    plots: Callable[[Any, NodeNames], Sequence[Plot]] | None = None
    calendar: Callable[[Any, Any, NodeNames], CalendarEntry] | None = None
    """A function that builds the calendar entry of a result row.

    Its arguments are the row, the question's arguments and the names of nodes.
    """
    network: ReportNetwork | None = None
