"""The calendar object of a letter: whom it names, how one enters, a series and its occurrences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from meetings.invitations.event import events_for
from meetings.itip.calendar import calendar
from meetings.meeting import Place
from tests.support.meeting_letters import CHAIR, HALL, MEETING, MOVED, SERIES, START, attendee, every_letter, letter

LETTERS = every_letter()


def test_only_chair_and_recipient_are_named() -> None:
    (event,) = events_for(letter())
    assert [(party.address, party.role) for party in event.attendees] == [
        ("chu.tich@tinh.test", "CHAIR"),
        ("an.nguyen1@xa.tinh.test", "REQ-PARTICIPANT"),
    ]


def test_every_object_of_a_meeting_says_when_the_meeting_was_made() -> None:
    for purpose in ("request", "cancel"):
        (event,) = events_for(letter(purpose, created=START - timedelta(days=9)))
        said = calendar("REQUEST", [event])
        assert b"\r\nCREATED:20261122T070000Z\r\n" in said
        assert b"\r\nCLASS:PUBLIC\r\n" in said


def test_the_chair_is_named_once_and_at_the_address_that_gets_the_mail() -> None:
    (event,) = events_for(letter(person=CHAIR, recipient_address="ct@tinh.test"))
    assert [party.address for party in event.attendees] == ["ct@tinh.test"]


def test_a_full_list_names_everybody_once() -> None:
    (event,) = events_for(LETTERS["request, full list"])
    assert [party.name for party in event.attendees] == [
        "Trần Văn Bình",
        "Nguyễn Văn Ấn 1",
        "Nguyễn Văn Ấn 2",
        "Nguyễn Văn Ấn 3",
    ]


def test_the_link_to_join_stands_wherever_programs_look() -> None:
    each = letter()
    (event,) = events_for(each)
    assert event.description.split("\n")[0] == f"Vào họp trực tuyến: {each.join_url}"
    assert event.url == each.join_url
    assert event.location == f"Điểm cầu các xã | Vào họp trực tuyến: {each.join_url}"
    assert [(way.uri, way.features) for way in event.conferences] == [
        (each.join_url, ("AUDIO", "VIDEO")),
        ("sip:4711@mcu.tinh.test", ("AUDIO", "VIDEO")),
        ("h323:192.0.2.9%23%234711", ("AUDIO", "VIDEO")),
        ("tel:+842033334444,,,2468", ("PHONE",)),
    ]
    assert "mã PIN 2468" in event.conferences[1].label
    assert each.page_url in event.description


def test_around_a_table_there_is_no_link_to_join() -> None:
    each = letter(person=attendee(1, guest=replace(attendee().guest, agency="sxd")))
    (event,) = events_for(each)
    assert event.location == HALL.name
    assert event.conferences == ()
    assert event.url == each.page_url
    assert each.join_url not in event.description


def test_the_room_of_the_configuration_serves_when_no_place_names_one() -> None:
    room = Place("Phòng chung", sip="9000@mcu.tinh.test", pin="1")
    (event,) = events_for(letter(meeting=replace(MEETING, places=(HALL,)), room=room))
    assert [way.uri for way in event.conferences] == [letter().join_url, "sip:9000@mcu.tinh.test"]


def test_a_lone_occurrence_is_one_event_in_the_zone_of_its_series() -> None:
    (event,) = events_for(LETTERS["request, lone"])
    assert event.recurrence_id == MOVED.recurrence_id
    assert event.start == START + timedelta(days=7, hours=1)
    assert event.rrule == ""
    assert str(event.start.tzinfo) == "Asia/Ho_Chi_Minh"


def test_somebody_new_gets_the_series_with_its_exceptions() -> None:
    master, moved = events_for(LETTERS["request, series"])
    assert master.rrule == SERIES.rrule
    assert master.exdates == (START + timedelta(days=14),)
    assert (moved.recurrence_id, moved.start) == (MOVED.recurrence_id, MOVED.meeting.start)


def test_a_cancellation_leads_nowhere_and_says_why() -> None:
    (event,) = events_for(LETTERS["cancel"])
    assert (event.status, event.url, event.conferences, event.description) == ("CANCELLED", "", (), "")
    assert event.comment == "Chủ tịch đi công tác"


def test_whoever_is_taken_off_is_named_alone() -> None:
    (event,) = events_for(LETTERS["cancel, removed"])
    assert event.status == ""
    assert [party.address for party in event.attendees] == ["an.nguyen1@xa.tinh.test"]


def test_one_cancelled_occurrence() -> None:
    (event,) = events_for(LETTERS["cancel, one"])
    assert (event.status, event.recurrence_id) == ("CANCELLED", START + timedelta(days=14))


def test_a_meeting_that_became_secret_is_taken_back_at_the_time_that_was_known() -> None:
    moved = replace(
        LETTERS["cancel, now secret"].meeting, start=START + timedelta(days=3), end=START + timedelta(days=4)
    )
    (event,) = events_for(letter("cancel", meeting=moved, previous=MEETING))
    assert (event.start, event.end) == (MEETING.start, MEETING.end)
    assert (event.location, event.number, event.description) == ("", "", "")
    (event,) = events_for(letter("cancel", meeting=replace(moved, rrule=SERIES.rrule)))  # what was known is forgotten
    assert event.start == letter().dtstamp.replace(minute=0)
    assert event.rrule == ""
    assert [party.address for party in event.attendees] == ["an.nguyen1@xa.tinh.test"]


def test_whoever_sends_a_deputy_is_not_busy() -> None:
    (own,) = events_for(LETTERS["delegation, delegator"])
    (deputys,) = events_for(LETTERS["delegation, deputy"])
    assert (own.free, deputys.free) == (True, False)
    told = calendar("REQUEST", [own])
    assert b"TRANSP:TRANSPARENT" in told
    assert b"X-MICROSOFT-CDO-BUSYSTATUS:FREE" in told
