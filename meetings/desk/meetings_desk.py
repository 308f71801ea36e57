"""Makes, changes, cancels and sends again: a meeting's life at the desk. Each function is one unit of work.

What was checked before (the form, clashes, deadlines, the directory) comes as a `Draft`; the rules that no draft can
get around stand here: the secrecy gate, SEQUENCE and DTSTAMP, who is mailed and who is asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk import changing, refusals
from meetings.desk.context import Change, Context, Created
from meetings.desk.counting import out_of_time
from meetings.desk.mailing import active, invitation_purpose, promise_farewell, promise_to
from meetings.desk.numbering import number_taken
from meetings.desk.sittings import sittings_of
from meetings.form.values import Draft
from meetings.meeting import Guest, Meeting, closed
from meetings.records import LINKS_REVOKED, MEETING_CANCELLED, MEETING_CREATED
from meetings.store import answers, attendees, meetings, mentions, occurrences, proposals
from meetings.store.random_ids import random_id
from meetings.store.values import WHOLE, StoredMeeting, StoredOccurrence


def create(transaction: Transaction, draft: Draft, context: Context) -> Created:
    """Store a meeting and promise everybody their mail. Raises ConstraintViolated for a UID that exists."""
    meeting = closed(replace(draft.meeting, uid=draft.meeting.uid or new_uid(context), status="CONFIRMED"))
    sittings = sittings_of(meeting, 0)
    bounds = sittings[0].start_at, max(one.end_at for one in sittings)
    meeting_id = meetings.insert(transaction, meeting, random_id(), context.at, context.operator, bounds)
    occurrences.insert(transaction, meeting_id, sittings)
    attendees.insert(transaction, meeting_id, unique(draft.guests), context.at)
    people = attendees.of_meeting(transaction, meeting_id)
    answers.ask(transaction, meeting_id, [one.attendee.id for one in people], 0)
    stored = load(transaction, meeting_id)
    mailed = promise_to(transaction, stored, context, people, invitation_purpose(stored))
    _record_creation(transaction, stored, context, len(people), len(sittings))
    everybody = tuple(one.attendee for one in people)
    taken = number_taken(transaction, meeting.uid, meeting.number, context.at)
    return Created(meeting_id, meeting.uid, 0, everybody, len(mailed), (*draft.warnings, *taken))


def change(
    transaction: Transaction,
    meeting_id: int,
    draft: Draft,
    context: Context,
    *,
    removed: Collection[str] = (),
) -> Change:
    """Let the meeting (or, with `draft.recurrence_id`, one occurrence) be as the draft says; those affected, added and
    removed are promised mail, nobody else.

    `draft.guests` are all who are invited from now on; deputies stay with whom they stand in for. `removed` are
    addresses that the secretary took out by name: only so does somebody leave whom the directory no longer knows, and
    only so a deputy. Raises InputError for a meeting (or occurrence) that is cancelled or over and at the secrecy
    gate.
    """
    stored = load(transaction, meeting_id)
    refuse_settled(transaction, stored, context.at, draft.recurrence_id)
    if draft.recurrence_id is not None:
        return changing.change_occurrence(transaction, stored, draft, context)
    return changing.change_whole(transaction, stored, draft, context, frozenset(removed))


def refuse_settled(
    transaction: Transaction,
    stored: StoredMeeting,
    at: int,
    occurrence: datetime | None = None,
    over: Callable[[], InputError] = refusals.over_cannot_change,
) -> None:
    """Raises InputError for what is cancelled, and for what has ended: nobody can come to it any more."""
    reason = out_of_time(transaction, stored, WHOLE if occurrence is None else microseconds(occurrence), at)
    if reason == "cancelled" and stored.status == "CANCELLED":
        raise refusals.cancelled()
    if reason == "over":
        raise over()


def cancel(
    transaction: Transaction, meeting_id: int, context: Context, occurrence: datetime | None = None, reason: str = ""
) -> Change:
    """Cancel the meeting, or one occurrence of a series (`occurrence`: when it was to begin). Raises InputError, also
    for what is over: it was held, and what was held is not taken back."""
    stored = load(transaction, meeting_id)
    refuse_settled(transaction, stored, context.at, occurrence, over=refusals.over_cannot_cancel)
    recurrence_id = WHOLE if occurrence is None else microseconds(occurrence)
    stored = replace(stored, sequence=stored.sequence + 1)
    if recurrence_id == WHOLE:
        stored = _cancel_whole(transaction, stored, context)
    else:
        _cancel_one(transaction, stored, context, recurrence_id)
    people = active(attendees.of_meeting(transaction, meeting_id))
    details = {"reason": reason} if reason and not stored.meeting.secret else {}
    mailed = promise_farewell(transaction, stored, context, people, details, recurrence_id)
    told = sum(map(len, mailed.values()))
    public: dict[str, JSON] = {"meeting": stored.uid, "sequence": stored.sequence, "mailed": told}
    if recurrence_id:
        public["occurrence"] = recurrence_id
    order: dict[str, JSON] = {"by": context.operator, "reason": "" if stored.meeting.secret else reason}
    mentions.record(transaction, MEETING_CANCELLED, context.at, stored.id, public, {"order": order})
    return Change(stored.id, stored.uid, stored.sequence, mailed)


def resend(transaction: Transaction, meeting_id: int, addresses: Collection[str], context: Context) -> Change:
    """Promise these attendees (all, if none is named) the last word on the meeting once more, at the same SEQUENCE.
    Raises InputError for an address that is not invited."""
    stored = load(transaction, meeting_id)
    people = active(attendees.of_meeting(transaction, meeting_id))
    if addresses:
        wanted = {address.lower() for address in addresses}
        people = [one for one in people if one.attendee.guest.address.lower() in wanted]
        if len(people) < len(wanted):
            raise refusals.unknown_attendee()
    if stored.status == "CANCELLED":
        farewell = promise_farewell(transaction, stored, context, people, {"again": True})
        return Change(stored.id, stored.uid, stored.sequence, farewell)
    purpose = invitation_purpose(stored)
    mailed = promise_to(transaction, stored, context, people, purpose, details={"again": True})
    return Change(stored.id, stored.uid, stored.sequence, {purpose: mailed})


def revoke_links(transaction: Transaction, meeting_id: int, address: str, context: Context) -> None:
    """End the links of one attendee (or of the secretary, for an empty address) and the sub-address that their letter
    names for answers: whoever has it may answer in their name. New ones hold from now on. An address may be a person's
    own and one of an office's holders: their own is meant."""
    stored = load(transaction, meeting_id)
    attendee_id = 0
    if address:
        known = address.lower()
        found = attendees.answering(transaction, meeting_id, [known])
        if not found:
            raise refusals.unknown_attendee()
        attendee_id = next((one for one in found if one.attendee.guest.address == known), found[0]).attendee.id
        attendees.revoke_links(transaction, [attendee_id])
    else:
        meetings.revoke_secretary_link(transaction, meeting_id)
    order: dict[str, JSON] = {"by": context.operator, "address": address}
    public: dict[str, JSON] = {"meeting": stored.uid, "attendee": attendee_id}
    mentions.record(transaction, LINKS_REVOKED, context.at, stored.id, public, {"order": order})


def revoke_feed(transaction: Transaction, address: str, context: Context) -> None:
    """End the link of somebody's feed; a new one holds from now on."""
    attendees.revoke_feed(transaction, address)
    order: dict[str, JSON] = {"by": context.operator, "address": address}
    public: dict[str, JSON] = {"meeting": "", "attendee": 0}
    mentions.record(transaction, LINKS_REVOKED, context.at, None, public, {"order": order})


def guests_of(transaction: Transaction, meeting_id: int) -> tuple[Guest, ...]:
    """Who is invited, for drafting a change: without deputies, who come and go with whom they stand in for."""
    people = active(attendees.of_meeting(transaction, meeting_id))
    return tuple(one.attendee.guest for one in people if one.attendee.delegated_from is None)


def load(transaction: Transaction, meeting_id: int) -> StoredMeeting:
    """The meeting. Raises InputError when there is none."""
    stored = meetings.load(transaction, meeting_id)
    if stored is None:
        raise refusals.unknown_meeting()
    return stored


def new_uid(context: Context) -> str:
    """A UID for ever (RFC 5545 3.8.4.7, RFC 7986 5.3): random, ASCII."""
    return f"{uuid4()}@{context.office.domain}"


def unique(guests: Collection[Guest]) -> list[Guest]:
    """Each address once, as first named."""
    return list({guest.address: guest for guest in reversed(tuple(guests))}.values())[::-1]


def _cancel_whole(transaction: Transaction, stored: StoredMeeting, context: Context) -> StoredMeeting:
    stored = replace(stored, status="CANCELLED", meeting=replace(stored.meeting, status="CANCELLED"))
    occurrences.cancel_all(transaction, stored.id, stored.sequence)
    meetings.update(transaction, stored, occurrences.bounds(transaction, stored.id))
    _keep(transaction, stored, WHOLE, stored.meeting, context)
    for proposal in proposals.deputies(transaction, stored.id):
        proposals.settle_deputy(transaction, proposal.id, "withdrawn", context.at, context.operator)
    for counter in proposals.counters(transaction, stored.id):
        proposals.decide_counter(transaction, counter.id, "withdrawn", context.at, context.operator)
    return stored


def _cancel_one(transaction: Transaction, stored: StoredMeeting, context: Context, recurrence_id: int) -> None:
    found = changing.occurrence_of(transaction, stored, recurrence_id)
    said = replace(occurrences.said_by(stored.meeting, found), status="CANCELLED")
    gone = StoredOccurrence(recurrence_id, found.start_at, found.end_at, "CANCELLED", stored.sequence, said)
    occurrences.change(transaction, stored.id, gone)
    meetings.update(transaction, stored, occurrences.bounds(transaction, stored.id))
    _keep(transaction, stored, recurrence_id, said, context)


def _keep(transaction: Transaction, stored: StoredMeeting, recurrence_id: int, said: Meeting, context: Context) -> None:
    meetings.add_edition(
        transaction, stored.id, stored.sequence, recurrence_id, said, context.at, context.operator, "cancelled"
    )


def _record_creation(
    transaction: Transaction, stored: StoredMeeting, context: Context, invited: int, sittings: int
) -> None:
    meeting = stored.meeting
    public: dict[str, JSON] = {
        "meeting": stored.uid,
        "sequence": stored.sequence,
        "attendees": invited,
        "occurrences": sittings,
    }
    if meeting.secret:
        public["secret"] = True
    letter: dict[str, JSON] = {
        "by": context.operator,
        "number": meeting.number,
        "kind": meeting.kind,
        "summary": meeting.summary,
        "chair": meeting.chair,
        "start": meeting.start.isoformat(),
        "end": meeting.end.isoformat(),
    }
    mentions.record(transaction, MEETING_CREATED, context.at, stored.id, public, {"letter": letter})
