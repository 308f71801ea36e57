"""`/s/TOKEN`: who was reached, who comes, what waits for a decision; for the secretary of one meeting.

Sorting, filtering and paging are in the address, deciding is a form each, so that everything works without a script.
The list is also there as CSV. The page says more of people than any other: its link goes to the secretary alone. Ten
thousand people are sorted and printed in a thread, so that nobody else waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from foundation import clock
from foundation.language import Language, Text
from meetings.meeting import Contact
from meetings.store.occurrences import next_among
from meetings.store.view_values import SecretaryView
from meetings.terms import PARTSTATS
from meetings.web.asked import Gone, Told
from meetings.web.house import DAY_SECONDS, LINKS_LIVE_DAYS, LONGEST_REASON, House
from meetings.web.meeting_words import SECRET_TITLE, as_stored, meeting_words, say, sitting_words
from meetings.web.personal_words import CHOICES
from meetings.web.secretary_list import FILTERS, ORDERS, ROWS_PER_PAGE, Filter, Order, as_csv, chosen, count
from meetings.web.secretary_words import ends_at, person_words, said_of, waiting
from meetings.web.visits import Visit

_WHOLE: Final = Text("Cả chuỗi họp", "The whole series")
LONGEST_MAIL_BYTES: Final = 1 << 20
"""Of a held mail that is downloaded, as much as is read of a calendar; `meetings held show --raw` has all."""
ADDRESS_LIMIT: Final = 254
_LARGEST_ID: Final = 1 << 62
_Decide = Callable[[Visit, Mapping[str, str], int, bool], Awaitable[Told]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the secretary looks at: whom, in which order, which page of the list."""

    shown: Filter
    order: Order
    descending: bool
    page: int
    occurrence: int = 0

    @classmethod
    def of(cls, request: Request) -> Choice:
        """From the address; what makes no sense there means the default."""
        asked = request.query_params
        shown, order, page = asked.get("show", ""), asked.get("sort", ""), asked.get("page", "")
        return cls(
            shown if shown in FILTERS else "all",
            order if order in ORDERS else "name",
            asked.get("dir") == "desc",
            max(1, number_of(page, 9999) or 1),
            number_of(asked.get("of", ""), _LARGEST_ID) or 0,
        )

    def query(self, **changed: str) -> str:
        """The address of another look: this one with something changed, on the first page."""
        values = {"show": self.shown, "sort": self.order, "dir": "desc" if self.descending else "asc"}
        kept = {"of": str(self.occurrence)} if self.occurrence else {}
        return urlencode(values | kept | changed)


class Secretary:
    """The endpoints of the secretary's page."""

    def __init__(self, house: House) -> None:
        self._house = house
        desk = house.desk

        async def held(visit: Visit, fields: Mapping[str, str], number: int, accept: bool) -> Told:
            choice = CHOICES.get(fields.get("as", "")) if accept else None
            if choice is None:
                return await desk.decide_held(visit.public_id, visit.serial, number, accept)
            address = fields.get("for", "")[:ADDRESS_LIMIT].strip()
            return await desk.decide_held(visit.public_id, visit.serial, number, True, choice[0], address)

        async def counter(visit: Visit, fields: Mapping[str, str], number: int, accept: bool) -> Told:
            reason = fields.get("urgent_reason", "")[:LONGEST_REASON]
            return await desk.decide_counter(visit.public_id, visit.serial, number, accept, reason)

        async def deputy(visit: Visit, fields: Mapping[str, str], number: int, accept: bool) -> Told:
            other = fields.get("other_agency") == "yes"
            return await desk.decide_deputy(visit.public_id, visit.serial, number, accept, other)

        self._orders: dict[str, tuple[_Decide, str, str]] = {
            "held": (held, "accepted", "rejected"),
            "counter": (counter, "moved", "kept"),
            "deputy": (deputy, "consented", "refused"),
        }

    def routes(self) -> list[Route]:
        """All paths below /s."""
        return [
            Route("/s/{token}", self.show, methods=["GET"]),
            Route("/s/{token}/danh-sach.csv", self.list_as_csv, methods=["GET"]),
            Route("/s/{token}/thu/{number:str}.eml", self.mail, methods=["GET"]),
            Route("/s/{token}/resend", self.resend, methods=["POST"]),
            Route("/s/{token}/{order:str}", self.decide, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page."""
        visit = self._house.visits.read(request, "secretary")
        view = await self._view(request, visit)
        if isinstance(view, Response):
            return view
        said = said_of(request.query_params.get("said", ""), request.query_params.get("who", ""), view)
        return await asyncio.to_thread(self._page, request, visit, view, said, None)

    async def list_as_csv(self, request: Request) -> Response:
        """Those who are looked at, as CSV."""
        visit = self._house.visits.read(request, "secretary")
        view = await self._view(request, visit)
        if isinstance(view, Response):
            return view
        look = Choice.of(request)
        language = self._house.pages.language_of(request.scope)
        timezone = view.stored.meeting.timezone

        def content_of() -> bytes:
            return as_csv(chosen(view.people, look.shown, look.order, look.descending), timezone, language)

        content = await asyncio.to_thread(content_of)
        headers = {"Content-Disposition": 'attachment; filename="danh-sach.csv"'}
        return Response(content, headers=headers, media_type="text/csv; charset=utf-8")

    async def mail(self, request: Request) -> Response:
        """A held mail as it came, to be read by a mail program; of a long one the beginning."""
        visit = self._house.visits.read(request, "secretary")
        view = await self._view(request, visit)
        if isinstance(view, Response):
            return view
        number = number_of(request.path_params["number"], _LARGEST_ID)
        content = None
        if number is not None:
            content = await self._house.desk.held_mail(visit.public_id, visit.serial, number, LONGEST_MAIL_BYTES)
        if content is None:
            return self._house.pages.error(request.scope, 404)
        headers = {"Content-Disposition": f'attachment; filename="thu-{number}.eml"'}
        return Response(content, headers=headers, media_type="application/octet-stream")

    async def decide(self, request: Request) -> Response:
        """Say yes or no to a held mail, a proposed time or a deputy."""
        name = request.path_params["order"]
        if name not in self._orders:
            return self._house.pages.error(request.scope, 404)
        order, yes, no = self._orders[name]

        async def decided(visit: Visit, fields: Mapping[str, str], number: int) -> tuple[Told, str]:
            accept = fields.get("decision") == "yes"
            return await order(visit, fields, number, accept), yes if accept else no

        return await self._ordered(request, decided, ("yes", "no"))

    async def resend(self, request: Request) -> Response:
        """Send the letter to one person again."""

        async def sent(visit: Visit, fields: Mapping[str, str], number: int) -> tuple[Told, str]:
            return await self._house.desk.resend(visit.public_id, visit.serial, number), "resent"

        return await self._ordered(request, sent, ())

    async def _ordered(
        self,
        request: Request,
        act: Callable[[Visit, Mapping[str, str], int], Awaitable[tuple[Told, str]]],
        decisions: tuple[str, ...],
    ) -> Response:
        """Check the form, act, and show the page again; `decisions`: what the form may decide."""
        visit = self._house.visits.read(request, "secretary")
        fields, foreign = await self._house.form(request, visit, "secretary")
        view = await self._view(request, visit)
        if isinstance(view, Response):
            return view
        if foreign is not None:
            return await asyncio.to_thread(self._page, request, visit, view, None, foreign, 403)
        number = number_of(fields.get("id", ""), _LARGEST_ID)
        if number is None:
            return self._house.pages.error(request.scope, 400)
        if decisions and fields.get("decision") not in decisions:
            return self._house.pages.error(request.scope, 400)
        told, said = await act(visit, fields, number)
        if not told.done:
            fresh = await self._view(request, visit)
            if isinstance(fresh, Response):
                return fresh
            return await asyncio.to_thread(self._page, request, visit, fresh, None, told.sentence, 409)
        who = {"who": str(told.attendee)} if told.attendee else {}
        return self._house.back(request, f"/s/{visit.token}", said, **who)

    async def _view(self, request: Request, visit: Visit) -> SecretaryView | Response:
        view = await self._house.desk.secretary(visit.public_id, visit.serial, Choice.of(request).occurrence)
        if isinstance(view, Gone):
            return self._house.gone(request, view)
        if clock.now_microseconds() - ends_at(view) > LINKS_LIVE_DAYS * DAY_SECONDS * 1_000_000:
            return self._house.expired(request, Contact(address=self._house.settings.secretary))
        return view

    def _page(
        self,
        request: Request,
        visit: Visit,
        view: SecretaryView,
        said: Text | None,
        wrong: Text | None,
        status: int = 200,
    ) -> Response:
        house, meeting, look = self._house, as_stored(view.stored), Choice.of(request)
        language = house.pages.language_of(request.scope)
        coming = next_among(view.occurrences, clock.now_microseconds()) if meeting.rrule else None
        about = meeting if coming is None else replace(meeting, places=(coming.override or meeting).places)
        people = chosen(view.people, look.shown, look.order, look.descending)
        pages = max(1, -(-len(people) // ROWS_PER_PAGE))
        page = min(look.page, pages)
        rows = people[(page - 1) * ROWS_PER_PAGE : page * ROWS_PER_PAGE]
        held, counters, deputies = waiting(view, language)
        here = f"/s/{visit.token}"
        return house.pages.render(
            request.scope,
            "secretary.html",
            SECRET_TITLE if meeting.secret else Text(meeting.summary, meeting.summary),
            status,
            at=here,
            meeting=meeting_words(about, about.places, None, language, coming),
            sequence=view.stored.sequence,
            totals=_totals(view, language),
            shown=look.shown,
            filters=[
                (name, say(text, language), _look(house, request, here, look, show=name))
                for name, text in FILTERS.items()
            ],
            columns=_columns(house, request, here, look, language),
            people=[person_words(line, meeting.timezone, language) for line in rows],
            count=sum(not line.removed for line in people),
            removed=sum(line.removed for line in people),
            page=page,
            pages=[(number, _look(house, request, here, look, page=str(number))) for number in range(1, pages + 1)],
            sittings=_sittings(house, request, here, look, view, language),
            occurrence=str(look.occurrence),
            held=held,
            counters=counters,
            deputies=deputies,
            choices=[(name, say(PARTSTATS[partstat], language)) for name, (partstat, _) in CHOICES.items()],
            said=say(said, language) if said else "",
            wrong=say(wrong, language) if wrong else "",
            paths={
                "csv": _look(house, request, f"{here}/danh-sach.csv", look),
                "here": house.pages.link(request.scope, here),
                "mail": f"{house.pages.prefix}{here}/thu",
                **{name: house.pages.link(request.scope, f"{here}/{name}") for name in (*self._orders, "resend")},
            },
            token=house.tokens.issue(visit.subject),
        )


def number_of(text: str, largest: int) -> int | None:
    """The number that a form or an address names; None for what is none, or is too large."""
    plain = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if plain and int(text) <= largest else None


def _totals(view: SecretaryView, language: Language) -> list[tuple[str, int]]:
    """How many, by filter."""
    numbers = count(view.people)
    return [(say(text, language), numbers[name]) for name, text in FILTERS.items()]


def _columns(house: House, request: Request, here: str, look: Choice, language: Language) -> list[tuple[str, str, str]]:
    """(text, address of the list in this order, how it is ordered now as aria-sort says it)."""
    found = []
    for name, text in ORDERS.items():
        now = "" if name != look.order else "descending" if look.descending else "ascending"
        address = _look(house, request, here, look, sort=name, dir="desc" if now == "ascending" else "asc")
        found.append((say(text, language), address, now or "none"))
    return found


def _sittings(
    house: House, request: Request, here: str, look: Choice, view: SecretaryView, language: Language
) -> list[tuple[str, str, str]]:
    """(key, text, address of the list about it) of a series, the whole first; none for a single meeting."""
    meeting = view.stored.meeting
    if not meeting.rrule or meeting.secret:
        return []
    whole = ("0", say(_WHOLE, language), _look(house, request, here, look, of="0"))
    live = [one for one in view.occurrences if one.status != "CANCELLED"]
    words = [sitting_words(one, meeting, language) for one in sorted(live, key=lambda one: one.start_at)]
    return [whole, *((one.key, one.when, _look(house, request, here, look, of=one.key)) for one in words)]


def _look(house: House, request: Request, path: str, look: Choice, **changed: str) -> str:
    """The address of a look, in the language of this page."""
    lang = request.query_params.get("lang", "")
    kept = {"lang": lang} if lang in ("vi", "en") else {}
    return f"{house.pages.prefix}{path}?{look.query(**changed, **kept)}"
