"""A week of invented meetings, as the store gives its sittings; and one whole page of a schedule for the templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from foundation.clock import microseconds
from foundation.workdays import WorkCalendar
from meetings.meeting import Attendee, Contact, Guest, Meeting, PartStat, Place
from meetings.store.view_values import WeekOccurrence
from meetings.week.changes import differences
from meetings.week.cuts import cut_rows
from meetings.week.iso_week import IsoWeek
from meetings.week.page import LogEntry, Shown, variables
from meetings.week.rows import all_rows
from meetings.week.table import WeekTable

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
ZONE_NAME = "Asia/Ho_Chi_Minh"
WEEK = IsoWeek(2026, 48)
MONDAY = datetime(2026, 11, 23, tzinfo=ZONE)
CALENDAR = WorkCalendar()

THANH = Guest("thanh@tinh.test", "Nguyễn Văn Thanh", title="Chủ tịch", aliases=("chu.tich@tinh.test",))
HUNG = Guest("hung@tinh.test", "Trần Quốc Hùng", title="Phó Chủ tịch")
LEADERS = (THANH, HUNG)
HANH = Guest("hanh.sxd@tinh.test", "Đặng Thị Hạnh", agency="sxd", agency_name="Sở Xây dựng", telephone="0912 345 678")
TUAN = Guest("tuan.stc@tinh.test", "Phạm Anh Tuấn", agency="stc", agency_name="Sở Tài chính")


def attendee(guest: Guest, role: str = "REQ-PARTICIPANT", partstat: PartStat = "NEEDS-ACTION") -> Attendee:
    invited = Guest(**{name: getattr(guest, name) for name in guest.__slots__} | {"role": role})
    return Attendee(hash(guest.address) & 0xFFFF, invited, "p" * 16, "r" * 16, partstat=partstat)


def sitting(uid: str = "mot@tinh.test", day: int = 0, hour: int = 8, **facts: Any) -> WeekOccurrence:
    """A sitting of two hours on this day of the week (0: Monday). `people` and what differs may be given."""
    start = facts.pop("start", MONDAY + timedelta(days=day, hours=hour))
    people = facts.pop("people", (attendee(THANH, "CHAIR"), attendee(HANH), attendee(TUAN)))
    recurrence_id, sequence = facts.pop("recurrence_id", 0), facts.pop("sequence", 0)
    given: dict[str, Any] = {
        "uid": uid,
        "summary": "Họp giao ban công tác tháng 11",
        "start": start,
        "end": facts.pop("end", start + timedelta(hours=2)),
        "number": "15/GM-UBND",
        "chair": THANH.address,
        "chair_name": "Chủ tịch UBND tỉnh",
        "places": (Place("Phòng họp số 1", url="https://phong.tinh.test/1"),),
        "contact": Contact("Lê Thị Thư", "0900 000 000", "thuky@tinh.test"),
    }
    meeting = Meeting(**given | facts)
    return WeekOccurrence(
        uid,
        recurrence_id,
        microseconds(meeting.start),
        microseconds(meeting.end),
        meeting.status,
        sequence,
        meeting,
        tuple(people),
        bool(recurrence_id),
    )


def week_samples() -> dict[str, dict[str, Any]]:
    """What the templates of the schedule receive."""
    before = all_rows([sitting(), sitting("hai@tinh.test", 2, people=())], WEEK, ZONE_NAME, LEADERS)
    after = all_rows([sitting(hour=14, urgency="khẩn"), sitting("ba@tinh.test", 3)], WEEK, ZONE_NAME, LEADERS)
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    table = WeekTable(WEEK, cut_rows(after, "full"), "full", 1, at)
    log = (LogEntry(1, at, "thuky", differences(before, after)), LogEntry(2, at, "thuky", ()))
    shown = variables(Shown(table, "Ủy ban nhân dân tỉnh Thử", CALENDAR, log=log), "vi")
    return dict.fromkeys(("reports/week.html", "reports/week_table.html", "reports/week.txt"), shown)
