"""What a room engine is to everybody else: it says how one person enters the room of one meeting.

Engines that make rooms and personal tickets come beside `static`; the join page asks only this. An engine answers from
what it has, without the network and without waiting, and it never decides who may enter or when.
"""

from __future__ import annotations

from typing import Protocol

from meetings.meeting import Attendee, Meeting, Place


class RoomEngine(Protocol):
    """One kind of video room."""

    def link(self, meeting: Meeting, attendee: Attendee) -> tuple[Place, ...]:
        """The ways in for this person, best first; none when the meeting has no room, is cancelled or is secret."""
