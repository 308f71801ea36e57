"""One week of the calendar, by ISO 8601: Monday to Sunday, numbered within its year. Pure; it asks no clock.

The two real schedules that the layout follows count like this: week 16 of 2024 is 15/04/2024 to 21/04/2024.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from foundation.language import Text

_NAME: Final = re.compile(r"(?P<year>20\d\d)-?W(?P<number>\d{1,2})", re.ASCII | re.IGNORECASE)
_NUMBER: Final = re.compile(r"W?(?P<number>\d{1,2})", re.ASCII | re.IGNORECASE)
_DAYS: Final = 7
_RELATIVE: Final = {"this": 0, "next": 1, "last": -1}


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """Week `number` (1 to 53) of the ISO year `year`. Made by `of` and `parse`, which know which weeks there are."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> IsoWeek:
        """The week in which this day is."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    def parse(cls, text: str, today: date) -> IsoWeek | None:
        """`2026-W48`, `48` (of the present year), `this`, `next`, `last`; None for what is no week."""
        word = text.strip().lower()
        if word in _RELATIVE:
            return cls.of(today + _RELATIVE[word] * timedelta(days=_DAYS))
        found = _NAME.fullmatch(word)
        alone = _NUMBER.fullmatch(word)
        if found:
            return cls._existing(int(found["year"]), int(found["number"]))
        return cls._existing(cls.of(today).year, int(alone["number"])) if alone else None

    @classmethod
    def _existing(cls, year: int, number: int) -> IsoWeek | None:
        try:
            date.fromisocalendar(year, number, 1)
        except ValueError:
            return None
        return cls(year, number)

    def __str__(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def days(self) -> tuple[date, ...]:
        """Monday to Sunday."""
        return tuple(self.monday + timedelta(days=number) for number in range(_DAYS))

    def bounds(self, timezone: str) -> tuple[datetime, datetime]:
        """When it begins and when the next one does, in this IANA zone."""
        zone = ZoneInfo(timezone)
        start = datetime.combine(self.monday, time(), zone)
        return start, datetime.combine(self.monday + timedelta(days=_DAYS), time(), zone)

    @property
    def title(self) -> Text:
        """`Lịch công tác tuần 48 năm 2026`; a page sets it in capitals."""
        return Text(
            f"Lịch công tác tuần {self.number} năm {self.year}", f"Work schedule of week {self.number}, {self.year}"
        )

    @property
    def period(self) -> Text:
        """`từ ngày 23/11/2026 đến ngày 29/11/2026`."""
        first, last = f"{self.days[0]:%d/%m/%Y}", f"{self.days[-1]:%d/%m/%Y}"
        return Text(f"từ ngày {first} đến ngày {last}", f"{first} to {last}")
