"""`/f/TOKEN.ics`: the calendar of one person over all their meetings, for programs that subscribe."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from meetings.web.calendar_files import calendar_response
from meetings.web.house import House


class Feed:
    """The endpoint of the feed."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """The path of the feed."""
        return [Route("/f/{token}.ics", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """The feed; 410 once it is revoked, upon which programs stop asking (RFC 9110 15.5.11)."""
        visit = self._house.visits.read(request, "feed")
        view = await self._house.desk.feed(visit.public_id, visit.serial)
        if view is None:
            return PlainTextResponse("Liên kết lịch đã được thay. / This calendar link was replaced.\n", 410)
        return calendar_response(request, self._house.calendars.of_feed(view), "lich-hop.ics")
