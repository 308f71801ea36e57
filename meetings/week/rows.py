"""Meetings become rows of the schedule, by day and time. Pure.

A leader who declined, or sent a deputy, is not shown as coming; the chair stands there until another one is named. Of a
secret meeting nothing is shown but that on this day there is one. What sits over several days stands on the first of
them that is in the week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from meetings.meeting import Attendee, Guest, Meeting, Place, entrances
from meetings.week.cuts import cut_rows
from meetings.week.iso_week import IsoWeek
from meetings.week.naming import participants, short_names, without_address
from meetings.week.table import FULL, Cut, Key, LeaderShown, Row, Sitting, Standing, WeekTable

_STAYS_AWAY: Final = ("DECLINED", "DELEGATED")


def rows(
    occurrences: Iterable[Sitting], week: IsoWeek, timezone: str, leaders: Sequence[Guest], cut: Cut = FULL
) -> WeekTable:
    """The schedule of this week as it is now, cut. What is cancelled is left out."""
    return WeekTable(week, cut_rows(all_rows(occurrences, week, timezone, leaders), cut), cut)


def all_rows(
    occurrences: Iterable[Sitting],
    week: IsoWeek,
    timezone: str,
    leaders: Sequence[Guest],
    elsewhere: Iterable[Sitting] = (),
    room: Place | None = None,
) -> tuple[Row, ...]:
    """Every sitting as a row, uncut, cancelled ones too; `elsewhere` are those that were in this week and now sit
    outside of it, `room` is that of the configuration."""
    of = _by_address(leaders)
    names = short_names(leaders)
    found = [_row(each, week, timezone, of, names, room) for each in occurrences]
    found += [_row(each, None, timezone, of, names, room) for each in elsewhere]
    return tuple(sorted(found, key=in_order))


def in_order(row: Row) -> tuple[object, ...]:
    """By day and time; secret ones, whose time is not told, at the end of their day; else always the same way."""
    return row.day, row.secret, row.start, row.end, row.content, row.uid, row.recurrence_id


def _by_address(leaders: Sequence[Guest]) -> dict[str, Guest]:
    return {address: leader for leader in leaders for address in (*leader.aliases, leader.address)}


def _row(
    one: Sitting,
    week: IsoWeek | None,
    timezone: str,
    of: Mapping[str, Guest],
    names: Mapping[str, str],
    room: Place | None,
) -> Row:
    meeting, zone = one.meeting, ZoneInfo(timezone)
    start, end = meeting.start.astimezone(zone), meeting.end.astimezone(zone)
    if week is not None:
        start = max(start, week.bounds(timezone)[0])
    standing: Standing = "cancelled" if one.status == "CANCELLED" else "on" if week is not None else "moved"
    if meeting.secret:
        return secret_row((one.uid, one.recurrence_id), one.sequence, start, standing)
    shown, others = _leaders(meeting, one.attendees, of, names)
    return Row(
        uid=one.uid,
        recurrence_id=one.recurrence_id,
        sequence=one.sequence,
        start=start,
        end=end,
        content=_one_line(meeting.summary) or _one_line(meeting.content),
        leaders=shown,
        places=tuple(name for place in meeting.places if (name := _one_line(place.name))),
        participants=participants(others),
        followed_by=tuple(part for part in (meeting.contact.name, meeting.contact.telephone) if part),
        number=meeting.number,
        urgency=meeting.urgency,
        online=bool(entrances(meeting, meeting.places, room)),
        standing=standing,
    )


def secret_row(key: Key, sequence: int, start: datetime, standing: Standing) -> Row:
    """All that a schedule has of a secret meeting: its day."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return Row(*key, sequence, midnight, midnight, secret=True, standing=standing)


def _leaders(
    meeting: Meeting, everybody: Sequence[Attendee], of: Mapping[str, Guest], names: Mapping[str, str]
) -> tuple[tuple[LeaderShown, ...], list[Attendee]]:
    """The chair, then the other leaders who come, in the order of the configuration; and all the others."""
    found: dict[str, LeaderShown] = {}
    others: list[Attendee] = []
    chair = None
    for person in everybody:
        leader = _leader(person.guest, of)
        chairs = person.guest.role == "CHAIR"
        if leader is None and not chairs:
            others.append(person)
        elif chairs:
            name = names[leader.address] if leader else without_address(meeting.chair_name or person.guest.name)
            chair = LeaderShown(_one_line(name), leader.address if leader else "", True, leader is not None)
        elif leader is not None and person.partstat not in _STAYS_AWAY:
            found[leader.address] = LeaderShown(names[leader.address], leader.address)
    if chair is None and meeting.chair_name:
        chair = LeaderShown(_one_line(meeting.chair_name), "", True, False)
    if chair is not None:
        found.pop(chair.address, None)
    ranked = [found[address] for address in names if address in found]
    return tuple([chair, *ranked] if chair else ranked), others


def _leader(guest: Guest, of: Mapping[str, Guest]) -> Guest | None:
    return next((of[address] for address in (guest.address, *guest.aliases) if address in of), None)


def _one_line(text: str) -> str:
    return " ".join(text.split())
