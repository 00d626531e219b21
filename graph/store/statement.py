"""A written Cypher statement and the type of its rows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from graph.store.hydration import plain_hydrator, row_hydrator

Row = TypeVar("Row")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Statement(Generic[Row]):
    """A Cypher text, the name it is reported under, and what makes a row of its columns.

    `keys` are the parameters that list ids, where the answer is one row whose `answer` holds, for each of them in
    order, a list of what was found, each a list that begins with its id. A statement `is_single` where its text ends in
    `AS answer`, which is the only column of its only row. Reads of both kinds may be run together. `part`, of the
    same parameters and answer, stands for the text in a statement that has it as a subquery and does better so.
    """

    name: str
    text: str
    hydrate: Callable[[Mapping[str, object]], Row]
    keys: tuple[str, ...] = ()
    is_single: bool = False
    part: str = ""

    @staticmethod
    def file(module: str, path: str, row: type[Made]) -> "Statement[Made]":
        """The statement in `path` beside `module` (its `__file__`); its rows are instances of the dataclass `row`.

        `Statement.file(__file__, "costs/per_network.cypher", CostRow)` is named "costs/per_network". Comments are
        stripped, so that the text sent is the same whatever is written about it. Raises FileNotFoundError and, for
        annotations that rows cannot have, TypeError: both when the module is imported.
        """
        name = path.removesuffix(".cypher")
        text = (Path(module).parent / path).read_text(encoding="utf-8")
        return Statement(name, condensed(text), row_hydrator(name, row))

    @staticmethod
    def plain(name: str, text: str) -> "Statement[dict[str, object]]":
        """A statement whose rows are dicts by column: JSON-like values, and `datetime.date` where dates stand."""
        return Statement(name, text, plain_hydrator(name))


_TOKEN = re.compile(
    r"""
    (?P<kept> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `(?:[^`]|``)*` )
  | (?P<comment> //[^\n]* | /\*.*?\*/ )
  | (?P<space> \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def condensed(text: str) -> str:
    """The Cypher text without comments, indentation and empty lines; literals and quoted names stay as they are."""
    bare = _TOKEN.sub(lambda token: token["kept"] or (" " if token["comment"] else token["space"]), text)
    return _TOKEN.sub(lambda token: token["kept"] or ("\n" if "\n" in token["space"] else " "), bare).strip()
