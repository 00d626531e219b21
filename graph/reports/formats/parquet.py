"""A table as Parquet with typed columns."""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from graph.errors import AnalysisError
from graph.reports.formats.csv import quote_location
from graph.reports.report import Cell, Column, Kind, Named, Provenance, Quote, Table

__all__ = ["expect_pyarrow", "parquet_file"]


def expect_pyarrow() -> None:
    """Raise AnalysisError if pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise AnalysisError(
            "to write parquet takes a library that is not installed", hint="pip install 'citygraph[parquet]'"
        )


def parquet_file(table: Table, provenance: Provenance) -> bytes:
    """Write the table. A node column becomes two columns, name and id. Multiple values become a list.

    Amounts are decimals, and null stays null. The provenance is stored in the file metadata.
    """
    pa, pq = cast("tuple[Any, Any]", (import_module("pyarrow"), import_module("pyarrow.parquet")))
    arrays: dict[str, Any] = {}
    for place, column in enumerate(table.columns):
        for name, kind, values in _columns(column, [row[place] for row in table.rows]):
            arrays[name] = pa.array(values, type=_arrow_type(pa, kind, values))
    metadata = {
        "citygraph.table": table.key,
        "citygraph.revision": str(provenance.revision),
        "citygraph.data": provenance.digest,
        "citygraph.asked": provenance.asked,
        "citygraph.seed": "" if provenance.seed is None else str(provenance.seed),
        "citygraph.command": provenance.command,
    }
    file = io.BytesIO()
    pq.write_table(pa.table(arrays).replace_schema_metadata(metadata), file)
    return file.getvalue()


def _columns(column: Column, cells: Sequence[Cell]) -> Iterator[tuple[str, Kind, list[object]]]:
    match column.kind:
        case Kind.NODE:
            nodes = [cell if isinstance(cell, Named) else None for cell in cells]
            yield column.key, Kind.TEXT, [node and node.name for node in nodes]
            yield f"{column.key}_id", Kind.TEXT, [node and node.id for node in nodes]
        case Kind.NODES:
            several = [_list_or_none(cell) for cell in cells]
            yield (
                column.key,
                Kind.TEXTS,
                [nodes and [one.name for one in nodes if isinstance(one, Named)] for nodes in several],
            )
            yield (
                f"{column.key}_ids",
                Kind.TEXTS,
                [nodes and [one.id for one in nodes if isinstance(one, Named)] for nodes in several],
            )
        case Kind.TEXTS | Kind.SOURCES:
            yield (
                column.key,
                Kind.TEXTS,
                [parts and [_text(one) for one in parts] for parts in map(_list_or_none, cells)],
            )
        case _:
            yield column.key, column.kind, list(cells)


def _list_or_none(cell: Cell) -> Sequence[object] | None:
    return cell if isinstance(cell, tuple) else None


def _text(value: object) -> str:
    return f"{quote_location(value)}: “{value.quote}”" if isinstance(value, Quote) else str(value)


def _arrow_type(pa: Any, kind: Kind, values: Sequence[object]) -> Any:
    match kind:
        case Kind.INTEGER:
            return pa.int64()
        case Kind.NUMBER:
            return pa.float64()
        case Kind.FLAG:
            return pa.bool_()
        case Kind.DATE:
            return pa.date32()
        case Kind.AMOUNT:
            return pa.decimal128(38, max((_decimal_places(value) for value in values), default=2))
        case Kind.TEXTS:
            return pa.list_(pa.string())
        case _:
            return pa.string()


def _decimal_places(value: object) -> int:
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
