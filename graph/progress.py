"""Progress of long operations, reported to the caller."""

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

__all__ = ["Progress", "ProgressCallback", "no_progress"]


class Progress(Protocol):
    """A display of the steps of a long operation, such as a progress bar."""

    def begin(self, what: str, total: int | None) -> None:
        """Start a step. `total` is its number of parts, None if unknown."""

    def advance(self, count: int) -> None:
        """Add finished parts to the current step."""

    def end(self) -> None:
        """Finish the current step."""


ProgressCallback: TypeAlias = Callable[[int, int], None]
"""Called with the number of finished parts and the number of all parts of a computation."""


class _NoProgress:
    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...

    def __call__(self, _done: int, _total: int) -> None: ...


no_progress: Final = _NoProgress()
"""Ignores all progress: a Progress and a ProgressCallback."""
