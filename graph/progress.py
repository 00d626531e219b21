"""Report the progress of long operations to the caller."""

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

__all__ = ["Progress", "ProgressCallback", "no_progress"]


class Progress(Protocol):
    """A display of the progress of a long operation, such as a progress bar. An operation consists of named steps."""

    def begin(self, what: str, total: int | None) -> None:
        """Start a step. `what` is the name of the step. `total` is the number of its parts, or None if unknown."""

    def advance(self, count: int) -> None:
        """Report that `count` more parts of the current step are finished."""

    def end(self) -> None:
        """Report that the current step is finished."""


ProgressCallback: TypeAlias = Callable[[int, int], None]
"""A function that is called with the number of finished parts and the total number of parts."""


class _NoProgress:
    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, count: int) -> None: ...

    def end(self) -> None: ...

    def __call__(self, _done: int, _total: int) -> None: ...


no_progress: Final = _NoProgress()
"""A `Progress` and `ProgressCallback` that ignores all reports of progress."""
