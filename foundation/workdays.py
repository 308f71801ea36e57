"""Working days of Vietnamese offices: Monday to Friday without public holidays, with make-up days worked.

The public calendar (Tết and the Hùng Kings' day by the lunar calendar, days in lieu, past swaps decreed by the
government) comes from the `holidays` library, loaded on first use; what it does not know yet is the administrator's
own: extra holidays and make-up working days. Pure: it never asks what day it is.

Deadlines of Decree 30/2020/NĐ-CP and Decision 45/2018/QĐ-TTg count working days: `add` for "within n working days
after", `between` for "at least n working days before".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Protocol

_SATURDAY: Final = 5
_ONE_DAY: Final = timedelta(days=1)

_LONGEST_SEARCH_DAYS: Final = 366
"""A calendar without a working day in a year is a mistake of the configuration, not a long holiday."""


class _PublicCalendar(Protocol):
    weekend_workdays: set[date]

    def __contains__(self, day: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The public calendar of Viet Nam with the administrator's own days; a make-up day wins over every holiday."""

    extra_holidays: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()

    @classmethod
    def of(cls, extra_holidays: Iterable[date] = (), makeup_days: Iterable[date] = ()) -> WorkCalendar:
        """A calendar from any collections of days."""
        return cls(frozenset(extra_holidays), frozenset(makeup_days))

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        if day in self.makeup_days:
            return True
        if day in self.extra_holidays:
            return False
        public = _public_calendar()
        is_holiday = day in public  # asking also makes the library fill in that year's weekend_workdays
        return day in public.weekend_workdays or (day.weekday() < _SATURDAY and not is_holiday)

    def on_or_after(self, day: date) -> date:
        """The day itself if it is worked, else the next working day."""
        return self._nearest(day, _ONE_DAY)

    def on_or_before(self, day: date) -> date:
        """The day itself if it is worked, else the last working day before (a report due "before the 25th")."""
        return self._nearest(day, -_ONE_DAY)

    def add(self, day: date, working_days: int) -> date:
        """The day that is this many working days later (earlier when negative); the start itself never counts.

        Zero gives the day back, worked or not.
        """
        step = _ONE_DAY if working_days > 0 else -_ONE_DAY
        for _ in range(abs(working_days)):
            day = self._nearest(day + step, step)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier.

        A notice of 14 March 2014 on a meeting of 5 March 2014 was issued 7 working days after it.
        """
        if end < start:
            return -self.between(end, start)
        days = (end - start).days
        return sum(self.is_working_day(start + timedelta(days=number)) for number in range(1, days + 1))

    def _nearest(self, day: date, step: timedelta) -> date:
        for _ in range(_LONGEST_SEARCH_DAYS):
            if self.is_working_day(day):
                return day
            day += step
        raise ValueError("the calendar has no working day within a year")


@lru_cache(maxsize=1)
def _public_calendar() -> _PublicCalendar:
    import holidays

    calendar: _PublicCalendar = holidays.country_holidays("VN")
    return calendar
