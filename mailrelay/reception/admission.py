"""Counts open connections, in all and per client address, and says who has too many. Pure bookkeeping.

Sources: Postfix's default_process_limit for the total, smtpd_client_connection_count_limit for one address, which like
there does not bind trusted networks. IPv6 clients are counted per /64, the smallest network that anybody is given.

The doors to the world (port 25) may together take four fifths of the total: whatever strangers do, staff get in at 587
and 465. Above half of the total idle strangers get less patience (`pressed`), as in Postfix's stress mode.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from mailrelay.reception import replies
from mailrelay.reception.replies import Reply
from mailrelay.settings import Limits

PUBLIC_PERCENT: Final = 80
"""How much of all connections port 25 may take."""


class Admission:
    """`total` connections are open, `public` of them at port 25."""

    __slots__ = ("_per_address", "public", "total")

    def __init__(self) -> None:
        self.total = 0
        self.public = 0
        self._per_address: dict[str, int] = {}

    def enter(self, address: str, trusted: bool, limits: Limits, public: bool = False) -> Reply | None:
        """Count a connection, `public` at port 25; it is to `leave` later, refused or not."""
        network = _network(address)
        count = self._per_address.get(network, 0) + 1
        self._per_address[network] = count
        self.total += 1
        self.public += public
        share = max(1, limits.connections * PUBLIC_PERCENT // 100)
        taken = self.total - max(0, self.public - share)  # who is being sent away from port 25 takes nobody's place
        if (public and self.public > share) or taken > limits.connections:
            return replies.TOO_MANY_CONNECTIONS
        if count > limits.connections_per_address and not trusted:
            return replies.TOO_MANY_FROM_ADDRESS
        return None

    def pressed(self, limits: Limits) -> bool:
        """Whether more than half of all connections are in use."""
        return 2 * self.total > limits.connections

    def leave(self, address: str, public: bool = False) -> None:
        """A connection that entered is over."""
        network = _network(address)
        self.total -= 1
        self.public -= public
        count = self._per_address[network] - 1
        if count:
            self._per_address[network] = count
        else:
            del self._per_address[network]


@lru_cache(maxsize=4096)
def plain_address(peer: str) -> str:
    """A peer's address as we speak of it: without a zone, and IPv4 where it is mapped into IPv6."""
    text = peer.partition("%")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    return ":".join(IPv6Address(address).exploded.split(":")[:4]) if ":" in address else address
