"""The words of a schedule: columns, times as offices write them, what stands in a cell. Pure.

Hours are written as the real schedules do (08h00), days with their weekday; English stands beside.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from foundation import dates
from foundation.language import Text
from meetings.week.naming import listed
from meetings.week.table import LeaderShown, Row

DAY: Final = Text("Ngày", "Day")
TIME: Final = Text("Thời gian", "Time")
CONTENT: Final = Text("Nội dung", "Subject")
LEADERS: Final = Text("Lãnh đạo chủ trì/tham dự", "Leaders who chair or attend")
PLACES: Final = Text("Địa điểm", "Place")
PARTICIPANTS: Final = Text("Thành phần", "Participants")
FOLLOWED_BY: Final = Text("Theo dõi, phục vụ", "Office in charge")
NOTES: Final = Text("Ghi chú", "Notes")

CANCELLED: Final = Text("hủy", "cancelled")
MOVED: Final = Text("hoãn, chuyển sang {when}", "postponed, moved to {when}")
HOLIDAY: Final = Text("Nghỉ lễ", "Public holiday")
MAKEUP_DAY: Final = Text("Làm bù", "Make-up working day")
NOTHING: Final = Text("Chưa có lịch", "Nothing scheduled")
FIRST_ISSUE: Final = Text("Ban hành lần đầu", "First issue")
ADJUSTED: Final = Text("Điều chỉnh lần {n}", "Adjustment {n}")
DRAFT: Final = Text("Dự thảo, chưa ban hành", "Draft, not issued")
DRAFT_OF: Final = Text("Dự thảo điều chỉnh lần {n}, chưa ban hành", "Draft of adjustment {n}, not issued")

_NEUTRAL: Final = Text("Lịch làm việc riêng", "Private engagement")
"""Of a secret meeting; says neither that it is secret nor that it is a meeting."""
_COMRADE: Final = Text("Đ/c {name}", "{name}")
_CHAIRS: Final = Text(" (chủ trì)", " (chair)")
_ONLINE: Final = Text("Trực tuyến", "Online")
_ALSO_ONLINE: Final = Text("có trực tuyến", "also online")


def weekday(day: date) -> Text:
    """`Thứ Ba`, as at the beginning of a cell."""
    named = dates.weekday(day)
    return Text(named.vi[0].upper() + named.vi[1:], named.en)


def hours(row: Row) -> Text:
    """`08h00 - 10h00`; with the date of its end when that is another day; empty for a secret meeting."""
    if row.secret:
        return Text("", "")
    start, end = row.start, row.end
    if start.date() == end.date():
        return Text(f"{start:%Hh%M} - {end:%Hh%M}", f"{start:%H:%M}-{end:%H:%M}")
    return Text(f"{start:%Hh%M} đến {end:%Hh%M} ngày {end:%d/%m}", f"{start:%H:%M} until {end:%H:%M} on {end:%d/%m}")


def moment(row: Row) -> Text:
    """`08h00 - 10h00, thứ Ba, 24/11/2026`; for a secret meeting the day alone, and so with a capital."""
    time, on = hours(row), f"{row.day:%d/%m/%Y}"
    if not time.vi:
        named = weekday(row.day)
        return Text(f"{named.vi}, {on}", f"{named.en}, {on}")
    named = dates.weekday(row.day)
    return Text(f"{time.vi}, {named.vi}, {on}", f"{time.en}, {named.en}, {on}")


def content(row: Row) -> Text:
    """What it is about."""
    return _NEUTRAL if row.secret else Text(row.content, row.content)


def leaders(row: Row) -> Text:
    """`Đ/c Thanh (chủ trì), Đ/c Hùng`."""
    return _joined([_leader(each) for each in row.leaders])


def places(row: Row) -> Text:
    """The places, and that one can take part online."""
    if not row.places:
        return _ONLINE if row.online else Text("", "")
    named = "; ".join(row.places)
    return Text(f"{named}; {_ALSO_ONLINE.vi}", f"{named}; {_ALSO_ONLINE.en}") if row.online else Text(named, named)


def participants(row: Row) -> Text:
    """Agencies and others."""
    return listed(row.participants)


def followed_by(row: Row) -> Text:
    """Whom to ask."""
    named = ", ".join(row.followed_by)
    return Text(named, named)


def notes(row: Row) -> Text:
    """The letter's number, and how urgent it is."""
    return _joined([Text(note, note) for note in (row.number, row.urgency.capitalize()) if note])


def summary(row: Row) -> Text:
    """The row in one line, for mails and logs."""
    parts = [moment(row), content(row), leaders(row), places(row)]
    return Text("; ".join(part.vi for part in parts if part.vi), "; ".join(part.en for part in parts if part.en))


def cancelled(row: Row) -> Text:
    """`hủy, lý do: lãnh đạo đi công tác`; without a reason, or of a secret meeting, the word alone."""
    if not row.reason or row.secret:
        return CANCELLED
    return Text(f"{CANCELLED.vi}, lý do: {row.reason}", f"{CANCELLED.en}, reason: {row.reason}")


def edition(number: int | None, draft: bool) -> Text:
    """What a page says of how far the schedule is."""
    if number is None:
        return DRAFT
    if draft:
        return DRAFT_OF.format(n=number + 1)
    return ADJUSTED.format(n=number) if number else FIRST_ISSUE


def _leader(leader: LeaderShown) -> Text:
    """A chair who is no leader of the configuration is named as the letter does, usually by office."""
    named = _COMRADE.format(name=leader.name) if leader.known else Text(leader.name, leader.name)
    return Text(named.vi + _CHAIRS.vi, named.en + _CHAIRS.en) if leader.chairs else named


def _joined(texts: list[Text]) -> Text:
    return Text(", ".join(text.vi for text in texts), ", ".join(text.en for text in texts))
