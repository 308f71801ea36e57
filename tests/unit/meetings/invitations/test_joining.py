"""How a room is entered: links that are personal, devices with a PIN, and words that make no URI."""

from __future__ import annotations

from dataclasses import replace

import pytest

from meetings.invitations.joining import conferences, location, names, ways
from meetings.meeting import Place
from tests.support.meeting_letters import HALL, MEETING, ONLINE

JOIN = "https://hop.tinh.test/j/x"


@pytest.mark.parametrize(
    ("place", "uris"),
    [
        (Place("a", sip="4711@mcu.tinh.test"), ["sip:4711@mcu.tinh.test"]),
        (Place("a", sip="SIPS:4711@mcu.tinh.test"), ["sips:4711@mcu.tinh.test"]),
        (Place("a", sip="phòng 1"), ["sip:ph%C3%B2ng%201"]),
        (Place("a", sip="sip:"), []),
        (Place("a", h323="h323:hop@mcu.tinh.test"), ["h323:hop@mcu.tinh.test"]),
        (Place("a", h323="192.0.2.9##12"), ["h323:192.0.2.9%23%2312"]),
        (Place("a", telephone="+84 (20) 3333-4444", pin="12 34#"), ["tel:+842033334444,,,1234%23"]),
        (Place("a", telephone="tel:0203333,,,9"), ["tel:+84203333"]),
        (Place("a", telephone="0255 3822 111", pin="9999"), ["tel:+842553822111,,,9999"]),
        (Place("a", telephone="0255 3822 111 máy lẻ 12"), ["tel:+842553822111;ext=12"]),
        (Place("a", telephone="0255 3822 111, 12", pin="9"), ["tel:+842553822111,,,9;ext=12"]),
        (Place("a", telephone="+84 (0)255 3822 111;ext=12"), ["tel:+842553822111;ext=12"]),
        (Place("a", telephone="0044 20 7946 0000"), ["tel:+442079460000"]),
        (Place("a", telephone="1900 1234"), ["tel:19001234;phone-context=+84"]),
        (Place("a", telephone="hỏi văn thư"), []),
        (Place("a", url="https://hop.tinh.test/1"), []),
    ],
)
def test_devices(place: Place, uris: list[str]) -> None:
    found = ways(replace(MEETING, places=(place,)), (place,), None, "")
    assert [each.uri for each in conferences(found)] == uris


def test_what_makes_no_uri_is_still_shown() -> None:
    place = Place("a", telephone="hỏi văn thư", pin="1")
    (way,) = ways(replace(MEETING, places=(place,)), (place,), None, "")
    assert (way.shown, way.uri, way.pin) == ("hỏi văn thư", "", "1")


def test_the_personal_link_comes_first_and_two_places_with_one_device_name_it_once() -> None:
    twin = replace(ONLINE, name="Điểm cầu B")
    found = ways(MEETING, (ONLINE, twin), None, JOIN)
    assert [way.uri.partition(":")[0] for way in found] == ["https", "sip", "h323", "tel"]


def test_people_around_a_table_enter_no_room_that_others_have() -> None:
    assert ways(MEETING, (HALL,), ONLINE, JOIN) == ()


def test_the_common_room_is_for_meetings_that_name_none() -> None:
    meeting = replace(MEETING, places=(HALL,))
    assert [way.uri.partition(":")[0] for way in ways(meeting, (HALL,), ONLINE, JOIN)] == [
        "https",
        "sip",
        "h323",
        "tel",
    ]
    assert ways(meeting, (HALL,), None, JOIN) == ()
    assert ways(meeting, (HALL,), None, "") == ()


def test_a_secret_meeting_has_no_way_in() -> None:
    assert ways(replace(MEETING, secret=True, places=()), (), ONLINE, JOIN) == ()


def test_location_is_short() -> None:
    found = ways(MEETING, (ONLINE,), None, "")
    assert location((ONLINE,), found) == "Điểm cầu các xã | SIP: sip:4711@mcu.tinh.test, mã PIN 2468"
    assert location((), ()) == ""
    assert names((HALL, replace(ONLINE, name=" "))) == HALL.name
