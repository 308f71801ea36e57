"""The engine without an engine: rooms are addresses that somebody wrote down, in the meeting or in the configuration.

The places of this person come first (`place_of`), then the room of the configuration, which serves when the meeting
itself names none. Only https goes out as a link to open: whatever else stands there is no redirect of ours. It creates
no room, and everybody of a place gets the same address.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from meetings.meeting import Attendee, Meeting, Place, place_of
from meetings.rooms.engine import Room


class StaticRooms:
    """Implements `engine.RoomEngine`; `common` is the room of `[meetings.room]`, perhaps without any way in."""

    def __init__(self, common: Room = Room()) -> None:  # noqa: B008 a frozen value
        self._common = replace(common, url=safe_url(common.url))

    def link(self, meeting: Meeting, attendee: Attendee) -> tuple[Room, ...]:
        """As the protocol says: https first, in the order of the letter."""
        if meeting.secret or meeting.status == "CANCELLED":
            return ()
        own = [room for room in map(_room, place_of(meeting, attendee.guest)) if room.can_be_entered]
        if not own and not any(_room(place).can_be_entered for place in meeting.places):
            own = [self._common] if self._common.can_be_entered else []
        return tuple(sorted(own, key=lambda room: not room.url))


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
    return Room(place.name, safe_url(place.url), place.sip, place.h323, place.telephone, place.pin)
