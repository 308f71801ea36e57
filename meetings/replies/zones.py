"""Which timezone a TZID means: an IANA name, a Windows name, `/vendor/Asia/Ho_Chi_Minh`, else the mail's own VTIMEZONE.

The name goes first: clients are known to send a right TZID with a wrong VTIMEZONE (ical.net#745 made +08:00 out of
Việt Nam). A VTIMEZONE counts when it has one offset, or begins on the nth weekday of a month, every year; from anything
richer no time is read, because a stranger could make us compute for hours. Nothing is remembered from mail to mail.
"""

from __future__ import annotations

import re
from calendar import monthcalendar
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from meetings.replies.calendar_lines import Block

_NAME_LIMIT: Final = 200
_OBSERVANCES: Final = 8
_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_START: Final = re.compile(r"\d{8}T\d{6}")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_YEARLY: Final = re.compile(
    r"FREQ=YEARLY(?=.*;BYMONTH=(?P<month>\d{1,2})(?:;|$))(?=.*;BYDAY=(?P<nth>[+-]?[1-5])(?P<day>[A-Z]{2})(?:;|$))"
    r"(?:;(?:INTERVAL=1|WKST=[A-Z]{2}|BYMONTH=\d{1,2}|BYDAY=[+-]?[1-5][A-Z]{2}))+"
)
"""What mail programs write for summer time: the nth weekday of a month, every year."""


def zone_of(tzid: str, own: list[Block], at: datetime) -> tzinfo | None:
    """The timezone of this TZID in a mail with these VTIMEZONEs, or None when nobody can say. `at` is the naive wall
    clock that is asked about: what a VTIMEZONE gives is its offset then."""
    name = tzid.strip().strip('"')[:_NAME_LIMIT]
    known = _known(name)
    if known is not None:
        return known
    for block in own:
        if _value(block.first("TZID")) == name:
            offset = _described(block, at)
            return None if offset is None else timezone(offset)
    return None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """All IANA names by their lower case: some clients do not keep the case."""
    return {name.lower(): name for name in available_timezones()}


def _known(name: str) -> tzinfo | None:
    parts = name.strip("/").split("/")
    tails = ["/".join(parts[start:]) for start in range(len(parts) if name.startswith("/") else 1)]
    for tail in tails[:_OBSERVANCES]:
        found = _names().get(WINDOWS_TO_OLSON.get(tail, tail).lower())
        if found:
            return ZoneInfo(found)
    return None


def _described(block: Block, at: datetime) -> timedelta | None:
    observances = [part for part in block.parts if part.kind in ("STANDARD", "DAYLIGHT")]
    offsets = {_offset(_value(part.first("TZOFFSETTO"))) for part in observances}
    if len(observances) > _OBSERVANCES:
        return None
    return offsets.pop() if len(offsets) == 1 else _by_rule(observances, at)


def _by_rule(observances: list[Block], at: datetime) -> timedelta | None:
    """The offset of the observance that began last before `at`; None when one of them has a rule of another kind."""
    begun: list[tuple[datetime, timedelta]] = []
    for part in observances:
        start, rule = _START.fullmatch(_value(part.first("DTSTART"))), _value(part.first("RRULE")).upper()
        onsets = _onsets(start, rule, at.year) if start and not part.first("RDATE") else None
        offset = _offset(_value(part.first("TZOFFSETTO")))
        if onsets is None or offset is None:
            return None
        begun += [(onset, offset) for onset in onsets if onset <= at]
    return max(begun)[1] if begun else None


def _onsets(start: re.Match[str], rule: str, year: int) -> list[datetime] | None:
    """When an observance begins in this year and the one before (or ever, without a rule), on the local clock."""
    try:
        first = datetime.strptime(start[0], "%Y%m%dT%H%M%S")  # noqa: DTZ007 (a wall clock)
        yearly = _YEARLY.fullmatch(rule)
        if yearly is None:
            return None if rule else [first]
        month, nth, weekday = int(yearly["month"]), int(yearly["nth"]), _WEEKDAYS.index(yearly["day"])
        days = [_nth_weekday(each, month, nth, weekday) for each in (year - 1, year)]
        onsets = [datetime.combine(day, first.time()) for day in days]
    except (ValueError, IndexError, OverflowError):
        return None
    return [onset for onset in onsets if onset >= first]


def _nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    """The second Sunday of March (2), the last of October (-1). Raises IndexError when there is no such day."""
    days = [week[weekday] for week in monthcalendar(year, month) if week[weekday]]
    return date(year, month, days[nth - 1 if nth > 0 else nth])


def _offset(text: str) -> timedelta | None:
    match = _OFFSET.fullmatch(text)
    if not match:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return (-span if match[1] == "-" else span) if span < timedelta(hours=24) else None


def _value(line: str) -> str:
    """What stands behind the colon of a line without quoted parameters."""
    return line.partition(":")[2].strip()[:_NAME_LIMIT]
