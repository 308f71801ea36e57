"""Reads the value of an RRULE (RFC 5545 3.3.10) that a secretary wrote, into the few rules that every client repeats.

Allowed are DAILY, WEEKLY with days, and MONTHLY on one day of the month or one weekday of it, each with an INTERVAL and
always an end (COUNT or UNTIL). Outlook refuses or bends the rest ("the 2nd and 4th Tuesday"). Everything else is a
problem with a hint, found from the text alone: no rule is expanded here, so none can keep us busy. What the rule means
for one meeting (overlaps, its first occurrence) is asked in `series.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from foundation.errors import Problem
from foundation.language import Text

MOST_OCCURRENCES: Final = 366
"""A daily series of one year, and a weekly one of the five years below."""
LARGEST_INTERVAL: Final = 99
"""Outlook's own limit for weeks and months (MS-OXOCAL 2.2.1.44.1)."""
LAST_DAY_EVERY_MONTH_HAS: Final = 28
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
"""Within these every zone can be reckoned without leaving the calendar of the standard library."""
_LONGEST_TEXT: Final = 200
"""Far more than the longest rule of the subset, which has about 90 characters."""

_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS: Final = ("FREQ", "UNTIL", "COUNT", "INTERVAL", "BYDAY", "BYMONTHDAY", "WKST")
_MONTHLY_DAY: Final = re.compile(r"\+?(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL: Final = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(Z?))?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the subset. Either `count` is above 0 or `until` is set; `days` as in BYDAY, `month_day` 0 for none."""

    frequency: str
    interval: int = 1
    count: int = 0
    until: datetime | None = None
    days: tuple[str, ...] = ()
    month_day: int = 0
    week_start: str = ""

    def __str__(self) -> str:
        """The value of RRULE: parts in the order of the library, UNTIL in UTC."""
        parts = [f"FREQ={self.frequency}"]
        if self.until is not None:
            parts.append(f"UNTIL={self.until.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        if self.count:
            parts.append(f"COUNT={self.count}")
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.days:
            parts.append(f"BYDAY={','.join(self.days)}")
        if self.month_day:
            parts.append(f"BYMONTHDAY={self.month_day}")
        if self.week_start:
            parts.append(f"WKST={self.week_start}")
        return ";".join(parts)


class RuleRefused(Exception):
    """The text is no rule of the subset; `problem` says why and what to write."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message.en)
        self.problem = problem


def read_rule(text: str, start: datetime) -> Rule:
    """The rule that `text` says for a series that begins at `start` (aware).

    A leading `RRULE:` and letter case do not matter. UNTIL may be a date (its whole day), a local time or UTC. A weekly
    rule without days takes the weekday of `start`, a monthly one its day of the month. Raises RuleRefused.
    """
    parts = _parts(text, start)
    frequency = _frequency(parts, text, start)
    count, until = _ending(parts, text, start)
    days, month_day = _which_days(frequency, parts, text, start)
    week_start = parts.get("WKST", "")
    if week_start and week_start not in _DAYS:
        raise refused(text, Text("WKST phải là một thứ: MO … SU", "WKST must be a day: MO … SU"))
    return Rule(frequency, _interval(parts, text), count, until, days, month_day, week_start)


def refused(text: str, message: Text, hint: Text | None = None) -> RuleRefused:
    """The refusal of this rule."""
    prefix = Text("quy tắc lặp: {what}", "recurrence rule: {what}").format(what=message)
    return RuleRefused(Problem("error", prefix, column="rrule", value=text, hint=hint))


_EXAMPLE: Final = Text(
    "ví dụ FREQ=WEEKLY;BYDAY=MO;COUNT=10 hoặc FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20271231",
    "for example FREQ=WEEKLY;BYDAY=MO;COUNT=10 or FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20271231",
)


def _parts(text: str, start: datetime) -> dict[str, str]:
    """NAME -> value in upper case, each name once and known."""
    if len(text) > _LONGEST_TEXT:
        raise refused(
            text[:_LONGEST_TEXT],
            Text("dài quá {most} ký tự", "longer than {most} characters").format(most=_LONGEST_TEXT),
        )
    body = text.strip().upper().removeprefix("RRULE:").rstrip(";")
    parts: dict[str, str] = {}
    for piece in body.split(";"):
        name, equals, value = (word.strip() for word in piece.partition("="))
        if not equals or not value:
            raise refused(
                text,
                Text("không đọc được phần {piece}", "cannot read the part {piece}").format(piece=repr(piece)),
                _EXAMPLE,
            )
        if name in parts:
            raise refused(text, Text("{name} có hai lần", "{name} stands there twice").format(name=name), _EXAMPLE)
        if name not in _PARTS:
            raise _unknown_part(name, text)
        parts[name] = value
    return parts


def _unknown_part(name: str, text: str) -> RuleRefused:
    hint = Text("viết thứ kèm số thứ tự trong BYDAY, ví dụ BYDAY=2TU", "write the ordinal in BYDAY, as in BYDAY=2TU")
    return refused(
        text,
        Text(
            "không dùng được {name}: nhiều chương trình lịch không hiểu",
            "{name} cannot be used: many calendars do not understand it",
        ).format(name=name),
        hint if name == "BYSETPOS" else _EXAMPLE,
    )


def _frequency(parts: dict[str, str], text: str, start: datetime) -> str:
    frequency = parts.get("FREQ", "")
    if frequency in {"DAILY", "WEEKLY", "MONTHLY"}:
        return frequency
    hint = _EXAMPLE
    if frequency == "YEARLY":
        hint = Text("họp hằng năm: tạo từng cuộc họp riêng", "yearly meetings: create each one by itself")
        if (start.month, start.day) == (2, 29):
            hint = Text(
                "ngày 29 tháng 2 chỉ có trong năm nhuận: tạo từng cuộc họp riêng, vào một ngày năm nào cũng có",
                "29 February exists in leap years only: create each meeting by itself, on a day that every year has",
            )
    raise refused(
        text, Text("chỉ lặp theo ngày, tuần hoặc tháng (FREQ)", "only days, weeks or months repeat (FREQ)"), hint
    )


def _number(parts: dict[str, str], name: str, most: int, text: str) -> int:
    """A number from 1 to `most`."""
    value = parts[name]
    if _NUMBER.fullmatch(value) and 1 <= int(value) <= most:
        return int(value)
    raise refused(
        text, Text("{name} phải từ 1 đến {most}", "{name} must be from 1 to {most}").format(name=name, most=most)
    )


def _interval(parts: dict[str, str], text: str) -> int:
    return _number(parts, "INTERVAL", LARGEST_INTERVAL, text) if "INTERVAL" in parts else 1


def _ending(parts: dict[str, str], text: str, start: datetime) -> tuple[int, datetime | None]:
    """COUNT or UNTIL, exactly one of them."""
    if "COUNT" in parts and "UNTIL" in parts:
        raise refused(text, Text("chỉ dùng một trong COUNT và UNTIL", "use only one of COUNT and UNTIL"))
    if "COUNT" in parts:
        return _number(parts, "COUNT", MOST_OCCURRENCES, text), None
    if "UNTIL" in parts:
        return 0, _until(parts["UNTIL"], text, start)
    raise refused(
        text,
        Text("không nói khi nào hết lặp", "it does not say when the series ends"),
        Text(
            "thêm COUNT=10 (số lần) hoặc UNTIL=20271231 (ngày cuối)",
            "add COUNT=10 (how often) or UNTIL=20271231 (the last day)",
        ),
    )


def _until(value: str, text: str, start: datetime) -> datetime:
    """UNTIL as an aware instant; a date alone means the whole of that day where the meeting is."""
    found = _UNTIL.fullmatch(value)
    try:
        if not found:
            raise ValueError(value)
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise ValueError(value)
        hour = time(int(found[4]), int(found[5]), int(found[6] or 0)) if found[4] else time(23, 59, 59)
        return datetime.combine(day, hour, UTC if found[7] else start.tzinfo)
    except ValueError:
        raise refused(
            text,
            Text("không đọc được UNTIL", "cannot read UNTIL"),
            Text(
                "viết ngày như 20271231, hoặc giờ như 20271231T170000",
                "write a day as 20271231, or a time as 20271231T170000",
            ),
        ) from None


def _which_days(frequency: str, parts: dict[str, str], text: str, start: datetime) -> tuple[tuple[str, ...], int]:
    """BYDAY and BYMONTHDAY as this frequency may have them."""
    days = tuple(day.strip() for day in parts["BYDAY"].split(",")) if "BYDAY" in parts else ()
    if frequency == "MONTHLY":
        return _in_month(days, parts, text, start)
    if "BYMONTHDAY" in parts or (frequency == "DAILY" and days):
        name = "BYMONTHDAY" if "BYMONTHDAY" in parts else "BYDAY"
        raise refused(
            text,
            Text("{name} không đi với {frequency}", "{name} does not go with {frequency}").format(
                name=name, frequency=f"FREQ={frequency}"
            ),
            _EXAMPLE,
        )
    if not days and frequency == "WEEKLY":
        return (_DAYS[start.weekday()],), 0
    if not set(days) <= set(_DAYS) or len(set(days)) < len(days):
        raise refused(
            text,
            Text(
                "BYDAY theo tuần là các thứ, mỗi thứ một lần: MO,TU,WE,TH,FR,SA,SU",
                "a weekly BYDAY has days, each once: MO,TU,WE,TH,FR,SA,SU",
            ),
        )
    return tuple(sorted(days, key=_DAYS.index)), 0


def _in_month(days: tuple[str, ...], parts: dict[str, str], text: str, start: datetime) -> tuple[tuple[str, ...], int]:
    """One weekday with its ordinal, or one day that every month has."""
    if days and "BYMONTHDAY" in parts:
        raise refused(text, Text("chỉ dùng một trong BYDAY và BYMONTHDAY", "use only one of BYDAY and BYMONTHDAY"))
    if days:
        found = _MONTHLY_DAY.fullmatch(days[0])
        if len(days) > 1 or not found:
            raise refused(
                text,
                Text(
                    "BYDAY theo tháng là một thứ kèm số thứ tự 1 đến 4 hoặc -1",
                    "a monthly BYDAY is one day with an ordinal, 1 to 4 or -1",
                ),
                Text(
                    "2TU là thứ Ba thứ hai của tháng, -1FR là thứ Sáu cuối cùng; hai thứ: tạo hai chuỗi họp",
                    "2TU is the second Tuesday, -1FR the last Friday; for two days create two series",
                ),
            )
        return (found[1] + found[2],), 0
    written = parts.get("BYMONTHDAY", str(start.day))
    if written == "-1" or (_NUMBER.fullmatch(written) and 1 <= int(written) <= LAST_DAY_EVERY_MONTH_HAS):
        return (), int(written)
    raise refused(
        text,
        Text(
            "tháng nào cũng phải có ngày họp: BYMONTHDAY từ 1 đến 28, hoặc -1",
            "every month must have the day: BYMONTHDAY from 1 to 28, or -1",
        ),
        Text(
            "ngày 29, 30, 31 không có trong mọi tháng (tháng 2): dùng BYMONTHDAY=-1 cho ngày cuối tháng",
            "not every month has a 29th, 30th or 31st (February): use BYMONTHDAY=-1 for the last day",
        ),
    )
