"""Days are written as Decree 30/2020/NĐ-CP wants them."""

from __future__ import annotations

from datetime import date

import pytest

from foundation.dates import long_date, weekday, weekday_and_date


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
