"""Who is promised which mail: the one place where promises about a meeting are made.

An attendee whom the directory no longer knows is mailed nothing; a delegator and a deputy are mailed as a pair; of a
secret meeting nothing goes out but the word to fetch the letter, that it is replaced, or that it holds no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from foundation.errors import Problem
from foundation.language import Text
from foundation.storage import Transaction
from meetings.desk.comparing import next_dtstamp
from meetings.desk.context import Context
from meetings.store import meetings, outbox
from meetings.store.mail_values import Promise
from meetings.store.values import WHOLE, StoredAttendee, StoredMeeting
from meetings.terms import Purpose

REPLACED: Final[Mapping[str, Any]] = {"what": "replaced"}
WITHDRAWN: Final[Mapping[str, Any]] = {"what": "withdrawn"}
"""Details of a neutral mail (`invitations.letters.Letter`)."""

Mailed = dict[str, tuple[str, ...]]
"""{purpose: addresses}."""


def active(people: Iterable[StoredAttendee]) -> list[StoredAttendee]:
    """Those who are invited now."""
    return [one for one in people if not one.attendee.removed]


def promise_to(
    transaction: Transaction,
    stored: StoredMeeting,
    context: Context,
    people: Sequence[StoredAttendee],
    purpose: Purpose,
    *,
    recurrence_id: int = WHOLE,
    details: Mapping[str, Any] | None = None,
    sequence: int | None = None,
    due_at: int = 0,
) -> tuple[str, ...]:
    """Promise each of these people one mail; returns the addresses that get one. What an older mail, never tried,
    would say of the whole is said by this one."""
    reached = [one for one in people if not one.unreachable]
    if not reached:
        return ()
    if recurrence_id == WHOLE and purpose in ("request", "cancel", "neutral", "delegation"):
        outbox.withdraw_superseded(transaction, [one.attendee.id for one in reached])
    dtstamp = next_stamp(transaction, stored, context)
    promises = [
        Promise(
            purpose=purpose,
            address=one.attendee.guest.address,
            dtstamp=dtstamp,
            promised_at=context.at,
            meeting_id=stored.id,
            attendee_id=one.attendee.id,
            sequence=stored.sequence if sequence is None else sequence,
            recurrence_id=recurrence_id,
            template=context.template,
            details=details or {},
            due_at=due_at,
        )
        for one in reached
    ]
    outbox.promise(transaction, promises)
    return tuple(one.attendee.guest.address for one in reached)


def promise_changed(
    transaction: Transaction,
    stored: StoredMeeting,
    context: Context,
    people: Sequence[StoredAttendee],
    details: Mapping[str, Any],
    recurrence_id: int = WHOLE,
) -> Mailed:
    """Promise these people, who were invited before, the word that something is another. Of a secret meeting: that
    their letter is replaced; whoever was not yet asked to fetch one is asked now, and nobody is told twice at once."""
    if not stored.meeting.secret:
        told = promise_to(transaction, stored, context, people, "request", recurrence_id=recurrence_id, details=details)
        return {"request": told} if told else {}
    untold = outbox.withdraw_untold(transaction, [one.attendee.id for one in people if not one.unreachable])
    first = [one for one in people if one.attendee.id in untold]
    others = [one for one in people if one.attendee.id not in untold]
    asked = promise_to(transaction, stored, context, first, "neutral", recurrence_id=recurrence_id)
    replaced = promise_to(
        transaction, stored, context, others, "neutral", recurrence_id=recurrence_id, details=REPLACED
    )
    return {"neutral": (*asked, *replaced)} if asked or replaced else {}


def promise_farewell(
    transaction: Transaction,
    stored: StoredMeeting,
    context: Context,
    people: Sequence[StoredAttendee],
    details: Mapping[str, Any],
    recurrence_id: int = WHOLE,
) -> Mailed:
    """Promise these people a CANCEL, with `details` as there; of a secret meeting, the word that the letter which they
    were asked to fetch holds no more, in place of a word to fetch it that still waits. Without one of its occurrences a
    secret series has another letter."""
    if not stored.meeting.secret:
        return {
            "cancel": promise_to(
                transaction, stored, context, people, "cancel", recurrence_id=recurrence_id, details=details
            )
        }
    if recurrence_id != WHOLE:
        return promise_changed(transaction, stored, context, people, {}, recurrence_id)
    outbox.withdraw_untold(transaction, [one.attendee.id for one in people if not one.unreachable])
    kept = {name: value for name, value in details.items() if name in ("removed", "shown")}
    return {"neutral": promise_to(transaction, stored, context, people, "neutral", details={**kept, **WITHDRAWN})}


def promise_to_secretary(
    transaction: Transaction,
    stored: StoredMeeting,
    context: Context,
    purpose: Purpose,
    details: Mapping[str, Any],
    recurrence_id: int = WHOLE,
    due_at: int = 0,
) -> tuple[str, ...]:
    """Promise one mail to the secretary's mailbox; nothing when there is none. `due_at` 0: at once."""
    address = secretary_of(stored, context)
    if not address:
        return ()
    one = Promise(
        purpose=purpose,
        address=address,
        dtstamp=next_stamp(transaction, stored, context),
        promised_at=context.at,
        meeting_id=stored.id,
        sequence=stored.sequence,
        recurrence_id=recurrence_id,
        template=context.template,
        details=details,
        due_at=due_at,
    )
    outbox.promise(transaction, [one])
    return (address,)


def secretary_of(stored: StoredMeeting, context: Context) -> str:
    """The mailbox that gets what is no answer."""
    return stored.meeting.secretary or context.office.secretary


def next_stamp(transaction: Transaction, stored: StoredMeeting, context: Context) -> int:
    """The DTSTAMP of the next mails, kept so that the one after is later."""
    current = meetings.load(transaction, stored.id)
    dtstamp = next_dtstamp(context.at, current.last_dtstamp if current else 0)
    meetings.stamp(transaction, stored.id, dtstamp)
    return dtstamp


def invitation_purpose(stored: StoredMeeting) -> Purpose:
    return "neutral" if stored.meeting.secret else "request"


def unreachable_warnings(people: Iterable[StoredAttendee]) -> tuple[Problem, ...]:
    """Who stays on the list without being told."""
    message = Text(
        "người được mời không còn trong danh bạ hoặc đã bị tạm khóa: giữ trong thành phần, không gửi thư",
        "an attendee is no longer in the directory, or suspended: stays on the list, no mail goes out",
    )
    return tuple(
        Problem("warning", message, value=one.attendee.guest.address)
        for one in people
        if one.unreachable and not one.attendee.removed
    )
