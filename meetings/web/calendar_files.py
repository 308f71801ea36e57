"""Meetings as calendar files: one meeting to save, or the feed of a person to subscribe to (METHOD:PUBLISH). Pure.

One meeting is saved from the personal page and has its links. The feed lives longer than any letter and is shown to
telephones and assistants: it says when, where, what, who chairs and whether it takes place, and opens nothing. What
somebody declined stays in it, because they may think again, but does not make them busy (TRANSP:TRANSPARENT; STATUS is
the meeting's own).

A published calendar names no attendees (RFC 5546 3.2.1). UID and SEQUENCE are those of the invitations, so that a
meeting stays one meeting. The same state gives the same bytes, and with them the same ETag. Secret meetings are left
out, as if they were not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import from_microseconds
from foundation.errors import CongvuError
from foundation.language import Text
from meetings.desk.views import declined_in
from meetings.invitations.joining import conferences, location, names, readable, ways
from meetings.itip.calendar import calendar
from meetings.itip.objects import PRIORITIES, Event, Party
from meetings.itip.restrictions import violations
from meetings.links import Links
from meetings.meeting import Attendee, Meeting, place_of
from meetings.rooms.engine import RoomEngine
from meetings.settings import MeetingsSettings
from meetings.store.occurrences import said_by
from meetings.store.values import StoredOccurrence
from meetings.store.view_values import FeedEvent, FeedView, PersonalView

WAY_IN: Final = "Cách vào họp có trong giấy mời đã gửi cho Ông/Bà. / The way in is in your invitation."


class CalendarFiles:
    """Makes calendar files with our links in them."""

    def __init__(self, links: Links, rooms: RoomEngine, settings: MeetingsSettings) -> None:
        self._links = links
        self._rooms = rooms
        self._organizer = Party(settings.organiser, settings.organiser_name or settings.organisation)
        self._organisation = settings.organisation

    def of_meeting(self, view: PersonalView) -> bytes | None:
        """One meeting, all its occurrences; None for a secret one."""
        stored = view.stored
        if stored.meeting.secret:
            return None
        event = FeedEvent(
            stored.meeting,
            stored.status,
            stored.sequence,
            stored.last_dtstamp,
            view.attendee,
            view.chair,
            view.occurrences,
            *declined_in(view.answers),
        )
        return _checked(calendar("PUBLISH", list(self._events(event, opens=True))))

    def of_feed(self, view: FeedView) -> bytes:
        """All meetings of one address."""
        events = [event for each in view.events if not each.meeting.secret for event in self._events(each, opens=False)]
        return _checked(calendar("PUBLISH", events, name=f"Lịch họp {self._organisation}".strip()))

    def _events(self, event: FeedEvent, *, opens: bool) -> Iterable[Event]:
        """The master with its exceptions, then the changed occurrences and those answered otherwise. `opens`: with
        the links and the ways in."""
        meeting = replace(event.meeting, status=event.status)
        cancelled = [one for one in event.occurrences if one.status == "CANCELLED" and one.recurrence_id]
        exdates = tuple(_zoned(one.recurrence_id, meeting) for one in cancelled) if meeting.rrule else ()
        yield self._opened(event, meeting, exdates, None) if opens else self._event(event, meeting, exdates, None)
        for one in event.occurrences:
            differs = one.override is not None or one.recurrence_id in event.apart
            if meeting.rrule and one.status != "CANCELLED" and differs:
                said = said_by(meeting, one)
                yield self._opened(event, said, (), one) if opens else self._event(event, said, (), one)

    def _opened(
        self, event: FeedEvent, said: Meeting, exdates: tuple[datetime, ...], occurrence: StoredOccurrence | None
    ) -> Event:
        """The event with what opens something: for whoever has the personal page already."""
        places = place_of(said, event.attendee.guest)
        rooms = self._rooms.link(said, event.attendee)
        join = self._links.join(event.attendee) if rooms else ""
        found = () if event.status == "CANCELLED" else ways(said, places, rooms[0] if rooms else None, join)
        return replace(
            self._event(event, said, exdates, occurrence),
            description="\n".join(self._description(said, [readable(way) for way in found], event)),
            location=location(places, found) if found else names(places),
            url=self._links.page(event.attendee),
            conferences=conferences(found),
        )

    def _event(
        self, event: FeedEvent, said: Meeting, exdates: tuple[datetime, ...], occurrence: StoredOccurrence | None
    ) -> Event:
        """The bare facts."""
        series = event.meeting
        cancelled = event.status == "CANCELLED"
        return Event(
            uid=series.uid,
            sequence=event.sequence,
            dtstamp=from_microseconds(event.dtstamp),
            organizer=self._organizer,
            attendees=(),
            start=said.start.astimezone(ZoneInfo(series.timezone)),
            end=said.end.astimezone(ZoneInfo(series.timezone)),
            timezone=series.timezone,
            summary=said.summary,
            description="\n".join(self._facts(said, event)),
            location=names(place_of(said, event.attendee.guest)),
            rrule="" if occurrence else series.rrule,
            exdates=exdates,
            recurrence_id=_zoned(occurrence.recurrence_id, series) if occurrence else None,
            status="CANCELLED" if cancelled else "CONFIRMED",
            priority=PRIORITIES.get(said.urgency, 0),
            number=said.number,
            free=event.declined != (occurrence is not None and occurrence.recurrence_id in event.apart),
        )

    def _facts(self, meeting: Meeting, event: FeedEvent) -> Iterable[str]:
        """Whoever meets around a table, or sent somebody, has no way in, in their letter either."""
        yield from _heading(meeting, event)
        comes = event.status != "CANCELLED" and event.attendee.delegated_to is None
        if comes and self._rooms.link(meeting, event.attendee):
            yield WAY_IN

    def _description(self, meeting: Meeting, entrances: list[str], event: FeedEvent) -> Iterable[str]:
        """The way in first, because some programs show only the first line."""
        yield from entrances
        yield from _heading(meeting, event)
        for label, text in (
            ("Nội dung", meeting.content),
            ("Yêu cầu", meeting.requirements),
            ("Liên hệ", ", ".join(part for part in (meeting.contact.name, meeting.contact.telephone) if part)),
        ):
            if text:
                yield f"{label}: {text}"
        may = "trả lời hoặc cử người đi thay" if event.attendee.delegated_from is None else "trả lời"
        yield f"Xem giấy mời, {may}: {self._links.page(event.attendee)}"


def _heading(meeting: Meeting, event: FeedEvent) -> Iterable[str]:
    yield f"{meeting.kind} {meeting.number}: {meeting.summary}"
    if chair := meeting.chair_name or _name(event.chair) or meeting.chair:
        yield f"Chủ trì: {chair}"


def calendar_response(request: Request, content: bytes, file_name: str) -> Response:
    """A calendar to save or to subscribe to: an ETag, and 304 for who has these bytes (RFC 9110 13.1.2)."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{file_name}"',
    }
    if _knows(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")


def _knows(known: str, tag: str) -> bool:
    """Weak comparison (RFC 9110 8.8.3.2): a proxy that compresses may have marked ours as weak."""
    named = [one.strip().removeprefix("W/") for one in known.split(",")]
    return "*" in named or tag in named


def _checked(content: bytes) -> bytes:
    """What leaves is held against our own validator; a violation is our bug."""
    if found := violations(content):
        message = Text("lịch điện tử sai RFC 5546: {why}", "the calendar object breaks RFC 5546: {why}")
        raise CongvuError(message.format(why="; ".join(found)))
    return content


def _zoned(microseconds: int, meeting: Meeting) -> datetime:
    return from_microseconds(microseconds).astimezone(ZoneInfo(meeting.timezone))


def _name(attendee: Attendee | None) -> str:
    return attendee.guest.name if attendee else ""
