"""What a room engine is to everybody else: it says how one person enters the room of one meeting.

Engines that make rooms and personal tickets come beside `static`; the join page asks only this. An engine answers from
what it has, without the network and without waiting, and it never decides who may enter or when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from meetings.meeting import Attendee, Meeting


@dataclass(frozen=True, slots=True)
class Room:
    """One way into a room: of one place (điểm cầu), or of the whole meeting when `name` is empty. `url` is https, to be
    opened in a browser; `sip`, `h323` and `telephone` are dialled, with `pin`."""

    name: str = ""
    url: str = ""
    sip: str = ""
    h323: str = ""
    telephone: str = ""
    pin: str = ""

    @property
    def can_be_entered(self) -> bool:
        """Whether there is any way in; a PIN alone opens nothing."""
        return bool(self.url or self.sip or self.h323 or self.telephone)


class RoomEngine(Protocol):
    """One kind of video room."""

    def link(self, meeting: Meeting, attendee: Attendee) -> tuple[Room, ...]:
        """The ways in for this person, best first; none when the meeting has no room, is cancelled or is secret."""
