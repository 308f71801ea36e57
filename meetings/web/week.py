"""`/week/2026-W48`: the public cut of the weekly schedule, as a page, PDF and calendar. What it says is another's."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from foundation import clock
from foundation.language import Text
from meetings.web.asked import WeekPages
from meetings.web.calendar_files import calendar_response
from meetings.web.house import House

_WEEK: Final = re.compile(r"(?P<year>20\d\d)-W(?P<week>0[1-9]|[1-4]\d|5[0-3])\Z", re.ASCII)
_A_WEEK: Final = timedelta(days=7)
_KEPT: Final = {"Cache-Control": "public, max-age=60"}
"""The public cut is the same for everybody; a minute spares us a newspaper's readers."""


class Week:
    """The endpoints of the weekly schedule."""

    def __init__(self, house: House, week: WeekPages) -> None:
        self._house = house
        self._week = week

    def routes(self) -> list[Route]:
        """All paths below /week."""
        return [
            Route("/week", self.this_week, methods=["GET"]),
            Route("/week/{week}.ics", self.calendar, methods=["GET"]),
            Route("/week/{week}.pdf", self.letter, methods=["GET"]),
            Route("/week/{week}", self.show, methods=["GET"]),
        ]

    async def this_week(self, request: Request) -> Response:
        """To the present week."""
        today = clock.today(self._house.settings.timezone)
        return RedirectResponse(self._house.pages.link(request.scope, f"/week/{name_of(today)}"), 303)

    async def show(self, request: Request) -> Response:
        """The page."""
        week = request.path_params["week"]
        monday = _monday(week)
        content = await self._week.public_page(week, self._house.pages.language_of(request.scope))
        if content is None:
            raise HTTPException(404)
        link = self._house.pages.link
        year, _, number = week.partition("-W")
        response = self._house.pages.render(
            request.scope,
            "week.html",
            Text(f"Lịch công tác tuần {number} năm {year}", f"Work schedule, week {number} of {year}"),
            content=content,
            paths={
                "before": link(request.scope, f"/week/{name_of(monday - _A_WEEK)}"),
                "after": link(request.scope, f"/week/{name_of(monday + _A_WEEK)}"),
                "calendar": self._house.pages.prefix + f"/week/{week}.ics",
                "letter": self._house.pages.prefix + f"/week/{week}.pdf",
            },
        )
        response.headers.update(_KEPT)
        return response

    async def letter(self, request: Request) -> Response:
        """The schedule to print."""
        week = request.path_params["week"]
        _monday(week)
        content = await self._week.public_file(week, "pdf")
        if content is None:
            raise HTTPException(404)
        disposition = f'inline; filename="lich-cong-tac-{week}.pdf"'
        return Response(content, headers={"Content-Disposition": disposition} | _KEPT, media_type="application/pdf")

    async def calendar(self, request: Request) -> Response:
        """The schedule to import."""
        week = request.path_params["week"]
        _monday(week)
        content = await self._week.public_file(week, "ics")
        if content is None:
            raise HTTPException(404)
        return calendar_response(request, content, f"lich-cong-tac-{week}.ics")


def name_of(day: date) -> str:
    """The ISO week of a day: 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _monday(week: str) -> date:
    """The first day of this week. Raises HTTPException 404 for what is no ISO week."""
    found = _WEEK.match(week)
    try:
        return date.fromisocalendar(int(found["year"]), int(found["week"]), 1) if found else _none()
    except ValueError:
        return _none()


def _none() -> date:
    raise HTTPException(404)
