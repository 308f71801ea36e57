"""Everybody of a meeting as lines of a list: where they stand, whether the mail arrived, who stands in, who came.

One statement for ten thousand people, because the list is what everybody looks at.
"""

from __future__ import annotations

from collections.abc import Sequence

from foundation.storage import Row, Transaction
from foundation.storage.batches import rows_among
from meetings.store.values import WHOLE
from meetings.store.view_values import Apart, PersonLine

_SELECT = """
SELECT attendee.id, attendee.address, attendee.name, attendee.role, attendee.title, attendee.agency,
  attendee.agency_name, attendee.telephone,
  CASE WHEN whole.partstat = 'DELEGATED' THEN 'DELEGATED'
    ELSE coalesce(own.partstat, whole.partstat, 'NEEDS-ACTION') END,
  CASE WHEN own.partstat IS NULL OR whole.partstat = 'DELEGATED' THEN coalesce(whole.comment, '')
    ELSE own.comment END,
  CASE WHEN own.partstat IS NULL OR whole.partstat = 'DELEGATED' THEN whole.answered_at ELSE own.answered_at END,
  CASE WHEN own.partstat IS NULL OR whole.partstat = 'DELEGATED' THEN coalesce(whole.via, '') ELSE own.via END,
  CASE WHEN own.partstat IS NULL OR whole.partstat = 'DELEGATED' THEN coalesce(whole.sender, '') ELSE own.sender END,
  CASE WHEN own.partstat IS NULL OR whole.partstat = 'DELEGATED' THEN coalesce(whole.trust, '') ELSE own.trust END,
  coalesce(promised.delivery, 'queued'), coalesce(promised.delivery_text, ''), promised.handed_over_at,
  coalesce(deputy.address, ''), coalesce(delegator.address, ''),
  CASE WHEN ? = 0 THEN attendee.joined_at ELSE entry.at END,
  coalesce(promised.possible_duplicate, 0), attendee.removed, attendee.unreachable,
  CASE WHEN coalesce(own.asked_again, -1) >= coalesce(own.asked_sequence, 0) AND own.answered_at IS NULL THEN 1
    WHEN coalesce(whole.asked_again, -1) >= coalesce(whole.asked_sequence, 0) AND whole.answered_at IS NULL THEN 1
    ELSE 0 END
FROM attendee
LEFT JOIN answer AS whole ON whole.meeting_id = attendee.meeting_id AND whole.attendee_id = attendee.id
  AND whole.recurrence_id = 0
LEFT JOIN answer AS own ON ? <> 0 AND own.meeting_id = attendee.meeting_id AND own.attendee_id = attendee.id
  AND own.recurrence_id = ?
LEFT JOIN room_entry AS entry ON ? <> 0 AND entry.meeting_id = attendee.meeting_id
  AND entry.attendee_id = attendee.id AND entry.recurrence_id = ?
LEFT JOIN promised ON promised.id = attendee.last_mail
LEFT JOIN attendee AS deputy ON deputy.id = attendee.delegated_to
LEFT JOIN attendee AS delegator ON delegator.id = attendee.delegated_from
WHERE attendee.meeting_id = ? ORDER BY attendee.removed, attendee.id"""
"""The fields of `PersonLine` in their order; the last four are yes or no."""

_COUNT = """
SELECT attendee.meeting_id, coalesce(answer.partstat, 'NEEDS-ACTION'), count(*)
FROM attendee LEFT JOIN answer ON answer.meeting_id = attendee.meeting_id AND answer.attendee_id = attendee.id
  AND answer.recurrence_id = 0
WHERE attendee.removed = 0 AND attendee.meeting_id IN {values}
GROUP BY attendee.meeting_id, coalesce(answer.partstat, 'NEEDS-ACTION')"""

_APART = """
SELECT own.meeting_id, own.attendee_id, own.recurrence_id, own.partstat, own.comment
FROM answer AS own
JOIN attendee ON attendee.id = own.attendee_id AND attendee.removed = 0 AND attendee.delegated_to IS NULL
JOIN occurrence ON occurrence.meeting_id = own.meeting_id AND occurrence.recurrence_id = own.recurrence_id
  AND occurrence.status = 'CONFIRMED'
LEFT JOIN answer AS whole ON whole.meeting_id = own.meeting_id AND whole.attendee_id = own.attendee_id
  AND whole.recurrence_id = 0
WHERE own.meeting_id IN {values} AND own.recurrence_id <> 0 AND own.answered_at IS NOT NULL
  AND own.partstat <> coalesce(whole.partstat, 'NEEDS-ACTION')
ORDER BY own.attendee_id, own.recurrence_id"""


def of_meeting(transaction: Transaction, meeting_id: int, recurrence_id: int = WHOLE) -> list[PersonLine]:
    """Everybody ever invited, in the order of invitation, removed ones at the end; for one occurrence where they stand
    about it: their answer to it, else that to the series."""
    parameters = (*(recurrence_id,) * 5, meeting_id)
    return [_line(row) for row in transaction.execute(_SELECT, parameters)]


def counts(transaction: Transaction, meeting_ids: list[int]) -> dict[int, dict[str, int]]:
    """{meeting id: {partstat: people}} of those invited now."""
    found: dict[int, dict[str, int]] = {}
    for meeting_id, partstat, count in rows_among(transaction, _COUNT, meeting_ids):
        found.setdefault(meeting_id, {})[partstat] = int(count)
    return found


def apart(transaction: Transaction, meeting_ids: Sequence[int]) -> dict[int, dict[int, tuple[Apart, ...]]]:
    """{meeting id: {attendee id: where they answered otherwise than to the series}}; who did not is not in it."""
    found: dict[int, dict[int, tuple[Apart, ...]]] = {}
    for meeting_id, attendee_id, *own in rows_among(transaction, _APART, meeting_ids):
        people = found.setdefault(meeting_id, {})
        people[attendee_id] = (*people.get(attendee_id, ()), Apart(*own))
    return found


def _line(row: Row) -> PersonLine:
    """Without a loop over the fields: there are ten thousand."""
    duplicate, removed, unreachable, answered_old_time = row[20:]
    truths = (duplicate != 0, removed != 0, unreachable != 0, answered_old_time != 0)
    return PersonLine._make((*row[:20], *truths, ()))
