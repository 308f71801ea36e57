"""Reports that are owed to senders: written with the outcome that causes them, settled with the report that is sent.

So a crash neither forgets a report nor sends one twice: the notice goes in the transaction that accepts the report as
a message of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foundation import clock
from foundation.journal import Entry, append, append_many
from foundation.storage import Row, Transaction
from foundation.storage.batches import insert_rows
from mailrelay import records
from mailrelay.envelope import Notify
from mailrelay.lifecycle import State
from mailrelay.queue_ids import spell
from mailrelay.store.acceptance import WHOLE_MESSAGE, accept
from mailrelay.store.columns import read_notify, storable
from mailrelay.store.values import Accepted, NewMessage, NoticeKind

_DUE = """
SELECT notice.number, notice.ordinal, kind, due_at, address, via, original, notify, state, attempts, last_code,
  last_status, last_reply, attempt_host, attempt_started_at, changed_at, next_attempt_at, possible_duplicate
FROM notice JOIN recipient ON recipient.number = notice.number AND recipient.ordinal = notice.ordinal
WHERE notice.number IN (
  SELECT number FROM notice WHERE due_at <= ? GROUP BY number ORDER BY min(due_at), number LIMIT ?
) ORDER BY notice.number, notice.ordinal, kind"""
_DELETE = """
DELETE FROM notice WHERE number = ? AND ordinal = ? AND kind = ?"""
_INSERT_NOTICE = "INSERT INTO notice (number, ordinal, kind, due_at)"
_ON_CONFLICT = "ON CONFLICT (number, ordinal, kind) DO NOTHING"
_INSERT_MENTION = "INSERT INTO mention (number, ordinal, record_id)"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that the sender of message `number` has yet to be told, with what the row knows about it."""

    number: int
    ordinal: int
    kind: NoticeKind
    due_at: int
    address: str
    via: str
    original: str
    notify: tuple[Notify, ...]
    state: State
    attempts: int
    code: int
    status: str
    reply: str
    host: str
    attempt_started_at: int | None
    changed_at: int
    next_attempt_at: int | None
    possible_duplicate: bool


def due_notices(transaction: Transaction, now: int, limit: int = 100) -> dict[int, list[Notice]]:
    """What is owed for up to `limit` messages, the longest owed first: number -> all that is owed for it."""
    owed: dict[int, list[Notice]] = {}
    for row in transaction.execute(_DUE, (now, limit)):
        owed.setdefault(row[0], []).append(_notice(row))
    return owed


def add_notices(transaction: Transaction, owed: Iterable[tuple[int, int, NoticeKind]], at: int) -> None:
    """Owe reports: (number, ordinal, kind). What is owed already is owed once."""
    insert_rows(transaction, _INSERT_NOTICE, [(*notice, at) for notice in owed], _ON_CONFLICT)


def settle_notices(
    transaction: Transaction, notices: Sequence[Notice], report: NewMessage | None, addressee: str = ""
) -> Accepted | None:
    """Accept the report that speaks of these notices (all of one message) and forget them, together.

    Without a report they are only forgotten: there is nobody to tell."""
    if not notices:
        raise ValueError("a report speaks of something")
    transaction.execute_many(_DELETE, [(notice.number, notice.ordinal, notice.kind) for notice in notices])
    if report is None:
        return None
    answer = accept(transaction, [report])[0]
    if not isinstance(answer, Accepted):
        raise answer
    number = notices[0].number
    entry = Entry(
        records.REPORT_SENT,
        {
            "queue_id": spell(number),
            "report": spell(report.number),
            "recipients": [notice.ordinal for notice in notices],
            "actions": [notice.kind for notice in notices],
        },
        {"addressee": {"address": storable(addressee)}},
        clock.from_microseconds(report.accepted_at),
    )
    (record_id,) = append_many(transaction, [entry])
    ordinals = sorted({notice.ordinal for notice in notices})
    insert_rows(transaction, _INSERT_MENTION, [(number, ordinal, record_id) for ordinal in ordinals])
    return answer


def undeliverable(
    transaction: Transaction, number: int, addressee: str, reason: str, at: int, copy: NewMessage | None = None
) -> None:
    """Note that report `number` reached nobody (double bounce); `copy` is accepted in its stead, for the postmaster."""
    if copy is not None:
        accept(transaction, [copy])
    private = {"address": storable(addressee), "reason": storable(reason)}
    public = {"queue_id": spell(number)}
    when = clock.from_microseconds(at)
    record_id = append(transaction, records.REPORT_UNDELIVERABLE, public, {"detail": private}, when)
    insert_rows(transaction, _INSERT_MENTION, [(number, WHOLE_MESSAGE, record_id)])


def unacknowledged(transaction: Transaction, number: int, at: int) -> None:
    """Note that a message was accepted, but nobody was there any more to hear the 250."""
    when = clock.from_microseconds(at)
    record_id = append(transaction, records.MESSAGE_UNACKNOWLEDGED, {"queue_id": spell(number)}, at=when)
    insert_rows(transaction, _INSERT_MENTION, [(number, WHOLE_MESSAGE, record_id)])


def _notice(row: Row) -> Notice:
    number, ordinal, kind, due_at, address, via, original, notify, state, attempts = row[:10]
    code, status, reply, host, started_at, changed_at, next_attempt_at, possible_duplicate = row[10:]
    return Notice(
        number,
        ordinal,
        kind,
        due_at,
        address,
        via,
        original,
        read_notify(notify),
        state,
        attempts,
        code,
        status,
        reply,
        host,
        started_at,
        changed_at,
        next_attempt_at,
        bool(possible_duplicate),
    )
