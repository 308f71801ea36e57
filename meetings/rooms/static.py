"""The engine without an engine: rooms are addresses that somebody wrote down, in the meeting or in the configuration.

Which of them a person enters is the rule of the letters too (`meetings.meeting.entrances`). Only https goes out as a
link to open: whatever else stands there is no redirect of ours. It creates no room, and everybody of a place gets the
same address.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from meetings.meeting import Attendee, Meeting, Place, entrances, place_of


class StaticRooms:
    """Implements `engine.RoomEngine`; `common` is the room of `[meetings.room]`."""

    def __init__(self, common: Place | None = None) -> None:
        self._common = common

    def link(self, meeting: Meeting, attendee: Attendee) -> tuple[Place, ...]:
        """As the protocol says: https first, in the order of the letter."""
        if meeting.secret or meeting.status == "CANCELLED":
            return ()
        entered = entrances(meeting, place_of(meeting, attendee.guest), self._common)
        found = [replace(place, url=safe_url(place.url)) for place in entered]
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
