"""Which meetings bear one number: a number is unique in a year (Decree 30/2020/NĐ-CP, article 15), people mistype it,
and a cancelled meeting keeps its own.

Whoever names a meeting by its number means the one that is still to come; a second such meeting is told, never refused:
the registry may have corrected it on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.errors import Problem
from foundation.language import Text
from foundation.storage import Transaction
from meetings.store import meetings, occurrences
from meetings.store.values import StoredMeeting
from meetings.terms import STANDINGS, Standing, standing_of

_ORDER = tuple(STANDINGS)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A meeting that bears the number, and whether it takes place, was held or was cancelled."""

    stored: StoredMeeting
    standing: Standing

    @property
    def uid(self) -> str:
        return self.stored.uid


def standings(transaction: Transaction, found: Sequence[StoredMeeting], at: int) -> list[Numbered]:
    """Each with its standing; a series is over after its last occurrence."""
    return [
        Numbered(stored, standing_of(stored.status, occurrences.bounds(transaction, stored.id)[1] <= at))
        for stored in found
    ]


def likeliest(transaction: Transaction, found: Sequence[StoredMeeting], at: int) -> list[Numbered]:
    """Those still to come, else those held, else those cancelled."""
    known = standings(transaction, found, at)
    best = min((_ORDER.index(one.standing) for one in known), default=0)
    return [one for one in known if _ORDER.index(one.standing) == best]


def number_taken(transaction: Transaction, uid: str, number: str, at: int) -> tuple[Problem, ...]:
    """A warning for each other meeting to come that has this number already."""
    if not number:
        return ()
    others = [stored for stored in meetings.find(transaction, number) if stored.uid != uid]
    message = Text(
        "cuộc họp “{summary}”, {start}, đã mang số này (UID {uid})",
        "the meeting “{summary}”, {start}, has this number already (UID {uid})",
    )
    hint = Text(
        "mỗi số chỉ cấp một lần trong năm (Nghị định 30/2020, Điều 15): xem lại số",
        "a number is given once a year (Decree 30/2020, article 15): look at it again",
    )
    return tuple(
        Problem(
            "warning",
            message.format(
                summary=one.stored.meeting.summary, start=f"{one.stored.meeting.start:%H:%M %d/%m/%Y}", uid=one.uid
            ),
            column="number",
            value=number,
            hint=hint,
        )
        for one in standings(transaction, others, at)
        if one.standing == "CONFIRMED"
    )
