"""What changed for one person: their places, old and new, nothing that does not concern them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from meetings.desk.comparing import TO_EVERYBODY
from meetings.invitations.changes import OLD_TEXT_LIMIT, changes
from meetings.invitations.facts import facts
from meetings.meeting import Contact, Paper
from tests.support.meeting_letters import HALL, MEETING, MOVED, ONLINE, SERIES, START, attendee, guest, letter


def labels(previous: object, current: object) -> list[str]:
    return [change.label.vi for change in changes(previous, current, guest())]  # type: ignore[arg-type]


def test_nothing_changed() -> None:
    assert changes(None, MEETING, guest()) == ()
    assert changes(MEETING, MEETING, guest()) == ()


OTHER_THAN_BEFORE = {
    "start": START + timedelta(minutes=30),
    "end": START + timedelta(hours=5),
    "timezone": "Asia/Bangkok",
    "papers": (Paper("Tờ trình", ""),),
    "contact": Contact("Người khác"),
    "answer_by": START - timedelta(days=4),
    "rrule": "FREQ=WEEKLY;COUNT=3",
    "urgency": "hỏa tốc",
}
SEEN_IN_THE_LETTER_ITSELF = {"replaces_letter", "full_list", "secret", "status", "timezone", "chair"}
"""The title, the list of people, a letter of another kind; a timezone is seen when it is not ours, a chair by name."""


@pytest.mark.parametrize("name", sorted(set(TO_EVERYBODY) - SEEN_IN_THE_LETTER_ITSELF))
def test_whatever_makes_a_letter_leave_again_is_told_in_it(name: str) -> None:
    assert len(labels(MEETING, replace(MEETING, **{name: OTHER_THAN_BEFORE.get(name, "Khác")}))) == 1


def test_time_old_and_new() -> None:
    later = replace(MEETING, start=START + timedelta(hours=1), end=START + timedelta(hours=3))
    (change,) = changes(MEETING, later, guest())
    assert change.old.vi.startswith("từ 14 giờ 00")
    assert change.new.vi.startswith("từ 15 giờ 00")


def test_another_groups_place_does_not_concern_me() -> None:
    moved = replace(MEETING, places=(replace(HALL, name="Phòng họp số 2"), ONLINE))
    assert labels(MEETING, moved) == []
    assert [change.new.vi for change in changes(MEETING, moved, None)] == ["Phòng họp số 2; Điểm cầu các xã"]


def test_what_is_new_where_there_was_nothing() -> None:
    (change,) = changes(replace(MEETING, requirements=""), MEETING, guest())
    assert (change.old.vi, change.old.en) == ("(không có)", "(none)")


def test_the_address_of_a_room_is_not_shown() -> None:
    other = replace(MEETING, places=(HALL, replace(ONLINE, url="https://hop.tinh.test/phong/khac")))
    (change,) = changes(MEETING, other, guest())
    assert change.label.vi == "Cách vào họp"
    assert "https" not in f"{change.old}{change.new}"
    assert change.new.vi == "phòng trực tuyến khác; vẫn dùng liên kết vào họp riêng"


def test_the_new_way_in_is_named() -> None:
    dialled = replace(ONLINE, url="", sip="giaoban@mcu.tinh.test", h323="", telephone="", pin="")
    linked = replace(dialled, sip="", url="https://hop.tinh.test/phong/1")
    (change,) = changes(replace(MEETING, places=(HALL, dialled)), replace(MEETING, places=(HALL, linked)), guest())
    assert (change.old.vi, change.new.vi) == ("SIP giaoban@mcu.tinh.test", "liên kết vào họp riêng")


def test_a_new_pin_is_shown() -> None:
    (change,) = changes(MEETING, replace(MEETING, places=(HALL, replace(ONLINE, pin="1357"))), guest())
    assert "mã PIN 2468" in change.old.vi
    assert "mã PIN 1357" in change.new.vi


def test_a_difference_far_down_a_long_text_is_told() -> None:
    long = "a" * (OLD_TEXT_LIMIT + 50)
    (change,) = changes(replace(MEETING, content=f"{long}b"), replace(MEETING, content=f"{long}c"), guest())
    assert change.old.vi == "như trước"
    assert "đã thay đổi" in change.new.vi


def test_everything_else() -> None:
    other = replace(
        SERIES,
        summary="Khác",
        number="16/GM-UBND",
        content="Khác",
        requirements="",
        chair_name="Bà Khác",
        papers=(Paper("", "https://tailieu.tinh.test/2"),),
        answer_by=None,
        urgency="khẩn",
        contact=replace(MEETING.contact, telephone="1"),
    )
    assert labels(MEETING, other) == [
        "Lặp lại",
        "Chủ trì",
        "Trích yếu",
        "Số, ký hiệu",
        "Nội dung",
        "Yêu cầu",
        "Tài liệu",
        "Hạn trả lời",
        "Liên hệ",
        "Độ khẩn",
    ]


def test_of_secret_editions_nothing_is_told() -> None:
    assert labels(replace(MEETING, secret=True), replace(MEETING, summary="x")) == []
    assert labels(MEETING, replace(MEETING, secret=True, summary="x")) == []


def test_an_occurrence_is_compared_with_what_the_series_said_of_it() -> None:
    each = letter(meeting=SERIES, previous=SERIES, lone=True, occurrences=(MOVED,), person=attendee())
    told = facts(each, frozenset())["changes"]
    assert [(change["label"].vi, change["old"].vi) for change in told] == [
        ("Thời gian", "từ 14 giờ 00 đến 16 giờ 00, thứ Ba, ngày 08 tháng 12 năm 2026")
    ]
