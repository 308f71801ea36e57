"""Journal records of what happened at the desk, and which meeting they speak of.

The clear text beside the records of a meeting can be taken away (`forget`), when it becomes secret; the records and
every proof about them stay.
"""

from __future__ import annotations

from collections.abc import Mapping

from foundation.clock import from_microseconds
from foundation.journal import JSON, RecordType, append, erase
from foundation.storage import Transaction

_INSERT = "INSERT INTO mention (meeting_id, record_id) VALUES (?, ?)"
_SELECT = "SELECT record_id FROM mention WHERE meeting_id = ? ORDER BY record_id"


def record(
    transaction: Transaction,
    kind: RecordType,
    at: int,
    meeting_id: int | None,
    public: Mapping[str, JSON],
    private: Mapping[str, JSON],
) -> int:
    """Record an event of this meeting (None: of none); returns the record's id."""
    record_id = append(transaction, kind, public, private, from_microseconds(at))
    if meeting_id is not None:
        transaction.execute(_INSERT, (meeting_id, record_id))
    return record_id


def records_of(transaction: Transaction, meeting_id: int) -> list[int]:
    """The ids of the records that speak of a meeting, oldest first; those of its mail are not among them."""
    return [row[0] for row in transaction.execute(_SELECT, (meeting_id,))]


def forget(transaction: Transaction, meeting_id: int) -> None:
    """Erase the clear text beside all these records."""
    for record_id in records_of(transaction, meeting_id):
        erase(transaction, record_id)
