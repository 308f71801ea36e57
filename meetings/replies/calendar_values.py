"""Reads the values of a calendar's lines: addresses, texts, numbers, instants.

The library parses, this bounds and cleans. A line that the library refuses says nothing, except that an ATTENDEE with a
broken name still gives its address and its answer: nobody's answer is lost to a quotation mark. Nothing raises.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from icalendar.parser import Contentline, Parameters
from icalendar.parser.property import unescape_backslash
from icalendar.prop import vDatetime, vDuration

from meetings.replies.calendar_lines import Block
from meetings.replies.header_fields import address_of, one_line
from meetings.replies.zones import zone_of

GREATEST_SEQUENCE: Final = 2**31 - 1
"""RFC 5545 3.3.8."""
COMMENT_LIMIT: Final = 2000
"""Characters of a reason for absence that are kept: a page; Outlook may put the whole quoted mail behind it."""
_UID_LIMIT: Final = 1000
_NAME_LIMIT: Final = 200
_PARAMETERS: Final = ("PARTSTAT", "CN", "EMAIL", "SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "X-RESPONSE-COMMENT")
_PARTSTAT: Final = re.compile(r';[ \t]*PARTSTAT[ \t]*=[ \t]*"?([A-Z-]{1,20})')
_NUMBER: Final = re.compile(r"\s*\+?(-?\d{1,20})")
_WALL_CLOCK: Final = re.compile(r"\d{8}T\d{6}Z?")
_YEARS: Final = range(1970, 2200)
"""What lies outside was never asked, and near the ends of what Python counts no other timezone can show it."""


class Person(NamedTuple):
    """An ATTENDEE line: addresses normalised, words in upper case. There may be several to whom it is delegated."""

    address: str
    name: str = ""
    partstat: str = ""
    email: str = ""
    sent_by: str = ""
    delegated_to: tuple[str, ...] = ()
    delegated_from: tuple[str, ...] = ()
    comment: str = ""


class Zones(NamedTuple):
    """What times mean in one calendar: its own VTIMEZONEs, and the timezone of times that name none."""

    own: list[Block]
    default: str


def person(line: str) -> Person | None:
    """What an ATTENDEE line says, or None when it has no address."""
    try:
        parameters, value = _parts(line)
    except ValueError:
        return _broken(line)
    given = {name: _several(parameters.get(name, "")) for name in _PARAMETERS}
    found = Person(
        calendar_address(value),
        one_line("".join(given["CN"][:1]), _NAME_LIMIT),
        "".join(given["PARTSTAT"][:1]).strip().upper(),
        calendar_address("".join(given["EMAIL"][:1])),
        calendar_address("".join(given["SENT-BY"][:1])),
        _addresses(given["DELEGATED-TO"]),
        _addresses(given["DELEGATED-FROM"]),
        one_line("".join(given["X-RESPONSE-COMMENT"][:1]), COMMENT_LIMIT),
    )
    if found.address:
        return found
    return found._replace(address=found.email) if found.email else None


def calendar_address(value: str) -> str:
    """A CAL-ADDRESS (`MAILTO:An%40tinh.test`, or without its scheme) as a normalised address, or empty."""
    text = value.strip().strip("<>")
    bare = text[7:] if text[:7].lower() == "mailto:" else text
    bare = bare.partition("?")[0].strip().strip("<>")
    return (address_of(unquote(bare)) if "%" in bare else "") or address_of(bare)


def text(line: str, limit: int) -> str:
    """The value of a text line on one line, without controls; empty when there is none or it cannot be read."""
    if not line:
        return ""
    try:
        return one_line(unescape_backslash(_parts(line)[1]), limit)
    except ValueError:
        return ""


def uid(block: Block) -> str:
    """The UID, as written."""
    return uid_of(block.first("UID"))


def uid_of(line: str) -> str:
    """The same from its line."""
    return normalize("NFC", text(line, _UID_LIMIT))


def comment(block: Block) -> str:
    """All that was said beside the answer."""
    said = (text(line, COMMENT_LIMIT) for line in block.all("COMMENT")[:5])
    return one_line(" ".join(dict.fromkeys(filter(None, said))), COMMENT_LIMIT)


def sequence(block: Block) -> int:
    """SEQUENCE within int32; where it is 0 or missing, Outlook's own property (as Thunderbird reads it)."""
    return _number(block.first("SEQUENCE")) or _number(block.first("X-MICROSOFT-CDO-APPT-SEQUENCE"))


def instant(line: str, zones: Zones) -> datetime | None:
    """A DATE-TIME in UTC, or None: no time, a date alone, a timezone that nobody knows, a year beyond all reason."""
    if not line:
        return None
    try:
        parameters, value = _parts(line)
        value = value.strip()
        if not _WALL_CLOCK.fullmatch(value):
            return None
        at: datetime = vDatetime.from_ical(value.rstrip("Z"))  # type: ignore[no-untyped-call]
        zone = _zone(value, at, "".join(_several(parameters.get("TZID", ""))[:1]), zones)
        if zone is None or at.year not in _YEARS:
            return None
        return at.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):
        return None


def duration(line: str) -> timedelta | None:
    """A DURATION, or None."""
    try:
        span = vDuration.from_ical(text(line, _NAME_LIMIT)) if line else None  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError):
        return None
    return span if isinstance(span, timedelta) else None


def _parts(line: str) -> tuple[Parameters, str]:
    """Parameters and raw value of a content line. Raises ValueError."""
    _, parameters, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
    return parameters, value


def _zone(value: str, at: datetime, tzid: str, zones: Zones) -> tzinfo | None:
    if value.endswith("Z"):
        return UTC
    return zone_of(tzid, zones.own, at) if tzid else ZoneInfo(zones.default)


def _number(line: str) -> int:
    match = _NUMBER.match(line.rpartition(":")[2])
    return min(max(int(match[1]), 0), GREATEST_SEQUENCE) if match else 0


def _several(value: object) -> tuple[str, ...]:
    if isinstance(value, (list, tuple)):
        return tuple(str(each) for each in value[:20])
    return (str(value),) if value else ()


def _addresses(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(calendar_address, values))))


def _broken(line: str) -> Person | None:
    match = _PARTSTAT.search(line.upper())
    address = calendar_address(line[line.lower().rfind("mailto:") :]) if "mailto:" in line.lower() else ""
    return Person(address, partstat=match[1] if match else "") if address else None
