"""How long work tells how far it has come."""

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["ProgressCallback", "ignore_progress"]

ProgressCallback: TypeAlias = Callable[[int, int], None]
"""Called with how many parts are done and how many there are."""


def ignore_progress(_done: int, _total: int) -> None:
    """Tells nobody."""
