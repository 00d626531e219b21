"""The look at the database's own mark that comes before reads: whether what it holds may be shown.

A bulk load marks the database before its first row, and another program may migrate it, while this process serves. A
look costs a statement, so one that found all well counts for a moment. Whoever sets a mark waits `SETTLED_S` before
the graph changes; by then nobody goes by an older look.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from graph.errors import StoreError

__all__ = ["SETTLED_S", "Lookout"]

_FRESH_S: Final = 0.5
_STALE_S: Final = 1.0
"""Between fresh and stale one caller looks, and the others go by the last look meanwhile."""
SETTLED_S: Final = _STALE_S + 0.5


class Lookout:
    """Remembers for a moment that `look` passed. `look` raises StoreError where the graph may not be shown."""

    def __init__(self, look: Callable[[], Awaitable[None]]) -> None:
        self._look = look
        self._passed_at = float("-inf")
        self._looking = False

    async def passed(self) -> None:
        """Look, where the last look is too old. Raises what the look raises; that is never remembered."""
        begun = time.monotonic()
        age = begun - self._passed_at
        if age < _FRESH_S or (self._looking and age < _STALE_S):
            return
        self._looking = True
        try:
            await self._look()
        except StoreError:
            self._passed_at = float("-inf")
            raise
        finally:
            self._looking = False
        self._passed_at = max(self._passed_at, begun)

    def forget(self) -> None:
        """The next caller looks, whatever was seen last: the database is another one."""
        self._passed_at = float("-inf")
