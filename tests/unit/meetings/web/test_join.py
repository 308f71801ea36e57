"""One click into the room: only while the door is open, only to an https room, recorded only for a person who comes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from foundation.clock import microseconds
from meetings.desk.context import Door
from meetings.meeting import Place
from tests.support.meeting_pages import (
    ATTENDEE,
    ID,
    JOIN,
    LINKS,
    MEETING,
    ROOM_URL,
    SETTINGS,
    START,
    FakeDesk,
    browser,
    path,
)


def desk(state: str, **meeting: object) -> FakeDesk:
    changed = replace(MEETING, **meeting)  # type: ignore[arg-type]
    return FakeDesk(open_door=Door(state, changed, ATTENDEE, 0, microseconds(START) - 3600 * 10**6))  # type: ignore[arg-type]


def test_an_open_door_leads_into_the_room_and_is_recorded() -> None:
    at = desk("open")
    answer = browser(at).get(JOIN)
    assert (answer.status_code, answer.headers["location"]) == (303, ROOM_URL)
    assert answer.headers["cache-control"] == "no-store"
    assert at.orders == [("joined", ID)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "empty"},
    ],
)
def test_a_program_that_looks_ahead_does_not_come_in(headers: dict[str, str]) -> None:
    at = desk("open")
    browser(at).get(JOIN, headers=headers)
    assert at.orders == []


def test_head_does_not_come_in() -> None:
    at = desk("open")
    assert browser(at).head(JOIN).status_code == 303
    assert at.orders == []


def test_a_browser_comes_in() -> None:
    at = desk("open")
    browser(at).get(JOIN, headers={"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"})
    assert at.orders == [("joined", ID)]


def test_before_the_door_opens_the_time_is_told() -> None:
    answer = browser(desk("early")).get(JOIN)
    assert answer.status_code == 200
    assert "Phòng mở lúc <strong>13 giờ 00" in answer.text
    assert "phonghop" not in answer.text, "the room's address is not told beforehand"
    assert "2468" in answer.text, "what devices need is"


@pytest.mark.parametrize(("state", "said"), [("over", "đã kết thúc"), ("cancelled", "đã hủy")])
def test_what_will_not_open_again_is_gone(state: str, said: str) -> None:
    answer = browser(desk(state, status="CANCELLED" if state == "cancelled" else "CONFIRMED")).get(JOIN)
    assert answer.status_code == 410
    assert said in answer.text
    assert "2468" not in answer.text


def test_a_revoked_link_is_gone() -> None:
    old = path(LINKS.join(replace(ATTENDEE, link_serial=1)))
    gone = browser(desk("open")).get(old)
    assert gone.status_code == 410
    assert "Phạm Thu Hà" in gone.text


def test_an_unknown_link_is_gone_and_names_the_secretary() -> None:
    gone = browser(FakeDesk(open_door=Door("unknown"))).get(JOIN)
    assert gone.status_code == 410
    assert "thuky@tinh.test" in gone.text


def test_a_room_for_devices_is_shown() -> None:
    places = (Place("Điểm cầu xã", h323="10.1.2.3##77", telephone="02033836002", pin="77"),)
    at = desk("open", places=places)
    answer = browser(at).get(JOIN, headers={"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 200
    assert at.orders == []
    assert "10.1.2.3##77" in answer.text
    assert 'href="tel:02033836002"' in answer.text
    assert ">77<" in answer.text


def test_of_several_rooms_one_is_chosen() -> None:
    places = (Place("A", url="https://a.tinh.test/"), Place("B", url="https://b.tinh.test/"))
    at = desk("open", places=places)
    client = browser(at)
    answer = client.get(JOIN)
    assert (answer.status_code, at.orders) == (200, [])
    ways = re.findall(r'href="([^"]*room=[12][^"]*)"', answer.text)
    assert [client.get(way).headers["location"] for way in ways] == ["https://a.tinh.test/", "https://b.tinh.test/"]
    assert at.orders == [("joined", ID)] * 2


@pytest.mark.parametrize("number", ["0", "3", "x", "-1", "https://evil.test/"])
def test_a_room_that_is_not_there_is_not_chosen(number: str) -> None:
    places = (Place("A", url="https://a.tinh.test/"), Place("B", url="https://b.tinh.test/"))
    at = desk("open", places=places)
    answer = browser(at).get(JOIN, params={"room": number})
    assert (answer.status_code, "location" in answer.headers, at.orders) == (200, False, [])


def test_a_meeting_without_a_room_says_where_to_go() -> None:
    answer = browser(desk("open", places=(Place("Hội trường <b>A</b>"),))).get(JOIN)
    assert answer.status_code == 200
    assert "không có phòng trực tuyến" in answer.text
    assert "Hội trường &lt;b&gt;A&lt;/b&gt;" in answer.text


@pytest.mark.parametrize("state", ["early", "open"])
def test_a_meeting_without_a_room_says_so_before_it_begins_too(state: str) -> None:
    answer = browser(desk(state, places=(Place("Hội trường A"),))).get(JOIN)
    assert "không có phòng trực tuyến" in answer.text
    assert "Hội trường A" in answer.text
    assert "Phòng mở lúc" not in answer.text


def test_nobody_comes_into_a_room_that_is_not_there() -> None:
    at = desk("open", places=(Place("Hội trường A"),))
    browser(at).get(JOIN, headers={"Sec-Fetch-Dest": "document"})
    assert at.orders == []


def test_the_common_room_serves_when_the_meeting_names_none() -> None:
    settings = replace(SETTINGS, room=Place("", url="https://chung.tinh.test/"))
    answer = browser(desk("open", places=()), settings).get(JOIN)
    assert answer.headers["location"] == "https://chung.tinh.test/"


@pytest.mark.parametrize("url", ["http://evil.test/", "javascript:alert(1)", "//evil.test", "https://a@evil.test/"])
def test_no_browser_is_sent_anywhere_else(url: str) -> None:
    answer = browser(desk("open", places=(Place("A", url=url),))).get(JOIN)
    assert "location" not in answer.headers
    assert "evil.test" not in answer.text


@pytest.mark.parametrize("query", ["url", "next", "to", "redirect"])
def test_the_request_does_not_say_where_to_go(query: str) -> None:
    answer = browser(desk("open")).get(f"{JOIN}?{query}=https://evil.test/")
    assert answer.headers["location"] == ROOM_URL
