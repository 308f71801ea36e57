"""The iCalendar object of a letter: REQUEST, CANCEL or DECLINECOUNTER (RFC 5546 3.2) for one recipient.

ORGANIZER is the address of From, so that answers come back to this person's own sub-address. ATTENDEE are the chair,
the recipient and the other one of a delegation pair (RFC 5546 4.2.5), or everybody where the meeting has a full list.
The object is built once for all recipients to whom the same is said; `CalendarForMany.fill` writes what is personal.
How it is spelled is the business of `meetings.itip`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from foundation.errors import CongvuError
from foundation.language import Text
from meetings.invitations.facts import PERSONAL, is_delegator, is_deputy, personal_values
from meetings.invitations.joining import conferences, location, places_of, readable, ways
from meetings.invitations.letters import Letter
from meetings.invitations.marks import Marked, clean, clean_line, mark
from meetings.invitations.subjects import document_name
from meetings.invitations.wording import contact_line
from meetings.itip.objects import PRIORITIES, Conference, Event, Method, Party, Personal, Status
from meetings.itip.restrictions import personal_violations, violations
from meetings.itip.skeleton import Skeleton, for_person
from meetings.meeting import Attendee, Meeting
from meetings.terms import Purpose

METHOD_OF: Final[dict[Purpose, Method]] = {
    "request": "REQUEST",
    "delegation": "REQUEST",
    "cancel": "CANCEL",
    "declinecounter": "DECLINECOUNTER",
}
"""The purposes whose mail carries an object. Of a secret meeting only a CANCEL may go out."""


@dataclass(frozen=True, slots=True)
class _Way:
    uri: Marked
    features: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class _Said:
    """The personal texts of one event."""

    description: Marked
    location: Marked
    url: Marked
    ways: tuple[_Way, ...]

    def of(self, letter: Letter, attendees: tuple[Party, ...], values: Mapping[str, str]) -> Personal:
        return Personal(
            dtstamp=letter.dtstamp,
            organizer=_organizer(letter),
            attendees=attendees,
            description=self.description.filled(values),
            location=self.location.filled(values),
            url=self.url.filled(values),
            conferences=tuple([Conference(way.uri.filled(values), way.features, way.label) for way in self.ways]),
        )


class CalendarForMany:
    """The object of all letters that say the same as `letter` (`mime.Batch` knows which)."""

    def __init__(self, letter: Letter, present: frozenset[str]) -> None:
        """`present` names the personal values there are. Raises CongvuError, our bug: secret, or not what RFC 5546
        allows."""
        if letter.meeting.secret and letter.purpose != "cancel":
            raise CongvuError(Text("cuộc họp mật không có lịch điện tử", "a secret meeting has no calendar object"))
        self.method: Method = METHOD_OF[letter.purpose]
        meetings = _events(letter)
        self._said = tuple(_said(letter, meeting, present) for meeting, _ in meetings)
        self._skeleton = Skeleton(self.method, [event for _, event in meetings])
        self._proved = False

    def fill(self, letter: Letter, values: Mapping[str, str]) -> bytes:
        """The object for this letter. The first one is held against our whole validator; the others differ from it
        in personal values, which `Skeleton` spells as the library does and which are checked for each."""
        attendees = _attendees(letter)
        personal = [said.of(letter, attendees, values) for said in self._said]
        if found := tuple(broken for one in personal for broken in personal_violations(one)):
            raise _broken(found)
        content = self._skeleton.fill(*personal)
        if not self._proved:
            if found := violations(content):
                raise _broken(found)
            self._proved = True
        return content


def events_for(letter: Letter) -> list[Event]:
    """The events of this letter as `meetings.itip.calendar` takes them: what `CalendarForMany` must be equal to."""
    values = personal_values(letter)
    attendees = _attendees(letter)
    return [
        for_person(event, _said(letter, meeting, frozenset(values)).of(letter, attendees, values))
        for meeting, event in _events(letter)
    ]


def _broken(found: tuple[str, ...]) -> CongvuError:
    message = Text("lịch điện tử sai RFC 5546: {why}", "the calendar object breaks RFC 5546: {why}")
    return CongvuError(message.format(why="; ".join(found)))


def _events(letter: Letter) -> list[tuple[Meeting, Event]]:
    """The master, then its changed occurrences; or the lone occurrence."""
    if letter.lone and not letter.occurrences:
        raise _broken(("the occurrence is missing",))
    if letter.lone:
        return [(each.meeting, _event(letter, each.meeting, each.recurrence_id)) for each in letter.occurrences[:1]]
    if letter.purpose in ("cancel", "declinecounter"):
        return [(letter.meeting, _event(letter, letter.meeting, None))]
    changed = [each for each in letter.occurrences if each.meeting.status != "CANCELLED"]
    cancelled = tuple(each.recurrence_id for each in letter.occurrences if each.meeting.status == "CANCELLED")
    master = _event(letter, letter.meeting, None)
    return [
        (letter.meeting, replace(master, exdates=tuple(_zoned(each, letter.meeting) for each in cancelled))),
        *((each.meeting, _event(letter, each.meeting, each.recurrence_id)) for each in changed),
    ]


def _event(letter: Letter, meeting: Meeting, recurrence_id: datetime | None) -> Event:
    """What is the same for all. An occurrence is timed in the zone of its series."""
    series = letter.meeting
    start, end = _times(letter, meeting)
    return Event(
        uid=series.uid,
        sequence=letter.sequence,
        dtstamp=letter.dtstamp,
        organizer=_organizer(letter),
        attendees=(),
        start=_zoned(start, series),
        end=_zoned(end, series),
        timezone=series.timezone,
        summary=clean_line(meeting.summary) or document_name(meeting) or "Giấy mời",
        rrule="" if recurrence_id or series.secret else series.rrule,
        recurrence_id=_zoned(recurrence_id, series) if recurrence_id else None,
        status=_status(letter),
        priority=0 if meeting.secret else PRIORITIES.get(meeting.urgency, 0),
        number="" if meeting.secret else clean_line(meeting.number),
        comment="" if meeting.secret else clean_line(str(letter.details.get("reason") or "")),
        created=letter.created,
        free=is_delegator(letter),
    )


def _times(letter: Letter, meeting: Meeting) -> tuple[datetime, datetime]:
    """A meeting that became secret is taken back at the time that was known; if nobody knows it any more, at the hour
    of the mail: its own time may be a new one, which is secret, and programs go by the UID."""
    if not meeting.secret:
        return meeting.start, meeting.end
    if letter.previous is not None and not letter.previous.secret:
        return letter.previous.start, letter.previous.end
    hour = letter.dtstamp.replace(minute=0, second=0, microsecond=0)
    return hour, hour + timedelta(hours=1)


def _status(letter: Letter) -> Status:
    if letter.purpose != "cancel":
        return "CONFIRMED"
    return "" if letter.details.get("removed") else "CANCELLED"


def _zoned(instant: datetime, meeting: Meeting) -> datetime:
    return instant.astimezone(ZoneInfo(meeting.timezone))


def _said(letter: Letter, meeting: Meeting, present: frozenset[str]) -> _Said:
    """The texts of one event with marks. A cancelled one leads nowhere, and says nothing of a secret meeting."""
    marks = {name: mark(name) if name in present else "" for name in PERSONAL}
    leads = letter.purpose in ("request", "delegation")
    places = places_of(letter, meeting)
    found = ways(meeting, places, letter.room, marks["join_url"]) if leads and not is_delegator(letter) else ()
    lines = _description(letter, meeting, [f"{way.label.vi}: {readable(way)}" for way in found], marks) if leads else []
    join = next((way.uri for way in found if way.uri == marks["join_url"]), "")
    return _Said(
        description=_marked("\n".join(lines)),
        location=_marked(location(places, found)),
        url=_marked(join or (marks["page_url"] if leads else "")),
        ways=tuple(
            _Way(_marked(conference.uri), conference.features, conference.label) for conference in conferences(found)
        ),
    )


def _marked(text: str) -> Marked:
    return Marked("calendar", text, PERSONAL)


def _description(letter: Letter, meeting: Meeting, entrances: list[str], marks: Mapping[str, str]) -> list[str]:
    """DESCRIPTION: the link to join first, because some programs show only the first line."""
    lines = [*entrances, f"{document_name(meeting)}: {clean_line(meeting.summary)}"]
    if letter.recipient and letter.counterpart and is_deputy(letter.recipient, letter.counterpart):
        lines.append(f"Đi thay: {clean_line(letter.counterpart.guest.name)}")
    lines += [
        f"{label}: {shown}"
        for label, value in (
            ("Chủ trì", meeting.chair_name or meeting.chair),
            ("Nội dung", meeting.content),
            ("Yêu cầu", meeting.requirements),
        )
        if (shown := clean(value).strip())
    ]
    lines += [f"Tài liệu: {clean_line(paper.title)} {clean_line(paper.url)}" for paper in meeting.papers]
    if who := contact_line(meeting.contact):
        lines.append(f"Liên hệ: {who}")
    if marks["page_url"]:
        what = "Trả lời hoặc cử người đi thay" if letter.may_delegate else "Trả lời"
        lines.append(f"{what}: {marks['page_url']}")
    return lines


def _organizer(letter: Letter) -> Party:
    name = clean_line(letter.organiser_name) or clean_line(letter.organisation) or letter.organiser_address
    return Party(letter.organiser_address, name, sent_by=letter.sent_by)


def _attendees(letter: Letter) -> tuple[Party, ...]:
    """Chair, recipient, and the other one of a pair; everybody else only with a full list. Each once."""
    recipient, counterpart = letter.recipient, letter.counterpart
    if recipient is None:
        raise _broken(("mail to the secretary carries no object",))
    taken_off = letter.purpose == "cancel" and (letter.details.get("removed") or letter.meeting.secret)
    only_own = letter.purpose == "declinecounter" or taken_off
    others = () if only_own else (*([letter.chair] if letter.chair else []), *letter.everybody)
    found: dict[int, Party] = {each.id: _party(each, each.guest.address) for each in others}
    found[recipient.id] = _party(recipient, letter.recipient_address)
    if counterpart is not None and not only_own:
        other = replace(_party(counterpart, counterpart.guest.address), partstat=letter.counterpart_partstat)
        found |= _pair(recipient, found[recipient.id], counterpart, other)
    return tuple(found.values())


def _pair(recipient: Attendee, own: Party, counterpart: Attendee, other: Party) -> dict[int, Party]:
    if is_deputy(recipient, counterpart):
        return {
            counterpart.id: _delegated(other, own.address),
            recipient.id: replace(own, delegated_from=other.address),
        }
    return {recipient.id: _delegated(own, other.address), counterpart.id: replace(other, delegated_from=own.address)}


def _delegated(party: Party, deputy: str) -> Party:
    return replace(party, partstat="DELEGATED", delegated_to=deputy, rsvp=False)


def _party(attendee: Attendee, address: str) -> Party:
    guest = attendee.guest
    return Party(address, clean_line(guest.name), guest.role, attendee.partstat)
