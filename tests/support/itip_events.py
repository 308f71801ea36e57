"""Events of one invented meeting, and every kind of object that we send of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from meetings.itip.objects import Conference, Event, Method, Party
from meetings.itip.series import occurrences

ZONE = "Asia/Ho_Chi_Minh"
HERE = ZoneInfo(ZONE)
START = datetime(2026, 12, 1, 8, 0, tzinfo=HERE)
"""A Tuesday, at an hour at which UTC is still on Tuesday; see `EARLY`."""
EARLY = datetime(2026, 12, 1, 6, 30, tzinfo=HERE)
"""Before 07:00 it is Monday in UTC: a series written in UTC would shift its weekday."""
HOURS = timedelta(hours=2)

ORGANIZER = Party("hop+k3v9q2@tinh.test", "Văn phòng UBND tỉnh", sent_by="thuky@tinh.test")
CHAIR = Party("chutich@tinh.test", "Trần Văn Bình", role="CHAIR", partstat="ACCEPTED", rsvp=False)
AN = Party("an.nguyen@sxd.tinh.test", "Nguyễn Thị Ngọc Ân, Phó Giám đốc; Sở Xây dựng")
DEPUTY = Party("dung.le@sxd.tinh.test", "Lê Quốc Dũng", delegated_from=AN.address)
DELEGATOR = replace(AN, partstat="DELEGATED", rsvp=False, delegated_to=DEPUTY.address)

CONFERENCES = (
    Conference("https://hop.tinh.test/j/abc.0.Zm9v", ("AUDIO", "VIDEO"), "Vào họp"),
    Conference("sip:8401234@mcu.tinh.test;transport=tls", ("AUDIO", "VIDEO"), "Điểm cầu, mã PIN: 4321"),
    Conference("h323:8401234@mcu.tinh.test", ("VIDEO",)),
    Conference("tel:+842323820000", ("PHONE",), 'Điện thoại "dự phòng"'),
)


def event(**changes: object) -> Event:
    """One meeting of two hours in Vietnamese, with whatever is said otherwise."""
    plain = Event(
        uid="0f8fad5b-d9cb-469f-a165-70867728950e@tinh.test",
        sequence=3,
        dtstamp=datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC),
        organizer=ORGANIZER,
        attendees=(CHAIR, AN),
        start=START,
        end=START + HOURS,
        timezone=ZONE,
        summary="Họp triển khai kế hoạch, đầu tư công năm 2027; phiên \\New",
        description="Vào họp: https://hop.tinh.test/j/abc.0.Zm9v\nSố 15/GM-UBND\n\n"
        + "Nội dung: đường ven biển, cầu Nhật Lệ; giải phóng mặt bằng; tái định cư.\n" * 6
        + "\tTrân trọng./.",
        location="Hội trường A, UBND tỉnh (hoặc trực tuyến)",
        url="https://hop.tinh.test/j/abc.0.Zm9v",
        conferences=CONFERENCES,
        number="15/GM-UBND",
        created=datetime(2026, 11, 18, 3, 0, tzinfo=UTC),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def series(start: datetime = START, rrule: str = "FREQ=WEEKLY;BYDAY=TU;COUNT=8", **changes: object) -> Event:
    """The master of a series."""
    return event(start=start, end=start + HOURS, rrule=rrule, **changes)


def moved(master: Event, weeks: int, by: timedelta) -> Event:
    """The occurrence some weeks after the first, held at another time."""
    at = master.start + timedelta(weeks=weeks)
    return replace(
        master, rrule="", exdates=(), recurrence_id=at, start=at + by, end=at + by + HOURS, location="Phòng họp số 2"
    )


class Sent(NamedTuple):
    """An object of ours: its name in the tests, method, events, and the starts of its occurrences."""

    name: str
    method: Method
    events: tuple[Event, ...]
    starts: tuple[datetime, ...]


def _starts(master: Event, replaced: Sequence[Event] = ()) -> tuple[datetime, ...]:
    gone = {exception.recurrence_id for exception in replaced}
    of_rule = occurrences(master.rrule, master.start, master.end, exdates=master.exdates)
    return tuple([start for start, _ in of_rule if start not in gone] + [exception.start for exception in replaced])


def everything_sent() -> tuple[Sent, ...]:
    """Every kind of object that leaves."""
    master = series(EARLY, "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270131", exdates=(EARLY + timedelta(weeks=2),))
    monthly = series(rrule="FREQ=MONTHLY;BYDAY=1TU;COUNT=6")
    daily = series(rrule="FREQ=DAILY;INTERVAL=2;UNTIL=20270105T030000Z")
    last_day = series(datetime(2026, 12, 31, 14, tzinfo=HERE), "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=14")
    german = datetime(2027, 3, 22, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    summer = replace(series(german, "FREQ=DAILY;UNTIL=20270405"), timezone="Europe/Berlin")
    exception = moved(master, 1, timedelta(days=1, hours=1))
    late = moved(master, 3, timedelta(hours=7))
    called_off = replace(event(status="CANCELLED", comment="Hoãn do bão số 9; sẽ mời lại, xin lỗi."), sequence=4)
    lone_cancel = replace(
        exception, status="CANCELLED", start=EARLY + timedelta(weeks=1), end=EARLY + timedelta(days=7, hours=2)
    )
    declined = event(comment="Giữ nguyên giờ họp, trân trọng.", attendees=(AN,))
    other = event(
        uid="7c9e6679-7425-40de-944b-e07fc1f90ae7@tinh.test",
        start=START + timedelta(days=2),
        end=START + timedelta(days=2, hours=1),
    )
    return (
        Sent("request", "REQUEST", (event(),), (START,)),
        Sent("request of a whole list", "REQUEST", (event(attendees=(CHAIR, AN, Party("x@ngoai.example"))),), (START,)),
        Sent("series", "REQUEST", (master,), _starts(master)),
        Sent("monthly series", "REQUEST", (monthly,), _starts(monthly)),
        Sent("daily series", "REQUEST", (daily,), _starts(daily)),
        Sent("series on the last day", "REQUEST", (last_day,), _starts(last_day)),
        Sent("series into summer time", "REQUEST", (summer,), _starts(summer)),
        Sent("series with exceptions", "REQUEST", (master, exception, late), _starts(master, (exception, late))),
        Sent("lone exception", "REQUEST", (exception,), (exception.start,)),
        Sent("cancel", "CANCEL", (called_off,), (START,)),
        Sent("cancel of one person", "CANCEL", (replace(called_off, status=""),), (START,)),
        Sent("cancel of one occurrence", "CANCEL", (lone_cancel,), (lone_cancel.start,)),
        Sent("delegation", "REQUEST", (event(attendees=(CHAIR, DELEGATOR, DEPUTY)),), (START,)),
        Sent("declinecounter", "DECLINECOUNTER", (declined,), ()),
        Sent("declinecounter of one occurrence", "DECLINECOUNTER", (replace(declined, recurrence_id=START),), ()),
        Sent("publish", "PUBLISH", (event(), other), (START, other.start)),
        Sent("publish in UTC", "PUBLISH", (event(timezone="UTC"),), (START,)),
    )  # fmt: skip
