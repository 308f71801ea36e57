"""What people were told before: for letters that update earlier ones, and so that nobody is asked too often."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from foundation.storage import Transaction
from foundation.storage.batches import rows_among

_SELECT_WAITING_FOR = """
SELECT count(*) FROM promised WHERE attendee_id = ? AND state = 'waiting' AND purpose IN ('request', 'delegation')"""
_SELECT_TOLD_SINCE = """
SELECT DISTINCT attendee_id FROM promised WHERE meeting_id = ? AND attendee_id IS NOT NULL
  AND purpose IN ('request', 'delegation') AND (state = 'waiting' OR handed_over_at > ?)"""
_SELECT_SINCE = """
SELECT count(*) FROM promised WHERE attendee_id = ? AND promised_at > ? AND purpose = ? AND state <> 'withdrawn'"""
_SELECT_STORY = """
SELECT attendee_id, id, sequence, recurrence_id, token, purpose FROM promised WHERE attendee_id IN {values}
  AND purpose IN ('request', 'delegation', 'neutral', 'cancel') AND state <> 'withdrawn'"""
_SELECT_LAST_DETAILS = """
SELECT details FROM promised WHERE meeting_id = ? AND purpose = ? AND state <> 'withdrawn' ORDER BY id DESC LIMIT 1"""
_SELECT_MEETING_OF = "SELECT meeting_id FROM promised WHERE token IN {values} AND meeting_id <> 0"


class Told(NamedTuple):
    """A mail that somebody was promised about a meeting, for the mails that come after it."""

    id: int
    sequence: int
    recurrence_id: int
    token: str
    purpose: str


def told(transaction: Transaction, attendee_ids: Iterable[int]) -> dict[int, list[Told]]:
    """{attendee id: what they were told about the meeting, in this order}; without what was withdrawn."""
    found: dict[int, list[Told]] = {}
    for attendee_id, *told in rows_among(transaction, _SELECT_STORY, list(dict.fromkeys(attendee_ids))):
        found.setdefault(attendee_id, []).append(Told(*told))
    return {attendee_id: sorted(told) for attendee_id, told in found.items()}


def meeting_of(transaction: Transaction, tokens: Sequence[str]) -> int | None:
    """The id of the meeting that one of the mails with these tokens is about; None when there is none."""
    found = rows_among(transaction, _SELECT_MEETING_OF, list(dict.fromkeys(tokens)))
    return min((int(row[0]) for row in found), default=None)


def is_waiting_for(transaction: Transaction, attendee_id: int) -> bool:
    """Whether an invitation to this person has yet to leave."""
    return bool(transaction.execute(_SELECT_WAITING_FOR, (attendee_id,))[0][0])


def told_since(transaction: Transaction, meeting_id: int, since: int) -> set[int]:
    """The ids of those whose invitation, new or changed, left after that instant or has yet to leave."""
    return {int(row[0]) for row in transaction.execute(_SELECT_TOLD_SINCE, (meeting_id, since))}


def promised_since(transaction: Transaction, attendee_id: int, purpose: str, since: int) -> int:
    """How many mails for this purpose were promised to this person after that instant."""
    return int(transaction.execute(_SELECT_SINCE, (attendee_id, since, purpose))[0][0])


def last_details(transaction: Transaction, meeting_id: int, purpose: str) -> dict[str, Any]:
    """The details of the last mail for this purpose that was promised about the meeting; empty when there is none."""
    rows = transaction.execute(_SELECT_LAST_DETAILS, (meeting_id, purpose))
    return dict(json.loads(rows[0][0])) if rows else {}
