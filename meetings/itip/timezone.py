"""The VTIMEZONE of a zone (RFC 5545 3.6.5), built once: one STANDARD, and one DAYLIGHT where there is summer time.

The library would write every change since 1970 (for Việt Nam two STANDARD blocks) and a COMMENT, and Outlook keeps one
rule of each kind (MS-STANOICAL 2.2.47), which moved Vietnamese meetings to the wrong hour or made them vanish. So a
zone whose offset does not change between `SINCE` and `UNTIL` is written as that offset alone; one with summer time as
the two yearly rules that hold in all those years. A zone that follows neither is refused: its meetings can be written
in another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

SINCE: Final = date(2020, 1, 1)
"""No meeting of ours is older than this program."""
UNTIL: Final = date(2040, 1, 1)
"""Well beyond the five years that a series may last (`series.LONGEST_YEARS`)."""

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - DTSTART of a STANDARD block is local time by definition
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@lru_cache(maxsize=16)
def timezone_component(name: str) -> Timezone:
    """The VTIMEZONE of an IANA zone as the library's component; it is shared, so nobody may change it.

    Raises ValueError for a zone that nobody knows, or whose rule changes from year to year.
    """
    zone = zone_of(name)
    changes = list(_changes(zone))
    component = Timezone()
    component.add("TZID", name)
    if not changes:
        offset = datetime(SINCE.year, SINCE.month, SINCE.day, tzinfo=zone).utcoffset() or timedelta()
        component.subcomponents.append(_block(TimezoneStandard(), _EPOCH, offset, offset, name, zone))
        return component
    to_winter = [change for change in changes if change.after < change.before]
    to_summer = [change for change in changes if change.after > change.before]
    component.subcomponents.append(_yearly(TimezoneStandard(), to_winter, name, zone))
    component.subcomponents.append(_yearly(TimezoneDaylight(), to_summer, name, zone))
    return component


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


class _Change(NamedTuple):
    """A zone changes its offset: `wall` is the local time (by the offset before) at which it does."""

    wall: datetime
    before: timedelta
    after: timedelta

    @property
    def ordinals(self) -> set[int]:
        """Which weekday of its month it is: from the front, and -1 if it is the last."""
        last = (self.wall + _WEEK).month != self.wall.month
        return {(self.wall.day - 1) // 7 + 1, *({-1} if last else ())}


def _changes(zone: ZoneInfo) -> Iterator[_Change]:
    """All changes between SINCE and UNTIL, found to the second. (None is undone within a day.)"""
    at = datetime(SINCE.year, SINCE.month, SINCE.day, tzinfo=UTC)
    last = datetime(UNTIL.year, UNTIL.month, UNTIL.day, tzinfo=UTC)
    while at < last:
        before, after = _offset(zone, at), _offset(zone, at + _DAY)
        if before != after:
            early, late = at, at + _DAY
            while late - early > timedelta(seconds=1):
                middle = early + (late - early) // 2
                early, late = (middle, late) if _offset(zone, middle) == before else (early, middle)
            moment = late.replace(microsecond=0)
            yield _Change((moment + before).replace(tzinfo=None), before, after)
        at += _DAY


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _yearly(
    block: TimezoneStandard | TimezoneDaylight, changes: list[_Change], name: str, zone: ZoneInfo
) -> TimezoneStandard | TimezoneDaylight:
    """The one rule that all these changes follow, one in each year. Raises ValueError when they follow none."""
    alike = {(change.wall.month, change.wall.weekday(), change.wall.time(), *change[1:]) for change in changes}
    ordinals = set.intersection(*(change.ordinals for change in changes)) if changes else set()
    if len(changes) != UNTIL.year - SINCE.year or len(alike) != 1 or not ordinals:
        raise ValueError(f"the summer time of {name} follows no yearly rule: use another timezone")
    first = changes[0]
    _block(block, first.wall, first.before, first.after, name, zone)
    day = f"{min(ordinals)}{_DAYS[first.wall.weekday()]}"
    block.add("RRULE", vRecur.from_ical(f"FREQ=YEARLY;BYDAY={day};BYMONTH={first.wall.month}"), encode=False)
    return block


def _block(
    block: TimezoneStandard | TimezoneDaylight,
    start: datetime,
    before: timedelta,
    after: timedelta,
    name: str,
    zone: ZoneInfo,
) -> TimezoneStandard | TimezoneDaylight:
    block.add("DTSTART", start)
    block.add("TZOFFSETFROM", before)
    block.add("TZOFFSETTO", after)
    begun = (
        datetime(SINCE.year, SINCE.month, SINCE.day, tzinfo=UTC)
        if start == _EPOCH
        else (start - before).replace(tzinfo=UTC)
    )
    block.add("TZNAME", begun.astimezone(zone).tzname() or name)
    return block
