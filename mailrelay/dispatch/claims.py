"""Reads from the database what is due for a destination, with the messages it belongs to. Runs in a thread.

It claims nothing: the database does not know that these recipients are in memory until their attempt starts. So it is
told which ones already are, and leaves them out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from foundation.storage import Transaction
from mailrelay.dispatch.parcels import Key
from mailrelay.store import queue, schedule
from mailrelay.store.queue import QueuedMessage, Waiting


@dataclass(slots=True)
class Claim:
    """What was found. `exhausted`: nothing else is due now; then `next_due` is when something will be (or None).
    `bodiless` counts recipients whose message has lost its bytes, which must not happen."""

    waiting: list[tuple[QueuedMessage, list[Waiting]]]
    exhausted: bool
    next_due: int | None
    bodiless: list[Key]


def read(transaction: Transaction, destination: str, now: int, limit: int, in_memory: Collection[Key]) -> Claim:
    """Up to `limit` due recipients of a destination that are not in memory yet, grouped by message.

    Recipients that share a mailbox with one that was found come along beyond the limit, because they share its copy.
    """
    asked = limit + len(in_memory)
    due = queue.due(transaction, destination, now, asked)
    unseen = [each for each in due if (each.number, each.ordinal) not in in_memory]
    fresh = unseen[:limit]
    by_message: dict[int, list[Waiting]] = {}
    for each in fresh:
        by_message.setdefault(each.number, []).append(each)
    exhausted = len(due) < asked and len(unseen) <= limit
    if not exhausted and destination == "local":
        for number, found in by_message.items():
            _add_sharing_mailboxes(transaction, number, found, in_memory)
    messages = queue.message_for_delivery(transaction, list(by_message))
    return Claim(
        [(messages[number], found) for number, found in by_message.items() if number in messages],
        exhausted,
        schedule.next_due(transaction, destination, now) if exhausted else None,
        [(each.number, each.ordinal) for each in fresh if each.number not in messages],
    )


def _add_sharing_mailboxes(
    transaction: Transaction, number: int, found: list[Waiting], in_memory: Collection[Key]
) -> None:
    known = {each.ordinal for each in found}
    mailboxes = sorted({each.mailbox for each in found})
    for each in schedule.sharing_mailboxes(transaction, number, mailboxes):
        if each.ordinal not in known and (number, each.ordinal) not in in_memory:
            found.append(each)
