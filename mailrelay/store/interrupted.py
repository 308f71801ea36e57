"""Attempts that a stopped daemon left in their middle: recorded as unknown, and their recipients wait again."""

from __future__ import annotations

from foundation.storage import Transaction
from mailrelay.store import attempts
from mailrelay.store.values import Outcome

_SELECT = """
SELECT recipient.number, ordinal, address, attempts, attempt_started_at, attempt_host
FROM (SELECT number FROM message WHERE open_recipients > 0 AND number >= ?) AS open CROSS JOIN recipient
WHERE recipient.number = open.number AND state = 'delivering' ORDER BY recipient.number, ordinal LIMIT ?"""


def settle(transaction: Transaction, at: int, first: int = 0, limit: int = 500) -> tuple[int, int]:
    """Settle up to `limit` recipients of messages numbered `first` and more; returns how many, and the last number.

    A further call goes on with that number."""
    rows = transaction.execute(_SELECT, (first, limit))
    outcomes = [
        Outcome(
            number,
            ordinal,
            "queued",
            started_at or 0,
            at,
            host=host,
            next_attempt_at=at,
            possible_duplicate=True,
            address=address,
            attempt=attempt,
        )
        for number, ordinal, address, attempt, started_at, host in rows
    ]
    attempts.finish(transaction, outcomes)
    return len(rows), rows[-1][0] if rows else first
