"""The week as iCalendar: METHOD:PUBLISH, one VEVENT per row, without attendees (RFC 5546 3.2.1). Pure.

UID, RECURRENCE-ID and SEQUENCE are those of the meetings, so that reading a later edition replaces and never doubles.
What was in an earlier edition and is cancelled says STATUS:CANCELLED; what was moved to another week stands there with
its new time. Of a secret meeting nothing goes out but the end of what was published before it became one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from foundation.clock import from_microseconds
from foundation.errors import CongvuError
from foundation.language import Text
from meetings.itip.calendar import calendar
from meetings.itip.objects import PRIORITIES, Event, Party
from meetings.itip.restrictions import violations
from meetings.week import wording
from meetings.week.cuts import cut_any
from meetings.week.iso_week import IsoWeek
from meetings.week.table import Cut, Row

_WITHDRAWN = Text("Lịch đã rút", "Withdrawn")
_A_MINUTE = timedelta(minutes=1)


def week_calendar(
    week: IsoWeek,
    rows: Iterable[Row],
    cut: Cut,
    organizer: Party,
    stamp: datetime,
    timezone: str = "Asia/Ho_Chi_Minh",
) -> bytes:
    """The file. `rows` are uncut and tell also of what is gone; `stamp` is when they were so (DTSTAMP). Raises
    CongvuError when the object breaks RFC 5546, which is our bug."""
    kept = [*cut_any([row for row in rows if not row.secret], cut), *(row for row in rows if _ended(row))]
    events = [_event(row, organizer, stamp, timezone) for row in _of_one_kind(kept)]
    content = calendar("PUBLISH", events, name=f"{week.title.vi}")
    if found := violations(content):
        message = Text("lịch điện tử sai RFC 5546: {why}", "the calendar object breaks RFC 5546: {why}")
        raise CongvuError(message.format(why="; ".join(found)))
    return content


def _ended(row: Row) -> bool:
    """It was published before it became secret."""
    return row.secret and row.standing == "cancelled" and row.end > row.start


def _of_one_kind(rows: list[Row]) -> list[Row]:
    """A meeting that became a series, or a series that became a meeting: only what it is now, or one would end the
    other."""
    series = {row.uid: bool(row.recurrence_id) for row in rows if row.standing != "cancelled"}
    return [row for row in rows if series.get(row.uid, bool(row.recurrence_id)) == bool(row.recurrence_id)]


def _event(row: Row, organizer: Party, stamp: datetime, timezone: str) -> Event:
    said = replace(row, content=_WITHDRAWN.vi, secret=False) if row.secret else row
    recurrence_id = from_microseconds(row.recurrence_id).astimezone(ZoneInfo(timezone)) if row.recurrence_id else None
    return Event(
        uid=row.uid,
        sequence=row.sequence,
        dtstamp=stamp,
        organizer=organizer,
        attendees=(),
        start=row.start,
        end=max(row.end, row.start + _A_MINUTE),
        timezone=timezone,
        summary=said.content or wording.CONTENT.vi,
        description="\n".join(_description(said)),
        location=wording.places(said).vi,
        recurrence_id=recurrence_id,
        status="CANCELLED" if row.standing == "cancelled" else "CONFIRMED",
        priority=PRIORITIES.get(said.urgency, 0),
        number=said.number,
    )


def _description(row: Row) -> Iterable[str]:
    for label, said in (
        (wording.LEADERS, wording.leaders(row)),
        (wording.PARTICIPANTS, wording.participants(row)),
        (wording.FOLLOWED_BY, wording.followed_by(row)),
        (wording.NOTES, wording.notes(row)),
    ):
        if said.vi:
            yield f"{label.vi}: {said.vi}"
