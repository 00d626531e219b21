"""Budgets of client addresses. Each address has a budget of work and a budget of refused requests.

Work is database time, and the time in which this server prepares documents and renders pages. If a client has used up
its budget of work, its operations are not rejected. Instead, they wait in the queue of expensive operations until the
budget is refilled. If a client has used up its budget of refused requests, its new documents are rejected before they
are parsed. Users who share one address also share its budgets. Even if these budgets are used up, the users get
responses, as long as the database is not busy and the server has cached their documents.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from cachetools import LRUCache

__all__ = ["ClientBudgets", "client_key"]

_MAX_CLIENTS: Final = 10_000
_IPV6_PREFIX: Final = 64
"""Number of leading bits of an IPv6 address that identify a client, because the client can choose the other bits."""


class ClientBudgets:
    """The budgets of all clients, as token buckets.

    A token is one second of work or one refused request, depending on what the budgets are for.
    """

    def __init__(self, share: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._burst = burst
        self._clock = clock
        self._used: LRUCache[str, tuple[float, float]] = LRUCache(_MAX_CLIENTS)
        """For each client, the number of used tokens immediately after the last charge, and the time of this charge."""

    def is_exhausted(self, address: str) -> bool:
        """Return whether a client has used up its budget."""
        return self._used_now(client_key(address)) >= self._burst

    def wait_s(self, address: str) -> float:
        """Return the number of seconds until the client's budget is no longer used up."""
        return max(0.0, self._used_now(client_key(address)) - self._burst) / self._share

    def charge(self, address: str, tokens: float) -> None:
        """Subtract tokens from the budget of a client."""
        if tokens > 0:
            client = client_key(address)
            self._used[client] = self._used_now(client) + tokens, self._clock()

    def _used_now(self, client: str) -> float:
        used, at = self._used.get(client, (0.0, 0.0))
        return max(0.0, used - (self._clock() - at) * self._share)


def client_key(address: str) -> str:
    """Return the key that identifies a client: its IPv4 address, or the /64 network of its IPv6 address.

    If `address` is not an IP address, it is returned unchanged.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(int(parsed) >> (128 - _IPV6_PREFIX))
    return address
