"""Write the tables of pages as CSV files and as workbooks (.xlsx).

In a template with the suffix `csv` or `xlsx`, the filter `row` prints each row. The first row contains the headings. A
text that looks like a formula is written so that spreadsheet programs do not execute it. Equal rows always give exactly
the same file.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from api.pages.values import Day
from api.translations.catalogue import Language

__all__ = ["csv_file", "table_row", "workbook"]

Cell = str | int | float | date | Decimal | None

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""The characters that make spreadsheet programs treat a text as a formula if it begins with one of them."""
_TYPES: Final = {"date": date.fromisoformat, "decimal": Decimal}
_CREATED: Final = datetime(2000, 1, 1)
"""The time of creation in the properties of a workbook.

It is constant, so that equal rows always give the same file.
"""
_WIDEST: Final = 50


def table_row(cells: Sequence[object]) -> str:
    """Encode a row as a line of JSON in which the types of dates and decimal numbers are preserved.

    A date of which only the month or year is known is a text.
    """
    return json.dumps([_plain(cell) for cell in cells])


def _plain(cell: object) -> object:
    match cell:
        case None | int() | float():
            return cell
        case Day() if cell.precision != "DAY":
            return str(cell)
        case date():
            return {"date": cell.isoformat()}
        case Decimal():
            return {"decimal": str(cell)}
        case _:
            return " ".join(str(cell).split())


def _rows(text: str) -> Iterator[list[Cell]]:
    for line in filter(None, text.splitlines()):
        yield [_typed(cell) for cell in json.loads(line)]


def _typed(cell: Any) -> Cell:
    if not isinstance(cell, dict):
        return cell
    [(kind, value)] = cast("dict[str, str]", cell).items()
    return _TYPES[kind](value)


def csv_file(text: str, language: Language) -> bytes:
    """Return the rows as CSV. It begins with the byte order mark by which spreadsheet programs recognise UTF-8.

    The format is the one that spreadsheet programs expect in the language. In Finnish and Swedish, fields are separated
    by semicolons, and numbers have decimal commas. None is written as an empty field. A text that looks like a formula
    gets a leading apostrophe.
    """
    file, is_english = io.StringIO(newline=""), language == "en"
    writer = csv.writer(file, delimiter="," if is_english else ";")
    writer.writerows([_field(cell, is_english) for cell in row] for row in _rows(text))
    return file.getvalue().encode("utf-8-sig")


def _field(cell: Cell, is_english: bool) -> str:
    match cell:
        case None:
            return ""
        case date() if not is_english:
            return f"{cell.day}.{cell.month}.{cell.year}"
        case float() | Decimal() if not is_english:
            return str(cell).replace(".", ",")
        case str() if cell.startswith(_FORMULA_STARTS):
            return f"'{cell}"
        case _:
            return str(cell)


def workbook(text: str) -> bytes:
    """Return the rows as an .xlsx workbook. Numbers and dates keep their types.

    Every text is stored as text, not as a formula.
    """
    from xlsxwriter import Workbook  # pyright: ignore[reportMissingTypeStubs]  (imported late: it is slow)

    rows = list(_rows(text))
    file = io.BytesIO()
    book: Any = Workbook(file, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    sheet = book.add_worksheet("Citygraph")
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)  # all columns on one page
    heading = book.add_format({"bold": True, "bottom": 1})
    formats: dict[type, Any] = {
        date: book.add_format({"num_format": 14}),  # the short date of the reader's own settings
        Decimal: book.add_format({"num_format": 4}),
        str: book.add_format({"text_wrap": True, "valign": "top"}),
    }
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            look = heading if number == 0 else formats.get(type(cell))
            match cell:
                case None:
                    pass
                case date():
                    sheet.write_datetime(number, place, cell, look)
                case str():
                    sheet.write_string(number, place, cell, look)
                case _:
                    sheet.write_number(number, place, cell, look)
    for place in range(len(rows[0])):
        longest = max(len(str(row[place])) for row in rows if row[place] is not None)
        sheet.set_column(place, place, min(longest + 2, _WIDEST))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
    book.close()
    return file.getvalue()
