"""The bytes of one object, property by property, as clients were seen to want them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from meetings.itip.calendar import calendar
from meetings.itip.objects import METHODS, PRIORITIES, Conference, Party
from tests.support.itip_events import (
    AN,
    CHAIR,
    DELEGATOR,
    DEPUTY,
    HOURS,
    START,
    Sent,
    event,
    everything_sent,
    moved,
    series,
)


def lines(data: bytes) -> list[str]:
    return data.replace(b"\r\n ", b"").decode().split("\r\n")


def of(data: bytes, name: str) -> list[str]:
    """The lines of this property, but those of the VTIMEZONE."""
    found = lines(data)
    if "END:VTIMEZONE" in found:
        found = found[: found.index("BEGIN:VTIMEZONE")] + found[found.index("END:VTIMEZONE") :]
    return [line for line in found if line.startswith((f"{name}:", f"{name};"))]


def test_the_head_has_one_method_and_no_uid() -> None:
    for method in METHODS:
        found = lines(calendar(method, [event(status="CANCELLED" if method == "CANCEL" else "CONFIRMED")]))
        assert found[:5] == [
            "BEGIN:VCALENDAR",
            "PRODID:-//Congvu//Meetings//VI",
            "VERSION:2.0",
            "CALSCALE:GREGORIAN",
            f"METHOD:{method}",
        ]
        assert found[-2:] == ["END:VCALENDAR", ""]
        assert sum(line.startswith("UID:") for line in found) == 1


@pytest.mark.parametrize("sent", everything_sent(), ids=lambda sent: sent.name)
def test_lines_are_short_and_end_in_crlf(sent: Sent) -> None:
    data = calendar(sent.method, sent.events)
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    for line in data.split(b"\r\n"):
        line.decode()


def test_the_same_values_give_the_same_bytes() -> None:
    assert calendar("REQUEST", [event()]) == calendar("REQUEST", [event()])


def test_times_are_local_with_their_zone_and_stamps_are_utc() -> None:
    data = calendar("REQUEST", [event()])
    assert of(data, "DTSTART") == ["DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000"]
    assert of(data, "DTEND") == ["DTEND;TZID=Asia/Ho_Chi_Minh:20261201T100000"]
    assert of(data, "DTSTAMP") == ["DTSTAMP:20261120T010203Z"]
    assert of(data, "CREATED") == ["CREATED:20261118T030000Z"]
    assert of(data, "LAST-MODIFIED") == ["LAST-MODIFIED:20261120T010203Z"]
    assert data.count(b"BEGIN:VTIMEZONE") == data.count(b"BEGIN:STANDARD") == 1


def test_times_of_another_zone_are_said_in_that_of_the_event() -> None:
    data = calendar("REQUEST", [event(start=START.astimezone(UTC), end=(START + HOURS).astimezone(UTC))])
    assert of(data, "DTSTART") == ["DTSTART;TZID=Asia/Ho_Chi_Minh:20261201T080000"]


def test_last_modified_can_be_told() -> None:
    data = calendar("REQUEST", [event(modified=datetime(2026, 11, 19, tzinfo=UTC), created=None)])
    assert of(data, "LAST-MODIFIED") == ["LAST-MODIFIED:20261119T000000Z"]
    assert of(data, "CREATED") == []


def test_utc_has_a_z_and_no_zone() -> None:
    data = calendar("PUBLISH", [event(timezone="UTC")])
    assert of(data, "DTSTART") == ["DTSTART:20261201T010000Z"]
    assert b"VTIMEZONE" not in data


def test_the_organizer_is_named_and_says_who_sends_for_it() -> None:
    assert of(calendar("REQUEST", [event()]), "ORGANIZER") == [
        'ORGANIZER;CN="Văn phòng UBND tỉnh";SENT-BY="mailto:thuky@tinh.test":mailto:hop+k3v9q2@tinh.test'
    ]


def test_attendees_have_their_parameters_in_order() -> None:
    assert of(calendar("REQUEST", [event()]), "ATTENDEE") == [
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=FALSE;"
        'CN="Trần Văn Bình":mailto:chutich@tinh.test',
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;"
        'CN="Nguyễn Thị Ngọc Ân, Phó Giám đốc; Sở Xây dựng":mailto:an.nguyen@sxd.tinh.test',
    ]


def test_a_delegation_names_both_sides() -> None:
    _, delegator, deputy = of(calendar("REQUEST", [event(attendees=(CHAIR, DELEGATOR, DEPUTY))]), "ATTENDEE")
    assert ';PARTSTAT=DELEGATED;RSVP=FALSE;DELEGATED-TO="mailto:dung.le@sxd.tinh.test";' in delegator
    assert ';PARTSTAT=NEEDS-ACTION;RSVP=TRUE;DELEGATED-FROM="mailto:an.nguyen@sxd.tinh.test";' in deputy


def test_quotes_in_a_name_become_those_of_typesetters() -> None:
    data = calendar("REQUEST", [event(attendees=(CHAIR, replace(AN, name='Ân "Trưởng\r\nphòng"')))])
    assert 'CN="Ân ”Trưởng phòng”":mailto' in of(data, "ATTENDEE")[1]
    assert b"^'" not in data


def test_nothing_can_be_injected() -> None:
    evil = "x\r\nATTENDEE:mailto:evil@x.example\r\nBEGIN:VALARM"
    told = event(
        summary=evil,
        description=evil,
        location=evil,
        comment=evil,
        number=evil,
        url=f"https://x.test/{evil}",
        organizer=Party("hop@tinh.test", evil),
        attendees=(CHAIR, Party("an@tinh.test", evil)),
        conferences=(Conference(f"https://x.test/{evil}", ("VIDEO",), evil),),
    )
    found = lines(calendar("REQUEST", [told]))
    assert len([line for line in found if line.startswith("ATTENDEE")]) == 2
    assert "BEGIN:VALARM" not in found


@pytest.mark.parametrize("address", ["an@tinh.test\r\nX:1", "an\n@tinh.test"])
def test_a_line_break_in_an_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        calendar("REQUEST", [event(attendees=(Party(address),))])


def test_the_way_into_the_room_stands_in_four_places() -> None:
    data = calendar("REQUEST", [event()])
    assert of(data, "URL") == ["URL:https://hop.tinh.test/j/abc.0.Zm9v"]
    assert of(data, "LOCATION") == ["LOCATION:Hội trường A\\, UBND tỉnh (hoặc trực tuyến)"]
    assert of(data, "DESCRIPTION")[0].startswith("DESCRIPTION:Vào họp: https://hop.tinh.test/j/abc.0.Zm9v\\n")
    assert of(data, "CONFERENCE") == [
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Vào họp:https://hop.tinh.test/j/abc.0.Zm9v",
        'CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL="Điểm cầu, mã PIN: 4321":'
        "sip:8401234@mcu.tinh.test;transport=tls",
        "CONFERENCE;VALUE=URI;FEATURE=VIDEO:h323:8401234@mcu.tinh.test",
        "CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL=Điện thoại ”dự phòng”:tel:+842323820000",
    ]


def test_what_is_empty_is_not_said() -> None:
    bare = event(description="", location=" ", url="", conferences=(), number="", comment="", created=None)
    data = calendar("REQUEST", [bare])
    for name in ("DESCRIPTION", "LOCATION", "URL", "CONFERENCE", "COMMENT", "X-CONGVU-DOCUMENT-NUMBER", "CREATED"):
        assert of(data, name) == []


def test_states_are_said_for_outlook_too() -> None:
    data = calendar("REQUEST", [event(priority=PRIORITIES["hỏa tốc"])])
    for line in (
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "PRIORITY:1",
        "SEQUENCE:3",
        "X-CONGVU-DOCUMENT-NUMBER:15/GM-UBND",
        "X-MICROSOFT-CDO-APPT-SEQUENCE:3",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY",
        "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
        "X-MICROSOFT-DISALLOW-COUNTER:FALSE",
    ):
        assert line in lines(data)


def test_a_series_has_its_rule_in_utc_and_its_gaps() -> None:
    master = series(
        rrule="FREQ=WEEKLY;UNTIL=20270131", exdates=(START + timedelta(weeks=1), START + timedelta(weeks=2))
    )
    data = calendar("REQUEST", [master])
    assert of(data, "RRULE") == ["RRULE:FREQ=WEEKLY;UNTIL=20270131T165959Z;BYDAY=TU"]
    assert of(data, "EXDATE") == ["EXDATE;TZID=Asia/Ho_Chi_Minh:20261208T080000,20261215T080000"]


def test_an_occurrence_is_named_in_the_zone_of_its_series() -> None:
    exception = replace(
        moved(series(), 1, timedelta(hours=3)), recurrence_id=(START + timedelta(weeks=1)).astimezone(UTC)
    )
    data = calendar("REQUEST", [exception])
    assert of(data, "RECURRENCE-ID") == ["RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20261208T080000"]
    assert of(data, "DTSTART") == ["DTSTART;TZID=Asia/Ho_Chi_Minh:20261208T110000"]
    assert of(data, "RRULE") == []


def test_a_cancellation_repeats_what_it_cancels() -> None:
    data = calendar("CANCEL", [event(status="CANCELLED", comment="Hoãn do bão số 9")])
    for name in ("DTSTART", "DTEND", "SUMMARY", "ORGANIZER"):
        assert len(of(data, name)) == 1
    assert len(of(data, "ATTENDEE")) == 2
    assert of(data, "STATUS") == ["STATUS:CANCELLED"]
    assert of(data, "TRANSP") == ["TRANSP:TRANSPARENT"]
    assert of(data, "COMMENT") == ["COMMENT:Hoãn do bão số 9"]
    assert "X-MICROSOFT-CDO-BUSYSTATUS:FREE" in lines(data)


def test_taking_somebody_off_has_no_status() -> None:
    assert of(calendar("CANCEL", [event(status="")]), "STATUS") == []


def test_a_declined_proposal_says_who_what_and_why() -> None:
    data = calendar("DECLINECOUNTER", [event(attendees=(AN,), comment="Giữ nguyên")])
    event_lines = lines(data)[lines(data).index("BEGIN:VEVENT") + 1 : -3]
    assert [line.partition(":")[0].partition(";")[0] for line in event_lines] == [
        "UID", "SEQUENCE", "DTSTAMP", "ORGANIZER", "ATTENDEE", "COMMENT",
    ]  # fmt: skip
    assert b"VTIMEZONE" not in data
    one = calendar("DECLINECOUNTER", [event(attendees=(AN,), recurrence_id=START)])
    assert of(one, "RECURRENCE-ID") == ["RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20261201T080000"]
    assert b"BEGIN:VTIMEZONE" in one


def test_a_feed_names_nobody_who_is_invited() -> None:
    data = calendar("PUBLISH", [event()], name="Lịch họp của tôi")
    assert of(data, "ATTENDEE") == []
    assert of(data, "NAME") == ["NAME:Lịch họp của tôi"]
    assert of(data, "REFRESH-INTERVAL") == ["REFRESH-INTERVAL;VALUE=DURATION:PT1H"]
    assert b"X-MICROSOFT" not in data


def test_a_feed_without_events_is_a_calendar_still() -> None:
    data = calendar("PUBLISH", [])
    assert data.count(b"BEGIN:VTIMEZONE") == 1
    assert b"VEVENT" not in data


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Asia/Sai_Gon"},
        {"rrule": "FREQ=SECONDLY;COUNT=5"},
        {"start": datetime(2026, 12, 1, 8)},  # noqa: DTZ001 - this is what is wrong
    ],
    ids=["zone", "rule", "naive"],
)
def test_what_cannot_be_said_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        calendar("REQUEST", [event(**wrong)])
