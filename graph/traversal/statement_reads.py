"""Estimate how many nodes and relationships a handwritten statement reads.

The estimate is computed from the patterns of the statement and from the degrees that were measured in the graph. The
degree of a node is its number of relationships of one type. A pattern starts at a variable of an earlier pattern, at
the node whose id is an argument, or at all nodes of a label. For each relationship in a pattern, the number of rows is
multiplied by the largest degree of any node. A subquery runs for each row of the outer query. The relationships of a
type, and the nodes that they connect, are assumed to be read at most once.

A variable can be computed from other variables (`expression AS name`). The number of rows of the computed variable is
the largest number of rows of any variable in the expression. If the expression has several lines, only its last line is
read.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from graph.store import Degrees

__all__ = ["statement_reads"]

_NODE: Final = r"\(\s*(?P<name>\w*)\s*(?::(?P<labels>[\w|]+))?\s*(?:(?P<single>\{id: \$\w+\})|\{[^{}]*\})?\s*\)"
_TOKEN: Final = re.compile(_NODE + r"|(?P<brace>[{}])|\b(?P<union>UNION)\b")
_STEP: Final = re.compile(r"\s*(?P<left><?)-\[\w*:(?P<types>[\w|]+)(?P<repeated>\*?)[^\]]*\]-(?P<right>>?)\s*" + _NODE)
_ALIAS: Final = re.compile(r"(?P<expression>[^,\n]*?) AS (?P<alias>[a-z_]\w*)")
_LABEL_OR_TYPE: Final = re.compile(r"[:|]([A-Z]\w+)\b")
_VARIABLE: Final = re.compile(r"(?<![$.'\w])[a-z_]\w*")


class _Step(NamedTuple):
    """A relationship in a pattern, and the node that follows it. `target` is the variable of this node.

    `outgoing` is None if the relationship has no arrow. `is_repeated` is true if the relationship has a variable
    length, as in `*1..3`.
    """

    types: tuple[str, ...]
    outgoing: bool | None
    is_repeated: bool
    target: str


class _Pattern(NamedTuple):
    """A path in a statement. It begins at the node with the variable `start`.

    `labels` are the labels of the first node. `is_single` is true if the id of the first node is an argument.
    """

    start: str
    labels: tuple[str, ...]
    is_single: bool
    steps: tuple[_Step, ...]


class _Alias(NamedTuple):
    """A variable whose value is computed from the variables `sources`."""

    name: str
    sources: tuple[str, ...]


_Part = _Pattern | _Alias | str
"""A part of a statement: a pattern, a computed variable, or a text. The text is "{", "}" or "UNION"."""


def statement_reads(degrees: Degrees, text: str) -> int:
    """Return the estimated number of nodes and relationships that a statement reads.

    The estimate is at most the number of all nodes and relationships of the labels and types that the statement names.
    """
    names = frozenset(_LABEL_OR_TYPE.findall(text))
    types = sum(degrees.of(name, outgoing=True).total for name in names)
    most = types + sum(degrees.nodes.get(name, 0) for name in names) or sum(degrees.nodes.values())
    return round(min(most, _Estimate(degrees).add_up(_parts(text))))


class _Estimate:
    """The estimated number of nodes and relationships that the database reads for the patterns of a statement.

    `_rows` is a dict from variable to number of rows. `_current` is a stack. Its first item is the number of rows of
    the query. Each further item is the number of rows of a subquery that contains the current part of the statement.
    The innermost subquery is last. `_starts` is the number of nodes that are read as the first nodes of patterns.
    `_relationships` is a dict from relationship type to the number of relationships that are read.
    """

    def __init__(self, degrees: Degrees) -> None:
        self._degrees = degrees
        self._rows: dict[str, float] = {}
        self._current = [1.0]
        self._starts = 0.0
        self._relationships: Counter[str] = Counter()

    def add_up(self, parts: tuple[_Part, ...]) -> float:
        """Return the estimated number of nodes and relationships that all patterns read."""
        for part in parts:
            match part:
                case "{":
                    self._current.append(self._current[-1])
                case "}":
                    self._current.pop()
                case "UNION":
                    self._current[-1] = self._current[-2]
                case _Alias(name, sources):
                    if known := [self._rows[source] for source in sources if source in self._rows]:
                        self._bind(name, max(known))
                case _Pattern():
                    self._match(part)
                case _:
                    raise AssertionError(part)
        totals = ((reads, self._degrees.of(type_, outgoing=True).total) for type_, reads in self._relationships.items())
        return self._starts + 2 * sum(min(reads, total) for reads, total in totals)

    def _match(self, pattern: _Pattern) -> None:
        rows = self._start(pattern)
        if pattern.start not in self._rows:
            self._starts += rows
            self._bind(pattern.start, rows)
        for step in pattern.steps:
            rows = self._follow(rows, step)
            self._bind(step.target, rows)

    def _start(self, pattern: _Pattern) -> float:
        """Return the number of rows after the first node of a pattern has been matched."""
        if pattern.start in self._rows:
            return max(self._rows[pattern.start], self._current[-1])
        if pattern.is_single:
            return self._current[-1]
        nodes = self._degrees.nodes
        return sum(nodes.get(label, 0) for label in pattern.labels or nodes)

    def _follow(self, rows: float, step: _Step) -> float:
        """Return the estimated number of nodes that one step of a pattern reaches from `rows` nodes.

        A step follows the relationships of one or more types. This method also updates `_relationships`, to which it
        adds the estimated number of relationships that the step reads.
        """
        directions = (True, False) if step.outgoing is None else (step.outgoing,)
        found = rows if step.is_repeated else 0
        for type_ in step.types:
            for outgoing in directions:
                degree = self._degrees.of(type_, outgoing=outgoing)
                reads = degree.total if step.is_repeated else min(rows * degree.most, degree.total)
                self._relationships[type_] += round(reads)
                found += reads
        return found

    def _bind(self, name: str, rows: float) -> None:
        if name:
            self._rows[name] = max(self._rows.get(name, 0), rows)
        self._current[-1] = max(self._current[-1], rows)


# --- Patterns of a statement ----------------------------------------------------------------------


@cache
def _parts(text: str) -> tuple[_Part, ...]:
    return tuple(part for _, part in sorted((*_find_patterns(text), *_find_aliases(text)), key=lambda found: found[0]))


def _find_aliases(text: str) -> Iterator[tuple[int, _Part]]:
    for found in _ALIAS.finditer(text):
        yield found.start("alias"), _Alias(found["alias"], tuple(_VARIABLE.findall(found["expression"])))


def _find_patterns(text: str) -> Iterator[tuple[int, _Part]]:
    """Yield the patterns, braces and UNIONs of a statement, each with its position in the text."""
    position = 0
    while token := _TOKEN.search(text, position):
        position = token.end()
        if token["brace"] or token["union"]:
            yield token.start(), token["brace"] or token["union"]
            continue
        steps: list[_Step] = []
        while step := _STEP.match(text, position):
            outgoing = None if bool(step["left"]) == bool(step["right"]) else bool(step["right"])
            steps.append(_Step(tuple(step["types"].split("|")), outgoing, bool(step["repeated"]), step["name"]))
            position = step.end()
        if steps or token["labels"]:
            labels = tuple(filter(None, (token["labels"] or "").split("|")))
            yield token.start(), _Pattern(token["name"], labels, bool(token["single"]), tuple(steps))
