"""Progress callback of long computations."""

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["ProgressCallback", "ignore_progress"]

ProgressCallback: TypeAlias = Callable[[int, int], None]
"""Called with the number of completed steps and the total number of steps."""


def ignore_progress(_done: int, _total: int) -> None:
    """Do nothing."""
