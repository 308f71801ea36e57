"""Which timezone a TZID means: an IANA name, a Windows name, `/vendor/Asia/Ho_Chi_Minh`, else the mail's own VTIMEZONE.

The name goes first: clients are known to send a right TZID with a wrong VTIMEZONE (ical.net#745 made +08:00 out of
Việt Nam). A VTIMEZONE counts when it has one offset, or rules of the plain yearly kind; from anything richer no time is
read, because a stranger could make us compute for hours. Nothing is remembered from one mail to the next.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from meetings.replies.calendar_lines import Block

_NAME_LIMIT: Final = 200
_OBSERVANCES: Final = 8
_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_START: Final = re.compile(r"(\d{4})(\d{4}T\d{6})")
_FIRST_YEAR: Final = 2000
"""Outlook's rules begin in 1601; nothing of ours is older than this, and it is a leap year."""
_YEARLY: Final = re.compile(
    r"FREQ=YEARLY(?:;(?:INTERVAL=1|WKST=[A-Z]{2}|BYMONTH=\d{1,2}|BYMONTHDAY=-?\d{1,2}|BYDAY=[+-]?\d?[A-Z]{2}"
    r"|UNTIL=\d{8}(?:T\d{6}Z?)?))*"
)


def zone_of(tzid: str, own: list[Block]) -> tzinfo | None:
    """The timezone of this TZID in a mail with these VTIMEZONEs, or None when nobody can say."""
    name = tzid.strip().strip('"')[:_NAME_LIMIT]
    known = _known(name)
    if known is not None:
        return known
    for block in own:
        if _value(block.first("TZID")) == name:
            return _described(block)
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


def _described(block: Block) -> tzinfo | None:
    observances = [part for part in block.parts if part.kind in ("STANDARD", "DAYLIGHT")]
    offsets = [_offset(_value(part.first("TZOFFSETTO"))) for part in observances]
    if not offsets or None in offsets or len(offsets) > _OBSERVANCES:
        return None
    if len(set(offsets)) == 1 and offsets[0] is not None:
        return timezone(offsets[0])
    return _with_rules(observances)


def _with_rules(observances: list[Block]) -> tzinfo | None:
    from dateutil.tz import tzical  # type: ignore[import-untyped]

    lines = ["BEGIN:VTIMEZONE", "TZID:x"]
    for part in observances:
        start, rule = _START.fullmatch(_value(part.first("DTSTART"))), _value(part.first("RRULE")).upper()
        if not start or part.first("RDATE") or (rule and not _YEARLY.fullmatch(rule)):
            return None
        year = max(int(start[1]), _FIRST_YEAR) if rule else int(start[1])
        lines += [f"BEGIN:{part.kind}", f"DTSTART:{year:04}{start[2]}", *([f"RRULE:{rule}"] if rule else [])]
        for name in ("TZOFFSETFROM", "TZOFFSETTO"):
            if _offset(_value(part.first(name))) is None:
                return None
            lines.append(f"{name}:{_value(part.first(name))}")
        lines.append(f"END:{part.kind}")
    try:
        zone: tzinfo | None = tzical(StringIO("\r\n".join([*lines, "END:VTIMEZONE", ""]))).get()
        if zone is not None:
            datetime(2026, 1, 1, tzinfo=zone).utcoffset()
        return zone
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def _offset(text: str) -> timedelta | None:
    match = _OFFSET.fullmatch(text)
    if not match:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return (-span if match[1] == "-" else span) if span < timedelta(hours=24) else None


def _value(line: str) -> str:
    """What stands behind the colon of a line without quoted parameters."""
    return line.partition(":")[2].strip()[:_NAME_LIMIT]
