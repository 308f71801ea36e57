"""Rows by day: working days always, days off with a word, Saturday and Sunday only when something is on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from foundation.language import Text
from foundation.workdays import WorkCalendar
from meetings.week import wording
from meetings.week.iso_week import IsoWeek
from meetings.week.table import Row

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Day:
    """One day: its rows by time, and a line of its own (Nghỉ lễ, Làm bù) or that nothing is scheduled; empty: none."""

    day: date
    rows: tuple[Row, ...]
    note: Text


def days_of(week: IsoWeek, rows: Sequence[Row], calendar: WorkCalendar) -> tuple[Day, ...]:
    """The days to show, Monday first. `rows` are in the order of the schedule."""
    return tuple(found for day in week.days if (found := _day(day, rows, calendar)) is not None)


def _day(day: date, rows: Sequence[Row], calendar: WorkCalendar) -> Day | None:
    own = tuple(row for row in rows if row.day == day)
    worked, weekend = calendar.is_working_day(day), day.weekday() >= _SATURDAY
    if weekend and not worked:
        return Day(day, own, Text("", "")) if own else None
    if not weekend and not worked:
        return Day(day, own, wording.HOLIDAY)
    if weekend:
        return Day(day, own, wording.MAKEUP_DAY)
    return Day(day, own, Text("", "") if own else wording.NOTHING)
