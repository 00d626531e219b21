"""Cypher statements, and the decoding of their rows into typed values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from neo4j.time import Date

from graph.errors import StoreError

Row = TypeVar("Row")
Made = TypeVar("Made")
Hydrate = Callable[[Mapping[str, object]], Row]


class TypedRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base class of the types of result rows, and of the types of maps inside rows.

    Dates are texts in ISO 8601 format.
    """


@dataclass(frozen=True, slots=True)
class Statement(Generic[Row]):
    """A Cypher statement with a name for logs and errors, and a function that decodes a row.

    If `returns_one_row` is true, the statement returns one row with the single column `answer`, and concurrent reads
    may share one execution. `id_parameters` contains the names of the parameters that are lists of ids. If there are
    such parameters, `answer` contains one list of nodes for each of them, in the same order. In `answer`, a node is a
    list whose first element is the id of the node.
    """

    name: str
    text: str
    hydrate: Hydrate[Row]
    id_parameters: tuple[str, ...] = ()
    returns_one_row: bool = False

    @staticmethod
    def from_file(module: str, row: type[Made], path: str = "query.cypher") -> "Statement[Made]":
        """Read a statement from a file. Rows are decoded into instances of `row`.

        `module` is the `__file__` of the calling module. `path` is relative to the folder of that module. If the file
        is `query.cypher`, the name of the statement is the name of the folder. Otherwise the name is `path` without its
        suffix. Comments are removed. Raises FileNotFoundError if the file does not exist.
        """
        folder = Path(module).parent
        name = folder.name if path == "query.cypher" else path.removesuffix(".cypher")
        return Statement.of_rows(name, (folder / path).read_text(encoding="utf-8"), row)

    @staticmethod
    def of_rows(name: str, text: str, row: type[Made]) -> "Statement[Made]":
        """Create a statement from a text, and remove the comments. Rows are decoded into instances of `row`."""
        return Statement(name, strip_comments(text), row_decoder(name, row))

    @staticmethod
    def of_text(name: str, text: str) -> "Statement[dict[str, object]]":
        """Create a statement whose rows are decoded into dicts of JSON values and `datetime.date` values."""
        return Statement(name, text, dict_decoder(name))


_TOKEN = re.compile(
    r"""
    (?P<kept> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`]|``)*` )
  | (?P<comment> //[^\n]* | /\*.*?\*/ )
  | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def strip_comments(text: str) -> str:
    """Return the Cypher text without comments, indentation and empty lines.

    String literals and quoted names stay unchanged.
    """
    bare = _TOKEN.sub(lambda token: token["kept"] or (" " if token["comment"] else token["space"]), text)
    return _TOKEN.sub(lambda token: token["kept"] or ("\n" if "\n" in token["space"] else " "), bare).strip()


def dict_decoder(name: str) -> Hydrate[dict[str, object]]:
    """Return a function that decodes a row into a dict of JSON values and `datetime.date` values.

    The returned function raises StoreError if the row contains any other value, such as a node. `name` is the name of
    the statement.
    """

    def decode(row: Mapping[str, object]) -> dict[str, object]:
        try:
            return msgspec.to_builtins(row, builtin_types=(date,), enc_hook=_to_date)
        except TypeError as error:
            raise _wrong(name, str(error)) from None

    return decode


def row_decoder(name: str, row: type[Row]) -> Hydrate[Row]:
    """Return a function that decodes a row into an instance of `row`.

    The returned function raises StoreError if a value has the wrong type. `name` is the name of the statement.
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
