"""When the last recipient of a message ends, its bytes are forgotten, or kept for as long as configured.

While its sender is owed a report, which returns the head of the message, they are kept in any case. Forgetting a body
on disk is forgetting its key: the caller gives the space back after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from foundation.storage import Transaction
from foundation.storage.batches import change_rows, insert_rows, rows_among
from mailrelay.store.columns import read_extents
from mailrelay.store.values import StoredBody

_COUNT_ENDED = """
UPDATE message SET open_recipients = message.open_recipients - given.ended, ended_at = given.at
FROM given WHERE message.number = given.number"""
_COUNT_COLUMNS = "number bigint, ended bigint, at bigint"
_SELECT_OPEN = """
SELECT number FROM message WHERE number IN {values} AND (open_recipients > 0 OR EXISTS (
  SELECT 1 FROM recipient WHERE recipient.number = message.number
  AND coalesce(state, '') IN ('queued', 'delivering', 'deferred', 'held')) OR EXISTS (
  SELECT 1 FROM notice WHERE notice.number = message.number AND due_at < 4611686018427387904))"""
_SELECT_STORED_BODIES = """
SELECT size, sha256, key, extents FROM stored_body JOIN message ON message.number = stored_body.number
WHERE stored_body.number IN {values}"""
_DELETE_STORED_BODIES = "DELETE FROM stored_body WHERE number IN {values}"
_DELETE_INLINE_BODIES = "DELETE FROM inline_body WHERE number IN {values}"
_DELETE_KEPT = "DELETE FROM kept_body WHERE number IN {values}"
_INSERT_KEPT = "INSERT INTO kept_body (number, until)"
_SELECT_OVERDUE = "SELECT number FROM kept_body WHERE until <= ? ORDER BY until LIMIT ?"


def count_ended(
    transaction: Transaction, ended: Sequence[tuple[int, int]], keep_body_seconds: float = 0
) -> list[StoredBody]:
    """Count ended recipients, given as (number of the message, instant); returns the bodies on disk now forgotten."""
    if not ended:
        return []
    counts: dict[int, list[int]] = {}
    for number, at in ended:
        count = counts.setdefault(number, [0, at])
        count[0] += 1
        count[1] = max(count[1], at)
    change_rows(transaction, _COUNT_ENDED, _COUNT_COLUMNS, [(number, *count) for number, count in counts.items()])
    return _forget_or_keep(transaction, {number: at for number, (_, at) in counts.items()}, keep_body_seconds)


def forget_when_told(transaction: Transaction, number: int, at: int, keep_body_seconds: float = 0) -> list[StoredBody]:
    """Forget the bytes of a message that only waited for its report; returns those on disk, to be released."""
    return _forget_or_keep(transaction, {number: at}, keep_body_seconds)


def _forget_or_keep(transaction: Transaction, ended: Mapping[int, int], keep_body_seconds: float) -> list[StoredBody]:
    """`ended`: message -> when its last recipient came to an end; those that are not done yet are passed over."""
    still_open = {number for (number,) in rows_among(transaction, _SELECT_OPEN, list(ended))}
    done = [number for number in ended if number not in still_open]
    if keep_body_seconds > 0:
        kept = [(number, ended[number] + int(keep_body_seconds * 1_000_000)) for number in done]
        insert_rows(transaction, _INSERT_KEPT, kept, "ON CONFLICT (number) DO NOTHING")
        return []
    return forget_bodies(transaction, done)


def forget_overdue_bodies(transaction: Transaction, now: int, limit: int = 500) -> tuple[int, list[StoredBody]]:
    """Forget up to `limit` bodies that were kept long enough; returns how many, and those on disk."""
    numbers = [number for (number,) in transaction.execute(_SELECT_OVERDUE, (now, limit))]
    rows_among(transaction, _DELETE_KEPT, numbers)
    return len(numbers), forget_bodies(transaction, numbers)


def forget_bodies(transaction: Transaction, numbers: Sequence[int]) -> list[StoredBody]:
    """Delete the bytes of these messages, or the keys to them; returns the bodies on disk, to be released."""
    rows_among(transaction, _DELETE_INLINE_BODIES, numbers)
    rows = rows_among(transaction, _SELECT_STORED_BODIES, numbers)
    if rows:
        rows_among(transaction, _DELETE_STORED_BODIES, numbers)
    return [StoredBody(size, sha256, None, key, read_extents(extents)) for size, sha256, key, extents in rows]
