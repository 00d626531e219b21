"""Build the text of a Cypher statement line by line."""

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["CypherWriter"]


class CypherWriter:
    """Collect the lines of a statement, and number the variables and parameters."""

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
        """Return whether the next line is inside a subquery."""
        return self._depth > 0

    def line(self, text: str) -> None:
        self._lines.append("  " * self._depth + text)

    def name(self, prefix: str) -> str:
        """Return the name of a new variable."""
        self._names += 1
        return f"{prefix}{self._names}"

    def parameter(self, value: object) -> str:
        """Add a parameter and return its placeholder.

        Equal values get different parameters, so that the text of the statement does not depend on the values.
        """
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        return f"${name}"

    @contextmanager
    def call(self, *scope: str) -> Generator[None]:
        """Write the lines of the context as a CALL subquery that imports the variables in `scope`."""
        self.line(f"CALL ({', '.join(scope)}) {{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")
