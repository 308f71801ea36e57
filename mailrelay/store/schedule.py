"""What the dispatcher asks about times: what is due next, what is too old, what a wrong clock put too far ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from foundation.storage import Row, Transaction
from foundation.storage.batches import rows_among
from mailrelay.settings import Urgency
from mailrelay.store.columns import read_notify
from mailrelay.store.values import NoticeKind, Waiting

_PRECEDENCES: Final[dict[Urgency, int]] = {"urgent": 0, "normal": 1}

_NEXT_DUE: Final = """
SELECT min(next_attempt_at) FROM recipient
WHERE destination = ? AND precedence = ? AND state IN ('queued', 'deferred') AND next_attempt_at > ?"""
_SHARING: Final = """
SELECT recipient.number, ordinal, address, via, destination, mailbox, notify, original, state, attempts,
  possible_duplicate, accepted_at, urgency
FROM recipient JOIN message ON message.number = recipient.number
WHERE mailbox IN {values} AND recipient.number = ? AND destination = 'local' AND state IN ('queued', 'deferred')"""
_TOO_OLD: Final = """
SELECT recipient.number, ordinal, address, via, destination, mailbox, notify, original, state, attempts,
  possible_duplicate, accepted_at, urgency, sender
FROM recipient JOIN message ON message.number = recipient.number
WHERE destination = ? AND precedence = ? AND state IN ('queued', 'deferred') AND accepted_at <= ?
ORDER BY recipient.number, ordinal LIMIT ?"""
_UNTOLD_DELAYS: Final = """
SELECT recipient.number, ordinal FROM recipient JOIN message ON message.number = recipient.number
WHERE destination = ? AND precedence = ? AND state IN ('queued', 'deferred') AND accepted_at <= ? AND sender <> ''
  AND (notify = '' OR notify LIKE ?) AND NOT EXISTS (
    SELECT 1 FROM notice
    WHERE notice.number = recipient.number AND notice.ordinal = recipient.ordinal AND kind = 'delayed')
ORDER BY recipient.number, ordinal LIMIT ?"""
_BRING_NEARER: Final = """
UPDATE recipient SET next_attempt_at = ? + (number + ordinal) % ?
WHERE state IN ('queued', 'deferred') AND next_attempt_at > ?"""

_FORGET_TOLD_DELAYS: Final = """
DELETE FROM notice WHERE due_at >= 4611686018427387904 AND number IN (
  SELECT number FROM message WHERE open_recipients <= 0)"""


def next_due(transaction: Transaction, destination: str, now: int) -> int | None:
    """When the next recipient of a destination is due that is not due now."""
    found = [
        row[0]
        for precedence in _PRECEDENCES.values()
        for row in transaction.execute(_NEXT_DUE, (destination, precedence, now))
        if row[0] is not None
    ]
    return min(found, default=None)


def sharing_mailboxes(transaction: Transaction, number: int, mailboxes: Sequence[str]) -> list[Waiting]:
    """All waiting recipients of a message whose copy lies in one of these mailboxes."""
    return [_waiting(row) for row in rows_among(transaction, _SHARING, mailboxes, (number,))]


def too_old(
    transaction: Transaction, destination: str, accepted: Mapping[Urgency, int], limit: int
) -> list[tuple[Waiting, str]]:
    """Waiting recipients of a destination accepted at this time or before, by urgency; with their message's sender."""
    return [
        (_waiting(row[:-1]), row[-1])
        for urgency, before in accepted.items()
        for row in transaction.execute(_TOO_OLD, (destination, _PRECEDENCES[urgency], before, limit))
    ]


def untold_delays(
    transaction: Transaction, destination: str, accepted: Mapping[Urgency, int], limit: int
) -> list[tuple[int, int, NoticeKind]]:
    """Waiting recipients accepted at this time or before, by urgency, of whose delay the sender would hear first."""
    return [
        (number, ordinal, "delayed")
        for urgency, before in accepted.items()
        for number, ordinal in transaction.execute(
            _UNTOLD_DELAYS, (destination, _PRECEDENCES[urgency], before, "%DELAY%", limit)
        )
    ]


def bring_nearer(transaction: Transaction, now: int, longest_microseconds: int) -> None:
    """Spread what is due later than `longest_microseconds` from now over that time: another clock wrote it."""
    transaction.execute(_BRING_NEARER, (now, longest_microseconds, now + longest_microseconds))


def forget_told_delays(transaction: Transaction) -> None:
    """Forget that senders were told of delays of what has come to an end since (see `dispatch.notices`)."""
    transaction.execute(_FORGET_TOLD_DELAYS)


def _waiting(row: Row) -> Waiting:
    (
        number,
        ordinal,
        address,
        via,
        destination,
        mailbox,
        notify,
        original,
        state,
        attempts,
        duplicate,
        accepted,
        urgency,
    ) = row
    return Waiting(
        number, ordinal, address, via, destination, mailbox, read_notify(notify), original, state, attempts,
        bool(duplicate), accepted, urgency,
    )  # fmt: skip
