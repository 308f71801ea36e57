"""A change: who is affected, who is asked anew, who comes and who goes; then the rows, the mail and the record.

    another time or rule     everybody is affected and asked anew; changed occurrences of a series are dropped
    another place (groups)   whoever meets elsewhere now is affected and asked anew
    anything else they see   whoever sees it is affected, answers stay
    people                   added ones are invited, removed ones get a CANCEL, nobody else anything

SEQUENCE grows by one with every change, also when only people change (`meeting.sequence`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from foundation.clock import microseconds
from foundation.errors import Problem
from foundation.journal import JSON
from foundation.language import Text
from foundation.storage import Transaction
from meetings.desk import refusals
from meetings.desk.closing import make_secret
from meetings.desk.comparing import (
    carried_over,
    differences,
    must_ask_again,
    places_changed,
    shown_to,
    time_changed,
)
from meetings.desk.context import Change, Context
from meetings.desk.mailing import (
    Mailed,
    active,
    invitation_purpose,
    promise_changed,
    promise_farewell,
    promise_to,
    unreachable_warnings,
)
from meetings.desk.numbering import number_taken
from meetings.desk.people_change import PeopleChange, apply_people, people_change
from meetings.desk.secret_gate import refuse_opening
from meetings.desk.sittings import kept_overrides, sittings_of
from meetings.form.values import Draft
from meetings.meeting import Meeting, closed
from meetings.records import MEETING_CHANGED
from meetings.store import answers, attendees, meetings, mentions, occurrences
from meetings.store.values import WHOLE, StoredAttendee, StoredMeeting, StoredOccurrence


@dataclass(frozen=True, slots=True)
class _Affected:
    """Whom a change of content reaches: `told` are mailed, `asked` (some of them) lose their answer."""

    told: tuple[StoredAttendee, ...]
    asked: tuple[int, ...]


def change_whole(
    transaction: Transaction,
    stored: StoredMeeting,
    draft: Draft,
    context: Context,
    removed: Collection[str],
) -> Change:
    """The meeting as a whole, as `meetings_desk.change` says."""
    before = stored.meeting
    after = closed(replace(draft.meeting, uid=before.uid, status=before.status))
    refuse_opening(before, after)
    people = attendees.of_meeting(transaction, stored.id)
    moves = people_change(people, draft.guests, removed, context.unreachable)
    if len(moves.staying) - sum(one.attendee.delegated_from is not None for one in moves.staying) + moves.coming == 0:
        raise refusals.nobody_invited()
    if after.secret and not before.secret:
        return make_secret(transaction, stored, after, moves, context, tuple(draft.warnings))
    affected = _affected(before, after, moves)
    if before == after and not moves.changes and not affected.told:
        apply_people(transaction, stored.id, moves, context)
        return Change(stored.id, stored.uid, stored.sequence, {}, warnings=tuple(draft.warnings), unchanged=True)
    moved = time_changed(before, after)
    sequence = stored.sequence + 1
    stored = replace(
        stored,
        sequence=sequence,
        time_sequence=sequence if moved or places_changed(before, after) else stored.time_sequence,
        meeting=after,
    )
    dropped = _write_sittings(transaction, stored, before, moved)
    meetings.update(transaction, stored, occurrences.bounds(transaction, stored.id))
    reason = "" if after.secret else draft.reason
    why = f"changed: {reason}" if reason else "changed"
    meetings.add_edition(transaction, stored.id, sequence, WHOLE, after, context.at, context.operator, why)
    added = apply_people(transaction, stored.id, moves, context)
    if moved:
        answers.forget_occurrences(transaction, stored.id)
    fresh = [one.attendee.id for one in added]
    answers.ask(transaction, stored.id, [*affected.asked, *fresh], sequence)
    mailed = _mail(transaction, stored, context, affected.told, moves, added, reason)
    _record(transaction, stored, context, before, after, WHOLE, bool(affected.asked), moves, added, mailed, reason)
    now = active(attendees.of_meeting(transaction, stored.id))
    renumbered = after.number if after.number != before.number else ""
    taken = number_taken(transaction, stored.uid, renumbered, context.at)
    return Change(
        stored.id,
        stored.uid,
        sequence,
        mailed,
        tuple(one.attendee for one in added),
        tuple(one.attendee for one in moves.going),
        (*draft.warnings, *taken, *unreachable_warnings(now), *_dropped_warning(dropped)),
    )


def change_occurrence(transaction: Transaction, stored: StoredMeeting, draft: Draft, context: Context) -> Change:
    """One occurrence of a series, as `meetings_desk.change` says; people stay as they are."""
    if draft.recurrence_id is None:
        raise ValueError("a draft of one occurrence names it")
    recurrence_id = microseconds(draft.recurrence_id)
    found = occurrence_of(transaction, stored, recurrence_id)
    before = occurrences.said_by(stored.meeting, found)
    after = closed(replace(draft.meeting, uid=before.uid, status=before.status, rrule=""))
    if after.secret != before.secret:
        raise refusals.secret_occurrence()
    people = active(attendees.of_meeting(transaction, stored.id))
    told = tuple(one for one in people if shown_to(before, one.attendee.guest) != shown_to(after, one.attendee.guest))
    if before == after:
        return Change(stored.id, stored.uid, stored.sequence, {}, warnings=tuple(draft.warnings), unchanged=True)
    stored = replace(stored, sequence=stored.sequence + 1)
    start_at, end_at = meetings.bounds_of(after)
    row = StoredOccurrence(recurrence_id, start_at, end_at, "CONFIRMED", stored.sequence, after)
    occurrences.change(transaction, stored.id, row)
    meetings.update(transaction, stored, occurrences.bounds(transaction, stored.id))
    reason = "" if after.secret else draft.reason
    why = f"changed: {reason}" if reason else "changed"
    meetings.add_edition(
        transaction, stored.id, stored.sequence, recurrence_id, after, context.at, context.operator, why
    )
    asked = [
        one.attendee.id
        for one in told
        if one.attendee.delegated_to is None and must_ask_again(before, after, one.attendee.guest)
    ]
    answers.ask(transaction, stored.id, asked, stored.sequence, recurrence_id)
    details = {"reason": reason} if reason else {}
    mailed = promise_changed(transaction, stored, context, told, details, recurrence_id)
    none = PeopleChange()
    _record(transaction, stored, context, before, after, recurrence_id, bool(asked), none, (), mailed, reason)
    warnings = (*draft.warnings, *unreachable_warnings(told))
    return Change(stored.id, stored.uid, stored.sequence, mailed, warnings=warnings)


def occurrence_of(transaction: Transaction, stored: StoredMeeting, recurrence_id: int) -> StoredOccurrence:
    """The occurrence that was to begin then and is not cancelled. Raises InputError."""
    if not stored.meeting.rrule:
        raise refusals.no_series()
    found = occurrences.one(transaction, stored.id, recurrence_id)
    if found is None:
        raise refusals.unknown_occurrence()
    if found.status == "CANCELLED":
        raise refusals.occurrence_cancelled()
    return found


def _affected(before: Meeting, after: Meeting, moves: PeopleChange) -> _Affected:
    told: list[StoredAttendee] = []
    asked: list[int] = []
    for one in moves.staying:
        guest = moves.updated.get(one.attendee.id, one.attendee.guest)
        if shown_to(before, one.attendee.guest) == shown_to(after, guest):
            continue
        told.append(one)
        if one.attendee.delegated_to is None and must_ask_again(before, after, guest):
            asked.append(one.attendee.id)
    return _Affected(tuple(told), tuple(asked))


def _write_sittings(transaction: Transaction, stored: StoredMeeting, before: Meeting, moved: bool) -> int:
    """The rows of the occurrences. After a change of time or rule, changed and cancelled ones stay where the new rule
    sits at the very same instant; returns how many others were dropped."""
    if moved:
        own = [_carried(one, before, stored) for one in occurrences.changed_of(transaction, stored.id)]
        fresh = sittings_of(stored.meeting, stored.sequence)
        occurrences.replace_all(transaction, stored.id, kept_overrides(fresh, own))
        return len({one.recurrence_id for one in own} - {one.recurrence_id for one in fresh})
    for one in occurrences.changed_of(transaction, stored.id):
        carried = _carried(one, before, stored)
        if carried != one:
            occurrences.change(transaction, stored.id, carried)
    return 0


def _carried(one: StoredOccurrence, before: Meeting, stored: StoredMeeting) -> StoredOccurrence:
    """A changed occurrence as it is after its series was changed; a cancelled one stays as it is."""
    if one.override is None:
        return one
    carried = carried_over(one.override, before, stored.meeting)
    return one if carried == one.override else replace(one, override=carried, sequence=stored.sequence)


def _mail(
    transaction: Transaction,
    stored: StoredMeeting,
    context: Context,
    told: Sequence[StoredAttendee],
    moves: PeopleChange,
    added: Sequence[StoredAttendee],
    reason: str,
) -> Mailed:
    """Those affected and those added are invited (to what it is now), those removed hear that they need not come."""
    now = {one.attendee.id: one for one in attendees.of_meeting(transaction, stored.id)}
    details = {"reason": reason} if reason else {}
    purpose = invitation_purpose(stored)
    last: dict[str, JSON] = {**details, "removed": True, "shown": stored.sequence - 1}
    promised = (
        promise_changed(transaction, stored, context, [now[one.attendee.id] for one in told], details),
        {purpose: promise_to(transaction, stored, context, [now[one.attendee.id] for one in added], purpose)},
        promise_farewell(transaction, stored, context, [now[one.attendee.id] for one in moves.going], last),
    )
    mailed: Mailed = {}
    for each in promised:
        for name, addresses in each.items():
            mailed[name] = (*mailed.get(name, ()), *addresses)
    return {name: addresses for name, addresses in mailed.items() if addresses}


def _record(
    transaction: Transaction,
    stored: StoredMeeting,
    context: Context,
    before: Meeting,
    after: Meeting,
    recurrence_id: int,
    asked_anew: bool,
    moves: PeopleChange,
    added: Sequence[StoredAttendee],
    mailed: Mapping[str, tuple[str, ...]],
    reason: str,
) -> None:
    public: dict[str, JSON] = {
        "meeting": stored.uid,
        "sequence": stored.sequence,
        "time_changed": asked_anew,
        "added": len(added),
        "removed": len(moves.going),
        "mailed": sum(len(addresses) for addresses in mailed.values()),
    }
    if recurrence_id:
        public["occurrence"] = recurrence_id
    fields: dict[str, JSON] = {name: list(pair) for name, pair in differences(before, after).items()}
    change: dict[str, JSON] = {
        "by": context.operator,
        "reason": reason,
        "fields": {} if before.secret != after.secret else fields,
        "added": [one.attendee.guest.address for one in added],
        "removed": [one.attendee.guest.address for one in moves.going],
    }
    mentions.record(transaction, MEETING_CHANGED, context.at, stored.id, public, {"change": change})


def _dropped_warning(dropped: int) -> tuple[Problem, ...]:
    if not dropped:
        return ()
    message = Text(
        "thời gian hoặc quy tắc lặp thay đổi: bỏ {count} buổi đã đổi hoặc hủy riêng, vì chuỗi họp mới không có buổi đó",
        "time or rule changed: {count} changed or cancelled occurrences are dropped, the new series has none then",
    )
    hint = Text("đổi lại từng buổi bằng --instance", "change single occurrences again with --instance")
    return (Problem("warning", message.format(count=dropped), column="rrule", hint=hint),)
