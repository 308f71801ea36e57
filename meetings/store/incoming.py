"""Every mail that came in, what became of it, and those that wait: for the secretary, or to be passed on.

The bytes are kept of what is held or passed on, until it is decided or passed on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import insert_rows
from meetings.store.as_json import json_text, storable
from meetings.store.mail_values import Incoming
from meetings.terms import Verdict

FACTS = """id, message_id, sender, recipient, subject, received_at, verdict, reason, meeting_id, decided, method,
  account, trust, answers"""
_INSERT_ROWS = """
INSERT INTO incoming (message_id, digest, sender, recipient, subject, received_at, verdict, reason, meeting_id, method,
  answers, raw, forward_to, account, trust, forward_attempts, decided, decided_by)"""
_INSERT = f"{_INSERT_ROWS} VALUES ({', '.join('?' * 18)}) RETURNING id"
_SEEN = """
SELECT count(*) FROM incoming WHERE digest = ? AND message_id = ? AND sender = ?
  AND (recipient = ? OR verdict = 'counted')"""
_SEEN_COUNTED = "SELECT count(*) FROM incoming WHERE digest = ? AND verdict = 'counted'"
_SELECT = f"SELECT {FACTS} FROM incoming WHERE id = ?"  # noqa: S608
_SELECT_HELD = f"""
SELECT {FACTS} FROM incoming WHERE verdict = 'held' AND decided = '' ORDER BY received_at, id LIMIT ?"""  # noqa: S608
_SELECT_HELD_OF = f"""
SELECT {FACTS} FROM incoming WHERE meeting_id = ? AND verdict = 'held' AND decided = ''
ORDER BY received_at, id LIMIT ?"""  # noqa: S608
_SELECT_IGNORED_OF = f"""
SELECT {FACTS} FROM incoming WHERE meeting_id = ? AND (verdict = 'ignored' OR decided = 'rejected')
ORDER BY received_at, id LIMIT ?"""  # noqa: S608
_SELECT_ANSWERS = "SELECT answers FROM incoming WHERE id = ?"
_SELECT_DIGEST = "SELECT digest FROM incoming WHERE id = ?"
_SELECT_BEGINNING = """
SELECT substr(raw, 1, ?) FROM incoming WHERE id = ? AND meeting_id = ? AND verdict = 'held' AND decided = ''"""
_SELECT_RAW = "SELECT raw FROM incoming WHERE id = ?"
_DECIDE = """
UPDATE incoming SET decided = ?, decided_at = ?, decided_by = ?,
  raw = CASE WHEN forward_to <> '' AND forwarded_at IS NULL THEN raw ELSE NULL END
WHERE id = ? AND decided = ''
RETURNING id"""
_SELECT_FORWARD = """
SELECT id, message_id, forward_to, raw, forward_attempts, received_at FROM incoming
WHERE forward_to <> '' AND forwarded_at IS NULL AND id > ? ORDER BY id LIMIT ?"""
_FORWARDED = """
UPDATE incoming SET forwarded_at = ?, forward_attempts = forward_attempts + 1,
  raw = CASE WHEN verdict = 'held' AND decided = '' THEN raw ELSE NULL END WHERE id = ?"""
_GOES_ON = "UPDATE incoming SET forward_to = ?, raw = ? WHERE id = ?"
_FORWARD_FAILED = "UPDATE incoming SET forward_attempts = forward_attempts + 1 WHERE id = ?"
_BLANK = """
UPDATE incoming SET subject = '', raw = NULL, answers = CASE WHEN verdict = 'held' THEN answers ELSE '[]' END
WHERE meeting_id = ?"""
_SELECT_WORDS = "SELECT id, answers FROM incoming WHERE meeting_id = ? AND answers <> '[]'"
_UPDATE_WORDS = "UPDATE incoming SET answers = ? WHERE id = ?"
_COUNTS = "SELECT verdict, reason, count(*) FROM incoming GROUP BY verdict, reason"

LONGEST_LIST = 1000
"""Mails of one kind that a view shows: a page of more helps nobody."""


@dataclass(frozen=True, slots=True)
class NewIncoming:
    """A mail about to be kept; `answers` are what it answers, counted or not, as JSON values; `raw` None: the bytes are
    not kept."""

    message_id: str
    digest: bytes
    sender: str
    recipient: str
    subject: str
    received_at: int
    verdict: Verdict
    reason: str = ""
    meeting_id: int | None = None
    method: str = ""
    answers: Sequence[Mapping[str, Any]] = ()
    raw: bytes | None = None
    forward_to: str = ""
    account: str = ""
    trust: str = ""


class ToForward(NamedTuple):
    """A mail that goes on to a mailbox."""

    id: int
    message_id: str
    forward_to: str
    raw: bytes
    attempts: int
    received_at: int


def insert(transaction: Transaction, new: NewIncoming) -> int:
    """Keep a mail and what became of it; returns its id."""
    return int(transaction.execute(_INSERT, _row(new))[0][0])


def insert_many(transaction: Transaction, mails: Sequence[NewIncoming]) -> None:
    """Keep many at once."""
    insert_rows(transaction, _INSERT_ROWS, [_row(new) for new in mails])


def _row(new: NewIncoming) -> tuple[Parameter, ...]:
    return (
        storable(new.message_id),
        new.digest,
        storable(new.sender),
        storable(new.recipient),
        storable(new.subject),
        new.received_at,
        new.verdict,
        new.reason,
        new.meeting_id,
        storable(new.method),
        json_text(list(new.answers)),
        new.raw,
        new.forward_to,
        storable(new.account),
        new.trust,
        0,
        "",
        "",
    )


def is_known(transaction: Transaction, message_id: str, digest: bytes, sender: str, recipient: str) -> bool:
    """Whether the same content came from the same sender under the same Message-ID before: to the same address, or to
    another one where it counted. A copy that is held for want of trust must not keep out the one that comes to the
    right sub-address, and two people may write the same line without any Message-ID."""
    parameters = (digest, storable(message_id), storable(sender), storable(recipient))
    return bool(transaction.execute(_SEEN, parameters)[0][0])


def has_counted(transaction: Transaction, digest: bytes) -> bool:
    """Whether this content counted before, under whatever Message-ID."""
    return bool(transaction.execute(_SEEN_COUNTED, (digest,))[0][0])


def load(transaction: Transaction, incoming_id: int) -> Incoming | None:
    rows = transaction.execute(_SELECT, (incoming_id,))
    return incoming_of(rows[0]) if rows else None


def answers_of(transaction: Transaction, incoming_id: int) -> list[dict[str, Any]]:
    """What a mail answers, as JSON values."""
    rows = transaction.execute(_SELECT_ANSWERS, (incoming_id,))
    return list(json.loads(rows[0][0])) if rows else []


def digest_of(transaction: Transaction, incoming_id: int) -> bytes:
    """By which a mail's content is known again; empty when there is no such mail."""
    rows = transaction.execute(_SELECT_DIGEST, (incoming_id,))
    return bytes(rows[0][0]) if rows else b""


def raw_of(transaction: Transaction, incoming_id: int) -> bytes | None:
    """The bytes of a mail, if they are kept."""
    rows = transaction.execute(_SELECT_RAW, (incoming_id,))
    return rows[0][0] if rows else None


def beginning_of(transaction: Transaction, incoming_id: int, meeting_id: int, most_bytes: int) -> bytes | None:
    """The first bytes of a mail about this meeting that waits, if they are kept."""
    rows = transaction.execute(_SELECT_BEGINNING, (most_bytes, incoming_id, meeting_id))
    return rows[0][0] if rows else None


def held(transaction: Transaction, meeting_id: int | None = None, limit: int = LONGEST_LIST) -> list[Incoming]:
    """Mails that wait for the secretary, of one meeting or of all, oldest first."""
    if meeting_id is None:
        rows = transaction.execute(_SELECT_HELD, (limit,))
    else:
        rows = transaction.execute(_SELECT_HELD_OF, (meeting_id, limit))
    return [incoming_of(row) for row in rows]


def ignored(transaction: Transaction, meeting_id: int, limit: int = LONGEST_LIST) -> list[Incoming]:
    """Mails of a meeting that changed nothing, those that the secretary rejected too, oldest first."""
    return [incoming_of(row) for row in transaction.execute(_SELECT_IGNORED_OF, (meeting_id, limit))]


def decide(transaction: Transaction, incoming_id: int, accepted: bool, at: int, by: str) -> bool:
    """Keep the secretary's decision; False when it was decided before."""
    parameters = ("accepted" if accepted else "rejected", at, by, incoming_id)
    return bool(transaction.execute(_DECIDE, parameters))


def pass_on(transaction: Transaction, incoming_id: int, forward_to: str, raw: bytes) -> None:
    """Let a mail that was decided go on to this mailbox too."""
    transaction.execute(_GOES_ON, (forward_to, raw, incoming_id))


def to_forward(transaction: Transaction, limit: int = 100, after: int = 0) -> list[ToForward]:
    """Mails that have yet to be passed on, oldest first, of those that came after the one with this id."""
    rows = transaction.execute(_SELECT_FORWARD, (after, limit))
    return [ToForward(*(*row[:3], row[3] or b"", *row[4:])) for row in rows]


def forwarded(transaction: Transaction, incoming_id: int, at: int) -> None:
    """The relay took it: nothing of it needs to stay here."""
    transaction.execute(_FORWARDED, (at, incoming_id))


def forward_failed(transaction: Transaction, incoming_id: int) -> None:
    transaction.execute(_FORWARD_FAILED, (incoming_id,))


def blank(transaction: Transaction, meeting_id: int) -> None:
    """The meeting became secret: no subject, no bytes and no comment of a mail about it stay; what a held one answers
    stays, so that it can be counted."""
    transaction.execute(_BLANK, (meeting_id,))
    for incoming_id, text in transaction.execute(_SELECT_WORDS, (meeting_id,)):
        silent = [{name: value for name, value in one.items() if name != "comment"} for one in json.loads(text)]
        transaction.execute(_UPDATE_WORDS, (json_text(silent), incoming_id))


def counts(transaction: Transaction) -> dict[tuple[str, str], int]:
    """{(verdict, reason): mails}, for the metrics."""
    return {(verdict, reason): int(count) for verdict, reason, count in transaction.execute(_COUNTS)}


def incoming_of(row: Row) -> Incoming:
    """From the columns of `FACTS`."""
    answers: list[dict[str, Any]] = json.loads(row[13])
    first = answers[0] if answers else {}
    named = tuple(str(first[name]) for name in ("attendee", "email_parameter", "sent_by") if first.get(name))
    found = Incoming(*(*row[:11], str(first.get("partstat") or ""), str(first.get("comment") or "")))
    return replace(
        found,
        named=named,
        attendee=named[0] if named else "",
        attendee_name=str(first.get("attendee_name") or ""),
        account=row[11],
        trust=row[12],
    )
