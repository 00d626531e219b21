"""Budgets of client addresses: of work, and of refused requests.

Work is database time, and the time for preparing documents and rendering pages in this server. Operations of a client
that has used up its budget of work are not rejected. They wait in the queue of expensive
operations until the budget is refilled. If many requests of a client were refused, new documents of the client are
rejected before they are parsed. Users who share one address also share its budgets. Even if the budgets are used up,
these users get responses, as long as the database is not busy and the server knows their documents.
"""

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Final

from cachetools import LRUCache

__all__ = ["ClientBudgets", "client_key"]

_MAX_CLIENTS: Final = 10_000
_IPV6_PREFIX: Final = 64
"""Length in bits of the part of an IPv6 address that identifies a client. The client chooses the rest."""


class ClientBudgets:
    """The budgets of all clients, as token buckets. A token is a second of database time, or a refused request.

    A token is a second of work, or a refused request.
    """

    def __init__(self, share: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._share = share
        self._burst = burst
        self._clock = clock
        self._used: LRUCache[str, tuple[float, float]] = LRUCache(_MAX_CLIENTS)
        """For each client, the used tokens that are not yet refilled, and the clock time when they were computed."""

    def is_exhausted(self, address: str) -> bool:
        """Return whether a client has used up its budget."""
        return self._used_now(client_key(address)) >= self._burst

    def wait_s(self, address: str) -> float:
        """Return the time in seconds after which a client has budget again."""
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
    """Return what identifies a client: its IPv4 address, or the /64 network of its IPv6 address.

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
