"""A message while some of its recipients are in memory, and one transaction of it on its way from claim to outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailrelay.dispatch.copies import Copy
from mailrelay.settings import NextHop, Urgency
from mailrelay.spool.bodies import StoredBody
from mailrelay.spool.ledger import NewMessage
from mailrelay.store.queue import QueuedMessage

if TYPE_CHECKING:
    from mailrelay.dispatch.lanes import Lane

_NOWHERE = NextHop("smtp", "", 0)

Key = tuple[int, int]
"""A recipient: message number and ordinal."""


@dataclass(slots=True)
class Parcel:
    """What every transaction of a message needs. `unfiltered`: the content filter, if there is one, must see it first.

    `signature` is the DKIM header once it was made (`None`: not yet asked for), so that several destinations share it.
    `errands` counts the transactions in memory.
    """

    number: int
    accepted_at: int
    sender: str
    returned: str
    identifier: str
    eight_bit: bool
    smtputf8: bool
    urgency: Urgency
    received: bytes
    body: StoredBody
    authors: tuple[str, ...]
    unfiltered: bool
    signature: bytes | None = None
    errands: int = 0


@dataclass(slots=True)
class Errand:
    """One transaction: `copy` of `parcel` for `lane`; `keys` are its recipients.

    Set when it begins: `hop` and `domain` (as routed then), `final` (the host keeps the mailbox, so that what it took
    is delivered), `started_at` (the durable start; 0: none yet), `began_seconds` (the same on the monotonic clock).
    """

    parcel: Parcel
    copy: Copy
    lane: Lane
    keys: tuple[Key, ...]
    hop: NextHop = _NOWHERE
    domain: str = ""
    final: bool = False
    started_at: int = 0
    began_seconds: float = 0.0


def parcel_of(message: NewMessage | QueuedMessage) -> Parcel:
    """The parcel of a message that was just accepted, or read from the database."""
    envelope, headers = message.envelope, message.headers
    return Parcel(
        message.number,
        message.accepted_at,
        envelope.sender,
        envelope.returned,
        envelope.identifier,
        envelope.eight_bit,
        envelope.smtputf8,
        headers.urgency,
        message.received,
        message.body,
        headers.from_addresses,
        message.client.listener != "reinjection" and message.origin != "report",
    )
