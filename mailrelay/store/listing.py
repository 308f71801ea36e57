"""The queue as an operator sees it: the messages that have not come to their end, page by page, and one in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.storage import Row, Transaction
from foundation.storage.batches import rows_among
from mailrelay.lifecycle import State
from mailrelay.store.chosen import Condition, all_of, by, by_recipient, by_sender

_SELECT_OPEN = """
SELECT number, sender, size, accepted_at, message_id, document_number, origin
FROM message WHERE open_recipients > 0 AND number > ?"""
_SELECT_ONE = """
SELECT number, sender, size, accepted_at, message_id, document_number, origin FROM message WHERE number = ?"""
_COLUMNS = """
number, ordinal, address, via, destination, state, attempts, next_attempt_at, possible_duplicate, last_code,
last_status, last_reply, attempt_host, changed_at"""
_OPEN = "state IN ('queued', 'delivering', 'deferred', 'held')"
_SELECT_OPEN_RECIPIENTS = f"""
SELECT {_COLUMNS} FROM recipient WHERE number IN {{values}} AND {_OPEN}"""  # noqa: S608 (columns of ours)
_SELECT_RECIPIENTS = f"SELECT {_COLUMNS} FROM recipient WHERE number = ? ORDER BY ordinal"  # noqa: S608


@dataclass(frozen=True, slots=True)
class QueuedRecipient:
    """One recipient in a listing."""

    ordinal: int
    address: str
    via: str
    destination: str
    state: State
    attempts: int
    next_attempt_at: int | None
    possible_duplicate: bool
    last_code: int
    last_status: str
    last_reply: str
    host: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One message in a listing."""

    number: int
    sender: str
    size: int
    accepted_at: int
    message_id: str
    document_number: str
    origin: str
    recipients: tuple[QueuedRecipient, ...]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which messages a listing shows: those with an open recipient that meets every condition given.

    Addresses are compared without case; `recipient` is an address or the list or office that it came from."""

    sender: str = ""
    recipient: str = ""
    destination: str = ""
    state: State | None = None


def list_queue(
    transaction: Transaction, filters: QueueFilter | None = None, after: int = 0, limit: int = 100
) -> list[QueueEntry]:
    """The next messages behind number `after`, the oldest first, with the open recipients that meet the conditions."""
    wanted = filters or QueueFilter()
    own, senders = all_of(by_sender(wanted.sender))
    inner, values = _conditions(wanted)
    if inner:
        own += f" AND EXISTS (SELECT 1 FROM recipient WHERE recipient.number = message.number AND {_OPEN}{inner})"  # noqa: S608
    statement = f"{_SELECT_OPEN}{own} ORDER BY number LIMIT ?"
    rows = transaction.execute(statement, (after, *senders, *values, limit))
    recipients: dict[int, list[QueuedRecipient]] = {row[0]: [] for row in rows}
    chosen = f"{_SELECT_OPEN_RECIPIENTS}{inner} ORDER BY number, ordinal"
    for row in rows_among(transaction, chosen, list(recipients), values):
        recipients[row[0]].append(_recipient(row))
    return [_entry(row, recipients[row[0]]) for row in rows]


def show(transaction: Transaction, number: int) -> QueueEntry | None:
    """One message with all its recipients, also those at their end."""
    rows = transaction.execute(_SELECT_ONE, (number,))
    recipients = [_recipient(row) for row in transaction.execute(_SELECT_RECIPIENTS, (number,))]
    return _entry(rows[0], recipients) if rows else None


def _conditions(filters: QueueFilter) -> Condition:
    """What a recipient has to meet."""
    return all_of(by_recipient(filters.recipient), by("destination", filters.destination), by("state", filters.state))


def _entry(row: Row, recipients: Sequence[QueuedRecipient]) -> QueueEntry:
    number, sender, size, accepted_at, message_id, document_number, origin = row
    return QueueEntry(
        number, sender, size, accepted_at, message_id, document_number, origin, recipients=tuple(recipients)
    )


def _recipient(row: Row) -> QueuedRecipient:
    values = [*row[1:8], bool(row[8]), *row[9:]]
    return QueuedRecipient(*values)
