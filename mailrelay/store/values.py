"""What the store takes and gives: a message to accept, a body as stored, an attempt begun, an outcome. Values only.

The rooms above import these from `spool.bodies`, `spool.ledger` and `store.queue`, where they are spoken of.
Instants are microseconds since 1970 (`foundation.clock`), `number` is that of `mailrelay.queue_ids`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from foundation.errors import CongvuError
from mailrelay.envelope import Client, Delivery, Envelope, Notify
from mailrelay.lifecycle import State
from mailrelay.settings import Urgency

if TYPE_CHECKING:
    from mailrelay.messages.headers import Headers

Extent = tuple[int, int, int]
"""Segment number, offset and length in bytes of a run of ciphertext."""
Origin = Literal["client", "report", "operator"]
NoticeKind = Literal["failed", "delayed", "delivered", "relayed", "expanded"]
"""What a sender is told of a recipient; the actions of RFC 3464 2.3.3."""


class RepeatedIdentifier(CongvuError):
    """An account handed over another content under a Message-ID that one of the recipients already got from it."""


class StoredBody(NamedTuple):
    """A message's bytes, durable: `inline` (goes into the row), or `extents` of AES-256-CTR ciphertext under `key`
    in this order. `sha256` is over the bytes as accepted; `verified`: that `inline` has this hash is known."""

    size: int
    sha256: bytes
    inline: bytes | None = None
    key: bytes = b""
    extents: tuple[Extent, ...] = ()
    verified: bool = True


@dataclass(slots=True)
class NewMessage:
    """A message about to be accepted. `received` is our trace header; `held`: nothing is attempted until released.
    `parent` is the number of the message that a report speaks of, else 0. `attempt_host`: the first attempt, for the
    only recipient, begins with the acceptance and goes to this host; None: none does."""

    number: int
    accepted_at: int
    client: Client
    envelope: Envelope
    headers: Headers
    received: bytes
    body: StoredBody
    deliveries: tuple[Delivery, ...]
    held: bool = False
    origin: Origin = "client"
    parent: int = 0
    attempt_host: str | None = None


class Accepted(NamedTuple):
    """The number under which a message is stored; `repeated`: it was accepted before, nothing new is stored."""

    number: int
    repeated: bool


@dataclass(slots=True)
class AttemptStart:
    """An attempt about to begin for some recipients of a message; `host` is where to."""

    number: int
    ordinals: tuple[int, ...]
    host: str
    at: int


@dataclass(slots=True)
class Outcome:
    """How an attempt ended for one recipient. `status` is the enhanced code ("5.1.1"), `reply` the raw text.

    `attempt_started_at` 0: there was no attempt (a refused member, an expiry while waiting). `address` and `attempt`
    (1 for the first) spare the store a look into the row when the caller knows them.
    """

    number: int
    ordinal: int
    state: State
    attempt_started_at: int
    at: int
    reply: str = ""
    code: int = 0
    status: str = ""
    host: str = ""
    tls: str = ""
    next_attempt_at: int | None = None
    possible_duplicate: bool = False
    notices: tuple[NoticeKind, ...] = ()
    address: str = ""
    attempt: int = 0


class Waiting(NamedTuple):
    """One recipient that waits for an attempt."""

    number: int
    ordinal: int
    address: str
    via: str
    destination: str
    mailbox: str
    notify: tuple[Notify, ...]
    original: str
    state: State
    attempts: int
    possible_duplicate: bool
    accepted_at: int
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message as an attempt or a report needs it. `envelope.recipients` is empty: its recipients are `Waiting`s.
    `headers` has what was kept of them; `body.inline` is loaded when the body is in the row."""

    number: int
    accepted_at: int
    client: Client
    envelope: Envelope
    headers: Headers
    received: bytes
    size: int
    body: StoredBody
    origin: Origin = "client"
    parent: int = 0
