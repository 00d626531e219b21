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

from api.graphql.recent import Recent

__all__ = ["COALESCE_WINDOW_S", "CachedResponse", "ResponseCache"]

COALESCE_WINDOW_S: Final = 0.5
"""How old work may be that others still wait for. What it reads is no older than the state of a kept answer."""


@dataclass(slots=True)
class CachedResponse:
    """A response's body, the entity tag of what it says, and the body compressed, once somebody took it so."""

    body: bytes
    tag: str
    gzip_body: bytes | None = None

    @staticmethod
    def of(body: bytes) -> "CachedResponse":
        return CachedResponse(body, hashlib.blake2b(body, digest_size=12).hexdigest())


class ResponseCache:
    """The answers last given, of at most `most_bytes` together; none where that is 0. Counts how they were found."""

    def __init__(self, most_bytes: int) -> None:
        self._kept: Recent[Hashable, CachedResponse] = Recent(most_bytes)
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
    def bytes(self) -> int:
        """What the answers kept weigh together."""
        return self._kept.weight

    def put(self, key: Hashable, answer: CachedResponse, asked: int) -> None:
        """Keeps an answer to a question of `asked` bytes; a quarter more is counted, for the body compressed."""
        self._kept.keep(key, answer, len(answer.body) * 5 // 4 + asked + 512)
