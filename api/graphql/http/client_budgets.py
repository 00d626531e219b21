"""Budgets of database time, one for each client address.

Operations of a client that has used up its budget are not rejected. They wait in the queue of expensive operations
until the budget is refilled. Users who share one address also share its budget. Even if the budget is used up, these
users get responses, as long as the database is not busy.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from cachetools import LRUCache

__all__ = ["ClientBudgets"]

_MAX_CLIENTS: Final = 10_000
_IPV6_PREFIX: Final = 64
"""Length in bits of the part of an IPv6 address that identifies a client. The client chooses the rest."""


class ClientBudgets:
    """Token buckets of database time. A bucket holds `burst_s` seconds and is refilled by `share` seconds a second."""

    def __init__(self, share: float, burst_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._burst_s = burst_s
        self._clock = clock
        self._used: LRUCache[str, tuple[float, float]] = LRUCache(_MAX_CLIENTS)
        """For each client, the used seconds that are not yet refilled, and the clock time when they were computed."""

    def is_exhausted(self, address: str) -> bool:
        """Return whether a client has used up its budget."""
        return self._used_now(_client(address)) >= self._burst_s

    def charge(self, address: str, seconds: float) -> None:
        """Subtract database time, in seconds, from the budget of a client."""
        if seconds > 0:
            client = _client(address)
            self._used[client] = self._used_now(client) + seconds, self._clock()

    def _used_now(self, client: str) -> float:
        used, at = self._used.get(client, (0.0, 0.0))
        return max(0.0, used - (self._clock() - at) * self._share)


def _client(address: str) -> str:
    """Return the key of a client's budget: its IPv4 address, or the /64 network of its IPv6 address.

    A value that is not an IP address is returned unchanged.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(int(parsed) >> (128 - _IPV6_PREFIX))
    return address
