"""Days are written as Decree 30/2020/NĐ-CP wants them, spans as people say them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.dates import duration, long_date, weekday, weekday_and_date


@pytest.mark.parametrize(
    ("day", "vietnamese", "english"),
    [
        (date(2026, 2, 3), "ngày 03 tháng 02 năm 2026", "3 February 2026"),
        (date(2026, 3, 10), "ngày 10 tháng 3 năm 2026", "10 March 2026"),
        (date(2026, 12, 31), "ngày 31 tháng 12 năm 2026", "31 December 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_have_a_zero(day: date, vietnamese: str, english: str) -> None:
    assert long_date(day) == (vietnamese, english)


def test_a_day_has_its_weekday() -> None:
    assert [weekday(date(2026, 11, day)).vi for day in range(23, 30)] == [
        "thứ Hai",
        "thứ Ba",
        "thứ Tư",
        "thứ Năm",
        "thứ Sáu",
        "thứ Bảy",
        "Chủ nhật",
    ]
    assert weekday_and_date(date(2026, 11, 24)) == ("thứ Ba, ngày 24 tháng 11 năm 2026", "Tuesday, 24 November 2026")


@pytest.mark.parametrize(
    ("age", "vietnamese"),
    [
        (timedelta(seconds=5), "chưa đầy một phút"),
        (timedelta(minutes=29), "29 phút"),
        (timedelta(hours=3, minutes=59), "3 giờ"),
        (timedelta(days=4), "4 ngày"),
    ],
)
def test_an_age_is_never_nought(age: timedelta, vietnamese: str) -> None:
    assert duration(age).vi == vietnamese
