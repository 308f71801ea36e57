"""The queue as an operator sees it: the messages that have not come to their end, page by page, and one in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import rows_among
from mailrelay.lifecycle import State

_SELECT_OPEN = """
SELECT number, sender, size, accepted_at, message_id, document_number, origin
FROM message WHERE open_recipients > 0 AND number > ?"""
_SELECT_ONE = """
SELECT number, sender, size, accepted_at, message_id, document_number, origin FROM message WHERE number = ?"""
_COLUMNS = """
number, ordinal, address, via, destination, state, attempts, next_attempt_at, possible_duplicate, last_code,
last_status, last_reply, attempt_host, changed_at"""
_SELECT_OPEN_RECIPIENTS = f"""
SELECT {_COLUMNS} FROM recipient WHERE number IN {{values}}
AND state IN ('queued', 'delivering', 'deferred', 'held') ORDER BY number, ordinal"""  # noqa: S608 (columns of ours)
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
    """Which messages a listing shows: those with an open recipient that meets every condition given."""

    sender: str = ""
    recipient: str = ""
    destination: str = ""
    state: State | None = None


def list_queue(
    transaction: Transaction, filters: QueueFilter | None = None, after: int = 0, limit: int = 100
) -> list[QueueEntry]:
    """The next messages behind number `after`, the oldest first, with their open recipients."""
    conditions, parameters = _conditions(filters or QueueFilter())
    statement = f"{_SELECT_OPEN}{conditions} ORDER BY number LIMIT ?"
    rows = transaction.execute(statement, (after, *parameters, limit))
    recipients: dict[int, list[QueuedRecipient]] = {row[0]: [] for row in rows}
    for row in rows_among(transaction, _SELECT_OPEN_RECIPIENTS, list(recipients)):
        recipients[row[0]].append(_recipient(row))
    return [_entry(row, recipients[row[0]]) for row in rows]


def show(transaction: Transaction, number: int) -> QueueEntry | None:
    """One message with all its recipients, also those at their end."""
    rows = transaction.execute(_SELECT_ONE, (number,))
    recipients = [_recipient(row) for row in transaction.execute(_SELECT_RECIPIENTS, (number,))]
    return _entry(rows[0], recipients) if rows else None


def _conditions(filters: QueueFilter) -> tuple[str, list[Parameter]]:
    own = " AND sender = ?" if filters.sender else ""
    wanted = {"address": filters.recipient, "destination": filters.destination, "state": filters.state}
    inner = "".join(f" AND {column} = ?" for column, value in wanted.items() if value)
    if inner:
        own += f" AND EXISTS (SELECT 1 FROM recipient WHERE recipient.number = message.number{inner})"  # noqa: S608
    parameters: list[Parameter] = [value for value in (filters.sender, *wanted.values()) if value]
    return own, parameters


def _entry(row: Row, recipients: Sequence[QueuedRecipient]) -> QueueEntry:
    number, sender, size, accepted_at, message_id, document_number, origin = row
    return QueueEntry(
        number, sender, size, accepted_at, message_id, document_number, origin, recipients=tuple(recipients)
    )


def _recipient(row: Row) -> QueuedRecipient:
    values = [*row[1:8], bool(row[8]), *row[9:]]
    return QueuedRecipient(*values)
