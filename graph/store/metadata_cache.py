"""The look at the database's own mark that comes before reads: whether what it holds may be shown, and what state it
is in.

A bulk load marks the database before its first row, and another program may migrate it, while this process serves. A
look costs a statement, so one that found all well counts for a moment. Whoever sets a mark waits `SETTLED_S` before
the graph changes; by then nobody goes by an older look.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from graph.errors import StoreError

__all__ = ["PROPAGATION_S", "MetadataCache"]

_FRESH_S: Final = 0.5
_STALE_S: Final = 1.0
"""Between fresh and stale one caller looks, and the others go by the last look meanwhile."""
PROPAGATION_S: Final = _STALE_S + 0.5


class MetadataCache:
    """Remembers for a moment what `look` found: the state the graph is in. `look` raises StoreError where the graph may
    not be shown.
    """

    def __init__(self, load: Callable[[], Awaitable[str]]) -> None:
        self._look = load
        self._state = ""
        self._passed_at = float("-inf")
        self._looking = False

    @property
    def cached(self) -> str | None:
        """The state of the graph, where somebody has just looked."""
        return self._state if time.monotonic() - self._passed_at < _FRESH_S else None

    async def check(self) -> str:
        """The state of the graph; looks, where the last look is too old. Raises what the look raises, which is never
        remembered.
        """
        begun = time.monotonic()
        age = begun - self._passed_at
        if age < _FRESH_S or (self._looking and age < _STALE_S):
            return self._state
        self._looking = True
        try:
            state = await self._look()
        except StoreError:
            self._passed_at = float("-inf")
            raise
        finally:
            self._looking = False
        if begun > self._passed_at:
            self._state, self._passed_at = state, begun
        return state

    def invalidate(self) -> None:
        """The next caller looks, whatever was seen last: the database is another one."""
        self._passed_at = float("-inf")
