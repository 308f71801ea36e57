"""The bytes that are kept of mails which came in: how much there is, and letting go of what nobody needs any more.

Nobody needs the bytes of a mail that lies in the secretary's own mailbox, of one about a meeting that is over (to
accept it would change nothing), or of one that is held about no meeting and that nobody asked for in a month.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from foundation.storage import Transaction

DAY_MICROSECONDS: Final = 86_400_000_000
UNASKED_DAYS: Final = 30
"""As long as a secretary may be on leave."""

_SIZES = """COALESCE(SUM(length(raw)), 0), COALESCE(SUM(CASE WHEN received_at > ? THEN length(raw) ELSE 0 END), 0),
  COALESCE(SUM(CASE WHEN received_at > ? THEN 1 ELSE 0 END), 0)"""
_NOBODY_NEEDS = """
FROM incoming LEFT JOIN meeting ON meeting.id = incoming.meeting_id
  WHERE raw IS NOT NULL AND (forward_to = '' OR forwarded_at IS NOT NULL)
    AND (forwarded_at IS NOT NULL OR (verdict = 'held' AND meeting.end_at < ?)
      OR (verdict = 'held' AND meeting.id IS NULL AND received_at < ?))"""
_AMOUNT = f"SELECT {_SIZES} FROM incoming WHERE raw IS NOT NULL"  # noqa: S608
_UNNEEDED = f"SELECT {_SIZES} {_NOBODY_NEEDS}"
_LET_GO = f"""
UPDATE incoming SET raw = NULL WHERE id IN (
  SELECT incoming.id {_NOBODY_NEEDS} AND received_at > ? ORDER BY received_at, incoming.id LIMIT ?)
RETURNING id"""  # noqa: S608


class Amount(NamedTuple):
    """What is kept: bytes of all, bytes and mails of those that came in the last 24 hours."""

    total_bytes: int
    day_bytes: int
    day_mails: int


def amount(transaction: Transaction, at: int) -> Amount:
    """What is kept at this instant."""
    since = at - DAY_MICROSECONDS
    row = transaction.execute(_AMOUNT, (since, since))[0]
    return Amount(*(int(value) for value in row))


def unneeded(transaction: Transaction, at: int) -> Amount:
    """How much of it nobody needs any more."""
    since = at - DAY_MICROSECONDS
    row = transaction.execute(_UNNEEDED, (since, since, at, _unasked_before(at)))[0]
    return Amount(*(int(value) for value in row))


def let_go(transaction: Transaction, at: int, most: int, since: int = 0) -> list[int]:
    """Forget the bytes of the oldest mails, of those that came after `since`, of which nobody needs them any more, at
    most so many; their ids."""
    return [int(row[0]) for row in transaction.execute(_LET_GO, (at, _unasked_before(at), since, most))]


def _unasked_before(at: int) -> int:
    return at - UNASKED_DAYS * DAY_MICROSECONDS
