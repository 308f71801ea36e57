"""The VTIMEZONE of a zone (RFC 5545 3.6.5), built once: one STANDARD block for a zone without summer time.

The library would write every change since 1970 (for Việt Nam two STANDARD blocks) and a COMMENT, and Outlook keeps one
rule of each kind (MS-STANOICAL 2.2.47), which moved Vietnamese meetings to the wrong hour or made them vanish. So a
zone whose offset does not change between `SINCE` and `UNTIL` is written as that offset alone. A zone with summer time
is written as the library writes it for those years; our own installations have none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Timezone, TimezoneStandard

SINCE: Final = date(2020, 1, 1)
"""No meeting of ours is older than this program."""
UNTIL: Final = date(2040, 1, 1)
"""Well beyond the five years that a series may last (`series.LONGEST_YEARS`)."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - DTSTART of a STANDARD block is local time by definition
_PROBES_APART: Final = timedelta(days=7)
"""No zone changes its offset and changes it back within a week."""


def vtimezone(name: str) -> bytes:
    """The VTIMEZONE component of an IANA zone, with its last CRLF. Raises ValueError for a zone that nobody knows."""
    return bytes(timezone_component(name).to_ical(sorted=False))


@lru_cache(maxsize=16)
def timezone_component(name: str) -> Timezone:
    """The same as a component of the library; it is shared, so nobody may change it."""
    zone = zone_of(name)
    offsets = _offsets(zone)
    if len(offsets) == 1:
        return _fixed(name, zone, offsets.pop())
    varying = Timezone.from_tzid(name, first_date=SINCE, last_date=UNTIL)
    varying.pop("COMMENT", None)
    return varying


@lru_cache(maxsize=16)
def zone_of(name: str) -> ZoneInfo:
    """The zone itself. Raises ValueError for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no such timezone: {name!r}") from error


def is_utc(name: str) -> bool:
    """Whether times in this zone are written with a Z and need no VTIMEZONE."""
    return name in {"UTC", "Etc/UTC", "Zulu", "Etc/Zulu", "UCT", "Etc/UCT", "Universal", "Etc/Universal"}


def _offsets(zone: ZoneInfo) -> set[timedelta]:
    """All offsets that the zone has between SINCE and UNTIL."""
    at = datetime(SINCE.year, SINCE.month, SINCE.day, tzinfo=UTC)
    last = datetime(UNTIL.year, UNTIL.month, UNTIL.day, tzinfo=UTC)
    found = set()
    while at < last:
        found.add(at.astimezone(zone).utcoffset() or timedelta())
        at += _PROBES_APART
    return found


def _fixed(name: str, zone: ZoneInfo, offset: timedelta) -> Timezone:
    """One STANDARD block that has always been so."""
    block = TimezoneStandard()
    block.add("DTSTART", _EPOCH)
    block.add("TZOFFSETFROM", offset)
    block.add("TZOFFSETTO", offset)
    block.add("TZNAME", datetime(SINCE.year, SINCE.month, SINCE.day, tzinfo=zone).tzname() or name)
    component = Timezone()
    component.add("TZID", name)
    component.subcomponents.append(block)
    return component
