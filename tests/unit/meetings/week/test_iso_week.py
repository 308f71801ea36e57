"""Weeks by ISO 8601: names, days, bounds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from meetings.week.iso_week import IsoWeek

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "week"),
    [
        ("2026-W48", IsoWeek(2026, 48)),
        ("2026w48", IsoWeek(2026, 48)),
        ("48", IsoWeek(2026, 48)),
        ("W7", IsoWeek(2026, 7)),
        ("this", IsoWeek(2026, 48)),
        ("next", IsoWeek(2026, 49)),
        ("last", IsoWeek(2026, 47)),
        ("2026-W53", IsoWeek(2026, 53)),
        ("2025-W53", None),
        ("2026-W00", None),
        ("2026-W54", None),
        ("2026-W٤٨", None),
        ("", None),
        ("tuần này", None),
    ],
)
def test_a_week_is_named(text: str, week: IsoWeek | None) -> None:
    assert IsoWeek.parse(text, TODAY) == week


def test_the_real_schedules_count_like_this() -> None:
    assert IsoWeek(2024, 16).period.vi == "từ ngày 15/04/2024 đến ngày 21/04/2024"
    assert IsoWeek.of(date(2019, 11, 11)).period.vi == "từ ngày 11/11/2019 đến ngày 17/11/2019"


def test_the_title_names_the_iso_year() -> None:
    assert IsoWeek.of(date(2027, 1, 1)).title.vi == "Lịch công tác tuần 53 năm 2026"
    assert str(IsoWeek(2026, 7)) == "2026-W07"


def test_a_week_is_bounded_in_its_zone() -> None:
    start, end = IsoWeek(2026, 48).bounds("Asia/Ho_Chi_Minh")
    assert start.isoformat() == "2026-11-23T00:00:00+07:00"
    assert end - start == timedelta(days=7)


def test_summer_time_makes_a_week_longer_not_wrong() -> None:
    start, end = IsoWeek(2026, 43).bounds("Europe/Paris")
    assert (start.isoformat(), end.isoformat()) == ("2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00")
