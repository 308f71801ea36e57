"""The verbs that make an edition: create, change, cancel, and counter_accept, which moves a meeting.

A form is drafted in a thread against what was read before; if the meeting changed meanwhile, or somebody who was free
is taken now, it is drafted again.
`check` in a question runs the very same unit of work and takes it back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from foundation.clock import from_microseconds
from foundation.control.server import Handler, Question
from foundation.errors import Busy, InputError, UsageError
from foundation.language import Text
from foundation.storage import Transaction
from meetings.control_orders import finding
from meetings.control_orders.answering import (
    difference_fields,
    mail_fields,
    meeting_fields,
    series_fields,
    warning_fields,
)
from meetings.control_orders.drafting import Desired, Drafted, Drafting
from meetings.control_orders.finding import text_of
from meetings.control_orders.taken import Moved, Taken
from meetings.control_orders.workplace import Workplace
from meetings.desk import counters, meetings_desk
from meetings.desk.context import Change, Created
from meetings.form.instances import as_is
from meetings.meeting import Attendee, Meeting
from meetings.store import attendees, occurrences
from meetings.store.values import StoredAttendee, StoredMeeting, StoredOccurrence

TRIES: Final = 3
"""Somebody else may change the same meeting, or take the same people, while a form is drafted; three times in a row is
no accident."""
_AS_PROPOSED: Final = Text("theo đề xuất của người được mời", "as somebody invited proposed")
"""Why a meeting moves: whoever proposed the new time sees that it was taken, nobody else sees whose it is."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The meeting as it was when the form was drafted."""

    stored: StoredMeeting
    desired: Desired


@dataclass(frozen=True, slots=True)
class _Done:
    """What a unit of work did, with what the answer says of it."""

    change: Change
    meeting: Meeting
    people: tuple[StoredAttendee, ...]
    sittings: tuple[StoredOccurrence, ...] = ()
    before: Meeting | None = None


class Editions:
    """Handles the verbs that make an edition."""

    def __init__(self, place: Workplace) -> None:
        self._place = place

    def handlers(self) -> dict[str, Handler]:
        """By verb, for the control socket."""
        return {
            "create": self.create,
            "change": self.change,
            "cancel": self.cancel,
            "counter_accept": self.accept_time,
        }

    async def create(self, question: Question) -> dict[str, Any]:
        """Fields: form, source, check. Answers with the UID, everybody's join link, who gets which mail."""
        form, source, check = _form_of(question)
        async with self._place.one_at_a_time:
            for _ in range(TRIES):
                drafted, taken = await self._draft(form, source, Desired())
                try:
                    created, people, sittings = await self._create(drafted, taken, question.operator, check)
                    break
                except Moved:
                    continue
            else:
                raise _somebody_else()
        meeting = drafted.draft.meeting
        mailed = {"neutral" if meeting.secret else "request": [one.attendee.guest.address for one in people]}
        return {
            "uid": "" if check else created.uid,
            "sequence": created.sequence,
            **meeting_fields(meeting),
            **series_fields(meeting, sittings),
            "join": {} if check else self._join_links(meeting, created.attendees),
            "mails": mail_fields(mailed, people),
            "warnings": warning_fields(created.warnings),
        }

    async def change(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, instance, form, source, check."""
        form, source, check = _form_of(question)
        who, instance = text_of(question.fields, "meeting"), text_of(question.fields, "instance")
        done = await self._changed(who, instance, form, source, question.operator, check)
        return self._answer(done, check)

    async def accept_time(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, who (address or id), urgent_reason. Moves the meeting as any change of time would."""
        who = text_of(question.fields, "meeting")
        named = text_of(question.fields, "who")
        urgent_reason = text_of(question.fields, "urgent_reason")

        def find(transaction: Transaction) -> Any:
            stored = finding.one_meeting(transaction, who)
            return stored, finding.open_counter(transaction, stored, named)

        stored, proposal = await self._place.read(find)
        if proposal.proposed_start_at is None:
            raise InputError(
                Text("đề xuất này không nêu giờ đọc được", "this proposal names no time that can be read"),
                Text("hỏi người đề xuất, rồi: meetings change", "ask who proposed it, then: meetings change"),
            )
        form = _times(stored.meeting, proposal.proposed_start_at, proposal.proposed_end_at)
        form["reason"] = _AS_PROPOSED.of(self._place.settings().language)
        if urgent_reason:
            form["urgent_reason"] = urgent_reason
        zone = stored.meeting.start.tzinfo
        instance = (
            from_microseconds(proposal.recurrence_id).astimezone(zone).isoformat() if proposal.recurrence_id else ""
        )
        done = await self._changed(stored.uid, instance, form, "", question.operator, False, proposal.id)
        return {**self._answer(done, False), "id": proposal.id, "address": proposal.address}

    async def cancel(self, question: Question) -> dict[str, Any]:
        """Fields: meeting, instance, reason, check."""
        fields = question.fields
        who, instance, reason = (text_of(fields, name) for name in ("meeting", "instance", "reason"))
        context = self._place.context(question.operator)

        def work(transaction: Transaction) -> _Done:
            stored = finding.one_meeting(transaction, who)
            found = finding.one_instance(transaction, stored, instance)
            change = meetings_desk.cancel(
                transaction, stored.id, context, found.recurrence_id if found else None, reason
            )
            meeting = stored.meeting if found is None else as_is(found)
            return _Done(change, meeting, tuple(attendees.of_meeting(transaction, stored.id)))

        done = await self._place.run_or_try(work, fields.get("check") is True)
        return {
            "uid": done.change.uid,
            "sequence": done.change.sequence,
            **meeting_fields(done.meeting, "CANCELLED"),
            "mails": mail_fields(done.change.mailed, done.people),
        }

    # ---- how an edition is made ----------------------------------------------------------------------------------

    async def _create(
        self, drafted: Drafted, taken: Taken, operator: str, check: bool
    ) -> tuple[Created, tuple[StoredAttendee, ...], tuple[StoredOccurrence, ...]]:
        context = self._place.context(operator, drafted.guests)

        def work(
            transaction: Transaction,
        ) -> tuple[Created, tuple[StoredAttendee, ...], tuple[StoredOccurrence, ...]]:
            taken.check(transaction)
            created = meetings_desk.create(transaction, drafted.draft, context)
            people = tuple(attendees.of_meeting(transaction, created.id))
            return created, people, tuple(occurrences.of_meeting(transaction, created.id))

        return await self._place.run_or_try(work, check)

    async def _changed(
        self,
        who: str,
        instance: str,
        form: dict[str, Any],
        source: str,
        operator: str,
        check: bool,
        counter: int | None = None,
    ) -> _Done:
        async with self._place.one_at_a_time:
            for _ in range(TRIES):
                at = self._place.context(operator).at
                seen = await self._place.read(lambda transaction: _see(transaction, who, instance, at))  # noqa: B023
                drafted, taken = await self._draft(form, source, seen.desired)
                try:
                    return await self._apply(seen, drafted, taken, operator, check, counter)
                except Moved:
                    continue
        raise _somebody_else()

    async def _apply(
        self, seen: _Seen, drafted: Drafted, taken: Taken, operator: str, check: bool, counter: int | None
    ) -> _Done:
        context = self._place.context(operator, drafted.guests, drafted.unreachable)

        def work(transaction: Transaction) -> _Done:
            now = meetings_desk.load(transaction, seen.stored.id)
            if now.sequence != seen.stored.sequence:
                raise Moved
            taken.check(transaction)
            if counter is not None:
                counters.accepted(transaction, counter, context, now.id)
            change = meetings_desk.change(transaction, now.id, drafted.draft, context, removed=drafted.removed)
            people = tuple(attendees.of_meeting(transaction, now.id))
            sittings = tuple(occurrences.of_meeting(transaction, now.id))
            return _Done(change, drafted.draft.meeting, people, sittings, seen.desired.before)

        return await self._place.run_or_try(work, check)

    async def _draft(self, form: dict[str, Any], source: str, desired: Desired) -> tuple[Drafted, Taken]:
        place = self._place
        taken = Taken(place.database)
        drafting = Drafting(place.people, taken.ask, place.rules(), place.settings().limits.attendees)
        return await asyncio.to_thread(drafting.of, form, source, desired), taken

    def _answer(self, done: _Done, check: bool) -> dict[str, Any]:
        change = done.change
        return {
            "uid": change.uid,
            "sequence": change.sequence,
            **meeting_fields(done.meeting),
            **series_fields(done.meeting, done.sittings),
            "changed": not change.unchanged,
            "differences": difference_fields(done.before, done.meeting) if done.before else [],
            "join": {} if check else self._join_links(done.meeting, change.added),
            "mails": mail_fields(change.mailed, done.people),
            "warnings": warning_fields(change.warnings),
        }

    def _join_links(self, meeting: Meeting, people: tuple[Attendee, ...]) -> dict[str, str]:
        """{address: join link}; a secret meeting has none."""
        if meeting.secret:
            return {}
        links = self._place.links()
        return {attendee.guest.address: links.join(attendee) for attendee in people}


def _see(transaction: Transaction, who: str, instance: str, at: int) -> _Seen:
    stored = finding.one_meeting(transaction, who)
    meetings_desk.refuse_settled(transaction, stored, at)
    found = finding.one_instance(transaction, stored, instance)
    if found is not None:
        meetings_desk.refuse_settled(transaction, stored, at, found.recurrence_id)
    people = [one.attendee for one in attendees.of_meeting(transaction, stored.id) if not one.attendee.removed]
    desired = Desired(
        before=stored.meeting if found is None else as_is(found),
        present=meetings_desk.guests_of(transaction, stored.id),
        deputies=tuple(person.guest for person in people if person.delegated_from is not None),
        instance=found,
    )
    return _Seen(stored, desired)


def _somebody_else() -> Busy:
    return Busy(
        Text(
            "cuộc họp, hoặc lịch của người dự, đang được người khác đổi",
            "somebody else is changing this meeting, or taking its people",
        ),
        Text("xem: meetings list, meetings show, rồi chạy lại", "see: meetings list, meetings show, then run it again"),
    )


def _form_of(question: Question) -> tuple[dict[str, Any], str, bool]:
    """(form, source, only check). Raises UsageError for what no command of ours sends."""
    form = question.fields.get("form")
    if not isinstance(form, dict):
        raise UsageError(Text("thiếu phiếu họp", "there is no form"))
    return form, text_of(question.fields, "source"), question.fields.get("check") is True


def _times(meeting: Meeting, start_at: int, end_at: int | None) -> dict[str, Any]:
    """A form that moves the meeting there; without an end it takes as long as before."""
    zone = meeting.start.tzinfo
    start = from_microseconds(start_at).astimezone(zone)
    end = from_microseconds(end_at).astimezone(zone) if end_at else start + (meeting.end - meeting.start)
    return {"start": start.isoformat(), "end": end.isoformat()}
