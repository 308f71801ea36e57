"""The way into the room: whether a join link opens now, and for which occurrence. Who came in is recorded once.

early      before the door opens (`opens_minutes` before the beginning)
open       until an hour after the end: meetings run over, and whoever loses the connection comes back
over       after it
"""

from __future__ import annotations

from typing import Final

from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk.answers import holds
from meetings.desk.context import Door
from meetings.records import ROOM_JOINED
from meetings.store import attendees, meetings, mentions, occurrences
from meetings.store.values import StoredAttendee, StoredMeeting, StoredOccurrence

OPENS_MINUTES: Final = 60
"""[meetings.room] opens_minutes."""
RUNS_OVER_MINUTES: Final = 60
"""How long after the end the door stays open."""

_MINUTE_MICROSECONDS: Final = 60_000_000


def door(
    transaction: Transaction,
    public_id: str,
    serial: int,
    at: int,
    *,
    enter: bool = False,
    opens_minutes: int = OPENS_MINUTES,
) -> Door:
    """What this join link opens at this instant; with `enter` the person goes in, if it is open."""
    person = attendees.by_public_id(transaction, public_id)
    if person is None:
        return Door("unknown")
    stored = meetings.load(transaction, person.meeting_id)
    if stored is None:
        return Door("unknown")
    if stored.meeting.secret or not holds(person, serial):
        return Door("revoked")
    opens = opens_minutes * _MINUTE_MICROSECONDS
    sitting = _nearest(occurrences.of_meeting(transaction, stored.id), at, opens)
    meeting = occurrences.said_by(stored.meeting, sitting)
    opens_at, closes_at = sitting.start_at - opens, _closes_at(sitting)
    if stored.status == "CANCELLED" or sitting.status == "CANCELLED":
        return Door("cancelled", meeting, person.attendee, sitting.recurrence_id, opens_at, closes_at)
    if at < opens_at:
        return Door("early", meeting, person.attendee, sitting.recurrence_id, opens_at, closes_at)
    if at >= closes_at:
        return Door("over", meeting, person.attendee, sitting.recurrence_id, opens_at, closes_at)
    first = enter and _come_in(transaction, stored, person, sitting, at)
    return Door("open", meeting, person.attendee, sitting.recurrence_id, opens_at, closes_at, first)


def _nearest(sittings: list[StoredOccurrence], at: int, opens: int) -> StoredOccurrence:
    """The occurrence that a link means: of those open now the one that began last, else the next to come, else the
    last. Cancelled ones only when there is no other."""
    live = [one for one in sittings if one.status == "CONFIRMED"] or sittings
    in_order = sorted(live, key=lambda one: one.start_at)
    open_now = [one for one in in_order if one.start_at - opens <= at < _closes_at(one)]
    if open_now:
        begun = [one for one in open_now if one.start_at <= at < one.end_at]
        return (begun or open_now)[-1]
    to_come = [one for one in in_order if one.start_at - opens > at]
    return to_come[0] if to_come else in_order[-1]


def _closes_at(sitting: StoredOccurrence) -> int:
    return sitting.end_at + RUNS_OVER_MINUTES * _MINUTE_MICROSECONDS


def _come_in(
    transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, sitting: StoredOccurrence, at: int
) -> bool:
    if not attendees.enter_room(transaction, person, sitting.recurrence_id, at):
        return False
    public: dict[str, JSON] = {"meeting": stored.uid, "attendee": person.attendee.id}
    if sitting.recurrence_id:
        public["occurrence"] = sitting.recurrence_id
    who: dict[str, JSON] = {"address": person.attendee.guest.address}
    mentions.record(transaction, ROOM_JOINED, at, stored.id, public, {"person": who})
    return True
