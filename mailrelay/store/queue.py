"""The queue: who waits for an attempt, and the messages they wait for. Reads and claims nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.storage import Transaction
from mailrelay.store.values import NoticeKind, Origin, QueuedMessage, StoredBody, Waiting

__all__ = [
    "NoticeKind",
    "Origin",
    "QueuedMessage",
    "StoredBody",
    "Waiting",
    "due",
    "message_for_delivery",
    "waiting_destinations",
]


def waiting_destinations(transaction: Transaction) -> list[tuple[str, int, int]]:
    """Destination, how many recipients wait for it, and when the first is due."""
    raise NotImplementedError


def due(transaction: Transaction, destination: str, now: int, limit: int) -> list[Waiting]:
    """Up to `limit` recipients of a destination whose time has come, the longest due first."""
    raise NotImplementedError


def message_for_delivery(transaction: Transaction, numbers: Sequence[int]) -> dict[int, QueuedMessage]:
    """The messages of these numbers that still have their body, inline content loaded."""
    raise NotImplementedError
