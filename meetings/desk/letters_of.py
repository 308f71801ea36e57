"""From promised mail to letters: everything that a mail's bytes depend on, read for a batch at a time.

A letter of an edition says what that edition said, also when the meeting has changed since and the mail waited. Left
out are mails of a meeting that became secret meanwhile, mails that were withdrawn, reminders of a time that holds no
more, and calls to decide what was decided. Ten thousand letters of one meeting read its editions once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from foundation.clock import from_microseconds
from foundation.storage import Transaction
from meetings.desk.attention import anything_waits
from meetings.desk.context import Office
from meetings.desk.edition_dates import EditionDates
from meetings.invitations.letters import Letter
from meetings.links import Links
from meetings.meeting import Attendee, Guest, Meeting, Occurrence, Place, entrances, place_of
from meetings.store import attendees, earlier_mail, meetings, occurrences, outbox
from meetings.store.earlier_mail import Told
from meetings.store.mail_values import PromisedMail
from meetings.store.values import (
    WHOLE,
    StoredAttendee,
    StoredMeeting,
    StoredOccurrence,
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What letters need besides the tables. `room` is the room of the configuration, for meetings that name none."""

    office: Office
    links: Links
    room: Place | None = None


def letters(transaction: Transaction, ids: Sequence[int], sources: Sources) -> dict[int, Letter]:
    """{id of the promised mail: its letter}; mails that must not leave any more are left out."""
    mails = [mail for mail in outbox.load(transaction, ids).values() if mail.state == "waiting"]
    desk = _Batch(transaction, mails, sources)
    found = {mail.id: desk.letter(mail) for mail in mails}
    return {own: letter for own, letter in found.items() if letter is not None}


class _Batch:
    """What the mails of one batch share."""

    def __init__(self, transaction: Transaction, mails: Sequence[PromisedMail], sources: Sources) -> None:
        self._transaction = transaction
        self._sources = sources
        self._meetings = meetings.load_many(transaction, [mail.meeting_id for mail in mails if mail.meeting_id])
        recipients = attendees.load_many(transaction, [mail.attendee_id for mail in mails])
        others = [
            other
            for one in recipients.values()
            for other in (one.attendee.delegated_from, one.attendee.delegated_to)
            if other is not None
        ]
        self._people = {**attendees.load_many(transaction, others), **recipients}
        self._stories = earlier_mail.told(transaction, recipients)
        addresses = [one.attendee.guest.address for one in recipients.values()]
        self._feeds = attendees.feeds_of(transaction, addresses)
        self._chairs: dict[int, Attendee | None] = {}
        self._everybody: dict[int, tuple[Attendee, ...]] = {}
        self._editions: dict[tuple[int, int, int], Meeting | None] = {}
        self._changed: dict[int, list[StoredOccurrence]] = {}
        self._dates: dict[int, EditionDates] = {}
        self._zone = ZoneInfo(sources.office.timezone)

    def letter(self, mail: PromisedMail) -> Letter | None:
        stored = self._meetings.get(mail.meeting_id)
        if stored is None:
            return self._about_no_meeting(mail) if mail.meeting_id == 0 else None
        person = self._people.get(mail.attendee_id) if mail.attendee_id is not None else None
        if mail.attendee_id is not None and (person is None or person.unreachable):
            return None
        if mail.purpose == "reminder" and self._is_out_of_date(stored, mail):
            return None
        if mail.purpose == "waiting" and not anything_waits(self._transaction, stored.id):
            return None
        shown = int(mail.details.get("shown", mail.sequence))
        meeting = self._edition(stored, shown, WHOLE) or stored.meeting
        if stored.meeting.secret and not meeting.secret:
            return None
        lone = mail.recurrence_id != WHOLE
        attendee = person.attendee if person is not None else None
        letter = Letter(
            purpose=mail.purpose,
            meeting=meeting,
            sequence=mail.sequence,
            dtstamp=from_microseconds(mail.dtstamp),
            at=self._local(mail.promised_at),
            token=mail.token,
            recipient=attendee,
            recipient_address=mail.address,
            organiser_name=self._sources.office.organiser_name,
            organiser_address=self._organiser(attendee),
            sent_by=self._sent_by(meeting, mail.address),
            chair=self._chair(stored),
            everybody=self._listed(stored, meeting),
            occurrences=self._occurrences(stored, meeting, mail, shown),
            lone=lone,
            previous=self._previous(stored, mail, person),
            details=self._details(mail),
            created=from_microseconds(stored.created_at),
            made=self._made(stored, mail),
            organisation=self._sources.office.organisation,
            language=self._sources.office.language,
            room=None if meeting.secret else self._sources.room,
        )
        return replace(letter, **self._pair(attendee), **self._links(letter, stored, mail, attendee))

    def _about_no_meeting(self, mail: PromisedMail) -> Letter:
        """The week: of a meeting only the timezone counts."""
        office = self._sources.office
        at = self._local(mail.promised_at)
        blank = Meeting("", str(mail.details.get("title", "")), at, at, office.timezone)
        return Letter(
            purpose=mail.purpose,
            meeting=blank,
            sequence=mail.sequence,
            dtstamp=from_microseconds(mail.dtstamp),
            at=at,
            token=mail.token,
            recipient=_addressee(mail),
            recipient_address=mail.address,
            organiser_name=office.organiser_name,
            organiser_address=office.organiser,
            details=mail.details,
            organisation=office.organisation,
            language=office.language,
        )

    def _is_out_of_date(self, stored: StoredMeeting, mail: PromisedMail) -> bool:
        """Whether a reminder that waited speaks of a time that holds no more; the update says the new one."""
        if stored.status == "CANCELLED" or stored.time_sequence > mail.sequence:
            return True
        own = occurrences.one(self._transaction, stored.id, mail.recurrence_id)
        return own is None or own.status == "CANCELLED" or own.sequence > mail.sequence

    # ---- the parts of a letter --------------------------------------------------------------------------------------

    def _pair(self, attendee: Attendee | None) -> dict[str, Any]:
        """The other one of a pair, and where they stand."""
        other = None
        if attendee is not None:
            other_id = attendee.delegated_to if attendee.delegated_to is not None else attendee.delegated_from
            other = self._people.get(other_id) if other_id is not None else None
        if other is None or other.attendee.removed:
            return {}
        return {"counterpart": other.attendee, "counterpart_partstat": other.attendee.partstat}

    def _links(
        self, letter: Letter, stored: StoredMeeting, mail: PromisedMail, attendee: Attendee | None
    ) -> dict[str, Any]:
        """The pages that this mail leads to."""
        links, secret, found = self._sources.links, letter.meeting.secret, dict[str, Any]()
        if attendee is None or mail.purpose == "consent":
            found["secretary_url"] = links.secretary(stored.public_id, stored.link_serial)
        if attendee is None:
            return found
        feed = self._feeds.get(attendee.guest.address)
        if feed is not None and not secret:
            found["feed_url"] = links.feed(*feed)
        if secret or attendee.removed or attendee.delegated_to is not None:
            return found
        found["page_url"] = links.page(attendee)
        if mail.purpose != "cancel" and self._has_room(letter, attendee):
            found["join_url"] = links.join(attendee)
        return found

    def _has_room(self, letter: Letter, attendee: Attendee) -> bool:
        about = letter.occurrences[0].meeting if letter.lone and letter.occurrences else letter.meeting
        return bool(entrances(about, place_of(about, attendee.guest), self._sources.room))

    def _organiser(self, attendee: Attendee | None) -> str:
        organiser = self._sources.office.organiser
        if attendee is None:
            return organiser
        local, _, domain = organiser.rpartition("@")
        return f"{local}+{attendee.reply_token}@{domain}"

    def _details(self, mail: PromisedMail) -> Mapping[str, object]:
        told = self._told_before(mail)
        kept = {name: value for name, value in mail.details.items() if name != "shown"}
        return {**kept, "in_reply_to": told[0].token} if told else kept

    def _told_before(self, mail: PromisedMail) -> list[Told]:
        return [told for told in self._stories.get(mail.attendee_id or 0, ()) if told.id < mail.id]

    def _previous(self, stored: StoredMeeting, mail: PromisedMail, person: StoredAttendee | None) -> Meeting | None:
        """What this person was shown before: the last edition that was promised to them."""
        if person is None or mail.purpose not in ("request", "delegation", "cancel"):
            return None
        shown = [
            told
            for told in self._told_before(mail)
            if told.purpose in ("request", "delegation") and told.recurrence_id in (WHOLE, mail.recurrence_id)
        ]
        if not shown or stored.meeting.secret:
            return None
        sequence = min(shown[-1].sequence, mail.sequence)
        if mail.recurrence_id == WHOLE:
            return self._edition(stored, sequence, WHOLE)
        own = self._edition(stored, sequence, mail.recurrence_id)
        return own or self._as_in_series(stored, sequence, mail.recurrence_id)

    def _as_in_series(self, stored: StoredMeeting, sequence: int, recurrence_id: int) -> Meeting | None:
        series = self._edition(stored, sequence, WHOLE)
        if series is None:
            return None
        start = from_microseconds(recurrence_id).astimezone(series.start.tzinfo)
        lasts = series.end.replace(tzinfo=None) - series.start.replace(tzinfo=None)
        return replace(series, start=start, end=start + lasts, rrule="")

    def _occurrences(
        self, stored: StoredMeeting, meeting: Meeting, mail: PromisedMail, shown: int
    ) -> tuple[Occurrence, ...]:
        """The lone occurrence that the mail is about; of a whole series all that were changed or cancelled."""
        if mail.recurrence_id != WHOLE:
            own = self._edition(stored, shown, mail.recurrence_id)
            own = own or self._as_in_series(stored, shown, mail.recurrence_id)
            return (Occurrence(self._at(meeting, mail.recurrence_id), own),) if own is not None else ()
        if not meeting.rrule or stored.status == "CANCELLED":
            return ()
        if stored.id not in self._changed:
            self._changed[stored.id] = occurrences.changed_of(self._transaction, stored.id)
        return tuple(
            Occurrence(self._at(meeting, one.recurrence_id), occurrences.said_by(meeting, one))
            for one in self._changed[stored.id]
        )

    def _edition(self, stored: StoredMeeting, sequence: int, recurrence_id: int) -> Meeting | None:
        key = stored.id, sequence, recurrence_id
        if key not in self._editions:
            self._editions[key] = meetings.edition(self._transaction, *key)
        return self._editions[key]

    def _made(self, stored: StoredMeeting, mail: PromisedMail) -> datetime | None:
        """When the edition that this mail carries was made; None for mail that is a letter of its own."""
        if mail.purpose not in ("request", "delegation"):
            return None
        if stored.id not in self._dates:
            self._dates[stored.id] = EditionDates.of(self._transaction, stored.id)
        found = self._dates[stored.id].at(mail.sequence, mail.recurrence_id)
        return self._local(found) if found is not None else None

    def _chair(self, stored: StoredMeeting) -> Attendee | None:
        if stored.id not in self._chairs:
            chair = stored.meeting.chair
            found = attendees.answering(self._transaction, stored.id, [chair]) if chair else []
            own = [one.attendee for one in found if not one.attendee.removed and one.attendee.guest.role == "CHAIR"]
            self._chairs[stored.id] = own[0] if own else None
        return self._chairs[stored.id]

    def _sent_by(self, meeting: Meeting, address: str) -> str:
        """The secretary invites for the organiser (RFC 5545 3.2.18), and not herself. No Sender field: it is the server
        that submits the mail (RFC 5322 3.6.2), under its own login."""
        secretary = meeting.secretary or self._sources.office.secretary
        return "" if secretary == address or self._sources.office.is_organiser(secretary) else secretary

    def _listed(self, stored: StoredMeeting, meeting: Meeting) -> tuple[Attendee, ...]:
        if not meeting.full_list or meeting.secret:
            return ()
        if stored.id not in self._everybody:
            people = attendees.of_meeting(self._transaction, stored.id)
            self._everybody[stored.id] = tuple(one.attendee for one in people if not one.attendee.removed)
        return self._everybody[stored.id]

    def _local(self, at: int) -> datetime:
        return from_microseconds(at).astimezone(self._zone)

    @staticmethod
    def _at(meeting: Meeting, recurrence_id: int) -> datetime:
        return from_microseconds(recurrence_id).astimezone(meeting.start.tzinfo or UTC)


def _addressee(mail: PromisedMail) -> Attendee | None:
    """Whom a mail about no single meeting addresses: somebody who is nobody's attendee in it."""
    known = mail.details.get("recipient")
    if not isinstance(known, Mapping):
        return None
    name, title, agency = (str(known.get(key, "")) for key in ("name", "title", "agency"))
    return Attendee(0, Guest(mail.address, name, title=title, agency_name=agency), "", "")
