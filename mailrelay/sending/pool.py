"""The sender's front door."""

from __future__ import annotations

import asyncio

from mailrelay.sending.transactions import OutgoingTransaction
from mailrelay.settings import NextHop, RelaySettings


class Sender:
    """Hands transactions to next hops over pooled connections."""

    def __init__(self, settings: RelaySettings, loop: asyncio.AbstractEventLoop) -> None:
        self._settings = settings
        self._loop = loop

    def submit(self, hop: NextHop, domain: str, transaction: OutgoingTransaction) -> None:
        """Try once to hand the transaction to the hop; its `done` tells the result."""
        raise NotImplementedError

    def capacity(self, hop: NextHop) -> int:
        """How many more transactions for this hop keep its connections busy."""
        return self._settings.concurrency.connections_per_destination

    async def close(self) -> None:
        """Close all connections."""

    def reload(self, settings: RelaySettings) -> None:
        """Use these settings for what is submitted from now on."""
        self._settings = settings
