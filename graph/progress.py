"""Progress of long operations, reported to the caller."""

from typing import Final, Protocol

__all__ = ["Progress", "no_progress"]


class Progress(Protocol):
    """A display of the steps of a long operation, such as a progress bar."""

    def begin(self, what: str, total: int | None) -> None:
        """Start a step of `total` parts, or None if the number is not known."""

    def advance(self, count: int) -> None:
        """Add finished parts to the current step."""

    def end(self) -> None:
        """Finish the current step."""


class _NoProgress:
    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...


no_progress: Final[Progress] = _NoProgress()
"""Ignores all progress."""
