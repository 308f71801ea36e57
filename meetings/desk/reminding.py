"""Reminders and alarms: once per person and time, whatever happens in between.

A mark is an instant before a beginning ([meetings.reminders] before_hours). When it has passed, everybody who is
invited, whose letter left before it, and who did not decline is reminded; of several marks that passed unseen (the
daemon or the relay was down) only the last is told. The alarm goes to the secretary's mailbox: whose invitation has not
arrived, who has not answered, with telephone numbers. Of a secret meeting there is no reminder, and an alarm only about
deliveries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from foundation.storage import Transaction
from meetings.desk import refusals
from meetings.desk.context import Context
from meetings.desk.mailing import promise_to, promise_to_secretary
from meetings.store import answers, attendees, earlier_mail, lines, meetings, occurrences, reminders
from meetings.store.reminders import ALARM, EVERYBODY
from meetings.store.values import (
    WHOLE,
    StoredAttendee,
    StoredMeeting,
    StoredOccurrence,
)
from meetings.store.view_values import PersonLine

MOST_IN_ALARM: Final = 500
"""People whom one alarm names: nobody telephones more; the page has all."""

_HOUR_MICROSECONDS: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class ReminderRules:
    """When to remind: hours before a beginning; `alarm_before_hours` 0 = never."""

    before_hours: tuple[float, ...] = (24, 1)
    alarm_before_hours: float = 24

    @property
    def longest_hours(self) -> float:
        return max((*self.before_hours, self.alarm_before_hours), default=0)


@dataclass(frozen=True, slots=True)
class Reminded:
    """Who is reminded by an order, and who was within the hour."""

    reminded: tuple[str, ...]
    already: tuple[str, ...]


def due(transaction: Transaction, context: Context, rules: ReminderRules) -> int:
    """Promise all reminders and alarms that are due; returns how many mails."""
    horizon = context.at + int(rules.longest_hours * _HOUR_MICROSECONDS) + 1
    sitting = [
        (meeting_id, one)
        for meeting_id, one in occurrences.in_window(transaction, context.at, horizon)
        if one.status == "CONFIRMED" and one.start_at > context.at
    ]
    stored = meetings.load_many(transaction, [meeting_id for meeting_id, _ in sitting])
    promised = 0
    for meeting_id, one in sitting:
        meeting = stored[meeting_id]
        if meeting.status == "CONFIRMED":
            promised += _remind(transaction, meeting, one, context, rules)
            promised += _alarm(transaction, meeting, one, context, rules)
    return promised


def remind_now(transaction: Transaction, meeting_id: int, context: Context, *, everybody: bool = False) -> Reminded:
    """Remind those who have not answered (or everybody who did not decline) of the next occurrence, now; nobody twice
    within an hour. Raises InputError for a meeting that is unknown, cancelled, over or secret."""
    stored = meetings.load(transaction, meeting_id)
    if stored is None:
        raise refusals.unknown_meeting()
    if stored.status == "CANCELLED":
        raise refusals.cancelled_has_no_reminder()
    if stored.meeting.secret:
        raise refusals.secret_has_no_reminder()
    to_come = [
        one
        for one in occurrences.of_meeting(transaction, meeting_id)
        if one.status == "CONFIRMED" and one.end_at > context.at
    ]
    if not to_come:
        raise refusals.over()
    next_one = min(to_come, key=lambda one: one.start_at)
    people = _to_remind(transaction, stored, next_one, None)
    if not everybody:
        standing = _standing(transaction, stored, next_one)
        people = [one for one in people if standing.get(one.attendee.id) == "NEEDS-ACTION"]
    hour = context.at - context.at % _HOUR_MICROSECONDS
    new = _note(transaction, stored, next_one, hour, people, context)
    told = promise_to(transaction, stored, context, new, "reminder", recurrence_id=next_one.recurrence_id)
    fresh = {one.attendee.id for one in new}
    already = tuple(one.attendee.guest.address for one in people if one.attendee.id not in fresh)
    return Reminded(told, already)


def _remind(
    transaction: Transaction,
    stored: StoredMeeting,
    sitting: StoredOccurrence,
    context: Context,
    rules: ReminderRules,
) -> int:
    passed = [mark for mark in _marks(sitting, rules.before_hours) if mark <= context.at]
    if not passed or stored.meeting.secret:
        return 0
    mark = max(passed)
    if not reminders.note_new(transaction, stored.id, [EVERYBODY], sitting.start_at, mark, context.at):
        return 0
    people = _to_remind(transaction, stored, sitting, mark)
    new = _note(transaction, stored, sitting, mark, people, context)
    return len(promise_to(transaction, stored, context, new, "reminder", recurrence_id=sitting.recurrence_id))


def _note(
    transaction: Transaction,
    stored: StoredMeeting,
    sitting: StoredOccurrence,
    mark: int,
    people: Sequence[StoredAttendee],
    context: Context,
) -> list[StoredAttendee]:
    """Those of them who had no reminder for this mark; they have one now."""
    ids = [one.attendee.id for one in people]
    new = set(reminders.note_new(transaction, stored.id, ids, sitting.start_at, mark, context.at))
    return [one for one in people if one.attendee.id in new]


def _alarm(
    transaction: Transaction,
    stored: StoredMeeting,
    sitting: StoredOccurrence,
    context: Context,
    rules: ReminderRules,
) -> int:
    passed = [mark for mark in _marks(sitting, _alarm_hours(rules)) if mark <= context.at]
    if not passed or stored.created_at > passed[0]:
        return 0
    if not reminders.note_new(transaction, stored.id, [ALARM], sitting.start_at, passed[0], context.at):
        return 0
    details = alarm_details(lines.of_meeting(transaction, stored.id, sitting.recurrence_id), stored.meeting.secret)
    if not details["people"]:
        return 0
    told = promise_to_secretary(transaction, stored, context, "alarm", details, sitting.recurrence_id)
    return len(told)


def alarm_details(people: Sequence[PersonLine], secret: bool = False) -> dict[str, Any]:
    """What the alarm says: whose invitation is not there, or (not of a secret meeting) who has not answered. Pure."""
    invited = [one for one in people if not one.removed and not one.delegated_to]
    missing = [one for one in invited if one.delivery not in ("delivered", "relayed")]
    there = [one for one in invited if one.delivery in ("delivered", "relayed")]
    silent = [one for one in there if one.partstat == "NEEDS-ACTION" and not secret]
    named = [
        {
            "name": one.name,
            "address": one.address,
            "telephone": one.telephone,
            "agency": one.agency_name or one.agency,
            "delivery": one.delivery,
            "answer": one.partstat,
        }
        for one in (*missing, *silent)[:MOST_IN_ALARM]
    ]
    return {"people": named, "total": len(invited)}


def _alarm_hours(rules: ReminderRules) -> tuple[float, ...]:
    return (rules.alarm_before_hours,) if rules.alarm_before_hours else ()


def _marks(sitting: StoredOccurrence, hours: Sequence[float]) -> list[int]:
    return [sitting.start_at - int(each * _HOUR_MICROSECONDS) for each in hours]


def _to_remind(
    transaction: Transaction, stored: StoredMeeting, sitting: StoredOccurrence, mark: int | None
) -> list[StoredAttendee]:
    """Who comes or may come: their letter left before the mark (whose left after it have just been told), nobody stands
    in for them, they did not decline."""
    standing = _standing(transaction, stored, sitting)
    just_told = earlier_mail.told_since(transaction, stored.id, mark) if mark is not None else set[int]()
    return [
        one
        for one in attendees.of_meeting(transaction, stored.id)
        if not one.attendee.removed
        and not one.unreachable
        and one.attendee.delegated_to is None
        and (mark is None or one.invited_at <= mark)
        and one.attendee.id not in just_told
        and standing.get(one.attendee.id, "NEEDS-ACTION") != "DECLINED"
    ]


def _standing(transaction: Transaction, stored: StoredMeeting, sitting: StoredOccurrence) -> dict[int, str]:
    """{attendee id: where they stand about this occurrence}."""
    standing = {who: one.partstat for who, one in answers.of_occurrence(transaction, stored.id, WHOLE).items()}
    if sitting.recurrence_id != WHOLE:
        own = answers.of_occurrence(transaction, stored.id, sitting.recurrence_id)
        standing |= {who: one.partstat for who, one in own.items()}
    return {who: str(partstat) for who, partstat in standing.items()}
