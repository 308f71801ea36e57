"""`/j/TOKEN`: one click into the room, when the door is open; else when, or why not.

The browser is sent only to an https address that the meeting or the configuration names, and never to one that comes
with the request. Whoever is sent into a room while the door is open is recorded once. To see numbers to dial (SIP,
H.323, telephone), or several rooms to choose from, is not to come in; nor are HEAD and prefetching, with which programs
look at links beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from foundation.language import Text
from meetings.desk.context import Door
from meetings.meeting import Attendee, Contact, Meeting, Place, place_of
from meetings.web.asked import Gone
from meetings.web.house import House
from meetings.web.meeting_words import Line, meeting_words, moment, room_lines
from meetings.web.visits import Visit

TITLE: Final = Text("Vào họp", "Join the meeting")

_STATUS: Final = {"over": 410, "cancelled": 410}
"""What will never open again is gone; early, and a meeting without a room, are ordinary pages."""


class Join:
    """The endpoint of the join link."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """The path of the join link."""
        return [Route("/j/{token}", self.enter, methods=["GET"])]

    async def enter(self, request: Request) -> Response:
        """Into the room, or a page that says when or why not."""
        visit = self._house.visits.read(request, "join")
        door = await self._house.desk.door(visit.public_id, visit.serial, False)
        if door.meeting is None or door.attendee is None or door.state in ("revoked", "unknown"):
            contact = door.meeting.contact if door.meeting else Contact(address=self._house.settings.secretary)
            return self._house.gone(request, Gone("unknown" if door.state == "unknown" else "revoked", contact))
        if door.state != "open":
            return self._page(request, visit, door, door.meeting, door.attendee)
        rooms = self._house.rooms.link(door.meeting, door.attendee)
        chosen = _chosen(rooms, request.query_params.get("room", ""))
        if not chosen:
            return self._page(request, visit, door, door.meeting, door.attendee)
        if _is_a_person(request):
            await self._house.desk.door(visit.public_id, visit.serial, True)
        return RedirectResponse(chosen, 303)

    def _page(self, request: Request, visit: Visit, door: Door, meeting: Meeting, attendee: Attendee) -> Response:
        house = self._house
        language = house.pages.language_of(request.scope)
        may_dial = door.state in ("early", "open")
        rooms = house.rooms.link(meeting, attendee) if may_dial else ()
        here = f"/j/{visit.token}"
        state = "no_room" if may_dial and not rooms else door.state
        return house.pages.render(
            request.scope,
            "join.html",
            TITLE,
            _STATUS.get(state, 200),
            state=state,
            meeting=meeting_words(meeting, place_of(meeting, attendee.guest), None, language),
            opens_at=moment(door.opens_at, meeting.timezone, language),
            rooms=room_lines(rooms, language),
            addresses=[
                Line("", room.name or room.url, house.pages.link(request.scope, here, room=str(number)))
                for number, room in enumerate(rooms, 1)
                if room.url and state == "open"
            ],
            paths={
                "here": house.pages.link(request.scope, here),
                "page": house.links.page(attendee),
            },
        )


def _chosen(rooms: Sequence[Place], number: str) -> str:
    """The address of the only room, or of the one with this number on the page; else nothing."""
    addresses = dict.fromkeys(room.url for room in rooms if room.url)
    if len(addresses) == 1:
        return next(iter(addresses))
    return next((room.url for place, room in enumerate(rooms, 1) if str(place) == number), "")


def _is_a_person(request: Request) -> bool:
    """Whether somebody opens this, as far as the browser tells: no HEAD, no prefetch, no picture or frame of a page."""
    headers = request.headers
    purpose = headers.get("sec-purpose", headers.get("purpose", "")).lower()
    return (
        request.method == "GET"
        and "prefetch" not in purpose
        and headers.get("sec-fetch-dest", "document") == "document"
    )
