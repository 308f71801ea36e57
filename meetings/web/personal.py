"""`/m/TOKEN`: the meeting for one person, their answer, their deputy, their calendar links.

Reading changes nothing, whatever the address says: programs that follow the links of mails (scanners, previews) cannot
answer for anybody; `?answer=` only preselects, or leads to the form for a deputy. Every order is a form that our own
page sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from foundation import clock
from foundation.language import Text
from meetings.meeting import Attendee, Contact, place_of
from meetings.store.occurrences import next_among, said_by
from meetings.store.view_values import PersonalView
from meetings.web.asked import Gone
from meetings.web.calendar_files import calendar_response
from meetings.web.house import DAY_SECONDS, LINKS_LIVE_DAYS, LONGEST_REASON, House
from meetings.web.meeting_words import SECRET_TITLE, as_stored, changed_words, meeting_words, room_lines, say
from meetings.web.personal_words import (
    CHOICES,
    SAID,
    chosen,
    deputy_words,
    ends_at,
    given_answers,
    may_answer,
    may_send_deputy,
    sittings_to_come,
)
from meetings.web.visits import Visit

SENDS_DEPUTY: Final = "delegated"
"""The choice of the mail that has a page of its own."""
_CHOOSE: Final = Text("Xin chọn một trong ba cách trả lời.", "Please choose one of the three answers.")
_NO_OCCURRENCE: Final = Text("Xin chọn lại buổi họp.", "Please choose the occurrence again.")


class Personal:
    """The endpoints of the personal page."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """All paths below /m."""
        return [
            Route("/m/{token}", self.show, methods=["GET"]),
            Route("/m/{token}/answer", self.answer, methods=["POST"]),
            Route("/m/{token}/feed", self.new_feed, methods=["POST"]),
            Route("/m/{token}/giay-moi.pdf", self.letter, methods=["GET"]),
            Route("/m/{token}/lich-hop.ics", self.calendar, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page."""
        visit = self._house.visits.read(request, "page")
        view = await self.view(request, visit)
        if isinstance(view, Response):
            return view
        said = SAID.get(request.query_params.get("said", ""))
        answer = request.query_params.get("answer", "")
        if answer == SENDS_DEPUTY and may_send_deputy(view, clock.now_microseconds()):
            return RedirectResponse(self._house.pages.link(request.scope, f"/m/{visit.token}/deputy"), 303)
        shown = {"said": said, "answer": answer}
        return self._page(request, visit, view, shown)

    async def answer(self, request: Request) -> Response:
        """Count an answer."""
        visit = self._house.visits.read(request, "page")
        fields, foreign = await self._house.form(request, visit, "page")
        view = await self.view(request, visit)
        if isinstance(view, Response):
            return view
        wrong = foreign
        choice = CHOICES.get(fields.get("answer", ""))
        occurrence = _occurrence(fields.get("occurrence", "0"), view)
        if wrong is None:
            wrong = _CHOOSE if choice is None else _NO_OCCURRENCE if occurrence is None else None
        if wrong is not None or choice is None or occurrence is None:
            return self._page(request, visit, view, {**fields, "wrong": wrong}, 422 if foreign is None else 403)
        told = await self._house.desk.answer(
            visit.public_id, visit.serial, choice[0], fields.get("comment", "")[:LONGEST_REASON], occurrence
        )
        if not told.done:
            return self._page(request, visit, view, {**fields, "wrong": told.sentence}, 409)
        return self._house.back(request, f"/m/{visit.token}", "answered")

    async def new_feed(self, request: Request) -> Response:
        """Another calendar link; the old one stops."""
        visit = self._house.visits.read(request, "page")
        _, foreign = await self._house.form(request, visit, "page")
        view = await self.view(request, visit)
        if isinstance(view, Response):
            return view
        if foreign is not None:
            return self._page(request, visit, view, {"wrong": foreign}, 403)
        told = await self._house.desk.revoke_feed(visit.public_id, visit.serial)
        if not told.done:
            return self._page(request, visit, view, {"wrong": told.sentence}, 409)
        return self._house.back(request, f"/m/{visit.token}", "feed")

    async def letter(self, request: Request) -> Response:
        """The giấy mời as PDF."""
        visit = self._house.visits.read(request, "page")
        view = await self.view(request, visit)
        if isinstance(view, Response):
            return view
        content = await self._house.desk.letter(visit.public_id, visit.serial)
        if content is None:
            raise HTTPException(404)
        disposition = {"Content-Disposition": 'inline; filename="giay-moi.pdf"'}
        return Response(content, headers=disposition, media_type="application/pdf")

    async def calendar(self, request: Request) -> Response:
        """This meeting as a calendar file."""
        visit = self._house.visits.read(request, "page")
        view = await self.view(request, visit)
        if isinstance(view, Response):
            return view
        content = self._house.calendars.of_meeting(view)
        if content is None:
            raise HTTPException(404)
        return calendar_response(request, content, "lich-hop.ics")

    async def view(self, request: Request, visit: Visit) -> PersonalView | Response:
        """What the desk knows of this link, or the page that says that it holds no more."""
        view = await self._house.desk.personal(visit.public_id, visit.serial)
        if isinstance(view, Gone):
            return self._house.gone(request, view)
        over_for = clock.now_microseconds() - ends_at(view)
        if over_for > LINKS_LIVE_DAYS * DAY_SECONDS * 1_000_000:
            return self._house.expired(request, contact_of(view, self._house.settings.secretary))
        return view

    def _page(
        self, request: Request, visit: Visit, view: PersonalView, shown: Mapping[str, Any], status: int = 200
    ) -> Response:
        house, meeting = self._house, as_stored(view.stored)
        language = house.pages.language_of(request.scope)
        now = clock.now_microseconds()
        coming = next_among(view.occurrences, now) if meeting.rrule else None
        about = said_by(meeting, coming) if coming else meeting
        words = meeting_words(meeting, place_of(about, view.attendee.guest), view.chair, language, coming)
        rooms = house.rooms.link(meeting, view.attendee)
        over = ends_at(view) <= now
        here = f"/m/{visit.token}"
        return house.pages.render(
            request.scope,
            "personal.html",
            SECRET_TITLE if meeting.secret else Text(meeting.summary, meeting.summary),
            status,
            at=here,
            meeting=words,
            name=view.attendee.guest.name or view.attendee.guest.address,
            stands_in_for=_stands_in_for(view),
            changed=changed_words(view.previous, meeting, view.attendee.guest, language),
            sittings=sittings_to_come(view, now, language),
            everybody=[_listed(one) for one in view.everybody if not meeting.secret],
            given=given_answers(view, language),
            deputy=deputy_words(view.proposal, meeting.timezone, language),
            may_answer=may_answer(view, now),
            may_send_deputy=may_send_deputy(view, now),
            over=over,
            choices=[(name, say(text, language)) for name, (_, text) in CHOICES.items()],
            chosen=chosen(view, shown.get("answer", "")),
            occurrence=shown.get("occurrence", ""),
            comment=shown.get("comment", view.attendee.comment if not shown.get("wrong") else ""),
            said=say(shown["said"], language) if shown.get("said") else "",
            wrong=say(shown["wrong"], language) if shown.get("wrong") else "",
            join=house.links.join(view.attendee) if rooms and not over else "",
            rooms=room_lines(rooms, language) if not over else (),
            feed=house.links.feed(view.feed_id, view.feed_serial) if view.feed_id else "",
            paths={
                "answer": house.pages.link(request.scope, f"{here}/answer"),
                "deputy": house.pages.link(request.scope, f"{here}/deputy"),
                "feed": house.pages.link(request.scope, f"{here}/feed"),
                "letter": house.pages.prefix + f"{here}/giay-moi.pdf",
                "calendar": house.pages.prefix + f"{here}/lich-hop.ics",
            },
            token=house.tokens.issue(visit.subject),
            longest_reason=LONGEST_REASON,
        )


def contact_of(view: PersonalView, secretary: str) -> Contact:
    """Whom to ask about a meeting: its contact, else its secretary's mailbox."""
    contact = view.stored.meeting.contact
    if contact.name or contact.telephone or contact.address:
        return contact
    return Contact(address=view.stored.meeting.secretary or secretary)


def _stands_in_for(view: PersonalView) -> str:
    if view.attendee.delegated_from is None or view.counterpart is None:
        return ""
    return view.counterpart.guest.name or view.counterpart.guest.address


def _listed(attendee: Attendee) -> str:
    guest = attendee.guest
    return ", ".join(part for part in (guest.name or guest.address, guest.title, guest.agency_name) if part)


def _occurrence(text: str, view: PersonalView) -> int | None:
    """The recurrence id that the form names, if there is such an occurrence; 0 is the whole."""
    known = {str(one.recurrence_id) for one in view.occurrences} | {"0"}
    return int(text) if text in known else None
