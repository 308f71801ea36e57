"""The queue: who waits for an attempt, where to, since when; and the messages they wait for. Reads only.

Urgent messages go before the others of their destination. An index holds nothing but the waiting, so these questions
cost what they answer, whatever the tables remember.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foundation.storage import Row, Transaction
from foundation.storage.batches import rows_among
from mailrelay.envelope import Envelope
from mailrelay.store.columns import read_client, read_extents, read_headers, read_notify
from mailrelay.store.values import NoticeKind, Origin, QueuedMessage, StoredBody, Waiting

__all__ = [
    "NoticeKind",
    "Origin",
    "QueueStatistics",
    "QueuedMessage",
    "StoredBody",
    "Waiting",
    "due",
    "message_for_delivery",
    "statistics",
    "waiting_destinations",
]

_DESTINATIONS = """
SELECT destination, count(*), min(next_attempt_at) FROM recipient WHERE state IN ('queued', 'deferred')
GROUP BY destination ORDER BY destination"""
_DUE = """
SELECT recipient.number, ordinal, address, via, destination, mailbox, notify, original, state, attempts,
  possible_duplicate, accepted_at, urgency
FROM (
  SELECT number, ordinal FROM recipient
  WHERE state IN ('queued', 'deferred') AND destination = ? AND precedence = ? AND next_attempt_at <= ?
  ORDER BY next_attempt_at LIMIT ?
) AS first
JOIN recipient USING (number, ordinal) JOIN message USING (number)
ORDER BY next_attempt_at, recipient.number, ordinal"""
_SELECT_MESSAGES = """
SELECT message.number, accepted_at, client, sender, returned, envelope_identifier, eight_bit, smtputf8, headers,
  message_id, document_number, document_kind, urgency, received, size, sha256, origin, parent, content, key, extents
FROM message LEFT JOIN inline_body ON inline_body.number = message.number
LEFT JOIN stored_body ON stored_body.number = message.number
WHERE message.number IN {values}"""
_SELECT_STORED_BODIES = """
SELECT stored_body.number, size, sha256, key, extents FROM stored_body
JOIN message ON message.number = stored_body.number WHERE stored_body.number > ? ORDER BY stored_body.number LIMIT ?"""
_COUNT_MESSAGES = """
SELECT count(*), coalesce(sum(size), 0), min(accepted_at)
FROM (SELECT number FROM message WHERE open_recipients > 0) AS open JOIN message USING (number)"""
_COUNT_WAITING = """
SELECT state, count(*) FROM recipient WHERE state IN ('queued', 'deferred') GROUP BY state"""
_COUNT_OTHERS = """
SELECT state, count(*) FROM (SELECT number FROM message WHERE open_recipients > 0) AS open CROSS JOIN recipient
WHERE recipient.number = open.number AND state IN ('delivering', 'held') GROUP BY state"""


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """The queue in figures. `oldest_accepted_at` is None when it is empty; `recipients` by state, open ones only."""

    messages: int
    size_bytes: int
    oldest_accepted_at: int | None
    recipients: dict[str, int]


def waiting_destinations(transaction: Transaction) -> list[tuple[str, int, int]]:
    """Destination, how many recipients wait for it, and when the first is due."""
    return [(destination, count, first) for destination, count, first in transaction.execute(_DESTINATIONS)]


def due(transaction: Transaction, destination: str, now: int, limit: int) -> list[Waiting]:
    """Up to `limit` recipients of a destination whose time has come: the urgent first, then the longest due."""
    found: list[Waiting] = []
    for precedence in (0, 1):
        rows = transaction.execute(_DUE, (destination, precedence, now, limit - len(found)))
        found += map(_waiting, rows)
        if len(found) >= limit:
            break
    return found


def message_for_delivery(transaction: Transaction, numbers: Sequence[int]) -> dict[int, QueuedMessage]:
    """The messages of these numbers that still have their bytes; those of a small body are loaded."""
    rows = rows_among(transaction, _SELECT_MESSAGES, list(dict.fromkeys(numbers)))
    return {row[0]: _message(row) for row in rows if row[18] is not None or row[20] is not None}


def stored_bodies(transaction: Transaction, page: int = 1000) -> Iterator[tuple[int, StoredBody]]:
    """Every body on disk that a row names, with the number of its message; reads page by page."""
    after = -1
    while rows := transaction.execute(_SELECT_STORED_BODIES, (after, page)):
        for number, size, sha256, key, extents in rows:
            yield number, StoredBody(size, sha256, None, key, read_extents(extents))
        after = rows[-1][0]


def statistics(transaction: Transaction) -> QueueStatistics:
    """The queue in figures, for metrics; some 0.3 s for 100,000 messages, so not at every glance."""
    ((messages, size_bytes, oldest),) = transaction.execute(_COUNT_MESSAGES)
    states = dict.fromkeys(("queued", "delivering", "deferred", "held"), 0)
    states |= {
        row[0]: row[1] for statement in (_COUNT_WAITING, _COUNT_OTHERS) for row in transaction.execute(statement)
    }
    return QueueStatistics(messages, size_bytes, oldest, states)


def _waiting(row: Row) -> Waiting:
    number, ordinal, address, via, destination, mailbox, notify, original, state, attempts, duplicate, at, urgency = row
    return Waiting(
        number,
        ordinal,
        address,
        via,
        destination,
        mailbox,
        read_notify(notify),
        original,
        state,
        attempts,
        bool(duplicate),
        at,
        urgency,
    )


def _message(row: Row) -> QueuedMessage:
    number, accepted_at, client, sender, returned, identifier, eight_bit, smtputf8 = row[:8]
    headers, message_id, document_number, document_kind, urgency, received = row[8:14]
    size, sha256, origin, parent, content, key, extents = row[14:]
    stored = () if extents is None else read_extents(extents)
    return QueuedMessage(
        number=number,
        accepted_at=accepted_at,
        client=read_client(client),
        envelope=Envelope(sender, (), returned, identifier, bool(eight_bit), bool(smtputf8)),
        headers=read_headers(headers, message_id, document_number, document_kind, urgency),
        received=received,
        size=size,
        body=StoredBody(size, sha256, content, key or b"", stored, verified=False),
        origin=origin,
        parent=parent,
    )
