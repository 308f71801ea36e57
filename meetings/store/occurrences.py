"""When meetings sit: one row for each occurrence, so that the week, clashes, reminders and answers find it by its time.

The row of an occurrence that differs from its series carries what it says instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from foundation.clock import from_microseconds, microseconds
from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import insert_rows, rows_among
from meetings.meeting import Meeting
from meetings.store.as_json import meeting_text, read_meeting
from meetings.store.values import WHOLE, StoredOccurrence

_COLUMNS = "recurrence_id, start_at, end_at, status, sequence, content"
_INSERT = f"INSERT INTO occurrence (meeting_id, {_COLUMNS})"
_DELETE = "DELETE FROM occurrence WHERE meeting_id = ?"
_SELECT = f"SELECT {_COLUMNS} FROM occurrence WHERE meeting_id = ? ORDER BY recurrence_id"  # noqa: S608
_SELECT_CHANGED = f"""
SELECT {_COLUMNS} FROM occurrence WHERE meeting_id = ? AND recurrence_id <> 0
  AND (content IS NOT NULL OR status = 'CANCELLED') ORDER BY recurrence_id"""  # noqa: S608
_SELECT_ONE = f"SELECT {_COLUMNS} FROM occurrence WHERE meeting_id = ? AND recurrence_id = ?"  # noqa: S608
_UPDATE = """
UPDATE occurrence SET start_at = ?, end_at = ?, status = ?, sequence = ?, content = ?
WHERE meeting_id = ? AND recurrence_id = ?"""
_CANCEL_ALL = "UPDATE occurrence SET status = 'CANCELLED', sequence = ? WHERE meeting_id = ?"
_SELECT_BOUNDS = "SELECT min(start_at), max(end_at) FROM occurrence WHERE meeting_id = ?"
_SELECT_COMING = f"""
SELECT meeting_id, {_COLUMNS} FROM occurrence WHERE status = 'CONFIRMED' AND meeting_id IN {{values}} AND end_at > ?
ORDER BY start_at"""  # noqa: S608
_SELECT_WINDOW = f"""
SELECT meeting_id, {_COLUMNS} FROM occurrence WHERE end_at > ? AND start_at < ?
ORDER BY start_at, meeting_id, recurrence_id"""  # noqa: S608


def insert(transaction: Transaction, meeting_id: int, occurrences: Sequence[StoredOccurrence]) -> None:
    rows = [(meeting_id, occurrence.recurrence_id, *_values(occurrence)) for occurrence in occurrences]
    insert_rows(transaction, _INSERT, rows)


def replace_all(transaction: Transaction, meeting_id: int, occurrences: Sequence[StoredOccurrence]) -> None:
    """Let the meeting sit at these times and no others."""
    transaction.execute(_DELETE, (meeting_id,))
    insert(transaction, meeting_id, occurrences)


def change(transaction: Transaction, meeting_id: int, occurrence: StoredOccurrence) -> None:
    transaction.execute(_UPDATE, (*_values(occurrence), meeting_id, occurrence.recurrence_id))


def cancel_all(transaction: Transaction, meeting_id: int, sequence: int) -> None:
    transaction.execute(_CANCEL_ALL, (sequence, meeting_id))


def of_meeting(transaction: Transaction, meeting_id: int) -> list[StoredOccurrence]:
    return [_stored(row) for row in transaction.execute(_SELECT, (meeting_id,))]


def changed_of(transaction: Transaction, meeting_id: int) -> list[StoredOccurrence]:
    """The occurrences of a series that were changed or cancelled."""
    return [_stored(row) for row in transaction.execute(_SELECT_CHANGED, (meeting_id,))]


def one(transaction: Transaction, meeting_id: int, recurrence_id: int) -> StoredOccurrence | None:
    rows = transaction.execute(_SELECT_ONE, (meeting_id, recurrence_id))
    return _stored(rows[0]) if rows else None


def bounds(transaction: Transaction, meeting_id: int) -> tuple[int, int]:
    """First beginning and last end."""
    first, last = transaction.execute(_SELECT_BOUNDS, (meeting_id,))[0]
    return int(first or 0), int(last or 0)


def next_of(transaction: Transaction, meeting_ids: Sequence[int], at: int) -> dict[int, StoredOccurrence]:
    """{meeting id: the occurrence that takes place next, or sits now}; a meeting that sits no more is left out."""
    found: dict[int, StoredOccurrence] = {}
    for row in rows_among(transaction, _SELECT_COMING, meeting_ids, (at,)):
        found.setdefault(row[0], _stored(row[1:]))
    return found


def next_among(occurrences: Iterable[StoredOccurrence], at: int) -> StoredOccurrence | None:
    """The same of occurrences at hand. Pure."""
    coming = [one for one in occurrences if one.status == "CONFIRMED" and one.end_at > at]
    return min(coming, key=lambda one: one.start_at, default=None)


def in_window(transaction: Transaction, start_at: int, end_at: int) -> list[tuple[int, StoredOccurrence]]:
    """(meeting id, occurrence) of all that sit between these instants, cancelled ones too, by their beginning."""
    return [(row[0], _stored(row[1:])) for row in transaction.execute(_SELECT_WINDOW, (start_at, end_at))]


def single(meeting: Meeting, sequence: int = 0) -> StoredOccurrence:
    """The only occurrence of a meeting that is no series."""
    start_at, end_at = microseconds(meeting.start), microseconds(meeting.end)
    return StoredOccurrence(WHOLE, start_at, end_at, meeting.status, sequence)


def said_by(meeting: Meeting, occurrence: StoredOccurrence) -> Meeting:
    """What this occurrence of the meeting says: its own time, its own words where it has some, and no rule."""
    own = occurrence.override or meeting
    zone = meeting.start.tzinfo
    start = from_microseconds(occurrence.start_at).astimezone(zone)
    end = from_microseconds(occurrence.end_at).astimezone(zone)
    return replace(own, start=start, end=end, rrule="", status=occurrence.status)


def _values(occurrence: StoredOccurrence) -> tuple[Parameter, ...]:
    own = occurrence.override
    text = None if own is None else meeting_text(own)
    return occurrence.start_at, occurrence.end_at, occurrence.status, occurrence.sequence, text


def _stored(row: Row) -> StoredOccurrence:
    return StoredOccurrence(*(*row[:5], None if row[5] is None else read_meeting(row[5])))
