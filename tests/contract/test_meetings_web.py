"""The pages over the real desk, on SQLite and PostgreSQL: what is pressed on a page is what the tables then say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from foundation import clock, journal
from foundation.clock import microseconds
from foundation.rendering import Renderer
from meetings.control_orders.editions import Editions
from meetings.control_orders.workplace import Workplace
from meetings.desk.answers import take_in
from meetings.meeting import Attendee, Place
from meetings.replies.values import Answered, Envelope
from meetings.store import attendees, lines, meetings, outbox, proposals
from meetings.store.values import StoredMeeting
from meetings.store.view_values import PersonLine
from meetings.web.application import create_app
from meetings.web.desk_access import DeskPages
from tests.support.databases import Open
from tests.support.meeting_book import MIGRATIONS, reading
from tests.support.meeting_orders import HANH, LAN, MINH, TUAN, ZONE, OrdersHouse, day
from tests.support.meeting_pages import form_token

PUBLIC_URL = "https://hop.tinh.test"


class WebHouse(OrdersHouse):
    """A meetings database with pages in front of it."""

    def __init__(self, open_tool: Open) -> None:
        super().__init__(open_tool("meetings", MIGRATIONS), public_url=PUBLIC_URL, secretary="thuky@tinh.test")
        self.settings = replace(self.settings, room=Place("", url="https://phonghop.tinh.test/chung"))
        self.place = Workplace(
            settings=lambda: self.settings,
            database=self.database,
            people=self.people.open,  # type: ignore[arg-type]  # answers what is asked of it here
            links=lambda: self.links,
        )
        desk = DeskPages(self.place, Editions(self.place).accept_time)
        app = create_app(desk, self.links, self.settings, Renderer())
        self.client = TestClient(app, base_url=PUBLIC_URL, follow_redirects=False)

    def meeting(self) -> StoredMeeting:
        found = self.database.read(lambda unit: meetings.find(unit, "15/GM-UBND"))
        assert len(found) == 1
        return found[0]

    def attendee(self, address: str) -> Attendee:
        everybody = self.database.read(lambda unit: attendees.of_meeting(unit, self.meeting().id))
        return next(one.attendee for one in everybody if one.attendee.guest.address == address)

    def line(self, address: str, recurrence_id: int = 0) -> PersonLine:
        everybody = self.database.read(lambda unit: lines.of_meeting(unit, self.meeting().id, recurrence_id))
        return next(one for one in everybody if one.address == address)

    def page(self, address: str) -> str:
        return path(self.links.page(self.attendee(address)))

    def join(self, address: str) -> str:
        return path(self.links.join(self.attendee(address)))

    def list(self) -> str:
        stored = self.meeting()
        return path(self.links.secretary(stored.public_id, stored.link_serial))

    def send(self, page: str, action: str, **fields: str) -> Any:
        token = form_token(self.client.get(page).text)
        return self.client.post(f"{page}{action}", data={"token": token, **fields})

    def mailed(self, purpose: str) -> list[str]:
        found = self.database.read(lambda unit: outbox.of_meeting(unit, self.meeting().id))
        return [mail.address for mail in found if mail.purpose == purpose]

    def records(self) -> list[str]:
        return [one.type for one in self.database.read(lambda unit: journal.read_records(unit, 0, 10_000))]

    def take_in(self, given: Answered, method: str, detail: str) -> str:
        mail = reading(self.meeting().uid, given, method=method)
        envelope = Envelope(given.attendee, f"hop+{detail}@tinh.test" if detail else "hop@tinh.test")
        context = self.place.context("mail")
        return self.database.run(lambda unit: take_in(unit, mail, envelope, b"raw", context)).verdict


def path(url: str) -> str:
    return urlsplit(url).path


@pytest.fixture
def house(open_tool: Open) -> WebHouse:
    return WebHouse(open_tool)


def test_an_answer_on_the_page_is_counted_once(house: WebHouse) -> None:
    house.create()
    page = house.page(TUAN.address)
    assert "Họp giao ban" in house.client.get(page).text
    assert house.send(page, "/answer", answer="declined", comment="Đi công tác").status_code == 303
    line = house.line(TUAN.address)
    assert (line.partstat, line.comment) == ("DECLINED", "Đi công tác")
    text = house.client.get(page).text
    assert "Đi công tác" in text
    assert "trên trang này" in text
    assert "answer.counted" in house.records()
    assert "Đi công tác" in house.client.get(house.list()).text


def test_reading_writes_nothing(house: WebHouse) -> None:
    house.create()
    before = house.records()
    for url in (house.page(TUAN.address), f"{house.page(TUAN.address)}?answer=declined", house.list()):
        assert house.client.get(url).status_code == 200
        assert house.client.head(url).status_code == 200
    assert house.client.get(house.join(TUAN.address)).status_code == 200, "the door is not open yet"
    assert house.records() == before
    assert house.line(TUAN.address).joined_at is None


def test_a_sitting_of_a_series_is_answered_by_itself(house: WebHouse) -> None:
    house.create(rrule="FREQ=WEEKLY;COUNT=3")
    page = house.page(TUAN.address)
    keys = re.findall(r'<option value="(\d+)"', house.client.get(page).text)
    assert len(keys) == 4
    assert house.send(page, "/answer", answer="declined", occurrence=keys[2]).status_code == 303
    assert house.line(TUAN.address, int(keys[2])).partstat == "DECLINED"
    assert house.line(TUAN.address, int(keys[1])).partstat == "NEEDS-ACTION"
    text = house.client.get(f"{house.list()}?of={keys[2]}&show=declined").text
    assert TUAN.name in text


def test_a_revoked_link_is_gone_with_everything_behind_it(house: WebHouse) -> None:
    house.create()
    page, join = house.page(TUAN.address), house.join(TUAN.address)
    token = form_token(house.client.get(page).text)
    house.ask("links_revoke", meeting="15/GM-UBND", address=TUAN.address)
    assert house.client.get(page).status_code == 410
    assert house.client.get(join).status_code == 410
    assert house.client.get(f"{page}/giay-moi.pdf").status_code == 410
    assert house.client.post(f"{page}/answer", data={"token": token, "answer": "accepted"}).status_code == 410
    assert house.line(TUAN.address).partstat == "NEEDS-ACTION"
    assert house.client.get(house.page(TUAN.address)).status_code == 200


def test_a_deputy_is_proposed_consented_to_and_comes_instead(house: WebHouse) -> None:
    house.create()
    page, join = house.page(HANH.address), house.join(HANH.address)
    assert MINH.name in house.client.get(f"{page}/deputy?words=minh").text
    assert house.send(f"{page}/deputy", "", colleague=MINH.address, comment="Bận họp Bộ").status_code == 303
    assert "đang chờ" in house.client.get(page).text
    assert "thuky@tinh.test" in house.mailed("consent")
    (proposal,) = house.database.read(lambda unit: proposals.deputies(unit, house.meeting().id))
    assert "Bận họp Bộ" in house.client.get(house.list()).text
    done = house.send(house.list(), "/deputy", id=str(proposal.id), decision="yes")
    assert done.status_code == 303
    assert (house.client.get(page).status_code, house.client.get(join).status_code) == (410, 410)
    assert f"đi thay {HANH.name}" in house.client.get(house.page(MINH.address)).text
    assert sorted(house.mailed("delegation")) == sorted([HANH.address, MINH.address])
    again = house.send(house.list(), "/deputy", id=str(proposal.id), decision="no")
    assert again.status_code == 409
    assert "Việc này đã được quyết định trước đó." in again.text


def test_whoever_is_invited_is_no_colleague_to_send(house: WebHouse) -> None:
    house.create()
    page = house.page(TUAN.address)
    shown = house.client.get(f"{page}/deputy").text
    assert LAN.name not in shown, "invited in her own right"
    assert MINH.name in house.client.get(f"{house.page(HANH.address)}/deputy").text


@pytest.mark.parametrize("address", [LAN.address, "ai.do@noi.khac.example"])
def test_a_deputy_from_elsewhere_is_not_taken(house: WebHouse, address: str) -> None:
    house.create(required=[HANH.address])
    refused = house.send(f"{house.page(HANH.address)}/deputy", "", address=address)
    assert refused.status_code == 409
    assert "meetings" not in refused.text.partition("<h1>")[0], "hints about commands stay away from pages"
    assert house.mailed("consent") == []


def test_without_the_directory_nobody_is_proposed(house: WebHouse) -> None:
    house.create()
    house.people.away = True
    page = house.page(HANH.address)
    assert "Danh bạ tạm thời không tra được" in house.client.get(f"{page}/deputy").text
    assert house.send(f"{page}/deputy", "", address=MINH.address).status_code == 503


def test_whoever_comes_in_is_recorded_once(house: WebHouse) -> None:
    soon = (clock.now().astimezone(ZONE) + timedelta(minutes=30)).replace(second=0, microsecond=0)
    house.create(start=soon.isoformat(), urgent_reason="Họp khẩn")
    join = house.join(TUAN.address)
    assert house.client.head(join).status_code == 303
    assert house.line(TUAN.address).joined_at is None
    first = house.client.get(join)
    assert (first.status_code, first.headers["location"]) == (303, "https://phonghop.tinh.test/chung")
    joined_at = house.line(TUAN.address).joined_at
    assert joined_at is not None
    house.client.get(join)
    assert house.line(TUAN.address).joined_at == joined_at
    assert house.records().count("room.joined") == 1
    assert house.line(LAN.address).joined_at is None


def test_the_feed_holds_all_meetings_until_its_link_is_replaced(house: WebHouse) -> None:
    house.create()
    house.create(number="16/GM-UBND", summary="Họp khác", start=day(40).isoformat())
    page = house.page(TUAN.address)
    found = re.search(r'value="https://hop\.tinh\.test(/f/[^"]+\.ics)"', house.client.get(page).text)
    assert found
    feed = house.client.get(found[1])
    assert feed.content.count(b"BEGIN:VEVENT") == 2
    assert house.client.get(found[1], headers={"If-None-Match": feed.headers["etag"]}).status_code == 304
    assert house.send(page, "/feed").status_code == 303
    assert house.client.get(found[1]).status_code == 410
    fresh = re.search(r'value="https://hop\.tinh\.test(/f/[^"]+\.ics)"', house.client.get(page).text)
    assert fresh
    assert house.client.get(fresh[1]).content == feed.content


def test_a_proposed_time_is_declined_or_taken_over(house: WebHouse) -> None:
    house.create()
    start = day(37, hour=14)
    end = start + timedelta(hours=1)
    for guest in (TUAN, HANH):
        given = Answered(
            guest.address,
            dtstamp=clock.now(),
            proposed_start=start,
            proposed_end=end,
            comment=f"Xin dời, {guest.name}",
        )
        assert house.take_in(given, "COUNTER", house.attendee(guest.address).reply_token) == "counted"
    first, second = house.database.read(lambda unit: proposals.counters(unit, house.meeting().id))
    assert f"Xin dời, {TUAN.name}" in house.client.get(house.list()).text
    assert house.send(house.list(), "/counter", id=str(first.id), decision="no").status_code == 303
    assert house.mailed("declinecounter") == [TUAN.address]
    assert house.send(house.list(), "/counter", id=str(second.id), decision="yes").status_code == 303
    assert microseconds(house.meeting().meeting.start) == microseconds(start)
    text = house.client.get(house.page(LAN.address)).text
    assert "14 giờ 00" in text
    refused = house.send(house.list(), "/counter", id=str(second.id), decision="yes")
    assert refused.status_code == 409


def test_a_time_at_short_notice_needs_its_reason(house: WebHouse) -> None:
    house.create()
    start = (clock.now().astimezone(ZONE) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    given = Answered(TUAN.address, dtstamp=clock.now(), proposed_start=start, proposed_end=start + timedelta(hours=1))
    house.take_in(given, "COUNTER", house.attendee(TUAN.address).reply_token)
    (counter,) = house.database.read(lambda unit: proposals.counters(unit, house.meeting().id))
    refused = house.send(house.list(), "/counter", id=str(counter.id), decision="yes")
    assert refused.status_code == 409
    assert "ngày làm việc" in refused.text.partition("<h1>")[0]
    done = house.send(house.list(), "/counter", id=str(counter.id), decision="yes", urgent_reason="Họp khẩn")
    assert done.status_code == 303
    assert microseconds(house.meeting().meeting.start) == microseconds(start)


def test_a_held_answer_is_let_through_or_set_aside(house: WebHouse) -> None:
    house.create()
    for name in ("mot", "hai"):
        given = Answered(f"{name}@khac.example", attendee_name="Người Lạ", partstat="ACCEPTED", dtstamp=clock.now())
        assert house.take_in(given, "REPLY", "") == "held"
    ids = re.findall(r'action="[^"]*/held">\s*<input[^>]*><input type="hidden" name="id" value="(\d+)"', _list(house))
    assert len(ids) == 2
    assert house.send(house.list(), "/held", id=ids[0], decision="yes").status_code == 303
    assert house.send(house.list(), "/held", id=ids[1], decision="no").status_code == 303
    assert "/held" not in _list(house)
    assert house.send(house.list(), "/held", id=ids[0], decision="yes").status_code == 409
    addresses = {one.address for one in house.database.read(lambda unit: lines.of_meeting(unit, house.meeting().id))}
    assert len(addresses & {"mot@khac.example", "hai@khac.example"}) == 1


def test_the_letter_is_sent_again_to_one_of_this_meeting_only(house: WebHouse) -> None:
    house.create()
    before = len(house.mailed("request"))
    assert house.send(house.list(), "/resend", id=str(house.attendee(TUAN.address).id)).status_code == 303
    assert len(house.mailed("request")) == before + 1
    other = house.attendee(LAN.address).id
    house.create(number="16/GM-UBND", summary="Họp khác", start=day(40).isoformat(), required=[HANH.address])
    stored = house.database.read(lambda unit: meetings.find(unit, "16/GM-UBND"))[0]
    elsewhere = path(house.links.secretary(stored.public_id, stored.link_serial))
    assert house.send(elsewhere, "/resend", id=str(other)).status_code == 409


def test_the_secretary_of_one_meeting_decides_nothing_of_another(house: WebHouse) -> None:
    house.create()
    given = Answered("mot@khac.example", partstat="ACCEPTED", dtstamp=clock.now())
    house.take_in(given, "REPLY", "")
    (number,) = re.findall(r'/held">\s*<input[^>]*><input type="hidden" name="id" value="(\d+)"', _list(house))
    house.create(number="16/GM-UBND", summary="Họp khác", start=day(40).isoformat(), required=[HANH.address])
    stored = house.database.read(lambda unit: meetings.find(unit, "16/GM-UBND"))[0]
    elsewhere = path(house.links.secretary(stored.public_id, stored.link_serial))
    assert house.send(elsewhere, "/held", id=number, decision="yes").status_code == 409


def test_a_cancelled_meeting_takes_no_answer_any_more(house: WebHouse) -> None:
    house.create()
    page = house.page(TUAN.address)
    token = form_token(house.client.get(page).text)
    house.ask("cancel", meeting="15/GM-UBND")
    assert "đã hủy" in house.client.get(page).text
    assert house.client.post(f"{page}/answer", data={"token": token, "answer": "accepted"}).status_code == 409
    assert house.client.get(house.join(TUAN.address)).status_code == 410


def test_a_meeting_that_became_secret_is_nowhere_on_the_web(house: WebHouse) -> None:
    house.create()
    page, join = house.page(TUAN.address), house.join(TUAN.address)
    secret = {"secret": True, "places": ["Hội trường"], "papers": [], "content": "", "requirements": ""}
    house.ask("change", meeting="15/GM-UBND", form=secret, source="", check=False)
    assert house.client.get(page).status_code == 410
    assert house.client.get(join).status_code == 410
    assert "giao ban" not in house.client.get(page).text


def test_the_letter_is_printed(house: WebHouse) -> None:
    house.create()
    printed = house.client.get(f"{house.page(TUAN.address)}/giay-moi.pdf")
    assert printed.status_code == 200
    assert printed.content.startswith(b"%PDF-")
    assert house.client.get(f"{house.page(LAN.address)}/giay-moi.pdf").content == printed.content


def _list(house: WebHouse) -> str:
    return str(house.client.get(house.list()).text)
