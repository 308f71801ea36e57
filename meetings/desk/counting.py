"""Counts one answer of one person to one occurrence, or says why it does not count.

Whoever calls has found out that the answer may speak for this attendee (trust, or the signed link of the page). Replies
commute: whatever the order in which a person's answers arrive, the same one counts in the end (`ordering`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from foundation.clock import microseconds
from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk import ordering
from meetings.desk.context import Context
from meetings.desk.mailing import invitation_purpose, promise_to
from meetings.meeting import PartStat
from meetings.records import ANSWER_COUNTED
from meetings.store import answers, earlier_mail, mentions, occurrences
from meetings.store.values import WHOLE, Answer, PastAnswer, StoredAttendee, StoredMeeting, Via


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered. `sequence` and `dtstamp` are those of the reply; `digest` (hex) is its mail's, `sender`
    who really sent it and `trust` how we know that it may speak for them."""

    partstat: PartStat
    comment: str
    sequence: int
    dtstamp: int
    recurrence_id: int = WHOLE
    digest: str = ""
    via: Via = "mail"
    message_id: str = ""
    sender: str = ""
    trust: str = ""


def count(transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, said: Said, context: Context) -> str:
    """Count it. Returns "" when it counts, else the code of the reason (`terms.REASONS`)."""
    if stored.meeting.secret:
        said = replace(said, comment="")
    reason = out_of_time(transaction, stored, said.recurrence_id, context.at)
    if reason:
        _remember(transaction, stored, person, said, reason, context)
        return reason
    known, asked_sequence = _known(transaction, stored, person, said.recurrence_id)
    new = _order(said, stored, context)
    standing = ordering.standing(known, asked_sequence, new)
    if standing == "duplicate":
        return "duplicate"
    if standing != "counts":
        _remember(transaction, stored, person, said, standing, context)
        if standing == "answered_old_time":
            _ask_again(transaction, stored, person, known, asked_sequence, said, context)
        return standing
    fresh = Answer(
        attendee_id=person.attendee.id,
        recurrence_id=said.recurrence_id,
        partstat=said.partstat,
        comment=said.comment,
        asked_sequence=known.asked_sequence,
        sequence=new[0],
        dtstamp=new[1],
        digest=new[2],
        answered_at=context.at,
        via=said.via,
        message_id=said.message_id,
        asked_again=known.asked_again,
        sender=said.sender,
        trust=said.trust,
    )
    answers.write(transaction, stored.id, fresh)
    _remember(transaction, stored, person, said, "", context)
    _record(transaction, stored, person, fresh, context)
    return ""


def recurrence_of(stored: StoredMeeting, occurrence: datetime | None) -> int:
    """Of a meeting that is no series the RECURRENCE-ID says nothing: we never sent one."""
    return WHOLE if occurrence is None or not stored.meeting.rrule else microseconds(occurrence)


def order_for_page(
    transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, recurrence_id: int, at: int
) -> tuple[int, int]:
    """(SEQUENCE, DTSTAMP) of an answer on the page: those of the last word between us and this person. A later answer
    of their mail client, which may hold an older edition that still stands, must not be taken for a late one; and what
    somebody presses now comes after all that was said before, also when our clock was set back since."""
    known, asked_sequence = _known(transaction, stored, person, recurrence_id)
    return max(known.sequence, asked_sequence), max(at, known.dtstamp + 1)


def _known(
    transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, recurrence_id: int
) -> tuple[Answer, int]:
    """(the answer that counts now, the SEQUENCE at which they were last asked about this occurrence)."""
    found = {one.recurrence_id: one for one in answers.of_attendee(transaction, stored.id, person.attendee.id)}
    known = found.get(recurrence_id, Answer(person.attendee.id, recurrence_id))
    whole = found.get(WHOLE, known)
    return known, max(known.asked_sequence, whole.asked_sequence)


def out_of_time(transaction: Transaction, stored: StoredMeeting, recurrence_id: int, at: int) -> str:
    """Why no answer to this occurrence can count, or ""."""
    if stored.status == "CANCELLED":
        return "cancelled"
    if recurrence_id == WHOLE:
        return "over" if occurrences.bounds(transaction, stored.id)[1] <= at else ""
    found = occurrences.one(transaction, stored.id, recurrence_id)
    if found is None:
        return "unknown_occurrence"
    if found.status == "CANCELLED":
        return "cancelled"
    return "over" if found.end_at <= at else ""


def _order(said: Said, stored: StoredMeeting, context: Context) -> ordering.Order:
    """By which an answer is ordered: what a mail says of itself has bounds, what came to us directly is ours."""
    if said.via in ("page", "command"):
        return said.sequence, said.dtstamp, said.digest
    return ordering.bounded(said.sequence, said.dtstamp, said.digest, stored.sequence, context.at)


def _ask_again(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    known: Answer,
    asked_sequence: int,
    said: Said,
    context: Context,
) -> None:
    """Send the new time once more: once for each time that they were asked, so that no program answers for ever."""
    if known.asked_again >= asked_sequence or known.sequence >= asked_sequence:
        return
    answers.write(transaction, stored.id, replace(known, asked_again=asked_sequence))
    if not earlier_mail.is_waiting_for(transaction, person.attendee.id):
        why = {"again": True, "old_time": True}
        promise_to(transaction, stored, context, [person], invitation_purpose(stored), details=why)


def _remember(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    said: Said,
    reason: str,
    context: Context,
) -> None:
    past = PastAnswer(
        context.at,
        said.recurrence_id,
        said.partstat,
        said.comment,
        said.via,
        max(said.sequence, 0),
        reason,
        said.sender,
        said.trust,
    )
    answers.add_past(transaction, stored.id, person.attendee.id, past)


def _record(
    transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, answer: Answer, context: Context
) -> None:
    public: dict[str, JSON] = {
        "meeting": stored.uid,
        "attendee": person.attendee.id,
        "partstat": answer.partstat,
        "sequence": answer.sequence,
        "via": answer.via,
    }
    if answer.recurrence_id:
        public["occurrence"] = answer.recurrence_id
    said: dict[str, JSON] = {
        "address": person.attendee.guest.address,
        "comment": answer.comment,
        "message_id": answer.message_id,
        "from": answer.sender,
        "trusted_by": answer.trust,
    }
    mentions.record(transaction, ANSWER_COUNTED, context.at, stored.id, public, {"answer": said})
