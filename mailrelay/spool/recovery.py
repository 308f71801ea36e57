"""What a daemon does before it serves: finds out what the last one left in the middle of something.

An attempt that had begun has an end that nobody knows: that is recorded, the recipient waits again, and its next
attempt is flagged as a possible duplicate. Segments that no row names any more are deleted. Nothing else is touched,
however much is queued: the queue is read as it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from foundation import clock
from foundation.storage import Database, Transaction
from mailrelay.spool.bodies import BodyStore
from mailrelay.store import interrupted, queue

_PIECE = 500  # recipients per unit of work


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """What was found: attempts whose end is unknown, and segment files that were deleted."""

    unknown_attempts: int
    deleted_segments: tuple[str, ...]
    took_seconds: float


def recover(database: Database, bodies: BodyStore) -> RecoveryReport:
    """Put the queue in order. Call it once, holding the daemon's lock, before anything is accepted or attempted.

    Raises StorageError, OSError."""
    started = clock.monotonic()
    unknown = _settle_interrupted(database)
    deleted = database.read(lambda transaction: bodies.recover(body for _, body in queue.stored_bodies(transaction)))
    return RecoveryReport(unknown, tuple(deleted), clock.monotonic() - started)


def _settle_interrupted(database: Database) -> int:
    total, after = 0, 0
    while True:

        def piece(transaction: Transaction, after: int = after) -> tuple[int, int]:
            return interrupted.settle(transaction, clock.now_microseconds(), after, _PIECE)

        count, after = database.run(piece)
        total += count
        if count < _PIECE:
            return total
