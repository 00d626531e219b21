"""Convert table cells to text for human readers."""

from datetime import date
from decimal import Decimal
from typing import Final

from graph.reports.formats.csv import quote_location
from graph.reports.report import Report
from graph.tables import Cell, Column, Named, Quote, Table

__all__ = ["NO_SEED", "bound_sign", "cell_text", "number_text", "provenance_rows"]

NO_SEED: Final = "none: no random numbers are used"
_MIN_ROUNDED: Final = 9_999.5
"""The smallest number that, rounded to an integer, has more than four digits."""


def cell_text(cell: Cell, column: Column) -> str:
    """Return the text of a cell. A null cell has the text `Column.absent`.

    A float is written with four significant digits (see `number_text`).
    """
    match cell:
        case None:
            return column.absent
        case bool():
            return "yes" if cell else "no"
        case float():
            return number_text(cell)
        case Named():
            return cell.name
        case date():
            return cell.isoformat()
        case Decimal():
            return f"{cell:,}".replace(",", "\u202f")
        case tuple():
            return "; ".join(_part(part) for part in cell)
        case _:
            return str(cell)


def number_text(value: float) -> str:
    """Return a number as text with four significant digits. All digits before the decimal point are kept."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.0f}" if abs(value) >= _MIN_ROUNDED else f"{value:.4g}"


def _part(part: Named | Quote | str) -> str:
    match part:
        case Named():
            return part.name
        case Quote():
            return f"{quote_location(part)}: {part.text}"
        case _:
            return part


def bound_sign(table: Table, column: Column, row: tuple[Cell, ...]) -> str:
    """Return the sign to show before a number: ≥ for a lower bound, < for an upper bound, "" for an exact value."""
    place = table.place(column.bound_by) if column.bounded else None
    return column.bound_sign if place is not None and row[place] is True else ""


def provenance_rows(report: Report) -> list[tuple[str, str]]:
    """Return the data needed to reproduce the report, as (name, text) pairs. Empty texts are omitted."""
    provenance = report.provenance
    rows = [
        ("Command", provenance.command),
        ("Origin", provenance.origin),
        ("Graph revision", "" if provenance.origin else str(provenance.revision)),
        ("Data (SHA-256)", provenance.digest),
        ("Date", provenance.asked),
        ("Standings", ", ".join(provenance.standings)),
        ("Subset", provenance.subset),
        ("Seed", NO_SEED if provenance.seed is None else str(provenance.seed)),
        ("Cite as", provenance.credit),
        ("Versions", ", ".join(f"{name} {number}" for name, number in provenance.versions.items())),
    ]
    return [(name, text) for name, text in rows if text]
