"""Where people stand: the answer that counts per person and occurrence, and the history of everything they answered.

Which answer counts is decided by `desk.ordering`; here it is only kept. Asking again (`ask`) takes the answer back but
keeps by which (SEQUENCE, DTSTAMP) it was ordered, so that a late copy of an old answer stays late.
"""

from __future__ import annotations

from collections.abc import Sequence

from foundation.storage import Row, Transaction
from foundation.storage.batches import insert_rows
from meetings.store.as_json import storable
from meetings.store.values import WHOLE, Answer, PastAnswer

_COLUMNS = """attendee_id, recurrence_id, partstat, comment, asked_sequence, sequence, dtstamp, digest, answered_at,
  via, message_id, asked_again, sender, trust"""
_INSERT = f"INSERT INTO answer (meeting_id, {_COLUMNS})"
_ASK_TAIL = """
ON CONFLICT (meeting_id, attendee_id, recurrence_id) DO UPDATE SET partstat = 'NEEDS-ACTION', comment = '',
  asked_sequence = excluded.asked_sequence, answered_at = NULL, via = '', message_id = '', sender = '', trust = ''"""
_WRITE_TAIL = """
ON CONFLICT (meeting_id, attendee_id, recurrence_id) DO UPDATE SET partstat = excluded.partstat,
  comment = excluded.comment, asked_sequence = excluded.asked_sequence, sequence = excluded.sequence,
  dtstamp = excluded.dtstamp, digest = excluded.digest, answered_at = excluded.answered_at, via = excluded.via,
  message_id = excluded.message_id, asked_again = excluded.asked_again, sender = excluded.sender,
  trust = excluded.trust"""
_FORGET_OCCURRENCES = "DELETE FROM answer WHERE meeting_id = ? AND recurrence_id <> 0"
_SELECT_ONE = f"""
SELECT {_COLUMNS} FROM answer WHERE meeting_id = ? AND attendee_id = ? AND recurrence_id = ?"""  # noqa: S608
_SELECT_OF = f"""
SELECT {_COLUMNS} FROM answer WHERE meeting_id = ? AND attendee_id = ? ORDER BY recurrence_id"""  # noqa: S608
_SELECT_ALL = f"SELECT {_COLUMNS} FROM answer WHERE meeting_id = ?"  # noqa: S608
_SELECT_OCCURRENCE = f"SELECT {_COLUMNS} FROM answer WHERE meeting_id = ? AND recurrence_id = ?"  # noqa: S608
_INSERT_PAST = """
INSERT INTO past_answer (meeting_id, attendee_id, recurrence_id, at, partstat, comment, via, sequence, reason,
  sender, trust)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_BLANK = "UPDATE answer SET comment = '' WHERE meeting_id = ?"
_BLANK_PAST = "UPDATE past_answer SET comment = '' WHERE meeting_id = ?"
_SELECT_PAST = """
SELECT at, recurrence_id, partstat, comment, via, sequence, reason, sender, trust FROM past_answer WHERE attendee_id = ?
ORDER BY id DESC LIMIT ?"""

LONGEST_HISTORY = 200
"""Lines of a history that are read: far more than anybody answers, less than a page can show."""


def ask(
    transaction: Transaction, meeting_id: int, attendee_ids: Sequence[int], sequence: int, recurrence_id: int = WHOLE
) -> None:
    """These people are asked at this SEQUENCE: what they answered before no longer counts."""
    rows = [
        (meeting_id, attendee_id, recurrence_id, "NEEDS-ACTION", "", sequence, -1, 0, "", None, "", "", -1, "", "")
        for attendee_id in attendee_ids
    ]
    insert_rows(transaction, _INSERT, rows, _ASK_TAIL)


def write(transaction: Transaction, meeting_id: int, answer: Answer) -> None:
    """Let this be where the person stands."""
    row = (
        meeting_id,
        answer.attendee_id,
        answer.recurrence_id,
        answer.partstat,
        storable(answer.comment),
        answer.asked_sequence,
        answer.sequence,
        answer.dtstamp,
        answer.digest,
        answer.answered_at,
        answer.via,
        storable(answer.message_id),
        answer.asked_again,
        storable(answer.sender),
        answer.trust,
    )
    insert_rows(transaction, _INSERT, [row], _WRITE_TAIL)


def forget_occurrences(transaction: Transaction, meeting_id: int) -> None:
    """The series sits at other times now: answers to single occurrences speak of nothing any more."""
    transaction.execute(_FORGET_OCCURRENCES, (meeting_id,))


def one(transaction: Transaction, meeting_id: int, attendee_id: int, recurrence_id: int = WHOLE) -> Answer | None:
    rows = transaction.execute(_SELECT_ONE, (meeting_id, attendee_id, recurrence_id))
    return _answer(rows[0]) if rows else None


def of_attendee(transaction: Transaction, meeting_id: int, attendee_id: int) -> list[Answer]:
    """Their answers to the whole and to single occurrences."""
    return [_answer(row) for row in transaction.execute(_SELECT_OF, (meeting_id, attendee_id))]


def of_meeting(transaction: Transaction, meeting_id: int) -> list[Answer]:
    return [_answer(row) for row in transaction.execute(_SELECT_ALL, (meeting_id,))]


def of_occurrence(transaction: Transaction, meeting_id: int, recurrence_id: int) -> dict[int, Answer]:
    """{attendee id: answer} to this occurrence alone."""
    rows = transaction.execute(_SELECT_OCCURRENCE, (meeting_id, recurrence_id))
    return {row[0]: _answer(row) for row in rows}


def add_past(transaction: Transaction, meeting_id: int, attendee_id: int, past: PastAnswer) -> None:
    """One more line of somebody's history."""
    values = (past.recurrence_id, past.at, past.partstat, storable(past.comment), past.via, past.sequence, past.reason)
    known = storable(past.sender), past.trust
    transaction.execute(_INSERT_PAST, (meeting_id, attendee_id, *values, *known))


def history(transaction: Transaction, attendee_id: int, limit: int = LONGEST_HISTORY) -> list[PastAnswer]:
    """What they answered, newest first."""
    return [PastAnswer(*row) for row in transaction.execute(_SELECT_PAST, (attendee_id, limit))]


def blank(transaction: Transaction, meeting_id: int) -> None:
    """The meeting became secret: what people wrote goes."""
    transaction.execute(_BLANK, (meeting_id,))
    transaction.execute(_BLANK_PAST, (meeting_id,))


def _answer(row: Row) -> Answer:
    return Answer(*row)
