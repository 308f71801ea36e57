"""Meetings and their editions: made, found, changed. One row is the meeting now, one row per edition what it said.

`find` takes a UID or a number as a person types it; several meetings may bear one number (other years), and then all
are given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from unicodedata import normalize

from foundation.clock import microseconds
from foundation.documents import parse_number
from foundation.storage import Parameter, Row, Transaction
from foundation.storage.batches import rows_among
from meetings.meeting import Meeting
from meetings.store.as_json import meeting_text, read_meeting
from meetings.store.values import WHOLE, StoredMeeting

_COLUMNS = """id, uid, status, sequence, time_sequence, last_dtstamp, public_id, link_serial, created_at, created_by,
  content"""
_INSERT = """
INSERT INTO meeting (uid, number_key, status, sequence, time_sequence, last_dtstamp, secret, start_at, end_at,
  public_id, link_serial, created_at, created_by, content)
VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, ?, 0, ?, ?, ?) RETURNING id"""
_SELECT = f"SELECT {_COLUMNS} FROM meeting WHERE id = ?"  # noqa: S608
_SELECT_AMONG = f"SELECT {_COLUMNS} FROM meeting WHERE id IN {{values}}"  # noqa: S608
_SELECT_BY_UID = f"SELECT {_COLUMNS} FROM meeting WHERE uid = ?"  # noqa: S608
_SELECT_BY_PUBLIC_ID = f"SELECT {_COLUMNS} FROM meeting WHERE public_id = ?"  # noqa: S608
_SELECT_BY_NUMBER = f"SELECT {_COLUMNS} FROM meeting WHERE number_key = ? ORDER BY start_at DESC, id DESC"  # noqa: S608
_SELECT_NAMES = "SELECT id, uid, secret FROM meeting WHERE id IN {values}"
_UPDATE = """
UPDATE meeting SET number_key = ?, status = ?, sequence = ?, time_sequence = ?, last_dtstamp = ?, secret = ?,
  start_at = ?, end_at = ?, content = ? WHERE id = ?"""
_UPDATE_DTSTAMP = "UPDATE meeting SET last_dtstamp = ? WHERE id = ?"
_UPDATE_SERIAL = "UPDATE meeting SET link_serial = link_serial + 1 WHERE id = ?"
_INSERT_EDITION = """
INSERT INTO edition (meeting_id, sequence, recurrence_id, content, at, made_by, why) VALUES (?, ?, ?, ?, ?, ?, ?)"""
_SELECT_EDITION = """
SELECT content FROM edition WHERE meeting_id = ? AND recurrence_id = ? AND sequence <= ?
ORDER BY sequence DESC LIMIT 1"""
_SELECT_SEQUENCE_AT = "SELECT COALESCE(MAX(sequence), 0) FROM edition WHERE meeting_id = ? AND at <= ?"
_SELECT_EDITIONS = """
SELECT sequence, recurrence_id, content, at, made_by, why FROM edition WHERE meeting_id = ?
ORDER BY sequence, recurrence_id"""
_BLANK_EDITIONS = """
UPDATE edition SET content = ?, why = CASE WHEN why LIKE 'changed%' THEN 'changed' ELSE why END WHERE meeting_id = ?"""
_SELECT_IN_WINDOW = f"""
SELECT {_COLUMNS} FROM meeting WHERE end_at > ? AND start_at < ? ORDER BY start_at, id"""  # noqa: S608


class Named(NamedTuple):
    """A meeting by its names, and whether it is secret."""

    id: int
    uid: str
    secret: bool


def insert(
    transaction: Transaction, meeting: Meeting, public_id: str, at: int, made_by: str, bounds: tuple[int, int]
) -> int:
    """Store a new meeting with its first edition; `bounds` are the first beginning and the last end. Returns its id.
    Raises ConstraintViolated for a UID that exists."""
    parameters = (
        meeting.uid,
        number_key(meeting.number),
        meeting.status,
        0,
        int(meeting.secret),
        *bounds,
        public_id,
        at,
        made_by,
        meeting_text(meeting),
    )
    meeting_id = int(transaction.execute(_INSERT, parameters)[0][0])
    add_edition(transaction, meeting_id, 0, WHOLE, meeting, at, made_by, "created")
    return meeting_id


def update(transaction: Transaction, stored: StoredMeeting, bounds: tuple[int, int]) -> None:
    """Write the meeting's row as this value has it."""
    meeting = stored.meeting
    parameters: tuple[Parameter, ...] = (
        number_key(meeting.number),
        stored.status,
        stored.sequence,
        stored.time_sequence,
        stored.last_dtstamp,
        int(meeting.secret),
        *bounds,
        meeting_text(meeting),
        stored.id,
    )
    transaction.execute(_UPDATE, parameters)


def stamp(transaction: Transaction, meeting_id: int, dtstamp: int) -> None:
    """Remember the newest DTSTAMP given to a mail of this meeting."""
    transaction.execute(_UPDATE_DTSTAMP, (dtstamp, meeting_id))


def revoke_secretary_link(transaction: Transaction, meeting_id: int) -> None:
    transaction.execute(_UPDATE_SERIAL, (meeting_id,))


def add_edition(
    transaction: Transaction,
    meeting_id: int,
    sequence: int,
    recurrence_id: int,
    meeting: Meeting,
    at: int,
    made_by: str,
    why: str,
) -> None:
    """Keep what the letter says from this SEQUENCE on."""
    parameters = (meeting_id, sequence, recurrence_id, meeting_text(meeting), at, made_by, why)
    transaction.execute(_INSERT_EDITION, parameters)


def edition(transaction: Transaction, meeting_id: int, sequence: int, recurrence_id: int = WHOLE) -> Meeting | None:
    """What the letter said at this SEQUENCE: the last edition up to it."""
    rows = transaction.execute(_SELECT_EDITION, (meeting_id, recurrence_id, sequence))
    return read_meeting(rows[0][0]) if rows else None


def sequence_at(transaction: Transaction, meeting_id: int, at: int) -> int:
    """The SEQUENCE of the last edition that was made up to this instant."""
    return int(transaction.execute(_SELECT_SEQUENCE_AT, (meeting_id, at))[0][0])


def editions(transaction: Transaction, meeting_id: int) -> list[tuple[int, int, Meeting, int, str, str]]:
    """All editions: (sequence, recurrence id, what it said, at, by, why)."""
    rows = transaction.execute(_SELECT_EDITIONS, (meeting_id,))
    return [(sequence, recurrence, read_meeting(text), at, by, why) for sequence, recurrence, text, at, by, why in rows]


def blank_editions(transaction: Transaction, meeting_id: int, meeting: Meeting) -> None:
    """Let every edition say what this one says: nothing of a meeting that became secret stays readable."""
    transaction.execute(_BLANK_EDITIONS, (meeting_text(meeting), meeting_id))


def load(transaction: Transaction, meeting_id: int) -> StoredMeeting | None:
    return _first(transaction.execute(_SELECT, (meeting_id,)))


def load_many(transaction: Transaction, ids: Sequence[int]) -> dict[int, StoredMeeting]:
    return {row[0]: _stored(row) for row in rows_among(transaction, _SELECT_AMONG, list(dict.fromkeys(ids)))}


def names(transaction: Transaction, ids: Sequence[int]) -> dict[int, Named]:
    """{id: its name}, for whoever needs no more of a meeting."""
    return {
        row[0]: Named(row[0], row[1], bool(row[2]))
        for row in rows_among(transaction, _SELECT_NAMES, list(dict.fromkeys(ids)))
    }


def by_uid(transaction: Transaction, uid: str) -> StoredMeeting | None:
    return _first(transaction.execute(_SELECT_BY_UID, (uid,)))


def by_public_id(transaction: Transaction, public_id: str) -> StoredMeeting | None:
    return _first(transaction.execute(_SELECT_BY_PUBLIC_ID, (public_id,)))


def find(transaction: Transaction, who: str) -> list[StoredMeeting]:
    """The meeting with this UID, else all with this number, newest first."""
    found = by_uid(transaction, who.strip())
    if found is not None:
        return [found]
    key = number_key(who)
    return [_stored(row) for row in transaction.execute(_SELECT_BY_NUMBER, (key,))] if key else []


def in_window(transaction: Transaction, start_at: int, end_at: int) -> list[StoredMeeting]:
    """Meetings that may sit between these instants, in the order of their beginning."""
    return [_stored(row) for row in transaction.execute(_SELECT_IN_WINDOW, (start_at, end_at))]


def number_key(number: str) -> str:
    """One spelling for a number as people write it: canonical if it can be read, in lower case."""
    parsed = parse_number(number) if number.strip() else None
    if parsed is not None and not parsed.is_draft:
        return normalize("NFC", parsed.canonical).casefold()
    return "" if parsed is not None else normalize("NFC", " ".join(number.split())).casefold()


def bounds_of(meeting: Meeting) -> tuple[int, int]:
    """Beginning and end of a meeting that is no series."""
    return microseconds(meeting.start), microseconds(meeting.end)


def _first(rows: Sequence[Row]) -> StoredMeeting | None:
    return _stored(rows[0]) if rows else None


def _stored(row: Row) -> StoredMeeting:
    return StoredMeeting(*(*row[:10], read_meeting(row[10])))
