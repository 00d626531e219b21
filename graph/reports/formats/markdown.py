"""A whole report as Markdown with GitHub tables."""

from graph.reports.formats.cell_text import cell_text, is_lower_bound, provenance_rows
from graph.reports.report import Report, Table

__all__ = ["markdown"]

_ESCAPED = str.maketrans({"|": r"\|", "\n": " ", "<": "&lt;", "*": r"\*", "_": r"\_", "`": r"\`", "[": r"\["})


def markdown(report: Report) -> bytes:
    """Write the report without drawings and plots. Lower bounds are marked with ≥."""
    lines = [f"# {_escape(report.title)}", "", _escape(report.summary), ""]
    lines += [f"- {name}: {_escape(text)}" for name, text in report.parameters]
    if report.notes:
        lines += ["", *(f"> {_escape(note)}\n>" for note in report.notes)]
    for table in report.tables:
        lines += ["", f"## {_escape(table.title)}", ""]
        lines += [_escape(table.note), ""] if table.note else []
        lines += _table(table)
    lines += ["", "## To make it again", ""]
    lines += [f"- {name}: `{text}`" for name, text in provenance_rows(report)]
    return ("\n".join(lines) + "\n").encode()


def _table(table: Table) -> list[str]:
    if not table.rows:
        return ["Nothing is recorded."]
    marks = ["--:" if column.kind.numeric else "---" for column in table.columns]
    lines = [_table_row([_escape(column.title) for column in table.columns]), _table_row(marks)]
    for row in table.rows:
        least = is_lower_bound(table, row)
        lines.append(
            _table_row(
                [
                    ("≥ " if least and column.bounded and cell is not None else "") + _escape(cell_text(cell, column))
                    for cell, column in zip(row, table.columns, strict=True)
                ]
            )
        )
    return lines


def _table_row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    return text.translate(_ESCAPED)
