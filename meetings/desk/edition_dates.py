"""When each edition of a meeting was made: the date that its letter bears, however late or often the letter leaves."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.storage import Transaction
from meetings.store import meetings
from meetings.store.values import WHOLE


class EditionDates:
    """Those of one meeting."""

    def __init__(self, made: Sequence[tuple[int, int, int]]) -> None:
        """`made`: (sequence, recurrence id, instant) of each, in order."""
        self._made = made

    @classmethod
    def of(cls, transaction: Transaction, meeting_id: int) -> EditionDates:
        found = meetings.editions(transaction, meeting_id)
        return cls([(sequence, recurrence_id, at) for sequence, recurrence_id, _, at, _, _ in found])

    def at(self, sequence: int, recurrence_id: int) -> int | None:
        """When what is said at this SEQUENCE was made, of this occurrence or of the whole; None: nobody knows."""
        for wanted in dict.fromkeys((recurrence_id, WHOLE)):
            known = [at for own, which, at in self._made if which == wanted and own <= sequence]
            if known:
                return known[-1]
        return None
