"""Dates, series and subjects in the words of the office."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from meetings.invitations.letters import Letter
from meetings.invitations.subjects import about, subject
from meetings.invitations.wording import moment_text, period, series
from tests.support.meeting_letters import MEETING, START, every_letter, letter

ZONE = "Asia/Ho_Chi_Minh"


def test_a_period_within_a_day_names_the_day_once() -> None:
    shown = period(START, START + timedelta(minutes=90), ZONE)
    assert shown.vi == "từ 14 giờ 00 đến 15 giờ 30, thứ Ba, ngày 01 tháng 12 năm 2026"
    assert shown.en == "14:00 to 15:30, Tuesday, 1 December 2026 (UTC+07:00)"


def test_a_period_over_days_names_both() -> None:
    shown = period(START, START + timedelta(days=1), ZONE)
    assert shown.vi == (
        "từ 14 giờ 00, thứ Ba, ngày 01 tháng 12 năm 2026 đến 14 giờ 00, thứ Tư, ngày 02 tháng 12 năm 2026"
    )


def test_an_instant_is_shown_where_the_meeting_is() -> None:
    assert (
        moment_text(datetime(2026, 12, 5, 18, 0, tzinfo=UTC), ZONE).vi
        == "01 giờ 00, Chủ nhật, ngày 06 tháng 12 năm 2026"
    )
    assert moment_text(START, "Asia/Tokyo").vi == "16 giờ 00, thứ Ba, ngày 01 tháng 12 năm 2026 (UTC+09:00)"
    assert "(UTC+09:00)" in period(START, START + timedelta(hours=1), "Asia/Tokyo").vi


@pytest.mark.parametrize(
    ("rrule", "vietnamese", "english"),
    [
        ("", "", ""),
        ("FREQ=DAILY;COUNT=3", "hằng ngày (3 lần)", "every day (3 times)"),
        (
            "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261231T165900Z",
            "hằng tuần vào thứ Hai, thứ Năm đến hết ngày 31 tháng 12 năm 2026",
            "every week on Monday, Thursday until 31 December 2026",
        ),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4", "2 tuần một lần (4 lần)", "every 2 weeks (4 times)"),
        (
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=12",
            "hằng tháng vào thứ Sáu cuối cùng (12 lần)",
            "every month on the last Friday (12 times)",
        ),
        (
            "FREQ=MONTHLY;BYDAY=2TU;COUNT=2",
            "hằng tháng vào thứ Ba thứ hai (2 lần)",
            "every month on the second Tuesday (2 times)",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2",
            "hằng tháng vào ngày cuối tháng (2 lần)",
            "every month on the last day (2 times)",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=15;COUNT=2", "hằng tháng vào ngày 15 (2 lần)", "every month on day 15 (2 times)"),
        ("FREQ=YEARLY;UNTIL=20300101", "hằng năm đến hết ngày 01 tháng 01 năm 2030", "every year until 1 January 2030"),
        ("FREQ=HOURLY;BYDAY=XX", "FREQ=HOURLY;BYDAY=XX vào XX", "FREQ=HOURLY;BYDAY=XX on XX"),
    ],
)
def test_a_series_in_words(rrule: str, vietnamese: str, english: str) -> None:
    assert series(rrule, ZONE) == (vietnamese, english)


def test_the_abstract_says_about_once() -> None:
    assert about(replace(MEETING, summary="V/v họp giao ban")) == "Giấy mời 15/GM-UBND V/v họp giao ban"
    assert about(replace(MEETING, summary="Về việc họp", number="")) == "Giấy mời V/v họp"
    assert about(replace(MEETING, summary="")) == "Giấy mời 15/GM-UBND"


@pytest.mark.parametrize(
    ("name", "lead"),
    [
        ("request", "Giấy mời 15/GM-UBND V/v"),
        ("request, changed", "Thay đổi: Giấy mời"),
        ("request, again", "Giấy mời"),
        ("request, lone", "Thay đổi, buổi 01/12/2026: Giấy mời"),
        ("delegation, deputy", "Cử người đi thay: Giấy mời"),
        ("cancel", "Hủy họp: Giấy mời"),
        ("cancel, one", "Hủy họp, buổi 15/12/2026: Giấy mời"),
        ("cancel, removed", "Thôi mời dự họp: Giấy mời"),
        ("cancel, now secret", "Thu hồi: Giấy mời họp"),
        ("declinecounter", "Giữ nguyên thời gian: "),
        ("neutral", "Mời nhận giấy mời trực tiếp"),
        ("neutral, replaced", "Mời nhận lại giấy mời trực tiếp (thay giấy mời cũ)"),
        ("neutral, withdrawn", "Thu hồi giấy mời nhận trực tiếp"),
        ("reminder", "Nhắc lịch họp: "),
        ("alarm", "Cảnh báo trước giờ họp: "),
        ("consent", "Xin ý kiến cử người đi thay: "),
        ("waiting", "Chờ thư ký quyết định: "),
        ("refusal", "Không đồng ý cử người đi thay: "),
        ("week", "Thay đổi: Lịch công tác tuần 49"),
    ],
)
def test_the_subject_says_what_it_is_before_it_is_opened(name: str, lead: str) -> None:
    each: Letter = every_letter()[name]
    assert subject(each).startswith(f"[UBND tỉnh Thử] {lead}")


def test_the_subject_in_english() -> None:
    assert subject(letter("cancel", language="en")).startswith("[UBND tỉnh Thử] Cancelled: Giấy mời 15/GM-UBND")


def test_without_an_organisation_the_organiser_stands_in_brackets() -> None:
    assert subject(letter(organisation="")).startswith("[Văn phòng UBND tỉnh Thử] ")
    assert subject(letter(organisation="", organiser_name="")).startswith("Giấy mời")
