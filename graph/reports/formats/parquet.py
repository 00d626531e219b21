"""Write a table as Parquet with typed columns."""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from graph.errors import AnalysisError
from graph.reports.formats.csv import quote_location
from graph.reports.report import Provenance, stated_text
from graph.tables import Cell, Column, Kind, Named, Quote, Table

__all__ = ["expect_pyarrow", "parquet_file", "parquet_metadata"]


def expect_pyarrow() -> None:
    """Raise AnalysisError if pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise AnalysisError("parquet needs pyarrow, which is not installed", hint="pip install 'citygraph[parquet]'")


def parquet_file(table: Table, provenance: Provenance) -> bytes:
    """Return the table as the content of a Parquet file.

    A column of nodes becomes two columns: names and ids. Several values in a cell become a list. Amounts become
    decimals, and null remains null. The metadata of the file contains the data needed to reproduce the report.
    """
    pa, pq = cast("tuple[Any, Any]", (import_module("pyarrow"), import_module("pyarrow.parquet")))
    arrays: dict[str, Any] = {}
    for index, column in enumerate(table.columns):
        for name, kind, values in _columns(column, [row[index] for row in table.rows]):
            arrays[name] = pa.array(values, type=_arrow_type(pa, kind, values))
    file = io.BytesIO()
    metadata = {"citygraph.table": table.key, **parquet_metadata(provenance)}
    pq.write_table(pa.table(arrays).replace_schema_metadata(metadata), file)
    return file.getvalue()


def parquet_metadata(provenance: Provenance) -> dict[str, str]:
    """Return the provenance as the metadata of a Parquet file. All values are texts."""
    return {f"citygraph.{name}": stated_text(value) for name, value in provenance.attributes().items()}


def _columns(column: Column, cells: Sequence[Cell]) -> Iterator[tuple[str, Kind, Sequence[object]]]:
    match column.kind:
        case Kind.NODE:
            nodes = [cell if isinstance(cell, Named) else None for cell in cells]
            yield column.key, Kind.TEXT, [node and node.name for node in nodes]
            yield f"{column.key}_id", Kind.TEXT, [node and node.id for node in nodes]
        case Kind.NODES:
            lists = [_nodes(cell) for cell in cells]
            yield column.key, Kind.TEXTS, [nodes and [node.name for node in nodes] for nodes in lists]
            yield f"{column.key}_ids", Kind.TEXTS, [nodes and [node.id for node in nodes] for nodes in lists]
        case Kind.TEXTS | Kind.SOURCES:
            texts = [list(map(_text, cell)) if isinstance(cell, tuple) else None for cell in cells]
            yield column.key, Kind.TEXTS, texts
        case _:
            yield column.key, column.kind, list(cells)


def _nodes(cell: Cell) -> list[Named] | None:
    return [node for node in cell if isinstance(node, Named)] if isinstance(cell, tuple) else None


def _text(value: object) -> str:
    return f"{quote_location(value)}: {value.text}" if isinstance(value, Quote) else str(value)


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
