"""Write a complete report as Markdown with GitHub tables."""

import re

from graph.reports.formats.cell_text import bound_sign, cell_text, provenance_rows
from graph.reports.plain_text import one_line
from graph.reports.report import Report
from graph.tables import Cell, Column, Table

__all__ = ["markdown"]

_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~#]")  # characters that a backslash can escape (CommonMark, section 2.4)


def markdown(report: Report) -> bytes:
    """Return the report as the content of a Markdown file, without drawings and plots.

    A number that is a lower or upper bound is marked with ≥ or <.
    """
    lines = [f"# {_escape(report.title)}", "", _escape(report.summary), ""]
    lines += [f"- {name}: {_escape(text)}" for name, text in report.parameters]
    if report.notes:
        lines += ["", "\n>\n".join(f"> {_escape(note)}" for note in report.notes)]
    for table in report.tables:
        lines += ["", f"## {_escape(table.title)}", ""]
        lines += [_escape(table.note), ""] if table.note else []
        lines += _table(table)
    lines += ["", "## Reproduce this report", ""]
    lines += [f"- {name}: {_code(text)}" for name, text in provenance_rows(report)]
    return ("\n".join(lines) + "\n").encode()


def _table(table: Table) -> list[str]:
    if not table.rows:
        return ["Nothing is recorded."]
    marks = ["--:" if column.kind.numeric else "---" for column in table.columns]
    lines = [_table_row([_escape(column.title) for column in table.columns]), _table_row(marks)]
    for row in table.rows:
        cells = zip(row, table.columns, strict=True)
        lines.append(_table_row([_cell(cell, column, sign=bound_sign(table, column, row)) for cell, column in cells]))
    return lines


def _cell(cell: Cell, column: Column, *, sign: str) -> str:
    mark = f"{sign} " if sign and cell is not None else ""
    return _escape(mark + cell_text(cell, column))


def _table_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", one_line(text))


def _code(text: str) -> str:
    """Return the text as a Markdown code span. The span is delimited by enough backticks (CommonMark, section 6.1)."""
    line = one_line(text)
    fence = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"
