"""How much a peer has asked for lately, in bounded memory.

A sliding window made of two counters: what was asked in this window, plus the part of the last one that still lies
within reach. It is wrong by a few percent at most and costs two dictionary accesses (the well-known sliding-window
counter). When more keys are seen than it may remember, the one untouched for longest is forgotten: an attacker with a
million addresses only ever forgets himself.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from foundation import clock

_SITE_PREFIX: Final = 64
REMEMBERED: Final = 20_000
"""Keys per window: about 4 MB; as many as Postfix's anvil would hold for a busy province."""


@lru_cache(maxsize=4096)
def site_of(address: str) -> str:
    """Under which name an IP address is counted: itself, or in IPv6 its /64, which is one customer (RFC 6177)."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((ip, _SITE_PREFIX), strict=False))
    return str(ip)


class Window:
    """Counts per key over the last `seconds`."""

    __slots__ = ("_counts", "_limit", "_remembered", "_seconds")

    def __init__(self, limit: float, seconds: float, remembered: int = REMEMBERED) -> None:
        self._limit = limit
        self._seconds = seconds
        self._remembered = remembered
        self._counts: OrderedDict[str, tuple[int, float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def limit_to(self, limit: float) -> None:
        """Another limit from now on; what was counted stays."""
        self._limit = limit

    def take(self, key: str, amount: float = 1) -> bool:
        """Count `amount`, unless that would pass the limit: then nothing is counted and the answer is False."""
        number, last, current = self._now(key)
        if self._sum(number, last, current) + amount > self._limit:
            return False
        self._remember(key, (number, last, current + amount))
        return True

    def add(self, key: str, amount: float = 1) -> float:
        """Count `amount` whatever the limit; how many there are now."""
        number, last, current = self._now(key)
        self._remember(key, (number, last, current + amount))
        return self._sum(number, last, current + amount)

    def count(self, key: str) -> float:
        """How many there are now."""
        return self._sum(*self._now(key)) if key in self._counts else 0.0

    def full(self, key: str) -> bool:
        """Whether `take(key)` would say no."""
        return self.count(key) + 1 > self._limit

    def forget(self, key: str) -> None:
        """Start afresh with this key."""
        self._counts.pop(key, None)

    def _now(self, key: str) -> tuple[int, float, float]:
        """The number of the present window, and the counts of the last and the present one."""
        number = int(clock.monotonic() / self._seconds)
        held, last, current = self._counts.get(key, (number, 0.0, 0.0))
        if held == number:
            return number, last, current
        return number, (current if held == number - 1 else 0.0), 0.0

    def _sum(self, number: int, last: float, current: float) -> float:
        return current + last * (1 - (clock.monotonic() / self._seconds - number))

    def _remember(self, key: str, counts: tuple[int, float, float]) -> None:
        self._counts[key] = counts
        self._counts.move_to_end(key)
        if len(self._counts) > self._remembered:
            self._counts.popitem(last=False)
