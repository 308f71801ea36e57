"""Knows people again by what the directory says today: an address that somebody was given since the invitation, or
that of an office's new holder.

Only the directory's word about whoever is invited counts: an attendee may be answered for by the addresses that their
own entry has now, so a holder answers for the office and never the office for a holder. What was learnt is kept with
the attendee. Whoever asks the directory does so beforehand: first about `unknown`, then about `invited_among`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from foundation.storage import Transaction
from meetings.meeting import Guest
from meetings.replies.values import Reading
from meetings.store import attendees, meetings
from meetings.store.values import StoredAttendee, StoredMeeting


def unknown(transaction: Transaction, reading: Reading) -> frozenset[str]:
    """The addresses in an answer by which nobody of its meeting is known."""
    stored = meetings.by_uid(transaction, reading.uid) if reading.answers and reading.uid else None
    if stored is None:
        return frozenset()
    named = _named(reading)
    known = {
        address
        for one in attendees.answering(transaction, stored.id, sorted(named))
        for address in (one.attendee.guest.address, *one.attendee.guest.aliases)
    }
    return named - known


def invited_among(transaction: Transaction, reading: Reading, guests: Mapping[str, Guest]) -> frozenset[str]:
    """By which addresses those were invited whom this mail may speak for: whom it names, and who these people may have
    been then."""
    stored = meetings.by_uid(transaction, reading.uid)
    found = _perhaps(transaction, stored, reading, guests) if stored is not None else []
    return frozenset(one.attendee.guest.address for one in found)


def learn(transaction: Transaction, stored: StoredMeeting, reading: Reading, guests: Mapping[str, Guest]) -> None:
    """Keep, with those invited, the addresses of this mail that the directory gives them today."""
    if not guests:
        return
    learnt: list[tuple[int, Guest]] = []
    for one in _perhaps(transaction, stored, reading, guests):
        known = one.attendee.guest
        today = guests.get(known.address)
        theirs = {today.address, *today.aliases} if today is not None else set()
        fresh = sorted(_named(reading) & theirs - {known.address, *known.aliases})
        if fresh:
            learnt.append((one.attendee.id, replace(known, aliases=(*known.aliases, *fresh))))
    attendees.update_guests(transaction, stored.id, learnt)


def _named(reading: Reading) -> frozenset[str]:
    """Every address that an answer is given by or for."""
    named = {address for one in reading.answers for address in (one.attendee, one.email_parameter)}
    return frozenset(address for address in (*named, reading.received_account) if "@" in address)


def _perhaps(
    transaction: Transaction, stored: StoredMeeting, reading: Reading, guests: Mapping[str, Guest]
) -> list[StoredAttendee]:
    addresses = {address for guest in guests.values() for address in (guest.address, *guest.aliases)}
    return attendees.answering(transaction, stored.id, sorted(addresses | _named(reading)))
