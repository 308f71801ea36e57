"""Working days of Vietnamese offices."""

from __future__ import annotations

from datetime import date

import pytest

from foundation.workdays import WorkCalendar

CALENDAR = WorkCalendar()


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 20), True),  # Friday
        (date(2026, 11, 21), False),  # Saturday
        (date(2026, 11, 22), False),
        (date(2026, 1, 1), False),
        (date(2026, 2, 17), False),  # first day of Tết
        (date(2026, 4, 27), False),  # in lieu of the Hùng Kings' day on a Sunday
        (date(2026, 4, 30), False),
        (date(2026, 9, 2), False),
        (date(2026, 8, 31), False),  # swapped by the government ...
        (date(2026, 8, 22), True),  # ... with this Saturday
        (date(2025, 4, 26), True),
        (date(2025, 5, 2), False),
    ],
)
def test_public_calendar(day: date, worked: bool) -> None:
    assert CALENDAR.is_working_day(day) == worked


def test_the_administrators_own_days() -> None:
    own = WorkCalendar.of(extra_holidays=[date(2026, 11, 20)], makeup_days=[date(2026, 11, 21), date(2026, 9, 2)])
    assert not own.is_working_day(date(2026, 11, 20))
    assert own.is_working_day(date(2026, 11, 21))
    assert own.is_working_day(date(2026, 9, 2))
    assert WorkCalendar.of([date(2026, 11, 23)], [date(2026, 11, 23)]).is_working_day(date(2026, 11, 23))


def test_nearest_working_days() -> None:
    assert CALENDAR.on_or_after(date(2026, 11, 21)) == date(2026, 11, 23)
    assert CALENDAR.on_or_after(date(2026, 11, 20)) == date(2026, 11, 20)
    assert CALENDAR.on_or_before(date(2026, 10, 24)) == date(2026, 10, 23)  # the monthly report before the 25th
    assert CALENDAR.on_or_before(date(2026, 2, 20)) == date(2026, 2, 13)  # over Tết


def test_adding_and_counting() -> None:
    assert CALENDAR.add(date(2026, 11, 20), 1) == date(2026, 11, 23)
    assert CALENDAR.add(date(2026, 11, 23), -1) == date(2026, 11, 20)
    assert CALENDAR.add(date(2026, 11, 21), 0) == date(2026, 11, 21)
    assert CALENDAR.add(date(2026, 2, 13), 3) == date(2026, 2, 25)
    assert CALENDAR.between(date(2014, 3, 5), date(2014, 3, 14)) == 7  # the conclusion notice 36/TB-UBND
    assert CALENDAR.between(date(2026, 11, 20), date(2026, 11, 20)) == 0
    assert CALENDAR.between(date(2026, 11, 23), date(2026, 11, 20)) == -1


@pytest.mark.parametrize("days", range(1, 16))
def test_counting_undoes_adding(days: int) -> None:
    for start in (date(2026, 8, 20), date(2026, 8, 23), date(2026, 2, 12)):
        assert CALENDAR.between(start, CALENDAR.add(start, days)) == days


def test_a_calendar_without_working_days_is_refused() -> None:
    year = [date.fromordinal(number) for number in range(date(2026, 1, 1).toordinal(), date(2028, 1, 1).toordinal())]
    with pytest.raises(ValueError, match="no working day"):
        WorkCalendar.of(year).on_or_after(date(2026, 5, 5))
