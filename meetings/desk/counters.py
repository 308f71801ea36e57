"""Another time that somebody proposes (COUNTER, RFC 5546 3.2.7): kept for the secretary, answered plainly.

Taking it over is a change of the meeting like any other (`meetings_desk.change`) and goes through the form's checks;
`accepted` only settles the proposal afterwards.
"""

from __future__ import annotations

from dataclasses import replace

from foundation.clock import from_microseconds, microseconds
from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk import ordering, refusals
from meetings.desk.context import Context
from meetings.desk.counting import out_of_time
from meetings.desk.mailing import promise_to
from meetings.meeting import Meeting
from meetings.records import TIME_DECIDED, TIME_PROPOSED
from meetings.replies.values import Answered
from meetings.store import attendees, meetings, mentions, occurrences, proposals
from meetings.store.as_json import storable
from meetings.store.values import WHOLE, CounterProposal, ProposalState, StoredAttendee, StoredMeeting


def propose(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    given: Answered,
    recurrence_id: int,
    dtstamp: int,
    context: Context,
) -> str:
    """Keep a proposed time. Returns "", or the code of the reason why it changes nothing."""
    reason = out_of_time(transaction, stored, recurrence_id, context.at)
    if reason:
        return reason
    attendee_id = person.attendee.id
    _, dtstamp, _ = ordering.bounded(0, dtstamp, "", 0, context.at)
    if dtstamp <= proposals.newest_counter(transaction, stored.id, attendee_id, recurrence_id):
        return "stale"
    start, end = given.proposed_start, given.proposed_end
    proposal = CounterProposal(
        0,
        attendee_id,
        recurrence_id,
        microseconds(start) if start else None,
        microseconds(end) if end else None,
        "" if stored.meeting.secret else storable(given.comment),
        context.at,
        "open",
    )
    proposals.add_counter(transaction, stored.id, proposal, given.sequence, dtstamp)
    said: dict[str, JSON] = {
        "address": person.attendee.guest.address,
        "start": start.isoformat() if start else "",
        "end": end.isoformat() if end else "",
        "comment": proposal.comment,
    }
    public = _public(stored, proposal)
    mentions.record(transaction, TIME_PROPOSED, context.at, stored.id, public, {"proposal": said})
    return ""


def decline(transaction: Transaction, counter_id: int, reason: str, context: Context, meeting_id: int) -> None:
    """Say no plainly (DECLINECOUNTER, RFC 5546 3.2.8). Raises InputError when it is unknown or settled."""
    stored, proposal = _settle(transaction, counter_id, "refused", reason, context, meeting_id)
    person = attendees.load(transaction, proposal.attendee_id)
    if person is None or person.attendee.removed or stored.meeting.secret or stored.status == "CANCELLED":
        return
    zone = stored.meeting.start.tzinfo
    details = {"reason": reason}
    if proposal.proposed_start_at and proposal.proposed_end_at:
        details["proposed_start"] = from_microseconds(proposal.proposed_start_at).astimezone(zone).isoformat()
        details["proposed_end"] = from_microseconds(proposal.proposed_end_at).astimezone(zone).isoformat()
    recurrence_id = proposal.recurrence_id
    promise_to(transaction, stored, context, [person], "declinecounter", recurrence_id=recurrence_id, details=details)


def accepted(transaction: Transaction, counter_id: int, context: Context, meeting_id: int) -> None:
    """Settle a proposal that was taken over. Raises InputError when it is unknown or settled."""
    _settle(transaction, counter_id, "accepted", "", context, meeting_id)


def proposed_meeting(
    transaction: Transaction, counter_id: int, meeting_id: int
) -> tuple[StoredMeeting, CounterProposal, Meeting]:
    """(the meeting, the proposal, what the meeting or its occurrence would be): for drafting the change. Raises
    InputError when it is unknown or settled, or names no time."""
    found = proposals.counter(transaction, counter_id)
    stored = meetings.load(transaction, meeting_id)
    if found is None or stored is None or found[0] != meeting_id:
        raise refusals.unknown_proposal()
    proposal = found[1]
    if proposal.state != "open":
        raise refusals.settled()
    if not proposal.proposed_start_at or not proposal.proposed_end_at:
        raise refusals.unknown_proposal()
    meeting = stored.meeting
    if proposal.recurrence_id != WHOLE:
        occurrence = occurrences.one(transaction, stored.id, proposal.recurrence_id)
        if occurrence is None:
            raise refusals.unknown_occurrence()
        meeting = occurrences.said_by(meeting, occurrence)
    zone = meeting.start.tzinfo
    start = from_microseconds(proposal.proposed_start_at).astimezone(zone)
    end = from_microseconds(proposal.proposed_end_at).astimezone(zone)
    return stored, proposal, replace(meeting, start=start, end=end)


def _settle(
    transaction: Transaction, counter_id: int, state: ProposalState, reason: str, context: Context, meeting_id: int
) -> tuple[StoredMeeting, CounterProposal]:
    found = proposals.counter(transaction, counter_id)
    stored = meetings.load(transaction, meeting_id)
    if found is None or stored is None or found[0] != meeting_id:
        raise refusals.unknown_proposal()
    if not proposals.decide_counter(transaction, counter_id, state, context.at, context.operator):
        raise refusals.settled()
    public = {**_public(stored, found[1]), "decision": state}
    said: dict[str, JSON] = {"by": context.operator, "reason": "" if stored.meeting.secret else reason}
    mentions.record(transaction, TIME_DECIDED, context.at, stored.id, public, {"proposal": said})
    return stored, found[1]


def _public(stored: StoredMeeting, proposal: CounterProposal) -> dict[str, JSON]:
    public: dict[str, JSON] = {"meeting": stored.uid, "attendee": proposal.attendee_id}
    if proposal.recurrence_id:
        public["occurrence"] = proposal.recurrence_id
    return public
