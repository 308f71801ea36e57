"""Takes in what comes back: counts, holds, passes on or ignores each mail, with a reason, and remembers it.

    report               the delivery state of the mail that it speaks of
    REPLY                counted for whoever it may speak for; held when nobody vouches, or nobody is meant
    REPLY, DELEGATED     a proposed deputy, who needs consent
    COUNTER              a proposed time, for the secretary
    REFRESH              the invitation once more
    anything else        passed on to the secretary's mailbox, or ignored with a reason

A mail that comes twice (same Message-ID, same content) changes nothing. The unit of work that stores a mail is the one
that counts it, so a mail that was answered 250 was counted, and one that was not can come again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.journal import JSON, RecordType
from foundation.storage import Transaction
from meetings.desk import counters, deputies, refusals
from meetings.desk.answered import as_json, from_json
from meetings.desk.context import Context, Outcome
from meetings.desk.counting import Said, count, order_for_page
from meetings.desk.mailing import invitation_purpose, promise_to, secretary_of
from meetings.meeting import Guest, PartStat
from meetings.records import (
    ANSWER_DECIDED,
    ANSWER_HELD,
    ANSWER_IGNORED,
    ANSWER_PASSED_ON,
    ANSWER_UNREADABLE,
)
from meetings.replies.trust import trusted
from meetings.replies.values import Answered, Envelope, Reading
from meetings.store import answers, attendees, incoming, meetings, mentions, outbox
from meetings.store.as_json import storable
from meetings.store.incoming import NewIncoming
from meetings.store.values import WHOLE, StoredAttendee, StoredMeeting
from meetings.terms import Verdict

ASKS_BETWEEN_MICROSECONDS: Final = 3_600_000_000
"""A REFRESH within an hour of the last invitation is not answered: a client that asks for ever gets one an hour."""

_PAGE_ANSWERS: Final = ("ACCEPTED", "DECLINED", "TENTATIVE")
_RECORDS: Final[dict[Verdict, RecordType]] = {
    "held": ANSWER_HELD,
    "ignored": ANSWER_IGNORED,
    "passed_on": ANSWER_PASSED_ON,
    "failed": ANSWER_UNREADABLE,
}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What became of one mail, or one answer in it."""

    verdict: Verdict
    reason: str = ""


def take_in(transaction: Transaction, reading: Reading, envelope: Envelope, raw: bytes, context: Context) -> Outcome:
    """Take in one mail that came for the organiser or the bounce address; `raw` are its bytes, kept while somebody may
    need them. Never raises for what a mail says."""
    reading = replace(reading, digest=reading.digest or sha256(raw).digest())
    stored = _of(transaction, reading, envelope)
    if incoming.is_known(transaction, reading.message_id, reading.digest, envelope.recipient):
        return _kept(transaction, reading, envelope, b"", context, _Judged("ignored", "duplicate"), stored)
    if reading.kind == "report":
        return _report(transaction, reading, envelope, context)
    judged = _judge(transaction, stored, reading, envelope, context)
    return _kept(transaction, reading, envelope, raw, context, judged, stored)


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
    recurrence_id = _recurrence(stored, occurrence)
    sequence = order_for_page(transaction, stored, person, recurrence_id)
    said = Said(partstat, comment, sequence, context.at, recurrence_id, via="page")
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
    recurrence_id = _recurrence(stored, occurrence)
    sequence = order_for_page(transaction, stored, found[0], recurrence_id)
    said = Said(partstat, comment, sequence, context.at, recurrence_id, via="command")
    _refuse(count(transaction, stored, found[0], said, context))
    if partstat == "ACCEPTED" and recurrence_id == WHOLE:
        deputies.withdraw_open(transaction, stored, found[0], context)


def decide_held(
    transaction: Transaction, held_id: int, accept: bool, context: Context, meeting_id: int | None = None
) -> Outcome:
    """Let a held mail through, or set it aside. Who was not invited is invited by being let in. `meeting_id`: only a
    mail of this meeting. Raises InputError when there is no such mail, or it was decided."""
    held = incoming.load(transaction, held_id)
    if held is None or held.verdict != "held" or (meeting_id is not None and held.meeting_id != meeting_id):
        raise refusals.unknown_held()
    given = [from_json(one) for one in incoming.answers_of(transaction, held_id)]
    if not incoming.decide(transaction, held_id, accept, context.at, context.operator):
        raise refusals.settled()
    stored = meetings.load(transaction, held.meeting_id) if held.meeting_id is not None else None
    outcome = Outcome("ignored", held.reason, meeting_id=held.meeting_id, incoming_id=held_id)
    if accept and stored is not None:
        letter = _Mail(held.method, "", held.message_id, held.received_at, let_through=True)
        judged = _overall([_answer(transaction, stored, one, letter, None, context) for one in given])
        outcome = replace(outcome, verdict=judged.verdict, reason=judged.reason)
    public: dict[str, JSON] = {
        "meeting": stored.uid if stored else "",
        "decision": "accepted" if accept else "rejected",
    }
    mail: dict[str, JSON] = {"message_id": held.message_id, "sender": held.sender, "by": context.operator}
    mentions.record(transaction, ANSWER_DECIDED, context.at, held.meeting_id, public, {"mail": mail})
    return outcome


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


@dataclass(frozen=True, slots=True)
class _Mail:
    """What every answer of one mail shares. `let_through`: the secretary vouches for it."""

    method: str
    digest: str
    message_id: str
    received_at: int
    let_through: bool = False


def _of(transaction: Transaction, reading: Reading, envelope: Envelope) -> StoredMeeting | None:
    """The meeting that a mail is about: by its UID, else by the sub-address that it came to, else by what it answers.
    A winmail.dat or a plain line has no UID, and still goes to the secretary of its meeting."""
    if reading.uid:
        return meetings.by_uid(transaction, reading.uid)
    found = attendees.meeting_of_token(transaction, envelope.detail) if envelope.detail else None
    if found is None:
        found = outbox.meeting_of(transaction, [one.partition("@")[0].lower() for one in reading.in_reply_to])
    return meetings.load(transaction, found) if found is not None else None


def _report(transaction: Transaction, reading: Reading, envelope: Envelope, context: Context) -> Outcome:
    """A delivery report: it counts when it speaks of a mail of ours. The detail of the bounce address names the mail
    when the report itself does not."""
    known: list[int] = []
    for report in reading.reports:
        for token in dict.fromkeys((report.token, report.envelope_id.lower(), envelope.detail)):
            found = (
                outbox.report_arrived(transaction, token, report.action, report.status, report.diagnostic, context.at)
                if token
                else None
            )
            if found is not None:
                known.append(found)
                break
    judged = _Judged("counted") if known else _Judged("ignored", "unknown_report")
    stored = meetings.load(transaction, known[0]) if known and known[0] else None
    return _kept(transaction, reading, envelope, b"", context, judged, stored)


def _judge(
    transaction: Transaction,
    stored: StoredMeeting | None,
    reading: Reading,
    envelope: Envelope,
    context: Context,
) -> _Judged:
    if reading.kind == "broken":
        return _Judged("failed", reading.reason or "unreadable")
    if reading.kind == "automatic":
        return _Judged("ignored", reading.reason or "automatic")
    if reading.kind == "tnef":
        return _Judged("held", "tnef")
    if reading.kind == "plain":
        return _Judged("passed_on", reading.reason or "no_calendar")
    if reading.method not in ("REPLY", "COUNTER", "REFRESH"):
        return _Judged("passed_on", "unknown_method")
    if stored is None:
        return _Judged("passed_on", "unknown_meeting")
    if not reading.answers:
        return _Judged("held", "unclear_attendee")
    letter = _Mail(reading.method, reading.digest.hex(), reading.message_id, context.at)
    trust = _Trust(reading, envelope, context)
    return _overall([_answer(transaction, stored, one, letter, trust, context) for one in reading.answers])


@dataclass(frozen=True, slots=True)
class _Trust:
    """Asks whether the mail may speak for an attendee."""

    reading: Reading
    envelope: Envelope
    context: Context

    def covers(self, person: StoredAttendee) -> bool:
        attendee = person.attendee
        addresses = {attendee.guest.address, *attendee.guest.aliases}
        own_domains = self.context.office.own_domains
        return trusted(self.reading, self.envelope, addresses, own_domains, attendee.reply_token).trusted


def _answer(
    transaction: Transaction,
    stored: StoredMeeting,
    given: Answered,
    letter: _Mail,
    trust: _Trust | None,
    context: Context,
) -> _Judged:
    """One answer of a mail; `trust` None: the secretary let it through."""
    if given.delegated_from and given.partstat in ("", "NEEDS-ACTION"):
        return _Judged("ignored", "")  # the other half of a delegation: the delegator's half is what counts
    person = _person(transaction, stored, given, trust)
    if person is None and letter.let_through:
        person = _let_in(transaction, stored, given, context)
    if person is None:
        return _Judged("held", "not_invited" if given.attendee else "unclear_attendee")
    if trust is not None and not trust.covers(person):
        return _Judged("held", "not_authenticated")
    if letter.method == "REFRESH":
        return _refresh(transaction, stored, person, context)
    if letter.method == "COUNTER":
        return _counter(transaction, stored, person, given, letter, context)
    return _reply(transaction, stored, person, given, letter, context)


def _person(
    transaction: Transaction, stored: StoredMeeting, given: Answered, trust: _Trust | None
) -> StoredAttendee | None:
    """For whom it answers: the ATTENDEE or what it is also known by, else whoever sent it."""
    sender = trust.reading.sender if trust is not None else ""
    for address in (given.attendee, given.email_parameter, given.sent_by, sender):
        found = attendees.answering(transaction, stored.id, [address]) if address else []
        invited = [one for one in found if not one.attendee.removed]
        if len(invited) == 1:
            return invited[0]
        if invited:  # an office and its holder: the one whose own sub-address it came to, else the exact address
            detail = trust.envelope.detail if trust is not None else ""
            exact = [one for one in invited if one.attendee.reply_token == detail]
            exact = exact or [one for one in invited if one.attendee.guest.address == address]
            return (exact or invited)[0]
    return None


def _let_in(
    transaction: Transaction, stored: StoredMeeting, given: Answered, context: Context
) -> StoredAttendee | None:
    """Invite whom the secretary lets in; without mail, they have the invitation from somebody."""
    if not given.attendee:
        return None
    guest = context.guests.get(given.attendee) or Guest(given.attendee, storable(given.attendee_name))
    known = [one for one in attendees.of_meeting(transaction, stored.id) if one.attendee.guest.address == guest.address]
    if known:
        attendees.revive(transaction, [known[0].attendee.id], context.at)
        return attendees.load(transaction, known[0].attendee.id)
    ids = attendees.insert(transaction, stored.id, [guest], context.at)
    answers.ask(transaction, stored.id, [ids[guest.address]], 0)
    return attendees.load(transaction, ids[guest.address])


def _reply(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    given: Answered,
    letter: _Mail,
    context: Context,
) -> _Judged:
    if not given.partstat:
        return _Judged("held", "unclear_attendee")
    if person.attendee.delegated_to is not None:
        return _of_delegator(transaction, stored, person, given)
    if given.partstat == "DELEGATED":
        return _delegate(transaction, stored, person, given, context)
    said = Said(
        given.partstat,
        storable(given.comment),
        given.sequence,
        _dtstamp(given, letter),
        _recurrence(stored, given.recurrence_id),
        letter.digest,
        "held" if letter.let_through else "mail",
        letter.message_id,
    )
    reason = count(transaction, stored, person, said, context)
    if reason:
        return _Judged("ignored", reason)
    if given.partstat == "ACCEPTED" and said.recurrence_id == WHOLE:
        deputies.withdraw_open(transaction, stored, person, context)
    return _Judged("counted")


def _of_delegator(transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, given: Answered) -> _Judged:
    """Somebody answers for whom a deputy stands in: a copy of their DELEGATED, an answer from before, or a change of
    mind that only the secretary can settle."""
    known = answers.one(transaction, stored.id, person.attendee.id)
    if given.partstat == "DELEGATED" or (known is not None and given.sequence < known.asked_sequence):
        return _Judged("ignored", "stale")
    return _Judged("held", "unclear_attendee")


def _delegate(
    transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, given: Answered, context: Context
) -> _Judged:
    """A REPLY with PARTSTAT=DELEGATED proposes a deputy (RFC 5546 4.2.5), who needs consent as any other."""
    if not given.delegated_to:
        return _Judged("held", "delegate_unnamed")
    if person.attendee.delegated_from is not None:
        return _Judged("held", "delegate_chain")
    if stored.status == "CANCELLED":
        return _Judged("ignored", "cancelled")
    guest = context.guests.get(given.delegated_to) or Guest(given.delegated_to, storable(given.delegated_to_name))
    try:
        deputies.propose(
            transaction, stored.id, person.attendee.id, guest, storable(given.comment), "mail", context, unknown=True
        )
    except InputError:
        return _Judged("held", "unclear_attendee")
    return _Judged("counted")


def _counter(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    given: Answered,
    letter: _Mail,
    context: Context,
) -> _Judged:
    recurrence_id = _recurrence(stored, given.recurrence_id)
    reason = counters.propose(transaction, stored, person, given, recurrence_id, _dtstamp(given, letter), context)
    return _Judged("ignored", reason) if reason else _Judged("counted")


def _refresh(transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, context: Context) -> _Judged:
    """Send the invitation once more, unless one has just left or is about to."""
    if stored.status == "CANCELLED":
        return _Judged("ignored", "cancelled")
    attendee_id = person.attendee.id
    purpose = invitation_purpose(stored)
    since = context.at - ASKS_BETWEEN_MICROSECONDS
    if outbox.is_waiting_for(transaction, attendee_id) or outbox.promised_since(
        transaction, attendee_id, purpose, since
    ):
        return _Judged("ignored", "duplicate")
    promise_to(transaction, stored, context, [person], purpose, details={"again": True})
    return _Judged("counted")


def _overall(judged: Sequence[_Judged]) -> _Judged:
    """Of several answers in one mail: what waits for somebody comes first, then what counted."""
    for verdict in ("held", "counted"):
        for one in judged:
            if one.verdict == verdict:
                return one
    told = [one for one in judged if one.reason]
    return told[0] if told else _Judged("ignored", "stale")


def _kept(
    transaction: Transaction,
    reading: Reading,
    envelope: Envelope,
    raw: bytes,
    context: Context,
    judged: _Judged,
    stored: StoredMeeting | None,
) -> Outcome:
    """Remember the mail and what became of it."""
    secret = stored is not None and stored.meeting.secret
    forward_to = ""
    if judged.verdict == "passed_on" or judged.reason == "tnef":
        forward_to = secretary_of(stored, context) if stored is not None else context.office.secretary
    keeps = judged.verdict in ("held", "failed", "passed_on") and not (secret and not forward_to)
    new = NewIncoming(
        message_id=reading.message_id,
        digest=reading.digest,
        sender=reading.sender or envelope.sender,
        recipient=envelope.recipient,
        subject="" if secret else reading.subject,
        received_at=context.at,
        verdict=judged.verdict,
        reason=judged.reason,
        meeting_id=stored.id if stored is not None else None,
        method=reading.method,
        answers=[as_json(one) for one in reading.answers] if judged.verdict == "held" else (),
        raw=raw if keeps else None,
        forward_to=forward_to,
    )
    incoming_id = incoming.insert(transaction, new)
    if judged.verdict != "counted":
        public: dict[str, JSON] = {"meeting": stored.uid if stored else "", "reason": judged.reason}
        mail: dict[str, JSON] = {"message_id": storable(new.message_id), "sender": storable(new.sender)}
        if judged.verdict == "held":
            mail["answers"] = list(new.answers)
        if forward_to:
            mail["forward_to"] = forward_to
        mentions.record(transaction, _RECORDS[judged.verdict], context.at, new.meeting_id, public, {"mail": mail})
    return Outcome(judged.verdict, judged.reason, bool(forward_to), forward_to, new.meeting_id, incoming_id)


def _dtstamp(given: Answered, letter: _Mail) -> int:
    return letter.received_at if given.dtstamp is None else microseconds(given.dtstamp)


def _recurrence(stored: StoredMeeting, occurrence: datetime | None) -> int:
    """Of a meeting that is no series the RECURRENCE-ID says nothing: we never sent one."""
    return WHOLE if occurrence is None or not stored.meeting.rrule else microseconds(occurrence)


def _refuse(reason: str) -> None:
    if reason == "cancelled":
        raise refusals.cancelled()
    if reason == "over":
        raise refusals.over()
    if reason == "stale":
        raise refusals.unknown_occurrence()
