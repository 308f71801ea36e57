"""`/m/TOKEN/deputy`: to send somebody else: choose a colleague of the own unit, or write an address, and say why.

Decision 45/2018/QĐ-TTg: a head who cannot come reports to the chair and, with consent, empowers a capable subordinate.
So this page only proposes; chair and secretary decide, and the deputy gets a letter of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from foundation import clock
from foundation.addresses import normalise
from foundation.errors import InputError, Unreachable
from foundation.language import Text
from meetings.meeting import Guest, place_of
from meetings.store.occurrences import next_among
from meetings.store.view_values import PersonalView
from meetings.web.house import LONGEST_REASON, House
from meetings.web.meeting_words import as_stored, meeting_words, say
from meetings.web.personal import Personal
from meetings.web.personal_words import may_send_deputy
from meetings.web.visits import Visit

LONGEST_WORDS: Final = 100
"""Letters to search for: longer than any name of a person (cn is bounded at 120 for the longest royal names)."""

TITLE: Final = Text("Cử người đi thay", "Send a deputy")

_NOBODY: Final = Text(
    "Xin chọn một đồng nghiệp trong danh sách, hoặc ghi địa chỉ thư của người đi thay.",
    "Please choose a colleague from the list, or write the mail address of your deputy.",
)
_NO_ADDRESS: Final = Text("Địa chỉ thư này không đúng.", "This is not a mail address.")
_CLOSED: Final = Text(
    "Không cử người đi thay được nữa: cuộc họp đã kết thúc, đã hủy, hoặc Ông/Bà đang đi thay người khác.",
    "No deputy can be sent any more: the meeting is over or cancelled, or you stand in for somebody yourself.",
)
_NO_DIRECTORY: Final = Text(
    "Danh bạ tạm thời không tra được. Xin ghi địa chỉ thư của người đi thay, hoặc thử lại sau.",
    "The directory cannot be asked for the moment. Please write your deputy's mail address, or try again later.",
)


class Deputies:
    """The endpoints about deputies of one's own."""

    def __init__(self, house: House, personal: Personal) -> None:
        self._house = house
        self._personal = personal

    def routes(self) -> list[Route]:
        """All paths below /m/TOKEN/deputy."""
        return [
            Route("/m/{token}/deputy", self.show, methods=["GET"]),
            Route("/m/{token}/deputy", self.propose, methods=["POST"]),
            Route("/m/{token}/deputy/tim", self.search, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form, with the first colleagues."""
        visit = self._house.visits.read(request, "page")
        view = await self._personal.view(request, visit)
        if isinstance(view, Response):
            return view
        if not may_send_deputy(view, clock.now_microseconds()):
            return await self._page(request, visit, view, {"wrong": _CLOSED}, 409)
        return await self._page(request, visit, view, {})

    async def search(self, request: Request) -> Response:
        """The form, with colleagues that match. What is searched is somebody's name, and names stand in no address."""
        visit = self._house.visits.read(request, "page")
        fields, foreign = await self._house.form(request, visit, "page")
        view = await self._personal.view(request, visit)
        if isinstance(view, Response):
            return view
        words = {"words": fields.get("words", "")}
        if foreign is not None:
            return await self._page(request, visit, view, {**words, "wrong": foreign}, 403)
        return await self._page(request, visit, view, words)

    async def propose(self, request: Request) -> Response:
        """Propose somebody."""
        visit = self._house.visits.read(request, "page")
        fields, foreign = await self._house.form(request, visit, "page")
        view = await self._personal.view(request, visit)
        if isinstance(view, Response):
            return view
        if foreign is not None:
            return await self._page(request, visit, view, {**fields, "wrong": foreign}, 403)
        address = _named(fields)
        if isinstance(address, Text):
            return await self._page(request, visit, view, {**fields, "wrong": address}, 422)
        reason = fields.get("comment", "")[:LONGEST_REASON]
        try:
            told = await self._house.desk.propose_deputy(visit.public_id, visit.serial, address, reason)
        except Unreachable:
            return await self._page(request, visit, view, {**fields, "wrong": _NO_DIRECTORY}, 503)
        if not told.done:
            return await self._page(request, visit, view, {**fields, "wrong": told.sentence}, 409)
        return self._house.back(request, f"/m/{visit.token}", "proposed")

    async def _page(
        self, request: Request, visit: Visit, view: PersonalView, shown: Mapping[str, Any], status: int = 200
    ) -> Response:
        house, meeting = self._house, as_stored(view.stored)
        language = house.pages.language_of(request.scope)
        coming = next_among(view.occurrences, clock.now_microseconds()) if meeting.rrule else None
        words = shown.get("words", "")[:LONGEST_WORDS]
        wrong = shown.get("wrong")
        colleagues: tuple[Guest, ...] = ()
        if may_send_deputy(view, clock.now_microseconds()):
            try:
                colleagues = await house.desk.colleagues(visit.public_id, visit.serial, words)
            except Unreachable:
                wrong = wrong or _NO_DIRECTORY
        return house.pages.render(
            request.scope,
            "deputy.html",
            TITLE,
            status,
            at=f"/m/{visit.token}/deputy",
            meeting=meeting_words(meeting, place_of(meeting, view.attendee.guest), view.chair, language, coming),
            agency=view.attendee.guest.agency_name,
            open=may_send_deputy(view, clock.now_microseconds()),
            colleagues=[guest for guest in colleagues if guest.address != view.attendee.guest.address],
            words=words,
            chosen=shown.get("colleague", ""),
            address=shown.get("address", ""),
            comment=shown.get("comment", ""),
            wrong=say(wrong, language) if wrong else "",
            paths={
                "back": house.pages.link(request.scope, f"/m/{visit.token}"),
                "here": house.pages.link(request.scope, f"/m/{visit.token}/deputy"),
                "search": house.pages.link(request.scope, f"/m/{visit.token}/deputy/tim"),
            },
            token=house.tokens.issue(visit.subject),
            longest_reason=LONGEST_REASON,
        )


def _named(fields: Mapping[str, str]) -> str | Text:
    """The address that was written, else the colleague that was chosen; or what is wrong."""
    named = fields.get("address", "") or fields.get("colleague", "")
    if not named:
        return _NOBODY
    try:
        return normalise(named)
    except InputError:
        return _NO_ADDRESS
