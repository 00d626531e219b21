"""Answers that are kept until the graph changes.

An answer is kept under all that it depends on: what was asked, with which variables, the day, and the state the graph
was in before it was worked out. The state changes with every write, so an answer that has gone out of date is never
found again. It is known as it was up to a second ago, so for that long a write may have overtaken what is answered.

Who asks what another one is being answered waits for that answer, if the work on it has only just begun.
"""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

__all__ = ["COALESCE_WINDOW_S", "CachedResponse", "ResponseCache"]

COALESCE_WINDOW_S: Final = 0.5
"""How old work may be that others still wait for. What it reads is no older than the state of a kept answer."""


_OVERHEAD: Final = 512


@dataclass(slots=True)
class CachedResponse:
    """A response's body, the entity tag of what it says, and the body compressed, once somebody took it so."""

    body: bytes
    tag: str
    memory_bytes: int
    """Estimated, with the request, which is its key, and a quarter of the body for the compressed body."""
    gzip_body: bytes | None = None

    @staticmethod
    def of(body: bytes, request_bytes: int) -> "CachedResponse":
        memory_bytes = len(body) * 5 // 4 + request_bytes + _OVERHEAD
        return CachedResponse(body, hashlib.blake2b(body, digest_size=12).hexdigest(), memory_bytes)


class ResponseCache:
    """The answers last given, of at most `most_bytes` together; none where that is 0. Counts how they were found."""

    def __init__(self, most_bytes: int) -> None:
        self._kept: LRUCache[Hashable, CachedResponse] = LRUCache(most_bytes, lambda response: response.memory_bytes)
        self.enabled = most_bytes > 0
        self.hits = 0
        self.misses = 0
        self.joined = 0

    def get(self, key: Hashable) -> CachedResponse | None:
        """The answer, where it is kept."""
        found = self._kept.get(key)
        if found is not None:
            self.hits += 1
        return found

    @property
    def bytes(self) -> float:
        """Return the estimated memory of all responses."""
        return self._kept.currsize

    def put(self, key: Hashable, response: CachedResponse) -> None:
        """Cache a response, unless it takes more than an eighth of the budget and would evict too many others."""
        if response.memory_bytes <= self._kept.maxsize // 8:
            self._kept[key] = response
