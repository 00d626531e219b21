"""What the database answers -> Python values, strictly by the annotations of a dataclass."""

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from neo4j.time import Date

from graph.errors import StoreError

Row = TypeVar("Row")
Hydrate = Callable[[Mapping[str, object]], Row]
_Reader = Callable[[object], object]


class _Mismatch(Exception):
    """A value is not of the annotated type. `path` leads to it from the column."""

    def __init__(self, expected: str, value: object, path: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = type(value).__name__
        self.path = path

    def under(self, step: str) -> "_Mismatch":
        self.path = step + self.path
        return self


def dict_decoder(name: str) -> Hydrate[dict[str, object]]:
    """Rows as dicts of JSON-like values and dates. Raises StoreError for nodes, relationships and the like."""

    def hydrate(row: Mapping[str, object]) -> dict[str, object]:
        plain: dict[str, object] = {}
        for column, value in row.items():
            try:
                plain[column] = _plain(value)
            except _Mismatch as mismatch:
                raise _wrong(name, column, mismatch) from None
        return plain

    return hydrate


def row_decoder(name: str, row: type[Row]) -> Hydrate[Row]:
    """Rows as instances of the dataclass `row`: every field a column, every column a field.

    Understands str, int, float (whole numbers too), bool, date, None, unions, Literal, NewType, list[…],
    tuple[…, ...], dict[str, …], `object` (any JSON-like value) and dataclasses (from maps). Raises TypeError at once
    for any other annotation, and StoreError when a row does not fit.
    """
    readers = _fields(row)

    columns = tuple(readers.items())

    def hydrate(values: Mapping[str, object]) -> Row:
        if values.keys() != readers.keys():
            missing = ", ".join(sorted(readers.keys() - values.keys())) or "none"
            unknown = ", ".join(sorted(values.keys() - readers.keys())) or "none"
            raise StoreError(
                f"'{name}' answered other columns than its row has (missing: {missing}; unknown: {unknown})",
                hint="bring the statement's RETURN and the row's fields into line",
                statement=name,
            )
        try:
            return row(*[reader(values[column]) for column, reader in columns])
        except _Mismatch:
            column, mismatch = _first(columns, values)
            raise _wrong(name, column, mismatch) from None

    return hydrate


def _wrong(name: str, column: str, mismatch: _Mismatch) -> StoreError:
    return StoreError(
        f"column '{column}{mismatch.path}' of '{name}' should be {mismatch.expected}, but is {mismatch.found}",
        hint="bring the statement's RETURN and the row's annotations into line",
        statement=name,
    )


# --- Readers of values ----------------------------------------------------------------------------


def _plain(value: object) -> object:
    """The same value with the driver's dates replaced, in place where it is a list or a map."""
    kind = type(value)
    if kind is str or kind is int or value is None or kind is bool or kind is float:
        return value
    if kind is dict:
        entries = cast("dict[str, object]", value)
        for key, each in entries.items():
            try:
                entries[key] = _plain(each)
            except _Mismatch as mismatch:
                raise mismatch.under(f".{key}") from None
        return entries
    if kind is list:
        items = cast("list[object]", value)
        for index, each in enumerate(items):
            try:
                items[index] = _plain(each)
            except _Mismatch as mismatch:
                raise mismatch.under(f"[{index}]") from None
        return items
    if isinstance(value, Date):
        return value.to_native()
    raise _Mismatch("a JSON-like value or a date", value)


def _exactly(kind: type) -> _Reader:
    def read(value: object) -> object:
        if type(value) is not kind:
            raise _Mismatch(kind.__name__, value)
        return value

    return read


def _float(value: object) -> object:
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise _Mismatch("float", value)


def _date(value: object) -> object:
    """Of the text too, if it is one of a day: statements of many dates send text, as the driver takes ten times as long
    to make a date of what the database sends otherwise.
    """
    if type(value) is str:
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, Date):
        return value.to_native()
    raise _Mismatch("date", value)


def _null(value: object) -> object:
    if value is not None:
        raise _Mismatch("null", value)
    return None


def _union(options: tuple[_Reader, ...]) -> _Reader:
    may_be_null = _null in options

    def read(value: object) -> object:
        if value is None and may_be_null:  # most are, and need not fail to be something else first
            return None
        expected: list[str] = []
        for option in options:
            try:
                return option(value)
            except _Mismatch as mismatch:
                if mismatch.path:
                    raise
                expected.append(mismatch.expected)
        raise _Mismatch(" or ".join(expected), value)

    return read


# What fits is read without asking where it stands; only where something does not, it is looked for.


def _first(readers: Iterable[tuple[Any, _Reader]], values: Any) -> tuple[Any, _Mismatch]:
    """The first place whose value does not fit, and why."""
    for place, reader in readers:
        try:
            reader(values[place])
        except _Mismatch as mismatch:
            return place, mismatch
    raise AssertionError("every value fits")


def _list(item: _Reader, make: Callable[[list[object]], object]) -> _Reader:
    def read(value: object) -> object:
        if type(value) is not list:
            raise _Mismatch("list", value)
        items = cast("list[object]", value)
        try:
            return make([item(each) for each in items])
        except _Mismatch:
            index, mismatch = _first(((each, item) for each in range(len(items))), items)
            raise mismatch.under(f"[{index}]") from None

    return read


def _dict(item: _Reader) -> _Reader:
    def read(value: object) -> object:
        if type(value) is not dict:
            raise _Mismatch("dict", value)
        entries: dict[str, object] = {}
        for key, each in cast("dict[str, object]", value).items():
            try:
                entries[key] = item(each)
            except _Mismatch as mismatch:
                raise mismatch.under(f".{key}") from None
        return entries

    return read


def _literal(allowed: tuple[object, ...]) -> _Reader:
    texts = frozenset(each for each in allowed if type(each) is str)

    def read(value: object) -> object:
        if type(value) is str and value in texts:
            return value
        if not any(type(value) is type(each) and value == each for each in allowed):
            raise _Mismatch(f"one of {', '.join(map(repr, allowed))}", value)
        return value

    return read


def _record(row: type[Any]) -> _Reader:
    readers = _fields(row)
    fields = tuple(readers.items())

    def read(value: object) -> object:
        if type(value) is not dict:
            raise _Mismatch("dict", value)
        entries = cast("dict[str, object]", value)
        if entries.keys() != readers.keys():
            raise _Mismatch(f"a map of {', '.join(readers)}", entries)
        try:
            return row(*[reader(entries[key]) for key, reader in fields])
        except _Mismatch:
            key, mismatch = _first(fields, entries)
            raise mismatch.under(f".{key}") from None

    return read


_SIMPLE: dict[object, _Reader] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    float: _float,
    date: _date,
    type(None): _null,
    object: _plain,
    dict: _dict(_plain),
    list: _list(_plain, lambda items: items),
}


def _fields(row: type[Any]) -> dict[str, _Reader]:
    hints = get_type_hints(row)
    return {each.name: _reader(hints[each.name]) for each in dataclasses.fields(row)}


def _reader(annotation: object) -> _Reader:
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if isinstance(annotation, NewType):
        return _reader(annotation.__supertype__)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Union or origin is types.UnionType:
        return _union(tuple(_reader(each) for each in arguments))
    if origin is Literal:
        return _literal(arguments)
    if origin is list:
        return _list(_reader(arguments[0]), lambda items: items)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _list(_reader(arguments[0]), tuple)
    if origin is dict and arguments[0] is str:
        return _dict(_reader(arguments[1]))
    if isinstance(annotation, type) and dataclasses.is_dataclass(annotation):
        return _record(annotation)
    raise TypeError(f"rows cannot hold {annotation!r}")
