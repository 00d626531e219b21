"""What several reads become as one statement, and what of its answer is whose.

Reads by id become one read of all their ids, which costs the database little more than one of them. Others of one text
become its copies, a subquery each: that spares the ways to the database, not its work.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, cast

from graph.store.statement import Statement

__all__ = ["BatchStrategy", "Parameters", "Rows", "SingleRowStatement", "group_key", "merging"]

Rows = list[dict[str, object]]
Parameters = Mapping[str, object]
SingleRowStatement = Statement[dict[str, object]]


class BatchStrategy(Protocol):
    """How the reads of one statement are merged. At most `most` go as one, and only as many as take `short_s`."""

    statement: SingleRowStatement
    most: int
    short_s: float

    def count(self, parameters: Parameters) -> int:
        """How much a read asks for; what a statement takes is reckoned by it."""
        ...

    def batch_size(self, number: int) -> int:
        """How many go as one where so many could, of which there are some."""
        ...

    def merge(self, asked: Sequence[Parameters]) -> tuple[SingleRowStatement, Parameters]:
        """One statement for several."""
        ...

    def split(self, rows: Rows, asked: Sequence[Parameters]) -> list[Rows]:
        """The rows of each of them. Raises any error where the answer has not the form that the statement promises."""
        ...


def merging(statement: SingleRowStatement) -> BatchStrategy:
    """How the reads of a single statement are merged."""
    return MergeIds(statement) if statement.id_parameters else UnionSubqueries(statement)


def group_key(statement: SingleRowStatement, parameters: Parameters) -> tuple[str, str]:
    """What the reads have in common that may go as one: the text, and of reads by id what they ask for besides."""
    if not statement.id_parameters:
        return statement.text, ""
    others = [(name, value) for name, value in parameters.items() if name not in statement.id_parameters]
    return statement.text, repr(others) if others else ""


class MergeIds:
    """Reads that differ in their ids alone: every id once."""

    most = 64
    short_s = 0.05

    def __init__(self, statement: SingleRowStatement) -> None:
        self.statement = statement

    def count(self, parameters: Parameters) -> int:
        return sum(len(cast("list[str]", parameters[key])) for key in self.statement.id_parameters) or 1

    def batch_size(self, number: int) -> int:
        return number

    def merge(self, asked: Sequence[Parameters]) -> tuple[SingleRowStatement, Parameters]:
        merge = dict(asked[0])
        for key in self.statement.id_parameters:
            ids = cast("list[list[str]]", [each[key] for each in asked])
            merge[key] = list(dict.fromkeys(name for some in ids for name in some))
        return self.statement, merge

    def split(self, rows: Rows, asked: Sequence[Parameters]) -> list[Rows]:
        parts = cast("list[list[list[object]]]", rows[0]["answer"])
        found = [
            (key, {cast("str", row[0]): row for row in part})
            for key, part in zip(self.statement.id_parameters, parts, strict=True)
        ]
        return [
            [{"answer": [[by_id[one] for one in cast("list[str]", each[key]) if one in by_id] for key, by_id in found]}]
            for each in asked
        ]


_PARAMETER: Final = re.compile(r"\$(\w+)")
_ANSWER: Final = " AS answer"


class UnionSubqueries:
    """Reads of one text: the text, or its part, once for each, with parameters of its own."""

    most = 4
    """More spare little more."""
    short_s = 0.02
    """Copies run one after another: where they take long, a database does better with several statements."""

    def __init__(self, statement: SingleRowStatement) -> None:
        self.statement = statement
        self._of: dict[int, SingleRowStatement] = {}

    def count(self, parameters: Parameters) -> int:
        return 1

    def batch_size(self, number: int) -> int:
        """A power of two: databases plan each text by itself."""
        return 1 << (number.bit_length() - 1)

    def merge(self, asked: Sequence[Parameters]) -> tuple[SingleRowStatement, Parameters]:
        merge = {f"{name}_{at}": value for at, each in enumerate(asked) for name, value in each.items()}
        return self._copied(len(asked)), merge

    def split(self, rows: Rows, asked: Sequence[Parameters]) -> list[Rows]:
        answers = cast("list[object]", rows[0]["answer"])
        return [[{"answer": answer}] for answer, _ in zip(answers, asked, strict=True)]

    def _copied(self, number: int) -> SingleRowStatement:
        copied = self._of.get(number)
        if copied is None:
            copies = "\n".join(_copy(self.statement.subquery_text or self.statement.text, at) for at in range(number))
            answers = ", ".join(f"answer{at}" for at in range(number))
            text = f"{copies}\nRETURN [{answers}]{_ANSWER}"
            copied = self._of[number] = Statement(self.statement.name, text, self.statement.hydrate)
        return copied


def _copy(text: str, at: int) -> str:
    """The text as a subquery. Only its last column bears the name `answer`, and no literal in it a dollar sign."""
    own = _PARAMETER.sub(rf"$\1_{at}", text.removesuffix(_ANSWER))
    return f"CALL () {{\n{own} AS answer{at}\n}}"
