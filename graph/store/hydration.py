"""Decode database rows with strict type checks."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import msgspec
from neo4j.time import Date

from graph.errors import StoreError

Row = TypeVar("Row")
Hydrate = Callable[[Mapping[str, object]], Row]


class TypedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base class of typed rows and of maps nested in them. Statements return their dates as ISO 8601 text."""


def dict_decoder(name: str) -> Hydrate[dict[str, object]]:
    """Return a decoder of rows into dicts of JSON-like values and dates.

    The decoder raises StoreError for any other value, such as a node or a relationship.
    """

    def decode(row: Mapping[str, object]) -> dict[str, object]:
        try:
            return msgspec.to_builtins(row, builtin_types=(date,), enc_hook=_to_date)
        except TypeError as error:
            raise _wrong(name, str(error)) from None

    return decode


def row_decoder(name: str, row: type[Row]) -> Hydrate[Row]:
    """Return a decoder of rows into instances of `row`.

    The decoder raises StoreError, with the path of the value, if a value has the wrong type.
    """

    def decode(values: Mapping[str, object]) -> Row:
        try:
            return msgspec.convert(values, row)
        except msgspec.ValidationError as error:
            raise _wrong(name, str(error)) from None

    return decode


def _to_date(value: object) -> date:
    if isinstance(value, Date):
        return value.to_native()
    raise TypeError(f"Expected JSON-like values and dates, got `{type(value).__name__}`")


def _wrong(name: str, mismatch: str) -> StoreError:
    return StoreError(
        f"a row of '{name}' does not fit: {mismatch}",
        hint="bring the statement's RETURN and the row's annotations into line",
        statement=name,
    )
