"""Cached check of the metadata node before reads: schema version, bulk-load flag and graph version.

While this process serves, another process may start a bulk load or migrate the schema, and records this in the
metadata node. Each check costs one statement, so a successful check is cached for up to a second. A bulk load waits
`PROPAGATION_S` seconds after it sets its flag and before it changes the graph; by then every older check has expired.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from graph.errors import StoreError

__all__ = ["PROPAGATION_S", "MetadataCache"]

_FRESH_S: Final = 0.5
_STALE_S: Final = 1.0
"""Between `_FRESH_S` and `_STALE_S`, one caller repeats the check while other callers use the cached result."""
PROPAGATION_S: Final = _STALE_S + 0.5


class MetadataCache:
    """A short-lived cache of the graph version that `load` returns.

    `load` checks the metadata node and raises StoreError if the graph must not be read.
    """

    def __init__(self, load: Callable[[], Awaitable[str]]) -> None:
        self._look = load
        self._state = ""
        self._passed_at = float("-inf")
        self._looking = False

    @property
    def cached(self) -> str | None:
        """Return the graph version if the last check is less than `_FRESH_S` old, else None."""
        return self._state if time.monotonic() - self._passed_at < _FRESH_S else None

    async def check(self) -> str:
        """Return the graph version; repeat the check if the cached result is too old.

        Raises the StoreError of the check. Errors are never cached.
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
        """Discard the cached result, because the process has connected to another database run."""
        self._passed_at = float("-inf")
