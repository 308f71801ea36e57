"""The pages of the meetings tool over a desk that remembers what it was asked: one meeting of a province, invented."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any, Literal
from zoneinfo import ZoneInfo

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from foundation.clock import microseconds, now
from foundation.errors import StorageError
from foundation.keys import Key, Keyring, key_id
from foundation.language import Language, Text
from foundation.rendering import Renderer
from meetings.desk.context import Door
from meetings.desk.views import declined_in
from meetings.links import Links
from meetings.meeting import Attendee, Contact, Guest, Meeting, Paper, Place
from meetings.settings import MeetingsSettings
from meetings.store.mail_values import Incoming
from meetings.store.values import (
    Answer,
    CounterProposal,
    DeputyProposal,
    StoredMeeting,
    StoredOccurrence,
)
from meetings.store.view_values import (
    FeedEvent,
    FeedView,
    PersonalView,
    PersonLine,
    SecretaryView,
)
from meetings.web.application import create_app
from meetings.web.asked import Gone, PageAnswer, Told

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PUBLIC_URL = "https://hop.tinh.test"
ROOM_URL = "https://phonghop.tinh.test/giao-ban?x=1"
ID = "abcdefgh23456777"
SETTINGS = MeetingsSettings(
    domains=("tinh.test",),
    organiser="hop@tinh.test",
    bounce_address="hop-bao-phat@tinh.test",
    public_url=PUBLIC_URL,
    organisation="Ủy ban nhân dân tỉnh Thử",
    organiser_name="Văn phòng UBND tỉnh Thử",
    secretary="thuky@tinh.test",
)


def key(number: int) -> Key:
    """A key that is good for tests alone."""
    secret = bytes([number]) * 32
    return Key(key_id("hmac-sha256", secret), date(2026, 1, number), "hmac-sha256", secret)


KEYS = Keyring((key(1),))
LINKS = Links(KEYS, PUBLIC_URL)

START = now().astimezone(ZONE).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=5)
GUEST = Guest(
    "binhtt.sxd@tinh.test",
    "Trần Thị Bình",
    title="Giám đốc",
    agency="sxd",
    agency_name="Sở Xây dựng",
    telephone="0912 345 678",
    groups=("sxd",),
)
ATTENDEE = Attendee(7, GUEST, ID, "replytoken")
CHAIR = Attendee(
    1, Guest("anlv.vpub@tinh.test", "Lê Văn An", "CHAIR", "Chủ tịch", "vpub", "Văn phòng"), "c" * 16, "chairtoken"
)
MEETING = Meeting(
    uid="5d3f3b52-0f4e-4b52-9c7c-2f9f3c7f8a10@tinh.test",
    summary="Họp giao ban công tác quý IV",
    start=START,
    end=START + timedelta(hours=2),
    number="15/GM-UBND",
    chair="anlv.vpub@tinh.test",
    chair_name="Đồng chí Lê Văn An, Chủ tịch",
    content="Đánh giá kết quả quý III.\nPhương hướng quý IV.",
    requirements="Chuẩn bị báo cáo bằng văn bản.",
    places=(
        Place("Phòng họp số 1, trụ sở UBND tỉnh"),
        Place("Điểm cầu Sở Xây dựng", ("sxd",), url=ROOM_URL, sip="giaoban@mcu.tinh.test", pin="2468"),
    ),
    papers=(Paper("Dự thảo báo cáo", "https://vanban.tinh.test/bao-cao.pdf"),),
    contact=Contact("Phạm Thu Hà", "0203 3 836 001", "haptt.vpub@tinh.test"),
    secretary="thuky@tinh.test",
)


def stored(meeting: Meeting = MEETING, **facts: Any) -> StoredMeeting:
    """The meeting as the store knows it."""
    at = microseconds(meeting.start) - 5 * 86400 * 10**6
    values: dict[str, Any] = {
        "id": 3,
        "uid": meeting.uid,
        "status": meeting.status,
        "sequence": 2,
        "time_sequence": 1,
        "last_dtstamp": at,
        "public_id": "m" * 16,
        "link_serial": 0,
        "created_at": at,
        "created_by": "thuky@tinh.test",
    }
    return StoredMeeting(**values | facts, meeting=meeting)


def occurrence(meeting: Meeting, recurrence_id: int = 0, **facts: Any) -> StoredOccurrence:
    """One sitting at the meeting's own time, unless said otherwise."""
    values: dict[str, Any] = {
        "start_at": microseconds(meeting.start),
        "end_at": microseconds(meeting.end),
        "status": meeting.status,
        "sequence": 2,
    }
    return StoredOccurrence(recurrence_id, **values | facts)


def series(weeks: int = 4) -> tuple[Meeting, tuple[StoredOccurrence, ...]]:
    """A weekly meeting: its second sitting is moved by an hour, its third cancelled."""
    meeting = replace(MEETING, rrule=f"FREQ=WEEKLY;COUNT={weeks}")
    found = []
    for week in range(weeks):
        begin = meeting.start + timedelta(weeks=week)
        at = microseconds(begin)
        moved = timedelta(hours=1 if week == 1 else 0)
        sitting = replace(meeting, rrule="", start=begin + moved, end=begin + moved + timedelta(hours=2))
        found.append(
            StoredOccurrence(
                at,
                microseconds(sitting.start),
                microseconds(sitting.end),
                "CANCELLED" if week == 2 else "CONFIRMED",
                2,
                sitting if week in (1, 2) else None,
            )
        )
    return meeting, tuple(found)


def personal_view(meeting: Meeting = MEETING, **facts: Any) -> PersonalView:
    """The page of Ms Bình."""
    values: dict[str, Any] = {
        "stored": stored(meeting),
        "attendee": ATTENDEE,
        "places": meeting.places,
        "chair": CHAIR,
        "counterpart": None,
        "everybody": (),
        "occurrences": (occurrence(meeting),),
        "answers": (),
        "history": (),
        "proposal": None,
        "counters": (),
        "previous": None,
        "feed_id": "feedfeedfeedfeed",
        "feed_serial": 1,
    }
    return PersonalView(**values | facts)


def line(number: int, name: str, **facts: Any) -> PersonLine:
    """One person of the list."""
    values: dict[str, Any] = {
        "address": f"nguoi{number}.sxd@tinh.test",
        "name": name,
        "role": "REQ-PARTICIPANT",
        "title": "Giám đốc",
        "agency": "sxd",
        "agency_name": "Sở Xây dựng",
        "telephone": "0912 345 678",
        "partstat": "NEEDS-ACTION",
        "comment": "",
        "answered_at": None,
        "answered_via": "",
        "answered_from": "",
        "trusted_by": "",
        "delivery": "delivered",
        "delivery_text": "",
        "handed_over_at": 1,
        "possible_duplicate": False,
        "delegated_to": "",
        "delegated_from": "",
        "joined_at": None,
        "removed": False,
        "unreachable": False,
        "answered_old_time": False,
    }
    return PersonLine(number, **values | facts)


def secretary_view(*people: PersonLine, meeting: Meeting = MEETING, **facts: Any) -> SecretaryView:
    """The secretary's page: three people, and one thing of each kind to decide, unless said otherwise."""
    at = microseconds(meeting.start) - 86400 * 10**6
    deputy = Guest("cuongnv.sxd@tinh.test", "Nguyễn Văn Cường", title="Phó Giám đốc", agency_name="Sở Xây dựng")
    values: dict[str, Any] = {
        "stored": stored(meeting),
        "people": people
        or (
            line(1, "Trần Thị Bình", partstat="ACCEPTED", answered_at=at),
            line(2, "Nguyễn Văn Ánh", partstat="DECLINED", comment="Đi công tác", answered_at=at, joined_at=at),
            line(3, "Lê Đức", delivery="failed", delivery_text="550 5.1.1 no such user"),
        ),
        "occurrences": (occurrence(meeting),),
        "held": (
            Incoming(
                11, "<m1@x.test>", "la@khac.test", "hop@tinh.test", "Re: họp", at, "held", "not_invited", 3,
                partstat="ACCEPTED",
            ),
        ),
        "ignored": (),
        "counters": (
            CounterProposal(21, 1, 0, at + 10**11, at + 11**11, "Xin dời", at, "open", "Lê Đức", "d@x.test"),
        ),
        "deputies": (
            DeputyProposal(31, 3, 1, deputy, "Bận họp Bộ", "page", at, "open", None, "", "Trần Thị Bình", "b@x.test"),
        ),
        "totals": {},
    }  # fmt: skip
    return SecretaryView(**values | facts)


@dataclass
class FakeDesk:
    """Answers with what the test put in, and remembers every order. Links of serial 0 hold; others are revoked."""

    view: PersonalView = field(default_factory=personal_view)
    sheet: SecretaryView = field(default_factory=secretary_view)
    open_door: Door = field(default_factory=lambda: Door("open", MEETING, ATTENDEE))
    people: tuple[Guest, ...] = ()
    refusal: Text | None = None
    broken: Exception | None = None
    orders: list[tuple[Any, ...]] = field(default_factory=list)
    asked: int = 0
    occurrence: int = 0

    def _ask(self, serial: int) -> bool:
        self.asked += 1
        if self.broken:
            raise self.broken
        return serial == 0

    def _order(self, *order: Any) -> Told:
        if self.refusal is not None:
            return Told(False, self.refusal)
        self.orders.append(order)
        return Told(True, Text("xong", "done"))

    async def personal(self, public_id: str, serial: int) -> PersonalView | Gone:
        return self.view if self._ask(serial) else Gone("revoked", MEETING.contact)

    async def letter(self, public_id: str, serial: int) -> bytes | None:
        return b"%PDF-1.7" if self._ask(serial) else None

    async def answer(self, public_id: str, serial: int, answer: PageAnswer, comment: str, recurrence_id: int) -> Told:
        return self._order("answer", public_id, answer, comment, recurrence_id)

    async def colleagues(self, public_id: str, serial: int, words: str) -> tuple[Guest, ...]:
        return tuple(guest for guest in self.people if words.casefold() in guest.name.casefold())

    async def propose_deputy(self, public_id: str, serial: int, address: str, reason: str) -> Told:
        return self._order("propose_deputy", public_id, address, reason)

    async def door(self, public_id: str, serial: int, enter: bool) -> Door:
        if not self._ask(serial):
            return Door("revoked", MEETING, ATTENDEE)
        if enter and self.open_door.state == "open":
            self.orders.append(("joined", public_id))
        return self.open_door

    async def feed(self, public_id: str, serial: int) -> FeedView | None:
        if not self._ask(serial):
            return None
        event = FeedEvent(
            self.view.stored.meeting,
            self.view.stored.status,
            2,
            self.view.stored.last_dtstamp,
            self.view.attendee,
            CHAIR,
            self.view.occurrences,
            *declined_in(self.view.answers),
        )
        return FeedView(GUEST.address, (event,), 1)

    async def revoke_feed(self, public_id: str, serial: int) -> Told:
        return self._order("revoke_feed", public_id)

    async def secretary(self, public_id: str, serial: int, recurrence_id: int) -> SecretaryView | Gone:
        self.occurrence = recurrence_id
        return self.sheet if self._ask(serial) else Gone("unknown")

    async def decide_held(
        self, public_id: str, serial: int, held: int, accept: bool, counts_as: str | None = None, attendee: str = ""
    ) -> Told:
        return self._order("decide_held", held, accept, *((counts_as, attendee) if counts_as else ()))

    async def held_mail(self, public_id: str, serial: int, held: int, most_bytes: int) -> bytes | None:
        return b"From: la@khac.test\r\n\r\nx"[:most_bytes] if held == 11 else None

    async def decide_counter(self, public_id: str, serial: int, counter: int, accept: bool, urgent_reason: str) -> Told:
        return self._order("decide_counter", counter, accept, urgent_reason)

    async def decide_deputy(self, public_id: str, serial: int, proposal: int, accept: bool, other_agency: bool) -> Told:
        return self._order("decide_deputy", proposal, accept, other_agency)

    async def resend(self, public_id: str, serial: int, attendee: int) -> Told:
        return self._order("resend", attendee)


class FakeWeek:
    """A public cut with one row, for week 48 of 2026."""

    async def page(self, week: str, leader: str, language: Language) -> str | None:
        return f"<h1>Lịch công tác tuần 48 {leader}</h1>" if week == "2026-W48" else None

    async def is_there(self, week: str, leader: str) -> bool:
        return week in ("2026-W47", "2026-W48")

    async def file(self, week: str, leader: str, kind: Literal["pdf", "ics"]) -> bytes | None:
        return f"file {leader}".encode() if week == "2026-W48" else None


def away() -> StorageError:
    """What a desk raises whose database is away; its message must never reach a visitor."""
    return StorageError(Text("mất kết nối postgres.noi-bo.test", "lost postgres.noi-bo.test"))


def application(desk: FakeDesk, settings: MeetingsSettings = SETTINGS, links: Links = LINKS) -> ASGIApp:
    """The application over this desk."""
    return create_app(desk, links, settings, Renderer(), FakeWeek())


def browser(desk: FakeDesk, settings: MeetingsSettings = SETTINGS, links: Links = LINKS, **options: Any) -> TestClient:
    """A client that follows no redirects and asks for the public host."""
    app = application(desk, settings, links)
    return TestClient(app, base_url=settings.public_url, follow_redirects=False, **options)


def path(url: str) -> str:
    """The path of one of our links."""
    return url.removeprefix(PUBLIC_URL)


PAGE = path(LINKS.page(ATTENDEE))
JOIN = path(LINKS.join(ATTENDEE))
FEED = path(LINKS.feed("feedfeedfeedfeed", 0))
LIST = path(LINKS.secretary("m" * 16, 0))


def form_token(html: str) -> str:
    """The token of the forms on a page."""
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found, "the page has no form"
    return unescape(found[1])


def post(client: TestClient, page: str, action: str, **fields: str) -> Any:
    """Send a form of a page as a browser does: with its token, from the same origin."""
    token = form_token(client.get(page).text)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    return client.post(action, data={"token": token, **fields}, headers=headers)


def answered(partstat: str, at: datetime = START - timedelta(days=1), recurrence_id: int = 0, **facts: Any) -> Answer:
    """An answer that was given."""
    values: dict[str, Any] = {"answered_at": microseconds(at), "via": "page"} | facts
    return Answer(7, recurrence_id, partstat, **values)  # type: ignore[arg-type]
