"""Times as Vietnamese offices write them: "13h30’, ngày 31 tháng 7 năm 2012 (thứ 3)", and ISO 8601; durations too.

Every word must be understood: what is left over is a problem, never ignored. A weekday that contradicts its date is a
problem that names both. `sáng`, `trưa`, `chiều`, `tối`, `đêm` turn hours of the twelve-hour clock, and contradict hours
that they cannot mean. A date without a year is refused, because letters are read again years later. Pure: nothing here
knows what day it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NoReturn
from zoneinfo import ZoneInfo

from foundation.dates import WEEKDAYS, weekday
from foundation.errors import Problem
from foundation.language import Text
from foundation.vietnamese import nfc
from foundation.vietnamese.letters import APOSTROPHES
from meetings.form import hours
from meetings.form.hours import Clock, NoHour

HALF_DAY: Final = timedelta(hours=4)
"""Half of the eight working hours of the Labour Code 2019, article 105."""

LONGEST_TEXT: Final = 200
"""The longest sample of real letters has 60 letters."""

_WEEKDAY_WORDS: Final = {
    **dict.fromkeys(("2", "hai"), 0),
    **dict.fromkeys(("3", "ba"), 1),
    **dict.fromkeys(("4", "tư", "bốn"), 2),
    **dict.fromkeys(("5", "năm"), 3),
    **dict.fromkeys(("6", "sáu"), 4),
    **dict.fromkeys(("7", "bảy", "bẩy"), 5),
}
_WEEKDAY: Final = re.compile(
    r"\bthứ\s*(?P<word>[2-7](?!\d|\s*(?:[h:]|giờ))|hai|ba|tư|bốn|năm|sáu|bảy|bẩy)\b"
    r"|\bt(?P<short>[2-7])\b|\b(?P<sunday>chủ\s*nhật|chúa\s*nhật|cn)\b"
)
_DATES: Final = (
    re.compile(r"\b(?:ngày\s*)?(?P<d>\d{1,2})\s*tháng\s*(?P<m>\d{1,2})(?:\s*,?\s*năm\s*(?P<y>\d{4}))?(?!\d)"),
    re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"\b(?:ngày\s*)?(?P<d>\d{1,2})\s*(?P<s>[/.\-])\s*(?P<m>\d{1,2})\s*(?P=s)\s*(?P<y>\d{4})(?!\d)"),
    re.compile(r"(?<![\d/])(?:ngày\s*)?(?P<d>\d{1,2})/(?P<m>\d{1,2})(?P<y>(?!))?(?![\d/])"),
)
"""With months in words; ISO; with figures; and with figures but no year, which is refused."""

_HALF_DAY: Final = re.compile(r"(?:½|1/2|nửa)\s*ngày|(?:một\s*)?buổi(?!\s*(?:sáng|trưa|chiều|tối))")
_CONNECTORS: Final = re.compile(
    r"\b(?:vào|lúc|hồi|từ|đến|tới|ngày|buổi|cùng|bắt\s*đầu|khai\s*mạc|kết\s*thúc|thời\s*gian|dự\s*kiến)\b|[-–—,.;:()~→]"
)
_YEARS: Final = range(1990, 2200)

_HINT: Final = Text(
    "ví dụ: “13h30, ngày 31 tháng 7 năm 2026 (thứ Sáu)”, “7h30 - 9h00, 31/7/2026” hoặc 2026-07-31T13:30",
    "for example: “13h30, ngày 31 tháng 7 năm 2026 (thứ Sáu)”, “7h30 - 9h00, 31/7/2026” or 2026-07-31T13:30",
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something begins, and when it ends if the text says so. Both are aware, in the timezone asked for."""

    start: datetime
    end: datetime | None = None


class _Unclear(Exception):
    """The text cannot be understood, and why."""

    def __init__(self, message: Text, hint: Text = _HINT) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint


def parse_time(
    text: str, timezone: str = "Asia/Ho_Chi_Minh", on: date | None = None, alone: time | None = None
) -> Moment | Problem:
    """The moment that a text names, or what is wrong with it (a Problem without file and column).

    `on` is the day when the text names none (the end of a meeting that began that day); `alone` the time of day of a
    date that stands alone, which is refused otherwise.
    """
    try:
        return _moment(text, ZoneInfo(timezone), on, alone)
    except _Unclear as unclear:
        return Problem("error", unclear.message, value=text[:LONGEST_TEXT], hint=unclear.hint)


def parse_duration(text: str) -> timedelta | Problem:
    """How long "2h", "90 phút", "1 giờ 30 phút", "1h30", "2,5 giờ", "nửa ngày" are; or what is wrong."""
    found = hours.duration(_folded(text))
    if found is None and _HALF_DAY.fullmatch(_folded(text)):
        found = HALF_DAY
    if found is None or found <= timedelta():
        hint = Text("ví dụ: “2h”, “90 phút”, “1 giờ 30 phút”", "for example: “2h”, “90 phút”, “1 giờ 30 phút”")
        message = Text("không hiểu thời lượng này", "cannot read this duration")
        return Problem("error", message, value=text[:LONGEST_TEXT], hint=hint)
    return found


def in_timezone(moment: datetime, timezone: str) -> datetime | None:
    """The instant in a timezone; a local time is taken as of that zone. None: that local time never is there (the
    clock is put forward over it)."""
    zone = ZoneInfo(timezone)
    if moment.tzinfo is not None:
        return moment.astimezone(zone)
    local = moment.replace(tzinfo=zone)
    return local if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment else None


def _moment(text: str, zone: ZoneInfo, on: date | None, alone: time | None) -> Moment:
    if len(text) > LONGEST_TEXT:
        raise _Unclear(Text("quá dài để là một thời điểm", "too long to be a time"))
    iso = _iso(text)
    if isinstance(iso, datetime):
        return Moment(_placed(iso, zone))
    words = _folded(text)
    words, weekdays = _take_weekdays(words)
    iso = _iso(words.strip(" ,;.()")) if weekdays else None
    if iso is not None:
        _check_weekdays(weekdays, [iso.date()])
        return Moment(_placed(iso, zone))
    half_day = bool(_HALF_DAY.search(words))
    words = _HALF_DAY.sub(" ", words)
    words, dates = _take_dates(words)
    words, clocks = _take_clocks(words)
    left = _CONNECTORS.sub(" ", words).split()
    if left:
        raise _Unclear(Text("không hiểu chữ “{word}”", "cannot read “{word}”").format(word=" ".join(left)))
    _check_weekdays(weekdays, dates)
    days = dates or ([on] if on else [])
    if not days:
        raise _Unclear(Text("thiếu ngày", "the date is missing"))
    if not clocks and alone is None:
        raise _Unclear(Text("thiếu giờ", "the time of day is missing"))
    return _joined(days, clocks or [alone or time()], zone, half_day)


def _joined(days: list[date], clocks: list[time], zone: ZoneInfo, half_day: bool) -> Moment:
    if len(clocks) > 2 or len(days) > 2 or len(days) > len(clocks):
        raise _Unclear(
            Text("nhiều thời điểm quá, không rõ đâu là bắt đầu", "too many times: unclear which is the beginning")
        )
    start = _placed(datetime.combine(days[0], clocks[0]), zone)
    if len(clocks) == 1:
        return Moment(start, start + HALF_DAY if half_day else None)
    return Moment(start, _placed(datetime.combine(days[-1], clocks[1]), zone))


def _placed(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment in the zone. Raises _Unclear for a local time that never is."""
    placed = in_timezone(moment.replace(microsecond=0), zone.key)
    if placed is None or placed.year not in _YEARS:
        raise _Unclear(Text("không có thời điểm này", "there is no such time"))
    return placed


def _iso(text: str) -> datetime | None:
    """ISO 8601 with a time of day (a date alone goes the other way, which knows weekdays and ranges)."""
    text = text.strip().upper()
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _folded(text: str) -> str:
    """Composed, lower case, one kind of apostrophe and of space."""
    text = nfc(text).lower().translate({ord(mark): "'" for mark in APOSTROPHES})
    return " ".join(text.split())


def _take_weekdays(words: str) -> tuple[str, list[int]]:
    found = [
        6 if match["sunday"] else _WEEKDAY_WORDS[match["word"] or match["short"]] for match in _WEEKDAY.finditer(words)
    ]
    again = len(set(found)) == 1  # "Chủ nhật (CN)" says one thing twice
    return _WEEKDAY.sub(" ", words), found[:1] if again else found


def _take_dates(words: str) -> tuple[str, list[date]]:
    found: list[tuple[int, date]] = []
    for pattern in _DATES:
        for match in pattern.finditer(words):
            found.append((match.start(), _date(match)))
        words = pattern.sub(lambda match: " " * len(match[0]), words)
    return words, [day for _, day in sorted(found)]


def _date(match: re.Match[str]) -> date:
    if not match["y"]:
        raise _Unclear(
            Text("ngày {day} thiếu năm", "the date {day} has no year").format(day=match[0].replace("ngày", "").strip())
        )
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
    try:
        found = date(year, month, day)
    except ValueError:
        raise _Unclear(_no_such_date(year, month, day)) from None
    if year not in _YEARS:
        raise _Unclear(Text("năm {year} không hợp lý", "the year {year} makes no sense").format(year=year))
    return found


def _no_such_date(year: int, month: int, day: int) -> Text:
    if (month, day) == (2, 29):
        return Text("năm {year} không có ngày 29 tháng 2", "{year} has no 29 February").format(year=year)
    return Text("không có ngày {day}/{month}/{year}", "there is no day {day}/{month}/{year}").format(
        day=day, month=month, year=year
    )


def _take_clocks(words: str) -> tuple[str, list[time]]:
    try:
        words, found = hours.take(words)
        return words, [Clock.settled(clock) for clock in found]
    except NoHour as error:
        _unclear(error)


def _unclear(error: NoHour) -> NoReturn:
    raise _Unclear(error.message) from error


def _check_weekdays(weekdays: list[int], dates: list[date]) -> None:
    if len(weekdays) > max(1, len(dates)):
        raise _Unclear(Text("nhiều thứ trong tuần hơn ngày", "more weekdays than dates"))
    if weekdays and not dates:
        raise _Unclear(Text("có thứ nhưng thiếu ngày tháng", "there is a weekday but no date"))
    for said, day in zip(weekdays, dates, strict=False):
        if said != day.weekday():
            raise _Unclear(
                Text("ghi {said} nhưng ngày {day} là {right}", "it says {said}, but {day} is a {right}").format(
                    said=WEEKDAYS[said], day=f"{day:%d/%m/%Y}", right=weekday(day)
                ),
                Text("sửa thứ hoặc sửa ngày cho khớp", "correct the weekday or the date"),
            )
