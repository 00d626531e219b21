"""Compare two JSON reports of the same kind."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

import orjson

from graph.errors import AnalysisError
from graph.reports.formats.json import FORMAT, VERSION
from graph.reports.report import Provenance, Report, versions
from graph.tables import Cell, Column, Kind, Table, message

__all__ = ["difference"]

_RELATIVE_TOLERANCE: Final = 1e-9
"""Two numbers are treated as equal if their relative difference is at most this value, because of rounding errors."""

Item = Mapping[str, object]


def difference(before: bytes, after: bytes, *, names: tuple[str, str] = ("A", "B"), command: str = "") -> Report:
    """Compare two JSON reports of the same kind, and return a report of the rows that differ.

    A row differs if it was added to a table, removed or changed. `before` and `after` are the contents of the JSON
    files. Raises AnalysisError if the reports cannot be compared.
    """
    old, new = _read(before, names[0]), _read(after, names[1])
    if old["report"] != new["report"]:
        raise AnalysisError(
            f"{names[0]} is a {old['report']} report and {names[1]} a {new['report']} report",
            hint="give two reports of the same kind",
        )
    tables = (_conditions_table(old, new), *_change_tables(old, new))
    changes = sum(len(table.rows) for table in tables[1:])
    digest = hashlib.sha256(hashlib.sha256(before).digest() + hashlib.sha256(after).digest()).hexdigest()
    revisions = tuple(str(cast("Item", report["provenance"])["revision"]) for report in (old, new))
    return Report(
        "diff",
        message("Changes: {before} → {after}", before=old["title"], after=new["title"]),
        message(
            "{count} change between {before} and {after}.",
            "{count} changes between {before} and {after}.",
            count=changes,
            before=names[0],
            after=names[1],
        )
        if changes
        else message("{before} and {after} are equal.", before=names[0], after=names[1]),
        ((message("before"), names[0]), (message("after"), names[1])),
        tables,
        Provenance(int(revisions[1]), digest, " → ".join(revisions), None, versions(), command),
        (message("Values are as in the reports. Unknown means that the report has no value."),),
    )


def _read(data: bytes, name: str) -> dict[str, object]:
    try:
        document: object = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _invalid_report(name) from None
    if not isinstance(document, dict):
        raise _invalid_report(name)
    report = cast("dict[str, object]", document)
    if report.get("format") != FORMAT or report.get("version") != VERSION or report.get("report") == "diff":
        raise _invalid_report(name)
    return report


def _invalid_report(name: str) -> AnalysisError:
    return AnalysisError(
        f"{name} is not a comparable report", hint="create both with `citygraph report … --format json`"
    )


def _conditions_table(old: Mapping[str, object], new: Mapping[str, object]) -> Table:
    columns = (
        Column("parameter", "Parameter", Kind.TEXT),
        Column("before", "Before", Kind.TEXT, absent="not given"),
        Column("after", "After", Kind.TEXT, absent="not given"),
        Column("differs", "Differs", Kind.FLAG),
    )
    sides = [_conditions(report) for report in (old, new)]
    rows: list[tuple[Cell, ...]] = [
        (name, sides[0].get(name), sides[1].get(name), sides[0].get(name) != sides[1].get(name))
        for name in dict.fromkeys([*sides[0], *sides[1]])
    ]
    return Table("conditions", "Parameters and data", columns, tuple(rows), ("parameter",))


def _conditions(report: Mapping[str, object]) -> dict[str, str]:
    provenance = cast("Item", report["provenance"])
    conditions = {name: str(value) for name, value in cast("Item", report["parameters"]).items()}
    conditions |= {"graph revision": str(provenance["revision"]), "data (SHA-256)": str(provenance["data"])}
    return conditions | {
        f"version of {name}": str(number) for name, number in cast("Item", provenance["versions"]).items()
    }


def _change_tables(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Table]:
    tables = [cast("Mapping[str, Item]", report["tables"]) for report in (old, new)]
    columns = (
        Column("change", "Change", Kind.TEXT),
        Column("row", "Row", Kind.TEXT),
        Column("column", "Column", Kind.TEXT, absent="–"),
        Column("before", "Before", Kind.TEXT, absent="–"),
        Column("after", "After", Kind.TEXT, absent="–"),
    )
    for key in dict.fromkeys([*tables[0], *tables[1]]):
        table = tables[1].get(key) or tables[0][key]
        sides = [
            _rows_by_identity(report_tables.get(key), cast("list[str]", table["identity"])) for report_tables in tables
        ]
        title = str(table["title"])
        yield Table(key, title, columns, tuple(_changes(sides[0], sides[1])), ("change", "row", "column"))


def _rows_by_identity(table: Item | None, identity: list[str]) -> dict[str, Item]:
    """Return a dict from identity to row, for the rows of a table of a JSON report.

    The identity of a row consists of its values in the columns `identity`, as JSON text. A node in these columns is
    represented by its id. The dict is empty if `table` is None.
    """
    rows = [] if table is None else cast("list[Item]", table["rows"])
    return {json.dumps([_identity(row.get(key)) for key in identity]): row for row in rows}


def _identity(value: object) -> object:
    return cast("Item", value)["id"] if isinstance(value, dict) else value


def _changes(before: Mapping[str, Item], after: Mapping[str, Item]) -> Iterator[tuple[Cell, ...]]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        name = _row_name(new or old or {}, json.loads(key))
        if old is None:
            yield (message("added"), name, None, None, None)
        elif new is None:
            yield (message("removed"), name, None, None, None)
        else:
            for column in dict.fromkeys([*old, *new]):
                if not _is_equal(old.get(column), new.get(column)):
                    yield (message("changed"), name, column, _cell_text(old.get(column)), _cell_text(new.get(column)))


def _row_name(row: Item, identity: list[object]) -> str:
    names = {node["id"]: str(node["name"]) for node in map(_node, row.values()) if node}
    return " – ".join(names.get(node_id, "none" if node_id is None else str(node_id)) for node_id in identity)


def _node(value: object) -> Item | None:
    return cast("Item", value) if isinstance(value, dict) else None


def _is_equal(old: object, new: object) -> bool:
    if isinstance(old, float) and isinstance(new, int | float):
        return abs(old - new) <= _RELATIVE_TOLERANCE * max(abs(old), abs(new))
    return old == new


def _cell_text(value: object) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return str(cast("Item", value).get("name"))
    if isinstance(value, list):
        return "; ".join(_part(item) for item in cast("list[object]", value)) or "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _part(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    part = cast("Item", value)
    return str(part["name"]) if "name" in part else f"“{part['quote']}”"
