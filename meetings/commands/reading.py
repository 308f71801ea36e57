"""Reads the meetings database beside the daemon: one snapshot, changing nothing, and how long the answer took."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from foundation import clock
from foundation.command_line import invocation

if TYPE_CHECKING:
    from foundation.storage import Transaction
    from meetings.store.values import StoredMeeting

T = TypeVar("T")


def read(work: Callable[[Transaction], T]) -> tuple[T, float]:
    """What the work finds, and the milliseconds that it took: opening the database is not part of the answer."""
    from meetings.store.opening import open_readonly

    with open_readonly(invocation().configuration) as database:
        database.read(lambda transaction: None)
        started = clock.monotonic()
        found = database.read(work)
        return found, round((clock.monotonic() - started) * 1000, 1)


def one_meeting(transaction: Transaction, who: str) -> StoredMeeting:
    """The meeting of this UID or number. Raises NothingFound, InputError when there are several."""
    from meetings.control_orders import finding

    return finding.one_meeting(transaction, who)
