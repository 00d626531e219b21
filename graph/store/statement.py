"""A written Cypher statement and the type of its rows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from graph.store.hydration import dict_decoder, row_decoder

Row = TypeVar("Row")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Statement(Generic[Row]):
    """A Cypher text, the name it is reported under, and what makes a row of its columns.

    With `returns_one_row`, the only row has one column, `answer`, and concurrent reads may share a statement.
    `id_parameters` are then the parameters that list ids: for each of them in order, `answer` holds a list of the nodes
    found, each of them a list that begins with its id.
    """

    name: str
    text: str
    hydrate: Callable[[Mapping[str, object]], Row]
    id_parameters: tuple[str, ...] = ()
    returns_one_row: bool = False

    @staticmethod
    def from_file(module: str, row: type[Made], path: str = "query.cypher") -> "Statement[Made]":
        """Read the statement at `path` beside `module` (its `__file__`); rows become instances of `row`.

        A `query.cypher` is named after its folder, any other file after its path without suffix. Comments are stripped,
        so the text sent does not depend on them. Raises FileNotFoundError when the module is imported.
        """
        folder = Path(module).parent
        name = folder.name if path == "query.cypher" else path.removesuffix(".cypher")
        return Statement.of_rows(name, (folder / path).read_text(encoding="utf-8"), row)

    @staticmethod
    def of_rows(name: str, text: str, row: type[Made]) -> "Statement[Made]":
        """Make a statement of its text, less the comments; rows become instances of `row`."""
        return Statement(name, strip_comments(text), row_decoder(name, row))

    @staticmethod
    def of_text(name: str, text: str) -> "Statement[dict[str, object]]":
        """A statement whose rows are dicts by column: JSON-like values, and `datetime.date` where dates stand."""
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
    """The Cypher text without comments, indentation and empty lines; literals and quoted names stay as they are."""
    bare = _TOKEN.sub(lambda token: token["kept"] or (" " if token["comment"] else token["space"]), text)
    return _TOKEN.sub(lambda token: token["kept"] or ("\n" if "\n" in token["space"] else " "), bare).strip()
