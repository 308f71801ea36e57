"""Rooms that somebody wrote down: the own place first, https first, and nothing that a browser should not open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetings.meeting import Place
from meetings.rooms.static import StaticRooms, safe_url
from tests.support.meeting_pages import ATTENDEE, MEETING, ROOM_URL

COMMON = Place("", url="https://chung.tinh.test/", sip="chung@mcu.tinh.test", pin="1")


def test_people_enter_by_their_own_place() -> None:
    (room,) = StaticRooms(COMMON).link(MEETING, ATTENDEE)
    assert (room.name, room.url, room.sip) == ("Điểm cầu Sở Xây dựng", ROOM_URL, "giaoban@mcu.tinh.test")
    assert (room.h323, room.telephone, room.pin) == ("", "", "2468")


def test_who_sits_in_the_hall_enters_no_room_of_others() -> None:
    elsewhere = replace(ATTENDEE, guest=replace(ATTENDEE.guest, agency="stc", groups=("stc",)))
    assert StaticRooms(COMMON).link(MEETING, elsewhere) == ()


def test_a_meeting_without_any_way_in_has_the_common_room() -> None:
    assert StaticRooms(COMMON).link(replace(MEETING, places=(Place("Hội trường"),)), ATTENDEE) == (COMMON,)
    assert StaticRooms(COMMON).link(replace(MEETING, places=()), ATTENDEE) == (COMMON,)
    assert StaticRooms().link(replace(MEETING, places=()), ATTENDEE) == ()


def test_what_a_browser_can_open_comes_first() -> None:
    places = (Place("A", sip="a@mcu.tinh.test"), Place("B", url="https://b.tinh.test/"))
    assert [room.name for room in StaticRooms().link(replace(MEETING, places=places), ATTENDEE)] == ["B", "A"]


def test_a_cancelled_or_secret_meeting_has_no_room() -> None:
    assert StaticRooms(COMMON).link(replace(MEETING, status="CANCELLED"), ATTENDEE) == ()
    assert StaticRooms(COMMON).link(replace(MEETING, secret=True), ATTENDEE) == ()


@pytest.mark.parametrize(
    "url",
    [
        "http://phong.tinh.test/",
        "javascript:alert(1)",
        "//evil.test/",
        "https:evil.test",
        "https:///x",
        "https://an:matkhau@phong.tinh.test/",
        "https://phong.tinh.test@evil.test/",
        "https://phong.tinh.test/\r\nSet-Cookie: a=b",
        "https://phong.tinh.test/ x",
        "https://phong.tinh.test\\@evil.test/",
        "https://phòng.tinh.test/",
        "https://phong.tinh.test:99999/",
        "https://[::1/",
        "data:text/html,x",
        "",
    ],
)
def test_no_browser_is_sent_there(url: str) -> None:
    assert safe_url(url) == ""
    places = (Place("A", url=url),)
    assert all(not room.url for room in StaticRooms().link(replace(MEETING, places=places), ATTENDEE))


def test_an_ordinary_address_stays_as_it_is() -> None:
    url = "https://phong.tinh.test:8443/j/123?pwd=a%20b#x"
    assert safe_url(url) == url
