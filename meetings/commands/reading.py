"""Reads the meetings database beside the daemon: one snapshot, changing nothing, and how long the answer took."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from foundation.command_line import invocation
from meetings.service import SERVICE

if TYPE_CHECKING:
    from foundation.storage import Transaction
    from meetings.store.values import StoredMeeting

T = TypeVar("T")


def read(work: Callable[[Transaction], T]) -> tuple[T, float]:
    """What the work finds, and the milliseconds that it took."""
    from foundation.tables import answer_from

    return answer_from(invocation().configuration.storage, SERVICE.name, work)


def one_meeting(transaction: Transaction, who: str) -> StoredMeeting:
    """The meeting of this UID or number. Raises NothingFound, InputError when there are several."""
    from meetings.control_orders import finding

    return finding.one_meeting(transaction, who)
