"""Which reminder was given to whom for which beginning: once per person and time, whatever happens.

A mark is the instant at which a reminder was due; the row is written with the promise of the mail, so that it can be
neither forgotten nor repeated. A meeting that moves begins at another instant and is reminded of anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from foundation.storage import Transaction
from foundation.storage.batches import insert_rows, rows_among

ALARM = 0
"""In place of an attendee: the alarm to the secretary."""
EVERYBODY = -1
"""In place of an attendee: this mark was dealt with, nobody needs to look again."""

_INSERT = "INSERT INTO reminder (meeting_id, attendee_id, start_at, mark_at, at)"
_SELECT_GIVEN = """
SELECT attendee_id FROM reminder WHERE attendee_id IN {values} AND meeting_id = ? AND start_at = ? AND mark_at = ?"""


def note_new(
    transaction: Transaction, meeting_id: int, attendee_ids: Sequence[int], start_at: int, mark_at: int, at: int
) -> list[int]:
    """Note this reminder for those who had none for this mark; returns these, in their order."""
    trailing = (meeting_id, start_at, mark_at)
    given = {row[0] for row in rows_among(transaction, _SELECT_GIVEN, attendee_ids, trailing)}
    new = [attendee_id for attendee_id in dict.fromkeys(attendee_ids) if attendee_id not in given]
    insert_rows(transaction, _INSERT, [(meeting_id, attendee_id, start_at, mark_at, at) for attendee_id in new])
    return new
