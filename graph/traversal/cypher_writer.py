"""Build the text of a Cypher statement, line by line."""

import re
from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Final

__all__ = ["CypherWriter"]

_WITH: Final = re.compile(r"WITH (?:DISTINCT )?")


class CypherWriter:
    """A builder of the text and the parameters of a Cypher statement.

    It gives variables and parameters unique names.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, object] = {}
        self._preamble: list[str] = []
        self._lines: list[str] = []
        self._lists: dict[Hashable, str] = {}
        self._uses: list[str] = []
        self._projections: list[tuple[int, int]] = []
        self._depth = 0
        self._names = 0

    @property
    def text(self) -> str:
        return "\n".join((*self._preamble, *self._lines))

    @property
    def is_nested(self) -> bool:
        """Return whether the next line is inside a subquery."""
        return self._depth > 0

    def line(self, text: str) -> None:
        self._lines.append("  " * self._depth + text)

    def name(self, prefix: str) -> str:
        """Return a new variable name, which begins with `prefix`."""
        self._names += 1
        return f"{prefix}{self._names}"

    def parameter(self, value: object) -> str:
        """Add a parameter with this value. Return its placeholder, such as `$p1`.

        Every call adds a new parameter, even for equal values. Otherwise the text of the statement would depend on
        which values are equal.
        """
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        return f"${name}"

    def project(self, *items: str, suffix: str = "", distinct: bool = False) -> None:
        """Write a WITH clause that contains `items`.

        Inside a subquery, the clause also contains the shared lists that later lines use. A shared list is a list that
        the statement computes once, at its start. On ArcadeDB, a variable that is imported into a subquery is undefined
        after a WITH clause that does not contain it.
        """
        self._projections.append((len(self._lines), len(self._uses)))
        self.line(f"WITH {'DISTINCT ' if distinct else ''}{', '.join(items)}{suffix}")

    @contextmanager
    def call(self, *scope: str) -> Generator[None]:
        """Write a CALL subquery around the lines that the body of the context writes. Import the variables in `scope`.

        A shared list is a list that the statement computes once, at its start. The subquery also imports the shared
        lists that its lines use.
        """
        first_line, first_use, outer_projections = len(self._lines), len(self._uses), self._projections
        self._lines.append("")
        self._projections = []
        self._depth += 1
        yield
        for line, use in self._projections:
            lists = "".join(f"{name}, " for name in dict.fromkeys(self._uses[use:]))
            self._lines[line] = _WITH.sub(rf"\g<0>{lists}", self._lines[line], count=1)
        self._projections = outer_projections
        self._depth -= 1
        variables = dict.fromkeys((*scope, *self._uses[first_use:]))
        self._lines[first_line] = f"{'  ' * self._depth}CALL ({', '.join(variables)}) {{"
        self.line("}")

    def shared_list(self, key: Hashable, write: Callable[[], str]) -> str:
        """Return the variable of a shared list, which the statement computes only once, at its start.

        `key` identifies the list. `write` writes the lines that match the items, and returns the variable of an item.
        For equal keys, `write` is called only once.
        """
        if key not in self._lists:
            lines, depth = self._lines, self._depth
            self._lines, self._depth = [], 0
            name = self.name("s")
            with self.call():
                self.line(f"RETURN collect({write()}) AS {name}")
            self._preamble += self._lines
            self._lines, self._depth = lines, depth
            self._lists[key] = name
        self._uses.append(self._lists[key])
        return self._lists[key]
