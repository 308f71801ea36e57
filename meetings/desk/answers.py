"""Takes in what comes back: counts, holds, passes on or ignores each mail, with a reason, and remembers it.

    report               the delivery state of the mail that it speaks of
    REPLY                counted for whoever it may speak for; held when nobody vouches, or nobody is meant
    REPLY, DELEGATED     a proposed deputy, who needs consent
    COUNTER              a proposed time, for the secretary
    REFRESH              the invitation once more
    cannot be read       held where its meeting is known, for the secretary to say as what it counts; else passed on
    anything else        passed on to the secretary's mailbox, or ignored with a reason

A mail that comes twice (same Message-ID, same content) changes nothing, and neither does an answer of the same DTSTAMP
that counted before, whatever Message-ID it has now: who keeps an old mail cannot play it back. The unit of work that
stores a mail is the one that counts it, so a mail that was answered 250 was counted, and one that was not can come
again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from foundation.journal import JSON, RecordType
from foundation.storage import Transaction
from meetings.desk import attention, deputies, recognising, refusals
from meetings.desk.answered import as_json
from meetings.desk.context import Context, Outcome
from meetings.desk.counting import Said, count, order_for_page, out_of_time, recurrence_of
from meetings.desk.judging import Judged, Mail, Trust, answer, overall
from meetings.desk.mailing import secretary_of
from meetings.desk.reports import take_in_reports
from meetings.meeting import PartStat
from meetings.records import (
    ANSWER_HELD,
    ANSWER_IGNORED,
    ANSWER_PASSED_ON,
)
from meetings.replies.values import Answered, Envelope, Reading
from meetings.store import attendees, earlier_mail, incoming, meetings, mentions
from meetings.store.as_json import storable
from meetings.store.incoming import NewIncoming
from meetings.store.values import WHOLE, StoredAttendee, StoredMeeting
from meetings.terms import Verdict

_PAGE_ANSWERS: Final = ("ACCEPTED", "DECLINED", "TENTATIVE")
_RECORDS: Final[dict[Verdict, RecordType]] = {
    "held": ANSWER_HELD,
    "ignored": ANSWER_IGNORED,
    "passed_on": ANSWER_PASSED_ON,
}


def take_in(transaction: Transaction, reading: Reading, envelope: Envelope, raw: bytes, context: Context) -> Outcome:
    """Take in one mail that came for the organiser or the bounce address; `raw` are its bytes, kept while somebody may
    need them. Never raises for what a mail says."""
    reading = replace(reading, digest=reading.digest or sha256(raw).digest())
    if reading.kind == "report":
        return take_in_reports(transaction, [(reading, envelope)], context)[0]
    stored = _of(transaction, reading, envelope)
    if _came_before(transaction, reading, envelope):
        return _kept(transaction, reading, envelope, b"", context, Judged("ignored", "duplicate"), stored)
    judged = _judge(transaction, stored, reading, envelope, context)
    outcome = _kept(transaction, reading, envelope, raw, context, judged, stored)
    waits = outcome.verdict == "held" or (outcome.verdict == "counted" and reading.method == "COUNTER")
    if stored is not None and waits and not outcome.forward:
        attention.call(transaction, stored, context)
    return outcome


def answer_from_page(
    transaction: Transaction,
    public_id: str,
    serial: int,
    partstat: PartStat,
    comment: str,
    occurrence: datetime | None,
    context: Context,
) -> StoredMeeting:
    """Count an answer given on the personal page. Raises InputError when the link holds no more, the meeting is
    cancelled or over, or it is no answer."""
    stored, person = page_of(transaction, public_id, serial)
    if partstat not in _PAGE_ANSWERS:
        raise refusals.not_an_answer()
    recurrence_id = recurrence_of(stored, occurrence)
    sequence, dtstamp = order_for_page(transaction, stored, person, recurrence_id, context.at)
    said = Said(partstat, comment, sequence, dtstamp, recurrence_id, via="page")
    _refuse(count(transaction, stored, person, said, context))
    if partstat == "ACCEPTED" and recurrence_id == WHOLE:
        deputies.withdraw_open(transaction, stored, person, context)
    return stored


def answer_by_command(
    transaction: Transaction,
    meeting_id: int,
    address: str,
    partstat: PartStat,
    comment: str,
    occurrence: datetime | None,
    context: Context,
) -> None:
    """Count what somebody told the secretary by telephone. Raises InputError as `answer_from_page`."""
    stored = meetings.load(transaction, meeting_id)
    if stored is None:
        raise refusals.unknown_meeting()
    found = [one for one in attendees.answering(transaction, stored.id, [address]) if not one.attendee.removed]
    if not found:
        raise refusals.unknown_attendee()
    person = next((one for one in found if one.attendee.guest.address == address), found[0])
    if person.attendee.delegated_to is not None:
        raise refusals.has_deputy()
    recurrence_id = recurrence_of(stored, occurrence)
    sequence, dtstamp = order_for_page(transaction, stored, person, recurrence_id, context.at)
    said = Said(partstat, comment, sequence, dtstamp, recurrence_id, via="command")
    _refuse(count(transaction, stored, person, said, context))
    if partstat == "ACCEPTED" and recurrence_id == WHOLE:
        deputies.withdraw_open(transaction, stored, person, context)


def page_of(transaction: Transaction, public_id: str, serial: int) -> tuple[StoredMeeting, StoredAttendee]:
    """Whose personal page a link opens. Raises InputError for a link that holds no more."""
    person = attendees.by_public_id(transaction, public_id)
    if person is None or not holds(person, serial):
        raise refusals.link_revoked()
    stored = meetings.load(transaction, person.meeting_id)
    if stored is None or stored.meeting.secret:
        raise refusals.link_revoked()
    return stored, person


def holds(person: StoredAttendee, serial: int) -> bool:
    """Whether a personal link with this serial still opens anything: not revoked, not removed, nobody stands in."""
    attendee = person.attendee
    return attendee.link_serial == serial and not attendee.removed and attendee.delegated_to is None


def _came_before(transaction: Transaction, reading: Reading, envelope: Envelope) -> bool:
    sender = reading.sender or envelope.sender
    if incoming.is_known(transaction, reading.message_id, reading.digest, sender, envelope.recipient):
        return True
    dated = bool(reading.answers) and all(one.dtstamp is not None for one in reading.answers)
    return dated and incoming.has_counted(transaction, reading.digest)


def _of(transaction: Transaction, reading: Reading, envelope: Envelope) -> StoredMeeting | None:
    """The meeting that a mail is about: by its UID, else by the sub-address that it came to, else by what it answers.
    A winmail.dat or a plain line has no UID, and still goes to the secretary of its meeting; that of a mail which could
    not be read may be cut off."""
    named = meetings.by_uid(transaction, reading.uid) if reading.uid else None
    if named is not None or (reading.uid and reading.kind != "broken"):
        return named
    found = attendees.meeting_of_token(transaction, envelope.detail) if envelope.detail else None
    if found is None:
        found = earlier_mail.meeting_of(transaction, [one.partition("@")[0].lower() for one in reading.in_reply_to])
    return meetings.load(transaction, found) if found is not None else None


def _judge(
    transaction: Transaction,
    stored: StoredMeeting | None,
    reading: Reading,
    envelope: Envelope,
    context: Context,
) -> Judged:
    if reading.kind in ("plain", "broken") and _is_echo(stored, reading, envelope, context):
        return Judged("ignored", "automatic")
    if reading.kind == "broken":
        return _unreadable(transaction, stored, reading, envelope, context)
    if reading.kind == "automatic":
        return Judged("ignored", reading.reason or "automatic")
    if reading.kind == "tnef":
        return Judged("held", "tnef")
    if reading.kind == "plain":
        return Judged("passed_on", reading.reason or "no_calendar")
    if reading.method not in ("REPLY", "COUNTER", "REFRESH"):
        return Judged("passed_on", "unknown_method")
    if stored is None:
        return Judged("passed_on", "unknown_meeting")
    if not reading.answers:
        return Judged("held", "unclear_attendee")
    sender = really_from(reading, envelope)
    letter = Mail(reading.method, reading.digest.hex(), reading.message_id, context.at, sender=sender)
    recognising.learn(transaction, stored, reading, context.guests)
    trust = Trust(reading, envelope, context)
    return overall([answer(transaction, stored, one, letter, trust, context) for one in reading.answers])


def _unreadable(
    transaction: Transaction,
    stored: StoredMeeting | None,
    reading: Reading,
    envelope: Envelope,
    context: Context,
) -> Judged:
    """For the secretary to decide, while it can change anything; where no meeting is known, for her mailbox."""
    reason = reading.reason or "unreadable"
    if stored is None or out_of_time(transaction, stored, WHOLE, context.at):
        return Judged("passed_on", reason)
    person = attendees.by_token(transaction, envelope.detail)
    return Judged("held", reason, Trust(reading, envelope, context).of(person).how if person is not None else "")


def _is_echo(stored: StoredMeeting | None, reading: Reading, envelope: Envelope, context: Context) -> bool:
    """Whether the secretary's own mailbox answered, by itself and without saying so, what we passed on to it: people
    write to the organiser, never to where reports return. Passing that on would go round for ever."""
    mailbox = secretary_of(stored, context) if stored is not None else context.office.secretary
    return reading.sender == mailbox.lower() and not context.office.is_organiser(envelope.recipient)


def _kept(
    transaction: Transaction,
    reading: Reading,
    envelope: Envelope,
    raw: bytes,
    context: Context,
    judged: Judged,
    stored: StoredMeeting | None,
) -> Outcome:
    """Remember the mail and what became of it."""
    secret = stored is not None and stored.meeting.secret
    forward_to = ""
    with_files = judged.verdict == "counted" and reading.attached and not secret
    if judged.verdict == "passed_on" or judged.reason == "tnef" or with_files:
        forward_to = secretary_of(stored, context) if stored is not None else context.office.secretary
    keeps = bool(forward_to) or (judged.verdict in ("held", "passed_on") and not secret)
    reason = "attached" if with_files else judged.reason
    new = NewIncoming(
        message_id=reading.message_id,
        digest=reading.digest,
        sender=reading.sender or envelope.sender,
        recipient=envelope.recipient,
        subject="" if secret else reading.subject,
        received_at=context.at,
        verdict=judged.verdict,
        reason=reason,
        meeting_id=stored.id if stored is not None else None,
        method=reading.method,
        answers=[as_json(_quiet(one, secret)) for one in reading.answers] if stored is not None else (),
        raw=raw if keeps else None,
        forward_to=forward_to,
        account=reading.received_account,
        trust=judged.trust,
    )
    incoming_id = incoming.insert(transaction, new)
    if judged.verdict != "counted" or with_files:
        public: dict[str, JSON] = {"meeting": stored.uid if stored else "", "reason": reason}
        mail: dict[str, JSON] = {"message_id": storable(new.message_id), "sender": storable(new.sender)}
        if judged.verdict == "held":
            mail["answers"] = list(new.answers)
        if forward_to:
            mail["forward_to"] = forward_to
        record = ANSWER_PASSED_ON if with_files else _RECORDS[judged.verdict]
        mentions.record(transaction, record, context.at, new.meeting_id, public, {"mail": mail})
    return Outcome(judged.verdict, judged.reason, bool(forward_to), forward_to, new.meeting_id, incoming_id)


def really_from(reading: Reading, envelope: Envelope) -> str:
    """Who sent it: the login at our relay is sure, From is what they say."""
    account = reading.received_account
    return account if "@" in account else reading.sender or envelope.sender


def _quiet(given: Answered, secret: bool) -> Answered:
    """About a secret meeting nothing is kept that people wrote in their own words."""
    return replace(given, comment="") if secret else given


def _refuse(reason: str) -> None:
    if reason == "cancelled":
        raise refusals.cancelled()
    if reason == "over":
        raise refusals.over()
    if reason == "unknown_occurrence":
        raise refusals.unknown_occurrence()
