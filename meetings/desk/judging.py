"""Judges one answer of one mail: for whom it is, whether it may speak for them, and what becomes of it.

ATTENDEE (or its EMAIL, SENT-BY), else From    for whom; nobody who is invited: held
`replies.trust`                                whether; nobody vouches: held, until the secretary lets it through
REPLY, COUNTER, REFRESH, DELEGATED             counted, kept for the secretary, answered, or ignored with a reason
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from foundation.clock import microseconds
from foundation.errors import InputError
from foundation.storage import Transaction
from meetings.desk import counters, deputies
from meetings.desk.context import Context
from meetings.desk.counting import Said, count, out_of_time, recurrence_of
from meetings.desk.for_whom import person_of
from meetings.desk.mailing import invitation_purpose, promise_to
from meetings.meeting import Guest
from meetings.replies.trust import Trust as Vouched
from meetings.replies.trust import trusted
from meetings.replies.values import Answered, Envelope, Reading
from meetings.store import answers, attendees, earlier_mail
from meetings.store.as_json import storable
from meetings.store.values import WHOLE, StoredAttendee, StoredMeeting
from meetings.terms import Verdict

ASKS_BETWEEN_MICROSECONDS: Final = 3_600_000_000
"""A REFRESH within an hour of the last invitation is not answered: a client that asks for ever gets one an hour."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one mail, or one answer in it."""

    verdict: Verdict
    reason: str = ""
    trust: str = ""
    """What was seen of whom it came from (`replies.trust`)."""
    whose: Guest | None = None
    """Whose answer it is."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What every answer of one mail shares. `let_through`: the secretary vouches for it. `sender` really sent it, and
    `trust` is how we know."""

    method: str
    digest: str
    message_id: str
    received_at: int
    let_through: bool = False
    sender: str = ""
    trust: str = ""


@dataclass(frozen=True, slots=True)
class Trust:
    """Asks whether the mail may speak for an attendee."""

    reading: Reading
    envelope: Envelope
    context: Context

    def of(self, person: StoredAttendee) -> Vouched:
        attendee = person.attendee
        addresses = {attendee.guest.address, *attendee.guest.aliases}
        own_domains = self.context.office.own_domains
        return trusted(self.reading, self.envelope, addresses, own_domains, attendee.reply_token)

    def is_from_another(self, transaction: Transaction, person: StoredAttendee, vouched: Vouched) -> bool:
        """Whether somebody else is known to speak: they logged in, or it came to another attendee's sub-address."""
        detail = self.envelope.detail
        if vouched.how == "auth" or not detail or detail == person.attendee.reply_token.lower():
            return vouched.how == "auth"
        return attendees.meeting_of_token(transaction, detail) == person.meeting_id


def answer(
    transaction: Transaction,
    stored: StoredMeeting,
    given: Answered,
    letter: Mail,
    trust: Trust | None,
    context: Context,
) -> Judged:
    """One answer of a mail; `trust` None: the secretary let it through."""
    if given.delegated_from and given.partstat in ("", "NEEDS-ACTION"):
        return Judged("ignored", "")  # the other half of a delegation: the delegator's half is what counts
    person = _person(transaction, stored, given, trust)
    if person is None and letter.let_through:
        recurrence_id = recurrence_of(stored, given.recurrence_id)
        reason = out_of_time(transaction, stored, recurrence_id, context.at)
        if reason:
            return Judged("ignored", reason)
        person = _let_in(transaction, stored, given, context)
    if person is None:
        return Judged("held", "not_invited" if given.attendee else "unclear_attendee")
    if trust is not None:
        vouched = trust.of(person)
        if not vouched.trusted:
            other = trust.is_from_another(transaction, person, vouched)
            return Judged("held", "other_person" if other else "not_authenticated", vouched.how)
        letter = replace(letter, trust=vouched.how)
    judged = _answered(transaction, stored, person, given, letter, context)
    return replace(judged, trust=letter.trust, whose=person.attendee.guest)


def _answered(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    given: Answered,
    letter: Mail,
    context: Context,
) -> Judged:
    if letter.method == "REFRESH":
        return _refresh(transaction, stored, person, context)
    if letter.method == "COUNTER":
        return _counter(transaction, stored, person, given, letter, context)
    return _reply(transaction, stored, person, given, letter, context)


def _person(
    transaction: Transaction, stored: StoredMeeting, given: Answered, trust: Trust | None
) -> StoredAttendee | None:
    """For whom it answers: the ATTENDEE or what it is also known by; whoever sent it only where no ATTENDEE is named
    (some rooms answer so), because an invited clerk may answer for a superior who is not."""
    sender = trust.reading.sender if trust is not None else ""
    named = (given.attendee, given.email_parameter)
    detail = trust.envelope.detail if trust is not None else ""
    return person_of(transaction, stored.id, named if any(named) else (given.sent_by, sender), detail)


def _let_in(
    transaction: Transaction, stored: StoredMeeting, given: Answered, context: Context
) -> StoredAttendee | None:
    """Invite whom the secretary lets in; without mail, they have the invitation from somebody."""
    if not given.attendee or context.office.is_organiser(given.attendee):
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
    letter: Mail,
    context: Context,
) -> Judged:
    if not given.partstat:
        return Judged("held", "unclear_attendee")
    if person.attendee.delegated_to is not None:
        return _of_delegator(transaction, stored, person, given)
    if given.partstat == "DELEGATED":
        return _delegate(transaction, stored, person, given, context)
    said = Said(
        given.partstat,
        storable(given.comment),
        given.sequence,
        _dtstamp(given, letter),
        recurrence_of(stored, given.recurrence_id),
        letter.digest,
        "held" if letter.let_through else "mail",
        letter.message_id,
        letter.sender,
        letter.trust,
    )
    reason = count(transaction, stored, person, said, context)
    if reason:
        return Judged("ignored", reason)
    if given.partstat == "ACCEPTED" and said.recurrence_id == WHOLE:
        deputies.withdraw_open(transaction, stored, person, context)
    return Judged("counted")


def _of_delegator(transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, given: Answered) -> Judged:
    """Somebody answers for whom a deputy stands in: a copy of their DELEGATED, an answer from before, or a change of
    mind that only the secretary can settle."""
    known = answers.one(transaction, stored.id, person.attendee.id)
    if given.partstat == "DELEGATED" or (known is not None and given.sequence < known.asked_sequence):
        return Judged("ignored", "stale")
    return Judged("held", "unclear_attendee")


def _delegate(
    transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, given: Answered, context: Context
) -> Judged:
    """A REPLY with PARTSTAT=DELEGATED proposes a deputy (RFC 5546 4.2.5), who needs consent as any other."""
    if not given.delegated_to:
        return Judged("held", "delegate_unnamed")
    if person.attendee.delegated_from is not None:
        return Judged("held", "delegate_chain")
    if stored.status == "CANCELLED":
        return Judged("ignored", "cancelled")
    guest = context.guests.get(given.delegated_to) or Guest(given.delegated_to, storable(given.delegated_to_name))
    try:
        deputies.propose(
            transaction, stored.id, person.attendee.id, guest, storable(given.comment), "mail", context, unknown=True
        )
    except InputError:
        return Judged("held", "unclear_attendee")
    return Judged("counted")


def _counter(
    transaction: Transaction,
    stored: StoredMeeting,
    person: StoredAttendee,
    given: Answered,
    letter: Mail,
    context: Context,
) -> Judged:
    recurrence_id = recurrence_of(stored, given.recurrence_id)
    reason = counters.propose(transaction, stored, person, given, recurrence_id, _dtstamp(given, letter), context)
    return Judged("ignored", reason) if reason else Judged("counted")


def _refresh(transaction: Transaction, stored: StoredMeeting, person: StoredAttendee, context: Context) -> Judged:
    """Send the invitation once more, unless one has just left or is about to."""
    if stored.status == "CANCELLED":
        return Judged("ignored", "cancelled")
    attendee_id = person.attendee.id
    purpose = invitation_purpose(stored)
    since = context.at - ASKS_BETWEEN_MICROSECONDS
    if earlier_mail.is_waiting_for(transaction, attendee_id) or earlier_mail.promised_since(
        transaction, attendee_id, purpose, since
    ):
        return Judged("ignored", "just_sent")
    promise_to(transaction, stored, context, [person], purpose, details={"again": True})
    return Judged("counted")


def overall(judged: Sequence[Judged]) -> Judged:
    """Of several answers in one mail: what waits for somebody comes first, then what counted."""
    for verdict in ("held", "counted"):
        for one in judged:
            if one.verdict == verdict:
                return one
    told = [one for one in judged if one.reason]
    return told[0] if told else Judged("ignored", "stale")


def _dtstamp(given: Answered, letter: Mail) -> int:
    return letter.received_at if given.dtstamp is None else microseconds(given.dtstamp)
