"""The secretary decides about a mail that is held: it counts as it says, as she says that it answers, or not at all.

What nobody could read she has read herself, or she telephoned. Her word for it is ordered as any answer: by when the
mail came, and by the edition that people had then, so that it neither undoes what the person answered since nor counts
for a time that has changed since.
"""

from __future__ import annotations

from dataclasses import replace

from foundation.addresses import normalise
from foundation.clock import from_microseconds
from foundation.journal import JSON
from foundation.storage import Transaction
from meetings.desk import refusals
from meetings.desk.answered import from_json
from meetings.desk.context import Context, Outcome
from meetings.desk.for_whom import answering, person_of, says_it_itself
from meetings.desk.judging import Mail, answer, overall
from meetings.desk.mailing import secretary_of
from meetings.meeting import PartStat
from meetings.records import ANSWER_DECIDED
from meetings.replies.reading import read
from meetings.replies.values import Answered
from meetings.store import incoming, meetings, mentions
from meetings.store.mail_values import Incoming
from meetings.store.values import StoredMeeting


def decide_held(
    transaction: Transaction,
    held_id: int,
    accept: bool,
    context: Context,
    meeting_id: int | None = None,
    *,
    counts_as: PartStat | None = None,
    attendee: str = "",
) -> Outcome:
    """Let a held mail through, or set it aside. Who was not invited is invited by being let in. `counts_as`: the
    secretary says that it answers this, for whoever has the address `attendee` (empty: for whom it came), whatever
    could be read. `meeting_id`: only a mail of this meeting. Raises InputError when there is no such mail, it was
    decided, or it says nothing by itself and nobody says as what it counts."""
    held = incoming.load(transaction, held_id)
    if held is None or held.verdict != "held" or (meeting_id is not None and held.meeting_id != meeting_id):
        raise refusals.unknown_held()
    stored = meetings.load(transaction, held.meeting_id) if held.meeting_id is not None else None
    given = _given(transaction, stored, held, counts_as, attendee) if accept else []
    raw = incoming.raw_of(transaction, held_id) if accept else None
    if not incoming.decide(transaction, held_id, accept, context.at, context.operator):
        raise refusals.settled()
    outcome = Outcome("ignored", held.reason, meeting_id=held.meeting_id, incoming_id=held_id)
    if accept and stored is not None and given:
        letter = Mail(
            "REPLY" if counts_as else held.method,
            incoming.digest_of(transaction, held_id).hex(),
            held.message_id,
            held.received_at,
            let_through=True,
            sender=held.account or held.sender,
            trust=held.trust,
        )
        answered = [answer(transaction, stored, one, letter, None, context) for one in given]
        judged = overall(answered)
        if judged.verdict == "counted" and raw and not stored.meeting.secret and _has_files(held, raw):
            incoming.pass_on(transaction, held_id, secretary_of(stored, context), raw)
        whose = tuple(dict.fromkeys(one.whose for one in answered if one.whose is not None))
        outcome = replace(outcome, verdict=judged.verdict, reason=judged.reason, whose=whose)
    public: dict[str, JSON] = {
        "meeting": stored.uid if stored else "",
        "decision": "accepted" if accept else "rejected",
    }
    mail: dict[str, JSON] = {"message_id": held.message_id, "sender": held.sender, "by": context.operator}
    mentions.record(transaction, ANSWER_DECIDED, context.at, held.meeting_id, public, {"mail": mail})
    return outcome


def _has_files(held: Incoming, raw: bytes) -> bool:
    """Whether more than the answer is in the mail; of a winmail.dat the secretary's mailbox had it at once."""
    return held.reason != "tnef" and (held.reason == "too_large" or read(raw).attached)


def _given(
    transaction: Transaction, stored: StoredMeeting | None, held: Incoming, counts_as: PartStat | None, attendee: str
) -> list[Answered]:
    """What the mail answers, as it is let through. Raises InputError when nobody knows."""
    if counts_as is not None:
        return [_said_as(transaction, stored, held, counts_as, attendee)]
    if stored is not None and not says_it_itself(held):
        raise refusals.says_nothing()
    return [from_json(one) for one in incoming.answers_of(transaction, held.id)]


def _said_as(
    transaction: Transaction, stored: StoredMeeting | None, held: Incoming, partstat: PartStat, address: str
) -> Answered:
    """The answer of whoever is invited under `address`, else of whoever the mail is from by all that is known."""
    if stored is None:
        raise refusals.unknown_meeting()
    person = person_of(transaction, stored.id, [normalise(address)]) if address else answering(transaction, held)
    if person is None:
        raise refusals.unknown_attendee() if address else refusals.says_nothing()
    return Answered(
        person.attendee.guest.address,
        partstat=partstat,
        sequence=meetings.sequence_at(transaction, stored.id, held.received_at),
        dtstamp=from_microseconds(held.received_at),
    )
