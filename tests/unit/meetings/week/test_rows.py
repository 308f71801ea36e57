"""Meetings become rows: order, leaders and how they are called, secret and cancelled ones, cuts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from meetings.meeting import Attendee, Guest, Place
from meetings.week import wording
from meetings.week.cuts import public_text
from meetings.week.naming import MOST_PARTICIPANTS, OUTSIDER, listed, participants, short_names
from meetings.week.rows import all_rows, rows
from meetings.week.table import Row
from tests.support.week_book import HANH, HUNG, LEADERS, MONDAY, THANH, TUAN, WEEK, ZONE_NAME, attendee, sitting


def the_row(*people: object, **facts: object) -> Row:
    given = facts | ({"people": people} if people else {})
    (row,) = all_rows([sitting(**given)], WEEK, ZONE_NAME, LEADERS)
    return row


def test_rows_are_sorted_by_day_and_time() -> None:
    given = [
        sitting("a", 0, 10),
        sitting("b", 0, 9),
        sitting("c", 2, 7),
        sitting("d", 0, 7, end=MONDAY.replace(hour=8)),
    ]
    table = rows(given, WEEK, ZONE_NAME, LEADERS)
    assert [row.uid for row in table.rows] == ["d", "b", "a", "c"]


def test_all_columns_of_the_layout_are_said() -> None:
    row = the_row(urgency="khẩn")
    assert wording.hours(row).vi == "08h00 - 10h00"
    assert wording.content(row).vi == "Họp giao ban công tác tháng 11"
    assert wording.leaders(row).vi == "Đ/c Thanh (chủ trì)"
    assert wording.places(row).vi == "Phòng họp số 1; có trực tuyến"
    assert wording.participants(row).vi == "Sở Xây dựng, Sở Tài chính"
    assert wording.followed_by(row).vi == "Lê Thị Thư, 0900 000 000"
    assert wording.notes(row).vi == "15/GM-UBND, Khẩn"
    assert wording.moment(row).vi == "08h00 - 10h00, thứ Hai, 23/11/2026"


def test_the_chair_stands_first_and_leaders_in_the_order_of_the_configuration() -> None:
    third = Guest("lan@tinh.test", "Lê Thị Lan")
    people = (attendee(third), attendee(THANH), attendee(HUNG, "CHAIR"))
    (row,) = all_rows([sitting(people=people)], WEEK, ZONE_NAME, (THANH, HUNG, third))
    assert wording.leaders(row).vi == "Đ/c Hùng (chủ trì), Đ/c Thanh, Đ/c Lan"
    assert wording.leaders(row).en == "Hùng (chair), Thanh, Lan"


def test_a_chair_who_is_no_leader_is_named_as_the_letter_does() -> None:
    row = the_row(attendee(HANH, "CHAIR"), attendee(THANH), chair_name="Giám đốc Sở Xây dựng")
    assert wording.leaders(row).vi == "Giám đốc Sở Xây dựng (chủ trì), Đ/c Thanh"
    assert not row.concerns(HANH.address)


def test_a_leader_invited_by_another_address_is_the_same_leader() -> None:
    row = the_row(attendee(replace(THANH, address="chu.tich@tinh.test", aliases=())))
    assert row.concerns(THANH.address)


@pytest.mark.parametrize("partstat", ["DECLINED", "DELEGATED"])
def test_a_leader_who_stays_away_is_not_shown_as_coming(partstat: str) -> None:
    row = the_row(attendee(THANH, "CHAIR"), attendee(HUNG, partstat=partstat))  # type: ignore[arg-type]
    assert wording.leaders(row).vi == "Đ/c Thanh (chủ trì)"


def test_given_names_are_told_apart_by_as_many_words_as_it_takes() -> None:
    leaders = [Guest(f"{n}@x.test", name) for n, name in enumerate(("Lê Văn Thanh", "Bùi Thị Thanh", "Võ Thành"))]
    assert short_names(leaders) == {"0@x.test": "Văn Thanh", "1@x.test": "Thị Thanh", "2@x.test": "Thành"}
    twins = [Guest("a@x.test", "Lê Văn Thanh"), Guest("b@x.test", "Lê Văn Thanh")]
    assert short_names(twins) == {"a@x.test": "Lê Văn Thanh", "b@x.test": "Lê Văn Thanh"}


def test_of_many_participants_the_first_are_named() -> None:
    names = [f"Sở {number}" for number in range(MOST_PARTICIPANTS + 3)]
    assert listed(names).vi.endswith(f"Sở {MOST_PARTICIPANTS - 1} và 3 đơn vị, cá nhân khác")


def test_who_is_to_know_comes_last_and_an_agency_once() -> None:
    other = replace(HANH, address="khac.sxd@tinh.test")
    row = the_row(attendee(TUAN, "OPT-PARTICIPANT"), attendee(HANH), attendee(other))
    assert row.participants == ("Sở Xây dựng", "Sở Tài chính")


def test_of_a_secret_meeting_there_is_only_the_day_and_only_in_the_full_cut() -> None:
    secret = sitting("x", 2, 9, secret=True, summary="KHÔNG ĐƯỢC LỘ")
    (row,) = rows([secret], WEEK, ZONE_NAME, LEADERS).rows
    assert row == Row("x", 0, 0, MONDAY + timedelta(days=2), MONDAY + timedelta(days=2), secret=True)
    assert wording.content(row).vi == "Lịch làm việc riêng"
    assert wording.summary(row).vi == "Thứ Tư, 25/11/2026; Lịch làm việc riêng"
    assert rows([secret], WEEK, ZONE_NAME, LEADERS, "public").rows == ()
    assert rows([secret], WEEK, ZONE_NAME, LEADERS, THANH.address).rows == ()


def test_a_secret_meeting_stands_last_so_that_its_place_tells_no_time() -> None:
    given = [sitting("mot", 0, 7, secret=True), sitting("hai", 0, 16)]
    assert [row.uid for row in rows(given, WEEK, ZONE_NAME, LEADERS).rows] == ["hai", "mot"]


def test_what_is_cancelled_is_left_out() -> None:
    assert rows([sitting(status="CANCELLED")], WEEK, ZONE_NAME, LEADERS).rows == ()


def test_what_sits_over_days_stands_on_the_first_and_says_its_end() -> None:
    row = the_row(start=MONDAY + timedelta(days=3, hours=7), end=MONDAY + timedelta(days=4, hours=11))
    assert wording.hours(row).vi == "07h00 đến 11h00 ngày 27/11"
    before = the_row(start=MONDAY - timedelta(hours=3), end=MONDAY + timedelta(hours=5))
    assert before.day == MONDAY.date()


def test_a_leader_reads_their_own_rows() -> None:
    given = [sitting("a"), sitting("b", 1, people=(attendee(HUNG, "CHAIR"),))]
    assert [row.uid for row in rows(given, WEEK, ZONE_NAME, LEADERS, HUNG.address).rows] == ["b"]


def test_the_public_reads_no_address_telephone_link_or_pin() -> None:
    given = sitting(
        summary="Họp tại https://phong.tinh.test/abc, liên hệ 0912 345 678 hoặc an.nv@tinh.test; mã họp: 123 456",
        places=(Place("Phòng họp số 1 (ĐT: 0255.3822.000)"), Place("zoom.example, PIN 99887766", sip="sip:1@x.test")),
        people=(attendee(THANH, "CHAIR"), attendee(Guest("khach@noi.example", "khach@noi.example"))),
    )
    (row,) = rows([given], WEEK, ZONE_NAME, LEADERS, "public").rows
    said = repr(row)
    for hidden in ("@noi", "an.nv", "0912", "0900", "3822", "https", "123 456", "99887766", "thanh@tinh.test"):
        assert hidden not in said
    assert "Phòng họp số 1" in said
    assert wording.leaders(row).vi == "Đ/c Thanh (chủ trì)"
    assert wording.followed_by(row).vi == "Lê Thị Thư"


@pytest.mark.parametrize(
    "text",
    [
        "Kế hoạch 123/KH-UBND ngày 24/11/2026",
        "Giai đoạn 2026-2030",
        "Dự án 1.200.000.000 đồng",
        "Họp lúc 08h00 - 10h00",
        "Nghị quyết số 05-NQ/TW; Đề án 06/CP",
        "Quốc lộ 1A, km 0912+300",
    ],
)
def test_the_public_reads_figures_that_are_no_telephone(text: str) -> None:
    assert public_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Liên hệ +84 912 345 678.", "Liên hệ."),
        ("Gọi (0255) 3822000", "Gọi"),
        ("Vào www.hop.test/x nhé", "Vào nhé"),
        ("tel:0912345678", ""),
        ("Phòng họp (an@tinh.test)", "Phòng họp"),
    ],
)
def test_what_is_taken_out_leaves_no_crumbs(text: str, shown: str) -> None:
    assert public_text(text) == shown


def test_an_outsider_without_a_name_is_a_guest_and_no_address_is_printed() -> None:
    people = [
        Attendee(number, Guest(address, address), "", "") for number, address in enumerate(("a@x.test", "b@y.test"))
    ]
    named = Attendee(9, Guest("c@z.test", "Viện Quy hoạch"), "", "")
    assert participants([*people, named]) == (OUTSIDER, "Viện Quy hoạch")
