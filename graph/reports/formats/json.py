"""Write a complete report as JSON, the input of `citygraph report diff`."""

from datetime import date
from decimal import Decimal
from typing import Final

import orjson

from graph.reports.report import Report
from graph.tables import Cell, Column, Named, Quote, Table

__all__ = ["FORMAT", "VERSION", "json_file"]

FORMAT: Final = "citygraph-report"
VERSION: Final = 1


def json_file(report: Report) -> bytes:
    """Return the report as the content of a JSON file.

    Nodes are {id, name}, amounts are texts, dates are ISO 8601, and unknown values are null.
    """
    provenance = report.provenance
    document = {
        "format": FORMAT,
        "version": VERSION,
        "report": report.kind,
        "title": report.title,
        "summary": report.summary,
        "parameters": {str(name): text for name, text in report.parameters},
        "notes": report.notes,
        "tables": {table.key: _table(table) for table in report.tables},
        "provenance": provenance.attributes() | {"versions": dict(provenance.versions)},
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _table(table: Table) -> dict[str, object]:
    keys = [column.key for column in table.columns]
    return {
        "title": table.title,
        "note": table.note,
        "identity": table.identity,
        "columns": [_column(column) for column in table.columns],
        "rows": [dict(zip(keys, map(_cell, row), strict=True)) for row in table.rows],
    }


def _column(column: Column) -> dict[str, object]:
    return {"key": column.key, "title": column.title, "kind": column.kind.name, "note": column.note}


def _cell(cell: Cell) -> object:
    match cell:
        case Named():
            return {"id": cell.id, "name": cell.name}
        case tuple():
            return [_part(part) for part in cell]
        case Decimal():
            return str(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell


def _part(part: Named | Quote | str) -> object:
    match part:
        case Named():
            return {"id": part.id, "name": part.name}
        case Quote():
            place = {"document": part.document, "page": part.page, "section": part.section}
            return {"id": part.id, **place, "quote": part.quote, "wording": part.wording, "url": part.url}
        case _:
            return part
