"""Cypher text in the making."""

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["CypherWriter"]


class CypherWriter:
    """Collects the lines of a statement; gives out its variables and parameters in the order they are asked for.

    As the plan is walked in one canonical order, so are the names: equal plans give equal text.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, object] = {}
        self._lines: list[str] = []
        self._depth = 0
        self._names = 0

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    @property
    def is_nested(self) -> bool:
        """Whether the next line stands in a subquery."""
        return self._depth > 0

    def line(self, text: str) -> None:
        self._lines.append("  " * self._depth + text)

    def name(self, prefix: str) -> str:
        """A variable that the statement does not have yet."""
        self._names += 1
        return f"{prefix}{self._names}"

    def parameter(self, value: object) -> str:
        """The parameter that stands for the value; a new one each time, so that the text does not tell equal values."""
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        return f"${name}"

    @contextmanager
    def call(self, *scope: str) -> Generator[None]:
        """A subquery that sees the variables of `scope` only."""
        self.line(f"CALL ({', '.join(scope)}) {{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")
