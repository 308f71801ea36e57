"""What a meeting says on a page: its letter as plain values in one language, ready to be printed. Pure.

Times come out as offices write them, with the weekday; papers and rooms only with addresses that a browser may open.
Of a secret meeting nothing is said but that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from foundation.clock import from_microseconds
from foundation.language import Language, Text
from meetings.invitations import wording
from meetings.invitations.changes import changes
from meetings.meeting import Attendee, Contact, Guest, Meeting, Place, place_of
from meetings.rooms.static import safe_url
from meetings.store.values import WHOLE, StoredMeeting, StoredOccurrence

_NOT_DIALLED: Final = re.compile(r"[^0-9+]")

SECRET_TITLE: Final = Text("Cuộc họp có nội dung bí mật", "A meeting with secret content")


@dataclass(frozen=True, slots=True)
class Line:
    """A label with its text, and where it leads, if anywhere."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that is not as it was in the letter before."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Sitting:
    """One occurrence to choose or to read. `key` stands in forms: the instant at which it was to begin."""

    key: str
    when: str
    cancelled: bool
    moved: bool
    answer: str = ""
    places: tuple[str, ...] = ()
    """Where this one is held, when that is not where the series is."""


@dataclass(frozen=True, slots=True)
class MeetingWords:
    """A meeting for one reader."""

    title: str
    letter: str
    when: str
    series: str
    chair: str
    content: str
    requirements: str
    urgency: str
    answer_by: str
    places: tuple[str, ...]
    papers: tuple[Line, ...]
    contact: tuple[Line, ...]
    cancelled: bool
    secret: bool


def say(text: Text, language: Language) -> str:
    """The text in this language."""
    return text.en if language == "en" else text.vi


def as_stored(stored: StoredMeeting) -> Meeting:
    """The meeting with the status that it has now: an edition says what held when it was made."""
    return replace(stored.meeting, status=stored.status)


def meeting_words(
    meeting: Meeting,
    places: Iterable[Place],
    chair: Attendee | None,
    language: Language,
    coming: StoredOccurrence | None = None,
) -> MeetingWords:
    """What the letter says to somebody who meets at these places; of a series with the time of the occurrence that is
    `coming` next."""
    secret = meeting.secret
    series = wording.series(meeting.rrule, meeting.timezone)
    return MeetingWords(
        title=say(SECRET_TITLE, language) if secret else meeting.summary,
        letter=_letter(meeting, language),
        when="" if secret else _when(meeting, coming, language),
        series="" if secret else say(series, language),
        chair="" if secret else _chair(meeting, chair),
        content="" if secret else meeting.content,
        requirements="" if secret else meeting.requirements,
        urgency=meeting.urgency,
        answer_by=_moment(meeting.answer_by, meeting.timezone, language) if not secret else "",
        places=() if secret else tuple(dict.fromkeys(place.name for place in places if place.name)),
        papers=()
        if secret
        else tuple(Line("", paper.title or paper.url, safe_url(paper.url)) for paper in meeting.papers),
        contact=contact_lines(meeting.contact, language),
        cancelled=meeting.status == "CANCELLED",
        secret=secret,
    )


def contact_lines(contact: Contact, language: Language) -> tuple[Line, ...]:
    """Whom to ask."""
    found = (
        Line(say(Text("Liên hệ", "Contact"), language), contact.name),
        telephone_line(contact.telephone, language),
        Line(say(Text("Thư điện tử", "E-mail"), language), contact.address, mail_url(contact.address)),
    )
    return tuple(line for line in found if line.text)


def telephone_line(telephone: str, language: Language) -> Line:
    """A telephone number to read and to touch; of several, written one after the other, only to read."""
    one = telephone.count("+") <= 1 and not any(mark in telephone for mark in ",;/")
    number = _NOT_DIALLED.sub("", telephone) if one else ""
    url = f"tel:{number}" if len(number) >= 3 else ""
    return Line(say(Text("Điện thoại", "Telephone"), language), telephone, url)


def mail_url(address: str) -> str:
    """A mailto: link, for plain addresses only: nothing in it may say more than to whom."""
    return f"mailto:{address}" if re.fullmatch(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", address) else ""


def changed_words(previous: Meeting | None, meeting: Meeting, guest: Guest, language: Language) -> tuple[Changed, ...]:
    """What differs from the edition that this person was shown before."""
    found = changes(previous, meeting, guest)
    return tuple(Changed(say(one.label, language), say(one.old, language), say(one.new, language)) for one in found)


def room_lines(rooms: Iterable[Place], language: Language) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """What to dial, by place: (name of the place, lines); places that are only a link are left out."""
    found = []
    for room in rooms:
        telephone = telephone_line(room.telephone, language)
        pin = Line(say(Text("Mã PIN", "PIN"), language), room.pin)
        lines = [line for line in (Line("SIP", room.sip), Line("H.323", room.h323), telephone) if line.text]
        if lines:
            found.append((room.name, (*lines, pin) if pin.text else tuple(lines)))
    return tuple(found)


def sitting_words(
    occurrence: StoredOccurrence, meeting: Meeting, language: Language, answer: str = "", guest: Guest | None = None
) -> Sitting:
    """One occurrence of `meeting`, with what this person answered; for `guest`, where it is held if elsewhere."""
    start, end = from_microseconds(occurrence.start_at), from_microseconds(occurrence.end_at)
    return Sitting(
        key=str(occurrence.recurrence_id),
        when=say(wording.period(start, end, meeting.timezone), language),
        cancelled=occurrence.status == "CANCELLED",
        moved=occurrence.recurrence_id not in (WHOLE, occurrence.start_at),
        answer=answer,
        places=_elsewhere(occurrence.override, meeting, guest) if guest else (),
    )


def moment(microseconds: int | None, timezone: str, language: Language) -> str:
    """An instant as people read it, empty for none."""
    return _moment(from_microseconds(microseconds) if microseconds else None, timezone, language)


def named_by_its_hour(
    recurrence_id: int, occurrences: Iterable[StoredOccurrence], timezone: str, language: Language
) -> str:
    """An occurrence by the hour that it has now, which is what people know; empty for the whole."""
    if recurrence_id == WHOLE:
        return ""
    starts = {one.recurrence_id: one.start_at for one in occurrences}
    return moment(starts.get(recurrence_id, recurrence_id), timezone, language)


def stamp(microseconds: int | None, timezone: str) -> str:
    """An instant for a list, the same in both languages: 14:05 26/11/2026; empty for none."""
    return wording.local(from_microseconds(microseconds), timezone).strftime("%H:%M %d/%m/%Y") if microseconds else ""


def _moment(instant: datetime | None, timezone: str, language: Language) -> str:
    return say(wording.moment_text(instant, timezone), language) if instant else ""


def _when(meeting: Meeting, coming: StoredOccurrence | None, language: Language) -> str:
    if coming is None or not meeting.rrule:
        return say(wording.period(meeting.start, meeting.end, meeting.timezone), language)
    start, end = from_microseconds(coming.start_at), from_microseconds(coming.end_at)
    period = wording.period(start, end, meeting.timezone)
    return f"{say(Text('Buổi tới', 'Next'), language)}: {say(period, language)}"


def _elsewhere(own: Meeting | None, meeting: Meeting, guest: Guest) -> tuple[str, ...]:
    if own is None:
        return ()
    here, usual = ([place.name for place in place_of(one, guest) if place.name] for one in (own, meeting))
    return tuple(dict.fromkeys(here)) if here != usual else ()


def _letter(meeting: Meeting, language: Language) -> str:
    if not meeting.number:
        return meeting.kind
    return say(
        Text("{kind} số {number}", "{kind} No. {number}").format(kind=meeting.kind, number=meeting.number), language
    )


def _chair(meeting: Meeting, chair: Attendee | None) -> str:
    if meeting.chair_name or chair is None:
        return meeting.chair_name or meeting.chair
    return ", ".join(part for part in (chair.guest.name, chair.guest.title) if part)
