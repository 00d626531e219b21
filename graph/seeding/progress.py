"""How long work tells how far it has come."""

from typing import Final, Protocol

__all__ = ["Progress", "no_progress"]


class Progress(Protocol):
    """Something that shows steps: each begins with what it is and how many parts it has, None where unknown."""

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


class _Silent:
    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


no_progress: Final[Progress] = _Silent()
"""Shows nothing."""
