"""Days as Vietnamese offices write them, English beside: `thứ Ba, ngày 03 tháng 02 năm 2026`. Pure.

Decree 30/2020/NĐ-CP, appendix I, writes days below 10 and the months 1 and 2 with a zero. It reads no text (that is
the business of whoever reads forms) and writes no time of day, of which letters, lists and schedules have styles of
their own.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from foundation.language import Text

WEEKDAYS: Final = (
    Text("thứ Hai", "Monday"),
    Text("thứ Ba", "Tuesday"),
    Text("thứ Tư", "Wednesday"),
    Text("thứ Năm", "Thursday"),
    Text("thứ Sáu", "Friday"),
    Text("thứ Bảy", "Saturday"),
    Text("Chủ nhật", "Sunday"),
)
"""As within a sentence, Monday first (`date.weekday`)."""

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def weekday(day: date) -> Text:
    """`thứ Ba`."""
    return WEEKDAYS[day.weekday()]


def long_date(day: date) -> Text:
    """`ngày 03 tháng 02 năm 2026` (the decree's I.3); the date of a datetime is the one it shows."""
    month = f"{day.month:02}" if day.month <= 2 else f"{day.month}"
    return Text(f"ngày {day.day:02} tháng {month} năm {day.year}", f"{day.day} {_MONTHS[day.month - 1]} {day.year}")


def weekday_and_date(day: date) -> Text:
    """`thứ Ba, ngày 03 tháng 02 năm 2026`."""
    return Text("{weekday}, {date}", "{weekday}, {date}").format(weekday=weekday(day), date=long_date(day))


def duration(span: timedelta) -> Text:
    """How long, as people say it: minutes, then hours, then days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return Text("chưa đầy một phút", "less than a minute")
    if minutes < 120:
        return Text("{count} phút", "{count} min").format(count=minutes)
    if minutes < 48 * 60:
        return Text("{count} giờ", "{count} h").format(count=minutes // 60)
    return Text("{count} ngày", "{count} days").format(count=minutes // (24 * 60))
