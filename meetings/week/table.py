"""The weekly schedule as values: its rows and its editions. No rules.

A `Row` says one sitting, in the words of layout A of real schedules: Ngày | Thời gian | Nội dung | Lãnh đạo chủ
trì/tham dự | Địa điểm | Thành phần | Theo dõi, phục vụ | Ghi chú. It is what an edition stores: no link
and no paper; the addresses of leaders, by which it is known whom a change concerns; of a secret meeting the day alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from meetings.meeting import Attendee, Meeting, Status
from meetings.week.iso_week import IsoWeek

Standing = Literal["on", "cancelled", "moved"]
"""on: it is in the schedule. cancelled: it was to be and is not (hủy). moved: it now sits in another week. The last
two are kept so that a calendar that has them learns of it."""

Cut = str
"""What of a schedule is read: "full", "public", or a leader's address."""

FULL = "full"
PUBLIC = "public"


class Sitting(Protocol):
    """One occurrence of a meeting, as `meetings.store.view_values.WeekOccurrence` has it: `meeting` is what this
    occurrence says, `recurrence_id` when it was to begin by its series' rule (microseconds), 0 for a meeting that is no
    series."""

    @property
    def uid(self) -> str: ...
    @property
    def recurrence_id(self) -> int: ...
    @property
    def status(self) -> Status: ...
    @property
    def sequence(self) -> int: ...
    @property
    def meeting(self) -> Meeting: ...
    @property
    def attendees(self) -> tuple[Attendee, ...]: ...


Key = tuple[str, int]
"""(uid, recurrence id): which sitting, however often it is moved."""


@dataclass(frozen=True, slots=True)
class LeaderShown:
    """A leader in a row: `name` as the schedule calls them ("Thanh"). `known`: a leader by the configuration, with
    `address` (but for the public); else a chair who is none, as the letter names them."""

    name: str
    address: str = ""
    chairs: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `start` and `end` are aware, in the organisation's timezone; of a secret meeting they are both the
    midnight with which its day begins. `online`: one can take part over the network."""

    uid: str
    recurrence_id: int
    sequence: int
    start: datetime
    end: datetime
    content: str = ""
    leaders: tuple[LeaderShown, ...] = ()
    places: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    followed_by: tuple[str, ...] = ()
    number: str = ""
    urgency: str = ""
    online: bool = False
    secret: bool = False
    standing: Standing = "on"
    reason: str = ""
    """Why it was cancelled, as the secretary wrote it."""

    @property
    def key(self) -> Key:
        return self.uid, self.recurrence_id

    @property
    def day(self) -> date:
        return self.start.date()

    def concerns(self, address: str) -> bool:
        """Whether this leader chairs or attends."""
        return any(leader.address == address for leader in self.leaders)


@dataclass(frozen=True, slots=True)
class WeekTable:
    """A week as somebody may read it: the rows of their cut, by day and time. `edition` None: never issued. `draft`: it
    differs from the last edition, or there is none."""

    week: IsoWeek
    rows: tuple[Row, ...]
    cut: Cut = FULL
    edition: int | None = None
    issued_at: datetime | None = None
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """What was issued: 0 is the first, n the nth adjustment (điều chỉnh lần n). `rows` are uncut, and tell also of what
    is no longer in the week."""

    week: IsoWeek
    number: int
    issued_at: datetime
    issued_by: str
    rows: tuple[Row, ...]
