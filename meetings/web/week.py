"""The weekly schedule as page, PDF and calendar: `/week/2026-W48` for everybody, `/f/TOKEN/week/2026-W48` for a leader.

A leader is known by the link of their feed: whoever may read their calendar may read their week. What the schedule says
is another's business.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, Literal

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
        """All paths below /week, and a leader's own below the link of their feed."""
        return [
            Route("/week", self.this_week, methods=["GET"]),
            *self._of_one("/week/{week}"),
            *self._of_one("/f/{token}/week/{week}"),
        ]

    async def this_week(self, request: Request) -> Response:
        """To the present week."""
        today = clock.today(self._house.settings.timezone)
        return RedirectResponse(self._house.pages.link(request.scope, f"/week/{name_of(today)}"), 303)

    async def show(self, request: Request) -> Response:
        """The page."""
        week = request.path_params["week"]
        monday = _monday(week)
        leader, below = await self._leader(request)
        content = await self._week.page(week, leader, self._house.pages.language_of(request.scope))
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
                **{
                    name: link(request.scope, f"{below}/{other}") if await self._week.is_there(other, leader) else ""
                    for name, other in (("before", name_of(monday - _A_WEEK)), ("after", name_of(monday + _A_WEEK)))
                },
                "calendar": f"{self._house.pages.prefix}{below}/{week}.ics",
                "letter": f"{self._house.pages.prefix}{below}/{week}.pdf",
            },
        )
        response.headers.update({} if leader else _KEPT)
        return response

    async def letter(self, request: Request) -> Response:
        """The schedule to print."""
        week, content, leader = await self._file(request, "pdf")
        headers = {"Content-Disposition": f'inline; filename="lich-cong-tac-{week}.pdf"'}
        return Response(content, headers=headers if leader else headers | _KEPT, media_type="application/pdf")

    async def calendar(self, request: Request) -> Response:
        """The schedule to import."""
        week, content, _ = await self._file(request, "ics")
        return calendar_response(request, content, f"lich-cong-tac-{week}.ics")

    def _of_one(self, path: str) -> list[Route]:
        return [
            Route(f"{path}.ics", self.calendar, methods=["GET"]),
            Route(f"{path}.pdf", self.letter, methods=["GET"]),
            Route(path, self.show, methods=["GET"]),
        ]

    async def _file(self, request: Request, kind: Literal["pdf", "ics"]) -> tuple[str, bytes, str]:
        """(week, content, leader). Raises HTTPException 404 for what is not there."""
        week = request.path_params["week"]
        _monday(week)
        leader, _ = await self._leader(request)
        content = await self._week.file(week, leader, kind)
        if content is None:
            raise HTTPException(404)
        return week, content, leader

    async def _leader(self, request: Request) -> tuple[str, str]:
        """(address, path of all their weeks): whose feed the link is; the public cut has no address. Raises
        HTTPException 404 for a link that is none of ours, 410 for one that holds no more."""
        if "token" not in request.path_params:
            return "", "/week"
        visit = self._house.visits.read(request, "feed")
        view = await self._house.desk.feed(visit.public_id, visit.serial)
        if view is None:
            raise HTTPException(410)
        return view.address, f"/f/{visit.token}/week"


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
