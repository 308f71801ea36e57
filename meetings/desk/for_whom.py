"""For whom a mail answers: the ATTENDEE or what it is also known by, as the meeting has them now.

Before the secretary lets a held mail through, she sees whose answer it would be; this is the same rule by which it is
counted then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from foundation.storage import Transaction
from meetings.replies.values import Envelope
from meetings.store import attendees
from meetings.store.mail_values import Incoming
from meetings.store.values import StoredAttendee


def person_of(
    transaction: Transaction, meeting_id: int, addresses: Sequence[str], detail: str = ""
) -> StoredAttendee | None:
    """Who is invited under the first of these addresses by which anybody is. Of an office and its holder: the one whose
    own sub-address (`detail`) it came to, else the exact address."""
    for address in addresses:
        found = attendees.answering(transaction, meeting_id, [address]) if address else []
        invited = [one for one in found if not one.attendee.removed]
        if len(invited) == 1:
            return invited[0]
        if invited:
            exact = [one for one in invited if one.attendee.reply_token == detail]
            exact = exact or [one for one in invited if one.attendee.guest.address == address]
            return (exact or invited)[0]
    return None


def with_attendees(transaction: Transaction, mails: Sequence[Incoming]) -> list[Incoming]:
    """The same mails, each with the attendee whose answer it is if it is let through."""
    return [_with_attendee(transaction, mail) for mail in mails]


def answering(transaction: Transaction, mail: Incoming) -> StoredAttendee | None:
    """Whose answer a mail is: whom it names, and where it names nobody (it cannot be read), whose sub-address it came
    to."""
    if mail.meeting_id is None:
        return None
    if mail.named:
        return person_of(transaction, mail.meeting_id, mail.named)
    found = attendees.by_token(transaction, Envelope(mail.sender, mail.recipient).detail)
    return found if found and found.meeting_id == mail.meeting_id and not found.attendee.removed else None


def says_it_itself(mail: Incoming) -> bool:
    """Whether a held mail says for whom it answers and what; else the secretary must."""
    return mail.method in ("COUNTER", "REFRESH") or bool(mail.named and mail.partstat)


def _with_attendee(transaction: Transaction, mail: Incoming) -> Incoming:
    found = answering(transaction, mail)
    if found is None:
        return mail
    guest = found.attendee.guest
    return replace(mail, attendee=guest.address, attendee_name=guest.name, invited=True)
