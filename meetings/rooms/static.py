"""The engine without an engine: rooms are addresses that somebody wrote down, in the meeting or in the configuration.

Which of them a person enters is the rule of the letters too (`meetings.meeting.entrances`). Only https goes out as a
link to open: whatever else stands there is no redirect of ours. It creates no room, and everybody of a place gets the
same address.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from meetings.meeting import Attendee, Meeting, Place, entrances, place_of
from meetings.rooms.engine import Room


class StaticRooms:
    """Implements `engine.RoomEngine`; `common` is the room of `[meetings.room]`, perhaps without any way in."""

    def __init__(self, common: Room = Room()) -> None:  # noqa: B008 a frozen value
        self._common = Place(common.name, (), common.url, common.sip, common.h323, common.telephone, common.pin)

    def link(self, meeting: Meeting, attendee: Attendee) -> tuple[Room, ...]:
        """As the protocol says: https first, in the order of the letter."""
        if meeting.secret or meeting.status == "CANCELLED":
            return ()
        found = [_room(place) for place in entrances(meeting, place_of(meeting, attendee.guest), self._common)]
        return tuple(sorted((room for room in found if room.can_be_entered), key=lambda room: not room.url))


def safe_url(url: str) -> str:
    """The URL if a browser may be sent there: absolute, https, a host, no name or password inside; else nothing."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    return url if good and parts.username is None and parts.password is None else ""


def _room(place: Place) -> Room:
    """The place as a way in, without an address that no browser may be sent to."""
    return Room(place.name, safe_url(place.url), place.sip, place.h323, place.telephone, place.pin)
