"""How long work tells how far it has come."""

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["ProgressCallback", "no_progress_callback"]

ProgressCallback: TypeAlias = Callable[[int, int], None]
"""Called with how many parts are done and how many there are."""


def no_progress_callback(_done: int, _of: int) -> None:
    """Tells nobody."""
