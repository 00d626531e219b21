"""A whole report as Markdown, with tables as GitHub reads them."""

from graph.reports.formats.cell_text import bounded, cell_text, reproducing
from graph.reports.report import Report, Table

__all__ = ["markdown"]

_ESCAPED = str.maketrans({"|": r"\|", "\n": " ", "<": "&lt;", "*": r"\*", "_": r"\_", "`": r"\`", "[": r"\["})


def markdown(report: Report) -> bytes:
    """Everything but the pictures; figures that are lower bounds are marked with ≥."""
    lines = [f"# {_plain(report.title)}", "", _plain(report.summary), ""]
    lines += [f"- {name}: {_plain(text)}" for name, text in report.parameters]
    if report.notes:
        lines += ["", *(f"> {_plain(note)}\n>" for note in report.notes)]
    for table in report.tables:
        lines += ["", f"## {_plain(table.title)}", ""]
        lines += [_plain(table.note), ""] if table.note else []
        lines += _table(table)
    lines += ["", "## To make it again", ""]
    lines += [f"- {name}: `{text}`" for name, text in reproducing(report)]
    return ("\n".join(lines) + "\n").encode()


def _table(table: Table) -> list[str]:
    if not table.rows:
        return ["Nothing is recorded."]
    marks = ["--:" if column.kind.numeric else "---" for column in table.columns]
    lines = [_line([_plain(column.title) for column in table.columns]), _line(marks)]
    for row in table.rows:
        least = bounded(table, row)
        lines.append(
            _line(
                [
                    ("≥ " if least and column.bounded and cell is not None else "") + _plain(cell_text(cell, column))
                    for cell, column in zip(row, table.columns, strict=True)
                ]
            )
        )
    return lines


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    return text.translate(_ESCAPED)
