"""Write a table as CSV in UTF-8, separated by commas, with the keys of the columns as header.

Null is written as an empty field. The last column, `provenance`, describes the origin of the whole table. It has a
value only in the first row. The file of a table without rows has one row, in which all other fields are empty.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import chain, repeat

from graph.reports.report import Provenance
from graph.tables import Cell, Kind, Named, Quote, Table

__all__ = ["csv_file", "quote_location"]


def csv_file(table: Table, provenance: Provenance) -> bytes:
    """Return the table as the content of a CSV file.

    A column of nodes becomes two columns: names and ids. Several values in a cell are joined by `; `.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header: list[str] = []
    for column in table.columns:
        header.append(column.key)
        if column.kind in (Kind.NODE, Kind.NODES):
            header.append(f"{column.key}_{'id' if column.kind is Kind.NODE else 'ids'}")
    writer.writerow([*header, "provenance"])
    if not table.rows:
        writer.writerow([*[""] * len(header), provenance.text()])
    stated = chain([provenance.text()], repeat(""))
    writer.writerows(
        [*(part for cell, column in zip(row, table.columns, strict=True) for part in _parts(cell, column.kind)), text]
        for row, text in zip(table.rows, stated, strict=False)
    )
    return text.getvalue().encode()


def _parts(cell: Cell, kind: Kind) -> Iterator[str]:
    match cell:
        case None:
            yield ""
            if kind in (Kind.NODE, Kind.NODES):
                yield ""
        case Named():
            yield cell.name
            yield cell.id
        case tuple():
            if kind is Kind.NODES:
                nodes = [part for part in cell if isinstance(part, Named)]
                yield "; ".join(node.name for node in nodes)
                yield "; ".join(node.id for node in nodes)
            else:
                yield "; ".join(
                    f"{quote_location(part)}: {part.text}" if isinstance(part, Quote) else str(part) for part in cell
                )
        case bool():
            yield "true" if cell else "false"
        case date():
            yield cell.isoformat()
        case _:
            yield str(cell)


def quote_location(quote: Quote) -> str:
    """Return the location of a quote: its document, page and section, such as "Minutes, p. 3, § 12"."""
    page = [f"p. {quote.page}"] if quote.page else []
    return ", ".join([quote.document, *page, *([quote.section] if quote.section else [])])
